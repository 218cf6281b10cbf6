"""An article page with its reactions, saved as HTML.

The reactions are looked for by what the page itself declares (schema.org), then by the markup of common comment
systems, then by structure that repeats under an element or heading that speaks of comments. The article's own text
is never taken for a comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.readers.html_text import html_to_text, node_text
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.times import parse_time


@dataclass(frozen=True, slots=True)
class _Found:
    """A comment on the page; ``key`` tells comments of one page apart."""

    key: str
    text: str
    parent: str | None = None
    author: str | None = None
    date: str | None = None
    url: str | None = None


class _Markup(NamedTuple):
    """Where a comment system puts what: CSS selectors for a comment and, within it, its parts, the best first."""

    name: str
    item: str
    body: str
    author: str
    date: str
    title: str = "[class*=comment-title], [class*=comment_title]"


_MARKUPS = (
    _Markup(
        "disqus",
        "#disqus_thread li.post, #posts li.post, li.post[id^=post-]",
        ".post-message",
        ".author, .post-byline .name",
        "[class*=time-ago]",
    ),
    _Markup(
        "discourse",
        "article[data-post-id], div.crawler-post, div.topic-body.crawler-post",
        ".cooked, .post[itemprop=text], .post",
        ".names .username, .creator [itemprop=name], .creator",
        "[data-time], time",
    ),
    _Markup(
        "wordpress",
        "ol[class*=comment] li[id*=comment-], ul[class*=comment] li[id*=comment-], li.comment, article.comment, "
        "div.comment[id^=comment-]",
        ".comment-content, .comment-text, .comment_content, .comment-body, .comment__content",
        ".fn, .comment-author, .comment__author",
        "time, .comment-meta a, .comment-date, .comment-metadata",
    ),
)
_MICRODATA = _Markup(
    "microdata",
    "[itemtype$='schema.org/Comment'], [itemtype$='schema.org/UserComments'], [itemtype$='schema.org/Answer']",
    "[itemprop=text], [itemprop=commentText]",
    "[itemprop=author] [itemprop=name], [itemprop=author], [itemprop=creator]",
    "[itemprop=dateCreated], [itemprop=datePublished], [itemprop=commentTime], time",
    "[itemprop=headline]",
)
_SPEAKS_OF_COMMENTS = re.compile(
    r"(?:^|[\s_-])(?:comments?|commentaires?|reactions?|responses?|reponses?|replies|avis|reviews?|discussion)",
    re.IGNORECASE,
)
_COMMENTS_HEADING = re.compile(
    r"^\s*\(?\d*\)?\s*(?:réactions?|reactions?|commentaires?|comments?|réponses?|responses?|replies|avis)\b.{0,20}$",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\d+")
_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|auteur|user(?:name)?|pseudo|name|nom|signature-auteur)", re.IGNORECASE
)
_DATE_CLASS = re.compile(r"(?:^|[\s_-])(?:date|time|when|posted|publi)", re.IGNORECASE)
_PAGE_WORDS = re.compile(
    r"^(?:signaler(?: un abus| ce commentaire)?|répondre|reply|report(?: abuse)?|like|j['’]aime|share|partager|"
    r"permalink|permalien|edit|modifier|citer|quote|[+-]?\d+|#\d+)$",
    re.IGNORECASE,
)
_LONGEST_BYLINE = 80
_BYLINE = re.compile(
    r"^(?:(?:posté |écrit |posted |written )?(?:par|by)\s+)?(?P<name>.*?)[\s,–—·|-]*(?:\ble\s+|\bon\s+)?"
    r"(?P<date>\d{1,2}[/.]\d{1,2}[/.]\d{4}.*|\d{1,2}(?:er)?\s+[^\W\d_]{3,}\.?\s+\d{4}.*)?$",
    re.IGNORECASE,
)
_GLUED = re.compile(r"^(?:signaler un abus|report abuse)(?=\S)", re.IGNORECASE)


class PageHtmlReader:
    """Reads a page saved as HTML."""

    name = "page-html"

    def recognises(self, source: Source) -> bool:
        if source.is_binary:
            return False
        start = source.head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return start.startswith((b"<!doctype html", b"<html")) or (
            source.suffix in {".html", ".htm", ".xhtml"} and start.startswith(b"<")
        )

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The reactions of the page, in order.

        Raises:
            InputError: no reactions are found on the page.
        """
        with source.open() as stream:
            tree = LexborHTMLParser(stream.read().decode(_declared_encoding(source), "replace"))
        title = _title(tree)
        found, how = _find(tree)
        if not found:
            raise InputError(
                "a saved page holds reactions that can be told from the article",
                where=source.name,
                got="a page without any",
                fix="Save the page with its comments unfolded, or copy them into a CSV file",
            )
        announced = _announced(tree)
        report.source(source.name, format=self.name, found_by=how, title=title, announced=announced)
        thread = options.thread_id or source.stem
        names = {item.key: f"{thread}-{number}" for number, item in enumerate(found, start=1)}
        where = Location(source.name)
        for item in found:
            report.read += 1
            if not item.text:
                report.skipped("reaction without text", where, id=names[item.key])
                continue
            yield _comment(item, names, thread, title, source, options, where, report), where
        if announced is not None and announced != len(found):
            report.repaired(
                "the page announces another number of reactions than it holds",
                where,
                detail=f"announced {announced}, found {len(found)}",
            )


