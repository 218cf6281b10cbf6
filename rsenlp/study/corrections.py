"""Correcting what was said of a comment: every edit gives an annotation whose statuses and evidence go together.

A cause is ``cited`` where a sentence cites it, else ``rejected`` where one rejects it, else ``absent``. A status may
also be said without a sentence that shows it: :func:`unshown` tells.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from rsenlp.codebook import Stance, Status
from rsenlp.discussion import Annotation, Evidence
from rsenlp.results.listing import Shown
from rsenlp.text import Span


def as_said(shown: Shown) -> Annotation:
    """What the model says of a comment, as an annotation to start from."""
    return Annotation(
        {target: cast(Stance, item.label) for target, item in shown.stance.items()},
        {cause: cast(Status, item.label) for cause, item in shown.causes.items()},
        tuple(replace(item, probability=None, theme_probability=None) for item in shown.evidence),
    )


def with_stance(annotation: Annotation, target: str, stance: Stance) -> Annotation:
    """With another stance towards a target."""
    return replace(annotation, stance={**annotation.stance, target: stance})


def with_status(annotation: Annotation, cause: str, status: Status) -> Annotation:
    """With another status of a cause; the sentences marked for it follow, and go where it is absent."""
    own = [item for item in annotation.evidence if item.cause == cause]
    fits = status == "cited" and any(item.polarity == "cited" for item in own)
    if not fits:  # sentences that all cited now all reject, or the other way round
        own = [] if status == "absent" else [replace(item, polarity=status) for item in own]
    return _with(annotation, cause, status, own)


def with_mark(annotation: Annotation, text: str, span: Span, cause: str, polarity: Status) -> Annotation:
    """With a sentence marked as citing or rejecting a cause, or, where it is so marked already, unmarked.

    Args:
        annotation: of the comment.
        text: the comment's.
        span: the sentence's place in it.
        cause: the cause.
        polarity: ``cited`` or ``rejected``.
    """
    own = [item for item in annotation.evidence if item.cause == cause]
    here = [item for item in own if touches(item, span)]
    others = [item for item in own if not touches(item, span)]
    if not any(item.polarity == polarity for item in here):
        theme = next((item.theme for item in here), None)
        others.append(Evidence(cause, polarity, span.start, span.end, text[span.start : span.end], theme))
    found = {item.polarity for item in others}
    status: Status = "cited" if "cited" in found else "rejected" if found else "absent"
    return _with(annotation, cause, status, others)


def unshown(annotation: Annotation) -> list[str]:
    """The causes that are cited or rejected without a sentence that shows it."""
    shown = {(item.cause, item.polarity) for item in annotation.evidence}
    return [cause for cause, status in annotation.causes.items() if status != "absent" and (cause, status) not in shown]


def touches(item: Evidence, span: Span) -> bool:
    """Whether a piece of evidence has a code point of a sentence."""
    return item.start < span.end and span.start < item.end


def _with(annotation: Annotation, cause: str, status: Status, own: list[Evidence]) -> Annotation:
    others = [item for item in annotation.evidence if item.cause != cause]
    evidence = sorted([*others, *own], key=lambda item: (item.start, item.end, item.cause))
    return replace(annotation, causes={**annotation.causes, cause: status}, evidence=tuple(evidence))
