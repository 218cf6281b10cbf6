"""XLSX: a sheet of comments with their labels in flat columns, and a sheet of evidence.

Cells are written as texts, numbers and dates, never as formulas or links. Rows are written as they come, on a further
sheet where one is full; what a cell cannot hold is cut, and the report says so.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from rsenlp.audit import Report
from rsenlp.errors import InputError, Location
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled, probability
from rsenlp.exports.outputs import EPOCH, pending_file
from rsenlp.records import FIELDS
from rsenlp.times import format_time

CUT = "cell cut at Excel's limit of 32,767 characters"
EVIDENCE = ("thread_id", "id", "cause", "polarity", "theme", "start", "end", "probability", "quote")
# https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
CELL, ROWS, COLUMNS = 32_767, 1_048_576, 16_384
_FIRST_YEAR = 1900
_EXACT = 2**53
_WIDTHS = {"text": 80, "claim": 40, "url": 30, "created_at": 19}
_DATES = "yyyy-mm-dd hh:mm:ss"


def write_xlsx(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Write a workbook. Which columns it has is known only at the end: rows wait in a temporary file.

    Raises:
        InputError: there are more columns than a sheet has.
    """
    from xlsxwriter import Workbook

    with (
        pending_file(output) as path,
        tempfile.TemporaryDirectory(prefix="rsenlp-") as folder,
        (Path(folder) / "rows").open("w+b") as waiting,
    ):
        columns = _spool(items, waiting)
        if len(columns) > COLUMNS:
            raise InputError(f"a sheet has at most {COLUMNS} columns", where=str(output), got=str(len(columns)))
        book = Workbook(str(path), {"constant_memory": True, "tmpdir": folder, "default_date_format": _DATES})
        # the time of making is left out, so that the same comments give the same file
        book.set_properties({"created": datetime(*EPOCH, tzinfo=UTC)})
        comments = _Sheet(book, "comments", columns, str(output), report)
        evidence = _Sheet(book, "evidence", EVIDENCE, str(output), report)
        for row, pieces in _spooled(waiting):
            comments.write([row.get(name) for name in columns], row["id"])
            for piece in pieces:
                evidence.write(piece, row["id"])
        book.close()


def _spool(items: Iterable[Labelled], waiting: IO[bytes]) -> list[str]:
    """Write every row and its evidence to a file; the columns of all."""
    columns: dict[str, None] = dict.fromkeys(FIELDS)
    for item in items:
        row = flat_row(item)
        columns.update(dict.fromkeys(row))
        frame = msgspec.msgpack.encode((row, list(_evidence(item))))
        waiting.write(len(frame).to_bytes(4) + frame)
    return list(columns)


def _spooled(waiting: IO[bytes]) -> Iterator[tuple[dict[str, Any], list[list[Any]]]]:
    waiting.seek(0)
    while size := waiting.read(4):
        yield msgspec.msgpack.decode(waiting.read(int.from_bytes(size)))


def flat_row(item: Labelled) -> dict[str, Any]:
    """The row of a comment: the fields of the contract; each label, with whether it is decided and how probable where
    a model gave it; who gave them; and all other columns.
    """
    comment, labels = item.comment, item.labels
    row: dict[str, Any] = {name: getattr(comment, name) for name in FIELDS}
    if labels is not None:
        for name, label in labels.flat.items():
            row[name] = label.label
            if labels.model is not None:
                row |= {f"{name}_decided": label.decided, f"{name}_probability": probability(label)}
        row["labels_by"] = labels.said_by
    return row | {name if name not in row else f"{name}_column": cell for name, cell in comment.extra.items()}


def _evidence(item: Labelled) -> Iterator[list[Any]]:
    for piece in item.labels.evidence if item.labels else ():
        # not called text: a sheet with such a column would be read as one of comments
        own = {"thread_id": item.comment.thread_id, "id": item.comment.id, "quote": piece.text}
        facts = own | piece.to_dict()
        yield [facts.get(name) for name in EVIDENCE]


class _Sheet:
    """Writes rows under a header, on as many sheets as they need."""

    def __init__(self, book: Any, name: str, columns: Sequence[str], output: str, report: Report) -> None:
        self._book, self._name, self._columns, self._output, self._report = book, name, columns, output, report
        self._bold = book.add_format({"bold": True})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._top = book.add_format({"valign": "top"})
        self._date = book.add_format({"num_format": _DATES, "valign": "top"})
        self._sheets = 0
        self._open()

    def _open(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._name if self._sheets == 1 else f"{self._name} {self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for index, name in enumerate(self._columns):
            wrapped = self._wrapped if name in ("text", "claim") else self._top
            self._sheet.set_column(index, index, _WIDTHS.get(name, 14), wrapped)
            self._sheet.write_string(0, index, _cut(name), self._bold)
        self._row = 0

    def write(self, cells: Sequence[Any], id: str) -> None:
        """Write a row; what is cut gets a row in the report, with the number of the row in the sheet."""
        if self._row + 1 == ROWS:
            self._open()
        self._row += 1
        for index, cell in enumerate(cells):
            if not self._write(index, _plain(cell)):
                detail = f"sheet {self._sheet.get_name()}, column {self._columns[index]}"
                self._report.repaired(CUT, Location(self._output, self._row + 1), id=id, detail=detail)

    def _write(self, index: int, cell: str | float | bool | datetime | None) -> bool:
        """Write a cell; whether it holds all of it."""
        if cell is None or cell == "":
            return True
        if isinstance(cell, bool):
            self._sheet.write_boolean(self._row, index, cell)
        elif isinstance(cell, int | float):
            self._sheet.write_number(self._row, index, cell)
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(self._row, index, cell.replace(tzinfo=None), self._date)
        else:
            fitting = _cut(cell)
            self._sheet.write_string(self._row, index, fitting)
            return fitting == cell
        return True


def _plain(cell: Any) -> str | float | bool | datetime | None:
    """A value as a cell holds it exactly: what is no text, number, date or truth value, or is one that Excel would
    change, as text; nested values as JSON.
    """
    if isinstance(cell, datetime):
        moment = cell.astimezone(UTC)
        return moment if moment.year >= _FIRST_YEAR and not moment.microsecond else format_time(moment)
    if cell is None or isinstance(cell, str | bool):
        return cell
    if isinstance(cell, int | float):
        return cell if abs(cell) < _EXACT and math.isfinite(cell) else str(cell)
    return msgspec.json.encode(cell).decode()


def _cut(text: str) -> str:
    """As much of a text as a cell holds; Excel counts UTF-16 units."""
    if len(text) * 2 <= CELL or len(encoded := text.encode("utf-16-le")) <= CELL * 2:
        return text
    return encoded[: CELL * 2].decode("utf-16-le", "ignore")
