#!/usr/bin/env python3
"""hone eval and hone diff with models and pictures written here: tests/accuracy_test.py HONE"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from small_files import floats, message, node, tensor_info, write_constant_model, write_png

HONE = sys.argv.pop(1)
FOLDER = tempfile.TemporaryDirectory()
HERE = pathlib.Path(FOLDER.name)
COLORS = {"red": (250, 10, 20), "green": (10, 240, 30), "blue": (0, 20, 230)}
TASK = {"kind": "classify", "input": {"width": 2, "height": 2, "layout": "nchw", "color": "rgb", "scale": 1 / 255},
        "labels": list(COLORS)}


def write_model(name, gains):
    """The mean of each channel times its gain, as scores of three classes."""
    nodes = [node("GlobalAveragePool", ["picture"], "mean"), node("Mul", ["mean", "gains"], "scaled"),
             node("Flatten", ["scaled"], "scores")]
    graph = message(*[(1, n) for n in nodes], (2, "colors"), (5, floats("gains", (1, 3, 1, 1), gains)),
                    (11, tensor_info("picture", (1, 3, 2, 2))), (12, tensor_info("scores", (1, 3))))
    (HERE / name).write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
    pathlib.Path(HERE / name).with_suffix(".task.json").write_text(json.dumps(TASK))
    return str(HERE / name)


def setUpModule():
    write_model("colors.onnx", [4, 4, 4])
    write_model("blind.onnx", [4, 4, -4])  # takes blue for what is less red
    for name, color in COLORS.items():
        write_png(HERE / "folders" / name / "a.png", color)
        write_png(HERE / "flat" / f"{name}.png", color)


def tearDownModule():
    FOLDER.cleanup()


def hone(*arguments):
    return subprocess.run([HONE, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                          env={"HONE_HOME": str(HERE / "home"), "LANG": "C", "PATH": os.environ["PATH"]}, check=False)


def evaluated(*arguments):
    result = hone("eval", str(HERE / "colors.onnx"), "--json", "-t", "1", *arguments)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


class Eval(unittest.TestCase):
    def test_folders_are_classes(self):
        found = evaluated("--data", str(HERE / "folders"))
        self.assertEqual((found["pictures"], found["top1"]["value"]), (3, 1))
        self.assertLess(found["top1"]["least"], 0.5)

    def test_labels_come_from_a_file(self):
        labels = HERE / "labels.csv"
        labels.write_text("red.png,0\ngreen.png,blue\nblue.png,2\n")
        found = evaluated("--data", str(HERE / "flat"), "--labels", str(labels))
        self.assertEqual(found["pictures"], 3)
        self.assertAlmostEqual(found["top1"]["value"], 2 / 3)
        self.assertEqual(found["top5"]["value"], 1)
        self.assertEqual(evaluated("--data", str(HERE / "flat"), "--labels", str(labels), "--limit", "2")["pictures"], 2)

    def test_a_background_that_the_model_lacks_is_no_class(self):
        names, labels = HERE / "names.txt", HERE / "named.csv"
        names.write_text("background\nred\ngreen\nblue\n")
        labels.write_text("red.png,red\ngreen.png,green\nblue.png,blue\n")
        found = evaluated("--data", str(HERE / "flat"), "--labels", str(labels), "--names", str(names))
        self.assertEqual(found["top1"]["value"], 1)

    def test_two_models_agree_or_not(self):
        data = ["--data", str(HERE / "folders")]
        same = evaluated(*data, "--against", str(HERE / "colors.onnx"))
        self.assertEqual((same["agreement"]["value"], round(same["cosine"], 9)), (1, 1))
        other = evaluated(*data, "--against", str(HERE / "blind.onnx"))
        self.assertAlmostEqual(other["agreement"]["value"], 2 / 3)
        self.assertLess(other["cosine"], 0.9)

    def test_a_label_that_is_no_class_is_told(self):
        labels = HERE / "wrong.csv"
        labels.write_text("red.png,yellow\n")
        result = hone("eval", str(HERE / "colors.onnx"), "--data", str(HERE / "flat"), "--labels", str(labels))
        self.assertEqual(result.returncode, 2)
        self.assertIn("its label 'yellow' is none of the model's 3 classes", result.stderr)


    def test_a_guess_is_said(self):
        write_constant_model(HERE / "thousand.onnx", (1, 3, 2, 2), {"scores": ((1, 1000), [0] * 1000)}, {})
        result = hone("eval", str(HERE / "thousand.onnx"), "--data", str(HERE / "folders"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("guessed an ImageNet classifier", result.stderr)

    def test_coco_ids_are_classes_without_names(self):
        """A detector of 80 classes that sees a dog, class 16, in all of any picture; COCO's id is 18."""
        rows = [value for first in [48, 48, 96, 96] + [0] * 16 + [0.9] + [0] * 63 for value in [first] + [0] * 188]
        write_constant_model(HERE / "dogs.onnx", (1, 3, 96, 96), {"output0": ((1, 84, 189), rows)}, {})
        truth = {"images": [{"id": 1, "file_name": "red.png"}], "categories": [{"id": 18, "name": "dog"}],
                 "annotations": [{"image_id": 1, "category_id": 18, "bbox": [0, 0, 4, 4]}]}
        (HERE / "coco.json").write_text(json.dumps(truth))
        result = hone("eval", str(HERE / "dogs.onnx"), "--data", str(HERE / "flat"), "--labels", str(HERE / "coco.json"), "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertAlmostEqual(json.loads(result.stdout)["map50"], 1)
        self.assertIn("they are taken for COCO's 80 in their order", result.stderr)


class Diff(unittest.TestCase):
    def diff(self, *models):
        result = hone("diff", *[str(HERE / m) for m in models], "--json", "-t", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_the_layer_that_differs_is_named(self):
        found = self.diff("colors.onnx", "blind.onnx")
        self.assertEqual([layer["name"] for layer in found["layers"]], ["mean", "scaled", "scores"])
        self.assertEqual(found["layers"][0]["max_error"], 0)
        self.assertEqual(found["first_jump"], "scaled")
        self.assertTrue(found["layers"][2]["output"])
        self.assertNotIn("jumps", found["layers"][2])

    def test_a_model_is_held_against_its_own_graph(self):
        found = self.diff("colors.onnx")
        self.assertIsNone(found["first_above"])
        self.assertGreater(len(found["layers"]), 0)

    def test_other_networks_are_told(self):
        nodes = [node("Sigmoid", ["picture"], "p"), node("MaxPool", ["p"], "mean", message((1, "kernel_shape"), (8, 2), (8, 2), (20, 7))),
                 node("Sin", ["mean"], "q"), node("Flatten", ["q"], "answer")]
        graph = message(*[(1, n) for n in nodes], (2, "other"), (11, tensor_info("picture", (1, 3, 2, 2))),
                        (12, tensor_info("answer", (1, 3))))
        (HERE / "other.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
        self.assertIn("below 0.5", self.diff("colors.onnx", "other.onnx")["strangers"])
        write_model("turned.onnx", [-4, -4, -4])
        self.assertNotIn("strangers", self.diff("colors.onnx", "turned.onnx"))

    def test_people_get_a_table(self):
        result = hone("diff", str(HERE / "colors.onnx"), str(HERE / "blind.onnx"), "--image", str(HERE / "flat/blue.png"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("<- first jump", result.stdout)
        self.assertIn("The error first jumps at 'scaled' (binary)", result.stdout)


if __name__ == "__main__":
    unittest.main()
