"""Telephone numbers as people write them in France, Belgium, Switzerland, Canada, the United States, the United
Kingdom and India, and in international form.

National numbers are told by the groups in which each country writes them, so that prices, dates, versions and
references are left alone; a bare run of digits counts only where it opens with the trunk prefix or where a word before
it says that it is a telephone. International numbers have the length of their country (libphonenumber's data).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from rsenlp.text import Span

_S = r"(?:[ ]?[.·/‐‑–-][ ]?|[ \u00a0\u202f\u2009])"  # between two groups
_ALONE = rf"(?!{_S}?\d)"  # no further group follows
_SHAPES = {
    # five pairs; one to four pairs more make it a row of numbers instead
    "fr": rf"0[1-9](?:{_S}?\d\d){{4}}(?!(?:{_S}\d\d){{1,4}}(?!\w|{_S}?\d))(?![.,:/-]?\d)",
    "fr_freephone": rf"0[ ]?8\d\d(?:{_S}\d{{3}}){{2}}{_ALONE}",
    "be": rf"(?:0\d{_S}\d{{3}}(?:{_S}\d\d){{2}}|0\d\d(?:{_S}\d\d){{3}}|0\d{{3}}(?:{_S}\d\d){{3}}"
    rf"|04\d\d{_S}\d{{3}}{_S}\d{{3}}|04\d\d{_S}\d{{6}}){_ALONE}",
    "ch": rf"0\d\d{_S}\d{{3}}(?:{_S}\d\d){{2}}{_ALONE}",
    "uk": rf"(?:(?:\(0\d\d\)[ ]?|0\d\d{_S})\d{{4}}{_S}\d{{4}}|(?:\(0\d{{3}}\)[ ]?|0\d{{3}}{_S})\d{{3}}{_S}\d{{4}}"
    rf"|(?:\(0\d{{4}}\)[ ]?|0\d{{4}}{_S})(?:\d{{6}}|\d{{3}}{_S}\d{{3}}|\d{{5}})|07\d{{9}}){_ALONE}",
    "in": rf"(?:0?[6-9]\d{{4}}[ -]\d{{5}}|0\d{{2,4}}[ -]\d{{6,8}}|0\d{{2,3}}[ -]\d{{4}}[ ]\d{{4}}){_ALONE}",
    "nanp": rf"(?:1{_S})?(?:\([2-9]\d\d\)[ ]?|[2-9]\d\d{_S})[2-9]\d\d{_S}\d{{4}}{_ALONE}",
}
_SAID = (
    r"(?:\b(?:t[ée]l(?:[ée]phone)?|phone(?: number)?|num[ée]ro de t[ée]l[ée]phone|mobile|portable|cell|gsm|fax|whatsapp"
    r"|call(?: me)?(?: at| on)|appele[rz](?:[- ]moi)?(?: au)|joi(?:ndre|gnable)(?: au)?)\b|[☎📞📱])"
    r"\s*(?:est|is)?[ .:°-]{0,3}"
)
_BEFORE = r"(?<![\w#€$£%=&?@+_])(?<!\d[.,/:-])(?<![€$£][ ])"
_AFTER = r"(?![\w%€$£°])(?![ \u00a0\u202f][%€$£])"
PHONE = (
    rf"{_BEFORE}(?:(?P<international>(?:\+|00)[ ]?\(?[1-9]\d{{0,2}}\)?(?:{_S}?\(?\d{{1,6}}\)?){{2,7}})"
    rf"|(?P<national>(?:{'|'.join(_SHAPES.values())}){_AFTER})"
    rf"|(?P<said>{_SAID})(?P<bare>\(?\d(?:{_S}?[()]?\d){{6,12}}{_AFTER}))"
)
_NUMBER = re.compile(PHONE)
_EXTENSION = re.compile(r"[ ]?(?:,[ ]?)?(?:ext\.?|poste|x)[ ]?\d{1,6}\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_INDIAN = re.compile(r"0?([6-9]\d{4})[ -](\d{5})")


def phone_span(text: str, match: re.Match[str]) -> Span | None:
    """Where the number of a match of :data:`PHONE` stands, its extension with it; ``None`` for what is none."""
    if match["international"] is not None:
        start = match.start("international")
        end = _international_end(match["international"] + text[match.end() : match.end() + 1])
        span = None if end is None else Span(start, start + end)
    elif match["national"] is not None:
        span = Span(*match.span("national")) if _is_national(match["national"]) else None
    else:
        again = _NUMBER.match(text, match.start("bare"))
        span = (again and phone_span(text, again)) or Span(*match.span("bare"))
    if span is None:
        return None
    extension = _EXTENSION.match(text, span.end)
    return Span(span.start, extension.end()) if extension else span


def _is_national(number: str) -> bool:
    groups = _DIGITS.findall(number)
    if len(groups) == 5 and all(int(b) == int(a) + 1 for a, b in pairwise(groups)):
        return False  # 01 02 03 04 05: an enumeration
    indian = _INDIAN.fullmatch(number)
    return indian is None or indian[1][:2] != indian[2][:2]  # 75001-75008: a range of postal codes


def _international_end(number: str) -> int | None:
    """How much of a candidate is a number: as many of its groups as its country's numbers have digits.

    The candidate comes with the character after it, which is no letter where the number ends.
    """
    for group in reversed(list(_DIGITS.finditer(number))):
        end = group.end()
        if not number[end : end + 1].isalnum() and _is_possible(re.sub(r"^00", "+", number[:end])):
            return end
    return None


@lru_cache(maxsize=4096)
def _is_possible(number: str) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return False
    # +10 000 000 000 is a figure, unless it is a number that is really given out
    return not re.search(r"\D000\D?000$", number) or phonenumbers.is_valid_number(parsed)
