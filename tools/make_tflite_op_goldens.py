#!/usr/bin/env python3
"""Writes tests/golden/tflite/ops.txt: models of one operator each, and a few of several, what goes in,
and what LiteRT's reference kernels make of it; and fuzz/corpus/tflite_import, some of the models.

    pip install ai-edge-litert==2.3.0 flatbuffers==25.12.19 numpy
    python tools/make_tflite_op_goldens.py

A line each: "model NAME HEX", then "in DTYPE SHAPE HEX" and "out DTYPE SHAPE HEX" in the model's order;
"next" stands between the runs of one session. "refused NAME HEX": a model that must not be imported.
"""
import pathlib

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s
from flatbuffers import flexbuffers
from ai_edge_litert.interpreter import Interpreter, OpResolverType

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "tests/golden/tflite/ops.txt"
CORPUS = ROOT / "fuzz/corpus/tflite_import"
# What the fuzzer of imports starts from.
FUZZED = set("""add_int8 arg_max average_pool batch_matmul batch_to_space bilinear broadcast_to bucketize cast
    concat_uint8 conv_grouped conv_int8 conv_int16 cumsum depth_to_space depthwise_int8 detection dequantize_f16
    embedding_int8 expand_dims fake_quant fully_connected_int8 gather_batch gather_nd if l2_normalization
    leaky_relu_int8 lstm lstm_coupled mean_int8 mirror_symmetric one_hot pack pad_int8 prelu requantize
    reshape_option reverse_sequence rnn scatter_nd select slice softmax_int8 space_to_batch_int8 sparse_to_dense
    split_v squeeze strided_slice_ellipsis svdf tile top_k transpose transpose_conv_int8 unique unpack variable
    where while conv_3d_transpose lstm_both_merged rnn_both spectrum suppression_scored transpose_conv_bias""".split())
TYPES = {"f4": s.TensorType.FLOAT32, "f2": s.TensorType.FLOAT16, "i1": s.TensorType.INT8,
         "u1": s.TensorType.UINT8, "i2": s.TensorType.INT16, "i4": s.TensorType.INT32,
         "i8": s.TensorType.INT64, "b1": s.TensorType.BOOL, "c8": s.TensorType.COMPLEX64}
RNG = np.random.default_rng(5)


class T:
    """A tensor: of a shape, or a constant; quantized where there is a scale."""

    def __init__(self, shape=None, dtype="f4", value=None, scale=None, zero=0, axis=0, low=-2, high=2):
        self.dtype = np.dtype(dtype)
        self.value = None if value is None else np.asarray(value, self.dtype)
        self.shape = list(shape) if self.value is None else list(self.value.shape)
        self.scale, self.zero, self.axis, self.low, self.high = scale, zero, axis, low, high
        self.signature = None  # as the shape, -1 for what may be resized

    def random(self):
        if self.dtype.kind == "f":
            return RNG.uniform(self.low, self.high, self.shape).astype(self.dtype)
        if self.dtype.kind == "b":
            return RNG.integers(0, 2, self.shape).astype(self.dtype)
        if self.scale is None:
            return RNG.integers(1, 9, self.shape).astype(self.dtype)
        limits = np.iinfo(self.dtype)
        return RNG.integers(limits.min, limits.max, self.shape, endpoint=True).astype(self.dtype)


def weight(*shape, dtype="f4", scale=None, axis=0):
    made = T(shape, dtype, scale=scale, axis=axis)
    if dtype == "i4":
        return T(value=RNG.integers(-200, 200, shape), dtype="i4", scale=scale)
    made.value = made.random()
    if dtype == "i1":
        made.value = np.maximum(made.value, -127)
    return made


def options_of(kind, fields, union=s.BuiltinOptions):
    if kind is None:
        return None, 0
    made = getattr(s, kind + "T")()
    for name, value in fields.items():
        setattr(made, name, value)
    return made, getattr(union, kind)


def tensor_of(t, name, buffers):
    made = s.TensorT()
    made.name, made.type = name, TYPES[t.dtype.str[1:]]
    made.shape = np.array(t.shape, np.int32)
    made.buffer = 0
    if t.signature is not None:
        made.shapeSignature = np.array(t.signature, np.int32)
    if t.value is not None:
        buffer = s.BufferT()
        buffer.data = np.frombuffer(t.value.tobytes(), np.uint8)
        made.buffer = len(buffers)
        buffers.append(buffer)
    if t.scale is not None:
        q = s.QuantizationParametersT()
        q.scale = np.atleast_1d(np.array(t.scale, np.float32))
        q.zeroPoint = np.broadcast_to(np.array(t.zero, np.int64), q.scale.shape).copy()
        q.quantizedDimension = t.axis
        made.quantization = q
    return made


def model_of(op, kind, fields, inputs, outputs, version=1):
    buffers, graph, node, code = [s.BufferT()], s.SubGraphT(), s.OperatorT(), s.OperatorCodeT()
    graph.tensors = [tensor_of(t, f"in{i}", buffers) for i, t in enumerate(inputs) if t is not None]
    places, next_place = [], 0
    for t in inputs:
        places.append(-1 if t is None else next_place)
        next_place += t is not None
    graph.tensors += [tensor_of(t, f"out{i}", buffers) for i, t in enumerate(outputs)]
    made = list(range(next_place, next_place + len(outputs)))
    given = [p for p, t in zip(places, inputs) if t is not None and t.value is None]
    graph.inputs, graph.outputs = np.array(given, np.int32), np.array(made, np.int32)
    code.builtinCode = getattr(s.BuiltinOperator, op)
    code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), version
    node.inputs, node.outputs = np.array(places, np.int32), np.array(made, np.int32)
    node.builtinOptions, node.builtinOptionsType = options_of(kind, fields)
    graph.operators = [node]
    model = s.ModelT()
    model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], buffers
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class Net:
    """A model of several operators and subgraphs, for what one operator cannot show."""

    def __init__(self):
        self.model, self.codes = s.ModelT(), []
        self.model.version, self.model.subgraphs, self.model.buffers = 3, [], [s.BufferT()]

    def graph(self, name):
        graph = s.SubGraphT()
        graph.name, graph.tensors, graph.operators, graph.inputs, graph.outputs = name, [], [], [], []
        self.model.subgraphs.append(graph)
        return len(self.model.subgraphs) - 1

    def tensor(self, graph, t, name, variable=False, type=None):
        tensors = self.model.subgraphs[graph].tensors
        made = tensor_of(t, name, self.model.buffers)
        made.isVariable = variable
        made.type = made.type if type is None else type
        tensors.append(made)
        return len(tensors) - 1

    def op(self, graph, op, kind, fields, inputs, outputs, version=1, custom=None):
        key = (op, version)
        if key not in self.codes:
            code = s.OperatorCodeT()
            code.builtinCode, code.version = getattr(s.BuiltinOperator, op), version
            code.deprecatedBuiltinCode = min(code.builtinCode, 127)
            code.customCode = custom[0] if custom else None
            self.codes.append(key)
            self.model.operatorCodes = (self.model.operatorCodes or []) + [code]
        node = s.OperatorT()
        node.opcodeIndex = self.codes.index(key)
        node.inputs, node.outputs = np.array(inputs, np.int32), np.array(outputs, np.int32)
        if kind is not None and kind.startswith("StableHLO"):
            node.builtinOptions2, node.builtinOptions2Type = options_of(kind, fields, s.BuiltinOptions2)
        else:
            node.builtinOptions, node.builtinOptionsType = options_of(kind, fields)
        if custom:
            node.customOptions = np.frombuffer(custom[1], np.uint8)
        self.model.subgraphs[graph].operators.append(node)

    def ends(self, graph, inputs, outputs):
        made = self.model.subgraphs[graph]
        made.inputs, made.outputs = np.array(inputs, np.int32), np.array(outputs, np.int32)

    def bytes(self):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def f(*shape):
    return T(shape)


def q(*shape, dtype="i1", scale=0.02, zero=3):
    return T(shape, dtype, scale=scale, zero=zero)


