"""Canonical records as Parquet: fixed fields typed by the contract, other columns typed by what they hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from rsenlp.codebook import STANCES, STATUSES, Codebook, codebook
from rsenlp.comment_blocks import Block, is_packed, type_of, values_of
from rsenlp.errors import InputError, Location
from rsenlp.records import FIELDS, LABELS, comment_to_record
from rsenlp.times import parse_time

Kind = Literal["comments", "labelled", "predictions"]
_BATCH = 4096


def read_parquet(path: Path, *, name: str | None = None) -> Iterator[tuple[Location, dict[str, Any]]]:
    """The rows of a Parquet file, row group by row group; a location has ``name`` and the row's number, from 1.

    Raises:
        InputError: the file is not Parquet or is damaged.
    """
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            encoded = _json_columns(file)
            for batch in file.iter_batches(batch_size=_BATCH):
                for record in batch.to_pylist():
                    number += 1
                    yield Location(name or str(path), number), _decoded(record, encoded)
    except (pa.ArrowInvalid, pa.ArrowIOError) as error:
        message = str(error).splitlines()[0]
        raise InputError(
            "a .parquet file is Apache Parquet, whole", where=Location(name or str(path)), got=message
        ) from error


def read_row(path: Path, number: int) -> dict[str, Any]:
    """One row of a Parquet file by its number, from 0; of the file, its row group alone is read.

    Raises:
        IndexError: there are fewer rows.
    """
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if number < rows:
                record = file.read_row_group(group).slice(number, 1).to_pylist()[0]
                return _decoded(record, _json_columns(file))
            number -= rows
    raise IndexError(number)


def _json_columns(file: pq.ParquetFile) -> list[str]:
    return [column for column in file.schema_arrow.names if _is_json(file.schema_arrow.field(column))]


def _decoded(record: dict[str, Any], encoded: Iterable[str]) -> dict[str, Any]:
    for column in encoded:
        if record[column] is not None:
            record[column] = msgspec.json.decode(record[column])
    return _without_absent_labels(record)


def _without_absent_labels(record: dict[str, Any]) -> dict[str, Any]:
    for name in LABELS:
        if record.get(name, ...) is None:
            del record[name]
    for item in record.get("evidence") or ():
        for name in ("theme", "probability", "theme_probability"):
            if item.get(name, ...) is None:
                del item[name]
    return record


class ParquetParts:
    """Writes records to a Parquet file. Parquet has one schema, yet other columns may turn up late: a batch that does
    not fit opens a new part, and parts are brought under one schema at the end, row group by row group.
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        self._path = path
        self._kind = kind
        self._rows: list[dict[str, Any]] = []
        self._parts: list[Path] = []
        self._schemas: list[pa.Schema] = []
        self._part: pq.ParquetWriter | None = None

    def write(self, record: dict[str, Any]) -> None:
        self._rows.append(record)
        if len(self._rows) >= _BATCH:
            self._flush()

    def write_block(self, block: Block) -> None:
        """Write comments that are there side by side."""
        if block.is_annotated:  # labels are columns of columns
            for comment, _ in block.items():
                self.write(comment_to_record(comment, written=False))
            return
        if self._rows:
            self._flush()
        fields = [pa.field(name, type_of(name)) for name in FIELDS]
        columns = [block.field(name) for name in FIELDS]
        for name, values in block.extras().items():
            field, column = _extra_column(name, _without_absent(values)) if is_packed(values) else (None, values)
            fields.append(field or pa.field(name, column.type))
            columns.append(column)
        self._add(pa.Table.from_arrays(columns, schema=pa.schema(fields)))

    def _flush(self) -> None:
        table = _table(self._rows, self._kind)
        self._rows = []
        self._add(table)

    def _add(self, table: pa.Table) -> None:
        if self._part is None or not self._schemas[-1].equals(table.schema, check_metadata=True):
            if self._part is not None:
                self._part.close()
            self._parts.append(self._path.with_name(f"{self._path.name}.{len(self._parts)}"))
            self._schemas.append(table.schema)
            self._part = pq.ParquetWriter(self._parts[-1], table.schema, compression="zstd")
        self._part.write_table(table)

    def finish(self) -> None:
        """Write what is left and put the whole file under ``path``."""
        if self._rows or not self._parts:
            self._flush()
        if self._part is not None:
            self._part.close()
        if len(self._parts) == 1:
            os.replace(self._parts[0], self._path)
            return
        schema = _common_schema(self._schemas)
        with pq.ParquetWriter(self._path, schema, compression="zstd") as merged:
            for part in self._parts:
                with pq.ParquetFile(part) as file:
                    for group in range(file.num_row_groups):
                        merged.write_table(_cast(file.read_row_group(group), schema))

    def discard(self) -> None:
        """Remove the parts; call it in any case."""
        if self._part is not None:
            self._part.close()
        for part in self._parts:
            part.unlink(missing_ok=True)


def _without_absent(column: pa.Array) -> list[Any]:
    return [None if value is msgspec.UNSET else value for value in values_of(column)]


