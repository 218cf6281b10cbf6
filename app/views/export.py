"""What can be taken away: the comments of the selection in every format, the report, the manifest, the charts."""

from __future__ import annotations

import shlex
from functools import partial

import address
import charts
import filters
import preparing
import session
import streamlit as st
import texts

from rsenlp.codebook import LANGUAGES
from rsenlp.errors import RsenlpError
from rsenlp.exports import FORMATS
from rsenlp.results.counts import Overview, overview
from rsenlp.results.manifest import NAME, commands

study = session.study()
connection = session.connection(study)
selection, unit = filters.selection(), filters.unit()
state = st.session_state

_MADE = "export.made"
_CHARTS = {
    "overview": ":material/bar_chart:",
    "themes": ":material/account_tree:",
    "compare": ":material/compare_arrows:",
    "timeline": ":material/timeline:",
}
# every format with what it is for is in view: the options stand in as many columns as there is room for
_STYLE = """<style>
.st-key-format [role=radiogroup] {display: grid; grid-template-columns: repeat(auto-fill, minmax(15.5rem, 1fr));
  gap: .6rem 1.2rem;}
</style>"""


def show_size(facts: Overview) -> None:
    """How many comments everything below is about."""
    total = overview(connection).comments
    threads = texts.text("export.threads_one" if facts.threads == 1 else "export.threads",
                         number=texts.number(facts.threads))  # fmt: skip
    numbers = {"number": texts.number(facts.comments), "total": texts.number(total), "threads": threads}
    st.markdown(texts.text("export.some" if filters.active() else "export.all", **numbers))
    if not filters.active():
        st.caption(texts.text("export.narrow"))


def show_comments(total: int) -> None:
    """The comments in the format that is chosen, prepared by a click."""
    st.subheader(texts.text("export.comments"), help=texts.text("export.comments_help"))
    st.html(_STYLE)
    language = texts.language()
    st.radio(
        texts.text("export.format"), list(FORMATS), key="format", format_func=lambda name: FORMATS[name].title,
        captions=[made.description[language] for made in FORMATS.values()], width="stretch",
    )  # fmt: skip
    made = FORMATS[state["format"]]
    st.caption(texts.text("export.names") + (" " + texts.text("export.zipped") if not made.ending else ""))
    of = (session.state(study), selection, made.name, language)
    if st.button(texts.text("export.prepare", format=made.title), icon=":material/inventory_2:", key="prepare"):
        state[_MADE] = None
        prepared = prepare(made.name, total)
        state[_MADE] = None if prepared is None else (of, prepared)
    kept = state.get(_MADE)
    if kept is not None and kept[0] == of:
        show_prepared(kept[1])


def prepare(format: str, total: int) -> preparing.Prepared | None:
    """The file, while a bar says how far it is; ``None``, with the reason, where it cannot be made."""
    step = max(1, total // 50)
    bar = st.progress(0.0)

    def progress(number: int) -> None:
        if number % step == 0:
            said = texts.text("export.preparing", number=texts.number(number), total=texts.number(total))
            bar.progress(min(1.0, number / total), text=said)

    try:
        return preparing.comments(study, selection, format, texts.language(), progress)
    except (RsenlpError, OSError) as error:
        st.error(texts.text("export.failed"))
        st.code(str(error), language=None, wrap_lines=True)
        return None
    finally:
        bar.empty()


def show_prepared(prepared: preparing.Prepared) -> None:
    """The file to download, and what its format changed."""
    with st.container(border=True):
        size = texts.file_size(len(prepared.content))
        st.markdown(texts.text("export.ready", name=texts.plain(prepared.name), size=size))
        st.download_button(
            texts.text("export.download", name=texts.plain(prepared.name)), prepared.content, prepared.name,
            prepared.mime, key="download", type="primary", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        if not prepared.changes:
            st.caption(texts.text("export.unchanged"))
            return
        st.caption(texts.text("export.changed"))
        columns = (charts.Column(texts.text("export.what")), charts.Column(texts.text("export.times"), "number"))
        rows = [(texts.known("reasons", reason), number) for reason, number in prepared.changes.most_common()]
        st.html(charts.Table(columns, list(rows)).html())


def show_corrections() -> None:
    """What readers corrected: the files as they are, for training and for comparing readers."""
    entry = session.entry_open()
    if entry is None or not entry.annotations:
        return
    st.subheader(texts.text("export.corrections"))
    st.markdown(texts.text("export.corrections_lead"))
    with st.container(horizontal=True):
        for path in entry.annotations:
            st.download_button(
                texts.plain(path.name), path.read_bytes, path.name, "application/jsonl", key=f"corrections.{path.name}",
                on_click="ignore", icon=":material/edit_note:",
            )  # fmt: skip


def show_report() -> None:
    st.subheader(texts.text("export.report"))
    st.markdown(texts.text("export.report_lead"))
    with st.container(horizontal=True):
        for language in LANGUAGES:
            st.download_button(
                texts.text(f"export.report_{language}"), partial(preparing.report, study, selection, unit, language),
                f"rsenlp-report-{language}.html", "text/html", key=f"report.{language}", on_click="ignore",
                icon=":material/description:",
            )  # fmt: skip


def show_manifest() -> None:
    st.subheader(texts.text("export.manifest"))
    st.markdown(texts.text("export.manifest_lead"))
    st.download_button(
        texts.text("export.manifest_download"), partial(preparing.manifest, study, selection, unit), NAME,
        "application/json", key="manifest", on_click="ignore", icon=":material/fingerprint:",
    )  # fmt: skip
    with st.expander(texts.text("export.again"), icon=":material/terminal:"):
        lines = commands(study.manifest(), shlex.quote(str(study.folder)))
        st.markdown(texts.text("export.again_how"))
        st.code("\n".join(lines[-2:]), language=None, wrap_lines=True)
        if lines[:-2]:
            st.markdown(texts.text("export.again_from"))
            st.code("\n".join(lines[:-2]), language=None, wrap_lines=True)


def show_charts() -> None:
    st.subheader(texts.text("export.charts"))
    st.markdown(texts.text("export.charts_lead"))
    with st.container(horizontal=True, key="actions.charts"):
        for page, icon in _CHARTS.items():
            address.show_link(page, texts.text(f"{page}.page"), icon)


address.keep("format", "xlsx", address.one_of(FORMATS))
st.title(texts.text("export.page"))
st.markdown(texts.text("export.lead"))
facts = overview(connection, selection)
if not facts.comments:
    st.info(texts.text("overview.none"))
else:
    show_size(facts)
    show_comments(facts.comments)
    show_corrections()
    show_report()
    show_manifest()
    show_charts()
