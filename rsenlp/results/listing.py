"""Comments one by one, with their labels and evidence, and the thread around them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsenlp.codebook import Codebook, codebook
from rsenlp.discussion import Evidence
from rsenlp.results.counts import EVERYTHING
from rsenlp.results.selection import Selection, label_columns, labels_of

if TYPE_CHECKING:
    import duckdb

Key = tuple[str, str]
"""A comment's thread and id."""


@dataclass(frozen=True, slots=True)
class Label:
    """What was said of a comment: the label, whether it is decided, and the probabilities in their order."""

    label: str
    decided: bool
    probabilities: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shown:
    """A comment as it is listed."""

    thread_id: str
    id: str
    parent_id: str | None
    text: str
    language: str
    claim: str | None
    author: str | None
    source: str | None
    url: str | None
    created_at: Any
    stance: dict[str, Label]
    causes: dict[str, Label]
    evidence: tuple[Evidence, ...]

    @property
    def key(self) -> Key:
        return self.thread_id, self.id

    @property
    def columns(self) -> dict[str, Label]:
        """Every label under the name of its column."""
        stances = {f"stance_{target}": label for target, label in self.stance.items()}
        return stances | {f"cause_{cause}": label for cause, label in self.causes.items()}


@dataclass(frozen=True, slots=True)
class Doubt:
    """The label of a comment that the model is least sure of: its two likeliest values, with their probabilities."""

    column: str
    first: tuple[str, float]
    second: tuple[str, float]


# whether a row of ``labelled`` is one of the comments whose threads and ids are given as two lists
_AMONG = (
    "select 1 from (select unnest(?::varchar[]) as of_thread, unnest(?::varchar[]) as of_id) "
    "where of_thread = thread_id and of_id = labelled.id"
)
_COLUMNS = ("thread_id", "id", "parent_id", "text", "language", "claim", "author", "source", "url", "created_at")


def comments(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING, *, limit: int = 20, offset: int = 0
) -> list[Shown]:
    """The comments of a selection, in the order of the corpus."""
    condition, parameters = selection.where()
    query = f"select n, m from labels where {condition} order by n limit ? offset ?"  # noqa: S608
    places = connection.execute(query, [*parameters, limit, offset]).fetchall()
    if not places:
        return []
    # both files are read where these comments stand, and nowhere else
    rows, predicted = (", ".join(map(str, found)) for found in zip(*places, strict=True))
    return _listed(connection, f"n in ({rows}) and m in ({predicted}) order by n", [])


def rows_of(connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING) -> NDArray[np.bool_]:
    """For each comment of the corpus, in its order, whether a selection has it."""
    condition, parameters = selection.where()
    (total,) = connection.execute("select count(*) from comments").fetchone() or (0,)
    found = connection.execute(f"select n from labelled where {condition}", parameters).fetchnumpy()  # noqa: S608
    chosen = np.zeros(total, dtype=np.bool_)
    chosen[found["n"]] = True
    return chosen


def comment(connection: duckdb.DuckDBPyConnection, thread_id: str, id: str) -> Shown | None:
    """One comment, ``None`` where there is none of that name."""
    return next(iter(_listed(connection, "thread_id = ? and id = ?", [thread_id, id])), None)


def answers(connection: duckdb.DuckDBPyConnection, thread_id: str, id: str, *, limit: int = 50) -> list[Shown]:
    """The comments that answer one, in the order of the corpus."""
    return _listed(connection, "thread_id = ? and parent_id = ? order by n limit ?", [thread_id, id, limit])


def ancestors(connection: duckdb.DuckDBPyConnection, shown: Shown, *, most: int = 20) -> list[Shown]:
    """What a comment answers, and what that answers, the first of the thread first."""
    found: list[Shown] = []
    above = shown.parent_id
    while above is not None and len(found) < most:
        parent = comment(connection, shown.thread_id, above)
        if parent is None:
            break
        found.append(parent)
        above = parent.parent_id
    return found[::-1]


def several(connection: duckdb.DuckDBPyConnection, keys: Collection[Key]) -> dict[Key, Shown]:
    """Some comments by thread and id; those that are not there are left out."""
    threads, ids = [thread for thread, _ in keys], [id for _, id in keys]
    found = _listed(connection, f"exists ({_AMONG})", [threads, ids])
    return {shown.key: shown for shown in found}


def doubtful(
    connection: duckdb.DuckDBPyConnection,
    selection: Selection = EVERYTHING,
    *,
    limit: int = 20,
    offset: int = 0,
    without: Collection[Key] = (),
) -> list[Shown]:
    """The comments that are most worth a reader's check: those whose least sure label is least sure.

    How sure a label is, is the distance between its two likeliest values (margin sampling, Scheffer et al. 2001).
    ``without`` names comments that are left out, such as those already checked.
    """
    condition, parameters = selection.where()
    if without:
        condition += f" and not exists ({_AMONG})"
        parameters = [*parameters, [thread for thread, _ in without], [id for _, id in without]]
    margins = ", ".join(
        f"list_sort([{column}_p1, {column}_p2, {column}_p3])[3] - list_sort([{column}_p1, {column}_p2, {column}_p3])[2]"
        for column in label_columns(codebook())
    )
    ordered = f"{condition} and read_lang <> 'other' order by least({margins}), n limit ? offset ?"
    return _listed(connection, ordered, [*parameters, limit, offset])


def doubt(shown: Shown) -> Doubt:
    """Why a comment is worth a check: its least sure label (of equals, the first of the codebook)."""

    def likeliest(column: str, label: Label) -> list[tuple[str, float]]:
        return sorted(zip(labels_of(column), label.probabilities, strict=True), key=lambda item: -item[1])[:2]

    doubts = [Doubt(column, *likeliest(column, label)) for column, label in shown.columns.items()]
    return min(doubts, key=lambda item: item.first[1] - item.second[1])


def _listed(connection: duckdb.DuckDBPyConnection, condition: str, parameters: Sequence[Any]) -> list[Shown]:
    book = codebook()
    labels = ", ".join(
        f"{column}, {column}_decided, {column}_p1, {column}_p2, {column}_p3" for column in label_columns(book)
    )
    own = ", ".join("read_lang" if column == "language" else column for column in _COLUMNS)
    query = f"select {own}, evidence, {labels} from labelled where {condition}"  # noqa: S608
    return [_shown(row, book) for row in connection.execute(query, list(parameters)).fetchall()]


def _shown(row: tuple[Any, ...], book: Codebook) -> Shown:
    own, evidence, flat = row[: len(_COLUMNS)], row[len(_COLUMNS)], row[len(_COLUMNS) + 1 :]
    labels = [Label(flat[at], flat[at + 1], tuple(flat[at + 2 : at + 5])) for at in range(0, len(flat), 5)]
    targets = len(book.targets)
    return Shown(
        **dict(zip(_COLUMNS, own, strict=True)),
        stance=dict(zip(book.targets, labels[:targets], strict=True)),
        causes=dict(zip(book.causes, labels[targets:], strict=True)),
        evidence=tuple(Evidence(**item) for item in evidence or ()),
    )
