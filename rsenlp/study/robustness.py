"""Behavioural tests of a model, after CheckList (Ribeiro et al. 2020): what it must be able to say, what must not
change its mind, and what must.

The cases are data (``robustness.toml``), written for the project and never trained on.

- *Ability*: one plain sentence; the cause has the status that is plain.
- *Direction*: a sentence is changed (a cause denied, "but that is not the reason" added) and the status follows.
- *Invariance*: what does not matter is changed (names, vendors, case, accents, typing errors, spelling, address);
  every label stays. Each label of a comment is a case of its own.
"""

from __future__ import annotations

import hashlib
import itertools
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from rsenlp.analyzer import Analyzer
from rsenlp.discussion import Comment, Prediction
from rsenlp.errors import InputError
from rsenlp.text import SUPPORTED

Kind = Literal["ability", "direction", "invariance"]


@dataclass(frozen=True, slots=True)
class Case:
    """One text, and what is expected of it: a cause's status, or the same labels as for the text ``like``."""

    text: str
    lang: str
    claim: str | None = None
    cause: str | None = None
    status: str | None = None
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Cases that test one thing in one language."""

    kind: Kind
    name: str
    lang: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a model did in a test; ``failed`` of ``cases``, with the texts of some failures and what was said."""

    kind: Kind
    name: str
    lang: str
    cases: int
    failed: int
    examples: tuple[tuple[str, str], ...]

    @property
    def failure_rate(self) -> float:
        return self.failed / self.cases


def load_suite(data: Mapping[str, Any] | None = None) -> list[Behaviour]:
    """The tests of the suite, those of the package by default.

    Raises:
        InputError: a test breaks the form of the file.
    """
    if data is None:
        data = tomllib.loads(files("rsenlp.study").joinpath("robustness.toml").read_text(encoding="utf-8"))
    slots = data["slots"]
    tests = [
        *(_ability(item, lang, slots[lang]) for item in data["ability"] for lang in SUPPORTED if lang in item),
        *(_direction(item, lang, slots[lang]) for item in data["direction"] for lang in SUPPORTED if lang in item),
        *(_pairs(item, lang) for item in data["same"] for lang in SUPPORTED if lang in item),
    ]
    for lang in SUPPORTED:
        comments = [
            (item["claim"], text) for item in data["comments"] if item["lang"] == lang for text in item["texts"]
        ]
        tests += [_perturbed(name, change, lang, comments) for name, change in PERTURBATIONS.items()]
        tests += [_filled(slot, lang, slots[lang], comments) for slot in slots[lang]]
    tests = [test for test in tests if test.cases or test.name != "no accents"]  # English has next to none
    if empty := [f"{test.name} ({test.lang})" for test in tests if not test.cases]:
        raise InputError("every test has cases", got=", ".join(empty))
    return tests


def run_suite(analyzer: Analyzer, tests: Sequence[Behaviour]) -> list[Outcome]:
    """What a model makes of every test."""
    return [_outcome(analyzer, test) for test in tests]


# --- the kinds of tests ----------------------------------------------------------------------------------------------


def _ability(item: Mapping[str, Any], lang: str, slots: Mapping[str, Sequence[str]]) -> Behaviour:
    cases = [
        Case(text, lang, claim=item.get("claim", {}).get(lang), cause=item["cause"], status=item["status"])
        for template in item[lang]
        for text in itertools.islice(_fillings(template, slots), 2)
    ]
    return Behaviour("ability", item["name"], lang, tuple(cases))


def _direction(item: Mapping[str, Any], lang: str, slots: Mapping[str, Sequence[str]]) -> Behaviour:
    cases = [
        Case(text, lang, cause=item["cause"], status=item["status"])
        for template in item[lang]
        for text in itertools.islice(_fillings(template, slots), 2)
    ]
    return Behaviour("direction", item["name"], lang, tuple(cases))


def _pairs(item: Mapping[str, Any], lang: str) -> Behaviour:
    return Behaviour(
        "invariance", item["name"], lang, tuple(Case(other, lang, like=text) for text, other in item[lang])
    )


