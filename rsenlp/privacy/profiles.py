"""Addresses of web pages that are a person's profile."""

from __future__ import annotations

import re
from itertools import pairwise

# a web address, with its scheme or, on hosts of profiles, without
URL = (
    r"(?:https?://|(?<![\w@.-])www\.)[^\s<>«»\"“”]+"
    r"|(?<![\w@./-])(?:[\w-]+\.)?(?:linkedin|twitter|x|facebook|fb|github|gitlab|instagram|viadeo|viadu|xing|reddit)\.com/[^\s<>«»\"“”]+"
    r"|(?<![\w@./-])(?:[\w-]+\.)+[a-z]{2,}/@\w[^\s<>«»\"“”]*"
)
_PARTS = re.compile(
    r"(?:https?://)?(?:[^/@\s]*@)?(?:www\.)?(?P<host>[^/?#:]+)(?::\d+)?(?P<path>[^?#]*)(?P<rest>.*)", re.I
)
_PERSONAL = frozenset(
    """
    user users u profile profiles profil profils member members membre membres people person personne author authors
    auteur auteurs in pub
    """.split()
)
# what follows such a word without naming anybody, and the first words of paths that belong to the sites themselves
_IMPERSONAL = frozenset(
    """
    about account accounts admin all api auth blog business collections company contact create dashboard developers
    docs documentation download edit enterprise events explore faq features feed groups group guide guides hashtag help
    home i index intent jobs legal login logout manual manuals marketplace me messages new news notifications orgs
    pages page p pricing privacy pulse register reel reels search security settings share sharer sharer.php shop
    sign_in sign_up signin signup sponsors stories support terms topics tos trending tv watch hashtags plugins dialog
    gaming stats
    """.split()
)
# hosts on which the first part of a path is a person's (or an organisation's) name, however long the path
_NAMED = re.compile(r"(?:\w+\.)?(?:twitter\.com|x\.com|facebook\.com|fb\.com|instagram\.com|threads\.(?:net|com))")
# hosts on which it is one only where nothing follows: further parts are a project's
_NAMED_ALONE = re.compile(
    r"(?:gist\.)?github\.com|gitlab\.com|bitbucket\.org|about\.me|t\.me|wa\.me|keybase\.io|telegram\.me"
)
_PAGE = re.compile(r"\.(?:html?|php|aspx?|pdf|md)$")
_NETWORKS = re.compile(r"(?:[\w-]+\.)*(?:linkedin\.com|viad(?:eo|u)\.com|viadeo\.journaldunet\.com|xing\.com)")


def is_profile(url: str) -> bool:
    """Whether an address leads to a person's profile: on a site known for them, or by the words of its path."""
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return False
    host = parts["host"].lower()
    path = parts["path"] + parts["rest"][1:] if parts["rest"].startswith("#!") else parts["path"]
    segments = [segment for segment in path.lower().split("/") if segment and segment != "!"]
    if not segments:
        return False
    if _NAMED.fullmatch(host):
        return segments[0] not in _IMPERSONAL
    if _NAMED_ALONE.fullmatch(host):
        return len(segments) == 1 and segments[0] not in _IMPERSONAL
    if host == "plus.google.com":
        return segments[0].startswith("+") or segments[0].isdigit()
    if re.match(r"~\w", segments[0]) or any(re.match(r"@\w", segment) for segment in segments):
        return True
    return _has_personal_path(segments, everywhere=_NETWORKS.fullmatch(host) is not None)


def _has_personal_path(segments: list[str], *, everywhere: bool) -> bool:
    """``…/user/NAME``; the words ``in`` and ``pub``, and ``p``, mean a person on professional networks alone."""
    for word, name in pairwise(segments):
        personal = word in _PERSONAL and (everywhere or word not in ("in", "pub"))
        if (personal or (everywhere and word == "p")) and name not in _IMPERSONAL and not _PAGE.search(name):
            return True
    return False
