#!/usr/bin/env python3
"""Runs ONNX models in hone and in onnxruntime: do they agree, and which is faster?

  bench/peers/onnx_models.py --python VENV/bin/python [--hone build/release/apps/hone/hone]
      [--time ROUNDS] [--threads 2] [--out FILE.json] MODEL.onnx...

VENV needs onnxruntime and numpy (bench/peers/README.md). Inputs are random with a fixed seed; sizes
that a model leaves open stand in onnx_models.json. Agreement: float outputs by the largest error as
a share of the output's range (wanted: 1e-3), models with quantized weights also by cosine (0.999)
and the place of the largest element. "itself" is how far onnxruntime with its optimizations off is from
onnxruntime with them: on noise a model may answer with next to nothing, and then no two
programs agree on it. With --time, latencies are medians of rounds taken in turn.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

# Runs under VENV's Python: makes inputs, runs onnxruntime, compares, times.
PEER = r'''
import json, sys, time, pathlib
import numpy as np, onnxruntime as ort
job = json.loads(sys.argv[1])
folder = pathlib.Path(job["folder"])
options = ort.SessionOptions()
options.intra_op_num_threads = job["threads"]
options.log_severity_level = 3
session = ort.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
TYPES = {"float": "f4", "float16": "f2", "double": "f8", "int64": "i8", "int32": "i4", "int8": "i1",
         "uint8": "u1", "bool": "?", "int16": "i2", "uint16": "u2"}
rng = np.random.default_rng(1)
def make(info):
    dtype = np.dtype(TYPES[info.type[7:-1]])
    spec = job["sizes"].get(info.name)
    if isinstance(spec, dict):
        if "value" in spec: return np.array(spec["value"], dtype)
        if "ones" in spec: return np.ones(spec["ones"], dtype)
        if "zeros" in spec: return np.zeros(spec["zeros"], dtype)
        return rng.integers(0, spec["tokens"], spec["shape"]).astype(dtype)
    shape = spec or [d if isinstance(d, int) and d > 0 else 1 for d in info.shape]
    if dtype.kind == "f": return rng.normal(0, 1, shape).astype(dtype)
    return rng.integers(0, 2 if dtype.kind == "b" else 100, shape).astype(dtype)
inputs = {info.name: make(info) for info in session.get_inputs()}
names = [o.name for o in session.get_outputs()]
if job["step"] == "prepare":
    for i, (name, value) in enumerate(inputs.items()): np.save(folder / f"in_{i}.npy", value)
    print(json.dumps({"inputs": list(inputs), "outputs": names}))
elif job["step"] == "compare":
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    plain = ort.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
    report = []
    for name, expected, again in zip(names, session.run(None, inputs), plain.run(None, inputs)):
        safe = "".join(c if c.isalnum() and c.isascii() or c in ".-" else "_" for c in name)
        if safe.startswith(".") or not safe: safe = "_" + safe
        actual = np.load(folder / "out" / f"{safe}.npy")
        one = {"output": name, "shape": list(expected.shape), "same_type": bool(
            actual.shape == expected.shape and actual.dtype == expected.dtype)}
        if one["same_type"] and expected.size:
            a, e = actual.astype("f8").ravel(), expected.astype("f8").ravel()
            span = max(e.max() - e.min(), abs(e).max(), 1e-30)
            one["error"] = float(np.nanmax(abs(a - e)) / span)
            itself = abs(again.astype("f8").ravel() - e)
            one["itself"] = float(np.nanmax(itself) / span)
            one["nan_alike"] = bool((np.isnan(a) == np.isnan(e)).all())
            norm = np.linalg.norm(a) * np.linalg.norm(e)
            one["cosine"] = float(a @ e / norm) if norm > 0 else 1.0
            one["same_top"] = bool(a.argmax() == e.argmax())
        report.append(one)
    print(json.dumps(report))
else:
    for _ in range(5): session.run(None, inputs)
    times, start = [], time.perf_counter()
    while len(times) < 20 or time.perf_counter() - start < 2:
        begun = time.perf_counter()
        session.run(None, inputs)
        times.append((time.perf_counter() - begun) * 1e3)
    times.sort()
    print(json.dumps({"p50": times[len(times) // 2], "min": times[0]}))
'''


def peer(args, model, folder, step):
    sizes = json.loads((HERE / "onnx_models.json").read_text()).get(pathlib.Path(model).stem, {})
    job = {"model": str(model), "folder": str(folder), "threads": args.threads, "step": step,
           "sizes": sizes}
    result = subprocess.run([args.python, "-c", PEER, json.dumps(job)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError("onnxruntime: " + result.stderr.strip().splitlines()[-1])
    return json.loads(result.stdout)


def hone(args, command, model, inputs, folder, *more):
    words = [args.hone, command, str(model), "-t", str(args.threads)]
    for i, name in enumerate(inputs):
        words += ["--input", f"{name}={folder}/in_{i}.npy"]
    result = subprocess.run(words + list(more), capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip().splitlines()[-1])
    return result.stdout


def check(args, model, folder, inputs):
    hone(args, "run", model, inputs, folder, "--output-dir", f"{folder}/out")
    report = peer(args, model, folder, "compare")
    errors = [one.get("error", 0.0) for one in report if one["same_type"]]
    return {"same_types": all(one["same_type"] for one in report),
            "error": max(errors, default=0.0),
            "itself": max((one.get("itself", 0.0) for one in report), default=0.0),
            "cosine": min((one.get("cosine", 1.0) for one in report), default=1.0),
            "same_top": all(one.get("same_top", True) for one in report)}


def differs(result):
    wanted = max(1e-3, result["itself"])
    return not result["same_types"] or result["error"] > wanted and result["cosine"] < 0.999


def measure(args, model, folder, inputs):
    ours, theirs = [], []
    for _ in range(args.time):
        ours.append(json.loads(hone(args, "bench", model, inputs, folder, "--json"))["latency_ms"]["p50"])
        theirs.append(peer(args, model, folder, "time")["p50"])
    return {"hone_ms": statistics.median(ours), "onnxruntime_ms": statistics.median(theirs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--python", required=True)
    parser.add_argument("--hone", default="build/release/apps/hone/hone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--time", type=int, default=0, metavar="ROUNDS")
    parser.add_argument("--out")
    args = parser.parse_args()
    results, failed = {}, 0
    for model in map(pathlib.Path, args.models):
        with tempfile.TemporaryDirectory() as folder:
            try:
                inputs = peer(args, model, folder, "prepare")["inputs"]
                result = check(args, model, folder, inputs)
                if args.time:
                    result |= measure(args, model, folder, inputs)
                line = (f"error {result['error']:.1e}  itself {result['itself']:.1e}  cosine {result['cosine']:.6f}"
                        f"{'' if result['same_top'] else '  OTHER TOP'}"
                        f"{'' if result['same_types'] else '  OTHER TYPES'}")
                if args.time:
                    line += (f"  hone {result['hone_ms']:8.2f} ms  onnxruntime "
                             f"{result['onnxruntime_ms']:8.2f} ms  "
                             f"{result['hone_ms'] / result['onnxruntime_ms']:.2f}x")
                failed += differs(result)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                result, line = {"problem": str(error)}, f"FAILS: {str(error)[:200]}"
                failed += 1
            results[model.stem] = result
            print(f"{model.stem[:40]:40s} {line}", flush=True)
    ratios = [r["hone_ms"] / r["onnxruntime_ms"] for r in results.values() if "hone_ms" in r]
    if ratios:
        print(f"geometric mean {statistics.geometric_mean(ratios):.2f}x of onnxruntime's time")
    if args.out:
        pathlib.Path(args.out).write_text(json.dumps(
            {"cpu_count": os.cpu_count(), "threads": args.threads, "models": results}, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
