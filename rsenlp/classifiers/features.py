"""Sparse features of a text: word n-grams and character n-grams within words, as TF-IDF.

The counts are those of scikit-learn's ``TfidfVectorizer`` with :func:`terms` as analyzer. Character n-grams never
cross white space, so a token's features are looked up once and kept: what is left per text is a sum over tokens.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from rsenlp.text import normal, tokens

CHARACTERS = range(2, 6)
_CACHE = 200_000


def terms(text: str) -> Iterator[str]:
    """The terms of a text: ``w:word``, ``b:two words``, and ``c: n-gram`` of the words padded with spaces."""
    words = tokens(normal(text))
    for word in words:
        yield from _token_terms(word)
    for left, right in itertools.pairwise(words):
        yield f"b:{left} {right}"


def _token_terms(word: str) -> Iterator[str]:
    yield "w:" + word
    padded = f" {word} "
    for size in CHARACTERS:
        if len(padded) < size:
            break
        for start in range(len(padded) - size + 1):
            yield "c:" + padded[start : start + size]


@dataclass(slots=True)
class NgramIndex:
    """Which term has which column, and its inverse document frequency.

    Shape: ``idf`` is (terms,). Word columns come before character columns; each of the two blocks of a row has unit
    Euclidean length, so that neither outweighs the other.
    """

    names: tuple[str, ...]
    idf: NDArray[np.float32]
    _column: dict[str, int]
    _tokens: dict[str, NDArray[np.int32]]
    words: int

    def __init__(self, names: Sequence[str], idf: NDArray[np.float32]) -> None:
        self.names = tuple(names)
        self.idf = idf
        self._column = {name: column for column, name in enumerate(self.names)}
        self._tokens = {}
        self.words = sum(not name.startswith("c:") for name in self.names)

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def fit(cls, texts: Iterable[str], *, min_count: int, most: int) -> NgramIndex:
        """An index of the terms that occur in at least ``min_count`` texts, the ``most`` most frequent of them.

        The inverse document frequency is scikit-learn's smoothed one: ``ln((1 + n) / (1 + df)) + 1``.
        """
        frequency: Counter[str] = Counter()
        number = 0
        for text in texts:
            number += 1
            frequency.update(set(terms(text)))
        kept = [(name, count) for name, count in frequency.items() if count >= min_count]
        kept = sorted(kept, key=lambda item: (-item[1], item[0]))[:most]
        kept.sort(key=lambda item: (item[0].startswith("c:"), item[0]))
        counts = np.array([count for _, count in kept], dtype=np.float64)
        idf = np.log((1 + number) / (1 + counts)) + 1
        return cls([name for name, _ in kept], idf.astype(np.float32))

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """The TF-IDF rows of texts, term frequency damped to ``1 + ln tf``. Shape: (texts, terms), float32."""
        columns: list[NDArray[np.int32]] = []
        lengths: list[int] = []
        for text in texts:
            found = self._columns(text)
            columns.append(found)
            lengths.append(len(found))
        pointer = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        indices = np.concatenate(columns) if columns else np.empty(0, np.int32)
        shape = (len(texts), len(self))
        matrix = sp.csr_matrix((np.ones(len(indices), np.float32), indices, pointer), shape=shape)
        matrix.sum_duplicates()
        matrix.data = (1 + np.log(matrix.data)) * self.idf[matrix.indices]
        self._normalize(matrix)
        return matrix

    def _columns(self, text: str) -> NDArray[np.int32]:
        words = tokens(normal(text))
        parts = [self._token(word) for word in words]
        column = self._column
        pairs = (column.get(f"b:{left} {right}") for left, right in itertools.pairwise(words))
        parts.append(np.array([found for found in pairs if found is not None], dtype=np.int32))
        return np.concatenate(parts)

    def _token(self, word: str) -> NDArray[np.int32]:
        known = self._tokens.get(word)
        if known is None:
            column = self._column
            known = np.array([column[term] for term in _token_terms(word) if term in column], dtype=np.int32)
            if len(self._tokens) >= _CACHE:
                self._tokens.clear()
            self._tokens[word] = known
        return known

    def _normalize(self, matrix: sp.csr_matrix) -> None:
        is_word = matrix.indices < self.words
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        for block in (is_word, ~is_word):
            squares = np.bincount(row[block], matrix.data[block] ** 2, minlength=matrix.shape[0])
            norms = np.sqrt(squares)
            norms[norms == 0] = 1
            matrix.data[block] /= norms[row[block]].astype(np.float32)
