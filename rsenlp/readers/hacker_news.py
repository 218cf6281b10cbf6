"""Hacker News: a thread of Algolia's ``/items``, hits of its search, and items of the site's own API (Firebase).

A story, job or poll opens a thread: it is no comment, its title is the claim of those under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.export import OF_ANOTHER_KIND, Export, identifier, scalars
from rsenlp.readers.html_text import html_to_text
from rsenlp.readers.json_values import json_values, recognised
from rsenlp.readers.lookup import Lookup, lookup, top_of
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.text import nfc

DELETED = "deleted comment"
DEAD = "comment that the site or its readers took down"
POLL_OPTION = "option of a poll"
UNANSWERED = "stories but no comment"
_OPENING = ("story", "job", "poll")
_KINDS = (*_OPENING, "comment", "pollopt")
_KEPT = ("points", "score", "story_url")
_SITE = "https://news.ycombinator.com/item?id="
# the site shows long addresses cut short; what they lead to is what was written
_LINK = re.compile(r'<a href="(?P<address>[^"]*)"[^>]*>[^<]*\.\.\.</a>')


class HackerNewsReader:
    """Reads comments from what either of the two services gives."""

    name = "hacker-news"

    def recognises(self, source: Source) -> bool:
        return recognised(source, lambda value: any(_is_item(item) for item in _items(value)))

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments of the source with their places; deleted and dead ones are left out, with a row each."""
        report.source(source.name, format=self.name)
        export = Export(source, options, report)
        before = report.read
        with lookup() as items:
            _collect(source, options, items)
            for where, value in json_values(source, options, report):
                for item in _items(value):
                    yield from _read(item, items, where, export)
        stories = report.sources[-1].get("stories", 0)
        if stories and report.read == before:
            report.repaired(UNANSWERED, Location(source.name), detail=f"{stories} titles without comments")


def _items(value: Any) -> Iterator[Any]:
    """The items of an answer, each before those under it."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict) and isinstance(item.get("hits"), list):
            stack.append(item["hits"])
        else:
            yield item
            if isinstance(item, dict) and isinstance(item.get("children"), list):
                stack.append(item["children"])


def _is_item(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    if "created_at_i" in item or ("objectID" in item and isinstance(item.get("_tags"), list)):
        return "author" in item or "objectID" in item
    if isinstance(item.get("children"), list) and "parent_id" in item and "points" in item:
        return True
    return item.get("type") in _KINDS and "id" in item and "time" in item and ("by" in item or _is(item, "deleted"))


def _collect(source: Source, options: ReadOptions, items: Lookup) -> None:
    """Note of every item what it answers, whether it opens a thread, and the title of one that does."""
    for _, value in json_values(source, options):
        for item in _items(value):
            if isinstance(item, dict) and (id := _id(item, "objectID", "id")):
                opens, title = _kind(item) in _OPENING, item.get("title")
                parent = None if opens else _id(item, "parent_id", "parent")
                items[id] = [parent, opens, nfc(title) if opens and isinstance(title, str) else None]


def _read(item: Any, items: Lookup, where: Location, export: Export) -> Iterator[tuple[Comment, Location]]:
    kind = _kind(item) if isinstance(item, dict) else None
    if kind in _OPENING:
        export.count("stories")
        return
    id = _id(item, "objectID", "id") if isinstance(item, dict) else None
    if kind is None:
        export.left_out(OF_ANOTHER_KIND, where, id=id)
    elif kind == "pollopt":
        export.left_out(POLL_OPTION, where, id=id)
    elif _is(item, "deleted") or (_html(item) is None and _author(item) is None):
        export.left_out(DELETED, where, id=id)
    elif _is(item, "dead"):
        export.left_out(DEAD, where, id=id)
    else:
        yield from export.comment(_record(item, id, items), where)


def _kind(item: Mapping[str, Any]) -> str | None:
    said, tags = item.get("type"), item.get("_tags")
    if said in _KINDS:
        return str(said)
    if isinstance(tags, list):
        return next((kind for kind in _KINDS if kind in tags), None)
    if isinstance(item.get("comment_text"), str):
        return "comment"
    if isinstance(item.get("title"), str):
        return "story"
    return "comment" if "parent_id" in item or "parent" in item else None


def _record(item: Mapping[str, Any], id: str | None, items: Lookup) -> dict[str, Any]:
    parent, story = _id(item, "parent_id", "parent"), _id(item, "story_id")
    root = story or (id if parent is None else top_of(parent, partial(_parent, items=items)))
    _, opens, own_title = items.get(root) or (None, False, None)
    title, html = item.get("story_title"), _html(item)
    return {
        "thread_id": root,
        "id": id,
        "parent_id": None if parent == root and (opens or story is not None) else parent,
        "text": None if html is None else html_to_text(_with_whole_links(nfc(html))),
        "claim": nfc(title) if isinstance(title, str) and title else own_title,
        "author": _author(item),
        "created_at": next((item[name] for name in ("created_at_i", "time", "created_at") if item.get(name)), None),
        "source": "Hacker News",
        "url": _SITE + id if id is not None else None,
    } | scalars(item, _KEPT)


def _parent(id: str, items: Lookup) -> str | None:
    found = items.get(id)
    return None if found is None else found[0]


def _with_whole_links(html: str) -> str:
    return _LINK.sub(lambda match: match["address"], html)


def _html(item: Mapping[str, Any]) -> str | None:
    found = (item.get(name) for name in ("comment_text", "text"))
    return next((html for html in found if isinstance(html, str) and html), None)


def _author(item: Mapping[str, Any]) -> str | None:
    found = (item.get(name) for name in ("author", "by"))
    return next((name for name in found if isinstance(name, str) and name), None)


def _is(item: Mapping[str, Any], fact: str) -> bool:
    """Whether something is said of an item; tables carry truth values as text."""
    return item.get(fact) is True or item.get(fact) == "true"


def _id(item: Mapping[str, Any], *names: str) -> str | None:
    return next((id for name in names if (id := identifier(item.get(name))) is not None), None)
