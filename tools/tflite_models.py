"""Small TFLite models, written with PyPI tflite and flatbuffers: one for each thing that a reader may
get wrong. tools/make_tflite_goldens.py stores them."""

import io
import zipfile

import flatbuffers
import numpy as np

import tflite
from tflite import BuiltinOperator as Op
from tflite import BuiltinOptions, BuiltinOptions2, DimensionType, SparseIndexVector
from tflite import TensorType as Type

TYPES = {"float32": Type.FLOAT32, "float16": Type.FLOAT16, "int8": Type.INT8, "int32": Type.INT32}


class Writer:
    """A model under construction; the first buffer stands for no data."""

    def __init__(self):
        self.builder = flatbuffers.Builder(1024)
        self.buffers = [self.table("Buffer")]
        self.codes, self.graphs, self.signatures, self.metadata = [], [], [], []
        self.start_graph()

    def start_graph(self):
        self.tensors, self.ops = [], []

    def table(self, name, **fields):
        getattr(tflite, name + "Start")(self.builder)
        for field, value in fields.items():
            if value is not None:
                getattr(tflite, f"{name}Add{field}")(self.builder, value)
        return getattr(tflite, name + "End")(self.builder)

    def numbers(self, values, dtype="int32"):
        return self.builder.CreateNumpyVector(np.array(list(values), dtype)) if values is not None else None

    def tables(self, offsets):
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return self.builder.EndVector()

    def buffer(self, data):
        self.buffers.append(self.table("Buffer", Data=self.numbers(data, "uint8")))
        return len(self.buffers) - 1

    def tensor(self, name, kind, shape, data=None, signature=None, **fields):
        name, shape = self.builder.CreateString(name), self.numbers(shape)
        signature = self.numbers(signature)
        buffer = 0 if data is None else self.buffer(data)
        fields = {"Buffer": buffer, **fields}
        self.tensors.append(self.table("Tensor", Shape=shape, Type=kind, Name=name,
                                       ShapeSignature=signature, **fields))
        return len(self.tensors) - 1

    def quantized(self, scale, zero_point=None, dimension=0, low=None, high=None):
        vectors = {"Scale": self.numbers(scale, "float32"), "ZeroPoint": self.numbers(zero_point, "int64"),
                   "Min": self.numbers(low, "float32"), "Max": self.numbers(high, "float32")}
        return self.table("QuantizationParameters", QuantizedDimension=dimension, **vectors)

    def code(self, number, version=1, custom=None, narrow=None):
        custom = self.builder.CreateString(custom) if custom else None
        narrow = min(number, 127) if narrow is None else narrow
        self.codes.append(self.table("OperatorCode", DeprecatedBuiltinCode=narrow, CustomCode=custom,
                                     Version=version, BuiltinCode=number))
        return len(self.codes) - 1

    def op(self, code, inputs, outputs, custom=None, intermediates=None, mutating=None, **fields):
        """`code` is a number, or what code() gave as (index,)."""
        index = code[0] if isinstance(code, tuple) else self.code(code)
        vectors = {"Inputs": self.numbers(inputs), "Outputs": self.numbers(outputs),
                   "CustomOptions": self.numbers(custom, "uint8"),
                   "Intermediates": self.numbers(intermediates),
                   "MutatingVariableInputs": self.numbers(mutating, "bool")}
        self.ops.append(self.table("Operator", OpcodeIndex=index, **vectors, **fields))

    def options(self, name, **fields):
        return {"BuiltinOptionsType": getattr(BuiltinOptions, name),
                "BuiltinOptions": self.table(name, **fields)}

    def options2(self, name, **fields):
        return {"BuiltinOptions2Type": getattr(BuiltinOptions2, name),
                "BuiltinOptions2": self.table(name, **fields)}

    def end_graph(self, inputs, outputs, name="main"):
        fields = {"Tensors": self.tables(self.tensors), "Inputs": self.numbers(inputs),
                  "Outputs": self.numbers(outputs), "Operators": self.tables(self.ops),
                  "Name": self.builder.CreateString(name)}
        self.graphs.append(self.table("SubGraph", **fields))
        self.start_graph()

    def signature(self, key, graph, inputs, outputs):
        def maps(names):
            return self.tables([self.table("TensorMap", Name=self.builder.CreateString(name),
                                           TensorIndex=index) for name, index in names.items()])
        inputs, outputs, key = maps(inputs), maps(outputs), self.builder.CreateString(key)
        self.signatures.append(self.table("SignatureDef", Inputs=inputs, Outputs=outputs,
                                          SignatureKey=key, SubgraphIndex=graph))

    def add_metadata(self, name, data):
        name, buffer = self.builder.CreateString(name), self.buffer(data)
        self.metadata.append(self.table("Metadata", Name=name, Buffer=buffer))

    def finish(self, description="written by tools/tflite_models.py", version=3):
        lists = {"OperatorCodes": self.codes, "Subgraphs": self.graphs, "Buffers": self.buffers,
                 "Metadata": self.metadata, "SignatureDefs": self.signatures}
        lists = {name: self.tables(offsets) for name, offsets in lists.items()}
        description = self.builder.CreateString(description)
        model = self.table("Model", Version=version, Description=description, **lists)
        self.builder.Finish(model, file_identifier=b"TFL3")
        return bytes(self.builder.Output())


