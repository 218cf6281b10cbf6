"""Questions to a study: what is counted, in which unit, and that the same number comes out wherever it is asked."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rsenlp.codebook import codebook
from rsenlp.discussion import Comment, Evidence, LabelPrediction, ModelId, Prediction
from rsenlp.record_files import open_writer
from rsenlp.results.compare import compare, undecided, wilson
from rsenlp.results.counts import (
    causes_by_stance,
    causes_together,
    label_counts,
    label_totals,
    other_columns,
    overview,
    size,
    values_of,
)
from rsenlp.results.listing import ancestors, answers, comment, comments, doubt, doubtful, several
from rsenlp.results.prevalence import LEAST_THREADS, interval, mix_of, prevalence
from rsenlp.results.selection import UNDECIDED, Selection, sought
from rsenlp.results.store import COMMENTS, PREDICTIONS, Study
from rsenlp.results.themes import quoted_units, quotes, theme_counts
from rsenlp.results.timeline import Point, filled, first_and_last, stretches, timeline, undated

if TYPE_CHECKING:
    import duckdb

# id, thread, parent, author, language, source, date, stance to the claim, to the RSE, tooling, strategy, sureness
ROWS = [
    ("a1", "t1", None, "ann", "fr", "blog", "2024-01-01", "favor", "none", "cited", "absent", 0.9),
    ("a2", "t1", "a1", "bob", "fr", "blog", "2024-01-03", "against", "favor", "rejected", "cited", 0.8),
    ("a3", "t1", "a2", "ann", "fr", "press", "2024-02-10", "favor", "none", "cited", "cited", 0.7),
    ("b1", "t2", None, "cat", "en", "press", "2025-02-10", "none", "against", "absent", "cited", 0.4),
    ("b2", "t2", None, None, "en", None, None, "favor", "none", "cited", "absent", 0.95),
    ("c1", "t3", None, "dan", "other", "blog", None, "none", "none", "absent", "absent", 1.0),
]
THEMES = {"tooling": "search", "strategy": "purpose"}


def label(value: str, labels: tuple[str, ...], sure: float) -> LabelPrediction:
    rest = (1 - sure) / 2
    return LabelPrediction(value, {name: sure if name == value else rest for name in labels}, decided=sure >= 0.5)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder: Path = tmp_path_factory.mktemp("study")
    book = codebook()
    with open_writer(folder / COMMENTS, "comments") as texts, open_writer(folder / PREDICTIONS, "predictions") as said:
        for id, thread, parent, author, lang, source, day, claim, rse, tooling, strategy, sure in ROWS:
            text = f"Phrase outil {id}. Phrase but {id}."
            made = None if day is None else datetime.fromisoformat(day).replace(tzinfo=UTC)
            one = Comment(thread, id, text, parent, "A claim", lang, author, made, source, extra={"team": id[0]})
            texts.write_comment(one)
            statuses = {"tooling": tooling, "strategy": strategy}
            evidence = []
            for cause, (start, end) in {"tooling": (0, 16), "strategy": (17, 31)}.items():
                if statuses[cause] != "absent":
                    piece = text[start:end]
                    evidence.append(Evidence(cause, statuses[cause], start, end, piece, THEMES[cause], sure))
            prediction = Prediction(
                thread,
                id,
                lang,
                {
                    "claim": label(claim, ("favor", "against", "none"), sure),
                    "rse": label(rse, ("favor", "against", "none"), 0.9),
                },
                {
                    cause: label(
                        statuses.get(cause, "absent"),
                        ("cited", "rejected", "absent"),
                        sure if cause in statuses else 1.0,
                    )
                    for cause in book.causes
                },
                tuple(evidence),
                ModelId("m", "1", "0" * 64),
            )
            said.write_prediction(prediction, text)
    return Study.open(folder)


@pytest.fixture
def connection(study: Study) -> Iterator[duckdb.DuckDBPyConnection]:
    with study.connect() as opened:
        yield opened


def number(connection: duckdb.DuckDBPyConnection, name: str, value: str, **options: object) -> int:
    return sum(c.units for c in label_counts(connection, **options) if (c.name, c.label) == (name, value))  # type: ignore[arg-type]


def test_each_unit_counts_once(connection: duckdb.DuckDBPyConnection) -> None:
    assert (overview(connection).comments, overview(connection).threads, overview(connection).authors) == (6, 3, 4)
    assert number(connection, "cause_tooling", "cited") == 3
    assert number(connection, "cause_tooling", "cited", unit="authors") == 1  # ann twice; b2 has no author
    assert number(connection, "cause_tooling", "cited", unit="threads") == 2
    assert number(connection, "stance_claim", UNDECIDED) == 1
    assert [size(connection, unit=unit) for unit in ("comments", "authors", "threads")] == [5, 3, 2]


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (Selection(languages=("fr",)), ["a1", "a2", "a3"]),
        (Selection(sources=("press",)), ["a3", "b1"]),
        (Selection(authors=("ann",), threads=("t1",)), ["a1", "a3"]),
        (Selection(since=date(2024, 1, 3), until=date(2024, 2, 10)), ["a2", "a3"]),
        (Selection(labels={"cause_tooling": "cited", "stance_claim": "favor"}), ["a1", "a3", "b2"]),
        (Selection(labels={"stance_claim": UNDECIDED}), ["b1"]),
        (Selection(undecided=True), ["b1"]),
        (Selection(theme="tooling/search"), ["a1", "a2", "a3", "b2"]),
        (Selection(theme="tooling/search", polarity="rejected"), ["a2"]),
        (Selection(theme="strategy/purpose"), ["a2", "a3"]),  # b1 cites it too, but its cause is not decided
        (Selection(columns={"team": "b"}), ["b1", "b2"]),
        (Selection(columns={"team": ("b", "c")}), ["b1", "b2", "c1"]),
        (Selection(search="OUTIL A2"), ["a2"]),
        (Selection(search="100%_'; drop table x"), []),
        (Selection(languages=("fr",), search=" outil A "), ["a1", "a2", "a3"]),
        (Selection(sources=("blog",), search="BUT"), ["a1", "a2", "c1"]),
    ],
)
@pytest.mark.parametrize("before", [False, True])
def test_a_selection_is_the_same_everywhere(
    connection: duckdb.DuckDBPyConnection, selection: Selection, ids: list[str], before: bool
) -> None:
    selection = sought(connection.cursor(), selection) if before else selection
    assert [shown.id for shown in comments(connection, selection, limit=100)] == ids
    assert overview(connection, selection).comments == len(ids)
    stances = sum(c.units for c in label_counts(connection, selection) if c.name == "stance_rse")
    assert stances == size(connection, selection) == len([id for id in ids if id != "c1"])
    listed = sum(
        len({q.id for q in quotes(connection, "tooling", p, selection=selection, limit=99)})
        for p in ("cited", "rejected")
    )
    counted = sum(item.units for item in theme_counts(connection, selection) if item.cause == "tooling")
    assert listed == counted
    for item in theme_counts(connection, selection):
        asked = {"theme": item.theme, "selection": selection}
        assert item.units == quoted_units(connection, item.cause, item.polarity, **asked)  # type: ignore[arg-type]
        assert item.units == len(quotes(connection, item.cause, item.polarity, limit=99, **asked))  # type: ignore[arg-type]
        chosen = dataclasses.replace(selection, theme=f"{item.cause}/{item.theme}", polarity=item.polarity)
        if selection.theme in (None, chosen.theme):
            assert item.units == overview(connection, chosen).comments


def test_a_connection_keeps_its_last_searches(study: Study) -> None:
    with study.connect() as connection:
        for number in range(70):
            assert overview(connection, sought(connection, Selection(search=f"A{number}"))).comments == (
                number in range(1, 4)
            )
        count = "select count(*) from duckdb_tables() where starts_with(table_name, 'found_')"
        assert connection.execute(count).fetchone() == (60,)
        assert sought(connection, Selection(languages=("fr",))) == Selection(languages=("fr",))


def test_what_the_codebook_does_not_have_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    for selection in (Selection(labels={"n": "1"}), Selection(theme="tooling/magic")):
        with pytest.raises(KeyError):
            comments(connection, selection)
    with pytest.raises(KeyError):
        quotes(connection, "magic", "cited")
    with pytest.raises(KeyError):
        quoted_units(connection, "magic", "cited")
    with pytest.raises(KeyError):
        timeline(connection, "stance_claim; drop view labelled", "month")


def test_who_writes_in_two_languages_counts_once(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "update labels set read_lang = 'en' from labelled where labels.n = labelled.n and labelled.id = 'a3'"
    )
    assert number(connection, "cause_tooling", "cited", unit="authors") == 2  # ann in each language
    assert label_totals(connection, unit="authors")["cause_tooling", "cited"] == 1
    both = {(d.column, d.label): d for d in compare(connection, Selection(), Selection(), "authors")}
    assert (both["cause_tooling", "cited"].left, both["cause_tooling", "cited"].left_total) == (1, 3)


def test_columns_of_the_corpus(connection: duckdb.DuckDBPyConnection) -> None:
    assert other_columns(connection) == ["team"]


def test_labels_that_go_together(connection: duckdb.DuckDBPyConnection) -> None:
    cells = {(cell.row, cell.column): cell.units for cell in causes_by_stance(connection, "claim")}
    assert cells == {("tooling", "favor"): 3, ("strategy", "favor"): 1, ("strategy", "against"): 1}
    together = {(cell.row, cell.column): cell.units for cell in causes_together(connection)}
    assert together["strategy", "tooling"] == 1
    assert (together["strategy", "strategy"], together["tooling", "tooling"]) == (2, 3)
    assert together["integration", "definition"] == 0


def test_the_thread_around_a_comment(connection: duckdb.DuckDBPyConnection) -> None:
    shown = comment(connection, "t1", "a3")
    assert shown is not None
    assert [item.id for item in ancestors(connection, shown)] == ["a1", "a2"]
    assert [item.id for item in answers(connection, "t1", "a1")] == ["a2"]
    assert comment(connection, "t1", "b1") is None
    assert doubtful(connection)[0].id == "b1"


def test_counts_over_time(connection: duckdb.DuckDBPyConnection) -> None:
    points = timeline(connection, "stance_claim", "month")
    assert [(p.start, p.label, p.units, p.total) for p in points] == [
        (date(2024, 1, 1), "against", 1, 2),
        (date(2024, 1, 1), "favor", 1, 2),
        (date(2024, 2, 1), "favor", 1, 1),
        (date(2025, 2, 1), UNDECIDED, 1, 1),
    ]
    weeks = timeline(connection, "stance_claim", "week")
    assert weeks[0].start == date(2024, 1, 1)  # a Monday
    low, high = points[0].interval
    assert low < points[0].share == 0.5 < high
    assert undated(connection) == 2
    assert first_and_last(connection) == (date(2024, 1, 1), date(2025, 2, 10))
    assert first_and_last(connection, Selection(threads=("t3",))) is None
    assert values_of(connection, "source") == [("blog", 3), ("press", 2)]


def test_every_label_has_a_point_and_gaps_are_known() -> None:
    months = [date(2024, 11, 1), date(2024, 12, 1), date(2025, 2, 1)]
    points = [Point(months[0], "favor", 2, 5), Point(months[1], "none", 1, 1), Point(months[2], "favor", 1, 1)]
    assert filled(points, ["favor", "none"]) == [
        points[0],
        Point(months[0], "none", 0, 5),
        Point(months[1], "favor", 0, 1),
        points[1],
        points[2],
        Point(months[2], "none", 0, 1),
    ]
    assert stretches(months, "month") == [months[:2], months[2:]]
    assert stretches([date(2024, 12, 30), date(2025, 1, 6)], "week") == [[date(2024, 12, 30), date(2025, 1, 6)]]
    assert stretches([date(2026, 1, 1), date(2024, 1, 1), date(2025, 1, 1)], "year") == [
        [date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)]
    ]


def test_a_difference_has_its_interval_and_test(connection: duckdb.DuckDBPyConnection) -> None:
    rows = {
        (d.column, d.label): d for d in compare(connection, Selection(languages=("fr",)), Selection(languages=("en",)))
    }
    favor = rows["stance_claim", "favor"]
    assert (favor.left, favor.left_total, favor.right, favor.right_total) == (2, 3, 1, 2)
    assert favor.low is not None
    assert favor.high is not None
    assert favor.low < favor.left_share - favor.right_share < favor.high
    assert favor.p == 1.0
    fr, en = Selection(languages=("fr",)), Selection(languages=("en",))
    fewer = compare(connection, fr, en, without=("stance_claim",))
    assert {d.column for d in rows.values()} - {d.column for d in fewer} == {"stance_claim"}
    least = {(d.column, d.label): d.adjusted_p for d in fewer}
    assert all(least[key] <= d.adjusted_p for key, d in rows.items() if key in least)  # type: ignore[operator]
    doubts = {d.column: d for d in undecided(connection, fr, en)}
    assert (doubts["stance_claim"].left, doubts["stance_claim"].right, doubts["stance_claim"].p) == (0, 1, None)
    assert doubts["stance_claim"].low is not None
    empty = compare(connection, Selection(languages=("fr",)), Selection(threads=("nowhere",)))
    assert all(d.p is None and d.low is None and math.isnan(d.right_share) for d in empty)


def test_intervals_are_those_of_the_literature() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873-890, table II, example (a): 56/70 against 48/80
    from rsenlp.results.compare import _fisher, _holm, _newcombe

    low, high = _newcombe(56, 70, 48, 80)
    assert (low, high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
    assert wilson(15, 148) == (pytest.approx(0.0624, abs=1e-4), pytest.approx(0.1605, abs=1e-4))
    assert _fisher(1, 10, 11, 14) == pytest.approx(0.002759, abs=1e-6)
    assert _holm([0.01, 0.04, 0.03, None]) == [pytest.approx(0.03), pytest.approx(0.06), pytest.approx(0.06), None]


def test_what_was_checked_leaves_the_queue(connection: duckdb.DuckDBPyConnection) -> None:
    queue = [shown.key for shown in doubtful(connection)]
    assert queue[:2] == [("t2", "b1"), ("t1", "a3")]
    assert ("t3", "c1") not in queue  # in no language of ours: nothing was said of it
    left = [shown.key for shown in doubtful(connection, without=[("t2", "b1"), ("t1", "b2")])]
    assert left == queue[1:]
    assert [shown.id for shown in doubtful(connection, Selection(search="a"), limit=1, without=queue[:1])] == ["a3"]


def test_a_doubt_is_the_least_sure_label(connection: duckdb.DuckDBPyConnection) -> None:
    found = doubt(doubtful(connection)[0])
    assert (found.column, found.first, found.second) == ("stance_claim", ("none", 0.4), ("favor", 0.3))


def test_comments_by_name(connection: duckdb.DuckDBPyConnection) -> None:
    found = several(connection, [("t1", "a3"), ("t2", "b1"), ("t2", "a3"), ("nowhere", "b1")])
    assert sorted(found) == [("t1", "a3"), ("t2", "b1")]
    assert found["t2", "b1"].text == "Phrase outil b1. Phrase but b1."
    assert several(connection, []) == {}


def test_corrected_shares_find_a_mix_that_training_did_not_have() -> None:
    # two labels told apart with 80 % accuracy and calibrated at equal shares; in the sample 9 of 10 are the first
    cells = np.array([[0.8, 0.2], [0.2, 0.8]])
    weights = np.array([[0.9 * 0.8 + 0.1 * 0.2, 0.9 * 0.2 + 0.1 * 0.8]])
    assert mix_of(cells, weights, np.array([0.5, 0.5]))[0] == pytest.approx([0.9, 0.1], abs=1e-3)
    plain = mix_of(cells, weights, np.array([]))[0]
    assert plain == pytest.approx((weights @ cells)[0])
    assert plain[0] < 0.8


def test_an_interval_from_few_threads_is_wider_and_that_from_many_is_of_plain_percentiles() -> None:
    drawn = np.linspace(0, 1, 10_001)[:, None]
    ends = {units: tuple(float(end[0]) for end in interval(drawn, units)) for units in (5, 10, 30, 1_000_000)}
    # 100 * pnorm(-sqrt(n / (n - 1)) * qt(0.975, n - 1)) in R: 0.0954, 0.855, 1.875
    assert [round(100 * low, 2) for low, _ in ends.values()] == [0.1, 0.86, 1.88, 2.5]
    assert all(low + high == pytest.approx(1) for low, high in ends.values())


def test_intervals_of_few_threads_hold_the_true_mean_nearly_as_often_as_they_say() -> None:
    random, held, plain, units = np.random.default_rng(5), 0, 0, 8
    for _ in range(400):
        sample = random.beta(1.5, 3, units)
        drawn = sample[random.integers(0, units, (400, units))].mean(axis=1)[:, None]
        low, high = interval(drawn, units)
        held += int(low[0] <= 1 / 3 <= high[0])
        plain += int(np.percentile(drawn, 2.5) <= 1 / 3 <= np.percentile(drawn, 97.5))
    assert held / 400 > 0.9 > plain / 400


def test_prevalence_of_a_study(connection: duckdb.DuckDBPyConnection) -> None:
    priors = {"cause_tooling": [0.2, 0.1, 0.7]}
    shares = {(s.column, s.label): s for s in prevalence(connection, priors, draws=50)}
    for column in {name for name, _ in shares}:
        own = [s for (name, _), s in shares.items() if name == column]
        assert sum(s.corrected for s in own if s.corrected is not None) == pytest.approx(1)
        assert sum(s.counted for s in own if s.counted is not None) == pytest.approx(1)
        assert all((s.low, s.high) == (None, None) for s in own), f"fewer than {LEAST_THREADS} threads"
    assert shares["cause_tooling", "cited"].counted == pytest.approx(3 / 5)
    by_author = {(s.column, s.label): s for s in prevalence(connection, priors, unit="authors", draws=5)}
    assert by_author["cause_tooling", "cited"].counted == pytest.approx(1 / 3)  # ann all, bob and cat none
    none = prevalence(connection, priors, Selection(threads=("nowhere",)))
    assert all(s.corrected is None for s in none)
    assert prevalence(connection, priors, draws=20) == prevalence(connection, priors, draws=20)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_report_is_one_page_that_quotes_safely(study: Study, language: str) -> None:
    from selectolax.lexbor import LexborHTMLParser

    from rsenlp.results.report import report_html

    page = report_html(study, language=language)  # type: ignore[arg-type]
    tree = LexborHTMLParser(page)
    assert tree.css_first("html").attributes["lang"] == language
    assert not tree.css("script, link, img, iframe")
    assert "http" not in page
    assert len(tree.css("table")) == 6
    quoted = " ".join(node.text() for node in tree.css("blockquote"))
    assert "Phrase outil a1." in quoted
    assert "{" not in tree.body.text().replace("{}", "")  # type: ignore[union-attr]
