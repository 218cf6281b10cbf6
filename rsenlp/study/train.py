"""Training of the linear backend: from annotated comments to a model that knows how sure it is.

What a later step reads of an earlier one is always out of fold (folds by thread): a step never sees probabilities
for comments that the earlier one learnt by heart. Thresholds, pooling and temperatures are fitted on the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from rsenlp.analyzer import reading
from rsenlp.classifiers import FloatArray, Reading
from rsenlp.classifiers.features import NgramIndex
from rsenlp.classifiers.linear import (
    Basis,
    Document,
    Linear,
    LinearParts,
    claim_features,
    document_features,
    relations,
    sentence_features,
    signals,
)
from rsenlp.classifiers.pooling import ABSENT, CITED, REJECTED, pool_all, softmax
from rsenlp.codebook import STANCES, STATUSES, Codebook, codebook
from rsenlp.discussion import Comment, Evidence
from rsenlp.errors import InputError
from rsenlp.study.corpus import Pair
from rsenlp.text import Span, sentences

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Knobs of training. The ``*_c`` are inverse strengths of regularisation of the logistic regressions."""

    seed: int = 13
    folds: int = 5
    min_count: int = 2
    most_terms: int = 120_000
    sentence_c: float = 8.0
    stance_c: float = 3.0
    claim_c: float = 0.3
    theme_c: float = 8.0
    relation_weight: float = 1.0
    risk: float = 0.35


@dataclass(slots=True)
class Examples:
    """Annotated comments as arrays.

    Shapes: ``statuses`` (sentences, causes) and ``labels`` (comments, causes) hold indices into ``STATUSES``;
    ``stance`` (comments, targets) into ``STANCES``; ``themes`` (sentences, causes) a theme's number within its cause
    or -1; ``owner`` (sentences,) the comment of each sentence.
    """

    comments: list[Comment]
    readings: list[Reading]
    parents: list[int]
    groups: NDArray[np.str_]
    statuses: NDArray[np.int64]
    themes: NDArray[np.int64]
    owner: NDArray[np.int64]
    labels: NDArray[np.int64]
    stance: NDArray[np.int64]
    first_of_text: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SentenceExamples:
    """Annotated sentences without a comment, such as those of minimal pairs; arrays as in :class:`Examples`."""

    sentences: list[str]
    statuses: NDArray[np.int64]
    themes: NDArray[np.int64]


def sentence_examples(pairs: Sequence[Pair], *, book: Codebook | None = None) -> SentenceExamples:
    """Both sides of minimal pairs as sentences to learn causes and themes from."""
    book = book or codebook()
    texts, statuses, themes = [], [], []
    for pair in pairs:
        for sentence, evidence in zip(pair.sentences, pair.evidence, strict=True):
            status, theme = _labels_of(evidence, Span(0, len(sentence)), book)
            texts.append(sentence)
            statuses.append(status)
            themes.append(theme)
    causes = len(book.causes)
    return SentenceExamples(
        texts,
        np.array(statuses, dtype=np.int64).reshape(-1, causes),
        np.array(themes, dtype=np.int64).reshape(-1, causes),
    )


def examples(comments: Sequence[Comment], *, book: Codebook | None = None) -> Examples:
    """Annotated comments as arrays to learn from.

    Raises:
        InputError: a comment without annotation.
    """
    book = book or codebook()
    row_of = {(comment.thread_id, comment.id): row for row, comment in enumerate(comments)}
    parents = [row_of.get((c.thread_id, c.parent_id or ""), -1) for c in comments]
    readings, statuses, themes, owner = [], [], [], []
    for row, comment in enumerate(comments):
        if comment.annotation is None:
            raise InputError("training needs annotated comments", got=f"{comment.id!r} without stance and causes")
        spans = sentences(comment.text)
        readings.append(reading(comment, comments[parents[row]] if parents[row] >= 0 else None, spans))
        for span in spans:
            evidence = comment.annotation.evidence
            status, theme = _labels_of(evidence, span, book)
            statuses.append(status)
            themes.append(theme)
            owner.append(row)
    annotations = [comment.annotation for comment in comments if comment.annotation is not None]
    seen: set[str] = set()
    first = [not (comment.text in seen or seen.add(comment.text)) for comment in comments]  # type: ignore[func-returns-value]
    return Examples(
        comments=list(comments),
        readings=readings,
        parents=parents,
        groups=np.array([str(comment.extra.get("group") or comment.thread_id) for comment in comments]),
        statuses=np.array(statuses, dtype=np.int64).reshape(-1, len(book.causes)),
        themes=np.array(themes, dtype=np.int64).reshape(-1, len(book.causes)),
        owner=np.array(owner, dtype=np.int64),
        labels=np.array([[STATUSES.index(a.causes[cause]) for cause in book.causes] for a in annotations]),
        stance=np.array([[STANCES.index(a.stance[target]) for target in book.targets] for a in annotations]),
        first_of_text=np.array(first),
    )


