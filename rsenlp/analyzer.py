"""One comment in its context in, its prediction out: sentences, context, thresholds, evidence, abstention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any, overload

from rsenlp.classifiers import Classifier, FloatArray, Reading, Scores, load_classifier
from rsenlp.classifiers.pooling import ABSENT, CITED, REJECTED
from rsenlp.codebook import STANCES, STATUSES
from rsenlp.discussion import Comment, Evidence, LabelPrediction, Prediction
from rsenlp.errors import InputError, Location
from rsenlp.records import comment_from_record
from rsenlp.text import OTHER, SUPPORTED, Span, sentences
from rsenlp.text_language import detect_language

InContext = tuple[Comment, Comment | None]
_BATCH = 256
_DIGITS = 4


class Analyzer:
    """A model as its users see it: comments in, predictions out."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.meta = classifier.meta
        self._id = classifier.meta.id
        keys = [key.partition("/")[0] for key in self.meta.themes]
        self._themes = {cause: [row for row, key in enumerate(keys) if key == cause] for cause in self.meta.causes}

    @overload
    def classify(  # type: ignore[overload-overlap] # a string is one text, not an iterable of texts
        self, comments: str | Comment | Mapping[str, Any], *, claim: str | None = None, parent: str | None = None
    ) -> Prediction: ...

    @overload
    def classify(self, comments: Iterable[str | Comment | Mapping[str, Any]]) -> Iterator[Prediction]: ...

    def classify(
        self,
        comments: str | Comment | Mapping[str, Any] | Iterable[str | Comment | Mapping[str, Any]],
        *,
        claim: str | None = None,
        parent: str | None = None,
    ) -> Prediction | Iterator[Prediction]:
        """Say of a comment, or of each of many, where it stands and which causes it cites or rejects.

        Args:
            comments: a text, :class:`Comment` or canonical record gives one prediction; an iterable of them gives
                as many, lazily and in order. Comments of a thread that stand next to each other are
                each other's context; the parent of an answer is looked for among them.
            claim: for a single text, what the opening document asserts.
            parent: for a single text, the comment that it answers.

        Raises:
            InputError: a record breaks the data contract.
        """
        if isinstance(comments, str):
            comment = Comment(thread_id="text", id="text", text=comments, claim=claim)
            above = None if parent is None else Comment(thread_id="text", id="parent", text=parent)
            return next(self.classify_in_context([(comment, above)]))
        if isinstance(comments, Mapping):
            record = {"thread_id": "text", "id": "text", **comments}
            comments = comment_from_record(record, Location("record"), labels=False)
        if isinstance(comments, Comment):
            return next(self.classify_in_context([(comments, None)]))
        if not isinstance(comments, Iterable):
            raise InputError(
                "a text, a comment, a record or an iterable of them is classified", got=repr(comments)[:60]
            )
        return self.classify_in_context(_with_parents(_comments(comments)))

    def classify_in_context(self, comments: Iterable[InContext]) -> Iterator[Prediction]:
        """The prediction for each comment, given with the one that it answers; lazily and in order."""
        return (prediction for _, prediction in self.pairs(comments))

    def pairs(self, comments: Iterable[InContext]) -> Iterator[tuple[Comment, Prediction]]:
        """Likewise, each comment beside its prediction."""
        pending = iter(comments)
        while batch := list(islice(pending, _BATCH)):
            yield from zip((comment for comment, _ in batch), self._batch(batch), strict=True)

    def _batch(self, batch: list[InContext]) -> Iterator[Prediction]:
        spans = [sentences(comment.text) for comment, _ in batch]
        readings = [reading(comment, parent, cut) for (comment, parent), cut in zip(batch, spans, strict=True)]
        supported = [item for item in readings if item.lang in SUPPORTED]
        scored = iter(self._classifier.score(supported))
        for (comment, _), cut, item in zip(batch, spans, readings, strict=True):
            if item.lang in SUPPORTED:
                yield self._prediction(comment, cut, item.lang, next(scored))
            else:
                yield self._unread(comment)

    def _prediction(self, comment: Comment, spans: list[Span], lang: str, scores: Scores) -> Prediction:
        meta = self.meta
        least = meta.thresholds["decide"]
        stance = {
            target: _label(STANCES, row, row.index(max(row)), least[target])
            for target, row in zip(meta.targets, scores.stance.tolist(), strict=True)
        }
        causes = {
            cause: _label(STATUSES, row, self._status(row), least[cause])
            for cause, row in zip(meta.causes, scores.causes.tolist(), strict=True)
        }
        evidence = [
            item
            for index, cause in enumerate(meta.causes)
            if causes[cause].label != "absent"
            for item in self._evidence(comment, spans, scores, index, causes[cause].label)
        ]
        evidence.sort(key=lambda item: (item.start, item.end, item.cause))
        return Prediction(comment.thread_id, comment.id, lang, stance, causes, tuple(evidence), self._id)

    def _status(self, row: list[float]) -> int:
        """The status of a cause: the likelier of cited and rejected where it passes its threshold."""
        least = self.meta.thresholds["status"]
        order = (CITED, REJECTED) if row[CITED] >= row[REJECTED] else (REJECTED, CITED)
        return next((status for status in order if row[status] >= least[STATUSES[status]]), ABSENT)

    def _evidence(
        self, comment: Comment, spans: list[Span], scores: Scores, cause: int, label: str
    ) -> Iterator[Evidence]:
        """The sentences that carry a cause: the likeliest for the comment's label, and all that pass the threshold."""
        if not spans:
            return
        least = self.meta.thresholds["evidence"]
        status = STATUSES.index(label)
        own = scores.sentences[:, cause].tolist()
        best = int(scores.sentences[:, cause, status].argmax())
        for row, (span, probabilities) in enumerate(zip(spans, own, strict=True)):
            polarity = CITED if probabilities[CITED] >= probabilities[REJECTED] else REJECTED
            if row == best:
                polarity = status
            elif probabilities[polarity] < least or (label == "rejected" and polarity == CITED):
                continue
            theme, sureness = self._theme(scores.themes[row], cause)
            yield Evidence(
                cause=self.meta.causes[cause],
                polarity=STATUSES[polarity],
                start=span.start,
                end=span.end,
                text=comment.text[span.start : span.end],
                theme=theme,
                probability=round(probabilities[polarity], _DIGITS),
                theme_probability=sureness,
            )

    def _theme(self, row: FloatArray, cause: int) -> tuple[str | None, float | None]:
        """The likeliest theme of a cause and its probability among those of the cause."""
        name = self.meta.causes[cause]
        own = self._themes[name]
        if not own:
            return None, None
        best = max(own, key=lambda index: row[index])
        return self.meta.themes[best].partition("/")[2], round(float(row[best]), _DIGITS)

    def _unread(self, comment: Comment) -> Prediction:
        """A comment in no supported language: nothing is said of it, and it is not decided."""
        none = LabelPrediction("none", {"favor": 0.0, "against": 0.0, "none": 1.0}, decided=False)
        absent = LabelPrediction("absent", {"cited": 0.0, "rejected": 0.0, "absent": 1.0}, decided=False)
        stance = dict.fromkeys(self.meta.targets, none)
        causes = dict.fromkeys(self.meta.causes, absent)
        return Prediction(comment.thread_id, comment.id, OTHER, stance, causes, (), self._id)


