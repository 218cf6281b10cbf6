"""Saved article pages: reactions by the markup of comment systems, by what the page declares, by structure."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from conftest import DATA
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsenlp.audit import Report
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.installation import corpora_folder
from rsenlp.readers import ReadOptions, Source, read, reader_for

CUT = "the page is cut off, read as far as it goes"
PAGES = [*DATA.glob("*.html"), *(corpora_folder() / "samples").glob("*.html")]


def comments(path: Path) -> tuple[list[Comment], Report]:
    report = Report()
    return [comment for comment, _ in read(Source(path), ReadOptions(), report)], report


def page(folder: Path, body: str, head: str = "", end: str = "</body></html>") -> Path:
    path = folder / "page.html"
    path.write_text(f"<!DOCTYPE html><html><head>{head}</head><body><h1>Title</h1>{body}{end}", encoding="utf-8")
    return path


def rows(report: Report) -> list[tuple[str, str, str | None]]:
    return [(row.action, row.reason, row.id) for row in report.rows()]


# --- WordPress -------------------------------------------------------------------------------------------------------


def test_wordpress() -> None:
    found, report = comments(DATA / "page-wordpress.html")
    assert [(c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("501", None, "Ines Abara", "Nobody here did. It came with the licence.\n+1"),
        ("503", "501", "Tess", "> It came with the licence.\n> - for free\nOurs too."),
        ("506", "503", "Ines Abara", "And who pays for it?"),
        ("505", None, None, "Try again: the search is broken."),
    ]
    address = "https://quay.example/2014/09/who-asked-for-a-network/"
    assert [c.url for c in found] == [f"{address}#comment-501", f"{address}#comment-503", address, address]
    assert str(found[0].created_at) == "2014-09-03 08:15:00+00:00"
    assert {c.claim for c in found} == {"Who asked for a network?"}
    assert rows(report) == [
        ("skipped", "pingback or trackback", "502"),
        ("skipped", "reaction without text", "504"),
        ("repaired", "author's name is an e-mail or IP address, left out", "505"),
    ]
    assert report.sources[0]["announced"] == 6


# the walker of WordPress for themes before HTML5: the text stands beside the byline
WALKER = """<h3 id="comments">2 Responses</h3><ol class="commentlist">
<li class="comment even thread-even depth-1 parent" id="comment-31"><div id="div-comment-31" class="comment-body">
<div class="comment-author vcard"><img alt="" src="a.png" class="avatar"> <cite class="fn">Bo</cite>
<span class="says">says:</span></div>
<div class="comment-meta commentmetadata"><a href="/a/#comment-31">March 12, 2012 at 10:22 am</a>
&nbsp;<a class="comment-edit-link" href="#">(Edit)</a></div>
<p>It was <cite>slow</cite>.</p><p>Still is.</p>
<div class="reply"><a class="comment-reply-link" href="/a/?replytocom=31#respond">Reply</a></div></div>
<ul class="children"><li class="comment odd depth-2" id="comment-32"><div id="div-comment-32" class="comment-body">
<div class="comment-author vcard"><cite class="fn">Al <span class="says">says:</span></cite></div><p>Was it?</p></div>
</li></ul></li></ol>"""
# themes of the first years
KUBRICK = """<h3 id="comments">2 Responses to &#8220;Title&#8221;</h3><ol class="commentlist">
<li class="alt" id="comment-31"><cite><a href="http://bo.example" rel="external nofollow">Bo</a></cite> Says:<br>
<small class="commentmetadata"><a href="/a/#comment-31" title="">March 12th, 2012 at 10:22 am</a> </small>
<p>It was <em>slow</em>.</p><p>Still is.</p></li>
<li id="comment-32"><cite>Al</cite> Says:<br><small class="commentmetadata"></small><p>Was it?</p></li></ol>"""
# block themes
BLOCKS = """<div class="wp-block-comments"><h2 class="wp-block-comments-title">2 responses</h2>
<ol class="wp-block-comment-template"><li id="comment-31" class="comment even thread-even depth-1">
<div class="wp-block-comment-author-name"><a href="http://bo.example">Bo</a></div>
<div class="wp-block-comment-date"><time datetime="2012-03-12T10:22:00+00:00"><a href="/a/#comment-31">12 March</a>
</time></div>
<div class="wp-block-comment-content"><p>It was slow.</p><p>Still is.</p>
<div class="jetpack-comment-likes-widget-wrapper"><span class="loading">Loading...</span></div></div>
<ol><li id="comment-32" class="comment odd depth-2"><div class="wp-block-comment-author-name">Al</div>
<div class="wp-block-comment-content"><p>Was it?</p></div></li></ol></li></ol></div>"""
# a theme that marks each comment twice, and its answers with divisions
TWICE = """<div id="comments"><h2>2 comments</h2><ul class="comments"><li class="comment depth-1" id="li-comment-31">
<article class="comment" id="comment-31"><b class="fn">Bo</b>
<time datetime="2012-03-12T10:22:00Z">x</time> <a href="/a/#comment-31">#</a>
<div class="comment-text"><p>It was slow.</p><p>Still is.</p></div></article>
<ul class="children"><li class="comment depth-2"><article class="comment" id="comment-32"><b class="fn">Al</b>
<div class="comment-text">Was it?</div></article></li></ul></li></ul></div>"""
# the plug-in of Disqus for WordPress, for readers without scripts
PLUGIN = """<div id="disqus_thread"><div id="dsq-content"><ul id="dsq-comments">
<li class="post pingback"><p>Pingback: <a href="http://x.example">X</a>()</p></li>
<li class="comment even depth-1" id="dsq-comment-31"><div id="dsq-comment-header-31" class="dsq-comment-header">
<cite id="dsq-cite-31"><a id="dsq-author-user-31" href="http://bo.example">Bo</a></cite></div>
<div id="dsq-comment-body-31" class="dsq-comment-body"><div id="dsq-comment-message-31" class="dsq-comment-message">
<p>It was slow.</p><p>Still is.</p></div></div><ul class="children">
<li class="comment odd depth-2" id="dsq-comment-32"><div id="dsq-comment-header-32" class="dsq-comment-header">
<cite id="dsq-cite-32"><span id="dsq-author-user-32">Al</span></cite></div><div class="dsq-comment-body">
<div id="dsq-comment-message-32" class="dsq-comment-message"><p>Was it?</p></div></div></li></ul></li></ul></div>
</div>"""


@pytest.mark.parametrize(
    ("body", "how", "flat", "dated"),
    [
        (WALKER, "wordpress", False, True),
        (KUBRICK, "wordpress", True, True),
        (BLOCKS, "wordpress", False, True),
        (TWICE, "wordpress", False, True),
        (PLUGIN, "disqus", False, False),
    ],
    ids=["walker", "kubrick", "blocks", "twice", "plugin"],
)
def test_one_discussion_in_the_markup_of_many_themes(
    tmp_path: Path, body: str, how: str, flat: bool, dated: bool
) -> None:
    head = '<link rel="canonical" href="https://quay.example/a/">'
    found, report = comments(page(tmp_path, body, head))
    assert report.sources[0]["found_by"] == how
    assert [(c.id, c.author, c.text) for c in found] == [
        ("31", "Bo", "It was slow.\nStill is."),
        ("32", "Al", "Was it?"),
    ]
    assert [c.parent_id for c in found] == [None, None if flat else "31"]
    assert str(found[0].created_at) == ("2012-03-12 10:22:00+00:00" if dated else "None")
    assert [c.url for c in found] == [
        "https://quay.example/a/" + ("#comment-31" if dated else ""),
        "https://quay.example/a/",
    ]
    assert [row.reason for row in report.rows()] == (["pingback or trackback"] if how == "disqus" else [])


def test_pingbacks_alone_are_no_comments(tmp_path: Path) -> None:
    ping = '<li id="comment-{}" class="pingback"><div class="comment-body">Pingback: <a href="/x">X</a></div></li>'
    found, report = comments(page(tmp_path, f'<ol class="comment-list">{ping.format(1)}{ping.format(2)}</ol>'))
    assert found == []
    assert rows(report) == [("skipped", "pingback or trackback", "1"), ("skipped", "pingback or trackback", "2")]


# --- Disqus and Discourse --------------------------------------------------------------------------------------------


def test_disqus() -> None:
    found, report = comments(DATA / "page-disqus.html")
    assert [(c.id, c.parent_id, c.author) for c in found] == [
        ("1890000556", None, "Mira J."),
        ("1890000601", "1890000556", "Gio"),
        ("1890000777", "1890000601", "Guest"),  # flat on the page, but linked to what it answers
    ]
    assert found[0].text == (
        "We opened forty rooms and filled two.\nNobody had said what the other thirty-eight were for."
    )
    assert found[0].url == "https://harbour.example/2015/03/empty-rooms.html#comment-1890000556"
    assert str(found[0].created_at) == "2015-03-09 18:22:00+00:00"
    assert {c.claim for c in found} == {"Empty rooms & full inboxes"}
    assert rows(report) == [("skipped", "reaction without text", "1890000888")]


def test_disqus_before_a_browser_made_its_elements(tmp_path: Path) -> None:
    posts = [
        {
            "id": 5,
            "parent": None,
            "message": "<p>One.</p>",
            "author": {"name": "Bo"},
            "createdAt": "2015-03-09T18:22:00",
        },
        {"id": "6", "parent": 5, "message": "<p>Two.</p>", "author": {"username": "al"}},
        {"id": "7", "parent": 5, "message": "<p>Gone.</p>", "isDeleted": True},
        {"id": "8", "parent": 5, "message": "<p>Buy.</p>", "isSpam": True},
    ]
    thread = {"title": "A &amp; B", "link": "https://quay.example/a"}
    data = json.dumps({"response": {"posts": posts, "thread": thread}}).replace("<", "\\u003c")
    found, report = comments(page(tmp_path, f'<script type="text/json" id="disqus-threadData">{data}</script>'))
    assert [(c.id, c.parent_id, c.author, c.text, c.url) for c in found] == [
        ("5", None, "Bo", "One.", "https://quay.example/a#comment-5"),
        ("6", "5", "al", "Two.", "https://quay.example/a#comment-6"),
    ]
    assert found[0].claim == "A & B"
    assert rows(report) == [("skipped", "deleted post", "7"), ("skipped", "spam", "8")]


def test_discourse_as_browsers_see_it() -> None:
    found, report = comments(DATA / "page-discourse-topic.html")
    assert [(c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("7002", None, "paul_m", "Parce que la recherche ne trouve rien. :disappointed:\ncapture"),
        (
            "7003",
            "7002",
            "zora",
            "> la recherche ne trouve rien\n> rien de rien\nElle trouve, mais il faut savoir quoi chercher.",
        ),
        ("7005", None, "odile", "> ça dépend\n> presse.example\n> Un article\n> Son chapeau.\nMerci à tous."),
    ]
    assert found[0].url == "https://atelier.example/t/le-fil-est-vide/912/2"
    assert str(found[0].created_at) == "2023-01-01 09:00:00+00:00"
    assert {c.claim for c in found} == {"Le fil est vide"}
    assert rows(report) == [("skipped", "notice of the forum, no reaction", "7004")]


def test_a_later_page_of_discourse_as_search_engines_see_it() -> None:
    """No opening post stands on it: none is left out."""
    found, report = comments(DATA / "page-discourse-crawler.html")
    assert [(c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("page-discourse-crawler-post_21", None, "bess", "Budget."),
        (
            "page-discourse-crawler-post_22",
            "page-discourse-crawler-post_21",
            "kip",
            "> Budget.\nIt was the login, not the budget.",
        ),
    ]
    assert not any("/u/" in (c.url or "") for c in found)
    assert rows(report) == []


# --- schema.org ------------------------------------------------------------------------------------------------------


def test_microdata_keeps_bylines_out_and_ids_in(tmp_path: Path) -> None:
    body = """<div itemprop="comment" itemscope itemtype="https://schema.org/Comment" itemid="urn:c:1">
