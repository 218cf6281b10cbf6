"""What a path holds: a file, or a folder or archive of exports and files, each to be read by its own reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from rsenlp.audit import Report
from rsenlp.comment_blocks import Block
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.readers import (
    FOLDER_READERS,
    BlockReader,
    FolderReader,
    Reader,
    named,
    opened,
    read_blocks_with,
    read_with,
    reader_for,
    recognised,
)
from rsenlp.readers.container import Container, File, folder, unzipped
from rsenlp.readers.made import OTHER_FILE, left_out
from rsenlp.readers.source import ReadOptions, Source

UNKNOWN = "of no format that is recognised"
NESTED = "an archive within an archive"
# by these an Office document or an e-book shows, which is a ZIP archive too, but none of files
_DOCUMENT = frozenset({"[Content_Types].xml", "mimetype"})

Comments = Iterator[tuple[Comment, Location]]
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Part:
    """Something to be read. ``stem`` is its name without the folders above and the ending.

    ``read`` gives its comments with their places, as they stand there, or raises :class:`InputError` where it cannot
    be read as a whole; ``read_blocks``, where its reader has them, gives the same in blocks.
    """

    name: str
    stem: str
    read: Callable[[ReadOptions, Report], Comments]
    read_blocks: Callable[[ReadOptions, Report], Iterator[Block]] | None = None


@dataclass(frozen=True, slots=True)
class _How:
    """How parts are found: ``wanted`` is the only reader to be used, where one was named; ``as_table`` prefers plain
    tables to exports of a kind.
    """

    report: Report
    encoding: str | None
    wanted: Reader | FolderReader | None
    as_table: bool


def parts(path: str, report: Report, options: ReadOptions, *, format: str | None = None) -> Iterator[Part]:
    """What is to be read at a path (``-``: standard input), each part for as long as the next is not asked for.

    A file is one part, and so is a folder or ZIP archive that is an export. In any other, every export and every file
    is one; what is none or may not be read, and what fails while it is read, gets a row and costs the others nothing.

    Raises:
        InputError: the path cannot be read, or the file there is of no format.
        UsageError: an unknown format.
    """
    how = _How(report, options.encoding, None if format is None else named(format), bool(options.columns))
    if path != "-" and Path(path).is_dir():
        yield from _in_container(folder(Path(path)), how, packed=False)
        return
    with opened(path, encoding=options.encoding) as source:
        if source.is_zip and _reader(source, how) is None:
            yield from _in_archive(source, how)
        else:
            reader = reader_for(source, format=format, as_table=how.as_table)
            blocks = partial(read_blocks_with, reader, source) if isinstance(reader, BlockReader) else None
            yield Part(source.name, source.stem, partial(read_with, reader, source), blocks)


def _in_archive(source: Source, how: _How) -> Iterator[Part]:
    with unzipped(source) as container:
        if not _DOCUMENT.isdisjoint(container.files):
            raise InputError(
                "a ZIP archive is an export or holds files",
                where=source.name,
                got="an Office document or an e-book",
                fix="Save it as plain text, as .csv or as .xlsx",
            )
        yield from _in_container(container, how, packed=True)


def _in_container(container: Container, how: _How, *, packed: bool) -> Iterator[Part]:
    """The exports in a container, then the files that belong to none."""
    for refusal in container.refused:
        left_out(how.report, refusal.name, refusal.reason, detail=refusal.detail)
    found: list[str] = []
    for place in _places(container):
        below = container.below(place)
        if any(_lies_in(place, above) for above in found) or (reader := _folder_reader(below, how)) is None:
            continue
        found.append(place)
        read = partial(reader.read, below)
        yield Part(below.name, below.stem, read if not place else partial(_tolerant, read, below.name))
    if isinstance(how.wanted, FolderReader) and not found:
        rule = f"a folder of the format {how.wanted.name} holds {' or '.join(sorted(how.wanted.signs))}"
        raise InputError(rule, where=container.name, got="no such folder")
    for path, file in container.files.items():
        if not any(_lies_in(path, above) for above in found):
            yield from _in_member(file, how, packed=packed)


def _places(container: Container) -> list[str]:
    """The folders of a container in which there can be an export, those above before those below."""
    signs = frozenset().union(*(reader.signs for reader in FOLDER_READERS))
    places = {path.rpartition("/")[0] for path in container.files if path.rpartition("/")[2] in signs}
    return sorted(places, key=lambda place: (place.count("/") + bool(place), place))


def _lies_in(path: str, above: str) -> bool:
    return not above or path == above or path.startswith(above + "/")


def _folder_reader(container: Container, how: _How) -> FolderReader | None:
    return next((reader for reader in FOLDER_READERS if _may(reader, how) and reader.recognises(container)), None)


def _in_member(file: File, how: _How, *, packed: bool) -> Iterator[Part]:
    """The parts of a file in a container; a row where there is none."""
    try:
        with file.local() as path:
            source = Source(path, name=file.name, encoding=how.encoding)
            reader = _reader(source, how)
            if reader is not None:
                read = partial(_tolerant, partial(read_with, reader, source), source.name)
                blocks = None
                if isinstance(reader, BlockReader):
                    blocks = partial(_tolerant, partial(read_blocks_with, reader, source), source.name)
                yield Part(source.name, source.stem, read, blocks)
            elif not source.is_zip:
                left_out(how.report, file.name, UNKNOWN if how.wanted is None else OTHER_FILE)
            elif packed:
                left_out(how.report, file.name, NESTED, detail="unpack the outer one and give the folder")
            else:
                yield from _in_archive(source, how)
    except InputError as error:
        left_out(how.report, file.name, error.rule, detail=error.got)


def _reader(source: Source, how: _How) -> Reader | None:
    """The reader of a file: the one that was named, whatever a text looks like, or the first that recognises it."""
    if isinstance(how.wanted, FolderReader):
        return None
    if how.wanted is not None:
        return how.wanted if not source.is_zip or how.wanted.recognises(source) else None
    return recognised(source, as_table=how.as_table)


def _may(reader: FolderReader, how: _How) -> bool:
    return how.wanted is None or how.wanted is reader


def _tolerant(
    read: Callable[[ReadOptions, Report], Iterator[_Read]], name: str, options: ReadOptions, report: Report
) -> Iterator[_Read]:
    """What is read of one of several parts: where it cannot be read, a row says so."""
    try:
        yield from read(options, report)
    except InputError as error:
        where = error.where if isinstance(error.where, Location) else Location(name)
        report.read += 1
        report.skipped(error.rule, where, detail=error.got)
    except UsageError as error:
        left_out(report, name, "the columns that were named are not there", detail=str(error))
