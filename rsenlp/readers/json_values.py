"""The JSON values of a file, however they lie in it: one a line, in an array, one after the other, or a single one."""

from __future__ import annotations

import io
import json
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from functools import partial
from itertools import islice
from typing import IO, Any

from rsenlp.audit import Report
from rsenlp.errors import InputError, Location
from rsenlp.json_text import MENDED, ONE_OBJECT, Decoded, decode_json, goes_on, json_lines, json_pieces, shown
from rsenlp.readers.source import ReadOptions, Source

_UTF16 = (BOM_UTF16_LE, BOM_UTF16_BE)
_BLANK = "\ufeff\x00 \t\r\n"
_SAMPLE = 5
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]},]|"', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


def json_values(
    source: Source, options: ReadOptions, report: Report | None = None, *, holding: str = ""
) -> Iterator[tuple[Location, Any]]:
    """The objects and arrays of a file with their places: lines where each has one, numbers otherwise.

    ``holding`` names a field without which a value is of no interest: lines without it may be passed over.

    What cannot be read, or is neither, counts as a record that is skipped; what was mended gets a row. Without a
    ``report`` nothing is told.
    """
    layout = partial(json_lines, holding=holding) if has_lines(source) else json_pieces
    with bytes_of(source, options) as stream:
        yield from told(layout(stream, source.name), report)


def told(
    found: Iterable[tuple[Location, Decoded | InputError]], report: Report | None
) -> Iterator[tuple[Location, Any]]:
    """The objects and arrays among values, with their places; the report is told of what was mended and of the rest."""
    for where, item in found:
        broken = item if isinstance(item, InputError) else None
        if not isinstance(item, InputError):
            if isinstance(item.value, dict | list):
                if item.mended and report is not None:
                    report.repaired(MENDED, where, detail=item.mended)
                yield where, item.value
                continue
            broken = InputError(ONE_OBJECT, got=shown(item.value))
        if report is not None and broken is not None:
            report.read += 1
            report.skipped(broken.rule, where, detail=broken.got)


def has_lines(source: Source) -> bool:
    """Whether each value of a file has a line of its own."""
    return _has_lines(_head(source))


def recognised(source: Source, is_own: Callable[[Any], bool]) -> bool:
    """Whether a file is of a format by the first of its values that is of any: canonical records are of none."""
    for value in sampled(source):
        if isinstance(value, dict) and "thread_id" in value and "text" in value:
            return False
        if is_own(value):
            return True
    return False


def sampled(source: Source) -> list[Any]:
    """The first few values of a file; of one that goes on beyond the first bytes, what is there of it."""
    text = _head(source)
    if not text.startswith(("{", "[")):
        return []
    if _has_lines(text):
        values = [value for line in text.split("\n")[:-1][: _SAMPLE * 4] for value in _decoded(line)]
    else:
        head = io.BytesIO(text.encode("utf-8", "replace"))
        found = (item.value for _, item in json_pieces(head, source.name) if not isinstance(item, InputError))
        values = list(islice(found, _SAMPLE))
    values = values or _decoded(_closed(text))
    return [item for value in values[:_SAMPLE] for item in (value if isinstance(value, list) else [value])]


def bytes_of(source: Source, options: ReadOptions) -> AbstractContextManager[IO[bytes]]:
    """JSON is UTF-8 unless it says otherwise: no look at the whole file first to find out."""
    utf8 = options.encoding is None and not source.head.startswith(_UTF16)
    return closing(source.open()) if utf8 else source.open_utf8()


def _head(source: Source) -> str:
    encoding = "utf-16" if source.head.startswith(_UTF16) else "utf-8"
    return source.head.decode(encoding, "replace").lstrip(_BLANK)


def _has_lines(start: str) -> bool:
    """Whether each value has a line of its own, by the start of a file: not where a value goes on over lines."""
    if start.startswith("["):
        return False
    first, line_end, _ = start.partition("\n")
    if not line_end or _decoded(first):
        return True
    try:
        json.JSONDecoder(strict=False).raw_decode(start)
    except json.JSONDecodeError as error:
        return not goes_on(error)
    except (ValueError, RecursionError):
        return True
    return False


def _decoded(text: str) -> list[Any]:
    try:
        return [decode_json(text.encode("utf-8", "replace")).value]
    except ValueError:
        return []


def _closed(text: str) -> str:
    """JSON that breaks off, closed behind the last whole item: ``{"a": [1, {"b": 2, "c`` is then
    ``{"a": [1, {"b": 2}]}``.
    """
    opened: list[str] = []
    end, closing_marks = 0, ""
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark == '"':
            break
        if mark in _CLOSING:
            opened.append(_CLOSING[mark])
        elif opened and mark == opened[-1]:
            opened.pop()
        if mark in _CLOSING or mark in ("}", "]", ","):
            end = match.start() if mark == "," else match.end()
            closing_marks = "".join(reversed(opened))
        if not opened:
            break
    return text[:end] + closing_marks
