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


def pool_all(sentences: Sequence[FloatArray]) -> FloatArray:
    """What the sentences of each comment say together about each cause.

    Args:
        sentences: for each comment, probabilities of cited, rejected and absent, shape (sentences, causes, 3); at
            least one comment.

    Returns:
        shape (comments, causes, POOLED): log-odds of the likeliest sentence to cite and to reject, of the second
        likeliest to cite, of any of the three likeliest citing and any of the three rejecting were they independent,
        the logarithm of the number of sentences (of the first hundred), and one. Only three, so that a text of
        thousands of sentences does not cite everything by mere length.
    """
    likeliest = np.stack([_likeliest(item) for item in sentences])
    counts = np.array([min(len(item), LONGEST) for item in sentences])
    any_of = 1 - np.prod(1 - likeliest, axis=1)
    features = np.empty((len(likeliest), likeliest.shape[2], POOLED))
    features[..., 0] = logit(likeliest[:, -1, :, CITED])
    features[..., 1] = logit(likeliest[:, -1, :, REJECTED])
    features[..., 2] = logit(likeliest[:, -2, :, CITED])
    features[..., 3] = logit(any_of[..., CITED])
    features[..., 4] = logit(any_of[..., REJECTED])
    features[..., 5] = np.log1p(counts)[:, None]
    features[..., 6] = 1.0
    return features


def _likeliest(sentences: FloatArray) -> FloatArray:
    """The highest probabilities of each status, rising, with zeros before them where there are fewer than MOST.

    Shape: (MOST, causes, 3).
    """
    found: FloatArray = np.zeros((MOST, *sentences.shape[1:]))
    count = min(len(sentences), MOST)
    if count:
        found[MOST - count :] = np.sort(sentences, axis=0)[-count:] if len(sentences) > 1 else sentences
    return found


def logit(probability: FloatArray) -> FloatArray:
    """Log-odds, of probabilities kept away from zero and one."""
    clipped = np.clip(probability, _FLOOR, 1 - _FLOOR)
    odds: FloatArray = np.log(clipped / (1 - clipped))
    return odds
