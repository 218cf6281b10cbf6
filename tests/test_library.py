"""A folder of studies: what is one, what it may be called, and that deleting takes away nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from rsenlp.discussion import Comment
from rsenlp.errors import InputError, UsageError
from rsenlp.record_files import open_writer
from rsenlp.results.library import Entry, check, delete, new_folder, rename, studies, suggested_name
from rsenlp.results.store import COMMENTS, PREDICTIONS


def made(folder: Path) -> Path:
    with open_writer(folder / COMMENTS, "comments") as writer:
        writer.write_comment(Comment("t", "1", "Un texte."))
    return folder


def test_the_folder_itself_and_those_in_it_are_studies(tmp_path: Path) -> None:
    assert studies(tmp_path) == []
    made(tmp_path / "Zoo")
    made(tmp_path / "été")
    made(tmp_path / ".hidden")
    (tmp_path / "notes").mkdir()
    (tmp_path / "file.txt").touch()
    assert [entry.name for entry in studies(tmp_path)] == ["été", "Zoo"]
    made(tmp_path)
    found = studies(tmp_path)
    assert [(entry.name, entry.movable) for entry in found] == [
        (tmp_path.name, False),
        ("été", True),
        ("Zoo", True),
    ]
    assert [(entry.comments, entry.classified) for entry in found] == [(1, False)] * 3
    (tmp_path / "Zoo" / COMMENTS).write_bytes(b"PAR1")
    assert studies(tmp_path)[2].comments is None


@pytest.mark.parametrize("name", ["", "  ", "..", ".x", "x.", "a/b", "a\\b", "a:b", "a\x00b", "x" * 81])
def test_a_name_that_is_no_folders_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="a study's name has 1 to 80 characters"):
        new_folder(tmp_path, name)


def test_names_are_tidied_and_taken_once(tmp_path: Path) -> None:
    assert new_folder(tmp_path, "  L'été  2024 ").name == "L'été 2024"
    made(tmp_path / "Été")
    with pytest.raises(UsageError, match="a study has a name of its own; 'été' is taken"):
        new_folder(tmp_path, "été")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Été 2024.csv", "Été 2024"),
        ("a*b?.tar.gz", "a b .tar"),
        ("..", ""),
        (".csv", "csv"),
        ("x" * 99 + ".csv", "x" * 80),
    ],
)
def test_a_file_suggests_a_name(tmp_path: Path, file: str, name: str) -> None:
    assert suggested_name(file) == name
    if name:
        assert new_folder(tmp_path, suggested_name(file)).name == name


def test_renaming_moves_the_folder(tmp_path: Path) -> None:
    entry = Entry("old", made(tmp_path / "old"))
    assert rename(entry, "Old").name == "Old"
    now = rename(Entry("Old", tmp_path / "Old"), "new")
    assert (now.name, now.comments) == ("new", 1)
    assert [item.name for item in studies(tmp_path)] == ["new"]
    made(tmp_path / "other")
    with pytest.raises(UsageError, match="'other' is taken"):
        rename(now, "other")


def test_deleting_leaves_what_is_not_the_toolkits(tmp_path: Path) -> None:
    folder = made(tmp_path / "study")
    for name in (
        "comments.parquet.key", "comments.parquet.report.json", "predictions.parquet", "annotations-a.jsonl",
        ".predictions.parquet.17.tmp", ".predictions.parquet.17.tmp.0",
    ):  # fmt: skip
        (folder / name).touch()
    mine = folder / "thesis.docx"
    mine.touch()
    entry = studies(tmp_path)[0]
    assert [path.name for path in entry.annotations] == ["annotations-a.jsonl"]
    assert delete(entry) == [mine]
    assert list(folder.iterdir()) == [mine]
    mine.unlink()
    made(folder)
    assert delete(entry) == []
    assert list(tmp_path.iterdir()) == []


def test_the_folder_that_was_opened_stays(tmp_path: Path) -> None:
    made(tmp_path)
    entry = studies(tmp_path)[0]
    for act in (lambda: delete(entry), lambda: rename(entry, "x")):
        with pytest.raises(UsageError, match="is the folder that was opened"):
            act()
    assert studies(tmp_path) == [entry]


def test_what_the_app_is_opened_on(tmp_path: Path) -> None:
    check(tmp_path)
    folder = made(tmp_path / "study")
    check(folder)  # not classified yet: the app does that
    with open_writer(folder / PREDICTIONS, "predictions"):
        pass
    with pytest.raises(InputError, match="every comment of a study has one prediction; got 1 comments, 0 predictions"):
        check(folder)
    with pytest.raises(InputError, match="studies lie in a folder; got no such folder"):
        check(tmp_path / "nowhere")
    with pytest.raises(InputError, match="studies lie in a folder; got a file"):
        check(folder / COMMENTS)