def ints(*values):
    return T(value=list(values), dtype="i4")


SAME, VALID, RELU, RELU6, TANH = 0, 1, 1, 3, 4


def conv(padding=SAME, h=1, w=1, dh=1, dw=1, act=0, **more):
    return {"padding": padding, "strideH": h, "strideW": w, "dilationHFactor": dh,
            "dilationWFactor": dw, "fusedActivationFunction": act, **more}


def pool(padding, h, w, fh, fw, act=0):
    return {"padding": padding, "strideH": h, "strideW": w, "filterHeight": fh, "filterWidth": fw,
            "fusedActivationFunction": act}


def products():
    C, D = "Conv2DOptions", "DepthwiseConv2DOptions"
    yield "conv_same", "CONV_2D", C, conv(h=2, w=1, act=RELU), [f(2, 6, 5, 3), weight(4, 3, 2, 3), weight(4)], [f(2, 3, 5, 4)]
    yield "conv_valid_dilated", "CONV_2D", C, conv(VALID, dh=2, act=RELU6), [f(1, 7, 5, 2), weight(3, 3, 2, 2), weight(3)], [f(1, 3, 4, 3)]
    yield "conv_grouped", "CONV_2D", C, conv(), [f(1, 4, 4, 6), weight(4, 3, 3, 3), weight(4)], [f(1, 4, 4, 4)]
    yield "conv_int8", "CONV_2D", C, conv(act=RELU), [q(1, 5, 5, 3), weight(4, 3, 3, 3, dtype="i1", scale=[.01, .02, .005, .03]), weight(4, dtype="i4", scale=[.0002, .0004, .0001, .0006])], [q(1, 5, 5, 4, scale=.1, zero=-128)]
    yield "conv_uint8", "CONV_2D", C, conv(VALID), [q(1, 5, 5, 3, dtype="u1", zero=120), T(value=RNG.integers(0, 255, (2, 3, 3, 3)), dtype="u1", scale=.01, zero=130), weight(2, dtype="i4", scale=.0002)], [q(1, 3, 3, 2, dtype="u1", scale=.1, zero=128)]
    yield "depthwise", "DEPTHWISE_CONV_2D", D, conv(h=2, w=2, depthMultiplier=2, act=RELU6), [f(1, 6, 5, 3), weight(1, 3, 3, 6), weight(6)], [f(1, 3, 3, 6)]
    yield "depthwise_int8", "DEPTHWISE_CONV_2D", D, conv(depthMultiplier=1), [q(1, 5, 5, 4), weight(1, 3, 3, 4, dtype="i1", scale=[.01, .02, .005, .03], axis=3), weight(4, dtype="i4", scale=[.0002, .0004, .0001, .0006])], [q(1, 5, 5, 4, scale=.05, zero=7)]
    F = "FullyConnectedOptions"
    yield "fully_connected", "FULLY_CONNECTED", F, {"fusedActivationFunction": RELU}, [f(2, 2, 3), weight(4, 6), weight(4)], [f(2, 4)]
    yield "fully_connected_kept", "FULLY_CONNECTED", F, {"keepNumDims": True}, [f(2, 2, 6), weight(4, 6), None], [f(2, 2, 4)]
    yield "fully_connected_int8", "FULLY_CONNECTED", F, {}, [q(3, 8), weight(4, 8, dtype="i1", scale=.01), weight(4, dtype="i4", scale=.0002)], [q(3, 4, scale=.04)]
    yield "batch_matmul", "BATCH_MATMUL", "BatchMatMulOptions", {"adjY": True}, [f(2, 3, 4), f(2, 5, 4)], [f(2, 3, 5)]


def pools_and_reductions():
    P, R = "Pool2DOptions", "ReducerOptions"
    yield "average_pool", "AVERAGE_POOL_2D", P, pool(SAME, 2, 2, 3, 3, RELU), [f(1, 5, 6, 3)], [f(1, 3, 3, 3)]
    yield "average_pool_int8", "AVERAGE_POOL_2D", P, pool(VALID, 1, 1, 2, 3), [q(1, 5, 6, 3)], [q(1, 4, 4, 3)]
    yield "max_pool", "MAX_POOL_2D", P, pool(SAME, 2, 1, 2, 2), [f(1, 5, 6, 3)], [f(1, 3, 6, 3)]
    yield "max_pool_int8", "MAX_POOL_2D", P, pool(VALID, 2, 2, 2, 2), [q(1, 4, 6, 3)], [q(1, 2, 3, 3)]
    yield "l2_pool", "L2_POOL_2D", P, pool(VALID, 2, 2, 2, 2), [f(1, 4, 6, 3)], [f(1, 2, 3, 3)]
    yield "mean", "MEAN", R, {"keepDims": False}, [f(2, 3, 4, 5), ints(1, 2)], [f(2, 5)]
    yield "mean_int8", "MEAN", R, {"keepDims": True}, [q(1, 3, 4, 5), ints(1, 2)], [q(1, 1, 1, 5, scale=.01, zero=-4)]
    yield "sum", "SUM", R, {}, [f(2, 3, 4), ints(-1)], [f(2, 3)]
    yield "reduce_max", "REDUCE_MAX", R, {"keepDims": True}, [f(2, 3, 4), ints(1)], [f(2, 1, 4)]
    yield "reduce_min", "REDUCE_MIN", R, {}, [f(2, 3, 4), ints(0, 1)], [f(4)]
    yield "reduce_prod", "REDUCE_PROD", R, {}, [f(2, 3), ints(1)], [f(2)]
    yield "softmax", "SOFTMAX", "SoftmaxOptions", {"beta": 1.5}, [f(2, 7)], [f(2, 7)]
    yield "softmax_int8", "SOFTMAX", "SoftmaxOptions", {"beta": 1.0}, [q(2, 7, scale=.05)], [q(2, 7, scale=1 / 256, zero=-128)]
    yield "log_softmax", "LOG_SOFTMAX", "LogSoftmaxOptions", {}, [f(2, 7)], [f(2, 7)]
    yield "l2_normalization", "L2_NORMALIZATION", "L2NormOptions", {}, [f(2, 7)], [f(2, 7)]
    yield "arg_max", "ARG_MAX", "ArgMaxOptions", {"outputType": s.TensorType.INT32}, [f(2, 7), T(value=1, dtype="i4")], [T([2], "i4")]
    yield "arg_min", "ARG_MIN", "ArgMinOptions", {"outputType": s.TensorType.INT64}, [f(3, 4), T(value=0, dtype="i4")], [T([4], "i8")]


