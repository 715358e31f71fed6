"""Writes an engine file by src/engine/FORMAT.md alone, from sections that may hold anything: hashes fit them."""
import hashlib
import struct

MAGIC = b"\x89HONE\r\n\x1a"
MAX_CHUNK = 4 << 20


def field(tag, data):
    return struct.pack("<HI", tag, len(data)) + data


def listed(records):
    return b"".join(struct.pack("<I", len(record)) + record for record in records)


def engine(sections):
    """The file's bytes; `sections` is {(kind, part, role): bytes}."""
    out, records = bytearray(128), []
    for (kind, part, role), data in sections.items():
        out.extend(bytes(-len(out) % (4096 if kind == "weight_data" else 64)))
        records.append(field(1, kind.encode()) + field(3, part.encode()) + field(5, role.encode())
                       + field(7, struct.pack("<Q", len(out))) + field(9, struct.pack("<Q", len(data))))
        out.extend(data)
    out.extend(bytes(-len(out) % 64))
    chunks = []
    for at in range(128, len(out), MAX_CHUNK):
        chunk = out[at:at + MAX_CHUNK]
        chunks.append(field(1, struct.pack("<Q", len(chunk))) + field(3, hashlib.sha256(chunk).digest()))
    manifest = field(1, listed(records)) + field(3, listed(chunks))
    header = MAGIC + struct.pack("<HHIQQ", 1, 0, 0, len(out), len(manifest))
    header += hashlib.sha256(header + manifest).digest()
    out[:128] = header + bytes(128 - len(header))
    return bytes(out) + manifest
