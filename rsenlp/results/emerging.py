"""Emerging themes: what the evidence says that the codebook has no theme for.

A sentence that carries a cause lies outside the codebook where it has no theme, or where its theme is less likely than
``COVERED``: on held-out threads the model's theme was wrong there every second time or more. Such sentences are grouped
by their words, each language apart (:mod:`rsenlp.results.grouping`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsenlp.results.counts import EVERYTHING
from rsenlp.results.grouping import DRAWS, LEAST, STABLE, groups
from rsenlp.results.selection import UNIT_COLUMNS, Selection, Unit
from rsenlp.results.themes import Quote, evidence_query, quotes_at
from rsenlp.text import SUPPORTED

if TYPE_CHECKING:
    import duckdb

COVERED = 0.4
SAMPLE = 1500
"""At most this many different sentences of a language are grouped: the first in the order of their hashes."""


@dataclass(frozen=True, slots=True)
class Emerging:
    """A theme found in the sentences.

    ``terms`` are words of the texts; ``sentences`` counts those that it has, ``coverage`` is their share of the
    sentences that were grouped, ``stability`` the mean Jaccard coefficient over bootstrap samples. ``keys`` are the
    ``text_key`` of its sentences, the most typical first.
    """

    language: str
    terms: tuple[str, ...]
    sentences: int
    coverage: float
    stability: float
    keys: tuple[int, ...]

    @property
    def label(self) -> str:
        return " · ".join(self.terms)

    @property
    def stable(self) -> bool:
        return self.stability >= STABLE


@dataclass(frozen=True, slots=True)
class Found:
    """The sentences of a language that no theme of the codebook covers, and the themes found in them.

    ``evidence`` counts all sentences that carry a cause, ``sentences`` those without a theme, ``different`` their
    different texts, ``grouped`` those that the themes were looked for in.
    """

    language: str
    evidence: int
    sentences: int
    different: int
    grouped: int
    themes: tuple[Emerging, ...]

    @property
    def enough(self) -> bool:
        return self.different >= LEAST


def emerging(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERYTHING, *, draws: int = DRAWS, seed: int = 13
) -> list[Found]:
    """The themes of each language that evidence was read in, the largest first; none from fewer than ``LEAST``."""
    uncovered, parameters = _uncovered(selection)
    evidence, _ = evidence_query(selection)
    numbers = "count(distinct (n, start))"
    counted = dict(
        connection.execute(f"select read_lang, {numbers} from ({evidence}) group by 1", parameters).fetchall()  # noqa: S608
    )
    outside = connection.execute(
        f"select read_lang, {numbers}, count(distinct text_key) from ({uncovered}) group by 1",  # noqa: S608
        parameters,
    ).fetchall()
    found = {language: (sentences, different) for language, sentences, different in outside}
    return [
        _found(connection, selection, language, (counted[language], *found.get(language, (0, 0))), draws, seed)
        for language in SUPPORTED
        if language in counted
    ]


def emerging_units(
    connection: duckdb.DuckDBPyConnection,
    theme: Emerging,
    selection: Selection = EVERYTHING,
    unit: Unit = "comments",
) -> int:
    """How many units have a sentence of a theme."""
    sentences, parameters = _sentences(theme, selection)
    query = f"select count(distinct {UNIT_COLUMNS[unit]}) from ({sentences})"  # noqa: S608
    (number,) = connection.execute(query, parameters).fetchone() or (0,)
    return int(number)


def emerging_quotes(
    connection: duckdb.DuckDBPyConnection,
    theme: Emerging,
    selection: Selection = EVERYTHING,
    *,
    limit: int = 3,
    offset: int = 0,
) -> list[Quote]:
    """The sentences of a theme, one per comment, the most typical first."""
    sentences, parameters = _sentences(theme, selection)
    query = (
        f"select n, place from ({sentences}) qualify row_number() over (partition by n order by typical, place) = 1 "  # noqa: S608
        "order by typical, n limit ? offset ?"
    )
    return quotes_at(connection, connection.execute(query, [*parameters, limit, offset]).fetchall())


def _found(
    connection: duckdb.DuckDBPyConnection,
    selection: Selection,
    language: str,
    counted: tuple[int, int, int],
    draws: int,
    seed: int,
) -> Found:
    evidence, sentences, different = counted
    if different < LEAST:
        return Found(language, evidence, sentences, different, 0, ())
    uncovered, parameters = _uncovered(selection)
    rows = connection.execute(
        f"select text_key, min(n), arg_min(place, n), count(distinct (n, start)) from ({uncovered}) "  # noqa: S608
        "where read_lang = ? group by text_key order by text_key limit ?",
        [*parameters, language, SAMPLE],
    ).fetchall()
    texts = [quote.text for quote in quotes_at(connection, [(n, place) for _, n, place, _ in rows])]
    key = dict(zip(texts, (row[0] for row in rows), strict=True))
    number = dict(zip(texts, (row[3] for row in rows), strict=True))
    grouped = sum(number.values())
    themes = []
    for group in groups(texts, language, draws=draws, seed=seed):
        own = sum(number[text] for text in group.sentences)
        keys = tuple(key[text] for text in group.sentences)
        themes.append(Emerging(language, group.terms, own, own / grouped, group.stability, keys))
    themes.sort(key=lambda theme: (-theme.sentences, theme.terms))
    return Found(language, evidence, sentences, different, grouped, tuple(themes))


def _uncovered(selection: Selection) -> tuple[str, list[object]]:
    evidence, parameters = evidence_query(selection)
    return f"select * from ({evidence}) where theme is null or theme_probability < {COVERED}", parameters  # noqa: S608


def _sentences(theme: Emerging, selection: Selection) -> tuple[str, list[object]]:
    """The uncovered sentences of a theme; ``typical`` is how typical each is, from 1."""
    uncovered, parameters = _uncovered(selection)
    query = (
        "select * from (select unnest(?::ubigint[]) as text_key, generate_subscripts(?::ubigint[], 1) as typical) "  # noqa: S608
        f"join ({uncovered}) using (text_key) where read_lang = ?"
    )
    keys = list(theme.keys)
    return query, [keys, keys, *parameters, theme.language]
