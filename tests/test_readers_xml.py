"""The XML exports of Disqus and WordPress."""

from __future__ import annotations

import gzip
import html
import random
import re
import tracemalloc
import unicodedata
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from conftest import DATA
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsenlp.audit import Report
from rsenlp.batch import ImportOptions, import_sources
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.readers import ReadOptions, Source, read, reader_for
from rsenlp.readers.xml_records import CUT_OFF, NOT_WELL_FORMED
from rsenlp.readers.xml_text import _Utf8OrCp1252

DISQUS, WXR = DATA / "disqus.xml", DATA / "wxr.xml"
ANY_FOLDER = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def comments(path: Path, **options: str) -> tuple[list[Comment], Report]:
    report = Report()
    return [comment for comment, _ in read(Source(path), ReadOptions(**options), report)], report


def rows(report: Report) -> list[tuple[str, str, str | None, str]]:
    return [(row.action, row.reason, row.id, row.detail) for row in report.rows()]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "export.xml"
    path.write_bytes(text.encode(encoding))
    return path


def disqus(*posts: str, head: str = "", declaration: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    root = '<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">'
    thread = '<thread dsq:id="9"><id/><link>https://depot.example/a</link><title>Title</title></thread>'
    return f"{declaration}\n{head}{root}\n{thread}\n" + "\n".join(posts) + "\n</disqus>\n"


def post(id: str, message: str) -> str:
    return f'<post dsq:id="{id}"><id/><message>{message}</message><thread dsq:id="9"/></post>'


def wxr(content: str, *, version: str = "1.2", title: str = "Title") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:wp="http://wordpress.org/export/{version}/" '
        f'xmlns:excerpt="http://wordpress.org/export/{version}/excerpt/"><channel><link>https://quay.example</link>'
        f"<item><title>{title}</title><link>https://quay.example/a</link><excerpt:encoded/><wp:post_id>7</wp:post_id>"
        f"<wp:comment><wp:comment_id>1</wp:comment_id><wp:comment_content>{content}</wp:comment_content>"
        "<wp:comment_approved>1</wp:comment_approved><wp:comment_parent>0</wp:comment_parent></wp:comment>"
        "</item></channel></rss>"
    )


# --- Disqus ----------------------------------------------------------------------------------------------------------


def test_a_disqus_export() -> None:
    found, report = comments(DISQUS)
    assert [(c.id, c.parent_id, c.thread_id, c.author) for c in found] == [
        ("890000101", None, "3100000001", 'Olga "Bay 4" Pryce'),
        ("890000102", "890000101", "3100000001", None),
        ("890000105", "890000104", "3100000001", "quaydog"),
        ("890000108", None, "3100000099", "Tam"),
    ]
    assert [c.text for c in found] == [
        "The tool is fine. Nobody told us why we should post.\nSee the note & weep.",
        "It takes forty clicks.\nOn the scanner it takes sixty.",
        "Too late.",
        "Café talk beats it… 1 < 2",
    ]
    assert {(c.claim, c.url) for c in found[:3]} == {
        ("Our wall of silence – six months on", "https://depot.example/2013/05/wall-of-silence/")
    }
    assert str(found[1].created_at) == "2013-05-02 10:00:00+00:00"
    assert report.read == 8
    assert rows(report) == [
        ("repaired", "author's name is an e-mail or IP address, left out", "890000102", ""),
        ("skipped", "spam", "890000103", ""),
        ("skipped", "deleted post", "890000104", ""),
        ("repaired", "date left out", "890000105", "'2013-05-32T10:07:00Z'"),
        ("skipped", "comment without text", "890000106", ""),
        ("skipped", "post of a deleted thread", "890000107", ""),
        (
            "repaired",
            "its thread is not in the file, kept without title and address",
            "890000108",
            "thread '3100000099'",
        ),
    ]