<div itemprop="text"><p itemprop="author" itemscope itemtype="https://schema.org/Person">By
<span itemprop="name">Moira</span> <a itemprop="url" href="https://moira.example">home</a></p>
<time itemprop="dateCreated" datetime="2020-02-03">3 Feb</time>
<p>Works for us.</p></div><a itemprop="url" href="/a#c1">link</a>
<div itemprop="comment" itemscope itemtype="http://schema.org/Comment" id="c2">
<meta itemprop="text" content="Not for us."></div>
</div>"""
    found, report = comments(page(tmp_path, body, '<base href="https://quay.example/x/">'))
    assert [(c.id, c.parent_id, c.author, c.text, c.url) for c in found] == [
        ("urn:c:1", None, "Moira", "Works for us.", "https://quay.example/a#c1"),
        ("page-c2", "urn:c:1", None, "Not for us.", "https://quay.example/x/"),
    ]
    assert report.sources[0]["found_by"] == "microdata"


JSON_LD = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebPage", "name": "x"},
        {
            "@type": ["Article"],
            "comment": [
                {
                    "@type": "Comment",
                    "@id": "https://quay.example/a#c1",
                    "text": "First line.\nSecond &amp; last.",
                    "author": [{"@type": "Person", "name": "Ned"}],
                    "datePublished": "2021-05-06",
                    "comment": {"@type": "Comment", "text": "<p>Under it.</p>", "author": {"alternateName": "al"}},
                },
                {"@type": "Comment", "identifier": 77, "name": "Titled", "text": "Body.", "author": "Zoe",
                 "parentItem": {"@type": "Comment", "@id": "https://quay.example/a#c1"}},
                {"@type": "Comment", "text": " "},
            ],
        },
    ],
}  # fmt: skip


def test_json_ld(tmp_path: Path) -> None:
    script = f'<script type="application/ld+json">{json.dumps(JSON_LD)}</script>'
    found, report = comments(page(tmp_path, "", script))
    assert [(c.id, c.parent_id, c.author, c.text) for c in found] == [
        ("https://quay.example/a#c1", None, "Ned", "First line.\nSecond & last."),
        ("page-2", "https://quay.example/a#c1", "al", "Under it."),
        ("77", "https://quay.example/a#c1", "Zoe", "Titled\nBody."),
    ]
    assert found[0].url == "https://quay.example/a#c1"
    assert rows(report) == [("skipped", "reaction without text", "page-4")]


def test_json_ld_that_is_no_json_is_told(tmp_path: Path) -> None:
    script = '<script type="application/ld+json">{"@type": "Comment", "text": "cut</script>'
    found, report = comments(page(tmp_path, KUBRICK, script))
    assert len(found) == 2
    assert rows(report) == [("repaired", "JSON-LD with comments that is no JSON, left unread", None)]


def test_the_search_that_finds_most_is_believed(tmp_path: Path) -> None:
    """Some pages declare their first comments alone."""
    script = '<script type="application/ld+json">{"@type": "Comment", "text": "It was slow."}</script>'
    found, report = comments(page(tmp_path, BLOCKS, script))
    assert (report.sources[0]["found_by"], len(found)) == ("wordpress", 2)
    found, report = comments(page(tmp_path, '<ol><li class="comment" id="comment-1"></li></ol>', script))
    assert (report.sources[0]["found_by"], len(found)) == ("json-ld", 1)


def test_an_address_that_is_none_is_kept_as_it_stands(tmp_path: Path) -> None:
    item = '<div itemprop="comment" itemscope><p itemprop="text">Fine.</p><a itemprop="url" href="{}">link</a></div>'
    body = item.format("http://[half") + item.format("javascript:void(0)")
    found, _ = comments(page(tmp_path, body, '<link rel="canonical" href="https://quay.example/a">'))
    assert [c.url for c in found] == ["http://[half", "https://quay.example/a"]


# --- structure -------------------------------------------------------------------------------------------------------


def test_structure_keeps_names_out_and_tells_of_elements_without_text(tmp_path: Path) -> None:
    body = """<div class="reactions"><h3>3 réactions</h3>
