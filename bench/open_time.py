#!/usr/bin/env python3
"""How long compiled engines take to open, and what they hold beside weights and arena.

  bench/open_time.py [--hone build/release/apps/hone/hone] [--rounds 9] [--threads 2] ENGINE.hone...

Of an engine that takes tensors: from the start of the process to the first byte of `hone run`'s
answer to zeros (sizes that a model leaves open: 1, but 128 tokens), less a steady run (`hone bench`,
p50), both taken in turn; of a language model the time to the first token of a prompt. CPU is what
the process computed, also less a steady run's, for machines that do other things as well. Memory is
the peak of such a process on random numbers less inputs (the plan's and the caller's), arena and all
weights that it maps (below zero where a model reads a part of its weights). All are medians.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import struct
import subprocess
import tempfile
import time

DTYPES = {"f32": "<f4", "f16": "<f2", "f64": "<f8", "i64": "<i8", "i32": "<i4", "i8": "|i1",
          "u8": "|u1", "bool": "|b1"}
PROMPT = "Why is the sky blue?"


def hone_json(hone, *words):
    done = subprocess.run([hone, *words, "--json"], capture_output=True, text=True, check=True,
                          stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)


def sizes_of(text):
    """Of "f32[batch, 3, 224, 224]": dtype and sizes."""
    dtype, inside = re.fullmatch(r"(\w+)\[(.*)\]", text).groups()
    words = [word.strip() for word in inside.split(",")] if inside else []
    return dtype, [int(word) if word.isdigit() else 1 if i == 0 else 128
                   for i, word in enumerate(words)]


def write_zeros(path, dtype, sizes):
    count = 1
    for size in sizes:
        count *= size
    shape = f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"
    head = f"{{'descr': '{DTYPES[dtype]}', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        out.write(bytes(count * int(DTYPES[dtype][2])))


def start(command):
    """One process: milliseconds to its first byte, of CPU, and bytes of its peak."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               stdin=subprocess.DEVNULL)
    os.read(process.stdout.fileno(), 1)
    first = (time.perf_counter() - begun) * 1e3
    while os.read(process.stdout.fileno(), 65536):
        pass
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: status {process.returncode}")
    return first, (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss * 1024


class Program:
    def __init__(self, hone, engine, threads, folder):
        self.hone, self.engine, self.threads = hone, engine, threads
        self.sizes, files = [], []
        for i, one in enumerate(self.bench(1)["inputs"]):
            dtype, sizes = sizes_of(one["type"])
            path = folder / f"{i}.npy"
            write_zeros(path, dtype, sizes)
            files += ["--input", f"{one['name']}={path}"]
            self.sizes += ["--input", f"{one['name']}={'x'.join(map(str, sizes))}"]
        self.command = [hone, "run", engine, *files, "--threads", str(threads)]
        self.on_random = [hone, "run", engine, *self.sizes, "--threads", str(threads)]

    def bench(self, runs, *words):
        return hone_json(self.hone, "bench", self.engine, "-r", str(runs), "--threads",
                         str(self.threads), *words)

    def steady(self):
        """Milliseconds, and of CPU: what 20 more runs cost a process."""
        few, many = (self.bench_cpu(runs) for runs in (1, 21))
        return many[0], max(0.0, (many[1] - few[1]) / 20)

    def bench_cpu(self, runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = self.bench(runs, *self.sizes)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return report["latency_ms"]["p50"], cpu * 1e3


class LanguageModel:
    def __init__(self, hone, engine, threads, folder):
        del folder
        self.sizes = []
        self.command = [hone, "run", engine, "--prompt", PROMPT, "-n", "1", "--temp", "0",
                        "--threads", str(threads)]
        self.on_random = self.command

    def steady(self):
        return 0.0, 0.0


def is_language_model(hone, engine):
    return "architecture" in json.dumps(hone_json(hone, "show", engine))


def measure(hone, engine, args):
    with tempfile.TemporaryDirectory() as folder:
        kind = LanguageModel if is_language_model(hone, engine) else Program
        model = kind(hone, engine, args.threads, pathlib.Path(folder))
        start(model.command)  # the file is in the page cache from here on
        rounds = [(start(model.command), model.steady()) for _ in range(args.rounds)]
        peak = statistics.median(start(model.on_random)[2] for _ in range(3))
        memory = hone_json(hone, "show", engine, "--memory", *model.sizes)
    median = lambda pick: statistics.median(pick(first, steady) for first, steady in rounds)
    held = sum(memory[key] for key in ("weights_mapped_bytes", "weights_packed_bytes",
                                       "weights_kernels_bytes", "arena_bytes")) + 2 * memory["inputs_bytes"]
    return {"engine": pathlib.Path(engine).name,
            "first_ms": median(lambda first, _: first[0]),
            "steady_ms": median(lambda _, steady: steady[0]),
            "open_ms": median(lambda first, steady: first[0] - steady[0]),
            "open_cpu_ms": median(lambda first, steady: first[1] - steady[1]),
            "beyond_mb": (peak - held) / 1e6}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hone", default="build/release/apps/hone/hone")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("engines", nargs="+")
    args = parser.parse_args()
    print(f"{'engine':32}{'first':>9}{'steady':>9}{'open':>9}{'open cpu':>10}  ms"
          f"{'beyond':>9}  MB", flush=True)
    for engine in args.engines:
        row = measure(args.hone, engine, args)
        print(f"{row['engine']:32}{row['first_ms']:9.1f}{row['steady_ms']:9.1f}"
              f"{row['open_ms']:9.1f}{row['open_cpu_ms']:10.1f}    {row['beyond_mb']:9.1f}",
              flush=True)


if __name__ == "__main__":
    main()
