#!/usr/bin/env python3
"""hone run and the other commands that open a model, with a tiny one: tests/run_test.py HONE MAKE_TINY_MODEL"""
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HONE = sys.argv.pop(1)
MAKE_TINY_MODEL = sys.argv.pop(1)
FOLDER = tempfile.TemporaryDirectory()
HOME = pathlib.Path(FOLDER.name)
MODEL = str(HOME / "llama-f32.gguf")  # trained for 512 tokens, it says


def setUpModule():
    subprocess.run([MAKE_TINY_MODEL, FOLDER.name, "llama-f32"], check=True, capture_output=True)


def tearDownModule():
    FOLDER.cleanup()


def environment(**more):
    return {"HONE_HOME": FOLDER.name, "LANG": "C", "COLUMNS": "100", **more}


def hone(*arguments, **settings):
    if "input" not in settings:
        settings.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([HONE, *arguments], capture_output=True, text=True, timeout=60, env=environment(),
                          check=False, **settings)


def run(*arguments, **settings):
    return hone("run", "-m", MODEL, "-t", "1", "--seed", "1", "-n", "6", *arguments, **settings)


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def on_a_terminal(*arguments, columns):
    reader, terminal = pty.openpty()
    with subprocess.Popen([HONE, *arguments], stdout=terminal, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                          env=environment(TERM="xterm", NO_COLOR="1", COLUMNS=str(columns))):
        os.close(terminal)
        text = b""
        try:
            while part := os.read(reader, 65536):
                text += part
        except OSError:  # the way in which a terminal tells its end
            pass
    os.close(reader)
    return text.decode().replace("\r", "").splitlines()


class Template(unittest.TestCase):
    def test_a_known_format_is_spoken_instead_of_the_models_own(self):
        result = run("--template", "llama2", "Hi")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, run("--raw", "[INST] Hi [/INST]").stdout)
        self.assertNotEqual(result.stdout, run("Hi").stdout)

    def test_an_unknown_format_is_told_with_the_known_ones(self):
        result = run("--template", "chatmll", "Hi")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("there is no prompt format 'chatmll'; there are chatml, llama3", result.stderr)


