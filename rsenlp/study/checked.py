"""How far a model and a reader agree on the comments that the reader checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rsenlp.discussion import Annotation, Comment
from rsenlp.results.listing import Key, Shown, several
from rsenlp.study.agreement import compare
from rsenlp.study.corrections import as_said
from rsenlp.study.metrics import Estimate
from rsenlp.text import OTHER

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """How often the model's label is the reader's: of all comments, and of those where the model decides.

    ``kappa`` is Cohen's, with its bootstrap interval over threads.
    """

    column: str
    compared: int
    same: int
    decided: int
    decided_same: int
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on the comments that can be compared; ``left_out`` counts those that the study does not have (any
    longer, or with another text) or that the model did not read. ``evidence`` is an F1 as in ``rsenlp evaluate``.
    """

    comments: int
    threads: int
    left_out: int
    labels: tuple[LabelAgreement, ...]
    evidence: Estimate


def agreement_with_model(connection: duckdb.DuckDBPyConnection, annotated: Mapping[Key, Comment]) -> Agreement | None:
    """Compare what a reader says with the study's predictions, ``None`` where there is nothing to compare."""
    shown = several(connection, annotated)
    pairs = [
        (item, annotated[key])
        for key, item in shown.items()
        if item.language != OTHER and item.text == annotated[key].text
    ]
    if not pairs:
        return None
    readers = [replace(comment, lang=item.language) for item, comment in pairs]
    models = [replace(comment, annotation=as_said(item)) for (item, _), comment in zip(pairs, readers, strict=True)]
    figures = compare(models, readers)["languages"]["all"]
    labels = [_label(column, pairs, figures[column.replace("_", " ", 1)]["kappa"]) for column in pairs[0][0].columns]
    threads = len({item.thread_id for item, _ in pairs})
    return Agreement(len(pairs), threads, len(annotated) - len(pairs), tuple(labels), figures["evidence"]["f1"])


def changed(shown: Shown, annotation: Annotation) -> list[str]:
    """The label columns in which a reader's annotation differs from what the model says, ``evidence`` for the marks."""
    said = as_said(shown)
    columns = [column for column in shown.columns if _of(said, column) != _of(annotation, column)]
    return columns + (["evidence"] if _marks(said) != _marks(annotation) else [])


def _label(column: str, pairs: list[tuple[Shown, Comment]], kappa: Estimate) -> LabelAgreement:
    facts = [
        (item.columns[column].decided, item.columns[column].label == _of(comment.annotation, column))
        for item, comment in pairs
        if comment.annotation is not None
    ]
    return LabelAgreement(
        column,
        compared=len(facts),
        same=sum(same for _, same in facts),
        decided=sum(decided for decided, _ in facts),
        decided_same=sum(decided and same for decided, same in facts),
        kappa=kappa,
    )


def _of(annotation: Annotation | None, column: str) -> str | None:
    if annotation is None:
        return None
    part, _, name = column.partition("_")
    return annotation.stance[name] if part == "stance" else annotation.causes[name]


def _marks(annotation: Annotation) -> set[tuple[str, str, int, int]]:
    return {(item.cause, item.polarity, item.start, item.end) for item in annotation.evidence}
