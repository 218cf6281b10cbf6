"""Label Studio: a folder with ``tasks.json`` to import and ``config.xml``, the labelling interface.

What a model says are predictions, what people say annotations. A label on which the model abstains is not predicted;
the task's ``undecided`` names it. Regions count Unicode code points, as Label Studio's own do.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from rsenlp.audit import Report
from rsenlp.codebook import Codebook, Language, codebook
from rsenlp.exports.annotating import about, decided, least, pieces, questions, span_labels, write_array
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled, mark, probability
from rsenlp.exports.outputs import pending_folder

_COLOURS = ("#1565C0", "#90CAF9", "#2E7D32", "#A5D6A7", "#EF6C00", "#FFCC80", "#6A1B9A", "#CE93D8")
_TEXT = "text"


def write_label_studio(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Write a folder.

    Raises:
        UsageError: the folder is there and not empty.
    """
    with pending_folder(output) as pack:
        with pack.open("tasks.json") as stream:
            write_array(stream, map(task, items))
        pack.write("config.xml", interface(codebook(), options.names))


def task(item: Labelled) -> dict[str, Any]:
    """A task in Label Studio's own form."""
    comment = item.comment
    # the interface shows claim and parent: every task has them
    shown = {"text": comment.text, "claim": comment.claim or "", "parent": item.parent.text if item.parent else ""}
    made: dict[str, Any] = {"data": shown | {"comment_id": comment.id} | about(item)}
    if item.labels is None:
        return made
    said = {"result": list(results(item))}
    if item.labels.model is None:
        return made | {"annotations": [said | {"ground_truth": True, "was_cancelled": False}]}
    sure = least(decided(item))
    return made | {
        "predictions": [said | {"model_version": item.labels.said_by} | ({} if sure is None else {"score": sure})]
    }


def results(item: Labelled) -> Iterator[dict[str, Any]]:
    """What is said of the comment, choice by choice, then region by region."""
    for name, label in decided(item).items():
        yield _result(item, name, "choices", {"choices": [label.label]}, (name,), probability(label))
    for piece in dict.fromkeys(pieces(item)):
        where = {"start": piece.start, "end": piece.end, "text": piece.text}
        region = (piece.start, piece.end, mark(piece))
        yield _result(item, "evidence", "labels", where | {"labels": [mark(piece)]}, region, piece.probability)
        if piece.theme is not None:
            yield _result(item, "theme", "choices", where | {"choices": [f"{piece.cause}/{piece.theme}"]}, region)


def _result(
    item: Labelled,
    name: str,
    kind: str,
    value: dict[str, Any],
    of: tuple[object, ...],
    score: float | None = None,
) -> dict[str, Any]:
    """One result; what is said of one region has one id, made from what it is about."""
    key = "\x1f".join(map(str, (item.comment.thread_id, item.comment.id, *of)))
    id = hashlib.sha256(key.encode()).hexdigest()[:10]
    made = {"id": id, "from_name": name, "to_name": _TEXT, "type": kind, "value": value}
    return made if score is None else made | {"score": score}


def interface(book: Codebook, language: Language) -> bytes:
    """The labelling interface: the comment in its context, its evidence and themes, and a choice for each label."""
    view = ET.Element("View")
    for name, titles in (("claim", ("Claim", "Thèse")), ("parent", ("Answers", "Répond à"))):
        ET.SubElement(view, "Header", value=titles[language == "fr"])
        ET.SubElement(view, "Text", name=name, value=f"${name}", selectionEnabled="false")
    labels = ET.SubElement(view, "Labels", name="evidence", toName=_TEXT)
    for (value, hint), colour in zip(span_labels(book, language).items(), _COLOURS * len(book.causes), strict=False):
        ET.SubElement(labels, "Label", value=value, hint=hint, background=colour)
    ET.SubElement(view, "Text", name=_TEXT, value="$text", granularity="word")
    themes = ET.SubElement(
        view, "Choices", name="theme", toName=_TEXT, perRegion="true", choice="single", whenTagName="evidence"
    )
    for theme in book.themes.values():
        ET.SubElement(themes, "Choice", value=theme.key, hint=theme.name[language])
    for name, (title, answers) in questions(book, language).items():
        ET.SubElement(view, "Header", value=title, size="5")
        choices = ET.SubElement(view, "Choices", name=name, toName=_TEXT, choice="single", showInline="true")
        for value, hint in answers.items():
            ET.SubElement(choices, "Choice", value=value, hint=hint)
    ET.indent(view)
    written = io.BytesIO()
    ET.ElementTree(view).write(written, encoding="utf-8")
    return written.getvalue() + b"\n"
