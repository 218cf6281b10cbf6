"""Viva Engage (Yammer): ``Messages.csv`` and ``MessageVersions.csv`` of a network's data export.

The message that starts a thread is a comment like those that answer it. Where it has a title, that is the thread's
claim. Of a message that was edited the newest version is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.readers.columns import ExportRow, export_rows
from rsenlp.readers.export import Export, identifier
from rsenlp.readers.html_text import html_to_text
from rsenlp.readers.lookup import Lookup, lookup
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.readers.tabular import header_keys
from rsenlp.readers.yammer import PRIVATE, SYSTEM
from rsenlp.text import nfc
from rsenlp.times import parse_time

PREVIOUS = "previous version of a message"
DELETED = "deleted message"
DRAFT = "draft that was not posted"
_ALIASES = {
    "text": "body message_body",
    "html": "html_body body_html",
    "id": "id message_id",
    "thread_id": "thread_id conversation_id",
    "parent_id": "replied_to_id reply_to_id parent_id",
    "title": "title subject",
    "name": "sender_name sender_full_name full_name sender",
    "number": "sender_id user_id",
    "created_at": "created_at created",
    "version": "version version_number updated_at modified_at last_modified_at edited_at",
    "deleted_at": "deleted_at",
    "draft": "draft is_draft draft_state",
    "private": "in_private_conversation",
    "kind": "message_type",
    "group": "group_name community_name",
    "url": "web_url",
}
_OWN = """group_id group_name network_id in_private_group in_private_conversation gdpr_delete_url html_body
    sender_email message_type""".split()
_OF_VERSIONS = {"message_id", "id"}
_PERSONAL = re.compile(r"(?:sender|deleted_by|user|delegate|creator)(?:_.*)?|.*email|participants?|.*url")
_TRUE = {"true", "yes", "1", "draft"}


class YammerCsvReader:
    """Reads the messages of an export."""

    name = "yammer-csv"

    def recognises(self, source: Source) -> bool:
        keys = header_keys(source)
        if "text" in keys or "body" not in keys:
            return False
        threaded = "thread_id" in keys and bool(keys & {"replied_to_id", "sender_id"}) and bool(keys & set(_OWN))
        return threaded or _of_versions(source, keys)

    def read(self, source: Source, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The messages with their places. What was replaced, taken back or private gets a row each instead."""
        export = Export(source, options, report)
        of_versions = _of_versions(source, header_keys(source))
        with lookup() as known:
            for number, row in enumerate(_rows(source, options, Report())):
                _note(number, row.fields, known)
            for number, row in enumerate(_rows(source, options, report)):
                id = identifier(row.fields.get("id"))
                reason = PREVIOUS if of_versions else _reason_to_leave_out(number, row.fields, known)
                if reason is not None:
                    export.left_out(reason, row.where, id=id)
                else:
                    yield from export.comment(_record(row, id, known), row.where)


def _of_versions(source: Source, keys: set[str]) -> bool:
    """Whether a file holds what messages were before they were edited."""
    named = "messageversions" in source.stem.lower().replace("_", "")
    return "body" in keys and ((named and "id" in keys) or (keys >= _OF_VERSIONS and "html_body" in keys))


def _rows(source: Source, options: ReadOptions, report: Report) -> Iterator[ExportRow]:
    return export_rows(
        source,
        options,
        report,
        format=YammerCsvReader.name,
        aliases=_ALIASES,
        is_personal=lambda key: _PERSONAL.fullmatch(key) is not None,
    )


def _note(number: int, fields: Mapping[str, str], known: Lookup) -> None:
    """Note which row has the newest version of a message, and the title of a thread."""
    id = identifier(fields.get("id"))
    if id is None:
        return
    age, (newest, _) = _age(fields), known.get(f"row:{id}") or (None, 0)
    if age is None or newest is None or age >= newest:
        known[f"row:{id}"] = [age, number]
        if "title" in fields and "parent_id" not in fields:
            known[f"title:{identifier(fields.get('thread_id')) or id}"] = nfc(fields["title"].strip())


def _age(fields: Mapping[str, str]) -> float | None:
    """What grows from version to version, where the export tells: a number, or a moment in seconds."""
    said = fields.get("version", "")
    try:
        return float(said)
    except ValueError:
        pass
    try:
        moment = parse_time(said, Location("version"))
    except InputError:
        return None
    return moment.timestamp() if moment else None


def _reason_to_leave_out(number: int, fields: Mapping[str, str], known: Lookup) -> str | None:
    newest = known.get(f"row:{identifier(fields.get('id'))}")
    if newest is not None and newest[1] != number:
        return PREVIOUS
    if "deleted_at" in fields:
        return DELETED
    if fields.get("private", "").strip().lower() in _TRUE:
        return PRIVATE
    if fields.get("kind", "").strip().lower() == "system":
        return SYSTEM
    return DRAFT if fields.get("draft", "").strip().lower() in _TRUE else None


def _record(row: ExportRow, id: str | None, known: Lookup) -> dict[str, str | None]:
    fields = row.fields
    thread = identifier(fields.get("thread_id"))
    title = known.get(f"title:{thread or id}")
    text = fields.get("text")
    if text is None and "html" in fields:
        text = html_to_text(nfc(fields["html"]))
    if title is not None and "parent_id" not in fields:
        text = f"{title}\n{text or ''}".rstrip("\n")
    record: dict[str, str | None] = {
        "thread_id": thread,
        "id": id,
        "parent_id": identifier(fields.get("parent_id")),
        "text": text,
        "claim": title,
        "author": fields.get("name") or fields.get("number"),
        "created_at": fields.get("created_at"),
        "url": fields.get("url"),
        **row.others,
    }
    if "group" in fields:
        record["source"] = fields["group"]
    if "kind" in fields:
        record["message_type"] = fields["kind"]
    return record
