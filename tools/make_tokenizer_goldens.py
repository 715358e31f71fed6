#!/usr/bin/env python3
"""Makes tests/golden/tokenizer/*; the README.md there tells what they hold and with which versions.

  make_tokenizer_goldens.py vocabularies        small vocabularies, trained on cases.json
  make_tokenizer_goldens.py synthetic           what the peer makes of cases.json with them
  make_tokenizer_goldens.py model NAME FILE     the same with a real model's file, ids in full

Needs: gguf, tokenizers, sentencepiece, protobuf, llama-cpp-python (PyPI).
"""
import ctypes
import json
import os
import pathlib
import re
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests/golden/tokenizer"
BLOCK, BLOCKS = 50, 40  # random texts a hash, hashes
RANGES = [(0x20, 0x7E), (0x80, 0x24F), (0x250, 0x1FFF), (0x2000, 0x2FFF), (0x3000, 0x9FFF),
          (0xA000, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x323AF)]
CONTROL = ["<unk>", "<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<mask>"]
USER_DEFINED = ["<tool>", "\n\n\n", "<tool_call>", "ll<"]
NORMAL, UNKNOWN, CONTROL_TYPE, USER_TYPE, BYTE = 1, 2, 3, 4, 6


def cases():
    """The curated texts as bytes."""
    items = json.loads((FOLDER / "cases.json").read_text())
    return [bytes.fromhex(i["hex"]) if isinstance(i, dict) else i.encode() for i in items]


class Random:
    """splitmix64; tokenizer_golden_test.cc has the same, and the same text()."""

    def __init__(self, seed):
        self.state = seed

    def next(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return ((z ^ (z >> 31)) >> 16) % bound

    def text(self, fragments):
        out = b""
        for _ in range(1 + self.next(10)):
            kind = self.next(8)
            if kind < 5:
                out += fragments[self.next(len(fragments))]
            elif kind == 5:
                first, last = RANGES[self.next(len(RANGES))]
                out += chr(first + self.next(last - first + 1)).encode()
            elif kind == 6:
                out += bytes([0x20 + self.next(95)])
            else:
                out += bytes([self.next(0xF4)])  # the peer throws on some sequences from F4 on
        return out


def fnv(ids):
    value = 0xCBF29CE484222325
    for byte in np.asarray([len(ids), *ids], "<i4").tobytes():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


class Peer:
    def __init__(self, path):
        import llama_cpp
        self.api = llama_cpp
        if not hasattr(Peer, "quiet"):
            Peer.quiet = llama_cpp.llama_log_callback(lambda *_: None)
            llama_cpp.llama_log_set(Peer.quiet, ctypes.c_void_p(0))
            llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.vocab_only = True
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        assert self.model, f"the peer cannot load {path}"
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)

    def encode(self, text, flags):
        room = 4 * len(text) + 64
        ids = (self.api.llama_token * room)()
        count = self.api.llama_tokenize(self.vocab, text, len(text), ids, room, bool(flags & 1),
                                        bool(flags & 2))
        assert count >= 0
        return list(ids[:count])

    def ends(self):
        count = self.api.llama_vocab_n_tokens(self.vocab)
        return [i for i in range(count) if self.api.llama_vocab_is_eog(self.vocab, i)]

    def close(self):
        self.api.llama_model_free(self.model)


def random_hashes(peer):
    rng, fragments, hashes = Random(1), cases(), []
    for _ in range(BLOCKS):
        all_ids = []
        for _ in range(BLOCK):
            text = rng.text(fragments)
            flags = rng.next(4)
            all_ids += [len(all_ids), *peer.encode(text, flags)]
        hashes.append(f"{fnv(all_ids):016x}")
    return hashes


def case_hashes(peer):
    """Eight digits a case: with both flags and with none."""
    return "".join(f"{fnv(peer.encode(t, 3) + peer.encode(t, 0)) & 0xFFFFFFFF:08x}" for t in cases())


