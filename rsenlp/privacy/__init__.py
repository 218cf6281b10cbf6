"""What keeps persons unknown: pseudonyms for authors and mentions, placeholders for what else would identify somebody.

``Privacy`` is the way in for an import; ``clean_text`` does one text. A text loses its e-mail addresses (``[email]``),
telephone numbers (``[phone]``), profile addresses (``[profile]``), mentions (``[mention:a1b2c3d4e5f60]``, the pseudonym
being that of the author who is meant) and its signature (``[signature]``).
"""

from rsenlp.privacy.blocks import cleaned, hear
from rsenlp.privacy.comments import REASONS, Privacy, clean_text
from rsenlp.privacy.mentions import Naming
from rsenlp.privacy.people import People, people
from rsenlp.privacy.pseudonyms import Pseudonymizer, is_pseudonym, key_path, read_key, write_key

__all__ = [
    "REASONS",
    "Naming",
    "People",
    "Privacy",
    "Pseudonymizer",
    "clean_text",
    "cleaned",
    "hear",
    "is_pseudonym",
    "key_path",
    "people",
    "read_key",
    "write_key",
]
