"""Comments under claims that they were not written for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rsenlp.codebook import codebook
from rsenlp.corpora import read_split
from rsenlp.discussion import Annotation, Comment
from rsenlp.errors import InputError
from rsenlp.installation import corpora_folder
from rsenlp.study.claims import (
    LESSON,
    LabelledClaim,
    claim_examples,
    corpus_claims,
    read_claims,
    stance_between,
    under_other_claims,
)
from rsenlp.study.examples import batch_number


def said(labels: str, *, rse: str = "none", claim: str = "none", tags: tuple[str, ...] = ()) -> Comment:
    """A comment with the causes of labels such as ``strategy+ tooling-``."""
    causes = dict.fromkeys(codebook().causes, "absent")
    causes |= {label[:-1]: "cited" if label[-1] == "+" else "rejected" for label in labels.split()}
    return Comment(
        thread_id="t",
        id="c",
        text=f"{labels} {rse}",
        lang="fr",
        claim="Le réseau a vécu.",
        extra={"tags": list(tags)},
        annotation=Annotation(stance={"claim": claim, "rse": rse}, causes=causes, evidence=()),  # type: ignore[arg-type]
    )


def asserted(labels: str) -> LabelledClaim:
    if labels in ("fails", "works"):
        return LabelledClaim(labels, "fr", outcome=labels)
    causes = {sign: frozenset(label[:-1] for label in labels.split() if label[-1] == sign) for sign in "+-"}
    return LabelledClaim(labels, "fr", causes["+"], causes["-"])


@pytest.mark.parametrize(
    ("claim", "comment", "stance"),
    [
        ("strategy+", said("strategy+"), "favor"),
        ("strategy+", said("strategy-"), "against"),
        ("strategy+", said("strategy- tooling+"), "against"),
        ("strategy+ tooling-", said("tooling+"), "against"),
        ("strategy+ tooling-", said("tooling-"), "favor"),
        ("strategy+ tooling-", said("strategy+ tooling+"), None),
        ("strategy+", said("tooling+"), None),
        ("tooling-", said("tooling-"), "favor"),
        ("fails", said("tooling+", rse="against"), "favor"),
        ("works", said("tooling+", rse="none"), "against"),
        ("fails", said("tooling+", rse="favor"), None),
        ("fails", said("tooling-"), None),
        ("strategy+", said("strategy+", tags=("needs-parent",)), None),
        ("strategy+", said("", tags=("csr",)), "none"),
        ("strategy+", said("", claim="favor", tags=("thanks",)), None),
        ("strategy+", said(""), None),
    ],
)
def test_the_stance_follows_from_the_causes_of_both(claim: str, comment: Comment, stance: str | None) -> None:
    assert stance_between(asserted(claim), comment) == stance


def test_other_claims_change_the_claim_and_its_stance_alone() -> None:
    comments = read_split("rse-discursive", "train")
    claims = corpus_claims("rse-discursive")
    found = under_other_claims(comments, claims, 300, seed=5)
    assert found == under_other_claims(comments, claims, 300, seed=5)
    assert Counter(c.annotation.stance["claim"] for c in found if c.annotation) == {
        "favor": 120,
        "against": 120,
        "none": 60,
    }
    assert len({(c.thread_id, c.id) for c in found}) == len({(c.text, c.claim) for c in found}) == 300
    by_text = {comment.text: comment for comment in comments}
    known = {claim.text for claim in claims}
    for comment in found:
        first = by_text[comment.text]
        assert comment.annotation is not None
        assert first.annotation is not None
        assert comment.claim in known
        assert comment.parent_id is None
        assert comment.annotation.causes == first.annotation.causes
        assert comment.annotation.evidence == first.annotation.evidence
        assert comment.annotation.stance["rse"] == first.annotation.stance["rse"]
        assert comment.extra["group"] == (first.extra.get("group") or first.thread_id)
        assert batch_number(comment) == LESSON


def test_no_more_is_made_than_the_comments_yield() -> None:
    assert under_other_claims([said("strategy+")], [asserted("strategy+")], 50, seed=1)[0].claim == "strategy+"
    assert len(under_other_claims([said("strategy+")], [asserted("strategy+")], 50, seed=1)) == 1
    assert under_other_claims([said("strategy+")], [], 50, seed=1) == []


def test_claims_are_sentences_to_learn_from() -> None:
    found = claim_examples([asserted("strategy+ tooling-"), asserted("fails")])
    assert found.statuses.tolist() == [[0, 1, 2, 2], [2, 2, 2, 2]]
    assert (found.themes == -1).all()


def test_every_claim_of_the_corpus_is_read_and_stands_once() -> None:
    claims = read_claims(corpora_folder() / "rse-discursive" / "claims.tsv")
    assert len({claim.text for claim in claims}) == len(claims) > 400
    assert {claim.lang for claim in claims} == {"fr", "en"}
    assert all(claim.outcome or claim.cited or claim.rejected for claim in claims)


@pytest.mark.parametrize("line", ["fr\tstrategy+", "fr\t\tUn texte.", "fr\tmoney+\tUn texte."])
def test_a_broken_claim_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "claims.tsv"
    path.write_text(f"fr\tfails\tRien ne va.\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"claims\.tsv:2"):
        read_claims(path)
