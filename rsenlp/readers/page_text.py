"""An article page with its reactions, copied or saved as plain text.

Two layouts are told apart. In the first, each reaction is a title line, then a line that starts with the page's link
to report it ("Signaler un abus", "Report abuse") and goes on with the body:

    A title
    Signaler un abusThe body, first line.
    More body.

In the second, each is announced by its author: a line "Paul dit :" or "Paul says:", a date, the body, and the page's
link to answer ("Répondre", "Reply").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.text import nfc
from rsenlp.times import parse_time

_REPORT_LINK = re.compile(
    r"^\s*(?:signaler (?:un abus|ce commentaire|ce message|au modérateur)"
    r"|report (?:abuse|this comment|comment)|flag as inappropriate)",
    re.IGNORECASE,
)
_WORDS = r"(?:réactions?|reactions?|commentaires?|comments?|réponses?|responses?|avis)"
_COUNT_HEADING = re.compile(rf"^\s*(?:(\d+)\s+{_WORDS}\b.*|{_WORDS}\s*[:(]\s*(\d+)\s*\)?)\s*$", re.IGNORECASE)
_HEADING = re.compile(rf"^\s*{_WORDS}\s*:?\s*$", re.IGNORECASE)
_SAYS = re.compile(r"^\s*(?P<author>\S.{0,60}?)\s+(?:dit|a dit|a écrit|écrit|says|said|wrote)\s*:\s*$", re.IGNORECASE)
_REPLY_LINK = re.compile(r"^\s*(?:répondre|reply|répondre à .{1,60}|reply to .{1,60})\s*[↓→]?\s*$", re.IGNORECASE)
_LONGEST_TITLE = 200


class _Heading(NamedTuple):
    """Where the page announces its reactions: the article's title stands on the line before."""

    title: str | None
    announced: int | None


class _Block(NamedTuple):
    """A reaction: its lines (already without the page's own words), who signed it for the page, when, and where."""

    lines: list[str]
    author: str | None
    date: str | None
    line: int


class _Page(NamedTuple):
    """A text, cut into lines and these into reactions; none where its layout is not known."""

    lines: list[str]
    blocks: list[_Block]


class PageTextReader:
    """Reads a page saved as text."""

    name = "page-text"

    def __init__(self) -> None:
        # whether a text is of this kind is known only once it is cut: what comes out is kept for reading it
        self._pages: WeakKeyDictionary[Source, _Page] = WeakKeyDictionary()

    def recognises(self, source: Source) -> bool:
        if source.is_binary or source.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{", b"["):
            return False
        page = self._page(source)
        if page.blocks:
            self._pages[source] = page
        return page.blocks != []

    def _page(self, source: Source) -> _Page:
        """The page cut up; long articles precede their reactions, so the whole text is looked at."""
        if (kept := self._pages.pop(source, None)) is not None:
            return kept
        with source.open_text() as stream:
            lines = nfc(stream.read().lstrip("\ufeff")).split("\n")
        return _Page(lines, _blocks_by_report_link(lines) or _blocks_by_author(lines))

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The reactions of the page, in order.

        Raises:
            InputError: the text holds no reactions in a layout that is known.
        """
        lines, blocks = self._page(source)
        if not blocks:
            raise InputError("a page saved as text holds reactions in a layout that is known", where=source.name)
        heading = _heading(lines, blocks[0].line)
        thread = options.thread_id or source.stem
        claim = options.claim or heading.title
        report.source(
            source.name, format=self.name, encoding=source.encoding, title=heading.title, announced=heading.announced
        )
        kept = 0
        for number, block in enumerate(blocks, start=1):
            where = Location(source.name, block.line)
            report.read += 1
            text = "\n".join(block.lines).strip()
            if not text:
                report.skipped("reaction without text", where)
                continue
            kept += 1
            yield (
                Comment(
                    thread_id=thread,
                    id=f"{thread}-{number}",
                    text=text,
                    claim=claim,
                    lang=options.lang,
                    author=block.author,
                    created_at=parse_time(block.date, where),
                    source=source.stem,
                ),
                where,
            )
        if heading.announced is not None and heading.announced != kept:
            report.repaired(
                "the page announces another number of reactions than it holds",
                Location(source.name),
                detail=f"announced {heading.announced}, found {kept}",
            )


def _heading(lines: list[str], before: int) -> _Heading:
    for index in range(min(before, len(lines)) - 1, -1, -1):
        match = _COUNT_HEADING.match(lines[index])
        if match and (match[1] or match[2]):
            return _Heading(_line_above(lines, index), int(match[1] or match[2]))
        if _HEADING.match(lines[index]):
            number = lines[index - 1].strip() if index else ""
            if number.isdigit():
                return _Heading(_line_above(lines, index - 1), int(number))
            return _Heading(_line_above(lines, index), None)
    title = next((line.strip() for line in lines[: max(before - 1, 0)] if line.strip()), None)
    return _Heading(title, None)


def _line_above(lines: list[str], index: int) -> str | None:
    """The article's title: the line above the heading, or the page's first line where running text stands there."""
    above = next((line.strip() for line in reversed(lines[:index]) if line.strip()), None)
    first = next((line.strip() for line in lines[:index] if line.strip()), None)
    running = above is not None and (len(above) > _LONGEST_TITLE or above.endswith("."))
    return first if running else above


def _blocks_by_report_link(lines: list[str]) -> list[_Block]:
    marks = [index for index, line in enumerate(lines) if _REPORT_LINK.match(line)]
    blocks: list[_Block] = []
    for number, mark in enumerate(marks):
        title_at = _title_line(lines, mark)
        last = _title_line(lines, marks[number + 1]) if number + 1 < len(marks) else len(lines)
        match = _REPORT_LINK.match(lines[mark])
        first = lines[mark][match.end() :].strip() if match else ""
        body = [first, *lines[mark + 1 : last]]
        blocks.append(_Block([lines[title_at].strip(), *_trimmed(body)], None, None, title_at + 1))
    return blocks


def _title_line(lines: list[str], mark: int) -> int:
    """The line with the title of the reaction whose report link is at ``mark``: the nearest above that is not blank."""
    index = mark - 1
    while index > 0 and not lines[index].strip():
        index -= 1
    return max(index, 0)


def _blocks_by_author(lines: list[str]) -> list[_Block]:
    marks = [index for index, line in enumerate(lines) if _SAYS.match(line)]
    dated = [index for index in marks if index + 1 < len(lines) and _date(lines[index + 1])]
    if len(dated) * 2 < len(marks) or not dated:
        return []
    blocks: list[_Block] = []
    for number, mark in enumerate(dated):
        last = dated[number + 1] if number + 1 < len(dated) else len(lines)
        body = lines[mark + 2 : last]
        reply = next((index for index, line in enumerate(body) if _REPLY_LINK.match(line)), len(body))
        match = _SAYS.match(lines[mark])
        author = match["author"] if match else None
        blocks.append(_Block(_trimmed(body[:reply]), author, _date(lines[mark + 1]), mark + 1))
    return blocks


def _date(line: str) -> str | None:
    """A line that holds a date and nothing else."""
    if not any(char.isdigit() for char in line) or len(line) > 60:
        return None
    try:
        return line.strip() if parse_time(line.strip(), Location("page")) else None
    except InputError:
        return None


def _trimmed(body: list[str]) -> list[str]:
    stripped = [line.strip() for line in body]
    while stripped and not stripped[0]:
        stripped.pop(0)
    while stripped and not stripped[-1]:
        stripped.pop()
    return stripped
