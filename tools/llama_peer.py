"""llama.cpp through the low-level functions of the package llama-cpp-python: logits by position."""

import ctypes

import gguf
import llama_cpp
import numpy as np

F32 = 0  # GGML_TYPE_F32

_silent = llama_cpp.llama_log_callback(lambda level, text, data: None)


def silence():
    llama_cpp.llama_log_set(_silent, ctypes.c_void_p(0))


class Peer:
    """precision "default": llama.cpp as it comes (F16 cache, flash attention if it likes);
    "exact": F32 cache, flash attention off."""

    def __init__(self, path, precision="default", context=2048, threads=2):
        params = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        assert self.model, f"llama.cpp refuses {path}"
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.vocab_size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx = context
        settings.n_batch = settings.n_ubatch = min(context, 512)
        settings.n_threads = settings.n_threads_batch = threads
        if precision == "exact":
            settings.type_k = settings.type_v = F32
            settings.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        assert self.context, f"llama.cpp makes no context for {path}"
        self.batch_size = settings.n_batch
        self.batch = llama_cpp.llama_batch_init(self.batch_size, 0, 1)

    def close(self):
        llama_cpp.llama_batch_free(self.batch)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def clear(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def feed(self, tokens, start, wanted):
        """Decodes tokens at positions start.. and returns the logits of the wanted positions."""
        rows = []
        for first in range(0, len(tokens), self.batch_size):
            part = tokens[first:first + self.batch_size]
            self.batch.n_tokens = len(part)
            for i, token in enumerate(part):
                self.batch.token[i] = token
                self.batch.pos[i] = start + first + i
                self.batch.n_seq_id[i] = 1
                self.batch.seq_id[i][0] = 0
                self.batch.logits[i] = start + first + i in wanted
            assert llama_cpp.llama_decode(self.context, self.batch) == 0, "llama_decode failed"
            for i in range(len(part)):
                if self.batch.logits[i]:
                    row = llama_cpp.llama_get_logits_ith(self.context, i)
                    rows.append(np.ctypeslib.as_array(row, (self.vocab_size,)).copy())
        return np.array(rows)

    def step(self, token, position):
        """Decodes one token and returns the most likely next one, copying nothing."""
        self.batch.n_tokens = 1
        self.batch.token[0] = token
        self.batch.pos[0] = position
        self.batch.n_seq_id[0] = 1
        self.batch.seq_id[0][0] = 0
        self.batch.logits[0] = True
        assert llama_cpp.llama_decode(self.context, self.batch) == 0, "llama_decode failed"
        row = llama_cpp.llama_get_logits_ith(self.context, 0)
        return int(np.ctypeslib.as_array(row, (self.vocab_size,)).argmax())

    def logits(self, tokens, positions):
        """float32 [len(positions), vocab] for ascending positions."""
        self.clear()
        return self.feed(tokens, 0, set(positions))

    def greedy(self, tokens, count):
        out = [int(self.logits(tokens, [len(tokens) - 1])[0].argmax())]
        while len(out) < count:
            out.append(self.step(out[-1], len(tokens) + len(out) - 1))
        return out

    def tokenize(self, text, add_special, parse_special=True):
        raw = text.encode()
        ids = (llama_cpp.llama_token * (len(raw) + 16))()
        count = llama_cpp.llama_tokenize(self.vocab, raw, len(raw), ids, len(ids), add_special,
                                         parse_special)
        assert count >= 0, "llama_tokenize failed"
        return list(ids[:count])


def write_f32(source, target):
    """Copies a GGUF file with every tensor dequantized to F32."""
    reader = gguf.GGUFReader(source)
    family = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, family)
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, inner)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        shape = [int(n) for n in reversed(tensor.shape)]
        writer.add_tensor(tensor.name, values.astype(np.float32).reshape(shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
