#!/usr/bin/env python3
"""Writes the models of libhone's tests, with PyPI onnx 1.23.2: tools/make_api_model.py tests/api

ports.onnx has a dimension without a number, an output that is an input untouched, and one of integers;
picture.onnx takes a picture and gives 1, 2, 3 and its mean color."""
import pathlib
import sys

import onnx
from onnx import TensorProto, helper


value = helper.make_tensor_value_info


def save(name, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"author": "tests"})
    onnx.checker.check_model(model)
    onnx.save(model, pathlib.Path(sys.argv[1]) / f"{name}.onnx")


def ports():
    nodes = [
        helper.make_node("Mul", ["x", "two"], ["twice"]),
        helper.make_node("Add", ["twice", "bias"], ["sum"]),
        helper.make_node("Identity", ["x"], ["same"]),
        helper.make_node("Shape", ["x"], ["sizes"]),
    ]
    save("ports", nodes,
         [value("x", TensorProto.FLOAT, ["batch", 3]), value("bias", TensorProto.FLOAT, [3])],
         [value("sum", TensorProto.FLOAT, ["batch", 3]), value("same", TensorProto.FLOAT, ["batch", 3]),
          value("sizes", TensorProto.INT64, [2])],
         [helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])])


def picture():
    nodes = [
        helper.make_node("GlobalAveragePool", ["picture"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["color"]),
        helper.make_node("Add", ["color", "base"], ["scores"]),
    ]
    save("picture", nodes, [value("picture", TensorProto.FLOAT, [1, 3, 4, 6])],
         [value("scores", TensorProto.FLOAT, [1, 3])],
         [helper.make_tensor("base", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])])


if __name__ == "__main__":
    ports()
    picture()
