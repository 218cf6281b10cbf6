"""Lines of a Reddit dump, many at a time: ordinary comments are read in columns, any other line by what reads one.

What an ordinary comment is, is told strictly: plain ids, a text in the contract's form that was not deleted, a moment
in seconds, no field of an unforeseen kind, nothing in the line that would have to be mended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from rsenlp.audit import Report
from rsenlp.comment_blocks import Block, Item, block_of_columns, type_of
from rsenlp.errors import Location
from rsenlp.json_text import lines_with_large_numbers
from rsenlp.line_blocks import lines_of
from rsenlp.readers.reddit_values import GONE, KEPT, source_of, title_of, unescaped, url_of
from rsenlp.readers.source import ReadOptions
from rsenlp.readers.tabular import NO_PARENT
from rsenlp.records import FIELDS
from rsenlp.text import nfc
from rsenlp.times import SECONDS

_ABSENT = msgspec.UNSET
_MAYBE: frozenset[type] = frozenset({type(None), msgspec.UnsetType})
# without these an object is a comment by itself, wrapped in nothing
_WRAPPING = ("data", "json", "kind")
_READ = tuple("body author created_utc id link_id parent_id permalink link_title _meta replies".split())
_NAMES = (*_READ, *KEPT, *_WRAPPING)
_Line = msgspec.defstruct("_Line", [(name, Any, _ABSENT) for name in _NAMES], gc=False)
_LINES = msgspec.json.Decoder(_Line)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# what an ordinary comment has in its fields; other fields may hold anything
_KINDS: dict[str, frozenset[type]] = {
    **dict.fromkeys(("body", "id", "link_id"), frozenset({str})),
    "created_utc": frozenset({int}),
    **dict.fromkeys(("parent_id", "replies"), _MAYBE | {str}),
    "_meta": _MAYBE | {dict},
    **dict.fromkeys(_WRAPPING, frozenset({msgspec.UnsetType})),
}

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump that is being read: ``title`` finds the title of a thread, ``read`` reads whole lines, one by one."""

    stem: str
    options: ReadOptions
    report: Report
    title: Callable[[str], str | None]
    read: Callable[[bytes, Location], Iterable[Item]]

    def block(self, data: bytes, first: Location) -> Iterator[Block]:
        """The comments of whole lines, of which ``first`` is the place of the first, in one block, if there are any."""
        found = _decoded(data)
        rows, columns = _ordinary(found)
        others = self._others(data, first, rows, len(found))
        if not rows and not others:
            return
        block = self._block(columns, first, rows, [item for _, item in others])
        if others:
            block = block.taken(np.argsort([*rows, *(row for row, _ in others)], kind="stable"))
        yield block

    def _others(self, data: bytes, first: Location, ordinary: Sequence[int], number: int) -> list[tuple[int, Item]]:
        """The comments of other lines, by their rows; the report counts what is read in the order of lines."""
        others: list[tuple[int, Item]] = []
        lines = lines_of(data) if len(ordinary) < number else []
        before = 0
        for row in sorted(set(range(number)).difference(ordinary)) if lines else ():
            self.report.read += row - before
            before = row + 1
            where = Location(first.path, (first.line or 1) + row)
            others += [(row, item) for item in self.read(lines[row], where)]
        self.report.read += number - before
        return others

    def _block(self, columns: Columns, first: Location, rows: Sequence[int], others: list[Item]) -> Block:
        """The block of ordinary comments, and behind them the others."""
        fields = self._fields(columns)
        extras = {name: _scalars(columns[name]) for name in KEPT}
        lines: list[int | None] = [(first.line or 1) + row for row in rows]
        if others:
            for name in FIELDS:
                fields[name] = [*_listed(fields[name]), *(getattr(comment, name) for comment, _ in others)]
            for name, values in extras.items():
                values += [comment.extra.get(name, _ABSENT) for comment, _ in others]
            lines += [where.line for _, where in others]
        return block_of_columns(fields, extras, [first.path] * len(lines), lines)

    def _fields(self, columns: Columns) -> dict[str, Any]:
        threads = [id[3:] for id in columns["link_id"]]
        kept = [name if type(name) is str else "" for name in columns["subreddit"]]
        sources = {name: source_of(name) or self.stem for name in set(kept)}
        lang = self.options.lang or None
        return {
            "thread_id": threads,
            "id": columns["id"],
            "parent_id": [
                None if said is None or said is _ABSENT or said.startswith("t3_") else _parent(said, thread)
                for said, thread in zip(columns["parent_id"], threads, strict=True)
            ],
            "text": columns["text"],
            "claim": self._claims(threads, columns["link_title"]),
            "lang": [lang] * len(threads),
            "author": [
                name if type(name) is str and name and ("[" not in name or not _is_gone(name)) else None
                for name in columns["author"]
            ],
            "created_at": pa.array(columns["created_utc"], pa.timestamp("s", tz="UTC")).cast(type_of("created_at")),
            "source": [sources[name] for name in kept],
            "url": list(map(url_of, columns["permalink"])),
        }

    def _claims(self, threads: list[str], listed: list[Any]) -> list[str | None]:
        titles = {thread: self.title(thread) for thread in set(threads)}
        given = self.options.claim or None
        if not any(titles.values()) and _MAYBE.issuperset(map(type, listed)):
            return [given] * len(threads)
        claims = (titles[thread] or title_of(title) for thread, title in zip(threads, listed, strict=True))
        return [claim if claim and claim.strip() else given for claim in claims]


