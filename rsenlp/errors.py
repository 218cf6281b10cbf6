"""The few error classes of the package: each says the rule, what came, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class RsenlpError(Exception):
    """Base of every error that the package raises on purpose; the command line prints it as one line."""


class UsageError(RsenlpError):
    """The call itself is wrong (unknown option value, unknown model, contradictory arguments)."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the input something stands: a file and, where known, its 1-based line or record number."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


class InputError(RsenlpError):
    """The input cannot be used as it is."""

    def __init__(self, rule: str, *, where: Location | Path | str | None = None, got: str = "", fix: str = "") -> None:
        self.rule, self.where, self.got, self.fix = rule, where, got, fix
        text = f"{where}: {rule}" if where is not None else rule
        if got:
            text += f"; got {got}"
        if fix:
            text += f". {fix}"
        super().__init__(text)


class ArtifactError(RsenlpError):
    """A model folder is missing, damaged, or made for another version."""


class MissingExtraError(RsenlpError):
    """An optional dependency is needed for what was asked."""

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package!r}. Install it with: pip install 'rsenlp[{extra}]'")
