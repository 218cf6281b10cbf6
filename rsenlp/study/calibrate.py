"""What is fitted on top of a model's probabilities for comments that it did not learn: how sure, and where to cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from rsenlp.classifiers import FloatArray
from rsenlp.classifiers.logistic import Linear, softmax
from rsenlp.classifiers.pooling import ABSENT, CITED, REJECTED
from rsenlp.codebook import STATUSES, Codebook
from rsenlp.errors import InputError
from rsenlp.study.examples import Examples


@dataclass(frozen=True, slots=True)
class Held:
    """A model's probabilities for comments that it did not learn.

    Shapes: ``causes`` (comments, causes, 3), ``sentences`` (sentences, causes, 3), ``stance`` (comments, targets, 3).
    """

    causes: FloatArray
    sentences: FloatArray
    stance: FloatArray


def decision_thresholds(held: Held, data: Examples, risk: float, book: Codebook) -> dict[str, Any]:
    """From which probability on a cause counts, a sentence is evidence, and a label is decided.

    A label is decided where at most a share ``risk`` of what is as sure was wrong, of a cause half that share. Twins
    count once for what does not depend on their claim.
    """
    own = data.first_of_text
    own_sentence = own[data.owner]
    decide = {
        target: abstention(held.stance[:, column], data.stance[:, column], risk)
        for column, target in enumerate(book.targets)
    } | {
        cause: abstention(held.causes[:, column], data.labels[:, column], risk / 2)
        for column, cause in enumerate(book.causes)
    }
    return {
        "status": status_thresholds(held.causes[own], data.labels[own]),
        "evidence": evidence_threshold(held.sentences[own_sentence], data.statuses[own_sentence]),
        "decide": decide,
    }


def priors_of(data: Examples, book: Codebook) -> dict[str, list[float]]:
    """The mix of labels of each label column among the comments that probabilities were calibrated on."""
    mixes = {f"stance_{target}": data.stance[:, column] for column, target in enumerate(book.targets)}
    mixes |= {f"cause_{cause}": data.labels[:, column] for column, cause in enumerate(book.causes)}
    return {
        name: [round(float(share), 4) for share in np.bincount(labels, minlength=3) / len(labels)]
        for name, labels in mixes.items()
    }


def folds_of(groups: NDArray[np.str_], count: int, seed: int) -> NDArray[np.int64]:
    """The fold of each comment; threads that belong together share one."""
    names = np.unique(groups)
    if len(names) < count:
        raise InputError(f"training needs comments of at least {count} threads", got=f"{len(names)}")
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = dict(zip(names[order], np.arange(len(names)) % count, strict=True))
    return np.array([fold_of[group] for group in groups], dtype=np.int64)


def crossed(
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
        model = fit(features[rows], labels[rows], c, 3)
        held_out[inside] = model.probabilities(features[inside])
    return fit(features[use], labels[use], c, 3), held_out


def fit(features: sp.csr_matrix | FloatArray, labels: NDArray[np.int64], c: float, count: int) -> Linear:
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


def temperatures(probabilities: FloatArray, labels: NDArray[np.int64], langs: NDArray[np.str_]) -> dict[str, float]:
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


def status_thresholds(probabilities: FloatArray, labels: NDArray[np.int64]) -> dict[str, float]:
    """For cited and rejected, the least probability with the best F1 pooled over the causes.

    Args:
        probabilities: held out, shape (comments, causes, 3).
        labels: shape (comments, causes).
    """
    return {
        STATUSES[status]: _best_threshold(probabilities[..., status].ravel(), labels.ravel() == status)
        for status in (CITED, REJECTED)
    }


def evidence_threshold(probabilities: FloatArray, labels: NDArray[np.int64]) -> float:
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


def abstention(probabilities: FloatArray, labels: NDArray[np.int64], risk: float) -> float:
    """The least confidence above which at most a share ``risk`` of held-out labels is wrong (El-Yaniv 2010)."""
    confidence = probabilities.max(axis=1)
    wrong = probabilities.argmax(axis=1) != labels
    order = np.argsort(-confidence)
    rate = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(rate <= risk)
    if len(allowed) == 0:
        return 1.0
    return round(float(confidence[order][allowed[-1]]), 4)
