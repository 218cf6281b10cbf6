"""Corpora for textometry: IRaMuTeQ and TXM. A text is a comment; its variables say where it stands.

A label that is not decided is ``undecided``, so that it is never counted as ``none`` or ``absent``.
"""

from __future__ import annotations

import csv
import hashlib
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rsenlp.audit import Report
from rsenlp.codebook import codebook
from rsenlp.errors import Location
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled, value
from rsenlp.exports.outputs import CONTROL, Pack, pending_folder, pending_stream, pending_zip
from rsenlp.text import normal

MARKS = "characters that IRaMuTeQ reads as marks, replaced by spaces"
FORBIDDEN = "control characters, which XML forbids, replaced by spaces"
METADATA = "metadata.csv"
_ABOUT = ("id", "thread", "parent", "lang", "source", "author", "year", "month")
_IDENTIFIERS = frozenset({"id", "thread", "parent", "author"})
# asterisks open texts, themes and variables; a dollar ends a segment; underscores around a word make it a variable
_MARKS = re.compile(r"[*$]|(?<!\S)_+(?=\S)|(?<=\S)_+(?!\S)")
# names that Windows keeps for devices, whatever their ending
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
_LONGEST = 60


def write_iramuteq(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """One text file: before each comment a line of starred variables. Values are letters and digits alone."""
    with pending_stream(output) as stream:
        for number, item in enumerate(items, start=1):
            said = {name: text for name, text in variables(item).items() if text}
            stars = " ".join(f"*{plain(name)}_{_modality(name, text)}" for name, text in said.items())
            text = _MARKS.sub(" ", item.comment.text)
            if text != item.comment.text:
                report.repaired(MARKS, Location(str(output), number), id=item.comment.id)
            stream.write(f"**** {stars}\n{text}\n\n".encode())


def _modality(name: str, text: str) -> str:
    return identifier(text) if name in _IDENTIFIERS or not plain(text) else plain(text)


def write_txm(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """A folder, or for a name that ends in ``.zip`` an archive: a ``.txt`` file a comment, and ``metadata.csv``.

    Raises:
        UsageError: the folder is there and not empty.
    """
    zipped = Path(output).suffix.lower() == ".zip"
    with pending_zip(output) if zipped else pending_folder(output) as pack:
        _write_txm(items, pack, str(output), report)


def _write_txm(items: Iterable[Labelled], pack: Pack, output: str, report: Report) -> None:
    columns = [*_ABOUT, *map(plain, (*codebook().targets, *codebook().causes))]
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder:
        path = Path(folder) / METADATA
        with path.open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
            table.writeheader()
            for number, item in enumerate(items, start=1):
                # the id is the name of the file, and so is that of the comment that is answered
                said = variables(item)
                said |= {name: identifier(said[name], "-") for name in ("id", "parent") if said[name]}
                text = CONTROL.sub(" ", item.comment.text)
                if text != item.comment.text:
                    report.repaired(FORBIDDEN, Location(output, number), id=item.comment.id)
                pack.write(f"{said['id']}.txt", text.encode())
                table.writerow({plain(name): CONTROL.sub(" ", " ".join(text.split())) for name, text in said.items()})
        pack.copy(METADATA, path)


def variables(item: Labelled) -> dict[str, str]:
    """The variables of a text: what is known of the comment, then a label for each target and cause; empty where
    nothing is known.
    """
    comment = item.comment
    moment = comment.created_at
    about = {
        "id": comment.id,
        "thread": comment.thread_id,
        "parent": comment.parent_id,
        "lang": comment.lang,
        "source": comment.source,
        "author": comment.author,
        "year": f"{moment:%Y}" if moment else None,
        "month": f"{moment:%Y%m}" if moment else None,
    }
    labels = dict(item.labels.stance) | dict(item.labels.causes) if item.labels else {}
    return {name: text or "" for name, text in about.items()} | {name: value(label) for name, label in labels.items()}


def plain(text: str, between: str = "") -> str:
    """A text as lower-case letters and digits without accents, ``between`` standing for what lies between them."""
    return between.join(re.findall("[a-z0-9]+", normal(text)))[:_LONGEST]


def identifier(text: str, between: str = "") -> str:
    """An id as :func:`plain` text; one that loses anything is kept apart from others by six digits of its hash."""
    made = plain(text, between)
    if made and made == text and not _DEVICES.fullmatch(made):
        return made
    return f"{made}x{hashlib.sha256(text.encode()).hexdigest()[:6]}"
