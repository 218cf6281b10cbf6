"""Files of the selection to take away, made when they are asked for."""

from __future__ import annotations

import json
import mimetypes
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rsenlp.batch import ExportJob, ImportOptions, export_sources
from rsenlp.codebook import Language
from rsenlp.exports import FORMATS, ExportOptions
from rsenlp.exports.outputs import zip_folder
from rsenlp.privacy import key_path
from rsenlp.results.manifest import run_manifest
from rsenlp.results.report import report_html
from rsenlp.results.selection import Selection, Unit
from rsenlp.results.store import Study

_ENDINGS = {".parquet": "application/vnd.apache.parquet", ".jsonl": "application/jsonl"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file with what had to be changed for its format, each reason with its number."""

    name: str
    content: bytes
    changes: Counter[str]

    @property
    def mime(self) -> str:
        ending = Path(self.name).suffix
        return _ENDINGS.get(ending) or mimetypes.guess_type(self.name)[0] or "application/octet-stream"


def comments(
    study: Study, selection: Selection, format: str, language: Language, progress: Callable[[int], None]
) -> Prepared:
    """The comments of a selection in a format; a folder comes in an archive.

    Raises:
        RsenlpError: the format cannot be written.
    """
    made = FORMATS[format]
    key = key_path(study.comments)
    with tempfile.TemporaryDirectory(prefix="rsenlp-") as folder:
        output = Path(folder) / f"rsenlp-{format}{made.ending}"
        job = ExportJob(
            format=format,
            selection=None if selection == Selection() else selection,
            options=ExportOptions(bom=format == "csv", names=language),
        )
        options = ImportOptions(key=key if key.is_file() else None)
        report = export_sources([str(study.folder)], output, job, options, progress=progress)
        if output.is_dir():
            archive = output.with_name(f"{output.name}.zip")
            zip_folder(output, archive)
            output = archive
        changes: Counter[str] = Counter()
        for (_, reason), number in report.reasons.items():
            changes[reason] += number
        return Prepared(output.name, output.read_bytes(), changes)


def report(study: Study, selection: Selection, unit: Unit, language: Language) -> bytes:
    """The report of a selection."""
    return report_html(study, language=language, selection=selection, unit=unit).encode()


def manifest(study: Study, selection: Selection, unit: Unit) -> bytes:
    """The run manifest of a selection."""
    return (json.dumps(run_manifest(study, selection, unit), ensure_ascii=False, indent=1) + "\n").encode()
