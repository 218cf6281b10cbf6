from __future__ import annotations

from pathlib import Path

import pytest
import spacy

from rsenlp.analyzer import Analyzer

TEXTS = [
    "Ce n'est pas l'outil le problème. On n'avait aucun but, voilà pourquoi c'est mort 😀.",
    "The search finds nothing, that is why everybody left.",
    "",
]


@pytest.mark.parametrize("language", ["fr", "en", "xx"])
def test_the_component_says_what_the_analyzer_says(language: str, model: Analyzer) -> None:
    nlp = spacy.blank(language)
    nlp.add_pipe("rsenlp", config={"model": model.meta.name})
    for text, doc in zip(TEXTS, nlp.pipe(TEXTS), strict=True):
        expected = model.classify(text)
        assert doc._.rse.to_dict() | {"id": "", "thread_id": ""} == expected.to_dict() | {"id": "", "thread_id": ""}
        spans = doc.spans["rse_evidence"]
        assert [span.label_ for span in spans] == [f"{e.cause}:{e.polarity}" for e in expected.evidence]
        for span, item in zip(spans, expected.evidence, strict=True):
            assert item.text in span.text


def test_context_is_read(model: Analyzer) -> None:
    nlp = spacy.blank("en")
    component = nlp.add_pipe("rsenlp", config={"model": model.meta.name})
    doc = nlp.make_doc("Exactly.")
    doc._.rse_claim, doc._.rse_parent = "Networks fail.", "No, they work very well here."
    expected = model.classify("Exactly.", claim="Networks fail.", parent="No, they work very well here.")
    assert component(doc)._.rse.stance == expected.stance


def test_a_pipeline_with_it_is_saved_and_loaded(tmp_path: Path) -> None:
    nlp = spacy.blank("fr")
    nlp.add_pipe("rsenlp")
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert again(TEXTS[0])._.rse == nlp(TEXTS[0])._.rse
