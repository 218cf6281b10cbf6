"""Exports that come as JSON: Reddit, Hacker News, Viva Engage."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from conftest import DATA
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsenlp.audit import Report
from rsenlp.batch import import_sources
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.readers import ReadOptions, Source, read, reader_for
from rsenlp.threads import repaired

CLAIM = "Nobody reads our network & I know why"


def comments(path: Path, options: ReadOptions | None = None, **how: Any) -> tuple[list[Comment], Report]:
    report = Report()
    return [comment for comment, _ in read(Source(path), options or ReadOptions(), report, **how)], report


def rows(report: Report) -> list[str]:
    return [str(row).partition(": ")[2] for row in report.rows()]


def written(folder: Path, *values: Any, name: str = "file.json", lines: bool = True) -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, values)) if lines else json.dumps(values[0], indent=2), encoding="utf-8")
    return path


def sample(name: str) -> Any:
    text = (DATA / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()] if name.endswith(".ndjson") else json.loads(text)


# --- Reddit ----------------------------------------------------------------------------------------------------------


def test_a_dump_of_comments_with_their_submission_among_them() -> None:
    found, report = comments(DATA / "reddit-dump.ndjson")
    assert [(c.thread_id, c.id, c.parent_id, c.claim, c.author) for c in found] == [
        ("17aaaa", "k7first", None, CLAIM, "wanda_l"),
        ("17aaaa", "k7second", "k7first", CLAIM, None),
        ("17bbbb", "k7other", None, None, "wanda_l"),
    ]
    assert found[0].text == (
        "It never had a purpose.\n\n> switched it on\n\nThat is all you did. R&D left in a week. \u200b"
    )
    assert [str(c.created_at) for c in found[:2]] == ["2023-11-14 22:13:20+00:00", "2023-11-14 22:15:00+00:00"]
    assert [c.url for c in found[1:]] == [
        "https://www.reddit.com/r/intranets/comments/17aaaa/who_reads_it/k7second/",
        None,
    ]
    assert found[1].source == "r/intranets"
    assert found[1].extra == {
        "subreddit": "intranets", "score": -2, "controversiality": 1, "gilded": 0, "edited": 1700000200.0,
        "stickied": False, "archived": False,
    }  # fmt: skip
    assert [(row.line, row.id, row.reason, row.detail) for row in report.rows()] == [
        (4, "k7gone", "deleted or removed comment", ""),
        (5, "k7byred", "deleted or removed comment", ""),
        (6, "k7later", "comment that was deleted later", "deleted"),
    ]
    assert report.sources == [{"path": str(DATA / "reddit-dump.ndjson"), "format": "reddit", "submissions": 1}]


def test_a_saved_page_with_what_it_leaves_out() -> None:
    found, report = comments(DATA / "reddit-page.json")
    assert [(c.id, c.parent_id, c.claim) for c in found] == [
        ("k8top", None, CLAIM),
        ("k8deep", "k8top", CLAIM),
        ("k8last", None, CLAIM),
    ]
    assert rows(report) == [
        "repaired: replies that the page leaves out: 12 replies under t1_k8deep",
        "skipped (comment k8hush): deleted or removed comment",
        "repaired: replies that the page leaves out: more replies under t1_k8last",
    ]
    facts = report.sources[0]
    assert (facts["gaps"], facts["replies_left_out_by_the_page"], facts["submissions"]) == (2, 12, 1)


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_compressed_dump_is_the_same(tmp_path: Path, compress: Any) -> None:
    path = tmp_path / "dump"
    path.write_bytes(compress((DATA / "reddit-dump.ndjson").read_bytes()))
    assert comments(path)[0] == comments(DATA / "reddit-dump.ndjson")[0]


def test_a_page_may_lie_on_one_line_of_many_or_be_printed_over_lines(tmp_path: Path) -> None:
    page = sample("reddit-page.json")
    expected = comments(DATA / "reddit-page.json")[0]
    assert comments(written(tmp_path, page, lines=False))[0] == expected
    assert comments(written(tmp_path, *page))[0] == expected
    loaded = {"json": {"errors": [], "data": {"things": page[1]["data"]["children"]}}}
    assert [c.id for c in comments(written(tmp_path, loaded, lines=False))[0]] == [c.id for c in expected]
    service = {"data": sample("reddit-dump.ndjson")}
    assert [c.id for c in comments(written(tmp_path, service))[0]] == ["k7first", "k7second", "k7other"]


def test_the_title_counts_wherever_the_submission_stands(tmp_path: Path) -> None:
    things = sample("reddit-dump.ndjson")
    for order in (things, things[::-1], [things[1], *things[:1], *things[2:]]):
        found, _ = comments(written(tmp_path, *order))
        assert {c.id: c.claim for c in found} == {"k7first": CLAIM, "k7second": CLAIM, "k7other": None}


@pytest.mark.parametrize("change", [{"title": "[deleted by user]"}, {"_meta": {"was_deleted_later": True}}])
def test_the_title_of_a_deleted_submission_is_not_brought_to_light(tmp_path: Path, change: dict[str, Any]) -> None:
    first, submission, *_ = sample("reddit-dump.ndjson")
    found, _ = comments(written(tmp_path, submission | change, first))
    assert [c.claim for c in found] == [None]


def test_a_listing_of_comments_alone_has_titles_of_its_own(tmp_path: Path) -> None:
    comment = sample("reddit-dump.ndjson")[0] | {"link_title": "R&amp;D and the network"}
    listing = {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": comment}]}}
    assert [c.claim for c in comments(written(tmp_path, listing))[0]] == ["R&D and the network"]


def test_submissions_alone_are_told() -> None:
    report = Report()
    path = DATA / "reddit-submissions.ndjson"
    assert [*read(Source(path), ReadOptions(), report)] == []
    assert rows(report) == ["repaired: submissions but no comment: 1 titles without comments"]


def test_addresses_with_ampersands_stay_whole(tmp_path: Path) -> None:
    comment = sample("reddit-dump.ndjson")[0] | {"body": "see https://example.org/?a=1&amp;copy=2&amp;lt=3 &lt;3"}
    assert comments(written(tmp_path, comment))[0][0].text == "see https://example.org/?a=1&copy=2&lt=3 <3"


def test_broken_records_among_whole_ones(tmp_path: Path) -> None:
    first = sample("reddit-dump.ndjson")[0] | {"body": "Fine."}

    def line(**change: Any) -> bytes:
        return json.dumps({name: value for name, value in (first | change).items() if value is not ...}).encode()

    path = tmp_path / "dump.ndjson"
    path.write_bytes(
        b"\n".join(
            (
                line()[:-30],
                line(id="two", body="NUL \x00, half \ud800", score=float("nan"), created_utc=float("inf")),
                line(id="three", body="raw ~ control").replace(b"~", b"\x00"),
                line(id={"$oid": "four"}, link_id=None, parent_id=17, name=...),
                line(id=5, name=..., parent_id=None, author=["x"], created_utc="yesterday", permalink=7),
                line(id="six", body=None),
                line(id="seven", body=" \n"),
                b"null",
                b"[1]",
                b'{"kind": "t5", "data": {"display_name": "intranets"}}',
                line(id="eleven", body="d~").replace(b"~", b"\xe9"),
            )
        )
    )
    found, report = comments(path)
    assert [(c.thread_id, c.id, c.parent_id, c.text) for c in found] == [
        ("17aaaa", "two", None, "NUL , half ?"),
        ("17aaaa", "three", None, "raw  control"),
        ("dump", "dump-4", "17", "Fine."),
        ("17aaaa", "5", None, "Fine."),
        ("17aaaa", "eleven", None, "dé"),
    ]
    assert "score" not in found[0].extra
    broken, *others = rows(report)
    assert broken.startswith("skipped: every line is one JSON object: '{")
    assert others == [
        "repaired: JSON mended: NaN, infinities, numbers beyond 64 bits or halves of characters replaced",
        "repaired (comment two): text brought to Unicode NFC and \\n line ends",
        "repaired: JSON mended: control characters",
        "repaired (comment three): text brought to Unicode NFC and \\n line ends",
        "repaired: id that is none, numbered instead",
        "repaired: thread that is none, the file's name instead",
        "repaired (comment 5): date left out: 'yesterday'",
        "skipped (comment six): comment without text",
        "skipped (comment seven): comment without text",
        "skipped: every line is one JSON object: 'null'",
        "skipped: record of another kind",
        "skipped: record of another kind",
        "repaired: JSON mended: bytes that are no UTF-8 read as Windows-1252",
    ]
    assert report.read == len(found) + report.count("skipped") == 11


# --- Hacker News -----------------------------------------------------------------------------------------------------


def test_a_thread_of_items_within_items() -> None:
    found, report = comments(DATA / "hn-item.json")
    assert [(c.thread_id, c.id, c.parent_id, c.author) for c in found] == [
        ("26000001", "26000002", None, "moira"),
        ("26000001", "26000003", "26000002", "ulf"),
        ("26000001", "26000005", "26000004", "ida"),
    ]
    assert {c.claim for c in found} == {"Why we switched off our social network"}
    assert found[0].text == (
        "The network was fine. >90% of us simply had no reason to open it.\n> adoption is a matter of training\n"
        "No. See https://example.org/a/very/long/address/of/a/report.html"
    )
    assert found[1].text == "Which is the tool's fault, if you ask me.\nsync: never"
    assert found[0].url == "https://news.ycombinator.com/item?id=26000002"
    assert str(found[0].created_at) == "2021-03-04 05:06:07+00:00"
    assert rows(report) == ["skipped (comment 26000004): deleted comment"]


def test_hits_of_a_search_in_an_answer_and_one_a_line(tmp_path: Path) -> None:
    found, report = comments(DATA / "hn-hits.json")
    assert [(c.thread_id, c.id, c.parent_id, c.text) for c in found] == [
        ("26000001", "26000002", None, "A network nobody asked for."),
        ("26000001", "26000003", "26000002", "We did ask for it.\nTwice."),
    ]
    assert {c.claim for c in found} == {"Why we switched off our social network"}
    assert found[0].extra == {"story_url": "https://example.org/off"}
    assert (report.read, report.sources[0]["stories"]) == (2, 1)
    assert comments(written(tmp_path, *sample("hn-hits.json")["hits"]))[0] == found


def test_the_sites_own_items_find_their_story(tmp_path: Path) -> None:
    found, report = comments(DATA / "hn-firebase.ndjson")
    assert [(c.thread_id, c.id, c.parent_id, c.text) for c in found] == [
        ("31000001", "31000003", "31000002", "Not a soul & no answer."),
        ("31000001", "31000002", None, "Only on Mondays."),
        ("31000001", "31000005", "31000004", "I do, for the canteen."),
    ]
    assert {c.claim for c in found} == {"Ask HN: Who still opens the company network?"}
    assert [(row.line, row.id, row.reason) for row in report.rows()] == [
        (4, "31000004", "deleted comment"),
        (5, "31000006", "comment that the site or its readers took down"),
        (7, None, "every line is one JSON object"),
        (8, "31000007", "option of a poll"),
    ]
    again, of_array = comments(written(tmp_path, sample("hn-firebase.ndjson"), lines=False))
    assert (again, of_array.read) == (found, report.read)
    as_table = [
        item | {"id": str(item["id"]), "time": str(item["time"]), "deleted": str("deleted" in item).lower()}
        for item in sample("hn-firebase.ndjson")
        if item
    ]
    assert comments(written(tmp_path, *as_table))[0] == found


def test_comments_without_their_story_keep_what_they_answer(tmp_path: Path) -> None:
    items = [item for item in sample("hn-firebase.ndjson") if item and item["type"] == "comment"]
    found, _ = comments(written(tmp_path, *items))
    assert [(c.thread_id, c.parent_id, c.claim) for c in found] == [
        ("31000001", "31000002", None),
        ("31000001", "31000001", None),
        ("31000001", "31000004", None),
    ]
    part = sample("hn-item.json")["children"][0]
    part.pop("story_id")
    assert [(c.thread_id, c.id, c.parent_id) for c in comments(written(tmp_path, part))[0]] == [
        ("26000001", "26000002", "26000001"),
        ("26000001", "26000003", "26000002"),
        ("26000001", "26000005", "26000004"),
    ]


def test_items_that_answer_each_other_in_a_circle(tmp_path: Path) -> None:
    one, _, two = sample("hn-firebase.ndjson")[:3]
    report = Report()
    found = read(Source(written(tmp_path, one, two | {"parent": one["id"]})), ReadOptions(), report)
    assert [(c.id, c.parent_id) for c, _ in repaired(found, report)] == [
        ("31000003", None),
        ("31000002", "31000003"),
    ]


# --- Viva Engage -----------------------------------------------------------------------------------------------------


def test_messages_of_the_rest_interface() -> None:
    found, report = comments(DATA / "yammer-rest.json")
    assert [(c.thread_id, c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("2001", "2001", None, "Zoé Exemple", "Bilan du réseau\nQui lit encore ce réseau ?\nSérieusement."),
        ("2001", "2002", "2001", "Ali Demo", "Personne, faute d'objectif."),
        ("2001", "2006", "2001", "Robot Exemple", "Moi, tous les jours.\n> Qui lit encore"),
        ("2001", "2003", "2002", "Ali Demo", "Zoé Exemple ask rse"),
    ]
    assert {(c.claim, c.source) for c in found} == {("Bilan du réseau", "Vie interne")}
    assert str(found[0].created_at) == "2022-11-11 21:00:20+00:00"
    assert found[0].url == "https://www.yammer.com/example.org/messages/2001"
    assert (found[3].extra["likes"], found[0].extra["message_type"]) == (2, "announcement")
    assert rows(report) == [
        "skipped (comment 2004): message of the system",
        "skipped (comment 2005): private message",
    ]


def test_names_come_from_any_answer_in_the_file(tmp_path: Path) -> None:
    answer = sample("yammer-rest.json")
    found, _ = comments(written(tmp_path, *answer["messages"], {"messages": [], "references": answer["references"]}))
    assert [c.author for c in found] == ["Zoé Exemple", "Ali Demo", "Robot Exemple"]
    found, _ = comments(written(tmp_path, answer["messages"], lines=False))
    assert [c.author for c in found] == ["40", "41", "43"]


def test_conversations_of_graph(tmp_path: Path) -> None:
    found, report = comments(DATA / "yammer-graph.json")
    assert [(c.thread_id, c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("conv-1", "m-1", None, "Wanda Sample", "Network or not\nIs anybody still using the network?"),
        ("conv-1", "m-2", "m-1", "Bertil Sample", "Yes.\n- for the menu"),
        ("conv-1", "m-3", "m-2", "Wanda Sample", "The menu is on paper too."),
    ]
    assert {c.claim for c in found} == {"Network or not"}
    assert rows(report) == ["skipped (comment m-4): message of the system"]
    messages = sample("yammer-graph.json")["value"]
    conversation = {"id": "conv-1", "creationMode": "none", "starterId": "m-1", "messages": messages}
    assert comments(written(tmp_path, {"value": [conversation]}, name="yammer-graph.json"))[0] == found
    by_starter, _ = comments(written(tmp_path, {"value": messages}))
    assert [c.thread_id for c in by_starter] == ["m-1"] * 3


# --- all of them -----------------------------------------------------------------------------------------------------

SAMPLES = {
    "reddit-dump.ndjson": "reddit",
    "reddit-page.json": "reddit",
    "hn-item.json": "hacker-news",
    "hn-hits.json": "hacker-news",
    "hn-firebase.ndjson": "hacker-news",
    "yammer-rest.json": "yammer",
    "yammer-graph.json": "yammer",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_seen_by_the_start_of_a_long_line(tmp_path: Path, name: str) -> None:
    long = {"padding": "x" * 100_000}
    value = sample(name)
    values = value if isinstance(value, list) else [value]
    stretched = [{**item, **long} if isinstance(item, dict) else item for item in values]
    for path in (written(tmp_path, *stretched), written(tmp_path, stretched)):
        assert reader_for(Source(path)).name == SAMPLES[name]
        assert [c.id for c in comments(path)[0]] == [c.id for c in comments(DATA / name)[0]]


@pytest.mark.parametrize("name", SAMPLES)
def test_utf_16_is_read_where_a_mark_says_so(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text((DATA / name).read_text(encoding="utf-8"), encoding="utf-16")
    assert [c.text for c in comments(path)[0]] == [c.text for c in comments(DATA / name)[0]]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_first_line_that_is_broken_hides_no_format(tmp_path: Path, name: str) -> None:
    value = sample(name)
    whole = "\n".join(map(json.dumps, value if isinstance(value, list) else [value]))
    path = tmp_path / "file"
    path.write_text('{"id": "cut off in the\n' + whole + "\n", encoding="utf-8")
    assert reader_for(Source(path)).name == SAMPLES[name]
    assert len(comments(path)[0]) == len(comments(DATA / name)[0])


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_imported_is_canonical_and_keeps_no_name(tmp_path: Path, name: str) -> None:
    output = tmp_path / "corpus.jsonl"
    first = import_sources([str(DATA / name)], output)
    assert reader_for(Source(output)).name == "jsonl"
    text = output.read_text(encoding="utf-8")
    for person in ("wanda_l", "bertil_k", "moira", 'Zoé Exemple"', "Wanda Sample"):
        assert f'"{person}' not in text
    again = import_sources([str(output)], tmp_path / "again.parquet")
    assert (again.kept, again.count("repaired"), again.count("skipped")) == (first.kept, 0, 0)


@pytest.mark.parametrize(
    "record",
    [
        {
            "thread_id": "t",
            "id": "1",
            "text": "Fine.",
            "link_id": "t3_a",
            "parent_id": None,
            "body": "x",
            "subreddit": "y",
        },
        {"thread_id": "t", "id": "1", "text": "Fine.", "type": "comment", "by": "x", "time": 1},
        {"id": "1", "text": "Fine.", "author": "x"},
        {"id": "1", "body": "Fine.", "thread_id": "t", "replied_to_id": None, "sender_id": 4},
        {"id": "1", "comment": "Fine.", "data": [{"id": 4}], "hits": 3},
    ],
)
def test_other_objects_stay_a_table(tmp_path: Path, record: dict[str, Any]) -> None:
    path = written(tmp_path, record)
    assert reader_for(Source(path)).name == "jsonl"
    assert [c.text for c in comments(path)[0]] == ["Fine."]


def test_columns_that_are_said_outright_are_those_of_a_table(tmp_path: Path) -> None:
    options = ReadOptions(columns={"text": "body", "thread_id": "link_id"})
    found, report = comments(written(tmp_path, sample("reddit-dump.ndjson")[0]), options)
    assert report.sources[0]["format"] == "jsonl"
    assert found[0].thread_id == "t3_17aaaa"


def test_a_document_that_breaks_off_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "item.json"
    path.write_text((DATA / "hn-item.json").read_text(encoding="utf-8")[:900], encoding="utf-8")
    with pytest.raises(InputError) as caught:
        import_sources([str(path)], tmp_path / "out.jsonl")
    assert "the input holds at least one comment; got " in str(caught.value)
    assert "every line is one JSON object" in str(caught.value)
    assert "\n" not in str(caught.value)


ODD: Any = st.recursive(
    st.sampled_from(["", "t1_x", "t3_17aaaa", "comment", "null", "\ud800\x00", "<p>&gt; x", -1, 0, 1e300, 2**70, True])
    | st.none()
    | st.floats()
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "data", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_fields_hold_every_record_is_kept_or_has_a_row(tmp_path: Path, name: str, data: Any) -> None:
    """No field of any type ends in anything but comments that can be kept and rows."""
    value = sample(name)
    places: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        item = stack.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item))
        places.extend((item, key) for key in keys)
        stack.extend(item[key] for key in keys if isinstance(item[key], dict | list))
    for item, key in data.draw(st.lists(st.sampled_from(places), max_size=4)):
        item[key] = data.draw(ODD)
    path = written(tmp_path, *(value if isinstance(value, list) else [value]))
    report = Report()
    found = [*read(Source(path), ReadOptions(), report, format=SAMPLES[name])]
    assert report.read == len(found) + report.count("skipped")
    kept = [comment for comment, _ in repaired(found, report)]
    assert len(kept) + report.reasons["skipped", "same comment twice"] == len(found)
