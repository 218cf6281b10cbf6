"""E-mail addresses, telephone numbers, mentions and profile addresses in a text.

A text is first asked for the few signs without which it holds none of them; most hold no sign and cost no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from rsenlp.privacy.edits import Edit
from rsenlp.privacy.phones import PHONE, phone_span
from rsenlp.privacy.profiles import URL, is_profile

EMAIL, MENTION, PHONE_NUMBER, PROFILE, SIGNATURE = "email", "mention", "phone", "profile", "signature"
PLACEHOLDER = rf"\[(?:{EMAIL}|{PHONE_NUMBER}|{PROFILE}|{SIGNATURE}|{MENTION}(?::\w+)?)\]"

# what an address or a mention cannot be without; first one look for the characters that most of them share
_FIRST = re.compile(r"[@＠/\[({<0-9]")
_ANY = re.compile(r"[@＠/\[({<0-9.:]|arobase")
_URL_SIGNS = ("http", "HTTP", "www.", ".com/", "/@")
_AT_SIGNS = ("@", "＠", "u/", "[[user:", "arobase", "[at", "(at", "{at", "<at", "(a)", "[a]", "[AT", "(AT")
_DIGITS = re.compile(r"[0-9](?:[^\w\n]{0,3}[0-9]){6}")

_TLD = r"[^\W\d_]{2,24}"
_AT = r"[ ]?[\[({<][ ]?(?:at|a|@|arobase)[ ]?[\])}>][ ]?"
_DOT = r"(?:\.|[ ]?[\[({<][ ]?(?:dot|point|\.)[ ]?[\])}>][ ]?)"
_COMMON_TLD = "com|org|net|fr|be|ch|ca|eu|uk|in|io|info"
_EMAIL = (
    rf"(?<![\w.+%-])[\w.+%-]+(?:[@＠][\w-]+(?:\.[\w-]+)*\.{_TLD}(?!\w)|{_AT}[\w-]+(?:{_DOT}[\w-]+)+"
    rf"|[ ](?:@|arobase)[ ][\w-]+(?:(?:\.|[ ]point[ ])[\w-]+)*(?:\.|[ ]point[ ])(?:{_COMMON_TLD})\b)"
    # an address within a house: jean.dupont@intranet, but not vue@next
    r"|(?<![\w.+%-])[^\W\d_]+(?:[._-][^\W\d_]+)+[@＠][^\W\d_][\w-]+(?![\w@-]|\.\w)"
)
_MENTION = (
    r"<@!?(?P<id>\w{2,24})(?:\|(?P<label>[^>\n]{0,80}))?>"
    r"|\[\[user:(?P<number>\d+)\]\]"
    r"|@\[(?P<named>[^\]\n]{1,60})\]\([^()\s]{0,200}\)"
    r"|(?<![\w@＠/\]=&?`$])(?<!\w[.+-])(?<!\ben[ ])[@＠]"
    r"(?P<handle>\w{1,60}(?:[.-]\w{1,60}){0,5})(?:@[\w-]+(?:\.[\w-]+)+)?(?![\w@])"
    r"|(?<![\w/.-])(?<!\d[ ])/?u/(?P<member>[\w-]{2,30})(?![\w/])"
)
_ADDRESS = re.compile(_EMAIL, re.IGNORECASE)

_DOMAIN = re.compile(r".+\.(?:com|org|net|fr|be|ch|ca|eu|uk|in|io|info|edu|gov|de|ai|co)$", re.IGNORECASE)
# everybody at once; marks of code; units per month and day
_NOBODY = frozenset(
    """
    here channel everyone all tous toutes team equipe équipe list admin admins moderator moderators modos property
    staticmethod classmethod dataclass override deprecated param params return returns throws see since version author
    media import charset keyframes supports autowired component test todo type id context an mois jour heure h s day
    month year hour user utilisateur
    """.split()
)


class Signs(NamedTuple):
    """Signs of web addresses, of mentions and e-mail addresses, and of telephone numbers in a text."""

    url: bool
    at: bool
    digits: bool


class Mentioned(NamedTuple):
    """Whom a mention names: the placeholder's text, and how many characters behind the handle belong to the name."""

    placeholder: str
    further: int


