"""Argilla, Label Studio and doccano: their documented forms, with labels that their own questions know."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from exported import ANNOTATED, ANSWER, COMMENTS, FIRST, PREDICTED, UNLABELLED, written

from rsenlp.exports import ExportOptions, Labelled

SETS = pytest.mark.parametrize(
    "items", [PREDICTED, ANNOTATED, UNLABELLED], ids=["predicted", "annotated", "unlabelled"]
)


def quoted(text: str, start: int, end: int) -> str:
    return text[start:end]


# --- Argilla ---------------------------------------------------------------------------------------------------------


def argilla(
    folder: Path, items: tuple[Labelled, ...] = PREDICTED, options: ExportOptions | None = None
) -> tuple[Any, Any]:
    """The records and the settings."""
    path = written(folder, "argilla", items, options)
    return json.loads((path / "records.json").read_bytes()), json.loads((path / ".argilla/settings.json").read_bytes())


def test_argilla_gets_the_files_that_from_disk_reads(tmp_path: Path) -> None:
    path = written(tmp_path, "argilla")
    files = {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}
    assert files == {"records.json", ".argilla/settings.json", ".argilla/dataset.json"}


@SETS
def test_every_suggestion_answers_a_question_of_the_settings(tmp_path: Path, items: tuple[Labelled, ...]) -> None:
    records, settings = argilla(tmp_path, items)
    questions = {question["name"]: question["settings"] for question in settings["questions"]}
    fields = {field["name"]: field["required"] for field in settings["fields"]}
    assert [record["id"] for record in records] == [comment.id for comment in COMMENTS]
    for record in records:
        assert set(record) == {"id", "fields", "metadata", "suggestions", "responses", "vectors", "status"}
        assert {name for name, required in fields.items() if required} <= set(record["fields"]) <= set(fields)
        assert all(isinstance(text, str) and text for text in record["fields"].values())
        for name, suggestion in record["suggestions"].items():
            known = {option["value"] for option in questions[name]["options"]}
            value = suggestion["value"]
            assert {span["label"] for span in value} <= known if name == "evidence" else value in known


def test_argilla_spans_quote_and_say_how_sure_they_are(tmp_path: Path) -> None:
    first, second, third = argilla(tmp_path)[0]
    (span,) = first["suggestions"]["evidence"]["value"]
    assert quoted(FIRST.text, span["start"], span["end"]) == "La recherche ne trouve rien."
    assert first["suggestions"]["stance_claim"] == {
        "value": "favor",
        "score": 0.8,
        "agent": "rse-test 1.2.0",
        "type": "model",
    }
    assert third["suggestions"]["evidence"]["score"] == [0.9, 0.6]
    assert third["metadata"]["themes"] == ["strategy/purpose", "tooling/ergonomics"]
    assert third["fields"]["parent"] == FIRST.text
    # where the model abstains there is nothing to accept by mistake
    assert "stance_claim" not in second["suggestions"]
    assert second["metadata"]["undecided"] == ["stance_claim", "cause_definition"]


def test_argilla_suggestions_of_people_are_human(tmp_path: Path) -> None:
    records, settings = argilla(tmp_path, ANNOTATED, ExportOptions(names="fr"))
    assert records[0]["suggestions"]["stance_claim"]["type"] == "human"
    assert records[0]["suggestions"]["evidence"]["score"] is None
    assert [option["text"] for option in settings["questions"][0]["settings"]["options"]] == [
        "pour",
        "contre",
        "aucune",
    ]


# --- Label Studio ----------------------------------------------------------------------------------------------------


def label_studio(folder: Path, items: tuple[Labelled, ...]) -> tuple[list[Any], Any]:
    path = written(folder, "label-studio", items)
    return json.loads((path / "tasks.json").read_bytes()), fromstring((path / "config.xml").read_bytes())


@SETS
def test_every_result_is_of_a_control_of_the_interface(tmp_path: Path, items: tuple[Labelled, ...]) -> None:
    tasks, view = label_studio(tmp_path, items)
    values = {
        control.get("name"): {choice.get("value") for choice in control}
        for control in view
        if control.tag in ("Labels", "Choices")
    }
    shown = {str(element.get("value"))[1:] for element in view.iter("Text")}
    assert len(tasks) == len(items)
    for task, item in zip(tasks, items, strict=True):
        assert shown <= set(task["data"])
        assert task["data"]["text"] == item.comment.text
        for said in task.get("predictions", []) + task.get("annotations", []):
            for result in said["result"]:
                assert result["to_name"] == "text"
                value = result["value"]
                assert set(value[result["type"]]) <= values[result["from_name"]]
                if "start" in value:
                    assert quoted(item.comment.text, value["start"], value["end"]) == value["text"]


def test_a_model_predicts_and_people_annotate(tmp_path: Path) -> None:
    predicted, _ = label_studio(tmp_path / "p", PREDICTED)
    assert [len(task["predictions"]) for task in predicted] == [1, 1, 1]
    assert predicted[0]["predictions"][0]["model_version"] == "rse-test 1.2.0"
    assert predicted[0]["predictions"][0]["score"] == 0.8
    assert predicted[1]["data"]["undecided"] == ["stance_claim", "cause_definition"]
    assert "stance_claim" not in {result["from_name"] for result in predicted[1]["predictions"][0]["result"]}
    annotated, _ = label_studio(tmp_path / "a", ANNOTATED)
    assert all("predictions" not in task for task in annotated)
    assert annotated[0]["annotations"][0]["ground_truth"]
    unlabelled, _ = label_studio(tmp_path / "u", UNLABELLED)
    assert all(set(task) == {"data"} for task in unlabelled)


def test_a_theme_is_of_the_region_of_its_evidence(tmp_path: Path) -> None:
    tasks, _ = label_studio(tmp_path, PREDICTED)
    results = tasks[2]["predictions"][0]["result"]
    regions = {result["id"]: result["value"]["labels"] for result in results if result["from_name"] == "evidence"}
    themes = {result["id"]: result["value"]["choices"] for result in results if result["from_name"] == "theme"}
    assert list(regions.values()) == [["strategy:cited"], ["tooling:rejected"]]
    assert themes == dict(zip(regions, [["strategy/purpose"], ["tooling/ergonomics"]], strict=True))


# --- doccano ---------------------------------------------------------------------------------------------------------


def test_doccano_gets_spans_and_categories(tmp_path: Path) -> None:
    examples = [json.loads(line) for line in written(tmp_path, "doccano").read_text(encoding="utf-8").splitlines()]
    assert [example["text"] for example in examples] == [comment.text for comment in COMMENTS]
    assert examples[0]["cats"] == ["claim:favor", "tooling:cited"]
    ((start, end, label),) = examples[0]["entities"]
    assert (quoted(FIRST.text, start, end), label) == ("La recherche ne trouve rien.", "tooling:cited")
    assert examples[1]["cats"] == ["claim:undecided", "definition:undecided"]
    assert examples[2]["entities"] == [
        [0, len(ANSWER.text), "strategy:cited"],
        [0, len(ANSWER.text), "tooling:rejected"],
    ]
    assert (examples[2]["comment_id"], examples[2]["parent_id"]) == ("c2", "c1")


def test_the_same_span_is_said_once(tmp_path: Path) -> None:
    labels = PREDICTED[0].labels
    assert labels is not None
    twice = replace(PREDICTED[0], labels=replace(labels, evidence=labels.evidence * 2))
    example = json.loads(written(tmp_path, "doccano", (twice,)).read_text(encoding="utf-8"))
    assert len(example["entities"]) == 1
    records, _ = argilla(tmp_path, (twice,))
    assert len(records[0]["suggestions"]["evidence"]["value"]) == 1
    tasks, _ = label_studio(tmp_path / "ls", (twice,))
    kinds = [result["from_name"] for result in tasks[0]["predictions"][0]["result"]]
    assert kinds.count("evidence") == kinds.count("theme") == 1
