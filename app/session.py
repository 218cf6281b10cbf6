"""The study that is open, and its connection; nothing is computed here."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import streamlit as st
import texts

from rsenlp.errors import RsenlpError
from rsenlp.results.store import Study
from rsenlp.serve import STUDY_VARIABLE


@st.cache_resource(show_spinner=False)
def _connection(folder: str, changed: float) -> duckdb.DuckDBPyConnection:
    return Study.open(Path(folder)).connect()


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
    changed = max(opened.comments.stat().st_mtime, opened.predictions.stat().st_mtime)
    return _connection(str(opened.comments.parent), changed).cursor()