def elementwise():
    for name in ["ADD", "SUB", "MUL", "DIV"]:
        kind = name.capitalize() + "Options"
        yield name.lower(), name, kind, {"fusedActivationFunction": RELU6}, [f(2, 1, 4), T([3, 1], low=1)], [f(2, 3, 4)]
    yield "add_int8", "ADD", "AddOptions", {}, [q(2, 3, 4), q(2, 3, 4, scale=.05, zero=-7)], [q(2, 3, 4, scale=.07)]
    yield "mul_int8", "MUL", "MulOptions", {}, [q(2, 3, 4), q(2, 3, 4, scale=.05, zero=-7)], [q(2, 3, 4, scale=.1)]
    yield "sub_int8", "SUB", "SubOptions", {}, [q(2, 3, 4), q(2, 3, 4, scale=.05, zero=-7)], [q(2, 3, 4, scale=.07)]
    for name, kind in [("MAXIMUM", "MaximumMinimumOptions"), ("MINIMUM", "MaximumMinimumOptions"), ("SQUARED_DIFFERENCE", "SquaredDifferenceOptions")]:
        yield name.lower(), name, kind, {}, [f(2, 3), f(2, 3)], [f(2, 3)]
    yield "pow", "POW", "PowOptions", {}, [T([2, 3], low=.5), f(2, 3)], [f(2, 3)]
    yield "floor_div", "FLOOR_DIV", "FloorDivOptions", {}, [T([9], "i4"), T(value=[-4, -3, -2, -1, 1, 2, 3, 4, 5], dtype="i4")], [T([9], "i4")]
    yield "floor_mod", "FLOOR_MOD", "FloorModOptions", {}, [T([9], "i4"), T(value=[-4, -3, -2, -1, 1, 2, 3, 4, 5], dtype="i4")], [T([9], "i4")]
    yield "prelu", "PRELU", None, {}, [f(1, 3, 3, 2), weight(1, 1, 2)], [f(1, 3, 3, 2)]
    yield "not_equal", "NOT_EQUAL", "NotEqualOptions", {}, [T([6], "i4"), T(value=[4] * 6, dtype="i4")], [T([6], "b1")]
    yield "less", "LESS", "LessOptions", {}, [f(5), f(5)], [T([5], "b1")]
    yield "logical_or", "LOGICAL_OR", "LogicalOrOptions", {}, [T([6], "b1"), T([6], "b1")], [T([6], "b1")]
    yield "select_v2", "SELECT_V2", "SelectV2Options", {}, [T([3, 1], "b1"), f(3, 2), f(3, 2)], [f(3, 2)]
    for name in ["RELU", "RELU6", "RELU_N1_TO_1", "LOGISTIC", "TANH", "SIN", "FLOOR"]:
        yield name.lower(), name, None, {}, [T([2, 9], low=-8, high=8)], [f(2, 9)]
    for name, kind in [("NEG", "NegOptions"), ("ABS", "AbsOptions"), ("EXP", "ExpOptions"), ("COS", "CosOptions"), ("SQUARE", "SquareOptions"), ("HARD_SWISH", "HardSwishOptions"), ("GELU", "GeluOptions")]:
        yield name.lower(), name, kind, {}, [T([2, 9], low=-4, high=4)], [f(2, 9)]
    for name in ["LOG", "SQRT", "RSQRT"]:
        yield name.lower(), name, None, {}, [T([7], low=.1)], [f(7)]
    yield "leaky_relu", "LEAKY_RELU", "LeakyReluOptions", {"alpha": .2}, [f(9)], [f(9)]
    yield "logistic_int8", "LOGISTIC", None, {}, [q(20, scale=.06)], [q(20, scale=1 / 256, zero=-128)]
    yield "tanh_int8", "TANH", None, {}, [q(20, scale=.03)], [q(20, scale=1 / 128, zero=0)]
    yield "leaky_relu_int8", "LEAKY_RELU", "LeakyReluOptions", {"alpha": .2}, [q(20)], [q(20, scale=.03, zero=-5)]
    yield "cast", "CAST", "CastOptions", {"inDataType": s.TensorType.FLOAT32, "outDataType": s.TensorType.INT32}, [f(7)], [T([7], "i4")]
    yield "quantize", "QUANTIZE", "QuantizeOptions", {}, [f(20)], [q(20)]
    yield "requantize", "QUANTIZE", "QuantizeOptions", {}, [q(20)], [q(20, dtype="u1", scale=.03, zero=100)]
    yield "dequantize", "DEQUANTIZE", "DequantizeOptions", {}, [q(20)], [f(20)]
    yield "dequantize_f16", "DEQUANTIZE", "DequantizeOptions", {}, [T([7], "f2")], [f(7)]


def movers():
    yield "reshape", "RESHAPE", "ReshapeOptions", {}, [f(2, 3, 4), ints(4, -1)], [f(4, 6)]
    yield "reshape_option", "RESHAPE", "ReshapeOptions", {"newShape": np.array([6, 4], np.int32)}, [f(2, 3, 4)], [f(6, 4)]
    yield "squeeze", "SQUEEZE", "SqueezeOptions", {"squeezeDims": np.array([1], np.int32)}, [f(2, 1, 3, 1)], [f(2, 3, 1)]
    yield "expand_dims", "EXPAND_DIMS", "ExpandDimsOptions", {}, [f(2, 3), T(value=-1, dtype="i4")], [f(2, 3, 1)]
    yield "transpose", "TRANSPOSE", "TransposeOptions", {}, [f(2, 3, 4), ints(2, 0, 1)], [f(4, 2, 3)]
    yield "concat", "CONCATENATION", "ConcatenationOptions", {"axis": -1}, [f(2, 3), f(2, 4)], [f(2, 7)]
    yield "concat_int8", "CONCATENATION", "ConcatenationOptions", {"axis": 1}, [q(2, 3), q(2, 4)], [q(2, 7)]
    yield "concat_uint8", "CONCATENATION", "ConcatenationOptions", {"axis": 1}, [q(2, 3, dtype="u1"), q(2, 4, dtype="u1", scale=.03, zero=90)], [q(2, 7, dtype="u1", scale=.05, zero=80)]
    yield "pack", "PACK", "PackOptions", {"axis": 1, "valuesCount": 2}, [f(2, 3), f(2, 3)], [f(2, 2, 3)]
    yield "unpack", "UNPACK", "UnpackOptions", {"axis": 1, "num": 2}, [f(3, 2)], [f(3), f(3)]
    yield "split", "SPLIT", "SplitOptions", {"numSplits": 2}, [T(value=1, dtype="i4"), f(3, 4)], [f(3, 2), f(3, 2)]
    yield "split_v", "SPLIT_V", "SplitVOptions", {"numSplits": 2}, [f(3, 5), ints(1, 4), T(value=1, dtype="i4")], [f(3, 1), f(3, 4)]
    pairs = T(value=[[0, 0], [1, 2], [0, 1], [0, 0]], dtype="i4")
    yield "pad", "PAD", "PadOptions", {}, [f(1, 3, 3, 2), pairs], [f(1, 6, 4, 2)]
    yield "pad_int8", "PAD", "PadOptions", {}, [q(1, 3, 3, 2), pairs], [q(1, 6, 4, 2)]
    yield "pad_v2", "PADV2", "PadV2Options", {}, [f(1, 3, 3, 2), pairs, T(value=1.5)], [f(1, 6, 4, 2)]
    yield "mirror_pad", "MIRROR_PAD", "MirrorPadOptions", {"mode": 0}, [f(3, 4), T(value=[[1, 2], [0, 3]], dtype="i4")], [f(6, 7)]
    yield "slice", "SLICE", "SliceOptions", {}, [f(4, 5), ints(1, 2), ints(2, -1)], [f(2, 3)]
    yield "strided_slice", "STRIDED_SLICE", "StridedSliceOptions", {"beginMask": 1, "endMask": 2, "shrinkAxisMask": 4}, [f(4, 5, 3), ints(9, 1, -1), ints(3, 9, 9), ints(1, 2, 1)], [f(3, 2)]
    yield "strided_slice_back", "STRIDED_SLICE", "StridedSliceOptions", {"beginMask": 1, "endMask": 1}, [f(4, 3), ints(0, 0), ints(0, 2), ints(-1, 1)], [f(4, 2)]
    yield "gather", "GATHER", "GatherOptions", {"axis": 1}, [f(2, 5), ints(4, 0, 0)], [f(2, 3)]
    yield "tile", "TILE", "TileOptions", {}, [f(2, 3), ints(2, 3)], [f(4, 9)]
    yield "broadcast_to", "BROADCAST_TO", "BroadcastToOptions", {}, [f(3, 1), ints(2, 3, 4)], [f(2, 3, 4)]
    yield "shape", "SHAPE", "ShapeOptions", {"outType": s.TensorType.INT32}, [f(3, 5)], [T([2], "i4")]
    R = "ResizeBilinearOptions"
    yield "bilinear", "RESIZE_BILINEAR", R, {}, [f(1, 3, 4, 2), ints(6, 6)], [f(1, 6, 6, 2)]
    yield "bilinear_corners", "RESIZE_BILINEAR", R, {"alignCorners": True}, [f(1, 3, 4, 2), ints(6, 7)], [f(1, 6, 7, 2)]
    yield "bilinear_half", "RESIZE_BILINEAR", R, {"halfPixelCenters": True}, [f(1, 3, 4, 2), ints(6, 2)], [f(1, 6, 2, 2)]
    N = "ResizeNearestNeighborOptions"
    yield "nearest", "RESIZE_NEAREST_NEIGHBOR", N, {}, [f(1, 3, 4, 2), ints(7, 6)], [f(1, 7, 6, 2)]
    yield "nearest_corners", "RESIZE_NEAREST_NEIGHBOR", N, {"alignCorners": True}, [f(1, 3, 4, 2), ints(6, 7)], [f(1, 6, 7, 2)]
    yield "nearest_half", "RESIZE_NEAREST_NEIGHBOR", N, {"halfPixelCenters": True}, [f(1, 3, 4, 2), ints(6, 2)], [f(1, 6, 2, 2)]
    yield "depth_to_space", "DEPTH_TO_SPACE", "DepthToSpaceOptions", {"blockSize": 2}, [f(1, 2, 3, 8)], [f(1, 4, 6, 2)]
    yield "space_to_depth", "SPACE_TO_DEPTH", "SpaceToDepthOptions", {"blockSize": 2}, [f(1, 4, 6, 2)], [f(1, 2, 3, 8)]


