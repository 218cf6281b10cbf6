"""Themes that the codebook does not have: how much they say, how stable they are, and their sentences."""

from __future__ import annotations

from typing import Any

import address
import charts
import later
import pandas as pd
import plots
import quotes
import session
import streamlit as st
import texts

from rsenlp.results.emerging import Emerging, Found, emerging, emerging_quotes, emerging_units
from rsenlp.results.grouping import LEAST
from rsenlp.results.selection import Selection, Unit
from rsenlp.results.store import Study

PER_PAGE = 5


def keep() -> None:
    """Keep in the address which theme is read: its language and its label."""
    address.keep("emerging", "", address.text)


def show(study: Study, selection: Selection, unit: Unit) -> None:
    """The emerging themes of a selection; found beside the page, which does not wait for them."""
    st.subheader(texts.text("emerging.title"), help=texts.text("emerging.help"))
    st.caption(texts.text("emerging.lead"))
    cursor = session.connection(study)
    later.show(
        ("emerging", *session.state(study), repr(selection)),
        lambda: emerging(cursor, selection),
        lambda found: _show_found(study, found, selection, unit),
        waiting=texts.text("emerging.waiting"),
    )


def _show_found(study: Study, found: list[Found], selection: Selection, unit: Unit) -> None:
    if not found:
        st.info(texts.text("themes.no_themes"))
        return
    themes = {_code(theme): theme for item in found for theme in item.themes}
    if st.session_state["emerging"] not in themes:
        st.session_state["emerging"] = next(iter(themes), "")
    for item in found:
        st.markdown(f"**{texts.text(f'emerging.in_{item.language}')}**")
        st.caption(_said(item))
        if item.themes:
            _show_themes(study, item, selection, unit)
    if themes:
        _show_sentences(study, themes, selection)


def _said(item: Found) -> str:
    facts = {
        "sentences": texts.number(item.sentences), "evidence": texts.number(item.evidence),
        "different": texts.number(item.different), "grouped": texts.number(item.grouped), "least": LEAST,
    }  # fmt: skip
    said = texts.text("emerging.outside", **facts)
    if not item.enough:
        return f"{said} {texts.text('emerging.few', **facts)}"
    if not item.themes:
        return f"{said} {texts.text('emerging.apart')}"
    return said if item.grouped == item.sentences else f"{said} {texts.text('emerging.sample', **facts)}"


def _show_themes(study: Study, item: Found, selection: Selection, unit: Unit) -> None:
    axis, verdicts = charts.unit_axis(unit), _verdicts()
    rows: list[dict[str, Any]] = []
    for theme in item.themes:
        units = session.answer(study, emerging_units, theme, selection, unit)
        rows.append(
            {"key": _code(theme), "name": theme.label, "code": "stable" if theme.stable else "unstable",
             "units": units, "said": texts.number(units), "verdict": verdicts[theme.stable],
             "share": theme.coverage, "coverage": texts.percent(theme.coverage),
             "stability": texts.decimal(theme.stability, 2), "steady": theme.stability}
        )  # fmt: skip
    name = f"emerging-{item.language}"
    titles = {key: texts.text(f"emerging.{key}") for key in ("theme", "verdict", "coverage", "stability")}
    charts.show(
        plots.found(pd.DataFrame(rows), verdicts, axis=axis, titles=titles, chosen=st.session_state["emerging"]),
        charts.Table(
            (
                charts.Column(titles["theme"]), charts.Column(axis, "number"),
                charts.Column(titles["coverage"], "share"),
                charts.Column(titles["stability"]), charts.Column(titles["verdict"]),
            ),
            [(row["name"], row["units"], row["share"], row["stability"], row["verdict"]) for row in rows],
        ),
        title=f"{texts.text('emerging.title')} · {texts.text(f'emerging.in_{item.language}')} · {axis}",
        name=name,
        on_select=lambda: _clicked(name),
    )  # fmt: skip


def _clicked(name: str) -> None:
    for point in st.session_state[name]["selection"].get("bar", []):
        st.session_state["emerging"] = point["key"]


def _show_sentences(study: Study, themes: dict[str, Emerging], selection: Selection) -> None:
    st.selectbox(
        texts.text("emerging.to_read"), list(themes), key="emerging", width=420,
        format_func=lambda code: f"{themes[code].label} ({_verdicts()[themes[code].stable]})",
    )  # fmt: skip
    theme = themes[st.session_state["emerging"]]
    number = session.answer(study, emerging_units, theme, selection)
    said = texts.text("emerging.found", first=min(PER_PAGE, number), comments=texts.number(number))
    st.caption(said if theme.stable else f"{said} {texts.text('emerging.unstable_note')}")
    quotes.show_quotes(session.answer(study, emerging_quotes, theme, selection, limit=PER_PAGE), "emerging")


def _verdicts() -> dict[bool, str]:
    return {True: texts.text("emerging.stable"), False: texts.text("emerging.unstable")}


def _code(theme: Emerging) -> str:
    return f"{theme.language}: {theme.label}"
