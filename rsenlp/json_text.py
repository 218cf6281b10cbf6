"""JSON as it is really written, value by value, so that memory does not grow with the file.

NaN and infinities, halves of characters, raw control characters and bytes of another encoding are read all the same,
and what was mended is told. What cannot be read comes as the error it is, and what follows it is read on.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import msgspec

from rsenlp.errors import InputError, Location
from rsenlp.line_blocks import LONGEST, UNREADABLE, line_blocks, lines_of

MENDED = "JSON mended"
ONE_OBJECT = "every line is one JSON object"
_CHUNK = 256 * 1024
_DECODER = msgspec.json.Decoder()
_LENIENT = json.JSONDecoder(strict=False)
# every digit as 0, all else as a space: a number that may need more than 64 bits is a run of zeros then, found several
# times faster than by a pattern
_AS_ZEROS = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
_LARGE_NUMBER = b"0" * 19
_SURROGATE = re.compile("[\ud800-\udfff]")
_OTHER_ENCODING = "bytes that are no UTF-8 read as Windows-1252"
_SEPARATORS = re.compile(r"[\s,\[\]\x00\ufeff]*")
_NEXT_OBJECT = re.compile(r"\n(?=[{\[])")
# how far before the end of what is there a value that goes on can look broken: "-Infinit", "\u12"
_TOKEN = 16


class Decoded(NamedTuple):
    """A JSON value; ``mended`` says what had to be replaced in it, ``""`` where nothing had to."""

    value: Any
    mended: str = ""


def decode_json(data: bytes) -> Decoded:
    """The value of one JSON text.

    Raises:
        ValueError: it is none, however leniently it is read.
    """
    try:
        value = _DECODER.decode(data)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _decoded_leniently(data, error)
    return _carried(value) if holds_large_numbers(data) else Decoded(value)


def _decoded_leniently(data: bytes, first: Exception) -> Decoded:
    mended = ""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text, mended = data.decode("cp1252", "replace"), _OTHER_ENCODING
    try:
        decoded = _carried(_LENIENT.decode(text.strip(" \t\r\n\x00\ufeff")))
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError:
        raise ValueError(str(first)) from None
    return Decoded(decoded.value, mended or decoded.mended or "control characters")


def _carried(value: Any) -> Decoded:
    """A value that every format can carry.

    Raises:
        ValueError: it is nested too deep.
    """
    try:
        plain = _plain(value)
        same = plain == value
    except RecursionError:
        raise ValueError("nested too deep") from None
    return Decoded(plain, "" if same else "NaN, infinities, numbers beyond 64 bits or halves of characters replaced")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if _SURROGATE.search(value) else value
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def json_lines(
    stream: IO[bytes], path: str, *, longest: int = LONGEST, holding: str = ""
) -> Iterator[tuple[Location, Decoded | InputError]]:
    """The values of a stream with one on each line, with their lines; ``longest`` is the longest line in bytes, its end
    included. Lines that cannot have the field ``holding`` anywhere are passed over unread.

    A line that is none comes as the error it is, and so does the end of a stream that breaks off.
    """
    field = f'"{holding}"'.encode() if holding else b""
    for number, found in line_blocks(stream, longest=longest):
        where = Location(path, number)
        if not isinstance(found, bytes):
            yield where, not_read(found, where, longest=longest)
        elif _may_hold(found, field):
            yield from values_of_lines(found, where, holding=field)


def not_read(found: Exception | None, where: Location, *, longest: int = LONGEST) -> InputError:
    """Why lines could not be had: what broke the stream off, or ``None`` for one of more than ``longest`` bytes."""
    if found is not None:
        return broken_off(found, where)
    return InputError(f"a line has at most {longest:,} bytes", where=where, got="a longer one")


def values_of_lines(
    data: bytes, first: Location, *, holding: bytes = b""
) -> Iterator[tuple[Location, Decoded | InputError]]:
    """The values of whole lines, of which ``first`` is the place of the first; a line that is none comes as an error.

    Lines that cannot have the field ``holding``, a name in quotation marks, are passed over unread.
    """
    for number, line in enumerate(lines_of(data), start=first.line or 1):
        if line.strip(b" \t\r\n\xef\xbb\xbf") and _may_hold(line, holding):
            where = Location(first.path, number)
            try:
                yield where, decode_json(line.removeprefix(b"\xef\xbb\xbf"))
            except ValueError as error:
                yield where, InputError(ONE_OBJECT, where=where, got=f"{_cut(line)} ({error})")


def _may_hold(data: bytes, field: bytes) -> bool:
    # a field's name may be written in escapes, of which those of ASCII letters begin thus
    return field in data or b"\\u006" in data or b"\\u007" in data


def holds_large_numbers(data: bytes) -> bool:
    """Whether a JSON text may hold a number that needs more than 64 bits; ``False`` is certain."""
    return _LARGE_NUMBER in data.translate(_AS_ZEROS)


def lines_with_large_numbers(data: bytes) -> list[int]:
    """The lines, from 0, that may hold a number that needs more than 64 bits."""
    if not holds_large_numbers(data):
        return []
    return [row for row, line in enumerate(lines_of(data)) if holds_large_numbers(line)]


def broken_off(error: Exception, where: Location) -> InputError:
    """The end of a stream that cannot be read further."""
    got = ": ".join(filter(None, (error.rule, error.got))) if isinstance(error, InputError) else str(error)
    return InputError("the file can be read to its end", where=where, got=got)


def json_pieces(
    stream: IO[bytes], path: str, *, longest: int = LONGEST
) -> Iterator[tuple[Location, Decoded | InputError]]:
    """The items of top-level arrays, or the values that follow one another, numbered; ``longest`` is the longest of
    them in characters.

    After one that is broken, reading goes on at the next line that opens an object or array.
    """
    text = _Text(stream)
    number = depth = 0
    whole = True
    while True:
        separators = text.take(_SEPARATORS)
        depth += separators.count("[") - separators.count("]")
        if not text.left:
            if text.read_on():
                continue
            break
        number += 1
        where = Location(path, number)
        try:
            decoded = text.value(longest)
        except ValueError as error:
            whole = False
            yield where, InputError("every item is a JSON object", where=where, got=str(error))
            text.pass_over(_NEXT_OBJECT)
        else:
            yield where, decoded
    where = Location(path, number + 1)
    if text.failure is not None:
        yield where, broken_off(text.failure, where)
    elif whole and depth > 0:
        yield where, InputError("a JSON array is closed", where=where, got="the end of the file")


class _Text:
    """Text that is read piece by piece: what was taken is forgotten. ``failure`` is what ended it before its end."""

    def __init__(self, stream: IO[bytes]) -> None:
        # bytes that are no UTF-8 come as halves of characters, which UTF-8 itself has none of
        self._stream = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
        self._text = ""
        self._at = 0
        self._mended = ""
        self.failure: Exception | None = None

    @property
    def left(self) -> int:
        return len(self._text) - self._at

    def read_on(self) -> bool:
        """Read as much again as there is; whether there was more."""
        try:
            more = self._stream.read(max(_CHUNK, self.left)) if self.failure is None else ""
        except UNREADABLE as error:
            self.failure, more = error, ""
        more, others = _SURROGATE.subn(_as_cp1252, more)
        self._mended = _OTHER_ENCODING if others else self._mended
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        taken = match[0] if match else ""
        self._at += len(taken)
        return taken

    def value(self, longest: int) -> Decoded:
        """The value that begins here.

        Raises:
            ValueError: it is broken, or longer than ``longest`` characters.
        """
        while True:
            try:
                value, self._at = _LENIENT.raw_decode(self._text, self._at)
                decoded, mended, self._mended = _carried(value), self._mended, ""
                return Decoded(decoded.value, decoded.mended or mended)
            except RecursionError:
                raise ValueError("nested too deep") from None
            except json.JSONDecodeError as error:
                if goes_on(error) and self.left > longest:
                    raise ValueError(f"more than {longest:,} characters") from None
                if not goes_on(error) or not self.read_on():
                    raise

    def pass_over(self, pattern: re.Pattern[str]) -> None:
        """Go on behind the next match, or at the end."""
        while (match := pattern.search(self._text, self._at + 1)) is None:
            self._at = max(self._at, len(self._text) - 1)
            if not self.read_on():
                self._at = len(self._text)
                return
        self._at = match.end()


def _as_cp1252(escaped: re.Match[str]) -> str:
    return escaped[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def goes_on(error: json.JSONDecodeError) -> bool:
    """Whether a value that cannot be decoded may only be cut off where the text ends."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(error.doc) - _TOKEN


def shown(value: Any) -> str:
    """The start of a value as it can stand in a message."""
    return _cut(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _cut(line: bytes) -> str:
    start = line[:60].decode("utf-8", "replace").rstrip("\r\n")
    return repr(start + ("…" if len(line) > 60 else ""))
