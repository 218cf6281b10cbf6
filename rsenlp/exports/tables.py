"""The formats of the data contract: JSONL, CSV and Parquet, which can all be read again.

An exported comment has the form of an annotated one. Where a model labelled it, ``probabilities``, ``decided`` and
``model`` stand beside: a label that is not decided is told by ``decided`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rsenlp.audit import Report
from rsenlp.errors import Location
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled, Labels
from rsenlp.record_files import NEUTRALISED, open_writer
from rsenlp.records import comment_to_record

RENAMED = "column of the name of a prediction's field, renamed"
APOSTROPHE = "cell that a spreadsheet would compute, opened with an apostrophe"
HEADER = "name of a column that a spreadsheet would compute, opened with an apostrophe"
# https://owasp.org/www-community/attacks/CSV_Injection names these, the full-width ones among them
_COMPUTED = re.compile("[=+\\-@\t\r\n＝＋－＠]")


def write_jsonl(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """One JSON object a line."""
    with open_writer(output, "labelled", form="jsonl") as writer:
        for number, item in enumerate(items, start=1):
            writer.write_record(record_of(item, Location(str(output), number), report))


def write_parquet(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Typed columns, nested ones as structs."""
    with open_writer(output, "labelled", form="parquet") as writer:
        for number, item in enumerate(items, start=1):
            writer.write_record(record_of(item, Location(str(output), number), report))


def write_csv(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Nested columns as JSON; no cell opens with a character that makes a spreadsheet compute it."""
    told: set[str] = set()
    with open_writer(output, "labelled", form="csv", bom=options.bom) as writer:
        for number, item in enumerate(items, start=1):
            where = Location(str(output), number)
            record = record_of(item, where, report)
            for name in (name for name in record if _COMPUTED.match(name) and name not in told):
                report.repaired(HEADER, where, detail=name)
                told.add(name)
            writer.write_record(neutralised(record, where, report))


def record_of(item: Labelled, where: Location, report: Report) -> dict[str, Any]:
    """The record of a labelled comment; what a former prediction left in it is replaced."""
    record = comment_to_record(item.comment)
    if item.labels is None or item.labels.model is None:
        return record
    said = prediction_fields(item.labels)
    for name in said:
        if record.get(name) is not None and not isinstance(record[name], Mapping):
            free = f"{name}_column"
            while free in record:
                free += "_column"
            record[free] = record[name]
            report.repaired(RENAMED, where, id=item.comment.id, detail=f"{name}, now {free}")
    return record | said


def prediction_fields(labels: Labels) -> dict[str, Any]:
    """What a model says of a comment, under the names that annotations and predictions have in the contract."""
    parts = {"stance": labels.stance, "causes": labels.causes}
    return {
        "stance": {name: label.label for name, label in labels.stance.items()},
        "causes": {name: label.label for name, label in labels.causes.items()},
        "evidence": [item.to_dict() for item in labels.evidence],
        "probabilities": {
            part: {name: dict(label.probabilities) for name, label in said.items()} for part, said in parts.items()
        },
        "decided": {part: {name: label.decided for name, label in said.items()} for part, said in parts.items()},
        "model": labels.model.to_dict() if labels.model else None,
    }


def neutralised(record: dict[str, Any], where: Location, report: Report) -> dict[str, Any]:
    """A record whose cells no spreadsheet takes for formulas: those that it would open with an apostrophe, and the
    column ``neutralised`` names them, so that reading them again gives what was there.
    """
    named = {_safe(name): cell for name, cell in record.items()}
    changed = [name for name, cell in named.items() if isinstance(cell, str) and _COMPUTED.match(cell)]
    if not changed:
        return named
    report.repaired(APOSTROPHE, where, id=record["id"], detail=", ".join(changed))
    return named | {name: "'" + named[name] for name in changed} | {NEUTRALISED: changed}


def _safe(name: str) -> str:
    return "'" + name if _COMPUTED.match(name) else name
