"""The markup of comment systems: Disqus (as embedded, and as its WordPress plug-in writes it), Discourse (as browsers
and as search engines see it), WordPress (its own walker, its block themes, and themes from before HTML5).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rsenlp.readers.fields import one_line
from rsenlp.readers.html_text import classes, message_to_text
from rsenlp.readers.page_markup import Markup, items_of, reactions
from rsenlp.readers.page_nodes import Reaction, address_of, loaded_json, nearest, own_first, text_of

PINGBACK = "pingback or trackback"
_NUMBER = re.compile(r"(?:^|-)(?:comment|post)-(\d+)$")
_POST_NUMBER = re.compile(r"^post_(\d+)$")
_TOPIC = re.compile(r"/t/(?:[^/]+/)?(\d+)")


def _numbered(item: LexborNode) -> str | None:
    """The number of ``comment-12``, ``li-comment-12``, ``dsq-comment-12`` or ``post-12``."""
    match = _NUMBER.search(item.attributes.get("id") or "")
    return match[1] if match else None


def _ping(item: LexborNode) -> str:
    return PINGBACK if {"pingback", "trackback"} & set(classes(item)) else ""


# --- Disqus ----------------------------------------------------------------------------------------------------------

_DISQUS = Markup(
    item="#disqus_thread li.post, #posts li.post, #post-list li.post, li.post[id^=post-], li[id^=dsq-comment-]",
    body=".post-message, .dsq-comment-message",
    author=".post-byline .author, .author, .post-byline .name, [id^=dsq-author-user-], .dsq-comment-header cite",
    date=".time-ago, [data-role=relative-time], .dsq-comment-meta a",
    permalink="a.time-ago[href*='#comment-'], a[data-role=relative-time][href*='#comment-']",
    answers="a.parent-link[href*='#comment-']",
    id=_numbered,
    left_out=_ping,
)


def by_disqus(tree: LexborHTMLParser) -> list[Reaction]:
    return reactions(items_of(tree, _DISQUS), _DISQUS)


def by_disqus_data(tree: LexborHTMLParser) -> list[Reaction]:
    """The posts that the embedded page carries as data, which a browser makes its elements from."""
    data = _disqus_data(tree)
    link = text_of(data.get("thread"), "link")
    return [_disqus_post(post, link) for post in data.get("posts") or () if isinstance(post, dict) and post.get("id")]


def disqus_title(tree: LexborHTMLParser) -> str | None:
    """The title of the article, which the embedded page knows although it does not show it."""
    return one_line(text_of(_disqus_data(tree).get("thread"), "clean_title", "title"))


def _disqus_data(tree: LexborHTMLParser) -> dict[str, Any]:
    script = tree.css_first("script#disqus-threadData")
    data = None if script is None else loaded_json(script)
    response = data.get("response") if isinstance(data, dict) else None
    return response if isinstance(response, dict) else {}


def _disqus_post(post: dict[str, Any], link: str | None) -> Reaction:
    id, parent = str(post["id"]), post.get("parent")
    left_out = "deleted post" if post.get("isDeleted") else "spam" if post.get("isSpam") else ""
    return Reaction(
        key=id,
        text=message_to_text(text_of(post, "message", "raw_message") or ""),
        parent=None if parent is None else str(parent),
        author=text_of(post.get("author"), "name", "username"),
        date=text_of(post, "createdAt"),
        url=f"{link}#comment-{id}" if link else None,
        id=id,
        left_out=left_out,
    )


# --- Discourse -------------------------------------------------------------------------------------------------------


def _notice(item: LexborNode) -> str:
    return "notice of the forum, no reaction" if "small-action" in classes(item) else ""


_DISCOURSE = Markup(
    item="article[data-post-id][id^=post_], div.crawler-post",
    # posts that answer or are answered may be unfolded within: the post's own contents are named first
    body=".regular.contents .cooked, .cooked, .post[itemprop=text], .post",
    author=".names .username, .names, .creator [itemprop=name], .creator",
    date=".post-date [data-time], [data-time], time",
    apart=".lightbox .meta, .embedded-posts",
    permalink="a.post-date, .post-date a, .crawler-post-infos a[itemprop=url]",
    # the view for search engines numbers posts by topic alone
    id=lambda item: item.attributes.get("data-post-id"),
    left_out=_notice,
)


def by_discourse(tree: LexborHTMLParser) -> list[Reaction]:
    """The posts of a topic but for the opening one, which is the document; a later page of a topic has no such one."""
    items = items_of(tree, _DISCOURSE)
    numbered = any(map(_post_number, items))
    items = [item for item in items if _post_number(item) != "1"] if numbered else items[1:]
    return _with_quoted(reactions(items, _DISCOURSE), items, _topic(tree))


def _post_number(item: LexborNode) -> str | None:
    """The number of a post in its topic."""
    match = _POST_NUMBER.match(item.attributes.get("id") or "")
    return match[1] if match else None


def _topic(tree: LexborHTMLParser) -> str | None:
    """The number of the topic in its forum."""
    article = tree.css_first("article[data-topic-id]")
    if article is not None:
        return article.attributes.get("data-topic-id")
    match = _TOPIC.search(address_of(tree.css_first("link[rel=canonical]")) or "")
    return match[1] if match else None


def _with_quoted(found: list[Reaction], items: list[LexborNode], topic: str | None) -> list[Reaction]:
    """The same posts, each an answer to the one of this topic that it quotes, where it quotes just one."""
    keys = {_post_number(item): reaction.key for item, reaction in zip(items, found, strict=True)}
    quoted = [_quoted(item, topic) for item in items]
    return [
        replace(reaction, parent=keys.get(next(iter(numbers)))) if len(numbers) == 1 else reaction
        for reaction, numbers in zip(found, quoted, strict=True)
    ]


def _quoted(item: LexborNode, topic: str | None) -> set[str | None]:
    """The numbers of the posts of this topic that a post quotes."""
    quotes = item.css(f"aside.quote[data-topic='{topic}'][data-post]") if topic and topic.isdigit() else []
    return {quote.attributes.get("data-post") for quote in quotes} - {_post_number(item)}


# --- WordPress -------------------------------------------------------------------------------------------------------

_WORDPRESS = Markup(
    item=(
        "ol[class*=comment] li[id*=comment-], ul[class*=comment] li[id*=comment-], li.comment, article.comment, "
        "div.comment[id^=comment-], li.pingback, li.trackback, div.pingback, div.trackback"
    ),
    body=(
        ".comment-content, .wp-block-comment-content, .comment-text, .comment_content, .comment__content, "
        "[itemprop=text], [itemprop=commentText]"
    ),
    loose_body=".comment-body",
    # the walker of themes before HTML5 puts the text beside what says who wrote it and when
    loose_apart=(
        ".comment-author, .vcard, cite.fn, li > cite, .says, .comment-meta, .commentmetadata, .comment-metadata, "
        ".comment-date, time, .avatar, .reply, .comment-reply-link, .edit-link, .comment-edit-link, .comment-respond"
    ),
    apart=".comment-awaiting-moderation, .comment-likes, .jetpack-comment-likes-widget-wrapper",
    author=".fn, .wp-block-comment-author-name, .comment-author, .comment__author, li > cite",
    date="time, .comment-meta a, .commentmetadata a, .comment-date, .wp-block-comment-date, .comment-metadata",
    title="[class*=comment-title], [class*=comment_title]",
    whole=lambda item: _numbered_within(item) is not None,
    id=lambda item: _numbered_within(item),
    left_out=_ping,
)


def by_wordpress(tree: LexborHTMLParser) -> list[Reaction]:
    items = items_of(tree, _WORDPRESS)
    by_id = {item.mem_id: item for item in items}
    return reactions([item for item in items if not _repeats(item, by_id)], _WORDPRESS)


def _numbered_within(item: LexborNode) -> str | None:
    """The number of a comment: on its element, or on the first one in it that has one."""
    numbers = (_numbered(node) for node in [item, *item.css("[id*=comment-]")])
    return next((number for number in numbers if number is not None), None)


def _repeats(item: LexborNode, items: dict[int, LexborNode]) -> bool:
    """Whether an element is the same comment as the one around it, which many themes mark up twice."""
    around = nearest(item.parent, items)
    if around is None:
        return False
    outer, numbers = items[around], (_numbered(items[around]), _numbered(item))
    if None not in numbers:
        return numbers[0] == numbers[1]
    return not _in_list(item, outer) and own_first(outer, f"{_WORDPRESS.body}, {_WORDPRESS.loose_body}", items) is None


def _in_list(item: LexborNode, outer: LexborNode) -> bool:
    """Whether an element stands in a list within another one, as answers do."""
    current = item.parent
    while current is not None and current.mem_id != outer.mem_id:
        if current.tag in ("ol", "ul") or "children" in classes(current):
            return True
        current = current.parent
    return False
