#!/usr/bin/env python3
"""Writes fuzz/corpus/onnx_import: small models that together use what the ONNX front end
has, and some that once were too much for it.

    python3 -m venv v && v/bin/pip install onnx==1.23.2 && v/bin/python tools/make_onnx_fuzz_corpus.py
"""
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper, shape_inference

FLOAT, INT64, BOOL, UINT8, INT8 = (
    TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.UINT8, TensorProto.INT8)
MICROSOFT = "com.microsoft"
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fuzz/corpus/onnx_import"


def node(op, inputs, outputs="y", **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def value(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def constant(name, array, dtype=None):
    array = np.asarray(array, dtype or np.float32)
    return numpy_helper.from_array(array, name)


def ints(name, *numbers):
    return constant(name, np.array(numbers), np.int64)


def save(name, nodes, inputs, outputs, constants=(), opset=21, valid=True):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    opsets = [helper.make_opsetid("", opset)]
    if any(n.domain for n in nodes):
        opsets.append(helper.make_opsetid(MICROSOFT, 1))
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    if valid:
        shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def body(name, nodes, inputs, outputs, constants=()):
    return helper.make_graph(nodes, name, inputs, outputs, list(constants))


def arithmetic():
    x, y = value("x", [2, "n"]), value("y", None)
    save("binary", [node("Add", "x c", "a"), node("Mul", "a a", "b"), node("Relu", "b")],
         [x], [y], [constant("c", [[1], [2]])])
    save("matmul", [node("MatMul", "x w", "a"), node("Softmax", "a", axis=-1)],
         [value("x", ["n", 2])], [y], [constant("w", np.eye(2))])
    save("gemm", [node("Gemm", "x w c", alpha=0.5, transB=1)], [value("x", [1, 2])], [y],
         [constant("w", np.ones((3, 2))), constant("c", [1, 2, 3])])
    save("einsum", [node("Einsum", "x x", equation="ij,kj->ik")], [x], [y])
    save("reduce", [node("ReduceMean", "x axes", keepdims=0)], [x], [y], [ints("axes", -1)])
    save("layer_norm", [node("LayerNormalization", "x s b", axis=-1)], [value("x", [2, 4])], [y],
         [constant("s", np.ones(4)), constant("b", np.zeros(4))])


def shapes():
    x, y = value("x", ["n", 4]), value("y", None)
    save("reshape", [node("Shape", "x", "s"), node("Gather", "s i", "n"),
                     node("Unsqueeze", "n zero", "m"), node("Concat", "m two", "t", axis=0),
                     node("Reshape", "x t")],
         [x], [y], [constant("i", 0, np.int64), ints("zero", 0), ints("two", 2, -1)])
    save("slice", [node("Slice", "x b e axes steps", "a"), node("Transpose", "a", perm=[1, 0])],
         [x], [y], [ints("b", 3), ints("e", -9), ints("axes", 1), ints("steps", -1)])
    save("split", [node("Split", "x sizes", "a b", axis=1), node("Sub", "a b")], [x], [y],
         [ints("sizes", 2, 2)])
    save("pad", [node("Pad", "x p", mode="reflect")], [x], [y], [ints("p", 0, 1, 0, 2)])
    save("expand", [node("ConstantOfShape", "s", "a"), node("Expand", "x s", "b"),
                    node("Where", "c a b")],
         [x, value("c", [1], BOOL)], [y], [ints("s", 2, 3, 4)])
    save("range", [node("Range", "a b c")], [], [value("y", None, INT64)],
         [constant(n, v, np.int64) for n, v in (("a", 0), ("b", 9), ("c", 2))])
    save("tile", [node("Tile", "x r", "a"), node("ScatterND", "a i u")], [value("x", [1, 4])], [y],
         [ints("r", 2, 1), constant("i", [[0]], np.int64), constant("u", [[1, 2, 3, 4]])])
    save("top_k", [node("TopK", "x k", "y i", axis=1)], [x], [y, value("i", None, INT64)],
         [ints("k", 2)])
    save("nonzero", [node("NonZero", "x", "i"), node("GatherND", "x j")], [x], [y],
         [constant("j", [[0, 1]], np.int64)])


def pictures():
    x, y = value("x", [1, 2, 5, 5]), value("y", None)
    weight = constant("w", np.ones((2, 1, 3, 3)))
    save("conv", [node("Conv", "x w b", "a", group=2, pads=[1, 1, 1, 1], strides=[2, 2]),
                  node("BatchNormalization", "a s b b s", "c"), node("HardSwish", "c")],
         [x], [y], [weight, constant("b", [0, 1]), constant("s", [1, 2])])
    save("conv_transpose", [node("ConvTranspose", "x w", strides=[2, 2], output_padding=[1, 1],
                                 group=2)], [x], [y], [weight])
    save("pool", [node("MaxPool", "x", "a", kernel_shape=[2, 2], ceil_mode=1),
                  node("AveragePool", "a", "b", kernel_shape=[2, 2], auto_pad="SAME_UPPER"),
                  node("GlobalAveragePool", "b")], [x], [y])
    save("resize", [node("Resize", "x none scales", mode="linear")],
         [x], [y], [constant("none", np.zeros(0)), constant("scales", [1, 1, 2, 1.5])])
    save("grid_sample", [node("GridSample", "x g", mode="cubic")], [x, value("g", [1, 2, 2, 2])], [y])
    save("depth_to_space", [node("SpaceToDepth", "x", "a", blocksize=1),
                            node("DepthToSpace", "a", blocksize=1, mode="CRD")], [x], [y])
    save("nms", [node("NonMaxSuppression", "b s k t", "y")],
         [value("b", [1, 3, 4]), value("s", [1, 1, 3])], [value("y", None, INT64)],
         [ints("k", 2), constant("t", [0.5])])
    save("roi_align", [node("RoiAlign", "x r i", output_height=2, output_width=2)],
         [x, value("r", [1, 4])], [y], [ints("i", 0)])


def integers():
    x, y = value("x", [1, 2]), value("y", None)
    scale, zero = constant("s", 0.1), constant("z", 3, np.uint8)
    save("qdq", [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z")],
         [x], [y], [scale, zero])
    save("dynamic", [node("DynamicQuantizeLinear", "x", "q qs qz"),
                     node("MatMulInteger", "q w qz", "i"), node("Cast", "i", "f", to=FLOAT),
                     node("Mul", "f qs")], [x], [y], [constant("w", np.ones((2, 2)), np.int8)])
    save("qlinear_conv", [node("QLinearConv", "x s z w s wz s z")],
         [value("x", [1, 1, 3, 3], UINT8)], [value("y", None, UINT8)],
         [scale, zero, constant("w", np.ones((1, 1, 2, 2)), np.int8), constant("wz", 0, np.int8)])


def blocks():
    codes, scales = np.arange(64).reshape(4, 16), np.ones((4, 1))
    shared = {"domain": MICROSOFT, "block_size": 32, "bits": 4}
    save("blocks", [node("GatherBlockQuantized", "t i s", "x", **shared),
                    node("MatMulNBits", "x w s z", "a", K=32, N=4, accuracy_level=4, **shared),
                    node("MatMulNBits", "x w s z g", K=32, N=4, **shared)],
         [value("i", ["n"], INT64)], [value("a", None), value("y", None)],
         [constant("t", codes, np.uint8), constant("w", codes.reshape(4, 1, 16), np.uint8), constant("s", scales),
          constant("z", np.full((4, 1), 7), np.uint8), constant("g", np.zeros(32), np.int32)])


def control():
    y, c = value("y", None), value("c", [], BOOL)
    save("if", [node("If", "c", then_branch=body("a", [node("Neg", "x", "r")], [], [value("r", None)]),
                     else_branch=body("b", [node("Abs", "x", "r2")], [], [value("r2", None)]))],
         [c, value("x", [2])], [y])
    step = body("step", [node("Identity", "k", "k2"), node("Add", "v x", "w"),
                         node("Identity", "w", "o")],
                [value("i", [], INT64), value("k", [], BOOL), value("v", [2])],
                [value("k2", [], BOOL), value("w", [2]), value("o", [2])])
    save("loop", [node("Loop", "n c x", "y all", body=step)], [c, value("x", [2])],
         [y, value("all", None)], [constant("n", 3, np.int64)])
    inner = body("inner", [node("Add", "s e", "t"), node("Identity", "t", "o")],
                 [value("s", [2]), value("e", [2])], [value("t", [2]), value("o", [2])])
    save("scan", [node("Scan", "x xs", "y all", num_scan_inputs=1, body=inner)],
         [value("x", [2]), value("xs", [3, 2])], [y, value("all", None)])
    save("sequence", [node("SequenceConstruct", "x x", "s"), node("SequenceAt", "s i")],
         [value("x", [2])], [y], [constant("i", -1, np.int64)])
    save("optional", [node("Optional", "x", "o"), node("OptionalGetElement", "o")],
         [value("x", [2])], [y])


def networks():
    y = value("y", None)
    weights = [constant("w", np.ones((1, 8, 3))), constant("r", np.ones((1, 8, 2)))]
    save("lstm", [node("LSTM", "x w r", "y h c", hidden_size=2)], [value("x", [4, 1, 3])], [y], weights)
    save("gru", [node("GRU", "x w r", "y h", hidden_size=2, linear_before_reset=1)],
         [value("x", [4, 1, 3])], [y],
         [constant("w", np.ones((1, 6, 3))), constant("r", np.ones((1, 6, 2)))])
    save("attention", [node("Attention", "q k k", q_num_heads=2, kv_num_heads=1, is_causal=1)],
         [value("q", [1, 3, 4]), value("k", [1, 3, 2])], [y], opset=23)
    save("string", [node("StringConcat", "a a", "b"), node("StringNormalizer", "b",
                                                           case_change_action="LOWER")],
         [value("a", ["n"], TensorProto.STRING)], [value("y", None, TensorProto.STRING)])


def hostile():
    x, y = value("x", [2, 4]), value("y", None)
    save("far_axis", [node("LayerNormalization", "x s", "y mean", axis=-(1 << 59))], [x], [y],
         [constant("s", np.ones(4))], valid=False)
    save("far_old_axis", [node("Add", "x s", axis=-(1 << 59), broadcast=1)], [x], [y],
         [constant("s", np.ones(4))], opset=6, valid=False)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.onnx"):
        old.unlink()
    for family in (arithmetic, shapes, pictures, integers, blocks, control, networks, hostile):
        family()
