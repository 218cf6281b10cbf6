"""A comment as a card: its text with the evidence marked, and its labels. A comment is data: all of it is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import texts

from rsenlp.codebook import codebook
from rsenlp.discussion import Evidence
from rsenlp.results.listing import Shown

STYLE = """
<style>
.rse-card {border: 1px solid rgba(128,128,128,.35); border-radius: .5rem; padding: .8rem 1rem; margin: 0 0 .2rem 0;
  overflow-wrap: anywhere;}
.rse-head, .rse-thread {font-size: .85rem; opacity: .85; margin-bottom: .4rem;}
.rse-text {white-space: pre-wrap; line-height: 1.7;}
.rse-labels {margin-top: .5rem; display: flex; flex-wrap: wrap; gap: .35rem;}
.rse-label {font-size: .8rem; border: 1px solid currentColor; border-radius: 1rem; padding: .05rem .6rem;}
mark.rse-mark {color: inherit; background: transparent; padding: .1rem 0; text-decoration-thickness: .18rem;
  text-underline-offset: .22rem; text-decoration-line: underline; text-decoration-style: solid;}
mark.rse-rejected {text-decoration-style: dashed;}
sup.rse-sup {font-size: .68rem; font-weight: 600; margin-left: .15rem;}
</style>
"""
# told apart by people who see colours differently (Okabe and Ito 2008)
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_SIGNS = {"cited": "✓", "rejected": "✗"}


def colour_of(cause: str) -> str:
    """The colour of a cause, by its place in the codebook."""
    return COLOURS[list(codebook().causes).index(cause) % len(COLOURS)]


def card(shown: Shown) -> str:
    """The card of a comment as safe HTML."""
    language = texts.language()
    book = codebook()
    facts = [shown.language, shown.author, shown.source, shown.created_at and f"{shown.created_at:%Y-%m-%d}", shown.id]
    head = " · ".join(escape(str(fact)) for fact in facts if fact)
    labels = [
        _chip(f"{book.targets[target].name[language]} : {book.stances[item.label][language]}", item.decided)  # type: ignore[index]
        for target, item in shown.stance.items()
    ] + [
        _chip(f"{_SIGNS[item.label]} {book.causes[cause].name[language]}", item.decided, colour_of(cause))
        for cause, item in shown.causes.items()
        if item.label != "absent"
    ]
    claim = texts.text("comments.answers", claim=shown.claim) if shown.claim else ""
    return (
        f'<div class="rse-card"><div class="rse-thread">{escape(claim)}</div><div class="rse-head">{head}</div>'
        f'<div class="rse-text">{"".join(_marked(shown.text, shown.evidence))}</div>'
        f'<div class="rse-labels">{"".join(labels)}</div></div>'
    )


def _chip(label: str, decided: bool, colour: str | None = None) -> str:
    style = f' style="border-color:{colour};border-width:2px"' if colour else ""
    return f'<span class="rse-label"{style}>{escape(label)}{"" if decided else " ?"}</span>'


def _marked(text: str, evidence: tuple[Evidence, ...]) -> Iterator[str]:
    """The text with each evidence sentence marked once, whatever the number of causes that it carries."""
    by_span: dict[tuple[int, int], list[Evidence]] = {}
    for item in evidence:
        by_span.setdefault((item.start, item.end), []).append(item)
    position = 0
    for (start, end), items in sorted(by_span.items()):
        if start < position:
            continue
        yield escape(text[position:start])
        rejected = " rse-rejected" if all(item.polarity == "rejected" for item in items) else ""
        colour = colour_of(items[0].cause)
        style = f"text-decoration-color:{colour}"
        yield f'<mark class="rse-mark{rejected}" style="{style}">{escape(text[start:end])}</mark>'
        yield "".join(_note(item) for item in items)
        position = end
    yield escape(text[position:])


def _note(item: Evidence) -> str:
    cause = codebook().causes[item.cause]
    theme = next((theme.name for theme in cause.themes if theme.id == item.theme), None)
    name = cause.name[texts.language()] + (f" : {theme[texts.language()]}" if theme else "")
    return f'<sup class="rse-sup">{_SIGNS[item.polarity]} {escape(name)}</sup>'
