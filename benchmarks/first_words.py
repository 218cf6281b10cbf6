"""How much the first three words of a comment tell of its label, in public sets of comments that people wrote.

The yardstick for the same figure of ``rsenlp corpus check``: balanced accuracy over chance of a logistic regression
that sees the first three words of comments of at least eight that do not open with an answer, on targets that it has
not seen where there are many.

    python benchmarks/first_words.py FOLDER

FOLDER holds the sets as gzipped JSONL (``semeval2016_task6a``, ``repnum_fr``, ``xstance_fr_sample``, ``argkp2021``,
``caves``).
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from rsenlp.study.corpus_check import opens_with_content

Row = dict[str, Any]
SETS: dict[str, tuple[str, Callable[[Row], str], Callable[[Row], object]]] = {
    "SemEval-2016 6A (en), 3 stances": ("semeval2016_task6a/train", lambda r: r["label"], lambda r: r["id"]),
    "République numérique (fr), 2 stances": ("repnum_fr/train", lambda r: r["label"], lambda r: r["target_id"]),
    "x-stance sample (fr), 2 stances": ("xstance_fr_sample/all", lambda r: r["label"], lambda r: r["question_id"]),
    "ArgKP-2021 (en), 2 stances": ("argkp2021/train", lambda r: r["label"], lambda r: r["target"]),
    "CAVES (en), one cause or not": ("caves/train", lambda r: str("side-effect" in r["labels"]), lambda r: r["id"]),
}


def gain(rows: list[Row], label: Callable[[Row], str], group: Callable[[Row], object]) -> tuple[int, float]:
    """Comments that count, and balanced accuracy over chance."""
    rows = [row for row in rows if not opens_with_content(row["comment"])]
    truth = [label(row) for row in rows]
    firsts = [" ".join(row["comment"].split()[:3]).lower() for row in rows]
    model = make_pipeline(
        CountVectorizer(ngram_range=(1, 3), token_pattern=r"\S+"),  # noqa: S106 - no password
        LogisticRegression(class_weight="balanced", C=0.5, max_iter=500),
    )
    groups = [str(group(row)) for row in rows]
    folds = GroupKFold(min(5, len(set(groups))))
    guessed = cross_val_predict(model, firsts, truth, groups=groups, cv=folds)
    return len(rows), balanced_accuracy_score(truth, guessed) - 1 / len(set(truth))


def main() -> None:
    folder = Path(sys.argv[1])
    for name, (file, label, group) in SETS.items():
        with gzip.open(folder / f"{file}.jsonl.gz", "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        number, value = gain(rows, label, group)
        print(f"{name}: {number} comments, {value:+.3f}")


if __name__ == "__main__":
    main()
