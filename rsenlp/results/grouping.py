"""Groups of sentences that share words, and how stable each group is. Nothing here knows of a study.

Sentences become TF-IDF vectors of their words and two-word phrases, without the stop words of their language, and are
grouped by non-negative matrix factorisation (Lee and Seung 1999): every sentence belongs to the component that it is
most like (cosine), or to none. How stable a group is, is Hennig's measure (2007, "Cluster-wise assessment of cluster
stability"): sentences are drawn anew with replacement and grouped again, and the group is compared with the most
similar new one by the Jaccard coefficient, on the sentences that were drawn; the mean over the draws is the figure. The
number of groups is the one whose stable groups tell most sentences apart.

The same sentences give the same groups, in whatever order and however often each stands there.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import scipy.sparse as sp

LEAST = 30
"""Fewer different sentences than this are not grouped."""
STABLE = 0.6
"""Below this a group is hardly found again when sentences are drawn anew (Hennig 2007: patterns from 0.6 on)."""
DRAWS = 20
_FIRST_DRAWS = 6  # by which the number of groups is chosen
_MOST_GROUPS = 8
_LEAST_LIKE = 0.2  # a sentence less like a component than this does not belong to it
_SENTENCES_PER_GROUP = 8
_SMALLEST = 3  # sentences of a group
_MOST_TERMS = 1000
_TERMS_OF_A_LABEL = 3

_WORD = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*")
# what elisions and contractions leave, and what stop word lists lack
_REMNANTS = frozenset(
    "qu jusqu lorsqu puisqu quoiqu ll ve re don didn doesn isn wasn aren weren won couldn wouldn".split()
)

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences that belong together, the most typical first, the terms that tell them from the rest, in the texts'
    own words, and the mean Jaccard coefficient of the group over bootstrap samples, from 0 to 1.
    """

    terms: tuple[str, ...]
    sentences: tuple[str, ...]
    stability: float


