"""From corpora to a model's folder: train, measure, write the card."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from rsenlp import __version__
from rsenlp.analyzer import Analyzer, load
from rsenlp.artifact import VOCABULARY, WEIGHTS, ModelMeta, arrays_file, read_meta, vocabulary_file, write_model
from rsenlp.classifiers import load_classifier
from rsenlp.classifiers.ensemble import EnsembleClassifier
from rsenlp.classifiers.linear import LinearClassifier
from rsenlp.codebook import Codebook, codebook
from rsenlp.corpora import corpus_files, corpus_hash, read_parallel, read_split
from rsenlp.discussion import Comment
from rsenlp.errors import UsageError
from rsenlp.study.calibrate import Held, decision_thresholds, priors_of
from rsenlp.study.claims import LabelledClaim, claim_examples, corpus_claims, under_other_claims
from rsenlp.study.corpus import corpus_pairs
from rsenlp.study.crossings import Crossing, corpus_crossings
from rsenlp.study.encoder.config import EncoderConfig
from rsenlp.study.evaluate import evaluate, predictions
from rsenlp.study.examples import (
    SentenceExamples,
    batch_number,
    examples,
    in_natural_proportions,
    joined,
    sentence_examples,
    translated_examples,
)
from rsenlp.study.metrics import Estimate, to_plain
from rsenlp.study.robustness import Outcome, load_suite, run_suite
from rsenlp.study.train import TrainConfig, train_linear
from rsenlp.text import SUPPORTED


@dataclass(frozen=True, slots=True)
class _Material:
    """What a backend is trained on."""

    train: list[Comment]
    validation: list[Comment]
    sentences: list[tuple[int, SentenceExamples]]
    translated: SentenceExamples
    parallel: list[tuple[str, str]]
    claims: list[LabelledClaim]
    crossings: list[Crossing]


@dataclass(frozen=True, slots=True)
class _Made:
    """What a backend makes of it: the files of the model's folder, and what ``meta.json`` says of them."""

    files: dict[str, bytes]
    settings: dict[str, Any]
    thresholds: dict[str, Any]


