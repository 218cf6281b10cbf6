"""Comments side by side: blocks of some thousands in Arrow's columns, so that an ordinary comment costs little.

A block holds what the comments hold, no more and no less: :meth:`Block.items` gives back what :func:`block_of` took.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pyarrow as pa

from rsenlp.discussion import Annotation, Comment
from rsenlp.errors import Location
from rsenlp.records import FIELDS

ROWS = 4096
_MOST_CHARACTERS = 16 * 1024 * 1024
_EXTRA = "+"  # before the names of columns that the contract does not name
_PATH, _LINE, _LABELS = "@path", "@line", "@labels"
_PACKED = {b"packed": b"msgpack"}
_SIMPLE = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}
_ABSENT = msgspec.UNSET
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder().decode
_unpack_labels = msgspec.msgpack.Decoder(Annotation).decode

Item = tuple[Comment, Location]


def type_of(field: str) -> pa.DataType:
    """The Arrow type of a field of the contract."""
    return pa.timestamp("us", tz="UTC") if field == "created_at" else pa.string()


@dataclass(frozen=True, slots=True)
class Block:
    """Comments in order, with their places.

    ``batch`` has the fields of the contract, the places, annotations, and the other columns, each of one simple type or
    packed value by value; null in these is a comment without the column.
    """

    batch: pa.RecordBatch

    def __len__(self) -> int:
        return int(self.batch.num_rows)

    def field(self, name: str) -> pa.Array:
        """A field of the contract, of all comments."""
        return self.batch.column(name)

    def texts(self, name: str) -> list[str | None]:
        """A field of the contract that holds texts, of all comments."""
        return cast(list[str | None], self.batch.column(name).to_pylist())

    @property
    def is_annotated(self) -> bool:
        """Whether any comment comes with labels."""
        return int(self.batch.column(_LABELS).null_count) < len(self)

    def extras(self) -> dict[str, pa.Array]:
        """The columns that the contract does not name and that any comment has, those first that the first have."""
        found = []
        for place, field in enumerate(self.batch.schema):
            if field.name.startswith(_EXTRA):
                column = self.batch.column(place)
                if column.null_count < len(column):
                    found.append((_first(column), place, field.name[len(_EXTRA) :], column))
        return {name: column for _, _, name, column in sorted(found, key=lambda item: item[:2])}

    def where(self, row: int) -> Location:
        return Location(self.batch.column(_PATH)[row].as_py(), self.batch.column(_LINE)[row].as_py())

    def item(self, row: int) -> Item:
        """One comment with its place, by its row from 0."""
        return next(Block(self.batch.slice(row, 1)).items())

    def items(self) -> Iterator[Item]:
        """Every comment with its place."""
        batch = self.batch
        moments = map(_moment, batch.column("created_at").to_pylist())
        columns = [moments if name == "created_at" else batch.column(name).to_pylist() for name in FIELDS]
        labels = map(_labels, batch.column(_LABELS).to_pylist())
        extras = self._extras_by_comment()
        places = zip(batch.column(_PATH).to_pylist(), batch.column(_LINE).to_pylist(), strict=True)
        for values, extra, annotation, place in zip(zip(*columns, strict=True), extras, labels, places, strict=True):
            fields = dict(zip(FIELDS, values, strict=True))
            yield Comment(**fields, extra=extra, annotation=annotation), Location(*place)

    def _extras_by_comment(self) -> Iterator[dict[str, Any]]:
        columns = self.extras()
        if not columns:
            return ({} for _ in range(len(self)))
        names = list(columns)
        rows = zip(*map(values_of, columns.values()), strict=True)
        return ({name: value for name, value in zip(names, row, strict=True) if value is not _ABSENT} for row in rows)

    def taken(self, rows: Iterable[int]) -> Block:
        """The comments of these rows, in this order."""
        return Block(self.batch.take(pa.array(list(rows), pa.int64())))

    def with_fields(self, **fields: pa.Array | Sequence[Any]) -> Block:
        """The same comments with other values of these fields of the contract."""
        batch = self.batch
        for name, values in fields.items():
            column = values if isinstance(values, pa.Array) else pa.array(values, type_of(name))
            batch = batch.set_column(batch.schema.get_field_index(name), pa.field(name, column.type), column)
        return Block(batch)

    def with_extra(self, name: str, values: Sequence[Any]) -> Block:
        """The same comments with other values of a column that is there; where it was absent it stays so."""
        at = self.batch.schema.get_field_index(_EXTRA + name)
        field, column = _extra(name, list(values))
        return Block(self.batch.set_column(at, field, column))


def values_of(column: pa.Array) -> list[Any]:
    """The values of a column that the contract does not name; ``msgspec.UNSET`` where a comment has none."""
    values = column.to_pylist()
    if is_packed(column):
        return [_ABSENT if value is None else _unpack(value) for value in values]
    return [_ABSENT if value is None else value for value in values] if column.null_count else cast(list[Any], values)


def is_packed(column: pa.Array) -> bool:
    """Whether the values of a column are packed one by one, since they are of several types, nested or nothing."""
    return bool(pa.types.is_binary(column.type))


def _first(column: pa.Array) -> int:
    """The first row that has a value."""
    return 0 if not column.null_count or column[0].is_valid else int(column.is_valid().index(True).as_py())


def _moment(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


def _labels(packed: bytes | None) -> Annotation | None:
    return None if packed is None else _unpack_labels(packed)


# --- made ------------------------------------------------------------------------------------------------------------


def block_of(items: Sequence[Item]) -> Block:
    """The block of comments with their places."""
    comments = [comment for comment, _ in items]
    fields = {name: [getattr(comment, name) for comment in comments] for name in FIELDS}
    extras: dict[str, list[Any]] = {}
    for row, comment in enumerate(comments):
        for name, value in comment.extra.items():
            if name not in extras:
                extras[name] = [_ABSENT] * len(comments)
            extras[name][row] = value
    labels = [None if comment.annotation is None else _pack(comment.annotation) for comment in comments]
    paths, lines = [where.path for _, where in items], [where.line for _, where in items]
    return block_of_columns(fields, extras, paths, lines, labels)


def block_of_columns(
    fields: Mapping[str, Sequence[Any] | pa.Array],
    extras: Mapping[str, list[Any]],
    paths: Sequence[str],
    lines: Sequence[int | None],
    labels: Sequence[bytes | None] | None = None,
) -> Block:
    """The block of comments that are there side by side.

    Args:
        fields: the values of all fields of the contract, of each comment.
        extras: those of other columns, ``msgspec.UNSET`` where a comment has none.
        paths: the files from which the comments come.
        lines: their lines there.
        labels: annotations, packed; ``None`` for no annotation at all.
    """
    found = [(pa.field(name, type_of(name)), _column(fields[name], type_of(name))) for name in FIELDS]
    found.append((pa.field(_PATH, pa.string()), pa.array(paths, pa.string())))
    found.append((pa.field(_LINE, pa.int64()), pa.array(lines, pa.int64())))
    packed = pa.nulls(len(paths), pa.binary()) if labels is None else pa.array(labels, pa.binary())
    found.append((pa.field(_LABELS, pa.binary()), packed))
    found += [_extra(name, values) for name, values in extras.items()]
    schema = pa.schema([field for field, _ in found])
    return Block(pa.RecordBatch.from_arrays([column for _, column in found], schema=schema))


def _column(values: Sequence[Any] | pa.Array, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _extra(name: str, values: list[Any]) -> tuple[pa.Field, pa.Array]:
    """A column that the contract does not name: of a simple type where all values are of it, packed otherwise."""
    kinds = set(map(type, values))
    some_absent = type(_ABSENT) in kinds
    kinds.discard(type(_ABSENT))
    kind = _SIMPLE.get(kinds.pop()) if len(kinds) == 1 else None
    if kind is not None:
        plain = [None if value is _ABSENT else value for value in values] if some_absent else values
        try:
            column = pa.array(plain, kind)
            return pa.field(_EXTRA + name, column.type), column
        except OverflowError:  # a whole number beyond 64 bits
            pass
    packed = [None if value is _ABSENT else _pack(value) for value in values]
    return pa.field(_EXTRA + name, pa.binary(), metadata=_PACKED), pa.array(packed, pa.binary())


class Gathered:
    """Comments on their way into blocks: so many that a block is worth its while, and not more text than fits well."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._characters = 0

    def add(self, item: Item) -> Iterator[Block]:
        """Add a comment; the block that it makes full, if any."""
        self._items.append(item)
        self._characters += len(item[0].text)
        if len(self._items) >= ROWS or self._characters > _MOST_CHARACTERS:
            yield from self.rest()

    def rest(self) -> Iterator[Block]:
        """The block of what was added since the last, if anything was."""
        if self._items:
            items, self._items, self._characters = self._items, [], 0
            yield block_of(items)


def in_blocks(items: Iterable[Item]) -> Iterator[Block]:
    """Comments in blocks, in their order."""
    gathered = Gathered()
    for item in items:
        yield from gathered.add(item)
    yield from gathered.rest()
