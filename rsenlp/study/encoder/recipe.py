"""The whole recipe: base, French, fine-tuning, export, calibration. Every step leaves its result in a work folder.

A run that was cut off goes on where it was when it is started again with the same work folder.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from rsenlp.artifact import NETWORK, TOKENIZER, WEIGHTS, ModelMeta, arrays_file
from rsenlp.classifiers import FloatArray
from rsenlp.classifiers.encoder import Calibration, EncoderClassifier, RawScores
from rsenlp.classifiers.encoding import InputEncoder
from rsenlp.classifiers.logistic import Linear, tempered
from rsenlp.classifiers.pooling import pool_all
from rsenlp.codebook import Codebook
from rsenlp.discussion import Comment
from rsenlp.errors import UsageError
from rsenlp.study.calibrate import Held, crossed, decision_thresholds, folds_of, priors_of, temperatures
from rsenlp.study.claims import LESSON, LabelledClaim, under_other_claims
from rsenlp.study.crossings import Crossing, under_crossed_claims
from rsenlp.study.encoder.base import Base, find_base
from rsenlp.study.encoder.config import EncoderConfig, FrenchConfig
from rsenlp.study.encoder.export import quantized, to_onnx
from rsenlp.study.encoder.finetune import finetune, rows_of
from rsenlp.study.encoder.french import (
    SentencePair,
    embed_pieces,
    extend_vocabulary,
    split_pairs,
    teach_french,
)
from rsenlp.study.encoder.network import Network, Shape
from rsenlp.study.examples import Examples, SentenceExamples, batch_number, examples

Say = Callable[[str], None]
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class TrainedEncoder:
    """The files of the model's folder, and what its ``meta.json`` says of them."""

    files: dict[str, bytes]
    settings: dict[str, Any]
    thresholds: dict[str, Any]


def train_encoder(
    train: Sequence[Comment],
    validation: Sequence[Comment],
    work: Path,
    config: EncoderConfig,
    *,
    meta: ModelMeta,
    alone: Sequence[tuple[int, SentenceExamples]],
    claims: Sequence[LabelledClaim],
    crossings: Sequence[Crossing],
    parallel: Sequence[SentencePair],
    book: Codebook,
    say: Say = print,
) -> TrainedEncoder:
    """Run the recipe.

    Args:
        train: annotated comments to learn from.
        validation: others, to calibrate on.
        work: where the steps keep their results.
        config: the knobs.
        meta: what the model's folder will say of it; its labels are those of the heads.
        alone: sentences without a comment, to learn causes and themes from besides, with the batch they belong to.
        claims: labelled ones, under which comments are read that were not written for them.
        crossings: claims with what comments of ``train`` think of them.
        parallel: sentences in both languages; only the English default base is taught with them.
        book: the codebook of the labels.
        say: is told the progress.

    Raises:
        UsageError: no such base.
        InputError: comments without annotation, or of too few threads.
    """
    threads = torch.get_num_threads()
    say(f"{threads} threads")
    earlier = [comment for comment in train if batch_number(comment) < config.newest_from]
    base = find_base(config.base)
    encoder, tokenizer = base.encoder(), base.tokenizer()
    if base.is_default and parallel:
        texts = list(dict.fromkeys(comment.text for comment in earlier if comment.lang == "fr"))
        encoder, tokenizer = _in_french(base, texts, parallel, work / "french", config.french, say)
    pieces = _special_pieces(tokenizer)
    inputs = InputEncoder(tokenizer, config.limits, start=pieces["start"], end=pieces["end"])
    told = under_other_claims(earlier, claims, config.finetune.other_claims, seed=config.seed)
    data = examples([*earlier, *told], book=book)
    rows = rows_of(data, inputs, alone, book=book)
    lengths = [len(window.ids) for window in rows.windows]
    say(f"{len(rows)} rows, {np.mean(lengths):.0f} pieces each, at most {max(lengths)}")
    torch.manual_seed(config.seed)
    network = Network(encoder, Shape(len(book.targets), len(book.causes), len(book.themes)))
    mask = pieces["mask"]
    finetune(network, rows, config.finetune, work / "finetune", mask_piece=mask, book=book, say=say)
    newest = [comment for comment in train if batch_number(comment) >= config.newest_from]
    derived = under_other_claims(train, claims, config.derived, seed=config.derived_seed)
    if last := [*newest, *under_crossed_claims(train, crossings), *derived]:
        before = copy.deepcopy(network.state_dict())
        lessons = rows_of(examples(last, book=book), inputs, [], book=book, text_once=True)
        say(f"{len(lessons)} rows of the newest comments and under other claims")
        apart = replace(config.finetune, first_batch=LESSON, epochs=1, head_rate=3.2e-4, warm_up=60)
        finetune(network, lessons, apart, work / "lessons", mask_piece=mask, book=book, say=say)
        network.load_state_dict(_averaged(before, network.state_dict()))
    full = to_onnx(network)
    (work / NETWORK).write_bytes(full)
    small = quantized(full)
    say(f"network: {len(small) / 1e6:.1f} MB")
    settings: dict[str, Any] = {
        "limits": asdict(config.limits),
        "pieces": pieces,
        "risk": config.risk,
        "base": {"name": base.name, "licence": base.licence, "sha256": base.sha256},
    }
    held = examples(validation, book=book)
    files = {NETWORK: small, TOKENIZER: tokenizer.to_str().encode()}
    calibration, thresholds = calibrate(held, files, settings, meta, config, book)
    settings |= {"temperatures": calibration.temperatures, "priors": priors_of(held, book)}
    return TrainedEncoder(files | {WEIGHTS: arrays_file(calibration.arrays(meta.causes))}, settings, thresholds)


