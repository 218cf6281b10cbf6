"""Who answers whom among comments, by their numbers: found by joins in a database that goes to disk beyond a bound."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

_BATCH = 8192
_MEMORY = "48MB"
# an id and what renaming makes of it have the same stem: 12, 12~2, 12~2~2
_STEM = r"regexp_replace(id, '(~[0-9]+)+$', '')"

Change = tuple[int, str | None]


class Entry(NamedTuple):
    """A comment by its number, its ids as they are now."""

    n: int
    thread: str
    id: str
    parent: str | None


class Asked(NamedTuple):
    """A comment by its number, with the number of the one that it answers, and what was noted with that one."""

    n: int
    parent: int | None
    note: str | None


class ReplyLinks:
    """Relations of comments: all are added, ids settled, parents found (:meth:`link`) and settled, in this order."""

    def __init__(self, folder: Path) -> None:
        settings = {"memory_limit": _MEMORY, "temp_directory": str(folder / "joins"), "threads": "1"}
        self._database = duckdb.connect(config={**settings, "preserve_insertion_order": "false"})
        self._database.execute(
            """create table comment (n bigint, thread text, id text, parent text, note text, asks boolean);
               create table renamed (n bigint, id text);
               create table reset (n bigint, parent text);
               create table changed (n bigint)"""
        )
        self._asks = False

    def add(
        self, first: int, threads: pa.Array, ids: pa.Array, parents: pa.Array, *, notes: pa.Array, asks: pa.Array
    ) -> None:
        """Add comments whose numbers follow ``first``.

        Args:
            first: the number of the first of them.
            threads: their threads.
            ids: their ids, whatever these are.
            parents: the ids that they answer.
            notes: what those that answer them may want to know.
            asks: whether they want to know that of the one that they answer.
        """
        numbers = pa.array(range(first, first + len(ids)), pa.int64())
        names = ["n", "thread", "id", "parent", "note", "asks"]
        self._asks = self._asks or asks.true_count > 0
        self._insert("comment", pa.table([numbers, threads, ids, parents, notes, asks], names))

    def _insert(self, table: str, rows: pa.Table) -> None:
        self._database.register("rows", rows)
        self._database.execute(f"insert into {table} select * from rows")  # noqa: S608 - a table of ours
        self._database.unregister("rows")

    def contested(self) -> Iterator[Entry]:
        """In order, the comments with an id that several have, and those whose id renaming one of them may take."""
        stems = f"select distinct {_STEM} from comment group by id having count(*) > 1"  # noqa: S608
        query = f"select n, thread, id, parent from comment where {_STEM} in ({stems}) order by n"  # noqa: S608
        return (Entry(*row) for row in self._rows(query))

    def rename(self, changes: Iterable[Change]) -> None:
        """Give comments another id, by number; ``None`` leaves a comment out."""
        if self._keep("renamed", changes):
            self._database.execute(
                """delete from comment where n in (select n from renamed where id is null);
                   update comment set id = r.id from renamed r where r.n = comment.n and r.id is not null;
                   insert into changed select n from renamed where id is not null"""
            )

    def link(self) -> None:
        """Find each comment's parent by the ids as they are now."""
        self._database.execute(
            """create table link as select c.n, c.thread, c.id, c.parent, c.note, c.asks, p.n as parent_n
               from comment c left join comment p on p.thread = c.thread and p.id = c.parent;
               drop table comment"""
        )

    def orphans(self) -> Iterator[Entry]:
        """In order, the comments whose parent is not in their thread, or is the comment itself."""
        query = """select n, thread, id, parent from link
                   where parent is not null and (parent_n is null or parent_n = n) order by n"""
        return (Entry(*row) for row in self._rows(query))

    def backward_trees(self) -> Iterator[list[Entry]]:
        """For each thread in which an answer comes before what it answers, its answers: elsewhere nothing can go round
        in a circle.
        """
        threads = "select thread from link where parent_n > n"
        query = f"""select n, thread, id, parent from link
                    where parent_n is not null and thread in ({threads}) order by thread, n"""  # noqa: S608
        for _, rows in groupby(self._rows(query), key=itemgetter(1)):
            yield [Entry(*row) for row in rows]

    def set_parents(self, changes: Iterable[Change]) -> None:
        """Set the parents of comments, by number, to an id of their thread or to none."""
        if not self._keep("reset", changes):
            return
        self._database.execute(
            """update link set parent = s.parent, parent_n = s.parent_n from
               (select r.n, r.parent, p.n as parent_n from reset r join link c on c.n = r.n
                left join link p on p.thread = c.thread and p.id = r.parent) s where s.n = link.n;
               insert into changed select n from reset;
               truncate reset"""
        )

    def _keep(self, table: str, changes: Iterable[Change]) -> int:
        """Write changes to a table while they come; how many there are."""
        number = 0
        changes = iter(changes)
        while batch := list(islice(changes, _BATCH)):
            number += len(batch)
            numbers, ids = zip(*batch, strict=True)
            self._insert(table, pa.table([pa.array(numbers, pa.int64()), pa.array(ids, pa.string())], ["n", "id"]))
        return number

    # --- what has become of them, in order ---

    def left_out(self) -> Iterator[tuple[int]]:
        """The comments that are left out."""
        return ((row[0],) for row in self._rows("select n from renamed where id is null order by n"))

    def changed(self) -> Iterator[Entry]:
        """The comments whose id or parent is another now."""
        query = "select n, thread, id, parent from link where n in (select n from changed) order by n"
        return (Entry(*row) for row in self._rows(query))

    def asked(self) -> Iterator[Asked]:
        """The comments that ask, with the ones that they answer."""
        if not self._asks:
            return iter(())
        query = """select l.n, l.parent_n, p.note from link l left join link p on p.n = l.parent_n
                   where l.asks order by l.n"""
        return (Asked(*row) for row in self._rows(query))

    def parents(self) -> Iterator[tuple[int, int]]:
        """The comments that answer another, with the number of that."""
        return (
            (row[0], row[1]) for row in self._rows("select n, parent_n from link where parent_n is not null order by n")
        )

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        with self._database.cursor() as cursor:
            found = cursor.execute(query)
            while rows := found.fetchmany(_BATCH):
                yield from rows

    def close(self) -> None:
        self._database.close()


