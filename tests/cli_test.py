#!/usr/bin/env python3
"""The binary as a person or a script meets it: tests/cli_test.py BINARY"""
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import unittest

HONE = sys.argv.pop(1)


def hone(*arguments, **settings):
    return subprocess.run([HONE, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60, **settings)


def commands():
    lines = hone().stdout.split("Commands\n")[1].split("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines]


def on_a_terminal(*arguments, **variables):
    """Standard output of hone on a terminal."""
    reader, terminal = pty.openpty()
    process = subprocess.Popen([HONE, *arguments], stdout=terminal, stderr=subprocess.DEVNULL,
                               env={"TERM": "xterm", **variables})
    os.close(terminal)
    text = b""
    try:
        while part := os.read(reader, 65536):
            text += part
    except OSError:  # the way in which a terminal tells its end
        pass
    process.wait()
    os.close(reader)
    return text.decode()


class Help(unittest.TestCase):
    def test_every_command_explains_itself_with_an_example(self):
        self.assertGreater(len(commands()), 1)
        for command in commands():
            for arguments in [(command, "--help"), (command, "-h"), ("help", command)]:
                result = hone(*arguments)
                self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
                self.assertRegex(result.stdout, rf"^Usage: hone {command} .*\n")
                self.assertRegex(result.stdout, rf"\nExamples\n.*hone {command}", arguments)

    def test_the_overview_needs_no_word(self):
        for arguments in [(), ("help",), ("--help",), ("-h",)]:
            self.assertEqual(hone(*arguments).stdout, hone().stdout)

    def test_version(self):
        self.assertRegex(hone("--version").stdout, r"^hone \d+\.\d+\.\d+\n$")
        self.assertEqual(f"hone {json.loads(hone('version', '--json').stdout)['version']}\n", hone("--version").stdout)


class Mistakes(unittest.TestCase):
    def check(self, arguments, message):
        result = hone(*arguments)
        self.assertEqual((result.returncode, result.stdout), (2, ""), arguments)
        self.assertIn(message, result.stderr)
        self.assertTrue(result.stderr.startswith("hone: ") and result.stderr.count("\n") == 1, result.stderr)

    def test_a_near_name_is_suggested(self):
        self.check(["vresion"], "unknown command 'vresion'; did you mean 'hone version'?")
        self.check(["help", "vers"], "did you mean 'hone version'?")
        self.check(["version", "--jsno"], "hone: version: unknown option '--jsno'; did you mean '--json'?")
        self.check(["xyzzy"], "'hone help' lists all commands")
        self.check(["-v"], "'hone help' lists all commands")

    def test_a_prompt_or_a_model_needs_run(self):
        self.check(["Why is the sky blue?"], "'hone run \"...\"' answers a prompt")
        self.check(["model.gguf"], "'hone run model.gguf \"...\"' asks a model")

    def test_unprintable_words_are_shown_safely(self):
        self.check(["\x1b[31m"], "\\x1b[31m")
        self.check([""], "unknown command ''")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([HONE, "help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(result.returncode, 7)
        self.assertIn("No space left on device", result.stderr)

    def test_a_reader_that_leaves_is_no_error(self):
        reader, writer = os.pipe()
        os.close(reader)
        result = subprocess.run([HONE, "help"], stdout=writer, stderr=subprocess.PIPE, check=False)
        os.close(writer)
        self.assertEqual((result.returncode, result.stderr), (-signal.SIGPIPE, b""))


class Show(unittest.TestCase):
    def test_files_that_are_no_model(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content, status in [("text.gguf", b"hello, this is no model", 4), ("empty.gguf", b"", 4),
                                          ("short.gguf", b"GGUF\3\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f", 4)]:
                path = pathlib.Path(folder, name)
                path.write_bytes(content)
                result = hone("show", str(path))
                self.assertEqual((result.returncode, result.stdout), (status, ""), name)
                self.assertTrue(result.stderr.startswith(f"hone: {path}: "), result.stderr)
            self.assertEqual(hone("show", f"{folder}/none.gguf").returncode, 3)
            self.assertNotEqual(hone("show", folder).returncode, 0)


class Tokenize(unittest.TestCase):
    VOCABULARY = str(pathlib.Path(__file__).parent / "golden/tokenizer/byte_level.gguf")  # no weights
    TEXT = "Hello\n 你好 😀 <|im_start|>"

    def test_there_and_back(self):
        for options in [(), ("--special",)]:
            ids = hone("tokenize", "-m", self.VOCABULARY, self.TEXT, *options)
            self.assertRegex(ids.stdout, r"^\d+( \d+)*\n$")
            self.assertEqual((ids.returncode, ids.stderr), (0, ""))
            text = hone("detokenize", "-m", self.VOCABULARY, "--special", *ids.stdout.split())
            self.assertEqual(text.stdout, self.TEXT + "\n")

    def test_standard_input_is_taken_byte_for_byte(self):
        word = hone("tokenize", "-m", self.VOCABULARY, self.TEXT).stdout
        read = subprocess.run([HONE, "tokenize", "-m", self.VOCABULARY], input=self.TEXT.encode(),
                              capture_output=True, timeout=60)
        self.assertEqual(read.stdout.decode(), word)
        back = subprocess.run([HONE, "detokenize", "-m", self.VOCABULARY], input=read.stdout,
                              capture_output=True, timeout=60)
        self.assertEqual(back.stdout.decode(), self.TEXT + "\n")

    def test_special_and_bos(self):
        plain = hone("tokenize", "-m", self.VOCABULARY, "<|im_start|>").stdout.split()
        special = hone("tokenize", "-m", self.VOCABULARY, "<|im_start|>", "--special").stdout.split()
        self.assertGreater(len(plain), len(special))
        self.assertEqual(len(special), 1)
        pieces = str(pathlib.Path(self.VOCABULARY).with_name("sentence_piece.gguf"))
        with_bos = hone("tokenize", "-m", pieces, "a").stdout.split()
        self.assertEqual(with_bos[1:], hone("tokenize", "-m", pieces, "a", "--no-bos").stdout.split())

    def test_mistakes(self):
        for arguments, status in [(("-m", self.VOCABULARY, "12", "x"), 2), (("-m", self.VOCABULARY, "99999999"), 2),
                                  (("-m", "no-such-model", "1"), 3)]:
            result = hone("detokenize", *arguments)
            self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)


class Colors(unittest.TestCase):
    def test_only_on_a_terminal_that_wants_them(self):
        self.assertNotIn("\x1b", hone().stdout)
        self.assertIn("\x1b[1m", on_a_terminal())
        self.assertNotIn("\x1b", on_a_terminal(NO_COLOR="1"))
        self.assertNotIn("\x1b", on_a_terminal(TERM="dumb"))


class Documents(unittest.TestCase):
    def test_the_exit_codes_are_those_of_the_program(self):
        program = [line.split()[:2] for line in hone("help", "exit-codes").stdout.splitlines()[1:]]
        text = (pathlib.Path(__file__).parent.parent / "docs/cli.md").read_text(encoding="utf-8")
        table = text.split("## Exit codes")[1].split("##")[0].strip().splitlines()[2:]
        self.assertEqual(program, [[cell.strip() for cell in line.split("|")[1:3]] for line in table])


if __name__ == "__main__":
    unittest.main()
