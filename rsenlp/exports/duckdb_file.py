"""A DuckDB database: the tables comments, labels and evidence, and the view labelled with a row per comment.

The tables hold the same rows each time; the file does not have the same bytes, since DuckDB gives every database an
identifier of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from rsenlp.audit import Report
from rsenlp.codebook import Codebook, codebook
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled, Labels, probability
from rsenlp.exports.outputs import pending_file
from rsenlp.record_files import open_writer
from rsenlp.records import comment_to_record

if TYPE_CHECKING:
    import duckdb

LABELS = pa.schema(
    [
        ("thread_id", pa.string()),
        ("id", pa.string()),
        ("kind", pa.string()),
        ("name", pa.string()),
        ("label", pa.string()),
        ("decided", pa.bool_()),
        ("probability", pa.float64()),
        ("probabilities", pa.map_(pa.string(), pa.float64())),
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("model_hash", pa.string()),
    ]
)
EVIDENCE = pa.schema(
    [
        ("thread_id", pa.string()),
        ("id", pa.string()),
        ("cause", pa.string()),
        ("polarity", pa.string()),
        ("theme", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("probability", pa.float64()),
        ("text", pa.string()),
    ]
)
_BATCH = 4096


def write_duckdb(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Write a database, batch by batch by way of temporary Parquet files."""
    import duckdb

    with pending_file(output) as path, tempfile.TemporaryDirectory(prefix="rsenlp-") as name:
        folder = Path(name)
        _write_parts(items, folder)
        try:
            with closing(duckdb.connect(str(path))) as connection:
                _load(connection, folder)
        finally:
            path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _write_parts(items: Iterable[Labelled], folder: Path) -> None:
    with ExitStack() as stack:
        comments = stack.enter_context(open_writer(folder / "comments.parquet", "comments"))
        labels = stack.enter_context(_Rows(folder / "labels.parquet", LABELS))
        evidence = stack.enter_context(_Rows(folder / "evidence.parquet", EVIDENCE))
        for item in items:
            comments.write_record(comment_to_record(replace(item.comment, annotation=None)))
            own = {"thread_id": item.comment.thread_id, "id": item.comment.id}
            if item.labels is not None:
                for row in _label_rows(item.labels):
                    labels.write(own | row)
                for piece in item.labels.evidence:
                    evidence.write(own | piece.to_dict())


def _label_rows(labels: Labels) -> Iterator[dict[str, Any]]:
    model = labels.model
    by = {"model_name": model.name, "model_version": model.version, "model_hash": model.hash} if model else {}
    for kind, said in (("stance", labels.stance), ("cause", labels.causes)):
        for name, label in said.items():
            row = {"kind": kind, "name": name, "label": label.label, "decided": label.decided}
            probabilities = list(label.probabilities.items()) or None
            yield row | {"probability": probability(label), "probabilities": probabilities} | by


class _Rows:
    """Writes rows of a schema to a Parquet file, some thousands at once; a context manager."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema)
        self._schema = schema
        self._rows: list[dict[str, Any]] = []

    def write(self, row: dict[str, Any]) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()


def _load(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.execute("set enable_progress_bar = false")
    for table in ("comments", "labels", "evidence"):
        path = str(folder / f"{table}.parquet").replace("'", "''")
        # a timestamp without zone needs no zone library; it is UTC
        columns = "* replace (timezone('UTC', created_at) as created_at)" if table == "comments" else "*"
        connection.execute(f"create table {table} as select {columns} from read_parquet('{path}')")  # noqa: S608
    connection.execute(_labelled(codebook()))
    connection.execute("checkpoint")


def _labelled(book: Codebook) -> str:
    """The view with a row per comment: for each target ``stance_<target>``, for each cause ``cause_<cause>``, each with
    ``_decided`` and ``_probability``.
    """
    names = [("stance", name) for name in book.targets] + [("cause", name) for name in book.causes]
    columns = []
    for kind, name in names:
        its = f"filter (where l.kind = '{kind}' and l.name = '{name}')"
        columns += [
            f"max(l.label) {its} as {kind}_{name}",
            f"bool_and(l.decided) {its} as {kind}_{name}_decided",
            f"max(l.probability) {its} as {kind}_{name}_probability",
        ]
    flat = f"select l.thread_id, l.id, {', '.join(columns)} from labels l group by l.thread_id, l.id"  # noqa: S608
    return f"create view labelled as select * from comments left join ({flat}) using (thread_id, id)"  # noqa: S608
