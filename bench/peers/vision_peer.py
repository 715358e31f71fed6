#!/usr/bin/env python3
"""One step of one of vision.py's peers, in a process of its own, under the Python of `vision.py --install`.

  vision_peer.py data MODEL FOLDER              writes inputs (noise of a fixed seed), their names, and the right output
  vision_peer.py convert ENGINE MODEL TARGET    for ncnn and MNN, which read files of their own
  vision_peer.py time ENGINE MODEL FOLDER --threads N --precision f32|bf16|default --runs N
                                                prints latencies, and how near the output is to the right one
  vision_peer.py compare OUTPUT.npy FOLDER      prints the latter alone

The last line of standard output is JSON.
"""
import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import time

import numpy as np

WARMUPS = 5
PACKAGES = {"onnxruntime": "onnxruntime", "openvino": "openvino", "ncnn": "ncnn", "mnn": "MNN",
            "litert": "ai-edge-litert"}


class Loaded:
    """A model in an engine. Some reuse an input's memory during a run, so that it is filled before each, untimed."""

    def __init__(self, run, output, precision, fill=lambda: None):
        self.run, self.output, self.precision, self.fill = run, output, precision, fill

def load_onnxruntime(path, inputs, threads, _):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    last = []

    def run():
        last[:] = session.run(None, inputs)
    return Loaded(run, lambda: last[0], "f32")


def load_openvino(path, inputs, threads, precision):
    import openvino
    config = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    if precision == "f32":
        config["INFERENCE_PRECISION_HINT"] = "f32"
    compiled = openvino.Core().compile_model(path, "CPU", config)
    used = {openvino.Type.f32: "f32", openvino.Type.bf16: "bf16"}.get(
        compiled.get_property("INFERENCE_PRECISION_HINT"), "other")
    if precision == "bf16" and used != "bf16":
        raise RuntimeError(f"its default on this processor is {used}")
    request = compiled.create_infer_request()
    for number, value in enumerate(inputs.values()):
        request.set_input_tensor(number, openvino.Tensor(value))
    return Loaded(request.infer, lambda: request.get_output_tensor(0).data, used)


def load_ncnn(path, inputs, threads, precision):
    import ncnn
    net = ncnn.Net()
    net.opt.num_threads = threads
    for feature in ("fp16_packed", "fp16_storage", "fp16_arithmetic"):
        setattr(net.opt, f"use_{feature}", False)
    net.opt.use_bf16_storage = net.opt.use_bf16_packed = precision == "bf16"
    weights = path.removesuffix("param") + "bin"
    if net.load_param(path) != 0 or net.load_model(weights) != 0:
        raise RuntimeError("it does not load what pnnx wrote")
    arrays = [ncnn.Mat(value[0]).clone() for value in inputs.values()]
    last = []

    def run():
        extractor = net.create_extractor()
        for name, array in zip(net.input_names(), arrays):
            extractor.input(name, array)
        last[:] = extractor.extract(net.output_names()[0])
        if last[0] != 0:
            raise RuntimeError("it does not run what pnnx wrote")
    return Loaded(run, lambda: np.array(last[1]), precision)


def load_mnn(path, inputs, threads, _):
    import MNN
    kinds = {"f": (MNN.Halide_Type_Float, np.float32), "i": (MNN.Halide_Type_Int, np.int32)}

    def host(value):
        kind, dtype = kinds[value.dtype.kind]
        return MNN.Tensor(value.shape, kind, np.ascontiguousarray(value, dtype), MNN.Tensor_DimensionType_Caffe)

    net = MNN.Interpreter(path)
    session = net.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    hosts = [(net.getSessionInput(session, name), host(value)) for name, value in inputs.items()]

    def fill():
        for place, value in hosts:
            place.copyFrom(value)

    def output():
        result = net.getSessionOutput(session)
        copy = host(np.zeros(result.getShape(), np.float32))
        result.copyToHostTensor(copy)
        return np.array(copy.getData())
    return Loaded(lambda: net.runSession(session), output, "f32", fill)


def load_litert(path, inputs, threads, _):
    from ai_edge_litert.interpreter import Interpreter
    model = Interpreter(path, num_threads=threads)
    model.allocate_tensors()
    places = [info["index"] for info in model.get_input_details()]
    result = model.get_output_details()[0]["index"]

    def fill():
        for place, value in zip(places, inputs.values()):
            model.set_tensor(place, value)
    return Loaded(model.invoke, lambda: model.get_tensor(result), "int8", fill)


def cosine(output, folder):
    right = np.load(folder / "output.npy").astype("f8").ravel()
    given = np.asarray(output).astype("f8").ravel()
    if given.shape != right.shape:
        return 0.0
    return float(given @ right / max(np.linalg.norm(given) * np.linalg.norm(right), 1e-30))


