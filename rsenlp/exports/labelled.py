"""What is exported: a comment with what is said of it, by people or by a model, and the comment that it answers."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from rsenlp.audit import Report
from rsenlp.discussion import Comment, Evidence, LabelPrediction, ModelId, Prediction, check_evidence
from rsenlp.errors import InputError, Location
from rsenlp.record_files import read_predictions
from rsenlp.records import prediction_from_record
from rsenlp.results.selection import UNDECIDED

ANNOTATION = "annotation"
WITHOUT = "comment without a prediction, exported without labels"
NO_COMMENT = "prediction of a comment that is not there"
SECOND = "another prediction of the same comment"
OTHER_TEXT = "prediction made from another text, exported without labels"


@dataclass(frozen=True, slots=True)
class Labels:
    """What is said of a comment. ``model`` is ``None`` where people say it; they decide everything, and give no
    probabilities.
    """

    stance: Mapping[str, LabelPrediction]
    causes: Mapping[str, LabelPrediction]
    evidence: tuple[Evidence, ...]
    model: ModelId | None = None

    @property
    def flat(self) -> dict[str, LabelPrediction]:
        """Every label under the name of its column: ``stance_<target>``, then ``cause_<cause>``."""
        stance = {f"stance_{target}": label for target, label in self.stance.items()}
        return stance | {f"cause_{cause}": label for cause, label in self.causes.items()}

    @property
    def said_by(self) -> str:
        """Name and version of the model, or ``annotation``."""
        return ANNOTATION if self.model is None else f"{self.model.name} {self.model.version}"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A comment, its labels, and the comment that it answers; ``None`` where there are none."""

    comment: Comment
    labels: Labels | None = None
    parent: Comment | None = None


def value(label: LabelPrediction) -> str:
    """The label, or ``undecided`` where the model abstains: *none* and *not decided* are never told alike."""
    return label.label if label.decided else UNDECIDED


def probability(label: LabelPrediction) -> float | None:
    """The probability of the label; ``None`` where people gave it."""
    return label.probabilities.get(label.label)


def mark(evidence: Evidence) -> str:
    """What annotation tools call a piece of evidence: ``tooling:cited``."""
    return f"{evidence.cause}:{evidence.polarity}"


def annotated(comment: Comment, parent: Comment | None = None) -> Labelled:
    """A comment with the labels of its annotation, where it has one."""
    if comment.annotation is None:
        return Labelled(comment, None, parent)
    said = comment.annotation
    stance = {target: LabelPrediction(label, {}) for target, label in said.stance.items()}
    causes = {cause: LabelPrediction(label, {}) for cause, label in said.causes.items()}
    return Labelled(comment, Labels(stance, causes, said.evidence), parent)


def predicted(comment: Comment, prediction: Prediction, parent: Comment | None = None) -> Labelled:
    """A comment with the labels of a prediction, and the language it was read in where none is said.

    Raises:
        InputError: the evidence does not quote the comment's text.
    """
    check_evidence(prediction.evidence, comment.text)
    comment = replace(comment, annotation=None, lang=comment.lang or prediction.lang)
    labels = Labels(prediction.stance, prediction.causes, tuple(prediction.evidence), prediction.model)
    return Labelled(comment, labels, parent)


def with_predictions(
    comments: Iterable[tuple[Comment, Comment | None]], predictions: Path, report: Report
) -> Iterator[Labelled]:
    """Comments, each given with the one that it answers, with their predictions from a file, in whatever order.

    What does not find its counterpart gets a row. Predictions wait in a temporary database: memory does not grow.

    Raises:
        InputError: a prediction breaks the contract, or none belongs to a comment.
    """
    where = Location(str(predictions))
    found = 0
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder, closing(_Spool(Path(folder))) as spool:
        for prediction in read_predictions(predictions):
            if not spool.add(prediction):
                report.skipped(SECOND, where, id=prediction.id)
        for comment, parent in comments:
            made = spool.take(comment)
            found += made is not None
            yield _joined(comment, parent, made, where, report)
        if not found:
            rule = "the predictions are those of the comments"
            raise InputError(rule, where=where, got="none of these comments", fix="Classify the comments again")
        for _, id in spool.rest():
            report.skipped(NO_COMMENT, where, id=id)


def _joined(
    comment: Comment, parent: Comment | None, prediction: Prediction | None, where: Location, report: Report
) -> Labelled:
    if prediction is None:
        report.repaired(WITHOUT, where, id=comment.id)
        return Labelled(replace(comment, annotation=None), None, parent)
    try:
        return predicted(comment, prediction, parent)
    except InputError as error:
        report.repaired(OTHER_TEXT, where, id=comment.id, detail=error.got)
        return Labelled(replace(comment, annotation=None), None, parent)


class _Spool:
    """Predictions on disk, taken by the comment that they are of."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "predictions.sqlite", isolation_level=None)
        self._database.executescript(
            "pragma journal_mode=off; pragma synchronous=off; begin; create table prediction "
            "(n integer primary key, thread text not null, id text not null, record blob, unique (thread, id)) strict;"
        )

    def add(self, prediction: Prediction) -> bool:
        """Keep a prediction; false where there is one of the same comment."""
        query = "insert or ignore into prediction (thread, id, record) values (?, ?, ?)"
        record = msgspec.msgpack.encode(prediction.to_dict())
        return self._database.execute(query, (prediction.thread_id, prediction.id, record)).rowcount == 1

    def take(self, comment: Comment) -> Prediction | None:
        """The prediction of a comment, which is no longer kept."""
        query = "delete from prediction where thread = ? and id = ? returning record"
        rows = self._database.execute(query, (comment.thread_id, comment.id)).fetchall()
        return prediction_from_record(msgspec.msgpack.decode(rows[0][0]), Location("spool")) if rows else None

    def rest(self) -> Iterator[tuple[str, str]]:
        """Thread and id of every prediction that was not taken, in order."""
        yield from self._database.execute("select thread, id from prediction order by n")

    def close(self) -> None:
        self._database.close()
