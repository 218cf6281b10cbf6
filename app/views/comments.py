"""The comments of the selection, each with its evidence."""

from __future__ import annotations

import cards
import filters
import session
import streamlit as st
import texts

from rsenlp.results.counts import overview
from rsenlp.results.listing import comments

PER_PAGE = 10

connection = session.connection(session.study())
selection = filters.selection()

st.title(texts.text("comments.page"))
total = overview(connection, selection).comments
st.html(cards.STYLE)
st.caption(texts.text("comments.legend"))
if total == 0:
    st.info(texts.text("comments.none"))
else:
    last_page = (total - 1) // PER_PAGE + 1
    page = st.number_input(texts.text("comments.number"), 1, last_page, 1) if last_page > 1 else 1
    first = (page - 1) * PER_PAGE
    facts = {"number": texts.number(total), "first": first + 1, "last": min(first + PER_PAGE, total)}
    st.caption(texts.text("comments.found", **facts))
    for shown in comments(connection, selection, limit=PER_PAGE, offset=first):
        st.html(cards.card(shown))
