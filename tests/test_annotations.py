"""Annotations made in the app: edits that keep labels and evidence together, files that keep every save, agreement."""

from __future__ import annotations

import json
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_results import study as study

from rsenlp.analyzer import Analyzer
from rsenlp.codebook import codebook
from rsenlp.corpora import read_corpus
from rsenlp.discussion import Annotation, Comment, Evidence
from rsenlp.errors import InputError, UsageError
from rsenlp.results.listing import Key, several
from rsenlp.results.store import Study
from rsenlp.study.agreement import compare
from rsenlp.study.annotation_files import AnnotationFile, answered, commands, original, readers
from rsenlp.study.checked import agreement_with_model, changed
from rsenlp.study.corrections import as_said, unshown, with_mark, with_stance, with_status
from rsenlp.study.evaluate import evaluate, predictions
from rsenlp.study.examples import examples
from rsenlp.text import sentences

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = "Un. Deux. Trois."
SPANS = sentences(TEXT)
NOTHING = Annotation(dict.fromkeys(codebook().targets, "none"), dict.fromkeys(codebook().causes, "absent"))


def marks(annotation: Annotation) -> list[tuple[str, str, str]]:
    return [(item.cause, item.polarity, item.text) for item in annotation.evidence]


def test_a_mark_gives_the_cause_its_status() -> None:
    one = with_mark(NOTHING, TEXT, SPANS[1], "tooling", "rejected")
    assert (one.causes["tooling"], marks(one)) == ("rejected", [("tooling", "rejected", "Deux.")])
    both = with_mark(one, TEXT, SPANS[0], "tooling", "cited")
    assert (both.causes["tooling"], [m[2] for m in marks(both)]) == ("cited", ["Un.", "Deux."])
    turned = with_mark(both, TEXT, SPANS[0], "tooling", "rejected")
    assert (turned.causes["tooling"], {m[1] for m in marks(turned)}) == ("rejected", {"rejected"})
    two = with_mark(turned, TEXT, SPANS[1], "strategy", "cited")
    assert [m[:2] for m in marks(two) if m[2] == "Deux."] == [("strategy", "cited"), ("tooling", "rejected")]
    none = with_mark(with_mark(turned, TEXT, SPANS[0], "tooling", "rejected"), TEXT, SPANS[1], "tooling", "rejected")
    assert none == NOTHING


def test_a_status_takes_its_sentences_along() -> None:
    marked = with_mark(with_mark(NOTHING, TEXT, SPANS[0], "tooling", "cited"), TEXT, SPANS[1], "tooling", "rejected")
    assert with_status(marked, "tooling", "cited") == marked
    assert {m[1] for m in marks(with_status(marked, "tooling", "rejected"))} == {"rejected"}
    assert {m[1] for m in marks(with_status(with_status(marked, "tooling", "rejected"), "tooling", "cited"))} == {
        "cited"
    }
    assert with_status(marked, "tooling", "absent") == NOTHING
    alone = with_status(NOTHING, "strategy", "cited")
    assert (alone.causes["strategy"], unshown(alone), unshown(marked)) == ("cited", ["strategy"], [])


def test_a_theme_stays_with_its_sentence() -> None:
    piece = Evidence("tooling", "cited", *SPANS[0], "Un.", theme="search")
    start = Annotation(NOTHING.stance, {**NOTHING.causes, "tooling": "cited"}, (piece,))
    assert with_mark(start, TEXT, SPANS[0], "tooling", "rejected").evidence[0].theme == "search"


EDITS = st.lists(
    st.one_of(
        st.tuples(
            st.just("status"),
            st.sampled_from(["tooling", "strategy"]),
            st.sampled_from(["cited", "rejected", "absent"]),
        ),
        st.tuples(
            st.sampled_from(SPANS), st.sampled_from(["tooling", "strategy"]), st.sampled_from(["cited", "rejected"])
        ),
        st.tuples(st.just("stance"), st.sampled_from(["claim", "rse"]), st.sampled_from(["favor", "against", "none"])),
    ),
    max_size=8,
)


