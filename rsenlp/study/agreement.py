"""How far two annotations of the same comments agree: Cohen's kappa, Krippendorff's alpha, per label and language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rsenlp.codebook import codebook
from rsenlp.discussion import Annotation, Comment
from rsenlp.errors import InputError
from rsenlp.study.metrics import Estimate, bootstrap, counts_f1, evidence_matches

Label = Callable[[Annotation], Hashable]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A comment that two annotators labelled differently."""

    id: str
    label: str
    first: str
    second: str


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Agreement beyond chance of two annotators, each with an own distribution (Cohen 1960); NaN for one label only.

    Args:
        first: the labels of one, shape (items,).
        second: those of the other, in the same order.
    """
    total = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    ours, theirs = Counter(first), Counter(second)
    expected = sum(ours[label] * theirs[label] for label in ours) / total**2
    return float("nan") if expected == 1 else (observed - expected) / (1 - expected)


def krippendorff_alpha(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Nominal alpha of two annotators without missing values (Krippendorff 2011, computing alpha, case B).

    NaN where both use one label only.
    """
    total = 2 * len(first)
    disagreements = 2 * sum(a != b for a, b in zip(first, second, strict=True))
    counts = Counter(first) + Counter(second)
    expected = total**2 - sum(number**2 for number in counts.values())
    return float("nan") if expected == 0 else 1 - (total - 1) * disagreements / expected


def compare(first: Sequence[Comment], second: Sequence[Comment], *, seed: int = 13) -> dict[str, Any]:
    """Agreement on the comments that both have, by language and label.

    Returns:
        ``comments`` in common, ``only_first`` and ``only_second``, and under ``languages`` for ``all`` and each
        language, for each target, cause and for evidence: ``kappa``, ``alpha``, ``observed`` (figures are
        :class:`~rsenlp.study.metrics.Estimate`); evidence has ``f1``.

    Raises:
        InputError: they have no comment in common, or a text differs.
    """
    pairs = list(_in_common(first, second))
    languages = sorted({str(comment.lang) for comment, _ in pairs})
    parts = {"all": pairs} | {lang: [p for p in pairs if str(p[0].lang) == lang] for lang in languages}
    return {
        "comments": len(pairs),
        "only_first": len(first) - len(pairs),
        "only_second": len(second) - len(pairs),
        "languages": {name: _agreement(part, seed) for name, part in parts.items()},
    }


def disagreements(first: Sequence[Comment], second: Sequence[Comment]) -> list[Disagreement]:
    """Every label on which two annotations differ."""
    found = []
    for one, other in _in_common(first, second):
        for name, label in _labels().items():
            a, b = str(label(_annotation(one))), str(label(_annotation(other)))
            if a != b:
                found.append(Disagreement(one.id, name, a, b))
    return found


def _in_common(first: Sequence[Comment], second: Sequence[Comment]) -> Iterator[tuple[Comment, Comment]]:
    others = {(comment.thread_id, comment.id): comment for comment in second}
    none = True
    for comment in first:
        other = others.get((comment.thread_id, comment.id))
        if other is None:
            continue
        none = False
        if other.text != comment.text:
            raise InputError("two annotations are of the same texts", got=f"{comment.id!r} with another text")
        yield comment, other
    if none:
        raise InputError("two annotations have comments in common", got="none")


def _annotation(comment: Comment) -> Annotation:
    if comment.annotation is None:
        raise InputError("every comment to compare is annotated", got=f"{comment.id!r} without stance and causes")
    return comment.annotation


def _labels() -> dict[str, Label]:
    book = codebook()

    def stance(target: str) -> Label:
        return lambda annotation: annotation.stance[target]

    def cause(name: str) -> Label:
        return lambda annotation: annotation.causes[name]

    return {f"stance {target}": stance(target) for target in book.targets} | {
        f"cause {name}": cause(name) for name in book.causes
    }


def _agreement(pairs: Sequence[tuple[Comment, Comment]], seed: int) -> dict[str, dict[str, Estimate]]:
    threads = [comment.thread_id for comment, _ in pairs]
    result: dict[str, dict[str, Estimate]] = {}
    for name, label in _labels().items():
        ours = [label(_annotation(one)) for one, _ in pairs]
        theirs = [label(_annotation(other)) for _, other in pairs]

        def figure(
            measure: Callable[[Sequence[Hashable], Sequence[Hashable]], float],
            ours: Sequence[Hashable] = ours,
            theirs: Sequence[Hashable] = theirs,
        ) -> Estimate:
            return bootstrap(
                threads,
                lambda rows: measure([ours[row] for row in rows], [theirs[row] for row in rows]),
                seed=seed,
                draws=200,
            )

        result[name] = {
            "kappa": figure(cohen_kappa),
            "alpha": figure(krippendorff_alpha),
            "observed": figure(lambda a, b: sum(x == y for x, y in zip(a, b, strict=True)) / len(a)),
        }
    counts = np.array(
        [evidence_matches(_annotation(one).evidence, _annotation(other).evidence) for one, other in pairs],
        dtype=np.int64,
    )
    result["evidence"] = {"f1": bootstrap(threads, lambda rows: counts_f1(counts[rows]), seed=seed)}
    return result
