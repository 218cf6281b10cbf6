"""The characters of an XML file, whatever encoding it really is in, without those that XML does not allow."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from rsenlp.audit import Report
from rsenlp.errors import Location
from rsenlp.readers.markup_root import declared_encoding
from rsenlp.readers.source import Source

_CHUNK = 64 * 1024
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])|0*(?:[0-8]|1[1245-9]|2[0-9]|3[01]));",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"\A<\?xml\b.*?\?>", re.DOTALL)
_LONGEST_REFERENCE = 16
_WINDOW = 1024
# what calls itself Latin-1 is Windows-1252 (WHATWG Encoding Standard, "names and labels")
_SAME = {"iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "us-ascii": "utf-8"}


class XmlText:
    """The text of a source in pieces. What was changed in it is known once all have been read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._declared = declared_encoding(source)
        self.encoding = _encoding(source, self._declared)
        self._foreign = 0
        self._removed = 0
        self._ascii_only = True
        self.lines_before = 0
        """How many line ends were left out before the start of the document, and within its declaration."""

    def __iter__(self) -> Iterator[str]:
        held = ""
        started = False
        for text in self._decoded():
            text = held + text
            if not started:
                # without its declaration, whose version and "standalone" would only forbid what is read all the same
                stripped = _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1)
                self.lines_before += text[: len(text) - len(stripped)].count("\n")
                started, text = stripped != "", stripped
            # a reference that goes on in the next piece
            cut = text.rfind("&", max(len(text) - _LONGEST_REFERENCE, 0))
            cut = len(text) if cut < 0 or ";" in text[cut:] else cut
            held, text = text[cut:], text[:cut]
            text, removed = _FORBIDDEN.subn("", text)
            self._removed += removed
            yield text
        yield held

    def _decoded(self) -> Iterator[str]:
        decoder: codecs.IncrementalDecoder
        if self.encoding == "utf-8" and not self._source.said_encoding:
            decoder = utf8 = _Utf8OrCp1252()
        else:
            decoder, utf8 = codecs.getincrementaldecoder(self.encoding)("replace"), None
        with self._source.open() as stream:
            while chunk := stream.read(_CHUNK):
                text = decoder.decode(chunk)
                self._ascii_only = self._ascii_only and text.isascii()
                yield text
        yield decoder.decode(b"", final=True)
        self._foreign = utf8.foreign if utf8 else 0

    def note_changes(self, report: Report) -> None:
        """Tell the report what was read otherwise than the file says."""
        where = Location(self._source.name)
        declared = _SAME.get(self._declared or "", self._declared or "utf-8")
        believed = self._declared is None or self._ascii_only or self._source.said_encoding is not None
        if not believed and _differ(declared, self.encoding):
            detail = f"declares {self._declared}, read as {self.encoding}"
            report.repaired("declares another encoding than it is in", where, detail=detail)
        if self._foreign:
            report.repaired("bytes that are not UTF-8, read as Windows-1252", where, detail=f"{self._foreign} in all")
        if self._removed:
            report.repaired("characters that XML forbids, left out", where, detail=f"{self._removed} in all")


def _encoding(source: Source, declared: str | None) -> str:
    """The encoding that is said, or marked, or declared, unless the bytes are UTF-8 all the same."""
    if source.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or source.said_encoding:
        return source.encoding
    if source.head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    declared = _SAME.get(declared or "", declared or "utf-8")
    # a declaration that could be read byte by byte is not in UTF-16 or UTF-32
    if declared.startswith(("utf", "ucs", "iso-10646")) or not _is_known(declared) or source.encoding == "utf-8":
        return "utf-8"
    return declared


def _is_known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, UnicodeError):
        return False
    return True


def _differ(declared: str, used: str) -> bool:
    if not _is_known(declared):
        return True
    declared, used = codecs.lookup(declared).name, codecs.lookup(used).name
    return declared != used and declared.removesuffix("-le").removesuffix("-be") != used


class _Utf8OrCp1252(codecs.BufferedIncrementalDecoder):
    """UTF-8 in which single bytes that are none are read as Windows-1252, as they are where text was pasted together.

    ``foreign`` counts these bytes.
    """

    def __init__(self) -> None:
        super().__init__("strict")
        self.foreign = 0

    def _buffer_decode(self, input: Any, errors: str, final: bool) -> tuple[str, int]:
        parts: list[str] = []
        start = 0
        while start < len(input):
            # an error carries a copy of what it was found in: a short window keeps that cheap
            window = input if not start else input[start : start + _WINDOW]
            last = start + len(window) == len(input)
            try:
                text, used = codecs.utf_8_decode(window, "strict", final and last)
            except UnicodeDecodeError as error:
                parts.append(window[: error.start].decode("utf-8"))
                parts.append(window[error.start : error.end].decode("cp1252", "replace"))
                self.foreign += error.end - error.start
                start += error.end
                continue
            parts.append(text)
            start += used
            if last:
                break
        return "".join(parts), start
