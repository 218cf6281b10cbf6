"""What the tests of the app share: a study made by the real commands, the served app, and a headless Chromium."""

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
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from rsenlp.analyzer import load
from rsenlp.batch import classify_sources, import_sources
from rsenlp.corpora import sample_pages
from rsenlp.discussion import Comment
from rsenlp.record_files import open_writer
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> **bold** [a](javascript:1)"
)

# every module of browser tests sets ``pytestmark`` to these
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="no Chromium found: install one (Debian: apt-get install chromium) to test the app in a browser",
    ),
]


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The sample discussions, and a comment that would run if it were not escaped."""
    folder = tmp_path_factory.mktemp("study")
    hostile = folder / "hostile.jsonl"
    with open_writer(hostile, "comments") as writer:
        writer.write_comment(Comment("hostile", "h1", HOSTILE, claim="<b>claim</b>", lang="en", author="<i>x</i>"))
    pages = [str(page) for page in sample_pages()]
    import_sources([*pages, str(hostile)], folder / COMMENTS)
    classify_sources(load(), [str(folder / COMMENTS)], folder / PREDICTIONS)
    return Study.open(folder)


@pytest.fixture(scope="session")
def address(study: Study) -> Iterator[str]:
    """The address of the app on the study."""
    with served(study.folder) as found:
        yield found


@contextmanager
def served(folder: Path, name: str = "app", page: str = "") -> Iterator[str]:
    """The address of the app, served on a folder by the real command, which names that of a page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from rsenlp.cli import main; main()", name, str(folder)]
    server = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    assert server.stderr.readline() == f"The app is served at http://127.0.0.1:{port}{page} (stop it with Ctrl-C)\n"
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A new page of the app on the study."""
    with opened(browser, address) as found:
        yield found


@contextmanager
def opened(
    browser: Browser, address: str, *, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Page]:
    """A new page that connects to nothing but the app's server and raises no error."""
    found = browser.new_page(viewport={"width": width, "height": 2400}, color_scheme=scheme)
    found.set_default_timeout(60_000)  # on a machine that does other things as well
    outside: list[str] = []
    found.on("request", lambda request: outside.append(request.url) if _is_outside(request.url, address) else None)
    found.on("websocket", lambda socket: outside.append(socket.url) if _is_outside(socket.url, address) else None)
    yield found
    assert outside == [], "the page connects to nothing but its own server"
    assert found.get_by_test_id("stException").count() == 0
    found.close()


def _is_outside(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))


def go(page: Page, address: str, path: str) -> None:
    """Open a page of the app and wait until it is drawn."""
    page.goto(f"{address}/{path}")
    page.locator("h1").wait_for(timeout=60_000)
    settle(page)


def downloaded(page: Page, button: Locator) -> tuple[str, bytes]:
    """The name and the content of what a button downloads."""
    with page.expect_download(timeout=60_000) as coming:
        button.click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


def settle(page: Page) -> None:
    """Wait until the page shows what the last action leads to."""
    # parts that are fetched when first shown stand as grey boxes until then
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
    page.wait_for_timeout(200)  # the action reaches the server
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
    page.wait_for_timeout(300)  # charts and tables are drawn


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a list by its label."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(4):  # a list that is opened while the page still moves closes again
        page.get_by_role("combobox", name=label).click()
        page.wait_for_timeout(1000)
        if wanted.count():
            break
        page.keyboard.press("Escape")
        settle(page)
    wanted.click()
    settle(page)
    if page.get_by_role("listbox").count():  # a list of several stays open, and hides what is around it
        page.keyboard.press("Tab")
        settle(page)


def switch(page: Page, option: str) -> Locator:
    """An option of a control whose options are all in view."""
    return page.get_by_role("radio", name=option).or_(page.get_by_role("button", name=option, exact=True)).first
