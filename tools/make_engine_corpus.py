#!/usr/bin/env python3
"""Writes fuzz/corpus/engine, the records of two small engines as the fuzzer wants them (a byte that tells the kind, then
the record), from a built hone and its make_tiny_model:

    tools/make_engine_corpus.py build/release/apps/hone/hone build/release/tests/make_tiny_model
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import engine_reader

KINDS = ["program", "plan", "tokenizer", "manifest", "weights", "interface", "language_model", "provenance"]
PROGRAM = ROOT / "tests/golden/onnx_quantized/dynamic_quantize_lstm/model.onnx"


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


if __name__ == "__main__":
    main()