class Input(unittest.TestCase):
    def answer(self, *arguments, **settings):
        result = run("--raw", *arguments, **settings)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_standard_input_goes_below_the_prompt(self):
        whole = self.answer("Sum up:\n\none\ntwo")
        self.assertEqual(self.answer("Sum up:", input="one\ntwo\n"), whole)
        self.assertEqual(self.answer("-p", "Sum up:", input="one\ntwo"), whole)
        self.assertEqual(self.answer(input="Sum up:\n\none\ntwo\n"), whole)
        text = HOME / "text.txt"
        text.write_text("one\ntwo\n", encoding="utf-8")
        with open(text, encoding="utf-8") as file:
            self.assertEqual(self.answer("Sum up:", stdin=file), whole)
        self.assertNotEqual(self.answer("Sum up:"), whole)

    def test_nothing_on_it_changes_nothing(self):
        alone = self.answer("hello")
        self.assertEqual(self.answer("hello", input=""), alone)
        self.assertEqual(self.answer("hello", input=" \n"), alone)
        closed = subprocess.run(["sh", "-c", 'exec "$0" "$@" <&-', HONE, "run", "-m", MODEL, "-t", "1", "--seed", "1",
                                 "-n", "6", "--raw", "hello"], capture_output=True, text=True, env=environment(),
                                timeout=60, check=False)
        self.assertEqual((closed.returncode, closed.stdout), (0, alone), closed.stderr)

    def test_a_pipe_that_stays_open_is_told_and_can_be_left(self):
        reader, writer = os.pipe()
        with subprocess.Popen([HONE, "run", "-m", MODEL, "hello"], stdin=reader, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=environment()) as process:
            self.assertIn("waiting for the end of standard input", process.stderr.readline())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=10), 130)
        os.close(reader)
        os.close(writer)

    def test_a_text_that_comes_late_is_read(self):
        whole = self.answer("a\n\nbc")
        with subprocess.Popen([HONE, "run", "-m", MODEL, "-t", "1", "--seed", "1", "-n", "6", "--raw", "a"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=environment()) as process:
            for part in "bc":
                time.sleep(0.2)
                process.stdin.write(part)
                process.stdin.flush()
            self.assertEqual(process.communicate(timeout=30)[0], whole)


class JsonLines(unittest.TestCase):
    def test_each_token_has_an_id_and_the_end_has_the_figures(self):
        for seed in range(20):
            options = ("hi", "--temp", "2", "--min-p", "0", "--seed", str(seed))
            *tokens, end = lines(run(*options, "--json"))
            self.assertTrue(all("id" in token and "done" not in token for token in tokens), tokens)
            self.assertEqual("".join(line["text"] for line in [*tokens, end]) + "\n", run(*options).stdout)
            self.assertEqual((end["done"], end["tokens"]), (True, len(tokens)))
            self.assertEqual(end["reason"], "length" if len(tokens) == 6 else "stop")
            self.assertGreater(end["prompt_tokens"], 0)
            self.assertGreater(end["time_to_first_token_ms"], 0)
            if len(tokens) > 1:
                self.assertGreater(end["tokens_per_s"], 0)

    def test_bytes_stand_where_the_text_is_no_whole_character(self):
        """The tiny model writes single bytes: those of all tokens together are the answer."""
        seen = 0
        for seed in range(20):
            tokens = lines(run("hi", "--temp", "2", "--min-p", "0", "--seed", str(seed), "--json", "--raw"))
            raw = b""
            for token in tokens[:-1]:
                raw += bytes(token["bytes"]) if "bytes" in token else token["text"].encode()
                seen += "bytes" in token
            self.assertEqual(raw.decode(errors="replace"), "".join(token["text"] for token in tokens))
        self.assertGreater(seen, 0)

    def test_a_character_cut_in_two_ends_in_the_last_line(self):
        for seed in range(100):
            *tokens, end = lines(run("hi", "-n", "1", "--temp", "2", "--min-p", "0", "--seed", str(seed), "--json"))
            if end["text"]:
                self.assertEqual((len(tokens), tokens[0]["text"], end["text"]), (1, "", "\ufffd"))
                self.assertGreaterEqual(tokens[0]["bytes"][0], 0xC2)
                return
        self.fail("no character was cut")

    def test_a_stop_string_is_a_stop(self):
        *tokens, _ = lines(run("hi", "--json"))
        text = "".join(token["text"] for token in tokens)
        self.assertEqual(lines(run("hi", "--json", "--stop", text[0]))[-1]["reason"], "stop")


class Mistakes(unittest.TestCase):
    def check(self, result, message, status=2):
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertIn(message, result.stderr)

    def test_options_that_need_others_or_a_text(self):
        self.check(run("hi", "--top-logprobs", "3"), "--top-logprobs needs --json")
        self.check(run("hi", "--stop", ""), "--stop: an empty TEXT")

    def test_options_of_others(self):
        self.check(run("hi", "-ngl", "99"), "hone has no option '-ngl'; hone computes on the processor alone")
        self.check(run("hi", "-nkvo"), "hone has no option '-nkvo' (-n N is: most tokens to generate")

    def test_leftover_words(self):
        self.check(run("why", "is", "it"), 'put the prompt in quotes: hone run "why ..."')
        self.check(hone("run", "why", "is", "it"), 'put the prompt in quotes: hone run "why ..."')
        self.check(hone("run", MODEL, "-p", "hi", "there"), "unexpected argument 'there': the prompt is what -p gives")
        self.check(hone("run", "--offline", "no-such-model", "hi"), "neither a file nor a known model", 3)

    def test_no_prompt_at_all(self):
        self.check(run(), "there is no prompt: standard input is empty; write hone run")
        self.check(run(""), "the prompt is empty")
        self.check(hone("run", "--offline", "smollm2-135m"), "there is no prompt")  # before a pull

    def test_a_broken_file_is_named_as_it_was_given_and_once(self):
        whole = pathlib.Path(MODEL).read_bytes()
        for name, content in [("cut.gguf", whole[:1000]), ("text.gguf", b"hello there"),
                              ("arch.gguf", whole.replace(b"blk.0.attn_q", b"blk.0.attn_x"))]:
            path = HOME / name
            path.write_bytes(content)
            for arguments in [("run", path, "hi"), ("bench", path, "--tests", "pp1"),
                              ("bench", path, "--tests", "ttft_ms")]:
                result = hone(*map(str, arguments))
                self.assertEqual(result.returncode, 4, result.stderr)
                self.assertIn(f": {path}: ", result.stderr)
                self.assertEqual(result.stderr.count(name), 1, result.stderr)

    def test_what_is_no_file(self):
        for command in ["run", "chat", "show", "bench", "tokenize"]:
            self.check(hone(command, "-m", FOLDER.name, input="hi"), f"{FOLDER.name}: this is a directory")
        self.check(hone("run", "/dev/null", "hi"), "/dev/null: this is no regular file")

    def test_a_catalogue_that_is_named_must_be_there(self):
        result = subprocess.run([HONE, "list"], capture_output=True, text=True, check=False,
                                env=environment(HONE_CATALOGUE=FOLDER.name + "/none.json"))
        self.check(result, "none.json', and there is no such file", 3)

    def test_offline_names_the_model_and_the_way_to_it(self):
        self.check(hone("run", "--offline", "hi"), "the model 'smollm2-135m' is not on this machine", 8)
        self.check(hone("run", "--offline", "hi"), "'hone pull smollm2-135m'", 8)


class OtherCommands(unittest.TestCase):
    def test_a_file_needs_no_home(self):
        result = subprocess.run([HONE, "show", MODEL], capture_output=True, text=True, check=False, env={})
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("architecture", result.stdout)

    def test_a_context_beyond_training_is_told(self):
        text = HOME / "long.txt"
        text.write_text("a word " * 2000, encoding="utf-8")
        note = "is longer than the 512 that the model was trained for"
        for arguments in [("run", "-n", "1", "-m", MODEL, "-c", "1000", "hi"), ("chat", MODEL, "-c", "1000"),
                          ("perplexity", MODEL, str(text), "-c", "1000", "--chunks", "1"),
                          ("bench", MODEL, "--tests", "pp1", "--repeat", "1", "-c", "1000")]:
            result = hone(*arguments)
            self.assertEqual((result.returncode, result.stderr.count(note)), (0, 1), (arguments, result.stderr))
        self.assertNotIn(note, run("hi", "-c", "512").stderr)

    def test_a_model_and_a_text_by_their_places(self):
        by_name = hone("tokenize", "-m", MODEL, "hello")
        self.assertEqual(hone("tokenize", MODEL, "hello").stdout, by_name.stdout)
        self.assertEqual(hone("tokenize", MODEL, input="hello").stdout, by_name.stdout)
        self.assertEqual(hone("detokenize", MODEL, *hone("tokenize", MODEL, "--no-bos", "hello").stdout.split()).stdout,
                         "hello\n")
        self.assertIn("put the text in quotes", hone("tokenize", "-m", MODEL, "two", "words").stderr)

    def test_perplexity_of_the_default_model(self):
        text = HOME / "text.txt"
        text.write_text("a word " * 200, encoding="utf-8")
        self.assertIn("'smollm2-135m' is not on this machine", hone("perplexity", "--offline", str(text)).stderr)
        for arguments in [(MODEL,), ("smollm2-135m",), ()]:
            self.assertIn("FILE is missing", hone("perplexity", *arguments).stderr)
        options = ("-c", "64", "--chunks", "1")
        whole = hone("perplexity", MODEL, str(text), *options)
        self.assertEqual(whole.returncode, 0, whole.stderr)
        self.assertEqual(hone("perplexity", "-m", MODEL, str(text), *options).stdout, whole.stdout)
        self.assertEqual(hone("perplexity", "-f", str(text), MODEL, *options).stdout, whole.stdout)
        none = hone("perplexity", MODEL, str(text), "--chunks", "0")
        self.assertEqual(none.returncode, 2)
        self.assertIn("0 windows measure nothing", none.stderr)
        self.assertIn("'pp0': the tokens must be from 1", hone("bench", MODEL, "--tests", "pp0").stderr)

    def test_tables_fit_a_narrow_terminal(self):
        wide = max(len(line) for line in hone("list").stdout.splitlines())
        for columns in [wide, 70, 60]:
            self.assertLessEqual(max(len(line) for line in on_a_terminal("list", columns=columns)), columns)
        narrow = on_a_terminal("list", columns=54)
        self.assertTrue(any("\u2026" in line for line in narrow))
        self.assertEqual([line.split()[0] for line in narrow],
                         [line.split()[0] for line in hone("list").stdout.splitlines()])
        shown = on_a_terminal("show", MODEL, "--tensors", columns=50)
        self.assertLessEqual(max(len(line) for line in shown if line.startswith("  ")), 50)


if __name__ == "__main__":
    unittest.main()
