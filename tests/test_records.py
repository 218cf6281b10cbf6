from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rsenlp.audit import Report
from rsenlp.discussion import Annotation, Comment, Evidence
from rsenlp.errors import InputError, Location, UsageError
from rsenlp.readers import ReadOptions, Source, read
from rsenlp.record_files import open_writer, read_predictions
from rsenlp.records import comment_from_record, comment_to_record
from rsenlp.times import parse_time

HERE = Location("file.jsonl", 7)
TEXT = "Un 😀 outil. C'est le but qui manque."
ANNOTATED = Comment(
    thread_id="t",
    id="c1",
    text=TEXT,
    claim="A claim",
    lang="fr",
    author="a0123456789ab",
    created_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
    extra={"likes": 3, "tags": ["x", "y"]},
    annotation=Annotation(
        {"claim": "against", "rse": "none"},
        {"strategy": "cited", "tooling": "absent", "integration": "absent", "definition": "absent"},
        (Evidence("strategy", "cited", 12, 36, TEXT[12:36], "purpose"),),
    ),
)


@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".csv"])
def test_comments_come_back_as_they_were(tmp_path: Path, ending: str) -> None:
    plain = Comment(thread_id="t", id="c2", parent_id="c1", text='Deux\nlignes, "guillemets"; et virgules')
    path = tmp_path / f"corpus{ending}"
    with open_writer(path, "comments") as writer:
        writer.write_comment(ANNOTATED)
        writer.write_comment(plain)
    back = [comment for comment, _ in read(Source(path), ReadOptions(), Report())]
    assert [c.text for c in back] == [ANNOTATED.text, plain.text]
    assert back[0].annotation == ANNOTATED.annotation
    assert back[0].created_at == ANNOTATED.created_at
    assert back[1].parent_id == "c1"
    assert back[1].annotation is None
    if ending != ".csv":  # CSV has no types: other columns come back as text
        assert back[0].extra["likes"] == 3
        assert back[0].extra["tags"] == ["x", "y"]
    assert list(tmp_path.iterdir()) == [path]
    zipped = tmp_path / f"corpus{ending}.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    again = [comment for comment, _ in read(Source(zipped), ReadOptions(), Report())]
    assert [comment.text for comment in again] == [comment.text for comment in back]


def test_parquet_unites_columns_and_types_that_turn_up_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rsenlp.parquet._BATCH", 2)
    values: list[dict[str, Any]] = [{}, {"n": 1}, {"n": 2.5}, {"n": "many", "late": {"a": [1]}}, {"late": None}]
    path = tmp_path / "c.parquet"
    with open_writer(path, "comments") as writer:
        for number, extra in enumerate(values):
            writer.write_comment(Comment("t", str(number), "text", extra=extra))
    back = [comment.extra for comment, _ in read(Source(path), ReadOptions(), Report())]
    assert [item.get("n") for item in back] == [None, 1, 2.5, "many", None]
    assert back[3]["late"] == {"a": [1]}


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"

    def fail() -> None:
        with open_writer(path, "comments") as writer:
            writer.write_comment(ANNOTATED)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": None}, "file.jsonl:7: a comment needs 'id'; got None"),
        ({"text": "  "}, "file.jsonl:7: a comment needs a text; got '  '"),
        ({"stance": {"claim": "pro", "rse": "none"}}, "stance.claim is one of favor, against, none; got 'pro'"),
        ({"causes": None}, "an annotated comment has both 'stance' and 'causes'"),
        ({"causes": {"strategy": "cited"}}, "causes.tooling is one of cited, rejected, absent; got None"),
        (
            {"evidence": [{"cause": "strategy", "polarity": "cited", "start": 13, "end": 37, "text": TEXT[12:36]}]},
            "evidence offsets lie within the text",
        ),
        (
            {"evidence": [{"cause": "strategy", "polarity": "cited", "start": 0, "end": 2, "text": "un"}]},
            "the text of evidence equals the comment's text at its offsets",
        ),
        (
            {"evidence": [{"cause": "weather", "polarity": "cited", "start": 0, "end": 2, "text": "Un"}]},
            "evidence names one of the causes",
        ),
        ({"created_at": "yesterday"}, "a date is ISO 8601"),
    ],
)
def test_a_record_that_breaks_the_contract_is_refused(change: dict[str, Any], message: str) -> None:
    record = comment_to_record(ANNOTATED) | change
    with pytest.raises(InputError, match=message.replace("(", r"\(").replace(".", r"\.")):
        comment_from_record(record, HERE)


def test_evidence_is_checked_when_written() -> None:
    wrong = Evidence("strategy", "cited", 0, 3, "Une")
    annotation = Annotation({"claim": "none", "rse": "none"}, {}, (wrong,))
    with pytest.raises(InputError, match="equals the comment's text"):
        comment_to_record(Comment("t", "1", TEXT, annotation=annotation))


def test_labels_are_not_read_when_not_asked_for() -> None:
    record = comment_to_record(ANNOTATED) | {"stance": "whatever", "evidence": 3}
    assert comment_from_record(record, HERE, labels=False).annotation is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2011-08-31T15:16:29Z", datetime(2011, 8, 31, 15, 16, 29, tzinfo=UTC)),
        ("2011-08-31 15:16:29+02:00", datetime(2011, 8, 31, 13, 16, 29, tzinfo=UTC)),
        ("31/08/2011 15:16", datetime(2011, 8, 31, 15, 16, tzinfo=UTC)),
        ("2022/11/11 21:00:20 +0000", datetime(2022, 11, 11, 21, 0, 20, tzinfo=UTC)),
        (1314803789, datetime(2011, 8, 31, 15, 16, 29, tzinfo=UTC)),
        ("1314803789000", datetime(2011, 8, 31, 15, 16, 29, tzinfo=UTC)),
        ("12/03/2012 à 14h05", datetime(2012, 3, 12, 14, 5, tzinfo=UTC)),
        ("12/03/2012 2:05 PM", datetime(2012, 3, 12, 14, 5, tzinfo=UTC)),
        ("1er mars 2012", datetime(2012, 3, 1, tzinfo=UTC)),
        ("le lundi 12 mars 2012 à 14 h 05 min", datetime(2012, 3, 12, 14, 5, tzinfo=UTC)),
        ("Mar 12, 2012", datetime(2012, 3, 12, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_times(value: object, expected: datetime | None) -> None:
    assert parse_time(value, HERE) == expected


@pytest.mark.parametrize(
    "value", ["hier", "-", "2012", "40980", "3/4/12", "31/02/2012", 7, "0001-01-01T00:00:00+05:00", True]
)
def test_what_is_no_moment_is_never_taken_for_one(value: object) -> None:
    with pytest.raises(InputError, match=r"file.jsonl:7: a date is ISO 8601"):
        parse_time(value, HERE)


def test_an_ending_that_names_no_format_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"one of \.jsonl, \.ndjson, \.csv, \.parquet; got 'x\.doc'"):
        open_writer("x.doc", "comments")


def test_a_broken_prediction_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"thread_id": "t"}) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"p\.jsonl:1: a prediction has the fields"):
        list(read_predictions(path))
