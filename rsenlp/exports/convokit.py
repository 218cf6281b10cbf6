"""A ConvoKit corpus: a folder as ``Corpus.dump`` writes it.

An utterance answers what the comment answers; one that answers the opening document has no ``reply-to``, so that a
conversation may have several roots. The speaker without a name is ``""``.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from rsenlp.audit import Report
from rsenlp.codebook import codebook
from rsenlp.discussion import Comment
from rsenlp.exports.format import ExportOptions
from rsenlp.exports.labelled import Labelled
from rsenlp.exports.outputs import Pack, Table, pending_folder
from rsenlp.exports.tables import prediction_fields
from rsenlp.records import comment_to_record

NAMELESS = ""
_OWN = ("lang", "source", "url")
# what dump() counts up from nothing
_VERSION = 1


def write_convokit(items: Iterable[Labelled], output: Path | str, options: ExportOptions, report: Report) -> None:
    """Write a corpus folder. Speakers and conversations wait in temporary databases.

    Raises:
        UsageError: the folder is there and not empty.
    """
    with (
        pending_folder(output) as pack,
        tempfile.TemporaryDirectory(prefix="rsenlp-") as name,
        closing(Table(Path(name) / "speakers")) as speakers,
        closing(Table(Path(name) / "conversations")) as conversations,
    ):
        types: dict[str, dict[str, None]] = {}
        with pack.open("utterances.jsonl") as stream:
            for item in items:
                speakers.add(item.comment.author or NAMELESS, "{}")
                conversations.add(item.comment.thread_id, json.dumps(_conversation(item.comment)))
                utterance = _utterance(item, json.loads(conversations.get(item.comment.thread_id) or "{}"))
                for key, value in utterance["meta"].items():
                    types.setdefault(key, {})[str(type(value))] = None
                stream.write(json.dumps(utterance).encode("ascii") + b"\n")
        _write_tables(pack, speakers, conversations)
        about = {"codebook": codebook().version}
        pack.write("corpus.json", json.dumps(about).encode("ascii"))
        pack.write("index.json", json.dumps(_index(types, conversations, about)).encode("ascii"))


def _utterance(item: Labelled, conversation: dict[str, Any]) -> dict[str, Any]:
    comment = item.comment
    moment = comment.created_at.timestamp() if comment.created_at else None
    return {
        "id": comment.id,
        "conversation_id": comment.thread_id,
        "text": comment.text,
        "speaker": comment.author or NAMELESS,
        "meta": {key: value for key, value in _meta(item, conversation).items() if value is not None},
        "reply-to": comment.parent_id,
        "timestamp": int(moment) if moment is not None and moment.is_integer() else moment,
        "vectors": [],
    }


def _meta(item: Labelled, conversation: dict[str, Any]) -> dict[str, Any]:
    """What ConvoKit has no field for: labels in the form of the contract, and other columns. The claim stands with the
    conversation, unless the comment has another.
    """
    comment = item.comment
    record = comment_to_record(comment)
    meta = {key: record[key] for key in _OWN}
    if comment.claim != conversation.get("claim"):
        meta["claim"] = comment.claim
    meta |= {key: value for key, value in record.items() if key in comment.extra}
    if item.labels is None:
        return meta
    if item.labels.model is not None:
        return meta | prediction_fields(item.labels)
    return meta | {key: record[key] for key in ("stance", "causes", "evidence")}


def _conversation(comment: Comment) -> dict[str, Any]:
    return {} if comment.claim is None else {"claim": comment.claim}


def _write_tables(pack: Pack, speakers: Table, conversations: Table) -> None:
    for name, table in (("speakers.json", speakers), ("conversations.json", conversations)):
        with pack.open(name) as stream:
            _write_object(stream, table)


def _write_object(stream: IO[bytes], table: Table) -> None:
    """Write one JSON object, entry by entry: each id with its metadata and no vectors."""
    stream.write(b"{")
    for number, (key, meta) in enumerate(table):
        entry = f'{", " if number else ""}{json.dumps(key)}: {{"meta": {meta}, "vectors": []}}'
        stream.write(entry.encode("ascii"))
    stream.write(b"}")


def _index(types: dict[str, dict[str, None]], conversations: Table, about: dict[str, str]) -> dict[str, Any]:
    """Which metadata there is, and of which types in Python."""
    claims = any(meta != "{}" for _, meta in conversations)
    return {
        "utterances-index": {key: list(found) for key, found in types.items()},
        "speakers-index": {},
        "conversations-index": {"claim": [str(str)]} if claims else {},
        "overall-index": {key: [str(type(value))] for key, value in about.items()},
        "version": _VERSION,
        "vectors": [],
    }
