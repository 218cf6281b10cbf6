"""Whole jobs on one machine: import sources into a corpus, classify sources into predictions, export both together.

Streams, in order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import tee
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsenlp import __version__
from rsenlp.analyzer import Analyzer
from rsenlp.artifact import ModelMeta
from rsenlp.audit import Report
from rsenlp.comment_blocks import Block, Gathered
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.exports import ExportOptions, Labelled, annotated, export, format_for, with_predictions
from rsenlp.languages import with_language_alone, with_language_around
from rsenlp.privacy import (
    REASONS,
    People,
    Privacy,
    Pseudonymizer,
    cleaned,
    hear,
    is_pseudonym,
    key_path,
    people,
    read_key,
    write_key,
)
from rsenlp.readers import ReadOptions
from rsenlp.readers.parts import Part, parts
from rsenlp.record_files import PendingFile, open_writer
from rsenlp.results.listing import rows_of
from rsenlp.results.selection import Selection
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study, file_hash
from rsenlp.threads import repaired, repaired_with_places, trees

Progress = Callable[[int], None]
IDENTITIES_KEPT = "identities are kept: authors, mentions, signatures, addresses and numbers stand as in the sources"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import goes: ``format`` names a reader where content does not tell, ``key`` the file of the pseudonyms;
    ``keep_identities`` leaves personal details as they are; ``strict`` refuses input that needs a repair.
    """

    read: ReadOptions = field(default_factory=ReadOptions)
    format: str | None = None
    keep_identities: bool = False
    key: Path | None = None
    strict: bool = False


def import_sources(
    sources: Sequence[str],
    output: Path | str,
    options: ImportOptions | None = None,
    *,
    reading: Progress = lambda _: None,
    progress: Progress = lambda _: None,
) -> Report:
    """Read exports of any supported kind and write canonical records without personal details; the report goes beside
    the corpus.

    Args:
        sources: paths; ``-`` is standard input.
        output: a ``.jsonl``, ``.csv`` or ``.parquet`` file, or ``-`` for JSONL on standard output.
        options: how.
        reading: is told the number of comments read so far; all are read before one is written.
        progress: is told the number of comments written so far. What either raises ends the import, and nothing is
            written.

    Raises:
        UsageError: an unknown ending, format or column.
        InputError: a source cannot be read, or holds no comment.
    """
    options = options or ImportOptions()
    _check_apart(sources, output)
    report = Report()
    pseudonyms = _Pseudonyms(output, options)
    with ExitStack() as stack:
        writer = stack.enter_context(open_writer(output, "comments"))
        blocks = _counted(read_blocks(sources, options, report), reading)
        privacy = None
        if options.keep_identities:
            report.note(IDENTITIES_KEPT)
        else:
            privacy = Privacy(stack.enter_context(people()), pseudonyms, report)
            blocks = _heard(blocks, privacy.people)
        found = stack.enter_context(trees(map(with_language_alone, blocks), report))
        for block, asked in found.blocks():
            report.kept += len(block)
            told = with_language_around(block, asked, found)
            writer.write_block(cleaned(told, privacy) if privacy else told)
            progress(writer.written)
        _check_any(report, sources)
        if privacy:
            privacy.report_columns()
        if options.strict:
            _check_unrepaired(report)
        pseudonyms.keep_key()
    if str(output) != "-":
        write_report(report, report_path(Path(output)))
    return report


def classify_sources(
    analyzer: Analyzer,
    sources: Sequence[str],
    output: Path | str,
    options: ImportOptions | None = None,
    *,
    progress: Progress = lambda _: None,
) -> Report:
    """Read comments from exports or canonical files and write a prediction for each, in order.

    Beside a file goes its manifest: what was classified, with what, and when, so that the same can be done again.

    Raises:
        UsageError: an unknown ending, format or column.
        InputError: a source cannot be read, or holds no comment.
    """
    options = options or ImportOptions()
    options = replace(options, read=replace(options.read, labels=False))
    _check_apart(sources, output)
    report = Report()
    with open_writer(output, "predictions") as writer:
        for comment, prediction in analyzer.pairs(repaired(read_all(sources, options, report), report)):
            writer.write_prediction(prediction, comment.text)
            progress(writer.written)
        _check_any(report, sources)
    if str(output) != "-":
        _write_json(manifest_of(analyzer.meta, sources, report), manifest_path(Path(output)))
    return report


