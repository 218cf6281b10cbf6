"""Counts and shares over time, where comments have dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import address
import charts
import filters
import pandas as pd
import plots
import session
import streamlit as st
import texts

from rsenlp.codebook import STANCES, codebook
from rsenlp.results.counts import overview
from rsenlp.results.selection import UNDECIDED, label_columns
from rsenlp.results.timeline import PERIODS, Period, Point, ends, filled, first_and_last, stretches, timeline, undated

SCALES = ("counts", "shares")

state = st.session_state
study = session.study()
selection, unit = session.sought(study, filters.selection()), filters.unit()
columns = label_columns(codebook())
address.keep("of", columns[0], address.one_of(columns))
address.keep("every", "month", address.one_of(PERIODS))
address.keep("scale", "counts", address.one_of(SCALES))


def show_choices() -> None:
    """What to follow, by which periods, in counts or shares."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(texts.text("timeline.of"), columns, key="of", format_func=filters.column_name, width=300)
        for name, options in (("every", PERIODS), ("scale", SCALES)):
            st.segmented_control(
                texts.text(f"timeline.{name}"), options, key=name, required=True,
                format_func=lambda option: texts.text(f"timeline.{option}"),
            )  # fmt: skip


def show_dates(days: tuple[date, date]) -> None:
    """How many of the selection have a date, and what is not shown."""
    facts, without = session.answer(study, overview, selection), session.answer(study, undated, selection)
    numbers = {
        "comments": texts.number(facts.comments), "undated": texts.number(without),
        "dated": texts.number(facts.comments - without), "first": texts.day(days[0]), "last": texts.day(days[1]),
    }  # fmt: skip
    st.markdown(texts.text("timeline.dated" if without else "timeline.all_dated", **numbers))
    if facts.unread:
        st.caption(texts.text("timeline.unread", number=texts.number(facts.unread)))


def show_chart(column: str, every: Period, scale: str) -> None:
    """The chart, its numbers, and how to read it."""
    codes = STANCES if column.startswith("stance_") else ("cited", "rejected")
    found = session.answer(study, timeline, column, every, selection, unit)
    # where nothing is undecided, there is no need to say so
    doubts = (UNDECIDED,) if any(point.label == UNDECIDED for point in found) else ()
    labels = {code: filters.label_name(column, code) for code in (*codes, *doubts)}
    points = filled(found, list(labels))
    charts.warn_if_few(max((point.total for point in points), default=0), unit)
    title = filters.column_name(column)
    st.subheader(title)
    axis = texts.text(f"compare.share_{unit}") if scale == "shares" else charts.unit_axis(unit)
    rows = frame(points, labels, every)
    draw = plots.lines_in_time if scale == "shares" else plots.stacked_in_time
    period, label = texts.text("timeline.period"), texts.text("timeline.label")
    kinds: dict[str, charts.Kind] = {"total": "number", "share": "share", "low": "share", "high": "share"}
    charts.show(
        draw(rows, labels, axis=axis, time=period, label=label, period=every),
        charts.Table(
            (charts.Column(period), charts.Column(label), charts.Column(charts.unit_axis(unit), "number"),
             *(charts.Column(texts.text(f"timeline.{name}"), kind) for name, kind in kinds.items())),
            [(said(point.start, every), labels[point.label], point.units, point.total, point.share, *point.interval)
             for point in points],
        ),
        title=f"{title} · {axis}", name="timeline",
    )  # fmt: skip
    if not column.startswith("stance_"):
        st.caption(texts.text("timeline.absent"))
    if scale == "shares":
        st.caption(texts.text("timeline.shares_note", least=charts.LEAST, unit=texts.text(f"filters.{unit}")))
    if unit != "comments":
        st.caption(texts.text("timeline.overlap"))


def frame(points: list[Point], labels: Mapping[str, str], every: Period) -> pd.DataFrame:
    """The points as rows of a chart."""
    parts = {start: number for number, part in enumerate(stretches((p.start for p in points), every)) for start in part}
    order = list(labels)
    rows = []
    for point in points:
        start, end = pd.Timestamp(point.start), pd.Timestamp(ends(point.start, every))
        low, high = point.interval
        numbers = {"units": texts.number(point.units), "total": texts.number(point.total)}
        rows.append({
            "start": start, "end": end, "middle": start + (end - start) / 2, "period": said(point.start, every),
            "label": labels[point.label], "order": order.index(point.label), "units": point.units,
            "total": point.total, "share": point.share, "low": low, "high": high,
            "stretch": f"{parts[point.start]}", "few": point.total < charts.LEAST,
            "said": texts.text("timeline.said", share=texts.percent(point.share, 1), **numbers),
        })  # fmt: skip
    return pd.DataFrame(rows)


def said(start: date, every: Period) -> str:
    """A period in words."""
    if every == "year":
        return str(start.year)
    if every == "month":
        return f"{texts.months()[start.month - 1]} {start.year}"
    return texts.text("timeline.week_of", day=texts.day(start))


st.title(texts.text("timeline.page"))
st.markdown(texts.text("timeline.lead"))
days = session.answer(study, first_and_last, selection)
if not session.answer(study, overview, selection).comments:
    st.info(texts.text("overview.none"))
elif days is None:
    st.info(texts.text("timeline.no_dates"))
else:
    show_choices()
    show_dates(days)
    show_chart(state["of"], state["every"], state["scale"])
