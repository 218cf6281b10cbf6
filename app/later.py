"""Figures that take a while: computed beside the page, which is shown at once and drawn anew when they are there."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import streamlit as st

Result = TypeVar("Result")

_REST = 0.2  # seconds in which the page is drawn before anything is computed beside it
_EVERY = "0.3s"
_KEPT = 40


@st.cache_resource(show_spinner=False)
def _workshop() -> tuple[ThreadPoolExecutor, dict[Hashable, Future[Any]]]:
    """The threads that compute, and what they were asked, for all readers of this server."""
    return ThreadPoolExecutor(2, thread_name_prefix="later"), {}


def show(key: Hashable, compute: Callable[[], Result], draw: Callable[[Result], None], *, waiting: str) -> None:
    """Draw what a computation comes to, and say so while it runs.

    Args:
        key: what the result depends on; it is computed once for each.
        compute: without anything of Streamlit in it.
        draw: called with the result.
        waiting: what is said meanwhile.
    """
    pool, asked = _workshop()
    future = asked.get(key)
    if future is None:
        while len(asked) >= _KEPT:
            asked.pop(next(iter(asked)), None)
        future = asked[key] = pool.submit(_rested, compute)
    if future.done():
        draw(future.result())
    else:
        st.fragment(_wait, run_every=_EVERY)(future, waiting)


def _rested(compute: Callable[[], Result]) -> Result:
    time.sleep(_REST)
    return compute()


def _wait(future: Future[Any], waiting: str) -> None:
    if future.done():
        st.rerun(scope="app")
    st.caption(f":material/hourglass_top: {waiting}")
