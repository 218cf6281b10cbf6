"""Persons named in a text: whom an ``@mention`` means, and authors of the thread who are spoken to or of by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rsenlp.privacy.edits import Edit, apart
from rsenlp.privacy.identifiers import MENTION, PLACEHOLDER, Mentioned
from rsenlp.privacy.names import WORD, WORD_REST, is_name_word, is_ordinary, reads_as_name
from rsenlp.privacy.people import Kind, People

_NAME = rf"{WORD}(?:[ ]{WORD}){{0,2}}"
_TO = (
    r"merci(?: bien| beaucoup| encore)?(?: à)?|bonjour|bonsoir|salut|coucou|bravo(?: à)?|désolée?|pardon|non|oui|ok"
    r"|oups|cher|chère|d'accord avec|comme(?: le)? dit|comme disait|dixit|réponse à|répond(?:re)? à|pour répondre à"
    r"|[+]1|thanks?(?: you| a lot| so much)?(?: to)?|thx|ty|hello|hi|hey|dear|sorry|no|yes|well said|welcome"
    r"|kudos(?: to)?|agreed?(?: with)?|as|like|reply(?:ing)? to|in reply to|cc"
)
_TITLE = r"(?:(?:m|mr|mme|mlle|ms|mrs|dr)\.?|monsieur|madame)[ ]"
_SPOKEN_TO = re.compile(
    # after a word that opens a turn; at a sentence's start, before a comma or the like; between a comma and an end
    rf"(?P<done>{PLACEHOLDER})"
    rf"|(?<!\w)(?:(?P<cue>{_TO})[ ]?,?[ ]+(?P<title>{_TITLE})?|(?P<titled>{_TITLE}))(?P<cued>{_NAME})"
    rf"|(?:^|(?<=[.!?…][ ])|(?<=\n)|(?P<comma>,[ ](?:cher[ ]|chère[ ]|dear[ ])?))(?P<set_off>{_NAME})",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:merci|bonjour|bonsoir|salut|coucou|bravo|cher|chère|thanks?|thx|hello|hi|hey|dear).*", re.IGNORECASE
)
_ENDS = re.compile(r"[ ]?(?:[,:;!?.…)]|$|\n|[ ][-–—][ ])")
_GOES_ON = re.compile(rf"{_ENDS.pattern}|[ ][^\W\dA-ZÀ-Ý]")
_SAYING = re.compile(
    r"[ ](?:a (?:raison|tort|écrit|dit)|dit|disait|écrit|says?|said|wrote|is (?:right|wrong)|has a point)\b"
)
# read at every capitalised word, since two names may share one
_CAPITALS = re.compile(rf"(?<![\w@])(?=([A-ZÀ-Ý]{WORD_REST}(?:[ ]{WORD})?[ ][A-ZÀ-Ý]{WORD_REST}))")


@dataclass(frozen=True, slots=True)
class Naming:
    """How persons are named in the texts of one thread."""

    thread: str
    people: People
    pseudonym: Callable[[str], str]

    def placeholder(self, name: str) -> str:
        return f"[{MENTION}:{self.pseudonym(name)}]"

    def mentioned(self, handle: str, following: str) -> Mentioned:
        """Whom a handle means: an author of the thread or of the corpus, or else whoever goes by it.

        In ``@Paul Durand`` the surname belongs to the name.
        """
        match = re.match(rf"(?:[ ]{WORD}){{1,2}}", following)
        words = match[0].split() if match else []
        for number in range(len(words), 0, -1):
            name = " ".join([handle, *words[:number]])
            further = len(name) - len(handle)
            found = self.people.find(self.thread, name, elsewhere=True)
            if found is not None and found[1] is Kind.FULL:
                return Mentioned(self.placeholder(found[0]), further)
            if reads_as_name([handle, *words[:number]]) and _GOES_ON.match(following, further):
                return Mentioned(self.placeholder(name), further)
        found = self.people.find(self.thread, handle, elsewhere=True)
        return Mentioned(self.placeholder(found[0] if found else handle), 0)

    def edits(self, text: str) -> list[Edit]:
        """What replaces the names of authors of the thread in a text: full names anywhere, others where somebody is
        spoken to or quoted ("Merci Arnaud", "Arnaud, …", "as Arnaud says").
        """
        if not self.people.may_name(self.thread, text):
            return []
        return apart([*self._spoken_to(text), *self._full(text)])

    def _spoken_to(self, text: str) -> Iterator[Edit]:
        position = 0
        while (match := _SPOKEN_TO.search(text, position)) is not None:
            group = "cued" if match["cued"] else "set_off"
            edit = None if match["done"] else self._named(text, match, group)
            position = (
                edit.end if edit else match.end() if match["done"] else max(match.start(group), match.start() + 1)
            )
            if edit is not None:
                yield edit

    def _named(self, text: str, match: re.Match[str], group: str) -> Edit | None:
        words = re.sub(r"['’]s$", "", match[group]).split(" ")
        start = match.start(group)
        for number in range(len(words), 0, -1):
            name = re.sub(r"['’]s$", "", " ".join(words[:number]))
            end = start + len(name)
            if len(name) < 2 or (group == "set_off" and not _is_set_off(text, end, match)):
                continue
            found = self.people.find(self.thread, name)
            if found is not None and _is_meant(name, found, match):
                return Edit(start, end, self.placeholder(found[0]), MENTION)
        return None

    def _full(self, text: str) -> Iterator[Edit]:
        for match in _CAPITALS.finditer(text):
            words = match[1].split(" ")
            for number in range(len(words), 1, -1):
                name = " ".join(words[:number])
                found = self.people.find(self.thread, name)
                if found is not None and found[1] is Kind.FULL:
                    yield Edit(match.start(), match.start() + len(name), self.placeholder(found[0]), MENTION)
                    break


def _is_set_off(text: str, end: int, match: re.Match[str]) -> bool:
    """Whether a name that opens a sentence or follows a comma ends where a name spoken to does, or is quoted."""
    if _ENDS.match(text, end):
        return True
    return not match["comma"] and _SAYING.match(text, end) is not None


def _is_meant(name: str, found: tuple[str, Kind], match: re.Match[str]) -> bool:
    """A name is written with a capital or, after a word that speaks to somebody, as its owner does or as one greets; a
    surname alone comes after a title; what everybody says ("non") is no name, whoever writes under it.
    """
    author, kind = found
    if kind is Kind.SURNAME and not (match["title"] or match["titled"]):
        return False
    if is_name_word(name.split(" ")[0]):
        return True
    if match["cued"] is None or is_ordinary(name):
        return False
    return name in author or _GREETING.fullmatch(match["cue"] or "") is not None
