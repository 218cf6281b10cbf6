"""The address: every choice is kept in it, so that a copied link, a reload and Back lead to exactly this view.

A choice lies in ``st.session_state`` under the name that it has in the address, which is also the key of its widget.
:func:`keep` takes it over from the address when a new one arrives, :func:`finish` writes them all back. Choices of the
sidebar are shared by all pages; a page keeps more of its own with the same function, before it shows their widgets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Query = dict[str, list[str]]
Value = str | bool | int | date | list[str] | None
Reader = Callable[[list[str]], Value]

# A click can carry an address from before the last choice, if it came before the page was drawn anew.
_LATE = 2.0

_SEEN, _RUN, _VIEWS = "address.seen", "address.run", "address.views"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the browser shows as far as is known: the address written last, and the shared part that it replaced."""

    written: Query
    page: str = ""
    lang: str = ""
    replaced: Query | None = None
    at: float = 0.0


@dataclass(slots=True)
class _Run:
    """One run of the script: what the address says, which part of it is news, and what has been kept so far."""

    said: Query
    shared: frozenset[str]
    new_shared: bool = True
    new_own: bool = True
    renamed: bool = False
    page: str = ""
    kept: dict[str, Value] = field(default_factory=dict)
    passing: set[str] = field(default_factory=set)


def begin(shared: Collection[str]) -> None:
    """Begin a run: look whether the address is one that this session did not write.

    Args:
        shared: the names of the choices that all pages share.
    """
    run = _Run(_current(), frozenset(shared))
    st.session_state[_RUN] = run
    seen: _Seen | None = st.session_state.get(_SEEN)
    if seen is None or _through_history():
        return
    said = _part(run.said, shared=True)
    late = said == seen.replaced and time.monotonic() - seen.at < _LATE
    run.new_shared = said != _part(seen.written, shared=True) and not late
    run.new_own = _part(run.said, shared=False) != _part(seen.written, shared=False) and not late


def enter(page: str) -> None:
    """Say which page is about to be shown; its own choices come from the address."""
    run, seen = _run(), st.session_state.get(_SEEN)
    run.page = page
    run.new_own = run.new_own or seen is None or seen.page != page
    run.renamed = seen is not None and seen.lang != st.session_state.get("lang")


def keep(name: str, default: Value, read: Reader, *, passing: bool = False) -> None:
    """Keep a choice in the address: from here on ``st.session_state[name]`` has its value.

    Args:
        name: its name in the address and the key of its widget.
        default: what it is where the address does not say; it is then not written either.
        read: the value of what the address says; ``ValueError`` stands for the default.
        passing: whether the menu forgets it, so that its link leads back to the page without it.
    """
    run, state = _run(), st.session_state
    run.kept[name] = default
    if passing:
        run.passing.add(name)
    if name not in state or (run.new_shared if name in run.shared else run.new_own):
        state[name] = _read(run.said.get(name), default, read)
    elif run.renamed:
        state[name] = state[name]  # so that the widget shows it under its new name


def finish() -> None:
    """End a run: write what was chosen to the address, where it says something else."""
    run, said = _run(), _current()
    found = _chosen(run)
    # what no one keeps stays as it is
    found |= {name: values for name, values in said.items() if name not in run.kept and name not in run.shared}
    meant = {name: values for name, values in said.items() if name in found or not _says_default(run, name, values)}
    seen: _Seen | None = st.session_state.get(_SEEN)
    if found != meant or _by_own_link(run, seen):
        st.query_params.from_dict(found)
        said = found
    now = _Seen(said, run.page, str(st.session_state.get("lang")))
    if seen is not None:
        before = _part(seen.written, shared=True)
        changed = before != _part(said, shared=True)
        replaced, at = (before, time.monotonic()) if changed else (seen.replaced, seen.at)
        now = replace(now, replaced=replaced, at=at)
    st.session_state[_SEEN] = now
    own = {name: values for name, values in found.items() if name in run.kept and name not in run.passing}
    st.session_state.setdefault(_VIEWS, {})[run.page] = _part(own, shared=False)


def link(page: str, **changes: Value) -> Query:
    """The query of a link to a page: the shared choices as they are and the page's own as it was left, then changes.

    A change to a default (``""``, ``None``, ``[]``, ``False``) takes the name out.
    """
    views: dict[str, Query] = st.session_state.get(_VIEWS, {})
    found = _part(_chosen(_run()), shared=True) | ({} if changes else views.get(page, {}))
    for name, value in changes.items():
        found.pop(name, None)
        if value not in ("", None, [], False):
            found[name] = _written(value)
    return found


def page_file(page: str) -> str:
    """The file of a page. Not in a folder ``pages``: Streamlit would run those by themselves, without the frame."""
    return f"views/{page}.py"


def show_link(page: str, label: str, icon: str, **changes: Value) -> None:
    """A link to a page with the query of :func:`link`."""
    st.page_link(page_file(page), label=label, icon=icon, query_params=link(page, **changes))


# --- what the address says, as a value; each raises ValueError for what cannot be -------------------------------------


def one_of(allowed: Collection[str]) -> Reader:
    """One of some codes."""

    def read(said: list[str]) -> Value:
        if said[-1] not in allowed:
            raise ValueError(said[-1])
        return said[-1]

    return read


def text(said: list[str]) -> Value:
    """Any text."""
    return said[-1]


def several(said: list[str]) -> Value:
    """Texts, in their order, each once."""
    return list(dict.fromkeys(value for value in said if value))


def day(said: list[str]) -> Value:
    """A day as YYYY-MM-DD."""
    return date.fromisoformat(said[-1])


def flag(said: list[str]) -> Value:
    """Yes where it says 1."""
    return said[-1] == "1"


def whole(least: int) -> Reader:
    """A whole number from ``least`` on."""
    return lambda said: max(least, int(said[-1]))


# --- inside -----------------------------------------------------------------------------------------------------------


def _run() -> _Run:
    run: _Run = st.session_state[_RUN]
    return run


def _by_own_link(run: _Run, seen: _Seen | None) -> bool:
    """Whether a link to the page that was shown already led here: the browser's address is as before then."""
    return seen is not None and seen.page == run.page and (run.new_shared or run.new_own) and not _through_history()


def _through_history() -> bool:
    """Whether Back or Forward led here; true where Streamlit does not tell, so that the address wins."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", True))


def _current() -> Query:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _part(query: Query, *, shared: bool) -> Query:
    """The part of an address that all pages share, or the page's own."""
    names = _run().shared
    return {name: values for name, values in query.items() if (name in names) is shared}


def _read(said: Iterable[str] | None, default: Value, read: Reader) -> Value:
    values = list(said or ())
    if not values:
        return default
    try:
        return read(values)
    except ValueError:
        return default


def _chosen(run: _Run) -> Query:
    state = st.session_state
    return {
        name: _written(state[name])
        for name, default in run.kept.items()
        if name in state and state[name] != default and _written(state[name])
    }


def _says_default(run: _Run, name: str, values: list[str]) -> bool:
    return name in run.kept and values == _written(run.kept[name])


def _written(value: Value) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    if isinstance(value, bool):
        return ["1"] if value else []
    if isinstance(value, date):
        return [value.isoformat()]
    return [] if value in (None, "") else [str(value)]
