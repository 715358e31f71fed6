"""hone-runtime: pytest python/tests, with HONE_TEST_GGUF a tiny language model (make_tiny_model)."""
import gc
import os
import pathlib
import threading

import numpy as np
import pytest

import hone

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORTS = ROOT / "tests/api/ports.onnx"


@pytest.fixture(scope="module")
def ports():
    return hone.open(PORTS, threads=1)


@pytest.fixture(scope="module")
def language():
    if "HONE_TEST_GGUF" not in os.environ:
        pytest.skip("HONE_TEST_GGUF names no model")
    return hone.open(os.environ["HONE_TEST_GGUF"], threads=2, context=256)


GREEDY = {"temperature": 0, "max_tokens": 8, "ignore_end": True}


def test_a_model_is_described(ports):
    assert ports.kind == "tensors"
    assert ports.inputs == [("x", "f32", ("batch", 3), 0, 0), ("bias", "f32", (3,), 0, 0)]
    assert [(port.name, port.dtype) for port in ports.outputs] == [("sum", "f32"), ("same", "f32"), ("sizes", "i64")]
    assert ports.metadata == {"author": "tests"}
    assert ports.labels == []
    assert repr(ports) == "<hone.Model: 2 inputs, 3 outputs>"


def test_arrays_go_in_and_come_out(ports):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    bias = np.array([10, 20, 30], dtype=np.float32)
    results = ports.run({"bias": bias, "x": x})
    np.testing.assert_array_equal(results["sum"], 2 * x + bias)
    np.testing.assert_array_equal(results["same"], x)
    np.testing.assert_array_equal(results["sizes"], [2, 3])
    assert results["sizes"].dtype == np.int64
    kept = results["sum"]
    del results
    x[:] = -1
    ports.run({"bias": bias, "x": x})
    gc.collect()
    np.testing.assert_array_equal(kept[0], [10, 22, 34])


def test_arrays_of_any_layout_and_lists_are_taken(ports):
    bias = [1, 2, 3]
    turned = np.arange(6, dtype=np.float32).reshape(3, 2).T
    np.testing.assert_array_equal(ports.run({"x": turned, "bias": bias})["sum"], 2 * turned + bias)
    frozen = np.broadcast_to(np.float32(5), (4, 3))
    np.testing.assert_array_equal(ports.run({"x": frozen, "bias": bias})["sum"], 2 * frozen + bias)
    np.testing.assert_array_equal(ports.run({"x": [[1, 1, 1]], "bias": bias})["sum"], [[3, 4, 5]])
    assert ports.run({"x": np.zeros((0, 3), np.float32), "bias": bias})["sum"].shape == (0, 3)


@pytest.mark.parametrize("inputs, words", [
    ({"x": np.zeros((2, 3))}, "is f64, and the model takes f32"),
    ({"x": np.zeros((2, 4), np.float32)}, r"is \[2, 4\], and the model takes \[batch, 3\]"),
    ({"y": [1]}, "it has x, bias"),
    ({"x": np.zeros((2, 3), np.complex64)}, "dtype"),
    ({"x": np.zeros((1,) * 20, np.float32)}, "rank"),
    ({}, "is not given"),
])
def test_wrong_inputs_are_errors_that_say_what_is_wrong(ports, inputs, words):
    with pytest.raises(hone.Error, match=words):
        ports.run(inputs)


def test_errors_have_codes(ports):
    with pytest.raises(hone.Error) as told:
        hone.open("/no/such/model.onnx")
    assert told.value.code == "not_found"
    with pytest.raises(hone.Error) as told:
        hone.open(PORTS, require_signature=True)
    assert told.value.code == "untrusted"
    with pytest.raises(hone.Error) as told:
        ports.chat("Hello")
    assert told.value.code == "invalid_argument"


def test_threads_may_share_a_model(ports):
    wrong = []

    def work(number):
        x = np.full((2, 3), number, np.float32)
        for _ in range(30):
            if not (ports.run({"x": x, "bias": [0, 0, 0]})["sum"] == 2 * number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_answer_streams_and_is_the_same_again(language):
    stream = language.generate("Hello there", **GREEDY)
    pieces = list(stream)
    assert stream.answer.finish == "max_tokens"
    assert stream.answer.answer_tokens == 8
    again = language.generate("Hello there", **GREEDY)
    assert again.text() == "".join(pieces)
    assert again.answer.reused_tokens > 0
    assert list(again) == []


def test_a_conversation(language):
    asked = language.chat("Hello", **GREEDY).text()
    assert language.chat([{"role": "user", "content": "Hello"}], **GREEDY).text() == asked
    with language.chat([{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"},
                        {"role": "user", "content": "And?"}], **GREEDY) as stream:
        assert stream.text()


def test_answers_that_nobody_hears_end(language):
    forgotten = language.generate("Hello", temperature=0, ignore_end=True)
    next(forgotten)
    del forgotten
    gc.collect()
    closed = language.generate("Hello", temperature=0, ignore_end=True)
    closed.close()
    assert language.generate("Hello there", **GREEDY).text()


def test_wrong_options(language):
    with pytest.raises(TypeError, match="there is no option 'temprature'"):
        language.generate("Hello", temprature=0)
    with pytest.raises(hone.Error, match="temperature"):
        language.generate("Hello", temperature=-1).text()
    with pytest.raises(hone.Error) as told:
        language.generate("word " * 500).text()
    assert told.value.code == "limit_exceeded"
    with pytest.raises(hone.Error, match="language model"):
        language.run({})


def test_tokens(language):
    ids = language.tokenize("Hello there", special=False)
    assert language.detokenize(ids) == "Hello there"
    assert language.context == 256
    with pytest.raises(hone.Error):
        language.detokenize([-1])
