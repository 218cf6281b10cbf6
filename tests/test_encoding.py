"""Cutting a comment in its context into what an encoder reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsenlp.classifiers import Reading
from rsenlp.classifiers.encoding import COMMENT, CONTEXT, InputEncoder, Limits

tokenizers = pytest.importorskip("tokenizers")
START, END = 1, 2


def encoder(limits: Limits) -> InputEncoder:
    """One that gives every letter its own number."""
    letters = {chr(code): code for code in range(32, 127)} | {"[UNK]": 0}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(letters, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    return InputEncoder(tokenizer, limits, start=START, end=END)


def reading(*sentences: str, claim: str | None = None, parent: str | None = None) -> Reading:
    return Reading(" ".join(sentences), "en", sentences, claim, parent)


def test_claim_parent_and_sentences_stand_in_order() -> None:
    (window,) = encoder(Limits()).windows(reading("ab", "c", claim="x", parent="yz"))
    assert window.ids.tolist() == [START, ord("x"), END, ord("y"), ord("z"), END, ord("a"), ord("b"), ord("c"), END]
    assert window.types.tolist() == [CONTEXT] * 6 + [COMMENT] * 4
    assert window.sentence.tolist() == [-1] * 6 + [0, 0, 1, -1]


def test_context_is_cut_to_its_first_pieces() -> None:
    (window,) = encoder(Limits(claim=2, parent=3)).windows(reading("a", claim="bcdef", parent="ghijk"))
    assert "".join(map(chr, window.ids)) == f"{chr(START)}bc{chr(END)}ghi{chr(END)}a{chr(END)}"


def test_no_context_and_no_sentence_is_a_window_too() -> None:
    (window,) = encoder(Limits()).windows(reading())
    assert window.ids.tolist() == [START, END, END]
    assert window.count == 0
    by_sentence, by_part = window.means()
    assert by_sentence.shape == (0, 3)
    assert np.isfinite(by_part).all()


@given(st.lists(st.text("abc", min_size=1, max_size=30), max_size=12), st.integers(1, 40))
def test_windows_hold_every_sentence_once_and_none_is_too_long(sentences: list[str], most: int) -> None:
    windows = encoder(Limits(comment=most)).windows(reading(*sentences, claim="x"))
    held = [window.first + row for window in windows for row in range(window.count)]
    assert held == list(range(len(sentences)))
    for window in windows:
        pieces = (window.sentence >= 0).sum()
        assert pieces <= most
        for row in range(window.count):
            own = window.ids[window.sentence == row]
            assert "".join(map(chr, own)) == sentences[window.first + row][:most]


@given(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=6))
def test_means_average_pieces(sentences: list[str]) -> None:
    (window,) = encoder(Limits()).windows(reading(*sentences))
    by_sentence, by_part = window.means()
    assert np.allclose(by_sentence.sum(axis=1), 1)
    assert np.allclose(by_part.sum(axis=1), 1)
    assert np.allclose(by_sentence @ window.ids, [np.mean(list(map(ord, text))) for text in sentences])
