from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rsenlp.errors import InputError
from rsenlp.privacy import Pseudonymizer, read_key, write_key


def test_a_person_keeps_one_pseudonym_and_another_key_gives_another() -> None:
    one, other = Pseudonymizer(b"k" * 32), Pseudonymizer(b"l" * 32)
    assert one.author("Zoé  Martin ") == one.author("zoé martin")
    assert one.author("Zoé") != one.author("Zoë")
    assert one.author("Zoé") != other.author("Zoé")
    assert len(one.author("x")) == 13


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "corpus.key"
    key = bytes(range(32))
    write_key(path, key)
    assert read_key(path) == key
    with pytest.raises(FileExistsError):
        write_key(path, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "corpus.key"
    path.write_text("secret")
    with pytest.raises(InputError, match=r"a pseudonym key is 32 bytes in hexadecimal; got 6 characters"):
        read_key(path)
