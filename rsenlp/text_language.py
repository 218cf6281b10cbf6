"""The language of a text: by its function words where these show it, by statistics otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rsenlp.evident_language import evident_language
from rsenlp.text import OTHER, PROTECTED, SUPPORTED

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

DETECTABLE = ("fr", "en", "de", "es", "it", "nl", "pt")
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
    plain = PROTECTED.sub(" ", plain) if _MAY_BE_PROTECTED.search(plain) else plain
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
