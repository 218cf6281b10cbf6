"""Speed of the app in a real browser on large corpora, beside the same queries in bare DuckDB.

    python benchmarks/app_speed.py [--sizes 10000 1000000] [--rounds 5] [--keep FOLDER]

The comments and their predictions are those of the embedded corpora, classified by ``fast``, repeated until there are
enough: every copy has threads, ids, authors and days of its own. The app is started by its command and driven in
Chromium. A time runs from the click until the page shows the new numbers and both charts are drawn anew; the numbers
are checked against bare DuckDB, which answers the same questions from the same Parquet files without the app's tables.
Beside the time stands what the server computed (processor time), which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from playwright.sync_api import Page, sync_playwright

from rsenlp.analyzer import load
from rsenlp.batch import classify_sources
from rsenlp.codebook import codebook
from rsenlp.corpora import read_corpus
from rsenlp.record_files import open_writer
from rsenlp.results.store import COMMENTS, PREDICTIONS

CORPORA = ("rse-synth", "rse-natural", "rse-discursive", "gold-dev")
SITES = ("intranet", "forum", "blog", "press", "survey", "chat")
WORDS = ("messagerie", "network", "budget", "training", "outil")
GROUP = 4096  # rows of a row group, as rsenlp writes them
CHARTS = "[...document.querySelectorAll('[data-testid=stVegaLiteChart] svg.marks')].slice(0, 2)"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


# --- the corpora ------------------------------------------------------------------------------------------------------


def make_base(folder: Path) -> None:
    """The comments of the embedded corpora and what ``fast`` says of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_writer(folder / COMMENTS, "comments") as writer:
        for corpus in CORPORA:
            for comment in read_corpus(corpus):
                writer.write_comment(replace(comment, annotation=None, extra={}))
    classify_sources(load(), [str(folder / COMMENTS)], folder / PREDICTIONS)


def make_study(base: Path, folder: Path, size: int) -> None:
    """A study of ``size`` comments in the real schema: copies of the base, each with names and days of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(base / f"{PREDICTIONS}.manifest.json", folder)
    for name, vary in ((COMMENTS, _vary_comments), (PREDICTIONS, _vary_predictions)):
        table = pq.read_table(base / name)
        schema = table.schema
        with pq.ParquetWriter(folder / name, schema, compression="zstd") as writer:
            for copy in range(-(-size // len(table))):
                rows = vary(table.slice(0, size - copy * len(table)), copy).cast(schema)
                writer.write_table(rows, row_group_size=GROUP)


def _vary_predictions(table: pa.Table, copy: int) -> pa.Table:
    return _renamed(table, copy, ("thread_id", "id"))


def _vary_comments(table: pa.Table, copy: int) -> pa.Table:
    table = _renamed(table, copy, ("thread_id", "id", "parent_id"))
    rows = np.arange(len(table)) + copy * len(table)
    day = np.datetime64("2019-01-01", "us") + (rows * 7919 % 2_500).astype("timedelta64[D]")
    columns = {
        "text": pc.binary_join_element_wise(table["text"], pa.scalar(f"({copy})"), " "),
        "author": pa.array([f"P{row * 31 % (len(table) * 60)}" for row in rows]),
        "source": pa.array([SITES[row * 13 % len(SITES)] for row in rows]),
        "created_at": pa.array(day, pa.timestamp("us", tz="UTC")),
    }
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    return table


def _renamed(table: pa.Table, copy: int, columns: tuple[str, ...]) -> pa.Table:
    for name in columns:
        values = pc.binary_join_element_wise(table[name], pa.scalar(str(copy)), "-")
        table = table.set_column(table.column_names.index(name), name, values)
    return table


# --- the app in a browser ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timing:
    """One change of the page: seconds until it shows the change, the server's seconds of computing, those of DuckDB."""

    what: str
    page: float
    server: float
    bare: float


class Server:
    """The app, started by its command on a study, and what its process takes."""

    def __init__(self, study: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-c", "from rsenlp.cli import main; main()", "app", str(study), "--port", str(port)]
        self.address = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5):  # noqa: S310
                break
            time.sleep(0.1)
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self._own = Path(f"/proc/{children[0]}")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=60)

    def computing(self) -> float:
        """Seconds of processor time so far."""
        fields = (self._own / "stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The most memory that the process held so far, in GB."""
        lines = (self._own / "status").read_text().splitlines()
        (kilobytes,) = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
        return kilobytes / 1e6


class Bare:
    """The overview's questions asked of the same files by DuckDB alone."""

    def __init__(self, study: Path) -> None:
        self._connection = duckdb.connect()
        self._files = f"'{study / COMMENTS}' c join '{study / PREDICTIONS}' p using (thread_id, id)"

    def ask(self, condition: str, unit: str = "c.id") -> tuple[int, float]:
        """How many comments meet a condition, and the seconds that all of the overview's counts take."""
        began = time.perf_counter()
        where = f"from {self._files} where {condition}"
        query = f"select count(*), count(distinct thread_id), count(distinct author) {where}"
        (number, _, _) = self._connection.execute(query).fetchone() or (0, 0, 0)
        book = codebook()
        columns = [f"stance.{name}" for name in book.targets] + [f"causes.{name}" for name in book.causes]
        for column in columns:
            self._connection.execute(
                f"select p.lang, p.{column}.label, p.decided.{column}, count(distinct {unit}) {where} group by all"
            ).fetchall()
        return int(number), time.perf_counter() - began


def measure(study: Path, rounds: int) -> tuple[list[Timing], float]:
    """Open the overview and change its filters, each round to a selection that was not asked for before."""
    server, bare = Server(study), Bare(study)
    found: list[Timing] = []
    total, plain = bare.ask("true")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 1600})
            found.append(
                _timed(server, "first opening of the study, files read", plain, partial(_open, page, server, total))
            )
            for _ in range(rounds):
                other = browser.new_page(viewport={"width": 1280, "height": 1600})
                found.append(
                    _timed(server, "first picture, page newly opened", plain, partial(_open, other, server, total))
                )
                other.close()
            found += _filters(page, server, bare, rounds)
            memory = server.memory()
            browser.close()
    finally:
        server.stop()
    return found, memory


