"""Causes, their themes, and the sentences that carry them: each step is chosen by a click or from a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import address
import charts
import filters
import outside
import pandas as pd
import plots
import quotes
import session
import sides
import streamlit as st
import texts

from rsenlp.codebook import codebook
from rsenlp.results.counts import label_totals, overview, size
from rsenlp.results.selection import UNDECIDED, Selection, Unit
from rsenlp.results.themes import ThemeCount, quoted_units, theme_counts
from rsenlp.results.themes import quotes as find_quotes

PER_PAGE = 10
STATUSES = ("cited", "rejected")
NO_THEME = "-"

book, language = codebook(), texts.language()
state = st.session_state
address.keep("of_cause", next(iter(book.causes)), address.one_of(book.causes))
themes = {theme.id: theme.name[language] for theme in book.causes[state["of_cause"]].themes}
address.keep("of_theme", "", address.one_of({theme.id for theme in book.themes.values()}))
address.keep("as_status", "cited", address.one_of(STATUSES))
address.keep("from_page", 1, address.whole(1), passing=True)
outside.keep()
if state["of_theme"] not in themes:
    state["of_theme"] = ""

study = session.study()
selection, unit = session.sought(study, filters.selection()), filters.unit()
statuses = {code: filters.label_name("cause", code) for code in STATUSES}


def read(cause: str, theme: str, status: str) -> None:
    """Choose what is read below, from its first page."""
    state.update(of_cause=cause, of_theme=theme, as_status=status if status in STATUSES else "cited", from_page=1)


def to_first_page() -> None:
    state["from_page"] = 1


def clicked_cause() -> None:
    for point in state["causes"]["selection"].get("bar", []):
        read(point["key"], "", point["code"])


def clicked_theme() -> None:
    for point in state["themes"]["selection"].get("bar", []):
        if point["key"] in themes:
            read(state["of_cause"], point["key"], point["code"])


def show_causes() -> None:
    """How many units cite and reject each cause, and of how many that is not decided."""
    title = texts.text("themes.causes")
    st.subheader(title, help=texts.text("themes.causes_help"))
    totals = session.answer(study, label_totals, selection, unit)
    said = statuses | {UNDECIDED: filters.label_name("cause", UNDECIDED)}
    rows = [
        {"key": cause.id, "name": cause.name[language], "code": code, "status": name,
         "units": totals.get((f"cause_{cause.id}", code), 0)}
        for cause in book.causes.values()
        for code, name in said.items()
    ]  # fmt: skip
    _show(rows, said, "causes", title, (state["of_cause"], state["as_status"]), clicked_cause)


def show_themes(counts: list[ThemeCount]) -> None:
    """How many units cite and reject the chosen cause by each of its themes."""
    title = texts.text("themes.themes_of", cause=book.causes[state["of_cause"]].name[language])
    st.subheader(title, help=texts.text("themes.themes_help"))
    if not counts:
        st.info(texts.text("themes.no_themes"))
        return
    units = {(count.theme or NO_THEME, count.polarity): count.units for count in counts}
    order = dict.fromkeys(count.theme or NO_THEME for count in counts)
    names = themes | {NO_THEME: texts.text("themes.without_theme")}
    rows = [
        {"key": theme, "name": names[theme], "code": code, "status": name, "units": units.get((theme, code), 0)}
        for theme in order
        for code, name in statuses.items()
    ]
    _show(rows, statuses, "themes", title, (state["of_theme"], state["as_status"]), clicked_theme)


def _show(
    rows: list[dict[str, Any]],
    said: Mapping[str, str],
    name: str,
    title: str,
    chosen: tuple[str, str],
    clicked: Callable[[], None],
) -> None:
    row = texts.text(f"themes.row_{name}")
    axis, status = charts.unit_axis(unit), texts.text("themes.status")
    drawn = pd.DataFrame([item | {"said": texts.number(item["units"])} for item in rows])
    charts.show(
        plots.signed_bars(drawn, said, axis=axis, row=row, status=status, chosen=chosen),
        charts.Table(
            (charts.Column(row), charts.Column(status), charts.Column(axis, "number")),
            [(item["name"], item["status"], item["units"]) for item in rows],
        ),
        title=f"{title} · {axis}",
        name=name,
        on_select=clicked,
    )


def show_lists() -> None:
    """The same choices as by clicks, for the keyboard."""
    names = {cause.id: cause.name[language] for cause in book.causes.values()}
    every = {"": texts.text("themes.all_themes")} | themes
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, options, width in (("cause", names, 240), ("theme", every, 330)):
            st.selectbox(
                texts.text(f"themes.{name}"), list(options), key=f"of_{name}", format_func=options.__getitem__,
                on_change=to_first_page, width=width,
            )  # fmt: skip
        st.segmented_control(
            texts.text("themes.status_to_read"), STATUSES, key="as_status", format_func=statuses.__getitem__,
            on_change=to_first_page, required=True,
        )  # fmt: skip


def show_sentences() -> None:
    """The sentences of what was chosen, and the way to their comments."""
    cause, theme, status = state["of_cause"], state["of_theme"] or None, state["as_status"]
    # a cause is counted by its label, a theme by its sentences: so is it here
    within = selection if theme else sides.narrowed(selection, {f"cause_{cause}": status})
    number = _units(cause, status, theme, within, "comments") if within else 0
    st.subheader(texts.text("themes.sentences"))
    if within is None or not number:
        st.info(texts.text("themes.none"))
        return
    last_page = (number - 1) // PER_PAGE + 1
    state["from_page"] = min(state["from_page"], last_page)
    page = state["from_page"]
    facts = {"first": (page - 1) * PER_PAGE + 1, "last": min(page * PER_PAGE, number), "comments": texts.number(number)}
    if unit == "comments":
        st.caption(texts.text("themes.found", **facts))
    else:
        facts |= {
            "units": texts.number(_units(cause, status, theme, within, unit)),
            "unit": texts.text(f"filters.{unit}"),
        }
        st.caption(texts.text("themes.found_units", **facts))
    if theme is None or (state["theme"], state["polarity"]) in (("", ""), (f"{cause}/{theme}", status)):
        label = texts.text("themes.all_comments", comments=texts.number(number))
        address.show_link("comments", label, ":material/forum:", **_as_filters(cause, theme, status))
    quotes.show_quotes(
        session.answer(
            study, find_quotes, cause, status, theme=theme, selection=within, limit=PER_PAGE,
            offset=(page - 1) * PER_PAGE,
        ),
        "themes",
    )  # fmt: skip
    if last_page > 1:
        st.number_input(texts.text("themes.number"), 1, last_page, key="from_page", width=160)


def _units(cause: str, status: str, theme: str | None, within: Selection, counted: Unit) -> int:
    return session.answer(study, quoted_units, cause, status, theme=theme, selection=within, unit=counted)


def _as_filters(cause: str, theme: str | None, status: str) -> dict[str, address.Value]:
    if theme is None:
        return {f"cause_{cause}": status}
    return {"theme": f"{cause}/{theme}", "polarity": status}


st.title(texts.text("themes.page"))
st.markdown(texts.text("themes.lead"))
if not session.answer(study, overview, selection).comments:
    st.info(texts.text("overview.none"))
else:
    charts.warn_if_few(session.answer(study, size, selection, unit), unit)
    left, right = st.columns(2, gap="large")
    with left:
        show_causes()
    with right:
        counts = session.answer(study, theme_counts, selection, unit)
        show_themes([count for count in counts if count.cause == state["of_cause"]])
    st.caption(texts.text("themes.choose"))
    show_lists()
    show_sentences()
    outside.show(study, selection, unit)
