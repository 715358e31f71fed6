"""A TFLite model as lines of text, by PyPI tflite's reader; src/frontend/tflite/model_golden_test.cc
writes the same with hone's. Floats are the hexadecimal digits of their bits."""

import hashlib
import struct

import tflite

# Options whose fields are shown, in this order.
OPTIONS = {
    "Conv2DOptions": ["Padding", "StrideW", "StrideH", "FusedActivationFunction", "DilationWFactor",
                      "DilationHFactor"],
    "DepthwiseConv2DOptions": ["Padding", "StrideW", "StrideH", "DepthMultiplier",
                               "FusedActivationFunction", "DilationWFactor", "DilationHFactor"],
    "Pool2DOptions": ["Padding", "StrideW", "StrideH", "FilterWidth", "FilterHeight",
                      "FusedActivationFunction"],
    "FullyConnectedOptions": ["FusedActivationFunction", "WeightsFormat", "KeepNumDims",
                              "AsymmetricQuantizeInputs"],
    "SoftmaxOptions": ["Beta"],
    "AddOptions": ["FusedActivationFunction", "PotScaleInt16"],
    "ConcatenationOptions": ["Axis", "FusedActivationFunction"],
    "ReshapeOptions": ["NewShape"],
    "ReducerOptions": ["KeepDims"],
    "LeakyReluOptions": ["Alpha"],
    "StridedSliceOptions": ["BeginMask", "EndMask", "EllipsisMask", "NewAxisMask", "ShrinkAxisMask",
                            "Offset"],
    "IfOptions": ["ThenSubgraphIndex", "ElseSubgraphIndex"],
    "WhileOptions": ["CondSubgraphIndex", "BodySubgraphIndex"],
    "CallOnceOptions": ["InitSubgraphIndex"],
    "VarHandleOptions": ["Container", "SharedName"],
    "BucketizeOptions": ["Boundaries"],
    "StablehloConcatenateOptions": ["Dimension"],
    "StablehloSliceOptions": ["StartIndices", "LimitIndices", "Strides"],
}
FLOATS = {"Beta", "Alpha"}
FLOAT_LISTS = {"Boundaries"}


def bits(value):
    return struct.pack(">f", value).hex()


def text(value):
    return "" if value is None else value.decode()


def numbers(table, field, show=str):
    size = getattr(table, field + "Length")()
    return "[" + " ".join(show(getattr(table, field)(i)) for i in range(size)) + "]"


def names(enum):
    return {value: name for name, value in vars(enum).items() if isinstance(value, int)}


OP_NAMES = names(tflite.BuiltinOperator)
TYPE_NAMES = names(tflite.TensorType)
UNION_NAMES = [names(tflite.BuiltinOptions), names(tflite.BuiltinOptions2)]


def table_as(kind, union):
    table = getattr(tflite, kind)()
    table.Init(union.Bytes, union.Pos)
    return table


def options(op):
    for kinds, kind, union in [(UNION_NAMES[0], op.BuiltinOptionsType(), op.BuiltinOptions()),
                               (UNION_NAMES[1], op.BuiltinOptions2Type(), op.BuiltinOptions2())]:
        name = kinds.get(kind)
        if name not in OPTIONS or union is None:
            continue
        table = table_as(name, union)
        for field in OPTIONS[name]:
            if hasattr(table, field + "Length"):
                shown = numbers(table, field, bits if field in FLOAT_LISTS else str)
            else:
                value = getattr(table, field)()
                if field in FLOATS:
                    shown = bits(value)
                elif isinstance(value, bytes) or value is None:
                    shown = text(value)
                else:
                    shown = str(int(value))
            yield f"  {name}.{field} {shown}\n"


def buffer_bytes(content, model, index):
    """What a buffer holds; None: nothing."""
    if index == 0:
        return None
    buffer = model.Buffers(index)
    if not buffer.DataIsNone():
        length = buffer.DataLength()
        return buffer.DataAsNumpy().tobytes() if length else b""
    if buffer.Offset() > 1:
        return content[buffer.Offset():buffer.Offset() + buffer.Size()]
    return None


def data(content):
    return "none" if content is None else f"{len(content)} {hashlib.sha256(content).hexdigest()[:16]}"


