"""Reads an engine file by src/engine/FORMAT.md alone, without any of hone's code."""
import hashlib
import struct

MAGIC = b"\x89HONE\r\n\x1a"


def fields(record):
    """[(tag, bytes)] of a record."""
    out, at = [], 0
    while at < len(record):
        tag, size = struct.unpack_from("<HI", record, at)
        at += 6
        if at + size > len(record):
            raise ValueError("a field ends behind its record")
        out.append((tag, record[at:at + size]))
        at += size
    return out


def items(listed):
    """The items of a list of records or texts."""
    out, at = [], 0
    while at < len(listed):
        size, = struct.unpack_from("<I", listed, at)
        out.append(listed[at + 4:at + 4 + size])
        at += 4 + size
    return out


class Engine:
    """Attributes are the header's; sections are {(kind, part, role): (offset, size)}."""

    def __init__(self, data):
        self.data = data
        if data[:8] != MAGIC:
            raise ValueError("no engine")
        self.major, self.minor, self.must_understand, at, size = struct.unpack_from("<HHIQQ", data, 8)
        manifest = data[at:at + size]
        if hashlib.sha256(data[:32] + manifest).digest() != data[32:64]:
            raise ValueError("another digest")
        if at + size > len(data) or any(data[64:128]):
            raise ValueError("bytes that mean nothing")
        self.signatures = [dict(fields(one)) for one in items(dict(fields(data[at + size:])).get(1, b""))]
        self.manifest_offset = at
        top = dict(fields(manifest))
        self.sections = {}
        for record in items(top[1]):
            one = dict(fields(record))
            offset, length = struct.unpack("<QQ", one[7] + one[9])
            self.sections[(one[1].decode(), one[3].decode(), one[5].decode())] = (offset, length)
        self.chunks = [(struct.unpack("<Q", dict(fields(record))[1])[0], dict(fields(record))[3])
                       for record in items(top[3])]

    def check_chunks(self):
        at = 128
        for size, digest in self.chunks:
            if not 0 < size <= 4 << 20 or hashlib.sha256(self.data[at:at + size]).digest() != digest:
                raise ValueError(f"the chunk at {at} is not what the manifest says")
            at += size
        if at != self.manifest_offset:
            raise ValueError("bytes in no chunk")

    def section(self, kind, part="", role=""):
        offset, size = self.sections[(kind, part, role)]
        return self.data[offset:offset + size]

    def weights(self):
        """{(name, layout): bytes}"""
        out, data = {}, self.section("weight_data")
        for record in items(dict(fields(self.section("weights"))).get(1, b"")):
            one = dict(fields(record))
            offset, size = struct.unpack("<QQ", one[5] + one[7])
            if offset % (4096 if size >= 4096 else 64) != 0 or offset + size > len(data):
                raise ValueError("a weight where none may be")
            out[(one[1].decode(), one[3].decode())] = data[offset:offset + size]
        return out
