from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import IO

import pytest
import zstandard
from conftest import DATA

from rsenlp.audit import Report
from rsenlp.errors import InputError
from rsenlp.readers import ReadOptions, Source, read
from rsenlp.readers.zst import is_zst, open_zst

LINES = b"".join(b"line %d, %d\n" % (number, number**20) for number in range(20_000))
SKIPPABLE = struct.pack("<II", 0x184D2A50, 4) + b"abcd"


def compressed(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize(
    "data",
    [
        compressed(LINES),
        compressed(LINES[:1000]) + compressed(LINES[1000:]),
        SKIPPABLE + compressed(LINES),
        compressed(LINES[:7]) + SKIPPABLE + compressed(b"") + compressed(LINES[7:]),
    ],
    ids=["one frame", "two frames", "frame without data first", "and between"],
)
def test_any_number_of_frames_is_one_stream(data: bytes) -> None:
    assert is_zst(data[:4])
    with open_zst(io.BytesIO(data), "f.zst") as stream:
        assert stream.read() == LINES


def test_windows_as_long_as_those_of_dumps() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = compressor.compress(LINES) + compressor.flush()
    with pytest.raises(zstandard.ZstdError, match="too much memory"):
        zstandard.ZstdDecompressor().decompressobj().decompress(data)
    assert open_zst(io.BytesIO(data), "f.zst").read() == LINES


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (compressed(LINES)[:-1000], "got an end in the middle of them"),
        (compressed(LINES) + b"more", "got zstd decompressor error"),
        (compressed(LINES)[:-9000] + b"\x00" * 100 + compressed(LINES)[-8900:], "got zstd decompressor error"),
    ],
)
def test_damage_is_told_after_what_comes_before_it(data: bytes, message: str) -> None:
    got: list[bytes] = []
    with pytest.raises(InputError, match="f.zst: the compressed data are whole; " + message):
        collect(open_zst(io.BytesIO(data), "f.zst"), got)
    assert LINES.startswith(b"".join(got))
    assert len(got) > 1000


def collect(stream: IO[bytes], lines: list[bytes]) -> None:
    """Add the lines of a stream one by one, as far as it goes."""
    while line := stream.readline():
        lines.append(line)


@pytest.mark.parametrize("start", [b"", b"(", b"\x1f\x8b\x08\x00", b'{"a"', b"PAR1", b"\x60\x2a\x4d\x18"])
def test_other_files_are_none(start: bytes) -> None:
    assert not is_zst(start)


def test_a_source_is_read_through(tmp_path: Path) -> None:
    plain = DATA / "people.csv"
    path = tmp_path / "people.csv.zst"
    path.write_bytes(compressed(plain.read_bytes()))
    source = Source(path)
    assert (source.suffix, source.stem) == (".csv", "people")
    assert source.head == Source(plain).head
    with source.plain_file() as copy:
        assert copy.read_bytes() == plain.read_bytes()


def test_a_truncated_dump_gives_its_whole_lines_and_a_row(tmp_path: Path) -> None:
    path = tmp_path / "RC_2023-11.zst"
    whole = (DATA / "reddit-dump.ndjson").read_bytes()
    for length in (len(compressed(whole)) - 5, len(compressed(whole)) // 2):
        path.write_bytes(compressed(whole)[:length])
        with pytest.raises(
            InputError, match=r"RC_2023-11.zst: the compressed data are whole; got an end in the middle"
        ):
            Source(path)
    path.write_bytes(compressed(whole) + compressed(whole * 50)[:-20])
    report = Report()
    found = [comment.id for comment, _ in read(Source(path), ReadOptions(), report)]
    assert found[:3] == ["k7first", "k7second", "k7other"]
    *_, last = report.rows()
    assert (last.action, last.reason) == ("skipped", "the file can be read to its end")
    assert last.detail == "the compressed data are whole: an end in the middle of them"
    assert report.read == len(found) + report.count("skipped")