def _comment(
    item: _Found,
    names: dict[str, str],
    thread: str,
    title: str | None,
    source: Source,
    options: ReadOptions,
    where: Location,
    report: Report,
) -> Comment:
    created_at = None
    try:
        created_at = parse_time(item.date, where)
    except InputError as error:
        report.repaired("date left out", where, id=names[item.key], detail=error.got)
    return Comment(
        thread_id=thread,
        id=names[item.key],
        parent_id=names.get(item.parent) if item.parent else None,
        text=item.text,
        claim=options.claim or title,
        lang=options.lang,
        author=item.author,
        created_at=created_at,
        source=source.stem,
        url=item.url,
    )


def _declared_encoding(source: Source) -> str:
    declared = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", source.head, re.IGNORECASE)
    if declared and source.encoding == "cp1252":
        name = declared[1].decode("ascii")
        if name.lower() not in {"utf-8", "utf8", "iso-8859-1", "latin1"}:
            try:
                "".encode(name)
            except LookupError:
                return source.encoding
            return name
    return source.encoding


def _title(tree: LexborHTMLParser) -> str | None:
    for selector in ("article h1", "h1", "h2[class*=title]"):
        node = tree.css_first(selector)
        if node is not None and (text := node_text(node).replace("\n", " ").strip()):
            return text
    node = tree.css_first("meta[property='og:title']")
    if node is not None and (content := node.attributes.get("content")):
        return content.strip()
    node = tree.css_first("title")
    return (node.text() or "").strip() or None if node is not None else None


def _announced(tree: LexborHTMLParser) -> int | None:
    for node in tree.css("h1, h2, h3, h4, h5, [class*=count]"):
        text = node_text(node).replace("\n", " ")
        if _COMMENTS_HEADING.match(text) and (number := _COUNT.search(text)):
            return int(number[0])
    return None


def _find(tree: LexborHTMLParser) -> tuple[list[_Found], str]:
    """The comments of the page and what they were found by."""
    for name, search in _SEARCHES:
        found = search(tree)
        if any(item.text for item in found):
            return found, name
    return [], ""


# --- what the page declares ------------------------------------------------------------------------------------------


def _by_json_ld(tree: LexborHTMLParser) -> list[_Found]:
    found: list[_Found] = []
    for script in tree.css("script[type='application/ld+json']"):
        try:
            data = json.loads(script.text() or "null")
        except (json.JSONDecodeError, RecursionError):
            continue
        _collect_json_ld(data, None, found)
    return found


def _collect_json_ld(data: Any, parent: str | None, found: list[_Found]) -> None:
    stack: list[tuple[Any, str | None]] = [(data, parent)]
    while stack:
        value, above = stack.pop()
        if isinstance(value, list):
            stack.extend((item, above) for item in reversed(value))
        elif isinstance(value, dict):
            kind = value.get("@type")
            if kind in ("Comment", "Answer") or (isinstance(kind, list) and "Comment" in kind):
                key = f"ld{len(found)}"
                author = value.get("author")
                name = author.get("name") if isinstance(author, dict) else author
                body = str(value.get("text") or value.get("articleBody") or "")
                text = html_to_text(body.replace("\n", "<br>")) if "<" in body else html_to_text(f"<pre>{body}</pre>")
                headline = str(value.get("headline") or value.get("name") or "").strip()
                found.append(
                    _Found(
                        key,
                        f"{headline}\n{text}" if headline else text,
                        parent=above,
                        author=name if isinstance(name, str) else None,
                        date=value.get("dateCreated") or value.get("datePublished"),
                        url=value.get("url") if isinstance(value.get("url"), str) else None,
                    )
                )
                stack.append((value.get("comment"), key))
            else:
                stack.extend((item, above) for item in reversed(list(value.values())) if isinstance(item, (dict, list)))


