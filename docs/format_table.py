"""The table of what is known of each format, measured on the samples of the tests and written into ``formats.md``.

    python docs/format_table.py [--check]

Each sample is read under a name that says nothing, imported, and imported again from what was written. ``--check``
writes nothing and fails where the table in the documentation is another.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from packs import Files, folder_of, zip_of  # noqa: E402 - the tests' own, found by the line above
from test_convokit import DOCUMENTED, DUMPED, LEGACY  # noqa: E402
from test_slack import EXPORT  # noqa: E402

from rsenlp.audit import Report  # noqa: E402
from rsenlp.batch import ImportOptions, import_sources, read_all  # noqa: E402
from rsenlp.discussion import Comment  # noqa: E402

PAGE = ROOT / "docs" / "formats.md"
BEGIN, END = "<!-- measured by docs/format_table.py -->", "<!-- end -->"
FILES = {
    "csv": ("people.csv", "people-cp1252.csv"),
    "reddit": ("reddit-dump.ndjson", "reddit-page.json"),
    "hacker-news": ("hn-item.json", "hn-hits.json", "hn-firebase.ndjson"),
    "yammer": ("yammer-rest.json", "yammer-graph.json"),
    "yammer-csv": ("yammer-messages.csv",),
    "4cat": ("4cat-reddit.csv", "4cat-board.csv", "4cat-tweets.csv"),
    "polis": ("polis-comments.csv",),
    "disqus-xml": ("disqus.xml",),
    "wxr": ("wxr.xml",),
    "page-html": ("page-disqus.html", "page-discourse-topic.html", "page-wordpress.html", "page-microdata.html",
                  "page-json-ld.html", "page-nested.html"),
    "page-text": ("page-report-link.txt", "page-says.txt"),
    "xlsx": ("people.xlsx",),
}  # fmt: skip
FOLDERS: dict[str, tuple[Files, ...]] = {"slack": (EXPORT,), "convokit": (DOCUMENTED, DUMPED, LEGACY)}
OWN = ("jsonl", "parquet", "csv")
COLUMNS = ("format", "samples", "recognised by content", "in a tree", "dated", "languages", "round trip")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a sample."""

    recognised: bool
    comments: tuple[Comment, ...]
    comes_back: bool


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    now = with_table(text, table())
    if "--check" in sys.argv[1:]:
        raise SystemExit(0 if now == text else "the table is another now: run python docs/format_table.py")
    PAGE.write_text(now, encoding="utf-8")


def with_table(text: str, table: str) -> str:
    """The page with another table between the marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n{END}{rest.partition(END)[2]}"


def table() -> str:
    """The whole table, in Markdown."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    with tempfile.TemporaryDirectory() as name:
        samples: dict[str, list[Path]] = {form: [] for form in (*OWN, *FILES, *FOLDERS)}
        for form, path in all_samples(Path(name)):
            samples[form].append(path)
        lines += [row(form, [finding(form, path) for path in paths]) for form, paths in samples.items()]
    return "\n".join(lines) + "\n"


def all_samples(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every sample with its format, under a name without an ending."""
    data = ROOT / "tests" / "data"
    for form, names in FILES.items():
        for name in names:
            yield form, Path(shutil.copy(data / name, folder / name.replace(".", "-")))
    for form in OWN:
        written = folder / f"corpus.{form}"
        import_sources([str(data / "reddit-dump.ndjson"), str(data / "wxr.xml")], written, KEPT)
        yield form, written.rename(folder / f"corpus-{form}")
    for form, exports in FOLDERS.items():
        for number, files in enumerate(exports):
            yield form, folder_of(folder / f"{form}-{number}", files)
            yield form, zip_of(folder / f"{form}-{number}-packed", files)


KEPT = ImportOptions(keep_identities=True)


def finding(form: str, path: Path) -> Finding:
    """What a sample is recognised as, its comments, and whether they are the same in and out of our own formats."""
    output = path.with_name(path.name + ".jsonl")
    report = import_sources([str(path)], output, KEPT)
    comments = read(output)
    comes_back = bool(comments)
    for ending in ("parquet", "csv", "jsonl"):
        again = path.with_name(f"{path.name}.again.{ending}")
        second = import_sources([str(output)], again, KEPT)
        unchanged = second.kept == report.kept and not second.reasons
        comes_back = comes_back and unchanged and same(read(again), comments, typed=ending != "csv")
    return Finding({source["format"] for source in report.sources} == {form}, tuple(comments), comes_back)


def read(path: Path) -> list[Comment]:
    return [comment for comment, _ in read_all([str(path)], KEPT, Report())]


def same(found: Iterable[Comment], expected: Iterable[Comment], *, typed: bool) -> bool:
    """Whether comments are the same, other columns included where the format has types; a column without a value is
    as good as none.
    """
    return [plain(comment, typed=typed) for comment in found] == [plain(comment, typed=typed) for comment in expected]


def plain(comment: Comment, *, typed: bool) -> Comment:
    extra: dict[str, Any] = {key: value for key, value in comment.extra.items() if value is not None}
    return replace(comment, extra=extra if typed else {})


def row(form: str, findings: list[Finding]) -> str:
    """A line of the table."""
    comments = [comment for found in findings for comment in found.comments]
    languages = sorted({comment.lang or "?" for comment in comments})
    cells = (
        f"`{form}`",
        str(len(findings)),
        share(sum(found.recognised for found in findings), len(findings)),
        share(sum(comment.parent_id is not None for comment in comments), len(comments)),
        share(sum(comment.created_at is not None for comment in comments), len(comments)),
        ", ".join(languages),
        share(sum(found.comes_back for found in findings), len(findings)),
    )
    return "| " + " | ".join(cells) + " |"


def share(part: int, whole: int) -> str:
    return "–" if not part else "all" if part == whole else f"{part} of {whole}"


if __name__ == "__main__":
    main()
