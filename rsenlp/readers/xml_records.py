"""The records of an XML file one by one, as a stream: memory holds one record, however large the file.

Nothing in the file is believed beyond its text: it declares no entities, nothing outside it is looked up, and HTML's
named characters are read although XML does not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html.entities import html5
from typing import Any

from rsenlp.audit import Report
from rsenlp.errors import InputError, Location
from rsenlp.readers.source import Source
from rsenlp.readers.xml_text import XmlText

CUT_OFF = "the file ends before its end, what was whole before is kept"
NOT_WELL_FORMED = "no well-formed XML from here on, what was whole before is kept"
# deeper than any record: an element below is nobody's field
_DEEPEST = 12
# characters; compressed data of a few kilobytes can unfold to more than any memory
_LARGEST_RECORD = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """An element with what it holds.

    ``fields`` maps the path of each element under it, as in ``author/name``, to its text, and that of each attribute,
    as in ``parent@dsq:id``, to its value. ``around`` has what was read of the elements around it, by the path from the
    root. ``line`` is where it starts.
    """

    path: str
    line: int
    fields: Mapping[str, str]
    around: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shape:
    """What to read of a kind of file, as paths of names from the root: ``rss/channel/item``.

    ``records`` are the elements that are records; ``around`` is read of the elements around them, and forgotten when
    the next of these begins. ``name`` makes a name of what the parser gives: ``{namespace}name``.
    """

    records: frozenset[str]
    name: Callable[[str], str]
    around: frozenset[str] = field(default_factory=frozenset)


def xml_records(source: Source, shape: Shape, report: Report) -> Iterator[XmlRecord]:
    """The records of a file in order. Where it breaks off or is damaged, a row tells, and what was whole is kept.

    Raises:
        InputError: the file declares entities of its own, or names ones outside of it, or has a record that is larger
            than any comment.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError

    text = XmlText(source)
    report.sources[-1]["encoding"] = text.encoding
    builder = _Builder(shape)
    parser = _parser(builder, text)
    reason = NOT_WELL_FORMED
    try:
        for piece in text:
            parser.feed(piece)
            yield from builder.taken()
        reason = CUT_OFF
        parser.close()
    except DefusedXmlException as error:
        raise _refusal(error, Location(source.name, builder.line())) from error
    except _TooLargeError as error:
        raise InputError(
            f"a record of an export has at most {_LARGEST_RECORD} characters",
            where=Location(source.name, builder.open_line or builder.line()),
            got="a larger one",
            fix="Take it out of the file",
        ) from error
    except ParseError as error:
        yield from builder.taken()
        where = Location(source.name, builder.open_line or builder.line())
        report.read += 1
        report.skipped(reason, where, detail=_in_words(error, builder.path))
    text.note_changes(report)


def _parser(builder: _Builder, text: XmlText) -> Any:
    from defusedxml.ElementTree import XMLParser

    parser = XMLParser(target=builder, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    # as if a document type were named: characters by name are then asked for in ``entity`` instead of being errors
    parser.parser.UseForeignDTD(True)
    parser.entity = _Named()
    builder.line = lambda: int(parser.parser.CurrentLineNumber) + text.lines_before
    return parser


class _Named(dict[str, str]):
    """The characters that HTML has names for; any other name stands for itself."""

    def __missing__(self, name: str) -> str:
        return html5.get(name + ";", f"&{name};")


def _refusal(error: Any, where: Location) -> InputError:
    outside = getattr(error, "sysid", None)
    name = getattr(error, "name", None)
    return InputError(
        "an export declares no XML entities of its own, and none that lie outside of it",
        where=where,
        got=f"the entity {name!r}" + (f" from {outside!r}" if outside else ""),
        fix="They can make a small file fill the memory or read other files: remove the <!DOCTYPE …> block",
    )


def _in_words(error: Any, path: str) -> str:
    return f"{error}" + (f", inside <{path.rpartition('/')[2]}>" if path else "")


class _TooLargeError(Exception):
    """A record has no end."""


class _Builder:
    """What the parser tells of elements, made into records."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._containers = {path.rpartition("/")[0] for path in shape.around}
        self._around: dict[str, str] = {}
        self._paths: list[str] = []
        self._texts: list[list[str] | None] = []
        self._records: list[XmlRecord] = []
        self._record: str | None = None
        self._fields: dict[str, str] = {}
        self._size = 0
        self.line: Callable[[], int] = lambda: 0
        self.open_line: int | None = None

    @property
    def path(self) -> str:
        """Where the parser is: the path of the innermost element that is not closed yet."""
        return self._paths[-1] if self._paths else ""

    def taken(self) -> Iterator[XmlRecord]:
        """The records that are whole, each once."""
        records, self._records = self._records, []
        yield from records

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        path = self._path_of(tag)
        self._paths.append(path)
        if path in self._containers:
            for key in [key for key in self._around if key.startswith(path + "/")]:
                del self._around[key]
        if self._record is None:
            self._size = 0
            if path in self._shape.records:
                self._record, self._fields, self.open_line = path, {}, self.line()
        wanted = self._record is not None or path in self._shape.around
        self._texts.append([] if wanted and len(self._paths) <= _DEEPEST else None)
        if self._record is not None:
            for name, value in attributes.items():
                self._grow(len(value))
                self._fields.setdefault(f"{self._relative(path)}@{self._shape.name(name)}", value)

    def data(self, text: str) -> None:
        if self._texts and (texts := self._texts[-1]) is not None:
            self._grow(len(text))
            texts.append(text)

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > _LARGEST_RECORD:
            raise _TooLargeError

    def end(self, tag: str) -> None:
        path, texts = self._paths.pop(), self._texts.pop()
        text = "" if texts is None else "".join(texts)
        if path in self._shape.around:
            self._around.setdefault(path, text)
        if self._record is None:
            return
        if path == self._record:
            self._records.append(XmlRecord(path, self.open_line or 0, self._fields, dict(self._around)))
            self._record = self.open_line = None
        elif texts is not None:
            self._fields.setdefault(self._relative(path), text)

    def close(self) -> None:
        """The end of the document: nothing is left to do."""

    def _path_of(self, tag: str) -> str:
        if len(self._paths) >= _DEEPEST:
            return self.path
        name = self._shape.name(tag)
        return f"{self.path}/{name}" if self._paths else name

    def _relative(self, path: str) -> str:
        return path[len(self._record or "") + 1 :]
