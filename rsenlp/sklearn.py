"""Scikit-learn estimators on the features of the linear backend: for labels of your own, and for its model selection.

    from rsenlp.sklearn import StanceClassifier
    cross_val_score(StanceClassifier(), texts, labels, groups=threads, cv=GroupKFold(5), scoring="f1_macro")

``X`` is a sequence of texts, comments (:class:`rsenlp.Comment`), or mappings with ``text`` and, where there is one,
``claim``; ``y`` the labels. To predict with an embedded model, use :func:`rsenlp.load`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from rsenlp.classifiers.features import NgramIndex
from rsenlp.discussion import Comment
from rsenlp.errors import InputError
from rsenlp.text import sentences

Item = str | Comment | Mapping[str, Any]


class _CommentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn is untyped
    """What both estimators share: logistic regression on the terms of a comment.

    Parameters:
        C: inverse strength of regularisation.
        min_count: a term counts that occurs in as many comments.
        most_terms: the most frequent terms are kept, up to this number.
        class_weight: as in scikit-learn's ``LogisticRegression``.

    Attributes:
        classes_: the labels, shape (classes,).
    """

    def __init__(
        self,
        *,
        C: float = 3.0,  # noqa: N803 - scikit-learn's name
        min_count: int = 2,
        most_terms: int = 100_000,
        class_weight: Mapping[Any, float] | str | None = None,
    ) -> None:
        self.C = C
        self.min_count = min_count
        self.most_terms = most_terms
        self.class_weight = class_weight

    def fit(self, X: Sequence[Item], y: ArrayLike) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on comments and their labels.

        Raises:
            InputError: an item is no comment.
            ValueError: there are not as many labels as comments, or one label only.
        """
        pairs = [_text_and_claim(item) for item in X]
        self.index_ = NgramIndex.fit(
            [*(text for text, _ in pairs), *dict.fromkeys(claim for _, claim in pairs if claim)],
            min_count=self.min_count,
            most=self.most_terms,
        )
        model = LogisticRegression(C=self.C, class_weight=self.class_weight, max_iter=300)
        self.model_ = model.fit(self._features(pairs), np.asarray(y))
        self.classes_: NDArray[Any] = self.model_.classes_
        return self

    def predict(self, X: Sequence[Item]) -> NDArray[Any]:  # noqa: N803
        """The likeliest label of each comment. Shape: (comments,)."""
        best = self.predict_proba(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(self, X: Sequence[Item]) -> NDArray[np.float64]:  # noqa: N803
        """The probability of each label, in the order of ``classes_``. Shape: (comments, classes)."""
        check_is_fitted(self, "model_")
        features = self._features([_text_and_claim(item) for item in X])
        probabilities: NDArray[np.float64] = self.model_.predict_proba(features)
        return probabilities

    def _features(self, pairs: Sequence[tuple[str, str | None]]) -> sp.csr_matrix:
        raise NotImplementedError


class StanceClassifier(_CommentClassifier):
    """The stance of a comment towards something: its terms, with those of its claim beside them."""

    def _features(self, pairs: Sequence[tuple[str, str | None]]) -> sp.csr_matrix:
        words = self.index_.words
        own = self.index_.transform([text for text, _ in pairs])
        claims = self.index_.transform([claim or "" for _, claim in pairs])[:, :words]
        return sp.hstack([own, claims], format="csr")


class CauseClassifier(_CommentClassifier):
    """Whether a comment cites or rejects a cause: its terms, and those of each sentence at their strongest.

    A cause is made by a sentence: the maximum over sentences keeps what one of them says from being drowned.
    """

    def _features(self, pairs: Sequence[tuple[str, str | None]]) -> sp.csr_matrix:
        cut = [[text[start:end] for start, end in sentences(text)] or [""] for text, _ in pairs]
        rows = self.index_.transform([sentence for text in cut for sentence in text])
        bounds = np.cumsum([0, *map(len, cut)])
        strongest = [sp.csr_matrix(rows[start:end].max(axis=0)) for start, end in itertools.pairwise(bounds)]
        own = self.index_.transform([text for text, _ in pairs])
        return sp.hstack([own, sp.vstack(strongest)], format="csr")


def _text_and_claim(item: Item) -> tuple[str, str | None]:
    if isinstance(item, str):
        return item, None
    if isinstance(item, Comment):
        return item.text, item.claim
    if isinstance(item, Mapping) and isinstance(item.get("text"), str):
        return item["text"], item.get("claim")
    raise InputError("an item is a text, a comment, or a mapping with 'text'", got=repr(item)[:80])
