"""Single values of Reddit's comments and submissions, as the contract wants them."""

from __future__ import annotations

import html
import re
from typing import Any

from rsenlp.text import nfc

KEPT = tuple(
    """subreddit score ups downs controversiality gilded edited distinguished stickied is_submitter locked archived
    collapsed""".split()
)
GONE = re.compile(r"\s*\[\s*(?:deleted|removed)(?:\s+by\b[^\[\]]*)?\s*\]\s*", re.IGNORECASE)
_PREFIX = re.compile(r"^t[1-9]_(?=.)")
_OWN_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z]\w*);")
_SITE = "https://www.reddit.com"


def without_prefix(id: str) -> str:
    """An id without what tells the kind of thing: ``t1_abc`` and ``abc`` are the same comment."""
    return _PREFIX.sub("", id)


def unescaped(text: str) -> str:
    """Markdown as its author sees it: Reddit gives ``&amp;``, ``&lt;`` and ``&gt;`` for the marks themselves, and the
    author's own entities (``&#x200B;``) within.
    """
    return _ENTITY.sub(_character, _OWN_ENTITY.sub(_character, text)) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def title_of(value: Any) -> str | None:
    """A title as text; ``None`` for what is none."""
    return nfc(unescaped(value)) if isinstance(value, str) else None


def source_of(subreddit: Any) -> str | None:
    return f"r/{subreddit}" if isinstance(subreddit, str) and subreddit else None


def url_of(permalink: Any) -> str | None:
    if not isinstance(permalink, str) or not permalink:
        return None
    return _SITE + permalink if permalink.startswith("/") else permalink