@given(EDITS)
def test_statuses_and_evidence_never_contradict_each_other(edits: list[tuple]) -> None:  # type: ignore[type-arg]
    found = NOTHING
    for what, name, value in edits:
        if what == "status":
            found = with_status(found, name, value)
        elif what == "stance":
            found = with_stance(found, name, value)
        else:
            found = with_mark(found, TEXT, what, name, value)
        for cause, status in found.causes.items():
            polarities = {item.polarity for item in found.evidence if item.cause == cause}
            if "cited" in polarities:
                assert status == "cited"
            elif polarities:
                assert status == "rejected"
        assert all(TEXT[item.start : item.end] == item.text for item in found.evidence)
        spans = [(item.cause, item.start) for item in found.evidence]
        assert len(spans) == len(set(spans))


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def own(study: Study, tmp_path: Path) -> Study:
    shutil.copytree(study.folder, tmp_path / "study")
    return Study.open(tmp_path / "study")


def saved(own: Study, file: AnnotationFile, key: Key, annotation: Annotation | None = None) -> Annotation:
    with own.connect() as connection:
        comment = original(own, connection, key)
        said = annotation or as_said(several(connection, [key])[key])
        parent = None if comment.parent_id is None else original(own, connection, (key[0], comment.parent_id)).text
    file.append(comment, said, NOW, parent)
    return said


def test_a_file_keeps_every_save_and_the_last_counts(own: Study) -> None:
    file = AnnotationFile.of(own.folder, "  Zoé   D. ")
    assert (file.path.name, file.annotated(), readers(own.folder)) == ("annotations-zoé-d.jsonl", {}, [])
    first = saved(own, file, ("t1", "a2"))
    saved(own, file, ("t2", "b1"))
    second = saved(own, file, ("t1", "a2"), with_stance(first, "claim", "none"))
    assert len(file.history()) == 3
    assert {key: comment.annotation for key, comment in file.annotated().items()}["t1", "a2"] == second
    record = json.loads(file.path.read_text(encoding="utf-8").splitlines()[0])
    assert (record["annotator"], record["annotated_at"], record["team"]) == ("Zoé D.", "2026-01-02T03:04:05Z", "a")
    assert record["parent_text"] == "Phrase outil a1. Phrase but a1."
    assert readers(own.folder) == ["Zoé D."]
    # as rsenlp evaluate, agree and train read it
    assert next((c.id, c.annotation) for c in read_corpus(file.path)) == ("a2", second)
    assert len(read_corpus(file.path)) == 2


def test_undo_takes_back_one_save_at_a_time(own: Study) -> None:
    file = AnnotationFile.of(own.folder, "a")
    first = saved(own, file, ("t1", "a1"))
    second = saved(own, file, ("t1", "a1"), with_stance(first, "rse", "against"))
    undone = file.undo()
    assert undone is not None
    assert undone.annotation == second
    assert file.annotated()["t1", "a1"].annotation == first
    assert file.undo() is not None
    assert file.undo() is None
    assert list(own.folder.glob("annotations*")) == []


@pytest.mark.parametrize("tail", ['{"thread_id": "t1", "id": "a', "\n\n"])
def test_a_line_cut_while_it_was_written_never_counted(own: Study, tail: str) -> None:
    file = AnnotationFile.of(own.folder, "a")
    saved(own, file, ("t1", "a1"))
    with file.path.open("a", encoding="utf-8") as stream:
        stream.write(tail)
    assert list(file.annotated()) == [("t1", "a1")]
    saved(own, file, ("t1", "a2"))
    assert list(file.annotated()) == [("t1", "a1"), ("t1", "a2")]
    assert len(read_corpus(file.path)) == 2
    with file.path.open("a", encoding="utf-8") as stream:
        stream.write(tail)
    assert file.undo() is not None
    assert list(file.annotated()) == [("t1", "a1")]


def test_a_line_without_its_end_is_kept(own: Study) -> None:
    file = AnnotationFile.of(own.folder, "a")
    saved(own, file, ("t1", "a1"))
    file.path.write_bytes(file.path.read_bytes().rstrip(b"\n"))
    saved(own, file, ("t1", "a2"))
    assert list(file.annotated()) == [("t1", "a1"), ("t1", "a2")]


