"""Making a corpus of canonical records from discussions written in markup."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rsenlp.codebook import Stance
from rsenlp.corpora import SPLITS, corpus_files
from rsenlp.discussion import Comment, Evidence
from rsenlp.errors import InputError
from rsenlp.record_files import open_writer
from rsenlp.study.markup import read_labels, read_markup, tab_separated


def build_corpus(folder: Path) -> dict[str, int]:
    """Write ``data/<split>.jsonl`` from the markup files ``threads/*.txt`` of a corpus folder.

    A thread goes to train, validation or test (8:1:1) by a hash of its name, so that it stays there as the corpus
    grows; a thread and its twin share a name. Whole batches go where ``[splits]`` of ``requirements.toml`` says.

    Returns:
        the number of comments per split.

    Raises:
        InputError: there are no files, one breaks the format, or a thread is in two files.
    """
    counts = dict.fromkeys(SPLITS, 0)
    whole = whole_batches(folder)
    with ExitStack() as stack:
        writers = {
            split: stack.enter_context(open_writer(folder / "data" / f"{split}.jsonl", "comments")) for split in SPLITS
        }
        for comment in build_records(folder):
            split = split_of(comment, whole)
            counts[split] += 1
            writers[split].write_comment(comment)
    return counts


def build_records(folder: Path) -> Iterator[Comment]:
    """The comments of a corpus's markup files, in the order of files and threads.

    Raises:
        InputError: there are no files, one breaks the format, or a thread is in two files.
    """
    files = sorted((folder / "threads").glob("*.txt"))
    if not files:
        raise InputError("a corpus is written in threads/*.txt", where=folder, got="no such file")
    home: dict[str, Path] = {}
    for file in files:
        for comment in read_markup(file):
            if home.setdefault(comment.thread_id, file) != file:
                other = home[comment.thread_id]
                raise InputError("a thread has one file", where=file, got=f"{comment.thread_id}, also in {other}")
            yield comment


def whole_batches(folder: Path) -> dict[str, str]:
    """The split of the batches that go to one as a whole, from ``[splits]`` of ``requirements.toml``.

    Training on other batches alone lets a split measure text of writers that training never met.
    """
    path = folder / "requirements.toml"
    if not path.is_file():
        return {}
    said: dict[str, list[str]] = tomllib.loads(path.read_text(encoding="utf-8")).get("splits", {})
    return {batch: split for split, batches in said.items() for batch in batches}


def split_of(comment: Comment, whole: Mapping[str, str] = MappingProxyType({})) -> str:
    """The split of a comment: its batch's, or by its thread: 8 of 10 go to train, one each to validation and test."""
    if comment.extra.get("batch") in whole:
        return whole[str(comment.extra["batch"])]
    group = str(comment.extra.get("group") or comment.thread_id)
    draw = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) % 10
    return SPLITS[0] if draw < 8 else SPLITS[draw - 7]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences that differ by little and in label. Labels are as in markup; ``stance`` is towards the RSE."""

    kind: str
    sentences: tuple[str, str]
    evidence: tuple[tuple[Evidence, ...], tuple[Evidence, ...]]
    stance: tuple[Stance | None, Stance | None]


def read_pairs(path: Path) -> list[Pair]:
    """The minimal pairs of a file: five tab-separated columns, kind, labels and sentence of one side and the other.

    Raises:
        InputError: a line breaks the format; the message names it.
    """
    pairs = []
    for where, line, cells in tab_separated(path):
        if len(cells) != 5 or cells[1] == cells[3] or cells[2] == cells[4]:
            raise InputError("a pair has five columns, and sides that differ in label and text", where=where, got=line)
        kind, left_labels, left, right_labels, right = cells
        sides = [
            read_labels(labels, sentence, where) for labels, sentence in ((left_labels, left), (right_labels, right))
        ]
        (left_evidence, left_stance), (right_evidence, right_stance) = sides
        pairs.append(Pair(kind, (left, right), (left_evidence, right_evidence), (left_stance, right_stance)))
    return pairs


def corpus_pairs(name_or_path: str | Path) -> list[Pair]:
    """The minimal pairs of a corpus (``pairs/*.tsv`` of its folder), none where it has none."""
    folder = next(iter(corpus_files(name_or_path).values())).parent.parent
    return [pair for file in sorted((folder / "pairs").glob("*.tsv")) for pair in read_pairs(file)]