def more_movers():
    yield "transpose_conv_same", "TRANSPOSE_CONV", "TransposeConvOptions", {"padding": SAME, "strideH": 2, "strideW": 3}, [ints(1, 6, 10, 3), weight(3, 3, 4, 2), f(1, 3, 4, 2)], [f(1, 6, 10, 3)]
    yield "transpose_conv_valid", "TRANSPOSE_CONV", "TransposeConvOptions", {"padding": VALID, "strideH": 2, "strideW": 1, "fusedActivationFunction": RELU}, [ints(1, 7, 6, 3), weight(3, 3, 3, 2), f(1, 3, 4, 2), weight(3)], [f(1, 7, 6, 3)]
    yield "transpose_conv_int8", "TRANSPOSE_CONV", "TransposeConvOptions", {"padding": SAME, "strideH": 2, "strideW": 2}, [ints(1, 6, 8, 3), weight(3, 3, 3, 2, dtype="i1", scale=[.01, .02, .005]), q(1, 3, 4, 2), weight(3, dtype="i4", scale=[.0002, .0004, .0001])], [q(1, 6, 8, 3, scale=.1)]
    block, pads = ints(2, 3), T(value=[[1, 1], [0, 2]], dtype="i4")
    yield "space_to_batch", "SPACE_TO_BATCH_ND", "SpaceToBatchNDOptions", {}, [f(2, 4, 7, 3), block, pads], [f(12, 3, 3, 3)]
    yield "space_to_batch_int8", "SPACE_TO_BATCH_ND", "SpaceToBatchNDOptions", {}, [q(2, 4, 7, 3), block, pads], [q(12, 3, 3, 3)]
    yield "batch_to_space", "BATCH_TO_SPACE_ND", "BatchToSpaceNDOptions", {}, [f(12, 3, 3, 3), block, pads], [f(2, 4, 7, 3)]
    yield "gather_nd", "GATHER_ND", "GatherNdOptions", {}, [f(3, 4, 2), T(value=[[0, 3], [2, 1]], dtype="i4")], [f(2, 2)]
    yield "gather_batch", "GATHER", "GatherOptions", {"axis": 1, "batchDims": 1}, [f(2, 5, 2), T(value=[[4, 0], [1, 1]], dtype="i4")], [f(2, 2, 2)]
    yield "scatter_nd", "SCATTER_ND", "ScatterNdOptions", {}, [T(value=[[4], [0], [4]], dtype="i4"), f(3, 2), ints(6, 2)], [f(6, 2)]
    yield "sparse_to_dense", "SPARSE_TO_DENSE", "SparseToDenseOptions", {}, [T(value=[[0, 1], [2, 0]], dtype="i4"), ints(3, 2), f(2), T(value=-1)], [f(3, 2)]
    yield "top_k", "TOPK_V2", "TopKV2Options", {}, [f(3, 7), T(value=3, dtype="i4")], [f(3, 3), T([3, 3], "i4")]
    yield "cumsum", "CUMSUM", "CumsumOptions", {"exclusive": True, "reverse": True}, [f(3, 4), T(value=1, dtype="i4")], [f(3, 4)]
    yield "one_hot", "ONE_HOT", "OneHotOptions", {"axis": 1}, [T(value=[[0, 2], [3, 1]], dtype="i4"), T(value=4, dtype="i4"), T(value=2.5), T(value=-1)], [f(2, 4, 2)]
    yield "reverse", "REVERSE_V2", "ReverseV2Options", {}, [f(3, 4), ints(1)], [f(3, 4)]
    yield "reverse_sequence", "REVERSE_SEQUENCE", "ReverseSequenceOptions", {"seqDim": 1, "batchDim": 0}, [f(2, 4, 2), ints(2, 3)], [f(2, 4, 2)]
    yield "select", "SELECT", "SelectOptions", {}, [T([3], "b1"), f(3, 2), f(3, 2)], [f(3, 2)]
    yield "zeros_like", "ZEROS_LIKE", "ZerosLikeOptions", {}, [f(3, 2)], [f(3, 2)]
    yield "rank", "RANK", "RankOptions", {}, [f(3, 2)], [T([], "i4")]
    yield "where", "WHERE", "WhereOptions", {}, [T([3, 4], "b1")], [None]
    yield "unique", "UNIQUE", "UniqueOptions", {"idxOutType": s.TensorType.INT32}, [T(value=[3, 1, 3, 2, 1], dtype="i4")], [None, T([5], "i4")]
    yield "reduce_any", "REDUCE_ANY", "ReducerOptions", {}, [T([3, 4], "b1"), ints(1)], [T([3], "b1")]
    yield "reduce_all", "REDUCE_ALL", "ReducerOptions", {"keepDims": True}, [T([3, 2], "b1"), ints(1)], [T([3, 1], "b1")]
    yield "mirror_symmetric", "MIRROR_PAD", "MirrorPadOptions", {"mode": 1}, [f(3, 4), T(value=[[1, 3], [0, 2]], dtype="i4")], [f(7, 6)]
    yield "local_response", "LOCAL_RESPONSE_NORMALIZATION", "LocalResponseNormalizationOptions", {"radius": 2, "bias": 1.5, "alpha": .3, "beta": .6}, [f(1, 2, 3, 7)], [f(1, 2, 3, 7)]
    yield "embedding", "EMBEDDING_LOOKUP", None, {}, [ints(2, 0), weight(4, 3)], [f(2, 3)]
    yield "embedding_int8", "EMBEDDING_LOOKUP", None, {}, [ints(2, 0), weight(4, 3, dtype="i1", scale=.1)], [f(2, 3)]
    yield "fake_quant", "FAKE_QUANT", "FakeQuantOptions", {"min": -1.3, "max": 1.7, "numBits": 4}, [f(20)], [f(20)]
    yield "bucketize", "BUCKETIZE", "BucketizeOptions", {"boundaries": np.array([-1, 0, .5], np.float32)}, [f(9)], [T([9], "i4")]
    yield "strided_slice_new_axis", "STRIDED_SLICE", "StridedSliceOptions", {"newAxisMask": 2, "shrinkAxisMask": 1}, [f(4, 5, 3), ints(1, 0, 2), ints(2, 1, 4), ints(1, 1, 1)], [f(1, 2, 3)]
    yield "strided_slice_ellipsis", "STRIDED_SLICE", "StridedSliceOptions", {"ellipsisMask": 2, "newAxisMask": 4}, [f(4, 5, 3), ints(1, 0, 0, 1), ints(3, 0, 0, 3), ints(1, 1, 1, 1)], [f(2, 5, 1, 2)]
    yield "floor_div_float", "FLOOR_DIV", "FloorDivOptions", {}, [T([9], low=-9, high=9), T(value=[-4, -3, -2, -1, 1, 2, 3, 4, 5])], [f(9)]
    w16 = weight(4, 3, 3, 3, dtype="i1", scale=[.01, .02, .005, .03])
    yield "conv_int16", "CONV_2D", "Conv2DOptions", conv(act=RELU), [q(1, 5, 5, 3, dtype="i2", scale=2e-4, zero=0), w16, T(value=RNG.integers(-2e5, 2e5, 4), dtype="i8", scale=[2e-6, 4e-6, 1e-6, 6e-6])], [q(1, 5, 5, 4, dtype="i2", scale=1e-3, zero=0)]
    yield "add_int16", "ADD", "AddOptions", {}, [q(2, 3, 4, dtype="i2", scale=2e-4, zero=0), q(2, 3, 4, dtype="i2", scale=3e-4, zero=0)], [q(2, 3, 4, dtype="i2", scale=5e-4, zero=0)]


