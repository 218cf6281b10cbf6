from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from rsenlp.audit import Report
from rsenlp.discussion import Annotation, Comment
from rsenlp.errors import Location
from rsenlp.threads import CYCLE, DUPLICATE, ORPHAN, REPEATED, SELF_REPLY, repaired, repaired_with_places

HERE = Location("f", 1)


def tree(*edges: tuple[str, str | None], thread: str = "t") -> tuple[dict[str, str | None], Report]:
    report = Report()
    comments = [(Comment(thread, id, f"text {n}", parent_id=parent), HERE) for n, (id, parent) in enumerate(edges)]
    out = [comment for comment, _ in repaired(comments, report)]
    return {comment.id: comment.parent_id for comment in out}, report


def reasons(report: Report) -> set[str]:
    return {reason for _, reason in report.reasons}


def test_a_tree_stays_as_it_is_and_knows_its_parents() -> None:
    comments = [(Comment("t", "a", "A"), HERE), (Comment("t", "b", "B", parent_id="a"), HERE)]
    out = list(repaired(comments, Report()))
    assert [(c.id, p.text if p else None) for c, p in out] == [("a", None), ("b", "A")]


def test_a_parent_may_come_later() -> None:
    parents, report = tree(("b", "a"), ("a", None))
    assert parents == {"b": "a", "a": None}
    assert not report.reasons


def test_orphans_self_replies_and_circles_are_cut_and_reported() -> None:
    parents, report = tree(("a", "gone"), ("b", "b"), ("c", "e"), ("d", "c"), ("e", "d"), ("f", "e"))
    assert parents == {"a": None, "b": None, "c": None, "d": "c", "e": "d", "f": "e"}
    assert reasons(report) == {ORPHAN, SELF_REPLY, CYCLE}
    assert sorted(str(row) for row in report.rows())[0] == f"f:1: repaired (comment a): {ORPHAN}: parent_id 'gone'"


def test_an_id_that_is_taken_is_renamed_and_a_repeated_comment_left_out() -> None:
    report = Report()
    comments = [Comment("t", "a", "A"), Comment("t", "a", "B"), Comment("u", "a", "C"), Comment("t", "a", "A")]
    out = [comment for comment, _ in repaired([(comment, HERE) for comment in comments], report)]
    assert [(c.thread_id, c.id, c.text) for c in out] == [("t", "a", "A"), ("t", "a~2", "B"), ("u", "a~3", "C")]
    assert reasons(report) == {DUPLICATE, REPEATED}


def test_answers_follow_a_comment_whose_id_another_thread_has() -> None:
    comments = [
        (Comment("t", "1", "A"), Location("f")),
        (Comment("u", "2", "C", parent_id="1"), Location("g")),
        (Comment("u", "1", "B"), Location("g")),
    ]
    out = [comment for comment, _ in repaired(comments, Report())]
    assert [(c.id, c.parent_id) for c in out] == [("1", None), ("2", "1~2"), ("1~2", None)]


def test_what_was_written_comes_back_as_it_was() -> None:
    extra = {"score": -(2**63), "tags": ["a", None, {"b": 1.5}], "on": True}
    labels = Annotation({"rse": "favor"}, {"tooling": "cited"})
    moment = datetime(1969, 1, 2, 3, 4, 5, 678, UTC)
    text = "Ça\n«va»\U0001f600"
    comment = Comment("t\x00", "é~2", text, "p", "claim", "fr", "Zoé", moment, "s", "u", extra, labels)
    root = Comment("t\x00", "p", "P" * 5000)
    pairs = [(comment, Location("f", 7)), (root, Location("g"))]
    found = [(item.comment, item.where, item.answered()) for item in repaired_with_places(pairs, Report())]
    assert found == [(*pairs[0], root), (*pairs[1], None)]


def test_a_repaired_comment_that_renaming_would_hit_is_renamed_in_turn() -> None:
    comments = [Comment("t", "a", "A"), Comment("u", "a", "B"), Comment("u", "a~2", "C"), Comment("u", "x", "D", "a~2")]
    out = [comment for comment, _ in repaired([(comment, HERE) for comment in comments], Report())]
    assert [(c.text, c.id, c.parent_id) for c in out] == [
        ("A", "a", None), ("B", "a~2", None), ("C", "a~2~2", None), ("D", "x", "a~2")
    ]  # fmt: skip


