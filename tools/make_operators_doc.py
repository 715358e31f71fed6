#!/usr/bin/env python3
"""Writes docs/operators.md: every ONNX operator, whether hone imports it, and its conformance cases; and every
TFLite operator.

    VENV/bin/python tools/make_operators_doc.py --imports FILE --table FILE --misses FILE \
        --new-table FILE > docs/operators.md

VENV needs the packages onnx 1.23.2 and tflite 2.18.0, whose schemas name the operators. FILEs come from
`onnx_conformance --operators` (what is imported, a line each), `--table` (cases by operator) and
tests/conformance/onnx_misses.txt; the new table is that of the cases that onnx 1.23.2 writes
(tests/conformance/write_onnx_cases.py). What is imported of TFLite is read from the mappings in src, its
cases from tests/golden/tflite/ops.txt.
"""
import argparse
import collections
import json
import pathlib
import re

import onnx
import tflite

DOMAINS = ("", "ai.onnx.ml", "com.microsoft")
HEAD = """# Operators

Which ONNX and TFLite operators hone runs; written by `tools/make_operators_doc.py`. Opsets 6 to {opset} are read. *Cases* are those of ONNX's own
conformance suite (package onnx 1.19.1) whose graph is that one operator: how many pass, of how many. An operator that is missing is
found when a model is opened, and the message lists all that are.

{passed} of {cases} cases pass ({share:.1f} %), graphs of several nodes included; the misses are listed below. Of the {new_cases} node cases of
onnx 1.23.2, which has them as functions only, {new_passed} pass ({new_share:.1f} %); `tests/conformance/onnx_misses_1.23.txt` names the others.

An index outside its axis is an error where it is an input of the model, or is read between plans (SequenceAt). One that the model itself computes
beside what uses it is not looked at before the run: memory outside is never touched, what is taken from there is 0, what is put there is left out, and a
length is cut to what there is. onnxruntime ends most such runs with an error.

| operator | runs | cases |
|---|---|---|
"""

NOTES = {
    "LSTM, GRU, RNN":
        "a sequence of length 0 gives the initial state as the last one, where ONNX Runtime gives zeros; ONNX does not say",
    "com.microsoft.Attention":
        "without rotary positions and a buffer that past and present share; masks with 1 to 3 axes, not [3 * batch + 2]",
    "com.microsoft.FusedConv": "activations Relu, Tanh, Sigmoid, LeakyRelu, Clip and HardSigmoid",
    "com.microsoft.GroupQueryAttention":
        "sequences as long as `seqlens_k` says; present is as long as past and the new tokens together, zeros behind a shorter sequence; what comes out for the padding of a prompt is not ONNX Runtime's; without positions, sinks and quantized caches of its own",
    "com.microsoft.MultiHeadAttention":
        "query, key and value in tensors of their own; masks with 1 to 3 axes, not [3 * batch + 2]; without the scores as a result",
}


def read_table(path):
    rows = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
    table = {}
    for row in rows:
        passed, cases = table.get(row["op"], (0, 0))
        table[row["op"]] = (passed + row["passed"], cases + row["cases"])
    return table


ROOT = pathlib.Path(__file__).resolve().parent.parent
TFLITE_HEAD = """
## TFLite

The builtin operators of schema 2.18, and the custom ones that hone knows. *Cases* are small models with that operator in
`tests/golden/tflite/ops.txt`, which must give what LiteRT's reference kernels make of them.

| operator | runs | cases | |
|---|---|---|---|
"""
TFLITE_NOTES = {
    "ASSIGN_VARIABLE": "not in a branch or loop",
    "BIDIRECTIONAL_SEQUENCE_LSTM": "without projection and without a second sequence",
    "BIDIRECTIONAL_SEQUENCE_RNN": "without a second sequence",
    "CALL_ONCE": "gives variables first values that are constants",
    "CONV_3D_TRANSPOSE": "sizes known when the model is loaded; no dilations",
    "FULLY_CONNECTED": "weights not shuffled",
    "GATHER": "with batch axes only right behind them",
    "NON_MAX_SUPPRESSION_V5": "boxes are left out, scores never lowered (sigma 0)",
    "READ_VARIABLE": "not in a branch or loop",
    "REVERSE_SEQUENCE": "batch and time are the first two axes",
    "RFFT2D": "what reads it reshapes it or takes parts or sizes of the numbers",
    "SPARSE_TO_DENSE": "a list of values and their places",
    "TRANSPOSE_CONV": "sizes known when the model is loaded",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "without projection and layer normalization",
    "STABLEHLO_COMPOSITE": "as its decomposition",
    "DEQUANTIZE": "per tensor and per channel; float16",
}


