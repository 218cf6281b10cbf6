"""A study: a folder with the comments of a corpus and what a model said of them.

    comments.parquet       canonical records
    predictions.parquet    a prediction for each
    report.json            what the import did (where there was one)
    predictions.parquet.manifest.json   what the predictions were made of

What is counted is kept in memory, narrow: labels, and where evidence stands. Texts stay in the files, and are read for
the comments that are shown, or searched for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsenlp.audit import Row, read_head, read_rows
from rsenlp.codebook import STANCES, STATUSES, Codebook, codebook
from rsenlp.errors import InputError

if TYPE_CHECKING:
    import duckdb

COMMENTS = "comments.parquet"
PREDICTIONS = "predictions.parquet"
REPORT = "report.json"
_CODED = ("thread_id", "author", "source")
"""The columns of comments that are kept in memory besides the date, each text once: what is counted or chosen by."""


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
        """A connection with what every question is asked of.

        ``labels``, a table in memory: a row per comment, with its ``n`` (number in the corpus), ``thread_id``,
        ``author``, ``source``, ``created_at``, ``read_lang``; for each target ``stance_<target>``, for each cause
        ``cause_<cause>`` (the label), each with ``_decided`` and the probabilities ``_p1`` to ``_p3``; ``bits``, all of
        the labels in one number (``counts.label_bits``).
        ``pieces``, likewise: a row per piece of evidence, with ``n``, ``place`` (among those of its comment, from 1),
        ``cause``, ``theme``, ``polarity``, ``decided`` (of the cause), ``start``, ``probability``,
        ``theme_probability``, ``text_key`` (the same for equal texts).
        ``labelled``, a view: ``labels`` with everything else that a comment has, and ``evidence``.

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
        self._pair(connection)
        coded = [name for name in _CODED if _code(connection, name)]
        columns = _columns(connection, "comments")
        for statement in tables(codebook(), columns, coded, knows_themes=self._knows_themes(connection)):
            connection.execute(statement)
        return connection

    def _pair(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Say which row of the predictions belongs to which comment (``pairs``): the same one, as a rule.

        Rows are compared side by side, which costs nothing beside a join by names.
        """
        sizes = [connection.execute(f"select count(*) from {name}").fetchone() for name in ("comments", "predictions")]  # noqa: S608
        comments, predictions = (row[0] if row else 0 for row in sizes)
        (differ,) = connection.execute(
            "select count(*) from (select thread_id, id from comments) c positional join "
            "(select thread_id as of_thread, id as of_id from predictions) p "
            "where (thread_id, id) is distinct from (of_thread, of_id)"
        ).fetchone() or (0,)
        if not differ:
            connection.execute("create view pairs as select n, n as m from comments")
            return
        connection.execute(
            "create table pairs as select c.n, p.n as m from comments c join predictions p using (thread_id, id)"
        )
        (both,) = connection.execute("select count(*) from pairs").fetchone() or (0,)
        if not comments == predictions == both:
            raise InputError(
                "every comment of a study has one prediction",
                where=self.predictions,
                got=f"{comments} comments, {predictions} predictions, {both} in common",
                fix="Classify the comments again",
            )

    def _knows_themes(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether the predictions say how likely each theme is: older ones do not."""
        kinds = connection.execute("select typeof(evidence) from predictions limit 1").fetchone()
        return kinds is not None and "theme_probability" in kinds[0]


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


def _bits(names: Sequence[tuple[str, str, str]]) -> str:
    """What was said of a comment in one number: for each column one bit of four (``counts.label_bits``)."""
    parts = []
    for at, (section, name, _) in enumerate(names):
        labels = STANCES if section == "stance" else STATUSES
        cases = " ".join(f"when '{label}' then {1 << 4 * at + place}" for place, label in enumerate(labels))
        parts.append(
            f"if(p.decided.{section}.{name}, case p.{section}.{name}.label {cases} end, {1 << 4 * at + len(labels)})"
        )
    return f"({' | '.join(parts)})::integer"


def _enum(values: Iterable[str]) -> str:
    return f"enum ({', '.join(map(repr, values))})"


def _code(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    """Number the values of a column, so that they are counted as fast as numbers; false where it has none."""
    (number,) = connection.execute(f"select count({column}) from comments").fetchone() or (0,)  # noqa: S608 - of the contract
    if number:
        connection.execute(
            f"create type {column}_value as enum (select distinct {column} from comments where {column} is not null)"  # noqa: S608
        )
    return bool(number)


def tables(
    book: Codebook, comment_columns: Sequence[str], coded: Sequence[str], *, knows_themes: bool
) -> Iterator[str]:
    """The statements that make ``labels``, ``pieces`` and ``labelled``."""
    own = [f"c.{name}::{name}_value as {name}" if name in coded else f"c.{name}" for name in _CODED]
    names = [
        (section, name, f"{prefix}_{name}")
        for section, prefix, group in (("stance", "stance", book.targets), ("causes", "cause", book.causes))
        for name in group
    ]
    labels = [
        f"p.{section}.{name}.label::{section}_label as {column}, p.decided.{section}.{name} as {column}_decided"
        for section, name, column in names
    ]
    exact = [
        (f"struct_extract_at(p.{section}.{name}.probabilities, {at})", f"{column}_p{at}")
        for section, name, column in names
        for at in (1, 2, 3)
    ]
    labels += [f"{value}::float as {column}" for value, column in exact]
    # a timestamp without zone needs no zone library
    created_at = "timezone('UTC', c.created_at) as created_at"
    # one byte each rather than a text
    yield f"create type stance_label as {_enum(STANCES)}"
    yield f"create type causes_label as {_enum(STATUSES)}"
    yield (
        f"create table labels as select c.n, pairs.m, {', '.join(own)}, {created_at}, "  # noqa: S608 - names from the codebook
        f"p.lang as read_lang, {_bits(names)} as bits, {', '.join(labels)} "
        "from comments c join pairs using (n) join predictions p on p.n = pairs.m order by c.n"
    )
    decided = " ".join(f"when '{cause}' then p.decided.causes.{cause}" for cause in book.causes)
    themes = "item.theme_probability::float" if knows_themes else "null::float"
    yield (
        "create table pieces as select n, place, item.cause as cause, item.theme as theme, item.polarity as polarity, "  # noqa: S608
        f"case item.cause {decided} end as decided, item.start as start, item.probability::float as probability, "
        f"{themes} as theme_probability, md5_number_lower(item.text) as text_key "
        "from (select pairs.n as n, p.decided as decided, unnest(p.evidence) as item, "
        "generate_subscripts(p.evidence, 1) as place "
        "from predictions p join pairs on p.n = pairs.m) p order by n, place"
    )
    narrow = {*_CODED, "n", "created_at", "stance", "causes", "evidence"}
    wide = ", ".join('c."{}"'.format(name.replace('"', '""')) for name in comment_columns if name not in narrow)
    yield (
        "create view labelled as select labels.* replace ("  # noqa: S608
        f"{', '.join(f'{value} as {name}' for value, name in exact)}), "
        f"{wide}{', ' if wide else ''}p.evidence as evidence, p.model as model "
        "from labels join comments c using (n) join predictions p on p.n = labels.m"
    )
