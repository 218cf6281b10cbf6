"""JSONL, CSV, Parquet, XLSX and DuckDB, read back by their own tools."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from exported import ANNOTATED, ANSWER, FIRST, MODEL, PREDICTED, PREDICTIONS, UNLABELLED, annotation, written
from hypothesis import given, settings
from hypothesis import strategies as st

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.exports import ExportOptions, Labelled, annotated, export, predicted
from rsenlp.exports.workbook import CELL
from rsenlp.readers import ReadOptions, Source, read
from rsenlp.text import nfc

DANGEROUS = "=+-@\t\r\n＝＋－＠"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(nfc).filter(lambda text: text.strip())


def read_back(path: Path, *, format: str | None = None) -> tuple[list[Comment], Report]:
    report = Report()
    return [comment for comment, _ in read(Source(path), ReadOptions(), report, format=format)], report


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_predicted_comments_come_back_as_annotated_ones(tmp_path: Path, format: str) -> None:
    found, report = read_back(written(tmp_path, format))
    assert list(report.rows()) == []
    for back, item, made in zip(found, PREDICTED, PREDICTIONS, strict=True):
        for field in ("thread_id", "id", "parent_id", "text", "claim", "lang", "author", "created_at", "source", "url"):
            if getattr(item.comment, field) is not None or field != "source":  # a source is given where none is said
                assert getattr(back, field) == getattr(item.comment, field)
        assert back.annotation is not None
        assert dict(back.annotation.stance) == dict(annotation(made).stance)
        assert dict(back.annotation.causes) == dict(annotation(made).causes)
        assert back.annotation.evidence == made.evidence
        assert back.extra["decided"] == made.decided
        assert back.extra["model"] == MODEL.to_dict()
        assert back.extra["probabilities"]["stance"]["claim"] == made.stance["claim"].probabilities


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("items", [ANNOTATED, UNLABELLED], ids=["annotated", "unlabelled"])
def test_annotated_comments_come_back_as_they_were(tmp_path: Path, format: str, items: tuple[Labelled, ...]) -> None:
    found, _ = read_back(written(tmp_path, format, items))
    assert [back.annotation for back in found] == [item.comment.annotation for item in items]
    assert [back.text for back in found] == [item.comment.text for item in items]
    if format != "csv":
        assert found[0].extra["tags"] == ["x", "y"]


def test_parquet_is_typed(tmp_path: Path) -> None:
    schema = pq.read_schema(written(tmp_path, "parquet"))
    assert str(schema.field("decided").type.field("causes").type.field("tooling").type) == "bool"
    assert (
        str(schema.field("probabilities").type.field("stance").type.field("rse").type.field("favor").type) == "double"
    )


def test_a_former_prediction_is_replaced_and_another_column_kept(tmp_path: Path) -> None:
    former = {"model": {"name": "old"}, "decided": "yes, by vote", "decided_column": 1}
    report = Report()
    item = predicted(replace(FIRST, extra=former), PREDICTIONS[0])
    row = json.loads(written(tmp_path, "jsonl", (item,), report=report).read_text(encoding="utf-8"))
    assert row["model"] == MODEL.to_dict()
    assert row["decided"] == PREDICTIONS[0].decided
    assert (row["decided_column"], row["decided_column_column"]) == (1, "yes, by vote")
    assert [(made.id, made.detail) for made in report.rows()] == [("c1", "decided, now decided_column_column")]


# --- CSV -------------------------------------------------------------------------------------------------------------


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_csv_opens_with_a_mark_only_when_asked(tmp_path: Path) -> None:
    plain = written(tmp_path, "csv", name="plain").read_bytes()
    marked = written(tmp_path, "csv", options=ExportOptions(bom=True), name="marked").read_bytes()
    assert marked == b"\xef\xbb\xbf" + plain
    assert [back.id for back in read_back(tmp_path / "marked.csv")[0]] == ["c1", "d1", "c2"]


def test_cells_that_a_spreadsheet_would_compute_are_neutralised_and_told(tmp_path: Path) -> None:
    report = Report()
    path = written(tmp_path, "csv", report=report)
    header, *rows = cells(path)
    shown = dict(zip(header, rows[2], strict=True))
    assert shown["text"] == "'" + ANSWER.text
    assert shown["note"] == "'=SUM(1;2)"
    assert shown["likes"] == "-2"  # a number is no formula
    assert json.loads(shown["neutralised"]) == ["text", "note"]
    assert [(row.line, row.id, row.detail) for row in report.rows()] == [(3, "c2", "text, note")]
    back = read_back(path)[0]
    assert (back[2].text, back[2].extra["note"]) == (ANSWER.text, "=SUM(1;2)")
    assert "neutralised" not in back[2].extra


def test_a_column_of_that_name_that_is_another_ones_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text,neutralised\n1,'tis fine,yes\n2,'so,\"[1]\"\n", encoding="utf-8")
    found, _ = read_back(path)
    assert [(back.text, back.extra["neutralised"]) for back in found] == [("'tis fine", "yes"), ("'so", "[1]")]


def test_a_header_is_no_formula_either(tmp_path: Path) -> None:
    report = Report()
    items = tuple(annotated(Comment("t", id, "Fine.", extra={"=cmd()": "=x"})) for id in ("1", "2"))
    header, *rows = cells(written(tmp_path, "csv", items, report=report))
    assert "'=cmd()" in header
    assert json.loads(rows[0][header.index("neutralised")]) == ["'=cmd()"]
    reasons = [reason for (_, reason), number in report.reasons.items() if number == 1]
    assert reasons == ["name of a column that a spreadsheet would compute, opened with an apostrophe"]


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=60)
def test_any_text_survives_csv_and_no_cell_computes(text: str, note: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.csv"
        export([annotated(Comment("t", "1", text, extra={"note": note}))], path)
        assert not [cell for row in cells(path) for cell in row if cell[:1] in DANGEROUS and cell]
        back = read_back(path, format="csv")[0][0]
    assert (back.text, back.extra["note"]) == (text, note)


# --- XLSX ------------------------------------------------------------------------------------------------------------


def sheets(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of every sheet under its header, as openpyxl reads them; cells hold values, not formulas or links."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    found = {}
    for sheet in book:
        assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
        header, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    return found


def test_a_workbook_has_flat_labels_and_a_sheet_of_evidence(tmp_path: Path) -> None:
    found = sheets(written(tmp_path, "xlsx"))
    first, second, third = found["comments"]
    assert first["text"] == FIRST.text
    assert first["created_at"] == datetime(2020, 1, 2, 3, 4, 5)
    assert (first["stance_claim"], first["stance_claim_decided"], first["stance_claim_probability"]) == (
        "favor",
        True,
        0.8,
    )
    assert (second["cause_definition"], second["cause_definition_decided"]) == ("cited", False)
    assert (third["text"], third["note"], third["likes"]) == (ANSWER.text, "=SUM(1;2)", -2)
    assert (first["tags"], first["labels_by"]) == ('["x","y"]', "rse-test 1.2.0")
    evidence = found["evidence"]
    assert [(row["id"], row["cause"], row["polarity"], row["theme"]) for row in evidence] == [
        ("c1", "tooling", "cited", "search"),
        ("c2", "strategy", "cited", "purpose"),
        ("c2", "tooling", "rejected", "ergonomics"),
    ]
    assert FIRST.text[evidence[0]["start"] : evidence[0]["end"]] == evidence[0]["quote"]


def test_people_give_no_probabilities(tmp_path: Path) -> None:
    row = sheets(written(tmp_path, "xlsx", ANNOTATED))["comments"][0]
    assert (row["stance_claim"], row["labels_by"]) == ("favor", "annotation")
    assert "stance_claim_decided" not in row


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * CELL, CELL),
        ("a" * (CELL + 1), CELL),
        ("é" * (2 * CELL), CELL),
        ("😀" * 16_383 + "a", 16_384),  # Excel counts an emoji twice
        ("a" + "😀" * 16_383, 16_384),
        ("😀" * 16_384, 16_383),
    ],
)
def test_a_long_cell_is_cut_at_excels_limit_and_told(tmp_path: Path, text: str, kept: int) -> None:
    report = Report()
    path = written(tmp_path, "xlsx", (annotated(Comment("t", "long", text)),), report=report)
    assert sheets(path)["comments"][0]["text"] == text[:kept]
    rows = [(row.line, row.id, row.reason, row.detail) for row in report.rows()]
    told = (2, "long", "cell cut at Excel's limit of 32,767 characters", "sheet comments, column text")
    assert rows == ([told] if kept < len(text) else [])


def test_a_full_sheet_goes_on_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rsenlp.exports.workbook.ROWS", 3)
    found = sheets(written(tmp_path, "xlsx"))
    assert {name: len(rows) for name, rows in found.items()} == {
        "comments": 2,
        "comments 2": 1,
        "evidence": 2,
        "evidence 2": 1,
    }
    assert found["comments 2"][0]["id"] == "c2"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2**53, str(2**53)),
        (float("inf"), "inf"),
        (True, True),
        (1.5, 1.5),
        ({"a": [1]}, '{"a":[1]}'),
        ("https://example.org", "https://example.org"),
        ("{=1+1}", "{=1+1}"),
    ],
)
def test_what_excel_would_change_is_text(tmp_path: Path, value: Any, shown: Any) -> None:
    item = annotated(Comment("t", "1", "Fine.", extra={"x": value}))
    assert sheets(written(tmp_path, "xlsx", (item,)))["comments"][0]["x"] == shown


@pytest.mark.parametrize("moment", [datetime(1850, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 0, 0, 0, 5, tzinfo=UTC)])
def test_a_date_that_excel_cannot_hold_is_text(tmp_path: Path, moment: datetime) -> None:
    item = annotated(Comment("t", "1", "Fine.", created_at=moment))
    shown = sheets(written(tmp_path, "xlsx", (item,)))["comments"][0]["created_at"]
    assert datetime.fromisoformat(shown) == moment


# --- DuckDB ----------------------------------------------------------------------------------------------------------


def test_a_database_has_tables_and_a_row_per_comment(tmp_path: Path) -> None:
    with duckdb.connect(str(written(tmp_path, "duckdb")), read_only=True) as database:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return database.execute(query).fetchall()

        assert rows("select id, text, likes from comments") == [
            (item.comment.id, item.comment.text, item.comment.extra.get("likes")) for item in PREDICTED
        ]
        assert rows("select created_at from comments where id = 'c1'") == [(datetime(2020, 1, 2, 3, 4, 5),)]
        assert rows("select count(*), count(distinct (kind, name)), min(model_name) from labels") == [
            (18, 6, "rse-test")
        ]
        assert rows("select probabilities['favor'] from labels where id = 'c1' and name = 'claim'") == [(0.8,)]
        quoted = 'substr(c.text, e.start + 1, e."end" - e.start) = e.text'
        assert rows(f"select count(*), bool_and({quoted}) from evidence e join comments c using (thread_id, id)") == [
            (3, True)
        ]
        assert rows("select id, stance_claim, stance_claim_decided, cause_tooling from labelled order by id") == [
            ("c1", "favor", True, "cited"),
            ("c2", "against", True, "rejected"),
            ("d1", "none", False, "absent"),
        ]


def test_unlabelled_comments_are_in_the_view_too(tmp_path: Path) -> None:
    with duckdb.connect(str(written(tmp_path, "duckdb", UNLABELLED)), read_only=True) as database:
        assert database.execute("select count(*), count(stance_claim) from labelled").fetchall() == [(3, 0)]


def test_columns_whose_names_differ_in_case_alone_are_both_kept(tmp_path: Path) -> None:
    item = annotated(Comment("t", "1", "Fine.", extra={"Date": "a", "date": "b", "TEXT": "c"}))
    with duckdb.connect(str(written(tmp_path, "duckdb", (item,))), read_only=True) as database:
        row = database.execute("select * from comments").fetchone()
    assert row is not None
    assert {"a", "b", "c", "Fine."} <= set(row)
