"""The app's texts: each in both languages, with the same names to fill in."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest

from rsenlp.installation import app_folder

FILES = sorted((app_folder() / "catalogue").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_is_in_both_languages(path: Path) -> None:
    for section, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for name, text in texts.items():
            assert set(text) == {"fr", "en"}, f"{section}.{name}"
            assert all(value.strip() for value in text.values()), f"{section}.{name}"
            filled = [{field for _, field, _, _ in string.Formatter().parse(value) if field} for value in text.values()]
            assert filled[0] == filled[1], f"{section}.{name}"


def test_no_section_is_in_two_files() -> None:
    sections = [name for path in FILES for name in tomllib.loads(path.read_text(encoding="utf-8"))]
    assert len(sections) == len(set(sections))
