"""Whether models read the claim: their stance towards it as it is, and under another one.

    python benchmarks/claim_use.py

Macro-F1 of the stance towards the claim. *as it is*: as `rsenlp evaluate` measures. *another's*: the same comments
with the claim of another thread, drawn at random, measured against the stance towards their own: a model that scores as
well then takes the stance from the comment alone. *derived*: comments of held-out threads under labelled claims that
they were not written for, with the stance that follows from the causes of both (`rsenlp.study.claims`); there the
comment alone does not tell agreement from disagreement. *crossed*: held-out comments under claims written for them and
others (`rsenlp.study.crossings`), of which the same claim stands over comments that confirm and that deny it: neither
the comment nor the claim tells the stance; *side* is how often favor is told from against where both the annotation and
the model take a side, 0.5 by chance.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rsenlp.analyzer import Analyzer, load
from rsenlp.corpora import read_split
from rsenlp.discussion import Comment, Prediction
from rsenlp.study.claims import corpus_claims, under_other_claims
from rsenlp.study.crossings import corpus_crossings, under_crossed_claims
from rsenlp.study.evaluate import evaluate, predictions

SEED = 13
CORPORA = ("rse-synth", "rse-natural", "rse-discursive")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["fast", "accurate"], help="names or folders")
    parser.add_argument("--corpora", nargs="+", default=["rse-discursive", "gold-dev"], help="their test splits")
    parser.add_argument("--derived", type=int, default=600, help="how many comments under other claims")
    options = parser.parse_args()
    claims = corpus_claims("rse-discursive")
    held_out = [*read_split("rse-discursive", "test"), *read_split("rse-natural", "test")]
    derived = under_other_claims(held_out, claims, options.derived, seed=SEED)
    print(f"{datetime.now(UTC).date()}, seed {SEED}\n")
    crossings = with_balanced_claims()
    print("| model | comments | as it is | another's | derived | crossed | side |")
    print("|---|---|---|---|---|---|---|")
    for name in options.models:
        model = load(name)
        for corpus in options.corpora:
            comments = read_split(corpus, "test")
            cells = [score(model, comments, change(comments)) for change in (list, with_anothers)]
            print(f"| {name} {model.meta.version} | {corpus} | " + " | ".join(cells) + " | | | |", flush=True)
        said = list(predictions(model, crossings))
        others = [score(model, derived, derived), f1(crossings, said)]
        print(
            f"| {name} {model.meta.version} | other claims | | | {' | '.join(others)} | {side(crossings, said)} |",
            flush=True,
        )


def with_anothers(comments: Sequence[Comment]) -> list[Comment]:
    """Each thread under the claim of another one, drawn at random."""
    claims = {comment.thread_id: comment.claim for comment in comments}
    draws = random.Random(SEED)  # noqa: S311 - nothing secret
    other = {
        thread: draws.choice([text for name, text in claims.items() if name != thread and text != claim])
        for thread, claim in claims.items()
    }
    return [replace(comment, claim=other[comment.thread_id]) for comment in comments]


def with_balanced_claims() -> list[Comment]:
    """Held-out comments under claims that confirm some of them and deny others."""
    found = []
    for corpus in CORPORA:
        held_out = [comment for split in ("validation", "test") for comment in read_split(corpus, split)]
        found += under_crossed_claims(held_out, corpus_crossings(corpus))
    sides: dict[str, set[str]] = defaultdict(set)
    for comment in found:
        sides[str(comment.claim)].add(stance(comment))
    return [comment for comment in found if {"favor", "against"} <= sides[str(comment.claim)]]


def stance(comment: Comment) -> str:
    assert comment.annotation is not None
    return comment.annotation.stance["claim"]


def side(comments: Sequence[Comment], made: Sequence[Prediction]) -> str:
    """How often favor is told from against, and how often both take a side."""
    said = [(stance(comment), item.stance["claim"].label) for comment, item in zip(comments, made, strict=True)]
    taken = [(own, other) for own, other in said if "none" not in (own, other)]
    return f"{sum(own == other for own, other in taken) / max(1, len(taken)):.2f} of {len(taken)}"


def score(model: Analyzer, gold: Sequence[Comment], read: Sequence[Comment]) -> str:
    """Macro-F1 of what is said of ``read`` against what is annotated of ``gold``, with its interval."""
    return f1(gold, predictions(model, read))


def f1(gold: Sequence[Comment], made: Iterable[Prediction]) -> str:
    """Macro-F1 of the stance towards the claim, with its interval."""
    figures = evaluate(gold, made)["languages"]["all"]
    return str(figures["stance"]["claim"]["macro_f1"])


if __name__ == "__main__":
    main()
