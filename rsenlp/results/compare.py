"""Two selections side by side: shares, their difference, and whether it may be chance."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rsenlp.codebook import codebook
from rsenlp.results.counts import label_totals, size
from rsenlp.results.selection import UNDECIDED, Selection, Unit, label_columns, labels_of

if TYPE_CHECKING:
    import duckdb

_Z = 1.959963984540054  # the normal distribution's 97.5 % quantile


@dataclass(frozen=True, slots=True)
class Difference:
    """The share of units with a label in two selections.

    ``low`` and ``high`` bound the difference ``left - right`` with 95 % confidence; ``p`` is the two-sided
    probability of so large a difference by chance, ``adjusted_p`` the same among all the labels compared (Holm 1979).
    All are ``None`` where one side is empty, and ``p`` where nothing was tested.
    """

    column: str
    label: str
    left: int
    left_total: int
    right: int
    right_total: int
    low: float | None
    high: float | None
    p: float | None
    adjusted_p: float | None

    @property
    def left_share(self) -> float:
        return self.left / self.left_total if self.left_total else math.nan

    @property
    def right_share(self) -> float:
        return self.right / self.right_total if self.right_total else math.nan


def compare(
    connection: duckdb.DuckDBPyConnection,
    left: Selection,
    right: Selection,
    unit: Unit = "comments",
    *,
    without: Collection[str] = (),
) -> list[Difference]:
    """Every decided label in two selections, in the codebook's order; ``absent`` is what remains, and is left out.

    Intervals are Newcombe's (1998, method 10, from Wilson's score intervals), the test is Fisher's exact one. Both
    take units for independent of each other: with several comments per thread, count threads or authors to be safe.

    Args:
        connection: a study's.
        left: one selection.
        right: the other.
        unit: what is counted.
        without: label columns that are not compared, such as the one by which the selections were made.
    """
    wanted = [
        (column, label)
        for column in label_columns(codebook())
        for label in labels_of(column)
        if label != "absent" and column not in without
    ]
    found = _differences(connection, left, right, unit, wanted)
    tests = [_fisher(item.left, item.left_total, item.right, item.right_total) for item in found]
    return [
        replace(item, p=p, adjusted_p=adjusted) for item, p, adjusted in zip(found, tests, _holm(tests), strict=True)
    ]


def undecided(
    connection: duckdb.DuckDBPyConnection, left: Selection, right: Selection, unit: Unit = "comments"
) -> list[Difference]:
    """How much of each label column is not decided in two selections; not tested, so as not to weaken the tests."""
    return _differences(connection, left, right, unit, [(column, UNDECIDED) for column in label_columns(codebook())])


def _differences(
    connection: duckdb.DuckDBPyConnection,
    left: Selection,
    right: Selection,
    unit: Unit,
    wanted: Sequence[tuple[str, str]],
) -> list[Difference]:
    """Labels in two selections, with the interval of the difference."""
    one, other = (label_totals(connection, side, unit) for side in (left, right))
    one_total, other_total = (size(connection, side, unit) for side in (left, right))
    found = []
    for column, label in wanted:
        counts = (one.get((column, label), 0), one_total, other.get((column, label), 0), other_total)
        low, high = _newcombe(*counts)
        found.append(Difference(column, label, *counts, low, high, p=None, adjusted_p=None))
    return found


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    share, square = hits / total, _Z**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    half = _Z / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def _newcombe(one: int, one_total: int, other: int, other_total: int) -> tuple[float | None, float | None]:
    if not one_total or not other_total:
        return None, None
    left, right = one / one_total, other / other_total
    (left_low, left_high), (right_low, right_high) = wilson(one, one_total), wilson(other, other_total)
    low = left - right - math.hypot(left - left_low, right_high - right)
    high = left - right + math.hypot(left_high - left, right - right_low)
    return low, high


def _fisher(one: int, one_total: int, other: int, other_total: int) -> float | None:
    if not one_total or not other_total:
        return None
    from scipy.stats import fisher_exact

    table = [[one, one_total - one], [other, other_total - other]]
    return float(fisher_exact(table).pvalue)


def _holm(tests: list[float | None]) -> list[float | None]:
    """Probabilities adjusted for the number of tests, step down (Holm 1979)."""
    order = sorted((p, number) for number, p in enumerate(tests) if p is not None)
    adjusted: list[float | None] = [None] * len(tests)
    least = 0.0
    for rank, (p, number) in enumerate(order):
        least = max(least, min(1.0, p * (len(order) - rank)))
        adjusted[number] = least
    return adjusted
