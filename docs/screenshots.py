"""The pictures of the app in the documentation, taken in a headless Chromium on a walk from an empty folder.

    python docs/screenshots.py [LANGUAGE…]

The sample discussions are dropped into the app and every page is looked at, in French and in English. Writes
``docs/images/<page>-{fr,en}.png``. Needs Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from rsenlp.corpora import sample_pages

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
RUN = [sys.executable, "-c", "from rsenlp.cli import main; main()"]
PORT = 8592
ADDRESS = f"http://127.0.0.1:{PORT}"
# each picture with the address that it shows
PAGES = {
    "overview": "?",
    "themes": "themes?",
    "compare": "compare?",
    "timeline": "timeline?every=year&",
    "comments": "comments?",
    "correct": "correct?reader=Ana&",
    "export": "export?langs=fr&",
    "data": "data?",
}
TALLEST = 2400
NAMES = {"fr": "Échantillon", "en": "Sample"}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for language in sys.argv[1:] or ("fr", "en"):
            with tempfile.TemporaryDirectory() as folder, served(Path(folder)):
                walk(browser, language)


@contextmanager
def served(folder: Path) -> Iterator[None]:
    """The app on a folder, until the end of the block."""
    server = subprocess.Popen([*RUN, "app", str(folder), "--port", str(PORT)], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    server.stderr.readline()
    try:
        wait_for(f"{ADDRESS}/_stcore/health")
        yield
    finally:
        server.terminate()
        server.wait()


def wait_for(url: str) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{url} never answered")


def walk(browser: Browser, language: str) -> None:
    """From the empty folder through every page."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(90_000)
    open_page(page, f"data?lang={language}")
    page.locator('input[type="file"]').set_input_files([str(path) for path in sample_pages()])
    page.get_by_test_id("stFileChip").nth(1).wait_for()
    page.locator("[class*=st-key-name] input").fill(NAMES[language])
    page.keyboard.press("Enter")
    settle(page)
    take(page, f"start-{language}")
    page.get_by_test_id("stBaseButton-primary").click()
    page.locator("h1").wait_for()
    page.locator("[class*=st-key-see] button").wait_for(timeout=180_000)  # the study is ready
    for name, path in PAGES.items():
        open_page(page, f"{path}lang={language}")
        take(page, f"{name}-{language}")
    page.close()
    for name, path, width, scheme in (
        ("dark", PAGES["overview"], 1280, "dark"),
        ("phone", PAGES["comments"], 390, "light"),
    ):
        take_elsewhere(browser, f"{name}-{language}", f"{path}lang={language}", width, scheme)  # type: ignore[arg-type]


def take_elsewhere(browser: Browser, name: str, path: str, width: int, scheme: Literal["light", "dark"]) -> None:
    """A picture of a page on another screen."""
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    open_page(page, path)
    page.screenshot(path=str(IMAGES / f"{name}.png"))
    page.close()


def open_page(page: Page, path: str) -> None:
    page.goto(f"{ADDRESS}/{path}")
    page.locator("h1").first.wait_for(timeout=60_000)
    settle(page)


def settle(page: Page) -> None:
    """Wait until the page is drawn."""
    page.wait_for_timeout(300)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
    page.wait_for_timeout(1200)


def take(page: Page, name: str) -> None:
    """A picture of a page as a whole, as far as it is not too long."""
    height = page.evaluate("document.querySelector('[data-testid=stMain] > div').scrollHeight")
    page.set_viewport_size({"width": 1280, "height": min(max(800, height), TALLEST)})
    settle(page)
    page.screenshot(path=str(IMAGES / f"{name}.png"))


if __name__ == "__main__":
    main()
