"""Several models that are asked together: the geometric mean of what they say (logarithmic opinion pool, Heskes 1998).

Models that err differently are right more often together than each alone. The folder holds no weights: it names its
members, which lie beside it, and their hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rsenlp.artifact import ModelMeta
from rsenlp.classifiers import Classifier, FloatArray, Reading, Scores, load_classifier
from rsenlp.classifiers.logistic import softmax
from rsenlp.errors import ArtifactError

_LEAST = 1e-6


class EnsembleClassifier:
    """Members that answer together; :meth:`read` loads them."""

    def __init__(self, meta: ModelMeta, members: Sequence[Classifier]) -> None:
        self.meta = meta
        self._members = members

    def score(self, readings: Sequence[Reading]) -> list[Scores]:
        """The probabilities for each reading, whatever stands beside it in the batch. Themes are the first member's."""
        answers = zip(*(member.score(readings) for member in self._members), strict=True)
        return [
            Scores(
                stance=_pooled([scores.stance for scores in said]),
                causes=_pooled([scores.causes for scores in said]),
                sentences=_pooled([scores.sentences for scores in said]),
                themes=said[0].themes,
            )
            for said in answers
        ]

    @classmethod
    def read(cls, folder: Path, meta: ModelMeta) -> EnsembleClassifier:
        """The ensemble in a folder, its members beside it.

        Raises:
            ArtifactError: a member is missing, or another than the ensemble was made with.
        """
        members = []
        for named in meta.settings["members"]:
            place = folder.parent / named["name"]
            if not place.is_dir():
                raise ArtifactError(f"{folder}: its member {named['name']} should lie beside it, in {place}")
            member = load_classifier(str(place))
            if member.meta.id.hash != named["hash"]:
                raise ArtifactError(
                    f"{place}: {meta.name} {meta.version} was made with {named['name']} {named['version']} "
                    f"({named['hash'][:12]}); this is {member.meta.version} ({member.meta.id.hash[:12]}). "
                    "Make the ensemble again"
                )
            members.append(member)
        return cls(meta, members)


def _pooled(probabilities: Sequence[FloatArray]) -> FloatArray:
    """The geometric mean, normalised along the last axis."""
    return softmax(np.mean([np.log(np.clip(item, _LEAST, 1)) for item in probabilities], axis=0))
