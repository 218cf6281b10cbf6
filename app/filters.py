"""Which comments the pages look at, and in which unit they count: one choice for all pages, kept in the address."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import address
import session
import streamlit as st
import texts

from rsenlp.codebook import STANCES, STATUSES, codebook
from rsenlp.results import words
from rsenlp.results.selection import UNDECIDED, UNIT_COLUMNS, Selection, Unit, label_columns
from rsenlp.results.store import Study
from rsenlp.results.words import described

_LISTS = {"langs": "read_lang", "sources": "source", "threads": "thread_id", "authors": "author"}
"""Lists of values by their name in the address, with the column that they are values of."""

# a column of the corpus with more values than this tells comments apart rather than groups them
_MOST_VALUES = 50


def names() -> tuple[str, ...]:
    """The names that the choices have in the address."""
    return ("unit", "q", *_LISTS, "since", "until", *label_columns(codebook()), "theme", "polarity", "doubt", "columns")


def keep(study: Study) -> None:
    """Take the choices over from the address, those that the study can have."""
    _keep()
    state = st.session_state
    days = session.days(study)
    for name in ("since", "until"):
        if days is not None and state[name] is not None:
            state[name] = min(max(state[name], days[0]), days[1])
    if not state["theme"]:
        state["polarity"] = ""
    known = set(session.columns(study))
    if any(_column_of(pair) not in known for pair in state["columns"]):
        state["columns"] = [pair for pair in state["columns"] if _column_of(pair) in known]


def choose(study: Study) -> None:
    """Show the choices in the sidebar, as :func:`keep` left them."""
    with st.sidebar:
        st.segmented_control(
            texts.text("filters.unit"), list(UNIT_COLUMNS), key="unit", required=True,
            format_func=lambda unit: texts.text(f"filters.{unit}"), help=texts.text("filters.unit_help"),
        )  # fmt: skip
        st.text_input(texts.text("filters.search"), key="q", icon=":material/search:")
        for name in ("langs", "sources"):
            _several(study, name)
        _group("filters.labels", [*label_columns(codebook()), "theme", "polarity", "doubt"], _labels)
        _group("filters.more", ["since", "until", "threads", "authors", "columns"], partial(_more, study))
        if active():
            st.button(texts.text("filters.reset"), icon=":material/filter_alt_off:", on_click=_reset)


def selection() -> Selection:
    """The comments that were chosen."""
    state = st.session_state
    columns: dict[str, list[str]] = {}
    for pair in state["columns"]:
        column, _, value = pair.partition("=")
        columns.setdefault(column, []).append(value)
    return Selection(
        languages=tuple(state["langs"]),
        sources=tuple(state["sources"]),
        threads=tuple(state["threads"]),
        authors=tuple(state["authors"]),
        since=state["since"],
        until=state["until"],
        labels={column: state[column] for column in label_columns(codebook()) if state[column]},
        theme=state["theme"] or None,
        polarity=(state["polarity"] or None) if state["theme"] else None,
        undecided=state["doubt"],
        columns=columns,
        search=state["q"],
    )


def unit() -> Unit:
    """What is counted."""
    chosen: Unit = st.session_state["unit"]
    return chosen


def active() -> list[str]:
    """What the choices of comments are, in words; empty where every comment is looked at."""
    return described(selection(), texts.language())


def show_active() -> None:
    """Say above a page what its numbers are limited to: on a phone the sidebar is folded away."""
    choices = active()
    place = st.empty()  # there in any case: what follows would be drawn anew where it moved to another place
    if choices:
        said = texts.text("filters.active", choices=" · ".join(choices))
        place.html(
            f'<div role="note" style="font-size:.875rem;opacity:.85;overflow-wrap:anywhere">{escape(said)}</div>'
        )


def column_name(column: str) -> str:
    """What a label column is called."""
    return words.column_name(column, texts.language())


def label_name(column: str, label: str) -> str:
    """What a label of a column is called."""
    return words.label_name(column, label, texts.language())


def theme_names() -> dict[str, str]:
    """Every theme by its key, with its cause."""
    return {key: words.theme_name(key, texts.language()) for key in codebook().themes}


# --- the choices ------------------------------------------------------------------------------------------------------


def _keep() -> None:
    address.keep("unit", "comments", address.one_of(UNIT_COLUMNS))
    address.keep("q", "", address.text)
    for name in (*_LISTS, "columns"):
        address.keep(name, [], address.several)
    for name in ("since", "until"):
        address.keep(name, None, address.day)
    for column in label_columns(codebook()):
        address.keep(column, "", address.one_of(_labels_of(column)))
    address.keep("theme", "", address.one_of(codebook().themes))
    address.keep("polarity", "", address.one_of(("cited", "rejected")))
    address.keep("doubt", False, address.flag)


def _reset() -> None:
    for name in names():
        if name != "unit":
            value = st.session_state.get(name)
            empty: object = [] if isinstance(value, list) else False if isinstance(value, bool) else ""
            st.session_state[name] = None if name in ("since", "until") else empty


def _group(title: str, within: list[str], show: Callable[[], None]) -> None:
    """A group of choices, folded at first unless one of them is made; what is folded is not drawn."""
    state = st.session_state
    made = sum(bool(state[name]) for name in within if name != "polarity")  # part of the theme
    if made and not state.get(f"{title}.made"):
        state[title] = True
    state[f"{title}.made"] = made
    label = texts.text(title) + (f" ({made})" if made else "")
    group = st.expander(label, expanded=bool(made), key=title, on_change="rerun")
    if not group.open or not state.get(f"{title}.drawn"):
        for name in within:
            # a choice whose widget is not drawn would be forgotten, and a widget that is drawn anew has to be told
            state[name] = state[name]
    state[f"{title}.drawn"] = group.open
    if group.open:
        with group:
            show()


def _more(study: Study) -> None:
    _dates(study)
    for name in ("threads", "authors"):
        _several(study, name)
    _columns(study)


def _several(study: Study, name: str) -> None:
    found = session.values(study, _LISTS[name])
    gone = [value for value in st.session_state[name] if value not in found]
    if len(found) > 1 or gone:
        st.multiselect(
            texts.text(f"filters.{name}"), [*found, *gone], key=name, format_func=_named(name),
            placeholder=texts.text("filters.any"),
        )  # fmt: skip


def _named(name: str) -> Callable[[str], str]:
    return lambda value: texts.text(f"languages.{value}") if name == "langs" and value in _SPOKEN else value


_SPOKEN = ("fr", "en", "other")


def _dates(study: Study) -> None:
    days = session.days(study)
    if days is None:
        st.caption(texts.text("filters.no_dates"))
        return
    state = st.session_state
    first, last = days
    left, right = st.columns(2)
    for place, name in ((left, "since"), (right, "until")):
        place.date_input(
            texts.text(f"filters.{name}"), key=name, value=None, min_value=first, max_value=last,
            format=texts.day_format(),
        )  # fmt: skip
    if state["since"] and state["until"] and state["since"] > state["until"]:
        st.warning(texts.text("filters.backwards"))


def _labels_of(column: str) -> tuple[str, ...]:
    return (*(STANCES if column.startswith("stance_") else STATUSES), UNDECIDED)


def _labels() -> None:
    anything = texts.text("filters.any")
    for column in label_columns(codebook()):
        options = {"": anything} | {label: label_name(column, label) for label in _labels_of(column)}
        st.selectbox(column_name(column), list(options), key=column, format_func=options.__getitem__)
    themes = {"": anything} | theme_names()
    st.selectbox(texts.text("filters.theme"), list(themes), key="theme", format_func=themes.__getitem__)
    if st.session_state["theme"]:
        polarities = {"": anything} | {code: label_name("cause", code) for code in ("cited", "rejected")}
        st.selectbox(
            texts.text("filters.polarity"), list(polarities), key="polarity", format_func=polarities.__getitem__
        )
    st.toggle(texts.text("filters.doubt"), key="doubt", help=texts.text("filters.doubt_help"))


def _columns(study: Study) -> None:
    pairs = [
        f"{column}={value}"
        for column in session.columns(study)
        if "=" not in column and 1 < len(session.values(study, column)) <= _MOST_VALUES
        for value in session.values(study, column)
    ]
    gone = [pair for pair in st.session_state["columns"] if pair not in pairs]
    if pairs or gone:
        st.multiselect(
            texts.text("filters.columns"), [*pairs, *gone], key="columns", format_func=_pair,
            placeholder=texts.text("filters.any"),
        )  # fmt: skip


def _column_of(pair: str) -> str:
    return pair.partition("=")[0]


def _pair(pair: str) -> str:
    column, _, value = pair.partition("=")
    return f"{column}{texts.colon()}{value}"
