"""How common a label really is: shares corrected for the classifier's errors, with intervals.

Counting predicted labels is biased where the mix of labels differs from that of the training data. The correction
takes the calibrated probabilities and finds the mix under which they are likeliest (expectation maximisation of the
priors: Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
probabilities"). Intervals are bootstrapped over threads (Efron 1979): comments of a thread are not independent of each
other. Percentiles of few threads lie too close together, so that they are moved outwards (Hesterberg 2015, "What
teachers should know about the bootstrap", section 4.5, the expanded percentile interval): drawn from ten threads, the
plain ones cover 89 to 90 % of what they should cover 95 % of, the moved ones 93 % (simulated: means of beta and of
binomial shares, 1,500 samples each). Below ``LEAST_THREADS`` neither comes near, and there is no interval. They tell of
the sample, not of what calibration itself gets wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsenlp.codebook import codebook
from rsenlp.results.counts import EVERYTHING
from rsenlp.results.selection import UNIT_COLUMNS, Selection, Unit, label_columns, labels_of

if TYPE_CHECKING:
    import duckdb
    import scipy.sparse as sp

FloatArray = NDArray[np.float64]
DRAWS = 400
LEAST_THREADS = 5
"""Fewer threads than this say nothing of how others would differ."""
_STEPS = 25  # probabilities are counted on a grid of this fineness
_ROUNDS = 200
_CHUNK = 2_000_000  # numbers drawn at once
_BLOCKS = 1500  # threads fall into as many blocks, and blocks are drawn: with fewer threads, most have one of their own


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a label: ``counted`` by predicted labels, ``corrected`` with its 95 % interval.

    All are shares of what was read, each unit weighing the same; ``None`` where nothing was read. ``low`` and ``high``
    are ``None`` as well where there are fewer than ``LEAST_THREADS`` threads.
    """

    column: str
    label: str
    counted: float | None
    corrected: float | None
    low: float | None
    high: float | None


def prevalence(
    connection: duckdb.DuckDBPyConnection,
    priors: Mapping[str, Sequence[float]],
    selection: Selection = EVERYTHING,
    unit: Unit = "comments",
    *,
    draws: int = DRAWS,
    seed: int = 13,
) -> list[Share]:
    """The share of every label of every column.

    Args:
        connection: of a study.
        priors: for each label column, the mix of labels that the model was calibrated with; without it the
            probabilities are averaged as they are.
        selection: which comments.
        unit: an author's (or thread's) comments weigh one together.
        draws: of the bootstrap.
        seed: of the draws.
    """
    found: list[Share] = []
    for column in label_columns(codebook()):
        threads, cells = _cells(connection, column, selection, unit)
        labels = labels_of(column)
        if threads.shape[0] == 0:
            found += [Share(column, label, None, None, None, None) for label in labels]
            continue
        prior = np.asarray(priors.get(column, ()), dtype=np.float64)
        whole = np.asarray(threads.sum(axis=0)).reshape(1, -1)
        corrected = mix_of(cells, whole, prior)[0]
        ends: tuple[FloatArray, FloatArray] | None = None
        if threads.shape[0] >= LEAST_THREADS:
            ends = interval(mix_of(cells, _resampled(threads, draws, seed), prior), threads.shape[0])
        counted = _counted(connection, column, selection, unit)
        found += [
            Share(
                column, label, counted.get(label, 0.0), float(corrected[row]),
                *((None, None) if ends is None else (float(ends[0][row]), float(ends[1][row]))),
            )
            for row, label in enumerate(labels)
        ]  # fmt: skip
    return found


def interval(drawn: FloatArray, units: int) -> tuple[FloatArray, FloatArray]:
    """The ends of a 95 % interval from bootstrap draws: expanded percentiles (Hesterberg 2015).

    The percentiles are those of the normal distribution at the quantiles of Student's with ``units - 1`` degrees of
    freedom, stretched for the variance of a sample, which divides by its size: with many units the plain 2.5 and 97.5.

    Args:
        drawn: shape (draws, labels).
        units: how many were drawn from, at least two.

    Returns:
        low and high, shape (labels,) each.
    """
    from scipy.special import ndtr, stdtrit

    part = 100 * ndtr(np.sqrt(units / (units - 1)) * stdtrit(units - 1, 0.025))
    low, high = np.percentile(drawn, [part, 100 - part], axis=0)
    return low, high


