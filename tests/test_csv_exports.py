"""Exports that come as CSV: Viva Engage's network export, 4CAT, Polis."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from conftest import DATA

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.readers import ReadOptions, Source, read, reader_for

SAMPLES = {
    "yammer-messages.csv": "yammer-csv",
    "4cat-reddit.csv": "4cat",
    "4cat-tweets.csv": "4cat",
    "4cat-board.csv": "4cat",
    "polis-comments.csv": "polis",
}


def comments(path: Path, options: ReadOptions | None = None) -> tuple[list[Comment], Report]:
    report = Report()
    return [comment for comment, _ in read(Source(path), options or ReadOptions(), report)], report


def changed(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """A sample with some of its text replaced."""
    text = (DATA / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- Viva Engage -----------------------------------------------------------------------------------------------------


def test_messages_of_a_network() -> None:
    found, report = comments(DATA / "yammer-messages.csv")
    assert [(c.thread_id, c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("3001", "3001", None, "Zoe Example", "Keep it?\nShall we keep the network?\n\nTell me why."),
        ("3001", "3002", "3001", "Ali Demo", "Yes, but not like this: nobody knows what it is for."),
        ("3001", "3003", "3002", None, "Search finds nothing."),
    ]
    assert {(c.claim, c.source) for c in found} == {("Keep it?", "All Company")}
    assert str(found[0].created_at) == "2019-05-06 07:08:09+00:00"
    assert found[1].extra == {
        "conversation_id": "3001", "group_id": "77", "in_private_group": "false", "attachments": "uploadedfile:9",
        "message_type": "update",
    }  # fmt: skip
    assert [(row.line, row.id, row.reason) for row in report.rows()] == [
        (5, "3002", "previous version of a message"),
        (8, "3004", "deleted message"),
        (9, "3005", "private message"),
        (10, "3006", "message of the system"),
    ]
    facts = report.sources[0]
    assert facts["left_out"] == [
        "api_url", "deleted_by_id", "deleted_by_type", "gdpr_delete_url", "participants", "sender_email", "sender_type",
    ]  # fmt: skip
    assert facts["read_as"]["parent_id"] == "replied_to_id"


def test_the_newest_version_counts_not_the_last_row(tmp_path: Path) -> None:
    path = changed(tmp_path, "yammer-messages.csv", ("2019-05-06T09:00:00.000Z\n", "2019-05-06T07:30:00.000Z\n"))
    found, report = comments(path)
    assert found[1].text == "Yes."
    assert next(report.rows()).line == 6
    unsaid = changed(tmp_path, "yammer-messages.csv", (",updated_at", ",something"))
    assert comments(unsaid)[0][1].text.startswith("Yes, but")


def test_a_file_of_earlier_versions_holds_no_comment(tmp_path: Path) -> None:
    path = tmp_path / "MessageVersions.csv"
    text = "id,message_id,body,html_body,created_at\n1,3002,Yes.,,2019-05-06\n2,3002,Yes!,,\n"
    path.write_text(text, encoding="utf-8")
    other = tmp_path / "export.csv"
    other.write_text(text, encoding="utf-8")
    for file in (path, other):
        found, report = comments(file)
        assert (found, report.sources[0]["format"]) == ([], "yammer-csv")
        assert [(row.line, row.reason) for row in report.rows()] == [
            (2, "previous version of a message"),
            (3, "previous version of a message"),
        ]


def test_drafts_are_left_out(tmp_path: Path) -> None:
    path = changed(tmp_path, "yammer-messages.csv", ("attachments,", "is_draft,"), ("uploadedfile:9", "true"))
    assert [(row.id, row.reason) for row in comments(path)[1].rows()][1] == ("3002", "draft that was not posted")


# --- 4CAT ------------------------------------------------------------------------------------------------------------


def test_a_data_set_of_reddit() -> None:
    found, report = comments(DATA / "4cat-reddit.csv")
    assert [(c.thread_id, c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("17aaaa", "k7a", None, "wanda_l", "Nobody was asked."),
        ("17aaaa", "k7b", "k7a", None, "Some were.\nNot us."),
    ]
    assert {(c.claim, c.source) for c in found} == {("Nobody reads our network", "r/intranets")}
    assert [str(c.created_at) for c in found] == ["2023-11-14 22:13:20+00:00", "2023-11-14 22:15:00+00:00"]
    assert (found[0].extra["score"], found[0].extra["author_flair"]) == ("3", "sysadmin")
    assert [str(row) for row in report.rows()] == [
        f"{DATA / '4cat-reddit.csv'}:6: skipped (comment k7c): deleted or removed comment"
    ]
    assert (report.read, report.sources[0]["openings"]) == (3, 1)


def test_the_same_thread_has_the_same_ids_in_4cat_and_in_a_dump(tmp_path: Path) -> None:
    dump = tmp_path / "dump.ndjson"
    dump.write_text(
        '{"id": "k7b", "link_id": "t3_17aaaa", "parent_id": "t1_k7a", "body": "x", "subreddit": "y"}', encoding="utf-8"
    )
    of_dump, of_4cat = comments(dump)[0][0], comments(DATA / "4cat-reddit.csv")[0][1]
    assert (of_dump.thread_id, of_dump.id, of_dump.parent_id) == (of_4cat.thread_id, of_4cat.id, of_4cat.parent_id)


def test_posts_of_a_service_whose_replies_name_people() -> None:
    found, report = comments(DATA / "4cat-tweets.csv")
    assert [(c.thread_id, c.id, c.parent_id, c.author, c.claim) for c in found] == [
        ("1500000000000000001", "1500000000000000001", None, "exemple_a", None),
        ("1500000000000000001", "1500000000000000002", None, "exemple_b", None),
    ]
    assert str(found[0].created_at) == "2022-03-05 06:07:08+00:00"
    assert found[1].extra["is_reply"] == "yes"
    assert (found[1].source, found[1].extra["source_column"]) == ("4cat-tweets", "Twitter Web App")
    assert report.sources[0]["left_out"] == ["author_fullname", "author_id", "mentions", "reply_to"]


def test_posts_of_an_image_board_answer_what_they_quote_first() -> None:
    found, _ = comments(DATA / "4cat-board.csv")
    assert [(c.id, c.parent_id, c.claim, c.author) for c in found] == [
        ("900002", None, "Company networks", None),
        ("900003", "900002", "Company networks", None),
    ]


def test_a_thread_of_a_single_post_is_that_post(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "id,thread_id,author,body,subject,timestamp\n"
        "1,1,ann,Nobody reads it.,A title,2020-01-02 03:04:05\n2,2,bo,Some do.,,2020-01-02 03:04:05\n",
        encoding="utf-8",
    )
    found, _ = comments(path)
    assert [(c.text, c.claim) for c in found] == [("A title\nNobody reads it.", None), ("Some do.", None)]


def test_replies_to_posts_are_kept_where_a_column_names_posts(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(
        "collected_at,id,thread_id,author,body,replied_to_post,replied_to_user,timestamp\n"
        "x,a,a,ann,First.,,,1600000000\nx,b,a,bo,Second.,a,ann,1600000001\n",
        encoding="utf-8",
    )
    found, report = comments(path)
    assert [(c.id, c.parent_id) for c in found] == [("a", None), ("b", "a")]
    assert report.sources[0]["left_out"] == ["replied_to_user"]


# --- Polis -----------------------------------------------------------------------------------------------------------


def test_statements_of_a_conversation(tmp_path: Path) -> None:
    found, report = comments(DATA / "polis-comments.csv", ReadOptions(claim="Keep the network"))
    assert [(c.thread_id, c.id, c.author, c.text) for c in found] == [
        (
            "polis-comments",
            "polis-comments-0",
            "polis-comments:0",
            "The network should replace, not double, the mail.",
        ),
        ("polis-comments", "polis-comments-1", "polis-comments:4", "Nobody explained what it is for."),
    ]
    assert {c.claim for c in found} == {"Keep the network"}
    # seconds in one row, milliseconds in the next
    assert [str(c.created_at) for c in found] == ["2020-06-29 20:05:31+00:00", "2020-06-29 20:11:22+00:00"]
    assert found[0].extra == {"agrees": "50", "disagrees": "1", "moderated": "1"}
    assert [str(row).partition(": ")[2] for row in report.rows()] == [
        "skipped (comment polis-comments-2): comment that a moderator rejected"
    ]
    unmoderated = ((",moderated", ""), (",1,1,", ",1,"), (",5,0,", ",5,"), (",-1,", ","))
    other = changed(tmp_path, "polis-comments.csv", *unmoderated)
    assert len(comments(other)[0]) == 3


# --- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    ("delimiter", "encoding", "before"), [(";", "utf-8-sig", ""), ("\t", "utf-16", ""), (";", "cp1252", "sep=;\r\n")]
)
def test_a_spreadsheet_in_between_changes_nothing(
    tmp_path: Path, name: str, delimiter: str, encoding: str, before: str
) -> None:
    rows = csv.reader(io.StringIO((DATA / name).read_text(encoding="utf-8-sig")))
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(rows)
    path = tmp_path / name
    path.write_bytes((before + target.getvalue()).encode(encoding))
    assert reader_for(Source(path)).name == SAMPLES[name]
    found, expected = comments(path)[0], comments(DATA / name)[0]
    assert [(c.id, c.text, c.parent_id, c.claim) for c in found] == [
        (c.id, c.text, c.parent_id, c.claim) for c in expected
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_rows_that_are_none_are_told_and_nul_bytes_are_gone(tmp_path: Path, name: str) -> None:
    expected, whole = comments(DATA / name)
    path = tmp_path / name
    word = max((c.text for c in expected), key=len).split()[-1]
    text = (DATA / name).read_text(encoding="utf-8").replace(word, word[0] + "\x00" + word[1:])
    path.write_text(text + "," * 40 + "x\n", encoding="utf-8")
    found, report = comments(path)
    assert [c.text for c in found] == [c.text for c in expected]
    assert report.reasons["skipped", "a row has as many cells as the header"] == 1
    assert report.reasons["repaired", "text brought to Unicode NFC and \\n line ends"] >= 1
    assert report.read == len(found) + report.count("skipped") == whole.read + 1


@pytest.mark.parametrize(
    "header",
    [
        "thread_id,id,parent_id,text,claim,lang,author,created_at,source,url,subject,timestamp,body",
        "id,thread_id,body,replied_to_id",
        "id,comment,author",
        "comment_id,comment_text,agrees",
    ],
)
def test_other_tables_stay_tables(tmp_path: Path, header: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(header + "\n" + ",".join("x" for _ in header.split(",")) + "\n", encoding="utf-8")
    assert reader_for(Source(path)).name == "csv"


def test_columns_that_are_said_outright_are_those_of_a_table() -> None:
    found, report = comments(DATA / "polis-comments.csv", ReadOptions(columns={"text": "comment-body"}))
    assert (len(found), report.sources[0]["format"]) == (3, "csv")


def test_a_named_format_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,what\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="a column holds the text of the comments; got the columns 'id', 'what'"):
        [*read(Source(path), ReadOptions(), Report(), format="polis")]
