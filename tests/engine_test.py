#!/usr/bin/env python3
"""hone compile, and what it writes: tests/engine_test.py HONE MAKE_TINY_MODEL"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import engine_reader
import engine_writer

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
    result = hone("compile", model, "--tune-seconds", 0, "-o", HOME / name)  # the same bytes each time
    assert result.returncode == 0, result.stderr
    return HOME / name


class CompileTest(unittest.TestCase):
    def test_the_format_is_what_its_document_says(self):
        for model, sections in ((GGUF, {"plan", "language_model", "tokenizer", "source_head"}), (LSTM, {"program", "interface"})):
            engine = engine_reader.Engine(compiled(model, "read.hone").read_bytes())
            self.assertEqual((engine.major, engine.minor, engine.must_understand), (1, 3, 0))
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

    def test_compile_is_told_of_which_model(self):
        self.assertEqual(hone("compile").returncode, 2)

    def test_nothing_is_written_over_that_is_read_or_is_no_file(self):
        engine = compiled(LSTM, "kept.hone")
        model, pipe, cache = HOME / "copy.onnx", HOME / "pipe", HOME / "times"
        model.write_bytes(LSTM.read_bytes())
        os.mkfifo(pipe)
        for arguments, words in (
                (("compile", model, "-o", model), "is the model, and would be written over"),
                (("compile", model, "-o", pipe), "is a device or a pipe"),
                (("compile", model, "-o", HOME), "is a folder"),
                (("compile", model, "-o", HOME / "absent" / "x.hone"), "x.hone: cannot open"),
                (("compile", model, "-o", cache, "--timing-cache", cache), "is the timing cache"),
                (("compile", model, "-o", HOME / "x.hone", "--timing-cache", engine), "is an engine, not a timing cache"),
                (("compile", engine, "--target", "scalar", "-o", engine), "is the model, and would be written over"),
                (("compile", engine, "--target", "scalar", "-o", HOME / "x.hone", "--release", 8), "stays as it was"),
                (("compile", model, "-o", HOME / "x.hone", "--budget-latency-ms", 5), "add --golden"),
                (("compile", model, "-o", HOME / "x.hone", "--golden", HOME / "absent"), "no such folder"),
                (("export", compiled(GGUF, "llm.hone"), "-o", HOME / "llm.hone"), "is the model"),
                (("bench", model, "--trace", model), "is the model"),
                (("show", model, "--memory", "-o", model), "is the model")):
            before = engine.read_bytes()
            told = hone(*arguments)
            self.assertNotEqual(told.returncode, 0, arguments)
            self.assertIn(words, told.stderr)
            self.assertEqual((model.read_bytes(), engine.read_bytes()), (LSTM.read_bytes(), before))
        self.assertTrue(pipe.is_fifo())
        self.assertEqual(list(HOME.glob("*.partial.*")), [])

    def test_names_of_an_engine_do_not_steer_a_terminal(self):
        engine = engine_reader.Engine(compiled(LSTM, "names.hone").read_bytes())
        program = engine.section("program")
        name = dict(engine_reader.fields(engine_reader.items(dict(engine_reader.fields(program))[5])[0]))[1]
        self.assertGreater(len(name), 0)
        sections = {key: engine.section(*key) for key in engine.sections}
        sections[("program", "", "")] = program.replace(name, (b"\x1b" + name)[:len(name)])
        forged = HOME / "forged-names.hone"
        forged.write_bytes(engine_writer.engine(sections))
        for command in ("show", forged), ("show", forged, "--plan"), ("show", forged, "--tensors"), ("run", forged):
            result = hone(*command)
            self.assertNotIn("\x1b", result.stdout + result.stderr)
            self.assertIn("\\x1b", result.stdout + result.stderr)

    def test_an_interrupted_compile_leaves_nothing(self):
        folder = HOME / "interrupted"
        folder.mkdir()
        process = subprocess.Popen([HONE, "compile", GGUF, "-o", folder / "a.hone"], cwd=HOME, stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, env={"HONE_HOME": FOLDER.name})
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
        left = [path.name for path in folder.iterdir()]
        self.assertIn((status, left), ((130, []), (-signal.SIGINT, []), (0, ["a.hone"])))

    def test_a_damaged_engine_is_told(self):
        path = compiled(GGUF, "damaged.hone")
        data = bytearray(path.read_bytes())
        offset, _ = engine_reader.Engine(bytes(data)).sections[("plan", "", "")]
        data[offset + 20] ^= 1
        path.write_bytes(data)
        result = hone("run", "-m", path, "-p", "one")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("were changed after the engine was written", result.stderr)


class GoldenTest(unittest.TestCase):
    def with_samples(self, model, name, *options):
        path = HOME / name
        if "--budget-latency-ms" not in options:
            options += ("--budget-latency-ms", "1e6")  # how fast it is says nothing here
        result = hone("compile", model, "-o", path, "-t", 1, "--tune-seconds", 0, *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([entry.name for entry in HOME.iterdir() if entry.name.startswith(name)], [name])
        return path

    def verdict(self, path, status):
        result = hone("verify", path, "--golden", "--json", "-t", 1)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return json.loads(result.stdout)["golden"]

    def test_an_engine_passes_where_it_was_compiled(self):
        for model, name in (LSTM, "golden-lstm.hone"), (GGUF, "golden-llm.hone"):
            path = self.with_samples(model, name, "--golden", 2, "--budget-latency-ms", "1e6")
            told = self.verdict(path, 0)
            self.assertEqual(len(told["samples"]), 2)
            for sample in told["samples"]:
                self.assertEqual(sample["error"], 0)
                self.assertTrue(0 < sample["bound"] < 0.1)
            self.assertLess(told["memory_bytes"], told["memory_budget_bytes"])
            listed = json.loads(hone("show", path, "--json").stdout)["golden"]
            self.assertEqual(listed["latency_budget_ms"], 1e6)
            self.assertIn("Golden samples", hone("show", path).stdout)

    def test_a_budget_that_is_not_kept_fails(self):
        path = self.with_samples(LSTM, "slow.hone", "--golden", 1, "--budget-latency-ms", 0.001, "--budget-memory", 1)
        self.assertFalse(self.verdict(path, 1)["passed"])
        text = hone("verify", path, "--golden").stdout
        self.assertEqual(text.count("TOO MUCH"), 2, text)

    def test_other_outputs_fail(self):
        for model, name in (LSTM, "right.hone"), (GGUF, "right-llm.hone"):
            engine = engine_reader.Engine(self.with_samples(model, name, "--golden", 1).read_bytes())
            sections = {key: engine.section(*key) for key in engine.sections}
            data = bytearray(sections[("weight_data", "", "")])
            for at in range(3, len(data), 4):
                data[at] ^= 0x80  # signs of floats, codes
            wrong = HOME / f"wrong-{name}"
            wrong.write_bytes(engine_writer.engine(sections | {("weight_data", "", ""): bytes(data)}))
            self.assertFalse(self.verdict(wrong, 1)["passed"])
            self.assertIn("WRONG", hone("verify", wrong, "--golden").stdout)

    def test_samples_and_their_outputs_may_be_files(self):
        inputs = [one["name"] for one in json.loads(hone("show", compiled(LSTM, "in.hone"), "--json").stdout)["inputs"]]
        sample = HOME / "samples" / "first"
        sample.mkdir(parents=True)
        given = self.npy_of(sample, inputs)
        self.assertEqual(hone("run", LSTM, *given, "--output-dir", sample / "out").returncode, 0)
        path = self.with_samples(LSTM, "files.hone", "--golden", sample.parent)
        self.assertEqual(self.verdict(path, 0)["samples"][0]["name"], "first")
        out = next((sample / "out").iterdir())
        data = bytearray(out.read_bytes())
        data[-1] ^= 0x41
        out.write_bytes(data)
        refused = hone("compile", LSTM, "-o", HOME / "never.hone", "--tune-seconds", 0, "--golden", sample.parent)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("the engine gives other outputs", refused.stderr)
        self.assertEqual([entry for entry in HOME.iterdir() if entry.name.startswith("never")], [])

    def npy_of(self, folder, names):
        """Zeros of the shapes that the model takes, and the options that give them to run."""
        options = []
        for one in json.loads(hone("show", LSTM, "--json").stdout)["inputs"]:
            sizes = [int(size) if size.isdigit() else 1 for size in re.findall(r"[\w?]+", one["type"].split("[")[1])]
            count = 1
            for size in sizes:
                count *= size
            self.assertTrue(one["type"].startswith("f32"), one)
            head = repr({"descr": "<f4", "fortran_order": False, "shape": tuple(sizes)}).encode()
            head += b" " * (-(len(head) + 11) % 64) + b"\n"
            path = folder / f"{one['name']}.npy"
            path.write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(4 * count))
            options += ["--input", f"{one['name']}={path}"]
        self.assertEqual(len(options), 2 * len(names))
        return options

    def test_prompts_may_be_files(self):
        folder = HOME / "prompts"
        folder.mkdir()
        (folder / "a.txt").write_text("one two three\n")
        path = self.with_samples(GGUF, "prompts.hone", "--golden", folder)
        self.assertEqual([sample["name"] for sample in self.verdict(path, 0)["samples"]], ["a.txt"])

    def test_an_engine_without_samples_is_told(self):
        result = hone("verify", compiled(LSTM, "bare.hone"), "--golden")
        self.assertEqual(result.returncode, 3)
        self.assertIn("has no golden", result.stderr)
        self.assertEqual(hone("compile", LSTM, "-o", HOME / "none.hone", "--golden", 0).returncode, 2)


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
        self.refused(self.ask(GGUF, *trust), "is no engine, so it has no signature and no release")
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

    def test_show_tells_release_and_signatures(self):
        path = HOME / "shown.hone"
        self.assertEqual(hone("compile", LSTM, "--tune-seconds", 0, "--release", 12, "-o", path).returncode, 0)
        self.assertEqual(hone("sign", path, "--key", HOME / "ours.key").returncode, 0)
        told = hone("show", path).stdout
        self.assertRegex(told, r"release +12\n")
        self.assertRegex(told, r"signature +ed25519 by the key [0-9a-f]{16}, not checked here")

    def test_an_old_release_is_not_run(self):
        path = HOME / "old.hone"
        self.assertEqual(hone("compile", GGUF, "-o", path, "--release", 3).returncode, 0)
        hone("sign", path, "--key", HOME / "ours.key")
        trust = ("--trust", HOME / "ours.pub")
        self.assertEqual(self.ask(path, *trust, "--min-release", 3).returncode, 0)
        self.refused(self.ask(path, *trust, "--min-release", 4), "is release 3, older than the 4")
        self.refused(self.ask(GGUF, "--min-release", 1), "is no engine, so it has no signature and no release")

    def test_a_file_that_others_may_write_to_is_not_trusted(self):
        engine = self.signed("shared.hone")
        trust = ("--trust", HOME / "ours.pub")
        for mode in 0o664, 0o646:
            engine.chmod(mode)
            self.refused(self.ask(engine, *trust), "others may write to this file")
        self.assertEqual(self.ask(engine).returncode, 0)
        engine.chmod(0o644)
        self.assertEqual(self.ask(engine, *trust).returncode, 0)

    def test_a_signed_engine_keeps_its_mode_and_its_links(self):
        engine, link = compiled(GGUF, "target.hone"), HOME / "link.hone"
        engine.chmod(0o640)
        link.symlink_to(engine.name)
        self.assertEqual(hone("sign", link, "--key", HOME / "ours.key").returncode, 0)
        self.assertTrue(link.is_symlink())
        self.assertEqual(engine.stat().st_mode & 0o777, 0o640)
        self.assertIn("signatures: 1", hone("verify", engine).stdout)

    def test_a_key_of_the_other_kind_is_told(self):
        engine = compiled(GGUF, "kind.hone")
        result = hone("sign", engine, "--key", HOME / "ours.pub")
        self.assertEqual(result.returncode, 2)
        self.assertIn("is a hone public key, ed25519; a hone secret key, ed25519 is needed", result.stderr)


class DumpTest(unittest.TestCase):
    def test_passes_are_written_for_people(self):
        folder = HOME / "passes"
        for model in (LSTM, GGUF):
            result = hone("compile", model, "--tune-seconds", 0, "-o", HOME / "dumped.hone",
                          "--dump-passes", folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            names = sorted(path.name for path in folder.iterdir())
            self.assertEqual([names[0], names[-1]], ["00_imported.hir", "index.html"])
            self.assertTrue(all((folder / name).stat().st_size > 0 for name in names))

    def test_a_pass_can_be_left_out(self):
        cache = HOME / "skipped.timings"
        told = hone("compile", LSTM, "-o", HOME / "skipped.hone", "--skip-pass", "fold_constant", "--tune-seconds", 0.1,
                    "--timing-cache", cache)
        self.assertEqual(told.returncode, 2)
        self.assertFalse(cache.exists())  # nothing was tuned for it
        self.assertIn("there is no pass 'fold_constant'; did you mean 'fold_constants'?", told.stderr)
        self.assertEqual(hone("compile", LSTM, "--tune-seconds", 0, "-o", HOME / "skipped.hone", "--skip-pass",
                              "fuse_conv", "--skip-pass", "fold_quantized").returncode, 0)


class TargetsTest(unittest.TestCase):
    CONV = ROOT / "tests/golden/onnx_contrib/fused_conv_relu/model.onnx"
    ENGINE = HOME / "targets.hone"

    def compile(self, *options, model=CONV):
        return hone("compile", model, "-o", self.ENGINE, *options)

    def outputs(self, model):
        return json.loads(hone("run", model, "--random", "--json", "-t", 1).stdout)["outputs"]

    def test_packs_stand_there_once_for_all_that_read_them(self):
        told = self.compile("--target", "x86-avx512vnni,arm-dotprod", "--target", "x86-avx2,scalar", "--tune-seconds", 0, "--json")
        self.assertEqual(told.returncode, 0, told.stderr)
        targets = json.loads(told.stdout)["targets"]
        self.assertEqual([one["name"] for one in targets], ["x86-avx512vnni", "arm-dotprod", "x86-avx2", "scalar"])
        self.assertGreater(targets[1]["more_bytes"], 0)
        self.assertEqual([one["more_bytes"] for one in targets[2:]], [0, 0])
        layouts = [layout for (_, layout) in engine_reader.Engine(self.ENGINE.read_bytes()).weights() if layout.startswith("f32.")]
        self.assertEqual(len(layouts), len(set(layouts)))
        self.assertEqual(self.outputs(self.ENGINE), self.outputs(self.CONV))
        shown = json.loads(hone("show", self.ENGINE, "--json").stdout)
        self.assertEqual(shown["targets"], targets)
        self.assertRegex(hone("show", self.ENGINE).stdout, r"(?s)Targets.*x86-avx512vnni.*arm-dotprod")

    def test_language_models_take_targets_at_no_cost(self):
        plain = compiled(GGUF, "plain.hone")
        told = self.compile("--target", "native,arm-dotprod,wasm-simd", "--json", model=GGUF)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("wasm-simd: hone has no kernels for it yet", told.stderr)
        self.assertEqual(json.loads(told.stdout)["weight_bytes"],
                         sum(map(len, engine_reader.Engine(plain.read_bytes()).weights().values())))

    def test_what_cannot_be_is_told(self):
        told = self.compile("--target", "native,cortex-m")
        self.assertEqual(told.returncode, 3)
        self.assertIn("the target 'cortex-m'; there are native, x86-avx2", told.stderr)
        other = "x86-avx2" if "arm" in json.loads(self.compile("--tune-seconds", 0, "--json").stdout)["targets"][0]["name"] else "arm-neon"
        told = self.compile("--target", other, "--best")
        self.assertEqual(told.returncode, 2)
        self.assertIn("none of the targets", told.stderr)

    def test_an_engine_is_packed_anew(self):
        self.compile("--target", "x86-avx512vnni,arm-dotprod", "--tune-seconds", 0)
        wanted = self.ENGINE.read_bytes()
        self.compile("--target", "generic", "--tune-seconds", 0)
        plain, again = self.ENGINE.rename(HOME / "plain_targets.hone"), HOME / "again.hone"
        told = hone("compile", plain, "--target", "x86-avx512vnni,arm-dotprod", "-o", again)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(again.read_bytes(), wanted)
        for options in ((), ("--target", "generic"), ("--target", "generic", "-o", again, "--golden", 1)):
            told = hone("compile", plain, *options)
            self.assertEqual(told.returncode, 2, told.stdout)
            self.assertIn("is an engine", told.stderr)

    def test_what_was_measured_elsewhere_goes_along(self):
        cache = HOME / "elsewhere.timings"
        text = lambda tag, value: engine_writer.field(tag, value.encode())
        elsewhere = {"0x410fd0c1, neon_dotprod, 64 KiB L1": True, "0x410fd034, neon": False}
        cache.write_bytes(engine_writer.engine({
            ("tuning", "", str(i)): text(1, processor) + text(3, "a build") + engine_writer.field(5, b"")
            for i, processor in enumerate(elsewhere)}))
        before = cache.read_bytes()
        told = self.compile("--target", "arm-dotprod,x86-avx2", "--tune-seconds", 0, "--timing-cache", cache)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertEqual(cache.read_bytes(), before)
        shown = hone("show", self.ENGINE).stdout
        for processor, kept in elsewhere.items():
            self.assertEqual(processor in shown, kept, shown)
        kernels = hone("show", self.ENGINE, "--kernels").stdout
        self.assertIn("arm-dotprod: as measured on 1 such processor, else by the cost model", kernels)


class ShapesTest(unittest.TestCase):
    PORTS = ROOT / "tests/api/ports.onnx"  # x: f32[batch, 3]

    def compile(self, shapes):
        return hone("compile", self.PORTS, "--tune-seconds", 0, "-o", HOME / "shaped.hone", "--shapes", shapes)

    def bench(self, sizes):
        return hone("bench", HOME / "shaped.hone", "--input", f"x={sizes}", "--repeat", 1, "--json")

    def test_a_size_that_was_open_can_be_given(self):
        self.assertEqual(self.compile("x=2x3").returncode, 0)
        self.assertIn("f32[2, 3]", hone("show", HOME / "shaped.hone").stdout)
        self.assertEqual(self.bench("2x3").returncode, 0)
        self.assertIn("but the model takes f32[2, 3]", self.bench("4x3").stderr)

    def test_a_range_is_kept(self):
        for shapes in ("x=1x3:2x3:4x3", "batch=1:2:4"):
            self.assertEqual(self.compile(shapes).returncode, 0)
            usual = json.loads(self.bench("2x3").stdout)["inputs"][0]["type"]
            self.assertEqual(json.loads(hone("bench", HOME / "shaped.hone", "--repeat", 1, "--json").stdout)["inputs"][0],
                             {"name": "x", "type": usual})
            self.assertEqual(self.bench("4x3").returncode, 0)
            self.assertIn("from 1 to 4", self.bench("5x3").stderr)

    def test_what_does_not_fit_is_told(self):
        told = self.compile("y=1x3")
        self.assertEqual(told.returncode, 2)
        self.assertIn("ports.onnx: there is no input or open size 'y'", told.stderr)

    def test_a_language_model_reads_a_prompt_in_runs_of_so_many_tokens(self):
        answers, arenas = [], []
        for shapes in ("tokens=1:1:512", "tokens=1:1:3"):
            made = hone("compile", GGUF, "-o", HOME / "runs.hone", "--shapes", shapes)
            self.assertEqual(made.returncode, 0, made.stderr)
            answers.append(hone("run", HOME / "runs.hone", "--temp", 0, "-n", 4, "a prompt of more than three tokens").stdout)
            arenas.append(json.loads(hone("show", HOME / "runs.hone", "--memory", "--json").stdout)["arena_bytes"])
        self.assertEqual(answers[0], answers[1])
        self.assertLess(arenas[1], arenas[0])
        for shapes in ("tokens=2:4:8", "prompt=1:1:512", "tokens=1x1", "tokens=1:1:100000"):
            told = hone("compile", GGUF, "-o", HOME / "shaped.hone", "--shapes", shapes)
            self.assertEqual(told.returncode, 2)
            self.assertIn("tokens=1:OPT:MAX", told.stderr)


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
