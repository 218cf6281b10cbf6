"""A comment as a card: its text with the evidence marked, and its labels. A comment is data: all of it is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

import texts

from rsenlp.codebook import codebook
from rsenlp.discussion import Evidence
from rsenlp.results.listing import Label, Shown
from rsenlp.results.selection import labels_of
from rsenlp.text import OTHER

# Underlines say which cause and whether it is cited (solid) or rejected (dashed); dotted is what is not decided.
MARKS = """
.rse-mark, .rse-line {color: inherit; background: transparent; text-decoration-line: underline;
  text-decoration-style: solid; text-decoration-thickness: .16rem; text-underline-offset: .2rem;
  text-decoration-skip-ink: none;}
.rse-rejected {text-decoration-style: dashed;}
.rse-open {text-decoration-style: dotted;}
.rse-line {text-underline-offset: .45rem;}
.rse-line .rse-line {text-underline-offset: .7rem;}
.rse-line .rse-line .rse-line {text-underline-offset: .95rem;}
.rse-note {display: inline-block; max-width: 100%; box-sizing: border-box; white-space: normal; font-size: .72rem;
  font-weight: 600; line-height: 1.25; border: 1px solid; border-radius: .6rem; padding: .02rem .4rem;
  margin: 0 .1rem 0 .3rem; vertical-align: .1em;}
.rse-note.rse-rejected {border-style: dashed;}
.rse-note.rse-open {border-style: dotted;}
.rse-note > span {font-weight: 400;}
"""
STYLE = f"""
<style>
.rse-card {{border: 1px solid rgba(128,128,128,.35); border-radius: .5rem; padding: .8rem 1rem;
  overflow-wrap: anywhere;}}
.rse-card.rse-small {{padding: .5rem .8rem; font-size: .92rem;}}
.rse-card.rse-here {{border: 2px solid currentColor;}}
.rse-card.rse-above {{margin-left: 0; border-style: dashed;}}
.rse-card.rse-below {{margin-left: 1.2rem;}}
.rse-head, .rse-thread {{font-size: .85rem; opacity: .85; margin-bottom: .3rem; overflow-wrap: anywhere;}}
.rse-text {{white-space: pre-wrap; line-height: 1.95;}}
.rse-small .rse-text {{line-height: 1.7;}}
.rse-labels {{margin-top: .6rem; display: flex; flex-wrap: wrap; gap: .35rem;}}
.rse-label {{font-size: .8rem; border: 1px solid currentColor; border-radius: 1rem; padding: .05rem .6rem;}}
.rse-label.rse-rejected {{border-style: dashed;}}
.rse-label.rse-open {{border: 1px dotted currentColor; opacity: .85;}}
.rse-legend {{font-size: .85rem; line-height: 1.9; display: flex; flex-wrap: wrap; column-gap: 1.1rem;}}
.rse-probabilities {{margin-top: .6rem; font-size: .82rem;}}
.rse-probabilities summary {{cursor: pointer;}}
.rse-row {{display: grid; grid-template-columns: minmax(8rem, 14rem) repeat(3, minmax(4.6rem, 1fr)); gap: .25rem .5rem;
  padding: .2rem 0; align-items: center;}}
