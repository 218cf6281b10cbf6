"""How well a model reads an annotated corpus: every task, overall and per language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsenlp.codebook import STANCES, STATUSES
from rsenlp.discussion import Comment, Prediction
from rsenlp.errors import InputError
from rsenlp.study.annotation_files import answered
from rsenlp.study.metrics import (
    Estimate,
    bootstrap,
    counts_f1,
    evidence_matches,
    expected_calibration_error,
    f1,
    macro_f1,
    precision_recall,
    selective_accuracy,
)

if TYPE_CHECKING:
    from rsenlp.analyzer import Analyzer

Statistic = Callable[[NDArray[np.intp]], float]
OVERALL = "all"


@dataclass(frozen=True, slots=True)
class _Task:
    """Gold labels, predicted labels and the confidence in these, in the order of the comments."""

    labels: tuple[str, ...]
    true: NDArray[np.str_]
    found: NDArray[np.str_]
    confidence: NDArray[np.float64]
    decided: NDArray[np.bool_]


def predictions(analyzer: Analyzer, comments: Sequence[Comment]) -> Iterator[Prediction]:
    """What a model says of annotated comments, which it reads in their context and without their annotations."""
    by_id = {(comment.thread_id, comment.id): comment for comment in comments}
    return analyzer.classify_in_context(
        (replace(comment, annotation=None), answered(comment, by_id)) for comment in comments
    )


def evaluate(gold: Sequence[Comment], predicted: Iterable[Prediction], *, seed: int = 13) -> dict[str, Any]:
    """Compare predictions with the annotations of the same comments.

    Returns:
        ``comments``, ``threads`` and, under ``languages`` for ``all`` and each language of the gold, the figures:
        per target and cause macro-F1, precision, recall and F1 per label, calibration error, coverage and accuracy
        of what is decided; ``cited`` (mean F1 over causes), ``rejected`` (F1 pooled over causes), ``evidence``.
        Figures are :class:`~rsenlp.study.metrics.Estimate`.

    Raises:
        InputError: there is nothing to compare, a comment has no annotation, or predictions are for other comments.
    """
    found = list(predicted)
    if not gold:
        raise InputError("an annotated corpus has comments", got="none")
    for comment, prediction in zip(gold, found, strict=True):
        if comment.annotation is None:
            raise InputError(
                "every comment of a gold corpus is annotated with stance and causes", got=f"{comment.id!r} without"
            )
        if (comment.thread_id, comment.id) != (prediction.thread_id, prediction.id):
            raise InputError("predictions are in the order of the gold", got=f"{prediction.id!r} for {comment.id!r}")
    languages = sorted({comment.lang or "und" for comment in gold})
    parts = {OVERALL: range(len(gold))} | {
        lang: [row for row, comment in enumerate(gold) if (comment.lang or "und") == lang] for lang in languages
    }
    return {
        "comments": len(gold),
        "threads": len({comment.thread_id for comment in gold}),
        "languages": {
            name: _figures([gold[row] for row in rows], [found[row] for row in rows], seed)
            for name, rows in parts.items()
            if name == OVERALL or len(languages) > 1
        },
    }


def _figures(gold: Sequence[Comment], found: Sequence[Prediction], seed: int) -> dict[str, Any]:
    threads = [comment.thread_id for comment in gold]
    annotations = [comment.annotation for comment in gold if comment.annotation is not None]

    def estimate(statistic: Statistic) -> Estimate:
        return bootstrap(threads, statistic, seed=seed)

    stance = {
        target: _task(STANCES, [a.stance[target] for a in annotations], [p.stance[target] for p in found])
        for target in annotations[0].stance
    }
    causes = {
        cause: _task(STATUSES, [a.causes[cause] for a in annotations], [p.causes[cause] for p in found])
        for cause in annotations[0].causes
    }
    counts = np.array(
        [evidence_matches(a.evidence, p.evidence) for a, p in zip(annotations, found, strict=True)], dtype=np.int64
    )
    return {
        "comments": len(gold),
        "stance": {name: _task_figures(task, estimate) for name, task in stance.items()},
        "causes": {name: _task_figures(task, estimate) for name, task in causes.items()},
        "cited": estimate(lambda rows: _mean_cited(list(causes.values()), rows)),
        "rejected": estimate(lambda rows: _pooled_rejected(list(causes.values()), rows)),
        "evidence": estimate(lambda rows: counts_f1(counts[rows])),
    }


def _task(labels: tuple[str, ...], true: list[str], found: list[Any]) -> _Task:
    return _Task(
        labels,
        np.array(true),
        np.array([item.label for item in found]),
        np.array([item.probabilities[item.label] for item in found], dtype=np.float64),
        np.array([item.decided for item in found], dtype=np.bool_),
    )


def _task_figures(task: _Task, estimate: Callable[[Statistic], Estimate]) -> dict[str, Any]:
    correct = task.true == task.found

    def label_figures(label: str) -> dict[str, Any]:
        true, found = task.true == label, task.found == label
        return {
            "precision": estimate(lambda rows: precision_recall(true[rows], found[rows])[0]),
            "recall": estimate(lambda rows: precision_recall(true[rows], found[rows])[1]),
            "f1": estimate(lambda rows: f1(true[rows], found[rows])),
            "gold": int(true.sum()),
        }

    return {
        "macro_f1": estimate(lambda rows: macro_f1(task.true[rows], task.found[rows], task.labels)),
        "accuracy": estimate(lambda rows: float(correct[rows].mean())),
        "calibration_error": estimate(lambda rows: expected_calibration_error(task.confidence[rows], correct[rows])),
        "accuracy_on_surest_70": estimate(lambda rows: selective_accuracy(task.confidence[rows], correct[rows])),
        "decided": estimate(lambda rows: float(task.decided[rows].mean())),
        "accuracy_of_decided": estimate(lambda rows: _mean(correct[rows][task.decided[rows]])),
        "labels": {label: label_figures(label) for label in task.labels},
    }


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _mean_cited(causes: Sequence[_Task], rows: NDArray[np.intp]) -> float:
    scores = [f1(task.true[rows] == "cited", task.found[rows] == "cited") for task in causes]
    defined = [score for score in scores if np.isfinite(score)]
    return float(np.mean(defined)) if defined else float("nan")


def _pooled_rejected(causes: Sequence[_Task], rows: NDArray[np.intp]) -> float:
    true = np.concatenate([task.true[rows] == "rejected" for task in causes])
    found = np.concatenate([task.found[rows] == "rejected" for task in causes])
    return f1(true, found)
