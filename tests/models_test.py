#!/usr/bin/env python3
"""hone pull, list, show and rm, with models out of a folder: tests/models_test.py HONE"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HONE = sys.argv.pop(1)


class Models(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.home = pathlib.Path(self.folder.name)
        (self.home / "eye.bin").write_bytes(b"\x08\x08 graph")
        (self.home / "ear.bin").write_bytes(b"\x1c\0\0\0TFL3....")
        (self.home / "names.txt").write_text("cat\ndog\n", encoding="utf-8")
        models = [
            {"name": "eye", "format": "onnx", "hidden": True, "task": {"kind": "detect"},
             "files": {"labels": {"sources": [self.local("names.txt")]}}},
            {"name": "ear", "format": "tflite", "hidden": True},
            {"name": "head", "title": "A head", "parts": {"see": "eye", "hear": "ear"}, "task": {"kind": "ocr"}},
            {"name": "owl", "parts": {"see": "eye"}, "task": {"kind": "watch"}},
        ]
        for model in models:
            model["license"] = {"name": "MIT"}
            if "parts" not in model:
                model["sources"] = [self.local(model["name"] + ".bin")]
        catalogue = self.home / "models.json"
        catalogue.write_text(json.dumps({"models": models}), encoding="utf-8")
        self.environment = {"HONE_HOME": self.folder.name, "HONE_CATALOGUE": str(catalogue), "LANG": "C"}

    def local(self, name):
        return {"kind": "local", "path": str(self.home / name)}

    def hone(self, *arguments, code=0):
        result = subprocess.run([HONE, *arguments], capture_output=True, text=True, timeout=60, check=False,
                                env=self.environment, stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stderr if code else result.stdout

    def listed(self, *options):
        return {item["name"]: item for item in json.loads(self.hone("list", "--json", *options))}

    def installed(self):
        return sorted(path.name for path in (self.home / "models").glob("[a-z]*"))

    def test_a_bundle_is_pulled_listed_and_removed_as_one(self):
        self.assertNotIn("eye", self.listed())
        self.assertFalse(self.listed()["head"]["installed"])
        text = self.hone("pull", "head")
        self.assertRegex(text, r"^head is ready \(\d+ B, pinned\):\n.*/eye.onnx\n.*/eye.labels.txt\n.*/ear.tflite\n$")
        self.assertEqual(self.installed(),
                         ["ear.json", "ear.tflite", "eye.json", "eye.labels.txt", "eye.onnx"])
        head = self.listed("--installed")["head"]
        self.assertEqual((head["installed"], head["kind"], head["parts"]), (True, "ocr", {"see": "eye", "hear": "ear"}))
        eye = self.listed("--parts")["eye"]
        self.assertEqual((eye["format"], eye["kind"]), ("onnx", "detect"))
        self.assertEqual(eye["files"], {"labels": str(self.home / "models" / "eye.labels.txt")})
        self.assertRegex(self.hone("list"), r"(?m)^head +ocr +\d+ B +installed +MIT$")

        # owl needs nothing more than what head brought.
        self.assertTrue(self.listed()["owl"]["installed"])
        self.assertEqual(self.hone("rm", "head"), "kept eye: owl needs it\nremoved ear\n")
        self.assertRegex(self.hone("list"), r"(?m)^head +ocr +(\d+ B|\?) +1 of 2 parts +MIT$")
        self.assertIn("'head' is not installed", self.hone("rm", "head", code=3))
        self.assertEqual(self.hone("rm", "owl"), "removed eye\n")
        self.assertEqual(self.installed(), [])

    def test_a_part_that_is_removed_is_missed(self):
        self.hone("pull", "head")
        self.assertIn("(head is incomplete now: 'hone pull head')", self.hone("rm", "ear"))
        self.assertIn("'hone pull head' fetches it", self.hone("show", "head", code=3))
        self.hone("pull", "head")
        self.assertIn("ear.tflite", self.hone("show", "head"))

    def test_a_bundle_is_shown_by_its_files_and_task(self):
        self.hone("pull", "head")
        text = self.hone("show", "head")
        for part in ["A head", "MIT", "eye.onnx (8 B)", "eye.labels.txt (8 B)", "ear.tflite (12 B)", '"kind": "ocr"']:
            self.assertIn(part, text)
        shown = json.loads(self.hone("show", "head", "--json"))
        self.assertEqual(shown["parts"]["see"]["task"], {"kind": "detect"})
        self.assertEqual(shown["parts"]["hear"]["format"], "tflite")

    def test_a_bundle_is_no_single_model(self):
        self.assertIn("is made of several models", self.hone("tokenize", "-m", "head", "hi", code=2))

    def test_a_web_page_is_no_onnx_model(self):
        (self.home / "eye.bin").write_text("<html>log in</html>", encoding="utf-8")
        self.assertIn("what this source sent is no ONNX file", self.hone("pull", "eye", code=4))
        self.assertFalse(self.listed("--parts")["eye"]["installed"])

    def test_a_missing_file_beside_a_model_is_fetched_again(self):
        self.hone("pull", "eye")
        labels = self.home / "models" / "eye.labels.txt"
        labels.unlink()
        self.assertIn("this file of the model is missing", self.hone("show", "eye", code=4))
        self.hone("pull", "eye")
        self.assertEqual(labels.read_text(encoding="utf-8"), "cat\ndog\n")


if __name__ == "__main__":
    unittest.main()
