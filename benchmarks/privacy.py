"""What taking personal details out of texts costs, and what it takes out of texts that were invented without any.

    python benchmarks/privacy.py [CORPUS]

CORPUS is an embedded corpus or a folder, ``rse-synth`` by default. Costs are processor time per comment, the best of
five rounds: of the look for signs, with which most texts are done; of a whole cleaning of the texts as they are, where
three persons whose names are common write in every thread; of the same texts with an address, a number and a mention
in each; and, to compare, of finding the language. Every change to the corpus's own texts is listed: those that are no
signature, address or mention are false alarms.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rsenlp.corpora import read_corpus
from rsenlp.privacy import Naming, Pseudonymizer, clean_text, people
from rsenlp.privacy.identifiers import signs
from rsenlp.text_language import detect_language

ROUNDS = 5
AUTHORS = ("Pierre Martin", "Claire", "Paul Petit")
DETAILS = " @claire, écrivez à c.martin@exemple.fr ou au 06 12 34 56 78."


def cost(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Microseconds of processor time per text."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            work(text)
        rounds.append(time.process_time() - start)
    return min(rounds) / len(texts) * 1e6


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "rse-synth"
    comments = [comment for comment in read_corpus(name) if not comment.extra.get("twin_of")]
    texts = list(dict.fromkeys(comment.text for comment in comments))
    sample = texts[:3000]
    with people() as known:
        for author in AUTHORS:
            known.note("t", author)
        naming = Naming("t", known, Pseudonymizer.with_new_key().author)
        nobody = Naming("none", known, naming.pseudonym)
        figures = {
            "look for signs": cost(signs, sample),
            "cleaning": cost(lambda text: clean_text(text, naming, author=AUTHORS[0]), sample),
            "cleaning, details in each": cost(lambda text: clean_text(text + DETAILS, naming), sample),
            "finding the language": cost(detect_language, sample),
        }
        changed = [(text, clean_text(text, nobody)) for text in texts]
    kinds: Counter[str] = Counter()
    for text, cleaned in changed:
        if cleaned.kinds:
            kinds.update(cleaned.kinds)
            print(f"{dict(cleaned.kinds)}: {text[-60:]!r} -> {cleaned.text[-50:]!r}")
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {name}: {len(texts)} texts, changed: {dict(kinds)}")
    print(f"{sum(any(signs(text)) for text in texts) / len(texts):.1%} hold a sign of an address, number or mention")
    for step, value in figures.items():
        print(f"{step}: {value:.0f} µs per comment")


if __name__ == "__main__":
    main()
