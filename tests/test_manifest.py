"""The run manifest, and what is exported of a selection: the same comments and figures wherever they are asked."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from test_cli import rsenlp

from rsenlp.analyzer import load
from rsenlp.batch import ExportJob, classify_sources, export_sources, import_sources
from rsenlp.corpora import read_corpus, sample_pages
from rsenlp.errors import InputError, UsageError
from rsenlp.exports import FORMATS
from rsenlp.results.counts import label_totals, overview
from rsenlp.results.listing import comments, rows_of
from rsenlp.results.manifest import check, commands, plain, read_manifest, run_manifest
from rsenlp.results.report import report_html
from rsenlp.results.selection import UNIT_COLUMNS, Selection
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study
from rsenlp.results.words import described

SELECTIONS = {
    "everything": Selection(),
    "languages": Selection(languages=("fr",)),
    "labels": Selection(labels={"cause_tooling": "cited", "cause_integration": "absent"}),
    "search": Selection(search="outil"),
    "doubt": Selection(undecided=True, languages=("en", "fr")),
}
FULL = Selection(
    languages=("fr", "en"), sources=("blog",), threads=("t",), authors=("a",), since=date(2024, 1, 2),
    until=date(2025, 3, 4), labels={"cause_tooling": "cited", "stance_claim": "undecided"}, theme="tooling/search",
    polarity="rejected", undecided=True, columns={"team": ("a", "b")}, search=" <b>x</b> ",
)  # fmt: skip
BOTH = Selection(languages=("fr", "en"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder: Path = tmp_path_factory.mktemp("manifest") / "study"
    folder.mkdir()
    import_sources([str(page) for page in sample_pages()], folder / COMMENTS)
    classify_sources(load(), [str(folder / COMMENTS)], folder / PREDICTIONS)
    return Study.open(folder)


def written(path: Path, record: Any) -> Path:
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


@pytest.mark.parametrize("unit", UNIT_COLUMNS)
@pytest.mark.parametrize("name", SELECTIONS)
def test_a_manifest_gives_the_same_figures_again(study: Study, tmp_path: Path, name: str, unit: Any) -> None:
    made = run_manifest(study, SELECTIONS[name], unit)
    read = read_manifest(written(tmp_path / "m.json", made))
    assert (read.selection, read.unit) == (SELECTIONS[name], unit)
    verdicts = check(read, study)
    assert len(verdicts) > 30
    assert [item for item in verdicts if not item.same] == []
    with study.connect() as connection:
        assert read.figures["comments"] == overview(connection, SELECTIONS[name]).comments
        totals = label_totals(connection, SELECTIONS[name], unit)
    said = {(column, label): n for column, counts in read.figures["labels"].items() for label, n in counts.items() if n}
    assert said == totals


def test_every_condition_is_written_and_read() -> None:
    record = json.loads(json.dumps(plain(FULL)))
    assert set(record) == set(Selection.__dataclass_fields__)  # each of them is set
    assert plain(Selection()) == {}
    assert len(described(FULL, "en")) == 13
    assert described(Selection(), "fr") == []
    assert described(FULL, "fr")[0] == "« <b>x</b> »"


def test_a_condition_is_read_as_it_was(tmp_path: Path, study: Study) -> None:
    made = run_manifest(study) | {"selection": plain(FULL)}
    assert read_manifest(written(tmp_path / "m.json", made)).selection == FULL


def test_predictions_made_anew_give_the_same_figures(study: Study, tmp_path: Path) -> None:
    """From the comments on, with the command lines that the manifest names."""
    manifest = written(tmp_path / "m.json", run_manifest(study, SELECTIONS["languages"], "authors"))
    folder = tmp_path / "again"
    folder.mkdir()
    shutil.copy(study.comments, folder / COMMENTS)
    lines = commands(study.manifest(), str(folder), str(manifest))
    assert [line.replace(str(folder), "STUDY").replace(str(manifest), "rsenlp-manifest.json") for line in lines] == (
        read_manifest(manifest).record["again"]
    )
    for line in lines:
        done = rsenlp(*line.replace("r.html", str(folder / "r.html")).split()[1:])
        if " reproduce " in line:
            assert "DIFFERS" not in done.stdout.replace("predictions.parquet", "")
    report = (folder / "r.html").read_text(encoding="utf-8")
    assert "français" in report
    assert report == report_html(Study.open(folder), selection=SELECTIONS["languages"], unit="authors")


def test_another_study_is_told(study: Study, tmp_path: Path) -> None:
    manifest = written(tmp_path / "m.json", run_manifest(study))
    folder = tmp_path / "other"
    import_sources([str(sample_pages()[0])], folder / COMMENTS)
    classify_sources(load(), [str(folder / COMMENTS)], folder / PREDICTIONS)
    done = rsenlp("reproduce", manifest, "--study", folder, code=1)
    assert "comments.parquet" in done.stdout
    assert "DIFFERS" in done.stdout
    facts = json.loads(rsenlp("reproduce", manifest, "--study", folder, "--json", code=1).stdout)
    assert any(item["what"] == "figures comments" and not item["same"] for item in facts)
    assert rsenlp("reproduce", manifest, "--study", study.folder).stdout.count("DIFFERS") == 0


def test_a_manifest_beside_its_study_needs_no_folder(study: Study, tmp_path: Path) -> None:
    for path in (study.comments, study.predictions):
        shutil.copy(path, tmp_path)
    manifest = tmp_path / "run.json"
    rsenlp("figures", tmp_path, "-o", manifest)
    assert "DIFFERS" not in rsenlp("reproduce", manifest).stdout


def test_commands_take_a_manifest(study: Study, tmp_path: Path) -> None:
    selection = SELECTIONS["labels"]
    manifest = written(tmp_path / "m.json", run_manifest(study, selection))
    figures = json.loads(rsenlp("figures", study.folder, "--manifest", manifest, "--json").stdout)
    assert figures == read_manifest(manifest).figures
    again = tmp_path / "again.json"
    rsenlp("figures", study.folder, "--manifest", manifest, "-o", again)
    assert {**read_manifest(again).record, "created": ""} == {**read_manifest(manifest).record, "created": ""}
    done = json.loads(rsenlp("themes", study.folder, "--manifest", manifest, "--json").stdout)
    assert done == figures["themes"]
    shares = json.loads(rsenlp("prevalence", study.folder, "--manifest", manifest, "--json").stdout)
    assert shares[0]["corrected"] == pytest.approx(figures["shares"]["stance_claim"]["favor"]["corrected"], abs=1e-6)
    rsenlp("export", study.folder, "--manifest", manifest, "-o", tmp_path / "out.jsonl")
    with study.connect() as connection:
        expected = [(shown.thread_id, shown.id) for shown in comments(connection, selection, limit=1000)]
    assert [(item.thread_id, item.id) for item in read_corpus(tmp_path / "out.jsonl")] == expected


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["labels", "search"])
def test_every_format_takes_a_selection(study: Study, tmp_path: Path, format: str, name: str) -> None:
    with study.connect() as connection:
        chosen = rows_of(connection, SELECTIONS[name])
        facts = overview(connection, SELECTIONS[name])
    assert 0 < chosen.sum() == facts.comments < len(chosen)
    told: list[int] = []
    job = ExportJob(format=format, selection=SELECTIONS[name])
    output = tmp_path / f"out{FORMATS[format].ending}"
    report = export_sources([str(study.folder)], output, job, progress=told.append)
    assert told == list(range(1, facts.comments + 1))
    assert report.notes == [f"a selection was exported: {facts.comments} of {len(chosen)} comments"]
    assert output.exists()


def test_rows_are_those_of_the_file(study: Study) -> None:
    with study.connect() as connection:
        chosen = rows_of(connection, Selection(languages=("fr",)))
        expected = {shown.key for shown in comments(connection, Selection(languages=("fr",)), limit=1000)}
    table = pq.read_table(study.comments, columns=["thread_id", "id"]).to_pylist()
    assert {(row["thread_id"], row["id"]) for row, one in zip(table, chosen, strict=True) if one} == expected


def test_a_selection_that_cannot_be_exported_is_refused(study: Study, tmp_path: Path) -> None:
    nothing = ExportJob(selection=Selection(search="no such words anywhere"))
    with pytest.raises(InputError, match=r"the selection has at least one comment; got none\. Widen"):
        export_sources([str(study.folder)], tmp_path / "out.csv", nothing)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="a selection is one of a study, the folder of which is read"):
        export_sources([str(study.comments)], tmp_path / "out.csv", nothing)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "x"}, "got another format"),
        ({"unit": "crowds"}, "the unit 'crowds'"),
        ({"figures": None}, "no figures"),
        ({"selection": {"magic": 1}}, "the selection {'magic': 1}"),
        ({"selection": {"since": "soon"}}, "a selection that cannot be"),
        ({"selection": {"theme": "no/such"}}, "a selection that cannot be: 'no/such'"),
        ({"selection": {"labels": {"cause_x": "cited"}}}, "a selection that cannot be: 'cause_x'"),
        ({"selection": {"labels": {"cause_tooling": "favor"}}}, "cause_tooling 'favor'"),
    ],
)
def test_what_is_no_manifest_is_refused(study: Study, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = written(tmp_path / "m.json", run_manifest(study) | change)
    with pytest.raises(InputError) as refused:
        read_manifest(path)
    assert str(refused.value).startswith(f"{path}: a run manifest is as the app")
    assert message in str(refused.value)


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    assert "the file is not there" in rsenlp("figures", tmp_path, "--manifest", path, code=1).stderr
    path.write_text("[1", encoding="utf-8")
    assert "a run manifest is as the app" in rsenlp("report", tmp_path, "--manifest", path, "-o", "r", code=1).stderr


def test_a_manifest_says_what_it_is_made_of_and_not_where_it_lay(study: Study) -> None:
    made = run_manifest(study)
    assert set(made["files"]) == {COMMENTS, PREDICTIONS}
    assert made["classification"]["model"]["name"] == "rse-linear"
    assert made["classification"]["model"]["thresholds"]
    assert made["classification"]["inputs"][0]["sha256"] == made["files"][COMMENTS]
    assert str(study.folder) not in json.dumps(made)
    assert None not in made["libraries"].values()


@pytest.mark.parametrize("unit", UNIT_COLUMNS)
def test_the_report_counts_as_everything_else(study: Study, unit: Any) -> None:
    """An author who writes in two languages counts once there too."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(report_html(study, language="en", selection=BOTH, unit=unit))
    with study.connect() as connection:
        totals = label_totals(connection, BOTH, unit)
    table = page.css("table")[0]
    counted = [int(row.css("td")[1].text()) for row in table.css("tbody tr")]
    assert counted == [totals.get(("stance_claim", label), 0) for label in ("favor", "against", "none", "undecided")]
    assert "Selection: French, English" in page.text()
    assert study.hashes()[COMMENTS] in page.text()
    assert "rsenlp reproduce rsenlp-manifest.json --study STUDY" in page.text()
