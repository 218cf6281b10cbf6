"""The analyzer as a spaCy component.

    nlp = spacy.blank("fr")
    nlp.add_pipe("rsenlp")
    doc = nlp("On n'avait aucun but, voilà pourquoi c'est mort.")
    doc._.rse                    # the prediction
    doc.spans["rse_evidence"]    # its evidence, labelled "cause:polarity"

A comment's context goes with it: ``doc._.rse_claim`` and ``doc._.rse_parent``, texts set before the component runs
(``nlp.make_doc``, or ``nlp.pipe`` over docs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spacy.language import Language
from spacy.tokens import Doc

from rsenlp.analyzer import Analyzer, load
from rsenlp.discussion import Comment, Prediction

SPANS = "rse_evidence"
for _name in ("rse", "rse_claim", "rse_parent"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


class RsenlpComponent:
    """Sets ``doc._.rse`` and ``doc.spans["rse_evidence"]``; the document's text is the comment."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """The documents with their predictions, in order."""
        waiting: list[Doc] = []
        for doc in stream:
            waiting.append(doc)
            if len(waiting) >= batch_size:
                yield from self._read(waiting)
                waiting = []
        yield from self._read(waiting)

    def _read(self, docs: list[Doc]) -> Iterator[Doc]:
        pairs = []
        for number, doc in enumerate(docs):
            comment = Comment(thread_id=f"doc-{number}", id=f"doc-{number}", text=doc.text, claim=doc._.rse_claim)
            parent = doc._.rse_parent
            pairs.append((comment, None if parent is None else Comment(comment.thread_id, "parent", parent)))
        for doc, prediction in zip(docs, self.analyzer.classify_in_context(pairs), strict=True):
            doc._.rse = prediction
            doc.spans[SPANS] = list(_spans(doc, prediction))
            yield doc

    def to_bytes(self, exclude: Iterable[str] = ()) -> bytes:
        """Nothing: the model is named in the pipeline's configuration."""
        return b""

    def from_bytes(self, data: bytes, exclude: Iterable[str] = ()) -> RsenlpComponent:
        return self

    def to_disk(self, path: object, exclude: Iterable[str] = ()) -> None:
        """Nothing, likewise."""

    def from_disk(self, path: object, exclude: Iterable[str] = ()) -> RsenlpComponent:
        return self


def _spans(doc: Doc, prediction: Prediction) -> Iterator[object]:
    """The evidence as spans of whole tokens that cover it."""
    for item in prediction.evidence:
        label = f"{item.cause}:{item.polarity}"
        yield doc.char_span(item.start, item.end, label=label, alignment_mode="expand")


@Language.factory(  # type: ignore[untyped-decorator]
    "rsenlp", default_config={"model": None}, assigns=["doc._.rse", "doc.spans"]
)
def make_component(nlp: Language, name: str, model: str | None) -> RsenlpComponent:
    """The component; ``model`` as in ``rsenlp.load``."""
    return RsenlpComponent(load(model))
