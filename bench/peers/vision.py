#!/usr/bin/env python3
"""Measures hone and five other runtimes on the same nets, turn by turn: latency of one picture or sentence.

  bench/peers/vision.py --install VENV                      once: the runtimes, of fixed versions, by pip (Python 3.11)
  bench/peers/vision.py --python VENV/bin/python [--work build/peers] [--hone build/release/apps/hone/hone]
      [--tflite FILE] [--compile-options "..."] [--rounds 3] [--threads 1,2] [--only WORD...] [--quick]
      [--out FILE.json]

Prints Markdown (vision_report.py makes it of the JSON again). What is made once lies in --work: the nets
(make_nets.py), inputs and right outputs, what ncnn and MNN read, hone's engines. An engine is compiled for each
number of threads; it is made anew when hone, its source or its options are newer, or when it was made while other
programs ran, as it may hold worse choices. --compile-options go to `hone compile`.

Every measurement is a process of its own: it loads, runs 5 times to warm up, then as often as MODELS says, and gives
the median. A round measures every cell of the tables once, hone after the peers of its row, so that a change of the
machine's load meets all. What other processes used of the processors meanwhile is told by /proc/stat: rounds with
more than 0.2 of a processor are left out where there are better ones, and marked where not. An output that is not
like onnxruntime's of the same file (LiteRT's of a TFLite file), by its cosine (0.98), counts as a failure.

--quick: two threads and two rounds alone. --tflite: MobileNetV2 INT8 of google-coral/test_data,
coral_tf2_mobilenet_v2_1.0_224_ptq.tflite; by default that of the folder HONE_TEST_MODELS/tflite.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import resource
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import vision_report
from compare import machine

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGES = ("onnxruntime==1.32.0", "openvino==2026.4.1", "ai-edge-litert==2.3.0", "onnx==1.23.2", "sympy==1.14.0",
            "numpy==2.4.6")
ALONE = ("ncnn==1.0.20261020", "pnnx==20261020", "MNN==3.6.1")  # what they depend on is large and of no use here
TFLITE = "coral_tf2_mobilenet_v2_1.0_224_ptq.tflite"
QUIET = 0.2  # of a processor
NEAR = 0.98  # cosine
TIMEOUT_S = 600

# file, name, runs in a round, millions of multiplications and additions
MODELS = (("mobilenet_v2", "MobileNetV2", 100, 300.8), ("efficientnet_lite0", "EfficientNet-Lite0", 100, 385.2),
          ("resnet50", "ResNet-50", 20, 4089.2), ("yolov8n", "YOLOv8n, 640", 20, 4372.0),
          ("all_minilm_l6_v2", "MiniLM-L6, 128 tokens", 40, 1434.5))

# class -> column -> engine, precision
SIDES = {
    "FP32": {"onnxruntime": ("onnxruntime", "f32"), "OpenVINO": ("openvino", "f32"), "ncnn": ("ncnn", "f32"),
             "MNN": ("mnn", "f32")},
    "BF16": {"OpenVINO": ("openvino", "bf16"), "ncnn": ("ncnn", "bf16")},
    "INT8": {"onnxruntime": ("onnxruntime", "f32"), "OpenVINO": ("openvino", "default"),
             "OpenVINO, f32": ("openvino", "f32"), "ncnn": ("ncnn", "f32"), "MNN": ("mnn", "f32"),
             "LiteRT": ("litert", "f32")},
}
READS_TFLITE = ("openvino", "litert")


class Failure(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Row:
    kind: str
    name: str
    path: pathlib.Path
    runs: int
    mmacs: float

    def sides(self):
        tflite = self.path.suffix == ".tflite"
        reads = {side: engine for side, (engine, _) in SIDES[self.kind].items()}
        return [side for side, engine in reads.items()
                if (engine in READS_TFLITE if tflite else engine != "litert")] + ["hone"]


def run(command):
    """What a command prints."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as expired:
        raise Failure(f"not done after {TIMEOUT_S} s") from expired
    if done.returncode == 0:
        return done.stdout
    if done.returncode < 0:
        raise Failure(f"ends by {signal.Signals(-done.returncode).name}")
    lines = done.stderr.strip().splitlines() or [f"ends with status {done.returncode}"]
    raise Failure(lines[-1].split("Error: ", 1)[-1])


