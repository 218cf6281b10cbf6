"""Which comments the pages look at, and in which unit they count: one choice for all pages, kept in the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import duckdb
import streamlit as st
import texts

from rsenlp.codebook import STANCES, codebook
from rsenlp.results.counts import values_of
from rsenlp.results.selection import UNDECIDED, UNIT_COLUMNS, Selection, Unit

# the name in the address and the key of the widget; every one is a string there, lists are cut at commas
SINGLE = ("q", "unit", "since", "until", "cause", "status", "theme", "claim", "rse", "doubt")
SEVERAL = ("langs", "sources", "threads", "authors")


def choose(connection: duckdb.DuckDBPyConnection) -> None:
    """Show the choices in the sidebar, as the address has them, and write them back to it."""
    _from_address()
    with st.sidebar:
        st.segmented_control(
            texts.text("filters.unit"), list(UNIT_COLUMNS), key="unit", required=True,
            format_func=lambda unit: texts.text(f"filters.{unit}"),
        )  # fmt: skip
        st.text_input(texts.text("filters.search"), key="q")
        for key, column in {
            "langs": "read_lang",
            "sources": "source",
            "threads": "thread_id",
            "authors": "author",
        }.items():
            _several(connection, key, column)
        _dates(connection)
        _labels()
    _to_address()


def selection() -> Selection:
    """The comments that were chosen."""
    state = st.session_state
    labels = {f"stance_{target}": state[target] for target in codebook().targets if state.get(target)}
    if state.get("cause"):
        labels[f"cause_{state['cause']}"] = state.get("status") or "cited"
    return Selection(
        languages=tuple(state.get("langs") or ()),
        sources=tuple(state.get("sources") or ()),
        threads=tuple(state.get("threads") or ()),
        authors=tuple(state.get("authors") or ()),
        since=state.get("since"),
        until=state.get("until"),
        labels=labels,
        theme=state.get("theme") or None,
        undecided=bool(state.get("doubt")),
        search=state.get("q") or "",
    )


def unit() -> Unit:
    """What is counted."""
    chosen: Unit = st.session_state.get("unit") or "comments"
    return chosen


def _several(connection: duckdb.DuckDBPyConnection, key: str, column: str) -> None:
    found = [value for value, _ in values_of(connection, column)]
    kept = [value for value in st.session_state.get(key) or [] if value not in found]
    if len(found) > 1 or kept:
        st.multiselect(texts.text(f"filters.{key}"), [*found, *kept], key=key, format_func=_named(key))


def _named(key: str) -> Callable[[str], str]:
    return lambda value: texts.text(f"languages.{value}") if key == "langs" else str(value)


def _dates(connection: duckdb.DuckDBPyConnection) -> None:
    first, last = connection.execute(
        "select min(created_at)::date, max(created_at)::date from labelled"
    ).fetchone() or (None, None)
    if first is None:
        return
    left, right = st.columns(2)
    for place, key in ((left, "since"), (right, "until")):
        if st.session_state.get(key) is not None:
            st.session_state[key] = min(max(st.session_state[key], first), last)
        place.date_input(texts.text(f"filters.{key}"), key=key, value=None, min_value=first, max_value=last)


def _labels() -> None:
    language, book = texts.language(), codebook()
    anything = texts.text("filters.any")
    for target in book.targets.values():
        names: dict[str, str] = {"": anything}
        names |= {label: book.stances[label][language] for label in STANCES}
        names[UNDECIDED] = texts.text("filters.undecided")
        st.selectbox(target.name[language], list(names), key=target.id, format_func=names.__getitem__)
    causes: dict[str, str] = {"": anything} | {cause.id: cause.name[language] for cause in book.causes.values()}
    st.selectbox(texts.text("filters.cause"), list(causes), key="cause", format_func=causes.__getitem__)
    if st.session_state.get("cause"):
        statuses = {code: book.statuses[code][language] for code in ("cited", "rejected", "absent")}
        statuses[UNDECIDED] = texts.text("filters.undecided")
        st.selectbox(texts.text("filters.status"), list(statuses), key="status", format_func=statuses.__getitem__)
    themes: dict[str, str] = {"": anything}
    for cause in book.causes.values():
        themes |= {
            f"{cause.id}/{theme.id}": f"{cause.name[language]} : {theme.name[language]}" for theme in cause.themes
        }
    st.selectbox(texts.text("filters.theme"), list(themes), key="theme", format_func=themes.__getitem__)
    st.toggle(texts.text("filters.doubt"), key="doubt")


# --- the address -----------------------------------------------------------------------------------------------------


def _from_address() -> None:
    """Take over what the address says, once per address."""
    said = {key: value for key, value in st.query_params.items() if key in (*SINGLE, *SEVERAL)}
    if not said or st.session_state.get("address") == said:
        st.session_state.setdefault("unit", "comments")
        return
    st.session_state["address"] = said
    for key in SEVERAL:
        st.session_state[key] = [value for value in said.get(key, "").split(",") if value]
    for key in SINGLE:
        st.session_state[key] = _value(key, said.get(key, ""))


def _value(key: str, said: str) -> object:
    if key in ("since", "until"):
        try:
            return date.fromisoformat(said)
        except ValueError:
            return None
    if key == "doubt":
        return said == "1"
    if key == "unit":
        return said if said in UNIT_COLUMNS else "comments"
    allowed = {
        "cause": set(codebook().causes),
        "theme": set(codebook().themes),
        "status": {"cited", "rejected", "absent", UNDECIDED},
        **{key_0: {*STANCES, UNDECIDED} for key_0 in codebook().targets},
    }
    return said if key not in allowed or said in allowed[key] else ""


def _to_address() -> None:
    """Write the choices to the address, so that a copied address leads back to exactly this view."""
    state = st.session_state
    found = {key: ",".join(state[key]) for key in SEVERAL if state.get(key)}
    for key in SINGLE:
        value = state.get(key)
        if value and not (key == "unit" and value == "comments") and not (key == "status" and not state.get("cause")):
            found[key] = "1" if value is True else value.isoformat() if isinstance(value, date) else str(value)
    state["address"] = found
    for key in (*SINGLE, *SEVERAL):
        if key in found and st.query_params.get(key) != found[key]:
            st.query_params[key] = found[key]
        elif key not in found and key in st.query_params:
            del st.query_params[key]
