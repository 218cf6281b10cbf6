from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from rsenlp.classifiers.features import NgramIndex, terms
from rsenlp.classifiers.linear import text_features

TEXTS = [
    "L'outil est lent, l'outil est laid !",
    "Nobody uses the feed: nobody, ever.",
    "Ce n'est pas l'outil, c'est le but.",
    "the tool is slow",
    "",
]


def test_counts_and_weights_are_scikit_learns() -> None:
    index = NgramIndex.fit(TEXTS, min_count=1, most=10_000)
    reference = TfidfVectorizer(analyzer=lambda text: list(terms(text)), sublinear_tf=True, norm=None)
    expected = reference.fit_transform(TEXTS)
    order = [reference.vocabulary_[name] for name in index.names]
    expected = expected[:, order]
    blocks = [normalize(expected[:, : index.words]), normalize(expected[:, index.words :])]
    assert np.allclose(index.transform(TEXTS).toarray(), sp.hstack(blocks).toarray(), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_a_text_has_the_same_features_whatever_stands_beside_it(texts: list[str]) -> None:
    index = NgramIndex.fit(TEXTS, min_count=1, most=10_000)
    together = index.transform(texts).toarray()
    for row, text in enumerate(texts):
        assert np.array_equal(together[row], index.transform([text]).toarray()[0])


def test_the_most_frequent_terms_are_kept_words_first() -> None:
    index = NgramIndex.fit(TEXTS, min_count=2, most=20)
    assert len(index) == 20
    kinds = [name[0] for name in index.names]
    assert kinds == sorted(kinds, key=lambda kind: kind == "c")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*TEXTS, "l'", "Non?", "œuvre"]), max_size=3), min_size=1, max_size=4))
def test_a_document_is_its_sentences_in_a_row_and_its_first_and_last_apart(texts: list[list[str]]) -> None:
    index = NgramIndex.fit([" ".join(TEXTS), *TEXTS], min_count=1, most=10_000)
    found = text_features(index, texts)
    assert np.array_equal(
        found.sentences.toarray(), index.transform([item for text in texts for item in text]).toarray()
    )
    whole = index.transform([" ".join(text) for text in texts])
    first, last = (index.transform([text[row] if text else "" for text in texts]) for row in (0, -1))
    expected = sp.hstack([whole, first[:, : index.words], last[:, : index.words]])
    assert np.array_equal(found.documents.toarray(), expected.toarray())
