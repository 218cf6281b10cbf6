"""How a chart is shown: with its numbers as a table, and both to take away as CSV, SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, Literal

import exports
import filters
import pandas as pd
import streamlit as st
import texts
from plots import Plot

from rsenlp.results.selection import Unit

LEAST = 30
"""Fewer units than this are said not to generalise."""

Kind = Literal["text", "number", "share", "difference", "probability", "day"]

STYLE = """
<style>
.rse-scroll {overflow-x: auto; max-height: 26rem;}
.rse-table {border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; width: 100%;}
.rse-table th, .rse-table td {padding: .25rem .6rem; border-bottom: 1px solid rgba(128,128,128,.3);
  text-align: left; font-weight: 400; vertical-align: top;}
.rse-table td:not(.rse-figure) {min-width: 5.5rem; overflow-wrap: anywhere;}
.rse-table thead th {font-weight: 600;}
.rse-table .rse-figure {text-align: right; white-space: nowrap;}
</style>
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and what its values are (shares of one, differences of them, …)."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a chart; ``None`` is a number that there is not."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]

    def html(self) -> str:
        """The table as safe HTML."""
        css = ['class="rse-figure"' if column.kind != "text" else "" for column in self.columns]
        head = "".join(
            f'<th scope="col" {style}>{escape(column.title)}</th>'
            for column, style in zip(self.columns, css, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td {style}>{escape(shown(value, column.kind))}</td>"
                for value, column, style in zip(row, self.columns, css, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        table = f'<table class="rse-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        return f'{STYLE}<div class="rse-scroll" tabindex="0">{table}</div>'

    def csv(self, *, french: bool) -> bytes:
        """The table as a spreadsheet reads it, in French or in English."""
        titles = [
            f"{column.title} (%)" if column.kind in ("share", "difference") else column.title for column in self.columns
        ]
        rows = [
            [value * 100 if value is not None and column.kind in ("share", "difference") else value
             for value, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]  # fmt: skip
        return exports.csv(titles, rows, french=french)


def shown(value: Any, kind: Kind) -> str:
    """A value as it is read."""
    if value is None:
        return "–"
    if kind == "number":
        return texts.number(value)
    if kind == "share":
        return texts.percent(value, 1)
    if kind == "difference":
        return ("+" if value > 0 else "") + texts.decimal(100 * value)
    if kind == "probability":
        return f"< {texts.decimal(0.001, 3)}" if value < 0.001 else texts.decimal(value, 3)
    return texts.day(value) if kind == "day" else str(value)


def show(
    plot: Plot,
    table: Table,
    *,
    title: str,
    name: str,
    on_select: Callable[[], None] | Literal["ignore"] = "ignore",
) -> None:
    """A chart, then what it shows in numbers, and both to download.

    Args:
        plot: with its axes titled, itself without a title.
        table: the same numbers.
        title: of the downloaded pictures, and the chart's name for those who do not see it.
        name: its key, and the name of the downloaded files.
        on_select: called when a mark of it is clicked.
    """
    spec = plot.spec() | {"datasets": {"rows": _told_apart(plot.rows)}}
    st.vega_lite_chart(spec, width="stretch", key=name, on_select=on_select, alt=title)
    _show_numbers(plot, table, title, name)


@st.fragment
def _show_numbers(plot: Plot, table: Table, title: str, name: str) -> None:
    """The numbers of a chart and its downloads, once they are asked for."""
    numbers = st.expander(texts.text("charts.numbers"), key=f"{name}.numbers", on_change="rerun")
    if not numbers.open:
        return
    with numbers:
        st.html(table.html())
        picture = partial(exports.picture, plot, title, filters.active())
        with st.container(horizontal=True):
            # a download is made after the page, when nothing is known of who reads it any more
            as_csv = partial(table.csv, french=texts.language() == "fr")
            _download("CSV", as_csv, name, "csv", "text/csv")
            _download("SVG", partial(picture, "svg"), name, "svg", "image/svg+xml")
            _download("PNG", partial(picture, "png"), name, "png", "image/png")


def warn_if_few(total: int, unit: Unit) -> None:
    """Say that a number of units is too small to speak for others."""
    if total < LEAST:
        st.warning(texts.text("charts.few", least=LEAST, unit=texts.text(f"filters.{unit}")))


def unit_axis(unit: Unit) -> str:
    """The title of an axis that counts units."""
    return texts.text(f"charts.number_{unit}")


def _download(label: str, data: Callable[[], bytes], name: str, ending: str, mime: str) -> None:
    st.download_button(
        label, data, f"rsenlp-{name}.{ending}", mime, key=f"{name}.{ending}", on_click="ignore",
        icon=":material/download:", help=texts.text(f"charts.{ending}"),
    )  # fmt: skip


def _told_apart(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a last column that changes with any of them: the browser looks there whether others have come."""
    seen = int(pd.util.hash_pandas_object(rows, index=False).sum())
    return rows.assign(seen=str(seen))
