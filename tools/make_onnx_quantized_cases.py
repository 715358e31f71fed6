#!/usr/bin/env python3
"""Writes small ONNX models on codes of 8 bits and fewer, and what onnxruntime makes of them, as ONNX's
conformance cases are laid out: NAME/model.onnx, NAME/test_data_set_0/input_N.pb and output_0.pb.

  pip install onnx==1.23.2 onnxruntime==1.32.0 numpy ml_dtypes
  tools/make_onnx_quantized_cases.py tests/golden/onnx_quantized
"""
import pathlib
import sys

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper, numpy_helper

MICROSOFT = "com.microsoft"


class Case:
    """A graph under construction; constants and nodes are named as they come."""

    def __init__(self, name, seed=1):
        self.name, self.random = name, np.random.default_rng(seed)
        self.nodes, self.constants, self.inputs = [], [], {}

    def constant(self, value, dtype=None):
        array = np.asarray(value, dtype)
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def codes(self, *shape, dtype=np.int8):
        limits = np.iinfo(dtype)
        return self.random.integers(limits.min, limits.max, shape, endpoint=True).astype(dtype)

    def input(self, value):
        name = f"x{len(self.inputs)}"
        self.inputs[name] = np.asarray(value)
        return name

    def node(self, op, operands, domain="", **attributes):
        return self.nodes_of(op, operands, 1, domain, **attributes)[0]

    def nodes_of(self, op, operands, results, domain="", **attributes):
        names = [f"v{len(self.nodes)}" + (f"_{i}" if i else "") for i in range(results)]
        self.nodes.append(helper.make_node(op, operands, names, domain=domain, **attributes))
        return names

    def real(self, codes, scale, zero=None, **attributes):
        return self.node("DequantizeLinear", [codes, scale] + ([zero] if zero else []), **attributes)

    def write(self, folder, *results):
        inputs = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
                  for name, v in self.inputs.items()]
        graph = helper.make_graph(self.nodes, self.name, inputs, [onnx.ValueInfoProto(name=r) for r in results],
                                  self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        values = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, self.inputs)
        for output, value in zip(graph.output, values):
            kind = helper.np_dtype_to_tensor_dtype(value.dtype)
            output.CopyFrom(helper.make_tensor_value_info(output.name, kind, value.shape))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        data = folder / self.name / "test_data_set_0"
        data.mkdir(parents=True, exist_ok=True)
        (folder / self.name / "model.onnx").write_bytes(model.SerializeToString())
        for i, (name, v) in enumerate(self.inputs.items()):
            (data / f"input_{i}.pb").write_bytes(numpy_helper.from_array(v, name).SerializeToString())
        for i, (name, value) in enumerate(zip(results, values)):
            (data / f"output_{i}.pb").write_bytes(numpy_helper.from_array(value, name).SerializeToString())


def small(case, scale, zero, dtype=np.int8):
    return case.constant(scale, np.float32), case.constant(zero, dtype)


def weights(case, out, *rest):
    """Codes, scales an output, and the weights themselves as a real value."""
    scales = (case.random.random(out) * 0.02 + 0.01).astype(np.float32)
    codes = case.constant(case.random.integers(-127, 128, (out, *rest)).astype(np.int8))
    return codes, scales


