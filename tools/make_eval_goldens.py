#!/usr/bin/env python3
"""Writes src/tasks/testdata/metrics.golden: random boxes with what pycocotools' COCOeval says of them.

    pip install numpy==2.3.4 pycocotools==2.0.11
    python tools/make_eval_goldens.py
"""
import contextlib
import io
import pathlib

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import golden_file

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/tasks/testdata/metrics.golden"


def boxes(rng, pictures, categories, most):
    """picture, category, x, y, width, height, crowd: quarters of pixels, so that floats hold them."""
    rows = []
    for picture in range(pictures):
        for _ in range(rng.integers(0, most + 1)):
            place = rng.integers(0, 240, 2) / 4
            size = rng.integers(8, 160, 2) / 4
            rows.append([picture, rng.integers(0, categories), *place, *size, float(rng.random() < 0.1)])
    return np.array(rows).reshape(-1, 7)


def found_near(rng, truth, categories, pictures, noise, others):
    """picture, category, x, y, width, height, score: true ones moved, some of a wrong class, and strangers.
    Scores stand twice now and then, for the order of ties."""
    rows = []
    for row in truth:
        for _ in range(rng.integers(0, 3)):
            moved = row[2:6] + np.round(rng.normal(0, noise, 4) * 4) / 4
            moved[2:] = np.maximum(moved[2:], 1)
            category = row[1] if rng.random() < 0.9 else rng.integers(0, categories)
            rows.append([row[0], category, *moved, round(rng.random(), 1)])
    for _ in range(others):
        rows.append([rng.integers(0, pictures), rng.integers(0, categories), *(rng.integers(0, 200, 2) / 4),
                     *(rng.integers(8, 160, 2) / 4), round(rng.random(), 2)])
    return np.array(rows).reshape(-1, 7)


def judge(truth, found, pictures, categories):
    coco = COCO()
    coco.dataset = {
        "images": [{"id": i + 1, "width": 100, "height": 100} for i in range(pictures)],
        "categories": [{"id": i + 1, "name": str(i)} for i in range(categories)],
        "annotations": [{"id": i + 1, "image_id": int(r[0]) + 1, "category_id": int(r[1]) + 1,
                         "bbox": [float(v) for v in r[2:6]], "area": float(r[4] * r[5]), "iscrowd": int(r[6])}
                        for i, r in enumerate(truth)]}
    coco.createIndex()
    results = coco.loadRes([{"image_id": int(r[0]) + 1, "category_id": int(r[1]) + 1,
                             "bbox": [float(v) for v in r[2:6]], "score": float(r[6])} for r in found])
    evaluation = COCOeval(coco, results, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]  # overlap, recall, category; all sizes, 100 boxes
    known = [c for c in range(categories) if (precision[:, :, c] > -1).any()]
    return [float(precision[t][:, known].mean()) for t in range(10)]


def main():
    records = {"made_by": "tools/make_eval_goldens.py with pycocotools 2.0.11"}
    rng = np.random.default_rng(7)
    for name, pictures, categories, most, noise, others in [("easy", 6, 2, 4, 0.6, 2), ("hard", 12, 4, 8, 3, 60),
                                                            ("crowded", 2, 1, 20, 2, 150), ("one", 1, 3, 3, 1, 0)]:
        truth = boxes(rng, pictures, categories, most)
        found = found_near(rng, truth, categories, pictures, noise, others)
        records[f"{name}.truth"] = truth.astype(np.float32)
        records[f"{name}.found"] = found.astype(np.float32)
        with contextlib.redirect_stdout(io.StringIO()):
            # The scores as floats hold them: what ties must tie there, too.
            found[:, 6] = found[:, 6].astype(np.float32)
            records[f"{name}.precision"] = np.array(judge(truth, found, pictures, categories), np.float32)
    golden_file.write(OUT, records)


if __name__ == "__main__":
    main()
