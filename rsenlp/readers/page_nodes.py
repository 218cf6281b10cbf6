"""What the searches for reactions on a page share: what a reaction is, and whose part an element is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rsenlp.readers.html_text import node_text


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction on the page. ``key`` tells reactions of one page apart, ``parent`` is the key of the one answered.

    ``id`` is the number or name by which the site knows it, ``page_id`` one that only the page does. ``left_out`` says
    why it is no comment, and is empty where it is one.
    """

    key: str
    text: str
    parent: str | None = None
    author: str | None = None
    date: str | None = None
    url: str | None = None
    id: str | None = None
    page_id: str | None = None
    left_out: str = ""


Search = Callable[[LexborHTMLParser], list[Reaction]]


def nearest(node: LexborNode | None, ids: Collection[int]) -> int | None:
    """The id of the reaction that a node belongs to: the nearest one at or above it."""
    while node is not None:
        if node.mem_id in ids:
            return node.mem_id
        node = node.parent
    return None


def inside(node: LexborNode, outer: LexborNode) -> bool:
    """Whether a node is another one or stands in it."""
    return nearest(node, {outer.mem_id}) is not None


def own(item: LexborNode, selectors: str, ids: Collection[int]) -> Iterator[LexborNode]:
    """The parts of a reaction, not of an answer within it, that the selectors find: those of the first one first."""
    for selector in selectors.split(","):
        for node in item.css(selector.strip()) if selector.strip() else ():
            if nearest(node, ids) == item.mem_id:
                yield node


def own_first(item: LexborNode, selectors: str, ids: Collection[int]) -> LexborNode | None:
    """The first part of a reaction, not of an answer within it, that the first of the selectors with one finds."""
    return next(own(item, selectors, ids), None)


def moment_of(node: LexborNode) -> str | None:
    """The date that an element shows, best as its attributes have it."""
    attributes = node.attributes
    for name in ("datetime", "data-time", "content", "title"):
        if attributes.get(name):
            return attributes[name]
    return node_text(node) or None


def address_of(node: LexborNode | None) -> str | None:
    """Where a link leads, or what a ``meta`` says; ``None`` for what is no address."""
    if node is None:
        return None
    address = (node.attributes.get("href") or node.attributes.get("content") or "").strip()
    return None if not address or re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", address, re.IGNORECASE) else address


# --- data in scripts --------------------------------------------------------------------------------------------------


def loaded_json(script: LexborNode) -> Any:
    """What a script of data says; ``None`` where it is no JSON."""
    text = (script.text() or "").strip().removeprefix("<!--").removesuffix("-->")
    try:
        return json.loads(text, strict=False)
    except (json.JSONDecodeError, RecursionError):
        return None


def text_of(value: Any, *names: str) -> str | None:
    """The first of the properties of an object that is a text."""
    texts = (value.get(name) for name in names) if isinstance(value, dict) else ()
    return next((text for text in texts if isinstance(text, str) and text.strip()), None)


# --- the page's own words ---------------------------------------------------------------------------------------------

_BUTTONS = re.compile(
    r"^(?:signaler(?: un abus| ce commentaire)?|répondre|reply|report(?: abuse)?|like|j['’]aime|share|partager|"
    r"permalink|permalien|edit|modifier|citer|quote|(?:says|said|wrote|(?:a )?dit|(?:a )?écrit)\s*:)$",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"^(?:[+-]?\d+|#\d*)$")
_GLUED = re.compile(r"^(?:signaler un abus|report abuse)(?=\S)", re.IGNORECASE)


def is_button(node: LexborNode) -> bool:
    """Whether an element is a link or button of the page's own ("Répondre", "Signaler un abus")."""
    if node.tag not in {"a", "button", "span", "li"}:
        return False
    text = node_text(node)
    return bool(_BUTTONS.match(text) or _COUNTS.match(text))


def without_page_words(text: str) -> str:
    """The text without the page's own links and counters, on lines of their own or glued to the first line.

    A text that holds nothing but a number ("+1") is its author's.
    """
    lines = [_GLUED.sub("", line) for line in text.split("\n")]
    lines = [line for line in lines if not _BUTTONS.match(line)]
    words = [line for line in lines if not _COUNTS.match(line)]
    return "\n".join(words if any(words) else lines).strip()
