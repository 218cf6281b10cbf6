"""Columns of an export that the contract does not name: which of them say who somebody is or where they are reached."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Literal

from rsenlp.text import normal

Personal = Literal["contact", "name"]

_CONTACT = frozenset(
    "email emails mail mails courriel courriels ip ips ipv4 ipv6 phone phones telephone telephones tel gsm fax".split()
)
# words beside these that change nothing: adresse_ip, author_email, "E-mail de l'auteur"
_BESIDE = frozenset(
    """
    address addresses adresse adresses addr author auteur user utilisateur sender expediteur comment commentaire
    contact client customer member membre remote real host source src x forwarded for reply to from de du des l la le d
    no num number numero primary work pro perso personal e wp s your votre
    """.split()
)
_NAMES = frozenset(
    """
    nom prenom prenoms nom_de_famille nom_complet nom_utilisateur nom_affiche first_name firstname given_name last_name
    lastname family_name surname full_name fullname real_name realname display_name displayname username user_name
    login nickname handle screen_name screenname author_name author_fullname user_fullname sender_name from_name pseudo
    speaker_name profile_name poster_name creator_name nom_et_prenom prenom_et_nom nom_prenom author_column user
    utilisateur auteur
    """.split()
)
_EMAIL = re.compile(r"(?:[^@<>]*<)?[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+>?")
_IP = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]+(?:/\d{1,3})?")
_ADDRESSED = re.compile("[@.:]")
_NUMBERED = re.compile(r"version|release|build|^v$")


@lru_cache(maxsize=4096)
def personal_column(name: str) -> Personal | None:
    """What a column holds by its name: how somebody is reached (e-mail, IP, telephone), or what they are called."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    key = re.sub(r"[^a-z0-9]+", "_", normal(spaced)).strip("_")
    words = [word for word in key.replace("e_mail", "email").split("_") if word not in _BESIDE]
    if words and all(word in _CONTACT for word in words):
        return "contact"
    return "name" if key in _NAMES or key.replace("_", "") in _NAMES else None


def personal_name(path: str, name: str) -> Literal["name"] | None:
    """Whether a field says what somebody is called, by the field in which it stands: ``author.name``, no forum's."""
    if not path:
        return None
    within = path.rstrip(".").split(".")[-1]
    return "name" if within and personal_column(f"{within}_{name}") == "name" else None


def is_contact(value: Any, column: str) -> bool:
    """Whether a value as a whole is an e-mail or IP address, or several; four numbers of a version are none."""
    if not isinstance(value, str) or not 3 < len(value) < 400 or _ADDRESSED.search(value) is None:
        return False
    parts = [part for part in re.split(r"[\s,;]+", value.strip()) if part]
    if _EMAIL.fullmatch(value.strip()) or all(_EMAIL.fullmatch(part) for part in parts):
        return bool(parts)
    return not _NUMBERED.search(column.lower()) and bool(parts) and all(_is_ip(part) for part in parts)


def _is_ip(text: str) -> bool:
    if _IP.fullmatch(text) is None:
        return False
    try:
        ip_address(text.split("/")[0])
    except ValueError:
        return False
    return True


def is_reference(column: str) -> bool:
    """Whether a column holds numbers that name things (``ticket_id``, ``ref``), by its name."""
    words = re.split(r"[^a-z0-9]+", normal(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)))
    return not _REFERENCES.isdisjoint(words)


_REFERENCES = frozenset("id ids ref reference code sku siret siren number numero num no hash uuid guid version".split())
