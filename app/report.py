"""The import report of a study: what was read, kept, repaired and left out, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import charts
import streamlit as st
import texts

from rsenlp.audit import read_head, read_rows
from rsenlp.errors import InputError
from rsenlp.results.library import Entry

_MOST_ROWS = 200


def show(entry: Entry) -> None:
    """The report, where one was kept."""
    st.subheader(texts.text("data.report", name=texts.plain(entry.name)))
    path = entry.report
    if path is None:
        st.caption(texts.text("data.report_none"))
        return
    try:
        head = read_head(path)
    except InputError as error:
        st.code(str(error), language=None, wrap_lines=True)
        return
    for place, (name, key) in zip(
        st.columns(4),
        {"read_count": "read", "kept": "kept", "repaired": "repaired", "skipped": "skipped"}.items(),
        strict=True,
    ):
        tip = texts.text("data.repaired_help") if name == "repaired" else None
        place.metric(texts.text(f"data.{name}"), texts.number(head[key]), help=tip)
    for note in head["notes"]:
        st.warning(texts.plain(texts.known("reasons", note)))
    _sources(head["sources"])
    _reasons(head["reasons"])
    if head["reasons"]:
        _rows(entry)
    st.download_button(
        texts.text("data.download"), path.read_bytes(), path.name, "application/json", icon=":material/download:"
    )


def _sources(sources: list[Mapping[str, Any]]) -> None:
    st.caption(texts.text("data.sources"))
    rows = [(source.get("path"), source.get("format"), _details(source)) for source in sources]
    _table(("source", "format", "details"), rows)


def _details(source: Mapping[str, Any]) -> str:
    facts = {
        name: value for name, value in source.items() if name not in ("path", "format") and value not in (None, [])
    }
    return " · ".join(f"{texts.known('facts', name)}{texts.colon()}{_plain(value)}" for name, value in facts.items())


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{left} ← {right}" for left, right in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _reasons(reasons: list[Mapping[str, Any]]) -> None:
    st.caption(texts.text("data.why"))
    if not reasons:
        st.write(texts.text("data.nothing_changed"))
        return
    rows = [
        (texts.text(f"data.rows_{item['action']}"), texts.known("reasons", item["reason"]), item["records"])
        for item in sorted(reasons, key=lambda item: (item["action"] != "skipped", -item["records"]))
    ]
    _table(("action", "reason", "records"), rows)


def _rows(entry: Entry) -> None:
    with st.expander(texts.text("data.rows")):
        chosen = st.segmented_control(
            texts.text("data.rows_show"), ["all", "skipped", "repaired"], key=f"rows.{entry.name}", default="all",
            required=True, format_func=lambda action: texts.text(f"data.rows_{action}"),
        )  # fmt: skip
        path = entry.report
        assert path is not None
        found = list(islice((row for row in read_rows(path) if chosen in ("all", row.action)), _MOST_ROWS + 1))
        rows = [
            (
                texts.text(f"data.rows_{row.action}"),
                texts.known("reasons", row.reason),
                row.path if row.line is None else f"{row.path}:{row.line}",
                row.id or "",
                row.detail,
            )
            for row in found[:_MOST_ROWS]
        ]
        _table(("action", "reason", "where", "comment", "detail"), rows)
        if len(found) > _MOST_ROWS:
            st.caption(texts.text("data.rows_first", number=texts.number(_MOST_ROWS)))


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    columns = [charts.Column(texts.text(f"data.{name}"), "number" if name == "records" else "text") for name in names]
    st.html(charts.Table(tuple(columns), list(rows)).html())
