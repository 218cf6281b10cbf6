"""The text of a comment whose sentences are clicked to mark or unmark them as evidence.

A comment is data: it reaches the page as JSON and is written as text, never as HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cards
import streamlit as st
import texts

from rsenlp.codebook import codebook
from rsenlp.discussion import Annotation, Evidence
from rsenlp.study.corrections import touches
from rsenlp.text import Span

_CSS = f"""
.text {{white-space: pre-wrap; line-height: 2; overflow-wrap: anywhere; font-family: var(--st-font);
  color: var(--st-text-color);}}
.sentence {{cursor: pointer; border-radius: .25rem; padding: .12rem 0;}}
.sentence:hover {{background: rgba(128,128,128,.2);}}
.sentence:focus-visible {{outline: 2px solid var(--st-primary-color); outline-offset: 1px;}}
{cards.MARKS}
"""
# What is kept in place keeps the keyboard's focus: sentences are made once for a comment, their lines each time.
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector('.text');
  if (!root || root.dataset.comment !== data.comment) {
    if (root) root.remove();
    root = document.createElement('div');
    root.className = 'text';
    root.dataset.comment = data.comment;
    for (const piece of data.pieces) {
      const span = document.createElement('span');
      if (piece.sentence !== null) {
        span.className = 'sentence';
        span.tabIndex = 0;
        span.setAttribute('role', 'button');
      }
      root.appendChild(span);
    }
    parentElement.appendChild(root);
  }
  data.pieces.forEach((piece, number) => {
    const span = root.children[number];
    const wanted = JSON.stringify([piece, data.title]);
    if (span.dataset.shown === wanted) return;
    span.dataset.shown = wanted;
    let inner = document.createTextNode(piece.text);
    piece.marks.forEach((mark, depth) => {
      const line = document.createElement('span');
      line.className = (depth === 0 ? 'rse-mark' : 'rse-line') + mark.style;
      line.style.textDecorationColor = mark.colour;
      line.appendChild(inner);
      inner = line;
    });
    const notes = piece.marks.map((mark) => {
      const note = document.createElement('span');
      note.className = 'rse-note' + mark.style;
      note.style.borderColor = mark.colour;
      note.textContent = mark.note;
      return note;
    });
    span.replaceChildren(inner, ...notes);
    if (piece.sentence === null) return;
    span.title = data.title;
    span.setAttribute('aria-pressed', String(piece.marks.length > 0));
    const click = () => setTriggerValue('clicked', piece.sentence);
    span.onclick = click;
    span.onkeydown = (event) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        click();
      }
    };
  });
}
"""


_component = st.components.v2.component("rsenlp_sentences", css=_CSS, js=_JS)


def show_sentences(
    text: str,
    spans: Sequence[Span],
    annotation: Annotation,
    *,
    comment: str,
    title: str,
    on_click: Callable[[int], None],
) -> None:
    """The text with its marks; a click on a sentence, or Enter on it, calls ``on_click`` with its number.

    Args:
        text: of the comment.
        spans: its sentences.
        annotation: whose evidence is marked.
        comment: tells this comment from others.
        title: what a click would do.
        on_click: is told the number of the sentence.
    """
    key = f"marking.{comment}"

    def clicked() -> None:
        number = st.session_state[key].clicked
        if number is not None:
            on_click(int(number))

    _component(
        key=key,
        data={"comment": comment, "title": title, "pieces": _pieces(text, spans, annotation)},
        on_clicked_change=clicked,
    )


def _pieces(text: str, spans: Sequence[Span], annotation: Annotation) -> list[dict[str, Any]]:
    """The whole text in order, cut into sentences and what stands between them."""
    pieces: list[dict[str, Any]] = []
    position = 0
    for number, span in enumerate(spans):
        if position < span.start:
            pieces.append({"text": text[position : span.start], "sentence": None, "marks": []})
        marks = [_mark(item) for item in annotation.evidence if touches(item, span)]
        pieces.append({"text": text[span.start : span.end], "sentence": number, "marks": marks})
        position = span.end
    pieces.append({"text": text[position:], "sentence": None, "marks": []})
    return pieces


def _mark(item: Evidence) -> dict[str, str]:
    language = texts.language()
    name = codebook().causes[item.cause].name[language]
    status = codebook().statuses[item.polarity][language]
    return {
        "colour": cards.colour_of(item.cause),
        "style": " rse-rejected" if item.polarity == "rejected" else "",
        "note": f"{cards.SIGNS[item.polarity]} {name} ({status})",
    }
