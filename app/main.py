"""The analyst's app. Run it with ``rsenlp app STUDY``."""

from __future__ import annotations

import streamlit as st
import texts

st.set_page_config(page_title="rsenlp", page_icon="💬", layout="wide")
pages = [st.Page("pages/overview.py", title=texts.text("overview.page"), icon=":material/bar_chart:", default=True)]
current = st.navigation(pages, position="hidden" if len(pages) == 1 else "sidebar")
texts.language_switch()
current.run()
