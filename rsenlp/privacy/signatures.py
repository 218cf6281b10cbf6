"""Signatures at the end of a comment: who wrote it, as the writer says so.

Precise rather than greedy: a last line is a signature where a closing or a dash announces a name, or where it is a
name by the list of given names, alone or with what its bearer is. A sentence, a product, a place or an exclamation is
none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rsenlp.privacy.identifiers import PLACEHOLDER, SIGNATURE
from rsenlp.privacy.names import could_be_name, folded, is_given, is_name_word, reads_as_name
from rsenlp.text import Span, normal

_LONGEST_LINE = 70
_MOST_CONTACTS = 6
_TAIL = 200  # characters from the end within which a signature begins
_TURN = re.compile(r"\n\s*|[.!?…»\"][ ]+")  # a signature stands on lines of its own or behind a sentence
# what opens the last line of a text of one line, where it holds no white space but spaces; or several of these
_LATE_TURN = re.compile('[.!?…»" ][ ]')
_STRONG = (
    r"(?:bien |très |tres )?cordialement|cdlt|cdt|bien à (?:vous|toi|tous)|amicalement|amitiés|bàv"
    r"|(?:mes |avec mes )?(?:meilleures |sincères |cordiales )?salutations(?: distinguées| cordiales)?"
    r"|sincèrement vôtre|(?:with )?(?:best |kind |warm |kindest |warmest )?regards|(?:with )?best wishes|all the best"
    r"|sincerely(?: yours)?|yours(?: truly| sincerely| faithfully)?|respectfully(?: yours)?"
)
_FAIR = r"best|cheers|take care|greetings|au plaisir|à bientôt"
_WEAK = (
    r"thanks(?: again| in advance| for reading| a lot)?|many thanks|thank you|thx"
    r"|merci(?: d'avance| encore| beaucoup| à tous)?|a\+|bonne (?:journée|soirée|continuation)|bises"
    r"|respectueusement|sincèrement|salut(?: à tous)?"
)
_CLOSING = re.compile(
    rf"(?:(?P<strong>{_STRONG})[ ]*[,.!:;–—-]*(?=\s|$)"
    rf"|(?:(?P<fair>{_FAIR})|(?P<weak>{_WEAK}))(?:[ ]*[,.!:;–—-]+(?=\s|$)|$))\s*",
    re.IGNORECASE,
)
_DASH = re.compile(r"(?:(?P<long>[—–]|--)|[-~]|(?:signé|signed)(?:[ ]?:)?[ ])[ ]*(?=\S)", re.IGNORECASE)
_CLOSED = re.compile(r"[.!?…»\")\]*]\s*$")
_QUOTED_OR_LISTED = ("-", "–", "—", "«", '"', "“", ">", "*", "•")
_CONTACT = re.compile(
    rf"(?:[\s·|/,;:()<>–—-]|{PLACEHOLDER}|https?://\S++|www\.\S++"
    r"|\b(?:t[ée]l(?:[ée]phone)?|phone|mobile|portable|cell|fax|mail|e-?mail|courriel|web|site|blog|linkedin|twitter)\b\.?)+",
    re.IGNORECASE,
)
_PART = re.compile(r"[ ]*[,/|(·][ ]*|[ ][-–—][ ]|[ ](?:chez|from|at|@|pour)[ ]")
_PLACEHOLDERS = re.compile(rf"[ ]*[<(–—-]*[ ]*{PLACEHOLDER}.*$")
_CONNECTORS = frozenset(
    "de du des d la le les et en à au aux pour chez sur of the and for at in & von van et/ou".split()
)
_ROLES = frozenset(
    """
    dsi drh rssi dg pdg dga daf dircom ceo cto cio coo cmo cfo vp hr it rh si dev devops ux directeur directrice
    directeurs responsable chef cheffe chargee charge cadre consultant consultante conseil conseillere conseiller
    animateur animatrice comptable ingenieur ingenieure manager gestionnaire formateur formatrice enseignant
    enseignante professeur prof etudiant etudiante doctorant doctorante chercheur chercheuse journaliste redacteur
    redactrice analyste architecte developpeur developpeuse administrateur administratrice technicien technicienne
    infirmier infirmiere secretaire assistant assistante adjoint adjointe delegue deleguee syndicaliste elu elue
    retraite retraitee fondateur fondatrice cofondateur gerant gerante president presidente associe associee coach ex
    ex-dsi ex-drh ancien ancienne head director lead founder cofounder co-founder owner partner engineer developer
    analyst architect administrator admin officer specialist coordinator strategist researcher professor teacher
    lecturer student nurse editor journalist consultants advisor adviser trainer community product project program
    programme chief senior junior former retired
    """.split()
)


def signature_span(text: str, is_author: Callable[[str], bool]) -> Span | None:
    """Where a comment is signed; ``None`` where it is not.

    Args:
        text: the comment, addresses and numbers already replaced by placeholders.
        is_author: whether words name the author of the comment.
    """
    end = _content_end(text)
    for turn in _TURN.finditer(text, max(0, end - _TAIL), end):
        start = turn.end()
        lines = [line for line in map(str.strip, text[start:end].split("\n")) if line]
        if not lines or len(lines[0]) > _LONGEST_LINE or not text[: turn.start()].strip():
            continue
        above = text[text.rfind("\n", 0, turn.start()) + 1 : turn.start() + 1]
        if f"[{SIGNATURE}]" in lines[0]:
            return None
        if (
            _is_closed_by_name(lines, is_author)
            or _is_dashed(lines, above, is_author)
            or ("\n" in turn[0] and _is_named(lines, above, turn[0].count("\n") > 1, is_author))
            or (len(lines) == 1 and lines[0][0].isupper() and is_author(lines[0].rstrip(" .,")))
        ):
            return Span(start, end)
    return None


def may_be_signed(text: str) -> bool:
    """Whether a text may hold a signature; ``False`` is certain, and quick to tell."""
    if "\n" in text:
        return True
    tail = text.rstrip()[-_TAIL:]
    return not tail.isprintable() or _LATE_TURN.search(tail[-_LONGEST_LINE - 3 :]) is not None


def _content_end(text: str) -> int:
    """Where a comment ends, without the contact lines under its signature (``Tél : [phone]``)."""
    end = len(text.rstrip())
    for _ in range(_MOST_CONTACTS):
        start = text.rfind("\n", 0, end) + 1
        if not start or end - start > 2 * _LONGEST_LINE or _CONTACT.fullmatch(text, start, end) is None:
            break
        end = len(text[:start].rstrip())
    return end


def _is_closed_by_name(lines: list[str], is_author: Callable[[str], bool]) -> bool:
    """Whether a closing opens the lines and a name follows it."""
    match = _CLOSING.match(lines[0])
    if match is None:
        return False
    rest = [line for line in (lines[0][match.end() :], *lines[1:]) if line]
    if not rest or len(rest) > 3:
        return False
    name, affiliations = _parts(rest[0], rest[1:])
    words = name.split()
    likely = could_be_name(words) and (
        match["strong"] is not None or (match["fair"] is not None and 2 <= len(words) <= 3)
    )
    likely = likely or (match["strong"] is not None and len(words) == 1 and is_given(name))
    return (likely or _is_name(name, is_author)) and all(map(_is_affiliation, affiliations))


def _is_dashed(lines: list[str], above: str, is_author: Callable[[str], bool]) -> bool:
    """Whether one line is a dash, or "signé", and a name; not an item of a list, nor who said what is quoted above."""
    match = _DASH.match(lines[0])
    if match is None or len(lines) > 1 or above.lstrip().startswith(_QUOTED_OR_LISTED):
        return False
    name, affiliations = _parts(lines[0][match.end() :])
    likely = match["long"] is not None and len(name.split()) in (2, 3) and could_be_name(name.split())
    likely = likely and _CLOSED.search(above) is not None
    return (likely or _is_name(name, is_author)) and all(map(_is_affiliation, affiliations))


def _is_named(lines: list[str], above: str, gap: bool, is_author: Callable[[str], bool]) -> bool:
    """Whether the lines are a name and up to two lines of what its bearer is; a given name alone follows an end."""
    name, affiliations = _parts(lines[0], lines[1:])
    if len(lines) > 3 or not all(map(_is_affiliation, affiliations)):
        return False
    words = name.split()
    if is_author(name) or reads_as_name(words):
        return True
    return _is_name(name, is_author) and (len(lines) < 1 + len(affiliations) or gap or _ends_turn(above))


def _ends_turn(line: str) -> bool:
    """Whether a line ends a sentence, is an item of a list, or is a closing ("Merci d'avance,")."""
    closing = _CLOSING.match(line)
    closes = closing is not None and closing.end() == len(line)
    return closes or _CLOSED.search(line) is not None or line.lstrip().startswith(("- ", "– ", "• ", "* "))


def _is_name(name: str, is_author: Callable[[str], bool]) -> bool:
    """Whether words are the author's name, a full name, or a given name alone."""
    words = name.split()
    return is_author(name) or reads_as_name(words) or (len(words) == 1 and name[:1].isupper() and is_given(name))


