"""What the labels are called and mean, in French and English, read from one TOML file.

The file of the package describes enterprise social networks; :func:`read_codebook` reads another domain's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from rsenlp.errors import InputError

Stance = Literal["favor", "against", "none"]
Status = Literal["cited", "rejected", "absent"]
Language = Literal["fr", "en"]

STANCES: tuple[Stance, ...] = ("favor", "against", "none")
STATUSES: tuple[Status, ...] = ("cited", "rejected", "absent")
LANGUAGES: tuple[Language, ...] = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Term:
    """A text in both languages."""

    fr: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Target:
    """What a stance is towards."""

    id: str
    name: Term
    definition: Term
    labels: Mapping[Stance, Term]


@dataclass(frozen=True, slots=True)
class Theme:
    """A facet of a cause; ``key`` is ``cause/id``, unique in the codebook."""

    id: str
    cause: str
    name: Term

    @property
    def key(self) -> str:
        return f"{self.cause}/{self.id}"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason why deployments fail."""

    id: str
    name: Term
    definition: Term
    themes: tuple[Theme, ...]


@dataclass(frozen=True, slots=True)
class Codebook:
    """Targets, causes and themes, in the order of the file."""

    version: str
    domain: Term
    targets: Mapping[str, Target]
    causes: Mapping[str, Cause]
    stances: Mapping[Stance, Term]
    statuses: Mapping[Status, Term]

    @property
    def themes(self) -> dict[str, Theme]:
        """Every theme by its key ``cause/id``."""
        return {theme.key: theme for cause in self.causes.values() for theme in cause.themes}


def read_codebook(path: Path) -> Codebook:
    """Read a codebook file.

    Raises:
        InputError: the file is not TOML, or an entry lacks its French or English text.
    """
    return _parse(path.read_bytes().decode("utf-8"), str(path))


@cache
def codebook() -> Codebook:
    """The codebook of the package."""
    text = resources.files("rsenlp").joinpath("codebook.toml").read_text(encoding="utf-8")
    return _parse(text, "rsenlp/codebook.toml")


def _parse(text: str, where: str) -> Codebook:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("a codebook is a TOML file", where=where, got=str(error)) from error

    def section(parent: Mapping[str, Any], key: str, at: str) -> Mapping[str, Any]:
        value = parent.get(key)
        if not isinstance(value, dict) or not value:
            raise InputError(f"a codebook needs the table [{at}]", where=where, got=repr(value))
        return value

    def term(parent: Mapping[str, Any], key: str, at: str) -> Term:
        value = section(parent, key, f"{at}.{key}")
        missing = [code for code in LANGUAGES if not isinstance(value.get(code), str) or not value[code].strip()]
        if missing:
            raise InputError(
                f"every entry needs a text in {' and '.join(LANGUAGES)}",
                where=where,
                got=f"{at}.{key} without {', '.join(missing)}",
            )
        return Term(fr=value["fr"], en=value["en"])

    targets: dict[str, Target] = {}
    for target_id, entry in section(data, "targets", "targets").items():
        at = f"targets.{target_id}"
        labels = section(entry, "labels", f"{at}.labels")
        targets[target_id] = Target(
            id=target_id,
            name=term(entry, "name", at),
            definition=term(entry, "definition", at),
            labels={label: term(labels, label, f"{at}.labels") for label in STANCES},
        )
    causes: dict[str, Cause] = {}
    for cause_id, entry in section(data, "causes", "causes").items():
        at = f"causes.{cause_id}"
        themes = section(entry, "themes", f"{at}.themes")
        causes[cause_id] = Cause(
            id=cause_id,
            name=term(entry, "name", at),
            definition=term(entry, "definition", at),
            themes=tuple(Theme(theme, cause_id, term(themes, theme, f"{at}.themes")) for theme in themes),
        )
    stances = section(data, "stances", "stances")
    statuses = section(data, "polarities", "polarities")
    return Codebook(
        version=str(data.get("version", "")),
        domain=term(data, "domain", ""),
        targets=targets,
        causes=causes,
        stances={label: term(stances, label, "stances") for label in STANCES},
        statuses={label: term(statuses, label, "polarities") for label in STATUSES},
    )
