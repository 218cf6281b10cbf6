"""doccano: JSONL for a project of intent detection and slot filling, which has labels on spans and on whole texts.

Evidence are entities (``tooling:cited``), labels are categories (``claim:against``, ``tooling:cited``); ``none`` and
``absent`` are no category, a label that is not decided is ``…:undecided``. Other columns are the example's metadata.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from rsenlp.audit import Report
from rsenlp.exports.annotating import about, pieces
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled, mark, value
from rsenlp.exports.outputs import pending_stream

_NOTHING = frozenset({"none", "absent"})


def write_doccano(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """One example a line."""
    with pending_stream(output) as stream:
        for item in items:
            stream.write(msgspec.json.encode(example(item)) + b"\n")


def example(item: Labelled) -> dict[str, Any]:
    """An example with its spans, in code points, and its categories."""
    said = dict(item.labels.stance) | dict(item.labels.causes) if item.labels else {}
    spans = dict.fromkeys((piece.start, piece.end, mark(piece)) for piece in pieces(item))
    facts = {name: fact for name, fact in about(item).items() if name != "undecided"}
    return {
        "text": item.comment.text,
        "entities": [list(span) for span in spans],
        "cats": [f"{name}:{value(label)}" for name, label in said.items() if value(label) not in _NOTHING],
        "comment_id": item.comment.id,
        "claim": item.comment.claim,
        **facts,
    }
