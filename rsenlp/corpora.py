"""Corpora as folders: ``data/train.jsonl``, ``validation.jsonl``, ``test.jsonl`` of canonical records, and a card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsenlp.audit import Report
from rsenlp.codebook import codebook
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.installation import corpora_folder
from rsenlp.readers import ReadOptions, Source, read
from rsenlp.records import FIELDS, LABELS, comment_to_record

if TYPE_CHECKING:
    from datasets import DatasetDict, Features

SPLITS = ("train", "validation", "test")
EXTRA = ("place", "variety", "writer", "batch", "group", "twin_of")


def corpus_files(name_or_path: str | Path) -> dict[str, Path]:
    """The files of a corpus by split: an embedded corpus by its name, a corpus folder, or one annotated file.

    Raises:
        UsageError: none of these.
    """
    path = Path(name_or_path)
    for folder in (corpora_folder() / str(name_or_path), path):
        found = {split: folder / "data" / f"{split}.jsonl" for split in SPLITS}
        found = {split: file for split, file in found.items() if file.is_file()}
        if found:
            return found
    if path.is_file():
        return {"train": path}
    known = embedded_corpora()
    raise UsageError(
        f"a corpus is an embedded one ({', '.join(known)}), a folder with data/train.jsonl, or a file of annotated "
        f"records; got {str(name_or_path)!r}"
    )


def embedded_corpora() -> list[str]:
    """The names of the embedded corpora of annotated comments."""

    def annotated(data: Path) -> bool:
        with next(data.glob("*.jsonl")).open("rb") as stream:
            return b'"stance"' in stream.readline()

    return sorted(data.parent.name for data in corpora_folder().glob("*/data") if annotated(data))


def read_annotated(path: Path) -> Iterator[Comment]:
    """The comments of an annotated file; every one has its annotation, the last where it was annotated again.

    Raises:
        InputError: a record breaks the contract or has no annotation.
    """
    return iter(last_of_each(_annotated(path)))


def last_of_each(comments: Iterable[Comment]) -> list[Comment]:
    """The last record of each comment, in the order of the first."""
    return list({(comment.thread_id, comment.id): comment for comment in comments}.values())


def _annotated(path: Path) -> Iterator[Comment]:
    report = Report()
    for comment, where in read(Source(path), ReadOptions(), report):
        if comment.annotation is None:
            raise InputError("every comment of a gold corpus has 'stance' and 'causes'", where=where, got=comment.id)
        yield comment
    for row in report.rows():
        if row.action == "skipped":
            raise InputError(row.reason, where=Location(row.path, row.line), got=row.detail)


def read_split(name_or_path: str | Path, split: str) -> list[Comment]:
    """The comments of one split of a corpus.

    Raises:
        UsageError: no such corpus or split.
    """
    files = corpus_files(name_or_path)
    if split not in files:
        raise UsageError(f"{name_or_path}: splits are {', '.join(files)}; got {split!r}")
    return list(read_annotated(files[split]))


def read_corpus(name_or_path: str | Path) -> list[Comment]:
    """The annotated comments of all splits of a corpus.

    Raises:
        UsageError: no such corpus.
        InputError: a record breaks the contract or has no annotation.
    """
    return [comment for path in corpus_files(name_or_path).values() for comment in read_annotated(path)]


def read_parallel(name_or_path: str | Path) -> list[tuple[str, str]]:
    """The pairs of a corpus of parallel sentences: French, English.

    Raises:
        UsageError: no such corpus.
        InputError: a line is no object with ``fr`` and ``en``.
    """
    pairs = []
    for path in corpus_files(name_or_path).values():
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                record = json.loads(line) if line.strip().startswith("{") else {}
                if not all(isinstance(record.get(lang), str) for lang in ("fr", "en")):
                    rule = "a line of parallel sentences is an object with the texts 'fr' and 'en'"
                    raise InputError(rule, where=Location(str(path), number), got=line[:60])
                pairs.append((record["fr"], record["en"]))
    return pairs


def corpus_hash(name_or_path: str | Path) -> str:
    """SHA-256 over the files of a corpus, in the order of its splits."""
    digest = hashlib.sha256()
    for file in corpus_files(name_or_path).values():
        digest.update(file.read_bytes())
    return digest.hexdigest()


def load_corpus(name_or_path: str | Path) -> DatasetDict:
    """A corpus as a Hugging Face ``DatasetDict``, its columns typed.

    Columns are those of the data contract: ``stance`` and ``causes`` are structs of the label words, ``evidence`` a
    list of structs, ``created_at`` a UTC timestamp; and those that the project's own corpora have besides.

    Raises:
        UsageError: no such corpus.
        InputError: a record breaks the contract.
    """
    from datasets import Dataset, DatasetDict

    return DatasetDict(
        {
            split: Dataset.from_list([_dataset_row(comment) for comment in read_annotated(path)], features=_features())
            for split, path in corpus_files(name_or_path).items()
        }
    )


def _dataset_row(comment: Comment) -> dict[str, Any]:
    record = comment_to_record(comment)
    row = {name: record.get(name) for name in FIELDS} | {"created_at": comment.created_at}
    row |= {name: record.get(name) for name in LABELS}
    row["evidence"] = [
        {name: item.get(name) for name in ("cause", "polarity", "start", "end", "text", "theme")}
        for item in record.get("evidence") or ()
    ]
    extra = {name: comment.extra.get(name) for name in EXTRA}
    return row | extra | {"tags": list(comment.extra.get("tags") or ())}


def _features() -> Features:
    from datasets import Features, List, Value

    book = codebook()
    text = Value("string")
    whole = Value("int32")
    span = {"cause": text, "polarity": text, "start": whole, "end": whole, "text": text, "theme": text}
    columns: dict[str, Any] = dict.fromkeys(FIELDS, text) | {"created_at": Value("timestamp[us, tz=UTC]")}
    columns |= {
        "stance": dict.fromkeys(book.targets, text),
        "causes": dict.fromkeys(book.causes, text),
        "evidence": List(span),
    }
    return Features(columns | dict.fromkeys(EXTRA, text) | {"tags": List(text)})


def sample_pages() -> list[Path]:
    """The saved pages with discussions that ship as samples, French and English."""
    return sorted(path for path in (corpora_folder() / "samples").glob("*.html"))
