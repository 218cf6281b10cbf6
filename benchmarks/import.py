"""Speed and memory of an import, beside parsing the same file with orjson and writing it with pyarrow.

    python benchmarks/import.py [--comments 100000] [--rounds 3] [--seed 1] [--keep FOLDER]

The dump is invented: comments with the fields, lengths and order of a Reddit dump, in French and English, a few in
other languages, deleted, signed or with addresses in them, in threads of several depths that run side by side.
``rsenlp import`` makes canonical records of it with everything that this includes (trees, languages, personal details,
report); the alternative decodes every line and writes all fields as they are. Each runs in a process of its own; they
take turns, and the medians count; where other work runs beside, processor time is the fairer. Needs orjson
(``pip install "rsenlp[dev]"``).
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

BATCH = 20_000
TARGET, MOST_MEGABYTES = 1.5, 400
SHARES = {"fr": 0.4, "en": 0.4, "short": 0.12, "other": 0.03, "deleted": 0.05}
SENTENCES = {
    "fr": (
        ("Chez nous", "Dans mon service", "Au siège", "Sur le terrain", "Depuis un an", "En agence", "Au support"),
        (
            "personne n'a expliqué à quoi sert cet outil",
            "le réseau interne est devenu un deuxième intranet que l'on ne lit pas",
            "les chefs de projet ont continué à envoyer des mails avec des pièces jointes",
            "on a ouvert vingt communautés et il en reste trois qui vivent",
            "la recherche ne trouve rien et les notifications arrivent en double",
            "les questions de métier trouvent une réponse dans la journée",
            "la direction n'a jamais dit ce qu'elle attendait de nous",
        ),
        (
            "et c'est bien dommage.", "voilà tout.", "mais je ne suis pas sûr que ce soit la faute du logiciel.",
            "parce que rien n'était prévu pour les équipes sans ordinateur.", "et pour moi ça suffit.",
            "donc on s'en passe.",
        ),
    ),
    "en": (
        ("Where I work", "In my team", "At headquarters", "On the shop floor", "For a year now", "In our branch"),
        (
            "nobody ever told us what the thing was for",
            "the network turned into a second intranet that people scroll past",
            "the managers kept sending mail with attachments to the same twelve people",
            "we opened twenty groups and three of them are still alive",
            "the search finds nothing and every notification comes twice",
            "questions about the product get an answer within the day",
            "the board has not said what it expected from any of this",
        ),
        (
            "and that is a pity.", "but I would not blame the software for it.", "so we do without.",
            "because nothing was planned for people without a desk.", "which is enough for me.", "that is all.",
        ),
    ),
    "other": (
        ("Bei uns", "En mi equipo", "Da noi", "Bij ons"),
        (
            "hat niemand erklärt, wozu das Werkzeug gut sein soll",
            "nadie sabe todavía para qué sirve esta herramienta",
            "nessuno ha mai spiegato a che cosa serve lo strumento",
            "heeft niemand ooit uitgelegd waar het voor dient",
        ),
        (".", "!"),
    ),
}  # fmt: skip
SHORT = (
    "+1",
    "lol",
    "Merci !",
    "Thanks!",
    "Tout à fait.",
    "Same here",
    "?",
    "Yammer?",
    "C'est clair.",
    "This.",
    "Non.",
)
DETAILS = (
    " Voir https://exemple.example/article/{n}.", " Write to me at pat.{n}@example.org.", " cc u/{author}",
    "\n\nCordialement,\nPaul Durand", " Tel. 06 12 34 56 {tail}.", "\n\n> an older remark\n\nI see.",
)  # fmt: skip
NAMES = ("Blue", "Otter", "quiet", "Marmot", "nina", "Paul", "throwaway", "Rusty", "velo", "kit", "mistral", "Sam")


class Run(NamedTuple):
    """What a run took: wall time and processor time in seconds, and memory at its peak."""

    seconds: float
    processor: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep the dump in this folder, and take it from there if it is there")
    parser.add_argument("--alternative", nargs=2, metavar=("INPUT", "OUTPUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alternative:
        parse_and_write(*map(Path, arguments.alternative))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dump = (arguments.keep or folder) / f"RC_{arguments.comments}_{arguments.seed}.ndjson"
        if not dump.exists():
            write_dump(dump, arguments.comments, arguments.seed)
        show(dump.stat().st_size, arguments, measure(dump, folder, arguments.rounds))


# --- the dump --------------------------------------------------------------------------------------------------------


def write_dump(path: Path, number: int, seed: int) -> None:
    """Write so many comments of a dump, one JSON object a line."""
    import orjson

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        for record in comments(number, random.Random(seed)):  # noqa: S311 - no secret
            stream.write(orjson.dumps(record) + b"\n")


def comments(number: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Comments in the order in which they would be written: some two hundred threads go on at a time."""
    going: list[tuple[str, list[str]]] = []
    authors = [author(chance) for _ in range(max(20, number // 8))]
    for n in range(number):
        if len(going) < 200 or chance.random() < 0.04:
            going = [*going[-199:], (f"t{n:x}", [])]
        thread, ids = chance.choice(going)
        parent = f"t1_{chance.choice(ids[-8:])}" if ids and chance.random() < 0.7 else f"t3_{thread}"
        ids.append(f"k{n:x}")
        # few write much and many write little
        who = authors[int(len(authors) * chance.random() ** 3)]
        yield record(n, thread, parent, who, chance)


def author(chance: random.Random) -> str:
    return f"{chance.choice(NAMES)}{chance.choice('_-')}{chance.choice(NAMES)}{chance.randrange(10_000)}"


def body(n: int, who: str, chance: random.Random) -> str:
    kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
    if kind == "deleted":
        return "[deleted]"
    if kind == "short":
        return chance.choice(SHORT)
    said = " ".join(
        f"{chance.choice(openings)} {chance.choice(middles)} {chance.choice(ends)}"
        for openings, middles, ends in itertools.repeat(SENTENCES[kind], 1 + int(chance.expovariate(0.9)))
    )
    detail = chance.choice(DETAILS) if chance.random() < 0.06 else ""
    return said + detail.format(n=n, author=who, tail=f"{n % 100:02}")


def record(n: int, thread: str, parent: str, who: str, chance: random.Random) -> dict[str, Any]:
    subreddit = f"work{len(thread) * 7 % 5}{thread[-1]}"
    when = 1_600_000_000 + n
    return {
        "author": who, "author_created_utc": 1_400_000_000 + n % 1000, "author_flair_css_class": None,
        "author_flair_text": None, "author_fullname": f"t2_{who.lower()}", "body": body(n, who, chance),
        "controversiality": 0, "created_utc": when, "distinguished": None, "gilded": 0, "id": f"k{n:x}",
        "edited": when + 60 if chance.random() < 0.03 else False, "is_submitter": chance.random() < 0.1,
        "link_id": f"t3_{thread}", "locked": False, "name": f"t1_k{n:x}", "parent_id": parent,
        "permalink": f"/r/{subreddit}/comments/{thread}/some_title/k{n:x}/", "retrieved_on": when + 900,
        "score": chance.randrange(-5, 60), "send_replies": True, "stickied": False, "subreddit": subreddit,
        "subreddit_id": f"t5_{subreddit}", "subreddit_type": "public", "total_awards_received": 0,
    }  # fmt: skip


# --- the alternative -------------------------------------------------------------------------------------------------


def parse_and_write(source: Path, output: Path) -> None:
    """Decode every line and write all fields as Parquet, in batches."""
    import orjson
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    with source.open("rb") as stream:
        while lines := list(itertools.islice(stream, BATCH)):
            records = [orjson.loads(line) for line in lines]
            for item in records:  # false or a moment: of one type, as a column wants it
                item["edited"] = float(item["edited"])
            table = pa.Table.from_pylist(records, schema=schema(records[0]) if writer is None else writer.schema)
            writer = writer or pq.ParquetWriter(output, table.schema, compression="zstd")
            writer.write_table(table)
    if writer is not None:
        writer.close()


def schema(record: dict[str, Any]) -> Any:
    """Types by a record; fields that are null in it are texts."""
    import pyarrow as pa

    return pa.schema([(key, pa.string() if value is None else pa.scalar(value).type) for key, value in record.items()])


# --- measuring -------------------------------------------------------------------------------------------------------


def measure(dump: Path, folder: Path, rounds: int) -> dict[str, list[Run]]:
    """Every run, the contestants in turn."""
    tool = Path(sys.executable).with_name("rsenlp")
    contestants = {
        "orjson and pyarrow": [sys.executable, __file__, "--alternative", str(dump), str(folder / "plain.parquet")],
        "`rsenlp import`": [str(tool), "import", str(dump), "-o", str(folder / "out.parquet")],
    }
    found: dict[str, list[Run]] = {label: [] for label in contestants}
    for _ in range(rounds):
        for label, command in contestants.items():
            found[label].append(run(command))
    return found


def run(command: list[str]) -> Run:
    """Seconds and peak megabytes of a process; an import that left records out, as every dump makes it, is done."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        raise SystemExit(f"{' '.join(command)} failed: {error[-2000:].decode()}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def show(size: int, arguments: argparse.Namespace, found: dict[str, list[Run]]) -> None:
    """Print the table, in Markdown."""
    number, rounds = arguments.comments, arguments.rounds
    print(f"{datetime.now(UTC).date()}: {number:,} comments, {size / 1e6:.0f} MB, medians of {rounds} runs in turn")
    print(f"`{' '.join(['python', *sys.argv])}`\n")
    print("| | s | comments/s | ratio | processor s | ratio | peak MB |")
    print("|---|---|---|---|---|---|---|")
    base = None
    for label, runs in found.items():
        seconds = statistics.median(run.seconds for run in runs)
        processor = statistics.median(run.processor for run in runs)
        base = base or (seconds, processor)
        memory = max(run.megabytes for run in runs)
        wall = f"{seconds:.1f} | {number / seconds:,.0f} | {seconds / base[0]:.2f}"
        print(f"| {label} | {wall} | {processor:.1f} | {processor / base[1]:.2f} | {memory:.0f} |")
    print(f"\nAimed at: a ratio of at most {TARGET}, a peak of at most {MOST_MEGABYTES} MB for 1,000,000 comments.")


if __name__ == "__main__":
    main()
