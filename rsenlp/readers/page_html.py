"""An article page with its reactions, saved as HTML.

The reactions are looked for by the markup of common comment systems and by what the page itself declares (schema.org),
then by structure that repeats under an element or heading that speaks of comments. The article's own text is never
taken for a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.readers.fields import author_name, moment
from rsenlp.readers.html_text import classes, node_text
from rsenlp.readers.markup_root import head_text, markup_root
from rsenlp.readers.page_declared import by_json_ld, by_microdata, unreadable_json_ld
from rsenlp.readers.page_nodes import Reaction, Search, address_of
from rsenlp.readers.page_structure import COMMENTS_HEADING, by_structure
from rsenlp.readers.page_systems import by_discourse, by_disqus, by_disqus_data, by_wordpress, disqus_title
from rsenlp.readers.source import ReadOptions, Source

# of searches that find as many, the first: comment systems know their ids and what is no comment
_SEARCHES: dict[str, Search] = {
    "disqus": by_disqus,
    "disqus-data": by_disqus_data,
    "discourse": by_discourse,
    "wordpress": by_wordpress,
    "microdata": by_microdata,
    "json-ld": by_json_ld,
}
_COUNT = re.compile(r"\d+")
# "3 thoughts on “…”", "3 réflexions sur « … »": the title of the article follows
_COUNTED_ON = re.compile(r"^\s*\d+\s+[^\W\d_]+\s+(?:on|to|sur|à)\s", re.IGNORECASE)
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(\S+) -->")
_END_TAG = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_HALF_A_TAG = re.compile(r"<(?:[a-z/!?][^<>]*)?\Z", re.IGNORECASE)
_TAIL = 16 * 1024
# an element without text that ends up where the page ends
_MARK = "rsenlp-end-of-page"
_CLOSED_BY_THE_END = frozenset("html body p li dd dt td th tr tbody option".split())


class PageHtmlReader:
    """Reads a page saved as HTML."""

    name = "page-html"

    def recognises(self, source: Source) -> bool:
        root = markup_root(source)
        return root == "html" or (root != "" and source.suffix in {".html", ".htm", ".xhtml"})

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The reactions of the page, in order.

        Raises:
            InputError: no reactions are found on the page.
        """
        with source.open() as stream:
            tree, is_cut = _parsed(stream.read().decode(_declared_encoding(source), "replace"))
        found, how = _find(tree)
        if not any(item.text or item.left_out for item in found):
            raise InputError(
                "a saved page holds reactions that can be told from the article",
                where=source.name,
                got="a page without any" + (", cut off before its end" if is_cut else ""),
                fix="Save the page with its comments unfolded, or copy them into a CSV file",
            )
        page = _page(tree, source, options, found, report)
        report.source(source.name, format=self.name, found_by=how, title=page.title, announced=_announced(tree))
        yield from _comments(found, page, source, options, report)
        _note_losses(tree, is_cut, page, report)


@dataclass(frozen=True, slots=True)
class _Page:
    """What the reactions of a page share: ``names`` has the id of each by its key."""

    thread: str
    title: str | None
    address: str | None
    names: dict[str, str]
    where: Location


def _page(tree: LexborHTMLParser, source: Source, options: ReadOptions, found: list[Reaction], report: Report) -> _Page:
    thread = options.thread_id or source.stem
    where = Location(source.name)
    names = _names(found, thread, where, report)
    return _Page(thread, _title(tree), _address(tree, source), names, where)


