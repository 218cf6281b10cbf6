"""The texts of the app from their one catalogue, in the language that the reader chose."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import address
import streamlit as st

from rsenlp.codebook import LANGUAGES, Language

_NAMES = {"fr": "Français", "en": "English"}


@cache
def _catalogue() -> dict[str, Any]:
    folder = Path(__file__).with_name("catalogue")
    files = sorted(folder.glob("*.toml"))
    return {name: table for file in files for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items()}


def keep_language() -> None:
    """Keep the interface language in the address (``?lang=en``); French at first."""
    address.keep("lang", "fr", address.one_of(LANGUAGES))


def language() -> Language:
    """The interface language."""
    chosen: Language = st.session_state.get("lang", "fr")
    return chosen


def text(key: str, **values: object) -> str:
    """The text ``section.name`` in the interface language, its names filled in."""
    section, _, name = key.partition(".")
    template: str = _catalogue()[section][name][language()]
    return template.format(**values) if values else template


def known(section: str, name: str) -> str:
    """The text of a name that may not be in the catalogue: the name itself then."""
    found = _catalogue()[section].get(name)
    return name if found is None else str(found[language()])


def plain(value: str) -> str:
    """Data as it reads, for places where Streamlit takes Markdown."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", value)


def language_switch() -> None:
    """The switch between languages."""
    st.segmented_control(
        text("app.language"), LANGUAGES, format_func=_NAMES.__getitem__, key="lang", required=True,
    )  # fmt: skip


# --- how the language writes what is no word --------------------------------------------------------------------------


def number(value: int) -> str:
    """A whole number, its digits grouped."""
    return f"{value:,}".replace(",", "\u202f" if language() == "fr" else ",")


def decimal(value: float, digits: int = 1) -> str:
    """A number with its decimals."""
    return f"{value:.{digits}f}".replace(".", "," if language() == "fr" else ".").replace("-", "\u2212")


def file_size(value: int) -> str:
    """How large a file is."""
    for limit, name in ((1_000_000, "data.megabytes"), (1_000, "data.kilobytes")):
        if value >= limit:
            return text(name, number=decimal(value / limit))
    return text("data.bytes", number=value)


def percent(share: float, digits: int = 0) -> str:
    """A share of one as a percentage."""
    return decimal(100 * share, digits) + percent_sign()


def percent_sign() -> str:
    """The sign of percent with the space before it."""
    return "\u202f%" if language() == "fr" else "%"


def day(value: date) -> str:
    """A day in figures."""
    return f"{value:%d/%m/%Y}" if language() == "fr" else f"{value:%Y-%m-%d}"


def day_format() -> Literal["DD/MM/YYYY", "YYYY-MM-DD"]:
    """How fields for days write them."""
    return "DD/MM/YYYY" if language() == "fr" else "YYYY-MM-DD"


def months() -> list[str]:
    """The months of a year in short."""
    said = {
        "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    }
    return said[language()].split()


def colon() -> str:
    """A colon with the spaces around it."""
    return "\u00a0: " if language() == "fr" else ": "
