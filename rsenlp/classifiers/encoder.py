"""The accurate backend: a small pre-trained encoder fine-tuned for the task, run by onnxruntime.

It reads claim, parent and comment at once (see ``encoding``). What it scores is then calibrated: each sentence's
causes by a regression on their log-probabilities, the comment's causes pooled from its sentences, the stances by a
temperature per language. Each window is run by itself: the 8-bit network scales its numbers by the largest one
that it meets, and nothing in a batch shall change what is said of its neighbour.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsenlp.artifact import NETWORK, TOKENIZER, ModelMeta, read_arrays, read_file
from rsenlp.classifiers import FloatArray, Reading, Scores
from rsenlp.classifiers.encoding import InputEncoder, Limits, Window
from rsenlp.classifiers.logistic import Linear, softmax, tempered
from rsenlp.classifiers.pooling import pool_all
from rsenlp.errors import UsageError


@dataclass(frozen=True, slots=True)
class RawScores:
    """What the network says of a comment, before calibration.

    Shapes: ``stance`` (targets, 3) probabilities; ``sentences`` (sentences, causes, 3) log-probabilities;
    ``themes`` (sentences, themes) scores.
    """

    stance: FloatArray
    sentences: FloatArray
    themes: FloatArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """From what the network says to probabilities.

    ``sentences`` and ``pooling`` hold one regression per cause; ``temperatures`` are per target and language.
    """

    sentences: tuple[Linear, ...]
    pooling: tuple[Linear, ...]
    temperatures: Mapping[str, Mapping[str, float]]

    def sentence_probabilities(self, logs: FloatArray) -> FloatArray:
        """Of log-probabilities (sentences, causes, 3), the calibrated probabilities in the same shape."""
        return np.stack([model.probabilities(logs[:, row]) for row, model in enumerate(self.sentences)], axis=1)

    def comment_causes(self, sentences: FloatArray) -> FloatArray:
        """Of calibrated sentences (sentences, causes, 3), the comment's causes (causes, 3)."""
        pooled = pool_all([sentences])
        return np.concatenate([model.probabilities(pooled[:, row]) for row, model in enumerate(self.pooling)])

    def arrays(self, causes: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Every array of the calibration, by name."""
        found: dict[str, NDArray[np.float32]] = {}
        for kind, models in (("sentences", self.sentences), ("pooling", self.pooling)):
            for cause, model in zip(causes, models, strict=True):
                found |= {f"{kind}.{cause}.weights": model.weights, f"{kind}.{cause}.bias": model.bias}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], meta: ModelMeta) -> Calibration:
        """The calibration of a model's folder."""

        def models(kind: str) -> tuple[Linear, ...]:
            keys = [f"{kind}.{cause}" for cause in meta.causes]
            return tuple(Linear(arrays[f"{key}.weights"], arrays[f"{key}.bias"]) for key in keys)

        return cls(models("sentences"), models("pooling"), meta.settings["temperatures"])


class EncoderClassifier:
    """The accurate backend with its weights; :meth:`read` loads it."""

    def __init__(self, meta: ModelMeta, network: bytes, tokenizer: bytes, calibration: Calibration) -> None:
        runtime, tokenizers = _library("onnxruntime"), _library("tokenizers")
        self.meta = meta
        self.calibration = calibration
        cutter = tokenizers.Tokenizer.from_str(tokenizer.decode())
        pieces = meta.settings["pieces"]
        self._inputs = InputEncoder(cutter, Limits(**meta.settings["limits"]), start=pieces["start"], end=pieces["end"])
        options = runtime.SessionOptions()
        options.intra_op_num_threads = int(meta.settings.get("threads", 0))
        self._session = runtime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        self._themes_of = _theme_columns(meta)

    def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """The probabilities for each reading, whatever stands beside it in the batch."""
        return [self._scores(reading) for reading in readings]

    def raw(self, reading: Reading) -> RawScores:
        """What the network says of a comment; the windows of a long one share its stance by their length."""
        windows = self._inputs.windows(reading)
        answers = [self._run(window) for window in windows]
        weights = np.array([max(1, int(window.types.sum())) for window in windows], dtype=np.float64)
        stance = np.average([softmax(stance) for stance, _, _ in answers], axis=0, weights=weights)
        return RawScores(
            stance=stance,
            sentences=np.concatenate([np.log(np.clip(softmax(causes), 1e-6, 1)) for _, causes, _ in answers]),
            themes=np.concatenate([themes for _, _, themes in answers]),
        )

    def _run(self, window: Window) -> tuple[FloatArray, FloatArray, FloatArray]:
        by_sentence, by_part = window.means()
        stance, causes, themes = self._session.run(
            None,
            {
                "ids": window.ids[None],
                "types": window.types[None],
                "by_sentence": by_sentence[None],
                "by_part": by_part[None],
            },
        )
        return stance[0].astype(np.float64), causes[0].astype(np.float64), themes[0].astype(np.float64)

    def _scores(self, reading: Reading) -> Scores:
        raw = self.raw(reading)
        sentences = self.calibration.sentence_probabilities(raw.sentences)
        temperatures = self.calibration.temperatures
        stance = [
            tempered(row, temperatures.get(target, {}).get(reading.lang, 1.0))
            for target, row in zip(self.meta.targets, raw.stance, strict=True)
        ]
        themes = np.zeros_like(raw.themes)
        for own in self._themes_of:
            themes[:, own] = softmax(raw.themes[:, own])
        return Scores(np.stack(stance), self.calibration.comment_causes(sentences), sentences, themes)

    @classmethod
    def read(cls, folder: Path, meta: ModelMeta) -> EncoderClassifier:
        """The model in a folder.

        Raises:
            ArtifactError: a file is missing or damaged.
            UsageError: the libraries that run it are not installed.
        """
        network, tokenizer = (read_file(folder, meta, name) for name in (NETWORK, TOKENIZER))
        return cls(meta, network, tokenizer, Calibration.from_arrays(read_arrays(folder, meta), meta))


def _theme_columns(meta: ModelMeta) -> list[list[int]]:
    """For each cause, the columns of its themes."""
    return [
        [column for column, key in enumerate(meta.themes) if key.partition("/")[0] == cause] for cause in meta.causes
    ]


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            f"the accurate model needs {name}. Install it (pip install 'rsenlp[encoder]'), or take --model fast"
        ) from error
