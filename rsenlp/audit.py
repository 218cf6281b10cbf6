"""What an import did to its input: how many records were read, and a row for each that was changed or left out.

Rows are kept in memory up to a few megabytes and on disk beyond that, so that a report never bounds a corpus.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Literal

from rsenlp.errors import InputError, Location

Action = Literal["repaired", "skipped"]
_ROWS = ' "rows": ['
_IN_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One input record that was changed (``repaired``) or left out (``skipped``), where it stood and why.

    ``reason`` is a short fixed phrase, the same for every row of its kind; ``detail`` tells this one.
    """

    action: Action
    reason: str
    path: str
    line: int | None = None
    id: str | None = None
    detail: str = ""

    def __str__(self) -> str:
        where = Location(self.path, self.line)
        name = f" (comment {self.id})" if self.id else ""
        return f"{where}: {self.action}{name}: {self.reason}{': ' + self.detail if self.detail else ''}"


def _as_record(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _NAMES}


_NAMES = tuple(field.name for field in fields(Row))
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class Report:
    """Collects what happened to the records of one run; cheap to append to, however long the run."""

    def __init__(self) -> None:
        self.sources: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.read = 0
        self.kept = 0
        self.reasons: Counter[tuple[Action, str]] = Counter()
        self._rows: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives with the report

    def source(self, path: str, *, format: str, **facts: Any) -> None:
        """Note a source, the format it was recognised as, and what was found out about it (encoding, columns …)."""
        self.sources.append({"path": path, "format": format, **facts})

    def note(self, text: str) -> None:
        """Note what holds for the whole run and its reader has to know."""
        self.notes.append(text)

    def skipped(self, reason: str, where: Location, *, id: str | None = None, detail: str = "") -> None:
        """Note a record that is left out; whoever reads counts it as read."""
        self._add(Row("skipped", reason, where.path, where.line, id, detail))

    def repaired(self, reason: str, where: Location, *, id: str | None = None, detail: str = "") -> None:
        """Note a record that is kept in another form than it came."""
        self._add(Row("repaired", reason, where.path, where.line, id, detail))

    def _add(self, row: Row) -> None:
        self.reasons[row.action, row.reason] += 1
        self._rows.write(_ENCODE(_as_record(row)).encode("utf-8", "backslashreplace") + b"\n")

    def count(self, action: Action) -> int:
        """How many rows there are of an action."""
        return sum(number for (kind, _), number in self.reasons.items() if kind == action)

    def rows(self) -> Iterator[Row]:
        """Every row, in the order in which things happened."""
        return (Row(**json.loads(line)) for line in self._lines())

    def _lines(self) -> Iterator[bytes]:
        self._rows.seek(0)
        yield from self._rows
        self._rows.seek(0, 2)

    def write_json(self, stream: IO[str]) -> None:
        """Write the whole report as one JSON object, row by row."""
        head = {
            "sources": self.sources,
            "notes": self.notes,
            "read": self.read,
            "kept": self.kept,
            "repaired": self.count("repaired"),
            "skipped": self.count("skipped"),
            "reasons": [
                {"action": action, "reason": reason, "records": number}
                for (action, reason), number in sorted(self.reasons.items())
            ],
        }
        stream.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f",\n{_ROWS}")
        for index, line in enumerate(self._lines()):
            stream.write(("," if index else "") + "\n  " + line[:-1].decode())
        stream.write("\n ]\n}\n")


# --- reports that were written ---------------------------------------------------------------------------------------


def read_head(path: Path) -> dict[str, Any]:
    """What a written report says as a whole: all but its rows, however many they are.

    Raises:
        InputError: the file is no report.
    """
    lines: list[str] = []
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.startswith(_ROWS):
                lines[-1:] = [lines[-1].rstrip().removesuffix(","), "}"]
                break
            lines.append(line)
    try:
        head = json.loads("".join(lines))
        said = {key: head[key] for key in ("sources", "read", "kept", "repaired", "skipped", "reasons")}
        return said | {"notes": head.get("notes", [])}  # reports of earlier versions have none
    except (ValueError, KeyError, TypeError) as error:
        fix = "Import the files again to have one"
        raise InputError(
            "an import report is as `rsenlp import` writes it", where=path, got=str(error), fix=fix
        ) from error


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a written report, one by one."""
    with path.open(encoding="utf-8") as stream:
        begun = False
        for line in stream:
            if begun and line.startswith("  {"):
                yield Row(**json.loads(line.rstrip().removesuffix(",")))
            begun = begun or line.startswith(_ROWS)
