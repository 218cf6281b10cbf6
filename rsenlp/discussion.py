"""The nouns: threads, comments, evidence, annotations and predictions. Frozen; everything else is derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rsenlp.codebook import Stance, Status
from rsenlp.errors import InputError


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that carries a cause.

    ``start`` and ``end`` count Unicode code points of the comment's text; ``text`` equals ``comment.text[start:end]``.
    ``theme`` is a theme of the cause in the codebook, ``probability`` that of the sentence carrying the cause,
    ``theme_probability`` that of the theme among those of the cause; each is ``None`` where nobody said.
    """

    cause: str
    polarity: Status
    start: int
    end: int
    text: str
    theme: str | None = None
    probability: float | None = None
    theme_probability: float | None = None

    def to_dict(self) -> dict[str, Any]:
        record: dict[str, Any] = {
            "cause": self.cause,
            "polarity": self.polarity,
            "start": self.start,
            "end": self.end,
            "text": self.text,
        }
        if self.probability is not None:
            record["probability"] = self.probability
        if self.theme is not None:
            record["theme"] = self.theme
        if self.theme_probability is not None:
            record["theme_probability"] = self.theme_probability
        return record


def check_evidence(evidence: Iterable[Evidence], text: str) -> None:
    """Check that every piece of evidence quotes the text exactly.

    Raises:
        InputError: an offset lies outside the text, or the quote differs from the text at its offsets.
    """
    for item in evidence:
        if not 0 <= item.start < item.end <= len(text):
            raise InputError(
                f"evidence offsets lie within the text (0 to {len(text)} code points), start before end",
                got=f"{item.start}:{item.end}",
            )
        if text[item.start : item.end] != item.text:
            raise InputError(
                "the text of evidence equals the comment's text at its offsets",
                got=f"{item.text!r} where {item.start}:{item.end} is {text[item.start : item.end]!r}",
                fix="Offsets count Unicode code points, not bytes",
            )


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a reader (or a gold set) says of a comment: stance by target, status by cause, evidence."""

    stance: Mapping[str, Stance]
    causes: Mapping[str, Status]
    evidence: tuple[Evidence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "stance": dict(self.stance),
            "causes": dict(self.causes),
            "evidence": [item.to_dict() for item in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Comment:
    """One contribution to a discussion. ``parent_id`` is ``None`` when it answers the opening document.

    ``extra`` holds the columns that the contract does not name, as they came.
    """

    thread_id: str
    id: str
    text: str
    parent_id: str | None = None
    claim: str | None = None
    lang: str | None = None
    author: str | None = None
    created_at: datetime | None = None
    source: str | None = None
    url: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    annotation: Annotation | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """An opening document's claim and the comments under it, in the order in which they came."""

    id: str
    claim: str | None
    comments: tuple[Comment, ...]

    @property
    def by_id(self) -> dict[str, Comment]:
        return {comment.id: comment for comment in self.comments}


@dataclass(frozen=True, slots=True)
class LabelPrediction:
    """A label with the calibrated probability of each possible one; ``decided`` is false where the model abstains."""

    label: str
    probabilities: Mapping[str, float]
    decided: bool = True

    def to_dict(self) -> dict[str, Any]:
        return {"label": self.label, "probabilities": dict(self.probabilities)}


@dataclass(frozen=True, slots=True)
class ModelId:
    """What predicted: name, version, and the SHA-256 of the model's files (64 hexadecimal digits)."""

    name: str
    version: str
    hash: str

    def to_dict(self) -> dict[str, str]:
        return {"name": self.name, "version": self.version, "hash": self.hash}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of a comment. ``lang`` is the language it was read in, ``other`` for none of ours."""

    thread_id: str
    id: str
    lang: str
    stance: Mapping[str, LabelPrediction]
    causes: Mapping[str, LabelPrediction]
    evidence: Sequence[Evidence]
    model: ModelId

    @property
    def decided(self) -> dict[str, dict[str, bool]]:
        """For each label, under the same path as the label itself, whether the model decides."""
        return {
            "stance": {target: item.decided for target, item in self.stance.items()},
            "causes": {cause: item.decided for cause, item in self.causes.items()},
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "thread_id": self.thread_id,
            "id": self.id,
            "lang": self.lang,
            "stance": {target: item.to_dict() for target, item in self.stance.items()},
            "causes": {cause: item.to_dict() for cause, item in self.causes.items()},
            "evidence": [item.to_dict() for item in self.evidence],
            "decided": self.decided,
            "model": self.model.to_dict(),
        }
