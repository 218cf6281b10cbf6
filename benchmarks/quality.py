"""The embedded models on the gold set, beside baselines trained on the same corpus, as a Markdown table.

    python benchmarks/quality.py [GOLD] [--without textcat]

Baselines: *majority*, the commonest label of the training split; *TF-IDF*, one logistic regression per label on words
1-2 and character 2-5-grams of the whole comment; *textcat*, spaCy's text classifier as it comes, one per language,
for all labels at once. All read the comment alone, without claim, parent or sentences (so without evidence).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import spacy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion
from spacy.training import Example
from spacy.util import minibatch

from rsenlp.analyzer import load
from rsenlp.classifiers import EMBEDDED
from rsenlp.codebook import STANCES, STATUSES, codebook
from rsenlp.corpora import corpus_files, read_split
from rsenlp.discussion import Comment, LabelPrediction, ModelId, Prediction
from rsenlp.study.evaluate import evaluate, predictions
from rsenlp.text import SUPPORTED

CORPORA = ("rse-synth", "rse-natural", "rse-discursive")
Probabilities = dict[str, np.ndarray]
"""For every task, shape (comments, 3)."""


def labels_for(task: str) -> tuple[str, ...]:
    return STANCES if task.startswith("stance") else STATUSES


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


def tfidf(train: list[Comment], gold: list[Comment]) -> Probabilities:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    features = FeatureUnion([("words", words), ("characters", characters)])
    seen = features.fit_transform([comment.text for comment in train])
    unseen = features.transform([comment.text for comment in gold])
    return {
        task: tfidf_probabilities(seen, values, unseen, labels_for(task)) for task, values in labels_of(train).items()
    }


def majority(train: list[Comment], gold: list[Comment]) -> Probabilities:
    return {
        task: majority_probabilities(values, len(gold), labels_for(task)) for task, values in labels_of(train).items()
    }


def textcat(train: list[Comment], gold: list[Comment], epochs: int = 6) -> Probabilities:
    found = {task: np.zeros((len(gold), 3)) for task in labels_of(train[:1])}
    for lang in SUPPORTED:
        own = [comment for comment in train if comment.lang == lang]
        rows = [row for row, comment in enumerate(gold) if comment.lang == lang]
        truth = labels_of(own)
        names = [f"{task}={label}" for task in truth for label in labels_for(task)]
        nlp = spacy.blank(lang)
        spacy.util.fix_random_seed(13)
        nlp.add_pipe("textcat_multilabel")
        examples = []
        for row, comment in enumerate(own):
            said = {f"{task}={values[row]}" for task, values in truth.items()}
            cats = {name: float(name in said) for name in names}
            examples.append(Example.from_dict(nlp.make_doc(comment.text), {"cats": cats}))
        optimizer = nlp.initialize(lambda examples=examples: examples[:500])
        order = np.random.default_rng(13)
        for _ in range(epochs):
            for batch in minibatch([examples[i] for i in order.permutation(len(examples))], 32):
                nlp.update(batch, sgd=optimizer, drop=0.2)
        for row, doc in zip(rows, nlp.pipe([gold[row].text for row in rows]), strict=True):
            for task, table in found.items():
                scores = np.array([doc.cats[f"{task}={label}"] for label in labels_for(task)]) + 1e-9
                table[row] = scores / scores.sum()
    return found


def baseline(name: str, probabilities: Probabilities, gold: list[Comment]) -> list[Prediction]:
    """Predictions of a baseline in the shape of a model's."""
    book = codebook()
    tasks = {}
    for task, rows in probabilities.items():
        labels = labels_for(task)
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


BASELINES: dict[str, Callable[[list[Comment], list[Comment]], Probabilities]] = {
    "majority": majority,
    "TF-IDF": tfidf,
    "textcat": textcat,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="?", default="gold-dev")
    parser.add_argument(
        "--without", action="append", default=[], choices=list(BASELINES), help="a baseline to leave out"
    )
    arguments = parser.parse_args()
    name = arguments.gold
    split = next(iter(corpus_files(name)))
    gold = read_split(name, split)
    train = [c for corpus in CORPORA for c in read_split(corpus, "train") if not c.extra.get("twin_of")]
    systems = {
        label: baseline(label, make(train, gold), gold)
        for label, make in BASELINES.items()
        if label not in arguments.without
    }
    for option in EMBEDDED:
        analyzer = load(option)
        systems[f"`{option}` {analyzer.meta.version}"] = list(predictions(analyzer, gold))
    figures = {label: evaluate(gold, found)["languages"] for label, found in systems.items()}
    print(f"{name}, {datetime.now(UTC).date()}, `python benchmarks/quality.py {' '.join(sys.argv[1:])}`\n")
    print("| task | language | " + " | ".join(figures) + " |")
    print("|---|---|" + "---|" * len(figures))
    for title, pick in ROWS.items():
        for language in next(iter(figures.values())):
            cells = " | ".join(str(pick(part[language])) for part in figures.values())
            print(f"| {title if language == 'all' else ''} | {language} | {cells} |")


ROWS: dict[str, Callable[[dict[str, dict[str, dict[str, object]]]], object]] = (
    {
        "stance to the claim, macro-F1": lambda part: part["stance"]["claim"]["macro_f1"],
        "stance to RSE, macro-F1": lambda part: part["stance"]["rse"]["macro_f1"],
        "causes cited, mean F1": lambda part: part["cited"],
        "causes rejected, pooled F1": lambda part: part["rejected"],
        "evidence, overlap F1": lambda part: part["evidence"],
        "ECE, stance to the claim": lambda part: part["stance"]["claim"]["calibration_error"],
        "ECE, stance to RSE": lambda part: part["stance"]["rse"]["calibration_error"],
    }
    | {
        f"ECE, {cause}": lambda part, cause=cause: part["causes"][cause]["calibration_error"]
        for cause in codebook().causes
    }
    | {
        "accuracy on the surest 70 %, claim": lambda part: part["stance"]["claim"]["accuracy_on_surest_70"],
    }
)

if __name__ == "__main__":
    main()
