"""A folder of studies: which there are, and naming, renaming and deleting them.

A study is a folder with ``comments.parquet``: the folder itself, or one directly in it. Deleting takes away the files
that the toolkit made and nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

from rsenlp.errors import InputError, UsageError
from rsenlp.results.store import COMMENTS, PREDICTIONS, REPORT, Study, report_of

ANNOTATIONS = "annotations-*.jsonl"
_OWN_FILES = (
    COMMENTS, f"{COMMENTS}.key", f"{COMMENTS}.report.json", REPORT, PREDICTIONS, f"{PREDICTIONS}.manifest.json",
    ANNOTATIONS,
    ".*.tmp*",  # what a job that was killed was about to write
)  # fmt: skip
_LONGEST = 80
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class Entry:
    """A study in a folder of studies; ``movable`` unless it is that folder itself."""

    name: str
    folder: Path
    movable: bool = True

    @property
    def comments(self) -> int | None:
        """How many comments it has, ``None`` where the file is damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return int(pq.read_metadata(self.folder / COMMENTS).num_rows)
        except (pa.ArrowInvalid, OSError):
            return None

    @property
    def classified(self) -> bool:
        """Whether a model has read it."""
        return (self.folder / PREDICTIONS).is_file()

    @property
    def model(self) -> str | None:
        """Name and version of the model that read it, ``None`` where none did or the file is damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(self.folder / PREDICTIONS) as file:
                first = file.read_row_group(0, columns=["model"]).column("model")[0].as_py()
                return f"{first['name']} {first['version']}"
        except (pa.ArrowInvalid, OSError, LookupError):
            return None

    @property
    def changed(self) -> datetime:
        """When its comments or predictions were last written, in UTC."""
        files = [path for name in (COMMENTS, PREDICTIONS) if (path := self.folder / name).is_file()]
        return datetime.fromtimestamp(max((path.stat().st_mtime for path in files), default=0), UTC)

    @property
    def report(self) -> Path | None:
        """Its import report, ``None`` where none was kept."""
        return report_of(self.folder)

    @property
    def annotations(self) -> list[Path]:
        """The annotation files beside it."""
        return sorted(self.folder.glob(ANNOTATIONS))


def studies(folder: Path) -> list[Entry]:
    """The studies of a folder: itself where it is one, then those in it by name."""
    own = [Entry(folder.resolve().name, folder, movable=False)] if (folder / COMMENTS).is_file() else []
    inside = [Entry(path.name, path) for path in folder.iterdir() if not path.name.startswith(".") and _is_study(path)]
    return own + sorted(inside, key=lambda entry: unicodedata.normalize("NFKD", entry.name.casefold()))


def check(folder: Path) -> None:
    """Check that a folder is a study that is whole, or can hold studies.

    Raises:
        InputError: it is not there, or its own comments and predictions do not belong together.
    """
    if not folder.is_dir():
        got = "a file" if folder.exists() else "no such folder"
        raise InputError("studies lie in a folder", where=folder, got=got, fix="Make it, or name another")
    if (folder / COMMENTS).is_file() and (folder / PREDICTIONS).is_file():
        Study.open(folder).connect().close()


def new_folder(folder: Path, name: str, *, besides: Path | None = None) -> Path:
    """Where a new study of a name will lie; nothing is made yet. ``besides`` is a folder whose name is not taken.

    Raises:
        UsageError: the name cannot be a folder's, or is taken.
    """
    clean = " ".join(name.split())
    if not clean or clean[0] == "." or clean[-1] == "." or _FORBIDDEN.search(clean) or len(clean) > _LONGEST:
        raise UsageError(
            f"a study's name has 1 to {_LONGEST} characters, no full stop at its ends, and none of "
            f'/ \\ : * ? " < > |; got {name!r}'
        )
    if any(path.name.casefold() == clean.casefold() for path in folder.iterdir() if path != besides):
        raise UsageError(f"a study has a name of its own; {clean!r} is taken")
    return folder / clean


def suggested_name(file: str) -> str:
    """A name for a study of a file: its own, without its ending and what a folder's name cannot have; may be empty."""
    stem = _FORBIDDEN.sub(" ", PurePath(file).stem)
    return " ".join(stem.split())[:_LONGEST].strip(". ")


def rename(entry: Entry, name: str) -> Entry:
    """Give a study another name.

    Raises:
        UsageError: the name cannot be a folder's or is taken, or the study is the folder of studies itself.
    """
    _check_movable(entry)
    to = new_folder(entry.folder.parent, name, besides=entry.folder)
    entry.folder.rename(to)
    return Entry(to.name, to)


def delete(entry: Entry) -> list[Path]:
    """Delete a study's files, annotations included, and its folder where nothing else lies in it.

    Returns:
        what was left because it is none of the toolkit's.

    Raises:
        UsageError: the study is the folder of studies itself.
        InputError: a file may not be deleted.
    """
    _check_movable(entry)
    try:
        for path in own_files(entry.folder):
            path.unlink()
        left = sorted(entry.folder.iterdir())
        if not left:
            entry.folder.rmdir()
    except OSError as error:
        raise InputError("a study's files can be deleted", where=entry.folder, got=error.strerror or "") from error
    return left


def own_files(folder: Path) -> Iterator[Path]:
    """The files in a study's folder that the toolkit made."""
    for pattern in _OWN_FILES:
        yield from sorted(folder.glob(pattern))


def _check_movable(entry: Entry) -> None:
    if not entry.movable:
        raise UsageError(
            f"{entry.folder} is the folder that was opened: rename or delete it with the means of the system"
        )


def _is_study(path: Path) -> bool:
    try:
        return path.is_dir() and (path / COMMENTS).is_file()
    except OSError:  # a folder that may not be looked into
        return False
