"""Writes and reads golden files: named arrays; the format is told in tests/support/golden.h."""

import struct

import numpy as np

MAGIC = b"HGOLDEN1"


def write(path, records):
    """records: name -> str, int array or float array; kept in order."""
    out = bytearray(MAGIC)
    for name, value in records.items():
        if isinstance(value, str):
            kind, payload = 0, value.encode()
            count = len(payload)
        else:
            array = np.asarray(value)
            kind = 1 if np.issubdtype(array.dtype, np.integer) else 2
            array = array.astype("<i4" if kind == 1 else "<f4").ravel()
            payload, count = array.tobytes(), array.size
        raw = name.encode()
        out += struct.pack("<I", len(raw)) + raw + struct.pack("<II", kind, count) + payload
    with open(path, "wb") as file:
        file.write(out)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == MAGIC, f"{path} is no golden file"
    records, at = {}, 8
    while at < len(data):
        size, = struct.unpack_from("<I", data, at)
        name = data[at + 4:at + 4 + size].decode()
        kind, count = struct.unpack_from("<II", data, at + 4 + size)
        at += 12 + size
        if kind == 0:
            records[name] = data[at:at + count].decode()
            at += count
        else:
            records[name] = np.frombuffer(data, "<i4" if kind == 1 else "<f4", count, at)
            at += 4 * count
    return records
