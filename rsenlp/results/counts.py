"""How much there is of what: the same functions for the terminal, the app and the report, so that numbers agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rsenlp.codebook import codebook
from rsenlp.records import FIELDS, LABELS
from rsenlp.results.selection import (
    UNDECIDED,
    UNIT_COLUMNS,
    Selection,
    Unit,
    distinct,
    label_columns,
    labels_of,
    quoted,
)

if TYPE_CHECKING:
    import duckdb

EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Overview:
    """How much there is; ``unread`` counts comments in no supported language."""

    comments: int
    threads: int
    authors: int
    languages: dict[str, int]
    unread: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many units have a label; ``label`` is ``undecided`` where the model abstains."""

    name: str
    label: str
    language: str
    units: int


@dataclass(frozen=True, slots=True)
class Cell:
    """How many units have both of two labels."""

    row: str
    column: str
    units: int


def overview(connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING) -> Overview:
    """How many comments, threads, authors and languages a selection has."""
    condition, parameters = selection.where()
    query = f"select count(*), count(distinct thread_id), count(distinct author) from labels where {condition}"  # noqa: S608
    comments, threads, authors = connection.execute(query, parameters).fetchone() or (0, 0, 0)
    query = f"select read_lang, count(*) from labels where {condition} group by all order by 2 desc, 1"  # noqa: S608
    languages = dict(connection.execute(query, parameters).fetchall())
    return Overview(comments, threads, authors, languages, languages.get("other", 0))


def size(connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING, unit: Unit = "comments") -> int:
    """How many units of a selection were read."""
    condition, parameters = selection.where()
    query = f"select {distinct(unit)} from labels where {condition} and read_lang <> 'other'"  # noqa: S608
    (number,) = connection.execute(query, parameters).fetchone() or (0,)
    return int(number)


def label_counts(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING, unit: Unit = "comments"
) -> list[Count]:
    """For every label column, the number of units per label and language read; undecided ones apart.

    An author or a thread has every label that a comment of its has, so that its labels may add up to more than one.
    Comments in no supported language are not counted: nothing was said of them.
    """
    return [Count(*row) for row in _per_label(connection, selection, unit, "read_lang") if row[3]]


def label_totals(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING, unit: Unit = "comments"
) -> dict[tuple[str, str], int]:
    """The number of units per label column and label, whatever their language.

    Not the sum of :func:`label_counts`: an author who writes in two languages counts in each there, and once here.
    """
    rows = _per_label(connection, selection, unit, "null")
    return {(name, label): units for name, label, _, units in rows if units}


def _per_label(
    connection: duckdb.DuckDBPyConnection, selection: Selection, unit: Unit, group: str
) -> list[tuple[str, str, str, int]]:
    condition, parameters = selection.where()
    counted = (
        f"select {UNIT_COLUMNS[unit]} as unit, {group} as part, bits from labels "  # noqa: S608
        f"where {condition} and read_lang <> 'other'"
    )
    if unit != "comments":  # what is said in any of its comments
        counted = f"select part, bit_or(bits) as bits from ({counted}) where unit is not null group by unit, part"  # noqa: S608
    rows = connection.execute(f"select part, bits, count(*) from ({counted}) group by all", parameters).fetchall()  # noqa: S608
    found: Counter[tuple[str, str, str]] = Counter()
    for part, bits, units in rows:
        for column, label, bit in label_bits():
            if bits & bit:
                found[column, label, part] += units
    return sorted(((*key, units) for key, units in found.items()), key=lambda row: (row[0], row[1], row[2] or ""))


@cache
def label_bits() -> tuple[tuple[str, str, int], ...]:
    """The bit of ``bits`` in ``labels`` that stands for each label of each column, the undecided one last."""
    return tuple(
        (column, label, 1 << 4 * at + place)
        for at, column in enumerate(label_columns(codebook()))
        for place, label in enumerate((*labels_of(column), UNDECIDED))
    )


def causes_by_stance(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    selection: Selection = EVERYTHING,
    unit: Unit = "comments",
    polarity: str = "cited",
) -> list[Cell]:
    """How many units cite (or reject) each cause and take each stance towards a target; decided labels alone."""
    book = codebook()
    if target not in book.targets:
        raise KeyError(target)
    condition, parameters = selection.where()
    parts = [
        f"select '{cause}' as cause, stance_{target} as stance, {distinct(unit)} as units "  # noqa: S608
        f"from labels where {condition} and cause_{cause} = ? and cause_{cause}_decided "
        f"and stance_{target}_decided and read_lang <> 'other' group by all"
        for cause in book.causes
    ]
    query = " union all ".join(parts) + " order by 1, 2"
    given = [item for _ in book.causes for item in (*parameters, polarity)]
    return [Cell(*row) for row in connection.execute(query, given).fetchall()]


def causes_together(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING, unit: Unit = "comments"
) -> list[Cell]:
    """How many units cite both of two causes; a cause with itself counts all that cite it."""
    condition, parameters = selection.where()
    causes = list(codebook().causes)
    pairs = [(one, other) for position, one in enumerate(causes) for other in causes[position:]]
    cited = {cause: f"(cause_{cause} = 'cited' and cause_{cause}_decided)" for cause in causes}
    sums = ", ".join(
        f"count(distinct if({cited[one]} and {cited[other]}, {UNIT_COLUMNS[unit]}, null))" for one, other in pairs
    )
    row = connection.execute(
        f"select {sums} from labels where {condition} and read_lang <> 'other'",  # noqa: S608
        parameters,
    ).fetchone() or (0,) * len(pairs)
    return [Cell(one, other, units) for (one, other), units in zip(pairs, row, strict=True)]


def other_columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The columns of the corpus that came with it besides a comment's fields, those with plain values."""
    rows = connection.execute("describe comments").fetchall()
    own = {*FIELDS, *LABELS, "n", "file_row_number"}
    return [name for name, kind, *_ in rows if name not in own and not kind.endswith("]") and "(" not in kind]


def values_of(connection: duckdb.DuckDBPyConnection, column: str, *, limit: int = 200) -> list[tuple[str, int]]:
    """The values of a column of the corpus with their numbers of comments, the commonest first."""
    name = quoted(column)
    narrow = {row[0] for row in connection.execute("describe labels").fetchall()}
    table = "labels" if column in narrow else "comments"
    query = (
        f"select {name}::varchar, count(*) from {table} where {name} is not null "  # noqa: S608
        "group by 1 order by 2 desc, 1 limit ?"
    )
    return connection.execute(query, [limit]).fetchall()
