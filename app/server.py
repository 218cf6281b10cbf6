"""The server of the app: Streamlit's, with its files in memory and the first page worked out before it is asked for."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import readiness
import shell
import streamlit as st
from starlette.middleware import Middleware
from streamlit import runtime


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Begin with a visit of our own; the server answers meanwhile."""
    try:
        readiness.begin(runtime.get_instance())
    except Exception:  # the app works without, its first reader waits a little longer
        logging.getLogger(__name__).warning("The first page is not worked out ahead", exc_info=True)
    yield


app = st.App("main.py", lifespan=lifespan, middleware=[Middleware(shell.Shell)])
