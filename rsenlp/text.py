"""Pure functions over text: sentences with exact offsets, language, normal form.

Segment the raw text, then normalise each sentence: offsets always quote the author exactly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rsenlp.evident_language import evident_language

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

DETECTABLE = ("fr", "en", "de", "es", "it", "nl", "pt")
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
_PROTECTED = re.compile(
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
    guarded = [(start + m.start(), start + m.end()) for m in _PROTECTED.finditer(text[start:end])]
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


# --- language --------------------------------------------------------------------------------------------------------

_SHORT = 80
# without a full stop inside a word, or a scheme, a text holds nothing that is protected
_MAY_BE_PROTECTED = re.compile(r"\.\S|://")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_LATIN = re.compile("[a-zà-ÿœ]", re.IGNORECASE)
_FUNCTION_WORDS = {
    "fr": frozenset(
        """
    le la les un une des du de et est pas que qui pour dans ce cette ces on nous vous ils elles il je tu avec
    sur mais ou où donc car ne se sa son ses leur leurs au aux en y a ont sont fait faire tout tous très bien
    aussi merci bravo oui non bof chez c j l d qu n s ça ca plus moins comme si quand même quoi voilà accord
    """.split()
    ),
    "en": frozenset(
        """
    the a an and is are not that this these those for in it we you they he she i with on but or so because of to
    be was were have has had do does did at by from as if when what who how all very too also thanks thank yes
    no our your their my its it's don't isn't can't won't just more less than about agree exactly
    """.split()
    ),
}


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(DETECTABLE))
    ours = identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes
    automaton = identifier.tk_nextmove, identifier.tk_output
    # one of its own keeps the other languages' weights no longer
    return LanguageIdentifier(*ours, *automaton, norm_probs=True, tk_row=identifier.tk_row)


def detect_language(text: str, hint: str | Callable[[], str | None] | None = None) -> str:
    """The language of a text: ``fr``, ``en`` or ``other``.

    A text too short to tell (a link, a "+1", a lone name) takes ``hint``, the language of what surrounds it, and
    ``other`` where there is none; a hint that takes work to find is given as what finds it. Most texts show their
    language by their function words alone; the others, and what remains of the short ones, are told by statistics.
    """
    return evident_language(text) or closer_look(text, hint)


def language_alone(text: str) -> tuple[str, bool]:
    """The language of a text as :func:`detect_language` tells it without a hint, and whether a hint that is ``fr`` or
    ``en`` would count for more.
    """
    evident = evident_language(text)
    if evident is not None:
        return evident, False
    code, doubtful = _closely(text)
    return code or OTHER, doubtful


def closer_look(text: str, hint: str | Callable[[], str | None] | None = None) -> str:
    """As :func:`detect_language`, of a text whose language does not show at once. Texts of up to twelve words are first
    read by their function words, on which statistical identification errs.
    """
    code, doubtful = _closely(text)
    around = _told(hint) if doubtful else None
    if code is None:
        return around or OTHER
    return str(around) if around in SUPPORTED else code


def _closely(text: str) -> tuple[str | None, bool]:
    """The language of a text, ``None`` where there is nothing to read, and whether it takes a hint to be sure."""
    return _closely_again(text) if len(text) <= _SHORT else _read_closely(text)


@lru_cache(maxsize=8192)  # what is short is often said again
def _closely_again(text: str) -> tuple[str | None, bool]:
    return _read_closely(text)


def _read_closely(text: str) -> tuple[str | None, bool]:
    plain = text.replace("’", "'")
    plain = _PROTECTED.sub(" ", plain) if _MAY_BE_PROTECTED.search(plain) else plain
    words = _WORD.findall(plain[:4000].lower())
    if not words or sum(map(len, words)) < 2:
        return None, True
    if sum(len(word) for word in words if not _LATIN.search(word)) * 2 > sum(map(len, words)):
        return OTHER, False
    if len(words) <= 12:
        hits = {code: sum(word in known for word in words) for code, known in _FUNCTION_WORDS.items()}
        best, other = sorted(hits, key=lambda code: -hits[code])
        if hits[best] > hits[other] and hits[best] * 3 >= len(words):
            return best, False
    code, probability = _statistics(" ".join(words))
    doubtful = (len(words) <= 3 and (code not in SUPPORTED or probability < 0.95)) or (
        len(words) <= 8 and probability < 0.6
    )
    return (code if code in SUPPORTED else OTHER), doubtful


def _told(hint: str | Callable[[], str | None] | None) -> str | None:
    return hint() if callable(hint) else hint


def _statistics(words: str) -> tuple[str, float]:
    """Language and probability by statistics."""
    code, probability = _identifier().classify(words)
    return str(code), float(probability)


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
