"""A corpus of ConvoKit: a folder of utterances, speakers and conversations, as its documentation describes it and as
``Corpus.dump`` writes it, from the first versions (``user``, ``root``, ``users.json``, ``utterances.json``) on.

Metadata becomes columns: that of an utterance under its own name, that of its conversation and speaker under
``conversation_…`` and ``speaker_…``. Binary metadata and vectors are pickles, which can run code when they are read:
they never are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, Location
from rsenlp.readers.container import Container
from rsenlp.readers.made import OTHER_FILE, left_out, made, other_columns
from rsenlp.readers.source import ReadOptions
from rsenlp.record_files import read_json_array, read_jsonl
from rsenlp.records import FIELDS, LABELS

PICKLED = "pickled data is never read"
_UTTERANCES = ("utterances.jsonl", "utterances.json")
_SPEAKERS = ("speakers.json", "users.json")
_CONVERSATIONS = ("conversations.json",)
_ABOUT = ("corpus.json", "index.json")
_KNOWN = frozenset("id conversation_id root text speaker user reply_to reply-to timestamp meta vectors".split())
# under which name conversations say what they are about, most telling first
_CLAIMS = ("claim", "title", "thread_title", "page_title", "article_title", "post_title", "conversation_title")
_SAID_IN_META = ("claim", "lang", "source", "url")
_BINARY = ("<##bin{", "}&&@**>")

Table = Mapping[str, msgspec.Raw]


class ConvoKitReader:
    """Reads a corpus folder; utterances as a stream, what is said of speakers and conversations from memory."""

    name = "convokit"
    signs = frozenset(_UTTERANCES)

    def recognises(self, container: Container) -> bool:
        beside = (*_SPEAKERS, *_CONVERSATIONS, *_ABOUT)
        return _first(container, _UTTERANCES) is not None and _first(container, beside) is not None

    def read(self, container: Container, options: ReadOptions, report: Report) -> Iterator[tuple[Comment, Location]]:
        """The utterances of the corpus.

        Raises:
            InputError: there are none, or their file is damaged as a whole.
        """
        path = _first(container, _UTTERANCES)
        if path is None:
            raise InputError("a ConvoKit corpus has utterances.jsonl", where=container.name, got="no such file")
        report.source(container.name, format=self.name, utterances=path)
        tables = _Tables(_table(container, _SPEAKERS, report), _table(container, _CONVERSATIONS, report))
        _note_rest(container, path, report)
        threads, columns = _Threads(), set[str]()
        file = container.files[path]
        with file.open() as stream:
            rows = read_jsonl(stream, file.name) if path.endswith("l") else read_json_array(stream, file.name)
            for where, row in rows:
                report.read += 1
                if isinstance(row, InputError):
                    report.skipped(row.rule, where, detail=row.got)
                    continue
                record = {"source": container.stem, **_record(row, threads, where, report)}
                record |= _described(record, row, tables, where, report)
                columns |= record.keys()
                if (comment := made(record, where, options, report)) is not None:
                    yield comment, where
        report.sources[-1]["kept_as_they_came"] = sorted(columns.difference(FIELDS, LABELS))


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is said of speakers and of conversations, by id, each still as JSON."""

    speakers: Table
    conversations: Table


def _record(row: Mapping[str, Any], threads: _Threads, where: Location, report: Report) -> dict[str, Any]:
    """The fields of an utterance under the contract's names."""
    id, parent = _name(row.get("id")), _name(row["reply_to"] if "reply_to" in row else row.get("reply-to"))
    said = _name(row["conversation_id"] if "conversation_id" in row else row.get("root"))
    thread = threads.of(id, parent, said)
    if said is None and id is not None:
        report.repaired("no conversation named, told by what is answered", where, id=id, detail=f"now {thread}")
    return {
        "thread_id": thread,
        "id": id,
        "parent_id": parent,
        "text": row.get("text"),
        "author": _name(row["speaker"] if "speaker" in row else row.get("user")),
        "created_at": row.get("timestamp"),
    }