class TakenIds:
    """Which comment has which id, for those whose ids are contested; and what became of ids that another thread has."""

    def __init__(self) -> None:
        # no name: SQLite keeps it in a temporary file of its own
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            """pragma journal_mode=off; pragma synchronous=off;
            create table taken (thread text, id text, n integer, primary key (thread, id)) strict, without rowid;
            create index by_id on taken (id);
            create table renamed (path text, thread text, id text, now text, primary key (path, thread, id)) strict;
            begin;"""
        )

    def take(self, thread: str, id: str, n: int) -> None:
        self._database.execute("insert into taken values (?, ?, ?)", (thread, id, n))

    def number(self, thread: str, id: str) -> int | None:
        """The number of the comment that has the id in that thread."""
        query = "select n from taken where thread = ? and id = ?"
        found = self._database.execute(query, (thread, id)).fetchone()
        return None if found is None else int(found[0])

    def is_taken(self, id: str) -> bool:
        """Whether a comment of any thread has the id."""
        return self._database.execute("select 1 from taken where id = ? limit 1", (id,)).fetchone() is not None

    def renamed(self, path: str, thread: str, id: str, now: str) -> None:
        """Answers to the id, in this file and thread, mean the comment that is called otherwise now."""
        self._database.execute("insert or replace into renamed values (?, ?, ?, ?)", (path, thread, id, now))

    def now(self, path: str, thread: str, id: str) -> str | None:
        """What the comment is called that answers to the id mean, where that is another."""
        query = "select now from renamed where path = ? and thread = ? and id = ?"
        found = self._database.execute(query, (path, thread, id)).fetchone()
        return None if found is None else str(found[0])

    def close(self) -> None:
        self._database.close()
