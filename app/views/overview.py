"""How many comments stand where and cite what, by language."""

from __future__ import annotations

from collections.abc import Mapping

import charts
import filters
import pandas as pd
import plots
import session
import streamlit as st
import texts

from rsenlp.codebook import STANCES, codebook
from rsenlp.results.counts import Overview, label_counts, overview, size
from rsenlp.results.selection import UNDECIDED

book = codebook()
study = session.study()
connection = session.connection(study)
selection, unit = filters.selection(), filters.unit()


def show_facts(facts: Overview) -> None:
    """The size of the selection and what is not in it."""
    values = {texts.text("overview.comments"): facts.comments, texts.text("overview.threads"): facts.threads}
    values[texts.text("overview.authors")] = facts.authors
    for code, number in facts.languages.items():
        values[texts.text("overview.read_in", language=texts.text(f"languages.{code}"))] = number
    with st.container(horizontal=True, gap="large"):
        for name, value in values.items():
            st.metric(name, texts.number(value) if value else "–", width="content")
    if facts.unread:
        st.warning(texts.text("overview.unread", number=texts.number(facts.unread)))
    report = study.import_report()
    if report is not None and (report["skipped"] or report["repaired"]):
        st.caption(texts.text("overview.left_out", skipped=report["skipped"], repaired=report["repaired"]))


def show_counts(name: str, group: str, label: str, columns: list[str], labels: Mapping[str, str]) -> None:
    """The counts of some label columns per language, as a chart and a table."""
    title = texts.text(f"overview.{name}")
    st.subheader(title, help=texts.text(f"overview.{name}_help"))
    st.caption(texts.text(f"overview.of_{unit}", total=texts.number(total)))
    found = {(count.name, count.label, count.language): count.units for count in counts}
    rows = [
        {
            "group": filters.column_name(column), "code": code,
            "part": texts.text(f"languages.{code}"), "label": said, "order": order,
            "units": found.get((column, value, code), 0),
        }
        for column in columns
        for code in languages
        for order, (value, said) in enumerate(labels.items())
    ]  # fmt: skip
    axis = charts.unit_axis(unit)
    heads = [charts.Column(texts.text(f"languages.{code}"), "number") for code in languages]
    table = [
        (filters.column_name(column), said, *(found.get((column, value, code), 0) for code in languages))
        for column in columns
        for value, said in labels.items()
    ]
    charts.show(
        plots.stacked(
            pd.DataFrame(rows), labels, axis=axis, group=group, label=label, part=texts.text("overview.lang")
        ),
        charts.Table((charts.Column(group), charts.Column(label), *heads), table),
        title=f"{title} · {axis}",
        name=f"overview-{name}",
    )  # fmt: skip


st.title(texts.text("app.title"))
st.markdown(texts.text("overview.lead"))
facts = overview(connection, selection)
total = size(connection, selection, unit)
languages = [code for code in facts.languages if code != "other"]
if not facts.comments:
    st.info(texts.text("overview.none"))
else:
    show_facts(facts)
    charts.warn_if_few(total, unit)
    counts = label_counts(connection, selection, unit)
    left, right = st.columns(2, gap="large")
    with left:
        columns = [f"stance_{target}" for target in book.targets]
        labels = {code: filters.label_name(columns[0], code) for code in (*STANCES, UNDECIDED)}
        show_counts("stances", texts.text("overview.target"), texts.text("overview.label"), columns, labels)
    with right:
        columns = [f"cause_{cause}" for cause in book.causes]
        labels = {code: filters.label_name(columns[0], code) for code in ("cited", "rejected", UNDECIDED)}
        show_counts("causes", texts.text("overview.cause"), texts.text("overview.status"), columns, labels)
