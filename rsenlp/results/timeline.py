"""Counts over time, where comments have dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from rsenlp.codebook import codebook
from rsenlp.results.compare import wilson
from rsenlp.results.counts import EVERYTHING
from rsenlp.results.selection import UNDECIDED, UNIT_COLUMNS, Selection, Unit, label_columns

if TYPE_CHECKING:
    import duckdb

Period = Literal["week", "month", "year"]
PERIODS: tuple[Period, ...] = get_args(Period)


@dataclass(frozen=True, slots=True)
class Point:
    """How many units of a period have a label, and of how many that is the share."""

    start: date
    label: str
    units: int
    total: int

    @property
    def share(self) -> float:
        return self.units / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval of the share."""
        return wilson(self.units, self.total)


def timeline(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    period: Period,
    selection: Selection = EVERYTHING,
    unit: Unit = "comments",
) -> list[Point]:
    """For every period with dated comments, the number of units per label of a column. Weeks begin on Monday, in UTC.

    Raises:
        KeyError: no such label column.
    """
    if column not in label_columns(codebook()):
        raise KeyError(column)
    if period not in PERIODS:
        raise KeyError(period)
    condition, parameters = selection.where()
    counted = UNIT_COLUMNS[unit]
    query = f"""
        with dated as (
            select date_trunc('{period}', created_at)::date as start, {counted} as unit,
                if({column}_decided, {column}, '{UNDECIDED}') as label
            from labels where {condition} and created_at is not null and read_lang <> 'other'
        )
        select start, label, count(distinct unit) as units,
            (select count(distinct unit) from dated as d where d.start = dated.start) as total
        from dated group by start, label having units > 0 order by start, label
    """  # noqa: S608
    return [Point(*row) for row in connection.execute(query, parameters).fetchall()]


def filled(points: Sequence[Point], labels: Sequence[str]) -> list[Point]:
    """A point for each of some labels in every period there is, those that no unit has with zero units."""
    totals = {point.start: point.total for point in points}
    units = {(point.start, point.label): point.units for point in points}
    return [Point(start, label, units.get((start, label), 0), totals[start]) for start in totals for label in labels]


def stretches(starts: Iterable[date], period: Period) -> list[list[date]]:
    """The beginnings of periods in order, cut where a period is missing."""
    found: list[list[date]] = []
    for start in sorted(set(starts)):
        if found and ends(found[-1][-1], period) == start:
            found[-1].append(start)
        else:
            found.append([start])
    return found


def ends(start: date, period: Period) -> date:
    """The beginning of the period after the one that begins on a day."""
    if period == "week":
        return start + timedelta(days=7)
    months = start.year * 12 + start.month - 1 + (1 if period == "month" else 12)
    return date(months // 12, months % 12 + 1, 1)


def first_and_last(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING
) -> tuple[date, date] | None:
    """The days of the first and the last dated comment of a selection, ``None`` where none has a date."""
    condition, parameters = selection.where()
    query = f"select min(created_at)::date, max(created_at)::date from labels where {condition}"  # noqa: S608
    first, last = connection.execute(query, parameters).fetchone() or (None, None)
    return None if first is None or last is None else (first, last)


def undated(connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING) -> int:
    """How many comments of a selection have no date."""
    condition, parameters = selection.where()
    query = f"select count(*) from labels where {condition} and created_at is null"  # noqa: S608
    (number,) = connection.execute(query, parameters).fetchone() or (0,)
    return int(number)
