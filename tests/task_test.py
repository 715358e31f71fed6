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
        subprocess.run([HONE, "compile", "codes.onnx", "-o", "codes.hone"], check=True, capture_output=True, cwd=HERE,
                       env={"HONE_HOME": str(HERE / "home")})
        scores = [math.exp(s) for s in (3.9, 0.15, 0.3)]
        for name in ("codes.onnx", "codes.hone"):
            found = hone(name, "--image", "pictures/red.png", "--json")
            self.assertEqual(found.returncode, 0, found.stderr)
            for one in json.loads(found.stdout)["classes"]:
                self.assertAlmostEqual(one["probability"], scores[one["index"]] / sum(scores), places=5)

    def test_a_folder_and_a_pattern_are_their_pictures(self):
        for words in (["--image", "pictures"], ["--image", "pictures/*.png"], ["pictures"]):
            result = hone("colors.onnx", *words, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual([line["classes"][0]["label"] for line in lines], ["blue", "red"])

    def test_a_picture_may_come_on_standard_input(self):
        result = subprocess.run([HONE, "run", "colors.onnx", "--image", "-", "--json"], capture_output=True, timeout=60, cwd=HERE,
                                input=(HERE / "pictures/blue.png").read_bytes(), env={"HONE_HOME": str(HERE / "home")}, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        told = json.loads(result.stdout)
        self.assertEqual((told["image"], told["classes"][0]["label"]), ("-", "blue"))
        self.told(["colors.onnx", "--image", "-"], 4, "standard input: the file is empty")

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


class Tensors(Case):
    def test_the_task_tells_what_the_model_leaves_open(self):
        """Sizes, a rate that the model checks, and a state: random numbers do for none of them."""
        task = {"kind": "vad", "input": {"tensor": "input", "rate_tensor": "rate",
                                         "rates": [{"sample_rate": 8000, "samples": 6, "context": 2}]},
                "state": [{"input": "state", "output": "next", "shape": [2, 3]}]}
        open_shape = [tensor_info(name, ("a", "b")) for name in ("input", "state")]
        rate = message((1, "rate"), (2, message((1, message((1, 1), (2, b""))))))
        graph = message(*[(1, node("Identity", [name], "of " + name)) for name in ("input", "state", "rate")], (2, "open"),
                        *[(11, info) for info in (*open_shape, rate)],
                        *[(12, tensor_info("of " + name, ("a", "b"))) for name in ("input", "state")], (12, message((1, "of rate"))))
        (HERE / "open.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
        (HERE / "open.task.json").write_text(json.dumps(task))
        for command in (["run", "open.onnx", "--random", "--json"], ["bench", "open.onnx", "-r", "1", "--json"],
                        ["diff", "open.onnx", "--json"]):
            result = subprocess.run([HONE, *command], capture_output=True, text=True, timeout=60, cwd=HERE, check=False,
                                    env={"HONE_HOME": str(HERE / "home"), "LANG": "C"})
            self.assertEqual(result.returncode, 0, result.stderr)
            if command[0] == "run":
                outputs = {one["name"]: one for one in json.loads(result.stdout)["outputs"]}
                self.assertEqual([outputs["of input"]["shape"], outputs["of state"]["data"], outputs["of rate"]["data"]],
                                 [[1, 8], [0.0] * 6, [8000.0]])


class Bench(Case):
    def bench(self, *arguments):
        result = subprocess.run([HONE, "bench", *arguments], capture_output=True, text=True, timeout=60, cwd=HERE, check=False,
                                env={"HONE_HOME": str(HERE / "home"), "HONE_CATALOGUE": str(HERE / "models.json"), "LANG": "C"})
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_says_what_it_ran_and_only_what_so_many_runs_tell(self):
        text = self.bench("colors.onnx", "-r", "5")
        self.assertIn("  picture f32[1, 3, 2, 2]\n", text)
        self.assertIn("  5 runs after", text)
        self.assertRegex(text, r"latency p50 +[0-9.]+  µs\n")
        self.assertNotIn("p95", text)
        self.assertEqual(json.loads(self.bench("colors.onnx", "-r", "20", "--json"))["latency_ms"].keys(),
                         {"p50", "p95", "min", "mean", "runs"})
        self.assertIn("latency p99", self.bench("colors.onnx", "-r", "100"))

    def test_a_profile_holds_steps_against_the_machine(self):
        told = json.loads(self.bench("colors.onnx", "-r", "1", "--trace", str(HERE / "trace.json"), "--json"))["profile"]
        tiles = {"int8_tile_gops"}  # of processors that have them
        self.assertEqual(told["machine"].keys() - tiles, {"read_gb_s", "int8_gops", "f32_gflops"})
        steps = {step["step"] for step in told["steps"]}
        self.assertTrue({"inputs", "outputs"} < steps)
        self.assertEqual(sum(op["calls"] for op in told["ops"]), len(steps))
        self.assertAlmostEqual(sum(op["us"] for op in told["ops"]), sum(step["us"] for step in told["steps"]), 6)
        slices = [event for event in json.loads((HERE / "trace.json").read_text())["traceEvents"] if event["ph"] == "X"]
        self.assertEqual({event["name"] for event in slices}, steps)
        ends = [event["ts"] + event["dur"] for event in slices if event["tid"] == 0]
        self.assertEqual(ends, sorted(ends))

    def test_a_bundle_is_measured_part_by_part(self):
        told = json.loads(self.bench("half", "-r", "2", "--json"))
        self.assertEqual([part["part"] for part in told["parts"]], ["detect"])
        self.assertEqual(told["parts"][0]["inputs"], [{"name": "picture", "type": "f32[1, 3, 2, 2]"}])
        self.assertIn("\ndetect: ", self.bench("half", "-r", "2"))


class Sounds(Case):
    """A model that hears each sample: the mean of a window's samples is how sure it is of speech."""

    @classmethod
    def setUpClass(cls):
        graph = message((1, node("ReduceMean", ["input"], "output")), (2, "loud"), (11, tensor_info("input", (1, 576))),
                        (12, tensor_info("output", (1, 1))))
        (HERE / "loud.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
        (HERE / "loud.task.json").write_text(json.dumps({"kind": "vad"}))
        # Half a second each of silence, sound, silence.
        samples = struct.pack("<8000h", *[0] * 8000) + struct.pack("<8000h", *[30000] * 8000)
        cls.samples = samples + samples[:16000]
        with wave.open(str(HERE / "talk.wav"), "wb") as sound:
            sound.setparams((1, 2, 16000, 0, "NONE", ""))
            sound.writeframes(cls.samples)

    def heard(self, *arguments, data=None, note=""):
        result = subprocess.run([HONE, "run", "loud.onnx", *arguments], input=data, capture_output=True, timeout=60, cwd=HERE,
                                env={"HONE_HOME": str(HERE / "home"), "LANG": "C"}, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(note, result.stderr.decode())
        if not note:
            self.assertEqual(result.stderr, b"")
        return result.stdout.decode()

    def test_standard_input_may_be_a_file(self):
        file = (HERE / "talk.wav").read_bytes()
        told = self.heard("--audio", "talk.wav")
        self.assertRegex(told, r"^0\.\d+ s to 1\.\d+ s\n$")
        self.assertEqual(self.heard(data=self.samples), told)
        self.assertEqual(self.heard("--audio", "-", data=file), told)
        self.assertEqual(self.heard(data=file + b"LIST" + bytes(70000)), told)
        unknown = file[:40] + b"\xff" * 4 + file[44:]  # as programs write to a pipe
        self.assertEqual(self.heard(data=unknown), told)
        self.assertEqual(self.heard("--sample-rate", "8000", data=file), told)
        flac = (SOURCE / "src/media/testdata/sound/s16.flac").read_bytes()
        self.assertEqual(self.heard(data=flac), "no speech\n")

    def test_a_sound_that_is_cut_short_is_told(self):
        file = (HERE / "talk.wav").read_bytes()[:-8000]
        (HERE / "cut.wav").write_bytes(file)
        self.heard("--audio", "cut.wav", note="hone: cut.wav: the sound is cut short; 0.25 s that it should have are missing")
        self.heard(data=file, note="standard input: the sound is cut short; 0.25 s")

    def test_the_library_below_says_nothing(self):
        file = (SOURCE / "src/media/testdata/sound/layer3.mp3").read_bytes()
        (HERE / "odd.mp3").write_bytes(file[:600] + bytes(range(1, 251)) * 2 + file[600:])
        self.heard("--audio", "odd.mp3")

    def test_of_several_the_others_go_on(self):
        result = hone("loud.onnx", "--audio", "notes.txt", "--audio", "talk.wav")
        self.assertEqual(result.returncode, 5)
        self.assertIn("talk.wav  0.", result.stdout)


class Options(Case):
    """What would have no effect is refused."""

    def test_a_misspelled_model_is_no_prompt(self):
        for option in (["--image", "pictures/red.png"], ["--audio", "tone.wav"], ["--random"], ["--out", "out.jpg"],
                       ["--input", "x=x.npy"], ["--output-dir", "out"]):
            self.told(["--offline", "blazefase", *option], 3, "'blazefase' is neither a file nor a known model",
                      "did you mean 'blazeface'?")
        self.told(["--offline", "-m", "blazefase", "--random"], 3, "did you mean 'blazeface'?")

    def test_without_a_model_none_is_taken(self):
        self.told(["--image", "pictures/red.png"], 2, "--image needs a model: hone run MODEL --image")

    def test_a_language_model_sees_nothing(self):
        for words in (["smollm2-135m"], ["smollm2-135m", "What is this?"]):
            self.told(["--offline", *words, "--image", "pictures/red.png"], 2,
                      "--image does not go with 'smollm2-135m', which is a language model")

    def test_what_gives_tensors_takes_no_pictures(self):
        self.told(["colors.onnx", "--image", "pictures/red.png", "--random"], 2, "--image does not go with --random")
        self.told(["colors.onnx", "--image", "pictures/red.png", "--input", "1x3x2x2"], 2, "--image does not go with --input")
        self.told(["colors.onnx", "pictures/red.png", "--random"], 2, "'pictures/red.png' does not go with --random")
        self.told(["colors.onnx", "--random", "--out", "out.jpg"], 2, "--out does not go with --random")

    def test_what_the_task_does_not_use_is_told(self):
        picture = ["colors.onnx", "--image", "pictures/red.png"]
        self.told([*picture, "--out", "out.jpg"], 2, "--out does not go with this model", "--task, --labels and --top")
        self.told([*picture, "--output-dir", "out"], 2, "--output-dir is for tensors; it goes with --input or --random")
        self.told([*picture, "--mask", "out.png"], 2, "--mask does not go with this model")
        self.told([*picture, "--temp", "0"], 2, "--temp is for language models")
        self.told(["bert/model.safetensors", "a cat", "--out", "out.jpg"], 2, "--out does not go with this model")
        self.told(["--offline", "half", "--image", "pictures/red.png", "--labels", "l.txt"], 2, "--labels is for one model")
        self.assertFalse((HERE / "out.jpg").exists() or (HERE / "out").exists())

    def test_an_input_is_given_once(self):
        self.told(["colors.onnx", "--input", "picture=1x3x2x2", "--input", "picture=1x3x2x2"], 2,
                  "the input 'picture' is given twice")


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

    def test_lines_on_standard_input_are_texts(self):
        def answers(*words, lines=None):
            return subprocess.run([HONE, "run", "bert/model.safetensors", *words], input=lines, capture_output=True, text=True,
                                  timeout=60, cwd=HERE, env={"HONE_HOME": str(HERE / "home"), "LANG": "C"}, check=True).stdout
        told = answers("--json", lines="a cat sits\r\n\na dog runs\n")
        self.assertEqual([json.loads(line)["text"] for line in told.splitlines()], ["a cat sits", "a dog runs"])
        self.assertEqual(told, answers("--json", "a cat sits", "a dog runs"))
        self.assertEqual(told.splitlines()[0], answers("--json", "-p", "a cat sits").strip())
        self.told(["bert/model.safetensors"], 2, "give it texts", "standard input")

    def test_one_text_shows_its_first_numbers(self):
        result = hone("bert/model.safetensors", "a cat sits")
        vector = json.loads(hone("bert/model.safetensors", "a cat sits", "--json").stdout)["vector"]
        self.assertEqual(result.stdout, "16 numbers: " + " ".join(f"{x:.4f}" for x in vector[:6]) + " ...\n")
        self.assertIn("--json", result.stderr)


    def test_what_is_cut_off_is_said(self):
        (HERE / "short.json").write_text(json.dumps({"kind": "embed", "input": {"max_tokens": 4}}))
        result = hone("bert/model.safetensors", "--task", "short.json", "a cat sits", "a", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("'a cat sits...' has 5 tokens; what is behind the first 4 is cut off", result.stderr)
        self.assertEqual(result.stderr.count("cut off"), 1)


class Encoders(Case):
    """An ONNX file with a tokenizer beside it; each token's number is one of its features."""
    @classmethod
    def setUpClass(cls):
        (HERE / "onnx").mkdir()
        shutil.copy(HERE / "bert/tokenizer.json", HERE / "onnx/tokenizer.json")
        table = floats("table", (9, 2), [v for i in range(9) for v in (i, 1)])
        ids, sizes = tensor_info("input_ids", ("texts", "tokens"), 7), [("texts", "tokens", 2), ("texts", 2)]
        gather = node("Gather", ["table", "input_ids"], "last_hidden_state")
        mean = [node("Gather", ["table", "input_ids"], "rows"), node("ReduceMean", ["rows"], "logits",
                message((1, "axes"), (8, 1), (20, 7)), message((1, "keepdims"), (3, 0), (20, 2)))]
        for name, nodes, output, shape in (("encoder", [gather], "last_hidden_state", sizes[0]), ("classifier", mean, "logits", sizes[1])):
            graph = message(*[(1, n) for n in nodes], (2, name), (5, table), (11, ids), (12, tensor_info(output, shape)))
            (HERE / f"onnx/{name}.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))

    def test_a_tokenizer_beside_makes_it_an_encoder(self):
        result = hone("onnx/encoder.onnx", "a cat", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        mean = (2 + 4 + 5 + 3) / 4  # [CLS] a cat [SEP]
        vector = json.loads(result.stdout)["vector"]
        self.assertAlmostEqual(vector[0] / vector[1], mean, places=5)

    def test_labels_come_from_the_config(self):
        config = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "GOOD", "1": "BAD"}}
        (HERE / "onnx/classifier.config.json").write_text(json.dumps(config))
        classes = json.loads(hone("onnx/classifier.onnx", "a cat", "--json").stdout)["classes"]
        self.assertEqual([one["label"] for one in classes], ["GOOD", "BAD"])
        self.assertAlmostEqual(sum(one["probability"] for one in classes), 1)
        config["problem_type"] = "multi_label_classification"
        (HERE / "onnx/classifier.config.json").write_text(json.dumps(config))
        classes = json.loads(hone("onnx/classifier.onnx", "a cat", "--json").stdout)["classes"]
        self.assertAlmostEqual(classes[1]["probability"], 0.7310586, places=5)
        (HERE / "onnx/classifier.config.json").write_text(json.dumps({"id2label": {"0": "one"}}))
        self.told(["onnx/classifier.onnx", "a cat"], 2, "the model tells 2 classes apart, and there are 1 labels")

    def test_random_ids_are_of_the_table(self):
        result = hone("onnx/encoder.onnx", "--input", "input_ids=1x64", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        ids = set(json.loads(result.stdout)["outputs"][0]["data"][::2])
        self.assertLessEqual(ids, set(range(9)))
        self.assertGreater(len(ids), 5)


class Sounds(Case):
    def test_json_names_the_file(self):
        nodes = [node("Flatten", ["x"], "y")]
        graph = message(*[(1, n) for n in nodes], (2, "halves"), (11, tensor_info("x", (1, 2, 1))), (12, tensor_info("y", (1, 2))))
        (HERE / "halves.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
        features = {"window": 8, "hop": 8, "bands": 1, "coefficients": 0, "least_hz": 0, "most_hz": 8000}
        task = {"kind": "keyword", "labels": ["early", "late"], "threshold": 0,
                "input": {"sample_rate": 16000, "samples": 16, "features": features}}
        (HERE / "halves.task.json").write_text(json.dumps(task))
        heard = json.loads(hone("halves.onnx", "--audio", "tone.wav", "--json").stdout)
        self.assertEqual((heard["audio"], heard["label"]), ("tone.wav", "late"))


class Tasks(Case):
    def refused(self, task, *parts):
        (HERE / "wrong.json").write_text(json.dumps(task))
        self.told(["colors.onnx", "--task", "wrong.json", "--image", "pictures/red.png"], 2, *parts)

    def test_what_no_task_has_is_refused(self):
        self.refused({**TASK, "threshhold": 0.5}, "'threshhold' is no field that hone knows; did you mean 'threshold'?")
        self.refused({**TASK, "input": {"means": 0}}, "'input.means'", "did you mean 'mean'?")
        self.refused({**TASK, "kind": "clasify"}, "did you mean 'classify'?")
        self.refused({**TASK, "labels": ["red", "green"]}, "the model tells 3 classes apart, and there are 2 labels")


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
    def test_an_onnx_file_is_known_without_its_name(self):
        (HERE / "bare").write_bytes((HERE / "colors.onnx").read_bytes())
        result = hone("bare", "--input", "picture=1x3x2x2", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_what_is_no_model_is_told(self):
        for command in ("run", "show", "bench", "chat"):
            result = subprocess.run([HONE, command, "pictures/red.png"], capture_output=True, text=True, timeout=60, cwd=HERE,
                                    stdin=subprocess.DEVNULL, env={"HONE_HOME": str(HERE / "home")}, check=False)
            self.assertEqual(result.returncode, 5, command)
            self.assertIn("pictures/red.png: this is no model in a known format", result.stderr)

    def test_errors_speak_no_rules_of_ours(self):
        """The labels of an op's rules are for those who write ops."""
        nodes = message((1, node("Reshape", ["x", "to"], "y")), (2, "bad"),
                        (5, message((1, 2), (2, 7), (8, "to"), (9, struct.pack("<2q", 3, 5)))),
                        (11, tensor_info("x", ("a",))), (12, tensor_info("y", ("b", "c"))))
        (HERE / "bad.onnx").write_bytes(message((1, 8), (7, nodes), (8, message((1, ""), (2, 13)))))
        result = hone("bad.onnx", "--input", "x=4")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("(reshape): 4 elements do not fit rows of 15", result.stderr)
        self.assertNotRegex(result.stderr, r"C\d+:")

    def test_show_calls_a_model_what_people_call_it(self):
        (HERE / "titled.json").write_text(json.dumps({"models": [
            {"name": "there", "title": "What colors there are", "format": "onnx", "license": {"name": "MIT"},
             "sources": [{"kind": "local", "path": str(HERE / "colors.onnx")}]}]}))
        def first_lines(*words):
            return subprocess.run([HONE, *words], capture_output=True, text=True, timeout=60, cwd=HERE, check=True, env={
                "HONE_HOME": str(HERE / "shown"), "HONE_CATALOGUE": str(HERE / "titled.json")}).stdout.splitlines()
        first_lines("pull", "there")
        self.assertEqual(first_lines("show", "there")[0], "What colors there are")
        self.assertEqual(first_lines("show", "colors.onnx")[0], "colors.onnx")
        self.assertIn("  name inside  colors", first_lines("show", "colors.onnx"))

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
