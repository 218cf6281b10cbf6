"""Argilla 2: a folder that ``rg.Dataset.from_disk`` reads, with ``records.json`` and the settings of the dataset.

Labels are suggestions; a question on which the model abstains has none and is named in the metadata ``undecided``.
Spans count Unicode code points of the field ``text``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from rsenlp.audit import Report
from rsenlp.codebook import Codebook, Language, codebook
from rsenlp.exports.annotating import about, decided, pieces, questions, span_labels, write_array
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled, mark, probability
from rsenlp.exports.outputs import pending_folder

DATASET = "rsenlp"
_FIELDS = {"text": ("Comment", "Commentaire"), "claim": ("Claim", "Thèse"), "parent": ("Answers", "Répond à")}
_METADATA = ("thread_id", "parent_id", "lang", "author", "source", "labels_by", "undecided", "themes")


def write_argilla(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Write a dataset folder.

    Raises:
        UsageError: the folder is there and not empty.
    """
    with pending_folder(output) as pack:
        with pack.open("records.json") as stream:
            write_array(stream, map(record, items))
        pack.write(".argilla/settings.json", msgspec.json.encode(settings(codebook(), options.names)))
        dataset = {"name": DATASET, "status": "draft", "allow_extra_metadata": True}
        pack.write(".argilla/dataset.json", msgspec.json.encode(dataset))


def record(item: Labelled) -> dict[str, Any]:
    """A record as ``rg.Record.to_dict`` writes it."""
    comment = item.comment
    fields = {"text": comment.text, "claim": comment.claim, "parent": item.parent.text if item.parent else None}
    themes = list(dict.fromkeys(f"{piece.cause}/{piece.theme}" for piece in pieces(item) if piece.theme))
    return {
        "id": comment.id,
        "fields": {name: text for name, text in fields.items() if text},
        "metadata": about(item) | ({"themes": themes} if themes else {}),
        "suggestions": suggestions(item),
        "responses": {},
        "vectors": {},
        "status": "pending",
    }


def suggestions(item: Labelled) -> dict[str, Any]:
    """What is suggested to each question, with who suggests it and how sure it is."""
    if item.labels is None:
        return {}
    by = {"agent": item.labels.said_by, "type": "human" if item.labels.model is None else "model"}
    found: dict[str, Any] = {
        name: {"value": label.label, "score": probability(label), **by} for name, label in decided(item).items()
    }
    spans = {(piece.start, piece.end, mark(piece)): piece.probability for piece in item.labels.evidence}
    if spans:
        value = [{"start": start, "end": end, "label": label} for start, end, label in spans]
        scores = list(spans.values())
        found["evidence"] = {"value": value, "score": None if None in scores else scores, **by}
    return found


def settings(book: Codebook, language: Language) -> dict[str, Any]:
    """The settings of the dataset: fields, a question for each label, and one for the evidence."""
    asked = [
        _question(name, title, {"type": "label_selection", "options": _options(labels)})
        for name, (title, labels) in questions(book, language).items()
    ]
    spans = {
        "type": "span",
        "field": "text",
        "allow_overlapping": True,
        "options": _options(span_labels(book, language)),
    }
    title = "Preuves" if language == "fr" else "Evidence"
    return {
        "guidelines": book.domain[language],
        "fields": [
            {
                "name": name,
                "title": titles[language == "fr"],
                "required": name == "text",
                "settings": {"type": "text", "use_markdown": False},
            }
            for name, titles in _FIELDS.items()
        ],
        "questions": [*asked, _question("evidence", title, spans, required=False)],
        "metadata": [{"name": name, "title": name, "settings": {"type": "terms"}} for name in _METADATA],
        "vectors": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "mapping": None,
    }


def _question(name: str, title: str, settings: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "title": title, "description": None, "required": required, "settings": settings}


def _options(labels: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "text": text} for value, text in labels.items()]
