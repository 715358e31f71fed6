#!/usr/bin/env python3
"""Perplexity of a text as llama-perplexity computes it, with the package llama-cpp-python.

  VENV/bin/python bench/peers/perplexity.py --model FILE.gguf --text FILE [--chunks 16] [--out JSON]

As tools/perplexity/perplexity.cpp of llama.cpp does: the text is tokenized whole (with bos if the model
adds one, special tokens as plain text) and cut into windows of -c tokens, a remainder is dropped; in
each window the first token becomes bos if the model adds bos, and the tokens after the window's middle
are scored (255 of 512), each from the logits of the one before it. The result is exp of the mean of all
negative log-likelihoods; its uncertainty is that mean's standard error times the result.
"""

import argparse
import hashlib
import json
import math
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import llama_peer  # noqa: E402


def window_losses(peer, tokens):
    """Negative log-likelihoods of the tokens after the middle of one window."""
    first = len(tokens) // 2
    logits = peer.logits(tokens, range(first, len(tokens) - 1)).astype(np.float64)
    top = logits.max(-1)
    log_sums = top + np.log(np.exp(logits - top[:, None]).sum(-1))
    return log_sums - logits[np.arange(len(logits)), tokens[first + 1:]]


def perplexity(peer, text, context, chunks):
    add_bos = llama_peer.llama_cpp.llama_vocab_get_add_bos(peer.vocab)
    bos = llama_peer.llama_cpp.llama_vocab_bos(peer.vocab)
    tokens = peer.tokenize(text, True, parse_special=False)
    chunks = min(chunks, len(tokens) // context)
    losses, running = [], []
    for start in range(0, chunks * context, context):
        window = tokens[start:start + context]
        losses.append(window_losses(peer, [bos] + window[1:] if add_bos else window))
        running.append(math.exp(np.concatenate(losses).mean()))
        print(f"[{len(losses)}]{running[-1]:.4f},", end="", flush=True)
    losses = np.concatenate(losses)
    value = math.exp(losses.mean())
    error = value * losses.std() / math.sqrt(len(losses) - 1)
    print(f"\nFinal estimate: PPL = {value:.4f} +/- {error:.5f}")
    return {"perplexity": value, "uncertainty": error, "running": [round(entry, 6) for entry in running],
            "tokens_of_text": len(tokens), "first_tokens": tokens[:16]}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("-c", "--context", type=int, default=512)
    parser.add_argument("--chunks", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("default", "exact"), default="default")
    parser.add_argument("--name", help="the entry's name in --out; default: the model file's")
    parser.add_argument("--out", help="a JSON file in which this result's entry is set")
    options = parser.parse_args()
    llama_peer.silence()
    raw = pathlib.Path(options.text).read_bytes()
    peer = llama_peer.Peer(options.model, options.precision, options.context, options.threads)
    result = perplexity(peer, raw.decode(), options.context, options.chunks)
    peer.close()
    result |= {"context": options.context, "chunks": len(result["running"]),
               "precision": options.precision, "text_bytes": len(raw),
               "text_sha256": hashlib.sha256(raw).hexdigest(),
               "model_sha256": hashlib.sha256(pathlib.Path(options.model).read_bytes()).hexdigest()}
    if options.out:
        path = pathlib.Path(options.out)
        report = json.loads(path.read_text()) if path.exists() else {}
        report[options.name or pathlib.Path(options.model).stem] = result
        path.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
