from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest
import zstandard
from conftest import DATA

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError, UsageError
from rsenlp.installation import corpora_folder
from rsenlp.readers import READERS, ReadOptions, Source, read, reader_for
from rsenlp.threads import repaired

SAMPLES = corpora_folder() / "samples"
FILES = {
    DATA / "page-report-link.txt": ("page-text", 4),
    DATA / "page-says.txt": ("page-text", 3),
    DATA / "page-microdata.html": ("page-html", 2),
    DATA / "page-discourse.html": ("page-html", 2),
    DATA / "page-json-ld.html": ("page-html", 2),
    DATA / "page-nested.html": ("page-html", 4),
    DATA / "page-heading.html": ("page-html", 3),
    DATA / "reddit-dump.ndjson": ("reddit", 3),
    DATA / "reddit-page.json": ("reddit", 3),
    DATA / "hn-item.json": ("hacker-news", 3),
    DATA / "hn-hits.json": ("hacker-news", 2),
    DATA / "hn-firebase.ndjson": ("hacker-news", 3),
    DATA / "yammer-rest.json": ("yammer", 4),
    DATA / "yammer-graph.json": ("yammer", 3),
    DATA / "yammer-messages.csv": ("yammer-csv", 3),
    DATA / "4cat-reddit.csv": ("4cat", 2),
    DATA / "4cat-tweets.csv": ("4cat", 2),
    DATA / "4cat-board.csv": ("4cat", 2),
    DATA / "polis-comments.csv": ("polis", 2),
    DATA / "page-wordpress.html": ("page-html", 4),
    DATA / "page-disqus.html": ("page-html", 3),
    DATA / "page-discourse-topic.html": ("page-html", 3),
    DATA / "page-discourse-crawler.html": ("page-html", 2),
    DATA / "disqus.xml": ("disqus-xml", 4),
    DATA / "wxr.xml": ("wxr", 3),
    DATA / "people.csv": ("csv", 2),
    DATA / "people-cp1252.csv": ("csv", 1),
    DATA / "people.xlsx": ("xlsx", 3),
    SAMPLES / "reseau-interne-fr.html": ("page-html", 12),
    SAMPLES / "wire-the-network-en.html": ("page-html", 11),
}


def comments(path: Path, options: ReadOptions | None = None) -> tuple[list[Comment], Report]:
    report = Report()
    return [comment for comment, _ in read(Source(path), options or ReadOptions(), report)], report


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_format_is_recognised_by_content_and_read(path: Path, tmp_path: Path) -> None:
    """The contract of readers, on every reader."""
    name, number = FILES[path]
    hidden = tmp_path / "file.dat"
    hidden.write_bytes(path.read_bytes())
    zipped = tmp_path / "file.dat.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    zst = tmp_path / "file.dat.zst"
    zst.write_bytes(zstandard.ZstdCompressor().compress(path.read_bytes()))
    for copy in (hidden, zipped, zst):
        assert reader_for(Source(copy)).name == name
        found, report = comments(copy)
        assert len(found) == number
        assert report.read == number + report.count("skipped")
        assert len({comment.id for comment in found}) == number
        assert all(comment.text == comment.text.strip() != "" for comment in found)
        assert [source["format"] for source in report.sources] == [name]


def test_a_page_with_report_links_keeps_titles_bodies_and_signatures() -> None:
    found, report = comments(DATA / "page-report-link.txt")
    assert {comment.claim for comment in found} == {"Le réseau interne n'a pas tué le courriel"}
    assert {comment.thread_id for comment in found} == {"page-report-link"}
    assert found[0].text.split("\n")[0] == "Personne ne m'a demandé mon avis"
    assert found[1].text == "Quelqu'un a le lien ?\nMerci d'avance"
    assert found[2].text == (
        "« Encore un article de convaincu »\nPremière ligne du corps.\n\nDeuxième paragraphe, après une ligne vide.\n"
        "- un point\n- un autre point\nJosette\nSociété Tartempion"
    )
    assert found[3].text == "C'est l'outil qui pèche, pas les gens. Bravo quand même !\nHenri"
    assert report.count("repaired") == 0


def test_another_number_than_the_page_announces_is_reported(tmp_path: Path) -> None:
    text = (DATA / "page-report-link.txt").read_text(encoding="utf-8").replace("\n4\n", "\n9\n")
    path = tmp_path / "page.txt"
    path.write_text(text, encoding="utf-8")
    _, report = comments(path)
    assert "announced 9, found 4" in str(next(report.rows()))


