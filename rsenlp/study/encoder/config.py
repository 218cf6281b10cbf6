"""The knobs of the recipe, readable without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rsenlp.classifiers.encoding import Limits
from rsenlp.study.examples import NATURAL_FROM


@dataclass(frozen=True, slots=True)
class FrenchConfig:
    """Knobs of the teaching. ``pieces`` is the size of the French vocabulary that new pieces are taken from."""

    pieces: int = 9000
    min_count: int = 4
    translation_weight: float = 0.6
    epochs: int = 4
    batch: int = 32
    encoder_rate: float = 1e-4
    embedding_rate: float = 4e-4
    held_out: int = 400
    longest: int = 96
    seed: int = 13


@dataclass(frozen=True, slots=True)
class FinetuneConfig:
    """Knobs of fine-tuning.

    ``first_batch`` and ``middle_batch`` are the last batches of the corpora that the first and the second phase read;
    ``first_epochs``, ``epochs`` and ``last_epochs`` are the lengths of the phases. Batches before ``claim_from_batch``
    do not teach the stance towards the claim in the second. The third starts at ``last_rate`` of the rates, reads
    ``rehearsed`` comments of the second again, and ``other_claims`` ones under claims that they were not written for.
    ``word_dropout`` is the share of a comment's pieces that are hidden, ``parent_dropout`` the share of answers that
    are read without what they answer. ``status_weights`` are those of cited, rejected and absent in the loss.
    """

    seed: int = 13
    first_batch: int = 14
    claim_from_batch: int = NATURAL_FROM
    middle_batch: int = 19
    first_epochs: int = 1
    epochs: int = 2
    last_epochs: int = 2
    last_rate: float = 0.5
    rehearsed: int = 2400
    other_claims: int = 3000
    batch: int = 16
    encoder_rate: float = 8e-5
    head_rate: float = 4e-4
    warm_up: int = 150
    weight_decay: float = 0.01
    word_dropout: float = 0.08
    parent_dropout: float = 0.25
    label_smoothing: float = 0.1
    status_weights: tuple[float, float, float] = (2.0, 3.0, 1.0)
    theme_weight: float = 0.3
    save_every: int = 200


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Knobs of the recipe. ``base`` is a folder with a pre-trained encoder; the default one where it is ``None``.

    What comes last is learnt by itself, once: batches from ``newest_from`` on, comments under the claims that they were
    crossed with, and ``derived`` comments under other claims yet.
    """

    base: Path | None = None
    seed: int = 13
    risk: float = 0.35
    newest_from: int = 26
    derived: int = 3000
    derived_seed: int = 17
    limits: Limits = field(default_factory=Limits)
    french: FrenchConfig = field(default_factory=FrenchConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
