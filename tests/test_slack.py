from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import Files, folder_of, imported, read_at, zip_of

from rsenlp.batch import import_sources
from rsenlp.readers import ReadOptions, Source, read
from rsenlp.readers.made import OTHER_FILE
from rsenlp.readers.slack import BOT, NOTICE, UNDATED
from rsenlp.readers.slack_text import plain_text
from rsenlp.threads import ORPHAN


def user(id: str, name: str, real: str, display: str = "", **more: Any) -> dict[str, Any]:
    profile = {"real_name": real, "display_name": display, "email": f"{name}@example.org", "image_72": "x"}
    return {"id": id, "team_id": "T1", "name": name, "deleted": False, "profile": profile, "is_bot": False, **more}


def message(user: str, text: str, ts: str, **more: Any) -> dict[str, Any]:
    return {"client_msg_id": "m", "type": "message", "text": text, "user": user, "ts": ts, "team": "T1", **more}


USERS = [
    user("U1", "moira", "Moira Vance", "Moira"),
    user("U2", "bertil", "Bertil Ek"),
    user("U3", "moira2", "Moira Pratt", "moira"),
    user("U9", "helper", "Helper", is_bot=True),
]
CHANNEL = {"creator": "U1", "is_archived": False, "topic": {"value": ""}, "purpose": {"value": ""}}
FIRST_DAY = [
    message("U1", "<@U1> has joined the channel", "1706000000.000001", subtype="channel_join"),
    message("U1", "Shall we close the network?", "1706000100.000200", thread_ts="1706000100.000200", reply_count=3,
            reply_users=["U2"], replies=[{"user": "U2", "ts": "1706000200.000300"}]),
    message("U2", "No &amp; never, <@U1>.", "1706000200.000300", thread_ts="1706000100.000200", parent_user_id="U1",
            reactions=[{"name": "+1", "users": ["U1", "U3"], "count": 2},
                       {"name": "+1::skin-tone-2", "users": ["U9"], "count": 1}]),
    message("U3", "The wiki is in <#C2|> &lt;- here", "1706000300.000400", blocks=[{"type": "rich_text"}]),
    {"type": "message", "subtype": "bot_message", "text": "Build failed", "ts": "1706000400.000500", "bot_id": "B1",
     "username": "ci"},
    message("U9", "I am a program", "1706000500.000600"),
]  # fmt: skip
NEXT_DAY = [
    message("U3", "Yes, <https://example.org/a?b=1&amp;c=2|it costs too much>", "1706090000.000700",
            thread_ts="1706000100.000200", parent_user_id="U1", subtype="thread_broadcast",
            root=message("U1", "Shall we close the network?", "1706000100.000200")),
    message("U7", "I am a guest", "1706090100.000800", thread_ts="1706000100.000200",
            user_profile={"real_name": "Gus Guest", "display_name": "", "name": "gus"}),
    message("U2", "", "1706090200.000900", files=[{"id": "F1", "name": "chart.png"}]),
    message("U2", "_leaves_", "1706090300.001000", subtype="me_message"),
]  # fmt: skip
EXPORT: Files = {
    "channels.json": [{"id": "C1", "name": "general", **CHANNEL}, {"id": "C2", "name": "wiki-fr", **CHANNEL}],
    "groups.json": [{"id": "G1", "name": "board", **CHANNEL}],
    "dms.json": [{"id": "D1", "created": 1706000000, "members": ["U1", "U2"]}],
    "mpims.json": [{"id": "G2", "name": "mpdm-moira--bertil--moira2-1", **CHANNEL}],
    "users.json": USERS,
    "integration_logs.json": [],
    "canvases.json": [],
    "general/2024-01-23.json": FIRST_DAY,
    "general/2024-01-24.json": NEXT_DAY,
    "general/canvas_in_the_conversation.json": {"id": "F2"},
    "board/2024-01-24.json": [message("U2", "Nobody logs in.", "1706091000.000100")],
    "D1/2024-01-24.json": [message("U1", "Between us: it is slow.", "1706092000.000100")],
    "mpdm-moira--bertil--moira2-1/2024-01-24.json": [message("U1", "The three of us", "1706093000.000100")],
}


