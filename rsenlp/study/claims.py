"""Comments under claims that they were not written for, with the stance that follows from the causes of both.

A small model tends to take the mood of a comment for its stance: what complains, disagrees. Here it meets the same
comment under claims that it confirms and under claims that it denies, and only the claim can tell it which. The stance
is derived, and only where the annotation scheme leaves no doubt:

* the comment cites a cause that the claim cites, or rejects one that the claim rejects: ``favor``;
* it rejects a cause that the claim cites, or cites one that the claim rejects: ``against``;
* both, or neither: the pair is left out;
* the claim says that networks fail (or work) and names no cause: a comment that gives a reason for failing confirms
  (or denies) it;
* a comment that changes the subject takes no stance on any claim.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rsenlp.classifiers.pooling import ABSENT
from rsenlp.codebook import STATUSES, Codebook, Stance, codebook
from rsenlp.corpora import corpus_files
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.study.examples import SentenceExamples
from rsenlp.study.markup import read_labels, tab_separated

CITED, REJECTED = "cited", "rejected"
FAILS, WORKS = "fails", "works"
LESSON = 99
"""The batch number that such comments carry: they come last in whatever order batches are learnt."""
_ACROSS = 0.15
_SHARES: dict[Stance, float] = {"favor": 0.4, "against": 0.4, "none": 0.2}
_BOUND = frozenset({"needs-parent", "quotes-parent", "vendor", "spam"})
_ELSEWHERE = frozenset({"offtopic", "csr", "thanks", "link"})


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim with the causes that it cites and rejects, or with the outcome it asserts without any cause."""

    text: str
    lang: str
    cited: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()
    outcome: str | None = None


def read_claims(path: Path) -> list[LabelledClaim]:
    """The claims of a file: three tab-separated columns, language, labels (or ``fails``, ``works``), claim.

    Raises:
        InputError: a line breaks the format; the message names it.
    """
    claims = []
    for where, line, cells in tab_separated(path):
        if len(cells) != 3 or not all(cells):
            raise InputError("a claim has three columns: language, labels, text", where=where, got=line)
        lang, labels, text = cells
        if labels in (FAILS, WORKS):
            claims.append(LabelledClaim(text, lang, outcome=labels))
            continue
        evidence, _ = read_labels(labels, text, where)
        causes = {
            polarity: frozenset(item.cause for item in evidence if item.polarity == polarity)
            for polarity in (CITED, REJECTED)
        }
        claims.append(LabelledClaim(text, lang, causes[CITED], causes[REJECTED]))
    return claims


def corpus_claims(name_or_path: str | Path) -> list[LabelledClaim]:
    """The labelled claims of a corpus (``claims.tsv`` of its folder), none where it has none."""
    path = next(iter(corpus_files(name_or_path).values())).parent.parent / "claims.tsv"
    return read_claims(path) if path.is_file() else []


def claim_examples(claims: Sequence[LabelledClaim], *, book: Codebook | None = None) -> SentenceExamples:
    """Claims as sentences to learn causes from."""
    book = book or codebook()
    statuses = np.full((len(claims), len(book.causes)), ABSENT, dtype=np.int64)
    for row, claim in enumerate(claims):
        for column, cause in enumerate(book.causes):
            if cause in claim.cited:
                statuses[row, column] = STATUSES.index(CITED)
            elif cause in claim.rejected:
                statuses[row, column] = STATUSES.index(REJECTED)
    return SentenceExamples([claim.text for claim in claims], statuses, np.full_like(statuses, -1))


def stance_between(claim: LabelledClaim, comment: Comment) -> Stance | None:
    """The stance of an annotated comment towards a claim it was not written for; nothing where that is in doubt."""
    annotation, tags = comment.annotation, set(comment.extra.get("tags") or ())
    if annotation is None or tags & _BOUND:
        return None
    if tags & _ELSEWHERE:
        return "none" if annotation.stance["claim"] == "none" else None
    cited = {cause for cause, status in annotation.causes.items() if status == CITED}
    rejected = {cause for cause, status in annotation.causes.items() if status == REJECTED}
    if claim.outcome is not None:
        if not cited or annotation.stance["rse"] == "favor":
            return None
        return "favor" if claim.outcome == FAILS else "against"
    confirms = bool(cited & claim.cited or rejected & claim.rejected)
    denies = bool(rejected & claim.cited or cited & claim.rejected)
    if confirms == denies:
        return None
    return "favor" if confirms else "against"


def under_other_claims(
    comments: Sequence[Comment], claims: Sequence[LabelledClaim], count: int, *, seed: int
) -> list[Comment]:
    """Annotated comments read anew under other claims.

    Most meet a claim in their own language. The comment's causes, evidence and stance towards the RSE stay; what it
    answered is left out; it keeps its group, so that no fold learns its text and is measured on it.

    Args:
        comments: annotated ones.
        claims: what they may be put under.
        count: how many to make; fewer where the comments do not yield as many.
        seed: of the draws.
    """
    if not claims:
        return []
    draws = random.Random(seed)  # noqa: S311 - nothing secret
    open_places = {stance: round(count * share) for stance, share in _SHARES.items()}
    seen: set[tuple[str, str]] = set()
    made: list[Comment] = []
    for _ in range(100 * count):
        if not any(open_places.values()):
            break
        comment, claim = draws.choice(comments), draws.choice(claims)
        abroad = comment.lang != claim.lang and draws.random() > _ACROSS
        if abroad or comment.claim == claim.text or (comment.text, claim.text) in seen:
            continue
        stance = stance_between(claim, comment)
        if stance is None or not open_places[stance]:
            continue
        open_places[stance] -= 1
        seen.add((comment.text, claim.text))
        made.append(under_claim(comment, claim.text, stance, len(made)))
    return made


def under_claim(comment: Comment, claim: str, stance: Stance, number: int) -> Comment:
    """An annotated comment under another claim, in a thread of its own that ``number`` names.

    Its causes, evidence and stance towards the RSE stay, and its group; what it answered is left out.
    """
    assert comment.annotation is not None
    group = str(comment.extra.get("group") or comment.thread_id)
    return replace(
        comment,
        thread_id=f"{comment.thread_id}~{number}",
        parent_id=None,
        claim=claim,
        annotation=replace(comment.annotation, stance={**comment.annotation.stance, "claim": stance}),
        extra={**comment.extra, "group": group, "batch": f"claims-{LESSON}"},
    )
