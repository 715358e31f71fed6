#!/usr/bin/env python3
"""Writes docs/operators.md: every ONNX operator, whether hone imports it, and its conformance cases.

    VENV/bin/python tools/make_operators_doc.py --imports FILE --table FILE --misses FILE \
        --new-table FILE > docs/operators.md

VENV needs the package onnx 1.23.2, whose schemas name the operators. FILEs come from
`onnx_conformance --operators` (what is imported, a line each), `--table` (cases by operator) and
tests/conformance/onnx_misses.txt; the new table is that of the cases that onnx 1.23.2 writes
(tests/conformance/write_onnx_cases.py).
"""
import argparse
import json
import pathlib

import onnx

DOMAINS = ("", "ai.onnx.ml", "com.microsoft")
HEAD = """# Operators

Which ONNX operators hone runs; written by `tools/make_operators_doc.py`. Opsets 6 to {opset} are read. *Cases* are those of ONNX's own
conformance suite (package onnx 1.19.1) whose graph is that one operator: how many pass, of how many. An operator that is missing is
found when a model is opened, and the message lists all that are.

{passed} of {cases} cases pass ({share:.1f} %), graphs of several nodes included; the misses are listed below. Of the {new_cases} node cases of
onnx 1.23.2, which has them as functions only, {new_passed} pass ({new_share:.1f} %); `tests/conformance/onnx_misses_1.23.txt` names the others.

| operator | runs | cases |
|---|---|---|
"""


def read_table(path):
    rows = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
    table = {}
    for row in rows:
        passed, cases = table.get(row["op"], (0, 0))
        table[row["op"]] = (passed + row["passed"], cases + row["cases"])
    return table


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
    print("\n## Cases that miss\n\n| case | why |\n|---|---|")
    for line in pathlib.Path(args.misses).read_text().splitlines():
        name, _, why = line.partition("#")
        if name.strip():
            print(f"| {name.strip()} | {why.strip()} |")


if __name__ == "__main__":
    main()
