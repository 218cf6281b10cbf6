"""Edits of a text, and evidence that moves along with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rsenlp.discussion import Evidence


@dataclass(frozen=True, slots=True)
class Edit:
    """``text[start:end]`` becomes ``replacement``; ``kind`` names what stood there (``email``, ``phone`` …)."""

    start: int
    end: int
    replacement: str
    kind: str


def applied(text: str, edits: Sequence[Edit]) -> str:
    """The text after edits that are in order and do not overlap."""
    parts: list[str] = []
    position = 0
    for edit in edits:
        parts += (text[position : edit.start], edit.replacement)
        position = edit.end
    return "".join((*parts, text[position:]))


def apart(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order, without those that overlap an earlier one."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def moved(evidence: Evidence, edits: Sequence[Edit], text: str) -> Evidence:
    """The same evidence in ``text``, what came of its text by the edits.

    Evidence that begins or ends within a replaced piece takes the whole replacement.
    """
    start, end = evidence.start, evidence.end
    shift = 0
    new_start: int | None = None
    new_end: int | None = None
    for edit in edits:
        growth = len(edit.replacement) - (edit.end - edit.start)
        if new_start is None and start < edit.end:
            new_start = min(start, edit.start) + shift
        if new_end is None and end <= edit.end:
            new_end = (edit.end + growth if end > edit.start else end) + shift
        shift += growth
    new_start = start + shift if new_start is None else new_start
    new_end = end + shift if new_end is None else new_end
    return replace(evidence, start=new_start, end=new_end, text=text[new_start:new_end])
