"""Speed of classification, the whole way from file to file on one core, beside a plain scikit-learn pipeline.

    python benchmarks/classify.py [--rounds 5] [--full network.onnx]

The pipeline predicts one label of a whole comment (TF-IDF over words 1–2 and ``char_wb`` 2–5, logistic regression);
``fast``, ``accurate`` and the encoder that is part of it predict everything. Each runs in a process of its own, held to
one core; they take turns, and the medians count. ``--full`` gives the encoder's network in full precision, as its
training leaves it in the work folder, to compare the 8-bit one with.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from rsenlp.artifact import NETWORK, read_file, read_meta, write_model
from rsenlp.classifiers import EMBEDDED, model_folder
from rsenlp.corpora import corpus_files, read_corpus
from rsenlp.records import comment_to_record

ENCODER = "rse-encoder"
SLOW = ("accurate", ENCODER)
FEW = 600
WORDS = range(45, 81)
CORPORA = ("rse-synth", "rse-natural", "rse-discursive")
FIRST = "import rsenlp; rsenlp.load({name!r}).classify('Personne ne savait à quoi il servait.')"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--full", type=Path)
    parser.add_argument("--pipeline", nargs=2, metavar=("INPUT", "OUTPUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pipeline:
        run_pipeline(*map(Path, arguments.pipeline))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = comments_files(folder)
        contestants = {"scikit-learn, one label": [sys.executable, __file__, "--pipeline"]}
        models = {name: name for name in (*EMBEDDED, ENCODER)}
        if arguments.full:
            models[f"{ENCODER}, full precision"] = str(full_precision(folder, arguments.full))
        contestants |= {
            label: [str(Path(sys.executable).with_name("rsenlp")), "classify", "--model", model]
            for label, model in models.items()
        }
        fit_pipeline()
        show(files, measure(contestants, files, folder, arguments.rounds), models)


class Input(NamedTuple):
    """A file of comments without labels, and how many they are."""

    path: Path
    comments: int


def comments_files(folder: Path) -> dict[bool, Input]:
    """The corpora's comments of some sixty words, each once: all of them, and the first few for what is slow."""
    lines: dict[str, str] = {}
    for corpus in CORPORA:
        for comment in read_corpus(corpus):
            if len(comment.text.split()) in WORDS and comment.text not in lines:
                record = comment_to_record(comment)
                kept = {key: record[key] for key in ("thread_id", "id", "text", "claim", "lang") if key in record}
                lines[comment.text] = json.dumps(kept, ensure_ascii=False) + "\n"
    found = {}
    for slow, own in ((False, list(lines.values())), (True, list(lines.values())[:FEW])):
        path = folder / f"comments-{len(own)}.jsonl"
        path.write_text("".join(own), encoding="utf-8")
        found[slow] = Input(path, len(own))
    return found


def is_slow(label: str) -> bool:
    return label.startswith(SLOW)


def full_precision(folder: Path, network: Path) -> Path:
    """The encoder with another network."""
    source = model_folder(ENCODER)
    meta = read_meta(source)
    files = {name: read_file(source, meta, name) for name in meta.files} | {NETWORK: network.read_bytes()}
    write_model(folder / "full", meta, files=files, card="")
    return folder / "full"


def measure(
    contestants: dict[str, list[str]], files: dict[bool, Input], folder: Path, rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """Seconds and peak megabytes of every run, the contestants in turn."""
    found: dict[str, list[tuple[float, float]]] = {label: [] for label in contestants}
    for _ in range(rounds):
        for label, command in contestants.items():
            source, output = files[is_slow(label)].path, folder / "out.jsonl"
            own = (
                [*command, str(source), str(output)]
                if "--pipeline" in command
                else [*command, str(source), "-o", str(output)]
            )
            found[label].append(run(own))
    return found


def run(command: list[str]) -> tuple[float, float]:
    """Seconds and peak megabytes of a process held to one core."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {0})
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def show(files: dict[bool, Input], found: dict[str, list[tuple[float, float]]], models: dict[str, str]) -> None:
    """Print the table, in Markdown."""
    counts = " or ".join(str(count) for _, count in files.values())
    print(f"{datetime.now(UTC).date()}: {counts} comments of {WORDS[0]} to {WORDS[-1]} words, one core, medians\n")
    print("| | comments/s | ratio | peak MB | first prediction after |")
    print("|---|---|---|---|---|")
    base = None
    for label, runs in found.items():
        seconds = statistics.median(second for second, _ in runs)
        rate = files[is_slow(label)].comments / seconds
        base = base or rate
        memory = max(megabytes for _, megabytes in runs)
        start = ""
        if label in models:
            code = FIRST.format(name=models[label])
            start = f"{statistics.median(run([sys.executable, '-c', code])[0] for _ in range(5)):.2f} s"
        print(f"| {label} | {rate:.0f} | {rate / base:.2f} | {memory:.0f} | {start} |")


# --- the alternative -------------------------------------------------------------------------------------------------


def pipeline_folder() -> Path:
    return Path(tempfile.gettempdir()) / "rsenlp-benchmark-pipeline"


def fit_pipeline() -> None:
    """Fit the pipeline once and keep its numbers, so that a run loads them as any program would."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    shutil.rmtree(pipeline_folder(), ignore_errors=True)
    pipeline_folder().mkdir()
    features = vectorizers()
    texts, labels = [], []
    with corpus_files("rse-synth")["train"].open(encoding="utf-8") as stream:
        for record in map(json.loads, stream):
            texts.append(record["text"])
            labels.append(record["stance"]["rse"])
    matrix = features.fit_transform(texts)
    model = LogisticRegression(max_iter=200).fit(matrix, labels)
    for name, vectorizer in features.transformer_list:
        state = {"vocabulary": {term: int(row) for term, row in vectorizer.vocabulary_.items()}}
        (pipeline_folder() / f"{name}.json").write_text(json.dumps(state), encoding="utf-8")
        np.save(pipeline_folder() / f"{name}.npy", vectorizer.idf_)
    np.savez(pipeline_folder() / "model.npz", coef=model.coef_, intercept=model.intercept_, classes=model.classes_)


def vectorizers(*, loaded: bool = False) -> Any:
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    parts = []
    kinds: dict[str, dict[str, Any]] = {
        "words": {"ngram_range": (1, 2)},
        "characters": {"analyzer": "char_wb", "ngram_range": (2, 5)},
    }
    for name, options in kinds.items():
        vocabulary = None
        if loaded:
            vocabulary = json.loads((pipeline_folder() / f"{name}.json").read_text(encoding="utf-8"))["vocabulary"]
        vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2 if not loaded else 1, vocabulary=vocabulary, **options)
        if loaded:
            vectorizer.idf_ = np.load(pipeline_folder() / f"{name}.npy")
        parts.append((name, vectorizer))
    return FeatureUnion(parts)


def run_pipeline(source: Path, output: Path) -> None:
    """Read comments, predict one label of each, write it."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    features = vectorizers(loaded=True)
    kept = np.load(pipeline_folder() / "model.npz")
    model = LogisticRegression()
    model.coef_, model.intercept_, model.classes_ = kept["coef"], kept["intercept"], kept["classes"]
    with source.open(encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    probabilities = model.predict_proba(features.transform([record["text"] for record in records]))
    with output.open("w", encoding="utf-8") as stream:
        for record, row in zip(records, probabilities, strict=True):
            answer = {"id": record["id"], "label": str(model.classes_[row.argmax()]), "probabilities": row.tolist()}
            stream.write(json.dumps(answer, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
