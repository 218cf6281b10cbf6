"""Viva Engage (Yammer) as its interfaces give it: answers of the REST interface, conversations of Microsoft Graph.

The message that starts a thread is a comment like those that answer it. Where it has a title, that is the thread's
claim. Names come from the references that the answers hold besides the messages, wherever in the file they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import Location
from rsenlp.readers.export import OF_ANOTHER_KIND, Export, identifier, scalars
from rsenlp.readers.html_text import html_to_text
from rsenlp.readers.json_values import json_values, recognised
from rsenlp.readers.lookup import Lookup, lookup, top_of
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.text import nfc

SYSTEM = "message of the system"
PRIVATE = "private message"
_KEPT = """message_type sender_type privacy group_id network_id client_type language creationMode
    lastModifiedDateTime""".split()
_REFERENCE = re.compile(r"\[\[(?P<type>[a-z_]+):(?P<id>[^\]\s]+)\]\]")
_CONTEXT = re.compile(r"[Cc]onversations(?:\('(?P<quoted>[^']+)'\)|/(?P<plain>[^/']+))/messages")


@dataclass(frozen=True, slots=True)
class Message:
    """A message, and the conversation and the message around it where the file says so by how they are nested."""

    fields: Mapping[str, Any]
    conversation: str | None = None
    above: str | None = None

    @property
    def id(self) -> str | None:
        return identifier(self.fields.get("id"))

    @property
    def parent(self) -> str | None:
        said = (identifier(self.fields.get(name)) for name in ("replied_to_id", "replyToId"))
        return next((id for id in said if id is not None), self.above)


class YammerReader:
    """Reads messages that an interface gave."""

    name = "yammer"

    def recognises(self, source: Source) -> bool:
        return recognised(source, lambda value: any(_is_message(item.fields) for item in _messages(value)))

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The messages of the source with their places; private ones and the system's get a row each instead."""
        report.source(source.name, format=self.name)
        export = Export(source, options, report)
        with lookup() as known:
            _collect(source, options, known)
            for where, value in json_values(source, options, report):
                for message in _messages(value):
                    yield from _read(message, known, where, export)


def _messages(value: Any) -> Iterator[Message]:
    """The messages of an answer, each before the replies within it."""
    stack: list[tuple[Any, str | None, str | None]] = [(value, None, None)]
    while stack:
        item, conversation, above = stack.pop()
        if isinstance(item, list):
            stack.extend((inner, conversation, above) for inner in reversed(item))
            continue
        if not isinstance(item, dict):
            yield Message({}, conversation, above)
            continue
        inner = _held(item)
        if inner is not None:
            stack.extend((held, _conversation(item) or conversation, None) for held in reversed(inner))
            continue
        message = Message(item, conversation, above)
        yield message
        if isinstance(item.get("replies"), list):
            stack.append((item["replies"], conversation, message.id))


def _held(item: Mapping[str, Any]) -> list[Any] | None:
    """The lists of messages or conversations that an answer holds."""
    held = [item[name] for name in ("messages", "value") if isinstance(item.get(name), list)]
    further = item.get("threaded_extended")
    if held and isinstance(further, dict):
        held.extend(replies for replies in further.values() if isinstance(replies, list))
    return held or None


def _conversation(item: Mapping[str, Any]) -> str | None:
    """The conversation whose messages an answer holds, by itself or by the address it was asked for at."""
    if "starterId" in item or ("messages" in item and "id" in item):
        return identifier(item.get("id"))
    match = _CONTEXT.search(str(item.get("@odata.context")))
    return (match["quoted"] or match["plain"]) if match else None


def _is_message(fields: Mapping[str, Any]) -> bool:
    body = fields.get("body")
    if "id" not in fields or not isinstance(body, dict):
        return False
    if "thread_id" in fields and ("sender_id" in fields or "replied_to_id" in fields):
        return True
    engage = "engagementConversation" in str(fields.get("@odata.type"))
    return "content" in body and (engage or "replyToId" in fields)


