"""What the names of a thread's authors are made of: a text that holds none of it names none of them."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from rsenlp.privacy.names import form
from rsenlp.text import normal

_PARTS_AT_HAND = 100_000  # of all threads together
WORDS = re.compile(r"[^\W_]+")
_ASCII_PIECE = re.compile("[a-z0-9]+")
_BETWEEN = re.compile(r"[^\n\w]+|_+")
# letters of ASCII in lower case and digits, all else as spaces: what is left of a text are pieces of its words
_PIECES = bytes(
    code if chr(code) in "abcdefghijklmnopqrstuvwxyz0123456789" else code | 32 if 65 <= code <= 90 else 32
    for code in range(256)
)


def pieces(text: str) -> list[bytes]:
    """The pieces of a text's words in ASCII and lower case: a word whose piece is not there is not there either."""
    folded_text = text if text.isascii() else text.casefold()
    return folded_text.encode("utf-8", "surrogatepass").translate(_PIECES).split()


def pieces_of(authors: list[str]) -> frozenset[bytes] | None:
    """Of each word of the authors' names at least one piece; ``None`` where a word has none in ASCII."""
    joined = "\n".join(authors)
    if joined.isascii() and "@" not in joined and "u/" not in joined:  # most threads, all authors at once
        run_together = _BETWEEN.sub("", joined.lower())  # as form() does with each
        return frozenset((*pieces(joined), *pieces(run_together)))
    words = frozenset().union(*map(words_in, authors))
    longest = [max(_ASCII_PIECE.findall(word), key=len, default="") for word in words]
    return frozenset(piece.encode() for piece in longest) if all(longest) else None


_Part = TypeVar("_Part", str, bytes)


class AtHand(Generic[_Part]):
    """Of the threads asked for last what their authors' names are made of; ``None`` for too many authors.

    Threads go on side by side in some sources: as many as memory allows are at hand.
    """

    def __init__(self) -> None:
        self._found: OrderedDict[str, frozenset[_Part] | None] = OrderedDict()
        self._held = 0

    def of(self, thread: str, find: Callable[[str], frozenset[_Part] | None]) -> frozenset[_Part] | None:
        if thread in self._found:
            self._found.move_to_end(thread)
            return self._found[thread]
        parts = self._found[thread] = find(thread)
        self._held += 1 + len(parts or ())
        while self._held > _PARTS_AT_HAND and len(self._found) > 1:
            self._held -= 1 + len(self._found.popitem(last=False)[1] or ())
        return parts

    def clear(self) -> None:
        self._found.clear()
        self._held = 0


@lru_cache(maxsize=1 << 13)
def words_in(author: str) -> frozenset[str]:
    ways = (author.casefold(), normal(author), form(author))
    return frozenset(word for way in ways for word in WORDS.findall(way))
