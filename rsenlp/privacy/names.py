"""What reads as a person's name: given names by a list, the rest by the way they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from rsenlp.text import normal

WORD_REST = r"(?:[\w'’.-]{0,40}\w)?"
WORD = r"[^\W\d_]" + WORD_REST
_LIST = Path(__file__).with_name("given_names.txt")
_PARTICLES = frozenset("de du des d' la le van von der den ten ter el al ben bin da dos di y of mac".split())
_TITLES = frozenset("m. m mr mr. mrs mrs. ms ms. mme mlle dr dr. pr pr. prof prof. monsieur madame me maître".split())
_INITIAL = re.compile(r"[A-ZÀ-Ý]\.?(?:-?[A-ZÀ-Ý]\.?)?")
# written with a capital where they open a line or stand in a title, and no part of a name there
_NO_NAMES = frozenset(
    """
    a au aux avec ce ces cette dans donc et est il elle elles ils je le la les leur mais moi mon ne ni non nos notre on
    ou oui par pas pour que qui sa sans se ses si son sur toi ton tous tout tres tu un une vos votre vous y ca cela
    bref merci bravo bonjour bonsoir salut dommage super bien encore toujours jamais rien enfin ainsi alors apres avant
    an and are as at be but by for from he her his how i if in is it its me my no not of or our she so that the then
    they this to too us was we what when who why will with yes you your thanks thank hello hi dear great good nice
    please sorry article etude rapport source video communaute community reseau social enterprise entreprise network
    team equipe service services solution solutions groupe group club forum blog page site web internet intranet teams
    sharepoint slack yammer viva engage google microsoft office outlook facebook workplace workplaces jive chatter
    linkedin twitter whatsapp confluence jira notion drive docs notes lotus connections salesforce zoom skype wiki
    hebdo antipolis match
    quel quelle quels quelles comment pourquoi quand ok exact exactement voila attention vraiment pas peut peux faut ca
    how where which did does do can could would should let just maybe also same totally agreed exactly agree see sure
    right well oh ah ha lol have has had there here these those got any
    """.split()
)


@cache
def given_names() -> frozenset[str]:
    """The list of given names, in normal form."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def is_given(word: str) -> bool:
    """Whether a word is a given name of the list, or several joined by hyphens; case does not count."""
    name = normal(word)
    known = given_names()
    return name in known or ("-" in name and all(part in known for part in name.split("-")))


def is_capitalised(word: str) -> bool:
    return word[:1].isupper() or bool(re.match(r"[dlDL]['’][A-ZÀ-Ý]", word))


def is_ordinary(word: str) -> bool:
    """Whether a word is one that opens sentences, or a product's, and so no part of a name."""
    return normal(word.strip(".")) in _NO_NAMES


def is_name_word(word: str) -> bool:
    """Whether a word may be a part of a name: capitalised, of letters, and no ordinary one."""
    return is_capitalised(word) and re.fullmatch(WORD + r"\.?", word) is not None and not is_ordinary(word)


def reads_as_name(words: Sequence[str]) -> bool:
    """Whether words are a full name: one to two given names or initials, then a capitalised surname.

    One of the given names is on the list ("Paul Durand", "J. Durand" is not one, "DURAND Paul" is).
    """
    words = [word for word in words if word.lower() not in _TITLES] if len(words) > 2 else list(words)
    if not 2 <= len(words) <= 5 or not is_name_word(words[-1]):
        return False
    if not all(is_name_word(word) or word.lower() in _PARTICLES for word in words):
        return False
    first, last = words[0], words[-1]
    if is_given(first) and is_capitalised(first):
        return True
    return is_given(last) and all(word.isupper() for word in words[:-1])


def could_be_name(words: Sequence[str]) -> bool:
    """Whether words may be a name where something says that a name comes: one to four, written as names are."""
    if not 1 <= len(words) <= 4 or not any(len(word.strip(".")) > 1 for word in words):
        return False
    return all(
        is_name_word(word) or _INITIAL.fullmatch(word) or (0 < index < len(words) - 1 and word.lower() in _PARTICLES)
        for index, word in enumerate(words)
    )


def form(name: str) -> str:
    """What is the same in all ways of writing a name as a handle: ``Zoé Martin``, ``@zoe.martin``, ``zoe_martin``."""
    plain = re.sub(r"^(?:[@＠]|/?u/)", "", name.strip())
    return re.sub(r"[\W_]+", "", normal(plain.split("@")[0]))


def folded(name: str) -> str:
    """A name as pseudonyms are made of it: white space and case do not tell names apart."""
    return " ".join(name.split()).casefold()
