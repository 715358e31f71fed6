#!/usr/bin/env python3
"""Measures hone and llama.cpp on one model file, turn by turn, and prints a table.

  bench/peers/compare.py --model FILE --python VENV/bin/python [--hone build/release/apps/hone/hone]

bench/peers/README.md tells how to make VENV and what each test means. Each round measures both, one
after the other, so that a change of the machine's load meets both. Writes JSON with --out.

What it asks of hone (both commands are part of hone's own interface):

  hone bench MODEL --json --threads T --tests pp64,pp512,tg128,tg128@2048 --repeat N
    prints {"machine": {"cpu", "threads", "read_gb_s", "int8_gops", ...},
            "results": [{"test": "tg128", "tokens_per_s": {"median", "min", "max"},
                         "share_of_limit": 0.9}, ...]}
    Without --tests, hone also gives {"test": "ttft_ms", "ms": {...}} and {"test": "peak_mb",
    "mb": {...}}; here those two are measured from outside, alike for both.
  hone run --raw --temp 0 -t T -c 512 -n N MODEL PROMPT
    streams the answer to standard output.

Tests:
  ppN      prefill of N tokens, tokens/s
  tgN      N decode steps after a prompt of 16 tokens, greedy, tokens/s; tgN@D after D tokens
  ttft_ms  from starting the process to the first byte of its answer to a prompt of about 5 tokens, file
           in the page cache, milliseconds; the time Python needs to start and import is taken off
  peak_mb  largest resident set while answering 128 tokens, millions of bytes, mapped file included;
           what Python with the package imported needs is taken off; the context is 512 tokens
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PROMPT = "The capital of France is"
PROCESS_CONTEXT = "512"
FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm")
LOWER_IS_BETTER = ("ttft_ms", "peak_mb")
OUTSIDE = LOWER_IS_BETTER  # measured here, on the process as a whole


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    fields = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    flags = fields.get("flags", fields.get("Features", "")).split()
    return {"cpu": fields.get("model name", platform.machine()), "cores": os.cpu_count(),
            "flags": [flag for flag in FLAGS if flag in flags],
            "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
            "kernel": platform.release(), "load_average": os.getloadavg()[0]}


def fill_page_cache(path):
    # In small pieces: a child's peak memory counts what its parent held when it was started.
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def run_json(command, environment):
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout[done.stdout.index("{"):])


def run_process(command, environment):
    """(ms to the first byte of output, peak resident set in MB)"""
    begin = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL)
    first = child.stdout.read(1)
    elapsed = time.perf_counter() - begin
    child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0 or not first:
        sys.exit(f"{' '.join(command)} failed with exit status {child.returncode}")
    return 1e3 * elapsed, usage.ru_maxrss * 1024 / 1e6


class Hone:
    def __init__(self, options):
        self.options = options
        self.environment = dict(os.environ)
        version = subprocess.run([options.hone, "--version"], capture_output=True, text=True)
        self.version = version.stdout.strip() or "hone"

    def bench(self, tests):
        options = self.options
        report = run_json([options.hone, "bench", options.model, "--json", "--threads",
                           str(options.threads), "--tests", ",".join(tests), "--repeat",
                           str(options.repeat)], self.environment)
        self.limits = report.get("machine")
        return report["results"]

    def process(self, tokens):
        options = self.options
        return run_process([options.hone, "run", "--raw", "--temp", "0", "-t",
                            str(options.threads), "-c", PROCESS_CONTEXT, "-n", str(tokens),
                            options.model, PROMPT],
                           self.environment)

    def overhead(self):
        return 0.0, 0.0


class Peer:
    def __init__(self, options):
        self.options = options
        self.version = subprocess.run(
            [options.python, "-c", "import importlib.metadata, sys; "
             "print(sys.argv[1], importlib.metadata.version(sys.argv[1]))", options.engine],
            check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        # Unpinned threads cost llama.cpp a quarter of its speed.
        self.environment = dict(os.environ, OMP_PROC_BIND="true")

    def command(self, *more):
        return [self.options.python, str(HERE / "llamacpp.py"), "--engine", self.options.engine,
                "--model", self.options.model, "--threads", str(self.options.threads), *more]

    def bench(self, tests):
        report = run_json(self.command("--tests", ",".join(tests), "--repeat",
                                       str(self.options.repeat)), self.environment)
        self.system = report["system"]
        return report["results"]

    def process(self, tokens):
        if tokens == 1:
            more = ["--only", "first-token"]
        else:
            more = ["--tests", f"tg{tokens}", "--repeat", "1"]
        return run_process(self.command("--context", PROCESS_CONTEXT, *more), self.environment)

    def overhead(self):
        """(ms, MB) of Python with the package imported."""
        runs = [run_process(self.command("--only", "import"), self.environment) for _ in range(3)]
        return tuple(statistics.median(values) for values in zip(*runs))


def measure_outside(side, tests, repeat):
    ms, mb = side.overhead()
    if "ttft_ms" in tests:
        yield "ttft_ms", [side.process(1)[0] - ms for _ in range(repeat)]
    if "peak_mb" in tests:
        yield "peak_mb", [side.process(128)[1] - mb]


def measure_round(side, tests, repeat):
    """test -> values"""
    inside = [test for test in tests if test not in OUTSIDE]
    values = {}
    for result in side.bench(inside) if inside else []:
        spread = result["tokens_per_s"]
        values[result["test"]] = [spread["min"], spread["median"], spread["max"]]
    if len(inside) < len(tests):
        values |= dict(measure_outside(side, tests, repeat))
    return values


def summary(rounds, test):
    """Median of the rounds' medians, and the extremes of all values."""
    values = [values[test] for values in rounds if test in values]
    if not values:
        return None
    return {"median": statistics.median(statistics.median(v) for v in values),
            "min": min(min(v) for v in values), "max": max(max(v) for v in values)}


