"""What axe-core finds in the app's pages: no serious or critical fault, in light and dark, in both languages."""

from __future__ import annotations

import os
from importlib import resources, util
from typing import Any, Literal

import pytest
from browser import MARKS, go, opened, settle
from playwright.sync_api import Browser, Page
from test_app import PAGES

CARRIER = "axe_playwright_python"  # the package that carries axe-core
pytestmark = [
    *MARKS,
    pytest.mark.skipif(
        util.find_spec(CARRIER) is None and not os.environ.get("CI"),
        reason="axe-core is not here: pip install axe-playwright-python",
    ),
]
RUN = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(rule => rule.impact === 'serious' || rule.impact === 'critical')
  .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""


def faults(page: Page) -> list[str]:
    """The serious and critical faults of a page as it is shown, each with its element."""
    page.evaluate(resources.files(CARRIER).joinpath("axe.min.js").read_text(encoding="utf-8") + ";0")
    found: Any = page.evaluate(RUN)
    return list(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_has_a_serious_fault(
    browser: Browser, address: str, scheme: Literal["light", "dark"], language: str
) -> None:
    with opened(browser, address, scheme=scheme) as page:
        for path in PAGES:
            go(page, address, f"{path}?lang={language}&reader=AB&langs=fr&langs=en&cause_tooling=cited")
            for folded in page.locator("[data-testid=stMain] [data-testid=stExpander] summary").all():
                folded.click()
            settle(page)
            assert faults(page) == [], path


def test_a_fault_would_be_found(page: Page, address: str) -> None:
    go(page, address, "?lang=en")
    page.evaluate("document.querySelector('h1').innerHTML += '<img src=\"data:,\">'")
    assert [fault.split(":")[0] for fault in faults(page)] == ["image-alt"]


def test_a_phone_has_no_serious_fault_with_its_menu_open(browser: Browser, address: str) -> None:
    with opened(browser, address, width=390, scheme="dark") as phone:
        go(phone, address, "export?lang=fr&langs=fr")
        phone.get_by_test_id("stExpandSidebarButton").click()
        settle(phone)
        assert phone.get_by_role("link", name="Exporter").is_visible()
        assert faults(phone) == []


def test_the_way_to_a_file_needs_no_mouse(page: Page, address: str) -> None:
    go(page, address, "export?lang=en")
    page.get_by_role("radio", name="Excel").focus()
    page.keyboard.press("ArrowDown")
    settle(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").strip().endswith("Prepare the DuckDB file")
    page.keyboard.press("Enter")
    page.get_by_text("Ready: rsenlp-duckdb.duckdb").wait_for(timeout=60_000)
