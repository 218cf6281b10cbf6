"""WordPress eXtended RSS (WXR), what WordPress exports, versions 1.0 to 1.3: comments within the item they answer.

Disqus' format for imports is of the same shape and read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.fields import author_name, moment, one_line
from rsenlp.readers.html_text import message_to_text
from rsenlp.readers.markup_root import head_text, markup_root
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.xml_records import Shape, XmlRecord, xml_records

# the version is part of the address: 1.0, 1.1, 1.2 …
_EXPORT = re.compile(r"\{https?://(?:www\.)?wordpress\.org/export/[\d.]+/\}")
_NAMED_IN_HEAD = re.compile(r"https?://(?:www\.)?wordpress\.org/export/[\d.]+/")
_ITEM = "rss/channel/item"
_SITE = ("rss/channel/wp:base_blog_url", "rss/channel/link")
_VERSION = "rss/channel/wp:wxr_version"
_LEFT_OUT = {
    "0": "comment not approved",
    "hold": "comment not approved",
    "spam": "spam",
    "trash": "comment in the trash",
    "post-trashed": "comment in the trash",
}
_PINGS = frozenset({"pingback", "trackback"})
_READERS_COMMENTS = frozenset({"", "comment", "review"})


def _name(tag: str) -> str:
    if match := _EXPORT.match(tag):
        return "wp:" + tag[match.end() :]
    # title and link have no namespace; those of other namespaces are others
    return tag if not tag.startswith("{") else "other:" + tag.rpartition("}")[2]


_SHAPE = Shape(
    records=frozenset({f"{_ITEM}/wp:comment"}),
    name=_name,
    around=frozenset({f"{_ITEM}/title", f"{_ITEM}/link", f"{_ITEM}/wp:post_id", *_SITE, _VERSION}),
)


class WxrReader:
    """Reads an export of WordPress."""

    name = "wxr"

    def recognises(self, source: Source) -> bool:
        return markup_root(source) == "rss" and _NAMED_IN_HEAD.search(head_text(source)) is not None

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The approved comments in order; pingbacks, trackbacks and comments not approved go to the report alone.

        Raises:
            InputError: the file declares XML entities of its own.
        """
        report.source(source.name, format=self.name)
        for record in xml_records(source, _SHAPE, report):
            report.read += 1
            report.sources[-1].setdefault("version", one_line(record.around.get(_VERSION)))
            where = Location(source.name, record.line)
            comment = _comment(record, where, source, options, report)
            if comment is not None:
                yield comment, where


def _comment(
    record: XmlRecord, where: Location, source: Source, options: ReadOptions, report: Report
) -> Comment | None:
    """The comment that a record is; ``None`` for one that is left out, with a row."""
    id = _field(record, "comment_id") or f"{source.stem}-{report.read}"
    text = message_to_text(record.fields.get("wp:comment_content", ""), own_breaks=True)
    reason, detail = _left_out(record)
    if reason or not text:
        report.skipped(reason or "comment without text", where, id=id, detail=detail)
        return None
    parent = _field(record, "comment_parent")
    return Comment(
        thread_id=_thread_id(record, source, options),
        id=id,
        parent_id=None if parent in ("", "0") else parent,
        text=text,
        claim=one_line(record.around.get(f"{_ITEM}/title")) or options.claim,
        lang=options.lang,
        author=author_name(record.fields.get("wp:comment_author"), where=where, report=report, id=id),
        created_at=_moment(record, where, report, id),
        source=source.stem,
        url=record.around.get(f"{_ITEM}/link", "").strip() or None,
    )


def _left_out(record: XmlRecord) -> tuple[str, str]:
    """Why a comment is left out, and the detail; both empty where it is not."""
    kind = _field(record, "comment_type").lower()
    if kind in _PINGS:
        return "pingback or trackback", kind
    approved = _field(record, "comment_approved").lower()
    if approved not in ("1", "approve", "approved", ""):
        return _LEFT_OUT.get(approved, "comment not approved"), approved
    if kind not in _READERS_COMMENTS:
        return "note of the site's own, no reader's comment", kind
    return "", ""


def _thread_id(record: XmlRecord, source: Source, options: ReadOptions) -> str:
    """The site and the number of the item: the numbers of two sites are the same."""
    number = record.around.get(f"{_ITEM}/wp:post_id", "").strip()
    link = record.around.get(f"{_ITEM}/link", "").strip()
    site = next((found for path in _SITE if (found := _site(record.around.get(path, "")))), None)
    if number:
        return f"{site or options.thread_id or source.stem}-{number}"
    return link or options.thread_id or source.stem


def _site(address: str) -> str | None:
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return re.sub(r"[^a-z0-9]+", "-", f"{parts.netloc}{parts.path}".lower()).strip("-") or None


def _moment(record: XmlRecord, where: Location, report: Report, id: str) -> datetime | None:
    """When the comment was written: the GMT date, or the site's local one where it lacks or is all zeros."""
    gmt, local = _field(record, "comment_date_gmt"), _field(record, "comment_date")
    if gmt and not gmt.startswith("0000"):
        return moment(gmt, where, report, id=id)
    if not local or local.startswith("0000"):
        return None
    report.repaired("no GMT date, the site's local one is read as UTC", where, id=id, detail=local)
    return moment(local, where, report, id=id)


def _field(record: XmlRecord, name: str) -> str:
    return record.fields.get(f"wp:{name}", "").strip()
