"""Measures llama.cpp from a Python package, one process a call; compare.py calls it.

Run with the Python that has the package:
  OMP_PROC_BIND=true VENV/bin/python bench/peers/llamacpp.py --model FILE --tests pp512,tg128

Engines: xllamacpp (prebuilt, its own timings) and llama-cpp-python (built for this machine, a bare
decode loop as in llama-bench). Both greedy. The output is JSON in the form of `hone bench --json`.

Tests: ppN = prefill of N tokens; tgN = decode of N tokens after a prompt of 16; tgN@D = after D.
"""

import argparse
import importlib.metadata
import json
import pathlib
import random
import re
import statistics
import sys
import time

PROMPT = "The capital of France is"
DEPTH = 16  # tokens before a tgN without @


def parse_test(name):
    """(prompt tokens, generated tokens)"""
    match = re.fullmatch(r"pp(\d+)|tg(\d+)(?:@(\d+))?", name)
    if not match:
        sys.exit(f"'{name}' is no test; use ppN, tgN or tgN@D")
    if match[1]:
        return int(match[1]), 0
    return int(match[3] or DEPTH), int(match[2])


class Xllamacpp:
    package = "xllamacpp"

    def __init__(self, model, threads, context, warmup):
        import xllamacpp
        params = xllamacpp.CommonParams()
        params.model.path = model
        params.n_ctx = context
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.warmup = warmup
        params.verbosity = -1
        self.system = xllamacpp.get_system_info()
        self.server = xllamacpp.Server(params)

    def complete(self, prompt, count):
        # A sampler chain of top-k 1 alone: the cheapest greedy that the server has.
        answer = self.server.handle_completions({
            "prompt": prompt, "n_predict": count, "temperature": 0, "samplers": ["top_k"],
            "top_k": 1, "cache_prompt": False, "ignore_eos": True})
        return answer["choices"][0]["text"], answer["timings"]

    def first_token(self):
        return self.complete(PROMPT, 1)[0]

    def rate(self, prompt, count):
        """Tokens per second of the prefill (count 0) or of the decoding."""
        # A first token comes with the prefill, so `count` steps are count + 1 tokens.
        timings = self.complete(prompt, count + 1)[1]
        assert timings["prompt_n"] == len(prompt), timings
        if count == 0:
            return 1e3 * len(prompt) / timings["prompt_ms"]
        assert timings["predicted_n"] == count + 1, timings
        return 1e3 * count / timings["predicted_ms"]


class LlamaCppPython:
    package = "llama-cpp-python"

    def __init__(self, model, threads, context, warmup):
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
        import llama_peer
        llama_peer.silence()
        self.system = llama_peer.llama_cpp.llama_print_system_info().decode()
        self.peer = llama_peer.Peer(model, "default", context, threads)
        if warmup:
            self.rate([1, 2], 1)

    def first_token(self):
        return str(self.peer.greedy(self.peer.tokenize(PROMPT, True), 1)[0])

    def rate(self, prompt, count):
        begin = time.perf_counter()
        token = int(self.peer.logits(prompt, [len(prompt) - 1])[0].argmax())
        prefilled = time.perf_counter()
        if count == 0:
            return len(prompt) / (prefilled - begin)
        for i in range(count):
            token = self.peer.step(token, len(prompt) + i)
        return count / (time.perf_counter() - prefilled)


ENGINES = {"xllamacpp": Xllamacpp, "llama-cpp-python": LlamaCppPython}


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def measure(engine, test, repeat):
    prompt_tokens, count = parse_test(test)
    generator = random.Random(test)
    values = []
    for _ in range(repeat):  # other tokens each time, so that no cache can help
        prompt = [generator.randrange(1000, 20000) for _ in range(prompt_tokens)]
        values.append(engine.rate(prompt, count))
    return {"test": test, "tokens_per_s": spread(values)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="xllamacpp")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--tests", default="pp64,pp512,tg128")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=("import", "first-token"),
                        help="import: load the package and end; first-token: answer one token")
    options = parser.parse_args()
    maker = ENGINES[options.engine]
    if options.only == "import":
        __import__(maker.package.replace("-", "_").removesuffix("_python"))
        if maker is LlamaCppPython:
            import numpy  # noqa: F401  what its ctypes layer loads as well
        print("ready", flush=True)
        return
    engine = maker(options.model, options.threads, options.context, options.only is None)
    if options.only == "first-token":
        print(engine.first_token(), flush=True)
        return
    results = [measure(engine, test, options.repeat) for test in options.tests.split(",")]
    version = importlib.metadata.version(maker.package)
    print(json.dumps({"engine": f"{maker.package} {version}", "system": engine.system,
                      "threads": options.threads, "results": results}))


if __name__ == "__main__":
    main()
