"""Rows of CSV exports whose columns are known, by the fields that these hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

from rsenlp.audit import Report
from rsenlp.errors import InputError, Location
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.tabular import column_key, csv_rows, map_columns
from rsenlp.records import FIELDS, LABELS

_NOTHING = {"", "null"}


class ExportRow(NamedTuple):
    """A row by fields; those without a value are not there. ``others`` holds the columns of no field, as they came."""

    where: Location
    fields: Mapping[str, str]
    others: Mapping[str, str]


def export_rows(
    source: Source,
    options: ReadOptions,
    report: Report,
    *,
    format: str,
    aliases: Mapping[str, str],
    is_personal: Callable[[str], bool],
) -> Iterator[ExportRow]:
    """The rows of an export; one that is none counts as a record that is skipped.

    Args:
        source: a CSV file.
        options: ``columns`` are columns that were said outright.
        report: is told which column was read as what, which are kept, and which are left out.
        format: the name of the format.
        aliases: for each field the names of columns that can hold it, the most telling first, white space between.
        is_personal: whether a column, by its :func:`column_key`, tells who somebody is and is left out.

    Raises:
        InputError: no column holds text, or two have the same name.
    """
    names = {field: known.split() for field, known in aliases.items()}
    mapping: dict[str, str] | None = None
    others: list[str] = []
    with closing(csv_rows(source, report, format=format)) as rows:
        for where, row in rows:
            if isinstance(row, InputError):
                report.read += 1
                report.skipped(row.rule, where, detail=row.got)
                continue
            if mapping is None:
                mapping = map_columns(row, options.columns, source.name, aliases=names)
                others = [column for column in row if column not in mapping]
                personal = {column for column in others if is_personal(column_key(column))}
                others = [column for column in others if column not in personal]
                report.sources[-1].update(
                    read_as={field: column for column, field in mapping.items()},
                    kept_as_they_came=sorted(others),
                    left_out=sorted(personal),
                )
            said = {field: row[column] for column, field in mapping.items()}
            yield ExportRow(
                where,
                {field: value for field, value in said.items() if value.strip().lower() not in _NOTHING},
                {_apart(column): row[column] for column in others},
            )


def _apart(column: str) -> str:
    """A name for a column that is none of the contract's."""
    return f"{column}_column" if column in FIELDS or column in LABELS else column
