"""A comment as it may be kept: nobody's name, address or number, and nothing changed without a row in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rsenlp.audit import Report
from rsenlp.discussion import Comment, Evidence
from rsenlp.errors import Location
from rsenlp.privacy.columns import is_contact, is_reference, personal_column, personal_name
from rsenlp.privacy.edits import Edit, applied, moved
from rsenlp.privacy.identifiers import PHONE_NUMBER, SIGNATURE, identifier_edits, may_hold_details
from rsenlp.privacy.mentions import Naming
from rsenlp.privacy.people import People
from rsenlp.privacy.signatures import author_test, signature_span

PERSONAL = "personal details replaced by placeholders"
REQUOTED = "evidence held personal details, its quote changed with the text"
CONTACT_COLUMN = "column of e-mail, IP or telephone addresses left out"
NAME_COLUMN = "column of names replaced by pseudonyms"
_MOST_ROUNDS = 20  # bounds the time on texts made to take long
_PLAIN = (int, float, type(None))
REASONS = frozenset({PERSONAL, REQUOTED, CONTACT_COLUMN, NAME_COLUMN})


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without personal details, how many of each kind it held, and the evidence as it stands in it."""

    text: str
    kinds: Counter[str] = field(default_factory=Counter)
    evidence: tuple[Evidence, ...] = ()

    def after(self, edits: Sequence[Edit]) -> Cleaned:
        if not edits:
            return self
        text = applied(self.text, edits)
        evidence = tuple(moved(item, edits, text) for item in self.evidence)
        return Cleaned(text, self.kinds + Counter(edit.kind for edit in edits), evidence)


def clean_text(text: str, naming: Naming, *, author: str | None = None, evidence: Iterable[Evidence] = ()) -> Cleaned:
    """A comment's text without e-mail addresses, telephone numbers, profiles, mentions, its signature, and the names of
    those to whom it speaks.

    Args:
        text: as its author wrote it, or cleaned before; placeholders stay.
        naming: whom names in this thread mean.
        author: by whose own name the text may be signed.
        evidence: quotes of the text, by offsets.
    """
    done = clean_phrase(text, naming, evidence=evidence)
    span = signature_span(done.text, author_test(author))
    if span is not None:
        done = done.after([Edit(span.start, span.end, f"[{SIGNATURE}]", SIGNATURE)])
    return done.after(naming.edits(done.text))


def clean_phrase(text: str, naming: Naming, *, phones: bool = True, evidence: Iterable[Evidence] = ()) -> Cleaned:
    """A claim or a cell without addresses, profiles, mentions and, unless it holds references, telephone numbers."""
    done = Cleaned(text, evidence=tuple(evidence))
    # a placeholder parts what ran together with the detail before it: one looks again until nothing is found
    for _ in range(_MOST_ROUNDS):
        found = identifier_edits(done.text, naming.mentioned)
        edits = [edit for edit in found if phones or edit.kind != PHONE_NUMBER]
        if not edits:
            break
        done = done.after(edits)
    return done


@dataclass(slots=True)
class Privacy:
    """Takes personal details out of comments once ``people`` knows who writes where.

    ``pseudonym`` gives a name's pseudonym, the same for an author and for a mention of that author.
    """

    people: People
    pseudonym: Callable[[str], str]
    report: Report
    _columns: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def clean(self, comment: Comment, where: Location) -> Comment:
        """The comment without personal details; a row in the report says what was replaced."""
        naming = Naming(comment.thread_id, self.people, self.pseudonym)
        before = comment.annotation.evidence if comment.annotation else ()
        text = clean_text(comment.text, naming, author=comment.author, evidence=before)
        found = {"": text.kinds}
        claim = comment.claim
        if claim is not None:
            said = clean_phrase(claim, naming)
            claim, found["claim"] = said.text, said.kinds
        extra = self._clean_extra(comment.extra, naming, where, found) if comment.extra else comment.extra
        detail = "; ".join(counted(column, kinds) for column, kinds in found.items() if kinds)
        if detail:
            self.report.repaired(PERSONAL, where, id=comment.id, detail=detail)
        requoted = [new.text for old, new in zip(before, text.evidence, strict=True) if old.text != new.text]
        if requoted:
            self.report.repaired(REQUOTED, where, id=comment.id, detail=f"{len(requoted)} of {len(before)} quotes")
        annotation = comment.annotation and replace(comment.annotation, evidence=text.evidence)
        author = comment.author and self.pseudonym(comment.author)
        return replace(comment, text=text.text, claim=claim, author=author, extra=extra, annotation=annotation)

    def report_columns(self) -> None:
        """Give the report a row for each column that was left out or replaced, and what it says of kept columns."""
        for (path, column, reason), number in self._columns.items():
            self.report.repaired(reason, Location(path), detail=f"'{column}', {number} values")
        for source in self.report.sources:
            changed = {column for path, column, _ in self._columns if path == source["path"]}
            if changed and "kept_as_they_came" in source:
                source["kept_as_they_came"] = [name for name in source["kept_as_they_came"] if name not in changed]

    def _clean_extra(
        self, extra: Mapping[str, Any], naming: Naming, where: Location, found: dict[str, Counter[str]], path: str = ""
    ) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, value in extra.items():
            column = path + name
            if isinstance(value, _PLAIN) and not path and personal_column(name) is None:
                kept[name] = value
                continue
            personal = personal_column(name) or personal_name(path, name)
            if personal == "contact":
                self._columns[where.path, column, CONTACT_COLUMN] += value not in (None, "")
            elif personal == "name" and isinstance(value, str) and value.strip():
                self._columns[where.path, column, NAME_COLUMN] += 1
                kept[name] = self.pseudonym(value)
            else:
                kept[name] = self._clean_value(value, column, naming, where, found)
        return kept

    def _clean_value(
        self, value: Any, column: str, naming: Naming, where: Location, found: dict[str, Counter[str]]
    ) -> Any:
        if isinstance(value, str):
            if not may_hold_details(value):
                return value
            if is_contact(value, column):
                self._columns[where.path, column, CONTACT_COLUMN] += 1
                return None
            done = clean_phrase(value, naming, phones=not is_reference(column))
            if done.kinds:
                found[f"column '{column}'"] = found.get(f"column '{column}'", Counter()) + done.kinds
            return done.text
        if isinstance(value, Mapping):
            return self._clean_extra(value, naming, where, found, f"{column}.")
        if isinstance(value, list | tuple):
            return [self._clean_value(item, column, naming, where, found) for item in value]
        return value


def counted(column: str, kinds: Counter[str]) -> str:
    """What was replaced in a column, or in the text, whose name is empty."""
    return (f"{column}: " if column else "") + ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
