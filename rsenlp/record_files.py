"""Files of canonical records: JSONL, CSV and Parquet, in and out, as a stream.

A reader holds one record (Parquet: one row group), a writer one batch. A file appears under its name only when it is
whole.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from rsenlp.comment_blocks import Block
from rsenlp.discussion import Comment, Prediction, check_evidence
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.json_text import ONE_OBJECT, json_lines, shown
from rsenlp.parquet import Kind, ParquetParts, read_parquet
from rsenlp.records import FIELDS, LABELS, PREDICTION_FIELDS, comment_to_record, prediction_from_record

ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}


def format_of(path: Path | str) -> str:
    """The format that a file's ending names; standard output (``-``) is JSONL.

    Raises:
        UsageError: another ending.
    """
    if str(path) == "-":
        return "jsonl"
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"the ending of the output chooses its format: one of {', '.join(ENDINGS)}; got {str(path)!r}. "
            "Name the file with one of these endings"
        )
    return ENDINGS[ending]


def read_jsonl(
    stream: IO[bytes], path: str, *, mended: Callable[[Location, str], None] = lambda *_: None
) -> Iterator[tuple[Location, dict[str, Any] | InputError]]:
    """The objects of a JSONL stream with their lines; a line that is not an object comes as the error it is.

    ``mended`` is told of each line in which something had to be replaced, and what.
    """
    for where, found in json_lines(stream, path):
        if isinstance(found, InputError):
            yield where, found
        elif isinstance(found.value, dict):
            if found.mended:
                mended(where, found.mended)
            yield where, found.value
        else:
            yield where, InputError(ONE_OBJECT, where=where, got=shown(found.value))


def read_json_array(stream: IO[bytes], path: str) -> Iterator[tuple[Location, dict[str, Any] | InputError]]:
    """The objects of a JSON array, numbered; the whole array is held in memory.

    Raises:
        InputError: it is no array of JSON.
    """
    rule = "the file is one JSON array"
    try:
        items = msgspec.json.decode(stream.read().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fix = "Write one object a line to keep what is whole"
        raise InputError(rule, where=path, got=str(error), fix=fix) from error
    if not isinstance(items, list):
        raise InputError(rule, where=path, got=repr(items)[:60])
    for number, record in enumerate(items, start=1):
        where = Location(path, number)
        yield (
            where,
            record
            if isinstance(record, dict)
            else InputError("every item is a JSON object", where=where, got=repr(record)[:60]),
        )


def nested_from_csv(record: dict[str, Any], where: Location) -> dict[str, Any]:
    """A CSV row with its nested fields, which CSV carries as JSON, decoded.

    Raises:
        InputError: such a field is not JSON.
    """
    for name in (*LABELS, "probabilities", "decided", "model"):
        value = record.get(name)
        if value is None:
            continue
        if value == "":
            del record[name]
            continue
        try:
            record[name] = msgspec.json.decode(value)
        except (msgspec.DecodeError, TypeError) as error:
            raise InputError(f"in CSV the field '{name}' is JSON", where=where, got=repr(value)[:80]) from error
    return record


NEUTRALISED = "neutralised"


def without_apostrophes(record: dict[str, Any]) -> dict[str, Any]:
    """A CSV row without the apostrophes that kept a spreadsheet from computing cells.

    The column ``neutralised`` names the columns whose cell has one; a column of that name that does not is another's.
    """
    try:
        names = msgspec.json.decode(record.get(NEUTRALISED) or "[]", type=list[str])
    except (msgspec.DecodeError, TypeError):
        return record
    kept = {name: cell for name, cell in record.items() if name != NEUTRALISED}
    return kept | {name: kept[name].removeprefix("'") for name in names if isinstance(kept.get(name), str)}


def read_predictions(path: Path) -> Iterator[Prediction]:
    """The predictions of a JSONL, CSV or Parquet file.

    Raises:
        InputError: a record breaks the contract.
    """
    form = format_of(path)
    rows: Iterable[tuple[Location, dict[str, Any] | InputError]]
    if form == "parquet":
        rows = read_parquet(path)
    elif form == "jsonl":
        with path.open("rb") as stream:
            yield from _predictions(read_jsonl(stream, str(path)))
        return
    else:
        rows = _read_own_csv(path)
    yield from _predictions(rows)


def _read_own_csv(path: Path) -> Iterator[tuple[Location, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for record in reader:
            where = Location(str(path), reader.line_num)
            yield where, nested_from_csv(dict(record), where)


def _predictions(rows: Iterable[tuple[Location, dict[str, Any] | InputError]]) -> Iterator[Prediction]:
    for where, record in rows:
        if isinstance(record, InputError):
            raise record
        yield prediction_from_record(record, where)


class RecordWriter(ABC):
    """Writes records one by one; a context manager. The file appears under its name only when it is whole."""

    def __init__(self) -> None:
        self.written = 0

    def write_comment(self, comment: Comment) -> None:
        self._write(comment_to_record(comment))
        self.written += 1

    def write_block(self, block: Block) -> None:
        """Write comments that are there side by side."""
        for comment, _ in block.items():
            self.write_comment(comment)

    def write_prediction(self, prediction: Prediction, text: str) -> None:
        """Write a prediction after checking that its evidence quotes the comment's text.

        Raises:
            InputError: it does not.
        """
        check_evidence(prediction.evidence, text)
        self._write(prediction.to_dict())
        self.written += 1

    def write_record(self, record: dict[str, Any]) -> None:
        """Write a record as it is; a writer of comments takes columns that the contract does not name."""
        self._write(record)
        self.written += 1

    @abstractmethod
    def _write(self, record: dict[str, Any]) -> None: ...

    @abstractmethod
    def _close(self, *, whole: bool) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(whole=kind is None)


def open_writer(output: Path | str, kind: Kind, *, form: str | None = None, bom: bool = False) -> RecordWriter:
    """A writer for a file (format by its ending) or, for ``-``, standard output (JSONL).

    Args:
        output: the file, or ``-``.
        kind: what is written; ``labelled`` are comments with what a model says of them.
        form: ``jsonl``, ``csv`` or ``parquet``, whatever the ending.
        bom: CSV opens with a byte order mark.

    Raises:
        UsageError: an ending that names no format.
    """
    form = form or format_of(output)
    if form == "jsonl":
        return _JsonlWriter(output)
    if form == "csv":
        return _CsvWriter(output, kind, bom=bom)
    return _ParquetWriter(Path(output), kind)


class PendingFile:
    """A temporary file beside ``path`` that takes its place on :meth:`commit` and goes on :meth:`abort`."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not os.access(path.parent, os.W_OK):
                raise PermissionError(0, "no permission to write there")
        except OSError as error:
            got = error.strerror or str(error)
            raise InputError("the output can be written", where=path, got=got, fix="Choose another place") from error
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")

    def commit(self) -> None:
        os.replace(self.temporary, self.path)

    def abort(self) -> None:
        self.temporary.unlink(missing_ok=True)


