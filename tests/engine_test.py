#!/usr/bin/env python3
"""hone compile, and what it writes: tests/engine_test.py HONE MAKE_TINY_MODEL"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import engine_reader

HONE = sys.argv.pop(1)
MAKE_TINY_MODEL = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = tempfile.TemporaryDirectory()
HOME = pathlib.Path(FOLDER.name)
GGUF = HOME / "llama-f32.gguf"
LSTM = ROOT / "tests/golden/onnx_quantized/dynamic_quantize_lstm/model.onnx"


def setUpModule():
    subprocess.run([MAKE_TINY_MODEL, FOLDER.name, "llama-f32"], check=True, capture_output=True)


def tearDownModule():
    FOLDER.cleanup()


def hone(*arguments):
    return subprocess.run([HONE, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, cwd=HOME, env={"HONE_HOME": FOLDER.name, "LANG": "C"})


def compiled(model, name):
    result = hone("compile", model, "-o", HOME / name)
    assert result.returncode == 0, result.stderr
    return HOME / name


class CompileTest(unittest.TestCase):
    def test_the_format_is_what_its_document_says(self):
        for model, sections in ((GGUF, {"plan", "language_model", "tokenizer"}), (LSTM, {"program", "interface"})):
            engine = engine_reader.Engine(compiled(model, "read.hone").read_bytes())
            self.assertEqual((engine.major, engine.minor, engine.must_understand), (1, 0, 0))
            engine.check_chunks()
            kinds = {kind for kind, _, _ in engine.sections}
            self.assertEqual(kinds, sections | {"weights", "weight_data", "provenance"})
            self.assertTrue(all(offset % 64 == 0 for offset, _ in engine.sections.values()))

    def test_bytes_between_sections_are_zero(self):
        engine = engine_reader.Engine(compiled(LSTM, "zero.hone").read_bytes())
        at = 128
        for offset, size in sorted(engine.sections.values()):
            self.assertFalse(any(engine.data[at:offset]))
            at = offset + size
        self.assertFalse(any(engine.data[at:engine.manifest_offset]))

    def test_weights_that_need_no_packing_are_the_sources_bytes(self):
        weights = engine_reader.Engine(compiled(GGUF, "weights.hone").read_bytes()).weights()
        source = GGUF.read_bytes()
        canonical = [data for (_, layout), data in weights.items() if layout == "canonical"]
        self.assertGreater(len(canonical), 2)
        for data in canonical:
            self.assertIn(data, source)

    def test_an_engine_answers_as_its_source(self):
        engine = compiled(GGUF, "answer.hone")
        ask = ("-t", "1", "--temp", "0", "-n", "8", "--raw", "-p", "one two")
        self.assertEqual(hone("run", "-m", engine, *ask).stdout, hone("run", "-m", GGUF, *ask).stdout)
        self.assertEqual(hone("tokenize", "-m", engine, "one two").stdout, hone("tokenize", "-m", GGUF, "one two").stdout)

    def test_show_tells_what_is_in_it(self):
        engine = compiled(GGUF, "show.hone")
        told = json.loads(hone("show", engine, "--json").stdout)
        self.assertEqual(told["provenance"]["source"], GGUF.name)
        self.assertEqual(told["size_bytes"], engine.stat().st_size)
        self.assertIn("plan", [section["kind"] for section in told["sections"]])
        self.assertIn("token_embd.weight", hone("show", engine, "--tensors").stdout)
        self.assertIn("matmul", hone("show", engine, "--plan").stdout)

    def test_without_a_name_it_is_called_as_its_source(self):
        self.assertEqual(hone("compile", GGUF).returncode, 0)
        self.assertTrue((HOME / "llama-f32.hone").exists())

    def test_an_engine_is_not_compiled_again(self):
        result = hone("compile", compiled(LSTM, "twice.hone"))
        self.assertEqual(result.returncode, 2)
        self.assertIn("is an engine already", result.stderr)

    def test_a_damaged_engine_is_told(self):
        path = compiled(GGUF, "damaged.hone")
        data = bytearray(path.read_bytes())
        offset, _ = engine_reader.Engine(bytes(data)).sections[("plan", "", "")]
        data[offset + 20] ^= 1
        path.write_bytes(data)
        result = hone("run", "-m", path, "-p", "one")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("were changed after the engine was written", result.stderr)


if __name__ == "__main__":
    unittest.main()
