"""Answers as they come: the library calls back on a thread, a queue makes an iterator of that."""
from __future__ import annotations

import queue
import threading
import weakref
from typing import NamedTuple

from . import _hone

FINISHES = {1: "end", 2: "stop", 3: "max_tokens", 4: "context_full", 5: "stopped"}
OPTIONS = {"max_tokens", "seed", "temperature", "top_k", "top_p", "min_p", "typical_p", "repeat_penalty",
           "repeat_last_n", "frequency_penalty", "presence_penalty", "stop", "ignore_end"}


class Answer(NamedTuple):
    """How an answer ended: "end", "stop" (one of the stop texts), "max_tokens", "context_full" or "stopped"."""

    finish: str
    prompt_tokens: int
    reused_tokens: int
    answer_tokens: int


class Turn:
    """A model's generator, which answers one after the other."""

    def __init__(self, model: _hone.Model) -> None:
        self._model = model
        self._generator: _hone.Generator | None = None
        self._computing = threading.Lock()
        self._state = threading.Lock()
        self._runner: Stream._Work | None = None

    def answer(self, work: Stream._Work) -> tuple[int, int, int, int]:
        with self._computing:
            if self._generator is None:
                self._generator = self._model.generator()
            with self._state:
                self._runner = work
            try:
                return getattr(self._generator, work.how)(work.prompt, work.options, work.take)
            finally:
                with self._state:
                    self._runner = None

    def stop(self, work: Stream._Work) -> None:
        with self._state:
            if self._runner is work and self._generator is not None:
                self._generator.stop()


class Stream:
    """An iterator over the pieces of an answer. It computes ahead on a thread of its own; close() ends that,
    and so does forgetting the stream. `answer` tells how it ended once it has."""

    Turn = Turn

    class _Work:
        """What the thread has in hand; it does not hold the stream, which may be forgotten meanwhile."""

        def __init__(self, turn: Turn, how: str, prompt: object, options: dict[str, object]) -> None:
            self.turn, self.how, self.prompt, self.options = turn, how, prompt, options
            self.pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
            self.closed = False
            self.answer: Answer | None = None
            self.error: BaseException | None = None
            self.thread = threading.Thread(target=self.run, name="hone answer", daemon=True)

        def take(self, text: str) -> bool:
            if text:
                self.pieces.put(text)
            return not self.closed

        def run(self) -> None:
            try:
                if not self.closed:
                    finish, *counts = self.turn.answer(self)
                    self.answer = Answer(FINISHES.get(finish, "stopped"), *counts)
            except BaseException as error:  # told to whoever iterates
                self.error = error
            self.pieces.put(None)

        def end(self) -> None:
            self.closed = True
            self.turn.stop(self)
            if self.thread is not threading.current_thread():
                self.thread.join()

    def __init__(self, turn: Turn, how: str, prompt: object, options: dict[str, object]) -> None:
        for name in options:
            if name not in OPTIONS:
                raise TypeError(f"there is no option '{name}'; there are {', '.join(sorted(OPTIONS))}")
        stop = options.get("stop", [])
        self._work = Stream._Work(turn, how, prompt, {**options, "stop": [stop] if isinstance(stop, str) else list(stop)})
        # Also called when the interpreter ends: no thread may call back then.
        self._finalizer = weakref.finalize(self, Stream._Work.end, self._work)
        self._work.thread.start()

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> str:
        piece = self._work.pieces.get()
        if piece is not None:
            return piece
        self._work.pieces.put(None)  # for whoever asks again
        error, self._work.error = self._work.error, None
        if error is not None:
            raise error
        raise StopIteration

    def text(self) -> str:
        """All that is still to come, at once."""
        return "".join(self)

    def close(self) -> None:
        """Ends the answer."""
        self._finalizer()

    @property
    def answer(self) -> Answer | None:
        """None before the end."""
        return self._work.answer

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

