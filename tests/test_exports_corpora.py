"""ConvoKit, IRaMuTeQ and TXM, read back by the rules that their documentation gives."""

from __future__ import annotations

import csv
import json
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from exported import ANNOTATED, ANSWER, COMMENTS, FIRST, MODEL, PREDICTED, PREDICTIONS, UNLABELLED, written
from hypothesis import given, settings
from hypothesis import strategies as st
from test_exports_tables import TEXTS

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.exports import Labelled, annotated, export
from rsenlp.exports.textometry import identifier

# --- ConvoKit --------------------------------------------------------------------------------------------------------


def convokit(folder: Path, items: tuple[Labelled, ...] = PREDICTED) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The utterances, and what the other files hold; ASCII alone, since ConvoKit reads in the system's encoding."""
    path = written(folder, "convokit", items)
    files = {file.name: file.read_bytes().decode("ascii") for file in path.iterdir()}
    utterances = [json.loads(line) for line in files.pop("utterances.jsonl").splitlines()]
    return utterances, {name: json.loads(text) for name, text in files.items()}


def test_a_corpus_has_the_files_and_keys_of_dump(tmp_path: Path) -> None:
    utterances, files = convokit(tmp_path)
    assert set(files) == {"speakers.json", "conversations.json", "corpus.json", "index.json"}
    keys = ["id", "conversation_id", "text", "speaker", "meta", "reply-to", "timestamp", "vectors"]
    assert all(list(utterance) == keys for utterance in utterances)
    index = {"utterances-index", "speakers-index", "conversations-index", "overall-index", "version", "vectors"}
    assert set(files["index.json"]) == index
    assert files["conversations.json"] == {
        "fil-1": {"meta": {"claim": "Le réseau interne ne prend pas."}, "vectors": []},
        "thread-2": {"meta": {"claim": "It failed."}, "vectors": []},
    }


def test_utterances_answer_and_speakers_are_known(tmp_path: Path) -> None:
    utterances, files = convokit(tmp_path)
    assert [(u["id"], u["reply-to"], u["speaker"]) for u in utterances] == [
        ("c1", None, "a0123456789ab"),
        ("d1", None, ""),
        ("c2", "c1", "a0000000000ff"),
    ]
    assert list(files["speakers.json"]) == ["a0123456789ab", "", "a0000000000ff"]
    assert [u["text"] for u in utterances] == [comment.text for comment in COMMENTS]
    assert [u["timestamp"] for u in utterances] == [1577934245, None, None]


def test_metadata_is_indexed_by_its_type(tmp_path: Path) -> None:
    utterances, files = convokit(tmp_path)
    index = files["index.json"]["utterances-index"]
    assert index["likes"] == ["<class 'int'>"]
    assert index["evidence"] == ["<class 'list'>"]
    for utterance in utterances:
        for key, value in utterance["meta"].items():
            assert str(type(value)) in index[key]
            assert value is not None
    assert utterances[0]["meta"]["model"] == MODEL.to_dict()
    assert utterances[0]["meta"]["stance"] == {"claim": "favor", "rse": "none"}
    assert utterances[1]["meta"]["decided"] == PREDICTIONS[1].decided


def test_a_claim_of_its_own_stands_with_the_utterance(tmp_path: Path) -> None:
    other = annotated(replace(ANSWER, claim="Another claim"))
    utterances, _ = convokit(tmp_path, (UNLABELLED[0], other))
    assert utterances[1]["meta"]["claim"] == "Another claim"
    assert "claim" not in utterances[0]["meta"]


# --- IRaMuTeQ --------------------------------------------------------------------------------------------------------


def texts_of_iramuteq(content: str) -> list[tuple[dict[str, str], str]]:
    """The texts of a corpus by IRaMuTeQ's rules: a line that starts with four stars opens one, one with ``-*`` a theme;
    a starred variable ends at a space and parts name and value at an underscore.
    """
    found: list[tuple[dict[str, str], list[str]]] = []
    for line in content.splitlines():
        if line.startswith("****"):
            stars = [star.split("_") for star in line.split()[1:]]
            assert all(len(star) == 2 and star[0].startswith("*") and star[1] for star in stars), line
            found.append(({name[1:]: value for name, value in stars}, []))
        else:
            assert not line.startswith("-*")
            if line.strip():
                found[-1][1].append(line)
    return [(variables, "\n".join(lines)) for variables, lines in found]


