"""Every kind of file and folder that can be read, recognised by its content.

``read`` is the way in for a file: it finds the reader and yields comments with their place;
:func:`rsenlp.readers.parts.parts` is the one for a path, which may be a folder or an archive. A new format is a class
with ``name``, ``recognises`` and ``read``, and a line in :data:`READERS`; one whose exports are folders has ``signs``
besides, and a line in :data:`FOLDER_READERS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from rsenlp.audit import Report
from rsenlp.comment_blocks import Block
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.readers.container import Container
from rsenlp.readers.convokit import ConvoKitReader
from rsenlp.readers.disqus_xml import DisqusReader
from rsenlp.readers.fourcat import FourCatReader
from rsenlp.readers.hacker_news import HackerNewsReader
from rsenlp.readers.page_html import PageHtmlReader
from rsenlp.readers.page_text import PageTextReader
from rsenlp.readers.polis import PolisReader
from rsenlp.readers.reddit import RedditReader
from rsenlp.readers.slack import SlackReader
from rsenlp.readers.source import ReadOptions, Source, opened
from rsenlp.readers.tabular import TabularReader
from rsenlp.readers.wxr import WxrReader
from rsenlp.readers.xlsx import XlsxReader
from rsenlp.readers.yammer import YammerReader
from rsenlp.readers.yammer_csv import YammerCsvReader

__all__ = [
    "CANONICAL",
    "FOLDER_READERS",
    "READERS",
    "FolderReader",
    "ReadOptions",
    "Reader",
    "Source",
    "opened",
    "read",
    "reader_for",
]


class Reader(Protocol):
    """What a format needs to be read."""

    name: str

    def recognises(self, source: Source) -> bool:
        """Whether the content of the source is of this format."""
        ...

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments of the source with their places; what is left out or changed goes to the report."""
        ...


@runtime_checkable
class BlockReader(Protocol):
    """A reader that gives comments in blocks as well, the same in the same order, where that is many times faster."""

    def read_blocks(self, source: Source, options: ReadOptions, report: Report) -> Iterator[Block]:
        """As :meth:`Reader.read`, in blocks."""
        ...


@runtime_checkable
class FolderReader(Protocol):
    """What a format needs to be read whose exports are folders, or ZIP archives of them.

    ``signs`` are names of files: a folder without any of them is of another format.
    """

    name: str
    signs: frozenset[str]

    def recognises(self, container: Container) -> bool:
        """Whether the folder itself is of this format, and not one in it."""
        ...

    def read(self, container: Container, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments of the folder with their places; what is left out or changed goes to the report."""
        ...


READERS: tuple[Reader, ...] = (
    TabularReader("parquet"),
    RedditReader(),
    HackerNewsReader(),
    YammerReader(),
    TabularReader("jsonl"),
    DisqusReader(),
    WxrReader(),
    PageHtmlReader(),
    YammerCsvReader(),
    FourCatReader(),
    PolisReader(),
    TabularReader("csv"),
    PageTextReader(),
    XlsxReader(),
)
FOLDER_READERS: tuple[FolderReader, ...] = (SlackReader(), ConvoKitReader())
CANONICAL = frozenset({"parquet", "jsonl", "csv"})


def reader_for(source: Source, *, format: str | None = None, as_table: bool = False) -> Reader:
    """The reader of a source, found by its content, or the one that was named.

    ``as_table`` prefers a plain table to an export of a kind: columns that are said outright are those of a table.

    Raises:
        UsageError: an unknown name.
        InputError: no format is recognised.
    """
    if format is not None:
        reader = named(format)
        if isinstance(reader, FolderReader):
            raise InputError(f"{format} is a folder, or a ZIP archive of it", where=source.name, got="another file")
        return reader
    found = recognised(source, as_table=as_table)
    if found is not None:
        return found
    raise InputError(
        f"the file is of a format that is recognised by its content: {', '.join(reader.name for reader in READERS)}",
        where=source.name,
        got="binary data" if source.is_binary else "text in none of these",
        fix="If it is one of them all the same, say which with --format",
    )


def recognised(source: Source, *, as_table: bool = False) -> Reader | None:
    """The first reader that recognises a source by its content; plain tables first where they are preferred."""
    first = [reader for reader in READERS if as_table and reader.name in CANONICAL]
    return next((reader for reader in (*first, *READERS) if reader.recognises(source)), None)


def named(format: str) -> Reader | FolderReader:
    """The reader of a format by its name.

    Raises:
        UsageError: no format has it.
    """
    readers: tuple[Reader | FolderReader, ...] = (*READERS, *FOLDER_READERS)
    for reader in readers:
        if reader.name == format:
            return reader
    raise UsageError(f"formats are {', '.join(reader.name for reader in readers)}; got {format!r}")


def read(
    source: Source, options: ReadOptions, report: Report, *, format: str | None = None
) -> Iterator[tuple[Comment, Location]]:
    """The comments of a source with their places, as they stand there: trees unrepaired, authors unchanged.

    Raises:
        InputError: the source cannot be read as a whole; single records that cannot go to the report.
    """
    return read_with(reader_for(source, format=format, as_table=bool(options.columns)), source, options, report)


def read_with(
    reader: Reader, source: Source, options: ReadOptions, report: Report
) -> Iterator[tuple[Comment, Location]]:
    """The comments that a reader finds in a source, and a row for what could not be decompressed after them."""
    yield from reader.read(source, options, report)
    _tell_damage(source, report)


def read_blocks_with(reader: BlockReader, source: Source, options: ReadOptions, report: Report) -> Iterator[Block]:
    """As :func:`read_with`, in blocks."""
    yield from reader.read_blocks(source, options, report)
    _tell_damage(source, report)


def _tell_damage(source: Source, report: Report) -> None:
    if source.damage is not None:
        report.read += 1
        report.skipped(
            "compressed data damaged here, what came before is kept", Location(source.name), detail=source.damage
        )