def has_signs(text: str) -> bool:
    """Whether a text holds any of the :func:`signs`."""
    if _FIRST.search(text) is None and "www." not in text and "arobase" not in text:
        return False  # most texts
    return any(signs(text))


def signs(text: str) -> Signs:
    """Which signs a text holds; without any, it holds no address, number or mention."""
    if _FIRST.search(text) is None and "www." not in text and "arobase" not in text:
        return Signs(url=False, at=False, digits=False)
    return Signs(
        any(sign in text for sign in _URL_SIGNS),
        any(sign in text for sign in _AT_SIGNS),
        _DIGITS.search(text) is not None,
    )


def may_hold_details(text: str) -> bool:
    """Whether a short text may be or hold an address, number or mention; ``False`` is certain, and quick to tell."""
    return _ANY.search(text) is not None


@cache
def _pattern(found: Signs) -> re.Pattern[str]:
    """What finds the kinds of which there are signs, the longer before what it may contain."""
    parts = [f"(?P<done>{PLACEHOLDER})"]
    parts += [f"(?P<url>{URL})"] * found.url
    parts += [f"(?P<email>{_EMAIL})", f"(?P<mention>{_MENTION})"] * found.at
    parts += [f"(?P<phone>{PHONE})"] * found.digits
    return re.compile("|".join(parts), re.IGNORECASE)


def identifier_edits(text: str, mentioned: Callable[[str, str], Mentioned]) -> list[Edit]:
    """What replaces the addresses, numbers and mentions of a text by placeholders.

    Args:
        text: any text; placeholders in it stay.
        mentioned: is given a handle without its sign and what follows it.
    """
    found = signs(text)
    return list(_edits(text, _pattern(found), mentioned)) if any(found) else []


def _edits(text: str, pattern: re.Pattern[str], mentioned: Callable[[str, str], Mentioned]) -> Iterator[Edit]:
    position = 0
    while (match := pattern.search(text, position)) is not None:
        edits = list(_of_match(text, match, mentioned))
        yield from edits
        # what turned out to be nothing may hold something further on
        whole = match.lastgroup in ("done", "url")
        position = max([edit.end for edit in edits] + [match.end() if whole else match.start() + 1])


def _of_match(text: str, match: re.Match[str], mentioned: Callable[[str, str], Mentioned]) -> Iterator[Edit]:
    kind = match.lastgroup
    if kind == "url":
        yield from _of_address(match[0], match.start())
    elif kind == "email":
        yield Edit(*match.span(), f"[{EMAIL}]", EMAIL)
    elif kind == "mention":
        handle = _handle(match)
        if handle is not None:
            placeholder, further = mentioned(handle, text[match.end() : match.end() + 80])
            yield Edit(match.start(), match.end() + further, placeholder, MENTION)
    elif kind == "phone":
        span = phone_span(text, match)
        if span is not None:
            yield Edit(*span, f"[{PHONE_NUMBER}]", PHONE_NUMBER)


def _of_address(url: str, start: int) -> Iterator[Edit]:
    """A profile is replaced as a whole; in another address, e-mail addresses are."""
    url = url.rstrip(".,;:!?…'’*_")
    while url.endswith((")", "]")) and url.count("(") + url.count("[") < url.count(")") + url.count("]"):
        url = url[:-1].rstrip(".,;:!?…")
    if is_profile(url):
        yield Edit(start, start + len(url), f"[{PROFILE}]", PROFILE)
        return
    for found in _ADDRESS.finditer(url):
        yield Edit(start + found.start(), start + found.end(), f"[{EMAIL}]", EMAIL)


def _handle(match: re.Match[str]) -> str | None:
    """The name in a mention, without its sign; ``None`` for what names nobody."""
    if match["id"]:
        return match["label"] or match["id"]
    plain = match["handle"] or match["member"]
    if plain is None:
        return match["number"] or match["named"]
    if plain.lower() in _NOBODY or _DOMAIN.match(plain):
        return None
    letters = sum(char.isalpha() for char in plain)
    # @2x, @18h30: figures; a handle that opens with a digit is mostly letters
    return plain if letters and (not plain[0].isdigit() or letters * 2 > len(plain)) else None
