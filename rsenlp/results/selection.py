"""Which comments are looked at, and in which unit they are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from rsenlp.codebook import Codebook, codebook

if TYPE_CHECKING:
    import duckdb

UNDECIDED = "undecided"
Unit = Literal["comments", "authors", "threads"]
UNIT_COLUMNS: dict[Unit, str] = {"comments": "n", "authors": "author", "threads": "thread_id"}
"""What is counted once: a comment, an author (comments without one do not count), a thread."""


def distinct(unit: Unit) -> str:
    """The SQL that counts units over rows of ``labels``, where a comment has one row."""
    return "count(*)" if unit == "comments" else f"count(distinct {UNIT_COLUMNS[unit]})"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which comments are looked at: those that meet every condition.

    ``since`` and ``until`` are days in UTC, both included; comments without a date meet neither. ``labels`` maps a
    label column (``stance_claim``, ``cause_tooling`` …) to a value or to ``undecided``. ``theme`` is ``cause/theme``
    as in the codebook, met by a comment whose cause is decided and which has such evidence, of one ``polarity``
    (``cited``, ``rejected``) or of either. ``columns`` maps any other column of the corpus to the values that it may
    have, as text. ``search`` is a piece of text, whatever its case.
    """

    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    theme: str | None = None
    polarity: str | None = None
    undecided: bool = False
    columns: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    search: str = ""

    def where(self) -> tuple[str, list[Any]]:
        """The SQL condition over ``labels`` (or ``labelled``) and its parameters.

        Raises:
            KeyError: a label column or a theme that the codebook does not have.
        """
        conditions: list[str] = ["true"]
        parameters: list[Any] = []
        for column, values in (
            ("read_lang", self.languages),
            ("source", self.sources),
            ("thread_id", self.threads),
            ("author", self.authors),
        ):
            if values:
                conditions.append(f"{column} in ({', '.join('?' * len(values))})")
                parameters += values
        for sign, day in ((">=", self.since), ("<=", self.until)):
            if day is not None:
                conditions.append(f"created_at::date {sign} ?")
                parameters.append(day)
        self._add_labels(conditions, parameters)
        for column, allowed in self.columns.items():
            values = (allowed,) if isinstance(allowed, str) else tuple(allowed)
            marks = ", ".join("?" * len(values))
            conditions.append(f"n in (select n from comments where {quoted(column)}::varchar in ({marks}))")  # noqa: S608 - quoted
            parameters += values
        self._add_search(conditions, parameters)
        return " and ".join(conditions), parameters

    def _add_search(self, conditions: list[str], parameters: list[Any]) -> None:
        if self.search.strip():
            conditions.append("n in (select n from comments where contains(lower(text), lower(?)))")
            parameters.append(self.search.strip())

    def _add_labels(self, conditions: list[str], parameters: list[Any]) -> None:
        known = label_columns(codebook())
        for column, value in self.labels.items():
            if column not in known:
                raise KeyError(column)
            if value == UNDECIDED:
                conditions.append(f"not {column}_decided")
            else:
                conditions.append(f"{column} = ? and {column}_decided")
                parameters.append(value)
        if self.undecided:
            conditions.append("(" + " or ".join(f"not {column}_decided" for column in known) + ")")
        if self.theme is not None:
            if self.theme not in codebook().themes:
                raise KeyError(self.theme)
            cause, _, theme = self.theme.partition("/")
            polarity = "" if self.polarity is None else " and polarity = ?"
            conditions.append(f"n in (select n from pieces where decided and cause = ? and theme = ?{polarity})")  # noqa: S608
            parameters += [cause, theme, *([] if self.polarity is None else [self.polarity])]


@dataclass(frozen=True, slots=True)
class Sought(Selection):
    """A selection for questions to one connection, which has a ``table`` of the comments with the text."""

    table: str = ""

    def _add_search(self, conditions: list[str], parameters: list[Any]) -> None:
        conditions.append(f"n in (select n from {self.table})")  # noqa: S608 - a name of ours


_MOST_SEARCHES = 60  # that a connection keeps, each with eight bytes a comment found
_searching = Lock()


def sought(connection: duckdb.DuckDBPyConnection, selection: Selection) -> Selection:
    """The same selection, for questions to this connection: its texts are searched now, once for all of them."""
    text = selection.search.strip()
    if not text:
        return selection
    table = f"found_{sha256(text.lower().encode()).hexdigest()[:24]}"
    with _searching:
        rows = connection.execute(
            "select table_name from duckdb_tables() where starts_with(table_name, 'found_') order by table_oid"
        ).fetchall()
        known = [name for (name,) in rows]
        if table not in known:
            for name in known[: max(0, len(known) - _MOST_SEARCHES + 1)]:
                connection.execute(f"drop table {name}")
            query = f"create table {table} as select n from comments where contains(lower(text), lower(?))"  # noqa: S608
            connection.execute(query, [text])
    return Sought(**{item.name: getattr(selection, item.name) for item in fields(Selection)}, table=table)


def label_columns(book: Codebook) -> list[str]:
    """The label columns of ``labels``: stances by target, then causes."""
    return [f"stance_{target}" for target in book.targets] + [f"cause_{cause}" for cause in book.causes]


def labels_of(column: str) -> tuple[str, ...]:
    """The labels that a column can have, in the order of its probabilities."""
    from rsenlp.codebook import STANCES, STATUSES

    return STANCES if column.startswith("stance_") else STATUSES


def quoted(column: str) -> str:
    """A column's name as SQL wants it."""
    return '"' + column.replace('"', '""') + '"'
