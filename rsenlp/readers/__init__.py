"""Every kind of file that can be read, recognised by its content.

``read`` is the way in: it finds the reader and yields comments with their place. A new format is a class with
``name``, ``recognises`` and ``read``, and a line in :data:`READERS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.readers.disqus_xml import DisqusReader
from rsenlp.readers.page_html import PageHtmlReader
from rsenlp.readers.page_text import PageTextReader
from rsenlp.readers.source import ReadOptions, Source, opened
from rsenlp.readers.tabular import TabularReader
from rsenlp.readers.wxr import WxrReader

__all__ = ["CANONICAL", "READERS", "ReadOptions", "Reader", "Source", "opened", "read", "reader_for"]


class Reader(Protocol):
    """What a format needs to be read."""

    name: str

    def recognises(self, source: Source) -> bool:
        """Whether the content of the source is of this format."""
        ...

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments of the source with their places; what is left out or changed goes to the report."""
        ...


READERS: tuple[Reader, ...] = (
    TabularReader("parquet"),
    TabularReader("jsonl"),
    DisqusReader(),
    WxrReader(),
    PageHtmlReader(),
    TabularReader("csv"),
    PageTextReader(),
)
CANONICAL = frozenset({"parquet", "jsonl", "csv"})


def reader_for(source: Source, *, format: str | None = None) -> Reader:
    """The reader of a source, found by its content, or the one that was named.

    Raises:
        UsageError: an unknown name.
        InputError: no format is recognised.
    """
    if format is not None:
        for reader in READERS:
            if reader.name == format:
                return reader
        raise UsageError(f"formats are {', '.join(reader.name for reader in READERS)}; got {format!r}")
    for reader in READERS:
        if reader.recognises(source):
            return reader
    raise InputError(
        f"the file is of a format that is recognised by its content: {', '.join(reader.name for reader in READERS)}",
        where=source.name,
        got="binary data" if source.is_binary else "text in none of these",
        fix="If it is one of them all the same, say which with --format",
    )


def read(
    source: Source, options: ReadOptions, report: Report, *, format: str | None = None
) -> Iterator[tuple[Comment, Location]]:
    """The comments of a source with their places, as they stand there: trees unrepaired, authors unchanged.

    Raises:
        InputError: the source cannot be read as a whole; single records that cannot go to the report.
    """
    return _to_the_damage(reader_for(source, format=format).read(source, options, report), source, report)


def _to_the_damage(
    comments: Iterator[tuple[Comment, Location]], source: Source, report: Report
) -> Iterator[tuple[Comment, Location]]:
    """The same comments, and a row for what could not be decompressed after them."""
    yield from comments
    if source.damage is not None:
        report.read += 1
        report.skipped(
            "compressed data damaged here, what came before is kept", Location(source.name), detail=source.damage
        )
