"""Claims written for comments that stand under others."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from rsenlp.corpora import read_split
from rsenlp.errors import InputError
from rsenlp.study.claims import LESSON
from rsenlp.study.crossings import Crossing, corpus_crossings, read_crossings, under_crossed_claims
from rsenlp.study.examples import batch_number

CORPORA = ("rse-synth", "rse-natural", "rse-discursive")
SPLITS = ("train", "validation", "test")


@pytest.mark.parametrize("corpus", CORPORA)
def test_every_crossing_belongs_to_a_comment_under_another_claim(corpus: str) -> None:
    crossings = corpus_crossings(corpus)
    comments = [comment for split in SPLITS for comment in read_split(corpus, split)]
    found = under_crossed_claims(comments, crossings)
    assert len(found) == len(crossings) > 0
    own = {comment.id: comment for comment in comments}
    for moved, crossing in zip(found, crossings, strict=True):
        first = own[crossing.comment_id]
        assert first.annotation
        assert moved.annotation
        assert moved.text == first.text
        assert moved.claim == crossing.claim != first.claim
        assert moved.annotation.stance == {**first.annotation.stance, "claim": crossing.stance}
        assert moved.annotation.causes == first.annotation.causes
        assert moved.parent_id is None
        assert batch_number(moved) == LESSON
    assert len({(c.thread_id, c.id) for c in found}) == len(found)


def test_most_comments_meet_claims_of_both_kinds() -> None:
    stances: dict[str, set[str]] = defaultdict(set)
    for corpus in CORPORA:
        for crossing in corpus_crossings(corpus):
            stances[crossing.comment_id].add(crossing.stance)
    kinds = Counter({"favor", "against"} <= found for found in stances.values())
    assert kinds[True] > 3 * kinds[False]


def test_crossings_of_other_comments_are_left_aside() -> None:
    (comment, *_) = read_split("rse-discursive", "train")
    crossings = [Crossing("nowhere", "favor", "A claim."), Crossing(comment.id, "against", "Another.")]
    (moved,) = under_crossed_claims([comment], crossings)
    assert (moved.id, moved.claim) == (comment.id, "Another.")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("c1\tfavor", "three columns"),
        ("c1\tpro\tA claim.", "three columns"),
        ("\tfavor\tA claim.", "three columns"),
        ("c0\tagainst\tA claim.", "once"),
    ],
)
def test_a_line_that_breaks_the_format_is_named(tmp_path: Path, line: str, rule: str) -> None:
    file = tmp_path / "crossings.tsv"
    file.write_text(f"c0\tfavor\tA claim.\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rule) as caught:
        read_crossings(file)
    assert "crossings.tsv" in str(caught.value)
    assert "2" in str(caught.value)
