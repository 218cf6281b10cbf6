from __future__ import annotations

from pathlib import Path

import pytest

from rsenlp.codebook import codebook, read_codebook
from rsenlp.errors import InputError


def test_targets_causes_and_themes_are_those_of_the_scheme() -> None:
    book = codebook()
    assert list(book.targets) == ["claim", "rse"]
    assert list(book.causes) == ["strategy", "tooling", "integration", "definition"]
    assert {cause: len(item.themes) for cause, item in book.causes.items()} == {
        "strategy": 8,
        "tooling": 8,
        "integration": 5,
        "definition": 6,
    }
    assert len(book.themes) == 27


def test_every_name_is_in_both_languages_and_differs_between_themes() -> None:
    themes = codebook().themes.values()
    for language in ("fr", "en"):
        names = [theme.name[language] for theme in themes]
        assert len(set(names)) == len(names)


def test_another_codebook_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    source = Path("rsenlp/codebook.toml") if Path("rsenlp/codebook.toml").exists() else None
    text = (source or Path(__file__).parent.parent / "rsenlp" / "codebook.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("[causes.strategy", "[causes.people"), encoding="utf-8")
    assert next(iter(read_codebook(path).causes)) == "people"


def test_a_missing_translation_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text('version = "1"\ndomain.fr = "x"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.toml: a codebook needs the table \[targets\]"):
        read_codebook(path)
    path.write_text("not toml", encoding="utf-8")
    with pytest.raises(InputError, match="a codebook is a TOML file"):
        read_codebook(path)
