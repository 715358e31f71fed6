"""Makes tests/golden/llm/*.golden; tests/golden/llm/README.md tells what they hold and how to run this.

  make_llm_goldens.py tiny --maker build/release/tests/make_tiny_model [--only NAME]...
  make_llm_goldens.py real --model smollm2=FILE.gguf --model gemma3-270m=FILE.gguf --text TEXT
"""

import argparse
import hashlib
import importlib.metadata
import pathlib
import platform
import subprocess
import tempfile

import numpy as np

import golden_file
import llama_peer
import llm_reference

GREEDY = 16
# llama.cpp refuses these or computes them otherwise: their goldens hold the truth alone.
TRUTH_ONLY = ("llama-layers-differ", "qwen2-yarn-keys")
TOP = 50
# A short prompt, and one that is longer than any tile or tiny window: (tokens, positions kept).
TINY_PROMPTS = ((12, (0, 5, 11)), (48, (16, 31, 47)))
REAL_PROMPTS = (
    "The capital of France is",
    "Once upon a time, in a village by the sea, there lived a",
    "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
    "2 + 2 = 4, 3 + 3 = 6, 4 + 4 =",
    "Der schnelle braune Fuchs springt",
    "Water boils at a temperature of",
    "{\"name\": \"Ada\", \"born\": 1815, \"field\":",
    "<|im_start|>user\nWhy is the sky blue?<|im_end|>\n<|im_start|>assistant\n",
    "A",
)
LONG_PROMPT = 640  # tokens of --text: beyond Gemma 3's window of 512


def versions():
    names = ("gguf", "llama-cpp-python", "numpy")
    parts = [f"{name} {importlib.metadata.version(name)}" for name in names]
    return ", ".join(parts + [f"python {platform.python_version()}"])


def identity(path):
    data = pathlib.Path(path).read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": [len(data)]}