def _by_microdata(tree: LexborHTMLParser) -> list[_Found]:
    return _from_items(_items(tree, _MICRODATA), _MICRODATA)


# --- the markup of comment systems -----------------------------------------------------------------------------------


def _by_markup(markup: _Markup) -> Callable[[LexborHTMLParser], list[_Found]]:
    def search(tree: LexborHTMLParser) -> list[_Found]:
        items = _items(tree, markup)
        if markup.name == "discourse" and items:
            items = items[1:]  # the first post of a topic is the opening document
        return _from_items(items, markup)

    return search


def _items(tree: LexborHTMLParser, markup: _Markup) -> list[LexborNode]:
    """The comments of a page, each once: a node may match several of the selectors."""
    return list({item.mem_id: item for item in tree.css(markup.item)}.values())


def _from_items(items: list[LexborNode], markup: _Markup) -> list[_Found]:
    ids = {item.mem_id for item in items}
    found: list[_Found] = []
    for item in items:
        body = _own_first(item, markup.body, ids)
        text = "" if body is None else node_text(body, leave_out=lambda node: node.mem_id in ids)
        heading = _own_first(item, markup.title, ids)
        if heading is not None and body is not None and not _inside(heading, body):
            text = f"{node_text(heading)}\n{text}".strip()
        above = _nearest(item.parent, ids) if item.parent is not None else None
        name = _own_first(item, markup.author, ids)
        moment = _own_first(item, markup.date, ids)
        found.append(
            _Found(
                str(item.mem_id),
                _without_page_words(text),
                parent=None if above is None else str(above),
                author=None if name is None else node_text(name).split("\n")[0] or name.attributes.get("content"),
                date=None if moment is None else _moment(moment),
                url=None,
            )
        )
    return found


def _own_first(item: LexborNode, selectors: str, ids: set[int]) -> LexborNode | None:
    """The first part of a comment, not of an answer within it, that the first of the selectors with one finds."""
    return next(
        (
            node
            for selector in selectors.split(",")
            for node in item.css(selector.strip())
            if _nearest(node, ids) == item.mem_id
        ),
        None,
    )


def _nearest(node: LexborNode | None, ids: set[int]) -> int | None:
    """The id of the comment that a node belongs to: the nearest one at or above it."""
    while node is not None:
        if node.mem_id in ids:
            return node.mem_id
        node = node.parent
    return None


def _inside(node: LexborNode, outer: LexborNode) -> bool:
    current: LexborNode | None = node
    while current is not None:
        if current.mem_id == outer.mem_id:
            return True
        current = current.parent
    return False


def _moment(node: LexborNode) -> str | None:
    attributes = node.attributes
    for name in ("datetime", "data-time", "content", "title"):
        if attributes.get(name):
            return attributes[name]
    return node_text(node) or None


# --- structure that repeats ------------------------------------------------------------------------------------------


def _by_structure(tree: LexborHTMLParser) -> list[_Found]:
    best: list[LexborNode] = []
    for siblings in _sibling_lists(tree):
        for group in _groups(siblings):
            if len(group) > len(best):
                best = group
    if not best:
        return []
    items = _likewise(best)
    ids = {item.mem_id for item in items}
    found = [_from_structure(item, ids) for item in items]
    return [item for item in found if item.text]


def _likewise(group: list[LexborNode]) -> list[LexborNode]:
    """The elements of a group and those of the same tag and class around and within them: answers are nested."""
    name = _first_class(group[0])
    container = group[0].parent
    if not name or container is None:
        return group
    return [node for node in container.css(group[0].tag or "*") if _first_class(node) == name]


