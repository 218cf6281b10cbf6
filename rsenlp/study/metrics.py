"""Measures of a prediction against a gold annotation, each with a bootstrap interval over threads.

Counts are kept per thread, so that a resampled figure is a sum over drawn threads: comments of a thread are not
independent of each other, threads are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsenlp.discussion import Evidence

FloatArray = NDArray[np.float64]
DRAWS = 1000
BINS = 10
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % percentile bootstrap interval; ``None`` where there is nothing to measure."""

    value: float | None
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, float | None]:
        return {key: None if value is None else round(value, 4) for key, value in self._items()}

    def _items(self) -> tuple[tuple[str, float | None], ...]:
        return ("value", self.value), ("low", self.low), ("high", self.high)

    def __str__(self) -> str:
        return "–" if self.value is None else f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def bootstrap(
    threads: Sequence[str], statistic: Callable[[NDArray[np.intp]], float], *, seed: int = 13, draws: int = DRAWS
) -> Estimate:
    """A statistic with its interval, threads drawn with replacement (percentile bootstrap, Efron 1979).

    Args:
        threads: the thread of each item.
        statistic: takes the numbers of the items (repeated as drawn) to a figure, NaN where it is undefined.
        seed: of the draws.
        draws: how many.
    """
    _, number = np.unique(np.asarray(threads), return_inverse=True)
    members = [np.flatnonzero(number == thread) for thread in range(number.max() + 1)] if len(number) else []
    everything = np.arange(len(number))
    value = statistic(everything) if len(number) else float("nan")
    if not np.isfinite(value):
        return Estimate(None, None, None)
    generator = np.random.default_rng(seed)
    drawn = [
        statistic(np.concatenate([members[index] for index in generator.integers(len(members), size=len(members))]))
        for _ in range(draws)
    ]
    finite = [figure for figure in drawn if np.isfinite(figure)]
    low, high = np.percentile(finite, [2.5, 97.5]) if finite else (value, value)
    return Estimate(float(value), float(low), float(high))


def f1(true: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    """F1 of one label: twice the hits over gold plus predicted; NaN where the label is in neither."""
    total = int(true.sum() + found.sum())
    return float("nan") if total == 0 else 2 * int((true & found).sum()) / total


def precision_recall(true: NDArray[np.bool_], found: NDArray[np.bool_]) -> tuple[float, float]:
    """Precision and recall of one label, NaN where undefined."""
    hits = int((true & found).sum())
    return (
        hits / int(found.sum()) if found.any() else float("nan"),
        hits / int(true.sum()) if true.any() else float("nan"),
    )


def macro_f1(true: NDArray[np.str_], found: NDArray[np.str_], labels: Sequence[str]) -> float:
    """The mean of the F1 of each label that is in gold or prediction."""
    scores = [f1(true == label, found == label) for label in labels]
    defined = [score for score in scores if np.isfinite(score)]
    return float(np.mean(defined)) if defined else float("nan")


def expected_calibration_error(confidence: FloatArray, correct: NDArray[np.bool_]) -> float:
    """Mean distance between confidence and accuracy, in ten bins of equal width weighted by size.

    Args:
        confidence: the probability of the predicted label, shape (items,).
        correct: whether it is the gold label, shape (items,).

    Source: Guo et al. (2017), On calibration of modern neural networks, equation 3.
    """
    if len(confidence) == 0:
        return float("nan")
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
    return float(error)


def selective_accuracy(confidence: FloatArray, correct: NDArray[np.bool_], coverage: float = 0.7) -> float:
    """Accuracy on the share of the items that the model is surest of."""
    kept = max(1, round(coverage * len(confidence)))
    order = np.argsort(-confidence, kind="stable")[:kept]
    return float(correct[order].mean()) if len(confidence) else float("nan")


def evidence_matches(gold: Sequence[Evidence], found: Sequence[Evidence]) -> tuple[int, int, int]:
    """Matches, gold pieces and found pieces of evidence of one comment.

    A found piece matches a gold one of the same cause and polarity when their intersection is at least half of their
    union; each matches once. F1 of these counts is the "IOU F1" of DeYoung et al. (2020), ERASER.
    """
    left = list(gold)
    matches = 0
    for item in found:
        for other in left:
            if (item.cause, item.polarity) == (other.cause, other.polarity) and _overlap(item, other) >= OVERLAP:
                left.remove(other)
                matches += 1
                break
    return matches, len(gold), len(found)


def _overlap(one: Evidence, other: Evidence) -> float:
    common = min(one.end, other.end) - max(one.start, other.start)
    return max(0, common) / (max(one.end, other.end) - min(one.start, other.start))


def counts_f1(counts: NDArray[np.int64]) -> float:
    """F1 from rows of matches, gold, found. Shape of ``counts``: (items, 3)."""
    matches, gold, found = counts.sum(axis=0)
    return float("nan") if gold + found == 0 else float(2 * matches / (gold + found))


def to_plain(value: Any) -> Any:
    """Estimates in nested mappings as plain JSON values."""
    if isinstance(value, Estimate):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    return value
