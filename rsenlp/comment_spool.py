"""Comments on disk in the order in which they came, and who answers whom among them, found out by joins.

A comment is written once and read once; what relates comments, ids and parents, is kept apart from them in columns, in
a database that goes to disk beyond a bound. Memory does not grow with the number of comments.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec
import pyarrow as pa

from rsenlp.discussion import Comment
from rsenlp.errors import Location

_BATCH = 8192
_MEMORY = "128MB"
_BUFFER = 1024 * 1024
_SIZE = 4  # bytes that say how long a record is
_COLUMNS = pa.schema(
    [("n", pa.int64()), ("place", pa.int64()), *((name, pa.string()) for name in ("thread", "id", "parent"))]
)
# an id and what renaming makes of it have the same stem: 12, 12~2, 12~2~2
_STEM = r"regexp_replace(id, '(~[0-9]+)+$', '')"

Change = tuple[int, str | None]


class Entry(NamedTuple):
    """A comment by its number, from 0, and the place of its record."""

    n: int
    at: int
    thread: str
    id: str
    parent: str | None


class Link(NamedTuple):
    """What a comment's id and parent are in the end, and where the parent's record lies (``None``: it has none)."""

    n: int
    id: str
    parent: str | None
    at: int | None


class CommentSpool:
    """Comments, written one after the other; once all are there, their relations can be asked for and changed."""

    def __init__(self, folder: Path) -> None:
        self._records = (folder / "comments").open("w+b", buffering=_BUFFER)
        self._again = (folder / "comments").open("rb", buffering=0)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(tuple[Comment, str, int | None]).decode
        self._at = self._number = 0
        self._waiting: tuple[list[int], list[str], list[str], list[str | None]] = ([], [], [], [])
        settings = {"memory_limit": _MEMORY, "temp_directory": str(folder / "joins"), "threads": "1"}
        self._database = duckdb.connect(config={**settings, "preserve_insertion_order": "false"})
        self._database.execute("create table comment (n bigint, place bigint, thread text, id text, parent text)")
        self._database.execute("create table renamed (n bigint, id text)")
        self._database.execute("create table reset (n bigint, parent text)")

    # --- in ---

    def add(self, comment: Comment, where: Location) -> None:
        """Add a comment, whatever its ids."""
        record = self._encode((comment, where.path, where.line))
        self._records.write(len(record).to_bytes(_SIZE, "little") + record)
        places, threads, ids, parents = self._waiting
        places.append(self._at)
        threads.append(comment.thread_id)
        ids.append(comment.id)
        parents.append(comment.parent_id)
        self._at += _SIZE + len(record)
        if len(places) >= _BATCH:
            self._settle()

    def _settle(self) -> None:
        places = self._waiting[0]
        numbers = range(self._number, self._number + len(places))
        self._insert("comment", pa.table([pa.array(numbers, pa.int64()), *self._waiting], schema=_COLUMNS))
        self._number += len(places)
        self._waiting = ([], [], [], [])

    def _insert(self, table: str, rows: pa.Table) -> None:
        self._database.register("rows", rows)
        self._database.execute(f"insert into {table} select * from rows")  # noqa: S608 - a table of ours
        self._database.unregister("rows")

    def finish(self) -> None:
        """All comments are there: only then are their relations known."""
        self._settle()
        self._records.flush()

    # --- relations ---

    def contested(self) -> Iterator[Entry]:
        """In order, the comments with an id that several have, and those whose id renaming one of them may take."""
        stems = f"select distinct {_STEM} from comment group by id having count(*) > 1"  # noqa: S608
        query = f"select n, place, thread, id, parent from comment where {_STEM} in ({stems}) order by n"  # noqa: S608
        return (Entry(*row) for row in self._rows(query))

    def rename(self, changes: Iterable[Change]) -> None:
        """Give comments another id, by number; ``None`` leaves a comment out."""
        self._keep("renamed", changes)

    def link(self) -> None:
        """Find each comment's parent by the ids as they are now."""
        self._database.execute(
            """create table named as select c.n, c.place, c.thread, coalesce(r.id, c.id) as id, c.parent from comment c
               left join renamed r on r.n = c.n where r.n is null or r.id is not null;
               drop table comment;
               create table link as select c.n, c.place, c.thread, c.id, c.parent, p.n as parent_n,
               p.place as parent_place from named c left join named p on p.thread = c.thread and p.id = c.parent;
               drop table named"""
        )

    def orphans(self) -> Iterator[Entry]:
        """In order, the comments whose parent is not in their thread, or is the comment itself."""
        query = """select n, place, thread, id, parent from link
                   where parent is not null and (parent_n is null or parent_n = n) order by n"""
        return (Entry(*row) for row in self._rows(query))

    def backward_trees(self) -> Iterator[list[Entry]]:
        """For each thread in which an answer comes before what it answers, its answers: elsewhere nothing can go round
        in a circle.
        """
        threads = "select thread from link where parent_n > n"
        query = f"""select n, place, thread, id, parent from link
                    where parent_n is not null and thread in ({threads}) order by thread, n"""  # noqa: S608
        for _, rows in groupby(self._rows(query), key=itemgetter(2)):
            yield [Entry(*row) for row in rows]

    def set_parents(self, changes: Iterable[Change]) -> None:
        """Set the parents of comments, by number, to an id of their thread or to none."""
        if not self._keep("reset", changes):
            return
        self._database.execute(
            """update link set parent = s.parent, parent_n = s.parent_n, parent_place = s.parent_place from
               (select r.n, r.parent, p.n as parent_n, p.place as parent_place from reset r join link c on c.n = r.n
                left join link p on p.thread = c.thread and p.id = r.parent) s where s.n = link.n;
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

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        with self._database.cursor() as cursor:
            found = cursor.execute(query)
            while rows := found.fetchmany(_BATCH):
                yield from rows

    # --- out ---

    def at(self, place: int) -> tuple[Comment, Location]:
        """The comment whose record lies at a place, as it came."""
        self._again.seek(place)
        head = self._again.read(_SIZE + 2048)
        size = int.from_bytes(head[:_SIZE], "little")
        record = head[_SIZE : _SIZE + size]
        if len(record) < size:
            record += self._again.read(size - len(record))
        comment, path, line = self._decode(record)
        return comment, Location(path, line)

    def linked(self) -> Iterator[tuple[Comment, Location, Link]]:
        """Every comment that is not left out, as it came, with its place and what has become of its ids; in order."""
        self._records.seek(0)
        read, decode = self._records.read, self._decode
        number = -1
        for row in self._rows("select n, id, parent, parent_place from link order by n"):
            link = Link(*row)
            while number < link.n:
                record = read(int.from_bytes(read(_SIZE), "little"))
                number += 1
            comment, path, line = decode(record)
            yield comment, Location(path, line), link

    def close(self) -> None:
        self._database.close()
        self._records.close()
        self._again.close()


class TakenIds:
    """Which comment has which id, for those whose ids are contested; and what became of ids that another thread has."""

    def __init__(self) -> None:
        # no name: SQLite keeps it in a temporary file of its own
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            """pragma journal_mode=off; pragma synchronous=off;
            create table taken (thread text, id text, place integer, primary key (thread, id)) strict, without rowid;
            create index by_id on taken (id);
            create table renamed (path text, thread text, id text, now text, primary key (path, thread, id)) strict;
            begin;"""
        )

    def take(self, thread: str, id: str, at: int) -> None:
        self._database.execute("insert into taken values (?, ?, ?)", (thread, id, at))

    def place(self, thread: str, id: str) -> int | None:
        """Where the record of the comment lies that has the id in that thread."""
        query = "select place from taken where thread = ? and id = ?"
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


@contextmanager
def comment_spool() -> Iterator[CommentSpool]:
    """An empty spool in a temporary folder, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder, closing(CommentSpool(Path(folder))) as spool:
        yield spool
