"""The comments of the selection, each with its evidence and its thread; with a link that leads back to one of them."""

from __future__ import annotations

import address
import cards
import checking
import duckdb
import filters
import session
import streamlit as st
import texts
import threads

from rsenlp.results.counts import overview
from rsenlp.results.listing import Shown, comment, comments, doubtful

PER_PAGE = 10

study = session.study()
connection = session.connection(study)
state = st.session_state


def show_list() -> None:
    """A page of the selection, in the order that was chosen."""
    selection = session.sought(study, filters.selection())
    facts = session.answer(study, overview, selection)
    by_doubt = state["order"] == "doubt"
    total = facts.comments - (facts.unread if by_doubt else 0)
    if total == 0:
        st.info(texts.text("comments.none"))
        return
    st.segmented_control(
        texts.text("comments.order"), ["corpus", "doubt"], key="order", required=True,
        format_func=lambda order: texts.text(f"comments.{order}"), help=texts.text("comments.order_help"),
    )  # fmt: skip
    if by_doubt and facts.unread:
        st.caption(texts.text("comments.unread_left", number=texts.number(facts.unread)))
    st.html(cards.legend())
    last = (total - 1) // PER_PAGE + 1
    of = (selection, state["order"])
    if state.setdefault("comments.of", of) != of:  # another list begins on its first page
        state["comments.of"], state["pageno"] = of, 1
    state["pageno"] = min(state["pageno"], last)
    first = (state["pageno"] - 1) * PER_PAGE
    show_pager("top", first, total, last)
    ask = doubtful if by_doubt else comments
    for shown in session.answer(study, ask, selection, limit=PER_PAGE, offset=first):
        show_comment(connection, shown)
    if last > 1:
        show_pager("bottom", first, total, last)


def show_pager(place: str, first: int, total: int, last: int) -> None:
    """Where in the list this page is, and the way to others."""
    said = texts.text(
        "comments.found", number=texts.number(total), first=texts.number(first + 1),
        last=texts.number(min(first + PER_PAGE, total)),
    )  # fmt: skip
    st.caption(texts.text("comments.found_one") if total == 1 else said)
    if last == 1:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            texts.text("comments.previous"), key=f"previous.{place}", icon=":material/chevron_left:",
            disabled=state["pageno"] == 1, on_click=turn, args=(-1,),
        )  # fmt: skip
        st.button(
            texts.text("comments.next"), key=f"next.{place}", icon=":material/chevron_right:", icon_position="right",
            disabled=state["pageno"] == last, on_click=turn, args=(1,),
        )  # fmt: skip
        if place == "top":
            st.number_input(texts.text("comments.number"), 1, last, key="pageno", width=130)


def turn(pages: int) -> None:
    state["pageno"] += pages


def show_comment(connection: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    """A comment with what can be done with it, and its thread where that was asked for."""
    opened: set[tuple[str, str]] = state.setdefault("comments.opened", set())
    is_open = shown.key in opened
    with st.container(gap="xsmall"):
        st.html(cards.card(shown))
        with st.container(horizontal=True, gap="medium", vertical_alignment="center", key=f"actions.{shown.key}"):
            st.button(
                texts.text("comments.thread_less" if is_open else "comments.thread"), key=f"thread.{shown.key}",
                icon=":material/unfold_less:" if is_open else ":material/forum:", type="tertiary",
                on_click=opened.symmetric_difference_update, args=({shown.key},),
            )  # fmt: skip
            show_links(shown)
        if is_open:
            with st.container(border=True):
                threads.show_above(connection, shown)
                threads.show_below(connection, shown)


def show_links(shown: Shown) -> None:
    named = {"thread": shown.thread_id, "comment": shown.id, "reader": state.get(checking.READER)}
    address.show_link("correct", texts.text("comments.correct"), ":material/edit:", **named, **session.query())
    threads.link(shown)


def show_one(shown: Shown | None) -> None:
    """One comment in its thread, at an address of its own."""
    with st.container(key="actions.back"):
        address.show_link("comments", texts.text("comments.back"), ":material/arrow_back:", **threads.here())
    if shown is None:
        st.info(texts.text("comments.gone"))
        return
    st.html(cards.legend())
    threads.show_above(connection, shown)
    with st.container(gap="xsmall"):
        st.html(cards.card(shown, kind="here"))
        with st.container(horizontal=True, gap="medium", key=f"actions.{shown.key}"):
            show_links(shown)
    threads.show_below(connection, shown)
    st.caption(texts.text("comments.copy"))


address.keep("thread", "", address.text, passing=True)
address.keep("comment", "", address.text, passing=True)
address.keep("order", "corpus", address.one_of(("corpus", "doubt")))
address.keep("pageno", 1, address.whole(1))
st.html(cards.STYLE)
if state["comment"]:
    st.title(texts.text("comments.one"))
    show_one(comment(connection, state["thread"], state["comment"]))
else:
    st.title(texts.text("comments.page"))
    show_list()