def options():
    w = Writer()
    per_tensor = w.quantized([0.5], [-3], low=[-1.5], high=[2.25])
    x = w.tensor("x", Type.INT8, [1, 4, 4, 2], signature=[-1, 4, 4, 2], Quantization=per_tensor,
                 HasRank=True)
    per_axis = w.quantized([0.25, 0.125, 1.0], [0, 0, 0], dimension=0)
    weights = w.tensor("weights", Type.INT8, [3, 1, 1, 2], range(250, 256), Quantization=per_axis)
    y = w.tensor("y", Type.INT8, [1, 2, 2, 3], Quantization=w.quantized([0.75], [7]))
    w.op(Op.CONV_2D, [x, weights, -1], [y],
         **w.options("Conv2DOptions", Padding=1, StrideW=2, StrideH=3, FusedActivationFunction=3,
                     DilationWFactor=4, DilationHFactor=5))
    w.op(Op.CONV_2D, [x, weights], [y], **w.options("Conv2DOptions"))  # defaults, not written
    w.op(Op.CONV_2D, [x, weights], [y])  # no options at all
    shape = w.numbers([-1, 12])
    w.op(Op.RESHAPE, [y], [y], **w.options("ReshapeOptions", NewShape=shape))
    w.op(Op.LEAKY_RELU, [y], [y], **w.options("LeakyReluOptions", Alpha=0.2))
    w.op(Op.ADD, [y, y], [y], **w.options("AddOptions", PotScaleInt16=False))
    boundaries = w.numbers([0.5, 1.5, -2.0], "float32")
    w.op(Op.BUCKETIZE, [y], [y], **w.options("BucketizeOptions", Boundaries=boundaries))
    w.op(Op.STRIDED_SLICE, [y], [y], **w.options("StridedSliceOptions", BeginMask=5, Offset=True))
    lists = {name: w.numbers(values, "int64") for name, values in
             {"StartIndices": [0, 1], "LimitIndices": [2, 3], "Strides": [1, 2**40]}.items()}
    w.op(Op.STABLEHLO_SLICE, [y], [y], **w.options2("StablehloSliceOptions", **lists))
    variable = w.tensor("state", Type.FLOAT32, [1, 3], IsVariable=True)
    custom = w.code(Op.CUSTOM, version=7, custom="My.Op")
    w.op((custom,), [x, variable, -1], [y], custom=b"\1\2\3", intermediates=[variable],
         mutating=[False, True, False])
    scalar = w.tensor("scalar", Type.FLOAT32, [], np.float32(2.5).tobytes(), HasRank=True)
    w.tensor("no elements", Type.INT32, [0], b"")
    w.tensor("", Type.FLOAT32, [2, 2], b"")  # an empty buffer of its own, but not a constant
    w.end_graph([x], [y, scalar])
    w.signature("serving_default", 0, {"in": x}, {"out": y, "two": scalar})
    w.add_metadata("min_runtime_version", b"1.14.0\0\0")
    return w.finish()


def old():
    """As TOCO wrote: narrow operator codes, a dimension that the tensor does not have, no names."""
    w = Writer()
    quantization = w.quantized([0.5], dimension=3, low=[0.0], high=[127.5])
    x = w.tensor("x", Type.UINT8, [1, 8], Quantization=quantization)
    scales = w.quantized([0.5, 0.25], dimension=3)
    w.tensor("bias", Type.INT32, [2], bytes(8), Quantization=scales)
    code = w.table("OperatorCode", DeprecatedBuiltinCode=Op.SOFTMAX)
    w.codes.append(code)
    w.op((len(w.codes) - 1,), [x], [x], **w.options("SoftmaxOptions", Beta=1.0))
    w.end_graph([x], [x])
    return w.finish("TOCO Converted.")


