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


def html_to_text(html: str) -> str:
    """The readable text of a piece of HTML."""
    body = LexborHTMLParser(html).body
    return "" if body is None else node_text(body)


def node_text(node: LexborNode, *, leave_out: Callable[[LexborNode], bool] = lambda _: False) -> str:
    """The readable text under a node, without the elements that ``leave_out`` holds for."""
    lines: list[str] = [""]
    quote_depth = 0

    def new_line() -> None:
        if lines[-1].strip():
            lines.append("")

    # an explicit stack: pages nest deeper than Python's recursion limit; True marks the end of an element
    stack: list[tuple[LexborNode, bool]] = [(node, False)]
    while stack:
        current, closing = stack.pop()
        tag = current.tag or ""
        if closing:
            quote_depth -= tag == "blockquote"
            if tag in _BLOCKS:
                new_line()
            continue
        if tag == "-text":
            text = _SPACES.sub(" ", current.text(deep=False) or "")
            prefix = "> " * quote_depth if not lines[-1] and text.strip() else ""
            lines[-1] += prefix + (text.lstrip(" ") if not lines[-1] else text)
            continue
        if tag == "br":
            lines.append("")
            continue
        if tag in _HIDDEN or tag.startswith(("-", "_", "!")) or (current is not node and leave_out(current)):
            continue
        if tag in _BLOCKS:
            new_line()
            quote_depth += tag == "blockquote"
            stack.append((current, True))
        if tag == "li":
            lines[-1] += "- "
        elif tag == "img" and (alternative := current.attributes.get("alt")):
            lines[-1] += alternative
        stack.extend((child, False) for child in reversed(list(current.iter(include_text=True))))
    kept = [line.strip() for line in lines]
    return nfc("\n".join(line for line in kept if line and line != "-"))
