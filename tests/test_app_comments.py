"""Reading, correcting and making studies in a real headless Chromium."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import HOSTILE, MARKS, go, opened, served, settle, switch
from playwright.sync_api import Browser, Page, expect

from rsenlp.analyzer import load
from rsenlp.batch import classify_sources, import_sources
from rsenlp.corpora import read_corpus, sample_pages
from rsenlp.discussion import Comment
from rsenlp.record_files import open_writer
from rsenlp.results.library import studies
from rsenlp.results.listing import comments, doubtful
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study

pytestmark = MARKS
CSV = "id;texte;auteur;date\n1;La recherche ne trouve rien.;Wanda;2024-01-02\n2;;Wanda;\n3;Exactement.;Piotr;jadis\n"


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def ids(page: Page, css: str = ".rse-card") -> list[str]:
    return [head.split(" · ")[-1] for head in page.locator(f"{css} .rse-head").all_inner_texts()]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one study, which these tests may change: a thread four deep, a hostile comment, the samples."""
    folder = tmp_path_factory.mktemp("library")
    texts = ["The search finds nothing.", "It does, but nobody had a goal.", "A goal? We measured nothing.", HOSTILE]
    with open_writer(folder / "own.jsonl", "comments") as writer:
        for number, text in enumerate(texts):
            parent = f"c{number - 1}" if number else None
            writer.write_comment(Comment("own", f"c{number}", text, parent, "<b>claim</b>", "en", "<i>x</i>"))
        writer.write_comment(Comment("own", "c9", "Exactly.", "c1", "<b>claim</b>", "en"))
    made = folder / "Échantillon"
    import_sources([str(folder / "own.jsonl"), *map(str, sample_pages())], made / COMMENTS)
    classify_sources(load(), [str(made / COMMENTS)], made / PREDICTIONS)
    return folder


@pytest.fixture(scope="module")
def study(library: Path) -> Study:
    return Study.open(library / "Échantillon")


@pytest.fixture(scope="module")
def own(library: Path) -> Iterator[str]:
    with served(library) as address:
        yield address


@pytest.fixture
def desk(browser: Browser, own: str) -> Iterator[Page]:
    with opened(browser, own) as page:
        yield page


# --- comments --------------------------------------------------------------------------------------------------------


def test_the_thread_and_a_link_that_leads_back(desk: Page, own: str, study: Study) -> None:
    with study.connect() as connection:
        listed = [item.id for item in comments(connection, limit=10)]
    assert listed[:4] == ["c0", "c1", "c2", "c3"]
    go(desk, own, "comments?lang=en")
    desk.get_by_role("button", name="Show in its thread").nth(1).click()
    desk.get_by_role("button", name="Close the thread").wait_for()
    settle(desk)
    assert (ids(desk, ".rse-above"), ids(desk, ".rse-below")) == (["c0"], ["c2", "c9"])
    desk.get_by_role("button", name="Close the thread").click()
    desk.locator(".rse-above").first.wait_for(state="detached")

    desk.get_by_role("link", name="Link", exact=True).nth(2).click()
    desk.get_by_role("heading", name="A comment in its thread").wait_for()
    settle(desk)
    assert query(desk) == {"lang": ["en"], "thread": ["own"], "comment": ["c2"]}
    desk.reload()
    desk.locator(".rse-here").wait_for()
    settle(desk)
    assert (ids(desk, ".rse-above"), ids(desk, ".rse-here"), ids(desk, ".rse-below")) == (["c0", "c1"], ["c2"], ["c3"])
    desk.get_by_role("link", name="Back to the list").click()
    desk.get_by_role("heading", name="Comments").wait_for()
    settle(desk)
    assert ids(desk) == listed
    go(desk, own, "comments?lang=fr&thread=nowhere&comment=nobody")
    expect(desk.get_by_text("Ce commentaire n'est pas dans cette étude.")).to_be_visible()


def test_the_most_doubtful_come_first_page_by_page(desk: Page, own: str, study: Study) -> None:
    with study.connect() as connection:
        expected = [item.id for item in doubtful(connection, limit=30)]
    go(desk, own, "comments?lang=en")
    switch(desk, "least certain first").click()
    settle(desk)
    assert ids(desk) == expected[:10]
    desk.get_by_role("button", name="Next page").first.click()
    settle(desk)
    assert ids(desk) == expected[10:20]
    assert query(desk) == {"lang": ["en"], "order": ["doubt"], "pageno": ["2"]}
    desk.get_by_role("link", name="Link", exact=True).first.click()
    desk.locator(".rse-here").wait_for()
    desk.get_by_role("link", name="Back to the list").click()
    desk.get_by_role("heading", name="Comments").wait_for()
    settle(desk)
    assert ids(desk) == expected[10:20]
    desk.get_by_label("Search the texts").fill("a")  # another list begins on its first page
    desk.keyboard.press("Enter")
    settle(desk)
    assert "pageno" not in query(desk)


