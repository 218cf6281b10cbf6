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
from rsenlp.readers.fourcat import FourCatReader
from rsenlp.readers.hacker_news import HackerNewsReader
from rsenlp.readers.page_html import PageHtmlReader
from rsenlp.readers.page_text import PageTextReader
from rsenlp.readers.polis import PolisReader
from rsenlp.readers.reddit import RedditReader
from rsenlp.readers.source import ReadOptions, Source, opened
from rsenlp.readers.tabular import TabularReader
from rsenlp.readers.yammer import YammerReader
from rsenlp.readers.yammer_csv import YammerCsvReader

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
    RedditReader(),
    HackerNewsReader(),
    YammerReader(),
    TabularReader("jsonl"),
    PageHtmlReader(),
    YammerCsvReader(),
    FourCatReader(),
    PolisReader(),
    TabularReader("csv"),
    PageTextReader(),
)
CANONICAL = frozenset({"parquet", "jsonl", "csv"})


def reader_for(source: Source, *, format: str | None = None, as_table: bool = False) -> Reader:
    """The reader of a source, found by its content, or the one that was named.

    ``as_table`` prefers a plain table to an export of a kind: columns that are said outright are those of a table.

    Raises:
        UsageError: an unknown name.
        InputError: no format is recognised.
    """
    if format is not None:
        for reader in READERS:
            if reader.name == format:
                return reader
        raise UsageError(f"formats are {', '.join(reader.name for reader in READERS)}; got {format!r}")
    first = [reader for reader in READERS if as_table and reader.name in CANONICAL]
    for reader in (*first, *READERS):
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
    return reader_for(source, format=format, as_table=bool(options.columns)).read(source, options, report)
