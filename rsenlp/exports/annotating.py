"""What the exports to annotation tools share: labels that are suggested, and those on which the model abstains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

import msgspec

from rsenlp.codebook import STANCES, STATUSES, Codebook, Language, Status
from rsenlp.discussion import Evidence, LabelPrediction
from rsenlp.exports.labelled import Labelled, probability
from rsenlp.times import format_time

POLARITIES: tuple[Status, ...] = ("cited", "rejected")


def questions(book: Codebook, language: Language) -> dict[str, tuple[str, dict[str, str]]]:
    """What is asked of a comment, under the name of its column: the title, and the labels with their names."""
    stances = {str(label): book.stances[label][language] for label in STANCES}
    statuses = {str(status): book.statuses[status][language] for status in STATUSES}
    asked = {f"stance_{target.id}": (target.name[language], stances) for target in book.targets.values()}
    asked |= {f"cause_{cause.id}": (cause.name[language], statuses) for cause in book.causes.values()}
    return asked


def span_labels(book: Codebook, language: Language) -> dict[str, str]:
    """The labels of pieces of evidence, ``tooling:cited``, with their names."""
    return {
        f"{cause.id}:{polarity}": f"{cause.name[language]}: {book.statuses[polarity][language]}"
        for cause in book.causes.values()
        for polarity in POLARITIES
    }


def decided(item: Labelled) -> dict[str, LabelPrediction]:
    """The labels that are suggested, by column: those on which nobody abstains."""
    return {name: label for name, label in item.labels.flat.items() if label.decided} if item.labels else {}


def undecided(item: Labelled) -> list[str]:
    """The columns on which the model abstains."""
    return [name for name, label in item.labels.flat.items() if not label.decided] if item.labels else []


def pieces(item: Labelled) -> tuple[Evidence, ...]:
    return item.labels.evidence if item.labels else ()


def about(item: Labelled) -> dict[str, Any]:
    """What is known of a comment besides its text, without what nobody said."""
    comment = item.comment
    facts = {
        "thread_id": comment.thread_id,
        "parent_id": comment.parent_id,
        "lang": comment.lang,
        "author": comment.author,
        "created_at": format_time(comment.created_at) if comment.created_at else None,
        "source": comment.source,
        "url": comment.url,
        "labels_by": item.labels.said_by if item.labels else None,
        "undecided": undecided(item) or None,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def least(labels: Mapping[str, LabelPrediction]) -> float | None:
    """The probability of the least sure label; ``None`` where no model gave any."""
    return min((sure for label in labels.values() if (sure := probability(label)) is not None), default=None)


def write_array(stream: IO[bytes], records: Iterable[Any]) -> None:
    """Write a JSON array, a record a line."""
    stream.write(b"[")
    for number, record in enumerate(records):
        stream.write((b"," if number else b"") + b"\n" + msgspec.json.encode(record))
    stream.write(b"\n]\n")
