"""Annotations that a reader makes in the app: one JSONL file per reader beside the study, ``annotations-<name>.jsonl``.

Each line is an annotated canonical record with ``annotator`` and ``annotated_at`` (UTC), and for an answer
``parent_text``, what it answers. A line is only ever added at the end, or taken back from there; the last line of a
comment counts. ``rsenlp evaluate``, ``agree`` and ``train`` read these files.
"""

from __future__ import annotations

import os
import re
import shlex
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rsenlp.artifact import read_meta
from rsenlp.classifiers import DEFAULT, EMBEDDED
from rsenlp.corpora import last_of_each
from rsenlp.discussion import Annotation, Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.installation import models_folder
from rsenlp.parquet import read_row
from rsenlp.record_files import PendingFile, read_jsonl
from rsenlp.records import comment_from_record, comment_to_record
from rsenlp.results.library import ANNOTATIONS
from rsenlp.results.listing import Key
from rsenlp.results.store import Study
from rsenlp.times import format_time

if TYPE_CHECKING:
    import duckdb

_lock = threading.Lock()  # the app's sessions share one process


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """The annotations of one reader of a study."""

    path: Path
    annotator: str

    @classmethod
    def of(cls, folder: Path, annotator: str) -> AnnotationFile:
        """The file of a reader beside a study, whether it is there yet or not.

        Raises:
            UsageError: the name has no letter and no digit.
        """
        name = " ".join(annotator.split())
        slug = re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:60]
        if not slug:
            raise UsageError(f"a reader's name has a letter or a digit; got {annotator!r}")
        return cls(folder / f"annotations-{slug}.jsonl", name)

    def history(self) -> list[Comment]:
        """Every annotation that was saved, the oldest first.

        Raises:
            InputError: a line is no annotated record.
        """
        return _annotations(self.path)

    def annotated(self) -> dict[Key, Comment]:
        """What counts: the last annotation of each comment.

        Raises:
            InputError: a line is no annotated record.
        """
        return {(comment.thread_id, comment.id): comment for comment in last_of_each(self.history())}

    def append(self, comment: Comment, annotation: Annotation, at: datetime, parent: str | None = None) -> None:
        """Save an annotation: one line, wholly written or not at all.

        Args:
            comment: as the study has it.
            annotation: what the reader says of it.
            at: when, with its zone.
            parent: the text of the comment that it answers.

        Raises:
            InputError: evidence does not quote the text, or the file cannot be written.
        """
        said = {"annotator": self.annotator, "annotated_at": format_time(at)}
        context = {} if parent is None else {"parent_text": parent}
        record = comment_to_record(replace(comment, annotation=annotation, extra={**comment.extra, **context, **said}))
        line = msgspec.json.encode(record) + b"\n"
        with _lock:
            try:
                _append(self.path, line)
            except OSError as error:
                got = error.strerror or str(error)
                raise InputError("annotations can be saved beside the study", where=self.path, got=got) from error

    def undo(self) -> Comment | None:
        """Take back what was saved last; ``None`` where nothing was.

        Raises:
            InputError: a line is no annotated record.
        """
        with _lock:
            saved = self.history()
            if not saved:
                return None
            lines = _whole_lines(self.path.read_bytes())[:-1]
            if lines:
                file = PendingFile(self.path)
                file.temporary.write_bytes(b"".join(line + b"\n" for line in lines))
                file.commit()
            else:
                self.path.unlink()
            return saved[-1]


def readers(folder: Path) -> list[str]:
    """The names of those who annotated a study, as they last gave them.

    Raises:
        InputError: a line of a file is no annotated record.
    """
    saved = [_annotations(path) for path in sorted(folder.glob(ANNOTATIONS))]
    return [str(comments[-1].extra.get("annotator") or "") for comments in saved if comments]


def original(study: Study, connection: duckdb.DuckDBPyConnection, key: Key) -> Comment:
    """A comment of a study as its file has it, with all its columns and without the labels it may have come with.

    Raises:
        KeyError: there is none of that name.
    """
    found = connection.execute("select n from comments where thread_id = ? and id = ?", list(key)).fetchone()
    if found is None:
        raise KeyError(key)
    record = read_row(study.comments, found[0])
    return comment_from_record(record, Location(str(study.comments), found[0] + 1), labels=False)


def answered(comment: Comment, known: Mapping[Key, Comment]) -> Comment | None:
    """What an annotated comment answers: the known one, or the text that was saved with it."""
    if comment.parent_id is None:
        return None
    parent = known.get((comment.thread_id, comment.parent_id))
    said = comment.extra.get("parent_text")
    if parent is None and isinstance(said, str) and said.strip():
        return Comment(comment.thread_id, comment.parent_id, said, claim=comment.claim)
    return parent


def commands(study: Study, own: Path, others: Sequence[Path] = (), *, model: Path) -> dict[str, str]:
    """What to type to use a reader's annotation file.

    ``train`` trains a model on it and on what the embedded one was trained on, ``classify`` reads the study with that
    model, ``evaluate`` measures the embedded one on the file; ``agree``, where there are others, compares it with the
    first of them.
    """

    def line(*words: str | Path) -> str:
        return shlex.join(["rsenlp", *map(str, words)])

    meta = read_meta(models_folder() / EMBEDDED[DEFAULT])
    parallel = [word for name in meta.settings.get("parallel", ()) for word in ("--parallel", name)]
    said = {
        "train": line("train", *meta.corpus, own, *parallel, "-o", model),
        "classify": line("classify", study.comments, "-o", study.predictions, "--model", model),
        "evaluate": line("evaluate", own),
    }
    return said | ({"agree": line("agree", own, others[0])} if others else {})


def _annotations(path: Path) -> list[Comment]:
    if not path.is_file():
        return []
    found = []
    lines = BytesIO(b"\n".join(_whole_lines(path.read_bytes())))
    for where, record in read_jsonl(lines, str(path)):
        if isinstance(record, InputError):
            raise record
        comment = comment_from_record(record, where)
        if comment.annotation is None:
            raise InputError("every line of an annotation file has 'stance' and 'causes'", where=where, got=comment.id)
        found.append(comment)
    return found


def _whole_lines(data: bytes) -> list[bytes]:
    """The lines of a file; the last one is left out where it was cut while it was written, so that it never counted."""
    *lines, last = data.split(b"\n")
    return [line for line in (*lines, last if _is_object(last) else b"") if line.strip()]


def _append(path: Path, line: bytes) -> None:
    with path.open("ab+") as stream:
        stream.seek(0)
        before = stream.read()
        last = before.rpartition(b"\n")[2]
        whole = not last or _is_object(last)
        size = len(before) - (0 if whole else len(last))
        stream.truncate(size)
        try:
            stream.write((b"\n" if last and whole else b"") + line)
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(size)
            raise


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