def more_elementwise():
    yield "add_n", "ADD_N", "AddNOptions", {}, [f(5), f(5), f(5)], [f(5)]
    yield "atan2", "ATAN2", "ATan2Options", {}, [f(9), f(9)], [f(9)]
    yield "bitwise_xor", "BITWISE_XOR", "BitwiseXorOptions", {}, [T([9], "i4"), T([9], "i4")], [T([9], "i4")]
    yield "right_shift", "RIGHT_SHIFT", "RightShiftOptions", {}, [T([9], "i4"), T(value=[1] * 9, dtype="i4")], [T([9], "i4")]
    for name in ["CEIL", "ROUND", "ELU", "SIGN", "RELU_0_TO_1"]:
        yield name.lower(), name, None, {}, [f(20)], [f(20)]
    for name, kind in [("EQUAL", "EqualOptions"), ("GREATER", "GreaterOptions"), ("GREATER_EQUAL", "GreaterEqualOptions"), ("LESS_EQUAL", "LessEqualOptions")]:
        yield name.lower(), name, kind, {}, [T([9], "i4"), T(value=[4] * 9, dtype="i4")], [T([9], "b1")]
    yield "less_int8", "LESS", "LessOptions", {}, [q(20), q(20, scale=.05, zero=-7)], [T([20], "b1")]
    yield "logical_and", "LOGICAL_AND", "LogicalAndOptions", {}, [T([6], "b1"), T([6], "b1")], [T([6], "b1")]
    yield "logical_not", "LOGICAL_NOT", "LogicalNotOptions", {}, [T([6], "b1")], [T([6], "b1")]
    yield "fill", "FILL", "FillOptions", {}, [ints(2, 3), T(value=1.5)], [f(2, 3)]
    yield "range", "RANGE", "RangeOptions", {}, [T(value=2, dtype="i4"), T(value=9, dtype="i4"), T(value=3, dtype="i4")], [None]
    yield "slice_by_values", "SLICE", "SliceOptions", {}, [f(20, 20), T([2], "i4"), T([2], "i4")], [None]
    yield "strided_slice_by_values", "STRIDED_SLICE", "StridedSliceOptions", {"shrinkAxisMask": 1, "endMask": 2}, [f(20, 20), T([2], "i4"), T([2], "i4"), ints(1, 2)], [None]


def late_movers():
    """Behind all others, so that those keep their random inputs."""
    yield "strided_slice_before", "STRIDED_SLICE", "StridedSliceOptions", {}, [f(4, 3), ints(-5, -3), ints(-7, -4), ints(-1, -1)], [f(0, 1)]


def dynamic_range():
    """int8 weights beside floats: LiteRT's reference kernels round the inputs, too, which hone does not. What is
    wanted is what they make of the same weights as floats."""
    def one(weights, op, kind, fields, x, y):
        inputs = [x, weights, None] if op == "FULLY_CONNECTED" else [x, weights, T(value=[0] * y.shape[-1])]
        return model_of(op, kind, fields, inputs, [y], 3)

    for name, op, kind, fields, x, y, w in [
            ("fully_connected_dynamic_range", "FULLY_CONNECTED", "FullyConnectedOptions", {}, f(3, 8), f(3, 4), weight(4, 8, dtype="i1", scale=.02)),
            ("conv_dynamic_range", "CONV_2D", "Conv2DOptions", conv(), f(1, 4, 4, 3), f(1, 4, 4, 2), weight(2, 3, 3, 3, dtype="i1", scale=[.02, .03]))]:
        sides = [-1] + [1] * (len(w.shape) - 1)
        floats = T(value=w.value * np.reshape(np.atleast_1d(np.float32(w.scale)), sides))
        yield name, one(w, op, kind, fields, x, y), one(floats, op, kind, fields, x, y), [x]


def dynamic_batch():
    """What exporters make of Reshape and Conv2DTranspose over batches of any size: shapes that are computed."""
    net = Net()
    g = net.graph("main")

    def add(t, name, signature=None):
        t.signature = signature
        return net.tensor(g, t, name)

    x = add(f(1, 12), "x", [-1, 12])
    shape, batch = add(T([2], "i4"), "shape"), add(T([], "i4"), "batch")
    net.op(g, "SHAPE", "ShapeOptions", {"outType": s.TensorType.INT32}, [x], [shape])
    net.op(g, "STRIDED_SLICE", "StridedSliceOptions", {"shrinkAxisMask": 1}, [shape, *[add(ints(v), f"at{v}{i}") for i, v in enumerate((0, 1, 1))]], [batch])

    def packed(name, *sizes):
        made = add(T([4], "i4"), name)
        rest = [add(T(value=v, dtype="i4"), f"{name}{i}") for i, v in enumerate(sizes)]
        net.op(g, "PACK", "PackOptions", {"axis": 0, "valuesCount": 4}, [batch, *rest], [made])
        return made

    picture, larger = add(f(1, 2, 2, 3), "picture", [-1, 2, 2, 3]), add(f(1, 4, 4, 2), "larger", [-1, 4, 4, 2])
    net.op(g, "RESHAPE", "ReshapeOptions", {}, [x, packed("to", 2, 2, 3)], [picture])
    net.op(g, "TRANSPOSE_CONV", "TransposeConvOptions", {"padding": SAME, "strideH": 2, "strideW": 2}, [packed("size", 4, 4, 2), add(weight(2, 3, 3, 3), "w"), picture], [larger])
    net.ends(g, [x], [larger])
    yield "dynamic_batch", net.bytes(), net.bytes(), [f(3, 12)]

    net = Net()  # paddings that are computed: twice what is given
    g = net.graph("main")
    x, p, pads, y = (net.tensor(g, t, n) for t, n in [(f(2, 3), "x"), (T([2, 2], "i4"), "p"), (T([2, 2], "i4"), "pads"), (f(), "y")])
    net.op(g, "ADD", "AddOptions", {}, [p, p], [pads])
    net.op(g, "PAD", "PadOptions", {}, [x, pads], [y])
    net.ends(g, [x, p], [y])
    yield "pad_by_values", net.bytes(), net.bytes(), [f(2, 3), T([2, 2], "i4")]


def resized():
    x, y = f(1, 4), f(1, 3)
    x.signature, y.signature = [-1, 4], [-1, 3]
    content = model_of("FULLY_CONNECTED", "FullyConnectedOptions", {}, [x, weight(3, 4), weight(3)], [y])
    yield "resized", content, content, [f(5, 4)]


def lstm(x, hidden, rows, names, **fields):
    """A unidirectional_sequence_lstm over two runs; names: which of its 24 inputs are there."""
    net = Net()
    g = net.graph("main")
    sizes = {**{i: (hidden, x.shape[-1]) for i in range(1, 5)}, **{i: (hidden, hidden) for i in range(5, 9)},
             **{i: (hidden,) for i in range(9, 16)}}
    inputs = [net.tensor(g, x, "x")] + [-1] * 23
    for i in names:
        inputs[i] = net.tensor(g, T(value=RNG.uniform(-.8, .8, sizes[i])), f"w{i}")
    for i in (18, 19):
        inputs[i] = net.tensor(g, f(rows, hidden), f"state{i}", variable=True)
    out = net.tensor(g, f(*x.shape[:-1], hidden), "y")
    net.op(g, "UNIDIRECTIONAL_SEQUENCE_LSTM", "UnidirectionalSequenceLSTMOptions",
           {"fusedActivationFunction": TANH, **fields}, inputs, [out])
    net.ends(g, [inputs[0]], [out])
    return net.bytes()


