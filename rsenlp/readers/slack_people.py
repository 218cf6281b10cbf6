"""Who writes in a Slack export: users by id, each under a name that no other user of the export has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rsenlp.readers.slack_text import unescaped


class People:
    """The users of an export. ``names`` gives the name of each by id, ``bots`` the ids of programs."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.bots: set[str] = {"USLACKBOT"}
        self._taken: set[str] = set()

    def add(self, user: Mapping[str, Any]) -> None:
        """Note a user of one of the export's lists."""
        id, profile = user.get("id"), user.get("profile")
        if not isinstance(id, str):
            return
        if user.get("is_bot") is True:
            self.bots.add(id)
        self._name(id, (_of(profile, "display_name"), _of(profile, "real_name"), _of(user, "real_name")), user)

    def meet(self, message: Mapping[str, Any]) -> None:
        """Note the author of a message, who need not be in the lists: guests of other workspaces are in none."""
        id, profile = message.get("user"), message.get("user_profile")
        if isinstance(id, str) and isinstance(profile, dict):
            self._name(id, (_of(profile, "display_name"), _of(profile, "real_name")), profile)

    def _name(self, id: str, candidates: Iterable[str], about: Mapping[str, Any]) -> None:
        """Give a user the first name that is one; where somebody has it already, with the handle or the id."""
        if id in self.names:
            return
        handle = _of(about, "name")
        name = next((name for name in (*candidates, handle) if name), id)
        choices = (name, f"{name} ({handle})" if handle else "", f"{name} ({id})")
        self.names[id] = next(choice for choice in choices if choice and choice.casefold() not in self._taken)
        self._taken.add(self.names[id].casefold())


def _of(record: Any, key: str) -> str:
    """A name in a record, on one line; empty where there is none."""
    value = record.get(key) if isinstance(record, dict) else None
    return " ".join(unescaped(value).split()) if isinstance(value, str) else ""
