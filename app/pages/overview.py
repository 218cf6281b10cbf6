"""How many comments stand where and cite what, by language."""

from __future__ import annotations

import charts
import filters
import pandas as pd
import session
import streamlit as st
import texts

from rsenlp.codebook import STANCES, codebook
from rsenlp.results.counts import Count, Overview, label_counts, overview
from rsenlp.results.selection import UNDECIDED

LEAST = 30

language = texts.language()
book = codebook()
study = session.study()
connection = session.connection(study)


def show_facts(facts: Overview) -> None:
    """The size of the study and what is not in it."""
    values = {"comments": facts.comments, "threads": facts.threads, "authors": facts.authors}
    columns = st.columns(3 + len(facts.languages))
    for column, (name, value) in zip(columns, values.items(), strict=False):
        column.metric(texts.text(f"overview.{name}"), texts.number(value) if value else "–")
    for column, (code, value) in zip(columns[3:], facts.languages.items(), strict=True):
        column.metric(texts.text("overview.read_in", language=texts.text(f"languages.{code}")), texts.number(value))
    if facts.unread:
        st.warning(texts.text("overview.unread", number=texts.number(facts.unread)))
    if facts.comments < LEAST:
        st.warning(texts.text("overview.small", least=LEAST))
    report = study.import_report()
    if report is not None and (report["skipped"] or report["repaired"]):
        st.caption(texts.text("overview.left_out", skipped=report["skipped"], repaired=report["repaired"]))


def frame(counts: list[Count], names: dict[str, str], labels: dict[str, str]) -> pd.DataFrame:
    """The counts of some label columns, in words, as rows for a chart and its table."""
    order = list(labels)
    rows = [
        {
            "group": names[item.name],
            "label": labels[item.label],
            "language": texts.text(f"languages.{item.language}"),
            "bar": f"{names[item.name]} · {item.language}",
            "comments": item.units,
            "order": order.index(item.label),
        }
        for name in names
        for item in sorted(
            counts, key=lambda item: (item.language, order.index(item.label) if item.label in order else 0)
        )
        if item.name == name and item.label in labels
    ]
    return pd.DataFrame(rows, columns=["group", "label", "language", "bar", "comments", "order"])


def show_counts(title: str, group: str, label: str, rows: pd.DataFrame, labels: dict[str, str]) -> None:
    """A chart with the same numbers as a table below."""
    st.subheader(title, help=texts.text("overview.by_language"))
    colours = [charts.PALETTE.get(code, charts.UNDECIDED_COLOUR) for code in labels]
    st.altair_chart(
        charts.counts_chart(rows, group=group, label=label, labels=list(labels.values()), colours=colours),
        width="stretch",
    )
    with st.expander(texts.text("overview.table")):
        table = rows.pivot_table(
            index=["group", "label"], columns="language", values="comments", aggfunc="sum", fill_value=0
        )
        table = table.reindex(list(dict.fromkeys(zip(rows["group"], rows["label"], strict=True))))
        table.index.names = [group, label]
        st.table(table)


st.title(texts.text("app.title"))
st.markdown(texts.text("overview.lead"))
selection, unit = filters.selection(), filters.unit()
show_facts(overview(connection, selection))
counts = label_counts(connection, selection, unit)

stance_labels = {label: book.stances[label][language] for label in STANCES} | {
    UNDECIDED: texts.text("overview.undecided")
}
cause_labels = {code: book.statuses[code][language] for code in ("cited", "rejected")} | {
    UNDECIDED: texts.text("overview.undecided")
}
left, right = st.columns(2, gap="large")
with left:
    names = {f"stance_{target.id}": target.name[language] for target in book.targets.values()}
    rows = frame(counts, names, stance_labels)
    show_counts(
        texts.text("overview.stances"), texts.text("overview.target"), texts.text("overview.label"), rows, stance_labels
    )
with right:
    names = {f"cause_{cause.id}": cause.name[language] for cause in book.causes.values()}
    rows = frame(counts, names, cause_labels)
    show_counts(
        texts.text("overview.causes"), texts.text("overview.cause"), texts.text("overview.status"), rows, cause_labels
    )
