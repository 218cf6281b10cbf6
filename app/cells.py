"""Which causes go with which stances and with each other, as tables whose cells lead to their comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import address
import charts
import filters
import pandas as pd
import plots
import quotes
import session
import sides
import streamlit as st
import texts

from rsenlp.codebook import STANCES, codebook
from rsenlp.results.counts import Cell, causes_by_stance, causes_together, overview
from rsenlp.results.selection import Selection, Unit
from rsenlp.results.store import Study
from rsenlp.results.themes import quotes as find_quotes

QUOTES = 3


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of causes by something: what its columns are called, and which labels each of its cells stands for."""

    name: str
    across: str
    columns: Mapping[str, str]
    polarity: str
    units: Mapping[tuple[str, str], int]
    labels: Mapping[tuple[str, str], dict[str, str]]


def keep() -> None:
    """Keep in the address what is chosen here."""
    book = codebook()
    address.keep("towards", next(iter(book.targets)), address.one_of(book.targets))
    address.keep("cause_is", "cited", address.one_of(("cited", "rejected")))
    for name, columns in (("heat", STANCES), ("together", tuple(book.causes))):
        cells = [f"{cause}/{column}" for cause in book.causes for column in columns]
        address.keep(f"{name}_cell", "", address.one_of(cells))


def show_heat(study: Study, selection: Selection, unit: Unit) -> None:
    """Causes by stances towards a target."""
    book = codebook()
    st.subheader(texts.text("compare.heat"), help=texts.text("compare.heat_help"))
    targets = {target.id: target.name[texts.language()] for target in book.targets.values()}
    statuses = {code: filters.label_name("cause", code) for code in ("cited", "rejected")}
    with st.container(horizontal=True):
        for name, key, options in (("target", "towards", targets), ("polarity", "cause_is", statuses)):
            st.segmented_control(
                texts.text(f"compare.{name}"), list(options), key=key, format_func=options.__getitem__, required=True
            )
    target, polarity = st.session_state["towards"], st.session_state["cause_is"]
    stance = f"stance_{target}"
    table = _Table(
        "heat",
        texts.text("compare.stance"),
        {code: filters.label_name(stance, code) for code in STANCES},
        polarity,
        _counted(session.answer(study, causes_by_stance, target, selection, unit, polarity)),
        {(cause, code): {f"cause_{cause}": polarity, stance: code} for cause in book.causes for code in STANCES},
    )
    _show(study, table, selection, unit)


def show_together(study: Study, selection: Selection, unit: Unit) -> None:
    """Causes by causes."""
    st.subheader(texts.text("compare.together"), help=texts.text("compare.together_help"))
    units = _counted(session.answer(study, causes_together, selection, unit))
    table = _Table(
        "together",
        texts.text("compare.with_cause"),
        {cause.id: cause.name[texts.language()] for cause in codebook().causes.values()},
        "cited",
        units,
        {(one, other): {f"cause_{one}": "cited", f"cause_{other}": "cited"} for one, other in units},
    )
    _show(study, table, selection, unit)


def _counted(cells: list[Cell]) -> dict[tuple[str, str], int]:
    return {(cell.row, cell.column): cell.units for cell in cells}


def _show(study: Study, table: _Table, selection: Selection, unit: Unit) -> None:
    book, language, key = codebook(), texts.language(), f"{table.name}_cell"
    axis, down = charts.unit_axis(unit), texts.text("compare.cause")
    rows = [
        {"row": row, "column": column, "down": book.causes[row].name[language], "across": table.columns[column],
         "units": table.units.get((row, column), 0), "said": texts.number(table.units.get((row, column), 0))}
        for row, column in table.labels
    ]  # fmt: skip
    options = {"": texts.text("compare.cell_choose")} | {
        f"{item['row']}/{item['column']}": f"{item['down']} × {item['across']}" for item in rows
    }
    if st.session_state[key] not in options:
        st.session_state[key] = ""
    row, _, column = str(st.session_state[key]).partition("/")
    chosen = row, column
    drawn = plots.heat(
        pd.DataFrame(rows), down=down, across=table.across, axis=axis, chosen=chosen,
        columns=list(table.columns.values()),
    )  # fmt: skip
    numbers = charts.Table(
        (charts.Column(down), charts.Column(table.across), charts.Column(axis, "number")),
        [(item["down"], item["across"], item["units"]) for item in rows],
    )
    title = f"{texts.text(f'compare.{table.name}')} · {axis}"
    clicked = _heat_clicked if table.name == "heat" else _together_clicked
    charts.show(drawn, numbers, title=title, name=table.name, on_select=clicked)
    st.selectbox(texts.text("compare.cell"), list(options), key=key, format_func=options.__getitem__)
    _read(study, table, selection, chosen)


def _heat_clicked() -> None:
    _clicked("heat")


def _together_clicked() -> None:
    _clicked("together")


def _clicked(name: str) -> None:
    for point in st.session_state[name]["selection"].get("cell", []):
        st.session_state[f"{name}_cell"] = f"{point['row']}/{point['column']}"


def _read(study: Study, table: _Table, selection: Selection, chosen: tuple[str, str]) -> None:
    """Some sentences of the chosen cell, and the way to its comments."""
    if chosen not in table.labels:
        st.caption(texts.text("compare.cell_none"))
        return
    labels = table.labels[chosen]
    within = sides.narrowed(selection, labels)
    number = session.answer(study, overview, within).comments if within is not None else 0
    if within is None or not number:
        st.caption(texts.text("compare.cell_empty"))
        return
    label = texts.text("themes.all_comments", comments=texts.number(number))
    address.show_link("comments", label, ":material/forum:", **labels)
    found = session.answer(study, find_quotes, chosen[0], table.polarity, selection=within, limit=QUOTES)
    quotes.show_quotes(found, table.name)
