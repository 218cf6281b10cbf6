"""Multinomial logistic regressions as arrays: what scikit-learn fits and numpy alone applies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from rsenlp.classifiers import FloatArray


@dataclass(frozen=True, slots=True)
class Linear:
    """A multinomial logistic regression. Shapes: ``weights`` (features, classes), ``bias`` (classes,)."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, features: sp.csr_matrix | FloatArray) -> FloatArray:
        """Log-probabilities up to a constant. Shape: (rows, classes)."""
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)

    def probabilities(self, features: sp.csr_matrix | FloatArray) -> FloatArray:
        """Shape: (rows, classes)."""
        return softmax(self.scores(features))


def softmax(scores: FloatArray) -> FloatArray:
    """Probabilities from scores, along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    result: FloatArray = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def tempered(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Probabilities flattened (above one) or sharpened (below) by a temperature (Guo et al. 2017)."""
    return softmax(np.log(np.clip(probabilities, 1e-9, 1)) / temperature)
