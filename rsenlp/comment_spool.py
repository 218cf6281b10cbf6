"""Blocks of comments on disk, in order, and each comment by its number: memory does not grow with their number."""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from rsenlp.comment_blocks import Block, Item
from rsenlp.errors import Location

_AT_HAND = 8  # blocks of which single comments are asked for: what is answered stands near


class CommentSpool:
    """Blocks, written one after the other; once all are there, they can be read again, and any comment by its number.

    Numbers count from 0 in the order in which the comments came.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "comments"
        self._sink = pa.OSFile(str(self._path), "wb")
        self._firsts = array("q")
        self._places = array("q")
        self._number = 0
        self._source: pa.NativeFile | None = None
        self._at_hand = lru_cache(maxsize=_AT_HAND)(self._block)

    def add(self, block: Block) -> int:
        """Add a block; the number of its first comment."""
        first = self._number
        self._firsts.append(first)
        self._places.append(self._sink.tell())
        # a stream of its own: each block has its own columns
        with pa.ipc.new_stream(self._sink, block.batch.schema) as stream:
            stream.write_batch(block.batch)
        self._number += len(block)
        return first

    def finish(self) -> None:
        """All blocks are there."""
        self._sink.close()

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """Every block with the number of its first comment."""
        with pa.OSFile(str(self._path), "rb") as file:
            for first, place in zip(self._firsts, self._places, strict=True):
                file.seek(place)
                with pa.ipc.open_stream(file) as stream:
                    yield first, Block(stream.read_next_batch())

    def _of(self, number: int) -> tuple[Block, int]:
        """The block in which a comment is, and its row there."""
        index = bisect_right(self._firsts, number) - 1
        return self._at_hand(index), number - self._firsts[index]

    def _block(self, index: int) -> Block:
        # read, not mapped: pages of a mapped file stay in memory until it is closed
        if self._source is None:
            self._source = pa.OSFile(str(self._path), "rb")
        self._source.seek(self._places[index])
        with pa.ipc.open_stream(self._source) as stream:
            return Block(stream.read_next_batch())

    def item(self, number: int) -> Item:
        """A comment, as it came, with its place."""
        block, row = self._of(number)
        return block.item(row)

    def where(self, number: int) -> Location:
        """The place of a comment."""
        block, row = self._of(number)
        return block.where(row)

    def text(self, number: int) -> str:
        """The text of a comment."""
        block, row = self._of(number)
        return str(block.field("text")[row].as_py())

    def said(self, number: int) -> tuple[str | None, ...]:
        """What makes a comment the same as another: its text, its author and what it answers."""
        block, row = self._of(number)
        return tuple(block.field(name)[row].as_py() for name in ("text", "author", "parent_id"))

    def close(self) -> None:
        self._at_hand.cache_clear()
        self._sink.close()
        if self._source is not None:
            self._source.close()


@contextmanager
def comment_spool() -> Iterator[tuple[CommentSpool, Path]]:
    """An empty spool in a temporary folder that is gone at the end of the block, and the folder."""
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder, closing(CommentSpool(Path(folder))) as spool:
        yield spool, Path(folder)