def recurrent():
    plain = [*range(1, 9), *range(12, 16)]
    yield "lstm", lstm(f(2, 3, 4), 5, 2, plain, cellClip=.5), [f(2, 3, 4)], 2
    yield "lstm_time_major", lstm(f(3, 2, 4), 5, 2, plain, timeMajor=True), [f(3, 2, 4)], 2
    yield "lstm_peepholes", lstm(f(1, 3, 4), 5, 1, [*plain, 9, 10, 11]), [f(1, 3, 4)], 2
    yield "lstm_coupled", lstm(f(1, 3, 4), 5, 1, [i for i in plain if i not in (1, 5, 12)]), [f(1, 3, 4)], 2
    for name, op, kind, x, fields in [
            ("rnn", "RNN", "RNNOptions", f(2, 4), {}),
            ("rnn_sequence", "UNIDIRECTIONAL_SEQUENCE_RNN", "SequenceRNNOptions", f(2, 3, 4), {"timeMajor": False})]:
        net = Net()
        g = net.graph("main")
        given = [x, T(value=RNG.uniform(-1, 1, (5, 4))), T(value=RNG.uniform(-1, 1, (5, 5))), T(value=RNG.uniform(-1, 1, 5))]
        inputs = [net.tensor(g, t, f"t{i}") for i, t in enumerate(given)] + [net.tensor(g, f(2, 5), "state", variable=True)]
        out = net.tensor(g, f(*x.shape[:-1], 5), "y")
        net.op(g, op, kind, {"fusedActivationFunction": TANH, **fields}, inputs, [out])
        net.ends(g, inputs[:1], [out])
        yield name, net.bytes(), [x], 2
    net = Net()
    g = net.graph("main")
    given = [f(2, 4), T(value=RNG.uniform(-1, 1, (6, 4))), T(value=RNG.uniform(-1, 1, (6, 3))), T(value=RNG.uniform(-1, 1, 3))]
    inputs = [net.tensor(g, t, f"t{i}") for i, t in enumerate(given)] + [net.tensor(g, f(2, 18), "state", variable=True)]
    out = net.tensor(g, f(2, 3), "y")
    net.op(g, "SVDF", "SVDFOptions", {"rank": 2, "fusedActivationFunction": RELU}, inputs, [out])
    net.ends(g, inputs[:1], [out])
    yield "svdf", net.bytes(), [f(2, 4)], 4


def bidirectional():
    """Two runs of an LSTM with and without peepholes, and of a plain network."""
    plain = [i for first in (1, 18) for i in [*range(first, first + 8), *range(first + 11, first + 15)]]
    for name, x, more, fields in [("lstm_both", f(2, 3, 4), [], {"timeMajor": False, "cellClip": .5}),
                                  ("lstm_both_merged", f(3, 2, 4), [9, 10, 11, 26, 27, 28], {"timeMajor": True, "mergeOutputs": True})]:
        net = Net()
        g = net.graph("main")
        inputs = [net.tensor(g, x, "x")] + [-1] * 47
        for i in sorted([*plain, *more]):
            place = i if i < 18 else i - 17
            shape = (5, 4) if place < 5 else (5, 5) if place < 9 else (5,)
            inputs[i] = net.tensor(g, T(value=RNG.uniform(-.8, .8, shape)), f"w{i}")
        for i in range(35, 39):
            inputs[i] = net.tensor(g, f(2, 5), f"state{i}", variable=True)
        merged = fields.get("mergeOutputs", False)
        outs = [net.tensor(g, f(*x.shape[:-1], 10 if merged else 5), f"y{i}") for i in range(1 if merged else 2)]
        net.op(g, "BIDIRECTIONAL_SEQUENCE_LSTM", "BidirectionalSequenceLSTMOptions",
               {"fusedActivationFunction": TANH, **fields}, inputs, outs)
        net.ends(g, inputs[:1], outs)
        yield name, net.bytes(), [x], 2
    for name, merged in [("rnn_both", False), ("rnn_both_merged", True)]:
        net = Net()
        g = net.graph("main")
        x = f(2, 3, 4)
        inputs = [net.tensor(g, x, "x")]
        for way in ("forward", "backward"):
            for shape in [(5, 4), (5, 5), (5,)]:
                inputs.append(net.tensor(g, T(value=RNG.uniform(-.8, .8, shape)), f"{way}{shape}"))
            inputs.append(net.tensor(g, f(2, 5), f"{way}_state", variable=True))
        outs = [net.tensor(g, f(2, 3, 10 if merged else 5), f"y{i}") for i in range(1 if merged else 2)]
        net.op(g, "BIDIRECTIONAL_SEQUENCE_RNN", "BidirectionalSequenceRNNOptions",
               {"fusedActivationFunction": TANH, "timeMajor": False, "mergeOutputs": merged}, inputs + [-1] * 3, outs)
        net.ends(g, inputs[:1], outs)
        yield name, net.bytes(), [x], 2


def volumes():
    def steps(padding, *strides, **more):
        return {"padding": padding, **dict(zip(("strideD", "strideH", "strideW"), strides)),
                **{f"dilation{axis}Factor": 1 for axis in "DHW"}, **more}

    C = "Conv3DOptions"
    yield "conv_3d", "CONV_3D", C, steps(SAME, 2, 1, 2, fusedActivationFunction=RELU), [f(1, 5, 4, 5, 3), weight(3, 2, 3, 3, 4), weight(4)], [f(1, 3, 4, 3, 4)]
    yield "conv_3d_valid", "CONV_3D", C, steps(VALID, 1, 1, 1), [f(2, 4, 4, 5, 2), weight(2, 3, 2, 2, 3)], [f(2, 3, 2, 4, 3)]
    yield "conv_3d_transpose", "CONV_3D_TRANSPOSE", C, steps(SAME, 2, 2, 1), [ints(1, 6, 4, 3, 2), weight(3, 3, 3, 2, 4), f(1, 3, 2, 3, 4)], [f(1, 6, 4, 3, 2)]
    yield "conv_3d_transpose_valid", "CONV_3D_TRANSPOSE", C, steps(VALID, 2, 1, 2, fusedActivationFunction=RELU), [ints(1, 6, 4, 7, 2), weight(2, 3, 3, 2, 3), f(1, 3, 2, 3, 3), weight(2)], [f(1, 6, 4, 7, 2)]


def spectra():
    """What tf.signal.rfft becomes, and transforms of two axes that cut and pad."""
    net, x = Net(), f(3, 16)
    g = net.graph("main")
    ids = [net.tensor(g, t, n) for t, n in [
        (x, "x"), (ints(-2), "axis"), (f(3, 1, 16), "row"), (ints(1, 16), "lengths"), (T([3, 1, 9], "c8"), "rows"),
        (T([3, 9], "c8"), "lines"), (f(3, 9), "y")]]
    net.op(g, "EXPAND_DIMS", "ExpandDimsOptions", {}, ids[:2], ids[2:3])
    net.op(g, "RFFT2D", "Rfft2dOptions", {}, ids[2:4], ids[4:5])
    net.op(g, "SQUEEZE", "SqueezeOptions", {"squeezeDims": np.array([-2], np.int32)}, ids[4:5], ids[5:6])
    net.op(g, "COMPLEX_ABS", None, {}, ids[5:6], ids[6:7])
    net.ends(g, ids[:1], ids[6:])
    yield "spectrum", net.bytes(), [x], 1
    net, x = Net(), f(3, 5, 7)
    g = net.graph("main")
    ids = [net.tensor(g, t, n) for t, n in [
        (x, "x"), (ints(4, 8), "lengths"), (T([3, 4, 5], "c8"), "both"), (ints(6, -1), "shape"),
        (T([6, 10], "c8"), "other"), (f(6, 10), "real"), (f(6, 10), "imag")]]
    net.op(g, "RFFT2D", "Rfft2dOptions", {}, ids[:2], ids[2:3])
    net.op(g, "RESHAPE", "ReshapeOptions", {}, ids[2:4], ids[4:5])
    net.op(g, "REAL", None, {}, ids[4:5], ids[5:6])
    net.op(g, "IMAG", None, {}, ids[4:5], ids[6:7])
    net.ends(g, ids[:1], ids[5:])
    yield "spectrum_of_planes", net.bytes(), [x], 1


