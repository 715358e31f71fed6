#!/usr/bin/env python3
"""hone run for models with a task, written here or in the repository: tests/task_test.py HONE"""
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import wave

from small_files import floats, message, node, tensor_info, write_constant_model, write_png

HONE = sys.argv.pop(1)
FOLDER = tempfile.TemporaryDirectory()
HERE = pathlib.Path(FOLDER.name)
SOURCE = pathlib.Path(__file__).resolve().parent.parent
WEIGHTS = SOURCE / "fuzz/corpus/weights"
TASK = {"kind": "classify", "input": {"width": 2, "height": 2, "layout": "nchw", "color": "rgb", "scale": 1 / 255}}


def write_colors():
    """The mean of each channel as the score of a class; its labels are a JSON list beside it."""
    nodes = [node("GlobalAveragePool", ["picture"], "mean"), node("Mul", ["mean", "gains"], "scaled"),
             node("Flatten", ["scaled"], "scores")]
    graph = message(*[(1, n) for n in nodes], (2, "colors"), (5, floats("gains", (1, 3, 1, 1), [4, 4, 4])),
                    (11, tensor_info("picture", (1, 3, 2, 2))), (12, tensor_info("scores", (1, 3))))
    (HERE / "colors.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
    (HERE / "colors.task.json").write_text(json.dumps(TASK))
    (HERE / "colors.labels.json").write_text(json.dumps(["red", "green", "blue"]))


def write_codes():
    """The same scores as 8-bit codes, (code + 100) * 0.05, moved once more."""
    nodes = [node("GlobalAveragePool", ["picture"], "mean"), node("Mul", ["mean", "gain"], "scaled"),
             node("QuantizeLinear", ["scaled", "step", "zero"], "codes"), node("Flatten", ["codes"], "scores")]
    tensors = [floats("gain", (), [4]), floats("step", (), [0.05]), message((2, 3), (8, "zero"), (9, bytes([156])))]
    graph = message(*[(1, n) for n in nodes], (2, "codes"), *[(5, t) for t in tensors],
                    (11, tensor_info("picture", (1, 3, 2, 2))), (12, tensor_info("scores", (1, 3), dtype=3)))
    (HERE / "codes.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
    (HERE / "codes.task.json").write_text(json.dumps(TASK))


def write_bert():
    """The repository's random BERT in a folder as Hugging Face has them."""
    folder = HERE / "bert"
    folder.mkdir()
    shutil.copy(WEIGHTS / "bert.safetensors", folder / "model.safetensors")
    shutil.copy(SOURCE / "src/frontend/weights/testdata/bert.config.json", folder / "config.json")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat", "dog", "sits", "runs"]
    special = [{"id": i, "content": words[i], "special": True, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False} for i in range(4)]
    (folder / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                       "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                           "pair": [], "special_tokens": {w: {"id": w, "ids": [i], "tokens": [w]}
                                                          for i, w in [(2, "[CLS]"), (3, "[SEP]")]}},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {word: i for i, word in enumerate(words)}}}))


def write_catalogue():
    """A bundle of two parts, of which one file is not where its source says."""
    part = {"format": "onnx", "license": {"name": "MIT"}, "hidden": True}
    there = {**part, "name": "there", "task": {"kind": "text-detect"},
             "sources": [{"kind": "local", "path": str(HERE / "colors.onnx")}]}
    missing = {**part, "name": "missing", "task": {"kind": "text-recognize"},
               "sources": [{"kind": "local", "path": str(HERE / "nowhere.onnx")}]}
    bundle = {"name": "reader", "license": {"name": "MIT"}, "task": {"kind": "ocr"},
              "parts": {"detect": "there", "recognize": "missing"}}
    odd = {**bundle, "name": "odd", "task": {"kind": "smell"}, "parts": {"nose": "there"}}
    half = {**bundle, "name": "half", "parts": {"detect": "there"}}
    (HERE / "models.json").write_text(json.dumps({"models": [there, missing, bundle, odd, half]}))


