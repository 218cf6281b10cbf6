"""Whether a corpus is what its card says: schema, duplicates, independence, counts, and signs of template writing."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rsenlp.codebook import LANGUAGES, codebook
from rsenlp.corpora import SPLITS, read_annotated
from rsenlp.discussion import Comment
from rsenlp.errors import RsenlpError
from rsenlp.study.claims import read_claims
from rsenlp.study.corpus import build_records, read_pairs, split_of, whole_batches
from rsenlp.study.crossings import FILE as CROSSINGS
from rsenlp.study.crossings import read_crossings
from rsenlp.text import normal, sentences

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was counted: what, how much, what is required, and examples where it fails."""

    section: str
    name: str
    found: str
    required: str
    passed: bool
    examples: tuple[str, ...] = ()


def check_corpus(folder: Path, *, independent_of: Sequence[Path] = ()) -> list[Finding]:
    """Every finding on a corpus folder.

    Args:
        folder: with ``threads/*.txt``, ``data/*.jsonl`` and ``requirements.toml``.
        independent_of: files or folders of evaluation texts, of which the corpus may share no long run of words.
    """
    limits = tomllib.loads((folder / "requirements.toml").read_text(encoding="utf-8"))
    comments: list[Comment] = []
    findings: list[Finding] = []
    for split in SPLITS:
        path = folder / "data" / f"{split}.jsonl"
        try:
            found = list(read_annotated(path))
        except RsenlpError as error:
            findings.append(Finding("schema", f"{split}: records and offsets", "broken", "whole", False, (str(error),)))
        else:
            comments += found
            findings.append(Finding("schema", f"{split}: records and offsets", f"{len(found)} whole", "whole", True))
    own = [comment for comment in comments if not comment.extra.get("twin_of")]
    findings += _built(folder, comments)
    findings += _crossings(folder, comments)
    findings += _boundaries(own)
    findings += _duplicates(own, limits["limits"]["near_duplicate"])
    findings += _independence(_texts(folder, own), independent_of, limits["limits"]["shared_run"])
    findings += _totals(comments, own, limits["total"])
    for language in LANGUAGES:
        file = folder / "pairs" / f"{language}.tsv"
        pairs = len(read_pairs(file)) if file.is_file() else 0
        findings += _language([c for c in own if c.lang == language], language, pairs, limits["per_language"])
    findings += _repetition(own, limits["limits"]["repeated_5gram_share"])
    findings += _first_words(own, limits["limits"]["first_words_gain"])
    return findings


@dataclass(frozen=True, slots=True)
class Batch:
    """How one batch is written: distinct words of its first half and of all of it (vocabulary growth), and distinct
    two- and three-word runs over all of them. A batch written to a template grows slowly and repeats its runs.
    """

    name: str
    comments: int
    words: int
    vocabulary_half: int
    vocabulary: int
    distinct_2: float
    distinct_3: float


