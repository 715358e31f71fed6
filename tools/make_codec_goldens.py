#!/usr/bin/env python3
"""Writes src/tensor/codec/testdata/<type>.golden: random blocks and what they decode to.

Layout, little-endian: u32 blocks; the blocks; for each block the u64 FNV-1a hash of its floats' bits
(NaNs as 0x7fc00000); the floats of the first block.

small_floats.golden: floats and the codes they become, format by format in the order of ENCODED: u32
floats; for each its u32 bits, the code that overflows to a special value and the code that saturates.
Then f8_e8m0: u32 floats; for each its bits and the codes rounded up, down and to the nearest, saturated.

Oracles: ggml's own C (dequantize_row_* of the libggml-base.so inside a wheel) and, where it knows the
type, PyPI gguf's gguf.quants.dequantize; they must agree. Plain numbers: numpy; q8_1, for which ggml
has no function: d * q in float.

Numbers of 8 bits and fewer: ml_dtypes, and for f8_e8m0 ONNX's own to_float8e8m0.

Made with gguf 0.19.0, xllamacpp 2026.10.11549 (libggml-base 0.25.3), ml_dtypes 0.6.0, onnx 1.23.2, numpy:
    pip install gguf==0.19.0 xllamacpp ml_dtypes==0.6.0 onnx==1.23.2
    python tools/make_codec_goldens.py SITE_PACKAGES/lib/libggml-base.so    all
    python tools/make_codec_goldens.py                                     all but the GGUF types
"""

import ctypes
import pathlib
import sys

import ml_dtypes
import numpy as np
from gguf import quants
from gguf.constants import GGMLQuantizationType
from onnx.numpy_helper import to_float8e8m0

OUT = pathlib.Path(__file__).resolve().parent.parent / "src/tensor/codec/testdata"

# name: (elements a block, bytes a block, blocks). The grid types get enough blocks for every grid
# point to be likely to occur.
QUANTS = {
    "q4_0": (32, 18, 48), "q4_1": (32, 20, 48), "q5_0": (32, 22, 48), "q5_1": (32, 24, 48),
    "q8_0": (32, 34, 48), "q8_1": (32, 36, 48), "q1_0": (128, 18, 32), "q2_0": (64, 18, 32),
    "mxfp4": (32, 17, 64), "nvfp4": (64, 36, 64), "iq4_nl": (32, 18, 48), "iq4_xs": (256, 136, 16),
    "q2_k": (256, 84, 24), "q3_k": (256, 110, 24), "q4_k": (256, 144, 24), "q5_k": (256, 176, 24),
    "q6_k": (256, 210, 24), "q8_k": (256, 292, 8), "tq1_0": (256, 54, 24), "tq2_0": (256, 66, 24),
    "iq2_xxs": (256, 66, 64), "iq2_xs": (256, 74, 128), "iq2_s": (256, 82, 288),
    "iq3_xxs": (256, 98, 32), "iq3_s": (256, 110, 72), "iq1_s": (256, 50, 576),
    "iq1_m": (256, 56, 64),
}
NUMBERS = {
    "f32": "<f4", "f16": "<f2", "f64": "<f8", "i8": "i1", "u8": "u1", "i16": "<i2", "u16": "<u2",
    "i32": "<i4", "u32": "<u4", "i64": "<i8", "u64": "<u8", "bf16": "<u2", "boolean": "u1",
}

# Every code there is, once.
SMALL = {
    "f8_e4m3fn": ("float8_e4m3fn", range(256)), "f8_e4m3fnuz": ("float8_e4m3fnuz", range(256)),
    "f8_e5m2": ("float8_e5m2", range(256)), "f8_e5m2fnuz": ("float8_e5m2fnuz", range(256)),
    "f8_e8m0": ("float8_e8m0fnu", range(256)), "f6_e2m3": ("float6_e2m3fn", range(64)),
    "f6_e3m2": ("float6_e3m2fn", range(64)), "f4_e2m1": ("float4_e2m1fn", range(16)),
    "i4": ("int4", range(-8, 8)), "u4": ("uint4", range(16)), "i2": ("int2", range(-2, 2)),
    "u2": ("uint2", range(4)),
}
ENCODED = [name for name in SMALL if name.startswith("f") and name != "f8_e8m0"]


def canonical(floats):
    bits = floats.astype(np.float32, copy=False).view(np.uint32).copy()
    bits[np.isnan(floats)] = 0x7FC00000
    return bits


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def by_ggml(lib, name, raw, elements):
    function = getattr(lib, "dequantize_row_" + name.replace("_k", "_K"), None)
    if function is None:
        return None
    out = np.empty(elements, np.float32)
    function(ctypes.c_void_p(raw.ctypes.data), ctypes.c_void_p(out.ctypes.data),
             ctypes.c_int64(elements))
    return out