def setUpModule():
    write_colors()
    write_codes()
    write_bert()
    write_catalogue()
    for name, color in {"red": (250, 10, 20), "blue": (0, 20, 230)}.items():
        write_png(HERE / "pictures" / f"{name}.png", color)
    (HERE / "empty").mkdir()
    (HERE / "notes.txt").write_text("no picture")
    with wave.open(str(HERE / "tone.wav"), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(struct.pack("<16h", *range(16)))


def tearDownModule():
    FOLDER.cleanup()


def hone(*arguments):
    return subprocess.run([HONE, "run", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                          env={"HONE_HOME": str(HERE / "home"), "HONE_CATALOGUE": str(HERE / "models.json"), "LANG": "C",
                               "PATH": os.environ["PATH"]}, check=False, cwd=HERE)


class Case(unittest.TestCase):
    def told(self, arguments, status, *parts):
        result = hone(*arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertTrue(result.stderr.splitlines()[-1].startswith("hone: "), result.stderr)


class Pictures(Case):
    def test_labels_may_be_a_json_list(self):
        result = hone("colors.onnx", "--image", "pictures/red.png", "--top", "1")
        self.assertEqual((result.returncode, result.stdout.split()[-1]), (0, "red"), result.stderr)
        (HERE / "other.json").write_text('["rouge", 2]')
        self.told(["colors.onnx", "--image", "pictures/red.png", "--labels", "other.json"], 4, "must be a list of texts")

    def test_scores_that_are_codes_are_the_numbers_they_stand_for(self):
        found = hone("run", str(HERE / "codes.onnx"), "--image", str(HERE / "pictures/red.png"), "--json")
        self.assertEqual(found.returncode, 0, found.stderr)
        scores = [math.exp(s) for s in (3.9, 0.15, 0.3)]
        for one in json.loads(found.stdout)["classes"]:
            self.assertAlmostEqual(one["probability"], scores[one["index"]] / sum(scores), places=5)

    def test_a_folder_and_a_pattern_are_their_pictures(self):
        for words in (["--image", "pictures"], ["--image", "pictures/*.png"], ["pictures"]):
            result = hone("colors.onnx", *words, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual([line["classes"][0]["label"] for line in lines], ["blue", "red"])

    def test_what_is_no_picture_is_told(self):
        self.told(["colors.onnx", "--image", "notes.txt"], 5, "notes.txt: this is no picture in a known format")
        self.told(["colors.onnx", "--image", "tone.wav"], 5, "tone.wav: this is no picture")
        self.told(["colors.onnx", "--image", "empty"], 3, "empty: no pictures in this folder")
        self.told(["colors.onnx", "--image", "empty/*.png"], 3, "no file fits 'empty/*.png'")
        self.told(["colors.onnx", "--image", "gone.png"], 3, "gone.png: cannot open")

    def test_of_several_the_others_go_on(self):
        result = hone("colors.onnx", "--image", "notes.txt", "--image", "pictures/red.png", "--top", "1")
        self.assertEqual(result.returncode, 5)
        self.assertIn("red", result.stdout)

    def test_inputs_of_another_kind_are_told(self):
        self.told(["colors.onnx"], 2, "give it a picture: --image FILE")
        self.told(["colors.onnx", "--audio", "tone.wav"], 2, "--audio does not go with this model", "--image FILE")
        self.told(["bert/model.safetensors", "--image", "pictures/red.png"], 2, "--image does not go with this model", "texts")


class Exports(Case):
    """As Ultralytics' exporters lay their outputs out, with the metadata that they write."""
    METADATA = {"names": "{0: 'cat', 1: \"dog's\"}", "stride": "32", "imgsz": "[64, 64]", "task": "detect", "batch": "1"}
    CELLS = 64 + 16 + 4  # of 64 x 64

    def exported(self, outputs, picture=(1, 3, 64, 64), **metadata):
        write_constant_model(HERE / "export.onnx", picture, outputs, {**self.METADATA, **metadata})
        result = hone("export.onnx", "--image", "pictures/red.png", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def columns(self, row, boxes=None):
        """[numbers, boxes]: all zeros but the first box."""
        boxes = boxes or self.CELLS
        return [value for first in row for value in [first] + [0] * (boxes - 1)]

    def found(self, answer):
        return [(one["label"], round(one["score"], 3), one["box"]) for one in answer["detections"]]

    def test_detectors(self):
        # The pictures are 4 x 4: 16 numbers of the input are one pixel.
        row, box = [32, 32, 32, 16, 0.1, 0.9], [("dog's", 0.9, [[1, 1.5], [3, 2.5]])]
        shape = (1, 6, self.CELLS)
        self.assertEqual(self.found(self.exported({"output0": (shape, self.columns(row))})), box)
        self.assertEqual(self.found(self.exported({"output0": (shape, self.columns(row))}, (1, 3, "height", "width"))), box)
        turned = row + [0] * 6 * (self.CELLS - 1)
        self.assertEqual(self.found(self.exported({"output0": ((1, self.CELLS, 6), turned)})), box)
        merged = [16, 24, 48, 40, 0.9, 1] + [0] * 6 * 299
        self.assertEqual(self.found(self.exported({"output0": ((1, 300, 6), merged)}, end2end="True")), box)

    def test_poses_masks_and_classes(self):
        person = {"names": "{0: 'person'}", "task": "pose", "kpt_shape": "[17, 3]"}
        row = [32, 32, 32, 16, 0.9] + [16, 48, 0.8] * 17
        pose = self.exported({"output0": ((1, 56, self.CELLS), self.columns(row))}, **person)["poses"][0]
        self.assertEqual((pose["points"][0]["x"], pose["points"][16]["name"]), (1, "right ankle"))
        outputs = {"output0": ((1, 8, self.CELLS), self.columns([32, 32, 64, 64, 0, 0.9, 1, 0])),
                   "output1": ((1, 2, 16, 16), [1] * 256 + [-1] * 256)}
        self.assertEqual(self.found(self.exported(outputs, task="segment"))[0][0], "dog's")
        answer = self.exported({"output0": ((1, 2), [0.25, 0.75])}, task="classify")
        self.assertEqual(answer["classes"][0], {"index": 1, "label": "dog's", "probability": 0.75})

    def test_what_it_is_not_made_for_is_told(self):
        self.exported({"output0": ((1, 6, self.CELLS), [0] * 6 * self.CELLS)})
        write_constant_model(HERE / "logits.onnx", (1, 3, 64, 64), {"output0": ((1, 6, self.CELLS), self.columns([9] * 6))},
                             self.METADATA)
        self.told(["logits.onnx", "--image", "pictures/red.png"], 2, "scores in the model's output 'output0' are from 0 to 9")
        write_constant_model(HERE / "turned.onnx", (1, 3, 64, 64), {"output0": ((1, 7, self.CELLS), [0] * 7 * self.CELLS)},
                             {**self.METADATA, "task": "obb"})
        self.told(["turned.onnx", "--image", "pictures/red.png"], 5, "the task 'obb' is not known here")

    def test_show_tells_the_metadata(self):
        self.exported({"output0": ((1, 6, self.CELLS), [0] * 6 * self.CELLS)})
        run = subprocess.run([HONE, "show", str(HERE / "export.onnx"), "--json"], capture_output=True, text=True, check=True)
        self.assertEqual(json.loads(run.stdout)["metadata"], self.METADATA)


class Texts(Case):
    def test_weights_in_a_folder_with_config_and_tokenizer_are_a_model(self):
        result = hone("bert/model.safetensors", "a cat sits", "a dog runs", "A cat sits", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        vectors = [json.loads(line)["vector"] for line in result.stdout.splitlines()]
        self.assertEqual((len(vectors), len(vectors[0])), (3, 16))
        self.assertEqual(vectors[0], vectors[2])
        self.assertNotEqual(vectors[0], vectors[1])
        self.assertAlmostEqual(sum(x * x for x in vectors[0]), 1, places=5)


class Bundles(Case):
    def test_a_part_that_is_not_there_is_named(self):
        self.told(["--offline", "reader", "--image", "pictures/red.png"], 3, "missing", "nowhere.onnx")

    def test_a_bundle_without_a_part_of_its_task_is_told(self):
        self.told(["--offline", "half", "--image", "pictures/red.png"], 2, "'half' lacks the part 'recognize'")

    def test_a_bundle_of_an_unknown_task_is_told(self):
        self.told(["--offline", "odd", "--image", "pictures/red.png"], 5, "'odd': hone does not know how its parts work together")

    def test_without_a_network_the_way_to_the_model_is_told(self):
        self.told(["--offline", "blazeface", "--image", "pictures/red.png"], 8, "'blazeface' is not on this machine",
                  "'hone pull blazeface'")


class OtherFormats(Case):
    def test_the_command_that_exports_is_told(self):
        shutil.copy(WEIGHTS / "script.pt", HERE / "script.pt")
        self.told(["script.pt", "--image", "pictures/red.png"], 5, "TorchScript", "torch.onnx.export", 'load("script.pt")')
        folder = HERE / "saved"
        folder.mkdir()
        (folder / "saved_model.pb").write_bytes(b"\x08\x01")
        for word in ("saved", "saved/saved_model.pb"):
            self.told([word, "--image", "pictures/red.png"], 5, "SavedModel", "python3 -m tf2onnx.convert --saved-model saved ")


if __name__ == "__main__":
    unittest.main()