def manifest_of(meta: ModelMeta, sources: Sequence[str], report: Report) -> dict[str, Any]:
    """What a classification was made of: the library, the model with its thresholds, the inputs with their hashes."""
    return {
        "rsenlp": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": {
            **meta.id.to_dict(),
            "backend": meta.backend,
            "thresholds": meta.thresholds,
            "settings": meta.settings,
            "codebook": meta.codebook,
        },
        "inputs": [{"path": source, "sha256": file_hash(Path(source))} for source in sources if source != "-"],
        "comments": report.kept,
        "skipped": report.count("skipped"),
    }


def manifest_path(predictions: Path) -> Path:
    """Where the manifest of a predictions file lies."""
    return predictions.with_name(predictions.name + ".manifest.json")


def _write_json(content: dict[str, Any], path: Path) -> None:
    file = PendingFile(path)
    file.temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    file.commit()


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What is exported, and as what: ``predictions`` is a file of predictions of the comments, without which the
    labels of annotated comments are taken; ``format`` is named where the output's ending does not tell; of a study,
    ``selection`` says which comments.
    """

    predictions: str | None = None
    format: str | None = None
    selection: Selection | None = None
    options: ExportOptions = field(default_factory=ExportOptions)


def export_sources(
    sources: Sequence[str],
    output: Path | str,
    job: ExportJob | None = None,
    options: ImportOptions | None = None,
    *,
    progress: Progress = lambda _: None,
) -> Report:
    """Write comments with their labels in another tool's format; the report goes beside the output.

    Args:
        sources: paths of comments, or the folder of a study, whose predictions are taken; ``-`` is standard input.
        output: a file, a folder where the format is one, or ``-`` for standard output.
        job: what, and as what.
        options: how the comments are read. Names that are no pseudonyms are replaced, as in an import.
        progress: is told the number of comments written so far.

    Raises:
        UsageError: an unknown ending or format, an output that cannot be written thus, or a selection of what is no
            study.
        InputError: a source cannot be read, holds no comment or none of the selection, or has other predictions.
    """
    job, options = job or ExportJob(), options or ImportOptions()
    chosen = None if job.selection is None else _chosen_rows(sources, job.predictions, job.selection)
    sources, predictions = _of_study(sources, job.predictions)
    format_for(output, format=job.format, options=job.options)
    _check_apart([*sources, *([predictions] if predictions else [])], output)
    options = replace(options, read=replace(options.read, labels=predictions is None))
    report = Report()
    pseudonyms = _Pseudonyms(output, options)

    def hidden(comment: Comment) -> Comment:
        if options.keep_identities or comment.author is None:
            return comment
        return replace(comment, author=pseudonyms(comment.author))

    def items() -> Iterator[Labelled]:
        comments = ((hidden(comment), where) for comment, where in read_all(sources, options, report))
        ours, places = tee(repaired_with_places(comments, report))
        pairs = ((placed.comment, placed.answered()) for placed in ours)
        found: Iterator[Labelled]
        if predictions is None:
            found = (annotated(comment, parent) for comment, parent in pairs)
        else:
            found = with_predictions(pairs, Path(predictions), report)
        number = 0
        # a comment of a study is known by its row: ids may have been repaired
        for item, placed in zip(found, places, strict=True):
            if chosen is None or chosen[(placed.where.line or 0) - 1]:
                number += 1
                yield item
                progress(number)
        _check_any(report, sources)
        if job.selection is not None:
            _note_selection(report, sources, number)

    export(items(), output, format=job.format, options=job.options, report=report)
    pseudonyms.keep_key()
    if str(output) != "-":
        write_report(report, report_path(Path(output)))
    return report


def _chosen_rows(sources: Sequence[str], predictions: str | None, selection: Selection) -> NDArray[np.bool_]:
    """For each row of a study's comments, whether a selection has it."""
    if len(sources) > 1 or predictions is not None or not (Path(sources[0]) / COMMENTS).is_file():
        raise UsageError(f"a selection is one of a study, the folder of which is read; got {', '.join(sources)}")
    with Study.open(Path(sources[0])).connect() as connection:
        return rows_of(connection, selection)


def _note_selection(report: Report, sources: Sequence[str], number: int) -> None:
    if not number:
        raise InputError(
            "the selection has at least one comment", where=", ".join(sources), got="none", fix="Widen the selection"
        )
    report.note(f"a selection was exported: {number} of {report.kept} comments")