def test_rows_and_comments_have_the_line_of_their_element() -> None:
    lines = ["", *DISQUS.read_text(encoding="utf-8").split("\n")]
    places = [(comment.id, where.line) for comment, where in read(Source(DISQUS), ReadOptions(), Report())]
    assert [f'<post dsq:id="{id}">' for id, _ in places] == [lines[line or 0] for _, line in places]


def test_the_example_of_the_documentation_joins_by_text_as_well(tmp_path: Path) -> None:
    """Threads by the text of their ``<id>``, a post without a ``dsq:id``: the shape of the example in Disqus' help."""
    text = """<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
      <thread dsq:id="2"><id>1</id><link/><title>One</title></thread>
      <post dsq:id="5"><id>2</id><message>First</message><thread>1</thread></post>
      <post dsq:id="6"><id>4</id><message>Second</message><parent dsq:id="5">2</parent><thread>1</thread></post>
      <post><id>3</id><message>Third</message><parent>4</parent><thread dsq:id="2"/></post>
      <post><message>Fourth</message><parent>unknown</parent></post></disqus>"""
    found, report = comments(written(tmp_path, text), thread_id="file", claim="Said")
    assert [(c.thread_id, c.id, c.parent_id, c.claim) for c in found] == [
        ("2", "5", None, "One"),
        ("2", "6", "5", "One"),
        ("2", "3", "6", "One"),
        ("file", "export-4", "unknown", "Said"),
    ]
    assert [row.detail for row in report.rows()] == ["no thread named"]


# --- WordPress -------------------------------------------------------------------------------------------------------


def test_a_wordpress_export() -> None:
    found, report = comments(WXR)
    assert [(c.thread_id, c.id, c.parent_id, c.author, c.claim, c.url) for c in found] == [
        (
            "carnet-example-blog-12",
            "31",
            None,
            "Solange & fils",
            "Le réseau interne, un an après",
            "https://carnet.example/blog/2018/02/reseau-interne/",
        ),
        (
            "carnet-example-blog-12",
            "32",
            "31",
            None,
            "Le réseau interne, un an après",
            "https://carnet.example/blog/2018/02/reseau-interne/",
        ),
        (
            "carnet-example-blog-14",
            "40",
            None,
            "Zoé",
            "Sans titre ? L’outil R&D",
            "https://carnet.example/blog/a-propos/",
        ),
    ]
    assert [c.text for c in found] == [
        "On ne savait pas à quoi il servait.\nDeuxième paragraphe,\navec une adresse & un ]]> bizarre.",
        "> à quoi il servait\nPareil ici.",
        "L’outil n'est pas en cause.",
    ]
    assert [str(c.created_at) for c in found] == ["2018-02-05 09:15:00+00:00", "2018-02-05 11:00:00+00:00", "None"]
    assert report.read == 8
    assert report.sources[0]["version"] == "1.2"
    assert rows(report) == [
        ("repaired", "author's name is an e-mail or IP address, left out", "32", ""),
        ("repaired", "no GMT date, the site's local one is read as UTC", "32", "2018-02-05 11:00:00"),
        ("skipped", "pingback or trackback", "33", "pingback"),
        ("skipped", "comment not approved", "34", "0"),
        ("skipped", "comment in the trash", "35", "trash"),
        ("skipped", "spam", "36", "spam"),
        ("skipped", "note of the site's own, no reader's comment", "37", "order_note"),
        ("repaired", "characters that XML forbids, left out", None, "1 in all"),
    ]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_every_version_of_the_namespace(tmp_path: Path, version: str) -> None:
    found, _ = comments(written(tmp_path, wxr("Fine.", version=version)))
    assert [(c.thread_id, c.id, c.text) for c in found] == [("quay-example-7", "1", "Fine.")]


def test_other_rss_is_no_export(tmp_path: Path) -> None:
    path = written(tmp_path, '<rss version="2.0"><channel><title>News</title></channel></rss>')
    with pytest.raises(InputError, match="a format that is recognised by its content"):
        reader_for(Source(path))