def fnv1a64(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f"{value:016x}"


def tiny_prompt(number, length):
    """Ids from 3 to 292, the first one 1 (bos where there is one)."""
    return [1] + [3 + (i * 37 + 11 * i * i + 101 * number) % 290 for i in range(length - 1)]


def greedy_truth(reference, tokens):
    """Ids and top1 - top2 of each step, computed from the start each time."""
    tokens, ids, margins = list(tokens), [], []
    for _ in range(GREEDY):
        logits = reference.logits(np.array(tokens), [len(tokens) - 1])[0]
        second, first = np.sort(logits)[-2:]
        ids.append(int(logits.argmax()))
        margins.append(first - second)
        tokens.append(ids[-1])
    return ids, margins


def error(values, truth):
    """max, mean |values - truth|, as stored."""
    distance = np.abs(np.asarray(values, np.float64) - truth)
    return [distance.max(), distance.mean()]


def truth_golden(path):
    reference = llm_reference.Model(path)
    records = {"model": path.stem, "versions": versions(), **identity(path),
               "fnv1a64": fnv1a64(path.read_bytes()), "prompts": [len(TINY_PROMPTS)]}
    for number, (length, positions) in enumerate(TINY_PROMPTS):
        tokens = tiny_prompt(number, length)
        records |= {f"p{number}.tokens": tokens, f"p{number}.positions": positions,
                    f"p{number}.truth": reference.logits(np.array(tokens), list(positions))}
    return records


def tiny_golden(path, work):
    f32_path = work / ("f32-" + path.name)
    llama_peer.write_f32(path, f32_path)
    reference = llm_reference.Model(path)
    peer = llama_peer.Peer(path, "default", 256)
    exact = llama_peer.Peer(f32_path, "exact", 256)
    records = {"model": path.stem, "versions": versions(), **identity(path),
               "fnv1a64": fnv1a64(path.read_bytes()), "prompts": [len(TINY_PROMPTS)]}
    for number, (length, positions) in enumerate(TINY_PROMPTS):
        tokens = tiny_prompt(number, length)
        truth = reference.logits(np.array(tokens), list(positions))
        peer_logits, exact_logits = (p.logits(tokens, positions) for p in (peer, exact))
        ids, margins = greedy_truth(reference, tokens)
        prefix = f"p{number}."
        records |= {prefix + "tokens": tokens, prefix + "positions": positions,
                    prefix + "truth": truth, prefix + "peer": peer_logits,
                    prefix + "exact": exact_logits[-1],
                    prefix + "peer_error": error(peer_logits, truth),
                    prefix + "exact_error": error(exact_logits, truth),
                    prefix + "greedy": ids, prefix + "margins": margins,
                    prefix + "peer_greedy": peer.greedy(tokens, GREEDY)}
    peer.close()
    exact.close()
    f32_path.unlink()
    return records


def statistics(logits):
    """mean, deviation, largest, log of the sum of exp: of all logits of one position."""
    logits = np.asarray(logits, np.float64)
    top = logits.max()
    return [logits.mean(), logits.std(), top, top + np.log(np.exp(logits - top).sum())]


def real_prompts(peer, text):
    for prompt in REAL_PROMPTS:
        yield peer.tokenize(prompt, True)
    yield peer.tokenize(text[:8 * LONG_PROMPT], True)[:LONG_PROMPT]


def real_golden(name, path, text, work):
    f32_path = work / f"{name}-f32.gguf"
    llama_peer.write_f32(path, f32_path)
    reference = llm_reference.Model(path)
    peer, exact = llama_peer.Peer(path), llama_peer.Peer(f32_path, "exact")
    prompts = list(real_prompts(peer, text))
    records = {"model": name, "versions": versions(), **identity(path), "prompts": [len(prompts)]}
    for number, tokens in enumerate(prompts):
        last = [len(tokens) - 1]
        truth = reference.logits(np.array(tokens), last)[0]
        peer_logits, exact_logits = (p.logits(tokens, last)[0] for p in (peer, exact))
        top = np.argsort(-exact_logits, kind="stable")[:TOP]
        prefix = f"p{number}."
        records |= {prefix + "tokens": tokens, prefix + "top": top,
                    prefix + "truth": truth[top], prefix + "peer": peer_logits[top],
                    prefix + "exact": exact_logits[top],
                    prefix + "peer_error": error(peer_logits[top], exact_logits[top]),
                    prefix + "peer_error_truth": error(peer_logits[top], truth[top]),
                    prefix + "exact_error": error(exact_logits[top], truth[top]),
                    prefix + "truth_statistics": statistics(truth),
                    prefix + "peer_statistics": statistics(peer_logits),
                    prefix + "exact_statistics": statistics(exact_logits),
                    prefix + "peer_greedy": peer.greedy(tokens, GREEDY),
                    prefix + "exact_greedy": exact.greedy(tokens, GREEDY)}
        show(f"{name} prompt {number}, {len(tokens)} tokens", prefix, records)
    peer.close()
    exact.close()
    return records


def show(title, prefix, records):
    peer = records.get(prefix + "peer_error_truth", records[prefix + "peer_error"])
    exact = records[prefix + "exact_error"]
    print(f"{title}: max, mean error of llama.cpp {peer[0]:.4f} {peer[1]:.4f}, "
          f"on F32 weights {exact[0]:.6f} {exact[1]:.6f}", flush=True)


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("tiny", "real"))
    parser.add_argument("--maker", help="the program make_tiny_model")
    parser.add_argument("--only", action="append", default=[], help="one tiny model's name")
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--text", help="prose for the long prompt")
    parser.add_argument("--out", type=pathlib.Path, default=here.parent / "tests/golden/llm")
    parser.add_argument("--work", help="where large temporary files go")
    options = parser.parse_args()
    llama_peer.silence()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        work = pathlib.Path(folder)
        if options.what == "tiny":
            subprocess.run([options.maker, work, *options.only], check=True, stdout=subprocess.DEVNULL)
            for path in sorted(work.glob("*.gguf")):
                if path.stem in TRUTH_ONLY:
                    golden_file.write(options.out / f"{path.stem}.golden", truth_golden(path))
                    continue
                records = tiny_golden(path, work)
                golden_file.write(options.out / f"{path.stem}.golden", records)
                show(path.stem, "p1.", records)
        else:
            text = pathlib.Path(options.text).read_text(encoding="utf-8")
            for pair in options.model:
                name, path = pair.split("=", 1)
                records = real_golden(name, pathlib.Path(path), text, work)
                golden_file.write(options.out / f"{name}.golden", records)


if __name__ == "__main__":
    main()