@pytest.mark.parametrize("packed", ["folder", "zip", "zip of the folder"])
def test_an_export_is_threads_of_people(tmp_path: Path, packed: str) -> None:
    if packed == "folder":
        path = folder_of(tmp_path / "export", EXPORT)
    elif packed == "zip":
        path = zip_of(tmp_path / "export.zip", EXPORT)
    else:
        path = zip_of(tmp_path / "export.zip", {f"Acme Jan 2024/{name}": value for name, value in EXPORT.items()})
    found, report = imported(path)
    root = "general-1706000100.000200"
    assert [(c.source, c.thread_id, c.parent_id, c.author, c.text) for c in found] == [
        ("D1", "D1-1706092000.000100", None, "Moira", "Between us: it is slow."),
        ("board", "board-1706091000.000100", None, "Bertil Ek", "Nobody logs in."),
        ("general", root, None, "Moira", "Shall we close the network?"),
        ("general", root, root, "Bertil Ek", "No & never, @Moira."),
        ("general", "general-1706000300.000400", None, "moira (moira2)", "The wiki is in #wiki-fr <- here"),
        ("general", root, root, "moira (moira2)", "Yes, it costs too much"),
        ("general", root, root, "Gus Guest", "I am a guest"),
        ("general", "general-1706090300.001000", None, "Bertil Ek", "_leaves_"),
        ("G2", "G2-1706093000.000100", None, "Moira", "The three of us"),
    ]
    assert [comment.id for comment in found[2:4]] == [root, "general-1706000200.000300"]
    assert str(found[2].created_at) == "2024-01-23 08:55:00.000200+00:00"
    assert {comment.claim for comment in found} == {None}
    assert [dict(comment.extra) for comment in found if comment.extra] == [{"reactions": {"+1": 3}}]
    assert [(row.reason, Path(row.path).name, row.line, row.detail) for row in report.rows()] == [
        (OTHER_FILE, "canvas_in_the_conversation.json", None, ""),
        (NOTICE, "2024-01-23.json", 1, "channel_join"),
        (BOT, "2024-01-23.json", 5, "bot_message"),
        (BOT, "2024-01-23.json", 6, ""),
        ("record without text", "2024-01-24.json", 3, ""),
    ]
    assert report.read == report.kept + report.count("skipped")
    assert report.sources[0]["format"] == "slack"
    assert report.sources[0]["lists_left_out"] == ["canvases.json", "integration_logs.json"]
    assert {"blocks", "files", "replies"} <= set(report.sources[0]["fields_left_out"])


def test_a_claim_can_be_said(tmp_path: Path) -> None:
    found, _ = read_at(folder_of(tmp_path / "e", EXPORT), ReadOptions(claim="It should be closed"))
    assert {comment.claim for comment in found} == {"It should be closed"}


def test_answers_to_what_was_deleted_stay_in_their_thread(tmp_path: Path) -> None:
    root = "1706000100.000200"
    day = [
        message("USLACKBOT", "This message was deleted.", root, thread_ts=root, subtype="tombstone", hidden=True),
        message("U1", "I disagree.", "1706000200.000300", thread_ts=root),
        message("U2", "I agree.", "1706000300.000300", thread_ts=root),
    ]
    found, report = imported(folder_of(tmp_path / "e", {"users.json": USERS, "c/2024-01-23.json": day}))
    assert [(comment.thread_id, comment.parent_id) for comment in found] == [(f"c-{root}", None)] * 2
    assert [row.reason for row in report.rows()] == [BOT, ORPHAN, ORPHAN]


def test_slacks_own_words_about_files_are_nobodys(tmp_path: Path) -> None:
    said = "<@U1|moira> uploaded a file: <https://x.slack.com/f|plan.pdf>"
    day = [
        message("U1", said + " and commented: Here is\nthe plan", "1406000100.000200", subtype="file_share"),
        message("U1", said, "1406000200.000200", subtype="file_share"),
        message("U1", "<@U2> shared our view: slow", "1406000300.000200", subtype="file_share"),
        {"type": "message", "subtype": "file_comment", "text": "<@U2|bertil> commented on <@U1|moira>’s file",
         "ts": "1406000400.000200", "comment": {"user": "U2", "comment": "Too dear"}},
    ]  # fmt: skip
    found, _ = read_at(folder_of(tmp_path / "e", {"users.json": USERS, "c/2014-07-22.json": day}))
    assert [(comment.author, comment.text) for comment in found] == [
        ("Moira", "Here is\nthe plan"),
        ("Moira", "@Bertil Ek shared our view: slow"),
        ("Bertil Ek", "Too dear"),
    ]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<@U1>, <@U1|old name> and <@U5|sam> and <@U6>", "@Ann, @Ann and @sam and @U6"),
        ("<#C1|general> <#C1> <#C1|> <#C9>", "#general #all #all #C9"),
        ("<!here> <!channel|@channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@crew> <!subteam^S2>", "@crew @S2"),
        ("<!date^1392734382^{date} at {time}|18 February> <!date^1392734382^{date_num}>", "18 February {date_num}"),
        ("<https://example.org> <https://example.org/?a=1&amp;b=2|Q&amp;A>", "https://example.org Q&A"),
        ("<http://example.org|example.org> <mailto:a@example.org|a@example.org>", "example.org a@example.org"),
        ("<mailto:a@example.org> <tel:+331>", "a@example.org +331"),
        ("&gt; quoted\n1 &lt; 2 &amp;&amp; 3 &amp;lt; é &eacute;", "> quoted\n1 < 2 && 3 &lt; é &eacute;"),
        ("*bold* _it_ `<` :smile: <>", "*bold* _it_ `<` :smile: "),
        ("", ""),
    ],
)
def test_markup_of_messages(text: str, plain: str) -> None:
    assert plain_text(text, {"U1": "Ann"}, {"C1": "all"}) == plain


