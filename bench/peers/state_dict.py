"""Reads weights files without PyTorch: name -> numpy array."""
import collections
import json
import pickle

import numpy as np


def view(storage, offset, sizes, strides, *_):
    step = storage.itemsize
    return np.lib.stride_tricks.as_strided(storage[offset:], sizes, [step * s for s in strides])


KNOWN = {"collections.OrderedDict": collections.OrderedDict, "torch._utils._rebuild_tensor_v2": view,
         "torch.FloatStorage": np.float32, "torch.LongStorage": np.int64}


class Unpickler(pickle.Unpickler):
    """Makes tensors that are views of storages, which are filled later; calls nothing else."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        return KNOWN[f"{module}.{name}"]

    def persistent_load(self, identity):
        _, dtype, key, _, count = identity[:5]
        return self.storages.setdefault(key, np.zeros(count, dtype))


def read_pth(path):
    """What torch.save wrote before it wrote zips: pickles of a magic number, the version, the system, the
    tensors and the storages' keys, then of each storage its length and its elements."""
    with open(path, "rb") as file:
        for _ in range(3):
            Unpickler(file).load()
        unpickler = Unpickler(file)
        tensors = unpickler.load()
        for key in Unpickler(file).load():
            storage = unpickler.storages[key]
            file.seek(8, 1)
            storage[:] = np.frombuffer(file.read(storage.nbytes), storage.dtype)
    return tensors


def read_safetensors(path):
    """Of float32 tensors alone."""
    data = memoryview(path.read_bytes())
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(bytes(data[8:start])).items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[start + begin:start + end], "<f4").reshape(entry["shape"])
    return tensors
