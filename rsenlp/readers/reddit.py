"""Reddit: dumps of comments and submissions (one JSON object a line, often ``.zst``), and pages saved as ``.json``.

A submission opens a thread: it is no comment, its title is the claim of those under it, wherever in the file it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Any

from rsenlp.audit import Report
from rsenlp.comment_blocks import Block, Item, in_blocks
from rsenlp.errors import Location
from rsenlp.json_text import not_read, values_of_lines
from rsenlp.line_blocks import line_blocks
from rsenlp.readers.export import OF_ANOTHER_KIND, Export, identifier, scalars
from rsenlp.readers.json_values import bytes_of, has_lines, json_values, recognised, told
from rsenlp.readers.lookup import Lookup, lookup
from rsenlp.readers.reddit_dump import Dump
from rsenlp.readers.reddit_values import GONE, KEPT, source_of, title_of, unescaped, url_of, without_prefix
from rsenlp.readers.source import ReadOptions, Source

DELETED = "deleted or removed comment"
DELETED_LATER = "comment that was deleted later"
GAP = "replies that the page leaves out"
UNANSWERED = "submissions but no comment"
# without these an object with a body is a comment of a dump, wrapped in nothing
_WRAPPED = frozenset({"data", "json", "kind", "replies"})


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

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[Item]:
        """The comments of the source with their places; those that were deleted are left out, with a row each."""
        for block in self.read_blocks(source, options, report):
            yield from block.items()

    def read_blocks(self, source: Source, options: ReadOptions, report: Report) -> Iterator[Block]:
        """The same comments in blocks."""
        report.source(source.name, format=self.name)
        export = Export(source, options, report)
        with lookup() as titles:
            collect_titles(source, options, titles)
            before = report.read
            if has_lines(source):
                yield from _blocks_of_lines(export, titles)
            else:
                yield from in_blocks(comments_of(json_values(source, options, report), titles, export))
        submissions = report.sources[-1].get("submissions", 0)
        if submissions and report.read == before:
            report.repaired(UNANSWERED, Location(source.name), detail=f"{submissions} titles without comments")


def _blocks_of_lines(export: Export, titles: Lookup) -> Iterator[Block]:
    """The comments of a dump in blocks."""
    source, options, report = export.source, export.options, export.report

    def read(data: bytes, first: Location) -> Iterator[Item]:
        return comments_of(told(values_of_lines(data, first), report), titles, export)

    dump = Dump(source.stem, options, report, titles.get, read)
    with bytes_of(source, options) as stream:
        for number, found in line_blocks(stream):
            where = Location(source.name, number)
            if isinstance(found, bytes):
                yield from dump.block(found, where)
            else:
                yield from in_blocks(comments_of(told([(where, not_read(found, where))], report), titles, export))


def comments_of(values: Iterable[tuple[Location, Any]], titles: Lookup, export: Export) -> Iterator[Item]:
    """The comments of JSON values, read one by one."""
    for where, value in values:
        for kind, thing in things(value):
            yield from _read(kind, thing, titles, where, export)


def collect_titles(source: Source, options: ReadOptions, titles: Lookup) -> None:
    """Note the titles of a file's submissions by their threads."""
    for _, value in json_values(source, options, holding="title"):
        for kind, thing in things(value):
            if kind is Kind.SUBMISSION and (title := _title(thing)) and (thread := _id(thing, "id", "name")):
                titles[thread] = title


def _title(submission: Mapping[str, Any]) -> str | None:
    title = submission.get("title")
    gone = not isinstance(title, str) or GONE.fullmatch(title) or _meta(submission).get("was_deleted_later") is True
    return None if gone else title_of(title)


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


def _read(kind: Kind, thing: Mapping[str, Any], titles: Lookup, where: Location, export: Export) -> Iterator[Item]:
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
    body, author = thing.get("body"), thing.get("author")
    listed = thing.get("link_title")  # in listings of comments alone
    title = titles.get(thread) or title_of(listed)
    record = {
        "thread_id": thread,
        "id": _id(thing, "id", "name"),
        "parent_id": None if to_submission else parent,
        "text": unescaped(body) if isinstance(body, str) else None,
        "claim": title,
        "author": author if isinstance(author, str) and not GONE.fullmatch(author) else None,
        "created_at": thing.get("created_utc"),
        "url": url_of(thing.get("permalink")),
    }
    if (source := source_of(thing.get("subreddit"))) is not None:
        record["source"] = source
    return record | scalars(thing, KEPT)


def _id(thing: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that is an id, without prefix."""
    for name in names:
        if (id := identifier(thing.get(name))) is not None:
            return without_prefix(id)
    return None