def test_iramuteq_gets_a_text_with_its_variables(tmp_path: Path) -> None:
    texts = texts_of_iramuteq(written(tmp_path, "iramuteq").read_text(encoding="utf-8"))
    assert [text for _, text in texts] == [comment.text for comment in COMMENTS]
    assert texts[0][0] == {
        "id": "c1",
        "thread": identifier("fil-1"),
        "lang": "fr",
        "source": "forum",
        "author": "a0123456789ab",
        "year": "2020",
        "month": "202001",
        "claim": "favor",
        "rse": "none",
        "strategy": "absent",
        "tooling": "cited",
        "integration": "absent",
        "definition": "absent",
    }
    assert texts[1][0]["claim"] == texts[1][0]["definition"] == "undecided"
    assert texts[2][0]["parent"] == "c1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**** *faux_1\nrien", "      faux_1\nrien"),
        ("-*theme\nrien", "- theme\nrien"),
        ("10 $ par mois", "10   par mois"),
        ("_rire_ et snake_case", " rire  et snake_case"),
    ],
)
def test_what_iramuteq_reads_as_marks_is_replaced_and_told(tmp_path: Path, text: str, shown: str) -> None:
    report = Report()
    content = written(tmp_path, "iramuteq", (annotated(Comment("t", "1", text)),), report=report).read_text("utf-8")
    assert content == f"**** *id_1 *thread_t\n{shown}\n\n"
    assert [(row.id, row.reason) for row in report.rows()] == [
        ("1", "characters that IRaMuTeQ reads as marks, replaced by spaces")
    ]


@given(st.lists(TEXTS, min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_any_text_stays_one_text_of_iramuteq(texts: list[str]) -> None:
    items = [annotated(Comment(text, text, text, author=text, source=text)) for text in texts]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.txt"
        export(items, path, format="iramuteq")
        found = texts_of_iramuteq(path.read_bytes().decode("utf-8"))
    assert len(found) == len(texts)


def test_ids_are_plain_and_stay_apart() -> None:
    assert identifier("c12") == "c12"
    assert identifier("en-b01-c2", "-") == "en-b01-c2"
    strange = ["Été 1", "été 1", "ete1", "a/b", "a-b", "a_b", "con", "💡", "", "x" * 200, "x" * 201, "C12"]
    made = [identifier(id, "-") for id in strange]
    assert len(set(made)) == len(made)
    assert all(set(id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and id not in ("con", "") for id in made)


# --- TXM -------------------------------------------------------------------------------------------------------------


def txm(folder: Path, items: tuple[Labelled, ...], name: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The texts by file, and the rows of the metadata."""
    path = folder / name
    export(items, path, format="txm")
    if path.is_file():
        with zipfile.ZipFile(path) as archive:
            files = {entry: archive.read(entry).decode("utf-8") for entry in archive.namelist()}
    else:
        files = {file.name: file.read_bytes().decode("utf-8") for file in path.iterdir()}
    table = files.pop("metadata.csv").split("\n")
    return files, list(csv.DictReader(table))


@pytest.mark.parametrize("name", ["corpus", "corpus.zip"])
def test_txm_gets_a_file_for_each_row_of_the_metadata(tmp_path: Path, name: str) -> None:
    files, rows = txm(tmp_path, PREDICTED, name)
    assert next(iter(rows[0])) == "id"
    assert all(column.isascii() and column.isalnum() for column in rows[0])
    assert {f"{row['id']}.txt": item.comment.text for row, item in zip(rows, PREDICTED, strict=True)} == files
    assert (rows[0]["tooling"], rows[1]["claim"], rows[2]["parent"], rows[0]["month"]) == (
        "cited",
        "undecided",
        "c1",
        "202001",
    )
    assert rows[1]["author"] == ""


def test_what_xml_forbids_is_replaced_and_told(tmp_path: Path) -> None:
    report = Report()
    item = annotated(Comment("t", "1", "Un\x0b deux\ntrois", source='a "b"\nc\x01'))
    export([item], tmp_path / "corpus", format="txm", report=report)
    assert (tmp_path / "corpus" / "1.txt").read_text("utf-8") == "Un  deux\ntrois"
    assert [(row.id, row.reason) for row in report.rows()] == [
        ("1", "control characters, which XML forbids, replaced by spaces")
    ]
    with (tmp_path / "corpus" / "metadata.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.DictReader(stream))["source"] == 'a "b" c '


def test_annotated_texts_have_their_labels(tmp_path: Path) -> None:
    _, rows = txm(tmp_path, ANNOTATED, "corpus")
    assert [row["claim"] for row in rows] == ["favor", "none", "against"]
    assert FIRST.id == rows[0]["id"]
