#!/usr/bin/env python3
"""Runs TFLite models in hone and in LiteRT: do they agree, and which is faster?

  bench/peers/tflite_models.py --python VENV/bin/python [--hone build/release/apps/hone/hone]
      [--time ROUNDS] [--threads 2] [--out FILE.json] MODEL.tflite...

VENV needs ai-edge-litert, flatbuffers and numpy (bench/peers/README.md). Inputs are random with a fixed seed.
Agreement is with LiteRT's reference kernels: float outputs by the largest error as a share of the
output's range (wanted: 1e-3), quantized ones in quanta (wanted: 2). Two things are changed in the copy
of a model that LiteRT gets: an axis of scales that the tensor does not have, which old files state and it refuses, and
quantized weights of operators on floats, which become floats, as LiteRT rounds these operators' inputs to
8 bits and hone does not. --as-it-is leaves the copy alone. With --time, latencies are medians
of rounds taken in turn against LiteRT's default kernels.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

# Runs under VENV's Python: makes inputs, runs LiteRT, compares, times.
PEER = r'''
import json, sys, time, pathlib
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
job = json.loads(sys.argv[1])
folder = pathlib.Path(job["folder"])
timed = job["step"] == "time"
kind = OpResolverType.AUTO if timed else OpResolverType.BUILTIN_REF

def changed(path):
    """The model's bytes as LiteRT takes them, with float weights beside floats."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as s
    model = s.ModelT.InitFromPackedBuf(pathlib.Path(path).read_bytes())
    products = {s.BuiltinOperator.CONV_2D, s.BuiltinOperator.DEPTHWISE_CONV_2D,
                s.BuiltinOperator.FULLY_CONNECTED, s.BuiltinOperator.TRANSPOSE_CONV}
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            q = tensor.quantization
            if q is not None and q.quantizedDimension >= len(tensor.shape): q.quantizedDimension = 0
        for node in graph.operators or []:
            code = model.operatorCodes[node.opcodeIndex]
            of_floats = graph.tensors[node.outputs[0]].type == s.TensorType.FLOAT32 if len(node.outputs) else False
            if max(code.builtinCode, code.deprecatedBuiltinCode) not in products or not of_floats: continue
            weight = graph.tensors[node.inputs[1]]
            if weight.type != s.TensorType.INT8: continue
            q = weight.quantization
            sides = [1] * len(weight.shape)
            sides[q.quantizedDimension if len(q.scale) > 1 else 0] = len(q.scale)
            codes = np.frombuffer(bytes(model.buffers[weight.buffer].data), np.int8).reshape(weight.shape)
            real = (codes.astype("f4") * np.array(q.scale, "f4").reshape(sides)).astype("f4")
            buffer = s.BufferT()
            buffer.data = np.frombuffer(real.tobytes(), np.uint8)
            weight.type, weight.quantization, weight.buffer = s.TensorType.FLOAT32, None, len(model.buffers)
            model.buffers.append(buffer)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())

content = pathlib.Path(job["model"]).read_bytes() if timed or job["as_it_is"] else changed(job["model"])
model = Interpreter(model_content=content, num_threads=job["threads"], experimental_op_resolver_type=kind)
model.allocate_tensors()
rng = np.random.default_rng(1)
def make(info):
    dtype, shape = np.dtype(info["dtype"]), info["shape"]
    if dtype.kind == "f": return rng.normal(0, 1, shape).astype(dtype)
    if dtype.kind == "b": return rng.integers(0, 2, shape).astype(dtype)
    if info["quantization"][0] == 0: return rng.integers(0, 10, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, shape, endpoint=True).astype(dtype)
inputs = [(info, make(info)) for info in model.get_input_details()]
outputs = model.get_output_details()
def run():
    for info, value in inputs: model.set_tensor(info["index"], value)
    model.invoke()
if job["step"] == "prepare":
    for i, (info, value) in enumerate(inputs): np.save(folder / f"in_{i}.npy", value)
    print(json.dumps({"inputs": [info["name"] for info, _ in inputs]}))
elif job["step"] == "compare":
    run()
    report = []
    for info in outputs:
        safe = "".join(c if c.isalnum() and c.isascii() or c in ".-" else "_" for c in info["name"])
        if safe.startswith(".") or not safe: safe = "_" + safe
        expected, actual = model.get_tensor(info["index"]), np.load(folder / "out" / f"{safe}.npy")
        one = {"output": info["name"], "shape": list(expected.shape), "same_type": bool(
            actual.shape == expected.shape and actual.dtype == expected.dtype)}
        if one["same_type"] and expected.size:
            a, e = actual.astype("f8").ravel(), expected.astype("f8").ravel()
            span = max(e.max() - e.min(), abs(e).max(), 1e-30)
            if expected.dtype.kind in "iu": one["quanta"] = float(abs(a - e).max())
            else: one["error"] = float(np.nanmax(abs(a - e)) / span)
            norm = np.linalg.norm(a) * np.linalg.norm(e)
            one["cosine"] = float(a @ e / norm) if norm > 0 else 1.0
            one["same_top"] = bool(a.argmax() == e.argmax())
        report.append(one)
    print(json.dumps(report))
