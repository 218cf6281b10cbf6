"""Compressed bytes, read within bounds: what swells beyond measure is stopped on the way, whatever size it claims."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from typing import IO

from rsenlp.errors import InputError

# exports of text shrink to a tenth, repetitive ones to a hundredth; DEFLATE cannot go beyond a thousandth
MAX_EXPANSION = 200
ALWAYS_ALLOWED = 64 * 1024 * 1024
_BUFFER = 64 * 1024
# what Python's zipfile, gzip and decompressors raise over bytes that are not what they should be
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    MemoryError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Allowance:
    """How many bytes may come out of a compressed file of a size in bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._limit = max(ALWAYS_ALLOWED, MAX_EXPANSION * size)
        self._spent = 0

    def spend(self, number: int, name: str) -> None:
        """Count bytes that came out.

        Raises:
            InputError: they are too many.
        """
        self._spent += number
        if self._spent > self._limit:
            raise InputError(
                f"compressed data unpacks to at most {MAX_EXPANSION} times its size",
                where=name,
                got=f"more than {self._limit // 1024**2} MiB out of {-(-self._size // 1024)} KiB",
                fix="If you trust it, unpack it and give what is in it",
            )


def bounded(stream: IO[bytes], name: str, allowance: Allowance, *beneath: IO[bytes]) -> IO[bytes]:
    """The bytes of a decompressing stream, counted against an allowance; ``beneath`` is closed with it.

    Reading raises :class:`InputError` where the data is damaged or there is too much of it.
    """
    return io.BufferedReader(_Bounded(stream, name, allowance, *beneath), _BUFFER)


def unreadable(name: str, error: Exception) -> InputError:
    """A file whose bytes cannot be had, in one line."""
    got = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return InputError("the file cannot be read", where=name, got=got.splitlines()[0])


class _Bounded(io.RawIOBase):
    def __init__(self, stream: IO[bytes], name: str, allowance: Allowance, *beneath: IO[bytes]) -> None:
        super().__init__()
        self._streams = (stream, *beneath)
        self._name = name
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # io's own callers give memory views
        try:
            # what can be had at once, so that damage further on does not cost what comes before it
            data = self._streams[0].read1(len(buffer))  # type: ignore[attr-defined] # all that decompress have it
        except DAMAGED as error:
            raise unreadable(self._name, error) from error
        self._allowance.spend(len(data), self._name)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
        super().close()
