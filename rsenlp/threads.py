"""Tree repair: whatever an export says of who answers whom, what comes out are trees, and a row tells each change.

Comments are spooled to temporary files, so that memory does not grow with the corpus, and come out in the order in
which they went in. What is in order costs next to nothing: only ids that several comments have, answers to what is not
there, and threads in which an answer comes before what it answers are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from rsenlp.audit import Report
from rsenlp.comment_spool import Change, CommentSpool, Entry, Link, TakenIds, comment_spool
from rsenlp.discussion import Comment
from rsenlp.errors import Location

DUPLICATE = "id already taken by another comment, renamed"
REPEATED = "same comment twice"
ORPHAN = "answers a comment that is not there, kept as an answer to the opening document"
SELF_REPLY = "answers itself, kept as an answer to the opening document"
CYCLE = "answers in a circle, cut here"


@dataclass(frozen=True, slots=True)
class Placed:
    """A comment of a tree, where it came from, and what finds the comment that it answers, ``None`` for the opening
    document: most comments are understood without. It finds it for as long as the trees are iterated over.
    """

    comment: Comment
    where: Location
    answered: Callable[[], Comment | None]


def repaired(comments: Iterable[tuple[Comment, Location]], report: Report) -> Iterator[tuple[Comment, Comment | None]]:
    """The same comments as trees, each with the comment that it answers: ids unique in the corpus, each parent a
    comment of the same thread, no circle.

    Everything changed gets a row in ``report``; only a comment that repeats an earlier one to the letter is left out.
    """
    for placed in repaired_with_places(comments, report):
        yield placed.comment, placed.answered()


def repaired_with_places(comments: Iterable[tuple[Comment, Location]], report: Report) -> Iterator[Placed]:
    """As :func:`repaired`, each comment with its place; all have been read before the first comes out."""
    with comment_spool() as spool, closing(TakenIds()) as ids:
        for comment, where in comments:
            spool.add(comment, where)
        spool.finish()
        spool.rename(_renamed(spool, ids, report))
        spool.link()
        spool.set_parents(_adopted(spool, ids, report))
        spool.set_parents(_cut(spool, report))
        for comment, where, link in spool.linked():
            report.kept += 1
            yield Placed(_as_linked(comment, link), where, _answered(spool, link))


def _as_linked(comment: Comment, link: Link) -> Comment:
    if comment.id == link.id and comment.parent_id == link.parent:
        return comment
    return replace(comment, id=link.id, parent_id=link.parent)


def _answered(spool: CommentSpool, link: Link) -> Callable[[], Comment | None]:
    def answered() -> Comment | None:
        if link.at is None or link.parent is None:
            return None
        parent, _ = spool.at(link.at)
        return parent if parent.id == link.parent else replace(parent, id=link.parent)

    return answered


def _renamed(spool: CommentSpool, ids: TakenIds, report: Report) -> Iterator[Change]:
    """New ids for comments whose id another has already, ``None`` for those that repeat it to the letter."""
    for entry in spool.contested():
        place = ids.place(entry.thread, entry.id)
        if place is None and not ids.is_taken(entry.id):
            ids.take(entry.thread, entry.id, entry.at)
            continue
        comment, where = spool.at(entry.at)
        if place is not None and _is_same(spool.at(place)[0], comment):
            report.skipped(REPEATED, where, id=entry.id)
            yield entry.n, None
            continue
        number = 2
        while ids.is_taken(now := f"{entry.id}~{number}"):
            number += 1
        report.repaired(DUPLICATE, where, id=entry.id, detail=f"now {now}")
        if place is None:  # the id is another thread's: answers in this file and thread mean this comment
            ids.renamed(where.path, entry.thread, entry.id, now)
        ids.take(entry.thread, now, entry.at)
        yield entry.n, now


def _is_same(left: Comment, right: Comment) -> bool:
    return (left.text, left.author, left.parent_id) == (right.text, right.author, right.parent_id)


def _adopted(spool: CommentSpool, ids: TakenIds, report: Report) -> Iterator[Change]:
    """New parents for comments that answer themselves or what is not there under that id."""
    for entry in spool.orphans():
        _, where = spool.at(entry.at)
        now = ids.now(where.path, entry.thread, entry.parent or "")
        if now is not None and now != entry.id:
            yield entry.n, now
            continue
        reason = SELF_REPLY if entry.parent == entry.id else ORPHAN
        report.repaired(reason, where, id=entry.id, detail=f"parent_id {entry.parent!r}")
        yield entry.n, None


def _cut(spool: CommentSpool, report: Report) -> Iterator[Change]:
    for answers in spool.backward_trees():
        for entry in _circles(answers):
            report.repaired(CYCLE, spool.at(entry.at)[1], id=entry.id, detail=f"parent_id {entry.parent!r}")
            yield entry.n, None


def _circles(answers: list[Entry]) -> Iterator[Entry]:
    """The answers at which circles are cut: in each circle the one that came first."""
    by_id = {entry.id: entry for entry in answers}
    settled: set[str] = set()
    for start in answers:
        path: list[Entry] = []
        on_path: set[str] = set()
        entry: Entry | None = start
        while entry is not None and entry.id not in settled and entry.id not in on_path:
            path.append(entry)
            on_path.add(entry.id)
            entry = by_id.get(entry.parent or "")
        if entry is not None and entry.id in on_path:
            yield min(path[path.index(entry) :])
        settled.update(on_path)
