"""Speed of the app in a real browser on large corpora, beside the same queries in bare DuckDB.

    python benchmarks/app_speed.py [--sizes 10000 1000000] [--rounds 5] [--keep FOLDER]

The comments and their predictions are those of the embedded corpora, classified by ``fast``, repeated until there are
enough: every copy has threads, ids, authors and days of its own. The app is started by its command and driven in
Chromium. A time runs from the click until the page shows what it leads to and the server is done; bare DuckDB answers
the same questions from the same Parquet files, without the app's tables, on as many cores.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rsenlp.analyzer import load
from rsenlp.batch import classify_sources
from rsenlp.corpora import read_corpus
from rsenlp.record_files import open_writer
from rsenlp.results.store import COMMENTS, PREDICTIONS

CORPORA = ("rse-synth", "rse-natural", "rse-discursive", "gold-dev")
SITES = ("intranet", "forum", "blog", "press", "survey", "chat")
GROUP = 4096  # rows of a row group, as rsenlp writes them


# --- the corpora ------------------------------------------------------------------------------------------------------


def make_base(folder: Path) -> None:
    """The comments of the embedded corpora and what ``fast`` says of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_writer(folder / COMMENTS, "comments") as writer:
        for corpus in CORPORA:
            for comment in read_corpus(corpus):
                writer.write_comment(replace(comment, annotation=None, extra={}))
    classify_sources(load(), [str(folder / COMMENTS)], folder / PREDICTIONS)


def make_study(base: Path, folder: Path, size: int) -> None:
    """A study of ``size`` comments in the real schema: copies of the base, each with names and days of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(base / f"{PREDICTIONS}.manifest.json", folder)
    for name, vary in ((COMMENTS, _vary_comments), (PREDICTIONS, _vary_predictions)):
        table = pq.read_table(base / name)
        schema = table.schema
        with pq.ParquetWriter(folder / name, schema, compression="zstd") as writer:
            for copy in range(-(-size // len(table))):
                rows = vary(table.slice(0, size - copy * len(table)), copy).cast(schema)
                writer.write_table(rows, row_group_size=GROUP)


def _vary_predictions(table: pa.Table, copy: int) -> pa.Table:
    return _renamed(table, copy, ("thread_id", "id"))


def _vary_comments(table: pa.Table, copy: int) -> pa.Table:
    table = _renamed(table, copy, ("thread_id", "id", "parent_id"))
    rows = np.arange(len(table)) + copy * len(table)
    day = np.datetime64("2019-01-01", "us") + (rows * 7919 % 2_500).astype("timedelta64[D]")
    columns = {
        "text": pc.binary_join_element_wise(table["text"], pa.scalar(f"({copy})"), " "),
        "author": pa.array([f"P{row * 31 % (len(table) * 60)}" for row in rows]),
        "source": pa.array([SITES[row * 13 % len(SITES)] for row in rows]),
        "created_at": pa.array(day, pa.timestamp("us", tz="UTC")),
    }
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def _renamed(table: pa.Table, copy: int, columns: tuple[str, ...]) -> pa.Table:
    for name in columns:
        values = pc.binary_join_element_wise(table[name], pa.scalar(str(copy)), "-")
        table = table.set_column(table.column_names.index(name), name, values)
    return table
