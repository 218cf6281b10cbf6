"""What readers of exports do with each record that they find: a comment of it, or a row that says why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.tabular import comment_of
from rsenlp.text import nfc

NO_ID = "id that is none, numbered instead"
NO_THREAD = "thread that is none, the file's name instead"
OF_ANOTHER_KIND = "record of another kind"
WITHOUT_TEXT = "comment without text"
_SCALAR = (str, int, float)


@dataclass(frozen=True, slots=True)
class Export:
    """A source that is being read."""

    source: Source
    options: ReadOptions
    report: Report

    def count(self, fact: str, number: int = 1) -> None:
        """Add to a number that is told about the source."""
        facts = self.report.sources[-1]
        facts[fact] = facts.get(fact, 0) + number

    def left_out(self, reason: str, where: Location, *, id: str | None = None, detail: str = "") -> None:
        """Count a record that is no comment, or one that is not to be kept."""
        self.report.read += 1
        self.report.skipped(reason, where, id=id, detail=detail)

    def comment(self, record: dict[str, Any], where: Location) -> Iterator[tuple[Comment, Location]]:
        """The comment of a record under the contract's names with its place, or nothing and a row.

        ``id`` and ``thread_id`` are as :func:`identifier` gives them.
        """
        text, id = record.get("text"), record["id"]
        if not isinstance(text, str) or not nfc(text).strip():
            self.left_out(WITHOUT_TEXT, where, id=id)
            return
        self.report.read += 1
        if id is None:
            self.report.repaired(NO_ID, where)
        if record["thread_id"] is None:
            self.report.repaired(NO_THREAD, where, id=id)
        comment = comment_of(record, self.report.read, where, self.source, self.options, self.report)
        if comment is not None:
            yield comment, where


def identifier(value: Any) -> str | None:
    """An id as text; ``None`` for what can be none: nothing, a truth value, a fraction, an object."""
    if isinstance(value, str):
        return nfc(value).strip() or None
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    return str(value) if isinstance(value, int) else None


def scalars(record: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The fields of a record that are texts, numbers or truth values, under these names."""
    found = ((name, record.get(name)) for name in names)
    return {name: value for name, value in found if isinstance(value, _SCALAR)}
