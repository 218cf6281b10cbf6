"""An export of Slack: lists of channels and users, and for each channel a folder with a file of messages for each day.

A thread is what hangs under one message: that message is its first comment, the answers in its thread (in whichever
day's file) answer it, and a message that nobody answered is a thread of one comment. There is no opening document, so
there is no claim, unless one is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.readers.container import Container, File
from rsenlp.readers.made import OTHER_FILE, left_out, made, other_columns
from rsenlp.readers.slack_people import People
from rsenlp.readers.slack_text import plain_text
from rsenlp.readers.source import ReadOptions
from rsenlp.record_files import read_json_array

NOTICE = "a notice of Slack, no message of a person"
BOT = "written by a bot or an app"
UNDATED = "a message of Slack without a time stamp"
_CHANNELS = frozenset("channels.json groups.json mpims.json dms.json".split())
_USERS = frozenset("users.json org_users.json".split())
_DAY = re.compile(r"(?P<folder>.+)/\d{4}-\d{2}-\d{2}\.json")
_STAMP = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
# what people write; every other subtype is a notice (joins, topics, pins, what was deleted …)
_WRITTEN = frozenset("thread_broadcast me_message file_share file_comment".split())
# Slack's own words around what is said of a file, in exports before 2018
_ABOUT_FILE = re.compile(
    r"<@\w+(?:\|[^<>]*)?> (?:uploaded|shared|added|created) an? [^<:]{1,40}: <[^<>]*>(?: and commented: (?P<said>.*))?",
    re.DOTALL,
)
_READ = frozenset("type subtype ts thread_ts user text reactions comment".split())


class SlackReader:
    """Reads a whole export, day by day."""

    name = "slack"
    signs = _CHANNELS | _USERS

    def recognises(self, container: Container) -> bool:
        lists = self.signs & container.files.keys()
        return bool(lists) and (any(map(_DAY.fullmatch, container.files)) or {"channels.json", "users.json"} <= lists)

    def read(self, container: Container, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The messages of people, channel by channel, in the order in which they were sent.

        Raises:
            InputError: there are no days of messages.
        """
        if not any(map(_DAY.fullmatch, container.files)):
            raise InputError("a Slack export has a folder of days for each channel", where=container.name, got="none")
        report.source(container.name, format=self.name)
        workspace = _workspace(container, report)
        fields: set[str] = set()
        for path, file in container.files.items():
            if (day := _DAY.fullmatch(path)) is None:
                continue
            channel = workspace.channel(day["folder"])
            for where, message in _objects(file, report):
                report.read += 1
                fields |= message.keys()
                record = _record(message, channel, workspace, where, report)
                if record is not None and (comment := made(record, where, options, report)) is not None:
                    yield comment, where
        report.sources[-1]["fields_left_out"] = sorted(fields - _READ)


@dataclass(frozen=True, slots=True)
class _Workspace:
    """Who and what messages mention: ``channels`` gives names by id, ``groups`` the ids of talks of several people by
    the name of their folder.
    """

    people: People = field(default_factory=People)
    channels: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)

    def channel(self, folder: str) -> str:
        """What a channel is called: the name of its folder, or its id where that name lists those who talk in it."""
        name = folder.removeprefix("teams/")
        if not name.rpartition("/")[2].startswith("mpdm-"):
            return name
        return self.groups.setdefault(name.rpartition("/")[2], f"group-{len(self.groups) + 1}")


def _workspace(container: Container, report: Report) -> _Workspace:
    """The lists of an export that tell of people and channels; a row for every file that is neither list nor day."""
    found = _Workspace()
    for path, file in container.files.items():
        name = path.rpartition("/")[2]
        if name in _USERS:
            for _, user in _objects(file, report):
                found.people.add(user)
        elif name in _CHANNELS:
            for _, channel in _objects(file, report):
                id, called = channel.get("id"), channel.get("name")
                if isinstance(id, str) and isinstance(called, str):
                    found.channels[id] = called
                    if called.startswith("mpdm-"):
                        found.groups[called] = id
        elif path.endswith(".json") and "/" not in path:  # logs of integrations, canvases …: nobody's message
            report.sources[-1].setdefault("lists_left_out", []).append(path)
        elif _DAY.fullmatch(path) is None:
            left_out(report, file.name, OTHER_FILE)
    return found


def _objects(file: File, report: Report) -> Iterator[tuple[Location, dict[str, Any]]]:
    """The objects of a JSON array with their numbers; a row for the file where it is none, and for any other item."""
    try:
        with file.open() as stream:
            for where, item in read_json_array(stream, file.name):
                if isinstance(item, InputError):
                    report.read += 1
                    report.skipped(item.rule, where, detail=item.got)
                else:
                    yield where, item
    except InputError as error:
        left_out(report, file.name, error.rule, detail=error.got)


def _record(
    message: Mapping[str, Any], channel: str, workspace: _Workspace, where: Location, report: Report
) -> dict[str, Any] | None:
    """A message under the contract's names; ``None``, with a row, for one that no person wrote."""
    workspace.people.meet(message)
    stamp, root = str(message.get("ts")), str(message.get("thread_ts"))
    user, text = _said(message)
    id = f"{channel}-{stamp}"
    if reason := _left_out(message, user, workspace.people):
        report.skipped(reason, where, id=id, detail=_string(message.get("subtype")) or "")
        return None
    if not _STAMP.fullmatch(stamp):
        report.skipped(UNDATED, where, detail=stamp)
        return None
    root = root if _STAMP.fullmatch(root) else stamp
    return {
        "thread_id": f"{channel}-{root}",
        "id": id,
        "parent_id": None if root == stamp else f"{channel}-{root}",
        "text": plain_text(text, workspace.people.names, workspace.channels),
        "author": None if user is None else workspace.people.names.get(user, user),
        "created_at": stamp,
        "source": channel,
        **other_columns(_reactions(message.get("reactions")), "slack_"),
    }


def _left_out(message: Mapping[str, Any], user: str | None, people: People) -> str | None:
    """Why a message is none that a person wrote."""
    subtype = message.get("subtype")
    if subtype == "bot_message" or message.get("bot_id") or user in people.bots:
        return BOT
    if message.get("type", "message") != "message" or (subtype and str(subtype) not in _WRITTEN):
        return NOTICE
    return None


def _said(message: Mapping[str, Any]) -> tuple[str | None, str]:
    """Who wrote a message and the text that is their own."""
    user, text = _string(message.get("user")), _string(message.get("text")) or ""
    comment = message.get("comment")
    if message.get("subtype") == "file_comment" and isinstance(comment, dict):
        return _string(comment.get("user")) or user, _string(comment.get("comment")) or ""
    if message.get("subtype") == "file_share" and (match := _ABOUT_FILE.fullmatch(text)):
        return user, match["said"] or ""
    return user, text


def _reactions(given: Any) -> dict[str, Any]:
    """How often each emoji was given; who gave it is not kept."""
    counts: dict[str, int] = {}
    for item in given if isinstance(given, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            name = item["name"].partition("::")[0]  # the rest is a tone of skin
            users = item.get("users")
            number = item.get("count", len(users) if isinstance(users, list) else 1)
            counts[name] = counts.get(name, 0) + (number if isinstance(number, int) else 1)
    return {"reactions": counts} if counts else {}


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
