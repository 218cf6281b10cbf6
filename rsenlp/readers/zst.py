"""Files compressed by Zstandard, as dumps of Reddit come: any number of frames, with windows of up to 2 GiB."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from rsenlp.errors import InputError

if TYPE_CHECKING:
    import zstandard

MAX_WINDOW = 2**31
_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # after a byte from 0x50 to 0x5f: a frame that holds no data, at the start of some files
_BUFFER = 256 * 1024
# few bytes at a time, since each can stand for many: what comes out of them is held in memory
_SLICE = 8 * 1024


def is_zst(start: bytes) -> bool:
    """Whether the first four bytes are those of a Zstandard file."""
    return start[:4] == _MAGIC or (start[1:4] == _SKIPPABLE and 0x50 <= start[0] <= 0x5F)


def open_zst(stream: IO[bytes], name: str) -> IO[bytes]:
    """The bytes that a Zstandard stream holds; ``name`` is what messages call it. Closing it closes the stream.

    Reading raises :class:`InputError` where the data are damaged or break off, after all that comes before.
    """
    return io.BufferedReader(_Frames(stream, name), _BUFFER)


class _Frames(io.RawIOBase):
    """Zstandard's frames one after the other. Its own stream reader ends without a word where data break off."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        from zstandard import ZstdDecompressor

        super().__init__()
        self._stream = stream
        self._name = name
        self._decompressor = ZstdDecompressor(max_window_size=MAX_WINDOW)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._compressed = b""
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # io's own callers give memory views
        while not self._plain:
            if not self._decompress():
                return 0
        number = min(len(buffer), len(self._plain))
        buffer[:number] = self._plain[:number]
        self._plain = self._plain[number:]
        return number

    def _decompress(self) -> bool:
        """Take the next slice; whether there was one."""
        from zstandard import ZstdError

        data = self._compressed or self._stream.read(_SLICE)
        self._compressed = b""
        if not data:
            if self._frame is not None:
                raise self._damaged("an end in the middle of them")
            return False
        self._frame = self._frame or self._decompressor.decompressobj()
        try:
            self._plain = memoryview(self._frame.decompress(data))
        except ZstdError as error:
            raise self._damaged(str(error)) from error
        if self._frame.eof:
            self._compressed, self._frame = self._frame.unused_data, None
        return True

    def _damaged(self, got: str) -> InputError:
        return InputError("the compressed data are whole", where=self._name, got=got, fix="Get the file again")

    def close(self) -> None:
        self._stream.close()
        super().close()
