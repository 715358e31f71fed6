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


def rope(x, frequencies, magnitude, pairs):
    """x [token, head, head_dim], positions from 0; pairs: neighbours (llama) or halves (NeoX)."""
    tokens, _, head_dim = x.shape
    angles = np.arange(tokens)[:, None] * frequencies
    cos, sin = magnitude * np.cos(angles)[:, None, :], magnitude * np.sin(angles)[:, None, :]
    out = np.empty_like(x)
    half = head_dim // 2
    first = slice(0, None, 2) if pairs == "neighbours" else slice(0, half)
    second = slice(1, None, 2) if pairs == "neighbours" else slice(half, None)
    out[..., first] = x[..., first] * cos - x[..., second] * sin
    out[..., second] = x[..., first] * sin + x[..., second] * cos
    return out


def yarn_share(head_dim, base, context, fast, slow):
    """By pair, how much of its frequency stays unscaled: 1 for pairs that turn more than `fast` times
    over the context, 0 for those that turn less than `slow` times (arXiv:2309.00071, eq. 17 to 23;
    the borders are whole pairs, as in llama.cpp)."""
    def pair(turns):
        return head_dim * np.log(context / (turns * 2 * np.pi)) / (2 * np.log(base))
    low, high = max(0, np.floor(pair(fast))), min(head_dim - 1, np.ceil(pair(slow)))
    along = (np.arange(head_dim // 2) - low) / max(0.001, high - low)
    return 1 - np.clip(along, 0, 1)


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
        self.heads = self.by_layer("attention.head_count")
        self.kv_heads = self.by_layer("attention.head_count_kv")
        self.head_dim = self.key("attention.key_length", self.dim // self.heads[0])
        # Metadata floats are float32 and mean exactly that.
        self.epsilon = float(np.float32(self.key("attention.layer_norm_rms_epsilon")))
        self.rope_base = float(np.float32(self.key("rope.freq_base", 10000.0)))
        self.window = self.key("attention.sliding_window", 0)
        pattern = self.key("attention.sliding_window_pattern", 6)
        if isinstance(pattern, int):  # a period, in which the last layer sees everything
            pattern = [layer % pattern < pattern - 1 for layer in range(self.layers)]
        self.slides = [self.family == "gemma3" and self.window > 0 and flag for flag in pattern]

    def key(self, name, default=None):
        value = self.meta.get(f"{self.family}.{name}", default)
        assert value is not None, f"the file has no {self.family}.{name}"
        return value

    def by_layer(self, name):
        value = self.key(name)
        return value if isinstance(value, list) else [value] * self.layers

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

    def turning(self, slides):
        """Frequencies by pair, and what cos and sin are multiplied by."""
        magnitude = self.key("rope.scaling.attn_factor", 1.0)
        base = 10000.0 if slides else self.rope_base
        plain = base ** (-np.arange(0, self.head_dim, 2) / self.head_dim)
        factors = self.weight("rope_freqs.weight")
        if factors is not None:
            plain = plain / factors
        factor = self.key("rope.scaling.factor", 1.0)
        yarn = self.key("rope.scaling.type", "linear") == "yarn"
        if yarn:  # cancelled on all layers, put back below on those that are scaled
            magnitude /= 1 + 0.1 * self.key("rope.scaling.yarn_log_multiplier", 0.0) * np.log(factor)
        if slides:  # gemma3: sliding layers keep base 10000 and no scaling
            return plain, magnitude
        if not yarn:
            return plain / factor, magnitude
        share = self.key("rope.scaling.yarn_ext_factor", 1.0) * yarn_share(
            self.head_dim, self.rope_base, self.key("rope.scaling.original_context_length"),
            self.key("rope.scaling.yarn_beta_fast", 32.0),
            self.key("rope.scaling.yarn_beta_slow", 1.0))
        return plain * share + plain / factor * (1 - share), magnitude * (1 + 0.1 * np.log(factor))

    def rotate(self, x, slides):
        pairs = "neighbours" if self.family == "llama" else "halves"
        return rope(x, *self.turning(slides), pairs)

    def attention(self, x, layer, slides):
        block = f"blk.{layer}."
        tokens = len(x)
        q = self.linear(x, block + "attn_q").reshape(tokens, self.heads[layer], self.head_dim)
        k = self.linear(x, block + "attn_k").reshape(tokens, self.kv_heads[layer], self.head_dim)
        v = self.linear(x, block + "attn_v").reshape(tokens, self.kv_heads[layer], self.head_dim)
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
        out = self.attention(self.norm(x, block + "attn_norm"), layer, self.slides[layer])
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
