from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import Files, folder_of, imported, read_at, rows, zip_of

from rsenlp.discussion import Comment
from rsenlp.readers import ReadOptions
from rsenlp.readers.convokit import PICKLED
from rsenlp.readers.made import OTHER_FILE

# as ConvoKit's documentation describes a corpus
DOCUMENTED: Files = {
    "utterances.jsonl": (
        {"id": "u0", "speaker": "mona", "conversation_id": "u0", "reply_to": None, "timestamp": 1325376000,
         "text": "Nobody opens the network.", "meta": {"score": 4}},
        {"id": "u1", "speaker": "ivo", "conversation_id": "u0", "reply_to": "u0", "timestamp": 1325376060,
         "text": "We do, in accounting."},
    ),
    "speakers.json": {"mona": {"site": "Lyon"}, "ivo": {}},
    "conversations.json": {"u0": {"title": "The network is dead", "subreddit": "work"}},
    "corpus.json": {"name": "invented", "made": 2012},
    "index.json": {"utterances-index": {"score": ["<class 'int'>"]}, "speakers-index": {}, "conversations-index": {},
                   "overall-index": {}, "version": 1},
}  # fmt: skip
# as Corpus.dump writes it
DUMPED: Files = {
    "utterances.jsonl": (
        {"id": "u0", "conversation_id": "u0", "text": "Nobody opens the network.", "speaker": "mona",
         "meta": {"score": 4}, "reply-to": None, "timestamp": 1325376000, "vectors": []},
        {"id": "u1", "conversation_id": "u0", "text": "We do, in accounting.", "speaker": "ivo",
         "meta": {}, "reply-to": "u0", "timestamp": 1325376060, "vectors": []},
    ),
    "speakers.json": {"mona": {"meta": {"site": "Lyon"}, "vectors": []}, "ivo": {"meta": {}, "vectors": []}},
    "conversations.json": {"u0": {"meta": {"title": "The network is dead", "subreddit": "work"}, "vectors": []}},
    "corpus.json": {"name": "invented", "made": 2012},
    "index.json": {"utterances-index": {"score": ["<class 'int'>"]}, "vectors": [], "version": 2},
}  # fmt: skip
# as the first versions wrote it
LEGACY: Files = {
    "utterances.json": [
        {"id": "u0", "user": "mona", "root": "u0", "reply_to": None, "timestamp": 1325376000,
         "text": "Nobody opens the network.", "meta": {"score": 4}},
        {"id": "u1", "user": "ivo", "root": "u0", "reply-to": "u0", "timestamp": "1325376060",
         "text": "We do, in accounting.", "meta": None},
    ],
    "users.json": {"mona": {"site": "Lyon"}, "ivo": {}},
    "conversations.json": {"u0": {"title": "The network is dead", "subreddit": "work"}},
    "corpus.json": {},
    "index.json": {"utterances-index": {"score": "<class 'int'>"}, "users-index": {}, "version": 0},
}  # fmt: skip


def short(comment: Comment) -> tuple[Any, ...]:
    return (
        comment.thread_id,
        comment.id,
        comment.parent_id,
        comment.text,
        comment.claim,
        comment.author,
        str(comment.created_at),
        dict(comment.extra),
    )


CLAIM = "The network is dead"
EXPECTED = [
    ("u0", "u0", None, "Nobody opens the network.", CLAIM, "mona", "2012-01-01 00:00:00+00:00",
     {"score": 4, "conversation_subreddit": "work", "speaker_site": "Lyon"}),
    ("u0", "u1", "u0", "We do, in accounting.", CLAIM, "ivo", "2012-01-01 00:01:00+00:00",
     {"conversation_subreddit": "work"}),
]  # fmt: skip


