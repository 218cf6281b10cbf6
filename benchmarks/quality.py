"""The embedded models on the gold set, beside two baselines trained on the same corpus, as a Markdown table.

    python benchmarks/quality.py [GOLD]

Baselines: *majority*, the commonest label of the training split; *TF-IDF*, one logistic regression per label on words
1-2 and character 2-5-grams of the whole comment, without claim, parent or sentences (so without evidence).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from rsenlp.analyzer import load
from rsenlp.classifiers import EMBEDDED
from rsenlp.codebook import STANCES, STATUSES, codebook
from rsenlp.corpora import corpus_files, read_split
from rsenlp.discussion import Comment, LabelPrediction, ModelId, Prediction
from rsenlp.study.evaluate import evaluate, predictions

CORPUS = "rse-synth"


def labels_of(comments: Sequence[Comment]) -> dict[str, list[Any]]:
    """The labels of annotated comments by task."""
    book = codebook()
    made = [comment.annotation for comment in comments if comment.annotation is not None]
    return {f"stance {t}": [a.stance[t] for a in made] for t in book.targets} | {
        f"cause {c}": [a.causes[c] for a in made] for c in book.causes
    }


def majority_probabilities(truth: list[str], number: int, labels: tuple[str, ...]) -> np.ndarray:
    counts = Counter(truth)
    return np.tile([counts[label] / len(truth) for label in labels], (number, 1))


def tfidf_probabilities(train: np.ndarray, truth: list[str], gold: np.ndarray, labels: tuple[str, ...]) -> np.ndarray:
    model = LogisticRegression(C=3, max_iter=300).fit(train, truth)
    order = [list(model.classes_).index(label) for label in labels]
    result: np.ndarray = model.predict_proba(gold)[:, order]
    return result


def baseline(name: str, train: list[Comment], gold: list[Comment]) -> list[Prediction]:
    """Predictions of a baseline in the shape of a model's."""
    book = codebook()
    truth = labels_of(train)
    if name == "TF-IDF":
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
        features = FeatureUnion([("words", words), ("characters", characters)])
        seen = features.fit_transform([comment.text for comment in train])
        unseen = features.transform([comment.text for comment in gold])
    tasks = {}
    for task, values in truth.items():
        labels: tuple[str, ...] = STANCES if task.startswith("stance") else STATUSES
        if name == "TF-IDF":
            rows = tfidf_probabilities(seen, values, unseen, labels)
        else:
            rows = majority_probabilities(values, len(gold), labels)
        tasks[task] = [
            LabelPrediction(labels[int(row.argmax())], dict(zip(labels, map(float, row), strict=True))) for row in rows
        ]
    return [
        Prediction(
            comment.thread_id,
            comment.id,
            str(comment.lang),
            {target: tasks[f"stance {target}"][row] for target in book.targets},
            {cause: tasks[f"cause {cause}"][row] for cause in book.causes},
            (),
            ModelId(name, "", ""),
        )
        for row, comment in enumerate(gold)
    ]


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "gold-dev"
    split = next(iter(corpus_files(name)))
    gold = read_split(name, split)
    train = [comment for comment in read_split(CORPUS, "train") if not comment.extra.get("twin_of")]
    systems = {label: baseline(label, train, gold) for label in ("majority", "TF-IDF")}
    for option in EMBEDDED:
        analyzer = load(option)
        systems[f"`{option}` {analyzer.meta.version}"] = list(predictions(analyzer, gold))
    figures = {label: evaluate(gold, found)["languages"] for label, found in systems.items()}
    print(f"{name}, {datetime.now(UTC).date()}, `python benchmarks/quality.py {name}`\n")
    print("| task | language | " + " | ".join(figures) + " |")
    print("|---|---|" + "---|" * len(figures))
    for title, pick in ROWS.items():
        for language in next(iter(figures.values())):
            cells = " | ".join(str(pick(part[language])) for part in figures.values())
            print(f"| {title if language == 'all' else ''} | {language} | {cells} |")


ROWS: dict[str, Callable[[dict[str, dict[str, dict[str, object]]]], object]] = {
    "stance to the claim, macro-F1": lambda part: part["stance"]["claim"]["macro_f1"],
    "stance to RSE, macro-F1": lambda part: part["stance"]["rse"]["macro_f1"],
    "causes cited, mean F1": lambda part: part["cited"],
    "causes rejected, pooled F1": lambda part: part["rejected"],
    "evidence, overlap F1": lambda part: part["evidence"],
    "ECE, stance to the claim": lambda part: part["stance"]["claim"]["calibration_error"],
    "ECE, stance to RSE": lambda part: part["stance"]["rse"]["calibration_error"],
    "accuracy on the surest 70 %, claim": lambda part: part["stance"]["claim"]["accuracy_on_surest_70"],
}

if __name__ == "__main__":
    main()
