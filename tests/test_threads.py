from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.threads import CYCLE, DUPLICATE, ORPHAN, REPEATED, SELF_REPLY, repaired

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
