"""The researcher's bench: markup, building, checking, training, evaluating."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rsenlp.analyzer import Analyzer, load
from rsenlp.corpora import corpus_files, load_corpus, read_split
from rsenlp.discussion import Annotation, Comment, Evidence, LabelPrediction, ModelId, Prediction
from rsenlp.errors import InputError
from rsenlp.installation import corpora_folder
from rsenlp.study.corpus import build_corpus, read_pairs, split_of
from rsenlp.study.corpus_check import check_corpus, repeated_runs
from rsenlp.study.evaluate import evaluate, predictions
from rsenlp.study.markup import read_markup
from rsenlp.study.train import TrainConfig
from rsenlp.study.workshop import train_model

MARKUP = """#thread fr-x-01
lang: fr
place: press
claim: Le courriel est mort.
claim2: Le courriel vivra.

@c1 claim=favor/against rse=none writer=intern tags=irony,noisy
Bonjour. {{strategy/purpose+ tooling-|Ce n'est pas l'outil, c'est le but.}} Fin.
Deuxième {{pas une marque}} ligne.

@c2 <c1 claim=none/none rse=none
Oui.
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "fr-x.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_markup_becomes_annotated_comments_and_twins(tmp_path: Path) -> None:
    found = list(read_markup(written(tmp_path, MARKUP.replace("{{pas une marque}} ", ""))))
    assert [(c.id, c.parent_id, c.claim) for c in found] == [
        ("fr-x-01-c1", None, "Le courriel est mort."),
        ("fr-x-01-c2", "fr-x-01-c1", "Le courriel est mort."),
        ("fr-x-01-b-c1", None, "Le courriel vivra."),
        ("fr-x-01-b-c2", "fr-x-01-b-c1", "Le courriel vivra."),
    ]
    first, twin = found[0], found[2]
    assert first.text == "Bonjour. Ce n'est pas l'outil, c'est le but. Fin.\nDeuxième ligne."
    assert first.annotation is not None
    assert twin.annotation is not None
    assert first.annotation.causes == {
        "strategy": "cited",
        "tooling": "rejected",
        "integration": "absent",
        "definition": "absent",
    }
    assert [(e.cause, e.polarity, e.theme, e.text) for e in first.annotation.evidence] == [
        ("strategy", "cited", "purpose", "Ce n'est pas l'outil, c'est le but."),
        ("tooling", "rejected", None, "Ce n'est pas l'outil, c'est le but."),
    ]
    assert (first.annotation.stance["claim"], twin.annotation.stance["claim"]) == ("favor", "against")
    assert (twin.extra["twin_of"], twin.extra["group"]) == ("fr-x-01-c1", "fr-x-01")
    assert split_of(first) == split_of(twin)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("{{pas une marque}}", "{{pas", r":7: evidence is marked \{\{labels\|sentence\}\}"),
        ("{{pas une marque}} ", "{{strategy/fun+|x}}", r":7: themes of strategy are .*; got 'fun'"),
        ("{{pas une marque}} ", "{{weather+|x}}", ":7: evidence is labelled cause/theme"),
        ("{{pas une marque}} ", "{{strategy+| x}}", ":7: marked evidence has no white space at its ends"),
        ("favor/against", "favor", ":7: claim= gives one stance per claim"),
        ("rse=none writer", "rse=maybe writer", ":7: a stance is one of favor, against, none; got 'maybe'"),
        ("tags=irony", "tags=funny", ":7: tags are among"),
        ("<c1", "<c9", ":11: an answered comment stands earlier"),
        ("@c2 <c1", "@c1", ":11: comment ids are unique"),
        ("place: press", "place: pub", ":1: place is one of"),
        ("lang: fr\n", "", ":1: a thread needs 'lang'"),
        ("claim2:", "claim3:", ":5: before a thread's first comment come lines 'key: value'"),
    ],
)
def test_broken_markup_is_refused_with_its_line(tmp_path: Path, before: str, after: str, message: str) -> None:
    text = MARKUP.replace(before, after, 1)
    if "pas une marque" in text and after != "{{pas":
        text = text.replace("{{pas une marque}} ", "")
    with pytest.raises(InputError, match=message):
        list(read_markup(written(tmp_path, text)))


