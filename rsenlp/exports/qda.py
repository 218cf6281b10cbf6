"""REFI-QDA projects (``.qdpx``) for ATLAS.ti, MAXQDA, NVivo, QualCoder and others.

A discussion is one plain-text source, its comments one below the other under headings, so that each is read with what
it answers. A comment is a selection coded with its stances, a piece of evidence one coded with its cause and theme.
Positions count Unicode code points of the text, whose lines end in ``\\n``; an end is the position after the last
character. GUIDs come from the content: the same comments give the same file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import IO
from uuid import UUID, uuid5
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from rsenlp.audit import Report
from rsenlp.codebook import Codebook, codebook
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.exports.by_thread import by_thread
from rsenlp.exports.codes import Code, Coding, code_tree, codings
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import ANNOTATION, Labelled
from rsenlp.exports.outputs import CONTROL, Pack, pending_zip

NAMESPACE = "urn:QDA-XML:project:1.0"
NO_CODE = "code that the codebook does not have, left out"
_GUIDS = UUID("b5b7a4a0-6f0e-5c0c-9d1f-3f6c0f6e7a11")
# readers want a date of every coding; the same for all, so that the same comments give the same file
_DATE = "1980-01-01T00:00:00Z"
_VARIABLES = {"source": "Text", "comments": "Integer"}
_SHOWN = 60


def write_qdpx(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Write a project; one discussion at a time is in memory."""
    book = codebook()
    tree = code_tree(book, options.names)
    with pending_zip(output) as pack, tempfile.TemporaryDirectory(prefix="rsenlp-") as folder:
        sources, project = Path(folder) / "sources", Path(folder) / "project"
        with sources.open("wb") as stream:
            writer = _Sources(pack, stream, tree, Location(str(output)), report)
            for thread, members in by_thread(items):
                writer.write(thread, members)
        with project.open("wb") as stream:
            _write_project(stream, sources, tree, writer.users, book)
        pack.copy("project.qde", project)


def guid(*parts: object) -> str:
    """The GUID of what the parts name."""
    return str(uuid5(_GUIDS, "\x1f".join(map(str, parts))))


