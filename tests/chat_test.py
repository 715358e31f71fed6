#!/usr/bin/env python3
"""hone chat as a person at a terminal meets it: tests/chat_test.py HONE MAKE_TINY_MODEL"""
import json
import os
import pathlib
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HONE = sys.argv.pop(1)
MAKE_TINY_MODEL = sys.argv.pop(1)
FOLDER = tempfile.TemporaryDirectory()
HOME = pathlib.Path(FOLDER.name)
MODEL = HOME / "llama-f32.gguf"
PROMPT = ">>> "


def setUpModule():
    subprocess.run([MAKE_TINY_MODEL, FOLDER.name, "llama-f32", "llama-q4_0"], check=True, capture_output=True)


def tearDownModule():
    FOLDER.cleanup()


def environment(**more):
    return {"TERM": "xterm", "HONE_HOME": FOLDER.name, "LANG": "C", "NO_COLOR": "1", "COLUMNS": "100", **more}


class Chat:
    """A chat on a terminal: write keys, read the screen until something is there."""

    def __init__(self, *arguments, **variables):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            words = [HONE, "chat", str(MODEL), "--offline", "-t", "1", "--seed", "1", *arguments]
            os.execve(HONE, words, environment(**variables))
        self.status = None
        self.wait_for(PROMPT)

    def wait_for(self, pattern, seconds=10):
        """What came up to the end of the pattern."""
        text, end = "", time.monotonic() + seconds
        while not re.search(pattern, text):
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"no {pattern!r} in {text!r}")
            try:
                text += os.read(self.terminal, 65536).decode(errors="replace")
            except OSError as error:  # the way in which a terminal tells its end
                raise AssertionError(f"ended before {pattern!r}: {text!r}") from error
        return text

    def keys(self, text):
        os.write(self.terminal, text.encode())

    def say(self, text):
        """Types a line; returns what follows it up to the next prompt."""
        self.keys(text + "\r")
        return self.wait_for(r"\n(\x1b\[[^a-zA-Z]*[a-zA-Z])*>>> ")

    def end(self):
        try:
            while os.read(self.terminal, 65536):
                pass
        except OSError:
            pass
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        return self.status

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.end()


def saved(chat, name):
    path = HOME / name
    path.unlink(missing_ok=True)
    chat.say(f"/save {path}")
    return json.loads(path.read_text(encoding="utf-8"))


def questions(chat):
    return [m["content"] for m in saved(chat, "look.json")["messages"] if m["role"] == "user"]


