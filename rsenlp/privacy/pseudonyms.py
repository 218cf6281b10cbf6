"""Pseudonyms for authors: the same person keeps one name throughout a corpus, and nobody can tell whose it is.

The pseudonym is a keyed hash (HMAC-SHA-256, RFC 2104). The key lies in a file of its own beside the corpus, readable
by its owner alone: delete it and the pseudonyms can never be tied to names again.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from rsenlp.errors import InputError
from rsenlp.privacy.names import folded

_KEY_BYTES = 32
_PSEUDONYM = re.compile(r"a[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Pseudonymizer:
    """Replaces authors' names by pseudonyms under one key."""

    key: bytes

    @classmethod
    def with_new_key(cls) -> Pseudonymizer:
        """One whose key is kept nowhere: pseudonyms hold within one run."""
        return cls(secrets.token_bytes(_KEY_BYTES))

    def author(self, name: str) -> str:
        """The pseudonym of a name: ``a`` and 12 hexadecimal digits. White space and case do not tell names apart."""
        spelt = folded(name).encode("utf-8", "replace")
        return "a" + hmac.digest(self.key, spelt, "sha256").hex()[:12]


def is_pseudonym(name: str) -> bool:
    """Whether a name has the form of a pseudonym."""
    return _PSEUDONYM.fullmatch(name) is not None


def key_path(corpus: Path) -> Path:
    """Where the key of a corpus lies: ``<corpus>.key`` beside it."""
    return corpus.with_name(corpus.name + ".key")


def read_key(path: Path) -> bytes:
    """The key in a file, so that a later import of the same people gives the same pseudonyms.

    Raises:
        InputError: the file holds something else.
    """
    text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise InputError(
            f"a pseudonym key is {_KEY_BYTES} bytes in hexadecimal",
            where=path,
            got=f"{len(text)} characters",
            fix="Restore the file, or delete it to start with new pseudonyms",
        )
    return key


def write_key(path: Path, key: bytes) -> None:
    """Write a key to a new file, readable by its owner alone (mode 600).

    Raises:
        FileExistsError: there is one already.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(key.hex() + "\n")
