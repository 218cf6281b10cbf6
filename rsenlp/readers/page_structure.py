"""Reactions of a page that declares none: structure that repeats under a heading or element that speaks of comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rsenlp.readers.html_text import node_text
from rsenlp.readers.page_nodes import (
    Reaction,
    address_of,
    is_button,
    moment_of,
    nearest,
    own,
    own_first,
    without_page_words,
)

COMMENTS_HEADING = re.compile(
    r"^\s*\(?\d*\)?\s*(?:réactions?|reactions?|commentaires?|comments?|réponses?|responses?|replies|avis)\b.{0,20}$",
    re.IGNORECASE,
)
_SPEAKS_OF_COMMENTS = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentaires?|reactions?|responses?|reponses?|replies|avis|reviews?|discussion)",
    re.IGNORECASE,
)
_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|auteur|user(?:name)?|pseudo|name|nom|signature-auteur)", re.IGNORECASE
)
_DATE_CLASS = re.compile(r"(?:^|[\s_-])(?:date|time|when|posted|publi)", re.IGNORECASE)
_LONGEST_BYLINE = 80
_BYLINE = re.compile(
    r"^(?:(?:posté |écrit |posted |written )?(?:par|by)\s+)?(?P<name>.*?)[\s,–—·|-]*(?:\ble\s+|\bon\s+)?"
    r"(?P<date>\d{1,2}[/.]\d{1,2}[/.]\d{4}.*|\d{1,2}(?:er)?\s+[^\W\d_]{3,}\.?\s+\d{4}.*)?$",
    re.IGNORECASE,
)
_NEVER_REACTIONS = frozenset("script style form h1 h2 h3 h4 nav p br hr footer a".split())


def by_structure(tree: LexborHTMLParser) -> list[Reaction]:
    """The largest group of like elements, by how many hold text."""
    best: list[LexborNode] = []
    most = 0
    for siblings in _sibling_lists(tree):
        for group in _groups(siblings):
            texts = sum(bool(node.text(strip=True)) for node in group) if len(group) > most else 0
            if texts > most:
                best, most = group, texts
    items = _likewise(best) if best else []
    ids = {item.mem_id for item in items}
    return [_reaction(item, ids) for item in items]


def _sibling_lists(tree: LexborHTMLParser) -> Iterator[list[LexborNode]]:
    """The children of elements that speak of comments in their class or id, and what follows a heading that does."""
    for node in tree.css("div, section, ul, ol, aside, table, tbody"):
        attributes = node.attributes
        if _SPEAKS_OF_COMMENTS.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            yield list(node.iter())
    for heading in tree.css("h1, h2, h3, h4, h5, p, div, span"):
        if heading.child is None or not COMMENTS_HEADING.match(node_text(heading).replace("\n", " ")):
            continue
        following = []
        sibling = heading.next
        while sibling is not None:
            if sibling.tag and not sibling.tag.startswith("-"):
                following.append(sibling)
                yield list(sibling.iter())
            sibling = sibling.next
        yield following


def _groups(siblings: list[LexborNode]) -> list[list[LexborNode]]:
    """Siblings with the same tag and class: at least two, or one that says it is a comment."""
    groups: dict[tuple[str, str], list[LexborNode]] = {}
    for child in siblings:
        if child.tag not in _NEVER_REACTIONS:
            groups.setdefault((child.tag or "", _first_class(child)), []).append(child)
    return [group for group in groups.values() if len(group) >= 2 or _SPEAKS_OF_COMMENTS.search(_class(group[0]))]


def _likewise(group: list[LexborNode]) -> list[LexborNode]:
    """The elements of a group and those of the same tag and class around and within them: answers are nested."""
    name = _first_class(group[0])
    container = group[0].parent
    if not name or container is None:
        return group
    return [node for node in container.css(group[0].tag or "*") if _first_class(node) == name]


def _first_class(node: LexborNode) -> str:
    return (_class(node).split() or [""])[0]


def _class(node: LexborNode) -> str:
    return node.attributes.get("class") or ""


def _reaction(item: LexborNode, ids: set[int]) -> Reaction:
    authors = list(_by_class(item, _AUTHOR_CLASS, ids))
    date = own_first(item, "time", ids) or next(_by_class(item, _DATE_CLASS, ids), None)
    byline = node_text(authors[0]) if authors else ""
    name, moment = _byline(byline) if authors else (None, None)
    # the name may stand there twice, beside a picture and above the text
    signed = [node for node in authors if node_text(node) in (byline, name)]
    apart = {node.mem_id for node in (*signed, date) if node is not None} | (ids - {item.mem_id})
    text = node_text(item, leave_out=lambda node: node.mem_id in apart or is_button(node))
    above = _answered(item, ids)
    return Reaction(
        str(item.mem_id),
        without_page_words(text),
        parent=None if above is None else str(above),
        author=name,
        date=moment if date is None else moment_of(date),
        url=_permalink(item, ids),
        page_id=item.attributes.get("id"),
    )


def _by_class(item: LexborNode, pattern: re.Pattern[str], ids: set[int]) -> Iterator[LexborNode]:
    """The short parts of a reaction whose class is of a kind."""
    for node in item.css("span, div, p, a, cite, strong, b, em"):
        if (
            pattern.search(_class(node))
            and 0 < len(node_text(node)) <= _LONGEST_BYLINE
            and node.mem_id not in ids
            and nearest(node, ids) == item.mem_id
        ):
            yield node


def _byline(text: str) -> tuple[str | None, str | None]:
    """The name and the date of a line such as "Par Momo le 03/02/2012 à 11:12"."""
    line = text.split("\n")[0].strip()
    match = _BYLINE.match(line)
    if match is None:
        return line or None, None
    return match["name"].strip(" ,") or None, match["date"]


def _answered(item: LexborNode, ids: set[int]) -> int | None:
    """The comment that another answers: the one around it, or the one before the list of answers that it stands in."""
    current = item
    while current.parent is not None:
        if current.parent.mem_id in ids:
            return current.parent.mem_id
        if current is not item:
            before = current.prev
            while before is not None and (before.tag or "-").startswith("-"):
                before = before.prev
            if before is not None and before.mem_id in ids:
                return before.mem_id
        current = current.parent
    return None


def _permalink(item: LexborNode, ids: set[int]) -> str | None:
    """A link to the reaction itself."""
    name = item.attributes.get("id")
    links = (address_of(link) or "" for link in own(item, "a[href*='#']", ids))
    return next((link for link in links if name and link.rpartition("#")[2] == name), None)
