"""From the sentences of a comment to the comment: which features of their probabilities its own are read from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsenlp.classifiers import FloatArray

POOLED = 7
MOST = 3
LONGEST = 100
_FLOOR = 1e-4
CITED, REJECTED, ABSENT = 0, 1, 2


def pool(sentences: FloatArray) -> FloatArray:
    """What the sentences of a comment say together about each cause.

    Args:
        sentences: probabilities of cited, rejected and absent, shape (sentences, causes, 3).

    Returns:
        shape (causes, POOLED): log-odds of the likeliest sentence to cite and to reject, of the second likeliest to
        cite, of any of the three likeliest citing and any of the three rejecting were they independent, the logarithm
        of the number of sentences (of the first hundred), and one. Only three, so that a text of thousands of sentences
        does not cite everything by mere length.
    """
    count, causes, _ = sentences.shape
    features = np.full((causes, POOLED), logit(np.zeros(1))[0])
    features[:, 5] = np.log1p(min(count, LONGEST))
    features[:, 6] = 1.0
    if count == 0:
        return features
    ordered = np.sort(sentences, axis=0)
    features[:, 0] = logit(ordered[-1, :, CITED])
    features[:, 1] = logit(ordered[-1, :, REJECTED])
    if count > 1:
        features[:, 2] = logit(ordered[-2, :, CITED])
    any_of = 1 - np.prod(1 - ordered[-MOST:], axis=0)
    features[:, 3] = logit(any_of[:, CITED])
    features[:, 4] = logit(any_of[:, REJECTED])
    return features


def pool_all(sentences: Sequence[FloatArray]) -> FloatArray:
    """:func:`pool` for many comments. Shape: (comments, causes, POOLED)."""
    return np.stack([pool(item) for item in sentences])


def logit(probability: FloatArray) -> FloatArray:
    """Log-odds, of probabilities kept away from zero and one."""
    clipped = np.clip(probability, _FLOOR, 1 - _FLOOR)
    odds: FloatArray = np.log(clipped / (1 - clipped))
    return odds