def train_model(
    corpora: Sequence[str],
    output: Path,
    *,
    name: str,
    version: str,
    config: TrainConfig | EncoderConfig,
    parallel: Sequence[str] = (),
    work: Path | None = None,
    gold: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> ModelMeta:
    """Train a backend on the train splits of corpora and write its folder, card included.

    It is measured on the test splits of the same corpora and on those of ``gold``; the figures go into ``meta.json``
    and the card. The encoder is calibrated on the validation splits.

    Args:
        corpora: names or paths of annotated corpora.
        output: the model's folder.
        name: the model's name.
        version: its version.
        config: which backend, and its knobs.
        parallel: names or paths of corpora of parallel sentences.
        work: where the encoder's training keeps its state; beside ``output`` by default.
        gold: corpora to measure on.
        say: is told the progress.

    Raises:
        UsageError: no such corpus or base, or a library of the training is not installed.
        InputError: a record breaks the contract, has no annotation, or there are too few threads.
    """
    book = codebook()
    train = {corpus: read_split(corpus, "train") for corpus in corpora}
    comments = [comment for split in train.values() for comment in split]
    translations = [pair for corpus in parallel for pair in read_parallel(corpus)]
    material = _Material(
        train=comments,
        validation=_validation(corpora),
        sentences=[
            (min(map(batch_number, split), default=1), _sentences(corpus, book)) for corpus, split in train.items()
        ],
        translated=translated_examples(translations, comments, book=book),
        parallel=translations,
        claims=[claim for corpus in corpora for claim in corpus_claims(corpus)],
        crossings=[crossing for corpus in corpora for crossing in corpus_crossings(corpus)],
    )
    encoder = isinstance(config, EncoderConfig)
    meta = ModelMeta(
        name=name,
        version=version,
        backend="encoder" if encoder else "linear",
        requires=f">={__version__},<{_next_minor(__version__)}",
        languages=SUPPORTED,
        codebook=book.version,
        targets=tuple(book.targets),
        causes=tuple(book.causes),
        themes=tuple(book.themes),
        corpus={corpus: {"sha256": corpus_hash(corpus), "train": len(split)} for corpus, split in train.items()},
        seed=config.seed,
        created=datetime.now(UTC).date().isoformat(),
    )
    if isinstance(config, EncoderConfig):
        made = _encoder(material, config, meta, work or output.with_name(output.name + ".work"), say)
    else:
        made = _linear(material, config, meta, say)
    made = replace(made, settings=made.settings | {"parallel": list(parallel)})
    return _write(output, meta, made, corpora, gold, say)


def _validation(corpora: Sequence[str]) -> list[Comment]:
    """What probabilities are calibrated on: the mix of labels there is that of real threads where it can be."""
    held = [c for corpus in corpora if "validation" in corpus_files(corpus) for c in read_split(corpus, "validation")]
    return in_natural_proportions(held)


def _sentences(corpus: str, book: Codebook) -> SentenceExamples:
    """The sentences of a corpus that stand without a comment: sides of minimal pairs, and claims."""
    return joined(sentence_examples(corpus_pairs(corpus), book=book), claim_examples(corpus_claims(corpus), book=book))


def make_ensemble(
    members: Sequence[Path],
    corpora: Sequence[str],
    output: Path,
    *,
    name: str,
    version: str,
    risk: float = 0.35,
    gold: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> ModelMeta:
    """Make a model that asks several together, with thresholds of its own from the validation splits of corpora.

    Args:
        members: folders of models, which lie beside ``output``.
        corpora: names or paths of annotated corpora.
        output: the model's folder.
        name: the model's name.
        version: its version.
        risk: the share of wrong labels from which on a stance is not decided.
        gold: corpora to measure on.
        say: is told the progress.

    Raises:
        UsageError: a member lies elsewhere, or no corpus has a validation split.
    """
    if misplaced := [str(member) for member in members if member.resolve().parent != output.resolve().parent]:
        raise UsageError(f"members lie beside the ensemble, in {output.parent}; got {', '.join(misplaced)}")
    metas = [read_meta(member) for member in members]
    held = _validation(corpora)
    if not held:
        raise UsageError("an ensemble takes its thresholds from a validation split; none of the corpora has one")
    book = codebook()
    first = metas[0]
    settings = {
        "members": [meta.id.to_dict() for meta in metas],
        "risk": risk,
        "parallel": first.settings.get("parallel", []),
        "base": next((meta.settings["base"] for meta in metas if "base" in meta.settings), {}),
    }
    meta = replace(
        first, name=name, version=version, backend="ensemble", settings=settings, scores={}, files={}, thresholds={}
    )
    data = examples(held)
    scores = EnsembleClassifier(meta, [load_classifier(str(member)) for member in members]).score(data.readings)
    answers = Held(
        causes=np.stack([item.causes for item in scores]),
        sentences=np.concatenate([item.sentences for item in scores]),
        stance=np.stack([item.stance for item in scores]),
    )
    settings["priors"] = priors_of(data, book)
    made = _Made({}, settings, decision_thresholds(answers, data, risk, book))
    return _write(output, meta, made, corpora, gold, say)


def _write(
    output: Path,
    meta: ModelMeta,
    made: _Made,
    corpora: Sequence[str],
    gold: Sequence[str],
    say: Callable[[str], None],
) -> ModelMeta:
    """Write a model's folder, measure what was written, and write its card."""
    meta = replace(meta, settings=made.settings, thresholds=made.thresholds)
    meta = write_model(output, meta, files=made.files, card="")
    analyzer = load(str(output))
    scores = {label: _measure(analyzer, split) for label, split in _measured(corpora, gold)}
    for label, figures in scores.items():
        say(f"{label}: " + ", ".join(f"{key} {value}" for key, value in _headline(figures).items()))
    plain = {label: to_plain(_headline(figures)) for label, figures in scores.items()}
    meta = replace(meta, scores=plain)
    outcomes = run_suite(analyzer, load_suite())
    return write_model(output, meta, files=made.files, card=card(meta, scores, outcomes))


def _linear(material: _Material, config: TrainConfig, meta: ModelMeta, say: Callable[[str], None]) -> _Made:
    told = under_other_claims(material.train, material.claims, config.other_claims, seed=config.seed)
    data = examples([*material.train, *told])
    more = joined(*(sentences for _, sentences in material.sentences), material.translated)
    trained = train_linear(data, config, more=more, say=say)
    settings = {
        "temperatures": trained.temperatures,
        "risk": config.risk,
        "priors": priors_of(examples(material.train), codebook()),
    }
    classifier = LinearClassifier(replace(meta, settings=settings), trained.parts)
    files = {
        WEIGHTS: arrays_file(classifier.arrays()),
        VOCABULARY: vocabulary_file({"terms": trained.parts.index.names}),
    }
    return _Made(files, settings, trained.thresholds)


def _encoder(
    material: _Material, config: EncoderConfig, meta: ModelMeta, work: Path, say: Callable[[str], None]
) -> _Made:
    try:
        from rsenlp.study.encoder.finetune import TRANSLATED
        from rsenlp.study.encoder.recipe import train_encoder
    except ImportError as error:
        raise UsageError(
            f"training the encoder needs {error.name}. Install what it takes: pip install 'rsenlp[train]'"
        ) from error
    if not material.validation:
        raise UsageError("the encoder is calibrated on a validation split; none of the corpora has one")
    trained = train_encoder(
        material.train,
        material.validation,
        work,
        config,
        meta=meta,
        alone=[*material.sentences, (TRANSLATED, material.translated)],
        claims=material.claims,
        crossings=material.crossings,
        parallel=material.parallel,
        book=codebook(),
        say=say,
    )
    return _Made(trained.files, trained.settings, trained.thresholds)


def _measured(corpora: Sequence[str], gold: Sequence[str]) -> list[tuple[str, list[Comment]]]:
    found = [(f"{corpus} (test)", read_split(corpus, "test")) for corpus in corpora if "test" in corpus_files(corpus)]
    for corpus in gold:
        split = "test" if "test" in corpus_files(corpus) else next(iter(corpus_files(corpus)))
        found.append((corpus, read_split(corpus, split)))
    return [(label, comments) for label, comments in found if comments]


def _measure(analyzer: Analyzer, comments: list[Comment]) -> dict[str, Any]:
    return evaluate(comments, predictions(analyzer, comments))


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


_DESCRIPTIONS = {
    "linear": """sparse word and character n-grams and logistic regressions; no torch, no network access.""",
    "encoder": """a small pre-trained encoder ({base}), fine-tuned to read the claim, the parent and the comment at
once, for both stances, each sentence's causes and its themes. Its weights have 8 bits; it is run by onnxruntime,
without torch and without network access.""",
    "ensemble": """{members} asked together: the geometric mean of their probabilities, with thresholds of its own.
The members lie in folders beside this one; their cards say what they are.""",
}


def card(meta: ModelMeta, scores: Mapping[str, Mapping[str, Any]], outcomes: Sequence[Outcome] = ()) -> str:
    """The model's card, in Markdown, from the run that made it."""
    corpora = "\n".join(
        f"- `{name}`: {facts['train']} comments, SHA-256 `{facts['sha256'][:16]}…`"
        for name, facts in meta.corpus.items()
    )
    measured = "\n\n".join(_score_table(label, figures) for label, figures in scores.items())
    trained_on = " ".join(meta.corpus)
    parallel = "".join(f" --parallel {name}" for name in meta.settings.get("parallel", ()))
    members = [member["name"] for member in meta.settings.get("members", ())]
    options = "".join(f" --member models/{member}" for member in members)
    backend = "" if meta.backend == "linear" else f" --backend {meta.backend}{options}"
    command = f"rsenlp train {trained_on}{parallel}{backend} -o models/{meta.name}"
    base = meta.settings.get("base", {})
    description = _DESCRIPTIONS[meta.backend].format(
        base=base.get("name", ""), members=" and ".join(f"`{member}`" for member in members)
    )
    return f"""# {meta.name} {meta.version}

The `{meta.backend}` backend of rsenlp: {description}
It reads comments on enterprise social networks in {" and ".join(meta.languages)} and predicts stances towards
{" and ".join(meta.targets)}, the causes {", ".join(meta.causes)} (cited, rejected, absent), and evidence.

Made on {meta.created} with `{command}` (seed {meta.seed}); needs rsenlp {meta.requires}.

## Trained on

{corpora}

All of this text is synthetic: written with a language model for the project. See the corpora's cards.
{_base_credit(base)}
## Measured

Each figure with its 95 % bootstrap interval over threads, printed by `rsenlp evaluate`. *ECE* is the expected
calibration error.

{measured}

## Behaviour

Share of cases that fail in the behavioural tests (`rsenlp robustness`), which are not trained on.

{_behaviour_table(outcomes)}

## How sure it is

Probabilities are tempered per language on held-out threads of the training corpora. The model abstains from a stance
where, on those threads, more than {meta.settings["risk"]:.0%} of what is as unsure was wrong, and from a cause at half
that rate. On text unlike the corpora it is less well calibrated than these figures say.

## Limits

It reads words, not the world: irony, quotation and allusion mislead it, and the causes of a reply that says little.
Comments in other languages are left unread. It is meant for figures over many comments, with their intervals, and for
finding quotes; not for judging a person by a comment.
"""


def _base_credit(base: Mapping[str, str]) -> str:
    if not base:
        return ""
    return f"""
Base: `{base["name"]}` ({base["licence"]}), whose weights have the SHA-256 `{base["sha256"]}`.
"""


def _behaviour_table(outcomes: Sequence[Outcome]) -> str:
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for item in outcomes:
        rows.setdefault((item.kind, item.name), {})[item.lang] = f"{item.failure_rate:.0%} of {item.cases}"
    table = "| | test | " + " | ".join(SUPPORTED) + " |\n|---|---|" + "---|" * len(SUPPORTED) + "\n"
    return table + "\n".join(
        f"| {kind} | {name} | " + " | ".join(cells.get(lang, "") for lang in SUPPORTED) + " |"
        for (kind, name), cells in rows.items()
    )


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
