#!/usr/bin/env python3
"""Writes tests/fixtures: small engines of the format that a built hone writes, and what they answer. Those of older formats
stay for ever, as they are; tests/engine_fixture_test.py runs all of them.

    tools/make_engine_fixtures.py 1_3 build/release/apps/hone/hone build/release/tests/make_tiny_model
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests/fixtures"
PROGRAM = ROOT / "tests/golden/onnx_contrib/fused_conv_relu/model.onnx"  # of 1_0 and 1_1: onnx_quantized/dynamic_quantize_lstm
ASK = ("-t", "1", "--temp", "0", "-n", "8", "--raw", "-p", "one two")


def main():
    version, hone, make_tiny_model = sys.argv[1:]
    FIXTURES.mkdir(exist_ok=True)

    def run(*arguments):
        return subprocess.run([hone, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([make_tiny_model, folder, "fixture"], check=True, capture_output=True)
        engines = {name: FIXTURES / f"engine_{version}_{name}.hone" for name in ("program", "llm")}
        golden = () if version == "1_0" else ("--tune-seconds", "0", "--golden", "1", "-t", "1", "--budget-latency-ms", "1e6", "--budget-memory", "1e6")
        # Packs that are read where they lie by every instruction set there is.
        targets = () if version in ("1_0", "1_1", "1_2") else ("--target", "x86-avx512vnni,arm-dotprod")
        run("compile", PROGRAM, "-o", engines["program"], "--release", "2", *golden, *targets)
        run("compile", f"{folder}/fixture.gguf", "-o", engines["llm"], *golden, *targets)
        run("keygen", "--out", f"{folder}/key")
        run("sign", engines["program"], "--key", f"{folder}/key.key")
        (FIXTURES / f"engine_{version}.pub").write_bytes(pathlib.Path(f"{folder}/key.pub").read_bytes())
        (FIXTURES / f"engine_{version}_program.json").write_text(run("run", engines["program"], "--random", "--json", "-t", "1"))
        (FIXTURES / f"engine_{version}_llm.txt").write_text(run("run", "-m", engines["llm"], *ASK))


if __name__ == "__main__":
    main()
