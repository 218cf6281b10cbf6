"""Tree repair: whatever an export says of who answers whom, what comes out are trees, and a row tells each change.

Comments are spooled to temporary files, so that memory does not grow with the corpus, and come out in the order in
which they went in. What is in order costs next to nothing: only ids that several comments have, answers to what is not
there, and threads in which an answer comes before what it answers are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Generic, NamedTuple, TypeVar

import pyarrow as pa

from rsenlp.audit import Report
from rsenlp.comment_blocks import Block, Item, in_blocks
from rsenlp.comment_spool import CommentSpool, comment_spool
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.reply_links import Asked, Change, Entry, ReplyLinks, TakenIds

DUPLICATE = "id already taken by another comment, renamed"
REPEATED = "same comment twice"
ORPHAN = "answers a comment that is not there, kept as an answer to the opening document"
SELF_REPLY = "answers itself, kept as an answer to the opening document"
CYCLE = "answers in a circle, cut here"


class Notes(NamedTuple):
    """Of each comment in a block what those that answer it may want to know, and whether it wants to know that of the
    comment that it answers: columns of texts and of truth values.
    """

    notes: pa.Array
    asks: pa.Array


@dataclass(frozen=True, slots=True)
class Trees:
    """Comments as trees: ids unique in the corpus, each parent a comment of the same thread, no circle."""

    _spool: CommentSpool
    _links: ReplyLinks

    def blocks(self) -> Iterator[tuple[Block, Mapping[int, Asked]]]:
        """The comments in blocks, in order; with each block, by their rows in it, those that ask about another."""
        asked = _Ahead(self._links.asked())
        for numbers, block in self._settled():
            about = asked.up_to(numbers[-1])
            yield block, dict(_rows_of(about, numbers)) if about else {}

    def placed(self) -> Iterator[Placed]:
        """The comments one by one, in order, with their places."""
        parents = _Ahead(self._links.parents())
        for numbers, block in self._settled():
            answered = dict(parents.up_to(numbers[-1]))
            for number, (comment, where) in zip(numbers, block.items(), strict=True):
                yield Placed(comment, where, self._answered(comment, answered.get(number)))

    def _settled(self) -> Iterator[tuple[Sequence[int], Block]]:
        """The blocks without comments that are left out, with the ids as they are now and the comments' numbers."""
        changed, gone = _Ahead(self._links.changed()), _Ahead(self._links.left_out())
        for first, block in self._spool.blocks():
            last = first + len(block) - 1
            block = _changed(block, first, changed.up_to(last))
            numbers: Sequence[int] = range(first, last + 1)
            if left_out := {number for (number,) in gone.up_to(last)}:
                numbers = [number for number in numbers if number not in left_out]
                block = block.taken([number - first for number in numbers])
            if numbers:
                yield numbers, block

    def _answered(self, comment: Comment, parent: int | None) -> Callable[[], Comment | None]:
        def answered() -> Comment | None:
            if parent is None or comment.parent_id is None:
                return None
            found, _ = self._spool.item(parent)
            return found if found.id == comment.parent_id else replace(found, id=comment.parent_id)

        return answered

    def text(self, number: int) -> str:
        """The text of a comment that another asks about."""
        return self._spool.text(number)


@dataclass(frozen=True, slots=True)
class Placed:
    """A comment of a tree, where it came from, and what finds the comment that it answers, ``None`` for the opening
    document: most comments are understood without. It finds it for as long as the trees are iterated over.
    """

    comment: Comment
    where: Location
    answered: Callable[[], Comment | None]


def repaired(comments: Iterable[Item], report: Report) -> Iterator[tuple[Comment, Comment | None]]:
    """The same comments as trees, each with the comment that it answers: ids unique in the corpus, each parent a
    comment of the same thread, no circle.

    Everything changed gets a row in ``report``; only a comment that repeats an earlier one to the letter is left out.
    """
    for placed in repaired_with_places(comments, report):
        yield placed.comment, placed.answered()


def repaired_with_places(comments: Iterable[Item], report: Report) -> Iterator[Placed]:
    """As :func:`repaired`, each comment with its place; all have been read before the first comes out."""
    with trees(((block, nothing_noted(block)) for block in in_blocks(comments)), report) as found:
        for placed in found.placed():
            report.kept += 1
            yield placed