def groups(sentences: Iterable[str], language: str, *, draws: int = DRAWS, seed: int = 13) -> list[Group]:
    """The groups among some sentences of one language, the largest first.

    Empty where there are fewer than ``LEAST`` different sentences, or where they share no words.

    Args:
        sentences: in any order; repeated ones count once.
        language: ``fr`` or ``en``, whose stop words are left out.
        draws: bootstrap samples by which the stability is measured.
        seed: of the draws.
    """
    texts = sorted(set(sentences))
    terms = _vocabulary(texts, language) if len(texts) >= LEAST else []
    if len(terms) < 2:
        return []
    from threadpoolctl import threadpool_limits

    vectors = _vectors(texts, terms, language)
    most = min(_MOST_GROUPS, len(texts) // _SENTENCES_PER_GROUP, len(terms))
    samples = _samples(len(texts), draws, seed)
    with threadpool_limits(1):  # threads would cost more than such small matrices take
        first = [_grouped(vectors, number, samples[:_FIRST_DRAWS]) for number in range(2, most + 1)]
        best = max(first, key=lambda item: (item.told_apart, item.mean)).number
        chosen = _grouped(vectors, best, samples)
    found = []
    for number, stability in enumerate(chosen.stability):
        own = np.flatnonzero(chosen.labels == number)
        if len(own) >= _SMALLEST:
            order = own[np.lexsort((own, -chosen.weights[own, number]))]
            label = _label(vectors, chosen.labels == number, terms)
            found.append(Group(label, tuple(texts[row] for row in order), float(stability)))
    return sorted(found, key=lambda group: (-len(group.sentences), group.terms))


@dataclass(frozen=True, slots=True)
class _Grouped:
    """A way to group: the group of each sentence (-1 for none), how like it is to each, the stability of each."""

    labels: Labels
    weights: NDArray[np.float64]
    stability: NDArray[np.float64]

    @property
    def number(self) -> int:
        return len(self.stability)

    @property
    def sizes(self) -> Labels:
        return np.bincount(self.labels[self.labels >= 0], minlength=self.number)

    @property
    def told_apart(self) -> float:
        """The share of pairs of sentences of which one is in a stable group and the other is not, over the groups."""
        shares = self.sizes / len(self.labels)
        stable = (self.stability >= STABLE) & (self.sizes >= _SMALLEST)
        return round(float((shares * (1 - shares))[stable].sum()), 6)

    @property
    def mean(self) -> float:
        kept = self.stability[self.sizes >= _SMALLEST]
        return round(float(kept.mean()), 6) if len(kept) else 0.0


def _samples(size: int, draws: int, seed: int) -> list[Labels]:
    random = np.random.default_rng(seed)
    return [np.sort(random.integers(size, size=size)) for _ in range(draws)]


def _grouped(vectors: sp.csr_matrix, number: int, samples: Sequence[Labels]) -> _Grouped:
    labels, weights = _factorised(vectors, number)
    found = []
    for sample in samples:
        drawn, at = np.unique(sample, return_index=True)
        again, _ = _factorised(vectors[sample], number)
        found.append(_best_matches(labels[drawn], again[at], number))
    return _Grouped(labels, weights, np.nan_to_num(np.nanmean(np.stack(found), axis=0)))


def _factorised(vectors: sp.csr_matrix, number: int) -> tuple[Labels, NDArray[np.float64]]:
    """The component that each row is most like (-1 for none), and how like it is to each. Shape: (rows, components)."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(number, init="nndsvd", tol=1e-2, max_iter=100, random_state=0)
    with warnings.catch_warnings():
        # what stops early is a grouping all the same, and its stability tells what it is worth
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(vectors)
    lengths = np.linalg.norm(model.components_, axis=1, keepdims=True)
    like = np.asarray(vectors @ (model.components_ / np.maximum(lengths, 1e-12)).T)
    return np.where(like.max(axis=1) >= _LEAST_LIKE, like.argmax(axis=1), -1), like


def _best_matches(labels: Labels, again: Labels, number: int) -> NDArray[np.float64]:
    """For each group its greatest Jaccard coefficient with a new one; not a number where none of it was drawn."""
    one, other = (np.equal.outer(part, np.arange(number)).astype(np.float64) for part in (labels, again))
    common = one.T @ other
    either = one.sum(axis=0)[:, None] + other.sum(axis=0)[None, :] - common
    best = (common / np.maximum(either, 1)).max(axis=1)
    return np.where(one.sum(axis=0) > 0, best, np.nan)


# --- words ------------------------------------------------------------------------------------------------------------


@cache
def stop_words(language: str) -> frozenset[str]:
    """The words of a language that tell nothing of a sentence's matter (spaCy's lists)."""
    from importlib.util import find_spec
    from runpy import run_path

    # their file alone: to import spaCy as a whole takes seconds, for which a page would wait
    spacy = find_spec("spacy")
    if spacy is None or spacy.origin is None:
        raise ModuleNotFoundError("No module named 'spacy'", name="spacy")
    words: Collection[str] = run_path(str(Path(spacy.origin).with_name("lang") / language / "stop_words.py"))[
        "STOP_WORDS"
    ]
    return frozenset(part for word in words for part in _WORD.findall(word.lower())) | _REMNANTS


def terms_of(text: str, language: str) -> Iterator[str]:
    """The words and two-word phrases of a text as they stand there, in small letters, without stop words."""
    stops, lower = stop_words(language), text.lower()
    words = [match for match in _WORD.finditer(lower) if match.group() not in stops]
    for word in words:
        yield word.group()
    for left, right in pairwise(words):
        if lower[left.end() : right.start()] == " ":
            yield f"{left.group()} {right.group()}"


def _vocabulary(texts: Sequence[str], language: str) -> list[str]:
    """The terms of at least two texts and of no more than half of them, the commonest if there are many."""
    frequency = Counter(term for text in texts for term in set(terms_of(text, language)))
    kept = [(term, count) for term, count in frequency.items() if 2 <= count <= len(texts) / 2]
    return sorted(term for term, _ in sorted(kept, key=lambda item: (-item[1], item[0]))[:_MOST_TERMS])


def _vectors(texts: Sequence[str], terms: Sequence[str], language: str) -> sp.csr_matrix:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer=lambda text: list(terms_of(text, language)), vocabulary=list(terms), sublinear_tf=True
    )
    return vectorizer.fit_transform(texts)


def _label(vectors: sp.csr_matrix, own: NDArray[np.bool_], terms: Sequence[str]) -> tuple[str, ...]:
    """What weighs most in a group beside the rest; a phrase stands for its words where it weighs half as much."""
    lift = np.asarray(vectors[own].mean(axis=0)).ravel()
    if not own.all():
        lift = lift - np.asarray(vectors[~own].mean(axis=0)).ravel()
    order = sorted((-lift[at], term) for at, term in enumerate(terms) if lift[at] > 0)
    score = {term: -value for value, term in order}
    chosen: list[str] = []
    for _, term in order:
        phrases = [name for name in score if " " in name and term in name.split() and score[name] >= score[term] / 2]
        best = max(phrases, key=lambda name: (score[name], name), default=term)
        if not set(best.split()) & {word for name in chosen for word in name.split()}:
            chosen.append(best)
        if len(chosen) == _TERMS_OF_A_LABEL:
            break
    return tuple(chosen)
