"""Reading after the model: change labels and evidence, save, see how far reader and model agree."""

from __future__ import annotations

import address
import cards
import checking
import filters
import marking
import progress
import session
import streamlit as st
import texts
from checking import Checking

from rsenlp.codebook import STANCES, STATUSES, Status, codebook
from rsenlp.errors import InputError, UsageError
from rsenlp.results.listing import Shown, ancestors, comment, doubt
from rsenlp.results.selection import label_columns
from rsenlp.study.annotation_files import AnnotationFile, readers
from rsenlp.study.checked import changed
from rsenlp.study.corrections import unshown, with_mark, with_stance, with_status
from rsenlp.text import OTHER, sentences

QUEUE = 5
state = st.session_state


def main() -> None:
    study = session.study()
    connection = session.connection(study)
    selection = filters.selection()
    try:
        file = show_reader()
        if file is None:
            return
        at_work = Checking(study, connection, file, file.annotated())
    except InputError as error:
        st.error(texts.text("correct.broken"))
        st.code(str(error), language=None, wrap_lines=True)
        return
    show_outcome()
    key = checking.in_hand(selection)
    queue = at_work.queue(selection, QUEUE + 1)
    if key is None and queue:
        key = queue[0].key
        checking.take(key)
    checking.remember(selection)
    shown = None if key is None else comment(connection, *key)
    if shown is not None:
        show_comment(at_work, shown)
    else:
        st.info(texts.text("correct.finished" if key is None else "correct.gone"))
        if key is not None:
            st.button(texts.text("correct.to_queue"), on_click=checking.take, args=(None,))
    progress.show(at_work, [item for item in queue if item.key != key][:QUEUE])


def show_reader() -> AnnotationFile | None:
    """Who corrects, and the file that the corrections go to."""
    folder = session.study().folder
    known = [name for name in readers(folder) if name]
    given = state["reader"]
    options = known if given is None or given in known else [*known, given]
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    left.selectbox(
        texts.text("correct.reader"), options, index=None, key="reader", accept_new_options=True,
        help=texts.text("correct.reader_help"), placeholder=texts.text("correct.reader_place"),
    )  # fmt: skip
    state[checking.READER] = state["reader"]
    if not state["reader"]:
        st.info(texts.text("correct.reader_first"))
        return None
    try:
        file = AnnotationFile.of(folder, state["reader"])
    except UsageError:
        st.warning(texts.text("correct.reader_bad"))
        return None
    right.caption(texts.text("correct.checked", number=texts.number(len(file.annotated()))))
    return file


def show_outcome() -> None:
    """What the last click came to."""
    said = checking.said()
    if said is None:
        return
    outcome, why = said
    if outcome == "failed":
        st.error(texts.text("correct.failed"))
        st.code(why, language=None, wrap_lines=True)
    else:
        st.toast(texts.text(f"correct.{outcome}"), icon=":material/check:")


def show_comment(at_work: Checking, shown: Shown) -> None:
    """The comment in hand, to be corrected."""
    if shown.key in at_work.annotated:
        st.caption(texts.text("correct.again"))
    if shown.language == OTHER:
        st.caption(texts.text("correct.unread"))
    else:
        found = doubt(shown)
        st.caption(
            texts.text(
                "correct.doubt",
                column=filters.column_name(found.column),
                first=filters.label_name(found.column, found.first[0]),
                first_share=texts.percent(found.first[1]),
                second=filters.label_name(found.column, found.second[0]),
                second_share=texts.percent(found.second[1]),
            )
        )
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_text(at_work, shown)
    with right:
        show_labels(at_work, shown)
    show_buttons(at_work, shown)


