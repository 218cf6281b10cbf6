"""From corpora to a model's folder: train, measure, write the card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rsenlp import __version__
from rsenlp.analyzer import Analyzer
from rsenlp.artifact import ModelMeta, write_model
from rsenlp.classifiers.linear import LinearClassifier
from rsenlp.codebook import codebook
from rsenlp.corpora import corpus_files, corpus_hash, read_split
from rsenlp.discussion import Comment
from rsenlp.study.corpus import corpus_pairs
from rsenlp.study.evaluate import evaluate, predictions
from rsenlp.study.metrics import Estimate, to_plain
from rsenlp.study.train import TrainConfig, examples, sentence_examples, train_linear
from rsenlp.text import SUPPORTED


def train_model(
    corpora: Sequence[str],
    output: Path,
    *,
    name: str,
    version: str,
    config: TrainConfig,
    gold: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> ModelMeta:
    """Train the linear backend on the train splits of corpora and write its folder, card included.

    It is measured on the test splits of the same corpora and on those of ``gold``; the figures go into ``meta.json``
    and the card.

    Raises:
        UsageError: no such corpus.
        InputError: a record breaks the contract, has no annotation, or there are too few threads.
    """
    book = codebook()
    train = {corpus: read_split(corpus, "train") for corpus in corpora}
    comments = [comment for split in train.values() for comment in split]
    pairs = [pair for corpus in corpora for pair in corpus_pairs(corpus)]
    more = sentence_examples(pairs, book=book)
    trained = train_linear(examples(comments, book=book), config, more=more, book=book, say=say)
    meta = ModelMeta(
        name=name,
        version=version,
        backend="linear",
        requires=f">={__version__},<{_next_minor(__version__)}",
        languages=SUPPORTED,
        codebook=book.version,
        targets=tuple(book.targets),
        causes=tuple(book.causes),
        themes=tuple(book.themes),
        corpus={corpus: {"sha256": corpus_hash(corpus), "train": len(split)} for corpus, split in train.items()},
        seed=config.seed,
        created=datetime.now(UTC).date().isoformat(),
        settings={"temperatures": trained.temperatures, "risk": config.risk},
        thresholds=trained.thresholds,
    )
    classifier = LinearClassifier(meta, trained.parts)
    arrays, vocabulary = classifier.arrays(), {"terms": trained.parts.index.names}
    meta = write_model(output, meta, arrays=arrays, vocabulary=vocabulary, card="")
    saved = LinearClassifier.read(output, meta)
    scores = {label: _measure(saved, split) for label, split in _measured(corpora, gold)}
    for label, figures in scores.items():
        say(f"{label}: " + ", ".join(f"{key} {value}" for key, value in _headline(figures).items()))
    plain = {label: to_plain(_headline(figures)) for label, figures in scores.items()}
    meta = replace(meta, scores=plain)
    return write_model(output, meta, arrays=arrays, vocabulary=vocabulary, card=card(meta, scores))


def _measured(corpora: Sequence[str], gold: Sequence[str]) -> list[tuple[str, list[Comment]]]:
    found = [(f"{corpus} (test)", read_split(corpus, "test")) for corpus in corpora if "test" in corpus_files(corpus)]
    for corpus in gold:
        split = "test" if "test" in corpus_files(corpus) else next(iter(corpus_files(corpus)))
        found.append((corpus, read_split(corpus, split)))
    return [(label, comments) for label, comments in found if comments]


def _measure(classifier: LinearClassifier, comments: list[Comment]) -> dict[str, Any]:
    return evaluate(comments, predictions(Analyzer(classifier), comments))


def _headline(figures: Mapping[str, Any]) -> dict[str, Estimate]:
    overall = figures["languages"]["all"]
    stance = {f"stance.{target}": item["macro_f1"] for target, item in overall["stance"].items()}
    return stance | {key: overall[key] for key in ("cited", "rejected", "evidence")}


def _next_minor(version: str) -> str:
    major, minor, *_ = version.split(".")
    return f"{major}.{int(minor) + 1}"


# --- the card --------------------------------------------------------------------------------------------------------

_ROWS = {
    "stance.claim": "stance towards the claim, macro-F1",
    "stance.rse": "stance towards the RSE, macro-F1",
    "cited": "causes cited, mean F1 over the causes",
    "rejected": "causes rejected, F1 pooled over the causes",
    "evidence": "evidence, F1 of pieces that overlap by half",
}


def card(meta: ModelMeta, scores: Mapping[str, Mapping[str, Any]]) -> str:
    """The model's card, in Markdown, from the run that made it."""
    corpora = "\n".join(
        f"- `{name}`: {facts['train']} comments, SHA-256 `{facts['sha256'][:16]}…`"
        for name, facts in meta.corpus.items()
    )
    measured = "\n\n".join(_score_table(label, figures) for label, figures in scores.items())
    trained_on = " ".join(meta.corpus)
    return f"""# {meta.name} {meta.version}

The `{meta.backend}` backend of rsenlp: sparse word and character n-grams and logistic regressions; no torch, no
network. It reads comments on enterprise social networks in {" and ".join(meta.languages)} and predicts stances
towards {" and ".join(meta.targets)}, the causes {", ".join(meta.causes)} (cited, rejected, absent), and evidence.

Made on {meta.created} with `rsenlp train {trained_on} -o models/{meta.name}` (seed {meta.seed}); needs rsenlp
{meta.requires}.

## Trained on

{corpora}

All of this text is synthetic: written with a language model for the project. See the corpora's cards.

## Measured

Each figure with its 95 % bootstrap interval over threads, printed by `rsenlp evaluate`. *ECE* is the expected
calibration error.

{measured}

## How sure it is

Probabilities are tempered per language on held-out threads of the training corpora. The model abstains from a stance
where, on those threads, more than {meta.settings["risk"]:.0%} of what is as unsure was wrong, and from a cause at half
that rate. On text unlike the corpora it is less well calibrated than these figures say.

## Limits

It reads words, not the world: irony, quotation and allusion mislead it, and the causes of a reply that says little.
Comments in other languages are left unread. It is meant for figures over many comments, with their intervals, and for
finding quotes; not for judging a person by a comment.
"""


def _score_table(label: str, figures: Mapping[str, Any]) -> str:
    languages = figures["languages"]
    head = f"### {label}: {figures['comments']} comments, {figures['threads']} threads\n\n"
    head += "| | " + " | ".join(languages) + " |\n|---|" + "---|" * len(languages) + "\n"
    rows = []
    for key, title in _ROWS.items():
        cells = [str(_headline({"languages": {"all": part}})[key]) for part in languages.values()]
        rows.append(f"| {title} | " + " | ".join(cells) + " |")
    for section in ("stance", "causes"):
        for task in languages["all"][section]:
            cells = [str(part[section][task]["calibration_error"]) for part in languages.values()]
            rows.append(f"| {task}, ECE | " + " | ".join(cells) + " |")
    return head + "\n".join(rows)
