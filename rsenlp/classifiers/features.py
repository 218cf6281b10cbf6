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


@dataclass(frozen=True, slots=True)
class Cut:
    """Texts cut into tokens: the number of each token within its index, and how many tokens each text has."""

    tokens: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def owners(self) -> NDArray[np.int64]:
        """The text of every token."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


class NgramIndex:
    """Which term has which column, and its inverse document frequency.

    Shape: ``idf`` is (terms,). Word columns come before character columns; each of the two blocks of a row has unit
    Euclidean length, so that neither outweighs the other.
    """

    def __init__(self, names: Sequence[str], idf: NDArray[np.float32]) -> None:
        self.names = tuple(names)
        self.idf = idf
        self.words = sum(not name.startswith("c:") for name in self.names)
        self._column = {name: column for column, name in enumerate(self.names)}
        self._pairs, self._pair_columns, known = _known_pairs(self.names[: self.words])
        # words of known pairs come first, so that a pair of small numbers may be one of those
        self._paired = len(known)
        self._number = {word: number for number, word in enumerate(known)}
        self._words = known
        self._terms: dict[int, NDArray[np.int32]] = {}

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
        cut = self.cut(texts)
        return self.rows(cut.tokens, cut.owners(), len(texts))

    def cut(self, texts: Sequence[str]) -> Cut:
        """The tokens of texts; their numbers are good until the next call."""
        if len(self._number) > self._paired + _CACHE:
            self._number = dict(itertools.islice(self._number.items(), self._paired))
            self._terms.clear()
            del self._words[self._paired :]
        number, spellings, found, lengths = self._number, self._words, [], []
        for text in texts:
            words = tokens(normal(text))
            lengths.append(len(words))
            for word in words:
                at = number.get(word)
                if at is None:
                    at = number[word] = len(spellings)
                    spellings.append(word)
                found.append(at)
        return Cut(np.array(found, dtype=np.int64), np.array(lengths, dtype=np.int64))

    def rows(self, tokens: NDArray[np.int64], owner: NDArray[np.int64], count: int) -> sp.csr_matrix:
        """The TF-IDF rows that tokens make together.

        Args:
            tokens: numbers of :meth:`cut`, in the order of the text.
            owner: the row of each, rising; two neighbours of one row are a pair of words.
            count: how many rows there are.

        Returns:
            shape (count, terms), float32, columns in order.
        """
        distinct, token = np.unique(tokens, return_inverse=True)
        terms = [self._columns(number) for number in distinct.tolist()]
        pairs, pair_owner = self._pairs_among(tokens, owner)
        # counts = (row × token) @ (token × term): what is in a token is looked up once; a pair is a token of its own
        bounds = np.cumsum([0, *map(len, terms), *(1 for _ in pairs)])
        columns = np.concatenate([*terms, pairs]).astype(np.int32)
        of_token = sp.csr_matrix((np.ones(len(columns), np.float32), columns, bounds), (len(bounds) - 1, len(self)))
        row = np.concatenate([owner, pair_owner])
        column = np.concatenate([token, np.arange(len(pairs)) + len(terms)])
        of_row = sp.coo_matrix((np.ones(len(row), np.float32), (row, column)), (count, of_token.shape[0]))
        matrix = of_row.tocsr() @ of_token
        matrix.sort_indices()  # sums of numbers depend on their order: each row's shall not depend on other rows
        matrix.data = (1 + np.log(matrix.data)) * self.idf[matrix.indices]
        self._normalize(matrix)
        return matrix

    def _pairs_among(
        self, tokens: NDArray[np.int64], owner: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The columns of the known pairs of neighbours, and the row of each."""
        if not len(self._pairs) or len(tokens) < 2:
            return np.empty(0, np.int32), np.empty(0, np.int64)
        left, right = tokens[:-1], tokens[1:]
        near = np.flatnonzero((owner[:-1] == owner[1:]) & (left < self._paired) & (right < self._paired))
        key = left[near] * self._paired + right[near]
        place = np.minimum(np.searchsorted(self._pairs, key), len(self._pairs) - 1)
        known = self._pairs[place] == key
        return self._pair_columns[place[known]], owner[near[known]]

    def _columns(self, number: int) -> NDArray[np.int32]:
        """The columns of the terms of a token."""
        known = self._terms.get(number)
        if known is None:
            column = self._column
            found = [column[term] for term in _token_terms(self._words[number]) if term in column]
            known = self._terms[number] = np.array(found, dtype=np.int32)
        return known

    def _normalize(self, matrix: sp.csr_matrix) -> None:
        is_word = matrix.indices < self.words
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        for block in (is_word, ~is_word):
            squares = np.bincount(row[block], matrix.data[block] ** 2, minlength=matrix.shape[0])
            norms = np.sqrt(squares)
            norms[norms == 0] = 1
            matrix.data[block] /= norms[row[block]].astype(np.float32)


def _known_pairs(names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    """The pairs of words among terms as sorted keys (left × words + right), the column of each, and their words."""
    pairs = [(tuple(name[2:].split(" ", 1)), column) for column, name in enumerate(names) if name.startswith("b:")]
    words = list(dict.fromkeys(word for pair, _ in pairs for word in pair))
    number = {word: row for row, word in enumerate(words)}
    keys = np.array([number[left] * len(words) + number[right] for (left, right), _ in pairs], dtype=np.int64)
    order = np.argsort(keys)
    return keys[order], np.array([column for _, column in pairs], dtype=np.int32)[order], words
