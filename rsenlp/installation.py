"""What is installed, and where the data that ships with the package lies."""

from __future__ import annotations

import sys
from importlib import metadata, resources
from importlib.abc import MetaPathFinder
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


def arrow_alone() -> None:
    """Keep pyarrow from loading pandas, which it does before it makes its first array, wherever that is installed: half
    a second and 45 MB. For commands of our own; in another's program pyarrow would no longer know pandas' columns.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow

    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        pyarrow.array([], pyarrow.null())  # finds no pandas, and asks no more
    finally:
        sys.meta_path.remove(hidden)


class _Hidden(MetaPathFinder):
    """Where pandas is not found."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)