def qdq_chain(folder):
    """Convolutions, a depthwise one, a sum, a pool, a concat, a mean and a matmul between codes."""
    case = Case("qdq_chain")
    fine, zero = small(case, 0.05, 7, np.uint8)
    wide, middle = small(case, 0.9, 120, np.uint8)
    x = case.real(case.input(case.codes(1, 5, 9, 10, dtype=np.uint8)), fine, zero)

    def conv(x, channels, out, size, group=1):
        codes, scales = weights(case, out, channels // group, size, size)
        bias = case.constant(case.random.integers(-500, 500, out), np.int32)
        unit = case.constant(scales * np.float32(0.05 if channels == 5 else 0.9))
        y = case.node("Conv", [x, case.real(codes, case.constant(scales),
                                            case.constant(np.zeros(out, np.int8)), axis=0),
                               case.real(bias, unit, axis=0)],
                      kernel_shape=[size, size], pads=[size // 2] * 4, group=group)
        return y

    def codes(y):
        return case.real(case.node("QuantizeLinear", [y, wide, middle]), wide, middle)

    a = codes(case.node("Relu", [conv(x, 5, 8, 3)]))
    b = codes(conv(a, 8, 8, 3, group=8))
    both = codes(case.node("Add", [a, b]))
    pooled = codes(case.node("MaxPool", [both], kernel_shape=[2, 2], strides=[2, 2]))
    gate = codes(case.node("Mul", [pooled, codes(case.node("Sigmoid", [pooled]))]))
    joined = codes(case.node("Concat", [gate, pooled], axis=1))
    mean = codes(case.node("GlobalAveragePool", [joined]))
    flat = codes(case.node("Flatten", [mean]))
    matrix, scales = weights(case, 16, 6)
    del scales
    one, none = small(case, 0.02, 0)
    product = case.node("MatMul", [flat, case.real(matrix, one, none)])
    case.write(folder, case.node("QuantizeLinear", [product, wide, middle]))


def qlinear_conv(folder):
    case = Case("qlinear_conv")
    x = case.input(case.codes(1, 4, 7, 7, dtype=np.uint8))
    codes, scales = weights(case, 6, 4, 3, 3)
    a, y = small(case, 0.03, 100, np.uint8), small(case, 1.1, 128, np.uint8)
    bias = case.constant(case.random.integers(-500, 500, 6), np.int32)
    operands = [x, *a, codes, case.constant(scales), case.constant(np.zeros(6, np.int8)), *y, bias]
    case.write(folder, case.node("QLinearConv", operands, pads=[1, 1, 1, 1]))


def qlinear_matmul(folder):
    case = Case("qlinear_matmul")
    x = case.input(case.codes(3, 20, dtype=np.uint8))
    b = case.constant(case.codes(20, 7))
    case.write(folder, case.node("QLinearMatMul", [x, *small(case, 0.02, 90, np.uint8), b,
                                                   *small(case, 0.01, 3), *small(case, 0.05, 128, np.uint8)]))


def qgemm(folder):
    for name, quantized in [("qgemm", True), ("qgemm_real", False)]:
        case = Case(name)
        x = case.input(case.codes(3, 20, dtype=np.uint8))
        b, bias = case.constant(case.codes(7, 20)), case.constant(case.random.integers(-900, 900, 7), np.int32)
        operands = [x, *small(case, 0.02, 90, np.uint8), b, *small(case, 0.01, 0), bias]
        operands += small(case, 0.2, 128, np.uint8) if quantized else []
        case.write(folder, case.node("QGemm", operands, MICROSOFT, transB=1))


def pools_and_functions(folder):
    from_x, to_y = (0.03, 100), (0.025, 90)

    def one(name, op, shape, y=to_y, **attributes):
        case = Case(name)
        x = case.input(case.codes(*shape, dtype=np.uint8))
        operands = [x, *small(case, *from_x, np.uint8), *small(case, *y, np.uint8)]
        case.write(folder, case.node(op, operands, MICROSOFT, **attributes))

    one("qlinear_average_pool", "QLinearAveragePool", (1, 3, 6, 7), kernel_shape=[3, 2], strides=[2, 1])
    one("qlinear_global_average_pool", "QLinearGlobalAveragePool", (1, 19, 5, 5), channels_last=0)
    one("qlinear_sigmoid", "QLinearSigmoid", (4, 33), (1 / 256, 0))
    one("qlinear_leaky_relu", "QLinearLeakyRelu", (4, 33), alpha=0.1)
    one("qlinear_softmax", "QLinearSoftmax", (4, 9), (1 / 256, 0), opset=13, axis=-1)


def qlinear_concat(folder):
    case = Case("qlinear_concat")
    y = small(case, 0.04, 110, np.uint8)
    a = [case.input(case.codes(2, 3, dtype=np.uint8)), *small(case, 0.04, 110, np.uint8)]
    b = [case.input(case.codes(2, 4, dtype=np.uint8)), *small(case, 0.03, 90, np.uint8)]
    case.write(folder, case.node("QLinearConcat", [*y, *a, *b], MICROSOFT, axis=1))


def dynamic(folder):
    case = Case("dynamic_quantize_matmul")
    x = case.input(case.random.normal(0, 1, (3, 20)).astype(np.float32))
    b = case.constant(case.codes(20, 7))
    scales = case.constant(case.random.random(7).astype(np.float32))
    case.write(folder, case.node("DynamicQuantizeMatMul", [x, b, scales, case.constant(np.zeros(7, np.int8)),
                                                           case.constant(np.arange(7, dtype=np.float32))],
                                 MICROSOFT))
    # One step from nothing, and numbers on a grid of 256: so onnxruntime's rounding of x and of the
    # hidden state loses nothing.
    case = Case("dynamic_quantize_lstm")
    values = case.random.integers(0, 256, (1, 2, 6)).astype(np.float32) * 0.01
    values[0, 0, :2] = [0, 2.55]
    x, hidden = case.input(values), 5
    operands = [x, case.constant(case.codes(2, 6, 4 * hidden)), case.constant(case.codes(2, hidden, 4 * hidden)),
                case.constant(case.random.normal(0, 1, (2, 8 * hidden)), np.float32), "", "", "", ""]
    for _ in range(2):
        operands += [case.constant([0.01, 0.02], np.float32), case.constant([0, 0], np.int8)]
    case.write(folder, case.node("DynamicQuantizeLSTM", operands, MICROSOFT, hidden_size=hidden,
                                 direction="bidirectional"))


def nbits(folder):
    """Weights in blocks: of each width, with each kind of zero point, whole blocks and a part of one."""

    def one(name, bits, block, k, zero=None, outputs=9, rows=(3,), dtype=np.float32, bias=False,
            groups=None, expand=False, **attributes):
        case, blocks = Case(f"matmul_nbits_{name}"), -(-k // block)
        x = case.input(case.random.normal(0, 1, (*rows, k)).astype(dtype))
        if expand:  # to a shape that is known only when run
            x = case.node("Expand", [x, case.input(np.array([2, 1, 1]))])
        codes = case.codes(outputs, blocks, block * bits // 8, dtype=np.uint8)
        scales = (case.random.random((outputs, blocks)) * 0.02 + 0.01).astype(np.float16)
        operands = [x, case.constant(codes), case.constant(scales, dtype)]
        if zero == "codes":
            operands.append(case.constant(case.codes(outputs, -(-blocks * bits // 8), dtype=np.uint8)))
        if zero == "floats":
            operands.append(case.constant(case.random.random((outputs, blocks)) * (1 << bits), dtype))
        if groups:
            operands += [""] * (4 - len(operands)) + [case.constant(groups, np.int32)]
        if bias:
            operands += [""] * (5 - len(operands)) + [case.constant(case.random.normal(0, 1, outputs), dtype)]
        case.write(folder, case.node("MatMulNBits", operands, MICROSOFT, K=k, N=outputs, bits=bits,
                                     block_size=block, **attributes))

    one("2_bits", 2, 16, 80, "codes")
    one("4_bits", 4, 32, 80, bias=True)
    one("4_bits_zeros", 4, 16, 48, "codes", rows=(2, 3))
    one("4_bits_real_zeros", 4, 64, 64, "floats")
    one("8_bits", 8, 128, 64, "codes")
    one("half", 4, 32, 64, dtype=np.float16)
    # With zero points, too, onnxruntime 1.32.0 would leave them out.
    one("groups", 4, 32, 96, groups=[i * 37 % 96 // 32 for i in range(96)], accuracy_level=4)
    one("groups_in_order", 4, 32, 80, rows=(), groups=[i // 32 for i in range(80)])
    # Here onnxruntime rounds x to 8 bits a block of 32, as hone does, which keeps scales in f16.
    one("int8_4_bits", 4, 32, 96, outputs=40, rows=(2, 3), bias=True, accuracy_level=4)
    one("int8_4_bits_zeros", 4, 32, 96, "codes", outputs=40, accuracy_level=4)
    one("int8_8_bits", 8, 32, 96, outputs=40, accuracy_level=4)
    one("int8_2_bits", 2, 32, 96, outputs=40, accuracy_level=4)
    one("int8_of_any_shape", 4, 32, 96, outputs=40, expand=True, accuracy_level=4)


def gather_block_quantized(folder):
    def one(name, codes, scale_shape, zeros=None, indices=((0, 3), (2, 2)), **attributes):
        case = Case(f"gather_block_quantized_{name}")
        scales = (case.random.random(scale_shape) * 0.02 + 0.01).astype(np.float32)
        operands = [case.constant(codes(case)), case.input(np.array(indices, np.int64)), case.constant(scales)]
        if zeros:
            operands.append(case.constant(zeros(case)))
        case.write(folder, case.node("GatherBlockQuantized", operands, MICROSOFT, block_size=16, **attributes))

    def codes(*shape):
        return lambda case: case.codes(*shape, dtype=np.uint8)

    one("4_bits", codes(5, 20), (5, 3), bits=4)
    one("8_bits", codes(5, 40), (5, 3), bits=8)
    one("4_bits_zeros", codes(5, 20), (5, 3), codes(5, 2), bits=4)
    one("8_bits_zeros", codes(5, 40), (5, 3), codes(5, 3), bits=8)
    one("2_bits_zeros", codes(5, 20), (5, 5), codes(5, 2), bits=2)

    def int4(case):
        return case.random.integers(-8, 8, (5, 20, 3)).astype(ml_dtypes.int4)

    one("int4", int4, (5, 2, 3), quantize_axis=1)
    one("int4_inside", int4, (5, 2, 3), quantize_axis=1, gather_axis=2, indices=(0, 2))


def main():
    folder = pathlib.Path(sys.argv[1])
    for make in [qdq_chain, qlinear_conv, qlinear_matmul, qgemm, pools_and_functions, qlinear_concat, dynamic,
                 nbits, gather_block_quantized]:
        make(folder)


if __name__ == "__main__":
    main()
