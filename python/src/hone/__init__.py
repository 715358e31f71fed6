"""Runs machine learning models on this machine's processor.

    model = hone.open("squeezenet.onnx")
    scores = model.run({"data": picture})["softmaxout_1"]

    chat = hone.open("smollm2.gguf")
    for piece in chat.chat("What is the capital of France?"):
        print(piece, end="", flush=True)

What goes wrong is a hone.Error, with the name of its code ("not_found", "untrusted", ...).
"""
from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Union

import numpy as np

from . import _hone
from ._stream import Answer, Stream

__all__ = ["Answer", "Error", "Model", "Port", "Stream", "open"]
__version__: str = _hone.version

Message = Mapping[str, str]
Path = Union[str, "os.PathLike[str]"]


class Error(Exception):
    """What went wrong: `str(error)` says it in a sentence, `error.code` is its kind:

    invalid_argument, not_found, corrupt, unsupported, limit_exceeded, io, network, untrusted, conflict,
    canceled or internal.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Port(NamedTuple):
    """An input or output. `shape` has an int for each dimension, its name or None where it is not fixed;
    None where nothing is known before a run. Integers of a quantized output stand for
    (element - zero) * scale; scale is 0 where that is not known."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...] | None
    scale: float = 0.0
    zero: float = 0.0


# As numpy calls them, where it does: bf16 are the bits of such numbers.
_NUMPY = {"f32": np.float32, "f16": np.float16, "f64": np.float64, "bool": np.bool_, "bf16": np.uint16,
          **{f"{kind}{bits}": np.dtype(f"{kind}{bits // 8}") for kind in "iu" for bits in (8, 16, 32, 64)}}


class Model:
    """A model that is open; hone.open makes it. Safe to use from several threads: its runs queue."""

    def __init__(self, model: _hone.Model) -> None:
        self._model = model
        self._answering = None if not model.is_language else Stream.Turn(model)

    @property
    def kind(self) -> str:
        """"tensors" (run) or "language" (generate, chat, tokenize)."""
        return "language" if self._model.is_language else "tensors"

    @property
    def inputs(self) -> list[Port]:
        return [Port(*port) for port in self._model.inputs()]

    @property
    def outputs(self) -> list[Port]:
        return [Port(*port) for port in self._model.outputs()]

    @property
    def metadata(self) -> dict[str, str]:
        """What the model says of itself."""
        return dict(self._model.metadata())

    @property
    def labels(self) -> list[str]:
        """Names of the classes that the file carries; often none."""
        return self._model.labels()

    @property
    def context(self) -> int:
        """Tokens that a prompt and its answer may have together. Of language models."""
        return self._model.language()[0]

    def run(self, inputs: Mapping[str, np.typing.ArrayLike]) -> dict[str, np.ndarray]:
        """Runs the model once: arrays by name in, arrays by name out.

        Arrays of the right type that lie dense are not copied; lists and numbers become arrays of the
        type that the model takes. Results are read-only views of the library's memory: copy what you
        want to write to.
        """
        wanted = {port.name: port.dtype for port in self.inputs}
        arrays = []
        for name, value in inputs.items():
            dtype = None if isinstance(value, np.ndarray) else _NUMPY.get(wanted.get(name, ""))
            array = np.asarray(value, dtype=dtype)
            arrays.append((name, np.ascontiguousarray(array).reshape(array.shape)))
        return dict(self._model.run(arrays))

    def reset(self) -> None:
        """Forgets the states of a model that has some."""
        self._model.reset()

    def chat(self, messages: str | Iterable[Message], **options: object) -> Stream:
        """The answer to a question, or to a conversation [{"role": "user", "content": "..."}, ...].

        Options: max_tokens, seed, temperature, top_k, top_p, min_p, typical_p, repeat_penalty,
        repeat_last_n, frequency_penalty, presence_penalty, stop (a list of texts), ignore_end.
        """
        said = [{"role": "user", "content": messages}] if isinstance(messages, str) else messages
        pairs = [(message["role"], message["content"]) for message in said]
        return self._stream("chat", pairs, options)

    def generate(self, prompt: str, **options: object) -> Stream:
        """How a text goes on; the options are those of chat()."""
        return self._stream("complete", prompt, options)

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """The tokens of a text; with `special` what the model wants around a prompt, and control tokens
        that are written in the text."""
        return self._model.tokenize(text, special)

    def detokenize(self, ids: Sequence[int]) -> str:
        """The text of tokens."""
        return self._model.detokenize(list(ids))

    def _stream(self, how: str, prompt: object, options: dict[str, object]) -> Stream:
        if self._answering is None:
            raise Error("invalid_argument", "this is no language model: it takes tensors")
        return Stream(self._answering, how, prompt, options)

    def __repr__(self) -> str:
        if self._model.is_language:
            return f"<hone.Model: language, {self.metadata.get('name') or 'unnamed'}>"
        return f"<hone.Model: {len(self.inputs)} inputs, {len(self.outputs)} outputs>"


def open(path: Path, *, threads: int = 0, context: int = 0, prompt_format: str | None = None,
         trust: Path | Iterable[Path] = (), require_signature: bool = False,
         cache_dir: Path | None = None) -> Model:
    """Opens a .hone engine, or a GGUF, ONNX, TFLite, safetensors or PyTorch file.

    threads: that compute; 0: as many as there are processors. context: of language models, in tokens; 0: the
    model's own, at most 4096. prompt_format: "chatml", "llama3", ... instead of the model's own. trust: public
    keys, or folders of them: only an engine that one of them signed is opened. cache_dir: a folder
    of what is kept from run to run: which signed files were found whole, what `hone tune` measured.
    """
    keys = [trust] if isinstance(trust, (str, os.PathLike)) else trust
    return Model(_hone.open(os.fspath(path), threads, context, prompt_format or "",
                            [os.fspath(key) for key in keys], require_signature,
                            "" if cache_dir is None else os.fspath(cache_dir)))