class Terminal(unittest.TestCase):
    def test_a_conversation_reuses_the_cache_and_ends(self):
        with Chat("-n", "8") as chat:
            chat.say("hello there")
            first = chat.say("/stats")
            self.assertRegex(first, r"context +\d+ of \d+ tokens")
            chat.say("and then?")
            reused = re.search(r"prompt (\d+) tokens \((\d+) from the cache\)", chat.say("/stats"))
            self.assertGreater(int(reused[2]), int(re.search(r"prompt (\d+) tokens", first)[1]) - 1)
            chat.keys("/bye\r")
            self.assertEqual(chat.end(), 0)

    def test_control_d_ends(self):
        with Chat() as chat:
            chat.keys("\x04")
            self.assertEqual(chat.end(), 0)

    def test_control_c_clears_the_line(self):
        with Chat("-n", "4") as chat:
            chat.keys("never sent")
            chat.keys("\x03")
            chat.wait_for(r"\^C\r\n(\x1b[^ ]*)*>>> ")
            chat.say("sent")
            self.assertEqual(questions(chat), ["sent"])

    def test_control_c_stops_an_answer_and_keeps_the_chat(self):
        with Chat("--temp", "2", "--min-p", "0", "--top-k", "0", "--top-p", "1", "-c", "4096") as chat:
            # So small a model may be done before the key comes; then it is asked again.
            for _ in range(50):
                chat.say("/clear")
                chat.keys("go on and on\r")
                chat.wait_for(r"(?s)go on and on\r\n.{10}")
                chat.keys("\x03")
                if "stopped\r\n" in chat.wait_for(r"(?s)\^C.*>>> "):
                    break
            else:
                self.fail("no answer was stopped")
            messages = saved(chat, "stopped.json")["messages"]
            self.assertEqual([m["role"] for m in messages], ["user", "assistant"])
            self.assertGreater(len(messages[1]["content"]), 0)

    def test_several_lines(self):
        with Chat("-n", "2") as chat:
            chat.keys("one\\\r")
            chat.wait_for(r"\.\.\. ")
            chat.say("two")
            chat.keys('"""\r')
            chat.wait_for(r"\.\.\. ")
            chat.keys("/three\r")
            chat.wait_for(r"\.\.\. ")
            chat.say('four"""')
            chat.keys("\x1b[200~five\rsix\x1b[201~")
            chat.say("")
            self.assertEqual(questions(chat), ["one\ntwo", "/three\nfour", "five\nsix"])

    def test_editing_and_letters_of_all_kinds(self):
        with Chat("-n", "2") as chat:
            chat.say("grün 漢字 🙂x\x7f\x01Ä")  # backspace, to the begin
            self.assertEqual(questions(chat), ["Ägrün 漢字 🙂"])

    def test_history_is_kept_over_sessions(self):
        with Chat("-n", "2") as chat:
            chat.say("remember me")
        history = HOME / "chat_history"
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        with Chat("-n", "2") as chat:
            chat.keys("\x1b[A")
            chat.wait_for("remember me")
            chat.say("!")
            self.assertEqual(questions(chat), ["remember me!"])

    def test_commands(self):
        with Chat("-n", "2") as chat:
            self.assertIn("/save FILE", chat.say("/help"))
            self.assertIn("did you mean '/stats'?", chat.say("/stast"))
            self.assertIn("did you mean 'top-k'?", chat.say("/set tpo-k 3"))
            self.assertIn("temp = 0.5", chat.say("/set temp 0.5"))
            self.assertIn("0.5", chat.say("/set"))
            chat.keys("/he\t")
            chat.wait_for("lp")
            chat.say("")
            chat.say("/set system You are a test.")
            chat.say("first")
            kept = saved(chat, "kept.json")
            self.assertEqual(kept["messages"][0], {"role": "system", "content": "You are a test."})
            self.assertEqual(kept["settings"]["temp"], 0.5)
            chat.say("/clear")
            self.assertEqual(questions(chat), [])
            self.assertIn("loaded 1 question and answer", chat.say(f"/load {HOME}/kept.json"))
            self.assertEqual(saved(chat, "again.json"), kept)
            (HOME / "bad.json").write_text('{"hone_chat": 1, "messages": [{}]}')
            self.assertIn("message 1: ", chat.say(f"/load {HOME}/bad.json"))
            self.assertEqual(questions(chat), ["first"])

    def test_loading_tells_what_it_changes_and_home_is_known(self):
        with Chat("-n", "2", HOME=FOLDER.name) as chat:
            chat.say("/set temp 0.25")
            chat.say("first")
            self.assertIn(f"saved to {HOME}/at_home.json", chat.say("/save ~/at_home.json"))
            self.assertNotIn("settings", chat.say("/load ~/at_home.json"))
            chat.say("/set temp 0.5")
            self.assertIn("settings are those of the file now: temp = 0.25", chat.say("/load ~/at_home.json"))

    def test_a_full_context_is_told(self):
        with Chat("-c", "64") as chat:
            text = chat.say("word " * 60)
            self.assertIn("the context is full", text)
            self.assertIn("/clear", text)
            self.assertEqual(questions(chat), [])


class Pipe(unittest.TestCase):
    def chat(self, text, *arguments, model=MODEL):
        return subprocess.run([HONE, "chat", str(model), "--offline", "-t", "1", "--seed", "1", *arguments],
                              input=text, capture_output=True, text=True, timeout=60, env=environment(), check=False)

    def test_each_line_is_a_message(self):
        path = HOME / "pipe.json"
        result = self.chat(f"one\ntwo\\\nthree\n/save {path}\nfour\\\n", "-n", "4")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn(">>>", result.stdout + result.stderr)
        messages = json.loads(path.read_text(encoding="utf-8"))["messages"]
        self.assertEqual([m["content"] for m in messages if m["role"] == "user"], ["one", "two\nthree"])
        answers = [m["content"] for m in messages if m["role"] == "assistant"]
        self.assertTrue(result.stdout.startswith("\n".join(answers) + "\n"), result.stdout)

    def test_a_mistake_ends_it(self):
        result = self.chat("/hepl\nhello\n")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("did you mean '/help'?", result.stderr)

    def test_a_model_without_template_says_so_at_once(self):
        result = self.chat("hello\n", model=HOME / "llama-q4_0.gguf")
        self.assertEqual((result.returncode, result.stdout), (5, ""))
        self.assertIn("no chat template", result.stderr)


if __name__ == "__main__":
    unittest.main()
