#!/usr/bin/env python3
"""hone compile --bf16, and what runs such an engine: tests/precision_test.py HONE MAKE_TINY_MODEL"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from small_files import floats, message, node, tensor_info

HONE = sys.argv.pop(1)
MAKE_TINY_MODEL = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = tempfile.TemporaryDirectory()
HOME = pathlib.Path(FOLDER.name)
MODEL = ROOT / "tests/golden/onnx_contrib/attention_plain/model.onnx"  # one product with a constant
CPUINFO = pathlib.Path("/proc/cpuinfo")
HAS_BF16 = CPUINFO.exists() and "avx512_bf16" in CPUINFO.read_text()


def write_convolutions(path):
    """Two: of 3 x 3 with 16 channels, and of 1 x 1."""
    numbers = random.Random(5)
    weights = [floats(name, shape, [numbers.uniform(-1, 1) for _ in range(count)])
               for name, shape, count in (("three", (16, 16, 3, 3), 2304), ("one", (16, 16, 1, 1), 256))]
    pads = message((1, "pads"), (8, 1), (8, 1), (8, 1), (8, 1), (20, 7))
    nodes = [node("Conv", ["x", "three"], "wide", pads), node("Conv", ["wide", "one"], "y")]
    graph = message(*[(1, one) for one in nodes], (2, "net"), *[(5, one) for one in weights],
                    (11, tensor_info("x", (1, 16, 13, 18))), (12, tensor_info("y", (1, 16, 13, 18))))
    path.write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))


def tearDownModule():
    FOLDER.cleanup()


def hone(*arguments):
    return subprocess.run([HONE, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, cwd=HOME, env={"HONE_HOME": FOLDER.name, "LANG": "C"})


class PrecisionTest(unittest.TestCase):
    def compiled(self, name, *options, seconds=0, model=MODEL):
        result = hone("compile", model, "-o", HOME / name, "--tune-seconds", seconds, "--json", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def kernels(self, name):
        result = hone("show", HOME / name, "--kernels", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def kernel(self, name):
        return next(step for step in self.kernels(name) if step["op"] == "batch_matmul")

    def test_layers_are_listed_where_that_is_asked_for(self):
        result = hone("compile", MODEL, "-o", HOME / "listed.hone", "--tune-seconds", 0, "--dump-layers")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(hone("show", HOME / "listed.hone", "--kernels").stdout, result.stdout)
        self.assertIn("batch_matmul", result.stdout)
        result = hone("compile", MODEL, "-o", HOME / "both.hone", "--dump-layers", "--json")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("hone show --kernels --json", result.stderr)

    def test_layers_are_f32_unless_it_is_asked_for(self):
        self.assertNotIn("precision", self.compiled("f32.hone"))
        self.assertEqual((self.kernel("f32.hone")["rounds_to"], self.kernel("f32.hone")["may_round_to"]), ("f32", "f32"))

    def test_bf16_is_kept_within_the_bound_and_only_there(self):
        for option in ("--bf16", "--best"):
            told = self.compiled("bf16.hone", option)["precision"]
            self.assertEqual(len(told["bf16"]), HAS_BF16)
            self.assertLessEqual(told["error"], told["max_error"])
            self.assertEqual(told["samples"], 4)
            kernel = self.kernel("bf16.hone")
            wanted = "bf16" if HAS_BF16 else "f32"
            self.assertEqual((kernel["rounds_to"], kernel["may_round_to"]), (wanted, wanted))

    @unittest.skipUnless(HAS_BF16, "this processor does not multiply bf16")
    def test_beyond_the_bound_layers_keep_f32_and_the_report_says_why(self):
        told = self.compiled("exact.hone", "--bf16", "--max-error", 0)["precision"]
        self.assertEqual(told["bf16"], [])
        self.assertEqual(told["f32"][0]["layer"], self.kernel("exact.hone")["step"])
        self.assertIn("change the outputs most", told["f32"][0]["why"])
        self.assertEqual(self.kernel("exact.hone")["may_round_to"], "f32")
        self.compiled("plain.hone")
        self.assertEqual((HOME / "exact.hone").read_bytes(), (HOME / "plain.hone").read_bytes())
        text = hone("compile", MODEL, "-o", HOME / "text.hone", "--tune-seconds", 0, "--bf16", "--max-error", 0).stdout
        self.assertIn("bf16: 0 of 1 layers", text)
        self.assertIn(" keeps f32: ", text)

    def test_winograd_is_for_plain_three_by_three(self):
        model = HOME / "convolutions.onnx"
        write_convolutions(model)
        told = self.compiled("winograd.hone", "--winograd", "--max-error", 0.001, "--golden", 2, "--budget-latency-ms", "1e6",
                             model=model)["precision"]
        self.assertEqual(len(told["winograd"]), 1)
        self.assertGreater(told["error"], 0)
        self.assertLessEqual(told["error"], 1e-5)
        kernels = [step for step in self.kernels("winograd.hone") if step["op"] == "conv"]
        self.assertEqual([step["variant"] == "winograd" for step in kernels], [True, False])
        self.assertEqual([step["may_round_to"] for step in kernels], ["winograd", "f32"])
        result = hone("verify", HOME / "winograd.hone", "--golden")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        exact = self.compiled("exact.hone", "--winograd", "--max-error", 0, model=model)["precision"]
        self.assertEqual((exact["winograd"], len(exact["f32"])), ([], 1))

    def test_best_takes_what_there_is(self):
        model = HOME / "both.onnx"
        write_convolutions(model)
        told = self.compiled("both.hone", "--best", model=model)["precision"]
        wanted = (2, 0) if HAS_BF16 else (0, 1)
        self.assertEqual((len(told["bf16"]), len(told["winograd"])), wanted)
        told = self.compiled("near.hone", "--best", "--max-error", 0.001, model=model)["precision"]
        self.assertEqual((told["bf16"], len(told["winograd"])), ([], 1))

    def test_golden_samples_of_a_bf16_engine_hold(self):
        told = self.compiled("golden.hone", "--bf16", "--golden", 2, "--budget-latency-ms", "1e6")
        self.assertEqual(told["precision"]["samples"], 2)
        result = hone("verify", HOME / "golden.hone", "--golden")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_language_models_have_no_such_option(self):
        subprocess.run([MAKE_TINY_MODEL, FOLDER.name, "llama-f32"], check=True, capture_output=True)
        refused = hone("compile", HOME / "llama-f32.gguf", "--bf16", "-o", HOME / "never.hone")
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("--bf16, --winograd and --best are for models that take tensors", refused.stderr)


if __name__ == "__main__":
    unittest.main()