class _StreamWriter(RecordWriter):
    """What JSONL and CSV share: a binary stream that is a pending file or standard output."""

    def __init__(self, output: Path | str) -> None:
        super().__init__()
        self._file = None if str(output) == "-" else PendingFile(Path(output))
        self._stream: IO[bytes] = sys.stdout.buffer if self._file is None else self._file.temporary.open("wb")

    def _close(self, *, whole: bool) -> None:
        if self._file is None:
            self._stream.flush()
            return
        self._stream.close()
        if whole:
            self._file.commit()
        else:
            self._file.abort()


class _JsonlWriter(_StreamWriter):
    def _write(self, record: dict[str, Any]) -> None:
        self._stream.write(msgspec.json.encode(record) + b"\n")


class _CsvWriter(_StreamWriter):
    """CSV needs all its columns in the first line: comments, whose columns may differ, wait in a temporary file."""

    def __init__(self, output: Path | str, kind: Kind, *, bom: bool = False) -> None:
        super().__init__(output)
        names = PREDICTION_FIELDS if kind == "predictions" else FIELDS
        self._columns: dict[str, None] = dict.fromkeys(names)
        self._waiting: IO[bytes] | None = None if kind == "predictions" else tempfile.TemporaryFile()  # noqa: SIM115
        encoding = "utf-8-sig" if bom else "utf-8"
        self._lines = io.TextIOWrapper(self._stream, encoding=encoding, newline="", write_through=True)
        if kind == "predictions":
            self._csv = self._start()

    def _start(self) -> csv.DictWriter[str]:
        writer = csv.DictWriter(self._lines, list(self._columns), restval="", lineterminator="\n")
        writer.writeheader()
        return writer

    def _write(self, record: dict[str, Any]) -> None:
        if self._waiting is None:
            self._csv.writerow(_flat(record))
        else:
            self._columns.update(dict.fromkeys(record))
            self._waiting.write(msgspec.json.encode(record) + b"\n")

    def _close(self, *, whole: bool) -> None:
        if self._waiting is not None and whole:
            self._waiting.seek(0)
            writer = self._start()
            for line in self._waiting:
                writer.writerow(_flat(msgspec.json.decode(line)))
        if self._waiting is not None:
            self._waiting.close()
        self._lines.flush()
        self._lines.detach()
        super()._close(whole=whole)


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: msgspec.json.encode(value).decode() if isinstance(value, (dict, list, tuple, bool)) else value
        for key, value in record.items()
    }


class _ParquetWriter(RecordWriter):
    def __init__(self, path: Path, kind: Kind) -> None:
        super().__init__()
        self._file = PendingFile(path)
        self._parts = ParquetParts(self._file.temporary, kind)

    def write_comment(self, comment: Comment) -> None:
        self._write(comment_to_record(comment, written=False))
        self.written += 1

    def write_block(self, block: Block) -> None:
        self._parts.write_block(block)
        self.written += len(block)

    def _write(self, record: dict[str, Any]) -> None:
        self._parts.write(record)

    def _close(self, *, whole: bool) -> None:
        try:
            if whole:
                self._parts.finish()
                self._file.commit()
            else:
                self._file.abort()
        finally:
            self._parts.discard()
