"""Causes, their themes, and the sentences that carry them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsenlp.codebook import codebook
from rsenlp.discussion import Evidence
from rsenlp.results.counts import EVERYTHING
from rsenlp.results.selection import UNIT_COLUMNS, Selection, Unit

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """How many units carry a theme of a cause; ``theme`` is ``None`` for evidence without one."""

    cause: str
    theme: str | None
    polarity: str
    units: int
    sentences: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence that carries a cause, and where it stands."""

    text: str
    language: str
    thread_id: str
    id: str
    cause: str
    theme: str | None
    polarity: str
    probability: float | None


def evidence_query(selection: Selection) -> tuple[str, list[object]]:
    """The SQL of a selection's evidence, with its parameters.

    Columns: those of ``pieces``, and ``n``, ``m``, ``thread_id``, ``author``, ``read_lang`` of the comment. Evidence of
    a cause that is not decided is left out.
    """
    condition, parameters = selection.where()
    query = (
        f"select m, thread_id, author, read_lang, pieces.* from pieces join labels using (n) "  # noqa: S608
        f"where pieces.decided and {condition} and read_lang <> 'other'"
    )
    return query, parameters


def theme_counts(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING, unit: Unit = "comments"
) -> list[ThemeCount]:
    """How many units carry each theme, cited and rejected, the commonest of a cause first."""
    evidence, parameters = evidence_query(selection)
    query = (
        f"select cause, theme, polarity, count(distinct {UNIT_COLUMNS[unit]}) as units, count(*) "  # noqa: S608
        f"from ({evidence}) group by all having units > 0 order by cause, units desc, theme, polarity"
    )
    order = {cause: number for number, cause in enumerate(codebook().causes)}
    found = [ThemeCount(*row) for row in connection.execute(query, parameters).fetchall()]
    return sorted(found, key=lambda item: order[item.cause])


def quotes(
    connection: duckdb.DuckDBPyConnection,
    cause: str,
    polarity: str,
    *,
    theme: str | None = None,
    selection: Selection = EVERYTHING,
    limit: int = 3,
    offset: int = 0,
) -> list[Quote]:
    """The likeliest sentences that cite, or reject, a cause (by one theme of it); one per comment, likeliest first.

    Raises:
        KeyError: no such cause.
    """
    sentences, parameters = _sentences(cause, polarity, theme, selection)
    chosen = (
        f"select n, place from ({sentences}) "  # noqa: S608
        "qualify row_number() over (partition by n order by probability desc, start) = 1 "
        "order by probability desc, n limit ? offset ?"
    )
    rows = connection.execute(chosen, [*parameters, limit, offset]).fetchall()
    return quotes_at(connection, rows)


def quotes_at(connection: duckdb.DuckDBPyConnection, places: Sequence[tuple[int, int]]) -> list[Quote]:
    """Sentences by comment (``n``) and place among its evidence, in the order given; only they are read."""
    if not places:
        return []
    wanted = ", ".join(str(int(n)) for n, _ in places)
    rows = connection.execute(f"select n, read_lang, thread_id, id, evidence from labelled where n in ({wanted})")  # noqa: S608 - whole numbers
    found = {n: rest for n, *rest in rows.fetchall()}
    quotes = []
    for n, place in places:
        language, thread_id, id, evidence = found[n]
        item = Evidence(**evidence[place - 1])
        quotes.append(
            Quote(item.text, language, thread_id, id, item.cause, item.theme, item.polarity, item.probability)
        )
    return quotes


def quoted_units(
    connection: duckdb.DuckDBPyConnection,
    cause: str,
    polarity: str,
    *,
    theme: str | None = None,
    selection: Selection = EVERYTHING,
    unit: Unit = "comments",
) -> int:
    """How many units have such a sentence: in comments, how many :func:`quotes` there are without a limit.

    Raises:
        KeyError: no such cause.
    """
    sentences, parameters = _sentences(cause, polarity, theme, selection)
    query = f"select count(distinct {UNIT_COLUMNS[unit]}) from ({sentences})"  # noqa: S608
    (number,) = connection.execute(query, parameters).fetchone() or (0,)
    return int(number)


def _sentences(cause: str, polarity: str, theme: str | None, selection: Selection) -> tuple[str, list[object]]:
    if cause not in codebook().causes:
        raise KeyError(cause)
    evidence, parameters = evidence_query(selection)
    condition = "cause = ? and polarity = ?" + ("" if theme is None else " and theme = ?")
    given = [*parameters, cause, polarity, *([] if theme is None else [theme])]
    return f"select * from ({evidence}) where {condition}", given  # noqa: S608
