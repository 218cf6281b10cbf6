"""What turns a comment in its context into probabilities: the protocol of the backends, their table, and loading.

A new backend is a module with a class that has ``id``, ``meta`` and ``score``, and a line in :data:`BACKENDS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from rsenlp.artifact import META, ModelMeta, read_meta
from rsenlp.errors import ArtifactError, UsageError
from rsenlp.installation import models_folder

FloatArray = NDArray[np.float64]

BACKENDS = {
    "linear": "rsenlp.classifiers.linear:LinearClassifier",
    "encoder": "rsenlp.classifiers.encoder:EncoderClassifier",
    "ensemble": "rsenlp.classifiers.ensemble:EnsembleClassifier",
}
EMBEDDED = {"fast": "rse-linear", "accurate": "rse-accurate"}
DEFAULT = "fast"


@dataclass(frozen=True, slots=True)
class Reading:
    """A comment as a backend reads it: its language, its own sentences (quoted lines left out), and its context.

    ``claim`` is what the opening document asserts; ``parent`` the text that the comment answers, without what that
    text quotes itself. Both are ``None`` where there is none.
    """

    text: str
    lang: str
    sentences: tuple[str, ...]
    claim: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities for one comment.

    Shapes: ``stance`` (targets, 3) in the order favor, against, none; ``causes`` (causes, 3) in the order cited,
    rejected, absent; ``sentences`` (sentences, causes, 3) likewise for each sentence; ``themes`` (sentences, themes)
    sums to one over the themes of each cause. Rows of the first three sum to one.
    """

    stance: FloatArray
    causes: FloatArray
    sentences: FloatArray
    themes: FloatArray


class Classifier(Protocol):
    """A backend with its weights."""

    meta: ModelMeta

    def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """The probabilities for each reading, whatever stands beside it in the batch."""
        ...


def model_folder(name: str | None = None) -> Path:
    """The folder of a model: an embedded one by its name (``fast``, ``rse-linear``), or a path.

    Raises:
        UsageError: neither.
    """
    name = name or DEFAULT
    embedded = models_folder() / EMBEDDED.get(name, name)
    for folder in (embedded, Path(name)):
        if (folder / META).is_file():
            return folder
    known = ", ".join(sorted(EMBEDDED))
    raise UsageError(f"a model is an embedded one ({known}) or a folder with a {META}; got {name!r}")


def load_classifier(name: str | None = None) -> Classifier:
    """The backend of a model with its weights.

    Raises:
        UsageError: no such model.
        ArtifactError: the model is damaged, or needs another version of the package or an unknown backend.
    """
    folder = model_folder(name)
    meta = read_meta(folder)
    _check_version(folder, meta)
    if meta.backend not in BACKENDS:
        raise ArtifactError(f"{folder}: backends are {', '.join(BACKENDS)}; this model needs {meta.backend!r}")
    module, _, attribute = BACKENDS[meta.backend].partition(":")
    read = cast(Callable[[Path, ModelMeta], Classifier], getattr(importlib.import_module(module), attribute).read)
    return read(folder, meta)


def _check_version(folder: Path, meta: ModelMeta) -> None:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from rsenlp import __version__

    if Version(__version__) not in SpecifierSet(meta.requires, prereleases=True):
        raise ArtifactError(
            f"{folder}: {meta.name} {meta.version} needs rsenlp{meta.requires}; this is {__version__}. "
            "Install such a version, or train the model again"
        )
