"""The canonical records of the data contract: a comment or a prediction to and from one flat record.

Offsets of evidence are checked in both directions. :mod:`rsenlp.record_files` reads and writes files of records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rsenlp.codebook import STANCES, STATUSES, Codebook, Stance, Status, codebook
from rsenlp.discussion import (
    Annotation,
    Comment,
    Evidence,
    LabelPrediction,
    ModelId,
    Prediction,
    check_evidence,
)
from rsenlp.errors import InputError, Location
from rsenlp.times import format_time, parse_time

FIELDS = ("thread_id", "id", "parent_id", "text", "claim", "lang", "author", "created_at", "source", "url")
LABELS = ("stance", "causes", "evidence")
_NAMED = frozenset({*FIELDS, *LABELS})
PREDICTION_FIELDS = ("thread_id", "id", "lang", "stance", "causes", "evidence", "decided", "model")


# --- one record ------------------------------------------------------------------------------------------------------


def comment_from_record(
    record: Mapping[str, Any], where: Location, *, labels: bool = True, book: Codebook | None = None
) -> Comment:
    """A comment from a canonical record.

    Args:
        record: the fields of the contract and any others, which become ``extra``.
        where: named in errors.
        labels: read ``stance``, ``causes`` and ``evidence`` where they are; otherwise they are left out unread.
        book: the codebook whose targets and causes the labels name; the package's own by default.

    Raises:
        InputError: a needed field is missing or a value breaks the contract.
    """
    for name in ("thread_id", "id"):
        if _text(record.get(name)) is None:
            raise InputError(f"a comment needs '{name}'", where=where, got=repr(record.get(name)))
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        raise InputError("a comment needs a text", where=where, got=repr(text))
    annotation = _annotation(record, text, where, book or codebook()) if labels else None
    return Comment(
        thread_id=cast(str, _text(record["thread_id"])),
        id=cast(str, _text(record["id"])),
        text=text,
        parent_id=_text(record.get("parent_id")),
        claim=_text(record.get("claim")),
        lang=_text(record.get("lang")),
        author=_text(record.get("author")),
        created_at=parse_time(record.get("created_at"), where),
        source=_text(record.get("source")),
        url=_text(record.get("url")),
        extra={key: value for key, value in record.items() if key not in _NAMED},
        annotation=annotation,
    )


def comment_to_record(comment: Comment, *, written: bool = True) -> dict[str, Any]:
    """A comment as a flat canonical record; fields without a value are ``None``. The moment is written as ISO 8601, or
    stays one.

    Raises:
        InputError: evidence that does not quote the text.
    """
    record: dict[str, Any] = {name: getattr(comment, name) for name in FIELDS}
    if written and comment.created_at is not None:
        record["created_at"] = format_time(comment.created_at)
    if comment.annotation is not None:
        check_evidence(comment.annotation.evidence, comment.text)
        record.update(comment.annotation.to_dict())
    record.update(comment.extra)
    return record


def prediction_from_record(record: Mapping[str, Any], where: Location) -> Prediction:
    """A prediction from its record.

    Raises:
        InputError: a field is missing or malformed.
    """
    try:
        decided = record["decided"]

        def label(section: str, key: str, value: Mapping[str, Any]) -> LabelPrediction:
            return LabelPrediction(value["label"], dict(value["probabilities"]), bool(decided[section][key]))

        return Prediction(
            thread_id=str(record["thread_id"]),
            id=str(record["id"]),
            lang=record["lang"],
            stance={key: label("stance", key, value) for key, value in record["stance"].items()},
            causes={key: label("causes", key, value) for key, value in record["causes"].items()},
            evidence=tuple(_evidence(item, where) for item in record["evidence"] or ()),
            model=ModelId(**record["model"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"a prediction has the fields {', '.join(PREDICTION_FIELDS)}",
            where=where,
            got=f"a record without {error}" if isinstance(error, KeyError) else str(error),
        ) from error


def _annotation(record: Mapping[str, Any], text: str, where: Location, book: Codebook) -> Annotation | None:
    stance, causes = record.get("stance"), record.get("causes")
    if stance is None and causes is None:
        return None
    if not isinstance(stance, Mapping) or not isinstance(causes, Mapping):
        raise InputError("an annotated comment has both 'stance' and 'causes', each an object", where=where)
    for target in book.targets:
        if stance.get(target) not in STANCES:
            raise InputError(
                f"stance.{target} is one of {', '.join(STANCES)}", where=where, got=repr(stance.get(target))
            )
    for cause in book.causes:
        if causes.get(cause) not in STATUSES:
            raise InputError(
                f"causes.{cause} is one of {', '.join(STATUSES)}", where=where, got=repr(causes.get(cause))
            )
    evidence = tuple(_evidence(item, where) for item in record.get("evidence") or ())
    for item in evidence:
        if item.cause not in book.causes or item.polarity not in ("cited", "rejected"):
            raise InputError(
                f"evidence names one of the causes {', '.join(book.causes)}, cited or rejected",
                where=where,
                got=f"{item.cause!r} {item.polarity!r}",
            )
    try:
        check_evidence(evidence, text)
    except InputError as error:
        raise InputError(error.rule, where=where, got=error.got, fix=error.fix) from error
    return Annotation(
        {target: cast(Stance, stance[target]) for target in book.targets},
        {cause: cast(Status, causes[cause]) for cause in book.causes},
        evidence,
    )


def _evidence(item: Any, where: Location) -> Evidence:
    try:
        return Evidence(
            cause=item["cause"],
            polarity=item["polarity"],
            start=int(item["start"]),
            end=int(item["end"]),
            text=item["text"],
            theme=item.get("theme"),
            probability=item.get("probability"),
            theme_probability=item.get("theme_probability"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            "evidence has cause, polarity, start, end and text", where=where, got=repr(item)[:120]
        ) from error


def _text(value: Any) -> str | None:
    """A value as text; ``None`` for what holds none. Numbers lose a trailing ``.0`` that a spreadsheet gave them."""
    if isinstance(value, str):
        return value or None
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)