def _filters(page: Page, server: Server, bare: Bare, rounds: int) -> Iterator[Timing]:
    chosen: list[str] = []
    for site in SITES[:rounds]:
        chosen.append(site)
        number, plain = bare.ask(f"source in ({', '.join(map(repr, chosen))})")
        page.get_by_role("combobox", name="Sources").click()
        page.wait_for_timeout(1500)
        option = page.get_by_role("option", name=site, exact=True)
        yield _timed(server, "source chosen", plain, partial(_changes, page, option.click, number))
        page.keyboard.press("Escape")
        _rest(page)
    _, plain = bare.ask(f"source in ({', '.join(map(repr, chosen))})", "author")
    switch = page.get_by_role("radio", name="authors").or_(page.get_by_role("button", name="authors", exact=True)).first
    yield _timed(server, "counted by authors", plain, partial(_changes, page, switch.click, number))
    _rest(page)
    for word in WORDS[:rounds]:
        sites = ", ".join(map(repr, chosen))
        number, plain = bare.ask(f"source in ({sites}) and contains(lower(text), '{word}')", "author")
        search = page.get_by_label("Search the texts")
        search.fill(word)
        yield _timed(server, "text searched", plain, partial(_changes, page, partial(search.press, "Enter"), number))
        _rest(page)


def _changes(page: Page, action: Callable[[], None], number: int) -> None:
    """Do something, and wait until the page shows so many comments and its charts are others than before."""
    before: list[str] = page.evaluate(f"{CHARTS}.map(chart => chart.outerHTML)")
    action()
    _shows(page, number, before)


def _open(page: Page, server: Server, total: int) -> None:
    page.goto(f"{server.address}/?lang=en")
    _shows(page, total)


def _shows(page: Page, number: int, before: Sequence[str] = ("", "")) -> None:
    """Wait until the page shows so many comments, and its charts (the corrected shares come after them)."""
    page.wait_for_function(
        "([number, before]) => document.querySelector('[data-testid=stMetricValue]')?.innerText === number"
        f" && {CHARTS}.length === 2 && {CHARTS}.every((chart, at) => chart.outerHTML !== before[at])",
        arg=[f"{number:,}", list(before)],
        timeout=300_000,
        polling=20,
    )


def _rest(page: Page) -> None:
    """Wait until what is computed beside the page is there too: it is not to disturb the next timing."""
    page.get_by_text("The corrected shares are being computed").wait_for(state="detached", timeout=300_000)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=300_000)
    page.wait_for_timeout(1000)


def _timed(server: Server, what: str, bare: float, action: Callable[[], object]) -> Timing:
    began, computing = time.perf_counter(), server.computing()
    action()
    return Timing(what, time.perf_counter() - began, server.computing() - computing, bare)


def chromium() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("no Chromium found: install one (Debian: apt-get install chromium)")
    return found


# --- what is printed --------------------------------------------------------------------------------------------------


def show(size: int, found: list[Timing], memory: float) -> None:
    """Print a table, in Markdown."""
    print(f"\n{size:,} comments, server process at most {memory:.2f} GB\n")
    print("| | page, median s | slowest | server, CPU s | bare DuckDB, s | page / DuckDB |")
    print("|---|---|---|---|---|---|")
    for what in dict.fromkeys(item.what for item in found):
        own = [item for item in found if item.what == what]
        page, server, bare = (
            statistics.median(getattr(item, name) for item in own) for name in ("page", "server", "bare")
        )
        slowest = max(item.page for item in own)
        print(f"| {what} ({len(own)}) | {page:.2f} | {slowest:.2f} | {server:.2f} | {bare:.2f} | {page / bare:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="Where the studies are made, and found again.")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not (folder / "base" / PREDICTIONS).is_file():
            make_base(folder / "base")
        load_average = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        print(f"{datetime.now(UTC).date()}: python {' '.join(sys.argv)}")
        print(f"{os.cpu_count()} cores, load before {load_average}")
        for size in arguments.sizes:
            study = folder / f"s{size}"
            if not (study / PREDICTIONS).is_file():
                make_study(folder / "base", study, size)
            found, memory = measure(study, arguments.rounds)
            show(size, found, memory)


if __name__ == "__main__":
    main()
