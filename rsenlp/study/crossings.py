"""Claims written for comments of a corpus that stand under others, with the stance that the comment takes on each.

What a comment says alone tells little of its stance: under one claim it confirms, under another it denies. The file
``crossings.tsv`` of a corpus puts its comments under claims of both kinds, so that neither the comment nor the claim
gives the stance away and only the relation between the two does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rsenlp.codebook import STANCES, Stance
from rsenlp.corpora import corpus_files
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.study.claims import under_claim
from rsenlp.study.markup import tab_separated

FILE = "crossings.tsv"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A claim that a comment of a corpus was not written under, and the comment's stance towards it."""

    comment_id: str
    stance: Stance
    claim: str


def read_crossings(path: Path) -> list[Crossing]:
    """The crossings of a file: three tab-separated columns, comment id, stance, claim.

    Raises:
        InputError: a line breaks the format, or says a second time what a comment thinks of a claim.
    """
    found: dict[tuple[str, str], Crossing] = {}
    for where, line, cells in tab_separated(path):
        if len(cells) != 3 or not all(cells) or cells[1] not in STANCES:
            rule = f"a crossing has three columns: comment id, stance ({', '.join(STANCES)}), claim"
            raise InputError(rule, where=where, got=line)
        comment_id, stance, claim = cells
        if (comment_id, claim) in found:
            raise InputError("a comment meets a claim once", where=where, got=line)
        found[comment_id, claim] = Crossing(comment_id, stance, claim)  # type: ignore[arg-type]
    return list(found.values())


def corpus_crossings(name_or_path: str | Path) -> list[Crossing]:
    """The crossings of a corpus (``crossings.tsv`` of its folder), none where it has none."""
    path = next(iter(corpus_files(name_or_path).values())).parent.parent / FILE
    return read_crossings(path) if path.is_file() else []


def under_crossed_claims(comments: Iterable[Comment], crossings: Sequence[Crossing]) -> list[Comment]:
    """Comments under the claims of their crossings; crossings of other comments are left aside.

    Args:
        comments: annotated ones, such as those of a split.
        crossings: those of the corpora that they are from.
    """
    by_id = {comment.id: comment for comment in comments}
    known = [item for item in crossings if item.comment_id in by_id]
    return [under_claim(by_id[item.comment_id], item.claim, item.stance, row) for row, item in enumerate(known)]
