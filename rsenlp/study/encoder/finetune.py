"""Fine-tuning: both stances, each sentence's causes and its themes, learnt at once from annotated comments.

Three phases. The first reads the earlier batches of the corpora and translated sentences at a constant rate; the second
those up to a later batch, with a rate that falls to nothing; the third the batches after it, with comments under claims
that they were not written for and some of the earlier ones, so that these are not forgotten. Corpora whose comments
name no later batch have one phase with everything. Batches that were written to a flat quota, and not in the
proportions of real threads, do not teach the stance towards the claim after the first phase. Every so many steps the
state is written, so that training that was cut off goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from rsenlp.classifiers import Reading
from rsenlp.classifiers.encoding import InputEncoder, Window
from rsenlp.classifiers.pooling import ABSENT, CITED, REJECTED
from rsenlp.codebook import Codebook
from rsenlp.study.encoder.config import FinetuneConfig
from rsenlp.study.encoder.network import Network, batch_of
from rsenlp.study.examples import Examples, SentenceExamples, batch_number

Say = Callable[[str], None]
IGNORED = -100
CLAIM = 0
"""Which of the targets the claim is."""
TRANSLATED = 0
"""What stands for the batch of a translated sentence."""
_WEIGHTS, _OPTIMIZER, _STATE = "network.safetensors", "optimizer.safetensors", "state.json"


@dataclass(slots=True)
class Rows:
    """What is learnt from: windows with their labels, in the shapes of :class:`rsenlp.study.train.Examples`."""

    windows: list[Window] = field(default_factory=list)
    alone: list[Window | None] = field(default_factory=list)
    statuses: list[NDArray[np.int64]] = field(default_factory=list)
    themes: list[NDArray[np.int64]] = field(default_factory=list)
    stance: list[NDArray[np.int64]] = field(default_factory=list)
    corpus_batch: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.windows)

    def fingerprint(self, rows: Sequence[int]) -> str:
        """A hash of the pieces of some rows."""
        digest = hashlib.sha256()
        for row in rows:
            digest.update(self.windows[row].ids.tobytes())
        return digest.hexdigest()


def rows_of(
    data: Examples,
    inputs: InputEncoder,
    alone: Sequence[tuple[int, SentenceExamples]],
    *,
    book: Codebook,
    text_once: bool = False,
) -> Rows:
    """Annotated comments, and sentences without a comment (with the batch they belong to), as rows to learn from.

    Args:
        data: the comments.
        inputs: cuts them into windows.
        alone: sentences.
        book: the codebook of the labels.
        text_once: whether a text that comes again, under another claim, teaches the stance towards that claim alone.
    """
    found = Rows()
    bounds = np.searchsorted(data.owner, np.arange(len(data.comments) + 1))
    for number, (comment, reading) in enumerate(zip(data.comments, data.readings, strict=True)):
        windows = inputs.windows(reading)
        free = reading.parent is not None and "needs-parent" not in (comment.extra.get("tags") or ())
        without = inputs.windows(_without_parent(reading)) if free else []
        for position, window in enumerate(windows):
            start = bounds[number] + window.first
            found.windows.append(window)
            found.alone.append(without[position] if len(without) == len(windows) else None)
            statuses, themes = (part[start : start + window.count] for part in (data.statuses, data.themes))
            stance = data.stance[number]
            if text_once and not data.first_of_text[number]:
                statuses, themes = np.full_like(statuses, IGNORED), np.full_like(themes, -1)
                stance = np.where(np.arange(len(stance)) == CLAIM, stance, IGNORED)
            found.statuses.append(statuses)
            found.themes.append(themes)
            found.stance.append(stance)
            found.corpus_batch.append(batch_number(comment))
    for batch, more in alone:
        for row, sentence in enumerate(more.sentences):
            (window, *_) = inputs.windows(Reading(sentence, "", (sentence,)))
            found.windows.append(window)
            found.alone.append(None)
            found.statuses.append(more.statuses[row : row + 1])
            found.themes.append(more.themes[row : row + 1])
            found.stance.append(np.full(len(book.targets), IGNORED))
            found.corpus_batch.append(batch)
    return found


def _without_parent(reading: Reading) -> Reading:
    return Reading(reading.text, reading.lang, reading.sentences, reading.claim)


@dataclass(frozen=True, slots=True)
class _Phase:
    rows: list[int]
    epochs: int
    falls: bool
    claim_from: int = 0
    rate: float = 1.0

    def steps(self, batch: int) -> int:
        return self.epochs * (-(-len(self.rows) // batch))


def finetune(
    network: Network,
    rows: Rows,
    config: FinetuneConfig,
    folder: Path,
    *,
    mask_piece: int,
    book: Codebook,
    say: Say = print,
    after_epoch: Callable[[Network, str], None] = lambda network, name: None,
) -> None:
    """Fit the network in place.

    Args:
        network: as built; its state is read from ``folder`` where training was cut off there.
        rows: what to learn from.
        config: the knobs.
        folder: where the state is kept.
        mask_piece: the number of the piece that hides another.
        book: the codebook of the labels.
        say: is told the progress.
        after_epoch: is called with the network at the end of every epoch.
    """
    phases = _phases(rows, config)
    optimizer = torch.optim.AdamW(_groups(network, config), fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    done = _resume(network, optimizer, folder, config, say)
    column_of = _theme_columns(book)
    step = 0
    for number, phase in enumerate(phases):
        total = phase.steps(config.batch)
        taken = 0
        # word vectors, most of the parameters, have settled after the first phase
        network.encoder.get_input_embeddings().weight.requires_grad_(number == 0)
        for epoch in range(phase.epochs):
            name = f"phase {number + 1} of {len(phases)}, epoch {epoch + 1} of {phase.epochs}"
            losses: list[float] = []
            for batch in _batches(rows, phase.rows, config, seed=1000 * number + epoch):
                step, taken = step + 1, taken + 1
                if step <= done:
                    continue
                left = phase.rate * (max(0.02, 1 - taken / total) if phase.falls else 1.0)
                for group, rate in zip(optimizer.param_groups, rates, strict=True):
                    group["lr"] = rate * left * min(1.0, step / config.warm_up)
                random = np.random.default_rng([config.seed, step])
                torch.manual_seed(config.seed + step)
                loss = _loss(network, rows, batch, config, random, mask_piece, column_of, phase.claim_from)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                losses.append(float(loss.detach()))
                if step % config.save_every == 0:
                    _save(network, optimizer, folder, config, step)
                    say(f"{name}: step {taken} of {total}, loss {np.mean(losses[-config.save_every :]):.3f}")
            if losses:
                _save(network, optimizer, folder, config, step)
                after_epoch(network, name)


def _phases(rows: Rows, config: FinetuneConfig) -> list[_Phase]:
    everything = list(range(len(rows)))
    early = [row for row in everything if rows.corpus_batch[row] <= config.first_batch]
    if len(early) == len(everything):
        return [_Phase(everything, config.epochs, falls=True)]
    middle = [row for row in everything if TRANSLATED != rows.corpus_batch[row] <= config.middle_batch]
    late = [row for row in everything if rows.corpus_batch[row] > config.middle_batch]
    phases = [
        _Phase(early, config.first_epochs, falls=False),
        _Phase(middle, config.epochs, falls=True, claim_from=config.claim_from_batch),
    ]
    if late:
        natural = [row for row in middle if rows.corpus_batch[row] >= config.claim_from_batch]
        draws = np.random.default_rng([config.seed, len(natural)])
        again = draws.permutation(natural)[: config.rehearsed].tolist()
        phases.append(_Phase(late + again, config.last_epochs, falls=True, rate=config.last_rate))
    return phases


def _groups(network: Network, config: FinetuneConfig) -> list[dict[str, Any]]:
    """Parameters by rate (encoder, heads) and by whether they decay (matrices do)."""
    groups = []
    for inside, rate in ((True, config.encoder_rate), (False, config.head_rate)):
        for matrices in (True, False):
            chosen = [
                parameter
                for name, parameter in network.named_parameters()
                if name.startswith("encoder.") == inside and (parameter.ndim > 1) == matrices
            ]
            groups.append({"params": chosen, "lr": rate, "weight_decay": config.weight_decay if matrices else 0.0})
    return groups


def _batches(rows: Rows, chosen: Sequence[int], config: FinetuneConfig, *, seed: int) -> Iterator[list[int]]:
    """Every row once, rows of similar lengths together, the batches in a random order."""
    random = np.random.default_rng([config.seed, seed])
    order = random.permutation(np.array(chosen))
    window = config.batch * 20
    batches = []
    for start in range(0, len(order), window):
        part = sorted(order[start : start + window].tolist(), key=lambda row: len(rows.windows[row].ids))
        batches += [part[at : at + config.batch] for at in range(0, len(part), config.batch)]
    yield from (batches[number] for number in random.permutation(len(batches)))


def _loss(
    network: Network,
    rows: Rows,
    batch: Sequence[int],
    config: FinetuneConfig,
    random: np.random.Generator,
    mask_piece: int,
    column_of: Sequence[torch.Tensor],
    claim_from: int,
) -> torch.Tensor:
    network.train()
    windows = []
    for row in batch:
        alone = rows.alone[row]
        windows.append(alone if alone is not None and random.random() < config.parent_dropout else rows.windows[row])
    ids, mask, types, by_sentence, by_part = batch_of(windows)
    hidden = torch.from_numpy(random.random(ids.shape) < config.word_dropout) & (by_sentence.sum(1) > 0)
    stance, causes, themes = network(ids.masked_fill(hidden, mask_piece), mask, types, by_sentence, by_part)
    most = by_sentence.shape[1]
    status = torch.full((len(batch), most, network.shape.causes), IGNORED)
    theme = torch.full((len(batch), most, network.shape.causes), IGNORED)
    for position, row in enumerate(batch):
        count = len(rows.statuses[row])
        status[position, :count] = torch.from_numpy(rows.statuses[row])
        theme[position, :count] = torch.from_numpy(rows.themes[row])
    truth = torch.from_numpy(np.stack([rows.stance[row] for row in batch]))
    truth[torch.tensor([rows.corpus_batch[row] < claim_from for row in batch]), CLAIM] = IGNORED
    loss = torch.zeros(())
    for target in range(network.shape.targets):
        if bool((truth[:, target] >= 0).any()):
            loss = loss + nn.functional.cross_entropy(
                stance[:, target], truth[:, target], label_smoothing=config.label_smoothing, ignore_index=IGNORED
            )
    weights = torch.tensor(config.status_weights)
    if bool((status >= 0).any()):
        loss = loss + 2 * nn.functional.cross_entropy(
            causes.reshape(-1, 3), status.reshape(-1), weight=weights, ignore_index=IGNORED
        )
    for cause in range(network.shape.causes):
        own = column_of[cause]
        known = theme[..., cause] >= 0
        if bool(known.any()):
            part = nn.functional.cross_entropy(themes[known][:, own], theme[..., cause][known], reduction="sum")
            loss = loss + config.theme_weight * part / (theme >= 0).sum()
    return loss


def _theme_columns(book: Codebook) -> list[torch.Tensor]:
    """For each cause, the columns of its themes among those of all."""
    found, start = [], 0
    for cause in book.causes.values():
        found.append(torch.arange(start, start + len(cause.themes)))
        start += len(cause.themes)
    return found


# --- the state of training, kept on disk -----------------------------------------------------------------------------


def _save(network: Network, optimizer: torch.optim.Optimizer, folder: Path, config: FinetuneConfig, step: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for number, parameter in enumerate(_ordered(optimizer)):
        state = optimizer.state[parameter]
        for key in ("exp_avg", "exp_avg_sq"):
            tensors[f"{number}.{key}"] = state[key].contiguous()
        tensors[f"{number}.step"] = state["step"].reshape(1)
    for name, content in ((_WEIGHTS, network.state_dict()), (_OPTIMIZER, tensors)):
        save_file({key: value.contiguous() for key, value in content.items()}, folder / f"{name}.tmp")
        os.replace(folder / f"{name}.tmp", folder / name)
    (folder / _STATE).write_text(json.dumps({"step": step, "config": asdict(config)}), encoding="utf-8")


def _resume(network: Network, optimizer: torch.optim.Optimizer, folder: Path, config: FinetuneConfig, say: Say) -> int:
    """The steps that were already taken, their state read back."""
    path = folder / _STATE
    if not path.is_file():
        return 0
    state = json.loads(path.read_text(encoding="utf-8"))
    network.load_state_dict(load_file(folder / _WEIGHTS))
    tensors = load_file(folder / _OPTIMIZER)
    for number, parameter in enumerate(_ordered(optimizer)):
        optimizer.state[parameter] = {
            "step": tensors[f"{number}.step"].reshape(()),
            "exp_avg": tensors[f"{number}.exp_avg"],
            "exp_avg_sq": tensors[f"{number}.exp_avg_sq"],
        }
    say(f"goes on after step {state['step']}")
    return int(state["step"])


def _ordered(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def likeliest(probabilities: NDArray[np.float64], least: float = 0.4) -> NDArray[np.int64]:
    """Statuses of comments from the highest probabilities of their sentences. Shape: (comments, causes)."""
    cited, rejected = probabilities[..., CITED], probabilities[..., REJECTED]
    return np.where((cited >= least) & (cited >= rejected), CITED, np.where(rejected >= least, REJECTED, ABSENT))