def write_gguf(path, model, tokens, types, scores=None, merges=None, pre=None, **settings):
    import gguf
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model(model)
    if pre is not None:
        writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    if scores is not None:
        writer.add_token_scores([float(score) for score in scores])
    if merges is not None:
        writer.add_token_merges(merges)
    for name, value in settings.items():
        key = f"tokenizer.ggml.{name}"
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, bytes):
            writer.add_array(key, value)
        else:
            writer.add_uint32(key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def train_pairs(lines, size, alphabet):
    """Byte pairs over whole lines, so that any wrong word border shows."""
    from tokenizers import Tokenizer, models, trainers
    tokenizer = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False,
                                  min_frequency=2)
    tokenizer.train_from_iterator(lines, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    return tokens, merges


def spell(text):
    """GPT-2's printable spelling of bytes."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table, extra = {}, 256
    for byte in range(256):
        table[byte] = byte if byte in plain else extra
        extra += byte not in plain
    return "".join(chr(table[byte]) for byte in text)


def lines():
    """Training text: every case with its neighbors, so that pairs across borders are frequent."""
    texts = [t.decode(errors="replace") for t in cases()]
    return [a + b for a in texts for b in texts[::7]]


def special_first(tokens):
    listed = CONTROL + USER_DEFINED + [t for t in tokens if t not in CONTROL + USER_DEFINED]
    types = [UNKNOWN] + [CONTROL_TYPE] * (len(CONTROL) - 1) + [USER_TYPE] * len(USER_DEFINED)
    return listed, types + [NORMAL] * (len(listed) - len(types))


def make_byte_level():
    tokens, merges = train_pairs([spell(t.encode()) for t in lines()], 1500,
                                 [spell(bytes([b])) for b in range(256)])
    tokens, types = special_first(tokens)
    write_gguf(FOLDER / "byte_level.gguf", "gpt2", tokens, types, merges=merges, pre="gpt-2",
               bos_token_id=1, eos_token_id=2)


def make_characters():
    # The peer's token texts end at a zero byte, so none may hold one.
    texts = [t.replace(" ", "▁").replace("\0", "") for t in lines()]
    tokens, merges = train_pairs(texts, 1200, ["▁"])
    tokens, types = special_first(tokens)
    names = [f"<0x{b:02X}>" for b in range(256)]
    names = [name for name in names if name not in tokens]  # a case spells one of them
    write_gguf(FOLDER / "characters.gguf", "gpt2", tokens + names, types + [BYTE] * len(names),
               merges=merges, pre="gemma4", bos_token_id=1, eos_token_id=2)


def train_sentence_piece(kind, size, **options):
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder, "text")
        text.write_text("\n".join(line.replace("\n", " ").replace("\0", "") for line in lines()))
        sentencepiece.SentencePieceTrainer.train(
            input=str(text), model_prefix=str(pathlib.Path(folder, "model")), model_type=kind,
            vocab_size=size, character_coverage=0.98, minloglevel=2, num_threads=1,
            max_sentence_length=1 << 20, **options)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(pathlib.Path(folder, "model.model").read_bytes())
    return proto


def make_sentence_piece():
    proto = train_sentence_piece("bpe", 1200, byte_fallback=True, split_by_whitespace=False,
                                 user_defined_symbols=["<tool>"])
    kinds = {1: NORMAL, 2: UNKNOWN, 3: CONTROL_TYPE, 4: USER_TYPE, 6: BYTE}
    write_gguf(FOLDER / "sentence_piece.gguf", "llama", [p.piece for p in proto.pieces],
               [kinds[p.type] for p in proto.pieces], scores=[p.score for p in proto.pieces],
               bos_token_id=1, eos_token_id=2, unknown_token_id=0)


def make_unigram():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        for source, target in [("é", "e"), ("É", "E"), ("…", "..."), ("　", " "), ("½", "1/2"),
                               ("ﬁ", "fi"), ("Ⅷ", "VIII"), ("\t", " "), ("e\u0301", "e"), ("🇩🇪", "DE")]:
            code = lambda text: " ".join(f"{ord(c):X}" for c in text)
            rules.write(f"{code(source)}\t{code(target)}\n")
        rules.flush()
        proto = train_sentence_piece("unigram", 900, normalization_rule_tsv=rules.name,
                                     user_defined_symbols=["<tool>", "<tool_call>"], pad_id=0,
                                     eos_id=1, unk_id=2, bos_id=-1)
    kinds = {1: NORMAL, 2: UNKNOWN, 3: CONTROL_TYPE, 4: USER_TYPE, 6: BYTE}
    write_gguf(FOLDER / "unigram.gguf", "t5", [p.piece for p in proto.pieces],
               [kinds[p.type] for p in proto.pieces], scores=[p.score for p in proto.pieces],
               precompiled_charsmap=proto.normalizer_spec.precompiled_charsmap, eos_token_id=1,
               unknown_token_id=2, add_space_prefix=True, remove_extra_whitespaces=True)


def make_word_piece():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=900, special_tokens=special, min_frequency=1,
                                        show_progress=False)
    tokenizer.train_from_iterator(lines(), trainer)
    vocabulary = tokenizer.get_vocab()
    words = sorted(vocabulary, key=vocabulary.get)
    tokens = [w if w in special else w[2:] if w.startswith("##") else "▁" + w for w in words]
    types = [UNKNOWN if w == "[UNK]" else CONTROL_TYPE if w in special else NORMAL for w in words]
    write_gguf(FOLDER / "word_piece.gguf", "bert", tokens, types, bos_token_id=2,
               seperator_token_id=3, unknown_token_id=1, padding_token_id=0)


def retitled(path, pre, out):
    """A copy of a vocabulary under another pre-tokenizer's name."""
    import gguf
    fields = gguf.GGUFReader(path).fields
    texts = lambda name: [bytes(fields[name].parts[i]).decode() for i in fields[name].data]
    number = lambda name: int(fields[name].parts[-1][0])
    types = [int(fields["tokenizer.ggml.token_type"].parts[i][0])
             for i in fields["tokenizer.ggml.token_type"].data]
    model = "whitespace" if pre == "whitespace" else "gpt2"
    write_gguf(out, model, texts("tokenizer.ggml.tokens"), types,
               merges=texts("tokenizer.ggml.merges"), pre=pre,
               bos_token_id=number("tokenizer.ggml.bos_token_id"),
               eos_token_id=number("tokenizer.ggml.eos_token_id"))


def result(path):
    peer = Peer(path)
    found = {"cases": case_hashes(peer), "random": random_hashes(peer), "ends": peer.ends()}
    peer.close()
    return found


def make_synthetic():
    source = (ROOT / "src/llm/tokenizer/pre_patterns.cc").read_text()
    source = source[source.index("kRecipes"):]
    groups = {}
    for name, rest in re.findall(r'\.name = "([^"]+)"([^}]*)\}', source):
        vocabulary = "characters" if "bytes = false" in rest else "byte_level"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "vocabulary.gguf")
            retitled(FOLDER / f"{vocabulary}.gguf", name, path)
            found = {"vocabulary": vocabulary, **result(path)}
        groups.setdefault(json.dumps(found), []).append(name)
    golden = [{"pre": names, **json.loads(found)} for found, names in groups.items()]
    for vocabulary in ["sentence_piece", "unigram", "word_piece"]:
        golden.append({"pre": [""], "vocabulary": vocabulary,
                       **result(FOLDER / f"{vocabulary}.gguf")})
    (FOLDER / "synthetic.json").write_text(json.dumps(golden, indent=1) + "\n")


def make_model(name, path):
    peer = Peer(path)
    rows = ",\n".join(json.dumps([peer.encode(t, 3), peer.encode(t, 0)], separators=(",", ":"))
                      for t in cases())
    text = (f'{{"file":{json.dumps(os.path.basename(path))},\n"ends":{json.dumps(peer.ends())},\n'
            f'"random":{json.dumps(random_hashes(peer))},\n"cases":[\n{rows}]}}\n')
    (FOLDER / f"{name}.json").write_text(text)


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "vocabularies":
        for make in [make_byte_level, make_characters, make_sentence_piece, make_unigram,
                     make_word_piece]:
            make()
    elif command == "synthetic":
        make_synthetic()
    elif command == "model" and len(sys.argv) == 4:
        make_model(sys.argv[2], sys.argv[3])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
