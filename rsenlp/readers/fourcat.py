"""4CAT: data sets as CSV, of Reddit, of forums and image boards, of services like Twitter.

The row that opens a thread (its id is the thread's) and has a subject is no comment: the subject is the claim of the
others. Without a subject it is a comment like them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.columns import ExportRow, export_rows
from rsenlp.readers.export import Export, identifier
from rsenlp.readers.lookup import Lookup, lookup
from rsenlp.readers.reddit import DELETED
from rsenlp.readers.reddit_values import GONE, without_prefix
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.tabular import header_keys
from rsenlp.text import nfc

_NEEDED = {"id", "thread_id", "body", "author", "timestamp"}
_OWN = {"subject", "unix_timestamp", "collected_at"}
# here a reply names the person whom it answers, not the post
_OF_PEOPLE = {"is_reply", "is_retweet", "author_fullname"}
_PARENTS = "parent parent_id replied_to_post in_reply_to_id reply_to"
_ALIASES = {
    "text": "body",
    "id": "id",
    "thread_id": "thread_id",
    "author": "author",
    "subject": "subject",
    "created_at": "unix_timestamp timestamp",
    "written_at": "timestamp created_at",
    "board": "subreddit board",
    "url": "url link",
}
_PERSONAL = re.compile(r"author_.*|mentions?|mentioned|.*user(?:name)?s?|reply_to|usertags")
_NOBODY = re.compile(r"\s*anonymous\s*", re.IGNORECASE)
_QUOTED_POST = re.compile(r"^>>(\d+)\b", re.MULTILINE)


class FourCatReader:
    """Reads the posts of a data set."""

    name = "4cat"

    def recognises(self, source: Source) -> bool:
        keys = header_keys(source)
        return keys >= _NEEDED and bool(keys & _OWN) and "text" not in keys

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments with their places; those that were deleted are left out, with a row each."""
        keys = header_keys(source)
        export = Export(source, options, report)
        with lookup() as threads:
            for row in _rows(source, options, Report(), keys):
                _note(row.fields, threads)
            for row in _rows(source, options, report, keys):
                yield from _read(row, keys, threads, export)


def _rows(source: Source, options: ReadOptions, report: Report, keys: set[str]) -> Iterator[ExportRow]:
    of_posts = "" if keys & _OF_PEOPLE else _PARENTS
    return export_rows(
        source,
        options,
        report,
        format=FourCatReader.name,
        aliases=_ALIASES | {"parent_id": of_posts},
        is_personal=lambda key: _PERSONAL.fullmatch(key) is not None and key != "author_flair",
    )


def _note(fields: Mapping[str, str], threads: Lookup) -> None:
    """Note how many rows a thread has, and the subject of the one that opens it."""
    thread = _id(fields, "thread_id")
    if thread is not None:
        rows, subject = threads.get(thread) or (0, None)
        opens = _id(fields, "id") == thread and "subject" in fields
        threads[thread] = [rows + 1, nfc(fields["subject"].strip()) if opens else subject]


def _read(row: ExportRow, keys: set[str], threads: Lookup, export: Export) -> Iterator[tuple[Comment, Location]]:
    fields = row.fields
    id, thread, parent = (_id(fields, name) for name in ("id", "thread_id", "parent_id"))
    text, subject = fields.get("text"), fields.get("subject", "").strip()
    rows, title = threads.get(thread) or (1, None)
    opens = id == thread and bool(subject)
    if opens and (rows > 1 or "parent" in keys):
        export.count("openings")
        return
    if text is not None and GONE.fullmatch(text):
        export.left_out(DELETED, row.where, id=id)
        return
    if parent is None and "image_md5" in keys and text is not None and (quoted := _QUOTED_POST.search(text)):
        parent = quoted[1]  # an image board has no other way to say what is answered
    if (parent == thread and title is not None) or fields.get("parent_id", "").startswith("t3_"):
        parent = None
    author = fields.get("author")
    record = {
        "thread_id": thread,
        "id": id,
        "parent_id": parent,
        "text": f"{subject}\n{text or ''}".rstrip("\n") if subject else text,
        "claim": None if opens else title,
        "author": None if author is None or _NOBODY.fullmatch(author) or GONE.fullmatch(author) else author,
        "created_at": fields.get("created_at") or fields.get("written_at"),
        "url": fields.get("url"),
        **row.others,
    }
    if "board" in fields:
        record["source"] = f"r/{fields['board']}" if "subreddit" in keys else fields["board"]
    yield from export.comment(record, row.where)


def _id(fields: Mapping[str, str], name: str) -> str | None:
    id = identifier(fields.get(name))
    return None if id is None else without_prefix(id)
