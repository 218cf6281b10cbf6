from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import imported, read_at, rows, zip_of

from rsenlp.batch import import_sources
from rsenlp.errors import InputError, UsageError
from rsenlp.readers import ReadOptions
from rsenlp.readers.xlsx import ABOVE, ERROR_VALUE, OTHER_SHEET

HEADER = ["Identifiant", "Commentaire", "Auteur", "Date", "En réponse à", "Service"]


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook with the given rows in each sheet."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, lines in sheets.items():
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
    made.save(path)
    return path


def edited(path: Path, part: str, *changes: tuple[str, str]) -> Path:
    """The workbook with text replaced in one of its parts, as another program would have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[part].decode()
    for pattern, replacement in changes:
        text, number = re.subn(pattern, replacement, text)
        assert number, pattern
    parts[part] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
EXCEL = {
    "[Content_Types].xml": f"""<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>
<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>
<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPE}.sharedStrings+xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">
<sheets><sheet name="Feuil1" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>""",
    "xl/styles.xml": f"""<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1">
<fill><patternFill patternType="none"/></fill></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/><xf numFmtId="14"/></cellXfs>
</styleSheet>""",
    "xl/sharedStrings.xml": f"""<sst xmlns="{MAIN}" count="6" uniqueCount="6"><si><t>ID</t></si>
<si><t>Votre réponse</t></si><si><t>Date</t></si><si><t>note</t></si>
<si><r><t xml:space="preserve">Trop lent &amp; </t></r><r><rPr><b/></rPr><t>trop laid</t></r></si>
<si><t>oui_x000D_
non</t></si></sst>""",
    "xl/worksheets/sheet1.xml": f"""<worksheet xmlns="{MAIN}"><dimension ref="A1:D4"/><sheetData>
