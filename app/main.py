"""The analyst's app. Run it with ``rsenlp app STUDY``."""

from __future__ import annotations

import address
import filters
import session
import streamlit as st
import texts

# name of the page file, which is also its section in the catalogue, and its icon
PAGES = {
    "overview": ":material/bar_chart:",
    "themes": ":material/account_tree:",
    "compare": ":material/compare_arrows:",
    "timeline": ":material/timeline:",
    "comments": ":material/forum:",
    "correct": ":material/edit_note:",
    "export": ":material/ios_share:",
    "data": ":material/database:",
}

# white on the main colour of the dark theme could not be read, and three units did not fit the sidebar
STYLE = """<style>
[data-testid=stBaseButton-primary]:not(:disabled), [data-testid=stBaseButton-primaryFormSubmit]:not(:disabled) {
  background: #1F66B0; border-color: #1F66B0; color: #FFFFFF;}
[data-testid=stMultiSelectTagsContainer] [data-tag] {background: #1F66B0; color: #FFFFFF;}
[data-testid=stBaseButton-primary]:not(:disabled):hover {background: #174F8A; border-color: #174F8A;}
.st-key-unit [role=radio] {padding-left: .5rem; padding-right: .5rem;}
</style>"""

address.begin(("lang", *filters.names()))
texts.keep_language()
st.set_page_config(page_title="rsenlp", page_icon="💬", layout="wide")
pages = {
    name: st.Page(
        address.page_file(name), title=texts.text(f"{name}.page"), icon=icon, url_path=name, default=not number
    )
    for number, (name, icon) in enumerate(PAGES.items())
}
# Links of our own rather than Streamlit's menu: theirs would drop the address.
current = st.navigation(list(pages.values()), position="hidden")
address.enter(next(name for name, page in pages.items() if page == current))
with st.sidebar:
    menu = st.container(gap="xsmall")
    texts.language_switch()
st.html(STYLE)
study = session.study()
filters.keep(study)
with menu:
    for name, page in pages.items():
        address.show_link(name, page.title, page.icon)
filters.show_active()
try:
    current.run()
except Exception:
    filters.choose(study)  # with other choices it may be shown
    raise
filters.choose(study)  # after the page, which is what is waited for
address.finish()