def show(entry):
    return f"{entry['median']:.4g} [{entry['min']:.4g}..{entry['max']:.4g}]" if entry else "-"


def advantage(test, hone, peer):
    """How many times better hone is; above 1 is better for every test."""
    if not hone or not peer:
        return None
    ratio = hone["median"] / peer["median"]
    return 1 / ratio if test in LOWER_IS_BETTER else ratio


def print_table(report):
    here, model = report["machine"], report["model"]
    print(f"{here['cpu']}, {here['cores']} cores, {' '.join(here['flags'])}; "
          f"load average {here['load_average']:.1f} before the first round"
          + (" (NOISY: other work was running)" if report["noisy"] else ""))
    print(f"{model['file']}, {model['bytes']} bytes; {report['threads']} threads, "
          f"{report['rounds']} rounds of {report['repeat']}; {report['versions']}\n")
    names = [side for side in ("hone", "peer") if side in report["sides"]]
    print("| test | " + " | ".join(names) + " | advantage |")
    print("|---|" + "---|" * (len(names) + 1))
    for row in report["results"]:
        better = f"{row['advantage']:.2f}x" if row["advantage"] else "-"
        print(f"| {row['test']} | " + " | ".join(show(row[name]) for name in names) + f" | {better} |")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--python", help="the Python that has the peer's package")
    parser.add_argument("--engine", choices=("xllamacpp", "llama-cpp-python"), default="xllamacpp")
    parser.add_argument("--hone", default=str(HERE.parents[1] / "build/release/apps/hone/hone"))
    parser.add_argument("--sides", default="hone,peer", help="hone, peer, or both")
    parser.add_argument("--tests", default="pp64,pp512,tg128,tg128@2048,ttft_ms,peak_mb")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=3, help="repetitions in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", help="write everything as JSON")
    options = parser.parse_args()
    if "peer" in options.sides and not options.python:
        parser.error("--python is needed to measure the peer")
    return options


def main():
    options = parse_options()
    tests = options.tests.split(",")
    makers = {"hone": Hone, "peer": Peer}
    sides = {name: makers[name](options) for name in options.sides.split(",")}
    here = machine()
    fill_page_cache(options.model)
    rounds = {name: [] for name in sides}
    for number in range(options.rounds):
        for name, side in sides.items():
            rounds[name].append(measure_round(side, tests, options.repeat))
            print(f"round {number + 1}: {name} done", file=sys.stderr)
    results = []
    for test in tests:
        row = {"test": test} | {name: summary(rounds[name], test) for name in sides}
        row["advantage"] = advantage(test, row.get("hone"), row.get("peer"))
        results.append(row)
    report = {"machine": here, "noisy": here["load_average"] > 0.5,
              "model": {"file": os.path.basename(options.model),
                        "bytes": os.path.getsize(options.model)},
              "threads": options.threads, "rounds": options.rounds, "repeat": options.repeat,
              "sides": list(sides), "versions": ", ".join(side.version for side in sides.values()),
              "limits": getattr(sides.get("hone"), "limits", None),
              "peer_build": getattr(sides.get("peer"), "system", None),
              "results": results, "raw": rounds}
    print_table(report)
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
