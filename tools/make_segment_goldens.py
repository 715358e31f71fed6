#!/usr/bin/env python3
"""Writes src/tasks/testdata/segment.golden: random maps of classes laid over pictures by SciPy's interpolation, and
random outputs of YOLOv8's pose and segmentation heads decoded by NumPy.

    pip install numpy==2.4.6 scipy==1.17.1
    python tools/make_segment_goldens.py
"""
import pathlib

import numpy as np
from scipy.ndimage import map_coordinates

import golden_file

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/tasks/testdata/segment.golden"

# Of each case: the picture's width and height, the model input's, its scales and the fill left and above.
CASES = {"stretched": (37, 23, 64, 48, 64 / 37, 48 / 23, 0, 0), "boxed": (40, 20, 32, 32, 0.8, 0.8, 0, 8)}


def places(pixels, scale, offset, size, cells):
    """Centers of the picture's pixels in units of the map's pixels, whose centers are whole numbers."""
    return ((np.arange(pixels) + 0.5) * np.float32(scale) + offset) * cells / size - 0.5


def smooth(plane, width, height, wide, high, sx, sy, left, top):
    y = places(height, sy, top, high, plane.shape[0])
    x = places(width, sx, left, wide, plane.shape[1])
    return map_coordinates(plane.astype(np.float64), np.meshgrid(y, x, indexing="ij"), order=1, mode="nearest")


def overlap(a, b):
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    both = np.prod(np.maximum(high - low, 0))
    return both / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both)


def poses(raw, threshold, iou):
    """Rows of score and 17 times x, y, score, best first."""
    rows = raw.T[raw.T[:, 4] >= threshold]
    kept = []
    for row in rows[np.argsort(-rows[:, 4], kind="stable")]:
        box = np.concatenate([row[:2] - row[2:4] / 2, row[:2] + row[2:4] / 2])
        if all(overlap(box, other) <= iou for other, _ in kept):
            kept.append((box, row[4:]))
    return np.array([row for _, row in kept])


def instances(raw, prototypes, case, threshold, iou):
    """Classes and masks over the picture; what lies beside the picture is left out."""
    width, height, _, _, sx, sy, left, top = case
    classes = raw.shape[0] - 4 - prototypes.shape[0]
    rows, kept, found = raw.T[raw[4:4 + classes].max(0) >= threshold], [], []
    for row in rows[np.argsort(-rows[:, 4:4 + classes].max(1), kind="stable")]:
        box, label = np.concatenate([row[:2] - row[2:4] / 2, row[:2] + row[2:4] / 2]), row[4:4 + classes].argmax()
        if any(other_label == label and overlap(box, other) > iou for other, other_label in kept):
            continue
        kept.append((box, label))
        plane = smooth(np.tensordot(row[4 + classes:].astype(np.float64), prototypes, 1), *case)
        x0, y0, x1, y1 = np.clip((box - [left, top, left, top]) / [sx, sy, sx, sy], 0, [width, height, width, height])
        y, x = np.mgrid[:height, :width] + 0.5
        inside = (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
        if inside.any():
            found.append((label, (plane > 0) & inside))
    return found


def main():
    rng = np.random.default_rng(11)
    records = {"made_by": "tools/make_segment_goldens.py with numpy 2.4.6 and scipy 1.17.1"}
    for name, case in CASES.items():
        scores = rng.normal(0, 1, (5, 12, 16)).astype(np.float32)
        mask = rng.normal(0, 2, (12, 16)).astype(np.float32)
        records[f"{name}.scores"] = scores
        records[f"{name}.best"] = np.argmax([smooth(plane, *case) for plane in scores], 0).astype(np.int32)
        records[f"{name}.mask"] = mask
        chances = 1 / (1 + np.exp(-mask.astype(np.float64)))
        records[f"{name}.inside"] = (smooth(chances, *case) >= 0.6).astype(np.int32)
    raw = rng.random((56, 84)).astype(np.float32)
    raw[:4] *= 60
    raw[2:4] += 2
    raw[5::3] *= 64
    raw[6::3] *= 64
    records["pose.raw"] = raw
    records["pose.found"] = poses(raw, 0.5, 0.45).astype(np.float32)
    raw = rng.random((4 + 3 + 6, 50)).astype(np.float32)
    raw[:2] *= 32
    raw[2:4] = raw[2:4] * 12 + 4
    raw[7:] -= 0.5
    prototypes = rng.normal(0, 1, (6, 8, 8)).astype(np.float32)
    found = instances(raw, prototypes, CASES["boxed"], 0.93, 0.45)
    records["instances.raw"], records["instances.prototypes"] = raw, prototypes
    records["instances.classes"] = np.array([label for label, _ in found], np.int32)
    records["instances.masks"] = np.array([mask for _, mask in found]).astype(np.int32)
    golden_file.write(OUT, records)


if __name__ == "__main__":
    main()
