#!/usr/bin/env python3
"""Engines of every format that there ever was are read, run and answer as they did: tests/engine_fixture_test.py HONE

tests/fixtures is written by tools/make_engine_fixtures.py, once a format."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import engine_reader

HONE = sys.argv.pop(1)
FIXTURES = pathlib.Path(__file__).resolve().parent / "fixtures"
FOLDER = tempfile.TemporaryDirectory()
VERSIONS = sorted(path.name.removeprefix("engine_").removesuffix("_program.hone") for path in FIXTURES.glob("*_program.hone"))


def hone(*arguments):
    return subprocess.run([HONE, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, cwd=FOLDER.name, env={"HONE_HOME": FOLDER.name, "LANG": "C"})


class FixtureTest(unittest.TestCase):
    def of_all(self, model):
        self.assertIn("1_0", VERSIONS)
        for version in VERSIONS:
            with self.subTest(version=version):
                path = FIXTURES / f"engine_{version}_{model}.hone"
                engine = engine_reader.Engine(path.read_bytes())
                self.assertEqual(f"{engine.major}_{engine.minor}", version)
                engine.check_chunks()
                yield version, path

    def test_programs_give_the_stored_outputs(self):
        for version, path in self.of_all("program"):
            stored = json.loads((FIXTURES / f"engine_{version}_program.json").read_text())["outputs"]
            result = hone("run", path, "--random", "--json", "-t", "1")
            self.assertEqual(result.returncode, 0, result.stderr)
            for then, now in zip(stored, json.loads(result.stdout)["outputs"], strict=True):
                self.assertEqual((then["name"], then["shape"]), (now["name"], now["shape"]))
                self.assertEqual(len(then["data"]), len(now["data"]))
                scale = max(map(abs, then["data"]))
                for a, b in zip(then["data"], now["data"]):
                    self.assertAlmostEqual(a, b, delta=scale / 256)  # one code of the int8 products

    def test_language_models_give_the_stored_text(self):
        for version, path in self.of_all("llm"):
            result = hone("run", "-m", path, "-t", "1", "--temp", "0", "-n", "8", "--raw", "-p", "one two")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, (FIXTURES / f"engine_{version}_llm.txt").read_text())

    def test_signatures_still_hold(self):
        for version, path in self.of_all("program"):
            result = hone("verify", path, "--trust", FIXTURES / f"engine_{version}.pub", "--min-release", 2)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("which is trusted", result.stdout)

    def test_golden_samples_hold(self):
        for model in "program", "llm":
            for version, path in self.of_all(model):
                result = hone("verify", path, "--golden", "--json")
                if version == "1_0":
                    self.assertIn("has no golden", result.stderr)
                    continue
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                self.assertTrue(json.loads(result.stdout)["golden"]["passed"])


if __name__ == "__main__":
    unittest.main()
