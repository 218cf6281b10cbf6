"""Tree repair: whatever an export says of who answers whom, what comes out are trees, and a row tells each change.

Comments are spooled to a temporary SQLite file, so that memory does not grow with the corpus, and come out in the
order in which they went in.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.records import comment_from_record, comment_to_record

DUPLICATE = "id already taken by another comment, renamed"
REPEATED = "same comment twice"
ORPHAN = "answers a comment that is not there, kept as an answer to the opening document"
SELF_REPLY = "answers itself, kept as an answer to the opening document"
CYCLE = "answers in a circle, cut here"

_SCHEMA = """
create table comment (
  n integer primary key, thread text not null, id text not null, parent text, path text, line integer, record blob,
  unique (thread, id)
) strict;
create index by_id on comment (id);
"""


class CommentSpool:
    """Comments on disk, found by number, by id, and by thread."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "comments.sqlite", isolation_level=None)
        self._database.executescript("pragma journal_mode=off; pragma synchronous=off;" + _SCHEMA + "begin;")

    def add(self, comment: Comment, where: Location) -> None:
        """Add a comment whose id its thread does not have yet."""
        row = (comment.thread_id, comment.id, comment.parent_id, where.path, where.line, _encode(comment))
        columns = "thread, id, parent, path, line, record"
        self._database.execute(f"insert into comment ({columns}) values (?, ?, ?, ?, ?, ?)", row)  # noqa: S608

    def get(self, thread: str, id: str) -> Comment | None:
        """The comment of that id in that thread."""
        found = self._database.execute(
            "select record from comment where thread = ? and id = ?", (thread, id)
        ).fetchone()
        return None if found is None else _decode(found[0])

    def has_id(self, id: str) -> bool:
        """Whether any thread has a comment of that id."""
        return self._database.execute("select 1 from comment where id = ? limit 1", (id,)).fetchone() is not None

    def set_parent(self, thread: str, id: str, parent: str | None) -> None:
        self._database.execute("update comment set parent = ? where thread = ? and id = ?", (parent, thread, id))

    def orphans(self) -> Iterator[tuple[str, str, str, Location]]:
        """Thread, id, missing parent and place of each comment whose parent is not in its thread, or is itself."""
        query = """select c.thread, c.id, c.parent, c.path, c.line from comment c left join comment p
                   on p.thread = c.thread and p.id = c.parent
                   where c.parent is not null and (p.id is null or c.parent = c.id) order by c.n"""
        for thread, id, parent, path, line in self._database.execute(query).fetchall():
            yield thread, id, parent, Location(path, line)

    def trees(self) -> Iterator[tuple[str, list[tuple[str, str, Location]]]]:
        """For each thread with answers, the id, parent and place of every answer, in order."""
        threads = self._database.execute("select distinct thread from comment where parent is not null").fetchall()
        for (thread,) in threads:
            rows = self._database.execute(
                "select id, parent, path, line from comment where thread = ? and parent is not null order by n",
                (thread,),
            )
            yield thread, [(id, parent, Location(path, line)) for id, parent, path, line in rows.fetchall()]

    def __iter__(self) -> Iterator[tuple[Comment, Location]]:
        """Every comment with its place, in order, its parent as last set."""
        rows = self._database.execute("select record, parent, path, line from comment order by n")
        for record, parent, path, line in rows:
            yield _decode(record, parent), Location(path, line)

    def close(self) -> None:
        self._database.close()


@contextmanager
def comment_spool() -> Iterator[CommentSpool]:
    """An empty spool in a temporary folder, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder, closing(CommentSpool(Path(folder))) as spool:
        yield spool


def repaired(comments: Iterable[tuple[Comment, Location]], report: Report) -> Iterator[tuple[Comment, Comment | None]]:
    """The same comments as trees, each with the comment that it answers: ids unique in the corpus, each parent a
    comment of the same thread, no circle.

    Everything changed gets a row in ``report``; only a comment that repeats an earlier one to the letter is left out.
    """
    for comment, parent, _ in repaired_with_places(comments, report):
        yield comment, parent


def repaired_with_places(
    comments: Iterable[tuple[Comment, Location]], report: Report
) -> Iterator[tuple[Comment, Comment | None, Location]]:
    """As :func:`repaired`, each comment with its place; all have been read before the first comes out."""
    renamed: dict[tuple[str, str, str], str] = {}
    with comment_spool() as spool:
        for comment, where in comments:
            _add(spool, comment, where, report, renamed)
        for thread, id, parent, where in spool.orphans():
            now = renamed.get((where.path, thread, parent))
            if now is not None and now != id:
                spool.set_parent(thread, id, now)
                continue
            spool.set_parent(thread, id, None)
            report.repaired(SELF_REPLY if parent == id else ORPHAN, where, id=id, detail=f"parent_id {parent!r}")
        for thread, answers in spool.trees():
            for id, parent, where in _circles(answers):
                spool.set_parent(thread, id, None)
                report.repaired(CYCLE, where, id=id, detail=f"parent_id {parent!r}")
        for comment, where in spool:
            report.kept += 1
            answered = None if comment.parent_id is None else spool.get(comment.thread_id, comment.parent_id)
            yield comment, answered, where


def _add(
    spool: CommentSpool, comment: Comment, where: Location, report: Report, renamed: dict[tuple[str, str, str], str]
) -> None:
    taken = spool.get(comment.thread_id, comment.id)
    if taken is not None and (taken.text, taken.author, taken.parent_id) == (
        comment.text,
        comment.author,
        comment.parent_id,
    ):
        report.skipped(REPEATED, where, id=comment.id)
        return
    if taken is not None or spool.has_id(comment.id):
        number = 2
        while spool.has_id(f"{comment.id}~{number}"):
            number += 1
        report.repaired(DUPLICATE, where, id=comment.id, detail=f"now {comment.id}~{number}")
        if taken is None:  # the id is another thread's: answers in this file and thread mean this comment
            renamed[where.path, comment.thread_id, comment.id] = f"{comment.id}~{number}"
        comment = replace(comment, id=f"{comment.id}~{number}")
    spool.add(comment, where)


def _circles(answers: list[tuple[str, str, Location]]) -> Iterator[tuple[str, str, Location]]:
    """The answers at which circles are cut: in each circle the one that came first."""
    parent_of = {id: parent for id, parent, _ in answers}
    order = {id: (number, parent, where) for number, (id, parent, where) in enumerate(answers)}
    settled: set[str] = set()
    for start in list(parent_of):
        path: list[str] = []
        on_path: set[str] = set()
        id: str | None = start
        while id in parent_of and id not in settled and id not in on_path:
            path.append(id)
            on_path.add(id)
            id = parent_of[id]
        if id in on_path:
            circle = path[path.index(id) :]
            first = min(circle, key=lambda member: order[member][0])
            _, parent, where = order[first]
            yield first, parent, where
        settled.update(path)


def _encode(comment: Comment) -> bytes:
    return msgspec.msgpack.encode(comment_to_record(comment))


_UNCHANGED: Any = object()


def _decode(blob: bytes, parent: Any = _UNCHANGED) -> Comment:
    record = msgspec.msgpack.decode(blob)
    if parent is not _UNCHANGED:
        record["parent_id"] = parent
    return comment_from_record(record, Location("spool"))
