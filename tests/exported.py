"""Labelled comments that every test of exports uses, and how an export is written. All text is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rsenlp.audit import Report
from rsenlp.codebook import codebook
from rsenlp.discussion import Annotation, Comment, Evidence, LabelPrediction, ModelId, Prediction
from rsenlp.exports import FORMATS, ExportOptions, Labelled, annotated, export, predicted

MODEL = ModelId("rse-test", "1.2.0", "ab" * 32)
FOLDERS = tuple(name for name, made in FORMATS.items() if not made.ending)

FIRST = Comment(
    thread_id="fil-1",
    id="c1",
    text="Titre 😀\nLa recherche ne trouve rien. Personne n'y va plus.",
    claim="Le réseau interne ne prend pas.",
    lang="fr",
    author="a0123456789ab",
    created_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
    source="forum",
    url="https://example.org/1?a=1&b=2",
    extra={"likes": 3, "tags": ["x", "y"]},
)
OTHER_THREAD = Comment(
    thread_id="thread-2", id="d1", text="We never said what success was.", claim="It failed.", lang="en"
)
ANSWER = Comment(
    thread_id="fil-1",
    id="c2",
    parent_id="c1",
    text="-1, ce n'est pas l'outil <le vrai> & \"le but\" manque.",
    claim="Le réseau interne ne prend pas.",
    lang="fr",
    author="a0000000000ff",
    extra={"likes": -2, "note": "=SUM(1;2)"},
)


def piece(
    comment: Comment, quote: str, cause: str, polarity: str, theme: str | None = None, p: float | None = 0.7
) -> Evidence:
    start = comment.text.index(quote)
    return Evidence(cause, polarity, start, start + len(quote), quote, theme, p)  # type: ignore[arg-type]


def prediction(comment: Comment, *evidence: Evidence, undecided: tuple[str, ...] = (), **labels: str) -> Prediction:
    """A prediction; ``labels`` are by target or cause, all others none or absent."""

    def made(name: str, choices: tuple[str, str, str]) -> LabelPrediction:
        label = labels.get(name, choices[2])
        return LabelPrediction(label, {c: 0.8 if c == label else 0.1 for c in choices}, name not in undecided)

    stance = {name: made(name, ("favor", "against", "none")) for name in codebook().targets}
    causes = {name: made(name, ("cited", "rejected", "absent")) for name in codebook().causes}
    return Prediction(comment.thread_id, comment.id, comment.lang or "fr", stance, causes, evidence, MODEL)


PREDICTIONS = (
    prediction(
        FIRST,
        piece(FIRST, "La recherche ne trouve rien.", "tooling", "cited", "search"),
        claim="favor",
        tooling="cited",
    ),
    prediction(OTHER_THREAD, undecided=("claim", "definition"), definition="cited"),
    prediction(
        ANSWER,
        piece(ANSWER, ANSWER.text, "strategy", "cited", "purpose", 0.9),
        piece(ANSWER, ANSWER.text, "tooling", "rejected", "ergonomics", 0.6),
        claim="against",
        strategy="cited",
        tooling="rejected",
    ),
)
COMMENTS = (FIRST, OTHER_THREAD, ANSWER)
PREDICTED = tuple(
    predicted(comment, made, FIRST if comment is ANSWER else None)
    for comment, made in zip(COMMENTS, PREDICTIONS, strict=True)
)


def annotation(made: Prediction) -> Annotation:
    evidence = tuple(Evidence(e.cause, e.polarity, e.start, e.end, e.text, e.theme) for e in made.evidence)
    stance = {name: label.label for name, label in made.stance.items()}
    causes = {name: label.label for name, label in made.causes.items()}
    return Annotation(stance, causes, evidence)  # type: ignore[arg-type]


def with_annotation(comment: Comment, made: Prediction) -> Comment:
    fields = {name: getattr(comment, name) for name in Comment.__dataclass_fields__}
    return Comment(**fields | {"annotation": annotation(made)})


ANNOTATED = tuple(annotated(with_annotation(c, p)) for c, p in zip(COMMENTS, PREDICTIONS, strict=True))
UNLABELLED = tuple(annotated(comment) for comment in COMMENTS)


def written(
    folder: Path,
    format: str,
    items: tuple[Labelled, ...] = PREDICTED,
    options: ExportOptions | None = None,
    report: Report | None = None,
    *,
    name: str = "out",
) -> Path:
    """The output of an export."""
    path = folder / f"{name}{FORMATS[format].ending}"
    export(items, path, format=format, options=options, report=report)
    return path