def by_gguf(name, raw, block_bytes):
    kind = GGMLQuantizationType.__members__.get(name.upper())
    if kind is None:
        return None
    try:
        return quants.dequantize(raw.reshape(-1, block_bytes), kind).reshape(-1)
    except NotImplementedError:
        return None


def q8_1(raw):
    blocks = raw.reshape(-1, 36)
    d = blocks[:, :2].copy().view("<f2").astype(np.float32)
    return (d * blocks[:, 4:].view(np.int8).astype(np.float32)).reshape(-1)


def expected_quants(lib, name, raw, elements, block_bytes):
    results = {"ggml": by_ggml(lib, name, raw, elements), "gguf": by_gguf(name, raw, block_bytes)}
    if name == "q8_1":
        results["formula"] = q8_1(raw)
    results = {who: canonical(what) for who, what in results.items() if what is not None}
    first = next(iter(results.values()))
    for who, what in results.items():
        different = int((what != first).sum())
        if different:
            print(f"{name}: {who} differs from {next(iter(results))} in {different} elements")
    print(f"{name}: {', '.join(results)}")
    return first


def expected_numbers(name, raw):
    values = raw.view(NUMBERS[name])
    if name == "bf16":
        return canonical((values.astype(np.uint32) << 16).view(np.float32))
    if name == "boolean":
        return canonical((values != 0).astype(np.float32))
    return canonical(values.astype(np.float32))


def small_values(name):
    kind, codes = SMALL[name]
    raw = np.array(codes, np.int16).astype(np.uint8)
    if name[0] == "f":
        return raw, raw.view(getattr(ml_dtypes, kind)).astype(np.float32)
    return raw, np.array(codes).astype(getattr(ml_dtypes, kind)).astype(np.float32)


def floats_to_encode(name, seed):
    """All numbers of the format, what lies between neighbors, and all sorts."""
    numbers = small_values(name)[1]
    numbers = np.unique(np.abs(numbers[np.isfinite(numbers)]))
    middles = (numbers[1:] + numbers[:-1]) / 2
    above = numbers[-1] * np.array([1 + 2.0**-9, 1 + 2.0**-4, 1.125, 1.25, 1.5, 4], np.float32)
    points = np.concatenate([numbers, middles, above]).astype(np.float32)
    points = np.concatenate([np.nextafter(points, np.float32(0)), points,
                             np.nextafter(points, np.float32(np.inf))])
    random = np.random.default_rng(seed).integers(0, 1 << 32, 200, np.uint32).view(np.float32)
    special = np.array([0, 1e-45, 1e-38, 3.4e38, np.inf, np.nan], np.float32)
    floats = np.concatenate([points, special])
    return np.concatenate([floats, -floats, random]).astype(np.float32)


def encoded(name, floats):
    kind = getattr(ml_dtypes, SMALL[name][0])
    largest = np.float32(ml_dtypes.finfo(kind).max)
    both = floats.astype(kind), np.clip(floats, -largest, largest).astype(kind)
    return [codes.view(np.uint8) for codes in both]


def rows(floats, codes):
    row = np.dtype([("bits", "<f4"), ("codes", "u1", len(codes))])
    table = np.empty(len(floats), row)
    table["bits"], table["codes"] = floats, np.stack(codes, 1)
    return np.uint32(len(floats)).tobytes() + table.tobytes()


def write_encoded():
    content = b""
    for index, name in enumerate(ENCODED):
        floats = floats_to_encode(name, 2000 + index)
        content += rows(floats, encoded(name, floats))
    floats = floats_to_encode("f8_e8m0", 2100)
    ways = [to_float8e8m0(floats, True, way).view(np.uint8) for way in ("up", "down", "nearest")]
    (OUT / "small_floats.golden").write_bytes(content + rows(floats, ways))


def write(name, raw, bits, blocks):
    hashes = [fnv1a(block.tobytes()) for block in bits.reshape(blocks, -1)]
    content = np.uint32(blocks).tobytes() + raw.tobytes()
    content += np.array(hashes, np.uint64).tobytes() + bits.reshape(blocks, -1)[0].tobytes()
    (OUT / f"{name}.golden").write_bytes(content)


def write_quants(lib):
    for index, (name, (elements, block_bytes, blocks)) in enumerate(QUANTS.items()):
        raw = np.random.default_rng(index).integers(0, 256, blocks * block_bytes, np.uint8)
        write(name, raw, expected_quants(lib, name, raw, blocks * elements, block_bytes), blocks)


def main():
    np.seterr(all="ignore")
    OUT.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 1:
        write_quants(ctypes.CDLL(sys.argv[1]))
    for index, (name, kind) in enumerate(NUMBERS.items()):
        size = np.dtype(kind).itemsize
        raw = np.random.default_rng(1000 + index).integers(0, 256, 64 * size, np.uint8)
        write(name, raw, expected_numbers(name, raw), 64)
    for name in SMALL:
        raw, floats = small_values(name)
        write(name, raw, canonical(floats), len(raw))
    write_encoded()


main()
