"""Reddit: dumps of comments and submissions (one JSON object a line, often ``.zst``), and pages saved as ``.json``.

A submission opens a thread: it is no comment, its title is the claim of those under it, wherever in the file it stands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.export import OF_ANOTHER_KIND, Export, identifier, scalars
from rsenlp.readers.json_values import json_values, recognised
from rsenlp.readers.lookup import Lookup, lookup
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.text import nfc

DELETED = "deleted or removed comment"
DELETED_LATER = "comment that was deleted later"
GAP = "replies that the page leaves out"
UNANSWERED = "submissions but no comment"
_KEPT = tuple(
    """subreddit score ups downs controversiality gilded edited distinguished stickied is_submitter locked archived
    collapsed""".split()
)
_PREFIX = re.compile(r"^t[1-9]_(?=.)")
_OWN_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")
GONE = re.compile(r"\s*\[\s*(?:deleted|removed)(?:\s+by\b[^\[\]]*)?\s*\]\s*", re.IGNORECASE)
# without these an object with a body is a comment of a dump, wrapped in nothing
_WRAPPED = frozenset({"data", "json", "kind", "replies"})
_SITE = "https://www.reddit.com"


class Kind(Enum):
    """What a thing is."""

    COMMENT = auto()
    SUBMISSION = auto()
    GAP = auto()
    OTHER = auto()


class RedditReader:
    """Reads comments from a dump or a saved page."""

    name = "reddit"

    def recognises(self, source: Source) -> bool:
        return recognised(source, lambda value: any(kind is not Kind.OTHER for kind, _ in things(value)))

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments of the source with their places; those that were deleted are left out, with a row each."""
        report.source(source.name, format=self.name)
        export = Export(source, options, report)
        with lookup() as titles:
            _collect_titles(source, options, titles)
            before = report.read
            for where, value in json_values(source, options, report):
                for kind, thing in things(value):
                    yield from _read(kind, thing, titles, where, export)
        submissions = report.sources[-1].get("submissions", 0)
        if submissions and report.read == before:
            report.repaired(UNANSWERED, Location(source.name), detail=f"{submissions} titles without comments")


def _collect_titles(source: Source, options: ReadOptions, titles: Lookup) -> None:
    for _, value in json_values(source, options, holding="title"):
        for kind, thing in things(value):
            if kind is Kind.SUBMISSION and (title := _title(thing)) and (thread := _id(thing, "id", "name")):
                titles[thread] = title


def _title(submission: Mapping[str, Any]) -> str | None:
    title = submission.get("title")
    gone = not isinstance(title, str) or GONE.fullmatch(title) or _meta(submission).get("was_deleted_later") is True
    return None if gone else nfc(_unescaped(str(title)))


def things(value: Any) -> Iterator[tuple[Kind, Mapping[str, Any]]]:
    """Comments, submissions and gaps out of whatever they come wrapped in, each before the replies to it."""
    if isinstance(value, dict) and "body" in value and _WRAPPED.isdisjoint(value):
        yield _kind(value)
        return
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
            continue
        if not isinstance(item, dict):
            yield Kind.OTHER, {}
            continue
        inner = _inner(item)
        if inner is not None:
            stack.append(inner)
            continue
        kind, thing = _kind(item)
        yield kind, thing
        if isinstance(thing.get("replies"), dict | list):
            stack.append(thing["replies"])


def _inner(item: Mapping[str, Any]) -> list[Any] | None:
    """What a wrapper holds: a listing, the answer to "load more comments", or a search service's."""
    data = item.get("data")
    if isinstance(data, list) and "id" not in item:
        return data
    if item.get("kind") == "Listing" and isinstance(data, dict):
        children = data.get("children")
        return children if isinstance(children, list) else []
    answer = item.get("json")
    inner = answer.get("data") if isinstance(answer, dict) else None
    loaded = inner.get("things") if isinstance(inner, dict) else None
    return loaded if isinstance(loaded, list) else None