<row r="1" spans="1:4"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>
<c r="D1" t="s"><v>3</v></c></row>
<row r="2"><c r="A2"><v>101</v></c><c r="B2" t="s"><v>4</v></c><c r="C2" s="1"><v>43830.336805555555</v></c>
<c r="D2"><f>9/2</f><v>4.5</v></c></row>
<row r="3"><c r="A3"><v>102</v></c><c r="B3" t="str"><f>B2&amp;" !"</f><v>Trop lent &amp; trop laid !</v></c>
<c r="C3" s="2"><v>43832</v></c><c r="D3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>
<row r="4"><c r="A4"><v>103</v></c><c r="B4" t="s"><v>5</v></c><c r="C4" s="2"/><c r="D4"><v>3</v></c></row>
</sheetData></worksheet>""",
}


def excel(path: Path, **changes: str) -> Path:
    return zip_of(path, {**EXCEL, **changes})


def test_a_sheet_reads_as_its_cells(tmp_path: Path) -> None:
    path = book(
        tmp_path / "réactions.xlsx",
        Feuil1=[
            HEADER,
            [1, "L'outil est lent.", "Zoé", datetime(2019, 12, 31, 8, 5), None, 12.5],
            [2, "Pareil_x000D_\nchez nous", "Ali", date(2020, 1, 2), 1, True],
            [None] * 6,
            [3, None, "Léa", None, 2, None],
            [4, 42, None, "12 mars 2020 à 14h05", "  ", timedelta(hours=1)],
            [5, "Trop long", None, "hier", None, time(8, 5), "de trop"],
        ],
    )
    found, report = imported(path)
    assert [(c.id, c.parent_id, c.author, c.text, str(c.created_at)) for c in found] == [
        ("1", None, "Zoé", "L'outil est lent.", "2019-12-31 08:05:00+00:00"),
        ("2", "1", "Ali", "Pareil\nchez nous", "2020-01-02 00:00:00+00:00"),
        ("4", None, None, "42", "2020-03-12 14:05:00+00:00"),
    ]
    assert [comment.extra for comment in found] == [{"Service": 12.5}, {"Service": True}, {"Service": "1:00:00"}]
    assert {comment.thread_id for comment in found} == {"réactions"}
    assert [(row.reason, row.line) for row in report.rows()] == [
        ("text brought to Unicode NFC and \\n line ends", 3),
        ("row without text", 5),
        ("a row has as many cells as the header", 7),
    ]
    assert report.read == report.kept + report.count("skipped") == 5
    facts = report.sources[0]
    assert (facts["format"], facts["sheet"], facts["header_row"]) == ("xlsx", "Feuil1", 1)
    assert (
        facts["read_as"]
        == {
            "id": "Identifiant",
            "text": "Commentaire",
            "author": "Auteur",
            "created_at": "Date",
            "parent_id": "En réponse à",
        }
        or facts["read_as"].items() >= {"text": "Commentaire", "created_at": "Date"}.items()
    )


def test_a_workbook_as_excel_writes_it(tmp_path: Path) -> None:
    """Texts that cells share, some in several fonts; dates by their style; the values of formulas; an error."""
    found, report = imported(excel(tmp_path / "Réponses (2).xlsx"))
    assert [(c.id, c.text, str(c.created_at), c.extra["note"]) for c in found] == [
        ("101", "Trop lent & trop laid", "2019-12-31 08:05:00+00:00", 4.5),
        ("102", "Trop lent & trop laid !", "2020-01-02 00:00:00+00:00", None),
        ("103", "oui\nnon", "None", 3),
    ]
    assert [(row.action, row.reason, row.line, row.detail) for row in report.rows()] == [
        ("repaired", ERROR_VALUE, 3, "note: #DIV/0!"),
        ("repaired", "text brought to Unicode NFC and \\n line ends", 4, ""),
    ]


def test_the_first_sheet_with_a_column_of_texts_is_read(tmp_path: Path) -> None:
    path = book(
        tmp_path / "b.xlsx",
        Cover=[["Survey of 2019"], ["by nobody"]],
        Empty=[],
        Answers=[["Verbatim"], ["Slow."]],
        More=[["text"], ["Fast."]],
    )
    found, report = read_at(path)
    assert [comment.text for comment in found] == ["Slow."]
    assert [(row.reason, row.detail) for row in report.rows()] == [(OTHER_SHEET, "More")]
    assert report.sources[0]["other_sheets"] == ["Cover", "Empty", "More"]


def test_a_header_may_stand_below_a_title(tmp_path: Path) -> None:
    lines = [["Commentaires"], [], ["printed", "today"], ["id", "Commentaire", "auteur"], ["a", "Lent.", "Zoé"]]
    found, report = read_at(book(tmp_path / "b.xlsx", S=lines))
    assert [(comment.id, comment.text, comment.author) for comment in found] == [("a", "Lent.", "Zoé")]
    assert [(row.reason, row.line) for row in report.rows()] == [(ABOVE, 1), (ABOVE, 3)]
    assert report.sources[0]["header_row"] == 4


def test_columns_are_said_outright(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", A=[["x"]], B=[["what", "who"], ["Slow.", "Ann"]])
    with pytest.raises(InputError, match=r"sheet 'A': a column holds the text of the comments; got the columns 'x'"):
        read_at(path)
    found, _ = read_at(path, ReadOptions(columns={"text": "what", "author": "who"}))
    assert [(comment.text, comment.author) for comment in found] == [("Slow.", "Ann")]
    with pytest.raises(UsageError, match="there is no column 'wat' for 'text'"):
        read_at(path, ReadOptions(columns={"text": "wat"}))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "a workbook has a sheet with a header; got none"),
        ([["text", "text"], ["a", "b"]], "every column has its own name"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, lines: list[list[Any]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_at(book(tmp_path / "b.xlsx", S=lines))


def test_a_sheet_need_not_be_as_large_as_it_says(tmp_path: Path) -> None:
    """Two cells a world apart, and a size that is not so: neither time nor memory goes into what is not there."""
    path = book(tmp_path / "b.xlsx", S=[["text"], ["Slow."]])
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row></sheetData>'
    edited(path, "xl/worksheets/sheet1.xml", ("</sheetData>", far), ("A1:A2", "A1:XFD1048576"))
    found, report = read_at(path)
    assert [comment.text for comment in found] == ["Slow."]
    assert [row.line for row in report.rows()] == [1048576]


def test_numbers_that_no_file_carries_are_text(tmp_path: Path) -> None:
    path = book(tmp_path / "b.xlsx", S=[["text", "n"], ["Slow.", 1]])
    edited(path, "xl/worksheets/sheet1.xml", (r"(<c r=\"B2\"[^>]*><v>)1<", r"\g<1>123456789012345678901<"))
    import_sources([str(path)], tmp_path / "out.jsonl")
    assert '"n":"123456789012345678901"' in (tmp_path / "out.jsonl").read_text()


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("xl/worksheets/sheet1.xml", ("</sheetData>.*", ""), "an .xlsx file is a whole workbook"),
        ("xl/worksheets/sheet1.xml", ('r="A2"', 'r="?"'), "an .xlsx file is a whole workbook"),
        ("xl/workbook.xml", ("<sheets>.*</sheets>", ""), "a workbook has a sheet with a header"),
        ("xl/workbook.xml", ("<workbook ", "<workbook"), "an .xlsx file is a whole workbook"),
        ("[Content_Types].xml", ("spreadsheetml", "other"), "an .xlsx file is a whole workbook"),
        ("xl/sharedStrings.xml", ("(?s)<si>.*</si>", ""), "an .xlsx file is a whole workbook"),
        (
            "xl/sharedStrings.xml",
            ("<sst", '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><sst'),
            "EntitiesForbidden",
        ),
    ],
)
def test_damaged_workbooks_are_said_in_one_line(
    tmp_path: Path, part: str, change: tuple[str, str], message: str
) -> None:
    path = edited(excel(tmp_path / "b.xlsx"), part, change)
    with pytest.raises(InputError) as caught:
        read_at(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


NUMBERS = st.integers(-(2**40), 2**40) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc",)), max_size=8)
CELLS = st.none() | st.booleans() | NUMBERS | WORDS


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6))
def test_any_rows_are_comments_and_rows(tmp_path_factory: pytest.TempPathFactory, lines: list[list[Any]]) -> None:
    safe = [[cell.lstrip("=") if isinstance(cell, str) else cell for cell in line] for line in lines]
    path = book(tmp_path_factory.mktemp("book") / "b.xlsx", S=[["text", "author", "x"], *safe])
    found, report = imported(path)
    assert report.read == report.kept + report.count("skipped")
    texts = [str(line[0]) for line in safe if line[0] is not None and not any(c not in (None, "") for c in line[3:])]
    assert len(found) <= len(texts)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(EXCEL)))
def test_broken_parts_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, part: str
) -> None:
    text = EXCEL[part]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 30)))
        text = text[:start] + data.draw(st.sampled_from(["", "9", "x", "-", '"', ">", "é", text[:40]])) + text[end:]
    path = excel(tmp_path_factory.mktemp("book") / "b.xlsx", **{part: text})
    with suppress(InputError):
        _, report = read_at(path)
        assert report.sources or rows(report)


def test_dates_of_the_old_calendar_of_mac(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    made.active.append(["text", "date"])
    made.active.append(["Slow.", datetime(2012, 3, 12, 22, 22)])
    made.save(tmp_path / "mac.xlsx")
    found, _ = read_at(tmp_path / "mac.xlsx")
    assert found[0].created_at == datetime(2012, 3, 12, 22, 22, tzinfo=UTC)