def show_text(at_work: Checking, shown: Shown) -> None:
    """What the comment answers, and its sentences, to be clicked."""
    st.subheader(texts.text("correct.evidence"))
    for parent in ancestors(at_work.connection, shown, most=1):
        st.caption(texts.text("comments.above"))
        st.html(cards.card(parent, kind="above"))
    book, language = codebook(), texts.language()
    words: dict[Status, str] = {"cited": texts.text("correct.cites"), "rejected": texts.text("correct.rejects")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        polarity = st.segmented_control(
            texts.text("correct.pen_polarity"), list(words), key="pen.polarity", required=True, default="cited",
            format_func=words.__getitem__, help=texts.text("correct.pen_help"),
        )  # fmt: skip
        cause = st.segmented_control(
            texts.text("correct.pen_cause"), list(book.causes), key="pen.cause", required=True, wrap=True,
            default=next(iter(book.causes)), format_func=lambda name: book.causes[name].name[language],
        )  # fmt: skip
    spans = sentences(shown.text)

    def mark(number: int) -> None:
        draft = at_work.draft(shown)
        at_work.change(shown, with_mark(draft, shown.text, spans[number], cause, polarity))

    with st.container(border=True):
        st.html(cards.heading(shown))
        marking.show_sentences(
            shown.text, spans, at_work.draft(shown),
            comment=f"{shown.thread_id}/{shown.id}",
            title=texts.text("correct.click", pen=f"{cards.SIGNS[polarity]} {book.causes[cause].name[language]}"),
            on_click=mark,
        )  # fmt: skip


def show_labels(at_work: Checking, shown: Shown) -> None:
    """A control for every label, with what the model says below it."""
    st.subheader(texts.text("correct.labels"))
    draft = at_work.draft(shown)
    book, language = codebook(), texts.language()
    for column in label_columns(book):
        part, _, name = column.partition("_")
        entry = book.targets[name] if part == "stance" else book.causes[name]
        title = texts.text("correct.towards" if part == "stance" else "correct.cause", name=entry.name[language])
        key = f"label.{column}"
        state[key] = draft.stance[name] if part == "stance" else draft.causes[name]
        st.segmented_control(
            title, STANCES if part == "stance" else STATUSES, key=key, required=True,
            format_func=lambda label, column=column: sign(label) + filters.label_name(column, label),
            help=definition(column), on_change=change, args=(at_work, shown, column),
        )  # fmt: skip
        st.caption(model_says(shown, column))
    differing = changed(shown, draft)
    names = ", ".join(texts.text("correct.marks") if c == "evidence" else filters.column_name(c) for c in differing)
    st.write(texts.text("correct.differs", columns=names) if differing else texts.text("correct.same"))
    missing = ", ".join(filters.column_name(f"cause_{cause}") for cause in unshown(draft))
    if missing:
        st.info(texts.text("correct.unshown", causes=missing))


def change(at_work: Checking, shown: Shown, column: str) -> None:
    part, _, name = column.partition("_")
    edit = with_stance if part == "stance" else with_status
    at_work.change(shown, edit(at_work.draft(shown), name, state[f"label.{column}"]))


def sign(label: str) -> str:
    return f"{cards.SIGNS[label]} " if label in cards.SIGNS else ""


def definition(column: str) -> str:
    """What a target's stances or a cause mean, from the codebook."""
    part, _, name = column.partition("_")
    book, language = codebook(), texts.language()
    if part == "cause":
        return book.causes[name].definition[language]
    target = book.targets[name]
    lines = [f"{book.stances[label][language]}{texts.colon()}{target.labels[label][language]}" for label in STANCES]
    return "\n\n".join([target.definition[language], *lines])


def model_says(shown: Shown, column: str) -> str:
    said = shown.columns[column]
    labels = STANCES if column.startswith("stance_") else STATUSES
    share = said.probabilities[list(labels).index(said.label)]  # type: ignore[arg-type]
    key = "correct.model" if said.decided else "correct.model_open"
    return texts.text(key, label=filters.label_name(column, said.label), share=texts.percent(share))


def show_buttons(at_work: Checking, shown: Shown) -> None:
    """Save, skip, start again, undo."""
    with st.container(horizontal=True):
        st.button(
            texts.text("correct.save"), type="primary", icon=":material/save:", on_click=at_work.save, args=(shown,)
        )
        st.button(
            texts.text("correct.skip"), icon=":material/skip_next:", help=texts.text("correct.skip_help"),
            on_click=at_work.skip, args=(shown,),
        )  # fmt: skip
        st.button(
            texts.text("correct.reset"), icon=":material/restart_alt:", help=texts.text("correct.reset_help"),
            on_click=at_work.forget, args=(shown,),
        )  # fmt: skip
        st.button(
            texts.text("correct.undo"), icon=":material/undo:", help=texts.text("correct.undo_help"),
            disabled=not at_work.annotated, on_click=at_work.undo,
        )  # fmt: skip


address.keep("reader", None, address.text)
address.keep("thread", "", address.text)
address.keep("comment", "", address.text)
st.html(cards.STYLE)
st.title(texts.text("correct.page"))
st.write(texts.text("correct.lead"))
main()
