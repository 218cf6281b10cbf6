"""The app in a real headless Chromium, on a study made by the real commands."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from rsenlp.analyzer import load
from rsenlp.batch import classify_sources, import_sources
from rsenlp.codebook import codebook
from rsenlp.corpora import sample_pages
from rsenlp.discussion import Comment
from rsenlp.record_files import open_writer
from rsenlp.results.counts import label_counts
from rsenlp.results.listing import comments
from rsenlp.results.selection import Selection
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> **bold** [a](javascript:1)"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="no Chromium found: install one (Debian: apt-get install chromium) to test the app in a browser",
    ),
]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("study")
    hostile = folder / "hostile.jsonl"
    with open_writer(hostile, "comments") as writer:
        writer.write_comment(Comment("hostile", "h1", HOSTILE, claim="<b>claim</b>", lang="en", author="<i>x</i>"))
    pages = [str(page) for page in sample_pages()]
    import_sources([*pages, str(hostile)], folder / COMMENTS)
    classify_sources(load(), [str(folder / COMMENTS)], folder / PREDICTIONS)
    return Study.open(folder)


@pytest.fixture(scope="module")
def address(study: Study) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from rsenlp.cli import main; main()", "app", str(study.comments.parent)]
    server = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    assert server.stderr.readline() == f"The app is served at http://127.0.0.1:{port} (stop it with Ctrl-C)\n"
    _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
    yield f"http://127.0.0.1:{port}"
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5)


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} never answered")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 2400})
    outside: list[str] = []
    opened.on("request", lambda request: outside.append(request.url) if _is_outside(request.url, address) else None)
    yield opened
    assert outside == [], "the page connects to nothing but its own server"
    opened.close()


def _is_outside(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))


def settle(page: Page) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_timeout(300)


def open_page(page: Page, address: str, language: str) -> None:
    page.goto(f"{address}/?lang={language}")
    page.locator(".rse-card").nth(9).wait_for(timeout=60_000)
    settle(page)


@pytest.mark.parametrize(("language", "heading"), [("fr", "Lecture des discussions"), ("en", "Reading discussions")])
def test_the_page_is_whole_in_both_languages(page: Page, address: str, language: str, heading: str) -> None:
    open_page(page, address, language)
    assert heading in page.locator("h1").inner_text()
    assert page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').count() == 0
    charts = page.locator('[data-testid="stVegaLiteChart"] svg, [data-testid="stVegaLiteChart"] canvas')
    charts.nth(1).wait_for()
    assert charts.count() == 2
    assert page.locator(".rse-card").count() == 10
    metrics = page.locator('[data-testid="stMetricValue"]').all_inner_texts()
    assert metrics == ["24", "3", "24", "12", "12"]


def test_numbers_on_the_page_are_those_of_the_study(page: Page, address: str, study: Study) -> None:
    open_page(page, address, "en")
    book = codebook()
    with study.connect() as connection:
        counts = {(c.name, c.label, c.language): c.units for c in label_counts(connection)}
    page.get_by_text("See the numbers").nth(1).click()
    page.locator("[data-testid=stTable]").last.wait_for()
    rows = [row.split("\t") for row in page.locator('[data-testid="stTable"]').last.inner_text().split("\n")]
    shown = {cells[0].strip() for cells in rows}
    cited = counts.get(("cause_tooling", "cited", "fr"), 0), counts.get(("cause_tooling", "cited", "en"), 0)
    text = page.locator('[data-testid="stTable"]').last.inner_text()
    assert any(book.causes["tooling"].name.en in cell for cell in shown)
    tooling = text[text.index("Tooling") :]
    assert tooling.split()[:4] == ["Tooling", "cited", str(cited[1]), str(cited[0])]


def test_evidence_is_marked_where_the_model_says(page: Page, address: str, study: Study) -> None:
    open_page(page, address, "en")
    with study.connect() as connection:
        first = comments(connection, Selection(), limit=10)
    expected = [first_.text[item.start : item.end] for first_ in first for item in _first_of_spans(first_.evidence)]
    assert page.locator("mark.rse-mark").all_inner_texts() == expected
    assert expected


def _first_of_spans(evidence):  # type: ignore[no-untyped-def]
    seen = {}
    for item in evidence:
        seen.setdefault((item.start, item.end), item)
    return [seen[key] for key in sorted(seen)]


def test_filters_and_search_narrow_the_list(page: Page, address: str, study: Study) -> None:
    open_page(page, address, "en")
    page.get_by_label("Search the texts").fill("parapluie")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('.rse-card').length === 1")
    assert "parapluie" in page.locator(".rse-card").inner_text()
    page.get_by_label("Search the texts").fill("no such words anywhere")
    page.keyboard.press("Enter")
    page.get_by_text("No comment matches").wait_for()
    page.get_by_label("Search the texts").fill("")
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("combobox", name="Cause").click()
    page.get_by_role("option", name="Tooling").click()
    settle(page)
    with study.connect() as connection:
        expected = comments(connection, Selection(labels={"cause_tooling": "cited"}), limit=10)
    page.wait_for_function(f"document.querySelectorAll('.rse-card').length === {len(expected)}")
    heads = page.locator(".rse-head").all_inner_texts()
    assert [head.split(" · ")[-1] for head in heads] == [shown.id for shown in expected]


def test_a_comment_is_shown_never_run(page: Page, address: str) -> None:
    open_page(page, address, "en")
    page.get_by_label("Search the texts").fill("onerror")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('.rse-card').length === 1")
    assert page.locator(".rse-text").inner_text().startswith(HOSTILE[:60])
    assert "<b>claim</b>" in page.locator(".rse-thread").inner_text()
    assert page.title() != "owned"
    assert page.locator(".rse-card img, .rse-card script, .rse-card strong, .rse-card a").count() == 0


def test_the_language_switch_keeps_the_page(page: Page, address: str) -> None:
    open_page(page, address, "fr")
    page.get_by_role("radio", name="English").or_(page.get_by_role("button", name="English")).first.click()
    page.get_by_text("Comments and evidence").wait_for()
    assert "lang=en" in page.url


def test_it_fits_a_phone(browser: Browser, address: str) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    open_page(phone, address, "fr")
    width = phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 390
    phone.close()