@pytest.mark.parametrize("files", [DOCUMENTED, DUMPED, LEGACY], ids=["documented", "dumped", "legacy"])
@pytest.mark.parametrize("packed", ["folder", "zip", "zip of the folder"])
def test_every_shape_of_a_corpus_reads_alike(tmp_path: Path, files: Files, packed: str) -> None:
    if packed == "folder":
        path = folder_of(tmp_path / "invented", files)
    elif packed == "zip":
        path = zip_of(tmp_path / "invented.zip", files)
    else:
        path = zip_of(tmp_path / "any.zip", {f"invented/{name}": value for name, value in files.items()})
    found, report = imported(path)
    assert [short(comment) for comment in found] == EXPECTED
    assert {comment.source for comment in found} == {"invented"}
    assert (report.read, report.kept, rows(report)) == (2, 2, [])
    assert report.sources[0]["format"] == "convokit"


def test_what_is_left_out_and_kept_besides_is_named_in_the_report(tmp_path: Path) -> None:
    _, report = read_at(folder_of(tmp_path / "c", DOCUMENTED))
    assert report.sources[0]["left_out_of_corpus_json"] == ["made", "name"]
    assert report.sources[0]["kept_as_they_came"] == ["conversation_subreddit", "score", "speaker_site"]


class Explosive:
    """What must never be unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("exploded"),))


def test_binary_metadata_and_vectors_are_never_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = (
        {"id": "u0", "conversation_id": "u0", "text": "Slow.", "speaker": "mona", "reply-to": None, "timestamp": None,
         "meta": {"parse": "<##bin{0}&&@**>", "score": 1}, "vectors": ["bow"]},
    )  # fmt: skip
    pickled = pickle.dumps([Explosive()])
    corpus = {
        **DUMPED,
        "utterances.jsonl": lines,
        "conversations.json": {"u0": {"meta": {"tree": "<##bin{0}&&@**>"}, "vectors": ["bow"]}},
        "parse-bin.p": pickled,
        "tree-convo-bin.p": pickled,
        "vectors.bow.p": pickled,
        "info.tox.jsonl": ({"id": "u0", "value": 1},),
    }
    found, report = imported(folder_of(tmp_path / "c", corpus))
    assert not (tmp_path / "exploded").exists()
    assert dict(found[0].extra) == {"score": 1, "speaker_site": "Lyon"}
    assert [(row.action, row.reason, Path(row.path).name, row.detail) for row in report.rows()] == [
        ("skipped", OTHER_FILE, "info.tox.jsonl", ""),
        ("skipped", PICKLED, "parse-bin.p", ""),
        ("skipped", PICKLED, "tree-convo-bin.p", ""),
        ("skipped", PICKLED, "vectors.bow.p", ""),
        ("repaired", "binary metadata left out", "utterances.jsonl", "parse, conversation_tree"),
    ]
    assert report.read == report.kept + report.count("skipped")
    pickle.loads(pickled)
    assert (tmp_path / "exploded").exists()  # it would have been seen


def test_metadata_never_takes_the_place_of_a_field(tmp_path: Path) -> None:
    meta = {
        "text": "no",
        "id": 9,
        "stance": "pro",
        "source": "forum",
        "lang": "fr",
        "url": 5,
        "conversation_topic": "x",
    }
    lines = ({"id": 0, "speaker": "a", "conversation_id": "c", "reply_to": "", "text": "Lent.", "meta": meta, "n": 1},)
    corpus = {"utterances.jsonl": lines, "conversations.json": {"c": {"topic": "y", "title": "  "}}}
    found, _ = imported(folder_of(tmp_path / "c", corpus))
    assert (found[0].id, found[0].text, found[0].source, found[0].lang, found[0].url) == (
        "0",
        "Lent.",
        "forum",
        "fr",
        None,
    )
    assert dict(found[0].extra) == {
        "n": 1,
        "meta_text": "no",
        "meta_id": 9,
        "meta_stance": "pro",
        "meta_url": 5,
        "conversation_topic": "x",
        "meta_conversation_topic": "y",
        "conversation_title": "  ",
    }
    assert found[0].annotation is None


def test_annotations_in_metadata_are_read_where_they_are_whole(tmp_path: Path) -> None:
    text = "It is slow."
    item = {"cause": "tooling", "polarity": "cited", "start": 0, "end": 11, "text": text}
    causes = {"strategy": "absent", "tooling": "cited", "integration": "absent", "definition": "absent"}
    meta = {"stance": {"claim": "favor", "rse": "against"}, "causes": causes, "evidence": [item]}
    broken = {**meta, "evidence": [{**item, "end": 4}]}
    lines = tuple(
        {"id": id, "speaker": "a", "conversation_id": "c", "reply_to": None, "text": text, "meta": said}
        for id, said in (("1", meta), ("2", broken))
    )
    place = folder_of(tmp_path / "c", {"utterances.jsonl": lines, "corpus.json": {}})
    found, report = read_at(place)
    assert [comment.annotation and comment.annotation.to_dict() for comment in found] == [meta, None]
    assert rows(report) == [("repaired", "labels left out")]
    found, report = read_at(place, ReadOptions(labels=False))
    assert [(comment.annotation, dict(comment.extra)) for comment in found] == [(None, {}), (None, {})]
    assert rows(report) == []


def test_ids_that_are_numbers_or_nought_are_ids(tmp_path: Path) -> None:
    lines = (
        {"id": "0", "speaker": "a", "conversation_id": "0", "reply_to": None, "text": "Slow."},
        {"id": "1", "speaker": "b", "conversation_id": "0", "reply_to": "0", "text": "Very."},
        {"id": 2, "speaker": "b", "conversation_id": 0, "reply_to": 1, "text": "Too."},
    )
    found, _ = imported(folder_of(tmp_path / "c", {"utterances.jsonl": lines, "corpus.json": {}}))
    assert [(c.thread_id, c.id, c.parent_id) for c in found] == [("0", "0", None), ("0", "1", "0"), ("0", "2", "1")]


def test_a_conversation_that_is_not_named_is_that_of_what_is_answered(tmp_path: Path) -> None:
    lines = (
        {"id": "a", "speaker": "x", "reply_to": None, "text": "One."},
        {"id": "b", "speaker": "y", "conversation_id": None, "reply_to": "a", "text": "Two."},
        {"id": "c", "speaker": "x", "reply_to": "b", "text": "Three."},
        {"id": "d", "speaker": "x", "reply_to": None, "text": "Four."},
    )
    found, report = imported(folder_of(tmp_path / "c", {"utterances.jsonl": lines, "corpus.json": {}}))
    assert [(c.thread_id, c.parent_id) for c in found] == [
        ("__default_conversation__a", None),
        ("__default_conversation__a", "a"),
        ("__default_conversation__a", "b"),
        ("__default_conversation__d", None),
    ]
    assert report.count("repaired") == 4


def test_answers_to_oneself_and_to_nobody_are_repaired(tmp_path: Path) -> None:
    lines = (
        {"id": "a", "speaker": "x", "conversation_id": "a", "reply_to": "a", "text": "One."},
        {"id": "b", "speaker": "y", "conversation_id": "a", "reply_to": "gone", "text": "Two."},
    )
    found, report = imported(folder_of(tmp_path / "c", {"utterances.jsonl": lines, "corpus.json": {}}))
    assert [comment.parent_id for comment in found] == [None, None]
    assert report.count("repaired") == 2


def test_broken_records_and_files_cost_only_themselves(tmp_path: Path) -> None:
    utterances = (
        b'{"id": "a", "speaker": "x", "conversation_id": "a", "text": "One.", "timestamp": "yesterday"}\n'
        b"not json\n[1]\n"
        b'{"id": "b", "speaker": "x", "conversation_id": "a", "text": "   "}\n'
        b'{"speaker": "x", "conversation_id": "a", "text": "No id."}\n'
        b'{"id": "c", "speaker": {"id": "x"}, "conversation_id": "a", "text": "Two.", "n": 123456789012345678901}\n'
        b'{"id": "d", "speaker": "x", "conversa'
    )
    corpus = {"utterances.jsonl": utterances, "conversations.json": b'{"a": {"title": 1e999}}', "speakers.json": b"[]"}
    found, report = imported(folder_of(tmp_path / "c", corpus))
    assert [(c.id, c.author, dict(c.extra)) for c in found] == [
        ("a", "x", {}),
        ("c", None, {"n": "123456789012345678901"}),
    ]
    assert rows(report) == [
        ("skipped", "the file is one JSON object"),
        ("repaired", "metadata that is no JSON left out"),
        ("repaired", "date left out"),
        ("skipped", "every line is one JSON object"),
        ("skipped", "every line is one JSON object"),
        ("repaired", "metadata that is no JSON left out"),
        ("skipped", "record without text"),
        ("repaired", "metadata that is no JSON left out"),
        ("skipped", "a comment needs 'id'"),
        ("repaired", "metadata that is no JSON left out"),
        ("skipped", "every line is one JSON object"),
    ]
    assert report.read == report.kept + report.count("skipped")


def test_a_claim_that_was_said_is_for_conversations_without_one(tmp_path: Path) -> None:
    corpus = {**DOCUMENTED, "conversations.json": {}}
    found, _ = read_at(folder_of(tmp_path / "c", corpus), ReadOptions(claim="It is dead", lang="en"))
    assert {(comment.claim, comment.lang) for comment in found} == {("It is dead", "en")}


# --- there and back --------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1).filter(str.strip)
NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=4)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def corpora(draw: st.DrawFn) -> list[Comment]:
    """Threads of comments in which each answers an earlier one or none."""
    made: list[Comment] = []
    for thread in range(draw(st.integers(1, 3))):
        claim = draw(st.none() | NAMES)
        ids: list[str] = []
        for number in range(draw(st.integers(1, 4))):
            id = f"{thread}-{number}"
            parent = draw(st.sampled_from([None, *ids]))
            keys = NAMES.map(lambda name: "x_" + name)
            extra = draw(st.dictionaries(keys, PLAIN, max_size=2))
            author = draw(st.none() | NAMES)
            made.append(Comment(f"t{thread}", id, draw(TEXTS), parent, claim=claim, author=author, extra=extra))
            ids.append(id)
    return made


def write_convokit(comments: list[Comment], place: Path) -> None:
    """A corpus as ``Corpus.dump`` would write it: the least that a reader can ask for."""
    utterances = tuple(
        {"id": c.id, "conversation_id": c.thread_id, "text": c.text, "speaker": c.author, "meta": dict(c.extra),
         "reply-to": c.parent_id, "timestamp": None, "vectors": []}
        for c in comments
    )  # fmt: skip
    conversations = {c.thread_id: {"meta": {"claim": c.claim} if c.claim else {}, "vectors": []} for c in comments}
    speakers = {c.author: {"meta": {}, "vectors": []} for c in comments if c.author}
    files = {"utterances.jsonl": utterances, "conversations.json": conversations, "speakers.json": speakers}
    folder_of(place, files | {"corpus.json": {}, "index.json": {}})


@settings(max_examples=60, deadline=None)
@given(corpora())
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, comments: list[Comment]) -> None:
    place = tmp_path_factory.mktemp("corpus")
    write_convokit(comments, place)
    found, report = read_at(place)

    def told(comment: Comment) -> tuple[Any, ...]:
        return comment.thread_id, comment.id, comment.parent_id, comment.claim, comment.author, dict(comment.extra)

    assert [told(comment) for comment in found] == [told(comment) for comment in comments]
    import unicodedata

    assert [c.text for c in found] == [unicodedata.normalize("NFC", c.text) for c in comments]
    assert report.count("skipped") == 0


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "speaker", "text", "meta", "reply_to", "conversation_id", "timestamp", "x"]),
        PLAIN | TEXTS,
    )
)
def test_any_object_is_a_comment_or_a_row(tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any]) -> None:
    place = folder_of(tmp_path_factory.mktemp("corpus"), {"utterances.jsonl": json.dumps(record), "corpus.json": {}})
    found, report = imported(place)
    assert (report.read, report.kept + report.count("skipped")) == (1, 1)
    assert len(found) == report.kept
