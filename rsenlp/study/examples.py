"""Annotated comments as arrays to learn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsenlp.analyzer import reading
from rsenlp.classifiers import Reading
from rsenlp.classifiers.pooling import ABSENT, CITED
from rsenlp.codebook import STANCES, STATUSES, Codebook, codebook
from rsenlp.discussion import Comment, Evidence
from rsenlp.errors import InputError
from rsenlp.study.annotation_files import answered
from rsenlp.study.corpus import Pair
from rsenlp.text import Span, sentences

NATURAL_FROM = 12
"""The first batch of the corpora that was written in the proportions of real threads, not to a flat quota."""


@dataclass(slots=True)
class Examples:
    """Annotated comments as arrays.

    Shapes: ``statuses`` (sentences, causes) and ``labels`` (comments, causes) hold indices into ``STATUSES``;
    ``stance`` (comments, targets) into ``STANCES``; ``themes`` (sentences, causes) a theme's number within its cause
    or -1; ``owner`` (sentences,) the comment of each sentence.
    """

    comments: list[Comment]
    readings: list[Reading]
    parents: list[int]
    groups: NDArray[np.str_]
    statuses: NDArray[np.int64]
    themes: NDArray[np.int64]
    owner: NDArray[np.int64]
    labels: NDArray[np.int64]
    stance: NDArray[np.int64]
    first_of_text: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SentenceExamples:
    """Annotated sentences without a comment, such as those of minimal pairs; arrays as in :class:`Examples`."""

    sentences: list[str]
    statuses: NDArray[np.int64]
    themes: NDArray[np.int64]


def sentence_examples(pairs: Sequence[Pair], *, book: Codebook | None = None) -> SentenceExamples:
    """Both sides of minimal pairs as sentences to learn causes and themes from."""
    book = book or codebook()
    texts, statuses, themes = [], [], []
    for pair in pairs:
        for sentence, evidence in zip(pair.sentences, pair.evidence, strict=True):
            status, theme = _labels_of(evidence, Span(0, len(sentence)), book)
            texts.append(sentence)
            statuses.append(status)
            themes.append(theme)
    causes = len(book.causes)
    return SentenceExamples(
        texts,
        np.array(statuses, dtype=np.int64).reshape(-1, causes),
        np.array(themes, dtype=np.int64).reshape(-1, causes),
    )


def translated_examples(
    translations: Sequence[tuple[str, str]], comments: Sequence[Comment], *, book: Codebook | None = None
) -> SentenceExamples:
    """Translations of sentences of annotated comments, with the labels of what they translate.

    Args:
        translations: sentences in two languages; whichever stands in a comment gives the other its labels.
        comments: annotated ones.
        book: the codebook of the labels.
    """
    book = book or codebook()
    known: dict[str, tuple[list[int], list[int]]] = {}
    for comment in comments:
        evidence = comment.annotation.evidence if comment.annotation else ()
        for span in sentences(comment.text):
            known[comment.text[span.start : span.end]] = _labels_of(evidence, span, book)
    texts, statuses, themes = [], [], []
    for sides in translations:
        for original, translation in (sides, sides[::-1]):
            if original in known and translation not in known:
                texts.append(translation)
                statuses.append(known[original][0])
                themes.append(known[original][1])
    causes = len(book.causes)
    return SentenceExamples(
        texts,
        np.array(statuses, dtype=np.int64).reshape(-1, causes),
        np.array(themes, dtype=np.int64).reshape(-1, causes),
    )


def joined(*parts: SentenceExamples) -> SentenceExamples:
    """Several sets of sentences as one."""
    return SentenceExamples(
        [sentence for part in parts for sentence in part.sentences],
        np.concatenate([part.statuses for part in parts]),
        np.concatenate([part.themes for part in parts]),
    )


def examples(comments: Sequence[Comment], *, book: Codebook | None = None) -> Examples:
    """Annotated comments as arrays to learn from.

    Raises:
        InputError: a comment without annotation.
    """
    book = book or codebook()
    row_of = {(comment.thread_id, comment.id): row for row, comment in enumerate(comments)}
    known = {key: comments[row] for key, row in row_of.items()}
    parents = [row_of.get((c.thread_id, c.parent_id or ""), -1) for c in comments]
    readings, statuses, themes, owner = [], [], [], []
    for row, comment in enumerate(comments):
        if comment.annotation is None:
            raise InputError("training needs annotated comments", got=f"{comment.id!r} without stance and causes")
        spans = sentences(comment.text)
        readings.append(reading(comment, answered(comment, known), spans))
        for span in spans:
            evidence = comment.annotation.evidence
            status, theme = _labels_of(evidence, span, book)
            statuses.append(status)
            themes.append(theme)
            owner.append(row)
    annotations = [comment.annotation for comment in comments if comment.annotation is not None]
    seen: set[str] = set()
    first = [not (comment.text in seen or seen.add(comment.text)) for comment in comments]  # type: ignore[func-returns-value]
    return Examples(
        comments=list(comments),
        readings=readings,
        parents=parents,
        groups=np.array([str(comment.extra.get("group") or comment.thread_id) for comment in comments]),
        statuses=np.array(statuses, dtype=np.int64).reshape(-1, len(book.causes)),
        themes=np.array(themes, dtype=np.int64).reshape(-1, len(book.causes)),
        owner=np.array(owner, dtype=np.int64),
        labels=np.array([[STATUSES.index(a.causes[cause]) for cause in book.causes] for a in annotations]),
        stance=np.array([[STANCES.index(a.stance[target]) for target in book.targets] for a in annotations]),
        first_of_text=np.array(first),
    )


def _labels_of(evidence: Sequence[Evidence], span: Span, book: Codebook) -> tuple[list[int], list[int]]:
    """The status and theme of each cause in a sentence: that of the evidence that covers half of it, or lies in it."""
    status = [ABSENT] * len(book.causes)
    theme = [-1] * len(book.causes)
    for item in evidence:
        common = min(span.end, item.end) - max(span.start, item.start)
        if common * 2 < min(span.end - span.start, item.end - item.start):
            continue
        cause = list(book.causes).index(item.cause)
        if status[cause] != CITED:
            status[cause] = STATUSES.index(item.polarity)
        if item.theme is not None:
            theme[cause] = [t.id for t in book.causes[item.cause].themes].index(item.theme)
    return status, theme


def batch_number(comment: Comment) -> int:
    """The number of the batch that a comment of a corpus was written in (``fr-12``), one where it names none."""
    number = re.search(r"(\d+)$", str(comment.extra.get("batch") or ""))
    return int(number[1]) if number else 1


def in_natural_proportions(comments: Sequence[Comment]) -> list[Comment]:
    """The comments of batches written in the proportions of real threads; all of them where there is none."""
    return [c for c in comments if batch_number(c) >= NATURAL_FROM] or list(comments)
