"""What a first pass over an export finds out for the second: kept on disk, so that memory does not grow with it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec


class Lookup:
    """Values by their keys, on disk. A value is of lists, dictionaries, texts, numbers and ``None``."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "lookup.sqlite", isolation_level=None)
        self._database.executescript(
            "pragma journal_mode=off; pragma synchronous=off;"
            "create table entry (key text primary key, value blob) strict, without rowid; begin;"
        )
        self._found = lru_cache(maxsize=1024)(self._looked_up)
        self._any = False

    def __setitem__(self, key: str, value: Any) -> None:
        self._database.execute("insert or replace into entry values (?, ?)", (key, msgspec.msgpack.encode(value)))
        self._found.cache_clear()
        self._any = True

    def get(self, key: str | None) -> Any:
        """The value of a key; ``None`` where there is none."""
        found = self._found(key) if self._any else None
        return None if found is None else msgspec.msgpack.decode(found)

    def _looked_up(self, key: str | None) -> bytes | None:
        found = self._database.execute("select value from entry where key = ?", (key,)).fetchone()
        return None if found is None else bytes(found[0])

    def close(self) -> None:
        self._database.close()


@contextmanager
def lookup() -> Iterator[Lookup]:
    """An empty lookup in a temporary folder, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder, closing(Lookup(Path(folder))) as entries:
        yield entries


def top_of(id: str, parent_of: Callable[[str], str | None]) -> str:
    """Where the way up from an id ends; of ids that answer each other in a circle the first by name."""
    way: dict[str, None] = {}
    while id not in way:
        way[id] = None
        parent = parent_of(id)
        if parent is None:
            return id
        id = parent
    passed = list(way)
    return min(passed[passed.index(id) :])
