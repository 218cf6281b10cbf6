"""Folders and ZIP archives as what they hold: files by their path within, read in place and never written out by it.

What may not be read (links, names that lead out, encrypted or damaged members) is refused one by one, with the reason;
an archive that swells beyond measure is stopped while it is read, whatever sizes it claims.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, Protocol

from rsenlp.errors import InputError
from rsenlp.readers.bounded import DAMAGED, Allowance, bounded, unreadable
from rsenlp.readers.source import Source

_ENCRYPTED = 0x1


class Refusal(NamedTuple):
    """A file of a container that is not read: its name for messages, and why."""

    name: str
    reason: str
    detail: str = ""


class File(Protocol):
    """A file in a container."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def open(self) -> IO[bytes]:
        """Its bytes, from the start.

        Raises:
            InputError: it cannot be opened; reading on raises it likewise where the bytes are damaged.
        """
        ...

    def local(self) -> AbstractContextManager[Path]:
        """A file on disk with its bytes, for the time of the block."""
        ...


class Container:
    """The files of a folder or archive by their path within (``/`` between names), sorted.

    Hidden files and what systems leave behind (``__MACOSX``, ``Thumbs.db`` …) are no part of it.
    """

    def __init__(self, name: str, files: Mapping[str, File], refused: tuple[Refusal, ...] = ()) -> None:
        self.name = name
        self.refused = refused
        self.files = {path: files[path] for path in sorted(files)}

    @property
    def stem(self) -> str:
        """Its name without the folders above and the ending."""
        name = Path(self.name).name or Path(self.name).resolve().name
        return (name[:-4] if name.lower().endswith(".zip") else name) or "input"

    def below(self, folder: str) -> Container:
        """What lies in a folder of this container, by its path from there; ``""`` is the container itself."""
        if not folder:
            return self
        inside = {path[len(folder) + 1 :]: file for path, file in self.files.items() if path.startswith(folder + "/")}
        return Container(f"{self.name}/{shown(folder)}", inside)


def shown(name: str) -> str:
    """A file's name as messages can show it: one line of printable characters."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in name)


def is_litter(path: str) -> bool:
    """Whether a path is hidden or left behind by a system, at any depth."""
    return any(part.startswith((".", "__MACOSX")) or part in ("Thumbs.db", "desktop.ini") for part in path.split("/"))


# --- folders ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plain:
    """A file in a folder."""

    name: str
    path: Path

    def open(self) -> IO[bytes]:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise unreadable(self.name, error) from error

    def local(self) -> AbstractContextManager[Path]:
        return nullcontext(self.path)


def folder(path: Path, *, name: str | None = None) -> Container:
    """The container that a folder is, with all folders below. Links are refused: they may lead anywhere.

    Raises:
        InputError: there is nothing in it.
    """
    name = name or str(path)
    files: dict[str, File] = {}
    refused: list[Refusal] = []
    for entry, within in _walk(path, name, refused):
        label = f"{name}/{shown(within)}"
        if entry.is_symlink():
            refused.append(Refusal(label, "a link is not followed"))
        elif entry.is_file(follow_symlinks=False):
            files[within] = _Plain(label, Path(entry.path))
        else:
            refused.append(Refusal(label, "neither a file nor a folder"))
    if not files and not refused:
        raise InputError("a folder that is read has files in it", where=name, got="none")
    return Container(name, files, tuple(refused))


def _walk(top: Path, name: str, refused: list[Refusal]) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Everything under a folder that is no folder itself, with its path from there."""
    pending = [""]
    while pending:
        above = pending.pop()
        try:
            with os.scandir(top / above) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            label = f"{name}/{shown(above)}" if above else name
            refused.append(Refusal(label, "the folder cannot be read", error.strerror or str(error)))
            continue
        for entry in entries:
            within = f"{above}/{entry.name}" if above else entry.name
            if is_litter(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(within)
            else:
                yield entry, within


# --- archives --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Zipped:
    """A member of an archive."""

    name: str
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    allowance: Allowance

    def open(self) -> IO[bytes]:
        try:
            stream = self.archive.open(self.info)
        except DAMAGED as error:
            raise unreadable(self.name, error) from error
        return bounded(stream, self.name, self.allowance)

    @contextmanager
    def local(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="rsenlp-") as place:
            copy = Path(place) / "member"
            with self.open() as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield copy


@contextmanager
def unzipped(source: Source) -> Iterator[Container]:
    """The container that a ZIP archive is, open for the time of the block.

    Raises:
        InputError: the archive is damaged as a whole, or there is nothing in it.
    """
    with source.plain_file() as path:
        try:
            archive = zipfile.ZipFile(path)
        except DAMAGED as error:
            raise InputError(
                "a ZIP archive is whole", where=source.name, got=str(error), fix="Download or copy it again"
            ) from error
        with archive:
            container = _members(archive, source.name, Allowance(path.stat().st_size))
            if not container.files and not container.refused:
                raise InputError("a ZIP archive that is read has files in it", where=source.name, got="none")
            yield container


def _members(archive: zipfile.ZipFile, name: str, allowance: Allowance) -> Container:
    files: dict[str, File] = {}
    refused: list[Refusal] = []
    for info in archive.infolist():
        if info.filename.endswith("/"):  # a folder; ZipInfo.is_dir fails on an empty name
            continue
        label = f"{name}/{shown(info.filename)}"
        path = _within(info.filename)
        if not info.filename:
            refused.append(Refusal(label, "a member without a name"))
        elif path is None:
            refused.append(Refusal(label, "a name leads out of the archive"))
        elif is_litter(path):
            continue
        elif stat.S_ISLNK(info.external_attr >> 16):
            refused.append(Refusal(label, "a link is not followed"))
        elif info.flag_bits & _ENCRYPTED:
            refused.append(Refusal(label, "encrypted", "unpack it with its password and give the folder"))
        else:
            if path in files:  # as when it is unpacked: the later file takes the place of the earlier
                refused.append(Refusal(label, "another file of this name comes later in the archive"))
            files[path] = _Zipped(label, archive, info, allowance)
    return Container(name, files, tuple(refused))


def _within(name: str) -> str | None:
    """A member's path within the archive; ``None`` where it is absolute or climbs out."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = path.parts
    if not parts or path.is_absolute() or ".." in parts or parts[0].endswith(":"):
        return None
    return "/".join(parts)
