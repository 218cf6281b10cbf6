"""The fast backend: sparse n-grams and linear models in four steps, numpy and scipy alone.

1. Each sentence: every cause cited, rejected or absent; the theme of each cause.
2. Each comment: its causes, pooled from its sentences; its stance towards the RSE; whether it agrees with what it
   answers.
3. The claim is read like a comment: what it blames and where it stands. A comment that blames what the claim blames
   agrees with it; one that blames something else instead does not. The parent is read likewise.
4. The stance towards the claim: these relations to claim and parent, and the claim's words crossed with them (under a
   claim that something fails, a cause cited agrees; under one that it thrives, it does not).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from rsenlp.artifact import ModelMeta, read_arrays, read_vocabulary
from rsenlp.classifiers import FloatArray, Reading, Scores
from rsenlp.classifiers.features import NgramIndex
from rsenlp.classifiers.logistic import Linear, tempered
from rsenlp.classifiers.pooling import CITED, REJECTED, pool_all
from rsenlp.errors import ArtifactError
from rsenlp.text import sentences as split

SIGNALS = 5
CLAIM_WEIGHT = 2.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """A text as read before its context is: sentences' causes and pooled ones, stance towards the RSE, agreement.

    Shapes: ``sentences`` (sentences, causes, 3), ``causes`` (causes, 3), ``rse`` (3,), ``agrees`` (3,).
    """

    sentences: FloatArray
    causes: FloatArray
    rse: FloatArray
    agrees: FloatArray


@dataclass(frozen=True, slots=True)
class Basis:
    """The models of the first two steps, which read a comment, its claim and its parent alike.

    ``causes`` has one model per cause, ``pooling`` likewise (over pooled features).
    """

    index: NgramIndex
    causes: tuple[Linear, ...]
    pooling: tuple[Linear, ...]
    rse: Linear
    agreement: Linear

    def read(self, texts: Sequence[Sequence[str]], features: TextFeatures) -> list[Document]:
        """What each text says.

        Args:
            texts: the sentences of each.
            features: :func:`text_features` of the same.
        """
        by_sentence = np.stack([model.probabilities(features.sentences) for model in self.causes], axis=1)
        sentences = [by_sentence[piece] for piece in pieces(texts)]
        pooled = pool_all(sentences)
        causes = np.stack([model.probabilities(pooled[:, row]) for row, model in enumerate(self.pooling)], axis=1)
        rse, agrees = (model.probabilities(features.documents) for model in (self.rse, self.agreement))
        return [Document(sentences[row], causes[row], rse[row], agrees[row]) for row in range(len(texts))]


@dataclass(frozen=True, slots=True)
class LinearParts:
    """The fitted models of :class:`LinearClassifier`.

    ``themes`` has one model per cause over that cause's themes. ``stance_features`` scales the dense features of
    step 4: shape (2, features), mean and scale.
    """

    basis: Basis
    themes: tuple[Linear, ...]
    claim: Linear
    stance_features: NDArray[np.float32]
    temperatures: Mapping[str, Mapping[str, float]]

    @property
    def index(self) -> NgramIndex:
        return self.basis.index


def pieces(texts: Sequence[Sequence[str]]) -> list[slice]:
    """The rows of each text's sentences among those of all."""
    bounds = np.cumsum([0, *map(len, texts)])
    return [slice(start, end) for start, end in itertools.pairwise(bounds)]


@dataclass(frozen=True, slots=True)
class TextFeatures:
    """What is read from texts by themselves.

    Shapes: ``sentences`` (all sentences, terms): the terms of every sentence of every text. What stands around a
    sentence is left out: it was measured to teach the corpus's habits and nothing else. ``documents`` (texts,
    terms + 2 × word terms): all terms of a text, and the words of its first and of its last sentence apart.
    """

    sentences: sp.csr_matrix
    documents: sp.csr_matrix


def text_features(index: NgramIndex, texts: Sequence[Sequence[str]]) -> TextFeatures:
    """The features of texts, each given as its sentences."""
    cut = index.cut([sentence for text in texts for sentence in text])
    by_sentence = index.rows(cut.tokens, cut.owners(), len(cut.lengths))
    counts = np.fromiter(map(len, texts), np.int64, len(texts))
    text_of = np.repeat(np.arange(len(texts)), counts)
    whole = index.rows(cut.tokens, text_of[cut.owners()], len(texts))
    ends = np.cumsum(counts)[counts > 0]
    words = by_sentence[:, : index.words]
    edges = [_placed(words[rows], np.flatnonzero(counts), len(texts)) for rows in (ends - counts[counts > 0], ends - 1)]
    return TextFeatures(by_sentence, sp.hstack([whole, *edges], format="csr"))


