"""Making a corpus of canonical records from discussions written in markup."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from pathlib import Path

from rsenlp.corpora import SPLITS
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.record_files import open_writer
from rsenlp.study.markup import read_markup


def build_corpus(folder: Path) -> dict[str, int]:
    """Write ``data/<split>.jsonl`` from the markup files ``threads/*.txt`` of a corpus folder.

    A thread goes to train, validation or test (8:1:1) by a hash of its name, so that it stays there as the corpus
    grows; a thread and its twin share a name.

    Returns:
        the number of comments per split.

    Raises:
        InputError: there are no files, one breaks the format, or a thread is in two files.
    """
    files = sorted((folder / "threads").glob("*.txt"))
    if not files:
        raise InputError("a corpus is written in threads/*.txt", where=folder, got="no such file")
    counts = dict.fromkeys(SPLITS, 0)
    home: dict[str, Path] = {}
    with ExitStack() as stack:
        writers = {
            split: stack.enter_context(open_writer(folder / "data" / f"{split}.jsonl", "comments")) for split in SPLITS
        }
        for file in files:
            for comment in read_markup(file):
                if home.setdefault(comment.thread_id, file) != file:
                    other = home[comment.thread_id]
                    raise InputError("a thread has one file", where=file, got=f"{comment.thread_id}, also in {other}")
                split = split_of(comment)
                counts[split] += 1
                writers[split].write_comment(comment)
    return counts


def split_of(comment: Comment) -> str:
    """The split of a comment: 8 of 10 groups of threads go to train, one each to validation and test."""
    group = str(comment.extra.get("group") or comment.thread_id)
    draw = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) % 10
    return SPLITS[0] if draw < 8 else SPLITS[draw - 7]