def batch_table(comments: Iterable[Comment]) -> list[Batch]:
    """Every batch of a corpus, by name; twins are left out."""
    by_batch: dict[str, list[list[str]]] = defaultdict(list)
    for comment in comments:
        if not comment.extra.get("twin_of"):
            by_batch[str(comment.extra.get("batch"))].append(words(comment.text))
    rows = []
    for batch, texts in sorted(by_batch.items()):
        flat = [word for text in texts for word in text]
        half = [word for text in texts[: len(texts) // 2] for word in text]
        shares = []
        for size in (2, 3):
            grams = Counter(gram for text in texts for gram in runs(text, size))
            shares.append(len(grams) / max(1, sum(grams.values())))
        rows.append(Batch(batch, len(texts), len(flat), len(set(half)), len(set(flat)), *shares))
    return rows


def repeated_runs(comments: Iterable[Comment], *, size: int = 5, most: int = 100) -> list[tuple[str, int]]:
    """The runs of words that most comments share."""
    counts: Counter[str] = Counter()
    for comment in comments:
        if not comment.extra.get("twin_of"):
            counts.update(set(runs(words(comment.text), size)))
    return [(run, number) for run, number in counts.most_common(most) if number > 1]


def words(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    return _WORD.findall(normal(text))


def runs(text: Sequence[str], size: int) -> list[str]:
    """The runs of so many words."""
    return [" ".join(text[start : start + size]) for start in range(len(text) - size + 1)]


# --- the checks ------------------------------------------------------------------------------------------------------


def _built(folder: Path, comments: Sequence[Comment]) -> Iterator[Finding]:
    """The records are those of the markup files, each in its split."""
    try:
        made = {(c.thread_id, c.id): c for c in build_records(folder)}
    except RsenlpError as error:
        yield Finding("schema", "markup files", "broken", "whole", False, (str(error),))
        return
    differing = [
        comment.id
        for comment in comments
        if (other := made.pop((comment.thread_id, comment.id), None)) is None
        or (other.text, other.annotation, other.claim) != (comment.text, comment.annotation, comment.claim)
    ]
    stale = [*differing, *(id for _, id in made)]
    yield Finding("schema", "records as in the markup", f"{len(stale)} differ", "0", not stale, tuple(stale[:5]))
    whole = whole_batches(folder)
    groups: dict[str, set[str]] = defaultdict(set)
    for comment in comments:
        groups[str(comment.extra.get("group"))].add(split_of(comment, whole))
    mixed = [group for group, splits in groups.items() if len(splits) > 1]
    yield Finding("schema", "threads in two splits", str(len(mixed)), "0", not mixed, tuple(mixed[:5]))


def _crossings(folder: Path, comments: Sequence[Comment]) -> Iterator[Finding]:
    """Every crossing is of a comment of the corpus, under a claim that is not the comment's own."""
    if not (folder / CROSSINGS).is_file():
        return
    claims = {comment.id: comment.claim for comment in comments}
    crossings = read_crossings(folder / CROSSINGS)
    wrong = [c.comment_id for c in crossings if claims.get(c.comment_id, c.claim) == c.claim]
    name = f"crossings of no comment, or under its own claim, among {len(crossings)}"
    yield Finding("schema", name, str(len(wrong)), "0", not wrong, tuple(wrong[:5]))


def _boundaries(comments: Sequence[Comment]) -> Iterator[Finding]:
    wrong = []
    for comment in comments:
        spans = sentences(comment.text)
        starts, ends = {span.start for span in spans}, {span.end for span in spans}
        wrong += [
            f"{comment.id}: {item.text[:60]!r}"
            for item in (comment.annotation.evidence if comment.annotation else ())
            if item.start not in starts or item.end not in ends
        ]
    yield Finding("schema", "evidence that is no whole sentence", str(len(wrong)), "0", not wrong, tuple(wrong[:5]))


def _duplicates(comments: Sequence[Comment], limit: float) -> Iterator[Finding]:
    from sklearn.feature_extraction.text import CountVectorizer

    exact = Counter(" ".join(words(comment.text)) or comment.text for comment in comments)
    twice = [text for text, number in exact.items() if number > 1]
    yield Finding("duplicates", "same words", str(len(twice)), "0", not twice, tuple(map(repr, twice[:20])))
    # exact Jaccard similarity by a sparse product: nothing that a hash sketch could miss
    sets = CountVectorizer(analyzer=lambda c: set(runs(words(c.text), 3)) or {" ".join(words(c.text))}, binary=True)
    matrix = sets.fit_transform(comments).astype(np.int32)
    common = (matrix @ matrix.T).tocoo()
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    union = sizes[common.row] + sizes[common.col] - common.data
    near = (common.row < common.col) & (common.data >= limit * union)
    pairs = [f"{comments[i].id} ~ {comments[j].id}" for i, j in zip(common.row[near], common.col[near], strict=True)]
    yield Finding("duplicates", f"Jaccard at least {limit}", str(len(pairs)), "0", not pairs, tuple(pairs[:20]))


def _texts(folder: Path, comments: Sequence[Comment]) -> Iterator[tuple[str, str]]:
    """Every text that is learnt from, with the name it is reported by: comments, thread claims, sentences alone."""
    yield from ((comment.id, comment.text) for comment in comments)
    yield from {comment.thread_id: comment.claim or "" for comment in comments}.items()
    for file in sorted((folder / "pairs").glob("*.tsv")):
        yield from ((file.name, sentence) for pair in read_pairs(file) for sentence in pair.sentences)
    if (file := folder / "claims.tsv").is_file():
        yield from ((file.name, claim.text) for claim in read_claims(file))
    if (file := folder / CROSSINGS).is_file():
        yield from dict.fromkeys((file.name, crossing.claim) for crossing in read_crossings(file))


def _independence(texts: Iterable[tuple[str, str]], others: Sequence[Path], size: int) -> Iterator[Finding]:
    files = [
        file for path in others for file in (sorted(path.rglob("*")) if path.is_dir() else [path]) if file.is_file()
    ]
    foreign: set[str] = set()
    for file in files:
        foreign.update(runs(words(file.read_text(encoding="utf-8", errors="replace")), size))
    shared = [f"{name}: {text[:60]}" for name, text in texts if foreign.intersection(runs(words(text), size))]
    name = f"{size}-word runs shared with {len(files)} evaluation files"
    yield Finding("independence", name, str(len(shared)), "0", not shared and bool(files), tuple(shared[:5]))


def _totals(everything: Sequence[Comment], own: Sequence[Comment], required: dict[str, int]) -> Iterator[Finding]:
    by_id = {comment.id: comment for comment in own}
    other = [
        comment
        for comment in everything
        if (first := by_id.get(str(comment.extra.get("twin_of")))) is not None
        and first.annotation is not None
        and comment.annotation is not None
        and first.annotation.stance["claim"] != comment.annotation.stance["claim"]
    ]
    counts = {
        "comments": len(own),
        "sentences": sum(len(sentences(comment.text)) for comment in own),
        "threads": len({comment.thread_id for comment in own}),
        "twins_with_other_stance": len(other),
    }
    for name, least in required.items():
        yield _at_least("all", name, counts[name], least)


def _language(comments: Sequence[Comment], language: str, pairs: int, required: dict[str, Any]) -> Iterator[Finding]:
    book = codebook()
    annotations = [(comment, comment.annotation) for comment in comments if comment.annotation is not None]

    def tagged(*tags: str) -> int:
        return sum(bool(set(tags) & set(comment.extra.get("tags") or ())) for comment in comments)

    def count(holds: Callable[[Comment], bool]) -> int:
        return sum(map(holds, comments))

    yield _at_least(language, "comments", len(comments), required["comments"])
    for status in ("cited", "rejected"):
        for cause in book.causes:
            found = sum(a.causes[cause] == status for _, a in annotations)
            yield _at_least(language, f"{cause} {status}", found, required[status])
    for key, theme in book.themes.items():
        found = sum(any((e.cause, e.theme) == (theme.cause, theme.id) for e in a.evidence) for _, a in annotations)
        yield _at_least(language, f"theme {key}", found, required["theme"])
    no_cause = sum(all(status == "absent" for status in a.causes.values()) for _, a in annotations)
    yield _at_least(language, "no cause", no_cause, required["no_cause"])
    for name, tags in (
        ("hard_negative", ("hard-negative",)),
        ("irony", ("irony",)),
        ("needs_parent", ("needs-parent",)),
        ("noisy", ("noisy",)),
        ("off_topic", ("offtopic", "csr")),
    ):
        yield _at_least(language, name.replace("_", " "), tagged(*tags), required[name])
    long = count(lambda comment: len(comment.text.split()) > 150)
    yield _at_least(language, "over 150 words", long, required["long"])
    short = count(lambda comment: len(comment.text.split()) < 8)
    yield _at_least(language, "under 8 words", short, required["short"])
    yield _at_least(language, "minimal pairs", pairs, required["minimal_pairs"])
    for target in book.targets:
        share = sum(a.stance[target] == "none" for _, a in annotations) / max(1, len(comments))
        least = required["stance_none_share"]
        yield Finding(language, f"stance {target}: none", f"{share:.0%}", f"at least {least:.0%}", share >= least)


def _at_least(section: str, name: str, found: int, least: int) -> Finding:
    return Finding(section, name.replace("_", " "), str(found), f"at least {least}", found >= least)


def _repetition(comments: Sequence[Comment], most: float) -> Iterator[Finding]:
    for language in LANGUAGES:
        own = [comment for comment in comments if comment.lang == language]
        top = repeated_runs(own)
        worst = top[0][1] if top else 0
        share = worst / max(1, len(own))
        examples = tuple(f"{run!r} in {number}" for run, number in top[:5])
        found = f"{worst} comments ({share:.2%})"
        yield Finding(language, "most repeated five-word run", found, f"at most {most:.2%}", share <= most, examples)


def _first_words(comments: Sequence[Comment], limit: float) -> Iterator[Finding]:
    """What a model tells from the first three words alone, over chance, on threads that it has not seen.

    Left out are comments of under eight words, whose first three are much of what they say; those that open with an
    answer ("yes", "agreed"); and those whose first words show their function (questions, thanks, links …). There the
    words are content, not a habit of the writer.
    """
    asked = [
        comment
        for comment in comments
        if not opens_with_content(comment.text) and not _FUNCTIONS & set(comment.extra.get("tags") or ())
    ]
    for name, label in _HABITS.items():
        labelled = [(comment, label(comment)) for comment in asked]
        told = [(comment, value) for comment, value in labelled if value is not None]
        yield _told_by_first_words(name, [c for c, _ in told], [value for _, value in told], limit)


def opens_with_content(text: str) -> bool:
    """Whether the first three words are much of what a comment says, or an answer that states its stance."""
    return len(text.split()) < _SHORT or bool(_ANSWERS & set(words(text)[:2]))


def _told_by_first_words(name: str, comments: Sequence[Comment], truth: list[str], limit: float) -> Finding:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    title = f"first three words tell {name}"
    required = f"at most +{limit}"
    groups = [str(comment.extra.get("group")) for comment in comments]
    if len(set(groups)) < _FOLDS or min(Counter(truth).values(), default=0) < _LEAST or len(set(truth)) < 2:
        return Finding("writing", title, "too few to tell", required, False)
    model = make_pipeline(
        CountVectorizer(ngram_range=(1, 3), token_pattern=r"\S+"),  # noqa: S106 - no password
        LogisticRegression(class_weight="balanced", C=0.5, max_iter=500),
    )
    firsts = [" ".join(comment.text.split()[:3]).lower() for comment in comments]
    guessed = cross_val_predict(model, firsts, truth, groups=groups, cv=GroupKFold(_FOLDS))
    gain = balanced_accuracy_score(truth, guessed) - 1 / len(set(truth))
    return Finding("writing", title, f"{gain:+.3f}", required, bool(gain <= limit))


def _taken(target: str) -> Callable[[Comment], str | None]:
    def stance(comment: Comment) -> str | None:
        label = comment.annotation.stance[target] if comment.annotation else "none"
        return None if label == "none" else label

    return stance


def _has(status: str) -> Callable[[Comment], str | None]:
    return lambda comment: str(comment.annotation is not None and status in comment.annotation.causes.values())


_SHORT, _FOLDS, _LEAST = 8, 5, 10
_ANSWERS = frozenset(
    """
    yes yep yeah no nope agree agreed disagree true false right wrong exactly indeed absolutely correct same seconded
    oui si non accord exact exactement vrai faux confirme pareil idem entierement absolument certes tort raison
    """.split()
)
_FUNCTIONS = {"question", "thanks", "link", "offtopic", "csr", "spam"}
_HABITS: dict[str, Callable[[Comment], str | None]] = {
    "the batch, French": lambda comment: str(comment.extra.get("batch")) if comment.lang == "fr" else None,
    "the batch, English": lambda comment: str(comment.extra.get("batch")) if comment.lang == "en" else None,
    "the side taken on the claim": _taken("claim"),
    "the side taken on the RSE": _taken("rse"),
    "a cause cited": _has("cited"),
    "a cause rejected": _has("rejected"),
}