def _perturbed(
    name: str, change: Callable[[str, str], str], lang: str, comments: Sequence[tuple[str, str]]
) -> Behaviour:
    plain = [(claim, _plain(text)) for claim, text in comments]
    cases = [
        Case(change(text, lang), lang, claim=claim, like=text) for claim, text in plain if change(text, lang) != text
    ]
    return Behaviour("invariance", name, lang, tuple(cases))


def _filled(slot: str, lang: str, slots: Mapping[str, Sequence[str]], comments: Sequence[tuple[str, str]]) -> Behaviour:
    """Another word in a slot changes nothing: each comment with the slot, its first filling against others."""
    cases = []
    for claim, template in comments:
        if f"{{{slot}}}" not in template:
            continue
        first, *others = (_plain(text) for text in _fill(template, slot, slots[slot]))
        cases += [Case(other, lang, claim=claim, like=first) for other in others[:3]]
    return Behaviour("invariance", f"another {slot}", lang, tuple(cases))


def _fill(template: str, slot: str, words: Sequence[str]) -> Iterator[str]:
    return (template.replace(f"{{{slot}}}", word) for word in words)


def _fillings(template: str, slots: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The template with the words of its slots, first with first, second with second."""
    if "{" not in template:
        yield template
        return
    for number in range(max(len(words) for words in slots.values())):
        text = template
        for slot, words in slots.items():
            text = text.replace(f"{{{slot}}}", words[number % len(words)])
        yield text


def _plain(template: str) -> str:
    """A comment with ordinary words in whatever slots it still has."""
    for slot, word in {"vendor": "Yammer", "person": "Dominique", "company": "Norvelia"}.items():
        template = template.replace(f"{{{slot}}}", word)
    return template


# --- what does not matter --------------------------------------------------------------------------------------------


def without_accents(text: str) -> str:
    """The text in letters without accents, as typed on a foreign keyboard."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def with_typing_errors(text: str) -> str:
    """The text with two neighbouring letters swapped inside every eighth long word; the same text, the same errors."""
    words = text.split(" ")
    long = [number for number, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    for number in long[_seed(text) % 4 :: 8]:
        word = words[number]
        at = 1 + _seed(word) % (len(word) - 3)
        words[number] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _seed(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


PERTURBATIONS: dict[str, Callable[[str, str], str]] = {
    "typing errors": lambda text, lang: with_typing_errors(text),
    "no accents": lambda text, lang: without_accents(text),
    "all lower case": lambda text, lang: text.lower(),
    "all capitals": lambda text, lang: text.upper(),
    "no full stop at the end": lambda text, lang: text.rstrip(".!"),
    "typographic apostrophes": lambda text, lang: text.replace("'", "’"),
    "a greeting before": lambda text, lang: {"fr": "Bonjour,", "en": "Hi all,"}[lang] + "\n" + text,
}


# --- how a model did -------------------------------------------------------------------------------------------------


def _outcome(analyzer: Analyzer, test: Behaviour) -> Outcome:
    predictions = _predictions(analyzer, test)
    cases = failed = 0
    examples: list[tuple[str, str]] = []
    for case in test.cases:
        said = predictions[case.text, case.claim]
        if case.like is None:
            wrong = (
                []
                if said.causes[str(case.cause)].label == case.status
                else [f"{case.cause} {said.causes[str(case.cause)].label}"]
            )
            cases += 1
        else:
            labels, before = _labels(said), _labels(predictions[case.like, case.claim])
            wrong = [f"{name} {before[name]} → {label}" for name, label in labels.items() if label != before[name]]
            cases += len(labels)
        failed += len(wrong)
        if wrong and len(examples) < 5:
            examples.append((case.text, ", ".join(wrong)))
    return Outcome(test.kind, test.name, test.lang, cases, failed, tuple(examples))


def _predictions(analyzer: Analyzer, test: Behaviour) -> dict[tuple[str, str | None], Prediction]:
    texts = {
        (text, case.claim): case.lang for case in test.cases for text in (case.text, case.like) if text is not None
    }
    comments = [
        Comment(thread_id=f"t{number}", id=str(number), text=text, claim=claim, lang=lang)
        for number, ((text, claim), lang) in enumerate(texts.items())
    ]
    return dict(zip(texts, analyzer.classify(comments), strict=True))


def _labels(prediction: Prediction) -> dict[str, str]:
    return {name: item.label for name, item in {**prediction.stance, **prediction.causes}.items()}
