"""A model's folder: formats that cannot run code, and ``meta.json`` with which it introduces itself first.

meta.json             what it is: name, version, library range, labels, corpus, seed, scores, thresholds, files
weights.safetensors   arrays of numbers
vocabulary.json       lists of strings (linear backend)
model.onnx            the network (encoder backend)
tokenizer.json        its word pieces (encoder backend)
README.md             the card
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsenlp.discussion import ModelId
from rsenlp.errors import ArtifactError

FORMAT = 1
META = "meta.json"
WEIGHTS = "weights.safetensors"
VOCABULARY = "vocabulary.json"
NETWORK = "model.onnx"
TOKENIZER = "tokenizer.json"
CARD = "README.md"


@dataclass(frozen=True, slots=True)
class ModelMeta:
    """What a model says of itself.

    ``corpus`` names what it was trained on, with its SHA-256 and number of comments; ``thresholds`` are those of
    abstention and evidence; ``files`` maps each file of the folder to its SHA-256; ``settings`` are the backend's own.
    """

    name: str
    version: str
    backend: str
    requires: str
    languages: tuple[str, ...]
    codebook: str
    targets: tuple[str, ...]
    causes: tuple[str, ...]
    themes: tuple[str, ...]
    corpus: Mapping[str, Any]
    seed: int
    created: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> ModelId:
        """Name, version and one hash over all files, thresholds and settings: what predictions carry."""
        facts = json.dumps([sorted(self.files.items()), self.thresholds, self.settings], sort_keys=True)
        return ModelId(self.name, self.version, hashlib.sha256(facts.encode()).hexdigest())


def read_meta(folder: Path) -> ModelMeta:
    """What the model in a folder says of itself.

    Raises:
        ArtifactError: there is no model, or one of another format.
    """
    path = folder / META
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(f"{folder}: a model is a folder with a {META}; there is none here") from error
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise ArtifactError(f"{path}: a model of format {FORMAT} is expected; train it again with this version")
    names = {item.name for item in fields(ModelMeta)}
    if missing := {"name", "version", "backend", "files"} - set(data):
        raise ArtifactError(f"{path}: lacks {', '.join(sorted(missing))}")
    for key in ("languages", "targets", "causes", "themes"):
        data[key] = tuple(data.get(key, ()))
    return ModelMeta(**{key: value for key, value in data.items() if key in names})


def read_arrays(folder: Path, meta: ModelMeta) -> dict[str, NDArray[Any]]:
    """The arrays of a model, after their file's hash was checked.

    Raises:
        ArtifactError: the file is missing or is not the one that the model was saved with.
    """
    from safetensors.numpy import load

    return dict(load(read_file(folder, meta, WEIGHTS)))


def read_vocabulary(folder: Path, meta: ModelMeta) -> dict[str, list[str]]:
    """The lists of strings of a model, checked likewise.

    Raises:
        ArtifactError: the file is missing or is not the one that the model was saved with.
    """
    data: dict[str, list[str]] = json.loads(read_file(folder, meta, VOCABULARY))
    return data


def arrays_file(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The content of :data:`WEIGHTS`."""
    from safetensors.numpy import save

    return save({name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())})


def vocabulary_file(vocabulary: Mapping[str, Sequence[str]]) -> bytes:
    """The content of :data:`VOCABULARY`."""
    lists = {key: list(value) for key, value in vocabulary.items()}
    return json.dumps(lists, ensure_ascii=False, separators=(",", ":")).encode()


def write_model(folder: Path, meta: ModelMeta, *, files: Mapping[str, bytes], card: str) -> ModelMeta:
    """Write a model's folder; the result is ``meta`` with the hashes of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    meta = replace(meta, files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    text = json.dumps({"format": FORMAT, **asdict(meta)}, ensure_ascii=False, indent=1)
    (folder / META).write_text(text + "\n", encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")
    return meta


def read_file(folder: Path, meta: ModelMeta, name: str) -> bytes:
    """A file of a model, after its hash was checked.

    Raises:
        ArtifactError: it is missing or is not the one that the model was saved with.
    """
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path}: the model's file cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != meta.files.get(name):
        raise ArtifactError(
            f"{path}: not the file that {meta.name} {meta.version} was saved with (its SHA-256 differs from the one in "
            f"{META}). Get the model's folder again"
        )
    return content
