"""Counts and lists over a study: the same functions for the terminal and the app, so that numbers agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rsenlp.codebook import Codebook, codebook
from rsenlp.discussion import Evidence

if TYPE_CHECKING:
    import duckdb

UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which comments are looked at. ``labels`` maps a label column (``stance_claim``, ``cause_tooling`` …) to a value
    or to ``undecided``; ``search`` is a piece of text, whatever its case.
    """

    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    search: str = ""

    def where(self) -> tuple[str, list[Any]]:
        """The SQL condition over ``labelled`` and its parameters."""
        conditions: list[str] = ["true"]
        parameters: list[Any] = []
        for column, values in (("read_lang", self.languages), ("source", self.sources), ("thread_id", self.threads)):
            if values:
                conditions.append(f"{column} in ({', '.join('?' * len(values))})")
                parameters += values
        for column, value in self.labels.items():
            if column not in label_columns(codebook()):
                raise KeyError(column)
            if value == UNDECIDED:
                conditions.append(f"not {column}_decided")
            else:
                conditions.append(f"{column} = ? and {column}_decided")
                parameters.append(value)
        if self.search.strip():
            conditions.append("contains(lower(text), lower(?))")
            parameters.append(self.search.strip())
        return " and ".join(conditions), parameters


def label_columns(book: Codebook) -> list[str]:
    """The label columns of ``labelled``: stances by target, then causes."""
    return [f"stance_{target}" for target in book.targets] + [f"cause_{cause}" for cause in book.causes]


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
    """How many comments have a label; ``label`` is ``undecided`` where the model abstains."""

    name: str
    label: str
    language: str
    comments: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment as it is listed, with its labels, whether they are decided, and its evidence."""

    thread_id: str
    id: str
    text: str
    language: str
    claim: str | None
    author: str | None
    source: str | None
    created_at: Any
    stance: dict[str, tuple[str, bool]]
    causes: dict[str, tuple[str, bool]]
    evidence: tuple[Evidence, ...]


def overview(connection: duckdb.DuckDBPyConnection, selection: Selection = Selection()) -> Overview:
    """How many comments, threads, authors and languages a selection has."""
    condition, parameters = selection.where()
    query = f"select count(*), count(distinct thread_id), count(distinct author) from labelled where {condition}"  # noqa: S608
    comments, threads, authors = connection.execute(query, parameters).fetchone() or (0, 0, 0)
    query = f"select read_lang, count(*) from labelled where {condition} group by all order by 2 desc, 1"  # noqa: S608
    languages = dict(connection.execute(query, parameters).fetchall())
    return Overview(comments, threads, authors, languages, languages.get("other", 0))


def label_counts(connection: duckdb.DuckDBPyConnection, selection: Selection = Selection()) -> list[Count]:
    """For every label column, the number of comments per label and language read; undecided ones apart.

    Comments in no supported language are not counted: nothing was said of them.
    """
    condition, parameters = selection.where()
    columns = label_columns(codebook())
    parts = [
        f"select '{column}' as name, if({column}_decided, {column}, '{UNDECIDED}') as label, read_lang, count(*) "  # noqa: S608
        f"from labelled where {condition} and read_lang <> 'other' group by all"
        for column in columns
    ]
    query = " union all ".join(parts) + " order by 1, 2, 3"
    return [Count(*row) for row in connection.execute(query, parameters * len(columns)).fetchall()]


def comments(
    connection: duckdb.DuckDBPyConnection,
    selection: Selection = Selection(),
    *,
    limit: int = 20,
    offset: int = 0,
) -> list[Shown]:
    """The comments of a selection, in the order of the corpus."""
    book = codebook()
    condition, parameters = selection.where()
    columns = label_columns(book)
    labels = ", ".join(f"{column}, {column}_decided" for column in columns)
    query = (
        f"select thread_id, id, text, read_lang, claim, author, source, created_at, evidence, {labels} "  # noqa: S608
        f"from labelled where {condition} order by n limit ? offset ?"
    )
    rows = connection.execute(query, [*parameters, limit, offset]).fetchall()
    return [_shown(row, book) for row in rows]


def _shown(row: tuple[Any, ...], book: Codebook) -> Shown:
    thread_id, id, text, language, claim, author, source, created_at, evidence, *flat = row
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    targets = len(book.targets)
    return Shown(
        thread_id,
        id,
        text,
        language,
        claim,
        author,
        source,
        created_at,
        dict(zip(book.targets, pairs[:targets], strict=True)),
        dict(zip(book.causes, pairs[targets:], strict=True)),
        tuple(Evidence(**item) for item in evidence or ()),
    )


def quotes(
    connection: duckdb.DuckDBPyConnection, cause: str, polarity: str, *, limit: int = 3
) -> list[tuple[str, str, str]]:
    """The likeliest evidence in the comments that are decided to cite, or reject, a cause.

    Returns:
        language, quoted sentence and comment id; one quote per comment, the likeliest first.
    """
    column = f"cause_{cause}"
    if column not in label_columns(codebook()):
        raise KeyError(cause)
    query = f"""
        select read_lang, item.text, id from (
            select read_lang, id, n, unnest(evidence) as item from labelled where {column} = ? and {column}_decided
        ) where item.cause = ? and item.polarity = ?
        qualify row_number() over (partition by n order by item.probability desc, item.start) = 1
        order by item.probability desc, n limit ?
    """  # noqa: S608 - a column of the codebook
    return connection.execute(query, [polarity, cause, polarity, limit]).fetchall()
