#!/usr/bin/env python3
"""A model file that another program shortens while hone has it mapped:
tests/shortened_file_test.py HONE MAKE_TINY_MODEL"""
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import unittest

HONE = sys.argv.pop(1)
MAKE_TINY_MODEL = sys.argv.pop(1)
CORRUPT = 4  # docs/cli.md, exit status


def read_until(terminal, wanted):
    text = ""
    while wanted not in text:
        try:
            text += os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # the way in which a terminal tells its end
            break
    return text


def chat(folder, model):
    """A chat that has its model mapped, the weights not read, and waits for a question."""
    process, terminal = pty.fork()
    if process == 0:
        words = [HONE, "chat", str(model), "--offline", "-t", "2", "-n", "8"]
        os.execve(HONE, words, {"TERM": "xterm", "HONE_HOME": folder, "NO_COLOR": "1"})
    assert ">>> " in read_until(terminal, ">>> ")
    return process, terminal


def exit_status(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


class ShortenedFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        subprocess.run([MAKE_TINY_MODEL, self.folder, "llama-f32"], check=True, capture_output=True)
        self.model = pathlib.Path(self.folder, "llama-f32.gguf")

    def test_ends_with_one_sentence_and_the_status_of_a_damaged_file(self):
        process, terminal = chat(self.folder, self.model)
        os.truncate(self.model, 4096)
        os.write(terminal, b"hello\r")
        text = read_until(terminal, "start again")
        status = exit_status(process)
        os.close(terminal)
        sentence = rf"hone: {self.model}: became shorter while it was in use and ends before byte \d+; "
        self.assertRegex(text, sentence)
        self.assertEqual(status, CORRUPT, text)

    def test_a_bus_error_that_is_no_files_still_ends_as_one(self):
        process, terminal = chat(self.folder, self.model)
        os.kill(process, signal.SIGBUS)
        self.assertNotIn("hone:", read_until(terminal, "hone:"))
        self.assertEqual(exit_status(process), -signal.SIGBUS)
        os.close(terminal)


if __name__ == "__main__":
    unittest.main()