def test_a_page_of_dated_authors() -> None:
    found, _ = comments(DATA / "page-says.txt")
    assert [comment.author for comment in found] == ["Wanda", "Bertil", "Wanda"]
    assert str(found[0].created_at) == "2013-03-12 22:22:00+00:00"
    assert found[0].text == "We dropped ours too. Nobody could find anything.\nSecond line."
    assert found[2].text == "> Which wiki?\nThe old one."
    assert found[0].claim == "Why our wiki outlived the network"


def test_declared_comments() -> None:
    found, _ = comments(DATA / "page-microdata.html")
    assert found[0].text == "Works for us.\nSecond line & more."
    assert found[0].author == "Moira"
    assert found[1].text == "First paragraph.\n- one\n- two"
    found, _ = comments(DATA / "page-json-ld.html")
    assert [(c.text, c.parent_id) for c in found] == [
        ("About time.", None),
        ("Speak for yourself.", found[0].id),
    ]
    assert found[0].claim == "The network closes"


def test_the_opening_post_of_a_topic_is_no_comment() -> None:
    found, _ = comments(DATA / "page-discourse.html")
    assert [comment.text for comment in found] == ["Same here since Monday.", "> Same here\nClear the cache."]
    assert [comment.author for comment in found] == ["bo", "cy"]


def test_nested_comments_know_what_they_answer() -> None:
    found, _ = comments(SAMPLES / "wire-the-network-en.html")
    assert [comment.parent_id for comment in found[:4]] == [None, found[0].id, found[0].id, None]
    assert found[2].text.startswith("> the week somebody put the thread next to the purchase order\nWe did")
    assert not any("island, and nobody takes a boat" in comment.text for comment in found)


def test_answers_within_and_behind_comments_are_comments_of_their_own() -> None:
    found, _ = comments(DATA / "page-nested.html")
    assert [(c.text, c.author, c.parent_id) for c in found] == [
        ("L'outil est trop lent.", "Paul", None),
        ("Non, pas l'outil.", "Anne", found[0].id),
        ("Bof.", "Léa", None),
        ("Comment, bof ?", None, found[2].id),
    ]
    assert str(found[1].created_at) == "2012-03-13 00:00:00+00:00"


def test_bylines_and_buttons_are_the_pages_own() -> None:
    found, report = comments(DATA / "page-heading.html")
    assert [(c.text, c.author) for c in found] == [
        ("Personne ne sait à quoi il sert.", "Momo75"),
        ("Et toujours pas.", "Momo75"),
        ("Si.", "Zed"),
    ]
    assert str(found[0].created_at) == "2012-02-03 11:12:00+00:00"
    assert {c.claim for c in found} == {"Les salariés boudent le réseau"}
    assert report.count("repaired") == 0


