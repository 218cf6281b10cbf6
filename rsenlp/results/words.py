"""Words of the report in both languages, and a selection in words: the same in the report and in the app."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from rsenlp.codebook import Language, codebook
from rsenlp.results.selection import UNDECIDED, Selection

_READ = ("fr", "en", "other")


def text(key: str, language: Language, **values: object) -> str:
    """A text of the report, its names filled in."""
    template = _catalogue()[key][language]
    return template.format(**values) if values else template


def described(selection: Selection, language: Language) -> list[str]:
    """The conditions of a selection in words, one by one; empty where it has every comment."""
    said = [text("quoted", language, text=selection.search.strip())] if selection.search.strip() else []
    languages = tuple(text(code, language) if code in _READ else code for code in selection.languages)
    lists = (languages, selection.sources, selection.threads, selection.authors)
    said += [", ".join(values) for values in lists if values]
    for key, limit in (("since", selection.since), ("until", selection.until)):
        said += [] if limit is None else [text(key, language, day=day(limit, language))]
    colon = text("colon", language)
    said += [
        f"{column_name(column, language)}{colon}{label_name(column, label, language)}"
        for column, label in selection.labels.items()
    ]
    if selection.theme:
        polarity = f" ({label_name('cause', selection.polarity, language)})" if selection.polarity else ""
        said.append(theme_name(selection.theme, language) + polarity)
    said += [text("doubt", language)] if selection.undecided else []
    for column, allowed in selection.columns.items():
        values = (allowed,) if isinstance(allowed, str) else allowed
        said += [f"{column}{colon}{value}" for value in values]
    return said


def column_name(column: str, language: Language) -> str:
    """What a label column is called."""
    kind, _, name = column.partition("_")
    book = codebook()
    return (book.targets[name] if kind == "stance" else book.causes[name]).name[language]


def label_name(column: str, label: str, language: Language) -> str:
    """What a label of a column is called."""
    if label == UNDECIDED:
        return text("undecided", language)
    book = codebook()
    term = book.stances.get(label) if column.startswith("stance_") else book.statuses.get(label)  # type: ignore[call-overload]
    return str(term[language])


def theme_name(key: str, language: Language) -> str:
    """What a theme is called, after its cause."""
    cause = codebook().causes[key.partition("/")[0]].name[language]
    return cause + text("colon", language) + codebook().themes[key].name[language]


def day(value: date, language: Language) -> str:
    """A day in figures."""
    return f"{value:%d/%m/%Y}" if language == "fr" else f"{value:%Y-%m-%d}"


def percent(share: float, language: Language) -> str:
    """A share of one as a percentage."""
    return f"{100 * share:.0f}" + ("\u202f%" if language == "fr" else "%")


@cache
def _catalogue() -> dict[str, dict[Language, str]]:
    catalogue: dict[str, dict[Language, str]] = tomllib.loads(
        files("rsenlp.results").joinpath("report.toml").read_text(encoding="utf-8")
    )
    return catalogue
