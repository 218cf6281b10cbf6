"""Reactions whose parts a page tells apart by selectors: comment systems and microdata are tables of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rsenlp.readers.html_text import classes, node_text
from rsenlp.readers.page_nodes import (
    Reaction,
    address_of,
    inside,
    moment_of,
    nearest,
    own,
    own_first,
    without_page_words,
)


@dataclass(frozen=True, slots=True)
class Markup:
    """Where a comment system puts what: CSS selectors for a reaction and, within it, for its parts, the best first.

    ``body`` holds the text and nothing else, except for what ``apart`` finds. ``loose_body`` holds other things as
    well, of which ``loose_apart`` finds some; where there is neither, the reaction as a whole is one if ``whole`` says
    so. ``answers`` are links to the reaction that is answered, where nesting does not tell. ``id`` finds what the site
    calls the reaction, ``left_out`` why it is no comment.
    """

    item: str
    body: str
    author: str
    date: str
    title: str = ""
    loose_body: str = ""
    loose_apart: str = ""
    apart: str = ""
    permalink: str = ""
    answers: str = ""
    whole: Callable[[LexborNode], bool] = lambda _: False
    id: Callable[[LexborNode], str | None] = lambda _: None
    left_out: Callable[[LexborNode], str] = lambda _: ""


def items_of(tree: LexborHTMLParser, markup: Markup) -> list[LexborNode]:
    """The reactions of a page in order, each once: a node may match several of the selectors."""
    return list({item.mem_id: item for item in tree.css(markup.item)}.values())


def reactions(items: list[LexborNode], markup: Markup) -> list[Reaction]:
    """The reactions that elements are."""
    ids = {item.mem_id for item in items}
    keys: dict[str, str] = {}
    for item in items:
        if (id := markup.id(item)) is not None:
            keys.setdefault(id, str(item.mem_id))
    return [_reaction(item, markup, ids, keys) for item in items]


def _reaction(item: LexborNode, markup: Markup, ids: set[int], keys: dict[str, str]) -> Reaction:
    name = own_first(item, markup.author, ids)
    date = own_first(item, markup.date, ids)
    above = nearest(item.parent, ids)
    id = markup.id(item)
    return Reaction(
        str(item.mem_id),
        _text(item, markup, ids),
        parent=_answered(item, markup, ids, keys) if above is None else str(above),
        author=None if name is None else _name(name),
        date=None if date is None else moment_of(date),
        url=_permalink(item, markup, ids, id),
        id=id,
        page_id=item.attributes.get("id"),
        left_out=markup.left_out(item),
    )


def _name(node: LexborNode) -> str | None:
    """The name in an element, without the "says:" that themes put behind it."""
    return node_text(node, leave_out=lambda part: "says" in classes(part)).split("\n")[0] or node.attributes.get(
        "content"
    )


def _text(item: LexborNode, markup: Markup, ids: set[int]) -> str:
    apart = {node.mem_id for node in own(item, markup.apart, ids)}
    body = next((node for node in own(item, markup.body, ids) if nearest(node, apart) is None), None)
    loose = body is None
    if body is None:
        body = own_first(item, markup.loose_body, ids) or (item if markup.whole(item) else None)
    if body is None:
        return ""
    if loose:
        bylines = ", ".join((markup.loose_apart, markup.author, markup.date))
        apart |= {node.mem_id for node in own(item, bylines, ids)}
    apart |= ids - {item.mem_id}
    text = node_text(body, leave_out=lambda node: node.mem_id in apart)
    text = without_page_words(text) if loose else text or body.attributes.get("content") or ""
    title = own_first(item, markup.title, ids)
    if title is not None and not inside(title, body):
        text = f"{node_text(title)}\n{text}"
    return text.strip()


def _answered(item: LexborNode, markup: Markup, ids: set[int], keys: dict[str, str]) -> str | None:
    """The key of the reaction that a link says is answered."""
    address = address_of(own_first(item, markup.answers, ids)) or ""
    answered = keys.get(address.rpartition("#")[2].removeprefix("comment-"))
    return None if answered == str(item.mem_id) else answered


def _permalink(item: LexborNode, markup: Markup, ids: set[int], id: str | None) -> str | None:
    """The address of a reaction: a link that the system has for it, or one that ends in its own name."""
    for link in own(item, markup.permalink, ids):
        if not _is_persons(link, item) and (address := address_of(link)) is not None:
            return address
    names = {name for name in (item.attributes.get("id"), id and f"comment-{id}") if name}
    for link in own(item, "a[href*='#']", ids):
        address = address_of(link)
        if address and address.rpartition("#")[2] in names:
            return address
    return None


def _is_persons(node: LexborNode, item: LexborNode) -> bool:
    """Whether a part of a reaction is about its author, whose address is nobody's business."""
    current: LexborNode | None = node
    while current is not None and current.mem_id != item.mem_id:
        if current.attributes.get("itemprop") in ("author", "creator"):
            return True
        current = current.parent
    return False
