#!/usr/bin/env python3
"""Writes fuzz/corpus/engine, the records of two small engines as the fuzzer wants them (a byte that tells the kind, then
the record), and fuzz/corpus/engine_run, whole small engines, from a built hone and its make_tiny_model:

    tools/make_engine_corpus.py build/release/apps/hone/hone build/release/tests/make_tiny_model
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import engine_reader

KINDS = ["program", "plan", "tokenizer", "manifest", "weights", "interface", "language_model", "provenance"]
PROGRAM = ROOT / "tests/golden/onnx_quantized/dynamic_quantize_lstm/model.onnx"
PACKED = ROOT / "tests/golden/onnx_contrib/fused_conv_relu/model.onnx"
# Small models with steps of many kinds, whose engines stay under MOST bytes.
MODELS = ("tests/golden/onnx_quantized/*/model.onnx", "tests/golden/onnx_contrib/*/model.onnx", "fuzz/corpus/onnx_import/*",
          "fuzz/corpus/tflite_import/*")
MOST = 12_000


def main():
    hone, make_tiny_model = sys.argv[1:]
    out = ROOT / "fuzz/corpus/engine"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([make_tiny_model, folder, "llama-f32"], check=True, capture_output=True)
        for name, model in ("lstm", PROGRAM), ("llama", f"{folder}/llama-f32.gguf"):
            path = pathlib.Path(folder) / "model.hone"
            subprocess.run([hone, "compile", model, "-o", path], check=True, capture_output=True)
            engine = engine_reader.Engine(path.read_bytes())
            records = {kind: engine.section(kind) for kind, _, _ in engine.sections if kind in KINDS}
            records["manifest"] = engine.data[engine.manifest_offset:]
            for kind, record in records.items():
                (out / f"{name}_{kind}").write_bytes(bytes([KINDS.index(kind)]) + record)
    write_whole(hone, make_tiny_model)


def write_whole(hone, make_tiny_model):
    """A language model's, one of packs for several targets, and one engine of each set of ops."""
    out, known = ROOT / "fuzz/corpus/engine_run", set()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([make_tiny_model, folder, "fixture"], check=True, capture_output=True)
        subprocess.run([hone, "compile", f"{folder}/fixture.gguf", "-o", out / "language_model"], check=True)
    subprocess.run([hone, "compile", PACKED, "-o", out / "packs", "--tune-seconds", "0", "--target", "x86-avx512vnni,arm-dotprod"],
                   check=True)
    for model in sorted(path for pattern in MODELS for path in ROOT.glob(pattern)):
        name = model.stem if model.stem != "model" else model.parent.name
        path = out / name
        made = subprocess.run([hone, "compile", model, "-o", path], capture_output=True)
        if made.returncode != 0:
            continue
        plan = subprocess.run([hone, "show", "--plan", path], check=True, capture_output=True, text=True).stdout
        ops = frozenset(re.findall(r"(?m)^\s*(?:\d+: )?(\w+)", plan))
        if path.stat().st_size > MOST or ops in known:
            path.unlink()
        known.add(ops)


if __name__ == "__main__":
    main()