else:
    for _ in range(5): run()
    times, start = [], time.perf_counter()
    while len(times) < 20 or time.perf_counter() - start < 2:
        begun = time.perf_counter()
        run()
        times.append((time.perf_counter() - begun) * 1e3)
    times.sort()
    print(json.dumps({"p50": times[len(times) // 2], "min": times[0]}))
'''


def peer(args, model, folder, step):
    job = {"model": str(model), "folder": str(folder), "threads": args.threads, "step": step,
           "as_it_is": args.as_it_is}
    result = subprocess.run([args.python, "-c", PEER, json.dumps(job)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError("LiteRT: " + (result.stderr.strip().splitlines() or ["no message"])[-1])
    return json.loads(result.stdout)


def hone(args, command, model, inputs, folder, *more):
    words = [args.hone, command, str(model), "-t", str(args.threads)]
    for i, name in enumerate(inputs):
        words += ["--input", f"{name}={folder}/in_{i}.npy"]
    result = subprocess.run(words + list(more), capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        raise RuntimeError((result.stderr.strip().splitlines() or ["hone: no message"])[-1])
    return result.stdout


def check(args, model, folder, inputs):
    hone(args, "run", model, inputs, folder, "--output-dir", f"{folder}/out")
    report = peer(args, model, folder, "compare")
    return {"same_types": all(one["same_type"] for one in report),
            "error": max((one["error"] for one in report if "error" in one), default=None),
            "quanta": max((one["quanta"] for one in report if "quanta" in one), default=None),
            "cosine": min((one.get("cosine", 1.0) for one in report), default=1.0),
            "same_top": all(one.get("same_top", True) for one in report)}


def measure(args, model, folder, inputs):
    ours, theirs = [], []
    for _ in range(args.time):
        ours.append(json.loads(hone(args, "bench", model, inputs, folder, "--json"))["latency_ms"]["p50"])
        theirs.append(peer(args, model, folder, "time")["p50"])
    return {"hone_ms": statistics.median(ours), "litert_ms": statistics.median(theirs)}


def line_of(result):
    error, quanta = result["error"], result["quanta"]
    line = "" if error is None else f"error {error:.1e}  "
    line += "" if quanta is None else f"quanta {quanta:.0f}  "
    line += f"cosine {result['cosine']:.6f}"
    line += "" if result["same_top"] else "  OTHER TOP"
    line += "" if result["same_types"] else "  OTHER TYPES"
    if "hone_ms" in result:
        line += (f"  hone {result['hone_ms']:8.2f} ms  LiteRT {result['litert_ms']:8.2f} ms  "
                 f"{result['hone_ms'] / result['litert_ms']:.2f}x")
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--python", required=True)
    parser.add_argument("--hone", default="build/release/apps/hone/hone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--time", type=int, default=0, metavar="ROUNDS")
    parser.add_argument("--out")
    parser.add_argument("--as-it-is", action="store_true")
    args = parser.parse_args()
    results, failed = {}, 0
    for model in map(pathlib.Path, args.models):
        with tempfile.TemporaryDirectory() as folder:
            try:
                inputs = peer(args, model, folder, "prepare")["inputs"]
                result = check(args, model, folder, inputs)
                if args.time:
                    result |= measure(args, model, folder, inputs)
                line = line_of(result)
                agrees = (result["error"] or 0) <= 1e-3 and (result["quanta"] or 0) <= 2
                failed += not (agrees and result["same_types"])
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                result, line = {"problem": str(error)}, f"FAILS: {str(error)[:300]}"
                failed += 1
            results[model.stem] = result
            print(f"{model.stem[:40]:40s} {line}", flush=True)
    ratios = [r["hone_ms"] / r["litert_ms"] for r in results.values() if "hone_ms" in r]
    if ratios:
        print(f"geometric mean {statistics.geometric_mean(ratios):.2f}x of LiteRT's time")
    if args.out:
        pathlib.Path(args.out).write_text(json.dumps(
            {"cpu_count": os.cpu_count(), "threads": args.threads, "models": results}, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
