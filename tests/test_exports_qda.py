"""REFI-QDA projects: valid by the standard's own schema, and selections that quote."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from conftest import DATA
from defusedxml.ElementTree import fromstring
from exported import ANNOTATED, ANSWER, COMMENTS, FIRST, PREDICTED, PREDICTIONS, UNLABELLED, annotation, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_exports_tables import TEXTS

from rsenlp.audit import Report
from rsenlp.codebook import codebook
from rsenlp.discussion import Annotation, Comment, Evidence
from rsenlp.exports import ExportOptions, Labelled, annotated, export
from rsenlp.exports.codes import code_tree
from rsenlp.exports.qda import NAMESPACE

# Project.xsd of the REFI-QDA standard 1.0, released on 18 March 2019, MIT licence
SCHEMA = DATA / "refi-qda-project-1.0.xsd"


class Project:
    """A project as a reader has it."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.root = fromstring(self.files["project.qde"])
        self.names = {code.get("guid"): code.get("name") for code in self.all("Code")}

    def all(self, tag: str, within: Element | None = None) -> list[Element]:
        return list((self.root if within is None else within).iter(f"{{{NAMESPACE}}}{tag}"))

    def text(self, source: Element) -> str:
        return self.files[source.get("plainTextPath", "").replace("internal://", "sources/")].decode("utf-8")

    def coded(self) -> list[tuple[str, str, list[str]]]:
        """For each selection: its source, the text it selects, and its codes."""
        return [
            (
                source.get("name", ""),
                self.text(source)[int(one.get("startPosition", "")) : int(one.get("endPosition", ""))],
                [str(self.names[ref.get("targetGUID")]) for ref in self.all("CodeRef", one)],
            )
            for source in self.all("TextSource")
            for one in self.all("PlainTextSelection", source)
        ]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("items", [PREDICTED, ANNOTATED, UNLABELLED], ids=["predicted", "annotated", "unlabelled"])
def test_a_project_is_valid_by_the_schema_of_the_standard(
    tmp_path: Path, items: tuple[Labelled, ...], language: str
) -> None:
    import xmlschema

    options = ExportOptions(names="fr" if language == "fr" else "en")
    project = Project(written(tmp_path, "qdpx", items, options))
    xmlschema.XMLSchema(SCHEMA).validate(project.files["project.qde"].decode("utf-8"))


def test_a_discussion_is_a_source_that_reads_as_one(tmp_path: Path) -> None:
    project = Project(written(tmp_path, "qdpx"))
    assert [source.get("name") for source in project.all("TextSource")] == ["fil-1", "thread-2"]
    assert project.text(project.all("TextSource")[0]) == (
        "« Le réseau interne ne prend pas. »\n\n"
        f"#1 · a0123456789ab · 2020-01-02 03:04 · c1\n{FIRST.text}\n\n"
        f"#2 → #1 · a0000000000ff · c2\n{ANSWER.text}\n\n"
    )
    assert [element.text for element in project.all("IntegerValue")] == ["2", "1"]


def test_selections_quote_what_they_code(tmp_path: Path) -> None:
    assert Project(written(tmp_path, "qdpx")).coded() == [
        ("fil-1", FIRST.text, ["The article's claim: favor"]),
        ("fil-1", "La recherche ne trouve rien.", ["Tooling: cited", "Tooling: Search"]),
        (
            "fil-1",
            ANSWER.text,
            [
                "The article's claim: against",
                "Strategy and people: cited",
                "Strategy and people: No purpose or use case",
                "Tooling: rejected",
                "Tooling: Ergonomics",
            ],
        ),
        ("thread-2", COMMENTS[1].text, ["The article's claim: undecided", "Definition of success: undecided"]),
    ]


def test_codes_are_named_in_french_and_say_who_coded(tmp_path: Path) -> None:
    project = Project(written(tmp_path, "qdpx", options=ExportOptions(names="fr")))
    assert project.coded()[1][2] == ["Outil: citée", "Outil: Recherche"]
    assert [user.get("name") for user in project.all("User")] == ["rse-test 1.2.0"]
    users = {element.get("creatingUser") for element in project.all("Coding")}
    assert users == {project.all("User")[0].get("guid")}


def test_every_name_and_every_guid_is_one_of_its_kind(tmp_path: Path) -> None:
    for language in ("fr", "en"):
        groups = code_tree(codebook(), language)  # type: ignore[arg-type]
        names = [code.name for code in groups] + [code.name for group in groups for code in group.codes]
        assert len(set(names)) == len(names)
    project = Project(written(tmp_path, "qdpx"))
    guids = [element.get("guid") for element in project.root.iter() if element.get("guid")]
    assert len(set(guids)) == len(guids)
    targets = {element.get("targetGUID") for element in project.root.iter() if element.get("targetGUID")}
    assert targets <= set(guids)


def test_a_cause_without_evidence_is_coded_on_the_comment(tmp_path: Path) -> None:
    bare = replace(FIRST, annotation=replace(annotation(PREDICTIONS[0]), evidence=()))
    assert Project(written(tmp_path, "qdpx", (annotated(bare),))).coded() == [
        ("fil-1", FIRST.text, ["The article's claim: favor", "Tooling: cited"])
    ]


def test_a_theme_that_the_codebook_does_not_have_is_told(tmp_path: Path) -> None:
    (found,) = annotation(PREDICTIONS[0]).evidence
    said = replace(annotation(PREDICTIONS[0]), evidence=(replace(found, theme="colour"),))
    report = Report()
    path = written(tmp_path, "qdpx", (annotated(replace(FIRST, annotation=said)),), report=report)
    assert Project(path).coded()[1][2] == ["Tooling: cited"]
    assert [(row.id, row.detail) for row in report.rows()] == [("c1", "theme/tooling/colour")]


QUOTED = st.tuples(TEXTS, st.floats(0, 1, exclude_max=True), st.floats(0, 1))


@given(st.lists(QUOTED, min_size=1, max_size=4))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_quoted_exactly_and_the_project_is_well_formed(quoted: list[tuple[str, float, float]]) -> None:
    items, expected = [], []
    for number, (text, left, right) in enumerate(quoted):
        start = int(left * len(text))
        end = start + 1 + int(right * (len(text) - start - 1))
        evidence = Evidence("tooling", "cited", start, end, text[start:end])
        causes = dict.fromkeys(codebook().causes, "absent") | {"tooling": "cited"}
        said = Annotation(dict.fromkeys(codebook().targets, "none"), causes, (evidence,))  # type: ignore[arg-type]
        items.append(annotated(Comment(text[:20], str(number), text, claim=text, author=text, annotation=said)))
        expected.append((text[start:end], ["Tooling: cited"]))
    with tempfile.TemporaryDirectory() as name:
        export(items, Path(name) / "a.qdpx")
        found = [coded[1:] for coded in Project(Path(name) / "a.qdpx").coded()]
    assert sorted(found) == sorted(expected)