def busy_seconds():
    """Of all processors, since the machine was started; with what the hypervisor took away."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@contextlib.contextmanager
def watch_others(report):
    """Puts into report how many processors others used meanwhile."""
    begin = time.monotonic(), busy_seconds(), own_seconds()
    yield
    wall, busy, own = (now - then for now, then in zip((time.monotonic(), busy_seconds(), own_seconds()), begin))
    report["others"] = round(max(0.0, busy - own) / wall, 2)


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = options.work
        self.rows = self.make_rows()
        self.cells = {}     # (row, side, threads) -> rounds
        self.problems = {}  # (row, side) -> why there is no figure
        self.versions = {}
        self.bf16 = "--bf16" in run([options.hone, "compile", "--help"])
        self.limits = {threads: {} for threads in options.threads}

    def make_rows(self):
        rows = []
        for kind, ending in (("FP32", ""), ("BF16", ""), ("INT8", "_qdq")):
            for file, name, runs, mmacs in MODELS:
                if kind != "INT8" or file != "all_minilm_l6_v2":
                    rows.append(Row(kind, name, self.work / "nets" / f"{file}{ending}.onnx", runs, mmacs))
        if self.options.tflite:
            _, name, runs, mmacs = MODELS[0]
            rows.append(Row("INT8", f"{name}, TFLite", self.options.tflite, runs, mmacs))
        return [row for row in rows if any(word in f"{row.kind} {row.path.stem}" for word in self.options.only)]

    def peer(self, *words):
        return json.loads(run([self.options.python, HERE / "vision_peer.py", *words]).splitlines()[-1])

    def data(self, row):
        return self.work / "data" / row.path.stem

    def inputs(self, row):
        names = json.loads((self.data(row) / "inputs.json").read_text())
        return [word for i, name in enumerate(names)
                for word in ("--input", f"{name}={self.data(row) / f'in_{i}.npy'}")]

    def engine(self, row, threads):
        ending = ".bf16" if row.kind == "BF16" else ""
        return self.work / "hone" / f"{row.path.stem}{ending}.t{threads}.hone"

    def file(self, row, engine):
        """What the engine of a peer reads."""
        stem = row.path.stem
        return {"ncnn": self.work / "ncnn" / stem / f"{stem}.ncnn.param",
                "mnn": self.work / "mnn" / f"{stem}.mnn"}.get(engine, row.path)

    def prepare(self):
        run([self.options.python, HERE / "make_nets.py", self.work / "nets"])
        for row in self.rows:
            print(f"preparing {row.kind} {row.name}", file=sys.stderr)
            if not (self.data(row) / "inputs.json").exists():
                self.peer("data", row.path, self.data(row))
            for side in row.sides():
                try:
                    self.prepare_side(row, side)
                except Failure as failure:
                    self.problems[row, side] = str(failure)

    def prepare_side(self, row, side):
        if side == "hone":
            for threads in self.options.threads:
                self.compile(row, threads)
            return
        engine = SIDES[row.kind][side][0]
        if not self.file(row, engine).exists():
            self.peer("convert", engine, row.path, self.file(row, engine))

    def compile(self, row, threads):
        if row.kind == "BF16" and not self.bf16:
            raise Failure("its `compile` has no --bf16")
        engine = self.engine(row, threads)
        engine.parent.mkdir(parents=True, exist_ok=True)
        command = [self.options.hone, "compile", row.path, "-o", engine, "-t", threads, "--json",
                   *(["--bf16"] if row.kind == "BF16" else []), *shlex.split(self.options.compile_options)]
        note = {"command": shlex.join(map(str, command))}
        if self.is_current(row, threads, note["command"]):
            return
        engine.with_suffix(".json").unlink(missing_ok=True)
        with watch_others(note):
            note["report"] = json.loads(run(command))
        with tempfile.TemporaryDirectory() as folder:
            run([self.options.hone, "run", engine, "-t", threads, *self.inputs(row), "--output-dir", folder])
            output = next(pathlib.Path(folder).glob("*.npy"))
            self.check(self.peer("compare", output, self.data(row)))
        engine.with_suffix(".json").write_text(json.dumps(note, indent=1))

    def compiled(self, row, threads):
        """How hone's engine was made; None: it was not."""
        note = self.engine(row, threads).with_suffix(".json")
        return json.loads(note.read_text()) if note.exists() else None

    def is_current(self, row, threads, command):
        note, engine = self.compiled(row, threads), self.engine(row, threads)
        if not note or note["command"] != command or note["others"] > QUIET or not engine.exists():
            return False
        return engine.stat().st_mtime > max(file.stat().st_mtime for file in (row.path, self.options.hone))

    def check(self, report):
        if report["cosine"] < NEAR:
            raise Failure(f"answers otherwise (cosine {report['cosine']:.3f})")

    def measure_once(self, row, side, threads):
        if side == "hone":
            report = json.loads(run([self.options.hone, "bench", self.engine(row, threads), "--json", "-t", threads,
                                     "--repeat", row.runs, *self.inputs(row)]))
            self.versions["hone kernels"] = report["machine"]["isa"]
            return {key: report["latency_ms"][key] for key in ("p50", "min")}
        engine, precision = SIDES[row.kind][side]
        report = self.peer("time", engine, self.file(row, engine), self.data(row), "--threads", threads,
                           "--precision", precision, "--runs", row.runs)
        self.check(report)
        self.versions[side.split(",")[0]] = report["version"]
        return {key: report[key] for key in ("p50", "min", "precision", "cosine")}

    def measure(self, row, side, threads):
        if (row, side) in self.problems:
            return
        report = {}
        try:
            with watch_others(report):
                report |= self.measure_once(row, side, threads)
            self.cells.setdefault((row, side, threads), []).append(report)
        except Failure as failure:
            self.problems[row, side] = str(failure)

    def measure_limits(self):
        """The largest rates that were seen: load only takes away from them."""
        row = self.rows[0]
        for threads, limits in self.limits.items():
            report = json.loads(run([self.options.hone, "bench", self.engine(row, threads), "--json", "-t", threads,
                                     "--repeat", 5, "--profile", *self.inputs(row)]))
            for name, rate in report["profile"]["machine"].items():
                limits[name] = max(rate, limits.get(name, 0))

    def measure_all(self):
        for number in range(self.options.rounds):
            self.measure_limits()
            for threads in self.options.threads:
                print(f"round {number + 1} of {self.options.rounds}, threads: {threads}", file=sys.stderr)
                for row in self.rows:
                    for side in row.sides():
                        self.measure(row, side, threads)
        self.measure_limits()

    def cell(self, row, side, threads):
        """The median of the rounds that nothing disturbed, or else of all."""
        rounds = self.cells.get((row, side, threads))
        if not rounds:
            return None
        quiet = [one for one in rounds if one["others"] <= QUIET]
        return {"ms": statistics.median(one["p50"] for one in quiet or rounds),
                "min": min(one["min"] for one in rounds), "noisy": not quiet, "rounds": rounds}

    def report(self):
        results = [{"class": row.kind, "model": row.name, "file": row.path.name, "threads": threads,
                    "mmacs": row.mmacs, "compiled": self.compiled(row, threads), "ms": {side: self.cell(row, side, threads) for side in row.sides()}}
                   for row in self.rows for threads in self.options.threads]
        problems = [{"class": row.kind, "model": row.name, "side": side, "reason": reason}
                    for (row, side), reason in self.problems.items()]
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
        self.versions["hone"] = run([self.options.hone, "--version"]).strip()
        return {"machine": machine(), "commit": commit.stdout.strip(), "versions": self.versions,
                "command": shlex.join(sys.argv), "date": time.strftime("%Y-%m-%d", time.gmtime()),
                "rounds": self.options.rounds, "limits": self.limits, "quiet": QUIET, "results": results,
                "problems": problems}


