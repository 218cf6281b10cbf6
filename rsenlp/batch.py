"""Whole jobs on one machine: import sources into a corpus, classify sources into predictions. Streams, in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from rsenlp.analyzer import Analyzer, InContext
from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.privacy import Pseudonymizer, key_path, load_or_make_key
from rsenlp.readers import ReadOptions, opened, read
from rsenlp.record_files import PendingFile, open_writer
from rsenlp.text import detect_language
from rsenlp.threads import repaired

Progress = Callable[[int], None]
_PSEUDONYM = re.compile(r"a[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import goes: ``format`` names a reader where content does not tell, ``key`` the file of the pseudonyms;
    ``strict`` refuses input that needs a repair.
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
    progress: Progress = lambda _: None,
) -> Report:
    """Read exports of any supported kind and write canonical records; the report goes beside the corpus.

    Args:
        sources: paths; ``-`` is standard input.
        output: a ``.jsonl``, ``.csv`` or ``.parquet`` file, or ``-`` for JSONL on standard output.
        options: how.
        progress: is told the number of comments written so far.

    Raises:
        UsageError: an unknown ending, format or column.
        InputError: a source cannot be read, or holds no comment.
    """
    options = options or ImportOptions()
    report = Report()
    pseudonymize = _pseudonymizer(output, options)
    with ExitStack() as stack:
        writer = stack.enter_context(open_writer(output, "comments"))
        comments = ((pseudonymize(comment), where) for comment, where in read_all(sources, options, report))
        for comment, parent in repaired(comments, report):
            writer.write_comment(_with_language(comment, parent))
            progress(writer.written)
        _check_any(report, sources)
        if options.strict and (row := next(report.rows(), None)) is not None:
            raise InputError("a strict import neither repairs nor skips", got=str(row), fix="Nothing was written")
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

    Raises:
        UsageError: an unknown ending, format or column.
        InputError: a source cannot be read, or holds no comment.
    """
    options = options or ImportOptions()
    options = replace(options, read=replace(options.read, labels=False))
    report = Report()
    with open_writer(output, "predictions") as writer:
        for comment, prediction in analyzer.pairs(comments_in_context(sources, options, report)):
            writer.write_prediction(prediction, comment.text)
            progress(writer.written)
        _check_any(report, sources)
    return report


def comments_in_context(sources: Sequence[str], options: ImportOptions, report: Report) -> Iterator[InContext]:
    """The comments of sources, trees repaired, each with the one that it answers."""
    return repaired(read_all(sources, options, report), report)


def read_all(sources: Iterable[str], options: ImportOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
    """The comments of all sources with their places, as they stand there."""
    for path in sources:
        with opened(path, encoding=options.read.encoding) as source:
            yield from read(source, options.read, report, format=options.format)


def report_path(corpus: Path) -> Path:
    """Where the import report of a corpus lies."""
    return corpus.with_name(corpus.name + ".report.json")


def write_report(report: Report, path: Path) -> None:
    file = PendingFile(path)
    with file.temporary.open("w", encoding="utf-8") as stream:
        report.write_json(stream)
    file.commit()


def _pseudonymizer(output: Path | str, options: ImportOptions) -> Callable[[Comment], Comment]:
    """Replaces names; the key is made when the first name comes. What is a pseudonym already is kept."""
    if options.keep_identities:
        return lambda comment: comment
    path = options.key or (None if str(output) == "-" else key_path(Path(output)))
    made: list[Pseudonymizer] = []

    def pseudonymize(comment: Comment) -> Comment:
        if comment.author is None or _PSEUDONYM.fullmatch(comment.author):
            return comment
        if not made:
            made.append(Pseudonymizer.with_new_key() if path is None else Pseudonymizer(load_or_make_key(path)))
        return made[0].comment(comment)

    return pseudonymize


def _with_language(comment: Comment, parent: Comment | None) -> Comment:
    if comment.lang is not None:
        return comment
    around = parent.text if parent is not None else comment.claim
    return replace(comment, lang=detect_language(comment.text, detect_language(around) if around else None))


def _check_any(report: Report, sources: Sequence[str]) -> None:
    if report.kept:
        return
    reasons = "; ".join(str(row) for row, _ in zip(report.rows(), range(3), strict=False))
    raise InputError("the input holds at least one comment", where=", ".join(sources), got=reasons or "none")