def test_pairs_differ_in_label_and_text(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("irony/plain\trse=against\tOh great.\trse=favor tooling/search+\tIt is great.\n", encoding="utf-8")
    pair = read_pairs(path)[0]
    assert pair.stance == ("against", "favor")
    assert [len(side) for side in pair.evidence] == [0, 1]
    path.write_text("x\tnone\tSame.\tnone\tSame?\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"pairs\.tsv:1: a pair has five columns"):
        read_pairs(path)


def test_the_corpus_is_what_its_markup_says(tmp_path: Path) -> None:
    source = corpora_folder() / "rse-synth"
    folder = tmp_path / "rse-synth"
    shutil.copytree(source / "threads", folder / "threads")
    shutil.copy(source / "requirements.toml", folder)
    build_corpus(folder)
    for split, path in corpus_files("rse-synth").items():
        assert (folder / "data" / f"{split}.jsonl").read_bytes() == path.read_bytes()


def test_the_check_finds_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    (folder / "threads").mkdir(parents=True)
    text = MARKUP.replace("{{pas une marque}} ", "").replace(
        "|Ce n'est pas l'outil, c'est le but.", "|Ce n'est pas l'outil"
    )
    text = text.replace("Fin.", ", c'est le but. Fin.") + "\n@c3 claim=none/none rse=none\nOui.\n"
    written(folder / "threads", text)
    shutil.copy(corpora_folder() / "rse-synth" / "requirements.toml", folder)
    for number in range(2, 9):
        other = text.replace("fr-x-01", f"fr-x-0{number}").replace("Bonjour", f"Bonjour numéro {number}")
        (folder / "threads" / f"fr-{number}.txt").write_text(other, encoding="utf-8")
    build_corpus(folder)
    evaluation = tmp_path / "gold.txt"
    evaluation.write_text("Eh bien : bonjour. Ce n'est pas l'outil , c'est le but. Voilà.", encoding="utf-8")
    failed = {f.name: f for f in check_corpus(folder, independent_of=[evaluation]) if not f.passed}
    assert failed["evidence that is no whole sentence"].found == "16"
    assert failed["same words"].examples[0] == "'oui'"
    assert "8-word runs shared with 1 evaluation files" in failed
    assert failed["comments"].required == "at least 2000"
    stale = folder / "data" / "train.jsonl"
    stale.write_text(stale.read_text(encoding="utf-8").replace("Deuxième", "Troisième", 1), encoding="utf-8")
    assert not next(f for f in check_corpus(folder) if f.name == "records as in the markup").passed
    assert repeated_runs([Comment("t", "1", "a b c d e"), Comment("t", "2", "x a b c d e")]) == [("a b c d e", 2)]


def test_the_corpus_loads_as_a_typed_dataset() -> None:
    dataset = load_corpus("rse-synth")
    assert list(dataset) == ["train", "validation", "test"]
    features = dataset["train"].features
    assert set(features["causes"]) == {"strategy", "tooling", "integration", "definition"}
    row = dataset["validation"][0]
    assert row["stance"]["claim"] in ("favor", "against", "none")
    for item in row["evidence"]:
        assert row["text"][item["start"] : item["end"]] == item["text"]
    assert list(load_corpus("gold-dev")) == ["test"]


def test_the_files_load_with_datasets_alone(tmp_path: Path) -> None:
    from datasets import load_dataset

    files = {split: str(path) for split, path in corpus_files("rse-synth").items()}
    dataset = load_dataset("json", data_files=files, cache_dir=str(tmp_path))
    assert dataset["test"].num_rows == len(read_split("rse-synth", "test"))


# --- training and evaluation -----------------------------------------------------------------------------------------


SMALL = TrainConfig(folds=2)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Analyzer]:
    """A model trained on the validation split: small, but the whole way."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    file = str(corpus_files("rse-synth")["validation"])
    said: list[str] = []
    train_model([file], folder, name="tiny", version="0.0.1", config=SMALL, gold=["gold-dev"], say=said.append)
    assert said
    return folder, load(str(folder))


def test_a_trained_model_is_whole_and_learnt_something(small: tuple[Path, Analyzer]) -> None:
    folder, model = small
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "meta.json",
        "vocabulary.json",
        "weights.safetensors",
    ]
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    assert meta["scores"]["gold-dev"]["stance.claim"]["value"] > 0.2
    assert "gold-dev: 132 comments" in (folder / "README.md").read_text(encoding="utf-8")
    seen = read_split("rse-synth", "validation")
    figures = evaluate(seen, predictions(model, seen))["languages"]["all"]
    assert figures["stance"]["rse"]["accuracy"].value > 0.7
    assert figures["cited"].value > 0.5


def test_training_twice_gives_the_same_model(small: tuple[Path, Analyzer], tmp_path: Path) -> None:
    folder, _ = small
    file = str(corpus_files("rse-synth")["validation"])
    train_model([file], tmp_path / "tiny", name="tiny", version="0.0.1", config=SMALL, say=lambda _: None)
    for name in ("weights.safetensors", "vocabulary.json"):
        assert (tmp_path / "tiny" / name).read_bytes() == (folder / name).read_bytes()


def test_training_refuses_too_little(tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    path.write_bytes(b"".join(corpus_files("gold-dev")["test"].read_bytes().splitlines(keepends=True)[:3]))
    with pytest.raises(InputError, match="training needs comments of at least 5 threads"):
        train_model([str(path)], tmp_path / "m", name="m", version="1", config=TrainConfig(), say=lambda _: None)


def perfect(comment: Comment) -> Prediction:
    assert comment.annotation is not None
    made = comment.annotation

    def sure(label: str, labels: tuple[str, ...]) -> LabelPrediction:
        return LabelPrediction(label, {name: float(name == label) for name in labels})

    return Prediction(
        comment.thread_id,
        comment.id,
        str(comment.lang),
        {target: sure(label, ("favor", "against", "none")) for target, label in made.stance.items()},
        {cause: sure(label, ("cited", "rejected", "absent")) for cause, label in made.causes.items()},
        made.evidence,
        ModelId("oracle", "1", "0" * 64),
    )


def test_a_perfect_reader_scores_one_everywhere() -> None:
    gold = read_split("gold-dev", "test")
    figures = evaluate(gold, map(perfect, gold))
    for part in figures["languages"].values():
        for section in ("stance", "causes"):
            for task in part[section].values():
                assert task["macro_f1"].value == 1
                assert task["calibration_error"].value == 0
        assert (part["cited"].value, part["rejected"].value, part["evidence"].value) == (1, 1, 1)


def test_predictions_for_other_comments_are_refused() -> None:
    gold = read_split("gold-dev", "test")[:2]
    with pytest.raises(InputError, match="predictions are in the order of the gold"):
        evaluate(gold, map(perfect, reversed(gold)))
    with pytest.raises(InputError, match="every comment of a gold corpus is annotated"):
        evaluate([Comment("t", "1", "x")], [perfect(gold[0])])
    with pytest.raises(InputError, match="an annotated corpus has comments; got none"):
        evaluate([], [])


def test_annotations_are_not_read_when_predicting(model: Analyzer) -> None:
    comment = Comment(
        "t",
        "1",
        "The tool is slow.",
        annotation=Annotation({"claim": "favor", "rse": "favor"}, {}, (Evidence("tooling", "cited", 0, 3, "The"),)),
    )
    bare = Comment("t", "1", "The tool is slow.")
    assert next(predictions(model, [comment])).to_dict() == model.classify(bare).to_dict()