def _kind(item: Mapping[str, Any]) -> tuple[Kind, Mapping[str, Any]]:
    data = item.get("data")
    thing = data if isinstance(data, dict) and "kind" in item else item
    if item.get("kind") == "more" and thing is data:
        return Kind.GAP, thing
    named = str(thing.get("link_id")).startswith("t3_") or "subreddit" in thing
    if "body" in thing and "link_id" in thing and named:
        return Kind.COMMENT, thing
    if "title" in thing and "subreddit" in thing and ("selftext" in thing or "num_comments" in thing):
        return Kind.SUBMISSION, thing
    return Kind.OTHER, thing


def _read(
    kind: Kind, thing: Mapping[str, Any], titles: Lookup, where: Location, export: Export
) -> Iterator[tuple[Comment, Location]]:
    if kind is Kind.SUBMISSION:
        export.count("submissions")
    elif kind is Kind.GAP:
        _note_gap(thing, where, export)
    elif kind is Kind.OTHER:
        export.left_out(OF_ANOTHER_KIND, where, id=_id(thing, "id"))
    elif reason := _reason_to_leave_out(thing):
        export.left_out(reason, where, id=_id(thing, "id", "name"), detail=_removal(thing))
    else:
        yield from export.comment(_record(thing, titles), where)


def _note_gap(thing: Mapping[str, Any], where: Location, export: Export) -> None:
    number = thing.get("count")
    missing = number if isinstance(number, int) and number > 0 else None
    export.count("gaps")
    export.count("replies_left_out_by_the_page", missing or 0)
    said = f"{missing} replies" if missing else "more replies"
    export.report.repaired(GAP, where, detail=f"{said} under {thing.get('parent_id') or 'the submission'}")


def _reason_to_leave_out(thing: Mapping[str, Any]) -> str | None:
    """Why a comment is not kept: what its author or a moderator took back is not brought to light again."""
    if _meta(thing).get("was_deleted_later") is True:
        return DELETED_LATER
    body = thing.get("body")
    return DELETED if isinstance(body, str) and GONE.fullmatch(body) else None


def _removal(thing: Mapping[str, Any]) -> str:
    said = _meta(thing).get("removal_type")
    return said if isinstance(said, str) else ""


def _meta(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = thing.get("_meta")
    return meta if isinstance(meta, dict) else {}


def _record(thing: Mapping[str, Any], titles: Lookup) -> dict[str, Any]:
    thread, parent = _id(thing, "link_id"), _id(thing, "parent_id")
    to_submission = parent == thread or str(thing.get("parent_id")).startswith("t3_")
    body, author, subreddit = thing.get("body"), thing.get("author"), thing.get("subreddit")
    listed = thing.get("link_title")  # in listings of comments alone
    title = titles.get(thread) or (nfc(_unescaped(listed)) if isinstance(listed, str) else None)
    record = {
        "thread_id": thread,
        "id": _id(thing, "id", "name"),
        "parent_id": None if to_submission else parent,
        "text": _unescaped(body) if isinstance(body, str) else None,
        "claim": title,
        "author": author if isinstance(author, str) and not GONE.fullmatch(author) else None,
        "created_at": thing.get("created_utc"),
        "url": _url(thing.get("permalink")),
    }
    if isinstance(subreddit, str) and subreddit:
        record["source"] = f"r/{subreddit}"
    return record | scalars(thing, _KEPT)


def _id(thing: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that is an id, without prefix."""
    for name in names:
        if (id := identifier(thing.get(name))) is not None:
            return without_prefix(id)
    return None


def without_prefix(id: str) -> str:
    """An id without what tells the kind of thing: ``t1_abc`` and ``abc`` are the same comment."""
    return _PREFIX.sub("", id)


def _unescaped(text: str) -> str:
    """Markdown as its author sees it: Reddit gives ``&amp;``, ``&lt;`` and ``&gt;`` for the marks themselves, and the
    author's own entities (``&#x200B;``) within.
    """
    return _ENTITY.sub(_character, _OWN_ENTITY.sub(_character, text)) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def _url(permalink: Any) -> str | None:
    if not isinstance(permalink, str) or not permalink:
        return None
    return _SITE + permalink if permalink.startswith("/") else permalink
