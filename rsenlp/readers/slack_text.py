"""The text of Slack messages as its reader sees it: people by name, links by their words, ``&amp;`` as ``&``."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"<([^<>\n]*)>")


def plain_text(text: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """A message's text without Slack's markup of mentions, channels and links.

    Args:
        text: as the export has it: ``<@U1>``, ``<#C1|general>``, ``<https://…|words>``, ``<!here>``, ``&lt;``.
        people: names by user id. Who is not in it keeps the id: ``@U1``.
        channels: names by channel id, for those that the text does not name itself.
    """
    parts = _TOKEN.split(text)  # plain text and the inside of a token by turns
    return "".join(
        _resolved(part, people, channels) if index % 2 else unescaped(part) for index, part in enumerate(parts)
    )


def _resolved(token: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    target, _, words = token.partition("|")
    words, kind, name = unescaped(words), target[:1], target[1:]
    if kind == "@":
        return "@" + (people.get(name) or words.removeprefix("@") or name)
    if kind == "#":
        return "#" + (words.removeprefix("#") or channels.get(name) or name)
    if kind == "!":
        return _special(name, words)
    return words or unescaped(target.removeprefix("mailto:").removeprefix("tel:"))


def _special(name: str, words: str) -> str:
    """``here``, ``channel``, ``everyone``; a group of users; a date, given by the words that stand for it."""
    command, _, argument = name.partition("^")
    if command == "date":
        return words or unescaped(argument.split("^")[1] if "^" in argument else argument)
    return "@" + (words.removeprefix("@") or argument or command)


def unescaped(text: str) -> str:
    """The three characters that Slack escapes, and no other entity."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
