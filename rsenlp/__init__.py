"""rsenlp: where comments on enterprise social networks stand, and which causes of failure they cite or reject.

>>> import rsenlp
>>> model = rsenlp.load()
>>> prediction = model.classify("Ce n'est pas l'outil, c'est qu'on n'avait aucun but.")
>>> prediction.causes["strategy"].label
'cited'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rsenlp.analyzer import Analyzer, load
    from rsenlp.corpora import load_corpus
    from rsenlp.discussion import Annotation, Comment, Evidence, LabelPrediction, Prediction, Thread

__version__ = "0.1.0"
__all__ = [
    "Analyzer",
    "Annotation",
    "Comment",
    "Evidence",
    "LabelPrediction",
    "Prediction",
    "Thread",
    "load",
    "load_corpus",
]

_HOMES = {
    "Analyzer": "rsenlp.analyzer",
    "load": "rsenlp.analyzer",
    "load_corpus": "rsenlp.corpora",
}


def __getattr__(name: str) -> Any:
    """Import what is used when it is used: ``import rsenlp`` alone stays light."""
    if name not in __all__:
        raise AttributeError(f"module 'rsenlp' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES.get(name, "rsenlp.discussion")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