def _placed(rows: sp.csr_matrix, places: NDArray[np.int64], count: int) -> sp.csr_matrix:
    """Rows at their places among ``count``, the others empty."""
    lengths = np.zeros(count, np.int64)
    lengths[places] = np.diff(rows.indptr)
    return sp.csr_matrix((rows.data, rows.indices, np.concatenate([[0], np.cumsum(lengths)])), (count, rows.shape[1]))


@dataclass(frozen=True, slots=True)
class Related:
    """A text among those it is read with: its claim, and what it answers with the stance of that, where there are."""

    document: Document
    claim: Document | None = None
    parent: Document | None = None
    parent_stance: FloatArray | None = None


TO_CLAIM, TO_PARENT = 3 + 9 + 4 + 8, 1 + 3 + 3 + 9 + 3


def relations(texts: Sequence[Related]) -> FloatArray:
    """How comments relate to their claims and to what they answer. Shape: (texts, features).

    Without a claim, or a parent, their features are zero.
    """
    causes = np.stack([text.document.causes for text in texts])
    rse = np.stack([text.document.rse for text in texts])
    cited, rejected = causes[:, :, CITED], causes[:, :, REJECTED]
    most = np.stack([cited.max(axis=1), rejected.max(axis=1)], axis=1)
    to_claim = np.zeros((len(texts), TO_CLAIM))
    if claims := [(row, text.claim) for row, text in enumerate(texts) if text.claim is not None]:
        rows = [row for row, _ in claims]
        blamed, denied = (np.stack([claim.causes[:, side] for _, claim in claims]) for side in (CITED, REJECTED))
        mood, blames = np.stack([claim.rse for _, claim in claims]), blamed.max(axis=1, keepdims=True)
        shared = [
            (cited[rows] * blamed).sum(axis=1),
            (rejected[rows] * blamed).sum(axis=1),
            (cited[rows] * (1 - blamed)).sum(axis=1) * blames[:, 0],
            (cited[rows] * denied).sum(axis=1),
        ]
        said = np.hstack([mood, blames])
        to_claim[rows] = np.hstack([mood, _outer(rse[rows], mood), np.stack(shared, axis=1), _outer(most[rows], said)])
    to_parent = np.zeros((len(texts), TO_PARENT))
    for row, text in enumerate(texts):
        if text.parent is not None and text.parent_stance is not None:
            agrees, above = text.document.agrees, text.parent_stance
            crossed = np.outer(agrees, above).ravel()
            to_parent[row] = np.concatenate([[1.0], above, agrees, crossed, text.parent.rse])
    return np.hstack([rse, cited, rejected, most, to_claim, to_parent])


def _outer(left: FloatArray, right: FloatArray) -> FloatArray:
    """Every product of a value of the left with one of the right, row by row. Shape: (rows, left × right)."""
    products: FloatArray = np.einsum("ri,rj->rij", left, right).reshape(len(left), -1)
    return products


def signals(document: Document) -> FloatArray:
    """What of a comment is crossed with the words of its claim: any cause cited, any rejected, stance to the RSE.

    Shape: (SIGNALS,).
    """
    return np.concatenate([[document.causes[:, CITED].max(), document.causes[:, REJECTED].max()], document.rse])


def claim_features(
    dense: FloatArray, scaling: NDArray[np.float32], claims: sp.csr_matrix, signal: FloatArray
) -> sp.csr_matrix:
    """The features of step 4.

    Args:
        dense: :func:`relations` of each comment, shape (comments, features).
        scaling: their mean and scale, shape (2, features).
        claims: the word terms of each comment's claim, shape (comments, words).
        signal: :func:`signals` of each comment, shape (comments, SIGNALS).

    Returns:
        shape (comments, features + SIGNALS × words). The comment's own words are left out: on held-out threads they
        add nothing to what the first steps found in them.
    """
    scaled = (dense - scaling[0]) / scaling[1]
    crossed = [sp.diags(signal[:, column] * CLAIM_WEIGHT) @ claims for column in range(SIGNALS)]
    return sp.hstack([sp.csr_matrix(scaled.astype(np.float32)), *crossed], format="csr")