def test_more_comments_than_are_settled_at_a_time_keep_their_order_and_parents() -> None:
    number = 9_000
    comments = [
        Comment(
            f"t{n % 7}", f"c{n}", str(n), f"c{n - 7}" if n % 3 and n >= 7 else f"c{n + 7}" if n % 100 == 3 else None
        )
        for n in range(number)
    ]
    report = Report()
    out = list(repaired([(comment, HERE) for comment in comments], report))
    assert [comment.text for comment, _ in out] == [str(n) for n in range(number)]
    assert all((parent.id if parent else None) == comment.parent_id for comment, parent in out)
    expected, told = by_hand(comments)
    assert [(comment.id, comment.parent_id) for comment, _ in out] == expected
    assert report.reasons == told


def by_hand(comments: list[Comment]) -> tuple[list[tuple[str, str | None]], Counter[tuple[str, str]]]:
    """Ids and parents as the rules have them, one comment after the other in memory; all of one file."""
    told: Counter[tuple[str, str]] = Counter()
    taken: dict[tuple[str, str], Comment] = {}
    ids: set[str] = set()
    renamed: dict[tuple[str, str], str] = {}
    kept: list[tuple[str, str, str | None]] = []
    for c in comments:
        other, id = taken.get((c.thread_id, c.id)), c.id
        if other and (other.text, other.author, other.parent_id) == (c.text, c.author, c.parent_id):
            told["skipped", REPEATED] += 1
            continue
        if id in ids:
            id = next(name for n in range(2, 99) if (name := f"{c.id}~{n}") not in ids)
            told["repaired", DUPLICATE] += 1
            if other is None:
                renamed[c.thread_id, c.id] = id
        taken[c.thread_id, id] = c
        ids.add(id)
        kept.append((c.thread_id, id, c.parent_id))
    parents: dict[tuple[str, str], str | None] = {}
    for thread, id, parent in kept:
        if parent is not None and ((thread, parent) not in taken or parent == id):
            now = renamed.get((thread, parent))
            if now is None or now == id:
                told["repaired", SELF_REPLY if parent == id else ORPHAN] += 1
            parent = now if now != id else None
        parents[thread, id] = parent
    for thread, id, _ in kept:
        # the first of a circle, in order, is where it is cut
        at = parents[thread, id]
        seen = {id}
        while at is not None and at not in seen:
            seen.add(at)
            at = parents[thread, at]
        if at == id:
            parents[thread, id] = None
            told["repaired", CYCLE] += 1
    return [(id, parents[thread, id]) for thread, id, _ in kept], told


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "a~2", "a~2~2", "c"]),
            st.none() | st.sampled_from(["a", "b", "a~2", "a~3", "c"]),
            st.sampled_from("tu"),
            st.sampled_from("xy"),
        ),
        max_size=10,
    )
)
def test_joins_find_what_one_comment_after_the_other_finds(edges: list[tuple[str, str | None, str, str]]) -> None:
    report = Report()
    comments = [Comment(thread, id, text, parent_id=parent) for id, parent, thread, text in edges]
    out = [comment for comment, _ in repaired([(comment, HERE) for comment in comments], report)]
    expected, told = by_hand(comments)
    assert [(comment.id, comment.parent_id) for comment in out] == expected
    assert report.reasons == told


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefg"), st.none() | st.sampled_from("abcdefgz"), st.sampled_from("tu")),
        max_size=12,
    )
)
def test_whatever_the_links_a_forest_comes_out_with_every_text(edges: list[tuple[str, str | None, str]]) -> None:
    report = Report()
    comments = [Comment(thread, id, f"text {n}", parent_id=parent) for n, (id, parent, thread) in enumerate(edges)]
    out = [comment for comment, _ in repaired([(comment, HERE) for comment in comments], report)]
    assert [comment.text for comment in out] == [comment.text for comment in comments]
    assert len({comment.id for comment in out}) == len(out)
    by_id = {(comment.thread_id, comment.id): comment for comment in out}
    for comment in out:
        steps = 0
        while comment.parent_id is not None:
            comment = by_id[comment.thread_id, comment.parent_id]
            steps += 1
            assert steps <= len(out)
