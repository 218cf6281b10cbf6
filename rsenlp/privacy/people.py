"""Who writes in which thread, kept on disk: what a mention names is looked up there, however large the corpus."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from rsenlp.privacy.names import WORD, folded, form, is_given
from rsenlp.privacy.pseudonyms import is_pseudonym
from rsenlp.text import normal


class Kind(IntEnum):
    """How a name is said, the most telling first."""

    FULL = 0
    SHORT = 1  # zmartin, martin zoé
    GIVEN = 2
    SURNAME = 3


_SCHEMA = """
create table person (form text, thread text, kind integer, author text, primary key (form, thread, kind, author))
without rowid, strict;
create index by_thread on person (thread);
"""
_MOST_AUTHORS = 5000
_WORDS = re.compile(r"[^\W_]+")
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
        self._add = lru_cache(maxsize=4096)(self._added)
        self._rows = lru_cache(maxsize=4096)(self._looked_up)
        self._words = lru_cache(maxsize=32)(self._all_words)
        self.any = False

    def note(self, thread: str, author: str | None) -> None:
        """Remember that somebody writes in a thread; pseudonyms and roles name nobody."""
        if author is None or is_pseudonym(author) or form(author) in _ROLES:
            return
        self._add(thread, " ".join(author.split()))

    def _added(self, thread: str, author: str) -> None:
        rows = [(said, thread, kind, author) for said, kind in _ways(author)]
        self._rows.cache_clear()
        self._words.cache_clear()
        self._database.executemany("insert or ignore into person values (?, ?, ?, ?)", rows)
        self.any = self.any or bool(rows)

    def find(self, thread: str, name: str, *, elsewhere: bool = False) -> tuple[str, Kind] | None:
        """The author of the thread whom a name means, and how it names them; ``None`` where that is nobody or several.

        With ``elsewhere``, a full name or handle also means an author who writes in another thread only.
        """
        said = form(name)
        if not said or not self.any:
            return None
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
        words = self._words(thread) if self.any else frozenset()
        return words is None or not words.isdisjoint(_WORDS.findall(text.casefold()))

    def _all_words(self, thread: str) -> frozenset[str] | None:
        """The words of the names of a thread's authors; ``None`` for more authors than are worth keeping in memory."""
        query = "select distinct author from person where thread = ? limit ?"
        authors = self._database.execute(query, (thread, _MOST_AUTHORS + 1)).fetchall()
        if len(authors) > _MOST_AUTHORS:
            return None
        names = {way for (author,) in authors for way in (author.casefold(), normal(author), form(author))}
        return frozenset(word for name in names for word in _WORDS.findall(name))

    def _looked_up(self, said: str, thread: str | None) -> list[tuple[Kind, str]]:
        query = """select distinct kind, author from person where form = ? and (? is null or thread = ?)
                   order by kind, author limit 9"""
        return [(Kind(kind), author) for kind, author in self._database.execute(query, (said, thread, thread))]

    def close(self) -> None:
        self._database.close()


@contextmanager
def people() -> Iterator[People]:
    """Nobody yet, in a temporary folder that is gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder, closing(People(Path(folder))) as known:
        yield known


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