def test_the_import_format_of_disqus_is_read_as_what_it_imitates(tmp_path: Path) -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dsq="http://www.disqus.com/" xmlns:wp="http://wordpress.org/export/1.0/"><channel><item>
<title>Foo</title><link>https://quay.example/foo</link><dsq:thread_identifier>t1</dsq:thread_identifier>
<wp:comment><wp:comment_id>65</wp:comment_id><wp:comment_author>Ann</wp:comment_author>
<wp:comment_author_email>ann@mail.example</wp:comment_author_email><wp:comment_date_gmt>2010-09-20 13:19:10
</wp:comment_date_gmt><wp:comment_content><![CDATA[Hello]]></wp:comment_content>
<wp:comment_approved>1</wp:comment_approved><wp:comment_parent>0</wp:comment_parent></wp:comment></item></channel></rss>"""
    (found,), _ = comments(written(tmp_path, text))
    assert (found.thread_id, found.text, found.author) == ("https://quay.example/foo", "Hello", "Ann")
    assert str(found.created_at) == "2010-09-20 13:19:10+00:00"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), min_size=1))
@ANY_FOLDER
def test_the_lines_of_a_message_come_out_as_they_were_written(tmp_path: Path, lines: list[str]) -> None:
    content = escape(html.escape("\n\n".join(lines)))
    found, _ = comments(written(tmp_path, wxr(content)))
    assert [c.text for c in found] == [unicodedata.normalize("NFC", "\n".join(lines))]


# --- privacy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [DISQUS, WXR], ids=["disqus", "wxr"])
def test_no_address_is_carried_over(path: Path, tmp_path: Path) -> None:
    """Neither into the corpus nor into the report, even where names are kept."""
    raw = path.read_text(encoding="utf-8")
    addresses = {*re.findall(r"[\w.]+@[\w.]+", raw), *re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", raw)}
    assert len(addresses) >= 4
    output = tmp_path / "corpus.jsonl"
    import_sources([str(path)], output, ImportOptions(keep_identities=True))
    for file in tmp_path.iterdir():
        carried = file.read_text(encoding="utf-8")
        assert not [address for address in addresses if address in carried]


# --- hostile and damaged files ---------------------------------------------------------------------------------------

BOMB = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("doctype", "got"),
    [
        (BOMB, "got the entity 'a'."),
        (
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
            "got the entity 'x' from 'file:///etc/hostname'.",
        ),
        ('<!DOCTYPE d [<!ENTITY % p SYSTEM "http://203.0.113.1/p.dtd"> %p;]>', "got the entity 'p' from 'http://203"),
        ('<!DOCTYPE d [<!NOTATION n SYSTEM "n"><!ENTITY u SYSTEM "u" NDATA n>]>', "got the entity 'u' from 'u'."),
    ],
    ids=["bomb", "file", "parameter", "unparsed"],
)
def test_entities_of_the_files_own_are_refused(tmp_path: Path, doctype: str, got: str) -> None:
    path = written(tmp_path, disqus(post("1", "&c;"), head=doctype))
    with pytest.raises(InputError) as caught:
        comments(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:2: an export declares no XML entities of its own")
    assert got in message
    assert message.endswith("remove the <!DOCTYPE …> block")


@pytest.mark.parametrize("declaration", ['<?xml version="1.0" standalone="yes"?>', '<?xml version="1.1"\n?>', ""])
def test_no_declaration_is_in_the_way(tmp_path: Path, declaration: str) -> None:
    path = written(tmp_path, disqus(post("1", "Caf&eacute;"), declaration=declaration))
    ((comment, where),) = read(Source(path), ReadOptions(), Report())
    assert (comment.text, where.line) == ("Café", 4 + declaration.count("\n"))


def test_a_document_type_alone_is_no_reason_to_refuse(tmp_path: Path) -> None:
    head = '<!DOCTYPE disqus SYSTEM "http://203.0.113.1/disqus.dtd">'
    found, report = comments(written(tmp_path, disqus(post("1", "Fine."), head=head)))
    assert [c.text for c in found] == ["Fine."]
    assert rows(report) == []


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("Caf&eacute; &hellip; &nbsp;R&amp;D", "Café … \xa0R&D"),
        ("&unheardof; stays", "&unheardof; stays"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", "One\ntwo"),
        ("<![CDATA[<p>a<br>b</p>\n<ul><li>c</li></ul>]]>", "a\nb\n- c"),
        ("<![CDATA[no markup\nbut &lt;3]]>", "no markup\nbut <3"),
        ("a\x08b\x1bc&#8;d&#x1F;e&#xD83D;f", "abcdef"),
    ],
)
def test_messages(tmp_path: Path, message: str, text: str) -> None:
    found, _ = comments(written(tmp_path, disqus(post("1", message))))
    assert [c.text for c in found] == [text]


TYPOGRAPHIC = disqus(post("1", "L’été coûte 5 €, « déjà »"), post("2", "naïf"), declaration="{}")
OTHER = "declares another encoding than it is in"
MIXED = "bytes that are not UTF-8, read as Windows-1252"


@pytest.mark.parametrize(
    ("declared", "encoding", "reasons"),
    [
        ("utf-8", "utf-8", []),
        (None, "utf-8", []),
        ("utf-8", "utf-8-sig", []),
        ("utf-16", "utf-16", []),
        (None, "utf-16", []),
        ("windows-1252", "cp1252", []),
        ("ISO-8859-1", "cp1252", []),
        ("iso-8859-15", "iso-8859-15", []),
        ("ISO-8859-1", "utf-8", [OTHER]),
        ("utf-16", "utf-8", [OTHER]),
        ("nonsense", "utf-8", [OTHER]),
        ("utf-8", "utf-16", [OTHER]),
        ("utf-8", "cp1252", [MIXED]),
        (None, "cp1252", [MIXED]),
    ],
)
def test_encodings_declared_and_true(tmp_path: Path, declared: str | None, encoding: str, reasons: list[str]) -> None:
    declaration = '<?xml version="1.0"' + (f' encoding="{declared}"' if declared else "") + "?>"
    text = TYPOGRAPHIC.replace("{}", declaration)
    if encoding == "iso-8859-15":
        text = text.replace("’", "'")
    path = written(tmp_path, text, encoding)
    found, report = comments(path)
    assert [c.text.replace("’", "'") for c in found] == ["L'été coûte 5 €, « déjà »", "naïf"]
    assert [row.reason for row in report.rows()] == reasons


def test_one_foreign_byte_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    text = disqus(post("1", "Été"), post("2", "caf\ue000"), post("3", "là"))
    path.write_bytes(text.encode().replace("\ue000".encode(), b"\xe9"))
    found, report = comments(path)
    assert [c.text for c in found] == ["Été", "café", "là"]
    assert rows(report) == [("repaired", MIXED, None, "1 in all")]


def test_the_encoding_that_is_said_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, TYPOGRAPHIC.replace("{}", '<?xml version="1.0"?>').replace("’", "'"), "iso-8859-15")
    report = Report()
    found = [c.text for c, _ in read(Source(path, encoding="iso-8859-15"), ReadOptions(), report)]
    assert found[0] == "L'été coûte 5 €, « déjà »"
    assert rows(report) == []


@pytest.mark.parametrize("start", ["\n", "\r\n \n", "\ufeff", "\ufeff\n"])
def test_what_stands_before_the_declaration_is_passed_over(tmp_path: Path, start: str) -> None:
    path = written(tmp_path, start + disqus(post("1", "Fine.")))
    assert reader_for(Source(path)).name == "disqus-xml"
    ((comment, where),) = read(Source(path), ReadOptions(), Report())
    assert comment.text == "Fine."
    assert where.line == 4 + start.count("\n")


@pytest.mark.parametrize("path", [DISQUS, WXR], ids=["disqus", "wxr"])
@given(share=st.floats(0.1, 0.999))
@ANY_FOLDER
def test_of_a_file_that_is_cut_off_all_that_is_whole_is_kept(path: Path, tmp_path: Path, share: float) -> None:
    whole, _ = comments(path)
    raw = path.read_bytes().rstrip()
    cut = tmp_path / path.name
    cut.write_bytes(raw[: int(len(raw) * share)])
    found, report = comments(cut)
    assert found == whole[: len(found)]
    # what is whole ends with its end tag
    ends = cut.read_bytes().count(b"</post>") + cut.read_bytes().count(b"</wp:comment>")
    assert report.read == ends + 1
    assert [row.reason for row in report.rows()].count(CUT_OFF) == 1
    assert report.read == len(found) + report.count("skipped")


def test_the_row_of_a_cut_off_file_names_the_record_that_is_lost(tmp_path: Path) -> None:
    text = disqus(post("1", "Fine."), post("2", "Half of a sen"))
    path = written(tmp_path, text[: text.index(" sen")])
    _, report = comments(path)
    (row,) = report.rows()
    assert (row.action, row.reason, row.line) == ("skipped", CUT_OFF, 5)
    assert row.detail.endswith("inside <message>")


def test_what_is_no_xml_ends_the_reading_and_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, disqus(post("1", "Fine."), "<post><message>a < b</message></post>", post("3", "Lost.")))
    found, report = comments(path)
    assert [c.text for c in found] == ["Fine."]
    assert rows(report) == [
        ("skipped", NOT_WELL_FORMED, None, "not well-formed (invalid token): line 5, column 18, inside <message>")
    ]


def test_compressed_data_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    noise = random.Random(7)
    posts = [post(str(n), "".join(noise.choices("abcdefghijklmnopqrstuvwxyz ", k=400))) for n in range(1, 900)]
    packed = gzip.compress(disqus(*posts).encode())
    path = tmp_path / "export.xml.gz"
    path.write_bytes(packed[: len(packed) // 2])
    found, report = comments(path)
    assert [c.id for c in found] == [str(n) for n in range(1, len(found) + 1)]
    assert 350 < len(found) < 550
    assert [row.reason for row in report.rows()] == [
        CUT_OFF,
        "compressed data damaged here, what came before is kept",
    ]
    assert report.read == len(found) + report.count("skipped")


def test_a_record_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "export.xml.gz"
    start, end = disqus(post("1", "Fine."), post("2", "@")).encode().split(b"@")
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(start)
        for _ in range(40):
            stream.write(b"x" * 1024 * 1024)
        stream.write(end)
    report = Report()
    stream_of_comments = read(Source(path), ReadOptions(), report)
    assert next(stream_of_comments)[0].text == "Fine."
    with pytest.raises(InputError, match=r":5: a record of an export has at most 33554432 characters; got a larger"):
        next(stream_of_comments)


# --- streams ---------------------------------------------------------------------------------------------------------


def test_comments_come_before_the_file_is_read_to_its_end(tmp_path: Path) -> None:
    posts = [post(str(n), "word " * 200) for n in range(200)]
    path = written(tmp_path, disqus(*posts, "<no xml"))
    report = Report()
    stream = read(Source(path), ReadOptions(), report)
    assert next(stream)[0].id == "0"
    assert list(report.rows()) == []
    assert len(list(stream)) == 199
    assert report.count("skipped") == 1


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(number: int) -> int:
        path = written(tmp_path, disqus(*(post(str(n), "word " * 400) for n in range(number))))
        source = Source(path)
        tracemalloc.start()
        try:
            assert sum(1 for _ in read(source, ReadOptions(), Report())) == number
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is imported on the way
    assert peak(600) < 1.3 * peak(100)


def test_the_decoder_of_mixed_bytes_is_that_of_utf8_on_utf8() -> None:
    text = "aé€\U0001f600" * 700
    raw = text.encode()
    for size in (1, 3, 1000, 5000):
        decoder = _Utf8OrCp1252()
        pieces = [decoder.decode(raw[at : at + size]) for at in range(0, len(raw), size)]
        assert "".join(pieces) + decoder.decode(b"", final=True) == text
        assert decoder.foreign == 0
