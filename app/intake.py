"""The page of the studies: what is being made, those that there are, and new ones from files."""

from __future__ import annotations

import background
import library
import report
import session
import streamlit as st
import texts

import models
from rsenlp.batch import ImportOptions
from rsenlp.codebook import LANGUAGES
from rsenlp.errors import UsageError
from rsenlp.jobs import Job, Upload
from rsenlp.readers import READERS, ReadOptions
from rsenlp.results.library import new_folder, suggested_name

_COLUMNS = ("text", "author", "created_at", "thread_id", "id", "parent_id", "lang")


def show(broken: tuple[str, str] | None = None) -> None:
    """The page: what is being made, the studies that there are, a new one, and the report of the one that is open."""
    st.title(texts.text("data.page"))
    st.write(texts.text("data.lead"))
    entry = session.entry_open()
    if broken is not None:
        st.error(texts.text("data.broken", name=texts.plain(broken[0])))
        st.code(broken[1], language=None, wrap_lines=True)
    elif entry is None or not entry.classified:
        st.info(texts.text("data.start"))
    background.show()
    library.show(entry)
    _new()
    if entry is not None:
        report.show(entry)


# --- a new study -----------------------------------------------------------------------------------------------------


def _new() -> None:
    """Files, a name and options; a click imports and classifies them."""
    st.subheader(texts.text("data.new"))
    st.html(_uploader_style())
    turn = st.session_state.setdefault("intake.turn", 0)  # an emptied form is another form
    files = st.file_uploader(
        texts.text("data.files"), accept_multiple_files=True, key=f"files.{turn}", help=texts.text("data.files_help")
    )
    suggestion = suggested_name(files[0].name) if files else ""
    name = st.text_input(texts.text("data.name"), key=f"name.{turn}", placeholder=suggestion, max_chars=80)
    with st.expander(texts.text("data.options"), key=f"options.{turn}"):
        path = st.text_input(texts.text("data.path"), key=f"path.{turn}", help=texts.text("data.path_help"))
        options = _options(turn)
        model = models.choose(f"new.{turn}")
    if not st.button(texts.text("data.go"), type="primary", icon=":material/play_arrow:", key="go"):
        return
    if not files and not path.strip():
        st.warning(texts.text("data.nothing"))
        return
    try:
        folder = new_folder(session.folder(), name.strip() or suggestion or suggested_name(path.strip()))
    except UsageError:
        st.warning(texts.text("data.bad_name"))
        return
    upload = Upload()
    for file in files or ():
        upload.add(file.name, file)
    sources = [*upload.files, *([path.strip()] if path.strip() else [])]
    background.start(Job(folder, sources, options=options, model=model, upload=upload))
    st.session_state["intake.turn"] = turn + 1
    st.rerun()


def _uploader_style() -> str:
    """Streamlit's field for files speaks English alone; its words are replaced by ours."""
    button, hint = texts.text("data.choose"), texts.text("data.drop")
    place = "stFileUploaderDropzone"
    on_button = f'[data-testid="{place}"] > span [data-testid="stMarkdownContainer"] p'
    beside = f'[data-testid="{place}Instructions"] span'
    return f"""<style>
    {on_button}, {beside} {{font-size: 0;}}
    {on_button}::after {{content: "{button}"; font-size: .875rem;}}
    {beside}::after {{content: "{hint}"; font-size: .875rem;}}
    </style>"""


def _options(turn: int) -> ImportOptions:
    """How the files are read, where they do not say so themselves."""
    left, right = st.columns(2)
    formats = [None, *(reader.name for reader in READERS)]
    chosen = left.selectbox(
        texts.text("data.format"), formats, key=f"format.{turn}",
        format_func=lambda name: name or texts.text("data.format_found"),
    )  # fmt: skip
    lang = right.selectbox(
        texts.text("data.lang"), [None, *LANGUAGES], key=f"lang.{turn}",
        format_func=lambda code: texts.text(f"languages.{code}" if code else "data.lang_found"),
    )  # fmt: skip
    claim = st.text_input(texts.text("data.claim"), key=f"claim.{turn}", help=texts.text("data.claim_help"))
    keep = st.toggle(texts.text("data.identities"), key=f"identities.{turn}", help=texts.text("data.identities_help"))
    st.caption(texts.text("data.columns"))
    places = st.columns(4)
    said = {
        field: places[number % 4].text_input(texts.text(f"data.column_{field}"), key=f"column.{field}.{turn}").strip()
        for number, field in enumerate(_COLUMNS)
    }
    columns = {field: column for field, column in said.items() if column}
    read = ReadOptions(columns=columns, claim=claim.strip() or None, lang=lang)
    return ImportOptions(read=read, format=chosen, keep_identities=keep)
