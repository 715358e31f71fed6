#!/usr/bin/env python3
"""Writes small ONNX models of com.microsoft's operators on floats, and what onnxruntime makes of them, as
ONNX's conformance cases are laid out.

  pip install onnx==1.23.2 onnxruntime==1.32.0 numpy
  tools/make_onnx_contrib_cases.py tests/golden/onnx_contrib
"""
import pathlib
import sys

import numpy as np

from make_onnx_quantized_cases import MICROSOFT, Case


class FloatCase(Case):
    def floats(self, *shape):
        return self.random.normal(0, 1, shape).astype(np.float32)

    def x(self, *shape):
        return self.input(self.floats(*shape))

    def weight(self, *shape):
        return self.constant(self.floats(*shape))

    def ints(self, *values):
        return self.input(np.array(values, np.int32))

    def run(self, folder, op, operands, results=1, **attributes):
        self.write(folder, *self.nodes_of(op, operands, results, MICROSOFT, **attributes))


def attention(folder):
    """Batches of 2, 3 new tokens of 8 elements, 2 heads."""

    def one(name, mask=None, bias=False, past=False, sizes=(8, 8, 8), **attributes):
        case = FloatCase(f"attention_{name}")
        operands = [case.x(2, 3, 8), case.weight(8, sum(sizes)), case.weight(sum(sizes))]
        operands.append("" if mask is None else case.ints(*mask))
        operands.append(case.x(2, 2, 2, 4, 4) if past else "")
        operands.append(case.x(1, 2, 3, 3) if bias else "")
        if sizes != (8, 8, 8):
            attributes["qkv_hidden_sizes"] = sizes
        case.run(folder, "Attention", operands, 2 if past else 1, num_heads=2, **attributes)

    one("plain")
    one("keys", mask=[[1, 1, 0], [0, 1, 1]])
    one("all_masked", mask=[[0, 0, 0], [1, 1, 1]], mask_filter_value=-100.0)
    one("rows", mask=[[[1, 0, 0], [1, 1, 0], [1, 1, 1]]] * 2, bias=True)
    one("ends", mask=[3, 1])
    one("ends_and_begins", mask=[3, 2, 1, 0])
    one("sizes", sizes=(4, 4, 10), scale=0.3, unidirectional=1)
    one("past", past=True, unidirectional=1, mask=[[0, 1, 1, 1, 1, 1, 1], [1] * 7])


def multi_head(folder):
    for name, mask in [("ends", [5, 2]), ("all_masked", [[0] * 5, [1] * 5])]:
        case = FloatCase(f"multi_head_attention_{name}")
        operands = [case.x(2, 3, 8), case.x(2, 5, 8), case.x(2, 5, 8), "", case.ints(*mask), case.x(1, 1, 3, 5)]
        case.run(folder, "MultiHeadAttention", operands, num_heads=2, mask_filter_value=-100.0)


def group_query(folder):
    """Sequences of different lengths in a batch, with positions that go on from each one's own."""

    def one(name, new, past, lengths, **attributes):
        case = FloatCase(f"group_query_attention_{name}")
        angles = np.outer(np.arange(9), 0.5 ** np.arange(8)).astype(np.float32)
        operands = [case.x(2, new, 64), case.x(2, new, 32), case.x(2, new, 32)]
        operands += [case.x(2, 2, past, 16), case.x(2, 2, past, 16)] if past else ["", ""]
        operands += [case.ints(*[n - 1 for n in lengths]), case.constant(new + past, np.int32)]
        operands += [case.constant(np.cos(angles)), case.constant(np.sin(angles))]
        case.run(folder, "GroupQueryAttention", operands, 3, num_heads=4, kv_num_heads=2, do_rotary=1, **attributes)

    one("even", 1, 4, [5, 5])
    one("ragged", 1, 4, [5, 3])
    one("ragged_window", 1, 6, [4, 7], local_window_size=3)
    one("shorter_than_the_past", 1, 6, [4, 5])
    one("prompt", 3, 0, [3, 3])


def fused(folder):
    def conv(activation, numbers=(), residual=False):
        case = FloatCase(f"fused_conv_{activation.lower()}")
        operands = [case.x(1, 3, 6, 6), case.weight(4, 3, 3, 3), case.weight(4)]
        operands += [case.x(1, 4, 6, 6)] if residual else []
        attributes = {"activation_params": numbers} if numbers else {}
        case.run(folder, "FusedConv", operands, pads=[1] * 4, activation=activation, **attributes)

    conv("Relu", residual=True)
    conv("Tanh")
    conv("Sigmoid")
    conv("LeakyRelu", [0.1])
    conv("Clip", [-1.0, 2.0])
    conv("HardSigmoid", [0.1, 0.4])

    def matmul(name, a, b, **attributes):
        case = FloatCase(f"fused_matmul_{name}")
        case.run(folder, "FusedMatMul", [case.x(*a), case.x(*b)], alpha=0.5, **attributes)

    matmul("batch_of_a", (3, 2, 4, 5), (2, 4, 5, 6), transBatchA=1)
    matmul("batch_of_b", (2, 3, 5), (5, 2, 6), transBatchB=1)
    matmul("batches_and_rows", (5, 2, 3), (5, 2, 6), transBatchA=1, transBatchB=1, transA=1)


def main():
    folder = pathlib.Path(sys.argv[1])
    for make in [attention, multi_head, group_query, fused]:
        make(folder)


if __name__ == "__main__":
    main()