def transpose_conv_bias():
    """MediaPipe's operator, which LiteRT does not have; a TRANSPOSE_CONV to the same size is the oracle."""
    for name, padding, out in [("transpose_conv_bias", SAME, (5, 10)), ("transpose_conv_bias_valid", VALID, (7, 13))]:
        x, w, bias, made = f(1, 3, 4, 2), weight(3, 3, 4, 2), weight(3), f(1, *out, 3)
        net = Net()
        g = net.graph("main")
        inputs = [net.tensor(g, t, n) for t, n in [(x, "x"), (w, "w"), (bias, "bias")]]
        y = net.tensor(g, made, "y")
        # TfLiteTransposeConvParams: padding (1 SAME, 2 VALID), strides across and down
        params = np.array([padding + 1, 3, 2, 0], np.int32).tobytes()
        net.op(g, "CUSTOM", None, {}, inputs, [y], custom=("Convolution2DTransposeBias", params))
        net.ends(g, inputs[:1], [y])
        oracle = model_of("TRANSPOSE_CONV", "TransposeConvOptions", {"padding": padding, "strideH": 2, "strideW": 3},
                          [ints(1, *out, 3), w, x, bias], [made], version=3)
        yield name, net.bytes(), oracle, [x]


def non_max_suppression():
    corners = RNG.uniform(0, 1, (12, 2))
    boxes = T(value=np.concatenate([corners, corners + RNG.uniform(.2, .5, (12, 2))], 1))

    def limits(most, overlap, score):
        return [T(value=most, dtype="i4"), T(value=overlap), T(value=score)]

    scores, count = T([12], low=0, high=1), T([], "i4")
    for name, most in [("suppression", 20), ("suppression_of_many", 3)]:
        yield name, "NON_MAX_SUPPRESSION_V4", "NonMaxSuppressionV4Options", {}, [boxes, scores, *limits(most, .3, .2)], [T([most], "i4"), count]
    yield "suppression_scored", "NON_MAX_SUPPRESSION_V5", "NonMaxSuppressionV5Options", {}, [boxes, scores, *limits(6, .4, .1), T(value=0.)], [T([6], "i4"), f(6), count]


def detection():
    for name, classes, fields in [("detection", 3, {"max_classes_per_detection": 2, "use_regular_nms": False}),
                                  ("detection_by_class", 4, {"max_classes_per_detection": 1, "use_regular_nms": True, "detections_per_class": 3})]:
        options = flexbuffers.Builder()
        with options.Map():
            numbers = {"y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0,
                       "nms_score_threshold": .3, "nms_iou_threshold": .4}
            for key, value in numbers.items():
                options.Key(key)
                options.Float(value)
            for key, value in {"max_detections": 6, "num_classes": 3, **fields}.items():
                options.Key(key)
                options.Bool(value) if isinstance(value, bool) else options.Int(value)
        net = Net()
        g = net.graph("main")
        corners = RNG.uniform(0, 1, (20, 2))
        anchors = np.concatenate([corners, RNG.uniform(.2, .6, (20, 2))], 1)
        codes, scores = f(1, 20, 4), T([1, 20, classes], low=0, high=1)
        ids = [net.tensor(g, t, n) for t, n in [(codes, "codes"), (scores, "scores"), (T(value=anchors), "anchors")]]
        places = 6 * fields["max_classes_per_detection"]
        outs = [net.tensor(g, t, f"out{i}") for i, t in enumerate([f(1, places, 4), f(1, places), f(1, places), f(1)])]
        net.op(g, "CUSTOM", None, {}, ids, outs, custom=("TFLite_Detection_PostProcess", bytes(options.Finish())))
        net.ends(g, ids[:2], outs)
        yield name, net.bytes(), [codes, scores], 1


def control_flow():
    # if x[0] < y[0]: x + y else x * y
    net = Net()
    main, then, other = net.graph("main"), net.graph("then"), net.graph("else")
    c, x, y, out = (net.tensor(main, t, name) for t, name in [(T([], "b1"), "c"), (f(3), "x"), (f(3), "y"), (f(3), "out")])
    net.op(main, "IF", "IfOptions", {"thenSubgraphIndex": then, "elseSubgraphIndex": other}, [c, x, y], [out])
    net.ends(main, [c, x, y], [out])
    for g, op, kind in [(then, "ADD", "AddOptions"), (other, "MUL", "MulOptions")]:
        a, b, made = (net.tensor(g, f(3), name) for name in "ab" "m")
        net.op(g, op, kind, {}, [a, b], [made])
        net.ends(g, [a, b], [made])
    yield "if", net.bytes(), [T([], "b1"), f(3), f(3)], 4

    # while i < 5: i, x = i + 1, x * 1.5
    net = Net()
    main, cond, body = net.graph("main"), net.graph("cond"), net.graph("body")
    i, x, i2, x2 = (net.tensor(main, t, name) for t, name in [(T([1], "i4"), "i"), (f(3), "x"), (T([1], "i4"), "i2"), (f(3), "x2")])
    net.op(main, "WHILE", "WhileOptions", {"condSubgraphIndex": cond, "bodySubgraphIndex": body}, [i, x], [i2, x2])
    net.ends(main, [i, x], [i2, x2])
    i, x, five, less = (net.tensor(cond, t, name) for t, name in [(T([1], "i4"), "i"), (f(3), "x"), (ints(5), "five"), (T([1], "b1"), "less")])
    net.op(cond, "LESS", "LessOptions", {}, [i, five], [less])
    net.ends(cond, [i, x], [less])
    i, x, one, more, i2, x2 = (net.tensor(body, t, name) for t, name in [
        (T([1], "i4"), "i"), (f(3), "x"), (ints(1), "one"), (T(value=1.5), "more"), (T([1], "i4"), "i2"), (f(3), "x2")])
    net.op(body, "ADD", "AddOptions", {}, [i, one], [i2])
    net.op(body, "MUL", "MulOptions", {}, [x, more], [x2])
    net.ends(body, [i, x], [i2, x2])
    yield "while", net.bytes(), [T([1], "i4"), f(3)], 2

    # A variable that begins as [1, 2, 3] and adds x at each run; the sum is the result.
    net = Net()
    main, setup = net.graph("main"), net.graph("setup")
    resource = s.TensorType.RESOURCE
    x, h, before, after = (net.tensor(main, t, name, type=kind) for t, name, kind in [
        (f(3), "x", None), (T([], "i4"), "h", resource), (f(3), "before", None), (f(3), "after", None)])
    net.op(main, "CALL_ONCE", "CallOnceOptions", {"initSubgraphIndex": setup}, [], [])
    net.op(main, "VAR_HANDLE", "VarHandleOptions", {"container": "", "sharedName": "total"}, [], [h])
    net.op(main, "READ_VARIABLE", "ReadVariableOptions", {}, [h], [before])
    net.op(main, "ADD", "AddOptions", {}, [before, x], [after])
    net.op(main, "ASSIGN_VARIABLE", "AssignVariableOptions", {}, [h, after], [])
    net.ends(main, [x], [after])
    h, first = net.tensor(setup, T([], "i4"), "h", type=resource), net.tensor(setup, T(value=[1, 2, 3]), "first")
    net.op(setup, "VAR_HANDLE", "VarHandleOptions", {"container": "", "sharedName": "total"}, [], [h])
    net.op(setup, "ASSIGN_VARIABLE", "AssignVariableOptions", {}, [h, first], [])
    net.ends(setup, [], [])
    yield "variable", net.bytes(), [f(3)], 3


