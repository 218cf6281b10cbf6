"""The import report: what is written is read again, as a whole without its rows, and row by row."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsenlp.audit import Report, read_head, read_rows
from rsenlp.batch import write_report
from rsenlp.errors import InputError, Location

WORDS = st.text(min_size=1, max_size=12)


@given(
    st.lists(
        st.tuples(st.booleans(), WORDS, WORDS, st.none() | st.integers(1, 9), st.none() | WORDS, st.text(max_size=20)),
        max_size=5,
    )
)
def test_a_report_comes_back_as_it_was(rows: list[tuple[bool, str, str, int | None, str | None, str]]) -> None:
    report = Report()
    report.source("a.csv", format="csv", read_as={"text": "Texte"}, kept_as_they_came=["rows", ' "rows": ['])
    report.read = len(rows)
    for skipped, reason, path, line, id, detail in rows:
        note = report.skipped if skipped else report.repaired
        note(reason, Location(path, line), id=id, detail=detail)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        write_report(report, path)
        whole = json.loads(path.read_text(encoding="utf-8"))
        assert whole.pop("rows") == [asdict(row) for row in read_rows(path)]
        assert read_head(path) == whole
    assert whole["skipped"] == report.count("skipped")


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for text in ("not json", "[]", '{"read": 1}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="an import report is as `rsenlp import` writes it"):
            read_head(path)
    assert list(read_rows(path)) == []
