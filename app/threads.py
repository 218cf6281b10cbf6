"""The thread around a comment: what it answers above, its answers below."""

from __future__ import annotations

import address
import cards
import duckdb
import session
import streamlit as st
import texts

from rsenlp.results.listing import Shown, ancestors, answers

_MOST_ABOVE, _MOST_BELOW = 20, 50


def show_above(connection: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    """What a comment answers, the first of the thread first."""
    if shown.parent_id is None:
        st.caption(texts.text("comments.opening"))
        return
    found = ancestors(connection, shown, most=_MOST_ABOVE)
    st.caption(texts.text("comments.above"))
    if found and found[0].parent_id is not None:
        st.caption(texts.text("comments.more_above"))
    for item in found:
        _show(item, "above", shown.id)


def show_below(connection: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    """The answers to a comment."""
    found = answers(connection, shown.thread_id, shown.id, limit=_MOST_BELOW + 1)
    st.caption(texts.text("comments.below" if found else "comments.no_answers"))
    for item in found[:_MOST_BELOW]:
        _show(item, "below", shown.id)
    if len(found) > _MOST_BELOW:
        st.caption(texts.text("comments.more_below", number=_MOST_BELOW))


def link(shown: Shown) -> None:
    """A link to the page of one comment, from which Back leads to the list as it is."""
    named = {"thread": shown.thread_id, "comment": shown.id}
    address.show_link("comments", texts.text("comments.link"), ":material/link:", **named, **here(), **session.query())


def here() -> dict[str, str | int | None]:
    """Where in the list of comments the reader is, for a link that comes back to it."""
    page, order = st.session_state.get("pageno", 1), st.session_state.get("order", "corpus")
    return {"pageno": page if page > 1 else None, "order": order if order != "corpus" else None}


def _show(shown: Shown, kind: str, place: str) -> None:
    with st.container(gap="xsmall", key=f"actions.{place}.{kind}.{shown.key}"):
        st.html(cards.card(shown, kind=kind))
        link(shown)
