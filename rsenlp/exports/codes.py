"""The codebook as the codes of a REFI-QDA project: a tree, each code with a name of its own in one language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rsenlp.codebook import Codebook, Language, Term
from rsenlp.exports.labelled import Labelled, value
from rsenlp.results.selection import UNDECIDED

_UNDECIDED = Term(fr="non décidé", en="undecided")
_COLOURS = {"favor": "#2E7D32", "against": "#C62828", "cited": "#1565C0", "rejected": "#EF6C00", UNDECIDED: "#9E9E9E"}


@dataclass(frozen=True, slots=True)
class Code:
    """A code. ``key`` says what it is in the codebook; one that only groups others is not ``codable``."""

    key: str
    name: str
    description: str = ""
    codable: bool = True
    colour: str | None = None
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Coding:
    """A code on a range of a comment's text, in code points, with its probability where a model gave it."""

    start: int
    end: int
    key: str
    probability: float | None = None


def code_tree(book: Codebook, language: Language) -> list[Code]:
    """The codes: under each target its stances, under each cause what is said of it and its themes."""
    codes = []
    for target in book.targets.values():
        name = target.name[language]
        stances = [(label, book.stances[label], target.labels[label][language]) for label in ("favor", "against")]
        under = [
            Code(f"stance/{target.id}/{key}", f"{name}: {term[language]}", described, colour=_COLOURS[key])
            for key, term, described in [*stances, (UNDECIDED, _UNDECIDED, "")]
        ]
        codes.append(Code(f"stance/{target.id}", name, target.definition[language], False, None, tuple(under)))
    for cause in book.causes.values():
        name = cause.name[language]
        terms = {"cited": book.statuses["cited"], "rejected": book.statuses["rejected"], UNDECIDED: _UNDECIDED}
        under = [
            Code(f"cause/{cause.id}/{key}", f"{name}: {term[language]}", colour=_COLOURS[key])
            for key, term in terms.items()
        ]
        under += [Code(f"theme/{theme.key}", f"{name}: {theme.name[language]}") for theme in cause.themes]
        codes.append(Code(f"cause/{cause.id}", name, cause.definition[language], False, None, tuple(under)))
    return codes


def codings(item: Labelled) -> Iterator[Coding]:
    """The codes of a comment: its stances on the whole text; each piece of evidence with its cause and theme.

    A cause that is cited or rejected without evidence, or not decided, is coded on the whole text. Evidence of a cause
    that is not decided is coded as undecided.
    """
    if item.labels is None:
        return
    whole = (0, len(item.comment.text))
    for target, label in item.labels.stance.items():
        if value(label) != "none":
            yield Coding(*whole, f"stance/{target}/{value(label)}", label.probabilities.get(label.label))
    shown = set()
    for piece in item.labels.evidence:
        said = value(item.labels.causes[piece.cause]) if piece.cause in item.labels.causes else piece.polarity
        status = UNDECIDED if said == UNDECIDED else piece.polarity
        shown.add((piece.cause, status))
        yield Coding(piece.start, piece.end, f"cause/{piece.cause}/{status}", piece.probability)
        if piece.theme is not None:
            yield Coding(piece.start, piece.end, f"theme/{piece.cause}/{piece.theme}")
    for cause, label in item.labels.causes.items():
        if value(label) != "absent" and (cause, value(label)) not in shown:
            yield Coding(*whole, f"cause/{cause}/{value(label)}", label.probabilities.get(label.label))
