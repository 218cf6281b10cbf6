"""Sentences that carry a cause, each with the way to its comment. A sentence is data: all of it is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import address
import cards
import look
import streamlit as st
import texts

from rsenlp.codebook import codebook
from rsenlp.results.themes import Quote

_STYLE = """
<style>
.rse-quote {border-left: .25rem solid; padding: .1rem 0 .1rem .8rem; overflow-wrap: anywhere;}
.rse-quote.rse-rejected {border-left-style: dashed;}
.rse-quote p {margin: 0; white-space: pre-wrap; line-height: 1.55;}
.rse-quote small {opacity: .8;}
</style>
"""


def show_quotes(quotes: Sequence[Quote], name: str) -> None:
    """Sentences, one below the other, each with a link to the page of its comment; ``name`` is their place's."""
    st.html(_STYLE)
    for number, quote in enumerate(quotes):
        with st.container(gap=None, key=f"quote.{name}.{number}"):
            st.html(_html(quote))
            label, icon = texts.text("themes.open"), ":material/arrow_forward:"
            address.show_link("comments", label, icon, thread=quote.thread_id, comment=quote.id)


def _html(quote: Quote) -> str:
    cause = codebook().causes[quote.cause]
    theme = next((theme.name[texts.language()] for theme in cause.themes if theme.id == quote.theme), "")
    status = codebook().statuses[quote.polarity][texts.language()]  # type: ignore[index]
    facts = [
        f"{look.SIGNS[quote.polarity]} {cause.name[texts.language()]} ({status})",
        theme,
        texts.text(f"languages.{quote.language}"),
        quote.id,
        "" if quote.probability is None else texts.text("themes.sure", share=texts.percent(quote.probability)),
    ]
    css = f"rse-quote rse-{quote.polarity}"
    return (
        f'<div class="{css}" style="border-color:{cards.colour_of(quote.cause)}">'
        f"<p>{escape(quote.text)}</p><small>{escape(' · '.join(fact for fact in facts if fact))}</small></div>"
    )