def load_inputs(folder):
    names = json.loads((folder / "inputs.json").read_text())
    return {name: np.load(folder / f"in_{i}.npy") for i, name in enumerate(names)}


def measure(options):
    loaders = {"onnxruntime": load_onnxruntime, "openvino": load_openvino, "ncnn": load_ncnn, "mnn": load_mnn,
               "litert": load_litert}
    model = loaders[options.engine](str(options.model), load_inputs(options.folder), options.threads,
                                    options.precision)
    times = []
    for _ in range(WARMUPS + options.runs):
        model.fill()
        begin = time.perf_counter()
        model.run()
        times.append(1e3 * (time.perf_counter() - begin))
    times = times[WARMUPS:]
    package = PACKAGES[options.engine]
    return {"p50": statistics.median(times), "min": min(times), "precision": model.precision,
            "cosine": cosine(model.output(), options.folder),
            "version": f"{package} {importlib.metadata.version(package)}"}


def noise(shape, dtype, name):
    random = np.random.default_rng(1)
    if name == "attention_mask":
        return np.ones(shape, dtype)
    if name == "token_type_ids":
        return np.zeros(shape, dtype)
    if np.dtype(dtype).kind == "f":
        return random.normal(0, 1, shape).astype(dtype)
    return random.integers(0, 30000 if dtype == np.int64 else 256, shape).astype(dtype)


def inputs_of(path):
    if path.suffix == ".tflite":
        from ai_edge_litert.interpreter import Interpreter
        return {info["name"]: noise(info["shape"], info["dtype"], info["name"])
                for info in Interpreter(str(path)).get_input_details()}
    import onnxruntime
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return {value.name: noise(value.shape, types[value.type], value.name) for value in session.get_inputs()}


def write_data(path, folder):
    folder.mkdir(parents=True, exist_ok=True)
    inputs = inputs_of(path)
    load = load_litert if path.suffix == ".tflite" else load_onnxruntime
    model = load(str(path), inputs, 2, "f32")
    model.fill()
    model.run()
    for number, value in enumerate(inputs.values()):
        np.save(folder / f"in_{number}.npy", value)
    np.save(folder / "output.npy", model.output())
    (folder / "inputs.json").write_text(json.dumps(list(inputs)))


def convert_to_ncnn(model, target):
    """pnnx writes beside the model, some of it wrong where it dies half-way."""
    folder = target.parent
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, folder / model.name)
    program = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
    done = subprocess.run([program, model.name, "fp16=0"], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        shutil.rmtree(folder)
        why = signal.Signals(-done.returncode).name if done.returncode < 0 else f"status {done.returncode}"
        raise RuntimeError(f"pnnx ends by {why}")


def convert_to_mnn(model, target):
    """By the extension, as the program mnnconvert would install another package and send what was converted."""
    import _tools
    target.parent.mkdir(parents=True, exist_ok=True)
    words = ["mnnconvert", "-f", "ONNX", "--modelFile", str(model.resolve()), "--MNNModel", str(target.resolve()),
             "--bizCode", "hone"]
    with contextlib.chdir(target.parent):  # it leaves files where it runs
        _tools.mnnconvert(words)
    if not target.exists():
        raise RuntimeError("MNNConvert wrote nothing")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    data = steps.add_parser("data")
    data.add_argument("model", type=pathlib.Path)
    data.add_argument("folder", type=pathlib.Path)
    convert = steps.add_parser("convert")
    convert.add_argument("engine", choices=("ncnn", "mnn"))
    convert.add_argument("model", type=pathlib.Path)
    convert.add_argument("target", type=pathlib.Path)
    timed = steps.add_parser("time")
    timed.add_argument("engine", choices=list(PACKAGES))
    timed.add_argument("model", type=pathlib.Path)
    timed.add_argument("folder", type=pathlib.Path)
    timed.add_argument("--threads", type=int, required=True)
    timed.add_argument("--precision", choices=("f32", "bf16", "default"), default="f32")
    timed.add_argument("--runs", type=int, default=30)
    compare = steps.add_parser("compare")
    compare.add_argument("output", type=pathlib.Path)
    compare.add_argument("folder", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = parse_options()
    report = {}
    if options.step == "data":
        write_data(options.model, options.folder)
    elif options.step == "convert":
        {"ncnn": convert_to_ncnn, "mnn": convert_to_mnn}[options.engine](options.model, options.target)
    elif options.step == "compare":
        report = {"cosine": cosine(np.load(options.output), options.folder)}
    else:
        report = measure(options)
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    sys.exit(main())
