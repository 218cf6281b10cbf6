"""The XML export of Disqus: categories, then threads, then posts, joined by ``dsq:id`` attributes.

In exports the ids in attributes are Disqus' own and always there; the documentation's example also names a thread by
the text of its ``<id>`` and has a post without an attribute, so both are understood.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.fields import author_name, moment, one_line
from rsenlp.readers.html_text import message_to_text
from rsenlp.readers.markup_root import head_text, markup_root
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.xml_records import Shape, XmlRecord, xml_records

_INTERNALS = "{http://disqus.com/disqus-internals}"
_SCHEMA = """
create table thread (key text primary key, id text, title text, link text, deleted integer) strict, without rowid;
create table post (key text primary key, id text) strict, without rowid;
begin;
"""


def _name(tag: str) -> str:
    return "dsq:" + tag[len(_INTERNALS) :] if tag.startswith(_INTERNALS) else tag.rpartition("}")[2]


_SHAPE = Shape(records=frozenset({"disqus/thread", "disqus/post"}), name=_name)


class DisqusReader:
    """Reads an XML export of Disqus."""

    name = "disqus-xml"

    def recognises(self, source: Source) -> bool:
        return markup_root(source) == "disqus" and "disqus.com" in head_text(source)

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The posts of the export in order; deleted ones and spam go to the report alone.

        Raises:
            InputError: the file declares XML entities of its own.
        """
        report.source(source.name, format=self.name)
        with closing(_Ids()) as ids:
            for record in xml_records(source, _SHAPE, report):
                if record.path == "disqus/thread":
                    ids.add_thread(record)
                    continue
                report.read += 1
                where = Location(source.name, record.line)
                comment = _comment(record, where, ids, source, options, report)
                if comment is not None:
                    yield comment, where


def _comment(
    post: XmlRecord, where: Location, ids: _Ids, source: Source, options: ReadOptions, report: Report
) -> Comment | None:
    """The comment that a post is; ``None`` for one that is left out, with a row."""
    fields = post.fields
    id = ids.add_post(post) or f"{source.stem}-{report.read}"
    thread = ids.thread(fields.get("thread@dsq:id"), fields.get("thread"))
    text = message_to_text(fields.get("message", ""))
    reason = _left_out(post, thread) or ("" if text else "comment without text")
    if reason:
        report.skipped(reason, where, id=id)
        return None
    named = _said(fields.get("thread@dsq:id")) or _said(fields.get("thread"))
    if thread is None:
        detail = f"thread {named!r}" if named else "no thread named"
        report.repaired("its thread is not in the file, kept without title and address", where, id=id, detail=detail)
    return Comment(
        thread_id=(thread.id if thread else named) or options.thread_id or source.stem,
        id=id,
        parent_id=ids.parent(fields.get("parent@dsq:id"), fields.get("parent")),
        text=text,
        claim=(thread.title if thread else None) or options.claim,
        lang=options.lang,
        author=author_name(fields.get("author/name"), fields.get("author/username"), where=where, report=report, id=id),
        created_at=moment(fields.get("createdAt"), where, report, id=id),
        source=source.stem,
        url=thread.link if thread else None,
    )


def _left_out(post: XmlRecord, thread: _Thread | None) -> str:
    """Why a post is left out; empty where it is not."""
    if _is_true(post, "isDeleted"):
        return "deleted post"
    if _is_true(post, "isSpam"):
        return "spam"
    return "post of a deleted thread" if thread is not None and thread.deleted else ""


def _is_true(record: XmlRecord, field: str) -> bool:
    return record.fields.get(field, "").strip().lower() in ("true", "1")


def _said(value: str | None) -> str | None:
    return (value or "").strip() or None


class _Thread(NamedTuple):
    id: str
    title: str | None
    link: str | None
    deleted: bool


class _Ids:
    """The threads and the ids of posts, in a temporary database: memory does not grow with the export."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript("pragma journal_mode=off; pragma synchronous=off;" + _SCHEMA)

    def add_thread(self, record: XmlRecord) -> None:
        own, given = _said(record.fields.get("@dsq:id")), _said(record.fields.get("id"))
        title, link = one_line(record.fields.get("title")), _said(record.fields.get("link"))
        for key in ([f"dsq:{own}"] if own else []) + ([f"id:{given}"] if given else []):
            row = (key, own or given, title, link, _is_true(record, "isDeleted"))
            self._database.execute("insert or ignore into thread values (?, ?, ?, ?, ?)", row)

    def thread(self, own: str | None, given: str | None) -> _Thread | None:
        """The thread of that ``dsq:id``, or of that ``<id>``."""
        own, given = _said(own), _said(given)
        for key in (own and f"dsq:{own}", given and f"id:{given}", given and f"dsq:{given}"):
            query = "select id, title, link, deleted from thread where key = ?"
            if key and (row := self._database.execute(query, (key,)).fetchone()):
                return _Thread(row[0], row[1], row[2], bool(row[3]))
        return None

    def add_post(self, record: XmlRecord) -> str | None:
        """Note a post; its id is the ``dsq:id``, or the ``<id>`` where there is none."""
        own, given = _said(record.fields.get("@dsq:id")), _said(record.fields.get("id"))
        if given:
            self._database.execute("insert or ignore into post values (?, ?)", (given, own or given))
        return own or given

    def parent(self, own: str | None, given: str | None) -> str | None:
        """The id of the post of that ``dsq:id``, or of that ``<id>``; parents come before their answers."""
        own, given = _said(own), _said(given)
        if own or not given:
            return own
        row = self._database.execute("select id from post where key = ?", (given,)).fetchone()
        return row[0] if row else given

    def close(self) -> None:
        self._database.close()
