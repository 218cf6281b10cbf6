"""The behavioural suite: that it is whole, and that it finds what it should."""

from __future__ import annotations

import pytest

from rsenlp.analyzer import Analyzer
from rsenlp.codebook import codebook
from rsenlp.study.robustness import (
    PERTURBATIONS,
    Behaviour,
    Case,
    load_suite,
    run_suite,
    with_typing_errors,
    without_accents,
)
from rsenlp.text import SUPPORTED


def test_the_suite_has_forty_tests_in_each_language_and_one_for_every_theme() -> None:
    suite = load_suite()
    for lang in SUPPORTED:
        own = [test for test in suite if test.lang == lang]
        assert len(own) >= 40
        assert len({(test.kind, test.name) for test in own}) == len(own)
        assert set(codebook().themes) <= {test.name for test in own if test.kind == "ability"}
        assert {test.kind for test in own} == {"ability", "direction", "invariance"}
        assert all(len(test.cases) >= 8 for test in own), [test.name for test in own if len(test.cases) < 8]
        assert all("{" not in case.text for test in own for case in test.cases)


def test_no_text_stands_twice_in_a_test() -> None:
    for test in load_suite():
        texts = [(case.text, case.like) for case in test.cases]
        assert len(set(texts)) == len(texts), test.name


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (without_accents, "Où était l'été ?", "Ou etait l'ete ?"),
        (lambda text: PERTURBATIONS["a greeting before"](text, "fr"), "Non.", "Bonjour,\nNon."),
        (lambda text: PERTURBATIONS["no full stop at the end"](text, "en"), "Never!", "Never"),
    ],
)
def test_what_does_not_matter(change, before: str, after: str) -> None:  # type: ignore[no-untyped-def]
    assert change(before) == after


def test_typing_errors_swap_letters_inside_words_and_are_the_same_each_time() -> None:
    text = "Personne ne savait vraiment pourquoi cette plateforme existait dans notre entreprise"
    once = with_typing_errors(text)
    assert once == with_typing_errors(text)
    assert once != text
    for before, after in zip(text.split(), once.split(), strict=True):
        assert sorted(before) == sorted(after)
        assert (before[0], before[-1]) == (after[0], after[-1])


def test_a_case_that_expects_the_opposite_of_what_the_model_says_fails(model: Analyzer) -> None:
    text = "It failed because nobody knew what it was for."
    right = Behaviour("ability", "right", "en", (Case(text, "en", cause="strategy", status="cited"),))
    wrong = Behaviour("ability", "wrong", "en", (Case(text, "en", cause="strategy", status="absent"),))
    same = Behaviour("invariance", "same", "en", (Case(text, "en", like=text),))
    other = Behaviour("invariance", "other", "en", (Case("Thanks for the link.", "en", like=text),))
    outcomes = {item.name: item for item in run_suite(model, [right, wrong, same, other])}
    assert outcomes["right"].failed == 0
    assert outcomes["wrong"].failed == 1
    assert outcomes["wrong"].examples == ((text, "strategy cited"),)
    assert outcomes["same"].failed == 0
    assert outcomes["same"].cases == 6
    assert outcomes["other"].failed >= 1