def tflite_imports():
    """Names of builtin operators that have a mapping, and of custom ones."""
    builtin, custom = set(), set()
    folders = [*ROOT.glob("src/ops/*/tflite.cc"), *ROOT.glob("src/frontend/tflite/foreign/*.cc")]
    for text in (path.read_text() for path in folders):
        for name, own in re.findall(r'\{BuiltinOperator::(\w+), [^"}]*(?:"(\w+)")?\}', text):
            (custom if own else builtin).add(own or name)
    return builtin, custom


def tflite_cases():
    """How many models of the goldens use an operator."""
    codes = {value: name for name, value in vars(tflite.BuiltinOperator).items() if name.isupper()}
    count = collections.Counter()
    for words in (line.split() for line in (ROOT / "tests/golden/tflite/ops.txt").read_text().splitlines()):
        if words[0] != "model":
            continue
        model = tflite.Model.GetRootAs(bytes.fromhex(words[2]), 0)
        for code in (model.OperatorCodes(i) for i in range(model.OperatorCodesLength())):
            count[code.CustomCode().decode() if code.CustomCode() else codes[code.BuiltinCode()]] += 1
    return count


def print_tflite():
    builtin, custom = tflite_imports()
    cases = tflite_cases()
    print(TFLITE_HEAD, end="")
    names = {name for name in vars(tflite.BuiltinOperator) if name.isupper()}
    names -= {"CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES"}
    for name in sorted(names):
        note = TFLITE_NOTES.get(name, "") if name in builtin else ""
        print(f"| {name} | {'yes' if name in builtin else 'no'} | {cases[name] or ''} | {note} |")
    for name in sorted(custom):
        print(f"| {name} | yes | {cases[name] or ''} | custom |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("imports", "table", "misses", "new-table"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    imported = set(pathlib.Path(args.imports).read_text().split())
    table = read_table(args.table)
    schemas = onnx.defs.get_all_schemas()
    names = {(s.domain, s.name) for s in schemas if s.domain in DOMAINS and not s.deprecated}
    names |= {tuple(word.rsplit(".", 1)) if "." in word else ("", word) for word in imported}
    passed = sum(p for p, _ in table.values())
    cases = sum(c for _, c in table.values())
    new = read_table(args.new_table).values()
    new_passed, new_cases = sum(p for p, _ in new), sum(c for _, c in new)
    print(HEAD.format(opset=onnx.defs.onnx_opset_version(), passed=passed, cases=cases, share=100 * passed / cases,
                      new_passed=new_passed, new_cases=new_cases, new_share=100 * new_passed / new_cases), end="")
    for domain, name in sorted(names):
        word = f"{domain}.{name}" if domain else name
        count = table.get(name) if not domain else None
        shown = f"{count[0]} of {count[1]}" if count else ""
        print(f"| {word} | {'yes' if word in imported else 'no'} | {shown} |")
    print("\n## Notes\n\n| operator | |\n|---|---|")
    for name, note in NOTES.items():
        print(f"| {name} | {note} |")
    print("\n## Cases that miss\n\n| case | why |\n|---|---|")
    for line in pathlib.Path(args.misses).read_text().splitlines():
        name, _, why = line.partition("#")
        if name.strip():
            print(f"| {name.strip()} | {why.strip()} |")
    print_tflite()


if __name__ == "__main__":
    main()