def _described(
    record: Mapping[str, Any], row: Mapping[str, Any], tables: _Tables, where: Location, report: Report
) -> dict[str, Any]:
    """What is known of an utterance besides, of its conversation and of its speaker."""
    meta = dict(row["meta"]) if isinstance(row.get("meta"), dict) else {}
    conversation = _facts(tables.conversations, record["thread_id"], where, report)
    found: dict[str, Any] = {}
    claim = next((key for key in _CLAIMS if isinstance(conversation.get(key), str) and conversation[key].strip()), None)
    if claim is not None:
        found["claim"] = conversation.pop(claim)
    found |= {key: meta.pop(key) for key in _SAID_IN_META if isinstance(meta.get(key), str)}
    if isinstance(meta.get("stance"), dict) and isinstance(meta.get("causes"), dict):
        found |= {key: meta.pop(key) for key in LABELS if key in meta}
    columns = other_columns({key: value for key, value in row.items() if key not in _KNOWN} | meta, "meta_")
    about = (("conversation_", conversation), ("speaker_", _facts(tables.speakers, record["author"], where, report)))
    for prefix, facts in about:
        for key, value in other_columns({prefix + key: value for key, value in facts.items()}, "meta_").items():
            columns[key if key not in columns else f"meta_{key}"] = value
    binary = [key for key, value in columns.items() if _is_binary(value)]
    if binary:
        report.repaired("binary metadata left out", where, id=record["id"], detail=", ".join(binary))
    return found | {key: value for key, value in columns.items() if key not in binary}


class _Threads:
    """Which conversation an utterance belongs to that names none: that of the one it answers, as ConvoKit does it."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def of(self, id: str | None, parent: str | None, said: str | None) -> str | None:
        """The conversation of an utterance; ``said`` is the one that it names. ``None`` for one without an id."""
        if said is not None or id is None:
            return said
        self._found[id] = self._found.get(parent or id) or f"__default_conversation__{parent or id}"
        return self._found[id]


def _table(container: Container, names: tuple[str, ...], report: Report) -> Table:
    """What a file says of speakers or conversations, by id, each still as JSON; nothing where there is no such file."""
    path = _first(container, names)
    if path is None:
        return {}
    file = container.files[path]
    try:
        with file.open() as stream:
            return msgspec.json.decode(stream.read().removeprefix(b"\xef\xbb\xbf"), type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        left_out(report, file.name, "the file is one JSON object", detail=str(error))
    except InputError as error:
        left_out(report, file.name, error.rule, detail=error.got)
    return {}


def _facts(table: Table, id: str | None, where: Location, report: Report) -> dict[str, Any]:
    """What a table says of one id: the metadata itself, or an object that holds it beside vectors."""
    if id is None or id not in table:
        return {}
    try:
        facts = msgspec.json.decode(table[id])
    except (msgspec.DecodeError, RecursionError) as error:
        report.repaired("metadata that is no JSON left out", where, id=id, detail=str(error))
        return {}
    if isinstance(facts, dict) and "meta" in facts and set(facts) <= {"meta", "vectors"}:
        facts = facts["meta"]
    return facts if isinstance(facts, dict) else {}


def _note_rest(container: Container, utterances: str, report: Report) -> None:
    """A row for every file that is not read, and the names of what is said of the corpus as a whole."""
    read = {utterances, *_ABOUT, _first(container, _SPEAKERS), *_CONVERSATIONS}
    for path, file in container.files.items():
        if path not in read:
            left_out(report, file.name, PICKLED if path.endswith((".p", ".pkl", ".pickle")) else OTHER_FILE)
    about = sorted(_table(container, _ABOUT[:1], report))
    if about:
        report.sources[-1]["left_out_of_corpus_json"] = about


def _first(container: Container, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in container.files), None)


def _name(value: Any) -> str | None:
    """An id as text; ``None`` for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(value)


def _is_binary(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_BINARY[0]) and value.endswith(_BINARY[1])
