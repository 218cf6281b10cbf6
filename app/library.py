"""The studies of the folder: opening, reading again, renaming and deleting them."""

from __future__ import annotations

from html import escape

import background
import session
import streamlit as st
import texts

import models
from rsenlp.errors import RsenlpError, UsageError
from rsenlp.jobs import Job
from rsenlp.results.library import Entry, delete, rename, studies


def show(opened: Entry | None) -> None:
    """Every study with what can be done with it; ``opened`` is the one that is open."""
    found = studies(session.folder())
    _say_deleted()
    if not found:
        return
    st.subheader(texts.text("data.studies"))
    for entry in found:
        with st.container(border=True, key=f"study.{entry.name}"):
            _facts(entry, is_open=entry == opened)
            if entry.folder in background.running():
                st.caption(texts.text("data.busy"))
                continue
            with st.container(horizontal=True):
                _actions(entry, opened)
            if not entry.movable:
                st.caption(texts.text("data.fixed"))


def _facts(entry: Entry, *, is_open: bool) -> None:
    """A study's name and what is known of it."""
    number, annotations = entry.comments, len(entry.annotations)
    size = "damaged" if number is None else "comments_one" if number == 1 else "comments"
    model = entry.model
    facts = [
        texts.text("data.is_open") if is_open and entry.classified else "",
        texts.text(f"data.{size}", number=texts.number(number or 0)),
        texts.text("data.read_by", model=model) if model else texts.text("data.unread"),
        texts.text("data.changed", day=texts.day(entry.changed.date())),
        _corrections(annotations),
    ]
    weight = 700 if is_open else 500
    st.html(
        f'<div style="overflow-wrap:anywhere"><span style="font-weight:{weight}">{escape(entry.name)}</span><br>'
        f'<small style="opacity:.85">{escape(" · ".join(fact for fact in facts if fact))}</small></div>'
    )


def _corrections(people: int) -> str:
    if not people:
        return ""
    return texts.text("data.corrections_one" if people == 1 else "data.corrections", number=texts.number(people))


def _actions(entry: Entry, opened: Entry | None) -> None:
    other = entry.classified and entry != opened
    if other and st.button(texts.text("data.open"), key=f"open.{entry.name}", icon=":material/folder_open:"):
        session.go("overview", entry)
    with st.popover(texts.text("data.read_again" if entry.classified else "data.read"), icon=":material/auto_stories:"):
        model = models.choose(f"again.{entry.name}")
        st.caption(texts.text("data.read_help"))
        if st.button(texts.text("data.read"), key=f"read.{entry.name}", type="primary"):
            background.start(Job(entry.folder, model=model))
            st.rerun()
    if not entry.movable:
        return
    with st.popover(texts.text("data.rename"), icon=":material/edit:"):
        name = st.text_input(texts.text("data.new_name"), entry.name, key=f"name.{entry.name}", max_chars=80)
        if st.button(texts.text("data.rename"), key=f"rename.{entry.name}", type="primary"):
            _rename(entry, name, follow=entry == opened)
    if st.button(texts.text("data.delete"), key=f"delete.{entry.name}", icon=":material/delete:"):
        _confirm(entry)


def _rename(entry: Entry, name: str, *, follow: bool) -> None:
    try:
        now = rename(entry, name)
    except UsageError:
        st.warning(texts.text("data.bad_name"))
        return
    if follow:
        session.go("data", now)
    st.rerun()


def _confirm(entry: Entry) -> None:
    @st.dialog(texts.text("data.delete_title"))
    def ask() -> None:
        _facts(entry, is_open=True)
        st.write(texts.text("data.delete_sure"))
        if entry.annotations:
            names = ", ".join(path.name for path in entry.annotations)
            st.warning(texts.text("data.delete_annotations", names=texts.plain(names)))
        with st.container(horizontal=True):
            if st.button(texts.text("data.delete_yes"), type="primary", icon=":material/delete:"):
                try:
                    left = delete(entry)
                except RsenlpError as error:
                    st.code(str(error), language=None, wrap_lines=True)
                    return
                st.session_state["library.deleted"] = [path.name for path in left]
                st.rerun()
            if st.button(texts.text("data.cancel")):
                st.rerun()

    ask()


def _say_deleted() -> None:
    left = st.session_state.pop("library.deleted", None)
    if left is None:
        return
    st.success(texts.text("data.deleted"))
    if left:
        st.write(texts.text("data.left"))
        st.code("\n".join(left), language=None, wrap_lines=True)
