"""What holds for every format of export, and the command."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from exported import (
    ANNOTATED,
    ANSWER,
    COMMENTS,
    FIRST,
    FOLDERS,
    MODEL,
    OTHER_THREAD,
    PREDICTED,
    PREDICTIONS,
    UNLABELLED,
    written,
)
from test_cli import rsenlp

from rsenlp.audit import Report
from rsenlp.discussion import Comment, Evidence
from rsenlp.errors import InputError, UsageError
from rsenlp.exports import FORMATS, ExportOptions, Labelled, export, format_for, predicted, with_predictions
from rsenlp.exports.by_thread import by_thread
from rsenlp.record_files import open_writer

ALL = list(FORMATS)


def contents(path: Path) -> dict[str, bytes]:
    """The bytes of a file, or of every file of a folder."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("items", [PREDICTED, ANNOTATED, UNLABELLED], ids=["predicted", "annotated", "unlabelled"])
def test_every_comment_is_in_every_format(tmp_path: Path, format: str, items: tuple[Labelled, ...]) -> None:
    path = written(tmp_path, format, items)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert contents(path)
    assert all(content for content in contents(path).values())


@pytest.mark.parametrize("format", [name for name in ALL if name != "duckdb"])
def test_the_same_comments_give_the_same_bytes(tmp_path: Path, format: str) -> None:
    first = contents(written(tmp_path, format, name="one"))
    assert contents(written(tmp_path, format, name="two")) == first
    assert contents(written(tmp_path, format, PREDICTED[:2], name="three")) != first


@pytest.mark.parametrize("format", ALL)
def test_an_output_is_whole_or_absent(tmp_path: Path, format: str) -> None:
    def broken() -> Iterator[Labelled]:
        yield from PREDICTED
        raise InputError("the input breaks off")

    with pytest.raises(InputError, match="the input breaks off"):
        export(broken(), tmp_path / f"out{FORMATS[format].ending}", format=format)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", [name for name in ALL if name not in FOLDERS])
def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"out{FORMATS[format].ending}"
    path.write_text("before")
    written(tmp_path, format)
    assert path.read_bytes() != b"before"


@pytest.mark.parametrize("format", FOLDERS)
def test_a_folder_is_never_overwritten(tmp_path: Path, format: str) -> None:
    path = tmp_path / "out"
    path.mkdir()
    written(tmp_path, format)
    before = contents(path)
    with pytest.raises(UsageError, match=r"this format is written to a folder that is new or empty; got '.*out'"):
        written(tmp_path, format)
    assert contents(path) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_formats_say_what_they_are_in_both_languages() -> None:
    for name, made in FORMATS.items():
        assert made.name == name
        assert made.title
        assert made.description.fr != made.description.en
        assert not made.plain or made.ending
    endings = [made.ending for made in FORMATS.values() if made.plain]
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize(
    ("output", "format", "found"),
    [
        ("x.jsonl", None, "jsonl"),
        ("x.NDJSON", None, "jsonl"),
        ("x.qdpx", None, "qdpx"),
        ("x.txt", "iramuteq", "iramuteq"),
        ("x.jsonl", "doccano", "doccano"),
        ("-", None, "jsonl"),
        ("-", "csv", "csv"),
    ],
)
def test_the_ending_names_the_format_where_it_is_plain(output: str, format: str | None, found: str) -> None:
    assert format_for(output, format=format).name == found


