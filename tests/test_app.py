"""The app's frame in a real headless Chromium: pages, choices and their address, the overview, and safe texts."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from browser import HOSTILE, MARKS, choose, go, settle, switch
from playwright.sync_api import Browser, Page

from rsenlp.codebook import codebook
from rsenlp.results.counts import label_counts, overview, size
from rsenlp.results.listing import comments
from rsenlp.results.selection import UNDECIDED, Selection
from rsenlp.results.store import Study

pytestmark = MARKS

PAGES = {
    "": ("Lecture des discussions", "Reading discussions"),
    "themes": ("Thèmes", "Themes"),
    "compare": ("Comparer", "Compare"),
    "timeline": ("Au fil du temps", "Over time"),
    "comments": ("Commentaires", "Comments"),
    "correct": ("Corriger", "Correct"),
    "export": ("Exporter", "Export"),
    "data": ("Données", "Data"),
}


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def cards(page: Page) -> list[str]:
    return [head.split(" · ")[-1] for head in page.locator(".rse-head").all_inner_texts()]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_whole_in_both_languages(page: Page, address: str, language: str) -> None:
    for path, headings in PAGES.items():
        go(page, address, f"{path}?lang={language}")
        assert headings[language == "en"] in page.locator("h1").inner_text(), path
        assert page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').count() == 0, path


def test_choices_stay_through_pages_languages_reload_and_back(page: Page, address: str) -> None:
    go(page, address, "?lang=en")
    page.get_by_text("Stances and causes").click()
    choose(page, "Integration", "cited")
    choose(page, "Languages", "French")
    switch(page, "authors").click()
    settle(page)
    said = {"lang": ["en"], "unit": ["authors"], "langs": ["fr"], "cause_integration": ["cited"]}
    assert query(page) == said
    note = page.get_by_role("note")
    assert note.inner_text() == "Selection: French · Integration: cited"

    page.get_by_role("link", name="Comments").click()
    page.get_by_role("heading", name="Comments").wait_for()
    settle(page)
    assert query(page) == said
    page.reload()
    page.get_by_role("heading", name="Comments").wait_for(timeout=60_000)
    settle(page)
    assert (query(page), note.inner_text()) == (said, "Selection: French · Integration: cited")

    switch(page, "Français").click()
    page.get_by_role("heading", name="Commentaires").wait_for()
    settle(page)
    assert query(page) == {key: values for key, values in said.items() if key != "lang"}
    assert page.get_by_role("combobox", name="Intégration").input_value() == "citée"
    for heading, unit in (("Comments", "authors"), ("Reading discussions", "authors"), ("Reading", "comments")):
        page.go_back()
        page.get_by_role("heading", name=heading).first.wait_for()
        settle(page)
        assert query(page).get("unit", ["comments"]) == [unit]
        assert page.get_by_role("radio", name=unit).is_checked()
    page.get_by_text("Remove all filters").click()
    settle(page)
    assert (query(page), note.count()) == ({"lang": ["en"]}, 0)


def test_choices_in_a_folded_group_hold(page: Page, address: str) -> None:
    go(page, address, "comments?lang=en&cause_integration=cited")
    choice = page.get_by_role("combobox", name="Integration")
    assert choice.input_value() == "cited"
    page.get_by_text("Stances and causes (1)").click()
    settle(page)
    assert choice.count() == 0
    switch(page, "authors").click()
    settle(page)
    page.get_by_role("link", name="Over time").click()
    page.get_by_role("heading", name="Over time").wait_for()
    settle(page)
    assert query(page) == {"lang": ["en"], "unit": ["authors"], "cause_integration": ["cited"]}
    assert page.get_by_role("note").inner_text() == "Selection: Integration: cited"
    assert choice.input_value() == "cited"  # another page shows again what it is limited by


def test_an_address_that_makes_no_sense_is_set_right(page: Page, address: str, study: Study) -> None:
    go(
        page,
        address,
        "comments?lang=xx&unit=crowds&cause_tooling=magic&theme=a/b&since=soon&columns=no%3Dsuch&langs=en",
    )
    assert query(page) == {"langs": ["en"]}
    assert page.get_by_role("note").inner_text() == "Sélection : anglais"
    with study.connect() as connection:
        assert cards(page) == [c.id for c in comments(connection, Selection(languages=("en",)), limit=10)]


@pytest.mark.parametrize("unit", ["comments", "authors", "threads"])
def test_numbers_on_the_overview_are_those_of_the_study(page: Page, address: str, study: Study, unit: str) -> None:
    go(page, address, f"?lang=en&unit={unit}")
    book = codebook()
    with study.connect() as connection:
        facts = overview(connection)
        counts = {(c.name, c.label, c.language): c.units for c in label_counts(connection, unit=unit)}  # type: ignore[arg-type]
        total = size(connection, unit=unit)  # type: ignore[arg-type]
    metrics = page.get_by_test_id("stMetricValue").all_inner_texts()
    assert metrics == [str(n) for n in (facts.comments, facts.threads, facts.authors, *facts.languages.values())]
    assert (page.get_by_text(f"Fewer than 30 {unit}").count() == 1) is (total < 30)
    page.get_by_text("See the numbers").nth(1).click()
    table = page.locator(".st-key-overview-causes-numbers table.rse-table")
    table.wait_for()
    rows = [row.split("\t") for row in table.inner_text().splitlines()[1:]]
    expected = [
        [
            book.causes[cause].name.en,
            said,
            *(str(counts.get((f"cause_{cause}", label, code), 0)) for code in facts.languages if code != "other"),
        ]
        for cause in book.causes
        for label, said in {"cited": "cited", "rejected": "rejected", UNDECIDED: "undecided"}.items()
    ]
    assert rows == expected
    assert page.locator("svg").get_by_text(f"Number of {unit}").count() == 2


def test_evidence_is_marked_where_the_model_says(page: Page, address: str, study: Study) -> None:
    go(page, address, "comments?lang=en")
    with study.connect() as connection:
        first = comments(connection, Selection(), limit=10)
    spans = [dict.fromkeys((item.start, item.end) for item in shown.evidence) for shown in first]
    expected = [shown.text[start:end] for shown, pieces in zip(first, spans, strict=True) for start, end in pieces]
    assert page.locator("mark.rse-mark").all_inner_texts() == expected
    assert expected


def test_filters_and_search_narrow_the_list(page: Page, address: str, study: Study) -> None:
    go(page, address, "comments?lang=en")
    search = page.get_by_label("Search the texts")
    search.fill("parapluie")
    search.press("Enter")
    page.wait_for_function("document.querySelectorAll('.rse-card').length === 1")
    assert "parapluie" in page.locator(".rse-card").inner_text()
    search.fill("no such words anywhere")
    search.press("Enter")
    page.get_by_text("No comment matches").wait_for()
    search.fill("")
    search.press("Enter")
    settle(page)
    page.get_by_text("Stances and causes").click()
    choose(page, "Tooling", "cited")
    with study.connect() as connection:
        expected = comments(connection, Selection(labels={"cause_tooling": "cited"}), limit=10)
    assert cards(page) == [shown.id for shown in expected]


def test_a_comment_is_shown_never_run(page: Page, address: str) -> None:
    go(page, address, "comments?lang=en&q=onerror")
    assert page.locator(".rse-text").inner_text().startswith(HOSTILE[:60])
    assert "<b>claim</b>" in page.locator(".rse-thread").inner_text()
    assert page.title() != "owned"
    assert page.locator(".rse-card img, .rse-card script, .rse-card strong, .rse-card a").count() == 0


def test_it_fits_a_phone(browser: Browser, address: str) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    for path in PAGES:
        go(phone, address, f"{path}?lang=fr")
        assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, path
    phone.close()
