"""How many comments stand where and cite what, by language."""

from __future__ import annotations

from collections.abc import Mapping

import charts
import filters
import later
import pandas as pd
import plots
import session
import streamlit as st
import texts

from rsenlp.codebook import STANCES, codebook
from rsenlp.results.counts import Overview, label_counts, overview, size
from rsenlp.results.prevalence import LEAST_THREADS, Share, prevalence
from rsenlp.results.selection import UNDECIDED

book = codebook()
study = session.study()
selection, unit = session.sought(study, filters.selection()), filters.unit()


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


def show_corrected(found: list[Share]) -> None:
    """The shares of labels as counted, and as corrected with their intervals."""
    st.subheader(texts.text("overview.corrected"), help=texts.text("overview.corrected_help"))
    note = texts.text("overview.corrected_note" if study.priors() else "overview.corrected_mean")
    st.caption(note if unit == "comments" else f"{note} {texts.text(f'overview.corrected_{unit}')}")
    if all(item.low is None for item in found):
        st.warning(texts.text("overview.corrected_few", least=LEAST_THREADS))
    left, right = st.columns(2, gap="large")
    with left:
        _show_shares("stances", "overview.target", [item for item in found if item.column.startswith("stance_")])
    with right:
        causes = [item for item in found if item.column.startswith("cause_") and item.label != "absent"]
        _show_shares("causes", "overview.cause", causes)


def _show_shares(name: str, group: str, found: list[Share]) -> None:
    rows = [
        {
            "key": f"{item.column}/{item.label}", "group": filters.column_name(item.column),
            "label": filters.label_name(item.column, item.label),
            "counted": item.counted, "corrected": item.corrected, "low": item.low, "high": item.high,
            "said_counted": charts.shown(item.counted, "share"), "said": charts.shown(item.corrected, "share"),
            "between": "–" if item.low is None
            else f"{charts.shown(item.low, 'share')} – {charts.shown(item.high, 'share')}",
        }
        for item in found
    ]  # fmt: skip
    axis = texts.text("overview.share")
    kinds = texts.text("overview.raw"), texts.text("overview.mended")
    heads = [charts.Column(f"{axis} {kind}", "share") for kind in kinds]
    heads += [charts.Column(texts.text(f"overview.{end}"), "share") for end in ("low", "high")]
    charts.show(
        plots.shares(
            pd.DataFrame(rows), kinds, axis=axis, row=texts.text(group), interval=texts.text("overview.between")
        ),
        charts.Table(
            (charts.Column(texts.text(group)), charts.Column(texts.text("overview.label")), *heads),
            [tuple(row[key] for key in ("group", "label", "counted", "corrected", "low", "high")) for row in rows],
        ),
        title=texts.text(f"overview.corrected_{name}"),
        name=f"overview-corrected-{name}",
    )


st.title(texts.text("app.title"))
st.markdown(texts.text("overview.lead"))
facts = session.answer(study, overview, selection)
total = session.answer(study, size, selection, unit)
languages = [code for code in facts.languages if code != "other"]
if not facts.comments:
    st.info(texts.text("overview.none"))
else:
    show_facts(facts)
    charts.warn_if_few(total, unit)
    counts = session.answer(study, label_counts, selection, unit)
    left, right = st.columns(2, gap="large")
    with left:
        columns = [f"stance_{target}" for target in book.targets]
        labels = {code: filters.label_name(columns[0], code) for code in (*STANCES, UNDECIDED)}
        show_counts("stances", texts.text("overview.target"), texts.text("overview.label"), columns, labels)
    with right:
        columns = [f"cause_{cause}" for cause in book.causes]
        labels = {code: filters.label_name(columns[0], code) for code in ("cited", "rejected", UNDECIDED)}
        show_counts("causes", texts.text("overview.cause"), texts.text("overview.status"), columns, labels)
    if total:
        cursor, priors = session.connection(study), study.priors()
        later.show(
            ("prevalence", *session.state(study), repr(selection), unit),
            lambda: prevalence(cursor, priors, selection, unit),
            show_corrected,
            waiting=texts.text("overview.corrected_waiting"),
        )