def encode(dense, order, formats, blocks=(), block_map=()):
    """(levels, values) of a dense array; levels are sizes, or (segments, indices)."""
    sizes = []
    for axis, size in enumerate(dense.shape):
        inner = [block for block, mapped in zip(blocks, block_map) if mapped == axis]
        sizes.append([size // int(np.prod(inner)), *inner])
    outer, inner, axis = [], {}, 0
    for dimension, parts in enumerate(sizes):
        outer.append(axis)
        for part in range(1, len(parts)):
            inner[block_map.index(dimension)] = axis + part
        axis += len(parts)
    expanded = dense.reshape([size for parts in sizes for size in parts])
    axes = outer + [inner[i] for i in range(len(blocks))]
    ordered = expanded.transpose([axes[i] for i in order])
    nodes, levels = [ordered], []
    for form, size in zip(formats, ordered.shape):
        if form == DimensionType.DENSE:
            levels.append(size)
            nodes = [node[i] for node in nodes for i in range(size)]
            continue
        segments, indices, children = [0], [], []
        for node in nodes:
            kept = [i for i in range(size) if node[i].any()]
            indices += kept
            children += [node[i] for i in kept]
            segments.append(len(indices))
        levels.append((segments, indices))
        nodes = children
    return levels, np.array(nodes, dense.dtype)


INDEX_KINDS = {"uint8": "Uint8Vector", "uint16": "Uint16Vector", "int32": "Int32Vector"}


def sparsity(w, levels, order, block_map, index):
    def vector(values):
        return w.table(INDEX_KINDS[index], Values=w.numbers(values, index))
    kind = getattr(SparseIndexVector, INDEX_KINDS[index])
    tables = []
    for level in levels:
        if isinstance(level, tuple):
            fields = {"Format": DimensionType.SPARSE_CSR, "ArraySegmentsType": kind,
                      "ArraySegments": vector(level[0]), "ArrayIndicesType": kind,
                      "ArrayIndices": vector(level[1])}
        else:
            fields = {"Format": DimensionType.DENSE, "DenseSize": int(level)}
        tables.append(w.table("DimensionMetadata", **fields))
    return w.table("SparsityParameters", TraversalOrder=w.numbers(order),
                   BlockMap=w.numbers(block_map or None), DimMetadata=w.tables(tables))


def sparse_array(shape, dtype, share, seed):
    random = np.random.default_rng(seed)
    values = random.integers(1, 100, shape)
    return np.where(random.random(shape) < share, values, 0).astype(dtype)


def sparse():
    w = Writer()
    d, s = DimensionType.DENSE, DimensionType.SPARSE_CSR
    kinds = [
        # dense array, order, formats, blocks, block_map, width of indices
        (sparse_array((4, 6), "float32", 0.3, 1), [0, 1], [d, s], (), (), "uint8"),
        (sparse_array((4, 6), "float32", 0.3, 2), [1, 0], [d, s], (), (), "uint16"),
        (sparse_array((5, 3), "float16", 0.2, 3), [0, 1], [s, s], (), (), "int32"),
        (sparse_array((4, 8), "int8", 0.2, 14), [0, 1, 2, 3], [d, s, d, d], (2, 2), (0, 1), "uint8"),
        (sparse_array((8, 4), "float32", 0.1, 5), [0, 1, 3, 2], [d, s, d, d], (4, 2), (0, 1), "uint16"),
        (sparse_array((6, 16), "float32", 0.1, 6), [0, 1, 2], [d, s, d], (4,), (1,), "uint8"),
        (sparse_array((3, 2, 2, 5), "float32", 0.2, 7), [0, 1, 2, 3], [d, d, d, s], (), (), "uint8"),
        (sparse_array((3, 2, 2, 5), "float32", 0.2, 8), [3, 0, 2, 1], [s, d, s, d], (), (), "uint8"),
        (np.zeros((3, 4), "float32"), [0, 1], [d, s], (), (), "uint8"),
        (sparse_array((2, 3), "float32", 0.5, 9), [0, 1], [d, d], (), (), "uint8"),
    ]
    outputs = []
    for i, (dense, order, formats, blocks, block_map, index) in enumerate(kinds):
        levels, values = encode(dense, order, formats, blocks, block_map)
        params = sparsity(w, levels, order, block_map, index)
        kind = TYPES[str(dense.dtype)]
        source = w.tensor(f"sparse {i}", kind, dense.shape, values.tobytes() or b"\0", Sparsity=params)
        outputs.append(w.tensor(f"dense {i}", kind, dense.shape))
        w.op(Op.DENSIFY, [source], [outputs[-1]], **w.options("DensifyOptions"))
    w.end_graph([], outputs)
    return w.finish()


def int4():
    w = Writer()
    outputs = []
    for i, count in enumerate([15, 16]):
        codes = [(7 * k + i) % 16 for k in range(count)]
        packed = [low | high << 4 for low, high in zip(codes[::2], codes[1::2] + [0])]
        quantization = w.quantized([0.5], [0])
        source = w.tensor(f"packed {i}", Type.INT4, [1, count], packed, Quantization=quantization)
        outputs.append(w.tensor(f"floats {i}", Type.FLOAT32, [1, count]))
        w.op(Op.DEQUANTIZE, [source], [outputs[-1]], **w.options("DequantizeOptions"))
    w.end_graph([], outputs)
    return w.finish()


def large():
    """Data behind the tables, as models over 2 GB have it."""
    weights, custom = np.arange(6, dtype="<f4").tobytes(), b"custom options"

    def write(begin):
        w = Writer()
        w.buffers.append(w.table("Buffer", Offset=begin, Size=len(weights)))
        x = w.tensor("weights", Type.FLOAT32, [2, 3], Buffer=1)
        w.op((w.code(Op.CUSTOM, custom="Big"),), [x], [x], LargeCustomOptionsOffset=begin + len(weights),
             LargeCustomOptionsSize=len(custom))
        w.end_graph([], [x])
        return w.finish()
    return write(len(write(1 << 20))) + weights + custom


def subgraphs():
    w = Writer()
    handle = w.tensor("handle", Type.RESOURCE, [])
    x = w.tensor("x", Type.FLOAT32, [1])
    names = {"Container": w.builder.CreateString("c"), "SharedName": w.builder.CreateString("counter")}
    w.op(Op.VAR_HANDLE, [], [handle], **w.options("VarHandleOptions", **names))
    w.op(Op.CALL_ONCE, [], [], **w.options("CallOnceOptions", InitSubgraphIndex=1))
    w.op(Op.IF, [x, x], [x], **w.options("IfOptions", ThenSubgraphIndex=1, ElseSubgraphIndex=2))
    w.op(Op.WHILE, [x], [x], **w.options("WhileOptions", CondSubgraphIndex=2, BodySubgraphIndex=1))
    w.end_graph([x], [x])
    for name in ("body", "cond"):
        x = w.tensor("x", Type.FLOAT32, [1])
        w.op(Op.ABS, [x], [x], **w.options("AbsOptions"))
        w.end_graph([x], [x], name)
    w.signature("first", 0, {"x": 1}, {"y": 1})
    w.signature("second", 2, {"x": 0}, {})
    return w.finish()


def newer():
    """What a later schema may bring: numbers and fields that today's does not have."""
    w = Writer()
    name, shape = w.builder.CreateString("external"), w.numbers([2, 2])
    w.builder.StartObject(12)
    tflite.TensorAddShape(w.builder, shape)
    tflite.TensorAddType(w.builder, 99)
    tflite.TensorAddName(w.builder, name)
    w.builder.PrependUint32Slot(11, 5, 0)
    w.tensors.append(w.builder.EndObject())
    table = w.table("AbsOptions")
    w.op(30000, [0], [0], BuiltinOptionsType=250, BuiltinOptions=table)
    w.op(Op.ABS, [0], [0], BuiltinOptions2Type=200, BuiltinOptions2=table)
    w.end_graph([0], [0])
    return w.finish()


def labels():
    """Files in a zip behind the model, as TFLite Metadata stores them."""
    w = Writer()
    x = w.tensor("x", Type.FLOAT32, [1, 3])
    w.op(Op.ABS, [x], [x])
    w.end_graph([x], [x])
    w.add_metadata("TFLITE_METADATA", b"")
    archive = io.BytesIO(w.finish())
    with zipfile.ZipFile(archive, mode="a") as z:
        for name, content in [("labels.txt", "cat\ndog\nowl\n"), ("folder/empty.txt", "")]:
            z.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return archive.getvalue()


MODELS = [options, old, sparse, int4, large, subgraphs, newer, labels]
