"""The two sides of a comparison: by what they differ, which values they have, and the selections that they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import address
import filters
import session
import streamlit as st
import texts

from rsenlp.codebook import STANCES, codebook
from rsenlp.results.selection import UNDECIDED, Selection, label_columns
from rsenlp.results.store import Study


@dataclass(frozen=True, slots=True)
class Sides:
    """Two selections and what they are called; ``column`` is the label column that tells them apart, if one does."""

    left: Selection
    right: Selection
    names: tuple[str, str]
    column: str | None = None


_LISTS = {"langs": ("languages", "read_lang"), "sources": ("sources", "source")}
_DAYS = ("left_since", "left_until", "right_since", "right_until")


def choose(study: Study) -> Sides | None:
    """Show what to compare; ``None``, with a message, where there are no two sides."""
    stances = [column for column in label_columns(codebook()) if column.startswith("stance_")]
    kinds = {name: texts.text(f"compare.by_{name}") for name in (*_LISTS, "periods")}
    kinds |= {column: texts.text("compare.by_stance", target=filters.column_name(column)) for column in stances}
    address.keep("by", "langs", address.one_of(kinds))
    st.selectbox(texts.text("compare.by"), list(kinds), key="by", format_func=kinds.__getitem__, width=420)
    by = st.session_state["by"]
    days = session.days(study) if by == "periods" else None
    _keep_days(days)
    if by == "periods":
        _keep_two({})
        return _periods(study, days)
    names = _values(study, by)
    _keep_two(names)
    if len(names) < 2:
        st.info(texts.text("compare.one_value"))
        return None
    return _values_apart(study, by, names)


def narrowed(selection: Selection, labels: Mapping[str, str]) -> Selection | None:
    """A selection with further labels, ``None`` where it asks for others already."""
    if any(selection.labels.get(column, label) != label for column, label in labels.items()):
        return None
    return replace(selection, labels={**selection.labels, **labels})


def _values(study: Study, by: str) -> dict[str, str]:
    """What each side can be, by its code."""
    if by not in _LISTS:
        return {label: filters.label_name(by, label) for label in (*STANCES, UNDECIDED)}
    values = [value for value in session.values(study, _LISTS[by][1]) if value != "other"]
    return {value: texts.text(f"languages.{value}") if by == "langs" else value for value in values}


def _values_apart(study: Study, by: str, names: dict[str, str]) -> Sides | None:
    for name, place in zip(("left", "right"), st.columns(2), strict=True):
        place.selectbox(texts.text(f"compare.{name}"), list(names), key=name, format_func=names.__getitem__)
    values = st.session_state["left"], st.session_state["right"]
    chosen = session.sought(study, filters.selection())
    if by in _LISTS:
        field = _LISTS[by][0]
        aside = texts.text(f"filters.{by}") if getattr(chosen, field) else None
        left, right = (_with(chosen, field, (value,)) for value in values)
    else:
        aside = filters.column_name(by) if by in chosen.labels else None
        left, right = (_with(chosen, "labels", {**chosen.labels, by: value}) for value in values)
    column = None if by in _LISTS else by
    return _different(Sides(left, right, (names[values[0]], names[values[1]]), column), aside)


def _periods(study: Study, days: tuple[date, date] | None) -> Sides | None:
    if days is None:
        st.info(texts.text("compare.no_dates"))
        return None
    first, last = days
    state = st.session_state
    for name in _DAYS:
        state[name] = min(max(state[name], first), last)
    for side, place in zip(("left", "right"), st.columns(2), strict=True):
        with place, st.container(horizontal=True):
            for end, word in (("since", "from_day"), ("until", "to_day")):
                label = f"{texts.text(f'compare.{side}')}, {texts.text(f'compare.{word}')}"
                st.date_input(label, key=f"{side}_{end}", min_value=first, max_value=last, format=texts.day_format())
    chosen = session.sought(study, filters.selection())
    spans: list[tuple[date, date]] = [(state[f"{side}_since"], state[f"{side}_until"]) for side in ("left", "right")]
    left, right = (_with(_with(chosen, "since", since), "until", until) for since, until in spans)
    names = [texts.text("compare.period", first=texts.day(since), last=texts.day(until)) for since, until in spans]
    aside = texts.text("filters.dates") if chosen.since or chosen.until else None
    return _different(Sides(left, right, (names[0], names[1])), aside)


def _keep_two(names: dict[str, str]) -> None:
    """Keep the values of the sides: at first the first two there are."""
    codes = [*names, "", ""]
    for position, name in enumerate(("left", "right")):
        address.keep(name, codes[position], address.one_of(names))
        if st.session_state[name] not in names:
            st.session_state[name] = codes[position]


def _keep_days(days: tuple[date, date] | None) -> None:
    """Keep the days of the sides: at first the two halves of the time there is."""
    half = None if days is None else days[0] + (days[1] - days[0]) // 2
    for name in _DAYS:
        start: date | None = None
        if days is not None and half is not None:
            later = min(half + timedelta(days=1), days[1])
            start = dict(zip(_DAYS, (days[0], half, later, days[1]), strict=True))[name]
        address.keep(name, start, address.day)
        if days is None or st.session_state[name] is None:
            st.session_state[name] = start


def _with(selection: Selection, field: str, value: Any) -> Selection:
    changed: Selection = replace(selection, **{field: value})
    return changed


def _different(sides: Sides, aside: str | None) -> Sides | None:
    if aside:
        st.caption(texts.text("compare.set_aside", filter=aside))
    if sides.left == sides.right:
        st.info(texts.text("compare.same"))
        return None
    return sides
