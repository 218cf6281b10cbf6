"""The texts of the app from their one catalogue, in the language that the reader chose."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from rsenlp.codebook import LANGUAGES, Language

_NAMES = {"fr": "Français", "en": "English"}


@cache
def _catalogue() -> dict[str, Any]:
    folder = Path(__file__).with_name("catalogue")
    files = sorted(folder.glob("*.toml"))
    return {name: table for file in files for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items()}


def language() -> Language:
    """The interface language: that of the address (``?lang=fr``), or the one chosen before; French at first."""
    chosen = st.query_params.get("lang") or st.session_state.get("interface_language")
    return chosen if chosen in LANGUAGES else "fr"


def text(key: str, **values: object) -> str:
    """The text ``section.name`` in the interface language, its names filled in."""
    section, _, name = key.partition(".")
    template: str = _catalogue()[section][name][language()]
    return template.format(**values) if values else template


def language_switch() -> None:
    """The switch between languages, kept in the address."""

    def switch() -> None:
        st.query_params["lang"] = st.session_state["interface_language"]

    st.session_state["interface_language"] = language()
    st.segmented_control(
        text("app.language"),
        LANGUAGES,
        format_func=_NAMES.__getitem__,
        key="interface_language",
        on_change=switch,
        required=True,
    )


def number(value: int) -> str:
    """A whole number as the language groups its digits."""
    return f"{value:,}".replace(",", "\u202f" if language() == "fr" else ",")