@given(st.text())
def test_what_people_type_comes_back(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain_text(escaped, {}, {}) == text


def test_workspaces_of_an_organisation_keep_their_channels_apart(tmp_path: Path) -> None:
    export = {
        "org_users.json": USERS,
        "teams/sales/channels.json": [{"id": "C1", "name": "general"}],
        "teams/sales/general/2024-01-23.json": [message("U1", "Here", "1706000100.000200")],
        "teams/plant/general/2024-01-23.json": [message("U2", "There", "1706000100.000200")],
    }
    found, report = imported(folder_of(tmp_path / "e", export))
    assert [(comment.source, comment.author) for comment in found] == [
        ("plant/general", "Bertil Ek"),
        ("sales/general", "Moira"),
    ]
    assert report.count("repaired") == 0


def test_damaged_days_and_messages_cost_only_themselves(tmp_path: Path) -> None:
    export = {
        "users.json": b"{broken",
        "channels.json": [{"id": "C1", "name": "c"}],
        "c/2024-01-23.json": b'[{"type": "message"',
        "c/2024-01-24.json": [
            "no message",
            message("U1", "Undated", "soon"),
            {"type": "message", "subtype": ["odd"], "ts": "1706000100.000200", "text": "x"},
            message("U1", "Fine", "1706000100.000200", thread_ts={"odd": 1}, reactions={"odd": 1}),
        ],
        "c/2024-01-25.json": {"a": 1},
        "c/2024-01-26.json": b"",
    }
    found, report = imported(zip_of(tmp_path / "e.zip", export))
    assert [(comment.author, comment.text, comment.parent_id) for comment in found] == [("U1", "Fine", None)]
    assert [(row.reason, Path(row.path).name, row.line) for row in report.rows()] == [
        ("the file is one JSON array", "users.json", None),
        ("the file is one JSON array", "2024-01-23.json", None),
        ("every item is a JSON object", "2024-01-24.json", 1),
        (UNDATED, "2024-01-24.json", 2),
        (NOTICE, "2024-01-24.json", 3),
        ("the file is one JSON array", "2024-01-25.json", None),
        ("the file is one JSON array", "2024-01-26.json", None),
    ]
    assert report.read == report.kept + report.count("skipped")


def test_an_export_becomes_a_corpus_without_names(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.parquet"
    report = import_sources([str(zip_of(tmp_path / "export.zip", EXPORT))], corpus)
    found = [comment for comment, _ in read(Source(corpus), ReadOptions(), report)]
    assert len(found) == 9
    assert all(comment.author and comment.author.startswith("a") and len(comment.author) == 13 for comment in found)
    assert not any("bertil" in comment.id or "bertil" in (comment.source or "") for comment in found)
    assert [comment.extra["reactions"] for comment in found if comment.extra["reactions"]] == [{"+1": 3}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    "type subtype ts thread_ts user text reactions comment user_profile bot_id files blocks name profile id".split()
)
VALUES = JSON | st.sampled_from(["message", "U1", "1706000100.000200", "file_share", "file_comment", "Fine"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(FIELDS, VALUES) | JSON, max_size=4), st.lists(st.dictionaries(FIELDS, VALUES) | JSON))
def test_any_json_is_comments_and_rows(tmp_path_factory: pytest.TempPathFactory, day: Any, users: Any) -> None:
    export = {"users.json": users, "channels.json": users, "c/2024-01-24.json": day}
    _, report = imported(folder_of(tmp_path_factory.mktemp("export"), export))
    assert report.read == report.kept + report.count("skipped")
