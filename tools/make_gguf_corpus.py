#!/usr/bin/env python3
"""Writes fuzz/corpus/gguf/*.gguf, small files by another writer (PyPI gguf 0.19.0): what the GGUF
fuzzer starts from and what reader_test.cc reads.

    pip install gguf==0.19.0
    python tools/make_gguf_corpus.py
"""

import pathlib

import numpy as np
from gguf import GGUFEndian, GGUFWriter, TokenType
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

OUT = pathlib.Path(__file__).resolve().parent.parent / "fuzz/corpus/gguf"


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer):
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(["<s>", "</s>", "a", "b", "ab"])
    writer.add_token_types([TokenType.CONTROL, TokenType.CONTROL] + [TokenType.NORMAL] * 3)
    writer.add_token_scores([0.0, 0.0, -1.0, -2.0, -3.0])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_add_bos_token(True)
    writer.add_chat_template("{{ messages[0].content }}")


def tokenizer():
    writer = GGUFWriter(OUT / "tokenizer.gguf", "llama")
    add_tokenizer(writer)
    finish(writer)


def metadata():
    writer = GGUFWriter(OUT / "metadata.gguf", "llama")
    writer.add_uint8("u8", 200)
    writer.add_int8("i8", -5)
    writer.add_uint16("u16", 60000)
    writer.add_int16("i16", -600)
    writer.add_uint32("u32", 4000000000)
    writer.add_int32("i32", -70000)
    writer.add_uint64("u64", 2**63)
    writer.add_int64("i64", -(2**40))
    writer.add_float32("f32", 0.5)
    writer.add_float64("f64", -0.25)
    writer.add_bool("bool", True)
    writer.add_string("string", "text")
    writer.add_array("floats", [1.5, 2.5])
    writer.add_array("ints", [1, -2, 3])
    writer.add_array("bools", [True, False])
    finish(writer)


def model():
    writer = GGUFWriter(OUT / "model.gguf", "llama")
    writer.add_custom_alignment(64)
    writer.add_block_count(1)
    writer.add_head_count_kv([1, 2])
    add_tokenizer(writer)
    writer.add_tensor("token_embd.weight", np.arange(20, dtype=np.float32).reshape(5, 4))
    writer.add_tensor("output_norm.weight", np.ones(4, dtype=np.float32))
    writer.add_tensor("halves", np.arange(6, dtype=np.float16).reshape(1, 2, 3))
    finish(writer)


def types():
    """A row of one block of every block-quantized type."""
    writer = GGUFWriter(OUT / "types.gguf", "llama")
    random = np.random.default_rng(0)
    for kind, (elements, size) in GGML_QUANT_SIZES.items():
        if elements == 1 or kind == GGMLQuantizationType.Q8_1:  # 40 bytes there, 36 in ggml
            continue
        raw = random.integers(0, 256, (1, size), np.uint8)
        writer.add_tensor(kind.name, raw, raw_dtype=kind)
    finish(writer)


def big_endian():
    writer = GGUFWriter(OUT / "big_endian.gguf", "llama", endianess=GGUFEndian.BIG)
    writer.add_block_count(1)
    finish(writer)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for write in (tokenizer, metadata, model, types, big_endian):
        write()
    # The layout of version 2 is that of 3.
    content = bytearray((OUT / "metadata.gguf").read_bytes())
    content[4] = 2
    (OUT / "version2.gguf").write_bytes(content)


main()