def index_list(kind, union):
    if kind == tflite.SparseIndexVector.NONE or union is None:
        return "[]"
    return numbers(table_as(names(tflite.SparseIndexVector)[kind], union), "Values")


def sparsity(tensor):
    table = tensor.Sparsity()
    if table is None:
        return
    yield f"  sparse {numbers(table, 'TraversalOrder')} {numbers(table, 'BlockMap')}\n"
    for i in range(table.DimMetadataLength()):
        level = table.DimMetadata(i)
        segments = index_list(level.ArraySegmentsType(), level.ArraySegments())
        indices = index_list(level.ArrayIndicesType(), level.ArrayIndices())
        yield f"  level {level.Format()} {level.DenseSize()} {segments} {indices}\n"


def tensor_lines(content, model, tensor, index):
    kind = TYPE_NAMES.get(tensor.Type(), str(tensor.Type()))
    held = buffer_bytes(content, model, tensor.Buffer())
    if held == b"" and 0 not in [tensor.Shape(i) for i in range(tensor.ShapeLength())]:
        held = None
    yield (f"tensor {index} {kind} {numbers(tensor, 'Shape')} {numbers(tensor, 'ShapeSignature')} "
           f"{int(tensor.HasRank())} {int(tensor.IsVariable())} {data(held)} {text(tensor.Name())}\n")
    params = tensor.Quantization()
    if params is not None and (params.ScaleLength() or params.ZeroPointLength() or
                               params.MinLength() or params.MaxLength() or params.DetailsType()):
        yield (f"  quantized {numbers(params, 'Scale', bits)} {numbers(params, 'ZeroPoint')} "
               f"{params.QuantizedDimension()} {numbers(params, 'Min', bits)} "
               f"{numbers(params, 'Max', bits)} {params.DetailsType()}\n")
    yield from sparsity(tensor)


def operator_lines(content, model, op, index):
    code = model.OperatorCodes(op.OpcodeIndex())
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    custom = op.CustomOptionsAsNumpy().tobytes() if op.CustomOptionsLength() else b""
    if op.CustomOptionsIsNone() and op.LargeCustomOptionsOffset() > 1:
        begin = op.LargeCustomOptionsOffset()
        custom = content[begin:begin + op.LargeCustomOptionsSize()]
    yield (f"op {index} {OP_NAMES.get(number, str(number))} {code.Version()} {numbers(op, 'Inputs')} "
           f"{numbers(op, 'Outputs')} {numbers(op, 'Intermediates')} "
           f"{numbers(op, 'MutatingVariableInputs', lambda value: str(int(value)))} "
           f"{op.BuiltinOptionsType()} {op.BuiltinOptions2Type()} {data(custom)} "
           f"{text(code.CustomCode())}\n")
    yield from options(op)


def signature_lines(signature):
    yield f"signature {signature.SubgraphIndex()} {text(signature.SignatureKey())}\n"
    for kind in ("Inputs", "Outputs"):
        for i in range(getattr(signature, kind + "Length")()):
            entry = getattr(signature, kind)(i)
            yield f"  {kind.lower()} {entry.TensorIndex()} {text(entry.Name())}\n"


def lines(content):
    model = tflite.Model.GetRootAs(content, 0)
    yield f"model {model.Version()} {text(model.Description())}\n"
    for g in range(model.SubgraphsLength()):
        graph = model.Subgraphs(g)
        yield (f"subgraph {g} {numbers(graph, 'Inputs')} {numbers(graph, 'Outputs')} "
               f"{text(graph.Name())}\n")
        for i in range(graph.TensorsLength()):
            yield from tensor_lines(content, model, graph.Tensors(i), i)
        for i in range(graph.OperatorsLength()):
            yield from operator_lines(content, model, graph.Operators(i), i)
    for i in range(model.SignatureDefsLength()):
        yield from signature_lines(model.SignatureDefs(i))
    for i in range(model.MetadataLength()):
        entry = model.Metadata(i)
        held = buffer_bytes(content, model, entry.Buffer())
        yield f"metadata {data(b'' if held is None else held)} {text(entry.Name())}\n"
