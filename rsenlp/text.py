"""Pure functions over text: sentences with exact offsets, normal form.

Segment the raw text, then normalise each sentence: offsets always quote the author exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

SUPPORTED = ("fr", "en")
OTHER = "other"


class Span(NamedTuple):
    """A half-open range of code points."""

    start: int
    end: int


def nfc(text: str) -> str:
    """Text as the contract wants it: Unicode NFC, ``\\n`` line ends, no NUL, no lone surrogate."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", text)


# --- sentences -------------------------------------------------------------------------------------------------------

# What a full stop after an abbreviation means depends on what follows it.
_HOLD_ALWAYS = frozenset(
    """
    m mm mme mmes mlle mr mrs ms dr pr prof mgr st ste cf vs e.g i.e eg p.ex p ex c.-à-d c.à.d càd q.v resp réf ref
    """.split()
)
_HOLD_BEFORE_DIGIT = frozenset("no nos num n° art pp chap fig vol tél tel max min approx env jan feb fév".split())
_HOLD_BEFORE_LOWER = frozenset(
    """
    etc al suiv ss a.m p.m h max min approx env inc ltd corp co cie sa jr sr dept dép éd ed u.s u.k a.k.a n.b nb p.s ps
    juil sept oct nov déc dec avr apr aug hab qqch qqn incl excl bd av
    """.split()
)
PROTECTED = re.compile(
    r"(?:https?://|www\.)[^\s<>«»\"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|fr|org|net|io|co|eu|be|ch|ca|uk|de|info|html?|php|aspx?|pdf|docx?|xlsx?|js|py)\b(?:/[^\s<>«»\"]*)?"
)
_TERMINATOR = re.compile(r"(?:\.{2,}|…|[.!?])+(?:\s?[!?]+)*")
_CLOSERS = "\"'”’»)]}*_"
_ITEM = re.compile(r"^\s*(?:[-–—•*·▪‣+>→]|\(?\d{1,2}[.)°]|\(?[a-zA-Z][.)])\s+")
_NUMBER = re.compile(r"\s*\d{1,2}[.)]")
_OPENERS = "\"'“‘«([{-–—¿¡*_"


def sentences(text: str) -> list[Span]:
    """The sentences of a comment, in order, without overlap, stripped of surrounding white space.

    A line break ends a sentence and a list item is one; ``;`` and ``:`` do not end one. Lines quoted from the parent
    (``> …``) are the parent's and are left out.
    """
    spans: list[Span] = []
    for start, end in _lines(text):
        if text[start:end].lstrip().startswith((">", "&gt;")):
            continue
        spans.extend(_split_line(text, start, end))
    return spans


def quoted_lines(text: str) -> list[Span]:
    """The lines that a comment quotes from its parent (``> …``)."""
    return [Span(start, end) for start, end in _lines(text) if text[start:end].lstrip().startswith((">", "&gt;"))]


def _lines(text: str) -> Iterator[Span]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if text[start:end].strip():
            yield Span(start, end)
        start = end + 1


def _split_line(text: str, start: int, end: int) -> Iterator[Span]:
    item = _ITEM.match(text[start:end])
    begin = start
    scan = start + item.end() if item else start
    guarded = [(start + m.start(), start + m.end()) for m in PROTECTED.finditer(text[start:end])]
    depth = 0
    position = scan
    for match in _TERMINATOR.finditer(text, scan, end):
        stop = match.end()
        depth += text.count("«", position, match.start()) - text.count("»", position, match.start())
        position = match.start()
        if any(left <= match.start() < right - (right == stop) for left, right in guarded):
            continue
        while stop < end and text[stop] in _CLOSERS:
            stop += 1
        spaced = stop + 1 < end and text[stop] in "  \u202f" and text[stop + 1] == "»"
        if spaced:
            stop += 2
        closed = depth - text.count("»", match.end(), stop)
        if _ends(text, match, begin, stop, end, inside=closed > 0):
            yield from _stripped(text, begin, stop)
            begin = stop
    yield from _stripped(text, begin, end)


def _ends(text: str, match: re.Match[str], begin: int, stop: int, end: int, *, inside: bool) -> bool:
    rest = text[stop:end]
    ahead = rest.lstrip()
    if not ahead:
        return False
    follower = ahead.lstrip(_OPENERS + " \u00a0\u202f")
    head = follower[:1]
    mark = match.group()
    if ahead[0] in ",;:)]»" or (ahead[0] in "-–—" and head.islower()):
        return False
    if inside or _NUMBER.fullmatch(text, begin, stop):
        return False
    touching = len(ahead) == len(rest)
    if touching and stop == match.end():
        # no space after the mark: a new sentence only before a capital that follows a longer word
        word = _word_before(text, match.start(), begin)
        return ahead[0].isupper() and len(word) > 1 and not (mark == "." and "." in word) and not word.isupper()
    if mark.strip() in {"…", "..."} or mark.startswith(("..", "…")):
        return not head.islower()
    if mark == ".":
        word = _word_before(text, match.start(), begin).lower()
        initial = len(word) == 1 and word.isalpha() and text[match.start() - 1].isupper()
        if word in _HOLD_ALWAYS or initial or (word in _HOLD_BEFORE_DIGIT and head.isdigit()):
            return False
        if word in _HOLD_BEFORE_LOWER:
            return not head.islower()
        return not (word.isdigit() and head.islower())
    # « Vraiment ? » demanda-t-il: the mark belongs to the quotation
    return not (head.islower() and stop > match.end())


def _word_before(text: str, position: int, begin: int) -> str:
    left = position
    while left > begin and (text[left - 1].isalnum() or text[left - 1] in ".-°"):
        left -= 1
    return text[left:position].lstrip(".-")


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)


# --- normal form -----------------------------------------------------------------------------------------------------


def normal(text: str) -> str:
    """Lower case, no accents, straight apostrophes and spaces: what features are read from."""
    if text.isascii():
        return text.lower()
    text = text.replace("’", "'").replace("‘", "'").replace("\u00a0", " ").replace("\u202f", " ")
    text = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    plain = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text.lower()))
    if _MAY_COMBINE.search(plain) is None:
        return plain
    return "".join(char for char in plain if not unicodedata.combining(char))


# the combining marks of Latin letters; what may hold others (U+034F combines with nothing)
_LATIN_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_MAY_COMBINE = re.compile("[^\\x00-\u0482\u2000-\u206f\u20a0-\u20cf\u2190-\u27bf]")


_TOKEN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*|[!?]+|\.\.\.|…|[%€$&+;:,.()\"«»-]|[^\W_]+")
_ELISION = re.compile(r"\b(qu|jusqu|lorsqu|puisqu|quoiqu|[cdjlmnst])'(?=\w)")


def tokens(normalized: str) -> list[str]:
    """The tokens of a text in :func:`normal` form: words (elided ones apart: ``l'``, ``outil``), numbers, marks."""
    return _TOKEN.findall(_ELISION.sub(r"\1' ", normalized))