def _of_study(sources: Sequence[str], predictions: str | None) -> tuple[Sequence[str], str | None]:
    """The comments and predictions of a study, where the one source is its folder."""
    folder = Path(sources[0])
    if len(sources) > 1 or predictions is not None or not (folder / COMMENTS).is_file():
        return sources, predictions
    return [str(folder / COMMENTS)], str(folder / PREDICTIONS)


def read_all(sources: Iterable[str], options: ImportOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
    """The comments of all sources with their places, as they stand there."""
    for part, said in _parts(sources, options, report):
        yield from part.read(said, report)


def read_blocks(sources: Iterable[str], options: ImportOptions, report: Report) -> Iterator[Block]:
    """The comments of all sources in blocks, as they stand there."""
    gathered = Gathered()
    for part, said in _parts(sources, options, report):
        if part.read_blocks is None:
            for item in part.read(said, report):
                yield from gathered.add(item)
        else:
            yield from gathered.rest()
            yield from part.read_blocks(said, report)
    yield from gathered.rest()


def _parts(sources: Iterable[str], options: ImportOptions, report: Report) -> Iterator[tuple[Part, ReadOptions]]:
    """The parts of all sources, each with how it is read."""
    names: Counter[str] = Counter()
    for path in sources:
        for part in parts(path, report, options.read, format=options.format):
            names[part.stem] += 1
            thread = part.stem if names[part.stem] == 1 else f"{part.stem}~{names[part.stem]}"
            yield part, options.read if options.read.thread_id else replace(options.read, thread_id=thread)


def _counted(blocks: Iterable[Block], reading: Progress) -> Iterator[Block]:
    number = 0
    for block in blocks:
        number += len(block)
        reading(number)
        yield block


def _heard(blocks: Iterable[Block], known: People) -> Iterator[Block]:
    """The same comments, their authors noted."""
    for block in blocks:
        hear(known, block)
        yield block


def report_path(corpus: Path) -> Path:
    """Where the import report of a corpus lies."""
    return corpus.with_name(corpus.name + ".report.json")


def write_report(report: Report, path: Path) -> None:
    file = PendingFile(path)
    with file.temporary.open("w", encoding="utf-8") as stream:
        report.write_json(stream)
    file.commit()


def _check_apart(sources: Sequence[str], output: Path | str) -> None:
    """Refuse to write over an input, or into a folder that is read: the next time it would be an input."""
    if str(output) == "-":
        return
    written = Path(output).resolve()
    for source in sources:
        if source == "-":
            continue
        if Path(source).resolve() == written:
            raise UsageError(f"the output is another file than the input; got {source!r} for both")
        if Path(source).is_dir() and written.is_relative_to(Path(source).resolve()):
            raise UsageError(f"the output lies outside the folder that is read; got {str(output)!r} in {source!r}")


class _Pseudonyms:
    """Pseudonyms of names. The key is taken when the first name comes; a new one is kept once the import went well."""

    def __init__(self, output: Path | str, options: ImportOptions) -> None:
        self._path = options.key or (None if str(output) == "-" else key_path(Path(output)))
        self._pseudonymizer: Pseudonymizer | None = None
        self._made = lru_cache(maxsize=1 << 14)(self._of)  # few write much

    def __call__(self, name: str) -> str:
        return self._made(name)

    def _of(self, name: str) -> str:
        # what is a pseudonym already stays one: a corpus is imported again without losing who is who
        if is_pseudonym(name):
            return name
        if self._pseudonymizer is None:
            if self._path is not None and self._path.exists():
                self._pseudonymizer = Pseudonymizer(read_key(self._path))
            else:
                self._pseudonymizer = Pseudonymizer.with_new_key()
        return self._pseudonymizer.author(name)

    def keep_key(self) -> None:
        """Write a new key beside the corpus."""
        if self._pseudonymizer is not None and self._path is not None and not self._path.exists():
            write_key(self._path, self._pseudonymizer.key)


def _check_unrepaired(report: Report) -> None:
    """Refuse a report with repairs; that personal details were replaced is none."""
    row = next((row for row in report.rows() if row.reason not in REASONS), None)
    if row is not None:
        raise InputError("a strict import neither repairs nor skips", got=str(row), fix="Nothing was written")


def _check_any(report: Report, sources: Sequence[str]) -> None:
    if report.kept:
        return
    reasons = "; ".join(str(row) for row, _ in zip(report.rows(), range(3), strict=False))
    raise InputError("the input holds at least one comment", where=", ".join(sources), got=reasons or "none")
