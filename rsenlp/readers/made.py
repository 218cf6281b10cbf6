"""Comments made from the records of an export whose fields are known: what every such reader does with each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.readers.source import ReadOptions
from rsenlp.records import FIELDS, LABELS, comment_from_record
from rsenlp.text import nfc
from rsenlp.times import parse_time

OTHER_FILE = "a file that this format does not read"
_DEEPEST = 32


def made(record: Mapping[str, Any], where: Location, options: ReadOptions, report: Report) -> Comment | None:
    """The comment of a record under the contract's names; ``None``, with a row, where there is none to be had.

    The text is brought to the contract's form; a date that cannot be read and labels that break the contract are left
    out; each with a row. ``options`` gives claim and language where the record has none.
    """
    text, id = record.get("text"), record.get("id")
    name = None if id is None else str(id)
    if not isinstance(text, str) or not nfc(text).strip():
        report.skipped("record without text", where, id=name)
        return None
    claim, lang = record.get("claim") or options.claim, record.get("lang") or options.lang
    record = {**record, "text": nfc(text), "claim": claim, "lang": lang}
    if record["text"] != text:
        report.repaired("text brought to Unicode NFC and \\n line ends", where, id=name)
    try:
        parse_time(record.get("created_at"), where)
    except InputError as error:
        report.repaired("date left out", where, id=name, detail=error.got)
        record["created_at"] = None
    if options.labels and any(key in record for key in LABELS):
        try:
            return comment_from_record(record, where)
        except InputError as error:
            report.repaired("labels left out", where, id=name, detail=error.rule)
    try:
        return comment_from_record(record, where, labels=False)
    except InputError as error:
        report.skipped(error.rule, where, id=name, detail=error.got)
        return None


def left_out(report: Report, name: str, reason: str, *, detail: str = "") -> None:
    """Note something that is left out whole: a file, a folder, a sheet."""
    report.read += 1
    report.skipped(reason, Location(name), detail=detail)


def other_columns(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Values that the contract does not name, in a form that every format carries, ``prefix`` before names that are
    the contract's.
    """
    taken = {*FIELDS, *LABELS}
    return {(prefix + key if key in taken else key): _carried(value, _DEEPEST) for key, value in values.items()}


def _carried(value: Any, depth: int) -> Any:
    """A JSON value, whole numbers beyond 64 bits as text, and what is nested beyond ``depth`` as JSON text."""
    if isinstance(value, dict | list) and not depth:
        return msgspec.json.encode(value).decode()
    if isinstance(value, dict):
        return {key: _carried(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_carried(item, depth - 1) for item in value]
    return str(value) if isinstance(value, int) and not -(2**63) <= value < 2**63 else value
