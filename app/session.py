"""The study that is open, and its connection; nothing is computed here."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import address
import duckdb
import streamlit as st
import texts

from rsenlp.errors import RsenlpError
from rsenlp.results.counts import other_columns, values_of
from rsenlp.results.library import Entry, studies
from rsenlp.results.selection import Selection
from rsenlp.results.selection import sought as search
from rsenlp.results.store import Study
from rsenlp.results.timeline import first_and_last
from rsenlp.serve import STUDY_VARIABLE

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_OPEN = "study"  # the name in the address
_KEPT = "session.open"


def folder() -> Path:
    """The folder that the server was started on: a study, or a folder of studies."""
    said = os.environ.get(STUDY_VARIABLE)
    if not said:
        st.info(texts.text("app.no_study"))
        st.stop()
    return Path(said)


def study() -> Study:
    """The study that is open; where none can be, the page is one that makes one, and ends there."""
    entry = entry_open()
    problem = None
    if entry is not None and entry.classified:
        try:
            opened = Study.open(entry.folder)
            with st.spinner(texts.text("app.opening")):
                _connection(*state(opened))
            return opened
        except RsenlpError as error:
            problem = str(error)
    return _make_one(None if entry is None or problem is None else (entry.name, problem))


def _make_one(broken: tuple[str, str] | None) -> NoReturn:
    """Show the page of the studies in the place of whatever page this is."""
    import intake  # which asks here what is open

    intake.show(broken=broken)
    address.finish()
    st.stop()


def entry_open() -> Entry | None:
    """The study that the address names, or that was open before, or else the first that was read by a model."""
    found = studies(folder())
    named = {entry.name: entry for entry in found}
    ready = next((entry for entry in found if entry.classified), next(iter(found), None))
    said = (st.query_params.get(_OPEN), st.session_state.get(_KEPT))
    entry = next((named[name] for name in said if name in named), ready)
    changed = entry is not None and entry.name != st.session_state.get(_KEPT)
    st.session_state[_KEPT] = None if entry is None else entry.name
    if entry is not None and len(found) > 1:
        # a link to the page that is shown already leaves the browser's address as it is: it is written in any case
        if changed or st.query_params.get(_OPEN) != entry.name:
            st.query_params[_OPEN] = entry.name
    elif _OPEN in st.query_params:
        del st.query_params[_OPEN]
    return entry


def query() -> dict[str, str]:
    """What a link needs so that it leads to the open study."""
    name = st.query_params.get(_OPEN)
    return {} if name is None else {_OPEN: name}


def go(page: str, entry: Entry) -> NoReturn:
    """Open a study on a page, without the choices that were made in another."""
    lang = {} if texts.language() == "fr" else {"lang": texts.language()}
    st.switch_page(address.page_file(page), query_params={_OPEN: entry.name, **lang})


def connection(opened: Study) -> duckdb.DuckDBPyConnection:
    """A cursor of its own on the study's files, as they are now."""
    return _connection(*state(opened)).cursor()


def answer(
    opened: Study,
    question: Callable[Concatenate[duckdb.DuckDBPyConnection, Asked], Answer],
    *said: Asked.args,
    **named: Asked.kwargs,
) -> Answer:
    """What a study answers to a question of ``rsenlp.results``; each is asked once while the files stay as they are."""
    name = f"{question.__module__}.{question.__qualname__}"
    found: Answer = _answer(*state(opened), question, name, said, named, repr((said, named)))
    return found


def sought(opened: Study, selection: Selection) -> Selection:
    """A selection for questions to a study's connection: its texts are searched once for all of them."""
    return selection if not selection.search.strip() else search(connection(opened), selection)


def values(opened: Study, column: str) -> list[str]:
    """The values of a column of the study, the commonest first."""
    return _values(*state(opened), column)


def columns(opened: Study) -> list[str]:
    """The columns that came with the corpus besides a comment's fields."""
    return _columns(*state(opened))


def days(opened: Study) -> tuple[date, date] | None:
    """The first and the last day of the study, ``None`` where no comment has a date."""
    return _days(*state(opened))


# What does not depend on the selection is asked once, for as long as the files stay as they are.


@st.cache_resource(show_spinner=False, max_entries=2)
def _connection(folder: str, changed: float) -> duckdb.DuckDBPyConnection:
    return Study.open(Path(folder)).connect()


@st.cache_data(show_spinner=False, max_entries=400)
def _answer(
    folder: str, changed: float, _question: Callable[..., Any], name: str, _said: Any, _named: Any, asked: str
) -> Any:
    return _question(_connection(folder, changed).cursor(), *_said, **_named)


@st.cache_data(show_spinner=False, max_entries=100)
def _values(folder: str, changed: float, column: str) -> list[str]:
    return [value for value, _ in values_of(_connection(folder, changed).cursor(), column)]


@st.cache_data(show_spinner=False, max_entries=10)
def _columns(folder: str, changed: float) -> list[str]:
    return other_columns(_connection(folder, changed).cursor())


@st.cache_data(show_spinner=False, max_entries=10)
def _days(folder: str, changed: float) -> tuple[date, date] | None:
    return first_and_last(_connection(folder, changed).cursor())


def state(opened: Study) -> tuple[str, float]:
    """Where a study lies and when it was last changed: what was asked of it holds as long as both stay."""
    changed = max(opened.comments.stat().st_mtime, opened.predictions.stat().st_mtime)
    return str(opened.comments.parent), changed
