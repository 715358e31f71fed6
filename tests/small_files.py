"""Small ONNX models and pictures, as tests write them."""
import struct
import zlib


# ONNX's protobuf, as far as these models need it: fields are (number, bytes or integer).
def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def message(*fields):
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def tensor_info(name, shape, dtype=1):
    dims = [(1, message((2 if isinstance(size, str) else 1, size))) for size in shape]
    return message((1, name), (2, message((1, message((1, dtype), (2, message(*dims)))))))


def floats(name, shape, values):
    return message(*[(1, size) for size in shape], (2, 1), (8, name), (9, struct.pack(f"<{len(values)}f", *values)))


def write_constant_model(path, picture, outputs, metadata):
    """A model [1, 3, height, width] -> what `outputs` says (name: (shape, values)), whatever the picture shows."""
    nodes = [node("ReduceMin", ["images"], "least", message((1, "keepdims"), (3, 0), (20, 2))),
             node("Mul", ["least", "zero"], "nothing")]
    nodes += [node("Add", ["nothing", f"{name}_values"], name) for name in outputs]
    tensors = [floats("zero", (), [0])] + [floats(f"{name}_values", shape, values) for name, (shape, values) in outputs.items()]
    graph = message(*[(1, n) for n in nodes], (2, "constant"), *[(5, t) for t in tensors], (11, tensor_info("images", picture)),
                    *[(12, tensor_info(name, shape)) for name, (shape, _) in outputs.items()])
    properties = [(14, message((1, key), (2, value))) for key, value in metadata.items()]
    path.write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13))), *properties))


def node(op, inputs, output, *attributes):
    return message(*[(1, name) for name in inputs], (2, output), (3, output), (4, op), *[(5, a) for a in attributes])


def write_png(path, color):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(color) * 4) * 4
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
