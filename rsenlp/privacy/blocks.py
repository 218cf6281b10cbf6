"""Personal details in blocks of comments: what cannot hold any is told at a glance, and only the rest is read closely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rsenlp.comment_blocks import Block, block_of, is_packed, values_of
from rsenlp.discussion import Comment
from rsenlp.privacy.columns import is_contact, personal_column
from rsenlp.privacy.comments import PERSONAL, Privacy, clean_text, counted
from rsenlp.privacy.identifiers import may_hold_details, signs
from rsenlp.privacy.mentions import Naming
from rsenlp.privacy.people import People, pieces
from rsenlp.privacy.signatures import may_be_signed

_UNREAD = (int, float, type(None), msgspec.UnsetType)


def hear(people: People, block: Block) -> None:
    """Note who writes in which thread."""
    for thread, author in dict.fromkeys(zip(block.texts("thread_id"), block.texts("author"), strict=True)):
        people.note(str(thread), author)


def cleaned(block: Block, privacy: Privacy) -> Block:
    """The comments without personal details, as :meth:`Privacy.clean` gives each of them."""
    whole = _rows_beyond_text(block)
    if whole is None:
        return block_of([(privacy.clean(comment, where), where) for comment, where in block.items()])
    changes = _Changes()
    texts, threads = block.texts("text"), block.texts("thread_id")
    for row in sorted({*_rows_of_texts(texts, threads, privacy.people), *whole}):
        if row in whole:
            comment, where = block.item(row)
            changes.comments[row] = privacy.clean(comment, where)
        else:
            _clean_text_of(row, block, privacy, changes)
    block = changes.applied(block, texts)
    return block.with_fields(author=_pseudonyms(block.field("author"), privacy))


@dataclass(slots=True)
class _Changes:
    """What has become of comments, by their rows: of the whole comment, or of the text alone."""

    comments: dict[int, Comment] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    def applied(self, block: Block, texts: list[str | None]) -> Block:
        if self.texts or self.comments:
            for row, text in self.texts.items():
                texts[row] = text
            for row, comment in self.comments.items():
                texts[row] = comment.text
            block = block.with_fields(text=texts)
        if not self.comments:
            return block
        claims = block.texts("claim")
        for row, comment in self.comments.items():
            claims[row] = comment.claim
        block = block.with_fields(claim=claims)
        for name, column in block.extras().items():
            values = values_of(column)
            now = {row: comment.extra[name] for row, comment in self.comments.items() if name in comment.extra}
            if any(values[row] != value for row, value in now.items()):
                for row, value in now.items():
                    values[row] = value
                block = block.with_extra(name, values)
        return block


def _clean_text_of(row: int, block: Block, privacy: Privacy, changes: _Changes) -> None:
    text, thread, author = (block.field(name)[row].as_py() for name in ("text", "thread_id", "author"))
    done = clean_text(text, Naming(thread, privacy.people, privacy.pseudonym), author=author)
    if done.kinds:
        id = block.field("id")[row].as_py()
        privacy.report.repaired(PERSONAL, block.where(row), id=id, detail=counted("", done.kinds))
    if done.text != text:
        changes.texts[row] = done.text


def _rows_of_texts(texts: list[str | None], threads: list[str | None], people: People) -> Iterator[int]:
    """The rows of texts that may hold an address, number, mention, signature or name."""
    made_of: dict[str | None, frozenset[bytes] | None] = {}
    for row, (text, thread) in enumerate(zip(texts, threads, strict=True)):
        if thread not in made_of:
            made_of[thread] = people.said(str(thread)).pieces
        names = made_of[thread]
        read = str(text)
        named = names is None or (names and not names.isdisjoint(pieces(read)))
        if named or any(signs(read)) or may_be_signed(read):
            yield row


def _rows_beyond_text(block: Block) -> set[int] | None:
    """The rows of comments whose claim or other columns may hold something; ``None`` where every comment may."""
    if block.is_annotated:
        return None
    rows = set(_rows_with(block.field("claim"), _holds_nothing))
    for name, column in block.extras().items():
        if personal_column(name) is not None:
            return None
        if is_packed(column):
            values = enumerate(values_of(column))
            rows.update(row for row, value in values if not _is_plain(value, name))
        elif pa.types.is_string(column.type):
            rows.update(_rows_with(column, lambda value, name=name: _holds_no_detail(value, name)))  # type: ignore[misc]
    return rows


def _rows_with(column: pa.Array, is_plain: Any) -> Iterator[int]:
    """The rows whose value is not plain: each different one is looked at once."""
    different = column.dictionary_encode()
    suspect = [index for index, value in enumerate(different.dictionary.to_pylist()) if not is_plain(value)]
    if suspect:
        found = pc.is_in(different.indices, value_set=pa.array(suspect, different.indices.type))
        yield from pc.indices_nonzero(found).to_pylist()


@lru_cache(maxsize=4096)
def _holds_nothing(text: str) -> bool:
    return not any(signs(text))


def _is_plain(value: Any, column: str) -> bool:
    return isinstance(value, _UNREAD) or (isinstance(value, str) and _holds_no_detail(value, column))


@lru_cache(maxsize=4096)
def _holds_no_detail(value: str, column: str) -> bool:
    return not may_hold_details(value) or not (is_contact(value, column) or any(signs(value)))


def _pseudonyms(authors: pa.Array, privacy: Privacy) -> pa.Array:
    different = authors.dictionary_encode()
    names = pa.array([name and privacy.pseudonym(name) for name in different.dictionary.to_pylist()], pa.string())
    return names.take(different.indices)