def _answered(item: LexborNode, ids: set[int]) -> int | None:
    """The comment that another answers: the one around it, or the one before the list of answers that it stands in."""
    current = item
    while current.parent is not None:
        if current.parent.mem_id in ids:
            return current.parent.mem_id
        if current is not item:
            before = current.prev
            while before is not None and (before.tag or "-").startswith("-"):
                before = before.prev
            if before is not None and before.mem_id in ids:
                return before.mem_id
        current = current.parent
    return None


def _sibling_lists(tree: LexborHTMLParser) -> Iterator[list[LexborNode]]:
    """The children of elements that speak of comments in their class or id, and what follows a heading that does."""
    for node in tree.css("div, section, ul, ol, aside, table, tbody"):
        attributes = node.attributes
        if _SPEAKS_OF_COMMENTS.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            yield list(node.iter())
    for heading in tree.css("h1, h2, h3, h4, h5, p, div, span"):
        if heading.child is None or not _COMMENTS_HEADING.match(node_text(heading).replace("\n", " ")):
            continue
        following = []
        sibling = heading.next
        while sibling is not None:
            if sibling.tag and not sibling.tag.startswith("-"):
                following.append(sibling)
                yield list(sibling.iter())
            sibling = sibling.next
        yield following


def _groups(siblings: list[LexborNode]) -> list[list[LexborNode]]:
    """Siblings with the same tag and class: at least two, or one that says it is a comment."""
    groups: dict[tuple[str, str], list[LexborNode]] = {}
    for child in siblings:
        if child.tag not in {"script", "style", "form", "h1", "h2", "h3", "h4", "nav", "p", "br", "hr", "footer", "a"}:
            groups.setdefault((child.tag or "", _first_class(child)), []).append(child)
    return [group for group in groups.values() if len(group) >= 2 or _SPEAKS_OF_COMMENTS.search(_class(group[0]))]


def _first_class(node: LexborNode) -> str:
    return (_class(node).split() or [""])[0]


def _class(node: LexborNode) -> str:
    return node.attributes.get("class") or ""


def _from_structure(item: LexborNode, ids: set[int]) -> _Found:
    author = _first_by_class(item, _AUTHOR_CLASS, ids)
    date = _own_first(item, "time", ids) or _first_by_class(item, _DATE_CLASS, ids)
    apart = {node.mem_id for node in (author, date) if node is not None} | (ids - {item.mem_id})
    text = node_text(item, leave_out=lambda node: node.mem_id in apart or _is_button(node))
    name, moment = _byline(node_text(author)) if author is not None else (None, None)
    above = _answered(item, ids)
    return _Found(
        str(item.mem_id),
        _without_page_words(text),
        parent=None if above is None else str(above),
        author=name,
        date=moment if date is None else _moment(date),
    )


def _is_button(node: LexborNode) -> bool:
    """A link or button of the page's own ("Répondre", "Signaler un abus")."""
    return node.tag in {"a", "button", "span", "li"} and bool(_PAGE_WORDS.match(node_text(node)))


def _byline(text: str) -> tuple[str | None, str | None]:
    """The name and the date of a line such as "Par Momo le 03/02/2012 à 11:12"."""
    line = text.split("\n")[0].strip()
    match = _BYLINE.match(line)
    if match is None:
        return line or None, None
    return match["name"].strip(" ,") or None, match["date"]


def _first_by_class(item: LexborNode, pattern: re.Pattern[str], ids: set[int]) -> LexborNode | None:
    return next(
        (
            node
            for node in item.css("span, div, p, a, cite, strong, b, em")
            if pattern.search(_class(node))
            and 0 < len(node_text(node)) <= _LONGEST_BYLINE
            and node.mem_id not in ids
            and _nearest(node, ids) == item.mem_id
        ),
        None,
    )


def _without_page_words(text: str) -> str:
    """The text without the page's own links and buttons, on lines of their own or glued to the first line."""
    lines = [_GLUED.sub("", line) for line in text.split("\n")]
    return "\n".join(line for line in lines if not _PAGE_WORDS.match(line)).strip()


_SEARCHES: tuple[tuple[str, Callable[[LexborHTMLParser], list[_Found]]], ...] = (
    ("json-ld", _by_json_ld),
    ("microdata", _by_microdata),
    *((markup.name, _by_markup(markup)) for markup in _MARKUPS),
    ("structure", _by_structure),
)