def _in_french(
    base: Base, texts: Sequence[str], parallel: Sequence[SentencePair], folder: Path, config: FrenchConfig, say: Say
) -> tuple[Any, Any]:
    """The base after it was taught French, and its tokenizer: those in the folder, or taught now."""
    from tokenizers import Tokenizer

    teacher, tokenizer = base.encoder().eval(), base.tokenizer()
    learnt, held = split_pairs(parallel, config)
    state = folder / "state.json"
    if state.is_file():
        if json.loads(state.read_text(encoding="utf-8"))["base"] != base.sha256:
            raise UsageError(f"{folder} was taught from another base. Give another --work folder, or delete this one")
        say(f"French: taught before, in {folder}")
        extended = Tokenizer.from_file(str(folder / TOKENIZER))
        extended.no_padding()
        extended.no_truncation()
        student = copy.deepcopy(teacher)
        student.resize_token_embeddings(extended.get_vocab_size(), mean_resizing=False)
        student.load_state_dict(load_file(folder / WEIGHTS))
        return student, extended
    extended, added = extend_vocabulary(tokenizer, [*texts, *(fr for fr, _ in parallel)], config)
    say(f"French: {len(added)} word pieces added")
    old: NDArray[np.float32] = teacher.get_input_embeddings().weight.detach().numpy()
    student = copy.deepcopy(teacher)
    student.resize_token_embeddings(len(old) + len(added), mean_resizing=False)
    with torch.no_grad():
        vectors = embed_pieces(old, tokenizer, extended, added, learnt, config)
        student.get_input_embeddings().weight[len(old) :] = torch.from_numpy(vectors)
    found = teach_french(teacher, student, tokenizer, extended, learnt, held, config, say=say)
    folder.mkdir(parents=True, exist_ok=True)
    extended.save(str(folder / TOKENIZER))
    save_file({name: tensor.contiguous() for name, tensor in student.state_dict().items()}, folder / WEIGHTS)
    state.write_text(json.dumps({"base": base.sha256, "finds": found}), encoding="utf-8")
    return student, extended


def _averaged(*states: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The mean of each weight: keeps what was known before a narrower lesson (Wortsman et al. 2022, WiSE-FT)."""
    return {name: torch.stack([state[name].float() for state in states]).mean(0).to(value.dtype)
            for name, value in states[0].items()}  # fmt: skip


def _special_pieces(tokenizer: Any) -> dict[str, int]:
    """The numbers of the pieces that start a text, end one, and hide another."""
    found = {}
    for name, spellings in {"start": ("[CLS]", "<s>"), "end": ("[SEP]", "</s>"), "mask": ("[MASK]", "<mask>")}.items():
        numbers = [number for piece in spellings if (number := tokenizer.token_to_id(piece)) is not None]
        if not numbers:
            raise UsageError(f"a base's tokenizer has a piece {' or '.join(spellings)}; this one has none")
        found[name] = numbers[0]
    return found


# --- how sure --------------------------------------------------------------------------------------------------------


def calibrate(
    data: Examples,
    files: dict[str, bytes],
    settings: dict[str, Any],
    meta: ModelMeta,
    config: EncoderConfig,
    book: Codebook,
) -> tuple[Calibration, dict[str, Any]]:
    """Fit on held-out comments what turns the network's scores into probabilities, and the thresholds of decisions.

    Thresholds are fitted out of fold (folds by thread), so that they meet probabilities as they will be.
    """
    nothing = Calibration((), (), {})
    classifier = EncoderClassifier(replace(meta, settings=settings), files[NETWORK], files[TOKENIZER], nothing)
    raw = [classifier.raw(item) for item in data.readings]
    folds = folds_of(data.groups, _FOLDS, config.seed)
    sentence_models, sentences = _sentence_models(raw, data, folds)
    bounds = np.searchsorted(data.owner, np.arange(len(data.comments) + 1))
    pooled = pool_all([sentences[start:end] for start, end in itertools.pairwise(bounds)])
    pooling, causes = [], []
    for column in range(len(book.causes)):
        model, held_out = crossed(pooled[:, column], data.labels[:, column], folds, 0.3, data.first_of_text, _FOLDS)
        pooling.append(model)
        causes.append(held_out)
    langs = np.array([item.lang for item in data.readings])
    stance = np.stack([item.stance for item in raw])
    tempers = {
        target: temperatures(stance[:, column], data.stance[:, column], langs)
        for column, target in enumerate(book.targets)
    }
    stance = np.stack(
        [
            np.stack(
                [tempered(row[column], tempers[target].get(lang, 1.0)) for column, target in enumerate(book.targets)]
            )
            for row, lang in zip(stance, langs, strict=True)
        ]
    )
    held = Held(causes=np.stack(causes, axis=1), sentences=sentences, stance=stance)
    thresholds = decision_thresholds(held, data, config.risk, book)
    return Calibration(tuple(sentence_models), tuple(pooling), tempers), thresholds


def _sentence_models(
    raw: Sequence[RawScores], data: Examples, folds: NDArray[np.int64]
) -> tuple[list[Linear], FloatArray]:
    """One regression per cause on the log-probabilities of sentences, and the probabilities out of fold."""
    logs = np.concatenate([item.sentences for item in raw])
    own = data.first_of_text[data.owner]
    models, held_out = [], []
    for column in range(logs.shape[1]):
        model, found = crossed(logs[:, column], data.statuses[:, column], folds[data.owner], 1.0, own, _FOLDS)
        models.append(model)
        held_out.append(found)
    return models, np.stack(held_out, axis=1)
