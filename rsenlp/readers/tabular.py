"""Rows of named columns: JSONL, Parquet, and CSV as people have it, under whatever names the columns go.

The canonical records of the data contract are the case in which the columns have the contract's names.
"""

from __future__ import annotations

import csv
import itertools
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.json_text import MENDED
from rsenlp.parquet import read_parquet
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.record_files import nested_from_csv, read_json_array, read_jsonl, without_apostrophes
from rsenlp.records import FIELDS, LABELS, comment_from_record
from rsenlp.text import nfc, normal
from rsenlp.times import parse_time

# The field of the contract, then the names under which exports carry it, most telling first.
ALIASES: dict[str, tuple[str, ...]] = {
    field: tuple(names.split())
    for field, names in {
        "text": """text texte contenu_du_commentaire votre_commentaire votre_reponse comment_text comment_body
                   comment commentaire commentaires body contenu content message
                   verbatim reaction reponse response avis review post_text""",
        "id": "id comment_id id_commentaire identifiant message_id post_id id_message uuid uid",
        "thread_id": """thread_id thread id_fil fil_id fil discussion_id id_discussion discussion conversation_id
                        conversation article_id id_article topic_id link_id""",
        "parent_id": """parent_id id_parent parent reply_to reply_to_id in_reply_to replied_to_id comment_parent
                        repond_a reponse_a en_reponse_a""",
        "author": """author auteur auteurs auteur_rice auteurrice auteur_e nom_et_prenom prenom_et_nom nom_prenom
                     author_name user username user_name utilisateur pseudo speaker nom name""",
        "created_at": """created_at date created created_utc date_creation date_de_creation timestamp datetime
                         horodatage publie_le published published_at posted_at time""",
        "claim": "claim these affirmation article_title titre_article thread_title titre_fil",
        "lang": "lang langue language",
        "source": "source site canal channel forum plateforme platform",
        "url": "url lien link permalink permalien",
    }.items()
}
_DELIMITERS = ",;\t|"
_SAID_DELIMITER = re.compile(r"\ufeff?sep=(.)\s*")  # a spreadsheet's own first line