<div class="reaction" id="r1"><span class="pseudo">Léa</span><b class="author">Léa</b><p>Trop lent.</p>
<a href="#r1">#</a></div>
<div class="reaction" id="r2"></div>
<div class="reaction" id="r3"><span class="pseudo">Al</span><p>+1</p></div></div>"""
    found, report = comments(page(tmp_path, body, '<link rel="canonical" href="https://quay.example/a">'))
    assert [(c.id, c.author, c.text, c.url) for c in found] == [
        ("page-r1", "Léa", "Trop lent.", "https://quay.example/a#r1"),
        ("page-r3", "Al", "+1", "https://quay.example/a"),
    ]
    assert rows(report) == [("skipped", "reaction without text", "page-r2")]


def test_an_id_that_a_page_gives_twice_is_numbered_with_a_row(tmp_path: Path) -> None:
    item = '<li class="comment" id="comment-1"><div class="comment-content">{}</div></li>'
    found, report = comments(page(tmp_path, f"<ol>{item.format('One.')}{item.format('Two.')}</ol>"))
    assert [(c.id, c.text) for c in found] == [("1", "One."), ("page-2", "Two.")]
    assert rows(report) == [("repaired", "id that the page gives twice, numbered instead", "page-2")]


# --- pages that are cut off ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_whole_page_is_said_to_be_cut_off(path: Path) -> None:
    assert CUT not in [row.reason for row in comments(path)[1].rows()]


@pytest.mark.parametrize(
    "end", ["", "</ol></div>", "<p>Unclosed <li>as may be", "<footer>x</footer>\n<!-- served in 3 s -->"]
)
def test_a_page_need_not_close_what_html_lets_open(tmp_path: Path, end: str) -> None:
    _, report = comments(page(tmp_path, KUBRICK, end=end))
    assert CUT not in [row.reason for row in report.rows()]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("page-wordpress.html", "licence</cite>.</p>"),
        ("page-discourse-topic.html", "66 Ko"),
        ("page-microdata.html", "Second line"),
        ("page-disqus.html", "filled two."),
    ],
)
@given(share=st.floats(0, 1))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_a_page_is_read_as_far_as_it_goes_and_says_so(name: str, first: str, tmp_path: Path, share: float) -> None:
    raw = (DATA / name).read_bytes()
    start, end = raw.index(first.encode()) + len(first.encode()), raw.rindex(b"</body>")
    raw = raw[: start + int((end - start) * share)]
    whole, _ = comments(DATA / name)
    path = tmp_path / name
    path.write_bytes(raw)
    found, report = comments(path)
    # the last one may lack its end, the others are whole
    assert [c.text for c in found[:-1]] == [c.text for c in whole[: len(found) - 1]]
    assert whole[len(found) - 1].text.startswith(found[-1].text[:3])
    inside = raw.count(b"<div") > raw.count(b"</div")
    assert (CUT in [row.reason for row in report.rows()]) or not inside


def test_a_page_that_ends_inside_a_tag_or_character(tmp_path: Path) -> None:
    path = page(tmp_path, KUBRICK.replace("Was it?", "Était-ce ça, café"), end="")
    raw = path.read_bytes()
    for cut in (raw.index(b"<small class", raw.index(b"comment-32")) + 7, raw.rindex("é".encode()) + 1):
        path.write_bytes(raw[:cut])
        found, report = comments(path)
        assert found[0].text == "It was slow.\nStill is."
        assert [row.reason for row in report.rows()][-1] == CUT or CUT in [row.reason for row in report.rows()]
    assert found[1].text.startswith("Était-ce ça, caf")  # no byte of the others is read in another encoding


def test_a_compressed_page_that_breaks_off(tmp_path: Path) -> None:
    noise = random.Random(3)
    items = [
        f'<li class="comment" id="comment-{n}"><div class="comment-content">'
        f"{''.join(noise.choices('abcdefghijklmnopqrstuvwxyz ', k=300))}x</div></li>"
        for n in range(400)
    ]
    packed = gzip.compress(f"<html><body><h1>t</h1><ol>{''.join(items)}</ol></body></html>".encode())
    path = tmp_path / "page.html.gz"
    path.write_bytes(packed[: len(packed) // 2])
    found, report = comments(path)
    assert 150 < len(found) < 250
    assert [row.reason for row in report.rows()] == [
        CUT,
        "compressed data damaged here, what came before is kept",
    ]


def test_a_page_without_reactions_says_that_it_is_cut_off(tmp_path: Path) -> None:
    path = page(tmp_path, "<div><p>The article, and th", end="")
    with pytest.raises(InputError, match=r"got a page without any, cut off before its end\."):
        comments(path)


def test_xhtml_and_comments_before_the_root_are_recognised(tmp_path: Path) -> None:
    text = page(tmp_path, KUBRICK).read_text(encoding="utf-8").removeprefix("<!DOCTYPE html>")
    for start in (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd">\n',
        "<!-- saved from url=(0023)https://quay.example/a/ -->\n",
        "\ufeff\n",
    ):
        path = tmp_path / "saved"
        path.write_text(start + text, encoding="utf-8")
        assert reader_for(Source(path)).name == "page-html"
        assert len(comments(path)[0]) == 2


# --- pages saved as text ---------------------------------------------------------------------------------------------


class CountedSource(Source):
    """A source that counts how often its text is read."""

    readings = 0

    @contextmanager
    def open_text(self) -> Iterator[IO[str]]:
        self.readings += 1
        with super().open_text() as stream:
            yield stream


@pytest.mark.parametrize("format", [None, "page-text"])
def test_a_page_saved_as_text_is_cut_once(format: str | None) -> None:
    source = CountedSource(DATA / "page-report-link.txt")
    found = list(read(source, ReadOptions(), Report(), format=format))
    assert (len(found), source.readings) == (4, 1)
    # and again, where it is read again
    assert list(read(source, ReadOptions(), Report(), format=format)) == found
    assert source.readings == 2
