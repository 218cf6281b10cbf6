"""Whole jobs on one machine: import sources into a corpus, classify sources into predictions. Streams, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from rsenlp.analyzer import Analyzer
from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.privacy import Pseudonymizer, is_pseudonym, key_path, read_key, write_key
from rsenlp.readers import ReadOptions, opened, read
from rsenlp.record_files import PendingFile, open_writer
from rsenlp.text import detect_language
from rsenlp.threads import repaired

Progress = Callable[[int], None]


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
    reading: Progress = lambda _: None,
    progress: Progress = lambda _: None,
) -> Report:
    """Read exports of any supported kind and write canonical records; the report goes beside the corpus.

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
    pseudonymize = _Pseudonyms(output, options)
    with ExitStack() as stack:
        writer = stack.enter_context(open_writer(output, "comments"))
        found = _counted(read_all(sources, options, report), reading)
        comments = ((pseudonymize(comment), where) for comment, where in found)
        for comment, parent in repaired(comments, report):
            writer.write_comment(_with_language(comment, parent))
            progress(writer.written)
        _check_any(report, sources)
        if options.strict and (row := next(report.rows(), None)) is not None:
            raise InputError("a strict import neither repairs nor skips", got=str(row), fix="Nothing was written")
        pseudonymize.keep_key()
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
    _check_apart(sources, output)
    report = Report()
    with open_writer(output, "predictions") as writer:
        for comment, prediction in analyzer.pairs(repaired(read_all(sources, options, report), report)):
            writer.write_prediction(prediction, comment.text)
            progress(writer.written)
        _check_any(report, sources)
    return report


def read_all(sources: Iterable[str], options: ImportOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
    """The comments of all sources with their places, as they stand there."""
    names: Counter[str] = Counter()
    for path in sources:
        with opened(path, encoding=options.read.encoding) as source:
            names[source.stem] += 1
            thread = source.stem if names[source.stem] == 1 else f"{source.stem}~{names[source.stem]}"
            said = options.read if options.read.thread_id else replace(options.read, thread_id=thread)
            yield from read(source, said, report, format=options.format)


def _counted(comments: Iterable[tuple[Comment, Location]], reading: Progress) -> Iterator[tuple[Comment, Location]]:
    for number, item in enumerate(comments, start=1):
        reading(number)
        yield item


def report_path(corpus: Path) -> Path:
    """Where the import report of a corpus lies."""
    return corpus.with_name(corpus.name + ".report.json")


def write_report(report: Report, path: Path) -> None:
    file = PendingFile(path)
    with file.temporary.open("w", encoding="utf-8") as stream:
        report.write_json(stream)
    file.commit()


def _check_apart(sources: Sequence[str], output: Path | str) -> None:
    """Refuse to write over an input."""
    if str(output) == "-":
        return
    for source in sources:
        if source != "-" and Path(source).resolve() == Path(output).resolve():
            raise UsageError(f"the output is another file than the input; got {source!r} for both")


class _Pseudonyms:
    """Replaces names. The key is taken when the first name comes; a new one is kept once the import went well."""

    def __init__(self, output: Path | str, options: ImportOptions) -> None:
        self._keep_identities = options.keep_identities
        self._path = options.key or (None if str(output) == "-" else key_path(Path(output)))
        self._pseudonymizer: Pseudonymizer | None = None

    def __call__(self, comment: Comment) -> Comment:
        # what is a pseudonym already stays one: a corpus is imported again without losing who is who
        if self._keep_identities or comment.author is None or is_pseudonym(comment.author):
            return comment
        if self._pseudonymizer is None:
            if self._path is not None and self._path.exists():
                self._pseudonymizer = Pseudonymizer(read_key(self._path))
            else:
                self._pseudonymizer = Pseudonymizer.with_new_key()
        return self._pseudonymizer.comment(comment)

    def keep_key(self) -> None:
        """Write a new key beside the corpus."""
        if self._pseudonymizer is not None and self._path is not None and not self._path.exists():
            write_key(self._path, self._pseudonymizer.key)


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