def _parts(line: str, below: Sequence[str] = ()) -> tuple[str, list[str]]:
    """A line as the name that opens it, and what follows, on it (``Paul Durand, DSI``) and below; placeholders go."""
    line = _PLACEHOLDERS.sub("", line).rstrip(" .,;:")
    match = _PART.search(line)
    if match is None:
        return line, list(below)
    return line[: match.start()].strip(), [part for part in (line[match.end() :].strip(" )"), *below) if part]


def _is_affiliation(line: str) -> bool:
    """Whether a line says what somebody is or where: a role, or words written as a company's name."""
    line = line.strip()
    words = re.findall(r"[\w&'’./+-]+", line)
    if not words or len(words) > 8 or len(line) > _LONGEST_LINE or re.search(r"[?!…:]|[.](?:\s|$)(?<!\b\w\.)", line):
        return False
    if normal(words[0]).split("-")[0] in _ROLES or (len(words) <= 4 and normal(words[-1]) in _ROLES):
        return True
    named = [word for word in words if word.lower() not in _CONNECTORS]
    return (
        bool(named)
        and all(word[0].isupper() or word[0].isdigit() or normal(word) in _ROLES for word in named)
        and (is_name_word(words[0]) or words[0].isupper() or len(named) > 1)
    )


def author_test(author: str | None) -> Callable[[str], bool]:
    """Whether words name that author: in full, or by the given name; nobody for ``None``."""
    if author is None:
        return lambda _: False
    full = folded(author)
    first = author.split()[0] if author.split() else ""
    said = {full, folded(first)} if is_given(first) else {full}
    return lambda words: folded(words) in said
