"""Whether this installation can do what the package promises."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rsenlp import __version__
from rsenlp.classifiers import EMBEDDED, load_classifier
from rsenlp.corpora import corpus_files, sample_pages
from rsenlp.errors import RsenlpError
from rsenlp.installation import corpora_folder, library_version

CORE = (
    "numpy",
    "scipy",
    "scikit-learn",
    "spacy",
    "datasets",
    "pyarrow",
    "duckdb",
    "msgspec",
    "openpyxl",
    "py3langid",
    "selectolax",
)
APP = ("streamlit", "altair")
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``needed`` is false for what only some uses need."""

    name: str
    passed: bool
    found: str
    needed: bool = True


def examine() -> list[Check]:
    """Every check, in order."""
    return [*_basics(), *_libraries(), *_models(), *_corpora()]


def _basics() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check("Python 3.11 or newer", sys.version_info >= (3, 11), f"{version}, rsenlp {__version__}")
    temporary = tempfile.gettempdir()
    yield Check("temporary folder can be written", os.access(temporary, os.W_OK), temporary)


def _libraries() -> Iterator[Check]:
    for name in CORE:
        version = library_version(name)
        yield Check(name, version is not None, version or "install: pip install rsenlp")
    for name in APP:
        version = library_version(name)
        yield Check(f"{name} (app)", version is not None, version or "install: pip install 'rsenlp[app]'", needed=False)
    browser = next((path for path in BROWSERS if Path(path).exists()), None)
    yield Check("Chromium (browser tests)", browser is not None, browser or "for tests only", needed=False)


def _models() -> Iterator[Check]:
    for option, name in EMBEDDED.items():
        try:
            meta = load_classifier(option).meta
        except RsenlpError as error:
            yield Check(f"model {name}", False, str(error))
        else:
            yield Check(f"model {name}", True, f"--model {option}: {meta.version} ({meta.id.hash[:12]})")


def _corpora() -> Iterator[Check]:
    for folder in sorted(path.parent for path in corpora_folder().glob("*/data")):
        try:
            splits = ", ".join(corpus_files(folder.name))
        except RsenlpError as error:
            yield Check(f"corpus {folder.name}", False, str(error))
        else:
            yield Check(f"corpus {folder.name}", True, splits)
    pages = sample_pages()
    yield Check("sample pages", bool(pages), ", ".join(page.name for page in pages) or "none")
