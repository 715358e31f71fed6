"""The forward pass of llama, qwen2, qwen3 and gemma3 in float64 with numpy, from a GGUF file.

Written to be read: no cache, no batching, every position at once. Weights are the file's, dequantized
by the package gguf; everything after that is float64, so its logits are the truth that both hone and
llama.cpp are measured against.
"""

import gguf
import numpy as np


def read_metadata(reader):
    return {field.name: field.contents() for field in reader.fields.values()
            if not field.name.startswith("tokenizer.")}


def rms_norm(x, weight, epsilon):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def silu(x):
    return x / (1 + np.exp(-x))


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def rope(x, base, scale, factors, pairs):
    """x [token, head, head_dim], positions from 0; pairs: neighbours (llama) or halves (NeoX)."""
    tokens, _, head_dim = x.shape
    frequencies = base ** (-np.arange(0, head_dim, 2) / head_dim) / factors
    angles = np.arange(tokens)[:, None] * scale * frequencies
    cos, sin = np.cos(angles)[:, None, :], np.sin(angles)[:, None, :]
    out = np.empty_like(x)
    half = head_dim // 2
    first = slice(0, None, 2) if pairs == "neighbours" else slice(0, half)
    second = slice(1, None, 2) if pairs == "neighbours" else slice(half, None)
    out[..., first] = x[..., first] * cos - x[..., second] * sin
    out[..., second] = x[..., first] * sin + x[..., second] * cos
    return out


def attend(q, k, v, scale, window):
    """Causal attention, [token, head, head_dim]; window 0: all the past, else the last `window`."""
    tokens, heads, _ = q.shape
    group = heads // k.shape[1]
    distance = np.arange(tokens)[:, None] - np.arange(tokens)[None, :]
    masked = (distance < 0) | ((window > 0) & (distance >= window))
    out = np.empty(q.shape[:2] + v.shape[2:])
    for head in range(heads):
        scores = q[:, head] @ k[:, head // group].T * scale
        scores[masked] = -np.inf
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        out[:, head] = weights / weights.sum(-1, keepdims=True) @ v[:, head // group]
    return out.reshape(tokens, -1)


class Model:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.meta = read_metadata(reader)
        self.family = self.meta["general.architecture"]
        self.tensors = {t.name: t for t in reader.tensors}
        self.weights = {}
        self.layers = self.key("block_count")
        self.dim = self.key("embedding_length")
        self.heads = self.key("attention.head_count")
        self.kv_heads = self.key("attention.head_count_kv", self.heads)
        self.head_dim = self.key("attention.key_length", self.dim // self.heads)
        # Metadata floats are float32 and mean exactly that.
        self.epsilon = float(np.float32(self.key("attention.layer_norm_rms_epsilon")))
        self.rope_base = float(np.float32(self.key("rope.freq_base", 10000.0)))
        self.rope_scale = 1.0 / self.key("rope.scaling.factor", 1.0)
        self.window = self.key("attention.sliding_window", 0)
        self.period = self.key("attention.sliding_window_pattern", 6)

    def key(self, name, default=None):
        value = self.meta.get(f"{self.family}.{name}", default)
        assert value is not None, f"the file has no {self.family}.{name}"
        return value

    def weight(self, name):
        """float64, rows first; None if the file has no such tensor."""
        if name not in self.tensors:
            return None
        if name not in self.weights:
            tensor = self.tensors[name]
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            shape = tuple(int(n) for n in reversed(tensor.shape))
            self.weights[name] = values.reshape(shape).astype(np.float64)
        return self.weights[name]

    def linear(self, x, name):
        out = x @ self.weight(name + ".weight").T
        bias = self.weight(name + ".bias")
        return out if bias is None else out + bias

    def norm(self, x, name):
        return rms_norm(x, self.weight(name + ".weight"), self.epsilon)

    def rotate(self, x, slides):
        factors = self.weight("rope_freqs.weight")
        factors = 1.0 if factors is None else factors
        pairs = "neighbours" if self.family == "llama" else "halves"
        if slides:  # gemma3: sliding layers keep base 10000 and no scaling
            return rope(x, 10000.0, 1.0, 1.0, pairs)
        return rope(x, self.rope_base, self.rope_scale, factors, pairs)

    def attention(self, x, layer, slides):
        block = f"blk.{layer}."
        tokens = len(x)
        q = self.linear(x, block + "attn_q").reshape(tokens, self.heads, self.head_dim)
        k = self.linear(x, block + "attn_k").reshape(tokens, self.kv_heads, self.head_dim)
        v = self.linear(x, block + "attn_v").reshape(tokens, self.kv_heads, self.head_dim)
        if self.family in ("qwen3", "gemma3"):
            q, k = self.norm(q, block + "attn_q_norm"), self.norm(k, block + "attn_k_norm")
        q, k = self.rotate(q, slides), self.rotate(k, slides)
        mixed = attend(q, k, v, 1 / np.sqrt(self.head_dim), self.window if slides else 0)
        return self.linear(mixed, block + "attn_output")

    def feed_forward(self, x, layer):
        block = f"blk.{layer}."
        gate = self.linear(x, block + "ffn_gate")
        gate = gelu_tanh(gate) if self.family == "gemma3" else silu(gate)
        return self.linear(gate * self.linear(x, block + "ffn_up"), block + "ffn_down")

    def block(self, x, layer):
        block = f"blk.{layer}."
        gemma = self.family == "gemma3"
        slides = gemma and self.window > 0 and layer % self.period < self.period - 1
        out = self.attention(self.norm(x, block + "attn_norm"), layer, slides)
        x = x + (self.norm(out, block + "post_attention_norm") if gemma else out)
        out = self.feed_forward(self.norm(x, block + "ffn_norm"), layer)
        return x + (self.norm(out, block + "post_ffw_norm") if gemma else out)

    def logits(self, tokens, positions):
        """float64 [len(positions), vocab]: what follows tokens[: position + 1]."""
        x = self.weight("token_embd.weight")[tokens]
        if self.family == "gemma3":
            x = x * np.sqrt(self.dim)
        for layer in range(self.layers):
            x = self.block(x, layer)
        x = self.norm(x[positions], "output_norm")
        output = self.weight("output.weight")
        out = x @ (self.weight("token_embd.weight") if output is None else output).T
        cap = self.key("final_logit_softcapping", 0.0)
        return cap * np.tanh(out / cap) if cap else out
