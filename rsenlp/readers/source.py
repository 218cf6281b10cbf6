"""A file that is to be read: its path, first bytes and encoding. Opening it is checked here, once, for all readers."""

from __future__ import annotations

import codecs
import gzip
import io
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, cast

from rsenlp.errors import InputError, UsageError
from rsenlp.readers.bounded import Allowance, bounded, unreadable
from rsenlp.readers.zst import is_zst, open_zst

_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a source, where it does not say so itself.

    ``columns`` maps a field of the contract to the name of the column that holds it. ``thread_id``, ``claim`` and
    ``lang`` are given to comments that come without. ``labels`` reads annotations as well.
    """

    columns: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    thread_id: str | None = None
    claim: str | None = None
    lang: str | None = None
    labels: bool = True


class Source:
    """A readable file, plain, gzipped or compressed by Zstandard; ``name`` is what messages call it.

    ``damage`` says what is wrong with the compressed data, once reading has come to where it breaks off; ``None`` where
    nothing is. ``said_encoding`` is the encoding that the caller names, if any.
    """

    def __init__(self, path: Path, *, name: str | None = None, encoding: str | None = None) -> None:
        self.path = path
        self.name = name or str(path)
        self.said_encoding = encoding
        self.damage: str | None = None
        if path.is_dir():
            raise InputError("a file is expected", where=self.name, got="a directory", fix="Name the files in it")
        try:
            with self.open() as stream:
                self.head = _first_bytes(stream, _HEAD)
        except FileNotFoundError as error:
            raise InputError("the file is not there", where=self.name, fix="Check the path") from error
        except PermissionError as error:
            raise InputError("the file may not be read", where=self.name, got="no permission") from error
        except OSError as error:
            raise unreadable(self.name, error) from error
        if not self.head.strip():
            raise InputError("the file is empty", where=self.name, fix="There is nothing to read")

    @property
    def suffix(self) -> str:
        """The ending of the name in lower case, without ``.gz`` or ``.zst``."""
        name = Path(self.name.lower())
        return name.with_suffix("").suffix if name.suffix in (".gz", ".zst") else name.suffix

    @cached_property
    def stem(self) -> str:
        return Path(self.name).name.split(".")[0] or "input"

    def open(self) -> IO[bytes]:
        """The bytes of the file, decompressed where it is compressed; of damaged gzip data those before the damage."""
        stream = self.path.open("rb")
        allowance = Allowance(self.path.stat().st_size)
        if is_zst(stream.peek(4)):
            return bounded(open_zst(stream, self.name), self.name, allowance, stream)
        if not _is_gzipped(stream):
            return stream
        plain = cast(IO[bytes], io.BufferedReader(_Gunzipped(stream, self._note_damage), _CHUNK))
        return bounded(plain, self.name, allowance, stream)

    def _note_damage(self, damage: str) -> None:
        self.damage = damage

    @contextmanager
    def plain_file(self) -> Iterator[Path]:
        """A file with the bytes of this one that can be read from any place: itself, or decompressed beside."""
        with self.path.open("rb") as stream:
            compressed = _is_gzipped(stream) or is_zst(stream.peek(4))
        if not compressed:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder:
            copy = Path(folder) / "plain"
            with self.open() as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield copy

    @contextmanager
    def open_text(self) -> Iterator[IO[str]]:
        """The text of the file; line ends are left as they are."""
        with self.open() as stream, io.TextIOWrapper(stream, self.encoding, errors="replace", newline="") as text:
            yield text

    @contextmanager
    def open_utf8(self) -> Iterator[IO[bytes]]:
        """The bytes of the file as UTF-8, whatever encoding it is in."""
        if self.encoding in ("utf-8", "utf-8-sig"):
            with self.open() as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as copy:
            with self.open_text() as text:
                while chunk := text.read(_CHUNK):
                    copy.write(chunk.encode("utf-8", "replace"))
            copy.seek(0)
            yield copy

    @property
    def is_zip(self) -> bool:
        """Whether this is a ZIP archive, by its first bytes."""
        return self.head.startswith(_ZIP)

    @property
    def is_binary(self) -> bool:
        """Whether this is no text in any encoding that is recognised."""
        if self.is_zip:
            return True
        if any(self.head.startswith(bom) for bom, _ in _BOMS):
            return False
        control = sum(self.head.count(bytes([code])) for code in (0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 18))
        return control * 200 > len(self.head)

    @cached_property
    def encoding(self) -> str:
        """UTF-8, or UTF-16 where a byte order mark says so; otherwise Windows-1252, which every byte string is.

        Raises:
            UsageError: the encoding that was said is unknown.
            InputError: the file is not in it.
        """
        if self.said_encoding:
            try:
                self._check(self.said_encoding)
            except LookupError as error:
                raise UsageError(f"--encoding is one that Python knows; got {self.said_encoding!r}") from error
            except UnicodeDecodeError as error:
                raise InputError(
                    f"the file is in the encoding {self.said_encoding}", where=self.name, got=str(error)
                ) from error
            return self.said_encoding
        for bom, name in _BOMS:
            if self.head.startswith(bom):
                return name
        try:
            self._check("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    def _check(self, encoding: str) -> None:
        decoder = codecs.getincrementaldecoder(encoding)()
        ascii_only = True
        with self.open() as stream:
            while chunk := stream.read(_CHUNK):
                ascii_only = decoder.decode(chunk).isascii() and ascii_only
        # a file may be cut off inside a character: that is no other encoding if characters before it were whole
        if ascii_only:
            decoder.decode(b"", final=True)


class _Gunzipped(io.RawIOBase):
    """The decompressed bytes of a stream, up to where the compressed data is damaged or cut off."""

    def __init__(self, stream: IO[bytes], note_damage: Callable[[str], None]) -> None:
        self._stream = stream
        self._gunzip = gzip.GzipFile(fileobj=stream)
        self._note_damage = note_damage
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._gunzip.read1(len(buffer))
        except (EOFError, OSError, zlib.error) as error:
            if not self._given:
                raise OSError(str(error)) from error
            self._note_damage(str(error))
            return 0
        buffer[: len(data)] = data
        self._given += len(data)
        return len(data)

    def close(self) -> None:
        self._gunzip.close()
        self._stream.close()
        super().close()


def _is_gzipped(stream: io.BufferedReader) -> bool:
    return stream.peek(2)[:2] == b"\x1f\x8b"


def _first_bytes(stream: IO[bytes], number: int) -> bytes:
    """At most so many bytes; those before the damage where a file breaks off."""
    head = bytearray()
    try:
        while len(head) < number and (piece := stream.read1(number - len(head))):  # type: ignore[attr-defined]
            head += piece
    except (EOFError, InputError):
        if not head:
            raise
    return bytes(head)


@contextmanager
def opened(path: str, *, encoding: str | None = None) -> Iterator[Source]:
    """The source at a path; ``-`` is standard input, kept in a temporary file since readers look ahead."""
    if path != "-":
        yield Source(Path(path), encoding=encoding)
        return
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder:
        copy = Path(folder) / "stdin"
        with copy.open("wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream)
        yield Source(copy, name="standard input", encoding=encoding)
