"""Who writes in which thread, kept on disk: what a mention names is looked up there, however large the corpus."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from rsenlp.privacy.name_pieces import WORDS, AtHand, pieces, pieces_of, words_in
from rsenlp.privacy.names import WORD, folded, form, is_given
from rsenlp.privacy.pseudonyms import is_pseudonym


class Kind(IntEnum):
    """How a name is said, the most telling first."""

    FULL = 0
    SHORT = 1  # zmartin, martin zoé
    GIVEN = 2
    SURNAME = 3


_SCHEMA = """
create table writes (thread text, author text) strict;
create table way (form text, kind integer, author text, primary key (form, kind, author)) without rowid, strict;
"""
_INDEX = "create index if not exists by_thread on writes (thread, author)"
_MOST_AUTHORS = 5000
_BATCH = 4096
_NAMES_AT_HAND = 100_000
# authors who are nobody in particular: their names are words that others use
_ROLES = frozenset(
    """
    admin administrateur administrator anonyme anonymous auteur author client deleted editor guest inconnu invite
    lecteur moderateur moderator modo redacteur redaction salarie staff support unknown user utilisateur visiteur
    visitor
    """.split()
)


class People:
    """The authors of a corpus by the ways in which they can be named."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "people.sqlite", isolation_level=None)
        self._database.executescript("pragma journal_mode=off; pragma synchronous=off;" + _SCHEMA + "begin;")
        self._rows = lru_cache(maxsize=4096)(self._looked_up)
        self._waiting: list[tuple[str, str]] = []
        self._words: AtHand[str] = AtHand()
        self._pieces: AtHand[bytes] = AtHand()
        self._known: set[str] = set()  # authors whose ways are noted
        self._ways: list[tuple[str, Kind, str]] = []
        self.any = False

    def note(self, thread: str, author: str | None) -> None:
        """Remember that somebody writes in a thread; pseudonyms and roles name nobody."""
        self.note_all([(thread, author)])

    def note_all(self, writing: Iterable[tuple[str, str | None]]) -> None:
        """Remember who writes in which thread, of many at once; whoever is said again costs a little more."""
        for thread, author in writing:
            if author in self._known or (author is not None and self._is_somebody(author)):
                self._waiting.append((thread, author))
        self.any = self.any or bool(self._waiting)
        if len(self._waiting) >= _BATCH:
            self._settle()

    def _is_somebody(self, author: str) -> bool:
        """Whether an author can be named; then the ways in which are noted, most often once for each."""
        name, ways = _named(author)
        if not ways:
            return False
        if len(self._known) >= _NAMES_AT_HAND:
            self._known.clear()
        self._known.add(author)
        self._ways += [(form, kind, name) for form, kind in ways]
        return True

    def _settle(self) -> None:
        """Write what waits; what was looked up before may be otherwise now."""
        self._database.executemany("insert or ignore into way values (?, ?, ?)", sorted(self._ways))
        rows = ((thread, " ".join(author.split())) for thread, author in self._waiting)
        self._database.executemany("insert into writes values (?, ?)", rows)
        self._waiting.clear()
        self._ways.clear()
        self._rows.cache_clear()
        self._words.clear()
        self._pieces.clear()

    def _query(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        if self._waiting:
            self._settle()
        self._known.clear()  # all have been heard
        # made once all have been heard: rows that come in the order of an index are many times cheaper
        self._database.execute(_INDEX)
        return self._database.execute(query, values).fetchall()

    def find(self, thread: str, name: str, *, elsewhere: bool = False) -> tuple[str, Kind] | None:
        """The author of the thread whom a name means, and how it names them; ``None`` where that is nobody or several.

        With ``elsewhere``, a full name or handle also means an author who writes in another thread only.
        """
        said = form(name)
        if not said or not self.any:
            return None
        if self._waiting:
            self._settle()
        rows = self._rows(said, thread)
        if not rows and elsewhere:
            rows = [row for row in self._rows(said, None) if row[0] is Kind.FULL]
        if not rows:
            return None
        kind = rows[0][0]
        meant = {folded(author): author for row_kind, author in rows if row_kind is kind}
        exact = meant.get(folded(name))
        if exact is None and len(meant) > 1:
            return None
        return exact or next(iter(meant.values())), kind

    def may_name(self, thread: str, text: str) -> bool:
        """Whether a text holds a word of any author's name in the thread; ``False`` is certain."""
        names = self.pieces(thread)
        if names is not None and names.isdisjoint(pieces(text)):
            return False
        words = self._words.of(thread, self._all_words)
        return words is None or not words.isdisjoint(WORDS.findall(text.casefold()))

    def pieces(self, thread: str) -> frozenset[bytes] | None:
        """The :func:`pieces` of which a text that names an author of the thread holds one; ``None`` where any may."""
        if not self.any:
            return frozenset()
        if self._waiting:
            self._settle()
        return self._pieces.of(thread, self._all_pieces)

    def _all_pieces(self, thread: str) -> frozenset[bytes] | None:
        authors = self._authors(thread)
        return None if authors is None else pieces_of(authors)

    def _all_words(self, thread: str) -> frozenset[str] | None:
        authors = self._authors(thread)
        return None if authors is None else frozenset().union(*map(words_in, authors))

    def _authors(self, thread: str) -> list[str] | None:
        """The authors of a thread; ``None`` for more than are worth keeping in memory."""
        query = "select distinct author from writes where thread = ? limit ?"
        authors = self._query(query, (thread, _MOST_AUTHORS + 1))
        return None if len(authors) > _MOST_AUTHORS else [author for (author,) in authors]

    def _looked_up(self, said: str, thread: str | None) -> list[tuple[Kind, str]]:
        query = """select kind, author from way where form = ? and
                   (? is null or exists (select 1 from writes w where w.thread = ? and w.author = way.author))
                   order by kind, author limit 9"""
        return [(Kind(kind), author) for kind, author in self._query(query, (said, thread, thread))]

    def close(self) -> None:
        self._database.close()


@contextmanager
def people() -> Iterator[People]:
    """Nobody yet, in a temporary folder that is gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder, closing(People(Path(folder))) as known:
        yield known


@lru_cache(maxsize=1 << 13)
def _named(author: str) -> tuple[str, tuple[tuple[str, Kind], ...]]:
    """An author's name on one line, and the ways in which it can be said; none for pseudonyms and roles."""
    if is_pseudonym(author) or form(author) in _ROLES:
        return author, ()
    name = " ".join(author.split())
    return name, tuple(_ways(name))


def _ways(author: str) -> Iterator[tuple[str, Kind]]:
    """The ways in which an author can be named, as forms."""
    full = form(author)
    if len(full) < 2:
        return
    yield full, Kind.FULL
    alone = re.split(r"\s*[(,|/]|\s[-–—]\s", author)[0]  # Paul Durand (Acme)
    if alone != author and len(form(alone)) > 1:
        yield form(alone), Kind.FULL
    plain = alone.split("@")[0].replace("_", " ")
    words = re.findall(WORD, plain if " " in plain else plain.replace(".", " "))
    given = next((index for index in (0, -1) if len(words) > 1 and is_given(words[index])), None)
    if given is None:
        return
    first, last = form(words[given]), form(words[-1 - given])
    yield last + first, Kind.SHORT
    yield first[0] + last, Kind.SHORT
    yield first, Kind.GIVEN
    if len(last) > 2:
        yield last, Kind.SURNAME