def test_quotation_marks_that_are_the_authors_swallow_no_row(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    rows = ['1;"Non" dit-il;A', '2;" ouvrant;B', "3;perdu un;C", '4;perdu "deux" fois;D', '5;"propre; oui\nsuite";E']
    path.write_text("id;texte;auteur\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found, report = comments(path)
    assert [(c.id, c.text) for c in found] == [
        ("1", '"Non" dit-il'),
        ("2", '" ouvrant'),
        ("3", "perdu un"),
        ("4", 'perdu "deux" fois'),
        ("5", "propre; oui\nsuite"),
    ]
    assert {row.reason for row in report.rows()} == {"quotation mark read as text"}


def test_a_date_that_cannot_be_read_costs_no_comment(tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text("sep=;\nid;texte;date;parent\n1;A;hier;NULL\n2;B;12 mars 2012 à 14h05; 1.0\n", encoding="utf-8")
    found, report = comments(path)
    assert [(c.id, c.created_at is None, c.parent_id) for c in found] == [("1", True, None), ("2", False, "1")]
    assert [str(row) for row in report.rows()] == [f"{path}:3: repaired (comment 1): date left out: 'hier'"]


def test_csv_as_people_have_it() -> None:
    found, report = comments(DATA / "people.csv")
    assert [(c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("c1", None, "Zoé", "L'outil est lent ; voilà."),
        ("c2", "c1", "Ali", "Pareil\nchez nous"),
    ]
    assert str(found[0].created_at) == "2019-12-31 08:05:00+00:00"
    assert found[1].extra == {"service": "Paie"}
    assert [str(row) for row in report.rows()] == [f"{DATA / 'people.csv'}:5: skipped (comment c3): row without text"]
    assert report.sources[0]["delimiter"] == ";"
    found, report = comments(DATA / "people-cp1252.csv")
    assert found[0].text == "Ça n’a rien coûté, c’est déjà ça…"
    assert report.sources[0]["encoding"] == "cp1252"


def test_columns_are_said_outright(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("what,who\nSlow.,Ann\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a column holds the text of the comments; got the columns 'what', 'who'"):
        comments_of_csv(path, ReadOptions())
    found = comments_of_csv(path, ReadOptions(columns={"text": "what", "author": "who"}))
    assert (found[0].text, found[0].author) == ("Slow.", "Ann")
    with pytest.raises(UsageError, match="there is no column 'wat' for 'text'"):
        comments_of_csv(path, ReadOptions(columns={"text": "wat"}))


def comments_of_csv(path: Path, options: ReadOptions) -> list[Comment]:
    return [comment for comment, _ in read(Source(path), options, Report(), format="csv")]


def test_a_row_of_another_width_is_skipped_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("id,text,author\n1,fine,Ann\n2,oops,Bob,more\n3,short\n", encoding="utf-8")
    found, report = comments(path)
    assert [comment.id for comment in found] == ["1", "3"]
    assert (
        str(next(report.rows())) == f"{path}:3: skipped: a row has as many cells as the header: 4 cells for 3 columns"
    )


def test_truncated_jsonl_keeps_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    whole = json.dumps({"thread_id": "t", "id": "1", "text": "Fine."})
    path.write_text(whole + '\n{"thread_id": "t", "id": "2", "te', encoding="utf-8")
    found, report = comments(path)
    assert [comment.id for comment in found] == ["1"]
    row = next(report.rows())
    assert (row.line, row.action, row.reason) == (2, "skipped", "every line is one JSON object")


def test_jsonl_as_other_programs_write_it_loses_no_record(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    extra = {"score": float("nan"), "big": 10**30, "note": "half \ud800"}
    records = [{"thread_id": "t", "id": str(number), "text": "Fine. \ud83d"} | extra for number in range(2)]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    report = Report()
    found = [comment for comment, _ in repaired(read(Source(path), ReadOptions(), report), report)]
    assert [(c.id, c.text) for c in found] == [("0", "Fine. ?"), ("1", "Fine. ?")]
    assert found[0].extra == {"score": None, "big": str(10**30), "note": "half ?"}
    assert [(row.line, row.reason) for row in report.rows()] == [(1, "JSON mended"), (2, "JSON mended")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n \n", "the file is empty"),
        (b"\x00\x01\x02\x03" * 100, "got binary data"),
        (b"Just some prose without any comment.\n", "got text in none of these"),
        (b"<html><body><h1>t</h1><p>no comments here</p></body></html>", "a saved page holds reactions"),
        (b"PAR1 not really", "a .parquet file is Apache Parquet, whole"),
        (b"\x1f\x8bbroken", "the file cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "input"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        comments(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file is not there"):
        Source(tmp_path / "none")
    with pytest.raises(InputError, match="a file is expected; got a directory"):
        Source(tmp_path)


def test_an_unknown_format_name_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"formats are parquet, .*jsonl, .*; got 'word'"):
        reader_for(Source(DATA / "people.csv"), format="word")


def test_every_reader_is_tried_by_a_file() -> None:
    tried = {name for name, _ in FILES.values()} | {"jsonl", "parquet"}  # these two by the tests of records
    assert {reader.name for reader in READERS} == tried


def test_a_comment_without_a_body_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    body = '<li class="comment" id="comment-1"><div class="comment-content">Fine.</div></li>'
    empty = '<li class="comment" id="comment-2"><b class="fn">Ann</b></li>'
    path.write_text(f"<html><body><h1>t</h1><ol>{body}{empty}</ol></body></html>", encoding="utf-8")
    found, report = comments(path)
    assert [comment.text for comment in found] == ["Fine."]
    assert [(row.action, row.reason) for row in report.rows()] == [("skipped", "reaction without text")]


def test_compressed_rows_that_break_off_are_read_up_to_there(tmp_path: Path) -> None:
    rows = [f"{number},{hashlib.sha256(bytes([number % 256])).hexdigest() * 3}" for number in range(2000)]
    packed = gzip.compress(("id,text\n" + "\n".join(rows)).encode())
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    found, report = comments(path)
    assert [comment.id for comment in found] == [str(number) for number in range(len(found))]
    assert len(found) > 100
    assert list(report.rows())[-1].reason == "compressed data damaged here, what came before is kept"
    assert report.read == len(found) + report.count("skipped")
