"""The analyst's app. Run it with ``rsenlp app STUDY``."""

from __future__ import annotations

import filters
import session
import streamlit as st
import texts

# name of the page file, which is also its section in the catalogue, and its icon
PAGES = {
    "overview": ":material/bar_chart:",
    "comments": ":material/forum:",
}

st.set_page_config(page_title="rsenlp", page_icon="💬", layout="wide")
pages = [
    st.Page(f"pages/{name}.py", title=texts.text(f"{name}.page"), icon=icon, url_path=name, default=number == 0)
    for number, (name, icon) in enumerate(PAGES.items())
]
current = st.navigation(pages)
with st.sidebar:
    texts.language_switch()
filters.choose(session.connection(session.study()))
current.run()
