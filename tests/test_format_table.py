from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rsenlp.readers import FOLDER_READERS, READERS

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("format_table", DOCS / "format_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its data classes are looked up there
    spec.loader.exec_module(module)
    return module


def test_the_table_in_the_documentation_is_what_the_samples_give(script: ModuleType) -> None:
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    assert script.with_table(text, script.table()) == text, "run: python docs/format_table.py"


def test_every_format_has_samples(script: ModuleType) -> None:
    assert {*script.OWN, *script.FILES, *script.FOLDERS} == {reader.name for reader in (*READERS, *FOLDER_READERS)}


def test_only_the_table_changes(script: ModuleType) -> None:
    page = f"before\n{script.BEGIN}\nold\n{script.END}\nafter\n"
    assert script.with_table(page, "new\n") == f"before\n{script.BEGIN}\n\nnew\n\n{script.END}\nafter\n"
