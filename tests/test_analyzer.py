from __future__ import annotations

import itertools
import json
import subprocess
import sys

import pytest

import rsenlp
from rsenlp import Comment
from rsenlp.analyzer import Analyzer
from rsenlp.codebook import STANCES, STATUSES, codebook
from rsenlp.corpora import read_split
from rsenlp.errors import InputError, UsageError

CLAIM = "Most networks fail for want of a strategy."
TEXTS = [
    "The search never finds anything, that is why everybody left.",
    "Merci pour l'article !",
    "> The search never finds anything\nNobody told us what it was for. It failed because of that.",
    "Das hat bei uns leider überhaupt nicht funktioniert, schade eigentlich.",
    "😀😀😀",
    "x",
    "Ça marche très bien chez nous depuis que chaque communauté a un animateur. " * 40,
]


def comments() -> list[Comment]:
    made = [Comment("t1", f"c{n}", text, claim=CLAIM) for n, text in enumerate(TEXTS)]
    made.append(Comment("t1", "reply", "Exactly.", parent_id="c0", claim=CLAIM))
    made.append(Comment("t2", "alone", "Exactly.", parent_id="c0"))
    return made


def test_one_text_gives_one_typed_prediction(model: Analyzer) -> None:
    text = "Ce n'est pas l'outil le problème. On n'avait aucun but."
    prediction = model.classify(text, claim="Les RSE échouent à cause de l'outil.")
    record = prediction.to_dict()
    assert record == json.loads(json.dumps(record))
    assert list(record) == ["thread_id", "id", "lang", "stance", "causes", "evidence", "decided", "model"]
    assert list(record["stance"]) == list(codebook().targets)
    assert list(record["causes"]) == list(codebook().causes)
    for section, labels in (("stance", STANCES), ("causes", STATUSES)):
        for name, item in record[section].items():
            assert item["label"] in labels
            assert tuple(item["probabilities"]) == labels
            assert sum(item["probabilities"].values()) == pytest.approx(1, abs=2e-4)
            assert record["decided"][section][name] in (True, False)
    assert set(record["model"]) == {"name", "version", "hash"}
    assert len(record["model"]["hash"]) == 64


def test_evidence_quotes_the_text_and_agrees_with_the_causes(model: Analyzer) -> None:
    gold = list(read_split("gold-dev", "test"))
    for comment, prediction in zip(gold, model.classify(gold), strict=True):
        for item in prediction.evidence:
            assert comment.text[item.start : item.end] == item.text
            assert item.theme in {theme.id for theme in codebook().causes[item.cause].themes}
            assert item.probability is not None
            assert 0 <= item.probability <= 1
            assert item.theme_probability is not None
            assert 1 / len(codebook().causes[item.cause].themes) - 1e-3 <= item.theme_probability <= 1
        assert [item.start for item in prediction.evidence] == sorted(item.start for item in prediction.evidence)
        for cause, label in prediction.causes.items():
            polarities = {item.polarity for item in prediction.evidence if item.cause == cause}
            if label.label == "absent":
                assert not polarities
            else:
                assert label.label in polarities


def test_predictions_do_not_depend_on_order_batch_or_neighbours(
    model: Analyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = read_split("gold-dev", "test")
    parent = {(c.thread_id, c.id): c for c in gold}
    pairs = [(c, parent.get((c.thread_id, c.parent_id or ""))) for c in gold]
    whole = {p.id: p.to_dict() for p in model.classify_in_context(pairs)}
    backwards = {p.id: p.to_dict() for p in model.classify_in_context(reversed(pairs))}
    assert backwards == whole
    monkeypatch.setattr("rsenlp.analyzer._BATCH", 3)
    assert {p.id: p.to_dict() for p in model.classify_in_context(pairs)} == whole


def test_quoted_lines_are_never_evidence(model: Analyzer) -> None:
    prediction = model.classify("> The tool is so slow that everybody left, that is why it failed.\nWhich tool?")
    assert all(item.start >= prediction_start for item in prediction.evidence for prediction_start in [66])


def test_a_reply_is_read_with_its_parent(model: Analyzer) -> None:
    alone = model.classify("Exactly.", claim=CLAIM)
    below = model.classify("Exactly.", claim=CLAIM, parent="No. Strategy has nothing to do with it, the tool is bad.")
    assert alone.stance["claim"].probabilities != below.stance["claim"].probabilities


def test_other_languages_are_left_unread(model: Analyzer) -> None:
    predictions = {prediction.id: prediction for prediction in model.classify(comments())}
    german = predictions["c3"]
    assert german.lang == "other"
    assert {item.label for item in german.stance.values()} == {"none"}
    assert {item.label for item in german.causes.values()} == {"absent"}
    assert not any(itertools.chain(*(part.values() for part in german.decided.values())))


def test_many_are_classified_lazily_and_in_order(model: Analyzer) -> None:
    taken: list[int] = []

    def source():  # type: ignore[no-untyped-def]
        for number in range(10_000):
            taken.append(number)
            yield {"thread_id": f"t{number}", "id": str(number), "text": "The feed is dead.", "stance": "ignored"}

    found = model.classify(source())
    assert [prediction.id for prediction in itertools.islice(found, 3)] == ["0", "1", "2"]
    assert len(taken) < 1000


def test_a_record_without_text_is_refused(model: Analyzer) -> None:
    with pytest.raises(InputError, match="record:2: a comment needs a text"):
        list(model.classify([{"thread_id": "t", "id": "1", "text": "x"}, {"thread_id": "t", "id": "2"}]))


def test_one_record_is_one_comment_and_other_things_are_refused(model: Analyzer) -> None:
    assert model.classify({"text": "The tool is slow."}).lang == "en"
    with pytest.raises(InputError, match="record: a comment needs a text; got None"):
        model.classify({"train": [1, 2]})
    with pytest.raises(InputError, match="a text, a comment, a record or an iterable of them is classified; got 3"):
        model.classify(3)  # type: ignore[call-overload]
    with pytest.raises(InputError, match="record:1: each item is a text, a comment or a record; got None"):
        list(model.classify([None]))  # type: ignore[list-item]


def test_strings_are_texts_of_their_own(model: Analyzer) -> None:
    assert [p.id for p in model.classify(["Fine.", "Bien."])] == ["text-1", "text-2"]
    assert list(model.classify([])) == []


def test_an_unknown_model_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"a model is an embedded one \(.*fast.*\) or a folder"):
        rsenlp.load("nowhere")


def test_importing_the_package_is_light() -> None:
    code = "import sys, rsenlp; print([m for m in ('numpy', 'sklearn', 'spacy', 'pyarrow') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
