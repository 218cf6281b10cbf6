"""Labelled comments discussion by discussion, however they come; they wait on disk."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

import msgspec

from rsenlp.exports.labelled import Labelled

_SCHEMA = """
pragma journal_mode=off; pragma synchronous=off;
create table thread (n integer primary key, id text not null unique) strict;
create table item (n integer primary key, thread integer not null, record blob not null) strict;
begin;
"""
_ORDERED = "select t.id, i.record from item i join thread t on t.n = i.thread order by i.thread, i.n"


def by_thread(items: Iterable[Labelled]) -> Iterator[tuple[str, Iterator[Labelled]]]:
    """The comments of each discussion, in order; discussions in the order of their first comments."""
    decoder = msgspec.msgpack.Decoder(Labelled)
    with (
        tempfile.TemporaryDirectory(prefix="rsenlp-") as folder,
        closing(sqlite3.connect(Path(folder) / "items.sqlite", isolation_level=None)) as database,
    ):
        database.executescript(_SCHEMA)
        for item in items:
            thread = (item.comment.thread_id,)
            database.execute("insert or ignore into thread (id) values (?)", thread)
            number = database.execute("select n from thread where id = ?", thread).fetchone()[0]
            row = (number, msgspec.msgpack.encode(item))
            database.execute("insert into item (thread, record) values (?, ?)", row)
        rows = database.execute(_ORDERED)
        for thread_id, found in groupby(rows, key=lambda row: row[0]):
            yield thread_id, (decoder.decode(record) for _, record in found)
