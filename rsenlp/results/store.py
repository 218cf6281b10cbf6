"""A study: a folder with the comments of a corpus and what a model said of them.

    comments.parquet       canonical records
    predictions.parquet    a prediction for each
    report.json            what the import did (where there was one)
    predictions.parquet.manifest.json   what the predictions were made of

Nothing is loaded: every question is a query over the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsenlp.audit import Row, read_head, read_rows
from rsenlp.codebook import Codebook, codebook
from rsenlp.errors import InputError

if TYPE_CHECKING:
    import duckdb

COMMENTS = "comments.parquet"
PREDICTIONS = "predictions.parquet"
REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class Study:
    """The files of a study."""

    comments: Path
    predictions: Path
    report: Path | None = None

    @classmethod
    def open(cls, folder: Path) -> Study:
        """The study in a folder.

        Raises:
            InputError: a file of it is missing.
        """
        for name in (COMMENTS, PREDICTIONS):
            if not (folder / name).is_file():
                raise InputError(
                    f"a study is a folder with {COMMENTS} and {PREDICTIONS}",
                    where=folder,
                    got=f"no {name}",
                    fix="Make one with: rsenlp import … -o FOLDER/comments.parquet, then rsenlp classify "
                    "FOLDER/comments.parquet -o FOLDER/predictions.parquet",
                )
        return cls(folder / COMMENTS, folder / PREDICTIONS, report_of(folder))

    def import_report(self) -> dict[str, Any] | None:
        """What the import did as a whole, ``None`` where no report was kept.

        Raises:
            InputError: the file is no report.
        """
        return None if self.report is None else read_head(self.report)

    def import_rows(self) -> Iterator[Row]:
        """What the import did to single records, one by one."""
        return iter(()) if self.report is None else read_rows(self.report)

    @property
    def folder(self) -> Path:
        return self.comments.parent

    def manifest(self) -> dict[str, Any] | None:
        """What the predictions were made of, ``None`` where no manifest was kept."""
        path = self.predictions.with_name(f"{self.predictions.name}.manifest.json")
        if not path.is_file():
            return None
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return manifest

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of its comments and of its predictions, by the names of the files."""
        return {path.name: file_hash(path) for path in (self.comments, self.predictions)}

    def priors(self) -> dict[str, list[float]]:
        """For each label column, the mix of labels that the model was calibrated with; empty where it is unknown."""
        manifest = self.manifest() or {}
        priors: dict[str, list[float]] = manifest.get("model", {}).get("settings", {}).get("priors", {})
        return priors

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection whose view ``labelled`` has a row per comment, its labels as flat columns.

        Columns: those of the comment; ``read_lang``; for each target ``stance_<target>``, for each cause
        ``cause_<cause>`` (the label), each with ``_decided`` and ``_probability`` (of the label); ``evidence``; ``n``,
        the comment's number in the corpus.

        Raises:
            InputError: comments and predictions do not belong together.
        """
        import duckdb

        connection = duckdb.connect(":memory:")
        connection.execute("set enable_progress_bar = false")
        for name, path in (("comments", self.comments), ("predictions", self.predictions)):
            quoted = str(path).replace("'", "''")
            connection.execute(
                f"create view {name} as select *, file_row_number as n from "  # noqa: S608 - a path, quoted
                f"read_parquet('{quoted}', file_row_number = true)"
            )
        connection.execute(_labelled(codebook(), _columns(connection, "comments")))
        self._check(connection)
        return connection

    def _check(self, connection: duckdb.DuckDBPyConnection) -> None:
        comments, predictions, both = connection.execute(
            "select (select count(*) from comments), (select count(*) from predictions), "
            "(select count(*) from comments join predictions using (thread_id, id))"
        ).fetchone() or (0, 0, 0)
        if not comments == predictions == both:
            raise InputError(
                "every comment of a study has one prediction",
                where=self.predictions,
                got=f"{comments} comments, {predictions} predictions, {both} in common",
                fix="Classify the comments again",
            )


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def report_of(folder: Path) -> Path | None:
    """The import report in a study's folder, ``None`` where none was kept."""
    places = (folder / REPORT, folder / f"{COMMENTS}.report.json")
    return next((path for path in places if path.is_file()), None)


def _columns(connection: duckdb.DuckDBPyConnection, view: str) -> list[str]:
    return [row[0] for row in connection.execute(f"describe {view}").fetchall()]


def _labelled(book: Codebook, comment_columns: Sequence[str]) -> str:
    labels = []
    for section, prefix, names in (("stance", "stance", book.targets), ("causes", "cause", book.causes)):
        for name in names:
            column = f"{prefix}_{name}"
            labels += [
                f"p.{section}.{name}.label as {column}",
                f"p.decided.{section}.{name} as {column}_decided",
                f"struct_extract_at(p.{section}.{name}.probabilities, 1) as {column}_p1",
                f"struct_extract_at(p.{section}.{name}.probabilities, 2) as {column}_p2",
                f"struct_extract_at(p.{section}.{name}.probabilities, 3) as {column}_p3",
            ]
    own = {"stance", "causes", "evidence", "created_at"}  # a timestamp without zone needs no zone library
    kept = ", ".join('c."{}"'.format(name.replace('"', '""')) for name in comment_columns if name not in own)
    created_at = "timezone('UTC', c.created_at) as created_at"
    return (
        f"create view labelled as select {kept}, {created_at}, p.lang as read_lang, p.evidence as evidence, "  # noqa: S608 - names from the codebook and quoted columns
        f"p.model as model, {', '.join(labels)} "
        "from comments c join predictions p on c.thread_id = p.thread_id and c.id = p.id"
    )
