"""The lines of a stream in blocks of whole lines: memory does not grow with the file, and reading costs little."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO

from rsenlp.errors import InputError

LONGEST = 128 * 1024 * 1024
# what reading compressed or damaged files raises in the middle
UNREADABLE = (EOFError, OSError, zlib.error, InputError)
BLOCK = 1024 * 1024


def line_blocks(
    stream: IO[bytes], *, longest: int = LONGEST, size: int | None = None
) -> Iterator[tuple[int, bytes | Exception | None]]:
    """The number of a line, from 1, and what begins with it: whole lines of about ``size`` bytes together, ``None`` for
    one line that is longer than ``longest`` bytes, its end included, or, at last, what broke the stream off.
    """
    size = size or BLOCK
    number, searched = 1, 0
    waiting = bytearray()
    passing = False  # over a line that is too long
    while True:
        piece, failure = _read(stream, size)
        waiting += piece
        if piece and len(waiting) < size and not passing:
            continue
        end = waiting.rfind(b"\n", searched) + 1
        if passing and (end or not piece):
            if failure is None:
                yield number, None
                number += 1
            del waiting[: waiting.find(b"\n") + 1 or len(waiting)]
            passing = False
            end = waiting.rfind(b"\n") + 1
        if not piece and failure is None:
            end = len(waiting)  # the last line may go without an end
        if end and not passing:
            whole = bytes(waiting[:end])
            del waiting[:end]
            yield from _parted(number, whole, longest)
            number += whole.count(b"\n")
        if not piece:
            if failure is not None:
                yield number, failure
            return
        if passing or len(waiting) > longest:
            waiting.clear()
            passing = True
        searched = len(waiting)


def lines_of(block: bytes) -> list[bytes]:
    """The lines of a block, with their ends."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _read(stream: IO[bytes], size: int) -> tuple[bytes, Exception | None]:
    """As much as can be had at once, so that damage does not cost what comes before it; or the damage."""
    try:
        return stream.read1(size), None  # type: ignore[attr-defined] # all binary streams have it
    except UNREADABLE as error:
        return b"", error


def _parted(number: int, whole: bytes, longest: int) -> Iterator[tuple[int, bytes | None]]:
    """Whole lines as they are, or one by one where any may be too long."""
    if len(whole) <= longest:
        yield number, whole
        return
    for at, line in enumerate(lines_of(whole), start=number):
        yield at, line if len(line) <= longest else None
