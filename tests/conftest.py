"""What tests share: the embedded model, loaded once, and where the test files lie."""

from __future__ import annotations

from pathlib import Path

import pytest

import rsenlp
from rsenlp.analyzer import Analyzer

pytest_plugins = ["browser"]

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def model() -> Analyzer:
    return rsenlp.load()
