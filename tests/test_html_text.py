"""HTML as its reader sees it."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsenlp.readers.html_text import html_to_text, message_to_text
from rsenlp.text import nfc

QUOTE = (
    '<aside class="quote no-group" data-username="bo" data-post="2"><div class="title"><div class="quote-controls">'
    '</div><img alt="" src="a.png"> bo:</div><blockquote><p>One</p><p>two</p></blockquote></aside><p>Mine</p>'
)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b<br>c</p>", "a\nb\nc"),
        ("<ul><li><p>a</p></li><li></li><li>b<ul><li>c</li></ul></li></ul>d", "- a\n- b\n- c\nd"),
        ("<blockquote>a<br>b<blockquote>c</blockquote></blockquote>d", "> a\n> b\n> > c\nd"),
        ("<blockquote><ul><li>a</li><li>b</li></ul></blockquote>", "> - a\n> - b"),
        ("<pre>a\n  b\n\nc</pre>", "a\nb\nc"),
        ("a\nb  c", "a b c"),
        ("<p>-</p><p>&gt;</p>", "-\n>"),
        ('<img alt=":wave:">&nbsp;<b>x</b><script>y</script>', ":wave:\xa0x"),
        (QUOTE, "> One\n> two\nMine"),
        (f"<blockquote>{QUOTE}</blockquote>", "> > One\n> > two\n> Mine"),
        ('<div class="title">Kept</div><blockquote>q</blockquote>', "Kept\n> q"),
        ('<aside class="onebox"><header>site</header><p>Its words</p></aside>mine', "> site\n> Its words\nmine"),
    ],
)
def test_html(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@pytest.mark.parametrize(
    ("message", "own_breaks", "text"),
    [
        ("a\nb", None, "a\nb"),
        ("a\r\nb\rc", None, "a\nb\nc"),
        ('a <a\nhref="x">b</a>\nc', None, "a b\nc"),
        ("<p>a\nb</p>", None, "a b"),
        ("<p>a\nb</p>", True, "a\nb"),
        ("<blockquote>a</blockquote>\nb", True, "> a\nb"),
        ("a\nb", False, "a b"),
        ("1 < 2\n3 > 2 &lt;b&gt;", None, "1 < 2\n3 > 2 <b>"),
    ],
)
def test_messages_with_and_without_markup(message: str, own_breaks: bool | None, text: str) -> None:
    assert message_to_text(message, own_breaks=own_breaks) == text


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)))
def test_lines_that_are_escaped_come_back(lines: list[str]) -> None:
    assert message_to_text(html.escape("\n".join(lines))) == nfc("\n".join(lines))
    assert html_to_text("".join(f"<p>{html.escape(line)}</p>" for line in lines)) == nfc("\n".join(lines))