def mix_of(cells: FloatArray, weights: FloatArray, prior: FloatArray) -> FloatArray:
    """The mixes of labels under which weighted probabilities are likeliest.

    Args:
        cells: probabilities, shape (cells, labels).
        weights: one set of weights per row, shape (sets, cells).
        prior: the mix that the probabilities were calibrated with, shape (labels,); empty for a plain mean.

    Returns:
        shape (sets, labels), rows sum to one.
    """
    shares = weights / weights.sum(axis=1, keepdims=True)
    mix = shares @ cells
    if prior.size == 0:
        return np.asarray(mix)
    ratio = cells / np.maximum(prior, 1e-6)
    mix = np.tile(prior, (len(shares), 1))
    for _ in range(_ROUNDS):
        # Saerens et al. 2002, equations 2.8 and 2.9
        evidence = mix @ ratio.T
        updated = mix * ((shares / np.maximum(evidence, 1e-12)) @ ratio)
        updated /= updated.sum(axis=1, keepdims=True)
        if np.abs(updated - mix).max() < 1e-6:
            mix = updated
            break
        mix = updated
    return np.asarray(mix)


def _weighted(selection: Selection, unit: Unit) -> tuple[str, list[object]]:
    """The comments that were read, each with its weight: all of a unit's together weigh one."""
    condition, parameters = selection.where()
    counted = UNIT_COLUMNS[unit]
    weight = "1.0" if unit == "comments" else f"1.0 / count(*) over (partition by {counted})"
    query = (
        f"select *, {weight} as weight from labels "  # noqa: S608
        f"where {condition} and read_lang <> 'other' and {counted} is not null"
    )
    return query, parameters


def _cells(
    connection: duckdb.DuckDBPyConnection, column: str, selection: Selection, unit: Unit
) -> tuple[sp.csr_matrix, FloatArray]:
    """The weight of each thread in each cell of the grid of probabilities, shape (threads, cells), and the cells."""
    import scipy.sparse as sp

    query, parameters = _weighted(selection, unit)
    rows = connection.execute(
        f"select hash(thread_id::varchar) % {_BLOCKS} as block, "  # noqa: S608
        f"round({column}_p1 * {_STEPS})::integer as a, round({column}_p2 * {_STEPS})::integer as b, "
        f"sum(weight) as weight from ({query}) group by all order by all",
        parameters,
    ).fetchnumpy()
    if len(rows["a"]) == 0:
        return sp.csr_matrix((0, 0)), np.zeros((0, 3))
    _, thread = np.unique(rows["block"], return_inverse=True)
    keys, cell = np.unique(rows["a"] * (_STEPS + 1) + rows["b"], return_inverse=True)
    first, second = keys // (_STEPS + 1) / _STEPS, keys % (_STEPS + 1) / _STEPS
    cells = np.stack([first, second, np.maximum(0, 1 - first - second)], axis=1)
    weights = np.asarray(rows["weight"], dtype=np.float64)
    return sp.csr_matrix((weights, (thread, cell))), cells / cells.sum(axis=1, keepdims=True)


def _resampled(threads: sp.csr_matrix, draws: int, seed: int) -> FloatArray:
    """The weights of the cells when threads are drawn with replacement. Shape: (draws, cells)."""
    random = np.random.default_rng(seed)
    count = threads.shape[0]
    at_once = max(1, _CHUNK // count)
    parts = [
        random.multinomial(count, np.full(count, 1 / count), size=min(at_once, draws - start)) @ threads
        for start in range(0, draws, at_once)
    ]
    return np.concatenate(parts)


def _counted(connection: duckdb.DuckDBPyConnection, column: str, selection: Selection, unit: Unit) -> dict[str, float]:
    query, parameters = _weighted(selection, unit)
    rows = connection.execute(
        f"select {column}, sum(weight) / sum(sum(weight)) over () from ({query}) group by 1",  # noqa: S608
        parameters,
    ).fetchall()
    return {label: float(share) for label, share in rows}