def test_what_is_cited_rejected_or_undecided_is_told_without_colour(desk: Page, own: str, study: Study) -> None:
    go(desk, own, "comments?lang=en")
    with study.connect() as connection:
        listed = comments(connection, limit=10)
    for shown, card in zip(listed, desk.locator(".rse-card").all(), strict=True):
        notes = card.locator(".rse-note").all_inner_texts()
        assert len(notes) == len(shown.evidence)
        for item in shown.evidence:
            sign = {"cited": "✓", "rejected": "✗"}[item.polarity] + ("" if shown.causes[item.cause].decided else "?")
            assert any(note.split()[0] == sign for note in notes)
        undecided = [item for item in shown.columns.values() if not item.decided]
        said = card.locator(".rse-label.rse-open")
        assert said.count() == len(undecided)
        assert all(text.startswith("? ") and text.endswith("undecided") for text in said.all_inner_texts())
    first = desk.locator(".rse-card").first
    first.locator("summary").click()
    shares = [round(100 * share) for share in listed[0].columns["stance_claim"].probabilities]
    assert first.locator(".rse-row").first.locator(".rse-bar").all_inner_texts() == [
        f"{label} {share}%" for label, share in zip(("favor", "against", "none"), shares, strict=True)
    ]


# --- correct ---------------------------------------------------------------------------------------------------------


def test_a_correction_is_saved_and_undone(desk: Page, own: str, study: Study) -> None:
    with study.connect() as connection:
        first, second, *_ = doubtful(connection, limit=3)
    file = study.folder / "annotations-zoé-d.jsonl"
    go(desk, own, "correct?lang=en")
    expect(desk.get_by_text("First say who corrects")).to_be_visible()
    desk.get_by_role("combobox", name="Your name or initials").fill("Zoé D.")
    desk.keyboard.press("Enter")
    desk.locator(".sentence").first.wait_for()
    settle(desk)
    assert query(desk)["comment"] == [first.id]

    desk.get_by_role("button", name="Back to the model").click()
    settle(desk)
    for cause in ("Cause: Strategy and people", "Cause: Tooling", "Cause: Integration", "Cause: Definition of success"):
        desk.get_by_role("radiogroup", name=cause).get_by_text("absent").click()
        settle(desk)
    switch(desk, "✗ rejects").click()
    settle(desk)
    switch(desk, "Tooling").click()
    settle(desk)
    sentence = desk.locator(".sentence").first
    sentence.focus()
    desk.keyboard.press("Enter")
    expect(sentence).to_have_attribute("aria-pressed", "true")
    expect(sentence.locator(".rse-note")).to_have_text("✗ Tooling (rejected)")
    settle(desk)
    desk.get_by_role("button", name="Save and go to the next").click()
    desk.wait_for_function(f"new URL(location).searchParams.get('comment') === {json.dumps(second.id)}")
    settle(desk)
    (saved,) = read_corpus(file)
    assert (saved.id, saved.text, saved.extra["annotator"]) == (first.id, first.text, "Zoé D.")
    assert saved.annotation is not None
    assert saved.annotation.causes["tooling"] == "rejected"
    assert [(item.cause, item.polarity, item.start) for item in saved.annotation.evidence] == [
        ("tooling", "rejected", 0)
    ]
    expect(desk.get_by_text("Checked by you so far: 1")).to_be_visible()

    desk.get_by_role("tab", name="Agreement with the model").click()
    expect(desk.locator(".rse-table")).to_contain_text("1 of 1")
    desk.get_by_role("tab", name="Use them").click()
    expect(desk.get_by_text(f"rsenlp train rse-synth '{file}'")).to_be_visible()
    desk.get_by_role("button", name="Undo the last save").click()
    desk.wait_for_function(f"new URL(location).searchParams.get('comment') === {json.dumps(first.id)}")
    settle(desk)
    assert not file.exists()
    expect(desk.locator(".sentence .rse-note")).to_have_text("✗ Tooling (rejected)")  # nothing is lost


def test_annotating_starts_where_labels_are_corrected(browser: Browser, library: Path) -> None:
    with served(library, "annotate", "/correct") as address, opened(browser, address) as page:
        go(page, address, "correct?lang=en")
        expect(page.get_by_role("heading", name="Correct", exact=True)).to_be_visible()


def test_a_hostile_comment_is_corrected_like_any_other(desk: Page, own: str) -> None:
    go(desk, own, "correct?lang=fr&reader=x&thread=own&comment=c3")
    desk.locator(".sentence").first.wait_for()
    assert desk.locator(".text").inner_text().startswith(HOSTILE[:60])
    assert desk.locator(".text img, .text script, .text strong, .text a").count() == 0
    assert desk.title() != "owned"


# --- data ------------------------------------------------------------------------------------------------------------


