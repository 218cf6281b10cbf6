"""Spreadsheets in the format of Excel (.xlsx): the first sheet whose header names a column of texts.

Cells are read as what they hold, not as what they look like: dates as dates, and of formulas the values that were saved
with them. A sheet is read row by row; the texts that cells share are held in memory, as the format has it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import ParseError

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, RsenlpError
from rsenlp.readers.bounded import DAMAGED
from rsenlp.readers.container import unzipped
from rsenlp.readers.made import left_out
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.tabular import comments_of_rows, map_columns
from rsenlp.record_files import nested_from_csv
from rsenlp.records import LABELS

ABOVE = "row above the header"
OTHER_SHEET = "another sheet with a column of texts; the first such is read"
ERROR_VALUE = "a formula's error left out"
# what openpyxl raises over a workbook whose parts are missing or not what they should be
_BROKEN = (*DAMAGED, KeyError, IndexError, TypeError, AttributeError, ParseError, RecursionError)
_HEADER_WITHIN = 20
_MOST_ROWS = 2**20
_AT_ONCE = 128

Row = tuple[int, Sequence[Any]]


class _Header(NamedTuple):
    """A sheet's header: its row, from 1, its columns, and how many fields of the contract they hold."""

    row: int
    columns: list[str]
    fields: int


class XlsxReader:
    """Reads a workbook."""

    name = "xlsx"

    def recognises(self, source: Source) -> bool:
        if not source.is_zip:
            return False
        try:
            with unzipped(source) as container:
                return {"[Content_Types].xml", "xl/workbook.xml"} <= container.files.keys()
        except InputError:
            return False

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments of the first sheet with a column of texts.

        Raises:
            InputError: no sheet has one, or the workbook is damaged.
            UsageError: a column that was named is in no sheet.
        """
        with _workbook(source) as sheets:
            found = [(sheet, _header(sheet, options, source.name)) for sheet in sheets]
            headers = [(sheet, header) for sheet, header in found if isinstance(header, _Header)]
            if not headers:
                raise next((header for _, header in found if isinstance(header, RsenlpError)), _empty(source.name))
            sheet, header = headers[0]
            report.source(source.name, format=self.name, sheet=sheet.title, header_row=header.row)
            if others := [other.title for other in sheets if other is not sheet]:
                report.sources[-1]["other_sheets"] = others
            for other, _ in headers[1:]:
                left_out(report, source.name, OTHER_SHEET, detail=other.title)
            with closing(_rows(sheet, header, source.name, report)) as rows:
                yield from comments_of_rows(rows, source, options, report)


def _empty(name: str) -> InputError:
    return InputError("a workbook has a sheet with a header", where=name, got="none")


def _header(sheet: Any, options: ReadOptions, name: str) -> _Header | RsenlpError | None:
    """The header of a sheet: of its first rows the one that names most fields, the text among them.

    Otherwise why its first row is none; ``None`` where there is no row.
    """
    best: _Header | RsenlpError | None = None
    with closing(_cells(sheet, name)) as cells:
        for number, row in takewhile(lambda item: item[0] <= _HEADER_WITHIN, cells):
            columns = _columns(row)
            if not columns:
                continue
            try:
                fields = len(map_columns(columns, options.columns, f"{name}, sheet {sheet.title!r}"))
            except RsenlpError as error:
                best = best or error
                continue
            if not isinstance(best, _Header) or fields > best.fields:
                best = _Header(number, columns, fields)
    return best


def _columns(row: Sequence[Any]) -> list[str]:
    """The names that a row gives to columns; empty ones at the end are none."""
    names = [" ".join(str(_value(cell.value) or "").split()) for cell in row]
    while names and not names[-1]:
        names.pop()
    return [name or f"column_{index}" for index, name in enumerate(names, start=1)]


def _rows(
    sheet: Any, header: _Header, name: str, report: Report
) -> Generator[tuple[Location, dict[str, Any] | InputError], None, None]:
    """The rows below the header under its columns; empty ones are none."""
    columns = header.columns
    if len(set(columns)) < len(columns):
        raise InputError("every column has its own name", where=name, got=", ".join(map(repr, columns[:20])))
    canonical = any(label in columns for label in LABELS)
    with closing(_cells(sheet, name)) as cells:
        for number, row in cells:
            where = Location(name, number)
            if number == header.row or all(cell.value is None for cell in row):
                continue
            if number < header.row:
                report.read += 1
                report.skipped(ABOVE, where)
                continue
            yield where, _record(row, columns, where, report, canonical=canonical)


def _record(
    row: Sequence[Any], columns: list[str], where: Location, report: Report, *, canonical: bool
) -> dict[str, Any] | InputError:
    """A row under its columns, or why it is none."""
    if any(cell.value is not None for cell in row[len(columns) :]):
        got = f"{len(row)} cells for {len(columns)} columns"
        return InputError("a row has as many cells as the header", where=where, got=got)
    record: dict[str, Any] = dict.fromkeys(columns)
    for column, cell in zip(columns, row, strict=False):
        if cell.data_type == "e":
            report.repaired(ERROR_VALUE, where, detail=f"{column}: {cell.value}")
        else:
            record[column] = _value(cell.value)
    try:
        return nested_from_csv(record, where) if canonical else record
    except InputError as error:
        return error


def _value(value: Any) -> Any:
    """A cell's value as records carry it: moments as ISO 8601; whole numbers beyond 64 bits as text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        return str(value)
    # the format writes a carriage return in this way
    return re.sub("_x000[Dd]_", "\r", value) if isinstance(value, str) else value


# --- the workbook ----------------------------------------------------------------------------------------------------


@contextmanager
def _workbook(source: Source) -> Iterator[list[Any]]:
    """The sheets of a workbook, open for the time of the block."""
    import openpyxl

    with _repacked(source) as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what cannot be written back
                book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
                sheets = list(book.worksheets)
        except _BROKEN as error:
            raise _damaged(source.name, error) from error
        with closing(book):
            yield sheets


@contextmanager
def _repacked(source: Source) -> Iterator[IO[bytes]]:
    """The parts of a workbook unpacked within bounds and packed again as they are: openpyxl reads most of them at
    once, however large they turn out.
    """
    with unzipped(source) as container, tempfile.TemporaryFile() as copy:
        with zipfile.ZipFile(copy, "w") as archive:
            for path, file in container.files.items():
                if path.endswith((".xml", ".rels")):
                    with file.open() as stream, archive.open(path, "w", force_zip64=True) as target:
                        shutil.copyfileobj(stream, target)
        copy.seek(0)
        yield copy


def _cells(sheet: Any, name: str) -> Generator[Row, None, None]:
    """The rows of a sheet with their numbers."""
    sheet.reset_dimensions()  # what a file says of them need not be so
    rows = enumerate(sheet.iter_rows(max_row=_MOST_ROWS), start=1)
    while True:
        taken, error = _some(rows)
        yield from taken
        if error is not None:
            raise _damaged(name, error) from error
        if not taken:
            return


def _some(rows: Iterator[Row]) -> tuple[list[Row], Exception | None]:
    """The next rows, as many as there are up to what is broken, and what that is."""
    taken: list[Row] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a date out of range, for one, comes as an error value
        try:
            for row in islice(rows, _AT_ONCE):
                taken.append(row)
        except _BROKEN as error:
            return taken, error
    return taken, None


def _damaged(name: str, error: Exception) -> InputError:
    cause = error.__cause__ or error
    got = (str(cause) or type(cause).__name__).splitlines()[0]
    return InputError("an .xlsx file is a whole workbook", where=name, got=got[:120], fix="Save it again as .xlsx")
