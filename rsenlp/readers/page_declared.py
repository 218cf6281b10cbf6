"""Reactions that a page declares by the vocabulary of schema.org: ``Comment`` and its like in microdata and JSON-LD."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rsenlp.readers.fields import one_line
from rsenlp.readers.html_text import message_to_text, node_text
from rsenlp.readers.page_markup import Markup, items_of, reactions
from rsenlp.readers.page_nodes import Reaction, loaded_json, text_of

_KINDS = frozenset({"Comment", "Answer", "UserComments"})
_SCRIPTS = "script[type='application/ld+json']"


def _item_id(item: LexborNode) -> str | None:
    for node in item.css("[itemprop=identifier]"):
        if (scope := _scope(node)) is not None and scope.mem_id == item.mem_id:
            return (node.attributes.get("content") or node_text(node)).strip() or None
    return item.attributes.get("itemid")


def _scope(node: LexborNode) -> LexborNode | None:
    """The thing that a property is one of: the nearest element around it that is one."""
    current = node.parent
    while current is not None and "itemscope" not in current.attributes:
        current = current.parent
    return current


_MICRODATA = Markup(
    item=(
        "[itemtype$='schema.org/Comment'], [itemtype$='schema.org/UserComments'], [itemtype$='schema.org/Answer'], "
        "[itemprop=comment][itemscope]"
    ),
    body="[itemprop=text], [itemprop=commentText]",
    author=(
        "[itemprop=author] [itemprop=name], [itemprop=creator] [itemprop=name], [itemprop=author], [itemprop=creator]"
    ),
    date="[itemprop=dateCreated], [itemprop=datePublished], [itemprop=commentTime], time",
    title="[itemprop=headline]",
    apart=(
        "[itemprop=author], [itemprop=creator], [itemprop=dateCreated], [itemprop=datePublished], "
        "[itemprop=dateModified], [itemprop=commentTime], [itemprop=interactionStatistic], [itemprop=upvoteCount]"
    ),
    permalink="[itemprop=url]",
    id=_item_id,
)


def by_microdata(tree: LexborHTMLParser) -> list[Reaction]:
    return reactions(items_of(tree, _MICRODATA), _MICRODATA)


def by_json_ld(tree: LexborHTMLParser) -> list[Reaction]:
    """The comments that JSON-LD declares, answers behind what they answer."""
    found: list[Reaction] = []
    keys: dict[str, str] = {}
    for script in tree.css(_SCRIPTS):
        # an explicit stack: JSON nests deeper than Python's recursion limit
        stack: list[tuple[Any, str | None]] = [(loaded_json(script), None)]
        while stack:
            value, above = stack.pop()
            if isinstance(value, dict) and _is_comment(value):
                found.append(_comment(value, f"ld{len(found)}", above))
                keys.setdefault(text_of(value, "@id") or "", found[-1].key)
                stack.append((value.get("comment"), found[-1].key))
            else:
                stack.extend((item, above) for item in reversed(_values(value)))
    known = {reaction.key for reaction in found}
    # what is answered may be named instead of being around
    return [
        reaction if reaction.parent in known else replace(reaction, parent=keys.get(reaction.parent or " "))
        for reaction in found
    ]


def unreadable_json_ld(tree: LexborHTMLParser) -> int:
    """How many pieces of JSON-LD that speak of comments are no JSON."""
    scripts = [script for script in tree.css(_SCRIPTS) if '"Comment"' in (script.text() or "")]
    return sum(loaded_json(script) is None for script in scripts)


def _is_comment(value: dict[str, Any]) -> bool:
    kinds = value.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and name.rpartition("/")[2] in _KINDS for name in names)


def _values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    return [item for item in value if isinstance(item, (dict, list))] if isinstance(value, list) else []


def _comment(value: dict[str, Any], key: str, above: str | None) -> Reaction:
    """The comment that an object is. ``parent`` is the key of the one around it, or the ``@id`` of the one it names."""
    headline = one_line(text_of(value, "headline", "name"))
    text = message_to_text(text_of(value, "text", "commentText", "articleBody") or "")
    address = text_of(value, "url", "@id")
    return Reaction(
        key,
        f"{headline}\n{text}".strip() if headline else text,
        parent=above or text_of(value.get("parentItem"), "@id"),
        author=_name(value.get("author") or value.get("creator")),
        date=text_of(value, "dateCreated", "datePublished", "commentTime"),
        url=address if address and address.startswith(("http:", "https:", "/", "#")) else None,
        id=_identifier(value.get("identifier")) or text_of(value, "@id"),
    )


def _name(author: Any) -> str | None:
    if isinstance(author, list):
        author = next(iter(author), None)
    return author if isinstance(author, str) else text_of(author, "name", "alternateName")


def _identifier(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("value")
    return str(value) if isinstance(value, (str, int)) and str(value).strip() else None
