"""What can be taken away, in a real headless Chromium: every format, the report, the manifest, every chart."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser import MARKS, downloaded, go, settle
from playwright.sync_api import Page, expect

from rsenlp.batch import ExportJob, ImportOptions, export_sources
from rsenlp.exports import FORMATS, ExportOptions
from rsenlp.exports.outputs import zip_folder
from rsenlp.privacy import key_path
from rsenlp.results.counts import overview
from rsenlp.results.manifest import check, read_manifest
from rsenlp.results.report import report_html
from rsenlp.results.selection import Selection
from rsenlp.results.store import Study

pytestmark = MARKS
CHARTS = {"": 4, "themes": 2, "compare": 4, "timeline": 1}
CHOSEN = Selection(languages=("fr",), labels={"cause_strategy": "cited"})
ADDRESS = "export?lang=en&langs=fr&cause_strategy=cited"


def exported(study: Study, folder: Path, format: str) -> bytes:
    """What the command writes of the same selection."""
    output = folder / f"rsenlp-{format}{FORMATS[format].ending}"
    job = ExportJob(format=format, selection=CHOSEN, options=ExportOptions(bom=format == "csv", names="en"))
    export_sources([str(study.folder)], output, job, ImportOptions(key=key_path(study.comments)))
    if output.is_dir():
        zip_folder(output, folder / f"{output.name}.zip")
        output = folder / f"{output.name}.zip"
    return output.read_bytes()


def test_the_selection_comes_in_every_format_as_by_the_command(
    page: Page, address: str, study: Study, tmp_path: Path
) -> None:
    go(page, address, ADDRESS)
    with study.connect() as connection:
        chosen, whole = overview(connection, CHOSEN), overview(connection)
    expect(page.get_by_text(f"The selection: {chosen.comments} of {whole.comments} comments")).to_be_visible()
    for name, format in FORMATS.items():
        page.get_by_text(format.title, exact=True).click()
        settle(page)
        page.get_by_role("button", name=f"Prepare the {format.title} file").click()
        button = page.get_by_role("button", name=f"Download rsenlp-{name}")
        button.wait_for(timeout=60_000)
        settle(page)
        file, content = downloaded(page, button)
        assert file == f"rsenlp-{name}{format.ending or '.zip'}"
        if name != "duckdb":  # its bytes are another database's each time
            assert content == exported(study, tmp_path, name), name
    assert page.url.endswith("&format=doccano")


def test_the_file_goes_when_the_selection_changes(page: Page, address: str) -> None:
    go(page, address, f"{ADDRESS}&format=jsonl")
    page.get_by_role("button", name="Prepare the JSONL file").click()
    page.get_by_role("button", name="Download rsenlp-jsonl").wait_for(timeout=60_000)
    page.get_by_text("Remove all filters").click()
    settle(page)
    assert page.get_by_role("button", name="Download rsenlp-jsonl").count() == 0
    expect(page.get_by_text("All comments of the study:")).to_be_visible()
    go(page, address, "export?lang=fr&q=aucun+commentaire+ainsi")
    assert page.get_by_role("button", name="Préparer").count() == 0


def test_report_and_manifest_are_those_of_the_commands(page: Page, address: str, study: Study, tmp_path: Path) -> None:
    go(page, address, f"{ADDRESS}&unit=authors")
    for language, label in (("fr", "Report in French"), ("en", "Report in English")):
        day = datetime.now(UTC).date()
        name, content = downloaded(page, page.get_by_role("button", name=label))
        assert name == f"rsenlp-report-{language}.html"
        expected = report_html(study, language=language, selection=CHOSEN, unit="authors")  # type: ignore[arg-type]
        assert content.decode() == expected or day != datetime.now(UTC).date()
    name, content = downloaded(page, page.get_by_role("button", name="Download the manifest"))
    assert name == "rsenlp-manifest.json"
    path = tmp_path / name
    path.write_bytes(content)
    manifest = read_manifest(path)
    assert (manifest.selection, manifest.unit) == (CHOSEN, "authors")
    assert [verdict for verdict in check(manifest, study) if not verdict.same] == []
    page.get_by_text("Have the same numbers again").click()
    expect(page.get_by_text(f"rsenlp reproduce rsenlp-manifest.json --study {study.folder}")).to_be_visible()


@pytest.mark.parametrize("path", CHARTS)
def test_every_chart_comes_as_picture_and_numbers(page: Page, address: str, path: str) -> None:
    go(page, address, f"{path}?lang=en")
    # corrected shares are worked out beside the page and come after it
    expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(CHARTS[path], timeout=60_000)
    for number in range(CHARTS[path]):
        page.get_by_text("See the numbers, download").nth(number).click()
        settle(page)
        table = page.locator("table.rse-table").nth(number)
        _, numbers = downloaded(page, page.get_by_role("button", name="CSV", exact=True).nth(number))
        rows = list(csv.reader(io.StringIO(numbers.decode("utf-8-sig"))))
        assert len(rows) == table.locator("tr").count() > 1
        assert len(rows[0]) == table.locator("th").count()
        name, picture = downloaded(page, page.get_by_role("button", name="SVG", exact=True).nth(number))
        assert name.endswith(".svg")
        assert picture.startswith(b"<svg")
        name, picture = downloaded(page, page.get_by_role("button", name="PNG", exact=True).nth(number))
        assert name.endswith(".png")
        assert picture.startswith(b"\x89PNG")