.rse-bar {{padding: .05rem .4rem; border-radius: .2rem; border: 1px solid rgba(128,128,128,.25);}}
.rse-bar.rse-said {{border: 1.5px solid currentColor; font-weight: 600;}}
[class*="st-key-actions"] a {{background: transparent;}}
[class*="st-key-actions"] a * {{font-weight: 400;}}
@media (max-width: 640px) {{
  .rse-row {{grid-template-columns: repeat(3, 1fr);}}
  .rse-row > :first-child {{grid-column: 1 / -1;}}
  .rse-card.rse-below {{margin-left: .6rem;}}
}}
{MARKS}
</style>
"""
# told apart by people who see colours differently (Okabe and Ito 2008)
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
SIGNS = {"cited": "✓", "rejected": "✗"}


def colour_of(cause: str) -> str:
    """The colour of a cause, by its place in the codebook."""
    return COLOURS[list(codebook().causes).index(cause) % len(COLOURS)]


def card(shown: Shown, *, kind: str = "") -> str:
    """The card of a comment as safe HTML.

    Args:
        shown: the comment.
        kind: ``here`` for the one a page is about, ``above`` for what it answers and ``below`` for its answers, both
            smaller and without probabilities.
    """
    small = kind in ("above", "below")
    css = f"rse-card{' rse-small' if small else ''}{f' rse-{kind}' if kind else ''}"
    return (
        f'<div class="{css}">{heading(shown, claim=not small)}'
        f'<div class="rse-text">{marked(shown)}</div><div class="rse-labels">{"".join(_chips(shown))}</div>'
        f"{'' if small or shown.language == OTHER else _probabilities(shown)}</div>"
    )


def heading(shown: Shown, *, claim: bool = True) -> str:
    """The claim that a comment is under, and the facts about it, as safe HTML."""
    said = texts.text("comments.answers", claim=shown.claim) if claim and shown.claim else ""
    above = f'<div class="rse-thread">{escape(said)}</div>' if said else ""
    return f'{above}<div class="rse-head">{_head(shown)}</div>'


def legend() -> str:
    """What the marks mean, shown by themselves."""
    book, language = codebook(), texts.language()
    causes = [
        f'<span><span class="rse-mark" style="text-decoration-color:{colour_of(cause.id)}">'
        f"{escape(cause.name[language])}</span></span>"
        for cause in book.causes.values()
    ]
    cited, rejected = (book.statuses[status][language] for status in ("cited", "rejected"))
    signs = [
        f'<span><span class="rse-mark">{escape(texts.text("comments.cited"))}</span> '
        f'<span class="rse-note">✓ {escape(cited)}</span></span>',
        f'<span><span class="rse-mark rse-rejected">{escape(texts.text("comments.rejected"))}</span> '
        f'<span class="rse-note rse-rejected">✗ {escape(rejected)}</span></span>',
        f'<span><span class="rse-mark rse-open">{escape(texts.text("comments.open"))}</span> '
        f'<span class="rse-note rse-open">?</span></span>',
    ]
    return f'<div class="rse-legend">{"".join(causes)}</div><div class="rse-legend">{"".join(signs)}</div>'


def marked(shown: Shown) -> str:
    """The text of a comment with its evidence underlined and named, as safe HTML."""
    return "".join(_pieces(shown.text, shown.evidence, {c for c, item in shown.causes.items() if not item.decided}))


def note(item: Evidence, *, undecided: bool) -> str:
    """What a piece of evidence says, as a small label behind it."""
    cause = codebook().causes[item.cause]
    theme = next((theme.name[texts.language()] for theme in cause.themes if theme.id == item.theme), "")
    sign = f"{SIGNS[item.polarity]}{'?' if undecided else ''}"
    said = f" <span>{escape(theme)}</span>" if theme else ""
    css = f"rse-note{_style(item, undecided)}"
    return f'<span class="{css}" style="border-color:{colour_of(item.cause)}">{sign} {escape(_name(item))}{said}</span>'


def _name(item: Evidence) -> str:
    return codebook().causes[item.cause].name[texts.language()]


def _style(item: Evidence, undecided: bool) -> str:
    return " rse-open" if undecided else " rse-rejected" if item.polarity == "rejected" else ""


def _head(shown: Shown) -> str:
    day = texts.day(shown.created_at.date()) if shown.created_at else None
    facts = [texts.text(f"languages.{shown.language}"), shown.author, shown.source, day, shown.id]
    return " · ".join(escape(str(fact)) for fact in facts if fact)


def _chips(shown: Shown) -> Iterator[str]:
    """The labels; what is not decided is said to be so, whatever its likeliest value."""
    book, language = codebook(), texts.language()
    if shown.language == OTHER:
        yield _chip(texts.text("comments.unread"), css=" rse-open")
        return
    for target, item in shown.stance.items():
        name = book.targets[target].name[language]
        yield _chip(_said(name, book.stances[item.label][language], item), css="" if item.decided else " rse-open")  # type: ignore[index]
    for cause, item in shown.causes.items():
        if item.decided and item.label == "absent":
            continue
        said = _said(book.causes[cause].name[language], book.statuses[item.label][language], item)  # type: ignore[index]
        sign = f"{SIGNS[item.label]} " if item.decided else ""
        css = " rse-open" if not item.decided else " rse-rejected" if item.label == "rejected" else ""
        yield _chip(sign + said, css=css, colour=colour_of(cause))


def _said(name: str, label: str, item: Label) -> str:
    return (
        f"{'' if item.decided else '? '}{name}{texts.colon()}{label if item.decided else texts.text('comments.open')}"
    )


def _chip(label: str, *, css: str = "", colour: str | None = None) -> str:
    style = f' style="border-color:{colour};border-width:2px"' if colour else ""
    return f'<span class="rse-label{css}"{style}>{escape(label)}</span>'


def _probabilities(shown: Shown) -> str:
    rows = "".join(_row(column, item) for column, item in shown.columns.items())
    summary, hint = (escape(texts.text(f"comments.{name}")) for name in ("probabilities", "rare"))
    return f'<details class="rse-probabilities"><summary>{summary}</summary>{rows}<div>{hint}</div></details>'


def _row(column: str, item: Label) -> str:
    kind, _, name = column.partition("_")
    book, language = codebook(), texts.language()
    title = (book.targets[name] if kind == "stance" else book.causes[name]).name[language]
    words = book.stances if kind == "stance" else book.statuses
    doubt = "" if item.decided else f" ({texts.text('comments.open')})"
    cells = [
        _bar(words[label][language], share, said=item.decided and label == item.label)  # type: ignore[index]
        for label, share in zip(labels_of(column), item.probabilities, strict=True)
    ]
    return f'<div class="rse-row"><span>{escape(title + doubt)}</span>{"".join(cells)}</div>'


def _bar(label: str, share: float, *, said: bool) -> str:
    width = round(100 * share)
    fill = f"linear-gradient(90deg, rgba(0,114,178,.35) {width}%, transparent {width}%)"
    css = f"rse-bar{' rse-said' if said else ''}"
    return f'<span class="{css}" style="background:{fill}">{escape(label)} {texts.percent(share)}</span>'


def _pieces(text: str, evidence: Sequence[Evidence], undecided: set[str]) -> Iterator[str]:
    """The text cut where evidence begins or ends; each piece underlined once for every cause that it carries."""
    cuts = sorted({0, len(text), *(place for item in evidence for place in (item.start, item.end))})
    for start, end in pairwise(cuts):
        here = [item for item in evidence if item.start <= start and end <= item.end]
        yield underlined(text[start:end], here, undecided)
        yield from (note(item, undecided=item.cause in undecided) for item in here if item.end == end)


def underlined(text: str, evidence: Sequence[Evidence], undecided: set[str]) -> str:
    """A piece of text with a line for each piece of evidence, the first innermost, as safe HTML."""
    found = escape(text)
    for depth, item in reversed(list(enumerate(evidence))):
        tag = "mark" if depth == 0 else "span"
        css = ("rse-mark" if depth == 0 else "rse-line") + _style(item, item.cause in undecided)
        found = f'<{tag} class="{css}" style="text-decoration-color:{colour_of(item.cause)}">{found}</{tag}>'
    return found