def _table(rows: list[dict[str, Any]], kind: Kind) -> pa.Table:
    fields = list(_fixed_fields(kind, rows))
    names = {field.name for field in fields}
    extras = dict.fromkeys(key for row in rows for key in row if key not in names)
    columns = [_column([row.get(field.name) for row in rows], field) for field in fields]
    for name in extras:
        field, column = _extra_column(name, [row.get(name) for row in rows])
        fields.append(field)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    if field.name == "created_at":
        values = [parse_time(value, Location("record")) for value in values]
    return pa.array(values, field.type)


def _fixed_fields(kind: Kind, rows: list[dict[str, Any]]) -> Iterator[pa.Field]:
    book = codebook()
    evidence = pa.list_(
        pa.struct(
            [
                ("cause", pa.string()),
                ("polarity", pa.string()),
                ("start", pa.int32()),
                ("end", pa.int32()),
                ("text", pa.string()),
                ("probability", pa.float64()),
                ("theme", pa.string()),
                ("theme_probability", pa.float64()),
            ]
        )
    )
    if kind != "predictions":
        for name in FIELDS:
            yield pa.field(name, pa.timestamp("us", tz="UTC") if name == "created_at" else pa.string())
        if any("stance" in row for row in rows):
            yield pa.field("stance", pa.struct([(name, pa.string()) for name in book.targets]))
            yield pa.field("causes", pa.struct([(name, pa.string()) for name in book.causes]))
            yield pa.field("evidence", evidence)
        if kind == "labelled" and any("decided" in row for row in rows):
            stance = pa.struct([(name, _probabilities(STANCES)) for name in book.targets])
            causes = pa.struct([(name, _probabilities(STATUSES)) for name in book.causes])
            yield pa.field("probabilities", pa.struct([("stance", stance), ("causes", causes)]))
            yield from _decided_and_model(book)
        return

    def labelled(labels: Iterable[str]) -> pa.DataType:
        return pa.struct([("label", pa.string()), ("probabilities", _probabilities(labels))])

    for name in ("thread_id", "id", "lang"):
        yield pa.field(name, pa.string())
    yield pa.field("stance", pa.struct([(name, labelled(STANCES)) for name in book.targets]))
    yield pa.field("causes", pa.struct([(name, labelled(STATUSES)) for name in book.causes]))
    yield pa.field("evidence", evidence)
    yield from _decided_and_model(book)


def _probabilities(labels: Iterable[str]) -> pa.DataType:
    return pa.struct([(label, pa.float64()) for label in labels])


def _decided_and_model(book: Codebook) -> Iterator[pa.Field]:
    flags = [(part, [(name, pa.bool_()) for name in names]) for part, names in _decided_parts(book)]
    yield pa.field("decided", pa.struct([(part, pa.struct(names)) for part, names in flags]))
    yield pa.field("model", pa.struct([(name, pa.string()) for name in ("name", "version", "hash")]))


def _decided_parts(book: Codebook) -> tuple[tuple[str, list[str]], ...]:
    return ("stance", list(book.targets)), ("causes", list(book.causes))


def _extra_column(name: str, values: list[Any]) -> tuple[pa.Field, pa.Array]:
    """A column that the contract does not name: typed where all values are of one kind, JSON where they are not."""
    try:
        column = pa.array(values)
        simple = not pa.types.is_nested(column.type) or (
            pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type)
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        simple = False
    if simple:
        return pa.field(name, column.type), column
    return pa.field(name, pa.string(), metadata={b"rsenlp": b"json"}), _encoded(values)


def _encoded(values: list[Any]) -> pa.Array:
    return pa.array([None if value is None else msgspec.json.encode(value).decode() for value in values], pa.string())


def _is_json(field: pa.Field) -> bool:
    return bool(field.metadata) and field.metadata.get(b"rsenlp") == b"json"


def _common_schema(schemas: list[pa.Schema]) -> pa.Schema:
    fields: dict[str, pa.Field] = {}
    for schema in schemas:
        for field in schema:
            fields[field.name] = _common_field(fields.get(field.name, field), field)
    return pa.schema(list(fields.values()))


def _common_field(left: pa.Field, right: pa.Field) -> pa.Field:
    if left.equals(right, check_metadata=True) or pa.types.is_null(right.type):
        return left
    if pa.types.is_null(left.type):
        return right
    numbers = {str(left.type), str(right.type)}
    if numbers == {"int64", "double"}:
        return pa.field(left.name, pa.float64())
    return pa.field(left.name, pa.string(), metadata={b"rsenlp": b"json"})


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(len(table), field.type))
        elif _is_json(field) and not _is_json(table.schema.field(field.name)):
            values = table.column(field.name).to_pylist()
            columns.append(
                pa.array(
                    [None if value is None else msgspec.json.encode(value).decode() for value in values], pa.string()
                )
            )
        else:
            columns.append(table.column(field.name).cast(field.type))
    return pa.Table.from_arrays(columns, schema=schema)
