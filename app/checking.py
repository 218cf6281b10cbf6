"""What a reader is checking: the comment in hand, its draft, and saving it. Kept in the session until it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import streamlit as st

from rsenlp.discussion import Annotation, Comment
from rsenlp.errors import InputError
from rsenlp.results.listing import Key, Shown, comment, doubtful
from rsenlp.results.selection import Selection
from rsenlp.results.store import Study
from rsenlp.study.annotation_files import AnnotationFile, original
from rsenlp.study.corrections import as_said

READER = "checking.reader"
"""Under which the session keeps who corrects, for links to the page."""

_DRAFTS, _SKIPPED, _QUEUE = "checking.drafts", "checking.skipped", "checking.queue"
_LAST, _SAID = "checking.last", "checking.said"


@dataclass(frozen=True, slots=True)
class Checking:
    """A reader at work on a study: the file that the corrections go to, and what counts in it."""

    study: Study
    connection: duckdb.DuckDBPyConnection
    file: AnnotationFile
    annotated: Mapping[Key, Comment]

    @property
    def done(self) -> set[Key]:
        """What is not to be proposed: what was checked, and what was put aside in this session."""
        return {*self.annotated, *self._skipped}

    @property
    def _drafts(self) -> dict[tuple[str, Key], Annotation]:
        drafts: dict[tuple[str, Key], Annotation] = st.session_state.setdefault(_DRAFTS, {})
        return drafts

    @property
    def _skipped(self) -> set[Key]:
        skipped: dict[str, set[Key]] = st.session_state.setdefault(_SKIPPED, {})
        return skipped.setdefault(str(self.file.path), set())

    def queue(self, selection: Selection, limit: int) -> list[Shown]:
        """What is most worth a check; sorted anew only when the study, the selection or what was checked is another."""
        of = (str(self.study.folder), self.study.predictions.stat().st_mtime_ns, selection, self.done, limit)
        kept: tuple[object, list[Shown]] | None = st.session_state.get(_QUEUE)
        if kept is None or kept[0] != of:
            kept = (of, doubtful(self.connection, selection, limit=limit, without=self.done))
            st.session_state[_QUEUE] = kept
        return kept[1]

    def draft(self, shown: Shown) -> Annotation:
        """What the reader says so far: changes not saved yet, else what was saved, else what the model says."""
        saved = self.annotated.get(shown.key)
        kept = saved.annotation if saved is not None and saved.text == shown.text else None
        return self._drafts.get((str(self.file.path), shown.key), kept or as_said(shown))

    def change(self, shown: Shown, annotation: Annotation) -> None:
        """Keep a change until it is saved."""
        self._drafts[str(self.file.path), shown.key] = annotation

    def forget(self, shown: Shown) -> None:
        """Start again from what the model says."""
        self.change(shown, as_said(shown))

    def save(self, shown: Shown) -> None:
        """Save what the reader says of a comment, and make room for the next."""
        found = original(self.study, self.connection, shown.key)
        parent = comment(self.connection, shown.thread_id, shown.parent_id) if shown.parent_id else None
        try:
            self.file.append(found, self.draft(shown), datetime.now(UTC), parent.text if parent else None)
        except InputError as error:
            st.session_state[_SAID] = ("failed", str(error))
            return
        self._drafts.pop((str(self.file.path), shown.key), None)
        st.session_state[_SAID] = ("saved", "")
        take(None)

    def skip(self, shown: Shown) -> None:
        """Put a comment aside for this session."""
        self._skipped.add(shown.key)
        take(None)

    def undo(self) -> None:
        """Take back the last save, and have that comment in hand again as it was saved."""
        try:
            undone = self.file.undo()
        except (InputError, OSError) as error:
            st.session_state[_SAID] = ("failed", str(error))
            return
        if undone is not None and undone.annotation is not None:
            key = undone.thread_id, undone.id
            self._drafts[str(self.file.path), key] = undone.annotation
            st.session_state[_SAID] = ("undone", "")
            take(key)


def take(key: Key | None) -> None:
    """Have another comment in hand; none means the next of the queue."""
    st.session_state["thread"], st.session_state["comment"] = key or ("", "")


def in_hand(selection: Selection) -> Key | None:
    """The comment that the address names, unless the selection was changed while it was in hand: the queue is another
    then.
    """
    key = st.session_state["thread"], st.session_state["comment"]
    last = st.session_state.get(_LAST)
    if last is not None and last[0] != selection and last[1] == key:
        take(None)
    return (st.session_state["thread"], st.session_state["comment"]) if st.session_state["comment"] else None


def remember(selection: Selection) -> None:
    """Note what is in hand, and of which selection."""
    st.session_state[_LAST] = (selection, (st.session_state["thread"], st.session_state["comment"]))


def said() -> tuple[str, str] | None:
    """What the last action came to, once: ``saved``, ``undone``, or ``failed`` and why."""
    found: tuple[str, str] | None = st.session_state.pop(_SAID, None)
    return found