def test_what_is_no_annotation_is_refused(own: Study) -> None:
    file = AnnotationFile.of(own.folder, "a")
    file.path.write_text('nonsense\n{"thread_id": "t"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"annotations-a\.jsonl:1: every line is one JSON object"):
        file.annotated()
    file.path.write_text('{"thread_id": "t", "id": "1", "text": "x"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="every line of an annotation file has 'stance' and 'causes'; got 1"):
        file.annotated()
    with pytest.raises(UsageError, match=r"a reader's name has a letter or a digit; got ' \?\? '"):
        AnnotationFile.of(own.folder, " ?? ")
    with own.connect() as connection, pytest.raises(KeyError):
        original(own, connection, ("t1", "nobody"))
    bad = Evidence("tooling", "cited", 0, 3, "xyz")
    with pytest.raises(InputError, match="the text of evidence equals the comment's text"):
        AnnotationFile.of(own.folder, "b").append(Comment("t", "1", "abc"), Annotation({}, {}, (bad,)), NOW)
    assert not (own.folder / "annotations-b.jsonl").exists()


def test_an_answer_is_read_with_what_it_answers(own: Study, model: Analyzer) -> None:
    file = AnnotationFile.of(own.folder, "a")
    saved(own, file, ("t1", "a2"))
    comment = next(iter(file.annotated().values()))
    parent = answered(comment, {})
    assert parent is not None
    assert parent.text == "Phrase outil a1. Phrase but a1."
    assert examples([comment]).readings[0].parent == parent.text
    found = list(predictions(model, [comment]))
    assert found == list(model.classify_in_context([(comment, parent)]))
    assert evaluate([comment], found)["comments"] == 1


# --- agreement -------------------------------------------------------------------------------------------------------


def test_agreement_counts_what_the_reader_kept(own: Study) -> None:
    file = AnnotationFile.of(own.folder, "a")
    for key in (("t1", "a1"), ("t1", "a2"), ("t2", "b1"), ("t3", "c1")):
        saved(own, file, key)
    said = file.annotated()["t2", "b1"].annotation
    assert said is not None
    saved(own, file, ("t2", "b1"), with_stance(with_status(said, "strategy", "absent"), "claim", "favor"))
    annotated = file.annotated()
    annotated["gone", "x"] = Comment("gone", "x", "Not in the study.", annotation=NOTHING)
    with own.connect() as connection:
        found = agreement_with_model(connection, annotated)
        assert agreement_with_model(connection, {}) is None
        b1 = several(connection, [("t2", "b1")])["t2", "b1"]
    assert found is not None
    assert (found.comments, found.threads, found.left_out) == (3, 2, 2)  # c1 was not read, x is gone
    rows = {item.column: item for item in found.labels}
    assert [rows["stance_claim"].same, rows["stance_claim"].decided, rows["stance_claim"].decided_same] == [2, 2, 2]
    assert [rows["stance_rse"].same, rows["stance_rse"].compared] == [3, 3]
    assert rows["cause_strategy"].same == 2
    assert found.evidence.value == pytest.approx(2 * 3 / (4 + 3))
    assert changed(b1, as_said(b1)) == []
    assert changed(b1, annotated["t2", "b1"].annotation or NOTHING) == ["stance_claim", "cause_strategy", "evidence"]


def test_two_readers_are_compared_by_their_files(own: Study) -> None:
    ours, theirs = AnnotationFile.of(own.folder, "a"), AnnotationFile.of(own.folder, "b")
    for file in (ours, theirs):
        saved(own, file, ("t1", "a1"))
        saved(own, file, ("t1", "a2"))
    assert compare(read_corpus(ours.path), read_corpus(theirs.path))["comments"] == 2


def test_commands_name_the_files_as_a_shell_reads_them(own: Study, tmp_path: Path) -> None:
    mine, other = tmp_path / "my study" / "annotations-a.jsonl", tmp_path / "b.jsonl"
    said = commands(own, mine, [other], model=tmp_path / "model")
    words = shlex.split(said["train"])
    assert words[:3] == ["rsenlp", "train", "rse-synth"]
    assert words[words.index(str(mine)) :][-2:] == ["-o", f"{tmp_path}/model"]
    assert said["classify"] == f"rsenlp classify {own.comments} -o {own.predictions} --model {tmp_path}/model"
    assert said["evaluate"] == f"rsenlp evaluate '{mine}'"
    assert said["agree"] == f"rsenlp agree '{mine}' {other}"
    assert "agree" not in commands(own, mine, model=tmp_path)