class _Xml:
    """Writes elements to a stream; characters that XML forbids become spaces."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._xml = XMLGenerator(stream, "utf-8", short_empty_elements=True)

    def start_document(self) -> None:
        self._xml.startDocument()

    @contextmanager
    def element(self, tag: str, /, **attributes: str | None) -> Iterator[None]:
        said = {key: CONTROL.sub(" ", value) for key, value in attributes.items() if value is not None}
        self._xml.startElement(tag, AttributesImpl(said))
        yield
        self._xml.endElement(tag)
        self._xml.ignorableWhitespace("\n")

    def leaf(self, tag: str, text: str = "", /, **attributes: str | None) -> None:
        with self.element(tag, **attributes):
            if text:
                self._xml.characters(CONTROL.sub(" ", text))

    def copy(self, source: Path, stream: IO[bytes]) -> None:
        """Put the content of a file here."""
        self._xml.ignorableWhitespace("\n")
        with source.open("rb") as read:
            while chunk := read.read(1 << 20):
                stream.write(chunk)


class _Sources:
    """Writes each discussion as a text file and as a TextSource that says what is coded in it."""

    def __init__(self, pack: Pack, stream: IO[bytes], tree: list[Code], where: Location, report: Report) -> None:
        self._pack, self._xml, self._where, self._report = pack, _Xml(stream), where, report
        self._names = {code.key: code.name for group in tree for code in group.codes}
        self.users: dict[str, None] = {}

    def write(self, thread: str, members: Iterable[Labelled]) -> None:
        source = guid("source", thread)
        about: Comment | None = None
        selections: list[tuple[str, str, int, list[Coding], str]] = []
        with self._pack.open(f"sources/{source}.txt") as stream:
            text = _Text(stream)
            for item in members:
                about = about or item.comment
                start = text.write(item.comment)
                user = item.labels.said_by if item.labels else ANNOTATION
                for _, found in groupby(sorted(codings(item), key=_range), key=_range):
                    known = list(self._known(found, item.comment))
                    if known:
                        self.users[user] = None
                        selections.append((item.comment.id, _quote(item.comment, known[0]), start, known, user))
        if about is None:
            return
        path = f"internal://{source}.txt"
        with self._xml.element("TextSource", guid=source, name=thread, plainTextPath=path, creationDateTime=_DATE):
            if about.claim:
                self._xml.leaf("Description", about.claim)
            for id, quote, start, known, user in selections:
                self._selection((thread, id), quote, start, known, guid("user", user))
            self._variable("source", "TextValue", about.source or "")
            self._variable("comments", "IntegerValue", str(text.comments))

    def _known(self, found: Iterable[Coding], comment: Comment) -> Iterator[Coding]:
        """The codings whose code there is, each once."""
        for coding in dict.fromkeys(found):
            if coding.key in self._names:
                yield coding
            else:
                self._report.repaired(NO_CODE, self._where, id=comment.id, detail=coding.key)

    def _selection(self, of: tuple[str, str], quote: str, start: int, codings: list[Coding], user: str) -> None:
        first = codings[0]
        by = {"creatingUser": user, "creationDateTime": _DATE}
        selection = guid("selection", *of, first.start, first.end)
        positions = {"startPosition": str(start + first.start), "endPosition": str(start + first.end)}
        with self._xml.element("PlainTextSelection", guid=selection, name=quote, **positions, **by):
            sure = [f"{self._names[one.key]} {one.probability:.2f}" for one in codings if one.probability is not None]
            if sure:
                self._xml.leaf("Description", "; ".join(sure))
            for key in dict.fromkeys(coding.key for coding in codings):
                with self._xml.element("Coding", guid=guid("coding", selection, key), **by):
                    self._xml.leaf("CodeRef", targetGUID=guid("code", key))

    def _variable(self, name: str, kind: str, text: str) -> None:
        with self._xml.element("VariableValue"):
            self._xml.leaf("VariableRef", targetGUID=guid("variable", name))
            self._xml.leaf(kind, text)


class _Text:
    """Writes the comments of a discussion below each other."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._numbers: dict[str, int] = {}
        self._position = 0
        self._claim: str | None = None

    @property
    def comments(self) -> int:
        return len(self._numbers)

    def write(self, comment: Comment) -> int:
        """Write a comment under its heading; the position of its first character."""
        self._numbers[comment.id] = len(self._numbers) + 1
        if comment.claim and comment.claim != self._claim:
            self._claim = comment.claim
            self._put(f"« {' '.join(comment.claim.split())} »\n\n")
        self._put(self._heading(comment) + "\n")
        start = self._position
        self._put(comment.text + "\n\n")
        return start

    def _heading(self, comment: Comment) -> str:
        parent = self._numbers.get(comment.parent_id, comment.parent_id) if comment.parent_id else None
        answers = f" → #{parent}" if parent is not None else ""
        when = f"{comment.created_at:%Y-%m-%d %H:%M}" if comment.created_at else None
        about = [part for part in (comment.author, when, comment.id) if part]
        return " ".join(f"#{self._numbers[comment.id]}{answers} · {' · '.join(about)}".split())

    def _put(self, text: str) -> None:
        self._stream.write(text.encode())
        self._position += len(text)


def _range(coding: Coding) -> tuple[int, int]:
    return coding.start, coding.end


def _quote(comment: Comment, coding: Coding) -> str:
    text = " ".join(comment.text[coding.start : coding.end].split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _write_project(stream: IO[bytes], sources: Path, tree: list[Code], users: Iterable[str], book: Codebook) -> None:
    xml = _Xml(stream)
    xml.start_document()
    about = {"xmlns": NAMESPACE, "name": book.domain.en, "origin": "rsenlp", "creationDateTime": _DATE}
    names = list(users) or [ANNOTATION]
    with xml.element("Project", **about, creatingUserGUID=guid("user", names[0])):
        with xml.element("Users"):
            for name in names:
                xml.leaf("User", guid=guid("user", name), name=name)
        with xml.element("CodeBook"), xml.element("Codes"):
            for code in tree:
                _write_code(xml, code)
        with xml.element("Variables"):
            for name, kind in _VARIABLES.items():
                xml.leaf("Variable", guid=guid("variable", name), name=name, typeOfVariable=kind)
        with xml.element("Sources"):
            xml.copy(sources, stream)


def _write_code(xml: _Xml, code: Code) -> None:
    codable = "true" if code.codable else "false"
    with xml.element("Code", guid=guid("code", code.key), name=code.name, isCodable=codable, color=code.colour):
        if code.description:
            xml.leaf("Description", code.description)
        for child in code.codes:
            _write_code(xml, child)