def install(folder):
    if not (folder / "bin/pip").exists():
        subprocess.run(["python3.11", "-m", "venv", folder], check=True)
    pip = [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PACKAGES], check=True)
    subprocess.run([*pip, "--no-deps", *ALONE], check=True)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    models = os.environ.get("HONE_TEST_MODELS")
    tflite = pathlib.Path(models) / "tflite" / TFLITE if models else None
    parser.add_argument("--install", type=pathlib.Path, metavar="VENV")
    parser.add_argument("--python", help="the Python of the VENV that --install made")
    parser.add_argument("--hone", type=pathlib.Path, default=ROOT / "build/release/apps/hone/hone")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/peers", metavar="FOLDER")
    parser.add_argument("--tflite", type=pathlib.Path, default=tflite, metavar="FILE")
    parser.add_argument("--compile-options", default="", metavar="WORDS")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORD",
                        help="tables and nets whose name has one of these: BF16, 'INT8 resnet50'")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE.json")
    options = parser.parse_args()
    if not options.install and not options.python:
        parser.error("one of --install and --python is needed")
    if options.quick:
        options.rounds, options.threads = 2, [2]
    options.work = options.work.resolve()
    return options


def main():
    options = parse_options()
    if options.install:
        install(options.install)
        return 0
    bench = Bench(options)
    bench.prepare()
    bench.measure_all()
    report = bench.report()
    if options.out:
        options.out.write_text(json.dumps(report, indent=1) + "\n")
    print(vision_report.markdown(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