@pytest.mark.parametrize(
    ("output", "format", "options", "message"),
    [
        (
            "x.txt",
            None,
            None,
            r"the ending of the output names its format \(\.jsonl, .*\); got 'x\.txt'\. Name another",
        ),
        ("folder", None, None, r"with --format: iramuteq, txm, convokit"),
        ("x.csv", "word", None, r"--format is one of jsonl, csv, .*; got 'word'"),
        ("-", "xlsx", None, r"standard output takes jsonl, csv, iramuteq, doccano; got xlsx\. Name a file"),
        ("x.xlsx", None, ExportOptions(bom=True), r"--bom goes with csv; got xlsx"),
    ],
)
def test_what_cannot_be_written_is_refused(
    output: str, format: str | None, options: ExportOptions | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        format_for(output, format=format, options=options)


# --- labels ----------------------------------------------------------------------------------------------------------


def predictions_file(folder: Path, *, seed: int = 0, only: int | None = None) -> Path:
    """A file of the sample predictions in some order."""
    made = list(zip(PREDICTIONS, COMMENTS, strict=True))[:only]
    random.Random(seed).shuffle(made)
    path = folder / "p.jsonl"
    with open_writer(path, "predictions") as writer:
        for prediction, comment in made:
            writer.write_prediction(prediction, comment.text)
    return path


@pytest.mark.parametrize("seed", range(3))
def test_predictions_find_their_comments_in_any_order(tmp_path: Path, seed: int) -> None:
    report = Report()
    pairs = [(FIRST, None), (OTHER_THREAD, None), (ANSWER, FIRST)]
    assert tuple(with_predictions(pairs, predictions_file(tmp_path, seed=seed), report)) == PREDICTED
    assert list(report.rows()) == []


def test_what_finds_no_counterpart_is_told(tmp_path: Path) -> None:
    path = predictions_file(tmp_path, only=2)
    path.write_text(path.read_text() + path.read_text().splitlines()[0] + "\n")
    report = Report()
    edited = replace(FIRST, text=FIRST.text.replace("La recherche", "Le moteur"))
    found = list(with_predictions([(edited, None), (ANSWER, None)], path, report))
    assert [item.labels for item in found] == [None, None]
    assert [(row.action, row.reason, row.id) for row in report.rows()] == [
        ("skipped", "another prediction of the same comment", json.loads(path.read_text().splitlines()[0])["id"]),
        ("repaired", "prediction made from another text, exported without labels", "c1"),
        ("repaired", "comment without a prediction, exported without labels", "c2"),
        ("skipped", "prediction of a comment that is not there", "d1"),
    ]


def test_predictions_of_other_comments_are_refused(tmp_path: Path) -> None:
    path = predictions_file(tmp_path)
    with pytest.raises(InputError, match=r"p\.jsonl: the predictions are those of the comments; got none of these"):
        list(with_predictions([(replace(FIRST, id="else"), None)], path, Report()))


def test_evidence_has_to_quote_the_text() -> None:
    wrong = replace(PREDICTIONS[0], evidence=(Evidence("tooling", "cited", 0, 3, "Tit?"),))
    with pytest.raises(InputError, match="equals the comment's text at its offsets"):
        predicted(FIRST, wrong)


def test_a_language_is_taken_from_the_prediction_where_none_is_said() -> None:
    assert predicted(replace(FIRST, lang=None), PREDICTIONS[0]).comment.lang == "fr"
    assert predicted(replace(FIRST, lang="en"), PREDICTIONS[0]).comment.lang == "en"


def test_comments_come_back_from_disk_by_thread() -> None:
    items = (
        *PREDICTED,
        *(replace(item, comment=replace(item.comment, id=f"{item.comment.id}b")) for item in ANNOTATED),
    )
    found = [(thread, list(members)) for thread, members in by_thread(items)]
    assert found == [
        ("fil-1", [items[0], items[2], items[3], items[5]]),
        ("thread-2", [items[1], items[4]]),
    ]


# --- the command -----------------------------------------------------------------------------------------------------


def corpus(folder: Path, *comments: Comment) -> Path:
    path = folder / "corpus.jsonl"
    with open_writer(path, "comments") as writer:
        for comment in comments:
            writer.write_comment(comment)
    return path


def test_a_study_is_exported_from_its_folder_or_its_files(tmp_path: Path) -> None:
    study = tmp_path / "study"
    for name, kind in (("comments", "comments"), ("predictions", "predictions")):
        with open_writer(study / f"{name}.parquet", kind) as writer:  # type: ignore[arg-type]
            for comment, prediction in zip(COMMENTS, PREDICTIONS, strict=True):
                if kind == "comments":
                    writer.write_comment(comment)
                else:
                    writer.write_prediction(prediction, comment.text)
    done = rsenlp("export", study, "-o", tmp_path / "a.jsonl")
    assert "3 comments kept, 0 repairs, 0 skipped" in done.stderr
    assert done.stdout == ""
    comments, predictions = study / "comments.parquet", study / "predictions.parquet"
    shown = rsenlp("export", comments, "--predictions", predictions, "-o", "-").stdout
    assert shown == (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in shown.splitlines()]
    assert [row["id"] for row in rows] == ["c1", "d1", "c2"]
    assert rows[0]["model"] == MODEL.to_dict()
    report = json.loads((tmp_path / "a.jsonl.report.json").read_text(encoding="utf-8"))
    assert (report["read"], report["kept"], report["rows"]) == (3, 3, [])


def test_annotated_comments_are_exported_with_their_annotations(tmp_path: Path) -> None:
    source = corpus(tmp_path, *(item.comment for item in ANNOTATED))
    rows = [json.loads(line) for line in rsenlp("export", source, "-o", "-").stdout.splitlines()]
    assert rows[0]["stance"] == {"claim": "favor", "rse": "none"}
    assert "model" not in rows[0]
    rsenlp("export", source, "--format", "argilla", "--names", "fr", "-o", tmp_path / "argilla")
    settings = (tmp_path / "argilla" / ".argilla" / "settings.json").read_text(encoding="utf-8")
    assert "Stratégie et humain" in settings


def test_names_of_people_are_not_exported_unless_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text("id,author,text\n1,Ann Example,Slow.\n2,a0123456789ab,Fine.\n", encoding="utf-8")
    rsenlp("export", source, "-o", tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert "Ann" not in text
    assert "a0123456789ab" in text
    assert (tmp_path / "a.csv.key").stat().st_mode & 0o077 == 0
    rsenlp("export", source, "-o", tmp_path / "b.csv", "--keep-identities")
    assert "Ann Example" in (tmp_path / "b.csv").read_text(encoding="utf-8")


def test_skipped_records_are_told_by_the_exit_code(tmp_path: Path) -> None:
    source = corpus(tmp_path, *COMMENTS)
    source.write_text(source.read_text(encoding="utf-8") + "no object\n", encoding="utf-8")
    done = rsenlp("export", source, "-o", tmp_path / "a.qdpx", code=3)
    assert f"{source}:4: skipped: every line is one JSON object" in done.stderr
    done = rsenlp(
        "export", source, "--predictions", predictions_file(tmp_path, only=1), "-o", tmp_path / "b.qdpx", code=3
    )
    assert "repaired: comment without a prediction, exported without labels (2)" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["-o", "x.doc"], 2, "the ending of the output names its format"),
        (["-o", "x.csv", "--names", "de"], 2, "--names is fr or en; got 'de'"),
        (["-o", "x.parquet", "--bom"], 2, "--bom goes with csv"),
        (["-o", "-", "--format", "txm"], 2, "standard output takes"),
        (["-o", "corpus.jsonl"], 2, "the output is another file than the input"),
        (["-o", "x.csv", "--predictions", "none.jsonl"], 1, "none.jsonl"),
    ],
)
def test_wrong_usage_of_the_command(tmp_path: Path, args: list[str], code: int, message: str) -> None:
    source = corpus(tmp_path, *COMMENTS)
    placed = [arg if "." not in arg else str(tmp_path / arg) for arg in args]
    done = rsenlp("export", source, *placed, code=code)
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["corpus.jsonl"]


def test_an_input_without_comments_writes_nothing(tmp_path: Path) -> None:
    source = tmp_path / "empty.csv"
    source.write_text("id,text\n1,\n", encoding="utf-8")
    done = rsenlp("export", source, "-o", tmp_path / "a.xlsx", code=1)
    assert "the input holds at least one comment" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["empty.csv"]
