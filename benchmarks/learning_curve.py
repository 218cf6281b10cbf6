"""Scores on the gold set of the linear backend trained on 25, 50, 75 and 100 % of the corpus's threads.

    python benchmarks/learning_curve.py

Threads are drawn once (seed 13), each share contains the smaller ones.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from rsenlp.analyzer import load
from rsenlp.corpora import read_split
from rsenlp.discussion import Comment
from rsenlp.record_files import open_writer
from rsenlp.study.evaluate import evaluate, predictions
from rsenlp.study.train import TrainConfig
from rsenlp.study.workshop import train_model

SHARES = (0.25, 0.5, 0.75, 1.0)


def part(comments: list[Comment], share: float) -> list[Comment]:
    """The comments of a share of the groups of threads."""
    groups = sorted({str(comment.extra["group"]) for comment in comments})
    order = np.random.default_rng(13).permutation(len(groups))
    kept = {groups[index] for index in order[: round(share * len(groups))]}
    return [comment for comment in comments if comment.extra["group"] in kept]


def main() -> None:
    train, gold = read_split("rse-synth", "train"), read_split("gold-dev", "test")
    print(f"gold-dev, {datetime.now(UTC).date()}, `python benchmarks/learning_curve.py`\n")
    print("| share | comments | stance to the claim | stance to RSE | cited | rejected | evidence |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for share in SHARES:
            comments = part(train, share)
            file = Path(folder) / f"part-{share}.jsonl"
            with open_writer(file, "comments") as writer:
                for comment in comments:
                    writer.write_comment(comment)
            model = Path(folder) / f"model-{share}"
            train_model([str(file)], model, name="part", version="0", config=TrainConfig(), say=lambda _: None)
            figures = evaluate(gold, predictions(load(str(model)), gold))["languages"]["all"]
            stance = [figures["stance"][target]["macro_f1"] for target in ("claim", "rse")]
            cells = [*stance, figures["cited"], figures["rejected"], figures["evidence"]]
            print(f"| {share:.0%} | {len(comments)} | " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
