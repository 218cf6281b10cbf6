"""Emerging themes: found in sentences outside the codebook, the same whatever the order, and honest about few."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rsenlp.cli import app
from rsenlp.codebook import STANCES, STATUSES, codebook
from rsenlp.discussion import Comment, Evidence, LabelPrediction, ModelId, Prediction
from rsenlp.record_files import open_writer
from rsenlp.results.emerging import COVERED, emerging, emerging_quotes, emerging_units
from rsenlp.results.grouping import LEAST, STABLE, groups, stop_words, terms_of
from rsenlp.results.selection import Selection
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study

# sentences about three matters, each of its own words
MATTERS = {
    "fr": {
        "télétravail": "le télétravail du vendredi vide le bureau {}",
        "syndicat": "notre syndicat local craint la surveillance {}",
        "traduction": "la traduction automatique trahit nos messages {}",
    },
    "en": {
        "battery": "the phone battery dies before lunch {}",
        "translation": "machine translation garbles our messages {}",
        "union": "our trade union fears being watched {}",
    },
}
TAILS = {
    "fr": "chaque semaine|depuis janvier|malgré tout|au siège|en usine|cet hiver|à Lyon|hier|sans raison|toujours",
    "en": "every week|since January|after all|in Leeds|at the plant|this winter|once more|for no reason|again|still",
}


def sentences(language: str) -> list[str]:
    tails = TAILS[language].split("|")
    return [f"{pattern.format(tail).capitalize()}." for pattern in MATTERS[language].values() for tail in tails]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_thirty_sentences_about_three_matters_are_three_groups_named_by_their_words(language: str) -> None:
    texts = sentences(language)
    assert len(texts) == LEAST
    found = groups(texts, language)
    assert len(found) == 3
    for matter, pattern in MATTERS[language].items():
        own = {text for text in texts if text.startswith(pattern[:8].capitalize())}
        (group,) = [group for group in found if set(group.sentences) == own]
        assert all(word in pattern.lower() for term in group.terms for word in term.split()), matter
        assert group.stability >= STABLE


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_neither_order_nor_repetition_changes_the_groups(chance: random.Random, times: int) -> None:
    texts = sentences("fr")
    other = texts + [chance.choice(texts) for _ in range(10 * times)]
    chance.shuffle(other)
    assert groups(other, "fr", draws=5) == groups(texts, "fr", draws=5)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet="abcé -'.\n", min_size=0, max_size=25), max_size=60))
def test_labels_are_words_of_the_texts_whatever_they_are(texts: list[str]) -> None:
    found = groups(texts, "en", draws=3)
    for group in found:
        assert 0 <= group.stability <= 1
        assert set(group.sentences) <= set(texts)
        for term in group.terms:
            assert any(term in text.lower() for text in group.sentences), "a label quotes its own sentences"
    placed = [text for group in found for text in group.sentences]
    assert len(placed) == len(set(placed))
    assert len(set(texts)) >= LEAST or not found


@pytest.mark.parametrize("texts", [[], ["Un."], sentences("fr")[1:], sentences("fr")[1:] * 5])
def test_fewer_than_thirty_different_sentences_are_not_grouped(texts: list[str]) -> None:
    assert groups(texts, "fr") == []


def test_sentences_that_share_no_word_are_not_grouped() -> None:
    letters = "bcdfghjklmnpqrstvwxz"
    assert groups([f"{one}{other}xylo{one}" for one in letters for other in letters[:3]], "en") == []


def test_groups_by_chance_are_not_stable() -> None:
    chance = random.Random(3)
    words = [f"{a}{b}ra" for a in "bcdfgk" for b in "aeiou"]
    found = groups([" ".join(chance.sample(words, 4)) for _ in range(120)], "en")
    assert found
    assert sum(group.stability for group in found) / len(found) < STABLE


def test_a_phrase_stands_in_the_text_as_it_is() -> None:
    assert list(terms_of("La Messagerie interne, l'outil de l'équipe : mot-clé", "fr")) == [
        "messagerie", "interne", "outil", "équipe", "mot-clé", "messagerie interne",
    ]  # fmt: skip
    assert {"the", "of"} <= stop_words("en")
    assert {"le", "même"} <= stop_words("fr")


# --- in a study -------------------------------------------------------------------------------------------------------


def made(folder: Path, rows: list[tuple[str, str, str | None, float | None]], *, decided: bool = True) -> Study:
    """A study whose comments are one sentence each: language, text, theme, and how likely the theme is."""
    folder.mkdir()
    book, model = codebook(), ModelId("m", "1", "0" * 64)
    stance = {target: LabelPrediction("none", dict.fromkeys(STANCES, 1 / 3)) for target in book.targets}
    causes = {cause: LabelPrediction("absent", dict.fromkeys(STATUSES, 1 / 3)) for cause in book.causes}
    causes["strategy"] = LabelPrediction("cited", dict.fromkeys(STATUSES, 1 / 3), decided)
    with open_writer(folder / COMMENTS, "comments") as texts, open_writer(folder / PREDICTIONS, "predictions") as said:
        for number, (language, text, theme, sureness) in enumerate(rows):
            thread = f"t{number // 3}"
            texts.write_comment(Comment(thread, f"c{number}", text, author=f"P{number % 7}", lang=language))
            piece = Evidence("strategy", "cited", 0, len(text), text, theme, 0.8, sureness)
            prediction = Prediction(thread, f"c{number}", language, stance, causes, (piece,), model)
            said.write_prediction(prediction, text)
    return Study.open(folder)


def rows_of(*languages: str) -> list[tuple[str, str, str | None, float | None]]:
    return [(language, text, "launch", 0.3) for language in languages for text in sentences(language)]


def test_only_sentences_that_no_theme_covers_are_grouped(tmp_path: Path) -> None:
    covered = [("fr", f"Personne n'a été formé, dit le {number}e.", "training", COVERED) for number in range(20)]
    unnamed = [("fr", text, None, None) for text in sentences("fr")]
    with made(tmp_path / "a", [*rows_of("en"), *unnamed, *covered]).connect() as connection:
        french, english = emerging(connection)
        assert (french.language, french.evidence, french.sentences, french.grouped) == ("fr", 50, 30, 30)
        assert (english.language, english.evidence, english.sentences, english.grouped) == ("en", 30, 30, 30)
        for found in (french, english):
            assert len(found.themes) == 3
            for theme in found.themes:
                assert (theme.sentences, theme.coverage, theme.stable) == (10, pytest.approx(1 / 3), True)
                assert emerging_units(connection, theme) == 10
                assert emerging_units(connection, theme, unit="threads") in (4, 5)
                assert emerging_units(connection, theme, unit="authors") == 7
                quoted = emerging_quotes(connection, theme, limit=20)
                assert len({quote.text for quote in quoted}) == 10
                assert all(any(term in quote.text.lower() for term in theme.terms) for quote in quoted)
                assert emerging_quotes(connection, theme, limit=3, offset=4) == quoted[4:7]
        nothing = Selection(search="no such words")
        assert emerging(connection, nothing) == []
        assert [found.language for found in emerging(connection, Selection(languages=("en",)))] == ["en"]
        assert emerging_units(connection, french.themes[0], nothing) == 0


def test_row_order_and_copies_of_comments_change_no_theme(tmp_path: Path) -> None:
    rows = rows_of("fr", "en")
    shuffled = rows * 2
    random.Random(5).shuffle(shuffled)
    found = []
    for name, own in (("a", rows), ("b", rows[::-1]), ("c", shuffled)):
        with made(tmp_path / name, own).connect() as connection:
            found.append(emerging(connection))
    assert found[0] == found[1]
    for one, copied in zip(found[0], found[2], strict=True):
        assert copied.sentences == 2 * one.sentences
        assert [(theme.terms, theme.coverage, theme.stability, theme.keys) for theme in copied.themes] == [
            (theme.terms, theme.coverage, theme.stability, theme.keys) for theme in one.themes
        ]


def test_a_study_with_too_little_says_how_much_there_is(tmp_path: Path) -> None:
    with made(tmp_path / "few", rows_of("fr")[:29] + rows_of("en")[:1] * 40).connect() as connection:
        few = emerging(connection)
    assert [(f.sentences, f.different, f.enough, f.themes) for f in few] == [(29, 29, False, ()), (40, 1, False, ())]
    for name, rows, decided in (("undecided", rows_of("fr"), False), ("empty", [], True)):
        with made(tmp_path / name, rows, decided=decided).connect() as connection:
            assert emerging(connection) == []


def test_the_command_prints_tables_or_json(tmp_path: Path) -> None:
    made(tmp_path / "study", rows_of("fr") + rows_of("en")[:5])
    shown = CliRunner().invoke(app, ["themes", str(tmp_path / "study"), "--emerging"])
    assert shown.exit_code == 0
    assert "local craint · surveillance" in shown.output
    assert "5 different sentences outside the codebook: too few to group, 30 are needed" in shown.output
    said = json.loads(CliRunner().invoke(app, ["themes", str(tmp_path / "study"), "--emerging", "--json"]).output)
    assert [(item["language"], len(item["themes"])) for item in said] == [("fr", 3), ("en", 0)]
    theme = said[0]["themes"][0]
    assert (theme["units"], theme["stable"], len(theme["quotes"])) == (10, True, 3)


def test_predictions_may_stand_in_another_order_and_not_know_their_themes(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    study = made(tmp_path / "study", [*rows_of("fr"), *(("fr", text, None, None) for text in sentences("fr")[:3])])
    with study.connect() as connection:
        as_made = emerging(connection)
    table = pq.read_table(study.predictions)
    pq.write_table(table.take(list(range(len(table)))[::-1]), study.predictions)
    with study.connect() as connection:
        assert emerging(connection) == as_made
    older = [field for field in table.schema.field("evidence").type.value_type if field.name != "theme_probability"]
    evidence = pa.array(table["evidence"].to_pylist(), pa.list_(pa.struct(older)))
    pq.write_table(table.set_column(table.column_names.index("evidence"), "evidence", evidence), study.predictions)
    with study.connect() as connection:
        (found,) = emerging(connection)
        assert (found.evidence, found.sentences) == (33, 3)
