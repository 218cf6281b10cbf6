from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_score

from rsenlp.corpora import read_split
from rsenlp.errors import InputError
from rsenlp.sklearn import CauseClassifier, StanceClassifier

SEEN = [comment for comment in read_split("rse-synth", "validation") if comment.annotation is not None]
STANCE = [comment.annotation.stance["rse"] for comment in SEEN if comment.annotation]
CAUSE = [comment.annotation.causes["tooling"] for comment in SEEN if comment.annotation]


@pytest.mark.parametrize(("estimator", "labels"), [(StanceClassifier(), STANCE), (CauseClassifier(C=8.0), CAUSE)])
def test_estimators_learn_in_scikit_learns_own_tools(estimator: StanceClassifier, labels: list[str]) -> None:
    groups = [str(comment.extra["group"]) for comment in SEEN]
    scores = cross_val_score(
        clone(estimator), np.array(SEEN, dtype=object), labels, groups=groups, cv=GroupKFold(3), scoring="f1_macro"
    )
    most = max(labels.count(label) for label in labels) / len(labels)
    majority = 2 * most / (1 + most) / 3
    assert scores.mean() > majority
    fitted = clone(estimator).fit(SEEN, labels)
    probabilities = fitted.predict_proba(SEEN[:20])
    assert probabilities.shape == (20, 3)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert list(fitted.classes_) == sorted(set(labels))
    assert list(fitted.predict(SEEN[:20])) == [fitted.classes_[row] for row in probabilities.argmax(axis=1)]
    assert (fitted.predict(SEEN) == np.array(labels)).mean() > 0.8


def test_parameters_are_scikit_learns() -> None:
    estimator = StanceClassifier(C=0.5, class_weight="balanced")
    assert clone(estimator).get_params() == estimator.get_params()
    with pytest.raises(NotFittedError):
        estimator.predict(["x"])


def test_texts_mappings_and_comments_are_one() -> None:
    fitted = StanceClassifier(min_count=1).fit(
        ["good tool", "bad tool", "good feed", "bad feed"], ["favor", "against", "favor", "against"]
    )
    assert list(fitted.predict(["good", {"text": "bad", "claim": "Networks are good."}])) == ["favor", "against"]
    with pytest.raises(InputError, match="an item is a text, a comment, or a mapping with 'text'; got 3"):
        fitted.predict([3])  # type: ignore[list-item]
