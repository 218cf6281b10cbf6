"""The pictures of the app in the documentation, taken in a headless Chromium on the sample discussions.

    python docs/screenshots.py

Writes ``docs/images/<page>-{fr,en}.png``. Needs Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
RUN = [sys.executable, "-c", "from rsenlp.cli import main; main()"]
PORT = 8592
PAGES = ("overview", "themes", "compare", "timeline", "comments")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*RUN, "demo", "--no-serve", "--folder", folder], check=True, capture_output=True)
        server = subprocess.Popen([*RUN, "app", folder, "--port", str(PORT)], stderr=subprocess.PIPE, text=True)
        assert server.stderr is not None
        server.stderr.readline()
        wait_for(f"http://127.0.0.1:{PORT}/_stcore/health")
        try:
            take()
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


def take() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name in PAGES:
            for language in ("fr", "en"):
                page = browser.new_page(viewport={"width": 1280, "height": 1500})
                path = "" if name == PAGES[0] else name
                page.goto(f"http://127.0.0.1:{PORT}/{path}?lang={language}")
                page.locator("h1").first.wait_for(timeout=60_000)
                page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
                page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
                page.wait_for_timeout(2500)
                page.screenshot(path=str(IMAGES / f"{name}-{language}.png"))
                page.close()


if __name__ == "__main__":
    main()