def load(name: str | None = None) -> Analyzer:
    """A model ready to classify: the embedded default, an embedded one by its name, or that of a folder.

    Raises:
        UsageError: no such model.
        ArtifactError: the model is damaged or made for another version.
    """
    return Analyzer(load_classifier(name))


def reading(comment: Comment, parent: Comment | None, spans: list[Span] | None = None) -> Reading:
    """What a backend reads of a comment and the one that it answers."""
    spans = sentences(comment.text) if spans is None else spans
    lang = comment.lang or detect_language(comment.text, _hint(comment, parent))
    return Reading(
        text=comment.text,
        lang=lang if lang in SUPPORTED else OTHER,
        sentences=tuple(comment.text[span.start : span.end] for span in spans),
        claim=comment.claim,
        parent=None if parent is None else parent.text,
    )


def _hint(comment: Comment, parent: Comment | None) -> str | None:
    """The language around a comment, for one too short to tell."""
    if parent is not None:
        return parent.lang or detect_language(parent.text)
    return detect_language(comment.claim) if comment.claim else None


def _label(names: tuple[str, ...], row: list[float], chosen: int, least: float) -> LabelPrediction:
    probabilities = {name: round(value, _DIGITS) for name, value in zip(names, row, strict=True)}
    return LabelPrediction(names[chosen], probabilities, decided=max(row) >= least)


def _comments(items: Iterable[str | Comment | Mapping[str, Any]]) -> Iterator[Comment]:
    for number, item in enumerate(items, start=1):
        if isinstance(item, Comment):
            yield item
        elif isinstance(item, str):
            yield Comment(thread_id=f"text-{number}", id=f"text-{number}", text=item)
        elif not isinstance(item, Mapping):
            rule = "each item is a text, a comment or a record"
            raise InputError(rule, where=Location("record", number), got=repr(item)[:60])
        else:
            yield comment_from_record(item, Location("record", number), labels=False)


def _with_parents(comments: Iterable[Comment]) -> Iterator[InContext]:
    for _, thread in groupby(comments, key=lambda comment: comment.thread_id):
        members = list(thread)
        by_id = {comment.id: comment for comment in members}
        for comment in members:
            yield comment, by_id.get(comment.parent_id) if comment.parent_id else None
