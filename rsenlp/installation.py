"""What is installed, and where the data that ships with the package lies."""

from __future__ import annotations

from importlib import metadata, resources
from pathlib import Path


def models_folder() -> Path:
    """Where the embedded models lie: in the package once it is built, beside it in the source tree."""
    return _data_folder("models")


def corpora_folder() -> Path:
    """Where the embedded corpora lie, likewise."""
    return _data_folder("corpora")


def app_folder() -> Path:
    """Where the app lies, likewise."""
    return _data_folder("app")


def _data_folder(name: str) -> Path:
    package = Path(str(resources.files("rsenlp")))
    built = package / "_data" / name
    return built if built.is_dir() else package.parent / name


def library_version(distribution: str) -> str | None:
    """The installed version of a library, ``None`` where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