class TabularReader:
    """Reads one of the tabular formats into comments."""

    def __init__(self, name: str) -> None:
        self.name = name

    def recognises(self, source: Source) -> bool:
        if self.name == "parquet":
            return source.head.startswith(b"PAR1")
        if source.is_binary:
            return False
        start = source.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if self.name == "jsonl":
            return start.startswith((b"{", b"[{"))
        return source.suffix in {".csv", ".tsv", ".tab"} or _looks_like_csv(source)

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The comments of the source; rows that cannot be used go to the report.

        Raises:
            InputError: no column holds text, or the file is damaged as a whole.
            UsageError: a column that was named is not there.
        """
        if self.name == "parquet":
            report.source(source.name, format=self.name)
            with source.plain_file() as path:
                yield from comments_of_rows(read_parquet(path, name=source.name), source, options, report)
        elif self.name == "jsonl":
            report.source(source.name, format=self.name, encoding=source.encoding)
            with source.open_utf8() as stream:
                rows = read_json_array(stream, source.name) if source.head.lstrip()[:1] == b"[" else None
                rows = rows or read_jsonl(stream, source.name, mended=partial(_mended, report))
                yield from comments_of_rows(rows, source, options, report, varying=True)
        else:
            with closing(csv_rows(source, report)) as rows:
                yield from comments_of_rows(rows, source, options, report)


def comments_of_rows(
    rows: Iterable[tuple[Location, dict[str, Any] | InputError]],
    source: Source,
    options: ReadOptions,
    report: Report,
    *,
    varying: bool = False,
) -> Iterator[tuple[Comment, Location]]:
    """The comments of rows; ``varying`` where each row may have its own columns. A row that is none comes as the error
    it is.
    """
    columns: tuple[str, ...] | None = None
    mapping: dict[str, str] = {}
    for number, (where, row) in enumerate(rows, start=1):
        report.read += 1
        if isinstance(row, InputError):
            report.skipped(row.rule, where, detail=row.got)
            continue
        if columns != tuple(row):
            columns = tuple(row)
            try:
                mapping = map_columns(columns, options.columns, source.name)
                _note_columns(report, columns, mapping)
            except InputError as error:
                if not varying:
                    raise
                report.skipped("row without text", where, detail=error.got)
                columns = None
                continue
        comment = comment_of(_renamed(row, mapping), number, where, source, options, report)
        if comment is not None:
            yield comment, where


def comment_of(
    record: dict[str, Any], number: int, where: Location, source: Source, options: ReadOptions, report: Report
) -> Comment | None:
    """The comment of a record under the contract's names; ``None``, with a row in the report, where it is none.

    What the record lacks is taken from ``options`` and the source; ``number`` makes the id of one that has none. A
    text that has to be brought to the contract's form and a date that cannot be read get a row.
    """
    if not str(record.get("text") or "").strip():
        report.skipped("row without text", where, id=_said(record, "id"))
        return None
    _complete(record, number, where, source, options, report)
    _check_time(record, where, report)
    try:
        return comment_from_record(record, where, labels=options.labels)
    except InputError as error:
        report.skipped(error.rule, where, id=_said(record, "id"), detail=error.got)
        return None


def _mended(report: Report, where: Location, what: str) -> None:
    report.repaired(MENDED, where, detail=what)


def _note_columns(report: Report, columns: Iterable[str], mapping: Mapping[str, str]) -> None:
    """Tell in the report which column was read as what, and which are kept as they came, names in them included."""
    facts = report.sources[-1]
    read_as = {field: column for column, field in mapping.items()}
    facts.setdefault("read_as", {}).update(read_as)
    others = [column for column in columns if column not in mapping and column not in LABELS]
    facts["kept_as_they_came"] = sorted({*facts.get("kept_as_they_came", ()), *others})


def map_columns(
    columns: Iterable[str], said: Mapping[str, str], name: str, *, aliases: Mapping[str, Iterable[str]] = ALIASES
) -> dict[str, str]:
    """Which column holds which field: those said outright, then by name.

    ``aliases`` are the names of columns for each field, as :func:`column_key` gives them, the most telling first; by
    default those of the contract's fields, French and English.

    Raises:
        UsageError: a column that was said is not there.
        InputError: no column holds text.
    """
    columns = list(columns)
    mapping: dict[str, str] = {}
    for field, column in said.items():
        if column not in columns:
            raise UsageError(f"{name}: there is no column {column!r} for '{field}'; the columns are {_listed(columns)}")
        mapping[column] = field
    by_key = {column_key(column): column for column in reversed(columns)}
    for field, names in aliases.items():
        if field in mapping.values():
            continue
        found = next((by_key[alias] for alias in names if alias in by_key and by_key[alias] not in mapping), None)
        if found is not None:
            mapping[found] = field
    if "text" not in mapping.values():
        raise InputError(
            "a column holds the text of the comments",
            where=name,
            got=f"the columns {_listed(columns)}",
            fix="Say which one with --text-col",
        )
    return mapping


def column_key(column: str) -> str:
    """A column's name without case, accents and marks: ``Comment-ID`` is ``comment_id``."""
    return re.sub(r"[^a-z0-9]+", "_", normal(column)).strip("_")


