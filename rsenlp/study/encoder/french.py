"""Teaching French to an English encoder before it learns the task.

1. The vocabulary takes in French word pieces. Each starts from the English pieces that it is translated by (IBM
   model 1 over the parallel sentences; Brown et al. 1993) and from the old pieces that it was written with.
2. Both sides of each pair are pulled to the vector that the untouched encoder gives the English side (Reimers and
   Gurevych 2020, "Making monolingual sentence embeddings multilingual using knowledge distillation").
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rsenlp.study.encoder.config import FrenchConfig

Say = Callable[[str], None]
SentencePair = tuple[str, str]
"""A French sentence and an English one of the same meaning."""


def split_pairs(pairs: Sequence[SentencePair], config: FrenchConfig) -> tuple[list[SentencePair], list[SentencePair]]:
    """The pairs to learn from, and those held out to measure."""
    order = np.random.default_rng(config.seed).permutation(len(pairs))
    return [pairs[row] for row in order[config.held_out :]], [pairs[row] for row in order[: config.held_out]]


def extend_vocabulary(tokenizer: Any, texts: Iterable[str], config: FrenchConfig) -> tuple[Any, list[str]]:
    """A tokenizer with the pieces that French texts are made of added to its own.

    Returns:
        The new tokenizer, and the added pieces in the order of their numbers, which follow the old ones.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.trainers import WordPieceTrainer

    learner = Tokenizer(WordPiece(unk_token="[UNK]"))  # noqa: S106
    learner.normalizer, learner.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    trainer = WordPieceTrainer(vocab_size=config.pieces, min_frequency=config.min_count, show_progress=False)
    learner.train_from_iterator(texts, trainer)
    state = json.loads(tokenizer.to_str())
    vocabulary: dict[str, int] = state["model"]["vocab"]
    found = sorted(learner.get_vocab().items(), key=lambda item: item[1])
    added = [piece for piece, _ in found if piece not in vocabulary and len(piece.removeprefix("##")) > 1]
    vocabulary.update({piece: len(vocabulary) + number for number, piece in enumerate(added)})
    extended = Tokenizer.from_str(json.dumps(state))
    extended.no_padding()
    extended.no_truncation()
    return extended, added


def embed_pieces(
    old: NDArray[np.float32],
    tokenizer: Any,
    extended: Any,
    added: Sequence[str],
    pairs: Sequence[SentencePair],
    config: FrenchConfig,
) -> NDArray[np.float32]:
    """Starting vectors of added pieces.

    Args:
        old: the encoder's word vectors, shape (old pieces, width).
        tokenizer: the old tokenizer.
        extended: the new one.
        added: the pieces, as from :func:`extend_vocabulary`.
        pairs: French and English sentences of the same meaning.
        config: the knobs.

    Returns:
        shape (added pieces, width).
    """
    written = np.stack([old[_old_pieces(tokenizer, piece)].mean(axis=0) for piece in added])
    french = [np.unique(extended.encode(fr, add_special_tokens=False).ids) for fr, _ in pairs]
    english = [np.unique(tokenizer.encode(en, add_special_tokens=False).ids) for _, en in pairs]
    translated = np.zeros_like(written)
    known = np.zeros(len(added), dtype=np.bool_)
    for piece, others, shares in _translations(french, english):
        row = piece - len(old)
        if row >= 0:
            translated[row] = shares @ old[others]
            known[row] = True
    # an average of many vectors is shorter than one: bring it back to a usual length
    usual = np.linalg.norm(old, axis=1).mean()
    mixed = np.where(known[:, None], config.translation_weight * _scaled(translated, usual), 0) + np.where(
        known[:, None], 1 - config.translation_weight, 1
    ) * _scaled(written, usual)
    return _scaled(mixed, usual).astype(np.float32)


def _old_pieces(tokenizer: Any, piece: str) -> list[int]:
    inner = piece.startswith("##")
    ids: list[int] = tokenizer.encode(("a" if inner else "") + piece.removeprefix("##"), add_special_tokens=False).ids
    return ids[1:] or ids if inner else ids


def _scaled(vectors: NDArray[np.float32], length: float) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(norms, 1e-6) * length
    return scaled


