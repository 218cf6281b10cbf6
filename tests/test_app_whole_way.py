"""The whole way of an analyst in a real headless Chromium, in texts that would run if they were not escaped."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browser import MARKS, downloaded, go, opened, served, settle, switch
from playwright.sync_api import Browser, Page, expect
from test_cli import rsenlp

from rsenlp.corpora import read_corpus
from rsenlp.results.counts import overview
from rsenlp.results.listing import comments, doubtful
from rsenlp.results.manifest import read_manifest
from rsenlp.results.selection import Selection
from rsenlp.results.store import Study

pytestmark = MARKS

# whatever of these came to life would be an element of that mark, or leave the word "owned" in the window
PAYLOADS = (
    "<script data-owned>window.owned=1</script>",
    '<img data-owned src=x onerror="window.owned=2">',
    "<svg data-owned onload='window.owned=3'>",
    '</style></script><iframe data-owned srcdoc="<script>parent.owned=4</script>"></iframe>',
    "[a](javascript:window.owned=5) ![b](https://example.org/x.png) **bold** :red[x] $$x$$",
    "&lt;img data-owned src=x onerror=window.owned=6&gt;",
    '"\'><a data-owned href="javascript:window.owned=7" onclick="window.owned=7" autofocus>x</a>',
    "<details data-owned open ontoggle=window.owned=8>",
)
SAID = (
    "La recherche ne trouve rien, l'outil est trop lent",
    "Personne ne nous a dit à quoi ça devait servir",
    "Ce n'est pas relié à la messagerie, il faut tout saisir deux fois",
    "Nobody had a goal, that is why nobody goes there",
    "It is not the tool, the tool works well",
)
PAGES = (
    "",
    "themes",
    "compare",
    "compare?by=sources",
    "timeline",
    "comments",
    "correct?reader=Zo%C3%A9",
    "export",
    "data",
)


def dropped() -> str:
    """A table in which every text, name and heading is hostile: forty comments in five threads."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["thread_id", "id", "parent_id", "text", "claim", "author", "created_at", "source", PAYLOADS[1]])
    for number in range(len(PAYLOADS) * len(SAID)):
        payload, thread = PAYLOADS[number % len(PAYLOADS)], number // len(PAYLOADS)
        first = thread * len(PAYLOADS)
        writer.writerow([
            f"t{thread} {PAYLOADS[0]}", f"c{number} {payload}", f"c{first} {PAYLOADS[0]}" if number > first else "",
            f"{SAID[thread]} {payload}. {SAID[number % len(SAID)]}.", PAYLOADS[3], f"<b>author</b> {number % 7}",
            f"2024-0{1 + thread}-1{number % 7}", PAYLOADS[number % 2], PAYLOADS[number % 3],
        ])  # fmt: skip
    return stream.getvalue()


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[tuple[Page, str, Path]]:
    """The app on a folder without a study: a page, its address, the folder."""
    folder = tmp_path / "études"
    folder.mkdir()
    with served(folder) as address, opened(browser, address) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        yield page, address, folder
        assert dialogs == []


def check_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.owned") is None
    assert page.locator("[data-owned], iframe[srcdoc], img[src='x'], a[href^='javascript']").count() == 0


