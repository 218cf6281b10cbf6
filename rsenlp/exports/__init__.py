"""Every format that labelled comments can be written to.

:func:`export` is the way in. A new format is a function in a module of its family and a line in :data:`FORMATS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rsenlp.audit import Report
from rsenlp.codebook import Term
from rsenlp.errors import UsageError
from rsenlp.exports.argilla import write_argilla
from rsenlp.exports.convokit import write_convokit
from rsenlp.exports.doccano import write_doccano
from rsenlp.exports.duckdb_file import write_duckdb
from rsenlp.exports.format import ExportOptions, Format
from rsenlp.exports.label_studio import write_label_studio
from rsenlp.exports.labelled import Labelled, Labels, annotated, predicted, with_predictions
from rsenlp.exports.qda import write_qdpx
from rsenlp.exports.tables import write_csv, write_jsonl, write_parquet
from rsenlp.exports.textometry import write_iramuteq, write_txm
from rsenlp.exports.workbook import write_xlsx

__all__ = [
    "FORMATS",
    "ExportOptions",
    "Format",
    "Labelled",
    "Labels",
    "annotated",
    "export",
    "format_for",
    "predicted",
    "with_predictions",
]

FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
        Format(
            "jsonl",
            ".jsonl",
            "JSONL",
            Term(fr="un objet JSON par ligne, pour les programmes", en="one JSON object a line, for programs"),
            write_jsonl,
            plain=True,
            stream=True,
        ),
        Format(
            "csv",
            ".csv",
            "CSV",
            Term(fr="un tableau en texte, pour les tableurs et R", en="a table as text, for spreadsheets and R"),
            write_csv,
            plain=True,
            stream=True,
        ),
        Format(
            "parquet",
            ".parquet",
            "Parquet",
            Term(fr="des colonnes typées, pour pandas, R et DuckDB", en="typed columns, for pandas, R and DuckDB"),
            write_parquet,
            plain=True,
        ),
        Format(
            "xlsx",
            ".xlsx",
            "Excel",
            Term(
                fr="un classeur : commentaires avec leurs étiquettes, et preuves",
                en="a workbook: comments with their labels, and evidence",
            ),
            write_xlsx,
            plain=True,
        ),
        Format(
            "duckdb",
            ".duckdb",
            "DuckDB",
            Term(
                fr="une base à interroger en SQL : commentaires, étiquettes, preuves",
                en="a database to query in SQL: comments, labels, evidence",
            ),
            write_duckdb,
            plain=True,
        ),
        Format(
            "qdpx",
            ".qdpx",
            "REFI-QDA",
            Term(
                fr="un projet codé pour ATLAS.ti, MAXQDA, NVivo, QualCoder",
                en="a coded project for ATLAS.ti, MAXQDA, NVivo, QualCoder",
            ),
            write_qdpx,
            plain=True,
        ),
        Format(
            "iramuteq",
            ".txt",
            "IRaMuTeQ",
            Term(fr="un corpus à variables étoilées", en="a corpus with starred variables"),
            write_iramuteq,
            stream=True,
        ),
        Format(
            "txm",
            "",
            "TXM",
            Term(
                fr="un dossier (ou .zip) de textes et leurs métadonnées, pour l'import TXT+CSV",
                en="a folder (or .zip) of texts and their metadata, for the import TXT+CSV",
            ),
            write_txm,
        ),
        Format(
            "convokit",
            "",
            "ConvoKit",
            Term(fr="un dossier de corpus de conversations", en="a folder with a corpus of conversations"),
            write_convokit,
        ),
        Format(
            "argilla",
            "",
            "Argilla",
            Term(
                fr="un jeu de données à relire, étiquettes en suggestions",
                en="a dataset to review, labels as suggestions",
            ),
            write_argilla,
        ),
        Format(
            "label-studio",
            "",
            "Label Studio",
            Term(fr="des tâches et l'interface d'annotation", en="tasks and the labelling interface"),
            write_label_studio,
        ),
        Format(
            "doccano",
            ".jsonl",
            "doccano",
            Term(fr="des exemples avec portions et catégories", en="examples with spans and categories"),
            write_doccano,
            stream=True,
        ),
    )
}


def export(
    items: Iterable[Labelled],
    output: Path | str,
    *,
    format: str | None = None,
    options: ExportOptions | None = None,
    report: Report | None = None,
) -> Report:
    """Write labelled comments; the output appears under its name only when it is whole.

    Args:
        items: read once, in order.
        output: a file, a folder, or ``-`` for standard output.
        format: one of :data:`FORMATS`; by default the one that the output's ending names.
        options: how.
        report: in which every change that the format asks for is noted; a new one by default.

    Raises:
        UsageError: no such format, or one that cannot be written there.
        InputError: the output cannot be written.
    """
    report, options = report or Report(), options or ExportOptions()
    format_for(output, format=format, options=options).write(items, output, options, report)
    return report


def format_for(output: Path | str, *, format: str | None = None, options: ExportOptions | None = None) -> Format:
    """The format that is named, or that the output's ending names; standard output is JSONL.

    Raises:
        UsageError: no such format, an ending that names none, or a format that cannot be written there or thus.
    """
    if format is not None and format not in FORMATS:
        raise UsageError(f"--format is one of {', '.join(FORMATS)}; got {format!r}")
    found = FORMATS["jsonl" if str(output) == "-" else _by_ending(output)] if format is None else FORMATS[format]
    if str(output) == "-" and not found.stream:
        streams = ", ".join(name for name, made in FORMATS.items() if made.stream)
        raise UsageError(f"standard output takes {streams}; got {found.name}. Name a file with -o")
    if options and options.bom and found.name != "csv":
        raise UsageError(f"--bom goes with csv; got {found.name}")
    return found


def _by_ending(output: Path | str) -> str:
    ending = Path(output).suffix.lower().replace(".ndjson", ".jsonl")
    found = next((made.name for made in FORMATS.values() if made.plain and made.ending == ending), None)
    if found is None:
        endings = ", ".join(made.ending for made in FORMATS.values() if made.plain)
        others = ", ".join(made.name for made in FORMATS.values() if not made.plain)
        raise UsageError(
            f"the ending of the output names its format ({endings}); got {str(output)!r}. "
            f"Name another format with --format: {others}"
        )
    return found