def _labels_of(evidence: Sequence[Evidence], span: Span, book: Codebook) -> tuple[list[int], list[int]]:
    """The status and theme of each cause in a sentence: that of the evidence that covers half of it, or lies in it."""
    status = [ABSENT] * len(book.causes)
    theme = [-1] * len(book.causes)
    for item in evidence:
        common = min(span.end, item.end) - max(span.start, item.start)
        if common * 2 < min(span.end - span.start, item.end - item.start):
            continue
        cause = list(book.causes).index(item.cause)
        if status[cause] != CITED:
            status[cause] = STATUSES.index(item.polarity)
        if item.theme is not None:
            theme[cause] = [t.id for t in book.causes[item.cause].themes].index(item.theme)
    return status, theme


@dataclass(frozen=True, slots=True)
class Trained:
    """A fitted model and what was fitted beside it."""

    parts: LinearParts
    thresholds: dict[str, dict[str, float] | float]
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
    folds = _folds(data.groups, config)
    by_sentence = sp.vstack([sentence_features(index, texts), index.transform(more.sentences)], format="csr")
    statuses, themes_of = np.vstack([data.statuses, more.statuses]), np.vstack([data.themes, more.themes])
    sentence_folds = np.append(folds[data.owner], np.full(len(more.sentences), -1))
    words = document_features(index, texts)
    own_sentence = data.first_of_text[data.owner]
    learnt = np.append(own_sentence, np.ones(len(more.sentences), dtype=np.bool_))

    sentence_models, out_of_fold = [], []
    for column, cause in enumerate(book.causes):
        model, held_out = _crossed(
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
        model, held_out = _crossed(
            pooled[:, column], data.labels[:, column], folds, 1.0, data.first_of_text, config.folds
        )
        pooling.append(model)
        causes.append(held_out)
    cause_probabilities = np.stack(causes, axis=1)

    rse, rse_probabilities = _crossed(
        words, data.stance[:, 1], folds, config.stance_c, data.first_of_text, config.folds
    )
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
    temperatures = {
        "claim": _temperatures(claim_probabilities, data.stance[:, 0], langs),
        "rse": _temperatures(rse_probabilities, data.stance[:, 1], langs),
    }
    parts = LinearParts(basis, themes, claim, scaling, temperatures)
    status = _status_thresholds(cause_probabilities[data.first_of_text], data.labels[data.first_of_text])
    evidence = _evidence_threshold(sentence_probabilities[own_sentence], data.statuses[own_sentence])
    decide = {
        "claim": _abstention(claim_probabilities, data.stance[:, 0], config.risk),
        "rse": _abstention(rse_probabilities, data.stance[:, 1], config.risk),
    } | {
        cause: _abstention(cause_probabilities[:, column], data.labels[:, column], config.risk / 2)
        for column, cause in enumerate(book.causes)
    }
    thresholds: dict[str, dict[str, float] | float] = {"status": status, "evidence": evidence, "decide": decide}
    return Trained(parts, thresholds, temperatures)


# --- the steps -------------------------------------------------------------------------------------------------------


def _read(basis: Basis, texts: Sequence[str]) -> dict[str, Document]:
    """What each of some texts says, such as claims, which are not annotated."""
    cut = [tuple(text[start:end] for start, end in sentences(text)) for text in texts]
    return dict(zip(texts, basis.read(cut, sentence_features(basis.index, cut)), strict=True))


def _agreement(
    data: Examples, words: sp.csr_matrix, folds: NDArray[np.int64], config: TrainConfig
) -> tuple[Linear, FloatArray]:
    """Whether an answer agrees with what it answers, learnt from pairs that both take a stance towards the claim."""
    parent = np.array(data.parents)
    has_parent = parent >= 0
    own, above = data.stance[:, 0], data.stance[parent, 0]
    none = STANCES.index("none")
    labels = np.where((own == none) | (above == none), 2, np.where(own == above, 0, 1))
    return _crossed(words, labels, folds, config.stance_c, has_parent, config.folds)


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
        dense = np.stack(
            [
                relations(
                    document,
                    claim_of[row],
                    documents[parent] if stances is not None and parent >= 0 else None,
                    stances[parent] if stances is not None and parent >= 0 else None,
                )
                for row, (document, parent) in enumerate(zip(documents, data.parents, strict=True))
            ]
        )
        spread = dense.std(axis=0)
        scaling = np.stack([dense.mean(axis=0), np.where(spread > 0, spread, 1) / config.relation_weight])
        scaling = scaling.astype(np.float32)
        features = claim_features(dense, scaling, claim_words, signal)
        model, held_out = _crossed(features, data.stance[:, 0], folds, config.claim_c, everything, config.folds)
        return model, scaling, held_out

    _, _, alone = fit(None)
    return fit(alone)


def _themes(features: sp.csr_matrix, labels: NDArray[np.int64], count: int, config: TrainConfig) -> Linear:
    """Which theme of a cause a sentence speaks of, learnt from the sentences that name one."""
    rows = labels >= 0
    return _fit(features[rows], labels[rows], config.theme_c, count)


def _folds(groups: NDArray[np.str_], config: TrainConfig) -> NDArray[np.int64]:
    """The fold of each comment; threads that belong together share one."""
    names = np.unique(groups)
    if len(names) < config.folds:
        raise InputError(f"training needs comments of at least {config.folds} threads", got=f"{len(names)}")
    order = np.random.default_rng(config.seed).permutation(len(names))
    fold_of = dict(zip(names[order], np.arange(len(names)) % config.folds, strict=True))
    return np.array([fold_of[group] for group in groups], dtype=np.int64)


def _crossed(
    features: sp.csr_matrix | FloatArray,
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    c: float,
    use: NDArray[np.bool_],
    count: int,
) -> tuple[Linear, FloatArray]:
    """A three-class model of all the examples to use, and for every example the probabilities out of fold."""
    held_out = np.zeros((len(labels), 3))
    for fold in range(count):
        inside = folds == fold
        rows = use & ~inside
        model = _fit(features[rows], labels[rows], c, 3)
        held_out[inside] = model.probabilities(features[inside])
    return _fit(features[use], labels[use], c, 3), held_out


def _fit(features: sp.csr_matrix | FloatArray, labels: NDArray[np.int64], c: float, count: int) -> Linear:
    """A multinomial logistic regression over ``count`` classes; classes without examples get a very low bias."""
    from sklearn.linear_model import LogisticRegression

    present = np.unique(labels)
    weights = np.zeros((features.shape[1], count), np.float32)
    bias = np.full(count, -20.0, np.float32)
    if len(present) == 1:
        bias[present] = 0.0
        return Linear(weights, bias)
    model = LogisticRegression(C=c, max_iter=300, tol=1e-3).fit(features, labels)
    if len(present) == 2:
        weights[:, present[1]] = model.coef_[0]
        bias[present] = [0.0, model.intercept_[0]]
    else:
        weights[:, present] = model.coef_.T
        bias[present] = model.intercept_
    return Linear(weights, bias)


# --- how sure --------------------------------------------------------------------------------------------------------


def _temperatures(probabilities: FloatArray, labels: NDArray[np.int64], langs: NDArray[np.str_]) -> dict[str, float]:
    """The temperature per language that makes held-out labels likeliest (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    found = {}
    for lang in np.unique(langs):
        rows = langs == lang
        logs = np.log(np.clip(probabilities[rows], 1e-9, 1))
        truth = labels[rows]

        def loss(log_temperature: float, logs: FloatArray = logs, truth: NDArray[np.int64] = truth) -> float:
            spread = softmax(logs / np.exp(log_temperature))
            return float(-np.log(spread[np.arange(len(truth)), truth] + 1e-12).mean())

        found[str(lang)] = round(float(np.exp(minimize_scalar(loss, bounds=(-1.5, 1.5), method="bounded").x)), 4)
    return found


def _status_thresholds(probabilities: FloatArray, labels: NDArray[np.int64]) -> dict[str, float]:
    """For cited and rejected, the least probability with the best F1 pooled over the causes.

    Args:
        probabilities: held out, shape (comments, causes, 3).
        labels: shape (comments, causes).
    """
    return {
        STATUSES[status]: _best_threshold(probabilities[..., status].ravel(), labels.ravel() == status)
        for status in (CITED, REJECTED)
    }


def _evidence_threshold(probabilities: FloatArray, labels: NDArray[np.int64]) -> float:
    """The least probability of a sentence's likelier status with the best F1 over sentences."""
    status = np.where(probabilities[..., CITED] >= probabilities[..., REJECTED], CITED, REJECTED)
    best = np.maximum(probabilities[..., CITED], probabilities[..., REJECTED])
    total = int((labels != ABSENT).sum())
    return _best_threshold(best.ravel(), (status == labels).ravel(), total=total)


def _best_threshold(scores: FloatArray, hits: NDArray[np.bool_], *, total: int | None = None) -> float:
    total = int(hits.sum()) if total is None else total
    candidates = np.arange(0.1, 0.91, 0.02)
    quality = [2 * (hits & (scores >= t)).sum() / max(1, (scores >= t).sum() + total) for t in candidates]
    return round(float(candidates[int(np.argmax(quality))]), 2)


def _abstention(probabilities: FloatArray, labels: NDArray[np.int64], risk: float) -> float:
    """The least confidence above which at most a share ``risk`` of held-out labels is wrong (El-Yaniv 2010)."""
    confidence = probabilities.max(axis=1)
    wrong = probabilities.argmax(axis=1) != labels
    order = np.argsort(-confidence)
    rate = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(rate <= risk)
    if len(allowed) == 0:
        return 1.0
    return round(float(confidence[order][allowed[-1]]), 4)
