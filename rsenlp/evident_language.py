"""French and English that show by their function words, so that most texts need no statistics to tell.

A text is sure where many different words of one language's own stand in it, and hardly any of another's.
``benchmarks/language.py`` measures how often that agrees with the statistics.
"""

from __future__ import annotations

from typing import Literal

# words that hardly stand in texts of any other language that is told apart, nor of those nearest to it
_FRENCH = frozenset(
    """
    est pas qui dans cette ces nous vous ils elle elles avec mais où donc leur leurs aux sont très une pour sur tout
    tous toute toutes être fait faire rien aussi ça même chez quand sans sous ont était avait peu peut encore depuis
    après avant alors moi mon ma mes notre nos votre vos ses puis déjà jamais toujours beaucoup parce comme trop bien
    quelque chaque celui celle ceux cela aucun dont jusqu lorsqu c j qu n ne du au je sera serait voilà vraiment plutôt
    """.split()
)
_ENGLISH = frozenset(
    """
    the and are not that this these those you they with but because was were have had has does did from when what who
    how very too your their our its it's don't isn't can't won't doesn't didn't just than about which would could should
    there been being some any only into them then if of it we he she my i'm it i've that's they're for to is will can
    every other over after before even still
    """.split()
)
# words of the other languages that are told apart, without those that French or English has too
_OTHERS = (
    frozenset(
        """
    der die das und ist nicht ich wir sie ein eine einen mit auf für von zu den dem sich auch es im wird haben hat aber
    wie noch nur oder wenn als bei
    el los las una por con para pero como más muy está que lo se su y del al sin todo esta este son hay nos yo mi
    il di non è per sono gli della del nel anche ma più che lo questo questa ho hanno si da dei alla
    het een van en ik niet dat op te zijn voor met ook aan maar wat naar heeft wij hij deze door geen wel
    o os as um uma não é com em por mais do da dos das no na seu sua ao foi pelo também isso muito você eu
    els amb per és una dels més i va ho això és
    și este care pe cu nu mai sunt din pentru
    og det som på ikke er til av jeg att och är inte den för
    mwen nan yo pa ki sou ak w
    """.split()
    )
    - _FRENCH
    - _ENGLISH
    - frozenset("en que se y on i no as do per pa op es".split())
)
_KNOWN = _FRENCH | _ENGLISH | _OTHERS
_LEAST_WORDS = 3
_LEAST_SHARE = 0.16
_MOST_OTHER = 0.25
_LATIN_SHARE = 0.9
_READ = 2000


def evident_language(text: str) -> Literal["fr", "en"] | None:
    """``fr`` or ``en`` where a text is sure to be in it; ``None`` where that takes a closer look."""
    start = text[:_READ]
    if not start.isascii() and len(start.encode("latin-1", "ignore")) < _LATIN_SHARE * len(start):
        return None
    start = start.lower().replace("’", "'")
    words = set(start.split())
    if len(words) < _LEAST_WORDS:
        return None
    if "'" in start:
        words |= {part for word in words if "'" in word for part in word.split("'")}
    known = words & _KNOWN
    french, english = len(known & _FRENCH), len(known & _ENGLISH)
    most, other = max(french, english), min(french, english) + len(known & _OTHERS)
    if most < _LEAST_WORDS or most < _LEAST_SHARE * len(words) or other > _MOST_OTHER * most:
        return None
    return "fr" if french > english else "en"
