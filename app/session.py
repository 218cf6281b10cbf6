"""The study that is open, and its connection; nothing is computed here."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
import streamlit as st
import texts

from rsenlp.errors import RsenlpError
from rsenlp.results.counts import other_columns, values_of
from rsenlp.results.store import Study
from rsenlp.results.timeline import first_and_last
from rsenlp.serve import STUDY_VARIABLE


def study() -> Study:
    """The study that the server was started on; the page ends with a message where there is none."""
    folder = os.environ.get(STUDY_VARIABLE)
    if not folder:
        st.info(texts.text("app.no_study"))
        st.stop()
    try:
        return Study.open(Path(folder))
    except RsenlpError as error:
        st.error(str(error))
        st.stop()


def connection(opened: Study) -> duckdb.DuckDBPyConnection:
    """A cursor of its own on the study's files, as they are now."""
    try:
        return _connection(*_state(opened)).cursor()
    except RsenlpError as error:
        st.error(str(error))
        st.stop()


def values(opened: Study, column: str) -> list[str]:
    """The values of a column of the study, the commonest first."""
    return _values(*_state(opened), column)


def columns(opened: Study) -> list[str]:
    """The columns that came with the corpus besides a comment's fields."""
    return _columns(*_state(opened))


def days(opened: Study) -> tuple[date, date] | None:
    """The first and the last day of the study, ``None`` where no comment has a date."""
    return _days(*_state(opened))


# What does not depend on the selection is asked once, for as long as the files stay as they are.


@st.cache_resource(show_spinner=False, max_entries=2)
def _connection(folder: str, changed: float) -> duckdb.DuckDBPyConnection:
    return Study.open(Path(folder)).connect()


@st.cache_data(show_spinner=False, max_entries=100)
def _values(folder: str, changed: float, column: str) -> list[str]:
    return [value for value, _ in values_of(_connection(folder, changed).cursor(), column)]


@st.cache_data(show_spinner=False, max_entries=10)
def _columns(folder: str, changed: float) -> list[str]:
    return other_columns(_connection(folder, changed).cursor())


@st.cache_data(show_spinner=False, max_entries=10)
def _days(folder: str, changed: float) -> tuple[date, date] | None:
    return first_and_last(_connection(folder, changed).cursor())


def _state(opened: Study) -> tuple[str, float]:
    changed = max(opened.comments.stat().st_mtime, opened.predictions.stat().st_mtime)
    return str(opened.comments.parent), changed