def test_files_become_a_study_that_is_renamed_and_deleted(desk: Page, own: str, library: Path) -> None:
    go(desk, own, "data?lang=fr")
    upload(desk, "Réactions *2024* `x`.csv", CSV)
    desk.get_by_role("button", name="Importer et lire").click()
    expect(desk.get_by_text("« Réactions 2024 `x` » est prête : 2 commentaires.")).to_be_visible(timeout=60_000)
    desk.get_by_role("button", name="Voir le rapport d'import").click()
    expect(desk.get_by_role("heading", name="Rapport d'import de « Réactions 2024 `x` »")).to_be_visible()
    settle(desk)
    assert query(desk) == {"study": ["Réactions 2024 `x`"]}
    assert desk.locator('[data-testid="stMetricValue"]').all_inner_texts() == ["3", "2", "1", "1"]
    desk.get_by_text("Enregistrement par enregistrement").click()
    rows = desk.locator(".rse-table").last
    expect(rows).to_contain_text("ligne sans texte")
    expect(rows).to_contain_text("Réactions *2024* `x`.csv:3")
    expect(rows).to_contain_text("date illisible, laissée de côté")
    assert "Wanda" not in (library / "Réactions 2024 `x`" / COMMENTS).read_bytes().decode("latin-1")

    box = desk.locator("[class*='st-key-study']", has_text="Réactions")
    box.get_by_role("button", name="Renommer").click()
    desk.get_by_label("Nouveau nom").fill("Renommée")
    desk.keyboard.press("Enter")
    settle(desk)
    desk.get_by_test_id("stPopoverBody").get_by_role("button", name="Renommer").click()
    expect(desk.get_by_role("heading", name="Rapport d'import de « Renommée »")).to_be_visible()
    desk.locator("[class*='st-key-study']", has_text="Renommée").get_by_role("button", name="Supprimer").click()
    desk.get_by_role("dialog").get_by_role("button", name="Annuler").click()
    settle(desk)
    assert [entry.name for entry in studies(library)] == ["Échantillon", "Renommée"]
    desk.locator("[class*='st-key-study']", has_text="Renommée").get_by_role("button", name="Supprimer").click()
    desk.get_by_role("dialog").get_by_role("button", name="Supprimer pour de bon").click()
    expect(desk.get_by_text("L'étude est supprimée.")).to_be_visible()
    assert [entry.name for entry in studies(library)] == ["Échantillon"]


def test_the_first_study_is_made_in_an_empty_folder_and_a_stop_leaves_nothing(browser: Browser, tmp_path: Path) -> None:
    many = "id,text\n" + "".join(f"{n},The search finds nothing and nobody {n} writes.\n" for n in range(30_000))
    with served(tmp_path) as address, opened(browser, address) as page:
        go(page, address, "?lang=en")  # whatever page is asked for
        expect(page.get_by_text("No study is ready in this folder.")).to_be_visible()
        page.get_by_role("button", name="Import and read").click()
        expect(page.get_by_text("Drop a file first.")).to_be_visible()
        upload(page, "many.csv", many)
        page.get_by_role("button", name="Import and read").click()
        page.get_by_role("button", name="Stop").click(timeout=30_000)
        expect(page.get_by_text('"many": stopped. Nothing was half written.')).to_be_visible(timeout=30_000)
        assert not (tmp_path / "many" / PREDICTIONS).exists()
        page.get_by_role("button", name="Close this message").click()
        settle(page)
        upload(page, "empty.csv", "\n")
        page.get_by_role("button", name="Import and read").click()
        expect(page.get_by_text('"empty" could not be made:')).to_be_visible(timeout=30_000)
        expect(page.get_by_text("empty.csv: the file is empty. There is nothing to read")).to_be_visible()
        upload(page, "few.csv", CSV)
        page.get_by_role("button", name="Import and read").click()
        page.get_by_role("heading", name="Reading discussions").wait_for(timeout=60_000)  # the page that was asked for
        assert query(page) == {"lang": ["en"]}


def upload(page: Page, name: str, text: str) -> None:
    page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_test_id("stFileChip").wait_for()
    settle(page)


def test_the_pages_fit_a_phone(browser: Browser, own: str) -> None:
    with opened(browser, own, width=390) as phone:
        for path in ("comments?lang=fr", "correct?lang=fr&reader=x", "data?lang=fr"):
            go(phone, own, path)
            assert phone.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, path


def test_a_study_that_is_broken_can_be_read_again(desk: Page, own: str, library: Path) -> None:
    with open_writer(library / "Neuve" / COMMENTS, "comments") as writer:
        writer.write_comment(Comment("t", "1", "La recherche ne trouve rien.", lang="fr"))
    with open_writer(library / "Neuve" / PREDICTIONS, "predictions"):
        pass
    go(desk, own, "?lang=fr&study=Neuve")
    expect(desk.get_by_text("L'étude « Neuve » ne peut pas être ouverte :")).to_be_visible()
    box = desk.locator("[class*='st-key-study']", has_text="Neuve")
    box.get_by_role("button", name="Relire avec un autre modèle").click()
    desk.get_by_test_id("stPopoverBody").get_by_role("button", name="Lire", exact=True).click()
    desk.get_by_role("heading", name="Lecture des discussions").wait_for(timeout=60_000)
    shutil.rmtree(library / "Neuve")
