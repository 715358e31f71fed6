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
        for model, sections in ((GGUF, {"plan", "language_model", "tokenizer", "source_head"}), (LSTM, {"program", "interface"})):
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

    def test_export_gives_the_source_back(self):
        engine, back = compiled(GGUF, "export.hone"), HOME / "back.gguf"
        result = hone("export", engine, "--to", "gguf", "-o", back)
        self.assertIn("byte for byte", result.stdout, result.stderr)
        self.assertEqual(back.read_bytes(), GGUF.read_bytes())
        refused = hone("export", compiled(LSTM, "no-gguf.hone"))
        self.assertIn("does not keep its source", refused.stderr)

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


class SignatureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name in "ours", "theirs":
            assert hone("keygen", "--out", HOME / name).returncode == 0

    def ask(self, engine, *arguments):
        return hone("run", "-m", engine, "-t", "1", "--temp", "0", "-n", "4", "--raw", "-p", "one", *arguments)

    def signed(self, name, key="ours"):
        engine = compiled(GGUF, name)
        result = hone("sign", engine, "--key", HOME / f"{key}.key")
        self.assertEqual(result.returncode, 0, result.stderr)
        return engine

    def refused(self, result, words):
        self.assertEqual(result.returncode, 9, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertIn(words, result.stderr)

    def test_only_its_owner_reads_a_secret_key(self):
        self.assertEqual((HOME / "ours.key").stat().st_mode & 0o777, 0o600)
        self.assertIn("not written over", hone("keygen", "--out", HOME / "ours").stderr)

    def test_a_signed_engine_runs_for_those_who_trust_its_key(self):
        engine = self.signed("signed.hone")
        plain = self.ask(engine)
        for trust in (("--trust", HOME / "ours.pub"), ("--trust", HOME / "theirs.pub", "--trust", HOME / "ours.pub"),
                      ("--trust", HOME / "ours.pub", "--require-signature")):
            result = self.ask(engine, *trust)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, plain.stdout)

    def test_each_mistake_has_its_own_words(self):
        trust = ("--trust", HOME / "ours.pub")
        self.refused(self.ask(compiled(GGUF, "plain.hone"), *trust), "is not signed")
        self.refused(self.ask(GGUF, *trust), "is no engine, so it has no signature")
        self.refused(self.ask(self.signed("other.hone", "theirs"), *trust), "which is not trusted")
        engine = self.signed("cut.hone")
        data = engine.read_bytes()
        tail = engine.with_name("tail.hone")
        tail.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.refused(self.ask(tail, *trust), "is of another file, or was changed")
        no_key = self.ask(engine, "--require-signature")
        self.assertEqual(no_key.returncode, 2)
        self.assertIn("no key is trusted", no_key.stderr)

    def test_a_weight_that_was_changed_is_found_once_trust_is_asked(self):
        engine = self.signed("weight.hone")
        trust = ("--trust", HOME / "ours.pub")
        self.assertEqual(self.ask(engine, *trust).returncode, 0)  # remembered as whole
        data = bytearray(engine.read_bytes())
        offset, size = engine_reader.Engine(bytes(data)).sections[("weight_data", "", "")]
        data[offset + size // 2] ^= 64
        engine.write_bytes(data)
        self.refused(self.ask(engine, *trust), "were changed after the engine was written")
        self.refused(hone("verify", engine), "were changed after the engine was written")
        self.assertEqual(self.ask(engine).returncode, 0)  # nothing steers by a weight

    def test_verify_tells_who_signed_and_refuses_an_old_release(self):
        path = HOME / "release.hone"
        self.assertEqual(hone("compile", GGUF, "-o", path, "--release", 3).returncode, 0)
        self.assertIn("not signed", hone("verify", path).stdout)
        hone("sign", path, "--key", HOME / "ours.key")
        told = json.loads(hone("verify", path, "--trust", HOME, "--min-release", 3, "--json").stdout)
        self.assertEqual(told["release"], 3)
        self.assertEqual(told["signatures"], 1)
        self.assertIn(told["signed_by"], (HOME / "ours.pub").read_text() + hone("sign", path, "--key", HOME / "ours.key").stdout)
        self.refused(hone("verify", path, "--min-release", 4), "is release 3, older than the 4")

    def test_a_key_of_the_other_kind_is_told(self):
        engine = compiled(GGUF, "kind.hone")
        result = hone("sign", engine, "--key", HOME / "ours.pub")
        self.assertEqual(result.returncode, 2)
        self.assertIn("is a hone public key, ed25519; a hone secret key, ed25519 is needed", result.stderr)


class DumpTest(unittest.TestCase):
    def test_passes_are_written_for_people(self):
        folder = HOME / "passes"
        for model in (LSTM, GGUF):
            result = hone("compile", model, "-o", HOME / "dumped.hone", "--dump-passes", folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            names = sorted(path.name for path in folder.iterdir())
            self.assertEqual([names[0], names[-1]], ["00_imported.hir", "index.html"])
            self.assertTrue(all((folder / name).stat().st_size > 0 for name in names))

    def test_a_pass_can_be_left_out(self):
        told = hone("compile", LSTM, "-o", HOME / "skipped.hone", "--skip-pass", "fold_constant")
        self.assertEqual(told.returncode, 2)
        self.assertIn("there is no pass 'fold_constant'; did you mean 'fold_constants'?", told.stderr)
        self.assertEqual(hone("compile", LSTM, "-o", HOME / "skipped.hone", "--skip-pass", "fuse_conv",
                              "--skip-pass", "fold_quantized").returncode, 0)


class MemoryTest(unittest.TestCase):
    # Data of the program and its libraries, and stacks; a heap of a thread that is not full.
    ALLOWED = 2 << 20

    def memory(self, *arguments):
        result = hone("show", *arguments, "--memory", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_the_total_is_what_the_process_holds(self):
        for model in (GGUF, LSTM, compiled(GGUF, "memory.hone"), compiled(LSTM, "memory2.hone")):
            told = self.memory(model)
            untouched = told["spare_bytes"] + told["states_bytes"] + told["weights_mapped_bytes"]
            counted = told["total_bytes"] - untouched
            # Sanitizers have an allocator of their own, which does not tell.
            if told["heap_bytes"] == 0:
                self.skipTest("this allocator does not tell")
            held = told["process"]["anonymous_bytes"]
            self.assertLess(held - counted, self.ALLOWED + told["states_bytes"], told)
            self.assertGreater(held, counted - told["heap_free_bytes"] - self.ALLOWED, told)
            self.assertLess(held + told["process"]["file_bytes"], told["process"]["peak_bytes"] + 1)
            self.assertEqual(sum(plan["bytes"] for plan in told["plans"]), told["inputs_bytes"] + told["arena_bytes"])

    def test_pictures_are_svg_or_html(self):
        for name, start in (("memory.svg", "<svg "), ("memory.html", "<!DOCTYPE html>")):
            self.assertEqual(hone("show", LSTM, "--memory", "-o", HOME / name).returncode, 0)
            self.assertTrue((HOME / name).read_text().startswith(start))
        told = hone("show", LSTM, "--memory", "-o", HOME / "memory.txt")
        self.assertEqual(told.returncode, 2)
        self.assertIn("memory.txt: a picture of memory is a .svg or a .html file", told.stderr)
        self.assertIn("--out goes with --memory only", hone("show", LSTM, "-o", "x.svg").stderr)


if __name__ == "__main__":
    unittest.main()
