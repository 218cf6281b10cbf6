"""Corrected shares on the overview and emerging themes in a real headless Chromium, with the numbers of the library."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import MARKS, choose, go, opened, served, settle, switch
from playwright.sync_api import Browser, Page
from test_emerging import made, rows_of

from rsenlp.codebook import codebook
from rsenlp.results.emerging import emerging, emerging_quotes, emerging_units
from rsenlp.results.prevalence import prevalence
from rsenlp.results.store import Study

pytestmark = MARKS


@pytest.fixture(scope="module")
def unstable(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study with stable matters in French, and sentences of words by chance in English."""
    chance = random.Random(3)
    words = [f"{a}{b}ra" for a in "bcdfgk" for b in "aeiou"]
    noise = [("en", " ".join(chance.sample(words, 4)), None, None) for _ in range(90)]
    return made(tmp_path_factory.mktemp("emerging") / "study", [*rows_of("fr"), *noise])


@pytest.fixture(scope="module")
def there(unstable: Study) -> Iterator[str]:
    with served(unstable.folder) as found:
        yield found


def table(page: Page, name: str) -> list[list[str]]:
    """The numbers below a chart."""
    within = page.locator(f".st-key-{name}-numbers")
    within.locator("summary").click()
    within.locator("table.rse-table").wait_for()
    rows = within.locator("table.rse-table").inner_text().splitlines()[1:]
    return [[cell.strip() for cell in row.split("\t")] for row in rows]


@pytest.mark.parametrize("unit", ["comments", "authors"])
def test_corrected_shares_are_those_of_the_library(browser: Browser, there: str, unstable: Study, unit: str) -> None:
    book = codebook()
    with unstable.connect() as connection:
        shares = prevalence(connection, unstable.priors(), unit=unit)  # type: ignore[arg-type]
    with opened(browser, there) as page:
        go(page, there, f"?lang=en&unit={unit}")
        page.get_by_role("heading", name="Corrected shares").wait_for(timeout=60_000)
        settle(page)
        assert page.get_by_text("Every author weighs the same").count() == (unit == "authors")
        rows = table(page, "overview-corrected-causes")
    expected = [
        [book.causes[item.column.removeprefix("cause_")].name.en, item.label]
        + [f"{100 * (value or 0):.1f}%" for value in (item.counted, item.corrected, item.low, item.high)]
        for item in shares
        if item.column.startswith("cause_") and item.label != "absent"
    ]
    assert rows == expected


def test_emerging_themes_are_shown_with_their_sentences(browser: Browser, there: str, unstable: Study) -> None:
    with unstable.connect() as connection:
        french, english = emerging(connection)
        units = [emerging_units(connection, theme, unit="threads") for theme in french.themes]
        quoted = [[quote.text for quote in emerging_quotes(connection, theme, limit=5)] for theme in french.themes]
    assert [theme.stable for theme in french.themes] == [True] * 3
    assert any(not theme.stable for theme in english.themes)
    with opened(browser, there) as page:
        go(page, there, "themes?lang=en&unit=threads")
        page.get_by_text("Sentences outside the codebook's themes: 30, of 30").wait_for(timeout=60_000)
        settle(page)
        chart = page.locator(".st-key-emerging-fr")
        bars = chart.locator("svg.marks .mark-rect path")
        bars.nth(bars.count() - 1).click()  # the lowest of the layer that takes clicks
        settle(page)
        last = f"fr: {french.themes[-1].label}"
        assert parse_qs(urlsplit(page.url).query)["emerging"] == [last]
        sentences = page.locator('[class*="st-key-quote-emerging"] p')
        assert [text for text in sentences.all_inner_texts() if text in quoted[-1]] == quoted[-1]
        weak = next(theme for theme in english.themes if not theme.stable)
        choose(page, "Group to read", f"{weak.label} (unstable)")
        page.get_by_text("This group is unstable").wait_for()
        rows = table(page, "emerging-fr")
        assert [(row[0], row[1], row[4]) for row in rows] == [
            (theme.label, str(number), "stable") for theme, number in zip(french.themes, units, strict=True)
        ]
        assert "unstable" in (page.locator(".st-key-emerging-en svg.marks").text_content() or "")


def test_too_few_sentences_are_said_to_be_too_few(browser: Browser, there: str) -> None:
    with opened(browser, there) as page:
        go(page, there, "themes?lang=en&q=semaine")
        page.get_by_text("That is too few to look for themes: 30 different sentences are needed (here 3).").wait_for()
        switch(page, "Français").click()
        page.get_by_text("C'est trop peu pour y chercher des thèmes").wait_for()
