"""Speed of the app in a real browser on large corpora, beside the same queries in bare DuckDB.

    python benchmarks/app_speed.py [--sizes 10000 1000000] [--rounds 5] [--keep FOLDER]

The comments and their predictions are those of the embedded corpora, classified by ``fast``, repeated until there are
enough: every copy has threads, ids, authors and days of its own. The app is started by its command and driven in
Chromium, whose own clock is read. Where a page is opened, a time runs from the navigation, and beside it stands the
part after the document's load event: the page is open then, and shows Streamlit's empty frame. Where something is
chosen, it runs from the end of the click (or the key) in the browser. It ends after the frame in which the totals and
the charts (or the comments) have their last look; what is computed beside the page comes later (the corrected shares).
The numbers are checked against bare DuckDB, which answers the overview's questions from the same Parquet files without
the app's tables. Beside the time stands what the server computed (processor time), which a busy machine disturbs less.
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
from playwright.sync_api import Browser, Page, sync_playwright

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
PATIENCE = 60_000  # milliseconds that anything may take
WAITING = ("The corrected shares are being computed", "Emerging themes are being looked for")
CHARTS = {"compare": 4, "timeline": 1}  # that a page shows at once; two where nothing is said
RECORDER = """
(() => {
  // what is looked at: the first charts (others are computed beside the page), the totals, and the comments
  const all = selector => [...document.querySelectorAll(selector)];
  const speed = window.__speed = {began: 0, loaded: 0, armed: false, looks: []};
  const look = () => [
    ...all('[data-testid=stVegaLiteChart] svg.marks').slice(0, CHARTS).map(chart => chart.innerHTML),
    ...all('[data-testid=stMetricValue], .rse-card').map(part => part.textContent)].join('|').replace(/clip\\d+/g, '');
  const note = () => requestAnimationFrame(() => {  // a task after the frame: it is painted
    const now = look();
    setTimeout(() => { if (now !== speed.looks.at(-1)?.[1]) speed.looks.push([performance.now() / 1000, now]); });
  });
  const input = () => { if (speed.armed) { speed.began = performance.now() / 1000; speed.armed = false; } };
  for (const kind of ['pointerup', 'keydown']) window.addEventListener(kind, input, true);
  window.addEventListener('load', () => speed.loaded = performance.now() / 1000);
  new MutationObserver(note).observe(document, {childList: true, subtree: true, characterData: true});
  speed.begin = () => { speed.looks = [[performance.now() / 1000, look()]]; speed.armed = true; };
  speed.changed = () => speed.looks.length > 1;
  speed.drawn = () => speed.looks.find(([, shown]) => shown === speed.looks.at(-1)[1])[0];
})();
"""
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
    loaded: float | None = None
    """Where a page is opened: the part of ``page`` that comes after the load event of its document."""


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


@dataclass(frozen=True, slots=True)
class Reader:
    """Who uses the app: a page of a browser, the server, and DuckDB that is asked the same."""

    page: Page
    server: Server
    bare: Bare

    def opens(self, what: str, path: str, expected: int | None, seconds: float) -> Timing:
        """Open a page of the app and wait until its picture is there."""
        computing = self.server.computing()
        self.page.goto(f"{self.server.address}/{path}?lang=en")
        self._rest(expected)
        drawn, loaded = self.page.evaluate("[__speed.drawn(), __speed.loaded]")
        return Timing(what, drawn, self.server.computing() - computing, seconds, drawn - loaded)

    def does(self, what: str, action: Callable[[], None], expected: int, seconds: float) -> Timing:
        """Do something, and wait until what it leads to is there."""
        self.page.evaluate("__speed.begin()")
        computing = self.server.computing()
        action()
        self.page.wait_for_function("__speed.changed()", timeout=PATIENCE, polling=20)
        used = self.server.computing() - computing
        self._rest(expected)
        began, drawn = self.page.evaluate("[__speed.began, __speed.drawn()]")
        return Timing(what, drawn - began, used, seconds)

    def chooses(self, label: str, option: str) -> Callable[[], None]:
        """Open a list now; choosing the option closes it."""
        self.page.get_by_role("combobox", name=label, exact=True).click()
        self.page.wait_for_timeout(1500)
        return self.page.get_by_role("option", name=option, exact=True).click

    def switches(self, option: str) -> Callable[[], None]:
        button = self.page.get_by_role("button", name=option, exact=True)
        return self.page.get_by_role("radio", name=option, exact=True).or_(button).first.click

    def searches(self, word: str) -> Callable[[], None]:
        search = self.page.get_by_label("Search the texts")
        search.fill(word)
        return partial(search.press, "Enter")

    def leaves_list(self) -> None:
        self.page.keyboard.press("Escape")
        self.page.wait_for_timeout(500)

    def _rest(self, expected: int | None) -> None:
        """Wait until what is computed beside the page is there too: it is not to disturb the next timing."""
        number = "" if expected is None else f"{expected:,}"
        main = "document.querySelector('[data-testid=stMain]')"
        self.page.wait_for_function(f"number => {main}?.innerText.includes(number)", arg=number, timeout=PATIENCE)
        for said in WAITING:
            self.page.get_by_text(said).wait_for(state="detached", timeout=PATIENCE)
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)
        self.page.wait_for_timeout(1000)


def measure(study: Path, rounds: int) -> tuple[list[Timing], float]:
    """Open pages and change their filters, each round to a selection that was not asked for before."""
    server, bare = Server(study), Bare(study)
    total, plain = bare.ask("true")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            found = [*_openings(browser, server, bare, total, plain, rounds)]
            for path, use in (("", _overview), *OTHERS.items()):
                page = _page(browser, path)
                reader = Reader(page, server, bare)
                reader.opens(path, path, total if path == "" else None, plain)
                found += use(reader, rounds)
                page.close()
            memory = server.memory()
            browser.close()
    finally:
        server.stop()
    return found, memory


def _openings(browser: Browser, server: Server, bare: Bare, total: int, plain: float, rounds: int) -> Iterator[Timing]:
    reader = Reader(_page(browser), server, bare)
    yield reader.opens("server just started, browser new", "", total, plain)
    for _ in range(rounds):
        other = _page(browser)
        yield replace(reader, page=other).opens("browser new", "", total, plain)
        other.context.close()
    for _ in range(rounds):
        yield reader.opens("opened again in the same browser", "", total, plain)


def _page(browser: Browser, path: str = "") -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 1600}).new_page()
    page.add_init_script(RECORDER.replace("CHARTS", str(CHARTS.get(path, 2))))
    return page


def _sites(reader: Reader, name: str, rounds: int, first: int = 0, shown: str = "") -> Iterator[Timing]:
    """Choose sources, one more each round, on a page that shows how many comments meet a condition, or all of them."""
    chosen: list[str] = []
    for site in SITES[first : first + rounds]:
        chosen.append(site)
        number, seconds = reader.bare.ask(_within(chosen))
        if shown:
            number, _ = reader.bare.ask(f"{_within(chosen)} and {shown}")
        yield reader.does(f"{name}: source chosen", reader.chooses("Sources", site), number, seconds)
        reader.leaves_list()


def _within(sites: Sequence[str]) -> str:
    return f"source in ({', '.join(map(repr, sites))})"


def _overview(reader: Reader, rounds: int) -> Iterator[Timing]:
    yield from _sites(reader, "Overview", rounds)
    within = _within(SITES[:rounds])
    number, seconds = reader.bare.ask(within, "author")
    yield reader.does("Overview: counted by authors", reader.switches("authors"), number, seconds)
    for word in WORDS[:rounds]:
        number, seconds = reader.bare.ask(f"{within} and contains(lower(text), '{word}')", "author")
        yield reader.does("Overview: text searched", reader.searches(word), number, seconds)


def _themes(reader: Reader, rounds: int) -> Iterator[Timing]:
    first = next(iter(codebook().causes))
    chosen = SITES[:rounds]
    said = f"p.decided.causes.{first} and p.causes.{first}.label"
    yield from _sites(reader, "Themes", rounds, shown=f"{said} = 'cited'")
    _, seconds = reader.bare.ask(_within(chosen))
    number, _ = reader.bare.ask(f"{_within(chosen)} and {said} = 'rejected'")
    yield reader.does("Themes: rejected to be read", reader.switches("rejected"), number, seconds)


def _compare(reader: Reader, rounds: int) -> Iterator[Timing]:
    chosen = SITES[:rounds]
    yield from _sites(reader, "Compare", rounds, shown="p.lang = 'fr'")
    number, seconds = reader.bare.ask(f"source = '{sorted(chosen)[0]}'")
    yield reader.does("Compare: by sources", reader.chooses("Compare by", "sources"), number, seconds)


def _timeline(reader: Reader, rounds: int) -> Iterator[Timing]:
    yield from _sites(reader, "Over time", rounds)
    number, seconds = reader.bare.ask(_within(SITES[:rounds]))
    yield reader.does("Over time: shares", reader.switches("shares"), number, seconds)


def _comments(reader: Reader, rounds: int) -> Iterator[Timing]:
    yield from _sites(reader, "Comments", rounds)
    number, seconds = reader.bare.ask(_within(SITES[:rounds]))
    turn = reader.page.get_by_role("button", name="Next page").first.click
    yield reader.does("Comments: next page", turn, number, seconds)


OTHERS = {"themes": _themes, "compare": _compare, "timeline": _timeline, "comments": _comments}


def chromium() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit("no Chromium found: install one (Debian: apt-get install chromium)")
    return found


# --- what is printed --------------------------------------------------------------------------------------------------


def show(size: int, found: list[Timing], memory: float) -> None:
    """Print a table, in Markdown."""
    print(f"\n{size:,} comments, server process at most {memory:.2f} GB\n")
    print("| | page, median s | slowest | after load, median s | server, CPU s | bare DuckDB, s | page / DuckDB |")
    print("|---|---|---|---|---|---|---|")
    for what in dict.fromkeys(item.what for item in found):
        own = [item for item in found if item.what == what]
        page, server, bare = (
            statistics.median(getattr(item, name) for item in own) for name in ("page", "server", "bare")
        )
        slowest = max(item.page for item in own)
        after = [item.loaded for item in own if item.loaded is not None]
        open_for = f"{statistics.median(after):.2f}" if after else ""
        print(
            f"| {what} ({len(own)}) | {page:.2f} | {slowest:.2f} | {open_for} | {server:.2f} | {bare:.2f} | "
            f"{page / bare:.2f} |"
        )


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
