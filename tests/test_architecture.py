"""A module imports only from floors below its own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import rsenlp

PACKAGE = Path(rsenlp.__file__).parent
FLOORS = {
    "codebook": 1, "errors": 1, "installation": 1, "evident_language": 1,
    "artifact": 2, "discussion": 2, "audit": 2,
    "line_blocks": 2,
    "text": 3, "text_language": 3, "times": 3, "json_text": 3, "records": 3, "parquet": 3, "record_files": 3,
    "threads": 3, "privacy": 3,
    "results": 3, "comment_blocks": 3, "comment_spool": 3, "reply_links": 3, "languages": 3,
    "classifiers": 4, "readers": 4, "exports": 4,
    "analyzer": 5, "corpora": 5,
    "batch": 6, "study": 6, "spacy_component": 6, "sklearn": 6,
    "doctor": 7, "jobs": 7, "serve": 7, "shows": 7, "cli": 7,
}  # fmt: skip
# within a floor, what may use what
SAME_FLOOR = {
    "artifact": {"discussion"},
    "records": {"times"},
    "parquet": {"comment_blocks", "records", "times"},
    "record_files": {"comment_blocks", "json_text", "records", "parquet"},
    "text_language": {"text"},
    "languages": {"comment_blocks", "reply_links", "text", "text_language", "threads"},
    "comment_blocks": {"records"},
    "comment_spool": {"comment_blocks"},
    "threads": {"comment_blocks", "comment_spool", "reply_links"},
    "results": {"records", "text"},
    "privacy": {"comment_blocks", "text"},
    "cli": {"shows", "serve", "doctor"},
    "shows": {"doctor"},
    "codebook": {"errors"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "rsenlp"


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "rsenlp":
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name.split(".")[0] == "rsenlp")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if own == "__init__":
        return
    for name in imports(path):
        other = room(name)
        if other in (own, "rsenlp"):
            continue
        below = FLOORS[other] < FLOORS[own] or other in SAME_FLOOR.get(own, set())
        assert below, f"{own} (floor {FLOORS[own]}) imports {other} (floor {FLOORS[other]})"


def test_no_pickle_anywhere() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text
        assert "joblib" not in text
