"""Counts over time, where comments have dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from rsenlp.codebook import codebook
from rsenlp.results.counts import EVERYTHING
from rsenlp.results.selection import UNDECIDED, UNIT_COLUMNS, Selection, Unit, label_columns

if TYPE_CHECKING:
    import duckdb

Period = Literal["week", "month", "year"]


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
    if period not in ("week", "month", "year"):
        raise KeyError(period)
    condition, parameters = selection.where()
    counted = UNIT_COLUMNS[unit]
    query = f"""
        with dated as (
            select date_trunc('{period}', created_at)::date as start, {counted} as unit,
                if({column}_decided, {column}, '{UNDECIDED}') as label
            from labelled where {condition} and created_at is not null and read_lang <> 'other'
        )
        select start, label, count(distinct unit) as units,
            (select count(distinct unit) from dated as d where d.start = dated.start) as total
        from dated group by start, label having units > 0 order by start, label
    """  # noqa: S608
    return [Point(*row) for row in connection.execute(query, parameters).fetchall()]


def undated(connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING) -> int:
    """How many comments of a selection have no date."""
    condition, parameters = selection.where()
    query = f"select count(*) from labelled where {condition} and created_at is null"  # noqa: S608
    (number,) = connection.execute(query, parameters).fetchone() or (0,)
    return int(number)
