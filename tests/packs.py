"""Folders and archives for tests, from a table of paths and contents, and what is read at a path."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rsenlp.audit import Report
from rsenlp.batch import ImportOptions, read_all
from rsenlp.discussion import Comment
from rsenlp.readers import ReadOptions
from rsenlp.threads import repaired

Files = Mapping[str, Any]


def content(value: Any) -> bytes:
    """Bytes as they are, text as UTF-8, lines of JSON for a tuple, JSON for anything else."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, tuple):
        return b"".join(json.dumps(item).encode() + b"\n" for item in value)
    return json.dumps(value).encode()


def folder_of(place: Path, files: Files) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for path, value in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content(value))
    return place


def zip_of(path: Path, files: Files, *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, value in files.items():
            archive.writestr(name, content(value))
    return path


def read_at(
    path: Path, options: ReadOptions | None = None, *, format: str | None = None
) -> tuple[list[Comment], Report]:
    """What is read at a path, before its trees are repaired."""
    report = Report()
    chosen = ImportOptions(read=options or ReadOptions(), format=format)
    return [comment for comment, _ in read_all([str(path)], chosen, report)], report


def imported(path: Path) -> tuple[list[Comment], Report]:
    """What is read at a path, as trees."""
    report = Report()
    return [comment for comment, _ in repaired(read_all([str(path)], ImportOptions(), report), report)], report


def rows(report: Report) -> list[tuple[str, str]]:
    return [(row.action, row.reason) for row in report.rows()]
