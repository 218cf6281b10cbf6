"""What tests share: the embedded models, loaded once, and where the test files lie."""

from __future__ import annotations

from pathlib import Path

import pytest

import rsenlp
from rsenlp.analyzer import Analyzer
from rsenlp.classifiers import EMBEDDED

pytest_plugins = ["browser"]

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session", params=sorted(EMBEDDED))
def model(request: pytest.FixtureRequest) -> Analyzer:
    """Each embedded model: what a model must do is asked of every one."""
    return rsenlp.load(request.param)
