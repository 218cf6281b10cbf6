"""The jobs that make studies while the app goes on: how far they are, stopping them, and what they came to."""

from __future__ import annotations

from pathlib import Path

import session
import streamlit as st
import texts

from rsenlp.jobs import Job
from rsenlp.results.library import Entry

_EVERY = "0.7s"


@st.cache_resource(show_spinner=False)
def _all() -> dict[str, Job]:
    """The jobs of this server by their folder, until their message is closed."""
    return {}


def running() -> set[Path]:
    return {job.folder for job in _all().values() if not job.state.ended}


def start(job: Job) -> None:
    """Begin a job, and show it until it is dismissed."""
    _all()[str(job.folder)] = job.start()


def show() -> None:
    """How far each job is; looked at again and again while one runs."""
    st.fragment(_show_jobs, run_every=_EVERY if running() else None)()


def _show_jobs() -> None:
    ran: set[str] = st.session_state.setdefault("background.ran", set())
    for key, job in list(_all().items()):
        if job.state.ended and key in ran:
            ran.discard(key)
            st.rerun(scope="app")  # the list of studies has changed
        if not job.state.ended:
            ran.add(key)
        with st.container(border=True, key=f"job.{job.folder.name}"):
            _show_job(key, job)


def _show_job(key: str, job: Job) -> None:
    state, name = job.state, texts.plain(job.folder.name)
    facts = {"name": name, "number": texts.number(state.number), "total": texts.number(state.total or 0)}
    said = texts.text(f"data.job_{state.step}", **facts)
    if not state.ended:
        st.progress(min(1.0, state.number / state.total) if state.total else 0.0, text=said)
        st.button(texts.text("data.stop"), key=f"stop.{key}", icon=":material/stop_circle:", on_click=job.stop)
        return
    {"done": st.success, "stopped": st.info, "failed": st.error}[state.step](said)
    if state.step == "failed":
        st.code(state.error, language=None, wrap_lines=True)
        st.caption(texts.text("data.job_hint"))
    with st.container(horizontal=True):
        if state.step == "done":
            entry = Entry(job.folder.name, job.folder)
            if st.button(texts.text("data.see"), key=f"see.{key}", type="primary", icon=":material/bar_chart:"):
                _all().pop(key, None)
                session.go("overview", entry)
            if st.button(texts.text("data.see_report"), key=f"report.{key}", icon=":material/fact_check:"):
                _all().pop(key, None)
                session.go("data", entry)
        if st.button(texts.text("data.dismiss"), key=f"dismiss.{key}", icon=":material/close:"):
            _all().pop(key, None)
            st.rerun(scope="app")