def _translations(
    french: Sequence[NDArray[np.int64]], english: Sequence[NDArray[np.int64]], rounds: int = 6, most: int = 4
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
    """The likeliest English pieces of each French one with their shares: IBM model 1 by expectation maximisation."""
    left = np.concatenate([np.repeat(fr, len(en)) for fr, en in zip(french, english, strict=True)])
    right = np.concatenate([np.tile(en, len(fr)) for fr, en in zip(french, english, strict=True)])
    # one cell per (sentence, English piece): its mass is shared among the French pieces of the sentence
    starts = np.cumsum([0, *[len(en) for en in english]])
    cell = np.concatenate([np.tile(np.arange(starts[i], starts[i + 1]), len(fr)) for i, fr in enumerate(french)])
    width = int(right.max()) + 1
    keys, entry = np.unique(left * width + right, return_inverse=True)
    piece, other = keys // width, keys % width
    table: NDArray[np.float64] = np.ones(len(keys))
    for _ in range(rounds):
        mass = table[entry]
        mass /= np.bincount(cell, mass)[cell]
        table = np.bincount(entry, mass).astype(np.float64)
        table /= np.bincount(piece, table)[piece]
    bounds: NDArray[np.int64] = np.flatnonzero(np.r_[True, piece[1:] != piece[:-1], True])
    for start, end in itertools.pairwise(bounds):
        best = start + np.argsort(-table[start:end])[:most]
        yield int(piece[start]), other[best], table[best] / table[best].sum()


class _Vectors:
    """Mean vectors of sentences under an encoder."""

    def __init__(self, encoder: Any, tokenizer: Any, longest: int) -> None:
        self.encoder, self.tokenizer, self.longest = encoder, tokenizer, longest

    def batch(self, texts: Sequence[str]) -> torch.Tensor:
        """Shape: (texts, width)."""
        rows = [self.tokenizer.encode(text).ids[: self.longest] for text in texts]
        length = max(map(len, rows))
        ids = torch.zeros(len(rows), length, dtype=torch.long)
        mask = torch.zeros(len(rows), length)
        for row, found in enumerate(rows):
            ids[row, : len(found)] = torch.tensor(found)
            mask[row, : len(found)] = 1
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)

    @torch.no_grad()
    def all(self, texts: Sequence[str], size: int = 128) -> torch.Tensor:
        self.encoder.eval()
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        found = torch.zeros(len(texts), self.encoder.config.hidden_size)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            found[rows] = self.batch([texts[row] for row in rows])
        return found


def retrieval_accuracy(left: torch.Tensor, right: torch.Tensor) -> float:
    """The share of sentences whose nearest neighbour (cosine) on the other side is their own translation."""
    scores = nn.functional.normalize(left) @ nn.functional.normalize(right).T
    return float((scores.argmax(1) == torch.arange(len(left))).float().mean())


def teach_french(
    teacher: Any,
    student: Any,
    tokenizer: Any,
    extended: Any,
    learnt: Sequence[SentencePair],
    held: Sequence[SentencePair],
    config: FrenchConfig,
    *,
    say: Say = print,
) -> dict[str, float]:
    """Pull both sides of parallel sentences to the teacher's vector of the English side; the student learns in place.

    Returns:
        The share of held-out French sentences that find their translation, before and after.
    """
    random = np.random.default_rng(config.seed)
    torch.manual_seed(config.seed)
    english = _Vectors(teacher, tokenizer, config.longest)
    both = _Vectors(student, extended, config.longest)
    targets = english.all([en for _, en in learnt])
    scale = float(targets.var(0).sum())
    held_targets = english.all([en for _, en in held])
    before = retrieval_accuracy(both.all([fr for fr, _ in held]), held_targets)
    say(f"French before: {before:.3f} of held-out sentences find their translation")
    groups = [
        {"params": list(student.embeddings.parameters()), "lr": config.embedding_rate},
        {"params": list(student.encoder.parameters()), "lr": config.encoder_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    per_epoch = len(learnt) // config.batch
    steps = per_epoch * config.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.05 * steps), max(0.02, 1 - step / steps))
    )
    for epoch in range(config.epochs):
        student.train()
        total = 0.0
        for rows in _batches([len(fr) for fr, _ in learnt], config.batch, random):
            target = targets[rows]
            loss = torch.zeros(())
            for side in (0, 1):
                found = both.batch([learnt[row][side] for row in rows])
                loss = loss + (found - target).pow(2).sum(1).mean() / scale
                near = nn.functional.normalize(found) @ nn.functional.normalize(target).T
                loss = loss + 0.1 * nn.functional.cross_entropy(near * 20, torch.arange(len(rows)))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        after = retrieval_accuracy(both.all([fr for fr, _ in held]), held_targets)
        say(f"French, epoch {epoch + 1} of {config.epochs}: loss {total / per_epoch:.3f}, finds {after:.3f}")
    return {"before": before, "after": after}


def _batches(lengths: Sequence[int], size: int, random: np.random.Generator) -> Iterator[list[int]]:
    """Rows of similar lengths together, in a random order of batches; a last batch that is not full is left out."""
    order = random.permutation(len(lengths))
    window = size * 20
    batches = []
    for start in range(0, len(order), window):
        part = sorted(order[start : start + window].tolist(), key=lambda row: lengths[row])
        batches += [part[i : i + size] for i in range(0, len(part), size)]
    random.shuffle(batches)
    yield from (batch for batch in batches if len(batch) == size)
