"""Annotated discussions as people write them by hand: one readable text file, labels inline.

    #thread fr-press-012
    lang: fr
    place: press
    variety: quebec
    claim: Le courriel est mort, vive le réseau social d'entreprise.
    claim2: Le réseau social d'entreprise ne remplacera jamais le courriel.

    @c1 claim=favor/against rse=favor writer=it-manager tags=irony,noisy
    Première phrase. {{strategy/purpose+ tooling-|Ce n'est pas l'outil, c'est le but qui manque.}} La suite.

    @c2 <c1 claim=none rse=none writer=intern
    Tout à fait.

``<c1`` names the comment that is answered. ``{{…|sentence}}`` marks evidence: ``cause/theme+`` cited,
``cause/theme-`` rejected, the theme optional. ``claim=a/b`` gives the stance under ``claim`` and under ``claim2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsenlp.codebook import STANCES, Codebook, Stance, Status, codebook
from rsenlp.discussion import Annotation, Comment, Evidence
from rsenlp.errors import InputError, Location
from rsenlp.text import nfc

PLACES = ("press", "blog", "forum", "social", "survey", "support", "appstore", "issues")
TAGS = (
    "irony",
    "noisy",
    "offtopic",
    "csr",
    "vendor",
    "thanks",
    "link",
    "spam",
    "question",
    "needs-parent",
    "hard-negative",
    "quotes-parent",
)
_HEADER = re.compile(r"@(?P<id>[A-Za-z0-9]+)(?:\s+<(?P<parent>[A-Za-z0-9]+))?(?P<fields>(?:\s+[a-z]+=\S+)+)\s*")
_MARK = re.compile(r"\{\{([^{}|]*)\|([^{}]*)\}\}", re.DOTALL)
_LABEL = re.compile(r"(?P<cause>[a-z]+)(?:/(?P<theme>[a-z-]+))?(?P<sign>[+-])")
_KEYS = ("lang", "place", "claim", "claim2", "variety", "title")


@dataclass(slots=True)
class _Draft:
    """What has been read of a comment so far."""

    id: str
    parent: str | None
    fields: dict[str, str]
    line: int
    body: list[str] = field(default_factory=list)


def read_markup(path: Path, *, book: Codebook | None = None) -> Iterator[Comment]:
    """Read the annotated comments of a markup file, thread by thread.

    A thread with ``claim2`` yields its comments twice: the second time as thread ``<id>-b`` under the second claim,
    with ``extra["twin_of"]`` naming the first. Extra columns: ``place``, ``variety``, ``writer``, ``tags``, ``batch``
    (the file's name), ``group`` (the same for a thread and its twin, which must stay in one split).

    Raises:
        InputError: the file breaks the format; the message names the line.
    """
    book = book or codebook()
    header: dict[str, str] = {}
    drafts: list[_Draft] = []
    header_line = 0
    lines = nfc(path.read_text(encoding="utf-8")).split("\n")
    for number, line in enumerate([*lines, "#thread "], start=1):
        if line.startswith("#thread"):
            if header:
                yield from _thread(header, drafts, path, header_line, book)
            header, drafts, header_line = {"id": line.removeprefix("#thread").strip()}, [], number
        elif match := _HEADER.fullmatch(line):
            fields = dict(pair.split("=", 1) for pair in match["fields"].split())
            drafts.append(_Draft(match["id"], match["parent"], fields, number))
        elif drafts:
            drafts[-1].body.append(line)
        elif line.strip():
            key, _, value = line.partition(":")
            if not header or key not in _KEYS or not value.strip():
                raise InputError(
                    f"before a thread's first comment come lines 'key: value' with keys {', '.join(_KEYS)}",
                    where=Location(str(path), number),
                    got=repr(line[:80]),
                )
            header[key] = value.strip()


def _thread(header: dict[str, str], drafts: list[_Draft], path: Path, line: int, book: Codebook) -> Iterator[Comment]:
    where = Location(str(path), line)
    for key in ("id", "lang", "place", "claim"):
        if not header.get(key):
            raise InputError(f"a thread needs '{key}'", where=where, got=repr(header))
    if header["place"] not in PLACES:
        raise InputError(f"place is one of {', '.join(PLACES)}", where=where, got=header["place"])
    seen: set[str] = set()
    for draft in drafts:
        here = Location(str(path), draft.line)
        if draft.id in seen:
            raise InputError("comment ids are unique in their thread", where=here, got=draft.id)
        if draft.parent is not None and draft.parent not in seen:
            raise InputError("an answered comment stands earlier in its thread", where=here, got=draft.parent)
        seen.add(draft.id)
    for twin in (False, True) if "claim2" in header else (False,):
        for draft in drafts:
            yield _comment(header, draft, path, twin=twin, book=book)


def _comment(header: dict[str, str], draft: _Draft, path: Path, *, twin: bool, book: Codebook) -> Comment:
    where = Location(str(path), draft.line)
    text, evidence = _parse_body("\n".join(draft.body).strip(), where, book)
    if not text:
        raise InputError("a comment has a text", where=where, got=f"@{draft.id} without one")
    unknown = set(draft.fields) - {"claim", "rse", "writer", "tags"}
    if unknown:
        raise InputError("a comment's fields are claim, rse, writer, tags", where=where, got=", ".join(sorted(unknown)))
    claims = draft.fields.get("claim", "").split("/")
    if len(claims) != (2 if "claim2" in header else 1):
        raise InputError(
            "claim= gives one stance per claim of the thread", where=where, got=repr(draft.fields.get("claim"))
        )
    stance = {"claim": _stance(claims[1] if twin else claims[0], where), "rse": _stance(draft.fields.get("rse"), where)}
    tags = [tag for tag in draft.fields.get("tags", "").split(",") if tag]
    if wrong := [tag for tag in tags if tag not in TAGS]:
        raise InputError(f"tags are among {', '.join(TAGS)}", where=where, got=", ".join(wrong))
    thread = header["id"] + ("-b" if twin else "")
    extra: dict[str, Any] = {
        "place": header["place"],
        "variety": header.get("variety"),
        "writer": draft.fields.get("writer"),
        "tags": tags,
        "batch": path.stem,
        "group": header["id"],
        "twin_of": f"{header['id']}-{draft.id}" if twin else None,
    }
    return Comment(
        thread_id=thread,
        id=f"{thread}-{draft.id}",
        parent_id=f"{thread}-{draft.parent}" if draft.parent else None,
        text=text,
        claim=header["claim2"] if twin else header["claim"],
        lang=header["lang"],
        source=f"{path.resolve().parent.parent.name}/{header['place']}",
        extra=extra,
        annotation=Annotation(stance, comment_statuses(evidence, book), evidence),
    )


def comment_statuses(evidence: tuple[Evidence, ...], book: Codebook) -> dict[str, Status]:
    """The status of every cause from its evidence: one that is both cited and rejected counts as cited."""
    statuses: dict[str, Status] = dict.fromkeys(book.causes, "absent")
    for item in evidence:
        if statuses[item.cause] != "cited":
            statuses[item.cause] = item.polarity
    return statuses


def _stance(value: str | None, where: Location) -> Stance:
    for label in STANCES:
        if value == label:
            return label
    raise InputError(f"a stance is one of {', '.join(STANCES)}", where=where, got=repr(value))


def _parse_body(body: str, where: Location, book: Codebook) -> tuple[str, tuple[Evidence, ...]]:
    parts: list[str] = []
    evidence: list[Evidence] = []
    length = position = 0
    for match in _MARK.finditer(body):
        plain = body[position : match.start()]
        quote = match.group(2)
        if quote != quote.strip() or not quote:
            raise InputError("marked evidence has no white space at its ends", where=where, got=repr(quote[:60]))
        start = length + len(plain)
        for label in match.group(1).split():
            cause, theme, status = _label(label, where, book)
            evidence.append(Evidence(cause, status, start, start + len(quote), quote, theme))
        parts += (plain, quote)
        length = start + len(quote)
        position = match.end()
    parts.append(body[position:])
    text = "".join(parts)
    if "{{" in text or "}}" in text:
        raise InputError("evidence is marked {{labels|sentence}}, on its own, not nested", where=where, got=text[:80])
    return text, tuple(evidence)


def tab_separated(path: Path) -> Iterator[tuple[Location, str, list[str]]]:
    """The lines of a file, each with its place, as it stands, and cut into its tab-separated cells."""
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            yield Location(str(path), number), line, line.rstrip("\n").split("\t")


def read_labels(labels: str, sentence: str, where: Location) -> tuple[tuple[Evidence, ...], Stance | None]:
    """The evidence and the stance towards the RSE that labels such as ``tooling/search+ rse=against`` give a sentence.

    Raises:
        InputError: a label that is none.
    """
    evidence: list[Evidence] = []
    stance: Stance | None = None
    for label in labels.split():
        if label.startswith("rse="):
            stance = _stance(label.removeprefix("rse="), where)
        elif label != "none":
            cause, theme, status = _label(label, where, codebook())
            evidence.append(Evidence(cause, status, 0, len(sentence), sentence, theme))
    return tuple(evidence), stance


def _label(label: str, where: Location, book: Codebook) -> tuple[str, str | None, Status]:
    match = _LABEL.fullmatch(label)
    if match is None or match["cause"] not in book.causes:
        raise InputError(
            f"evidence is labelled cause/theme+ or cause/theme-, cause one of {', '.join(book.causes)}",
            where=where,
            got=repr(label),
        )
    themes = [theme.id for theme in book.causes[match["cause"]].themes]
    if match["theme"] is not None and match["theme"] not in themes:
        raise InputError(f"themes of {match['cause']} are {', '.join(themes)}", where=where, got=repr(match["theme"]))
    return match["cause"], match["theme"], "cited" if match["sign"] == "+" else "rejected"
