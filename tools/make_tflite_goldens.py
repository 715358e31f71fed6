#!/usr/bin/env python3
"""Writes what the tests of src/frontend/tflite are held against.

  fuzz/corpus/tflite/*.tflite             small models by another writer (what the fuzzer starts from, too)
  src/frontend/tflite/testdata/*.txt      what another reader sees in them: a line a tensor and operator
  src/frontend/tflite/testdata/dense.txt  SHA-256 of the outputs of DENSIFY and DEQUANTIZE when run
  src/frontend/tflite/testdata/models.txt for real models: SHA-256 of the file and of such lines, ops;
                                          SHA-256 of lines as in dense.txt where there is DENSIFY

Writer and reader: PyPI tflite 2.18.0 over flatbuffers 25.12.19; runner: ai-edge-litert 2.3.0.

    pip install tflite==2.18.0 flatbuffers==25.12.19 ai-edge-litert==2.3.0 numpy
    python tools/make_tflite_goldens.py [FOLDER_OF_REAL_MODELS]
    python tools/make_tflite_goldens.py --lines MODEL        # prints a model's lines
"""

import collections
import hashlib
import pathlib
import sys

import numpy as np

import tflite
from tflite_lines import lines
from tflite_models import MODELS

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz/corpus/tflite"
OUT = ROOT / "src/frontend/tflite/testdata"
RUN = ["DENSIFY", "DEQUANTIZE"]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def run_ops(content):
    """(the tensor put in, what came out) of each op of RUN on a constant."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    interpreter = Interpreter(model_content=content, experimental_preserve_all_tensors=True,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
    interpreter.invoke()
    graph = tflite.Model.GetRootAs(content, 0).Subgraphs(0)
    model = tflite.Model.GetRootAs(content, 0)
    for i in range(graph.OperatorsLength()):
        op = graph.Operators(i)
        code = model.OperatorCodes(op.OpcodeIndex()).BuiltinCode()
        source = graph.Tensors(op.Inputs(0)) if op.InputsLength() else None
        if tflite.opcode2name(code) not in RUN or model.Buffers(source.Buffer()).DataLength() == 0:
            continue
        if tflite.opcode2name(code) == "DENSIFY" or source.Type() == tflite.TensorType.INT4:
            yield op.Inputs(0), interpreter.get_tensor(op.Outputs(0))


def dense_lines(name, content):
    for index, value in run_ops(content):
        yield f"{name} {index} {value.dtype} {value.size} {sha256(np.ascontiguousarray(value).tobytes())}"


def count_ops(content):
    model = tflite.Model.GetRootAs(content, 0)
    counts = collections.Counter()
    for g in range(model.SubgraphsLength()):
        graph = model.Subgraphs(g)
        for i in range(graph.OperatorsLength()):
            code = model.OperatorCodes(graph.Operators(i).OpcodeIndex())
            counts[tflite.opcode2name(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))] += 1
    return " ".join(f"{name}:{count}" for name, count in sorted(counts.items()))


def write_corpus():
    CORPUS.mkdir(parents=True, exist_ok=True)
    OUT.mkdir(parents=True, exist_ok=True)
    dense = []
    for make in MODELS:
        content = make()
        (CORPUS / f"{make.__name__}.tflite").write_bytes(content)
        (OUT / f"{make.__name__}.txt").write_text("".join(lines(content)))
        if make.__name__ in ("sparse", "int4"):
            dense += dense_lines(make.__name__, content)
    (OUT / "dense.txt").write_text("\n".join(dense) + "\n")


def write_models(folder):
    entries = []
    for path in sorted(folder.glob("*.tflite")):
        content = path.read_bytes()
        text = "".join(lines(content))
        entries.append(f"model {path.name} {sha256(content)} {sha256(text.encode())} {count_ops(content)}")
        if "DENSIFY" in entries[-1]:
            results = "".join(line + "\n" for line in dense_lines(path.name, content))
            entries.append(f"dense {path.name} {sha256(results.encode())}")
    (OUT / "models.txt").write_text("\n".join(entries) + "\n")


def main(arguments):
    if arguments[:1] == ["--lines"]:
        print("".join(lines(pathlib.Path(arguments[1]).read_bytes())), end="")
        return
    write_corpus()
    if arguments:
        write_models(pathlib.Path(arguments[0]))


main(sys.argv[1:])
