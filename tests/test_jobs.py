"""Making a study in the background: what is there at the end, and what a stop or a failure leaves behind."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rsenlp.corpora import sample_pages
from rsenlp.discussion import Comment
from rsenlp.jobs import Job, State, Upload
from rsenlp.record_files import open_writer
from rsenlp.results.counts import overview
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study

CSV = "id;texte;auteur\n1;La recherche ne trouve rien.;Wanda\n2;;Wanda\n3;Exactement.;Piotr\n"


def uploaded(*files: tuple[str, str]) -> Upload:
    upload = Upload()
    for name, text in files:
        upload.add(name, io.BytesIO(text.encode()))
    return upload


def test_files_become_a_study(tmp_path: Path) -> None:
    page = sample_pages()[0]
    upload = uploaded(("export.csv", CSV), ("dir/export.csv", CSV), (page.name, page.read_text(encoding="utf-8")))
    job = Job(tmp_path / "study", upload.files, upload=upload).start()
    assert job.wait(60) == State("done", 16, 16)
    study = Study.open(tmp_path / "study")
    with study.connect() as connection:
        assert overview(connection).comments == 16
    report = study.import_report()
    assert report is not None
    assert [source["path"] for source in report["sources"]] == ["export.csv", "export~2.csv", page.name]
    assert [(row.reason, row.path) for row in study.import_rows() if row.action == "skipped"] == [
        ("row without text", "export.csv"),
        ("row without text", "export~2.csv"),
    ]
    assert not upload.folder.exists()
    assert "Wanda" not in (tmp_path / "study" / COMMENTS).read_bytes().decode("latin-1")


def test_a_name_never_leads_out_of_the_folder() -> None:
    upload = uploaded(("../../evil.csv", CSV), ("..\\..\\evil.csv", CSV), ("..", CSV))
    try:
        names = [Path(file) for file in upload.files]
        assert [path.name for path in names] == ["evil.csv", "evil~2.csv", "file"]
        assert {path.parent for path in names} == {upload.folder}
    finally:
        upload.discard()


def test_a_stopped_import_leaves_nothing(tmp_path: Path) -> None:
    upload = uploaded(("export.csv", CSV))
    job = Job(tmp_path / "study", upload.files, upload=upload)
    job.stop()
    assert job.start().wait(60) == State("stopped")
    assert list(tmp_path.iterdir()) == []
    assert not upload.folder.exists()


def test_a_stopped_classification_leaves_the_comments(tmp_path: Path) -> None:
    with open_writer(tmp_path / COMMENTS, "comments") as writer:
        writer.write_comment(Comment("t", "1", "La recherche ne trouve rien.", lang="fr"))
    job = Job(tmp_path)
    job.stop()
    assert job.start().wait(60).step == "stopped"
    assert [path.name for path in tmp_path.iterdir()] == [COMMENTS]
    assert Job(tmp_path).start().wait(60) == State("done", 1, 1)
    before = (tmp_path / PREDICTIONS).read_bytes()
    again = Job(tmp_path)
    again.stop()
    assert again.start().wait(60).ended
    assert (tmp_path / PREDICTIONS).read_bytes() == before


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("empty.csv", "", "empty.csv: the file is empty. There is nothing to read"),
        ("notext.csv", "id;texte\n1;\n", "notext.csv: the input holds at least one comment; got notext.csv:2"),
    ],
)
def test_a_failure_says_why_and_leaves_nothing(tmp_path: Path, name: str, text: str, error: str) -> None:
    upload = uploaded((name, text))
    state = Job(tmp_path / "study", upload.files, upload=upload).start().wait(60)
    assert state.step == "failed"
    assert state.error.startswith(error)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    upload = uploaded(("export.csv", CSV))
    state = Job(tmp_path / "study", upload.files, upload=upload, model="nowhere").start().wait(60)
    assert (state.step, "a model is an embedded one" in state.error) == ("failed", True)
    assert (tmp_path / "study" / COMMENTS).is_file()  # imported, and can be classified with another model
