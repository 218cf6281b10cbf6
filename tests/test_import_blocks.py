"""An import in blocks gives what one comment after the other gives, however strange the dump."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsenlp.audit import Report, Row
from rsenlp.batch import ImportOptions, import_sources
from rsenlp.comment_blocks import block_of, in_blocks
from rsenlp.discussion import Annotation, Comment
from rsenlp.errors import Location
from rsenlp.parquet import read_parquet
from rsenlp.privacy import Privacy, Pseudonymizer, people
from rsenlp.readers.export import Export
from rsenlp.readers.json_values import json_values
from rsenlp.readers.lookup import lookup
from rsenlp.readers.reddit import RedditReader, collect_titles, comments_of
from rsenlp.readers.source import ReadOptions, Source
from rsenlp.records import comment_to_record
from rsenlp.text_language import detect_language
from rsenlp.threads import Placed, repaired_with_places

KEY = bytes(range(32))
TEXTS = (
    "Chez nous personne n'a expliqué à quoi sert cet outil et c'est dommage.",
    "Nobody ever told us what the thing was for, and that is a pity.",
    "+1", "?", "lol", "Merci Paul !", "[deleted]", " [ Removed by moderator ] ", "[deleted] he said", "", " \n\t",
    "\u00a0",
    "Write to me at pat.7@example.org or 06 12 34 56 78.", "cc u/Blue_Otter42 and @paul.durand",
    "see https://x.com/somebody",
    "I see.\n\nCordialement,\nPaul Durand", "It is so. Paul", "Yes.\tPaul Durand", "a &lt; b &amp;#x200B; &amp;amp; c",
    "tre\u0301s bien", "line\r\nline", "nul\x00", "> quoted\n\nThe answer is that we do without it.",
    "Bei uns hat niemand erklärt, wozu das Werkzeug gut sein soll.", "Straße ﬁn", "a number 12345678901234567890123",
)  # fmt: skip
AUTHORS = (
    "Blue_Otter42",
    "Paul Durand",
    "[deleted]",
    "",
    None,
    7,
    "quiet-kit",
    "Zoé",
    "漢字",
    "a0123456789ab",
    "admin",
)
IDS = ("k1", "k2", "k3", "t1_k1", "12", "null", "", " k2 ", "é", "k1~2", "k_1", "a\nb", "7.0", None, 5, 5.0, True, "0")
LINKS = ("t3_t1", "t3_t1", "t3_t2", "t1", "t3_", None, "t3_a b", "t3_t1_x", 9)
MOMENTS = (1_600_000_000, 1_600_000_000, 1_600_000_000.5, "1600000001", "soon", None, 5, True, 1_600_000_000_000, -1)
VALUES = (None, True, False, 0, 3, -2.5, "x", "pat@example.org", [1], {"a": 1}, 2**63, 2**70, "10.0.0.1", float("nan"))
RAW = (
    b"", b"  ", b"{", b"[1, 2]", b"7", b'"body"', b"\xff\xfe",
    b'{"body": "\xe9t\xe9", "link_id": "t3_t1", "id": "raw1"}',
    b'{"id": "k8", "body": "Tr\\u00e8s bien, merci \xe9", "link_id": "t3_t1", "name": "t1_k8"}',
    b'\xef\xbb\xbf{"id": "k9", "link_id": "t3_t1", "body": "with a mark"}',
    b'{"id": "k8", "link_id": "t3_t1", "body": "one", "body": "two", "b\\u006fdy": "three"}',
    b'{"id": "k7", "link_id": "t3_t1", "body": "x", "other": "\\ud800"}',
    b'{"id": "k7", "other": "\x01", "link_id": "t3_t1", "body": "x y"}',
    b'{"id": "k6", "link_id": "t3_t1", "body": "half \\udc00"}',
    b'{"id": "k6", "link_id": "t3_t1", "body": "n", "z": NaN, "y": 1e999}',
    b'{"id": "s", "name": "t3_t1", "title": "No, Paul Durand &amp; u/Blue_Otter42", "subreddit": "a", "selftext": ""}',
    b'{"id": "t2", "t\\u0069tle": "Does it work?", "subreddit": "a", "num_comments": 2}',
    b'{"kind": "more", "data": {"count": 3, "parent_id": "t1_k1"}}', b'{"id": "odd"}', b'{"body": "of no thread"}',
    b'{"id": "k5", "link_id": "t3_t1", "body": "x", "other": ' + b"[" * 600 + b"]" * 600 + b"}",
)  # fmt: skip
ABSENT = object()


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((ABSENT, *values))


def record(**changed: Any) -> dict[str, Any]:
    plain = {
        "link_id": "t3_t1",
        "id": "k1",
        "author": "Blue_Otter42",
        "created_utc": 1_600_000_000,
        "subreddit": "work1",
    }
    return {name: value for name, value in (plain | changed).items() if value is not ABSENT}


ORDINARY = st.builds(
    record,
    id=st.integers(10, 40).map(lambda n: f"k{n}"), body=st.sampled_from(TEXTS),
    author=st.sampled_from(AUTHORS), parent_id=st.integers(5, 40).map(lambda n: f"t1_k{n}") | st.just("t3_t1"),
    score=st.integers(-5, 60), edited=st.sampled_from([False, False, 1_600_000_060]), stickied=st.just(False),
)  # fmt: skip
NESTED = record(id="k77", body="in it")
STRANGE = st.builds(
    record,
    id=maybe(*IDS), name=maybe("t1_k3"), link_id=st.sampled_from(LINKS), parent_id=maybe(*IDS, *LINKS),
    body=maybe(*TEXTS, None, 5, ["x"]) | st.text(max_size=30), author=maybe(*AUTHORS), created_utc=maybe(*MOMENTS),
    permalink=maybe("/r/a/b/", "https://x", "", 3),
    link_title=maybe("Why?", "", " ", 4, "e\u0301"), score=maybe(*VALUES),
    edited=maybe(*VALUES), gilded=maybe(*VALUES), distinguished=maybe(*VALUES),
    subreddit=maybe("work", "a.b@c.org", "", None, 3, "[x]"),
    replies=maybe("", None, {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": NESTED}]}}),
    _meta=maybe({}, {"was_deleted_later": True}, {"removal_type": "x"}, None, 3),
    data=maybe({}, [1], 5, None), kind=maybe("t1", "Listing"),
    json=maybe({}, None), title=maybe("x"), other=maybe(*VALUES, "\x1f"),
)  # fmt: skip
DUMPED = st.builds(
    lambda value, plain: json.dumps(value, ensure_ascii=plain).encode("utf-8", "surrogatepass"),
    ORDINARY | STRANGE,
    st.booleans(),
)
LINES = st.lists(st.one_of(DUMPED, DUMPED, DUMPED, st.sampled_from(RAW)), max_size=25)


def one_by_one(path: Path, options: ReadOptions) -> tuple[list[dict[str, Any]], Report]:
    """What an import of a dump gives, as plainly as it can be said."""
    report, pseudonym = Report(), Pseudonymizer(KEY).author
    source = Source(path)
    options = ReadOptions(lang=options.lang, claim=options.claim, thread_id=source.stem)
    report.source(source.name, format="reddit")
    with people() as known, lookup() as titles:
        collect_titles(source, options, titles)
        export = Export(source, options, report)
        items = list(comments_of(json_values(source, options, report), titles, export))
        for comment, _ in items:
            known.note(comment.thread_id, comment.author)
        privacy = Privacy(known, lambda name: name if name == "a0123456789ab" else pseudonym(name), report)
        found = [
            comment_to_record(privacy.clean(told(placed), placed.where), written=False)
            for placed in repaired_with_places(items, report)
        ]
        privacy.report_columns()
    return found, report


def told(placed: Placed) -> Comment:
    comment = placed.comment
    if comment.lang is not None:
        return comment
    parent = placed.answered()
    around = parent.text if parent is not None else comment.claim
    values = {name: getattr(comment, name) for name in Comment.__dataclass_fields__}
    return Comment(**(values | {"lang": detect_language(comment.text, detect_language(around) if around else None)}))


def imported(path: Path, options: ReadOptions, ending: str) -> tuple[list[dict[str, Any]], list[Row]]:
    key, output = path.with_name("key"), path.with_name(f"out.{ending}")
    key.write_text(KEY.hex())
    report = import_sources([str(path)], output, ImportOptions(options, format="reddit", key=key))
    if ending == "parquet":
        return [row for _, row in read_parquet(output)], list(report.rows())
    return [json.loads(line) for line in output.read_bytes().splitlines()], list(report.rows())


@settings(max_examples=150, deadline=None)
@given(
    LINES,
    st.sampled_from([1, 300, 4 * 1024 * 1024]),
    st.sampled_from([ReadOptions(), ReadOptions(lang="de", claim="So?")]),
    st.booleans(),
)
def test_blocks_give_what_one_comment_after_the_other_gives(
    lines: list[bytes], size: int, options: ReadOptions, windows: bool
) -> None:
    ends = b"\r\n" if windows else b"\n"
    first = json.dumps(record(id="k0", body="It works for us, and that is all there is to say.")).encode()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("rsenlp.line_blocks.BLOCK", size)
        path = Path(folder) / "RC_x.ndjson"
        path.write_bytes(ends.join([first, *lines]))
        expected, report = one_by_one(path, options)
        found, rows = imported(path, options, "parquet")
        assert [{k: v for k, v in row.items() if v is not None} for row in found] == [
            {k: v for k, v in row.items() if v is not None} for row in expected
        ]
        assert rows == list(report.rows())


def test_columns_of_several_kinds_are_written_alike_whatever_the_blocks(tmp_path: Path) -> None:
    values = [False, True, *range(5), None, 2.5, "x"]
    lines = [record(id=f"k{n}", body=f"Text {n}", edited=value) for n, value in enumerate(values)]
    path = tmp_path / "RC_x.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    rows, _ = imported(path, ReadOptions(), "jsonl")
    assert [row.get("edited") for row in rows] == values
    tables = []
    for size in (1, 300, 4 * 1024 * 1024):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("rsenlp.line_blocks.BLOCK", size)
            assert [row.get("edited") for row in imported(path, ReadOptions(), "parquet")[0]] == values
        tables.append(pq.read_table(tmp_path / "out.parquet"))
    assert all(
        table.equals(tables[0]) and table.schema.equals(tables[0].schema, check_metadata=True) for table in tables
    )


EXTRAS = st.dictionaries(
    st.sampled_from(["a", "b", "+", "@path", "text"]),
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
    | st.text(max_size=5) | st.lists(st.none() | st.integers(0, 9)),
)  # fmt: skip
COMMENTS = st.builds(
    Comment, st.text(max_size=3), st.text(max_size=3), st.text(max_size=9),
    parent_id=st.none() | st.text(max_size=3), author=st.none() | st.just("Zoé"), extra=EXTRAS,
    annotation=st.none() | st.just(Annotation({"rse": "favor"}, {"tooling": "cited"})),
)  # fmt: skip


@given(st.lists(st.tuples(COMMENTS, st.builds(Location, st.just("f"), st.none() | st.integers(1, 99))), min_size=1))
def test_a_block_holds_what_its_comments_hold(items: list[tuple[Comment, Location]]) -> None:
    block = block_of(items)
    assert list(block.items()) == items
    assert [type(v) for comment, _ in block.items() for v in comment.extra.values()] == [
        type(comment.extra[name])
        for (comment, _), (again, _) in zip(items, block.items(), strict=True)
        for name in again.extra
    ]
    assert [block.item(row) for row in range(len(items))] == items
    assert list(block.taken([len(items) - 1, 0]).items()) == [items[-1], items[0]]
    assert [item for part in in_blocks(items) for item in part.items()] == items


def test_a_file_is_recognised_by_its_content_still(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(json.dumps(record(body="Text")) + "\n")
    assert RedditReader().recognises(Source(path))
