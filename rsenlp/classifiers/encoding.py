"""How a comment in its context becomes the numbers that an encoder reads; the same for training and for serving.

    [CLS] claim [SEP] parent [SEP] sentence sentence … [SEP]

The claim and the parent are cut to their first words. A comment that is longer than a window is read in several,
each whole sentences and the same context.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsenlp.classifiers import Reading

IntArray = NDArray[np.int64]
CONTEXT, COMMENT = 0, 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How many word pieces are read of each part."""

    claim: int = 40
    parent: int = 48
    comment: int = 224


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder reads at once.

    Shapes: ``ids``, ``types`` (:data:`CONTEXT` or :data:`COMMENT`) and ``sentence`` (which of the window's sentences
    a piece belongs to, or -1) are all (pieces,). ``first`` and ``count`` say which sentences of the comment it holds.
    """

    ids: IntArray
    types: IntArray
    sentence: IntArray
    first: int
    count: int

    def means(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The matrices that average pieces into sentences, shape (sentences, pieces), and into parts, (2, pieces)."""
        by_sentence = (self.sentence[None, :] == np.arange(self.count)[:, None]).astype(np.float32)
        by_part = np.stack([self.types == COMMENT, self.types == CONTEXT]).astype(np.float32)
        return _averaging(by_sentence), _averaging(by_part)


def _averaging(membership: NDArray[np.float32]) -> NDArray[np.float32]:
    means: NDArray[np.float32] = membership / np.maximum(membership.sum(axis=1, keepdims=True), 1)
    return means


class InputEncoder:
    """Cuts readings into windows of word pieces."""

    def __init__(self, tokenizer: Any, limits: Limits, *, start: int, end: int) -> None:
        """With a ``tokenizers.Tokenizer`` that neither cuts nor pads, and its numbers of [CLS] and [SEP]."""
        self._tokenizer = tokenizer
        self._limits = limits
        self._start, self._end = start, end

    def windows(self, reading: Reading) -> list[Window]:
        """The windows of a comment: one, or several for a long one."""
        head = [self._start, *self._pieces(reading.claim or "")[: self._limits.claim], self._end]
        if reading.parent:
            head += [*self._pieces(reading.parent)[: self._limits.parent], self._end]
        cut = self._tokenizer.encode_batch(list(reading.sentences), add_special_tokens=False)
        sentences = [item.ids[: self._limits.comment] or [self._end] for item in cut]
        return [self._window(head, first, part) for first, part in self._parts(sentences)]

    def _pieces(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text[:4000], add_special_tokens=False).ids
        return ids

    def _parts(self, sentences: Sequence[list[int]]) -> Iterator[tuple[int, Sequence[list[int]]]]:
        first, room = 0, self._limits.comment
        for row, sentence in enumerate(sentences):
            if len(sentence) > room and row > first:
                yield first, sentences[first:row]
                first, room = row, self._limits.comment
            room -= len(sentence)
        yield first, sentences[first:]

    def _window(self, head: list[int], first: int, sentences: Sequence[list[int]]) -> Window:
        body = [piece for sentence in sentences for piece in sentence]
        numbers = [row for row, sentence in enumerate(sentences) for _ in sentence]
        return Window(
            ids=np.array([*head, *body, self._end], dtype=np.int64),
            types=np.array([CONTEXT] * len(head) + [COMMENT] * (len(body) + 1), dtype=np.int64),
            sentence=np.array([-1] * len(head) + numbers + [-1], dtype=np.int64),
            first=first,
            count=len(sentences),
        )
