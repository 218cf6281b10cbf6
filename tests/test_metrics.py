from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from rsenlp.discussion import Evidence
from rsenlp.study.metrics import (
    bootstrap,
    counts_f1,
    evidence_matches,
    expected_calibration_error,
    macro_f1,
    selective_accuracy,
)


def test_macro_f1_is_scikit_learns() -> None:
    draw = np.random.default_rng(3)
    true, found = draw.choice(["favor", "against", "none"], (2, 200))
    ours = macro_f1(true, found, ("favor", "against", "none"))
    assert ours == pytest.approx(f1_score(true, found, average="macro"))


def test_calibration_error_of_a_worked_example() -> None:
    # two bins: confidence .95 with accuracy .5 on two items, .55 with accuracy 1 on two: (.45 + .45) / 2
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, False, True, True])
    assert expected_calibration_error(confidence, correct) == pytest.approx(0.45)
    assert expected_calibration_error(np.array([1.0, 1.0]), np.array([True, True])) == 0


def test_selective_accuracy_looks_at_the_surest() -> None:
    assert selective_accuracy(np.array([0.9, 0.8, 0.1]), np.array([True, True, False]), 0.7) == 1.0


def item(start: int, end: int, cause: str = "tooling", polarity: str = "cited") -> Evidence:
    return Evidence(cause, polarity, start, end, "x" * (end - start))  # type: ignore[arg-type]


def test_evidence_matches_by_half_of_the_union_and_once() -> None:
    assert evidence_matches([item(0, 10)], [item(0, 6)]) == (1, 1, 1)
    assert evidence_matches([item(0, 10)], [item(0, 4)]) == (0, 1, 1)
    assert evidence_matches([item(0, 10)], [item(0, 10), item(0, 10)]) == (1, 1, 2)
    assert evidence_matches([item(0, 10)], [item(0, 10, polarity="rejected")]) == (0, 1, 1)
    assert evidence_matches([item(0, 10)], [item(0, 10, cause="strategy")]) == (0, 1, 1)
    assert counts_f1(np.array([[1, 1, 1], [0, 1, 0]])) == pytest.approx(2 / 3)
    assert np.isnan(counts_f1(np.array([[0, 0, 0]])))


def test_the_interval_draws_threads_not_comments() -> None:
    # all comments of a thread are alike: with two threads the mean is drawn from 0, .5 and 1 alone
    values = np.array([0.0] * 50 + [1.0] * 50)
    threads = ["a"] * 50 + ["b"] * 50
    estimate = bootstrap(threads, lambda rows: float(values[rows].mean()))
    assert (estimate.value, estimate.low, estimate.high) == (0.5, 0.0, 1.0)
    apart = bootstrap([str(n) for n in range(100)], lambda rows: float(values[rows].mean()))
    assert apart.low is not None
    assert 0.3 < apart.low < 0.5
    assert bootstrap(threads, lambda rows: float("nan")).value is None
