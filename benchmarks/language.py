"""How often the language that shows by function words is the one that statistics tell, and what that saves.

    python benchmarks/language.py [--texts 2000]

Texts are those of the embedded corpora, French and English, and the example sentences of spaCy in the other languages,
one and three at a time: of these, none may show as French or English. Costs are processor time.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import spacy.lang

from rsenlp.evident_language import evident_language
from rsenlp.installation import corpora_folder
from rsenlp.text_language import closer_look

OURS = ("fr", "en")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2000, help="at most so many of each corpus")
    number = parser.parse_args().texts
    print(f"{datetime.now(UTC).date()}: texts whose language shows, and how many of them statistics read otherwise\n")
    print("| | texts | show | otherwise | µs, function words | µs, statistics |")
    print("|---|---|---|---|---|---|")
    for name, texts in (*corpora(number), ("other languages", list(others()))):
        shown, quick = timed(evident_language, texts)
        told, slow = timed(closer_look, texts)
        pairs = [(found, other) for found, other in zip(shown, told, strict=True) if found is not None]
        otherwise = sum(found != other for found, other in pairs)
        print(f"| {name} | {len(texts)} | {len(pairs)} | {otherwise} | {quick:.0f} | {slow:.0f} |")


def corpora(number: int) -> Iterator[tuple[str, list[str]]]:
    """The names of the embedded corpora with texts of theirs, chosen by chance."""
    for folder in sorted(corpora_folder().glob("*/data")):
        texts: dict[str, None] = {}
        for path in sorted(folder.glob("*.jsonl")):
            for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
                texts |= dict.fromkeys(record[field] for field in ("text", *OURS) if field in record)
        chosen = random.Random(1).sample(list(texts), min(number, len(texts)))  # noqa: S311 - no secret
        yield folder.parent.name, chosen


def others() -> Iterator[str]:
    """Sentences in languages other than ours (``xx`` has all languages, ours too)."""
    for module in pkgutil.iter_modules(spacy.lang.__path__):
        try:
            examples = importlib.import_module(f"spacy.lang.{module.name}.examples")
        except ImportError:
            continue
        if module.name not in (*OURS, "xx"):
            sentences = list(examples.sentences)
            yield from (" ".join(sentences[at : at + size]) for size in (1, 3) for at in range(0, len(sentences), size))


def timed(tell: Callable[[str], str | None], texts: list[str]) -> tuple[list[str | None], float]:
    """What is told of the texts, and microseconds of processor time per text."""
    tell(texts[0])
    start = time.process_time()
    told = [tell(text) for text in texts]
    return told, (time.process_time() - start) / len(texts) * 1e6


if __name__ == "__main__":
    main()
