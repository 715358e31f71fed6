#!/usr/bin/env python3
"""Tests of wheel_files.py with wheels made here; nothing is downloaded."""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

TOOL = pathlib.Path(__file__).resolve().parent / "wheel_files.py"
CONTENT = b"syntax = \"proto2\";\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class WheelFiles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.cache = pathlib.Path(self.folder.name) / "cache"
        self.wheel = self.cache / "wheels/some_thing-1.0-py3-none-any.whl"

    def put_wheel(self):
        self.wheel.parent.mkdir(parents=True)
        with zipfile.ZipFile(self.wheel, "w") as archive:
            archive.writestr("pack/a.proto", CONTENT)

    def run_tool(self, *files):
        # No index answers at this port: what is not in the cache cannot be had.
        offline = os.environ | {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0",
                                "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run([sys.executable, "-B", TOOL, self.cache, "some-thing==1.0", *files],
                              capture_output=True, text=True, env=offline)

    def test_takes_the_file_out_of_a_wheel_in_the_cache(self):
        self.put_wheel()
        result = self.run_tool(f"pack/a.proto={SHA256}")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.cache / "some-thing-1.0/pack/a.proto").read_bytes(), CONTENT)

    def test_a_file_once_taken_needs_no_wheel(self):
        self.put_wheel()
        self.run_tool(f"pack/a.proto={SHA256}")
        self.wheel.unlink()
        result = self.run_tool(f"pack/a.proto={SHA256}")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_changed_file_is_taken_anew(self):
        self.put_wheel()
        self.run_tool(f"pack/a.proto={SHA256}")
        taken = self.cache / "some-thing-1.0/pack/a.proto"
        taken.write_bytes(b"")
        self.assertEqual(self.run_tool(f"pack/a.proto={SHA256}").returncode, 0)
        self.assertEqual(taken.read_bytes(), CONTENT)

    def test_refuses_what_is_not_pinned(self):
        self.put_wheel()
        result = self.run_tool(f"pack/a.proto={'0' * 64}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("another SHA-256", result.stderr)
        self.assertFalse((self.cache / "some-thing-1.0/pack/a.proto").exists())

    def test_names_a_wheel_that_cannot_be_read(self):
        self.wheel.parent.mkdir(parents=True)
        self.wheel.write_bytes(b"half")
        result = self.run_tool(f"pack/a.proto={SHA256}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("delete it and build again", result.stderr)
        self.assertIn(self.wheel.name, result.stderr)

    def test_a_file_that_the_wheel_lacks(self):
        self.put_wheel()
        result = self.run_tool(f"pack/b.proto={SHA256}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("pack/b.proto", result.stderr)

    def test_says_what_to_do_without_a_network(self):
        result = self.run_tool(f"pack/a.proto={SHA256}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Is there a network?", result.stderr)
        self.assertNotIn("Traceback", result.stderr)


if __name__ == "__main__":
    unittest.main()
