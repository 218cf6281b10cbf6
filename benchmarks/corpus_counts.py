"""How many comments of which label a corpus holds, as the Markdown tables of its card.

python benchmarks/corpus_counts.py rse-discursive
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

from rsenlp.codebook import STANCES, codebook
from rsenlp.corpora import corpus_files, read_split
from rsenlp.discussion import Comment

LANGUAGES = {"fr": "French", "en": "English"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="name or folder of an annotated corpus")
    corpus = parser.parse_args().corpus
    splits = {split: read_split(corpus, split) for split in corpus_files(corpus)}
    print_table(["split", "comments", "twins", "threads"], (split_row(name, own) for name, own in splits.items()))
    own = [comment for split in splits.values() for comment in split if not comment.extra.get("twin_of")]
    by_language = [[comment for comment in own if comment.lang == lang] for lang in LANGUAGES]
    print()
    print_table(["", *LANGUAGES.values()], ([name, *cells] for name, *cells in label_rows(by_language)))
    words = sum(len(comment.text.split()) for comment in own) / len(own)
    print(f"\n{len(own):,} comments in {len({c.thread_id for c in own}):,} threads, {words:.0f} words each on average.")


def split_row(name: str, comments: Sequence[Comment]) -> list[str]:
    twins = sum(bool(comment.extra.get("twin_of")) for comment in comments)
    threads = {comment.thread_id for comment in comments if not comment.extra.get("twin_of")}
    return [name, f"{len(comments) - twins:,}", f"{twins:,}", f"{len(threads):,}"]


def label_rows(by_language: Sequence[Sequence[Comment]]) -> Iterable[list[str]]:
    annotations = [[c.annotation for c in comments if c.annotation is not None] for comments in by_language]
    yield ["comments", *(f"{len(comments):,}" for comments in by_language)]
    for target, name in (("claim", "claim"), ("rse", "RSE")):
        yield [
            f"stance to the {name}: {' / '.join(STANCES)}",
            *(" / ".join(f"{sum(a.stance[target] == s for a in own):,}" for s in STANCES) for own in annotations),
        ]
    for cause in codebook().causes:
        yield [
            f"{cause} cited / rejected",
            *(
                " / ".join(f"{sum(a.causes[cause] == status for a in own):,}" for status in ("cited", "rejected"))
                for own in annotations
            ),
        ]


def print_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    print("| " + " | ".join(heading) + " |")
    print("|" + "---|" * len(heading))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
