"""HTML as the text that a reader of the page sees: paragraphs, line breaks, list items, quotations as ``> `` lines."""

from __future__ import annotations

import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rsenlp.text import nfc

_BLOCKS = frozenset(
    """
    address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5
    h6 header hr li main nav ol p pre section summary table tr ul
    """.split()
)
_HIDDEN = frozenset("script style noscript template head iframe object svg button select textarea input".split())
_SPACES = re.compile(r"[ \t\n\r\f\v]+")
_OWN_BREAKS = re.compile(r"<(?:p|br|div|li|blockquote|pre|h[1-6]|tr)\b", re.IGNORECASE)
# a tag, left as it is, or a line break outside of one
_TAG_OR_BREAK = re.compile(r"(<[a-zA-Z/!][^<>]*>)|\r\n|\r|\n")


def html_to_text(html: str) -> str:
    """The readable text of a piece of HTML."""
    body = LexborHTMLParser(html).body
    return "" if body is None else node_text(body)


def message_to_text(message: str, *, own_breaks: bool | None = None) -> str:
    """The readable text of a message that may or may not hold markup, as comment systems store them.

    ``own_breaks``: whether the line breaks of the message are its author's; ``None``: they are unless paragraphs or
    breaks are marked up.
    """
    if own_breaks is None:
        own_breaks = _OWN_BREAKS.search(message) is None
    return html_to_text(_TAG_OR_BREAK.sub(lambda found: found[1] or "<br>", message) if own_breaks else message)


def node_text(node: LexborNode, *, leave_out: Callable[[LexborNode], bool] = lambda _: False) -> str:
    """The readable text under a node, without the elements that ``leave_out`` holds for.

    Where a forum marks a quotation up with a title ("Ann wrote:"), the title is the page's and is left out.
    """
    lines = _Lines()
    # an explicit stack: pages nest deeper than Python's recursion limit; True marks the end of an element
    stack: list[tuple[LexborNode, bool]] = [(node, False)]
    while stack:
        current, closing = stack.pop()
        tag = current.tag or ""
        if closing:
            lines.close(current)
        elif tag == "-text":
            lines.write(current.text(deep=False) or "")
        elif tag == "br":
            lines.end()
        elif not _is_hidden(current) and (current is node or not leave_out(current)):
            if tag in _BLOCKS:
                lines.open(current, bullet=current.tag == "li" and current is not node)
                stack.append((current, True))
            elif tag == "img":
                lines.write(current.attributes.get("alt") or "")
            stack.extend((child, False) for child in reversed(list(current.iter(include_text=True))))
    return lines.text


class _Lines:
    """Lines of text as they are written, with the marks of the lists and quotations that they stand in."""

    def __init__(self) -> None:
        self._lines = [""]
        self._quotations = 0
        self._preformatted = 0
        self._bullet = ""

    def open(self, block: LexborNode, *, bullet: bool) -> None:
        self._end_if_written()
        self._quotations += _is_quotation(block)
        self._preformatted += block.tag == "pre"
        if bullet:
            self._bullet = "- "

    def close(self, block: LexborNode) -> None:
        self._quotations -= _is_quotation(block)
        self._preformatted -= block.tag == "pre"
        if block.tag == "li":
            self._bullet = ""
        self._end_if_written()

    def end(self) -> None:
        self._lines.append("")

    def write(self, text: str) -> None:
        first, *others = text.split("\n") if self._preformatted else [text]
        self._write(first)
        for line in others:
            self.end()
            self._write(line)

    def _write(self, text: str) -> None:
        text = _SPACES.sub(" ", text)
        if not self._lines[-1]:
            text = text.lstrip(" ")
            if not text:
                return
            text = "> " * self._quotations + self._bullet + text
            self._bullet = ""
        self._lines[-1] += text

    def _end_if_written(self) -> None:
        if self._lines[-1].strip():
            self.end()

    @property
    def text(self) -> str:
        stripped = (line.strip() for line in self._lines)
        return nfc("\n".join(line for line in stripped if line))


def _is_hidden(node: LexborNode) -> bool:
    tag = node.tag or ""
    return (
        tag in _HIDDEN
        or tag.startswith(("-", "_", "!"))
        or ("title" in classes(node) and node.parent is not None and _is_titled_quotation(node.parent))
    )


def _is_quotation(node: LexborNode) -> bool:
    """Whether a node quotes: a blockquote, or what a forum wraps around one, or around the preview of a page."""
    if node.tag == "blockquote":
        return node.parent is None or not _is_titled_quotation(node.parent)
    return _is_titled_quotation(node) or (node.tag == "aside" and "onebox" in classes(node))


def _is_titled_quotation(node: LexborNode) -> bool:
    return node.tag == "aside" and "quote" in classes(node)


def classes(node: LexborNode) -> list[str]:
    """The classes of an element, in order."""
    return (node.attributes.get("class") or "").split()