def _listed(values: Any) -> list[Any]:
    return values.to_pylist() if isinstance(values, pa.Array) else list(values)


def _is_gone(text: str) -> bool:
    return "[" in text and GONE.fullmatch(text) is not None


def _parent(said: str, thread: str) -> str | None:
    """The comment that is answered; ``None`` where that is the submission."""
    parent = said[3:] if said.startswith("t1_") else said
    return None if parent == thread or parent in NO_PARENT else parent


def _scalars(values: list[Any]) -> list[Any]:
    """The texts, numbers and truth values of a column; what else it holds is not kept."""
    kinds = set(map(type, values))
    if kinds <= {bool, int, float, str}:
        return values
    return [value if isinstance(value, str | int | float) else _ABSENT for value in values]


# --- what is ordinary ------------------------------------------------------------------------------------------------


def _decoded(data: bytes) -> list[Any]:
    """What the lines hold, ``None`` for those that it takes a closer look to read."""
    try:
        data.decode()  # bytes of another encoding may stand in fields that are passed over
        found: list[Any] = _LINES.decode_lines(data)
        whole = len(found) == data.count(b"\n") + (not data.endswith(b"\n"))
    except _UNREADABLE:
        whole = False
    if not whole:
        found = list(map(_decoded_line, lines_of(data)))
    for row in lines_with_large_numbers(data):
        found[row] = None
    return found


def _decoded_line(line: bytes) -> Any:
    try:
        line.decode()
        return _LINES.decode(line)
    except _UNREADABLE:
        return None


def _ordinary(found: list[Any]) -> tuple[Sequence[int], Columns]:
    """The rows of ordinary comments, and their fields in columns; ``text`` is the body in the contract's form."""
    rows: Sequence[int] = range(len(found))
    if None in found:
        rows = [row for row, line in enumerate(found) if line is not None]
        found = [line for line in found if line is not None]
    values = zip(*map(msgspec.structs.astuple, found), strict=True)
    columns = dict(zip(_NAMES, map(list, values), strict=True)) if found else {name: [] for name in _NAMES}
    rows, columns = _without(_of_other_kinds(columns), rows, columns)
    columns["text"] = [unescaped(body) for body in columns["body"]]
    return _without(_of_other_values(columns), rows, columns)


def _without(odd: set[int], rows: Sequence[int], columns: Columns) -> tuple[Sequence[int], Columns]:
    if not odd:
        return rows, columns
    left = [index for index in range(len(rows)) if index not in odd]
    return [rows[index] for index in left], {name: [column[i] for i in left] for name, column in columns.items()}


def _of_other_kinds(columns: Columns) -> set[int]:
    odd: set[int] = set()
    for name, kinds in _KINDS.items():
        if not kinds.issuperset(map(type, columns[name])):
            odd.update(index for index, value in enumerate(columns[name]) if type(value) not in kinds)
    if not _MAYBE.issuperset(map(type, columns["_meta"])):
        metas = enumerate(columns["_meta"])
        odd.update(index for index, meta in metas if type(meta) is dict and meta.get("was_deleted_later") is True)
    return odd


def _of_other_values(columns: Columns) -> set[int]:
    least, most = SECONDS
    odd = {index for index, moment in enumerate(columns["created_utc"]) if not least <= moment < most}
    odd.update(
        index
        for index, (body, text) in enumerate(zip(columns["body"], columns["text"], strict=True))
        if not text
        or text.isspace()
        or ("[" in body and _is_gone(body))
        or not ((text.isascii() and "\r" not in text and "\x00" not in text) or nfc(text) == text)
    )
    for name, prefix in (("id", ""), ("link_id", "t3_"), ("parent_id", "t1_|t3_|")):
        odd.update(_of_other_form(columns[name], re.compile(rf"(?:{prefix})[0-9A-Za-z]+")))
    return odd


def _of_other_form(ids: list[Any], form: re.Pattern[str]) -> Iterator[int]:
    """The indices of ids of another form; one that is not there is of any."""
    there = [id for id in ids if type(id) is str]
    joined = "\n".join([*there, ""])
    if joined.count("\n") == len(there) and re.fullmatch(rf"(?:{form.pattern}\n)*+", joined) is not None:
        return
    for index, id in enumerate(ids):
        if type(id) is str and form.fullmatch(id) is None:
            yield index