def _names(found: list[Reaction], thread: str, where: Location, report: Report) -> dict[str, str]:
    """The id of each reaction by its key: as the site has it, or the page, or its number on the page."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for number, reaction in enumerate(found, start=1):
        name = reaction.id or f"{thread}-{reaction.page_id or number}"
        if name in taken:
            numbered = f"{thread}-{number}"
            while numbered in taken:
                numbered += "~2"
            detail = f"{name} is another's"
            report.repaired("id that the page gives twice, numbered instead", where, id=numbered, detail=detail)
            name = numbered
        taken.add(name)
        names[reaction.key] = name
    return names


def _comments(
    found: list[Reaction], page: _Page, source: Source, options: ReadOptions, report: Report
) -> Iterator[tuple[Comment, Location]]:
    for reaction in found:
        report.read += 1
        id = page.names[reaction.key]
        reason = reaction.left_out or ("" if reaction.text else "reaction without text")
        if reason:
            report.skipped(reason, page.where, id=id)
            continue
        yield (
            Comment(
                thread_id=page.thread,
                id=id,
                parent_id=page.names.get(reaction.parent or ""),
                text=reaction.text,
                claim=options.claim or page.title,
                lang=options.lang,
                author=author_name(reaction.author, where=page.where, report=report, id=id),
                created_at=moment(reaction.date, page.where, report, id=id),
                source=source.stem,
                url=_absolute(reaction.url, page.address) if reaction.url else page.address,
            ),
            page.where,
        )


def _note_losses(tree: LexborHTMLParser, is_cut: bool, page: _Page, report: Report) -> None:
    """Tell of what the page seems to lack, beside the reactions that were read."""
    facts = report.sources[-1]
    announced, found = facts["announced"], len(page.names)
    if is_cut:
        last = list(page.names.values())[-1]
        detail = "the last reaction may lack its end"
        report.repaired("the page is cut off, read as far as it goes", page.where, id=last, detail=detail)
    if unreadable := unreadable_json_ld(tree):
        report.repaired("JSON-LD with comments that is no JSON, left unread", page.where, detail=f"{unreadable} in all")
    if announced is not None and announced != found:
        detail = f"announced {announced}, found {found}"
        report.repaired("the page announces another number of reactions than it holds", page.where, detail=detail)


def _find(tree: LexborHTMLParser) -> tuple[list[Reaction], str]:
    """The reactions of the page and what they were found by: the search that finds most.

    Structure is for pages of no known kind: on one that holds nothing but pingbacks it would find those.
    """
    searches = [(search(tree), name) for name, search in _SEARCHES.items()]
    best = max(searches, key=lambda search: _worth(search[0]))
    return best if _worth(best[0]) > (0, 0) else (by_structure(tree), "structure")


def _worth(found: list[Reaction]) -> tuple[int, int]:
    """How many comments were found, and how many others that the markup tells from them."""
    comments = sum(bool(reaction.text) and not reaction.left_out for reaction in found)
    return comments, sum(bool(reaction.left_out) for reaction in found)


# --- the page itself -------------------------------------------------------------------------------------------------


def _parsed(text: str) -> tuple[LexborHTMLParser, bool]:
    """The tree of a page, and whether the page is cut off: whether it ends, without an end tag of its own, inside a
    tag or an element that its author would have closed.
    """
    whole_tags = text[: match.start()] if (match := _HALF_A_TAG.search(text)) else text
    tree = LexborHTMLParser(f"{whole_tags}<hr id={_MARK}>")
    mark = tree.css_first(f"hr#{_MARK}")
    if mark is None:
        return tree, True
    current = mark.parent
    mark.decompose()
    while current is not None and (current.tag or "-").lower() in _CLOSED_BY_THE_END:
        current = current.parent
    inside_element = current is not None and not (current.tag or "-").startswith("-")
    ended = _END_TAG.search(text, max(len(text) - _TAIL, 0)) is not None
    return tree, not ended and (inside_element or whole_tags != text)


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
    if (title := disqus_title(tree)) is not None:
        return title
    for selector in ("article h1", ".entry-title", "h1", "h2[class*=title]"):
        node = tree.css_first(selector)
        if node is not None and (text := node_text(node).replace("\n", " ").strip()):
            return text
    node = tree.css_first("meta[property='og:title']")
    if node is not None and (content := node.attributes.get("content")):
        return content.strip()
    node = tree.css_first("title")
    title = "" if node is None else (node.text() or "").strip()
    # that of the frame that Disqus embeds, which is no article's
    return title if title not in ("", "Disqus Comments") else None


def _address(tree: LexborHTMLParser, source: Source) -> str | None:
    """Where the page stood: what it says of itself, or what the browser noted that saved it."""
    for selector in ("link[rel=canonical]", "meta[property='og:url']", "base[href]"):
        address = address_of(tree.css_first(selector))
        if address is not None and address.startswith(("http:", "https:")):
            return address
    saved = _SAVED_FROM.search(head_text(source))
    return address if saved and (address := saved[1]).startswith(("http:", "https:")) else None


def _absolute(address: str, base: str | None) -> str:
    """An address on the page as one by itself; what is no address stays as it stands."""
    try:
        return urljoin(base or "", address)
    except ValueError:
        return address


def _announced(tree: LexborHTMLParser) -> int | None:
    for node in tree.css("h1, h2, h3, h4, h5, [class*=count]"):
        text = node_text(node).replace("\n", " ")
        titles = "comments-title" in classes(node) and _COUNTED_ON.match(text)
        if (titles or COMMENTS_HEADING.match(text)) and (number := _COUNT.search(text)):
            return int(number[0])
    return None