def refused():
    """Models that must not be imported."""
    def calls(target, count=1):  # a subgraph that calls another one
        net = Net()
        for name in ("main", "other"):
            g = net.graph(name)
            x = net.tensor(g, f(3), "x")
            for i in range(count):
                y = net.tensor(g, f(3), f"y{i}")
                net.op(g, "STABLEHLO_COMPOSITE", "StableHLOCompositeOptions", {"name": "twice", "decompositionSubgraphIndex": target}, [x], [y])
                x = y
            net.ends(g, [0], [x])
        return net.bytes()

    yield "calls_itself", calls(1)
    yield "calls_nothing", calls(99)
    yield "calls_nobody", calls(-1)
    net = Net()  # 9 levels of 40 calls each
    for level in range(10):
        g = net.graph(f"level{level}")
        x = net.tensor(g, f(3), "x")
        for i in range(40 if level < 9 else 1):
            y = net.tensor(g, f(3), f"y{i}")
            if level == 9:
                net.op(g, "NEG", "NegOptions", {}, [x], [y])
            else:
                net.op(g, "STABLEHLO_COMPOSITE", "StableHLOCompositeOptions", {"name": "more", "decompositionSubgraphIndex": level + 1}, [x], [y])
            x = y
        net.ends(g, [0], [x])
    yield "calls_too_often", net.bytes()
    for name, op, kind in [("complex_transpose", "TRANSPOSE", "TransposeOptions"), ("complex_result", None, None)]:
        net = Net()
        g = net.graph("main")
        ids = [net.tensor(g, t, n) for t, n in [(f(4, 8), "x"), (ints(4, 8), "lengths"), (T([4, 5], "c8"), "both"),
                                               (ints(1, 0), "perm"), (T([5, 4], "c8"), "turned"), (f(5, 4), "y")]]
        net.op(g, "RFFT2D", "Rfft2dOptions", {}, ids[:2], ids[2:3])
        if op:
            net.op(g, op, kind, {}, ids[2:4], ids[4:5])
            net.op(g, "REAL", None, {}, ids[4:5], ids[5:6])
        net.ends(g, ids[:1], ids[5:] if op else ids[2:3])
        yield name, net.bytes()
    one = T(value=1, dtype="i4"), T(value=.5), T(value=.5)
    yield "suppression_soft", model_of("NON_MAX_SUPPRESSION_V5", "NonMaxSuppressionV5Options", {},
                                       [f(3, 4), f(3), *one, T(value=.5)], [T([1], "i4"), f(1), T([], "i4")])
    fields = {"strideD": 1, "strideH": 1, "strideW": 1, "dilationHFactor": 2, "padding": VALID}
    yield "conv_3d_transpose_dilated", model_of("CONV_3D_TRANSPOSE", "Conv3DOptions", fields, [
        ints(1, 2, 4, 2, 2), weight(1, 2, 1, 2, 3), f(1, 2, 2, 2, 3)], [f(1, 2, 4, 2, 2)])
    for name, inside in [("variable_in_branch", True), ("variable_without_size", False)]:
        net = Net()
        main, body = net.graph("main"), net.graph("body")
        c, x = net.tensor(main, T([], "b1"), "c"), net.tensor(main, f(3), "x")
        y = net.tensor(main, f(3), "y")
        if inside:
            net.op(main, "IF", "IfOptions", {"thenSubgraphIndex": body, "elseSubgraphIndex": body}, [c, x], [y])
        where = body if inside else main
        h = net.tensor(where, T([], "i4"), "h", type=s.TensorType.RESOURCE)
        value = net.tensor(where, f(3) if inside else f(-1), "value")
        net.op(where, "VAR_HANDLE", "VarHandleOptions", {"container": "", "sharedName": "v"}, [], [h])
        net.op(where, "READ_VARIABLE", "ReadVariableOptions", {}, [h], [value])
        net.ends(body, [net.tensor(body, f(3), "given")], [value if inside else 0])
        net.ends(main, [c, x], [y if inside else value])
        yield name, net.bytes()


def line(word, value):
    shape = ",".join(map(str, value.shape)) or "-"
    return f"{word} {value.dtype.str[1:]} {shape} {value.tobytes().hex() or '-'}"


# The reference kernel leaves out the last channel of each window, where TensorFlow and the default kernel do not;
# there is no reference kernel of CEIL, ELU and ROUND.
NOT_REFERENCE = {"local_response", "ceil", "elu", "round"}


def runs_of(name, content, given, runs):
    kind = (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if name in NOT_REFERENCE
            else OpResolverType.BUILTIN_REF)
    runner = Interpreter(model_content=content, experimental_op_resolver_type=kind)
    for detail, t in zip(runner.get_input_details(), given):
        runner.resize_tensor_input(detail["index"], t.shape)
    runner.allocate_tensors()
    for i in range(runs):
        if i > 0:
            yield "next"
        for detail, t in zip(runner.get_input_details(), given):
            value = t.random()
            runner.set_tensor(detail["index"], value)
            yield line("in", value)
        runner.invoke()
        for detail in runner.get_output_details():
            yield line("out", runner.get_tensor(detail["index"]))


def lines_of(name, op, kind, fields, inputs, outputs):
    made = [f() if t is None else t for t in outputs]  # None: its size follows from data
    if outputs[0] is None:
        made[0].dtype = np.dtype({"WHERE": "i8", "UNIQUE": "i4", "RANGE": "i4"}.get(op, "f4"))
    given = [t for t in inputs if t is not None and t.value is None]
    for version in range(1, 8):
        content = model_of(op, kind, fields, inputs, made, version)
        try:
            lines = list(runs_of(name, content, given, 1))
            break
        except (RuntimeError, ValueError) as error:
            if "Didn't find op" not in str(error) or version == 7:
                raise
    shapes = [line.split()[2] for line in lines if line.startswith("out")]
    for t, shape in zip(outputs, shapes):
        assert t is None or (",".join(map(str, t.shape)) or "-") == shape, (name, t.shape, shape)
    return [f"model {name} {content.hex()}", *lines]


def main():
    out = []
    for cases in (products, pools_and_reductions, elementwise, movers, more_movers, more_elementwise):
        for case in cases():
            try:
                out += lines_of(*case)
            except (RuntimeError, ValueError) as error:
                raise SystemExit(f"{case[0]}: {error}") from error
    for cases in (recurrent, detection, control_flow):
        for name, content, given, runs in cases():
            out += [f"model {name} {content.hex()}", *runs_of(name, content, given, runs)]
    for cases in (dynamic_range, dynamic_batch, resized):
        for name, content, oracle, given in cases():
            out += [f"model {name} {content.hex()}", *runs_of(name, oracle, given, 1)]
    for name, content, given, runs in bidirectional():
        out += [f"model {name} {content.hex()}", *runs_of(name, content, given, runs)]
    for name, content, oracle, given in transpose_conv_bias():
        out += [f"model {name} {content.hex()}", *runs_of(name, oracle, given, 1)]
    for cases in (volumes, non_max_suppression):
        for case in cases():
            out += lines_of(*case)
    for name, content, given, runs in spectra():
        out += [f"model {name} {content.hex()}", *runs_of(name, content, given, runs)]
    for case in late_movers():
        out += lines_of(*case)
    out += [f"refused {name} {content.hex()}" for name, content in refused()]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("\n".join(out) + "\n")
    CORPUS.mkdir(parents=True, exist_ok=True)
    for words in (line.split() for line in out):
        if words[0] == "model" and words[1] in FUZZED:
            (CORPUS / f"{words[1]}.tflite").write_bytes(bytes.fromhex(words[2]))


if __name__ == "__main__":
    main()
