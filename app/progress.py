"""How far a reader has come: what to check next, what was saved, agreement with the model, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import charts
import checking
import filters
import session
import streamlit as st
import texts
from checking import Checking

from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.results.listing import Shown, doubt, several
from rsenlp.results.store import Study
from rsenlp.study.annotation_files import AnnotationFile, commands
from rsenlp.study.checked import Agreement, agreement_with_model, changed
from rsenlp.study.metrics import Estimate
from rsenlp.times import parse_time

_RECENT = 10
_BEGINNING = 110


def show(at_work: Checking, queue: Sequence[Shown]) -> None:
    """The reader's progress, one matter per tab."""
    names = ("queue", "mine", "agreement", "use")
    places = st.tabs([texts.text(f"correct.{name}") for name in names])
    with places[0]:
        _queue(queue)
    with places[1]:
        _mine(at_work)
    with places[2]:
        _agreement(at_work)
    with places[3]:
        _use(at_work)


def _queue(queue: Sequence[Shown]) -> None:
    st.caption(texts.text("correct.queue_lead" if queue else "correct.queue_none"))
    for shown in queue:
        found = doubt(shown)
        why = (
            f"{filters.column_name(found.column)}{texts.colon()}"
            f"{filters.label_name(found.column, found.first[0])} {texts.percent(found.first[1])} / "
            f"{filters.label_name(found.column, found.second[0])} {texts.percent(found.second[1])}"
        )
        _line(shown.thread_id, shown.id, shown.text, why, key="queue")


def _mine(at_work: Checking) -> None:
    recent = sorted(at_work.annotated.values(), key=_when, reverse=True)[:_RECENT]
    if not recent:
        st.caption(texts.text("correct.mine_none"))
        return
    if len(recent) < len(at_work.annotated):
        st.caption(texts.text("correct.mine_more", number=len(recent)))
    shown = several(at_work.connection, [(item.thread_id, item.id) for item in recent])
    for item in recent:
        model = shown.get((item.thread_id, item.id))
        moment = parse_time(item.extra.get("annotated_at"), Location(str(at_work.file.path)))
        day = f"{texts.day(moment.date())} {moment:%H:%M} UTC" if moment else ""
        what = "" if model is None or item.annotation is None else _changes(changed(model, item.annotation))
        _line(item.thread_id, item.id, item.text, " · ".join(filter(None, (day, what))), key="mine")


def _when(comment: Comment) -> str:
    return str(comment.extra.get("annotated_at") or "")


def _changes(columns: Sequence[str]) -> str:
    if not columns:
        return texts.text("correct.same")
    names = [texts.text("correct.marks") if name == "evidence" else filters.column_name(name) for name in columns]
    return texts.text("correct.differs", columns=", ".join(names))


def _line(thread: str, id: str, text: str, why: str, *, key: str) -> None:
    """The beginning of a comment, why it is listed, and the way to it."""
    beginning = " ".join(text.split())
    beginning = beginning[:_BEGINNING] + ("…" if len(beginning) > _BEGINNING else "")
    left, right = st.columns([1, 6], vertical_alignment="center")
    left.button(
        texts.text("correct.open"), key=f"{key}.{thread}/{id}", icon=":material/arrow_forward:",
        on_click=checking.take, args=((thread, id),),
    )  # fmt: skip
    right.html(
        f'<div style="overflow-wrap:anywhere">{escape(beginning)}<br>'
        f'<small style="opacity:.8">{escape(id)} · {escape(why)}</small></div>'
    )


def _agreement(at_work: Checking) -> None:
    found = None
    if at_work.annotated:
        changed = at_work.file.path.stat().st_mtime_ns
        found = _found(str(at_work.file.path), changed, session.state(at_work.study))
    if found is None:
        st.caption(texts.text("correct.agreement_none"))
        return
    facts = {"comments": texts.number(found.comments), "threads": texts.number(found.threads)}
    st.caption(texts.text("correct.agreement_of", **facts))
    charts.warn_if_few(found.comments, "comments")
    st.caption(texts.text("correct.agreement_chosen"))
    if found.left_out:
        st.caption(texts.text("correct.agreement_left", number=texts.number(found.left_out)))
    st.html(_table(found).html())
    st.caption(texts.text("correct.kappa_help"))
    st.caption(texts.text("correct.evidence_f1", value=_estimate(found.evidence)))


def _table(found: Agreement) -> charts.Table:
    names = ("column", "same_of", "decided_of", "kappa")
    rows = [
        (
            filters.column_name(item.column),
            texts.text("correct.of", part=texts.number(item.same), whole=texts.number(item.compared)),
            texts.text("correct.of", part=texts.number(item.decided_same), whole=texts.number(item.decided)),
            _estimate(item.kappa),
        )
        for item in found.labels
    ]
    return charts.Table(tuple(charts.Column(texts.text(f"correct.{name}")) for name in names), rows)


def _estimate(figure: Estimate) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    value, low, high = (texts.decimal(item, 2) for item in (figure.value, figure.low, figure.high))
    return f"{value} [{low} ; {high}]" if texts.language() == "fr" else f"{value} [{low}, {high}]"


@st.cache_resource(show_spinner=False, max_entries=4)
def _found(path: str, changed: int, study: tuple[str, float]) -> Agreement | None:
    """The agreement, measured once for as long as file and study stay as they are."""
    annotated = AnnotationFile(Path(path), "").annotated()
    return agreement_with_model(session.connection(Study.open(Path(study[0]))), annotated)


def _use(at_work: Checking) -> None:
    if not at_work.annotated:
        st.caption(texts.text("correct.use_none"))
        return
    own = at_work.file.path
    st.download_button(
        texts.text("correct.download"), own.read_bytes(), own.name, "application/jsonl", icon=":material/download:"
    )
    others = [path for path in sorted(own.parent.glob("annotations-*.jsonl")) if path != own]
    said = commands(at_work.study, own, others, model=at_work.study.folder / "model")
    for name in ("train", "classify", "evaluate", "agree"):
        if name in said:
            st.write(texts.text(f"correct.use_{name}"))
            st.code(said[name], language="bash", wrap_lines=True)