def _listed(columns: Iterable[str]) -> str:
    names = list(columns)
    return ", ".join(map(repr, names[:20])) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _renamed(row: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    taken = set(mapping.values())
    record: dict[str, Any] = {}
    for column, value in row.items():
        field = mapping.get(column, column)
        if field in FIELDS and mapping.get(column) is None and field in taken:
            field = f"{column}_column"
        record[field] = value
    return record


def _complete(
    record: dict[str, Any], number: int, where: Location, source: Source, options: ReadOptions, report: Report
) -> None:
    """Give a record what it lacks, and its text the contract's normal form; white space at its ends is the author's."""
    text = str(record["text"])
    record["text"] = nfc(text)
    if record["text"] != text:
        report.repaired("text brought to Unicode NFC and \\n line ends", where, id=_said(record, "id"))
    for name in ("id", "thread_id", "parent_id"):
        record[name] = _identifier(record.get(name))
    if record["parent_id"] in NO_PARENT:
        record["parent_id"] = None
    if _said(record, "id") is None:
        record["id"] = f"{source.stem}-{number}"
    if _said(record, "thread_id") is None:
        record["thread_id"] = options.thread_id or source.stem
    if _said(record, "claim") is None:
        record["claim"] = options.claim
    if _said(record, "lang") is None:
        record["lang"] = options.lang
    record.setdefault("source", source.stem)


NO_PARENT = {"0", "null", "nan", "none", "n/a", "na", "-", "NULL", "NaN", "None", "N/A", "NA"}


def _identifier(value: Any) -> Any:
    """An id without the white space around it, and without the ``.0`` that a spreadsheet gives whole numbers."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    return re.sub(r"^(\d+)\.0$", r"\1", value) if value.endswith(".0") else value


def _check_time(record: dict[str, Any], where: Location, report: Report) -> None:
    """A date that cannot be read is left out, with a row; the comment is not."""
    try:
        record["created_at"] = parse_time(record.get("created_at"), where)
    except InputError as error:
        report.repaired("date left out", where, id=_said(record, "id"), detail=error.got)
        record["created_at"] = None


def _said(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    return None if value is None or str(value).strip() == "" else str(value)


# --- CSV -------------------------------------------------------------------------------------------------------------


def _looks_like_csv(source: Source) -> bool:
    return bool(header_keys(source) & set(ALIASES["text"]))


def header_keys(source: Source) -> set[str]:
    """The names of the columns in a file's first line, as :func:`column_key` gives them."""
    encoding = "utf-16" if source.head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    lines = re.split(r"\r?\n|\r", source.head.decode(encoding, "replace"), maxsplit=2)
    first = lines[1] if _SAID_DELIMITER.fullmatch(lines[0]) and len(lines) > 1 else lines[0]
    return {column_key(cell) for cell in next(csv.reader([first], delimiter=_delimiter(first)), [])}


def _delimiter(header: str) -> str:
    """The delimiter that cuts the header into most cells; quoted ones do not count."""
    unquoted = re.sub(r'"[^"]*"', "", header)
    best = max(_DELIMITERS, key=unquoted.count)
    return best if unquoted.count(best) else ","


def csv_rows(
    source: Source, report: Report, *, format: str = "csv"
) -> Generator[tuple[Location, dict[str, Any] | InputError], None, None]:
    """The rows of a CSV file by the names of its columns, with their lines; one that is none comes as the error it is.

    Raises:
        InputError: two columns have the same name.
    """
    csv.field_size_limit(2**31 - 1)
    with source.open_text() as stream:
        header_line = stream.readline()
        said = _SAID_DELIMITER.fullmatch(header_line)
        if said:
            header_line = stream.readline()
        delimiter = said[1] if said else _delimiter(header_line)
        lines = _Lines(itertools.chain([header_line], stream), 1 if said else 0)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        columns = [column.strip() or f"column_{index}" for index, column in enumerate(next(reader), start=1)]
        if len(set(columns)) < len(columns):
            raise InputError("every column has its own name", where=source.name, got=_listed(columns))
        report.source(source.name, format=format, encoding=source.encoding, delimiter=delimiter)
        canonical = format == "csv" and any(name in columns for name in LABELS)
        while True:
            where = Location(source.name, lines.number + 1)
            lines.taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                # a quotation mark that is the author's: each line of what it swallowed is a row of its own
                for number, line in enumerate(lines.taken):
                    at = Location(source.name, (where.line or 0) + number)
                    report.repaired("quotation mark read as text", at, detail=str(error))
                    yield from _row(line.rstrip("\r\n").split(delimiter), columns, at, canonical=canonical)
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
                continue
            if len(columns) == 1 and len(cells) > 1:
                cells = ["".join(lines.taken).rstrip("\r\n")]
            yield from _row(cells, columns, where, canonical=canonical)


def _row(
    cells: list[str], columns: list[str], where: Location, *, canonical: bool
) -> Iterator[tuple[Location, dict[str, Any] | InputError]]:
    """A row of cells under its columns, or why it is none; nothing for an empty one."""
    if not any(cells):
        return
    if any(cells[len(columns) :]) or len(cells) < len(columns) - _trailing(columns):
        got = f"{len(cells)} cells for {len(columns)} columns"
        yield where, InputError("a row has as many cells as the header", where=where, got=got)
        return
    row: dict[str, Any] = dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=False))
    row = without_apostrophes(row)
    if canonical:
        try:
            row = nested_from_csv(row, where)
        except InputError as error:
            yield where, error
            return
    yield where, row


class _Lines:
    """The lines of a file, numbered, and those that were taken since the last row."""

    def __init__(self, lines: Iterable[str], number: int) -> None:
        self._lines = iter(lines)
        self.number = number
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self.taken.append(line)
        return line


def _trailing(columns: list[str]) -> int:
    """How many cells may lack at a row's end: spreadsheets leave out empty ones after the text."""
    keys = [column_key(column) for column in columns]
    last = max((index for index, key in enumerate(keys) if key in ALIASES["text"]), default=len(keys) - 1)
    return len(columns) - 1 - last
