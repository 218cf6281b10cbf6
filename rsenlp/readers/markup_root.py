"""What an XML or HTML file says of itself in its first bytes: its root element, and the encoding that it declares."""

from __future__ import annotations

import codecs
import re

from rsenlp.readers.source import Source

_ROOT = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!doctype\s*(?P<doctype>[\w:.-]*)(?:[^\[>]|\[.*?\]\s*(?=>))*>\s*)*"
    r"(?:<(?P<root>[a-z_][\w:.-]*))?",
    re.IGNORECASE | re.DOTALL,
)
_DECLARATION = re.compile(r"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([\w.-]+)""")


def head_text(source: Source) -> str:
    """The first characters of a file, as far as ASCII goes: other characters may be any."""
    head = source.head
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def markup_root(source: Source) -> str:
    """The name of the root element in lower case; ``html`` where the document type says so; empty for no markup."""
    if source.is_binary:
        return ""
    match = _ROOT.match(head_text(source))
    names = [name.lower() for name in (match["root"], match["doctype"]) if name] if match else []
    # the first element of a page may be another: <html> need not be written
    return "html" if "html" in names else next(iter(names), "")


def declared_encoding(source: Source) -> str | None:
    """The encoding that an XML declaration names, in lower case."""
    match = _DECLARATION.match(head_text(source))
    return match[1].lower() if match else None
