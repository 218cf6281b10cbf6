"""Where exports go: files, folders and ZIP archives that appear under their name only when they are whole.

The same content gives the same bytes: archives carry no time of their making.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import sys
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from rsenlp.errors import UsageError
from rsenlp.record_files import PendingFile

# characters that XML forbids
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# the earliest moment that a ZIP archive can state
EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_UNIX = 3


@contextmanager
def pending_file(output: Path | str) -> Iterator[Path]:
    """A path to write to: what is there at the end of the block takes its place, after an error nothing does.

    Raises:
        InputError: the output cannot be written.
    """
    file = PendingFile(Path(output))
    try:
        yield file.temporary
        file.commit()
    finally:
        file.abort()


@contextmanager
def pending_stream(output: Path | str) -> Iterator[IO[bytes]]:
    """A pending file that is open, or standard output for ``-``."""
    if str(output) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with pending_file(output) as path, path.open("wb") as stream:
        yield stream


class Pack(ABC):
    """Named files that make one output together."""

    @abstractmethod
    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A new file in it to write to; one at a time."""

    def write(self, name: str, content: bytes) -> None:
        with self.open(name) as stream:
            stream.write(content)

    def copy(self, name: str, source: Path) -> None:
        """Add a file of any size."""
        with source.open("rb") as read, self.open(name) as stream:
            shutil.copyfileobj(read, stream)


class _Folder(Pack):
    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            yield stream


class _Zip(Pack):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        with self._archive.open(_entry(name), "w") as stream:
            yield stream

    def copy(self, name: str, source: Path) -> None:
        entry = _entry(name)
        entry.file_size = source.stat().st_size  # told beforehand, it may pass four gigabytes
        with source.open("rb") as read, self._archive.open(entry, "w") as stream:
            shutil.copyfileobj(read, stream)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _READABLE
    entry.create_system = _UNIX
    return entry


@contextmanager
def pending_zip(output: Path | str) -> Iterator[Pack]:
    """A ZIP archive that takes its place at the end of the block.

    Raises:
        InputError: the output cannot be written.
    """
    with pending_file(output) as path, zipfile.ZipFile(path, "w") as archive:
        yield _Zip(archive)


@contextmanager
def pending_folder(output: Path | str) -> Iterator[Pack]:
    """A folder that takes its place at the end of the block.

    Raises:
        UsageError: there is something of that name already; a folder is never overwritten.
        InputError: the output cannot be written.
    """
    file = PendingFile(Path(output))
    if file.path.exists() and not (file.path.is_dir() and not any(file.path.iterdir())):
        raise UsageError(f"this format is written to a folder that is new or empty; got {str(output)!r}")
    file.temporary.mkdir()
    try:
        yield _Folder(file.temporary)
        os.replace(file.temporary, file.path)
    finally:
        shutil.rmtree(file.temporary, ignore_errors=True)


def zip_folder(folder: Path, output: Path) -> None:
    """A folder as one ZIP archive, in which it has its name: for where only a file can be handed over."""
    with pending_zip(output) as pack:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                pack.copy(path.relative_to(folder.parent).as_posix(), path)


class Table:
    """Keys with a value each, on disk, in the order in which they first came."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(
            "pragma journal_mode=off; pragma synchronous=off; begin; "
            "create table item (n integer primary key, key text not null unique, value text not null) strict;"
        )

    def add(self, key: str, value: str) -> None:
        """Keep a key and its value; a key that is there already keeps its first."""
        self._database.execute("insert or ignore into item (key, value) values (?, ?)", (key, value))

    def get(self, key: str) -> str | None:
        found = self._database.execute("select value from item where key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from self._database.execute("select key, value from item order by n")

    def close(self) -> None:
        self._database.close()
