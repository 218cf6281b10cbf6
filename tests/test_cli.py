"""The commands as a user runs them: in a process of their own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import DATA

from rsenlp.corpora import corpus_files

GOLD = str(corpus_files("gold-dev")["test"])
ROWS = [
    {
        "thread_id": "t",
        "id": "1",
        "text": "The search finds nothing, so everybody left.",
        "claim": "Most networks fail.",
    },
    {"thread_id": "t", "id": "2", "text": "Exactly.", "parent_id": "1"},
]


def rsenlp(*args: object, stdin: str | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rsenlp.cli import main; main()", *map(str, args)]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_page_to_records_to_predictions(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.parquet"
    done = rsenlp("import", DATA / "page-report-link.txt", DATA / "page-says.txt", "-o", corpus)
    assert done.stdout == ""
    assert "7 comments kept" in done.stderr
    report = json.loads((tmp_path / "corpus.parquet.report.json").read_text(encoding="utf-8"))
    assert (report["read"], report["kept"], report["skipped"]) == (7, 7, 0)
    assert [source["format"] for source in report["sources"]] == ["page-text", "page-text"]
    authors = pq.read_table(corpus).column("author").to_pylist()
    assert authors[:4] == [None] * 4
    assert authors[4] == authors[6] != authors[5]
    assert "Wanda" not in authors
    assert (tmp_path / "corpus.parquet.key").stat().st_mode & 0o077 == 0
    for ending in ("jsonl", "csv", "parquet"):
        rsenlp("classify", corpus, "-o", tmp_path / f"p.{ending}")
    lines = (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()
    from_jsonl = [json.loads(line) for line in lines]
    assert [row["id"] for row in from_jsonl][:2] == ["page-report-link-1", "page-report-link-2"]
    from_parquet = pq.read_table(tmp_path / "p.parquet").to_pylist()
    assert from_parquet == from_jsonl
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as stream:
        from_csv = list(csv.DictReader(stream))
    assert [json.loads(row["causes"]) for row in from_csv] == [row["causes"] for row in from_jsonl]


def test_standard_input_and_output(tmp_path: Path) -> None:
    labelled = ROWS[1] | {"stance": {"claim": "labels are ignored, never read"}}
    text = jsonl(tmp_path / "in.jsonl", ROWS[0], labelled).read_text(encoding="utf-8")
    done = rsenlp("classify", "-", "-o", "-", stdin=text)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["1", "2"]
    assert rows[0]["lang"] == "en"


def test_same_input_same_output_in_any_form(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", *ROWS)
    rsenlp("import", source, "-o", tmp_path / "in.csv")
    rsenlp("import", source, "-o", tmp_path / "in.parquet")
    outputs = [rsenlp("classify", tmp_path / f"in.{e}", "-o", "-").stdout for e in ("jsonl", "csv", "parquet")]
    assert outputs[0] == outputs[1] == outputs[2] != ""


def test_skipped_records_are_listed_and_told_by_the_exit_code(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", ROWS[0], {"thread_id": "t", "id": "2"}, "no object")
    output = tmp_path / "out.jsonl"
    done = rsenlp("classify", source, "-o", output, code=3)
    assert f"{source}:2: skipped: row without text: the columns 'thread_id', 'id'" in done.stderr
    assert f"{source}:3: skipped: every line is one JSON object: '\"no object\"'" in done.stderr
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1
    rsenlp("import", source, "-o", tmp_path / "c.jsonl", code=3)
    done = rsenlp("import", source, "-o", tmp_path / "strict.jsonl", "--strict", code=1)
    assert "a strict import neither repairs nor skips" in done.stderr
    assert not (tmp_path / "strict.jsonl").exists()


def bad_inputs(folder: Path) -> dict[str, tuple[Path, str]]:
    (folder / "empty.jsonl").touch()
    (folder / "binary.bin").write_bytes(bytes(range(256)) * 20)
    (folder / "cut.jsonl").write_text('{"thread_id": "t", "id"', encoding="utf-8")
    (folder / "notext.csv").write_text("id,text\n1,\n", encoding="utf-8")
    (folder / "cut.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    (folder / "nothing").mkdir()
    return {
        "missing": (folder / "none.csv", "the file is not there"),
        "empty": (folder / "empty.jsonl", "the file is empty"),
        "directory": (folder / "nothing", "a folder that is read has files in it; got none"),
        "archive": (folder / "cut.zip", "a ZIP archive is whole; got File is not a zip file"),
        "binary": (folder / "binary.bin", "got binary data"),
        "truncated": (folder / "cut.jsonl", "the input holds at least one comment"),
        "no text": (folder / "notext.csv", "row without text"),
    }


@pytest.mark.parametrize("case", ["missing", "empty", "directory", "archive", "binary", "truncated", "no text"])
@pytest.mark.parametrize("command", ["import", "classify"])
def test_bad_input_is_one_clear_line(tmp_path: Path, case: str, command: str) -> None:
    path, message = bad_inputs(tmp_path)[case]
    output = tmp_path / "out.jsonl"
    done = rsenlp(command, path, "-o", output, code=1)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("rsenlp: ")
    assert message in lines[0]
    assert str(path) in lines[0]
    assert not output.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_no_permission_is_one_clear_line(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", *ROWS)
    source.chmod(0)
    assert "the file may not be read; got no permission" in rsenlp("classify", source, "-o", "-", code=1).stderr


def test_no_permission_to_write_is_one_clear_line(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", *ROWS)
    done = rsenlp("classify", source, "-o", source / "out.jsonl", code=1)
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["classify", GOLD, "-o", "x.doc"], "the ending of the output chooses its format"),
        (["classify", GOLD, "-o", "-", "--model", "nowhere"], "a model is an embedded one"),
        (["import", GOLD, "-o", "-", "--text-col", "wat"], "there is no column 'wat' for 'text'"),
        (["import", GOLD, "-o", "-", "--format", "word"], "formats are parquet"),
        (["classify", GOLD, "-o", "-", "--lang", "de"], "--lang is fr or en"),
        (["evaluate", "nowhere"], "a corpus is an embedded one"),
        (["evaluate", GOLD, "--split", "dev"], "splits are train; got 'dev'"),
        (["classify", GOLD], "Missing option"),
        (["frobnicate"], "No such command"),
    ],
)
def test_wrong_usage_is_exit_code_2(args: list[str], message: str) -> None:
    done = rsenlp(*args, code=2)
    assert message in done.stderr
    assert done.stdout == ""


def test_evaluate_prints_figures_with_intervals_per_task_and_language() -> None:
    done = rsenlp("evaluate", GOLD, "--json")
    figures = json.loads(done.stdout)
    assert (figures["comments"], set(figures["languages"])) == (132, {"all", "en", "fr"})
    for part in figures["languages"].values():
        for section in ("stance", "causes"):
            for task in part[section].values():
                assert 0 <= task["macro_f1"]["low"] <= task["macro_f1"]["value"] <= task["macro_f1"]["high"] <= 1
                # resampling adds to a calibration error: its interval may lie above the figure
                assert 0 <= task["calibration_error"]["low"] <= task["calibration_error"]["high"] <= 1
                assert 0 <= task["calibration_error"]["value"] <= 1
                for label in task["labels"].values():
                    assert set(label) == {"precision", "recall", "f1", "gold"}
        assert part["evidence"]["low"] <= part["evidence"]["value"] <= part["evidence"]["high"]
    shown = rsenlp("evaluate", GOLD).stdout
    for word in ("macro f1", "calibration error", "evidence", "Labels: fr", "rejected", "precision"):
        assert word in shown


def test_an_unannotated_gold_set_is_refused(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl", {"thread_id": "t", "id": "1", "text": "x"})
    done = rsenlp("evaluate", source, code=1)
    assert "every comment of a gold corpus has 'stance' and 'causes'" in done.stderr


def test_demo_without_serving(tmp_path: Path) -> None:
    done = rsenlp("demo", "--no-serve", "--folder", tmp_path)
    assert "23 comments in 2 threads (12 fr, 11 en)" in done.stdout
    for word in ("Stances", "Causes of failure", "Tooling", "undecided"):
        assert word in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "comments.parquet",
        "comments.parquet.key",
        "comments.parquet.report.json",
        "predictions.parquet",
        "predictions.parquet.manifest.json",
    ]


def test_models_and_doctor() -> None:
    models = json.loads(rsenlp("models", "--json").stdout)
    assert [model["option"] for model in models if model["default"]]
    assert "gold-dev" in models[0]["scores"]
    assert "rse-linear" in rsenlp("models").stdout
    shown = rsenlp("doctor").stdout
    assert "MISSING" not in shown
    assert "corpus rse-synth" in shown


@pytest.mark.parametrize("command", ["import", "classify"])
def test_what_nothing_needs_is_not_loaded(tmp_path: Path, command: str) -> None:
    tell = "import atexit, sys; atexit.register(lambda: print('pandas' in sys.modules))"
    source, output = jsonl(tmp_path / "a.jsonl", *ROWS), tmp_path / "out.parquet"
    done = subprocess.run(
        [sys.executable, "-c", f"{tell}; from rsenlp.cli import main; main()", command, str(source), "-o", str(output)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
    assert pq.read_table(output).num_rows == 2


def test_help_on_every_level() -> None:
    done_on_studies = ("themes", "prevalence", "report", "figures", "reproduce", "app", "annotate")
    for command in ("import", "classify", "export", "evaluate", "train", *done_on_studies, "demo", "models", "corpus"):
        assert "Usage" in rsenlp(command, "--help").stdout
    assert rsenlp("--version").stdout.startswith("rsenlp 0.")
