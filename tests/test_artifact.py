from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rsenlp.artifact import META, VOCABULARY, WEIGHTS
from rsenlp.classifiers import load_classifier, model_folder
from rsenlp.errors import ArtifactError


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(model_folder(), folder)
    return folder


def edit(folder: Path, **changes: object) -> None:
    path = folder / META
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_a_model_introduces_itself(copy: Path) -> None:
    meta = load_classifier(str(copy)).meta
    assert meta.scores
    assert meta.corpus
    assert set(meta.files) == {WEIGHTS, VOCABULARY}


@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY])
def test_a_file_that_was_changed_is_refused(copy: Path, name: str) -> None:
    path = copy / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtifactError, match=f"{name}: not the file that rse-linear"):
        load_classifier(str(copy))
    path.unlink()
    with pytest.raises(ArtifactError, match=f"{name}: the model's file cannot be read"):
        load_classifier(str(copy))


def test_models_for_other_versions_formats_and_backends_are_refused(copy: Path) -> None:
    edit(copy, requires=">=99")
    with pytest.raises(ArtifactError, match="needs rsenlp>=99; this is"):
        load_classifier(str(copy))
    edit(copy, requires=">=0", backend="abacus")
    with pytest.raises(ArtifactError, match="this model needs 'abacus'"):
        load_classifier(str(copy))
    edit(copy, format=0)
    with pytest.raises(ArtifactError, match="a model of format 1 is expected"):
        load_classifier(str(copy))
    (copy / META).write_text("{", encoding="utf-8")
    with pytest.raises(ArtifactError, match="cannot be read as JSON"):
        load_classifier(str(copy))


def test_nothing_in_a_model_can_run_code(copy: Path) -> None:
    assert {path.suffix for path in copy.iterdir()} <= {".json", ".safetensors", ".md"}
