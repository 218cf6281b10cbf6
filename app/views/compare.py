"""Two parts of the selection side by side, and which causes go with which stances and with each other."""

from __future__ import annotations

from html import escape

import cells
import charts
import filters
import pandas as pd
import plots
import session
import sides
import streamlit as st
import texts

from rsenlp.results.compare import Difference, compare, undecided
from rsenlp.results.counts import overview, size
from rsenlp.results.selection import UNDECIDED

SURE = 0.05

study = session.study()
selection, unit = session.sought(study, filters.selection()), filters.unit()


def row_of(item: Difference) -> dict[str, str]:
    """The row of a label in the charts."""
    return {
        "key": f"{item.column}/{item.label}",
        "group": filters.column_name(item.column),
        "label": filters.label_name(item.column, item.label),
    }


def show_sides(chosen: sides.Sides) -> None:
    """The shares of both sides, their differences, and both as one table."""
    left_total, right_total = (session.answer(study, size, side, unit) for side in (chosen.left, chosen.right))
    st.html(f"<strong>{escape(_totals(chosen.names, left_total, right_total))}</strong>")
    if not left_total or not right_total:
        st.info(texts.text("compare.empty"))
        return
    charts.warn_if_few(min(left_total, right_total), unit)
    without = (chosen.column,) if chosen.column else ()
    tested = session.answer(study, compare, chosen.left, chosen.right, unit, without=without)
    doubts = session.answer(study, undecided, chosen.left, chosen.right, unit)
    rest = [item for item in doubts if item.column != chosen.column]
    order = {column: position for position, column in enumerate(dict.fromkeys(item.column for item in tested))}
    found = sorted([*tested, *rest], key=lambda item: order[item.column])
    table = in_numbers(found, chosen.names)
    left, right = st.columns(2, gap="large")
    with left:
        show_shares(found, chosen.names, table)
    with right:
        show_differences(tested, table)


def _totals(names: tuple[str, str], left_total: int, right_total: int) -> str:
    return texts.text(
        "compare.sides", left=names[0], left_total=texts.number(left_total), right=names[1],
        right_total=texts.number(right_total), unit=texts.text(f"filters.{unit}"),
    )  # fmt: skip


def in_numbers(found: list[Difference], names: tuple[str, str]) -> charts.Table:
    """Shares, differences, intervals and tests as a table."""
    kinds: tuple[charts.Kind, charts.Kind] = "number", "share"
    columns = [
        *(charts.Column(texts.text(f"compare.{name}")) for name in ("group", "row")),
        *(charts.Column(name, kind) for name in names for kind in kinds),
        *(charts.Column(texts.text(f"compare.{name}"), "difference") for name in ("difference_short", "low", "high")),
        charts.Column(texts.text("compare.adjusted"), "probability"),
    ]
    rows: list[tuple[object, ...]] = []
    for item in found:
        row = row_of(item)
        difference = item.left_share - item.right_share
        shares = (item.left, item.left_share, item.right, item.right_share, difference)
        rows.append((row["group"], row["label"], *shares, item.low, item.high, item.adjusted_p))
    return charts.Table(tuple(columns), rows)


def show_shares(found: list[Difference], names: tuple[str, str], table: charts.Table) -> None:
    st.subheader(texts.text("compare.shares"), help=texts.text("compare.shares_help"))
    axis = texts.text(f"compare.share_{unit}")
    rows = [
        {**row_of(item), "side": name, "share": share,
         "said": texts.text(
             "timeline.said", units=texts.number(part), total=texts.number(total), share=texts.percent(share, 1))}
        for item in found
        # where nothing is undecided, there is no need to say so in the chart
        if item.label != UNDECIDED or item.left or item.right
        for name, share, part, total in (
            (names[0], item.left_share, item.left, item.left_total),
            (names[1], item.right_share, item.right, item.right_total),
        )
    ]  # fmt: skip
    row, side = texts.text("compare.group"), texts.text("compare.side")
    charts.show(
        plots.side_by_side(pd.DataFrame(rows), names, axis=axis, row=row, side=side), table,
        title=f"{axis} · {names[0]} | {names[1]}", name="compare-shares",
    )  # fmt: skip


def show_differences(tested: list[Difference], table: charts.Table) -> None:
    axis = texts.text("compare.difference")
    st.subheader(texts.text("compare.differences"), help=texts.text("compare.differences_help"))
    rows = [
        {**row_of(item), "difference": 100 * (item.left_share - item.right_share), "low": 100 * item.low,
         "high": 100 * item.high, "sure": item.adjusted_p < SURE,
         "said": charts.shown(item.left_share - item.right_share, "difference"),
         "between": f"[{charts.shown(item.low, 'difference')} ; {charts.shown(item.high, 'difference')}]"}
        for item in tested
        if item.low is not None and item.high is not None and item.adjusted_p is not None
    ]  # fmt: skip
    charts.show(
        plots.differences(
            pd.DataFrame(rows), axis=axis, row=texts.text("compare.group"), interval=texts.text("compare.interval"),
            verdicts={True: texts.text("compare.sure"), False: texts.text("compare.unsure")},
        ),
        table, title=axis, name="compare-differences",
    )  # fmt: skip


cells.keep()

st.title(texts.text("compare.page"))
st.markdown(texts.text("compare.lead"))
if not session.answer(study, overview, selection).comments:
    st.info(texts.text("overview.none"))
else:
    both = sides.choose(study)
    if both is not None:
        show_sides(both)
    charts.warn_if_few(session.answer(study, size, selection, unit), unit)
    left, right = st.columns(2, gap="large")
    with left:
        cells.show_heat(study, selection, unit)
    with right:
        cells.show_together(study, selection, unit)