def test_from_a_dropped_file_to_the_files_taken_away(desk: tuple[Page, str, Path], tmp_path: Path) -> None:
    page, address, folder = desk
    # drop and classify
    go(page, address, "data?lang=fr")
    hostile = {"name": f"réactions {PAYLOADS[1]}.csv", "mimeType": "text/csv", "buffer": dropped().encode()}
    page.locator('input[type="file"]').set_input_files(hostile)  # type: ignore[arg-type]
    page.get_by_test_id("stFileChip").wait_for()
    settle(page)
    check_nothing_ran(page)
    page.get_by_label("Nom de l'étude").fill("Essai")
    page.get_by_role("button", name="Importer et lire").click()
    page.get_by_role("button", name="Voir le rapport d'import").click(timeout=120_000)
    expect(page.get_by_role("heading", name="Rapport d'import de « Essai »")).to_be_visible(timeout=60_000)
    settle(page)
    assert page.get_by_test_id("stMetricValue").all_inner_texts()[:2] == ["40", "40"]
    check_nothing_ran(page)
    study = Study.open(folder / "Essai")

    # explore
    with study.connect() as connection:
        facts = overview(connection)
        chosen = Selection(languages=("fr",), search="relié")
        part = overview(connection, chosen)
        listed = comments(connection, limit=10)
        first = doubtful(connection, chosen, limit=1)[0]
    assert (facts.comments, facts.threads) == (40, 5)
    for path in PAGES:
        go(page, address, path)
        if chart := page.locator("[data-testid=stVegaLiteChart] .mark-rect path").all():
            chart[0].hover(force=True)  # a tooltip is made of the data as well
            page.wait_for_timeout(300)
        check_nothing_ran(page)
    go(page, address, "")
    assert page.get_by_test_id("stMetricValue").first.inner_text() == "40"
    go(page, address, "comments")
    shown = page.locator(".rse-text").all_inner_texts()
    assert [text.split("✓")[0].split("✗")[0].strip()[:20] for text in shown] == [item.text[:20] for item in listed]
    go(page, address, "comments?" + urlencode({"langs": "fr", "q": "relié"}))
    check_nothing_ran(page)
    assert page.get_by_role("note").inner_text() == "Sélection : « relié » · français"
    assert 0 < part.comments < 40

    # correct
    page.get_by_role("link", name="Corriger", exact=True).first.click()
    page.get_by_role("heading", name="Corriger").wait_for()
    page.get_by_role("combobox", name="Votre nom ou vos initiales").fill("Zoé")
    page.keyboard.press("Enter")
    page.locator(".sentence").first.wait_for()
    settle(page)
    page.get_by_role("radiogroup", name="Cause : Définition du succès").get_by_text("absente").click()
    settle(page)
    page.get_by_role("button", name="Enregistrer et passer au suivant").click()
    expect(page.get_by_text("Déjà vérifiés par vous : 1")).to_be_visible(timeout=30_000)
    check_nothing_ran(page)
    (saved,) = read_corpus(study.folder / "annotations-zoé.jsonl")
    assert (saved.id, saved.text) == (first.id, first.text)

    # export: the links of the menu keep the selection
    page.get_by_role("link", name="Exporter").click()
    page.get_by_role("heading", name="Exporter").wait_for()
    settle(page)
    expect(page.get_by_text(f"La sélection : {part.comments} commentaires sur 40")).to_be_visible()
    page.get_by_text("JSONL", exact=True).click()
    settle(page)
    page.get_by_role("button", name="Préparer le fichier JSONL").click()
    button = page.get_by_role("button", name="Télécharger rsenlp-jsonl.jsonl")
    button.wait_for(timeout=60_000)
    settle(page)
    _, content = downloaded(page, button)
    with study.connect() as connection:
        expected = [(item.thread_id, item.id, item.text) for item in comments(connection, chosen, limit=100)]
    records = [json.loads(line) for line in content.decode().splitlines()]
    assert [(item["thread_id"], item["id"], item["text"]) for item in records] == expected
    _, corrections = downloaded(page, page.get_by_role("button", name="annotations-zoé.jsonl"))
    assert corrections == (study.folder / "annotations-zoé.jsonl").read_bytes()
    _, report = downloaded(page, page.get_by_role("button", name="Rapport en français"))
    _, manifest = downloaded(page, page.get_by_role("button", name="Télécharger le manifeste"))
    check_nothing_ran(page)

    # what was taken away says the same again, and runs nothing either
    path = tmp_path / "rsenlp-manifest.json"
    path.write_bytes(manifest)
    assert read_manifest(path).selection == chosen
    assert read_manifest(path).figures["comments"] == part.comments
    assert "DIFFERS" not in rsenlp("reproduce", path, "--study", study.folder).stdout
    (tmp_path / "report.html").write_bytes(report)
    with page.context.browser.new_page() as alone:  # type: ignore[union-attr]
        alone.goto((tmp_path / "report.html").as_uri())
        assert alone.locator("blockquote").count() > 0
        check_nothing_ran(alone)
        assert f"{part.comments} commentaires" in alone.locator("body").inner_text()


def test_a_hostile_choice_in_the_address_is_shown_not_run(page: Page, address: str) -> None:
    for name in ("q", "langs", "sources", "threads", "authors", "columns", "reader", "study", "comment", "thread"):
        go(page, address, "comments?" + urlencode({name: PAYLOADS[1] + PAYLOADS[4]}))
        check_nothing_ran(page)
    switch(page, "English").click()
    settle(page)
    check_nothing_ran(page)


def test_the_texts_would_run_if_they_were_not_escaped(browser: Browser) -> None:
    page = browser.new_page()
    for payload in (item for item in PAYLOADS if "onerror" in item or "onload" in item or "ontoggle" in item):
        if payload.startswith("<"):
            page.set_content(payload)
            page.wait_for_function("window.owned !== undefined")
    page.close()