def _collect(source: Source, options: ReadOptions, known: Lookup) -> None:
    """Note the names of people and groups, what each message answers, and the titles of threads."""
    for _, value in json_values(source, options):
        for answer in value if isinstance(value, list) else [value]:
            references = answer.get("references") if isinstance(answer, dict) else None
            for reference in references if isinstance(references, list) else ():
                _note_reference(reference, known)
        for message in _messages(value):
            if message.id is not None and _is_message(message.fields):
                known[f"message:{message.id}"] = message.parent
                title = message.fields.get("title")
                if isinstance(title, str) and title.strip() and message.parent is None:
                    known[f"title:{message.id}"] = nfc(title.strip())


def _note_reference(reference: Any, known: Lookup) -> None:
    if isinstance(reference, dict) and (id := identifier(reference.get("id"))) is not None:
        names = (reference.get(name) for name in ("full_name", "name"))
        name = next((name for name in names if isinstance(name, str) and name), None)
        if name is not None:
            known[f"{reference.get('type')}:{id}"] = name


def _read(message: Message, known: Lookup, where: Location, export: Export) -> Iterator[tuple[Comment, Location]]:
    fields = message.fields
    if not _is_message(fields):
        export.left_out(OF_ANOTHER_KIND, where, id=message.id)
    elif fields.get("direct_message") is True:
        export.left_out(PRIVATE, where, id=message.id)
    elif _is_of_system(fields):
        export.left_out(SYSTEM, where, id=message.id)
    else:
        yield from export.comment(_record(message, known), where)


def _is_of_system(fields: Mapping[str, Any]) -> bool:
    return (
        fields.get("system_message") is True
        or fields.get("message_type") == "system"
        or "SystemMessage" in str(fields.get("@odata.type"))
    )


def _record(message: Message, known: Lookup) -> dict[str, Any]:
    fields = message.fields
    starter = _starter(message.id, known)
    thread = identifier(fields.get("thread_id")) or _of_conversation(fields) or message.conversation or starter
    title = known.get(f"title:{starter}")
    text = _text(fields, known)
    if title is not None and starter == message.id:
        text = f"{title}\n{text}".strip() if text is not None else title
    record = {
        "thread_id": thread,
        "id": message.id,
        "parent_id": message.parent,
        "text": text,
        "claim": title,
        "author": _author(fields, known),
        "created_at": fields.get("created_at") or fields.get("createdDateTime"),
        "url": fields["web_url"] if isinstance(fields.get("web_url"), str) else None,
    }
    group = known.get(f"group:{identifier(fields.get('group_id'))}")
    if group is not None:
        record["source"] = group
    liked_by = fields.get("liked_by")
    if isinstance(liked_by, dict) and isinstance(liked_by.get("count"), int):
        record["likes"] = liked_by["count"]
    return record | scalars(fields, tuple(_KEPT))


def _of_conversation(fields: Mapping[str, Any]) -> str | None:
    conversation = fields.get("conversation")
    return identifier(conversation.get("id")) if isinstance(conversation, dict) else None


def _starter(id: str | None, known: Lookup) -> str | None:
    """The message that starts the thread of another, as far as the way up to it is there."""
    return None if id is None else top_of(id, lambda message: known.get(f"message:{message}"))


def _text(fields: Mapping[str, Any], known: Lookup) -> str | None:
    """The text of a message: as it is, or made from what was written in it with marks for people, or from HTML."""
    body = fields["body"]
    content = body.get("content")
    if isinstance(content, str):
        return html_to_text(nfc(content)) if str(body.get("contentType")).lower() == "html" else content
    plain, parsed, rich = (body.get(name) for name in ("plain", "parsed", "rich"))
    if isinstance(plain, str) and plain.strip():
        return plain
    if isinstance(parsed, str) and parsed.strip():
        return _REFERENCE.sub(lambda match: known.get(f"{match['type']}:{match['id']}") or match[0], parsed)
    return html_to_text(nfc(rich)) if isinstance(rich, str) else None


def _author(fields: Mapping[str, Any], known: Lookup) -> str | None:
    sender = identifier(fields.get("sender_id"))
    if sender is not None:
        return known.get(f"{fields.get('sender_type') or 'user'}:{sender}") or known.get(f"user:{sender}") or sender
    said = fields.get("from")
    who = said.get("user") or said.get("application") if isinstance(said, dict) else None
    names = (who.get("displayName"), identifier(who.get("id"))) if isinstance(who, dict) else ()
    return next((name for name in names if isinstance(name, str) and name), None)
