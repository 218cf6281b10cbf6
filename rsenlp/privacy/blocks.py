"""Personal details in blocks of comments: what cannot hold any is told at a glance, the rest is read closely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from rsenlp.comment_blocks import Block, block_of, is_packed, values_of
from rsenlp.discussion import Comment
from rsenlp.privacy.columns import is_contact, personal_column
from rsenlp.privacy.comments import PERSONAL, Privacy, clean_text, counted
from rsenlp.privacy.identifiers import has_signs, may_hold_details
from rsenlp.privacy.mentions import Naming
from rsenlp.privacy.name_pieces import pieces
from rsenlp.privacy.people import People
from rsenlp.privacy.signatures import may_be_signed

_UNREAD = (int, float, type(None), msgspec.UnsetType)


def hear(people: People, block: Block) -> None:
    """Note who writes in which thread."""
    writing = zip(cast(list[str], block.texts("thread_id")), block.texts("author"), strict=True)
    people.note_all(dict.fromkeys(writing))


def cleaned(block: Block, privacy: Privacy) -> Block:
    """The comments without personal details, as :meth:`Privacy.clean` gives each of them."""
    whole = _rows_beyond_text(block)
    if whole is None:
        return block_of([(privacy.clean(comment, where), where) for comment, where in block.items()])
    changes = _Changes()
    texts = cast(list[str], block.texts("text"))
    threads = cast(list[str], block.texts("thread_id"))
    for row in sorted({*_rows_of_texts(texts, threads, privacy.people), *whole}):
        if row in whole:
            comment, where = block.item(row)
            changes.comments[row] = privacy.clean(comment, where)
        else:
            done = _without_details(row, texts[row], threads[row], block, privacy)
            if done != texts[row]:
                changes.texts[row] = done
    block = changes.applied(block, texts)
    return block.with_fields(author=_pseudonyms(block.field("author"), privacy))


@dataclass(slots=True)
class _Changes:
    """What has become of comments, by their rows: of the whole comment, or of the text alone."""

    comments: dict[int, Comment] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    def applied(self, block: Block, texts: list[str]) -> Block:
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


def _without_details(row: int, text: str, thread: str, block: Block, privacy: Privacy) -> str:
    """A text without personal details; a row in the report says what was replaced."""
    author = block.field("author")[row].as_py()
    done = clean_text(text, Naming(thread, privacy.people, privacy.pseudonym), author=author)
    if done.kinds:
        id = block.field("id")[row].as_py()
        privacy.report.repaired(PERSONAL, block.where(row), id=id, detail=counted("", done.kinds))
    return done.text


def _rows_of_texts(texts: list[str], threads: list[str], people: People) -> Iterator[int]:
    """The rows of texts that may hold an address, number, mention, signature or name."""
    names = {thread: people.pieces(thread) for thread in set(threads)}
    for row, (text, thread) in enumerate(zip(texts, threads, strict=True)):
        said = names[thread]
        named = said is None or (said and not said.isdisjoint(pieces(text)))
        if named or may_be_signed(text) or has_signs(text):
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
            rows.update(_rows_with(column, lambda value, name=name: _holds_no_detail(value, name)))
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
    return not has_signs(text)


def _is_plain(value: Any, column: str) -> bool:
    return isinstance(value, _UNREAD) or (isinstance(value, str) and _holds_no_detail(value, column))


@lru_cache(maxsize=4096)
def _holds_no_detail(value: str, column: str) -> bool:
    return not may_hold_details(value) or not (is_contact(value, column) or has_signs(value))


def _pseudonyms(authors: pa.Array, privacy: Privacy) -> pa.Array:
    different = authors.dictionary_encode()
    names = pa.array([name and privacy.pseudonym(name) for name in different.dictionary.to_pylist()], pa.string())
    return names.take(different.indices)