class LinearClassifier:
    """The fast backend with its weights; :meth:`read` loads it."""

    def __init__(self, meta: ModelMeta, parts: LinearParts) -> None:
        self.meta = meta
        self.parts = parts

    def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """The probabilities for each reading, whatever stands beside it in the batch."""
        if not readings:
            return []
        texts = [reading.sentences for reading in readings]
        context = _distinct(
            text for reading in readings for text in (reading.claim, reading.parent) if text is not None
        )
        context_texts = [tuple(text[start:end] for start, end in split(text)) for text in context]
        everything = [*texts, *context_texts]
        features = text_features(self.parts.index, everything)
        documents = self.parts.basis.read(everything, features)
        by_sentence = np.hstack([model.probabilities(features.sentences) for model in self.parts.themes])
        themes = [by_sentence[piece] for piece in pieces(texts)]
        known = dict(zip(context, range(len(texts), len(everything)), strict=True))
        stance = self._claim_stance(readings, documents, known)
        return [
            Scores(
                stance=np.stack([stance[row], self._tempered("rse", reading.lang, documents[row].rse)]),
                causes=documents[row].causes,
                sentences=documents[row].sentences,
                themes=themes[row],
            )
            for row, reading in enumerate(readings)
        ]

    def _claim_stance(
        self,
        readings: Sequence[Reading],
        documents: Sequence[Document],
        known: Mapping[str, int],
    ) -> list[FloatArray]:
        def claim(reading: Reading) -> Document | None:
            return None if reading.claim is None else documents[known[reading.claim]]

        # what a reply answers is read first, by itself
        pairs = _distinct((r.parent, r.claim) for r in readings if r.parent is not None)
        stances: dict[tuple[str, str | None], FloatArray] = {}
        if pairs:
            rows = [known[parent] for parent, _ in pairs]
            dense = relations(
                [
                    Related(documents[row], None if text is None else documents[known[text]])
                    for row, (_, text) in zip(rows, pairs, strict=True)
                ]
            )
            probabilities = self._stance(dense, [text for _, text in pairs], [documents[row] for row in rows])
            stances = dict(zip(pairs, probabilities, strict=True))
        dense = relations(
            [
                Related(
                    documents[row],
                    claim(reading),
                    None if reading.parent is None else documents[known[reading.parent]],
                    None if reading.parent is None else stances[reading.parent, reading.claim],
                )
                for row, reading in enumerate(readings)
            ]
        )
        probabilities = self._stance(dense, [r.claim for r in readings], documents[: len(readings)])
        return [
            self._tempered("claim", reading.lang, row) for reading, row in zip(readings, probabilities, strict=True)
        ]

    def _stance(self, dense: FloatArray, claims: Sequence[str | None], documents: Sequence[Document]) -> FloatArray:
        distinct = {claim: row for row, claim in enumerate(_distinct(claims))}
        words = self.parts.index.transform([claim or "" for claim in distinct])[:, : self.parts.index.words]
        words = words[[distinct[claim] for claim in claims]]
        signal = np.stack([signals(document) for document in documents])
        return self.parts.claim.probabilities(claim_features(dense, self.parts.stance_features, words, signal))

    def _tempered(self, target: str, lang: str, probabilities: FloatArray) -> FloatArray:
        return tempered(probabilities, self.parts.temperatures.get(target, {}).get(lang, 1.0))

    # --- storage -----------------------------------------------------------------------------------------------------

    @classmethod
    def read(cls, folder: Path, meta: ModelMeta) -> LinearClassifier:
        """The model in a folder.

        Raises:
            ArtifactError: a file is missing or damaged.
        """
        arrays = read_arrays(folder, meta)
        names = read_vocabulary(folder, meta)["terms"]

        def linear(key: str) -> Linear:
            return Linear(arrays[f"{key}.weights"].astype(np.float32), arrays[f"{key}.bias"].astype(np.float32))

        basis = Basis(
            index=NgramIndex(names, arrays["idf"].astype(np.float32)),
            causes=tuple(linear(f"causes.{cause}") for cause in meta.causes),
            pooling=tuple(linear(f"pooling.{cause}") for cause in meta.causes),
            rse=linear("rse"),
            agreement=linear("agreement"),
        )
        parts = LinearParts(
            basis=basis,
            themes=tuple(linear(f"themes.{cause}") for cause in meta.causes),
            claim=linear("claim"),
            stance_features=arrays["stance_features"],
            temperatures=meta.settings["temperatures"],
        )
        terms = len(basis.index)
        expected = {"causes": terms, "themes": terms, "rse": terms + 2 * basis.index.words}
        found = {"causes": basis.causes[0], "themes": parts.themes[0], "rse": basis.rse}
        if any(len(found[name].weights) != expected[name] for name in expected):
            raise ArtifactError(f"{folder}: its weights are not of the shapes that this version reads; train it again")
        return cls(meta, parts)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array of the model, weights of many rows in half precision."""
        parts, basis = self.parts, self.parts.basis
        found: dict[str, NDArray[Any]] = {"idf": parts.index.idf, "stance_features": parts.stance_features}
        models = {"rse": basis.rse, "agreement": basis.agreement, "claim": parts.claim}
        for cause, *linears in zip(self.meta.causes, basis.causes, parts.themes, basis.pooling, strict=True):
            models |= dict(zip((f"causes.{cause}", f"themes.{cause}", f"pooling.{cause}"), linears, strict=True))
        for key, model in models.items():
            large = len(model.weights) > 1000
            found[f"{key}.weights"] = model.weights.astype(np.float16) if large else model.weights
            found[f"{key}.bias"] = model.bias
        return found


def _distinct(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
