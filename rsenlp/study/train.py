"""Training of the linear backend: from annotated comments to a model that knows how sure it is.

What a later step reads of an earlier one is always out of fold (folds by thread): a step never sees probabilities
for comments that the earlier one learnt by heart. Thresholds, pooling and temperatures are fitted on the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from rsenlp.classifiers import FloatArray
from rsenlp.classifiers.features import NgramIndex
from rsenlp.classifiers.linear import (
    Basis,
    Document,
    LinearParts,
    Related,
    claim_features,
    relations,
    signals,
    text_features,
)
from rsenlp.classifiers.logistic import Linear
from rsenlp.classifiers.pooling import pool_all
from rsenlp.codebook import STANCES, Codebook, codebook
from rsenlp.study.calibrate import Held, crossed, decision_thresholds, fit, folds_of, temperatures
from rsenlp.study.examples import Examples, SentenceExamples, sentence_examples
from rsenlp.text import sentences

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Knobs of training. The ``*_c`` are inverse strengths of regularisation.

    ``other_claims`` is how many comments are read under claims that they were not written for.
    """

    seed: int = 13
    folds: int = 5
    min_count: int = 2
    most_terms: int = 120_000
    sentence_c: float = 8.0
    stance_c: float = 3.0
    claim_c: float = 0.3
    theme_c: float = 8.0
    relation_weight: float = 1.0
    other_claims: int = 4000
    risk: float = 0.35


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted model and what was fitted beside it."""

    parts: LinearParts
    thresholds: dict[str, Any]
    temperatures: dict[str, dict[str, float]]


def train_linear(
    data: Examples,
    config: TrainConfig,
    *,
    more: SentenceExamples | None = None,
    book: Codebook | None = None,
    say: Say = print,
) -> Trained:
    """Fit the linear backend.

    Args:
        data: the training examples; those of at least ``config.folds`` threads.
        config: the knobs.
        more: sentences to learn causes and themes from besides; never held out.
        book: the codebook of the labels.
        say: is told the progress.
    """
    book = book or codebook()
    more = more or sentence_examples([], book=book)
    say(f"{len(data.comments)} comments, {len(data.owner)} sentences, {len(set(data.groups))} groups of threads")
    texts = [item.sentences for item in data.readings]
    own_texts = [" ".join(text) for text, first in zip(texts, data.first_of_text, strict=True) if first]
    index = NgramIndex.fit([*own_texts, *more.sentences], min_count=config.min_count, most=config.most_terms)
    say(f"{len(index)} terms")
    folds = folds_of(data.groups, config.folds, config.seed)
    features = text_features(index, texts)
    by_sentence = sp.vstack([features.sentences, index.transform(more.sentences)], format="csr")
    statuses, themes_of = np.vstack([data.statuses, more.statuses]), np.vstack([data.themes, more.themes])
    sentence_folds = np.append(folds[data.owner], np.full(len(more.sentences), -1))
    words = features.documents
    own_sentence = data.first_of_text[data.owner]
    learnt = np.append(own_sentence, np.ones(len(more.sentences), dtype=np.bool_))

    sentence_models, out_of_fold = [], []
    for column, cause in enumerate(book.causes):
        model, held_out = crossed(
            by_sentence, statuses[:, column], sentence_folds, config.sentence_c, learnt, config.folds
        )
        say(f"sentences: {cause}")
        sentence_models.append(model)
        out_of_fold.append(held_out[: len(data.owner)])
    sentence_probabilities = np.stack(out_of_fold, axis=1)

    bounds = np.searchsorted(data.owner, np.arange(len(data.comments) + 1))
    per_comment = [sentence_probabilities[start:end] for start, end in itertools.pairwise(bounds)]
    pooled = pool_all(per_comment)
    pooling, causes = [], []
    for column in range(len(book.causes)):
        model, held_out = crossed(
            pooled[:, column], data.labels[:, column], folds, 1.0, data.first_of_text, config.folds
        )
        pooling.append(model)
        causes.append(held_out)
    cause_probabilities = np.stack(causes, axis=1)

    rse, rse_probabilities = crossed(words, data.stance[:, 1], folds, config.stance_c, data.first_of_text, config.folds)
    say("stance towards the RSE")
    agreement, agreement_probabilities = _agreement(data, words, folds, config)
    documents = [
        Document(per_comment[row], cause_probabilities[row], rse_probabilities[row], agreement_probabilities[row])
        for row in range(len(data.comments))
    ]
    basis = Basis(index, tuple(sentence_models), tuple(pooling), rse, agreement)
    claims = _read(basis, [text for text in dict.fromkeys(r.claim for r in data.readings) if text is not None])
    claim, scaling, claim_probabilities = _claim(data, documents, claims, index, folds, config)
    say("stance towards the claim")
    themes = tuple(
        _themes(by_sentence, themes_of[:, column], len(cause.themes), config)
        for column, cause in enumerate(book.causes.values())
    )
    say("themes")
    langs = np.array([item.lang for item in data.readings])
    tempers = {
        "claim": temperatures(claim_probabilities, data.stance[:, 0], langs),
        "rse": temperatures(rse_probabilities, data.stance[:, 1], langs),
    }
    parts = LinearParts(basis, themes, claim, scaling, tempers)
    thresholds = decision_thresholds(
        Held(
            causes=cause_probabilities,
            sentences=sentence_probabilities,
            stance=np.stack([claim_probabilities, rse_probabilities], axis=1),
        ),
        data,
        config.risk,
        book,
    )
    return Trained(parts, thresholds, tempers)


# --- the steps -------------------------------------------------------------------------------------------------------


def _read(basis: Basis, texts: Sequence[str]) -> dict[str, Document]:
    """What each of some texts says, such as claims, which are not annotated."""
    cut = [tuple(text[start:end] for start, end in sentences(text)) for text in texts]
    return dict(zip(texts, basis.read(cut, text_features(basis.index, cut)), strict=True))


def _agreement(
    data: Examples, words: sp.csr_matrix, folds: NDArray[np.int64], config: TrainConfig
) -> tuple[Linear, FloatArray]:
    """Whether an answer agrees with what it answers, learnt from pairs that both take a stance towards the claim."""
    parent = np.array(data.parents)
    has_parent = parent >= 0
    own, above = data.stance[:, 0], data.stance[parent, 0]
    none = STANCES.index("none")
    labels = np.where((own == none) | (above == none), 2, np.where(own == above, 0, 1))
    return crossed(words, labels, folds, config.stance_c, has_parent, config.folds)


def _claim(
    data: Examples,
    documents: Sequence[Document],
    claims: dict[str, Document],
    index: NgramIndex,
    folds: NDArray[np.int64],
    config: TrainConfig,
) -> tuple[Linear, NDArray[np.float32], FloatArray]:
    """Step 4, twice: the stances found without parents are what replies then read of the comments they answer."""
    claim_of = [None if item.claim is None else claims[item.claim] for item in data.readings]
    claim_words = index.transform([item.claim or "" for item in data.readings])[:, : index.words]
    signal = np.stack([signals(document) for document in documents])
    everything = np.ones(len(documents), dtype=np.bool_)

    def fit(stances: FloatArray | None) -> tuple[Linear, NDArray[np.float32], FloatArray]:
        answers = [stances is not None and parent >= 0 for parent in data.parents]
        dense = relations(
            [
                Related(
                    document,
                    claim_of[row],
                    documents[parent] if answer else None,
                    stances[parent] if stances is not None and answer else None,
                )
                for row, (document, parent, answer) in enumerate(zip(documents, data.parents, answers, strict=True))
            ]
        )
        spread = dense.std(axis=0)
        scaling = np.stack([dense.mean(axis=0), np.where(spread > 0, spread, 1) / config.relation_weight])
        scaling = scaling.astype(np.float32)
        features = claim_features(dense, scaling, claim_words, signal)
        model, held_out = crossed(features, data.stance[:, 0], folds, config.claim_c, everything, config.folds)
        return model, scaling, held_out

    _, _, alone = fit(None)
    return fit(alone)


def _themes(features: sp.csr_matrix, labels: NDArray[np.int64], count: int, config: TrainConfig) -> Linear:
    """Which theme of a cause a sentence speaks of, learnt from the sentences that name one."""
    rows = labels >= 0
    return fit(features[rows], labels[rows], config.theme_c, count)