@contextmanager
def trees(blocks: Iterable[tuple[Block, Notes]], report: Report) -> Iterator[Trees]:
    """The trees of comments, all of which are read first; what is changed gets a row in ``report``."""
    with (
        comment_spool() as (spool, folder),
        closing(ReplyLinks(folder)) as links,
        closing(TakenIds()) as ids,
    ):
        for block, said in blocks:
            ours = (block.field(name) for name in ("thread_id", "id", "parent_id"))
            links.add(spool.add(block), *ours, notes=said.notes, asks=said.asks)
        spool.finish()
        links.rename(_renamed(spool, links, ids, report))
        links.link()
        links.set_parents(_adopted(spool, links, ids, report))
        links.set_parents(_cut(spool, links, report))
        yield Trees(spool, links)


def nothing_noted(block: Block) -> Notes:
    """Of comments that want to know nothing of each other."""
    return Notes(pa.nulls(len(block), pa.string()), pa.array([False] * len(block), pa.bool_()))


_Row = TypeVar("_Row", bound=tuple)  # type: ignore[type-arg] # of whatever follows the number


class _Ahead(Generic[_Row]):
    """Rows in the order of the numbers that open them, to be taken up to one and the next."""

    def __init__(self, rows: Iterator[_Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def up_to(self, number: int) -> list[_Row]:
        found = []
        while self._next is not None and self._next[0] <= number:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found


def _rows_of(asked: list[Asked], numbers: Sequence[int]) -> Iterator[tuple[int, Asked]]:
    """What was asked, with the rows at which the comments that ask stand."""
    if isinstance(numbers, range):
        return ((item.n - numbers.start, item) for item in asked)
    at = {number: row for row, number in enumerate(numbers)}
    return ((at[item.n], item) for item in asked)


def _changed(block: Block, first: int, entries: list[Entry]) -> Block:
    """A block with ids as they are now."""
    if not entries:
        return block
    ids, parents = block.texts("id"), block.texts("parent_id")
    for entry in entries:
        ids[entry.n - first], parents[entry.n - first] = entry.id, entry.parent
    return block.with_fields(id=ids, parent_id=parents)


def _renamed(spool: CommentSpool, links: ReplyLinks, ids: TakenIds, report: Report) -> Iterator[Change]:
    """New ids for comments whose id another has already, ``None`` for those that repeat it to the letter."""
    for entry in links.contested():
        holder = ids.number(entry.thread, entry.id)
        if holder is None and not ids.is_taken(entry.id):
            ids.take(entry.thread, entry.id, entry.n)
            continue
        where = spool.where(entry.n)
        if holder is not None and spool.said(holder) == spool.said(entry.n):
            report.skipped(REPEATED, where, id=entry.id)
            yield entry.n, None
            continue
        number = 2
        while ids.is_taken(now := f"{entry.id}~{number}"):
            number += 1
        report.repaired(DUPLICATE, where, id=entry.id, detail=f"now {now}")
        if holder is None:  # the id is another thread's: answers in this file and thread mean this comment
            ids.renamed(where.path, entry.thread, entry.id, now)
        ids.take(entry.thread, now, entry.n)
        yield entry.n, now


def _adopted(spool: CommentSpool, links: ReplyLinks, ids: TakenIds, report: Report) -> Iterator[Change]:
    """New parents for comments that answer themselves or what is not there under that id."""
    for entry in links.orphans():
        where = spool.where(entry.n)
        now = ids.now(where.path, entry.thread, entry.parent or "")
        if now is not None and now != entry.id:
            yield entry.n, now
            continue
        reason = SELF_REPLY if entry.parent == entry.id else ORPHAN
        report.repaired(reason, where, id=entry.id, detail=f"parent_id {entry.parent!r}")
        yield entry.n, None


def _cut(spool: CommentSpool, links: ReplyLinks, report: Report) -> Iterator[Change]:
    for answers in links.backward_trees():
        for entry in _circles(answers):
            report.repaired(CYCLE, spool.where(entry.n), id=entry.id, detail=f"parent_id {entry.parent!r}")
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
