#!/usr/bin/env python3
"""Writes src/frontend/onnx/testdata: small ONNX files that together use the whole of the format, and what
the package onnx reads from each (.txt), in the form that src/frontend/onnx/test_dump.h writes. The files
are the fuzzer's corpus, too.

Made with onnx 1.23.2 (protobuf 6) and ml_dtypes 0.6.0:
    pip install onnx==1.23.2 ml_dtypes==0.6.0
    python tools/make_onnx_goldens.py                all of it
    python tools/make_onnx_goldens.py FILE ...       prints NAME BYTES SHA256, the hash that of the
                                                     dump, for testdata/real_models.list
"""
import hashlib
import pathlib
import struct
import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "src/frontend/onnx/testdata"
CORPUS = ROOT / "fuzz/corpus/onnx"
KINDS = {"tensor_type": "tensor", "sparse_tensor_type": "sparse", "sequence_type": "sequence",
         "optional_type": "optional", "map_type": "map", "opaque_type": "opaque", None: "none"}
LOW_BITS = {"int4": np.int8, "int2": np.int8, "uint4": np.uint8, "uint2": np.uint8}


# --- what the package reads, as text -----------------------------------------------------------------

def quote(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return "'" + "".join(chr(b) if 0x21 <= b <= 0x7e and b not in b"%'" else f"%{b:02x}" for b in raw) + "'"


def names(words):
    return "(" + " ".join(quote(word) for word in words) + ")"


def canonical_bytes(tensor, folder):
    if tensor.data_type == TensorProto.STRING:
        return b"".join(struct.pack("<Q", len(word)) + word for word in tensor.string_data)
    if tensor.data_type in (TensorProto.COMPLEX64, TensorProto.COMPLEX128):
        return None
    array = numpy_helper.to_array(tensor, str(folder))
    if array.dtype.name in LOW_BITS:
        array = array.astype(LOW_BITS[array.dtype.name])
    return array.tobytes()


def tensor_text(tensor, folder):
    content = canonical_bytes(tensor, folder)
    digest = "unsupported" if content is None else hashlib.sha256(content).hexdigest()[:16]
    dims = ",".join(str(dim) for dim in tensor.dims)
    return f"{quote(tensor.name)} {tensor.data_type} [{dims}] {digest}"


def sparse_text(sparse, folder):
    dims = ",".join(str(dim) for dim in sparse.dims)
    return f"[{dims}] {tensor_text(sparse.values, folder)} {tensor_text(sparse.indices, folder)}"


def dim_text(dim):
    kind = dim.WhichOneof("value")
    return "?" if kind is None else str(dim.dim_value) if kind == "dim_value" else quote(dim.dim_param)


def type_text(proto):
    which = proto.WhichOneof("value")
    kind = KINDS[which]
    inner = getattr(proto, which) if which else None
    if kind in ("tensor", "sparse"):
        if not inner.HasField("shape"):
            return f"{kind}({inner.elem_type})*"
        return f"{kind}({inner.elem_type})[{','.join(dim_text(dim) for dim in inner.shape.dim)}]"
    if kind == "map":
        return f"map({inner.key_type},{type_text(inner.value_type)})"
    if kind in ("sequence", "optional"):
        return f"{kind}({type_text(inner.elem_type)})"
    return kind


def float_text(value):
    return struct.pack(">f", value).hex()


def attribute_kind(attribute):
    """The type, or in files of IR version 1 what the member that is there says."""
    if attribute.type:
        return AttributeProto.AttributeType.Name(attribute.type)
    members = {"f": "FLOAT", "i": "INT", "s": "STRING", "t": "TENSOR", "g": "GRAPH"}
    members |= {"floats": "FLOATS", "ints": "INTS", "strings": "STRINGS"}
    present = [member.name for member, _ in attribute.ListFields() if member.name in members]
    return members[present[0]] if present else "UNDEFINED"


def attribute_lines(attribute, indent, folder):
    kind = attribute_kind(attribute)
    head = f"{indent}attribute {quote(attribute.name)} {kind}"
    if attribute.ref_attr_name:
        return [f"{head} ref {quote(attribute.ref_attr_name)}"]
    if kind in ("GRAPH", "GRAPHS"):
        graphs = [attribute.g] if kind == "GRAPH" else attribute.graphs
        return [head] + [line for graph in graphs for line in graph_lines(graph, indent + " ", folder)]
    texts = {
        "FLOAT": lambda a: [float_text(a.f)], "FLOATS": lambda a: map(float_text, a.floats),
        "INT": lambda a: [str(a.i)], "INTS": lambda a: map(str, a.ints),
        "STRING": lambda a: [quote(a.s)], "STRINGS": lambda a: map(quote, a.strings),
        "TENSOR": lambda a: [tensor_text(a.t, folder)],
        "TENSORS": lambda a: [tensor_text(t, folder) for t in a.tensors],
        "SPARSE_TENSOR": lambda a: [sparse_text(a.sparse_tensor, folder)],
        "SPARSE_TENSORS": lambda a: [sparse_text(t, folder) for t in a.sparse_tensors],
        "TYPE_PROTO": lambda a: [type_text(a.tp)], "TYPE_PROTOS": lambda a: map(type_text, a.type_protos),
        "UNDEFINED": lambda a: [],
    }
    return [" ".join([head, *texts[kind](attribute)])]


def node_lines(node, indent, folder):
    lines = [f"{indent}node {quote(node.op_type)} {quote(node.domain)} {quote(node.overload)} "
             f"{quote(node.name)} {names(node.input)} {names(node.output)}"]
    for attribute in node.attribute:
        lines += attribute_lines(attribute, indent + " ", folder)
    return lines


def graph_lines(graph, indent, folder):
    lines = [f"{indent}graph {quote(graph.name)}"]
    indent += " "
    for what, values in (("input", graph.input), ("output", graph.output), ("value", graph.value_info)):
        lines += [f"{indent}{what} {quote(value.name)} {type_text(value.type)}" for value in values]
    lines += [f"{indent}initializer {tensor_text(t, folder)}" for t in graph.initializer]
    lines += [f"{indent}sparse {sparse_text(t, folder)}" for t in graph.sparse_initializer]
    for node in graph.node:
        lines += node_lines(node, indent, folder)
    return lines


def opset_text(opsets):
    return " ".join(f"{quote(opset.domain)}:{opset.version}" for opset in opsets)


def function_lines(function, folder):
    lines = [f"function {quote(function.name)} {quote(function.domain)} {quote(function.overload)} "
             f"{names(function.input)} {names(function.output)} {names(function.attribute)} "
             f"{opset_text(function.opset_import)}"]
    for attribute in function.attribute_proto:
        lines += attribute_lines(attribute, " ", folder)
    lines += [f" value {quote(value.name)} {type_text(value.type)}" for value in function.value_info]
    for node in function.node:
        lines += node_lines(node, " ", folder)
    return lines


def dump(path):
    model = onnx.ModelProto.FromString(path.read_bytes())
    folder = path.parent
    lines = [f"model {model.ir_version} {quote(model.producer_name)} {quote(model.producer_version)} "
             f"{quote(model.domain)} {model.model_version} {opset_text(model.opset_import)}"]
    lines += [f"metadata {quote(entry.key)} {quote(entry.value)}" for entry in model.metadata_props]
    lines += [line for function in model.functions for line in function_lines(function, folder)]
    return "\n".join(lines + graph_lines(model.graph, "", folder) + [""])


# --- the files ------------------------------------------------------------------------------------------

def save(name, model):
    path = OUT / f"{name}.onnx"
    path.write_bytes(model.SerializeToString())
    CORPUS.mkdir(parents=True, exist_ok=True)
    (CORPUS / path.name).write_bytes(path.read_bytes())
    path.with_suffix(".txt").write_text(dump(path))


def model_of(graph, **more):
    return helper.make_model(graph, producer_name="hone's own", producer_version="1",
                             ir_version=14, **more)


def value(name, shape=(2,), kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def typed(name, kind, dims, **fields):
    return TensorProto(name=name, data_type=kind, dims=dims, **fields)


def every_dtype():
    """Each type raw and in its typed field; odd element counts where elements share bytes."""
    rng = np.random.default_rng(1)
    tensors = []
    for kind in TensorProto.DataType.values():
        name = TensorProto.DataType.Name(kind)
        if kind == TensorProto.UNDEFINED:
            continue
        if kind == TensorProto.STRING:
            tensors.append(typed(name, kind, [2, 2], string_data=[b"", b"a b", "\u00fc".encode(), b"\0x"]))
            continue
        dtype = helper.tensor_dtype_to_np_dtype(kind)
        raw = rng.integers(0, 256, 7 * 16, np.uint8)
        if kind == TensorProto.BOOL:
            raw %= 2
        if dtype.name in LOW_BITS or dtype.name.startswith(("float4_", "float6_")):
            bits = int(dtype.name.removeprefix("u").removeprefix("int")[0] if "int" in dtype.name else dtype.name[5])
            codes = raw[:7] % (1 << bits)
            if dtype.name in ("int4", "int2"):
                array = (codes.astype(np.int8) - (1 << (bits - 1))).astype(dtype)
            else:
                array = codes.astype(dtype) if "int" in dtype.name else codes.view(dtype)
        else:
            array = raw[:7 * dtype.itemsize].view(dtype)
        tensor = numpy_helper.from_array(array, name)
        tensors += [tensor, in_typed_field(tensor, array)]
    return tensors


def in_typed_field(tensor, array):
    kind = tensor.data_type
    name = tensor.name + "_typed"
    make = lambda **fields: typed(name, kind, [7], **fields)
    if kind == TensorProto.FLOAT:
        return make(float_data=array.tolist())
    if kind == TensorProto.COMPLEX64:
        return make(float_data=array.view(np.float32).tolist())
    if kind == TensorProto.DOUBLE:
        return make(double_data=array.tolist())
    if kind == TensorProto.COMPLEX128:
        return make(double_data=array.view(np.float64).tolist())
    if kind == TensorProto.INT64:
        return make(int64_data=array.tolist())
    if kind in (TensorProto.UINT32, TensorProto.UINT64):
        return make(uint64_data=array.tolist())
    if kind in (TensorProto.FLOAT6E2M3, TensorProto.FLOAT6E3M2):
        return make(int32_data=array.view(np.uint8).tolist())
    if array.dtype.name in LOW_BITS or kind == TensorProto.FLOAT4E2M1:
        return make(int32_data=list(tensor.raw_data))
    if array.dtype.kind in "iub":
        return make(int32_data=array.astype(np.int32).tolist())
    return make(int32_data=array.view({1: np.uint8, 2: np.uint16}[array.itemsize]).tolist())


def all_types():
    dims = [3, "N", None]
    tensor = helper.make_tensor_type_proto(TensorProto.FLOAT, dims)
    unranked = helper.make_tensor_type_proto(TensorProto.INT64, None)
    types = [tensor, unranked, helper.make_tensor_type_proto(TensorProto.BOOL, []),
             helper.make_sequence_type_proto(tensor), helper.make_optional_type_proto(tensor),
             helper.make_optional_type_proto(helper.make_sequence_type_proto(unranked)),
             helper.make_map_type_proto(TensorProto.STRING, tensor),
             helper.make_sparse_tensor_type_proto(TensorProto.FLOAT, dims), onnx.TypeProto()]
    opaque = onnx.TypeProto()
    opaque.opaque_type.name = "thing"
    return [*types, opaque]


def sparse(name, linear):
    values = numpy_helper.from_array(np.array([1.5, -2, 3], np.float32), name)
    indices = np.array([1, 4, 5]) if linear else np.array([[0, 1], [1, 1], [1, 2]])
    return helper.make_sparse_tensor(values, numpy_helper.from_array(indices, ""), [2, 3])


def structure():
    """Attributes of every type, graphs in graphs, functions, names with signs in them."""
    inner = helper.make_graph([helper.make_node("Add", ["outer", "w"], ["y"])], "inner", [], [value("y")],
                              [numpy_helper.from_array(np.ones(2, np.float32), "w")])
    branch = helper.make_graph([helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)],
                               "branch", [], [value("z")])
    attributes = {"f": 0.1, "i": -3, "s": b"\xff'text %", "t": every_dtype()[0], "g": branch,
                  "floats": [1.0, float("nan"), float("-inf")], "ints": [1, -1, 1 << 62, -(1 << 63)],
                  "strings": [b"", b"two words"], "tensors": every_dtype()[:2], "graphs": [inner, inner],
                  "sparse_tensor": sparse("s", False), "sparse_tensors": [sparse("s", True)] * 2,
                  "tp": all_types()[3], "type_protos": all_types()[:2]}
    nodes = [helper.make_node("Everything", ["x", "", "\u00fc"], ["", "y"], "a 'name'", domain="a.b",
                              overload="o", **attributes),
             helper.make_node("Relu", ["x"], ["r"], "")]
    graph = helper.make_graph(nodes, "main graph",
                              [helper.make_value_info(f"v{i}", t) for i, t in enumerate(all_types())],
                              [value("y"), value("r", None)], value_info=[value("mid", ["batch", 3])])
    graph.sparse_initializer.extend([sparse("sp", True), sparse("sq", False)])
    body = [helper.make_node("LeakyRelu", ["a"], ["b"])]
    body[0].attribute.add(name="alpha", type=AttributeProto.FLOAT, ref_attr_name="slope")
    function = helper.make_function("a.b", "Everything", ["a"], ["b"], body,
                                    [helper.make_opsetid("", 28)], ["slope"],
                                    [helper.make_attribute("other", 2)], overload="o",
                                    value_info=[value("b")])
    model = model_of(graph, functions=[function],
                     opset_imports=[helper.make_opsetid("", 28), helper.make_opsetid("a.b", 1)])
    helper.set_model_props(model, {"author": "hone", "empty": ""})
    return model


def old_style():
    """Attributes without a type, as in IR version 1."""
    node = helper.make_node("Old", ["x"], ["y"], i=1, f=2.0, s="text", ints=[1, 2], floats=[3.0],
                            strings=["a"], t=every_dtype()[0])
    for attribute in node.attribute:
        attribute.ClearField("type")
    model = model_of(helper.make_graph([node], "old", [value("x")], [value("y")]))
    model.ir_version = 1
    return model


def external():
    rng = np.random.default_rng(2)
    content = rng.integers(0, 256, 96, np.uint8).tobytes()
    (OUT / "weights").mkdir(exist_ok=True)
    (OUT / "weights/external.bin").write_bytes(content)
    tensors = []
    for name, kind, dims, entries in [("a", TensorProto.INT32, [2, 4], {"offset": "5", "length": "32"}),
                                      ("b", TensorProto.UINT8, [96], {}),
                                      ("c", TensorProto.INT16, [5], {"offset": "86"}),
                                      ("d", TensorProto.INT4, [3], {"offset": "7", "length": "2"})]:
        tensor = typed(name, kind, dims, data_location=TensorProto.EXTERNAL)
        for key, text in {"location": "weights/external.bin", **entries}.items():
            tensor.external_data.add(key=key, value=text)
        tensors.append(tensor)
    return model_of(helper.make_graph([], "external", [], [], tensors))


def save_data_messages():
    """A sequence and an optional, for the fuzzer."""
    array = np.array([1, 2], np.float32)
    sequence = numpy_helper.from_list([array, array], "list")
    (CORPUS / "sequence.pb").write_bytes(sequence.SerializeToString())
    optional = numpy_helper.from_optional([array], "maybe")
    (CORPUS / "optional.pb").write_bytes(optional.SerializeToString())


def main():
    if len(sys.argv) > 1:
        for path in map(pathlib.Path, sys.argv[1:]):
            print(path.name, path.stat().st_size, hashlib.sha256(dump(path).encode()).hexdigest())
        return
    OUT.mkdir(parents=True, exist_ok=True)
    save("dtypes", model_of(helper.make_graph([], "dtypes", [], [], every_dtype())))
    save("structure", structure())
    save("old", old_style())
    save("external", external())
    save_data_messages()


main()
