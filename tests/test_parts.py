"""Folders and ZIP archives: what is in them is read, safely, and what is not gets a row."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import DATA
from hypothesis import given, settings
from hypothesis import strategies as st
from packs import Files, folder_of, imported, read_at, rows, zip_of
from test_convokit import DUMPED
from test_slack import EXPORT

from rsenlp.audit import Report
from rsenlp.batch import import_sources
from rsenlp.errors import InputError, UsageError
from rsenlp.readers import FOLDER_READERS, ReadOptions, Source, reader_for
from rsenlp.readers import bounded as bounds
from rsenlp.readers.bounded import Allowance
from rsenlp.readers.container import folder, unzipped
from rsenlp.readers.made import OTHER_FILE
from rsenlp.readers.parts import NESTED, UNKNOWN, parts

CSV = "id,text\na,Slow.\n"
JSONL = '{"id": "b", "text": "Fast."}\n'
LED_OUT = "a name leads out of the archive"
UNREADABLE = "the file cannot be read"
SWOLLEN = "compressed data unpacks to at most 200 times its size"


def texts(path: Path) -> list[str]:
    return [comment.text for comment in imported(path)[0]]


# --- what is read ----------------------------------------------------------------------------------------------------


def test_an_archive_with_one_file_is_read_as_that_file(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "download (3).zip", {"messages.csv": CSV})
    found, report = read_at(path)
    assert [(comment.id, comment.text, comment.thread_id) for comment in found] == [("a", "Slow.", "messages")]
    assert (report.sources[0]["path"], report.sources[0]["format"]) == (f"{path}/messages.csv", "csv")


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
def test_every_file_is_its_own_source(tmp_path: Path, packed: bool) -> None:
    files = {
        "2019/reactions.csv": CSV,
        "2020/reactions.csv": "id,text\nc,Dear.\n",
        "page.html": (DATA / "page-nested.html").read_bytes(),
        "b.jsonl.gz": gzip.compress(JSONL.encode()),
        "people.xlsx": (DATA / "people.xlsx").read_bytes(),
        "README.md": "# About\n\nNothing.\n",
        "empty.csv": "",
        "logo.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00",
        ".DS_Store": b"\x00",
        "__MACOSX/._page.html": b"\x00",
        "2019/Thumbs.db": b"\x00",
    }
    path = zip_of(tmp_path / "all.zip", files) if packed else folder_of(tmp_path / "all", files)
    found, report = imported(path)
    assert [comment.thread_id for comment in found if comment.text in ("Slow.", "Dear.", "Fast.")] == [
        "reactions",
        "reactions~2",
        "b",
    ]
    assert len(found) == 3 + 4 + 3
    assert [source["path"].removeprefix(f"{path}/") for source in report.sources] == [
        "2019/reactions.csv",
        "2020/reactions.csv",
        "b.jsonl.gz",
        "page.html",
        "people.xlsx",
    ]
    skipped = {Path(row.path).name: row.reason for row in report.rows() if row.action == "skipped"}
    assert skipped == {"README.md": UNKNOWN, "empty.csv": "the file is empty", "logo.png": UNKNOWN}
    assert report.read == report.kept + report.count("skipped")


def test_exports_and_files_beside_each_other(tmp_path: Path) -> None:
    files: dict[str, object] = {f"corpora/one/{name}": value for name, value in DUMPED.items()}
    files |= {f"corpora/two/{name}": value for name, value in DUMPED.items()}
    files |= {f"slack/{name}": value for name, value in EXPORT.items()}
    place = folder_of(tmp_path / "study", files | {"more.csv": CSV})
    zip_of(place / "third.zip", DUMPED)
    found, report = read_at(place)
    assert [(source["format"], source["path"].removeprefix(f"{place}/")) for source in report.sources] == [
        ("slack", "slack"),
        ("convokit", "corpora/one"),
        ("convokit", "corpora/two"),
        ("csv", "more.csv"),
        ("convokit", "third.zip"),
    ]
    assert [comment.source for comment in found[-5:]] == ["two", "two", "more", "third", "third"]


def test_an_archive_in_a_folder_is_read_and_one_in_an_archive_is_not(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "inner.zip", {"a.csv": CSV}).read_bytes()
    assert texts(folder_of(tmp_path / "f", {"inner.zip": inner})) == ["Slow."]
    found, report = imported(zip_of(tmp_path / "outer.zip", {"inner.zip": inner, "b.jsonl": JSONL}))
    assert [comment.text for comment in found] == ["Fast."]
    assert rows(report) == [("skipped", NESTED)]


def test_a_gzipped_archive_and_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = zip_of(tmp_path / "a.zip", {"a.csv": CSV}).read_bytes()
    (tmp_path / "a.zip.gz").write_bytes(gzip.compress(content))
    assert texts(tmp_path / "a.zip.gz") == ["Slow."]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert [comment.text for comment in read_at(Path("-"))[0]] == ["Slow."]


def test_content_tells_an_archive_whatever_it_is_called_and_however_it_is_packed(tmp_path: Path) -> None:
    for number, method in enumerate((zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)):
        lines = CSV + "".join(f"n{index},Slow again.\n" for index in range(5000))
        path = zip_of(tmp_path / f"{number}.csv", {"a.csv": lines}, compression=method)
        assert len(texts(path)) == 5001


def test_a_format_that_was_named(tmp_path: Path) -> None:
    place = folder_of(tmp_path / "f", {**DUMPED, "extra/notes.txt": "id;texte\n1;Lent\n"})
    assert [comment.text for comment in read_at(place, format="convokit")[0]] == [
        "Nobody opens the network.",
        "We do, in accounting.",
    ]
    found, report = read_at(
        zip_of(tmp_path / "n.zip", {"notes": "id;texte\n1;Lent\n", "x": "nothing\nmore"}), format="csv"
    )
    assert [comment.text for comment in found] == ["Lent"]
    assert rows(report) == [("skipped", "a column holds the text of the comments")]
    with pytest.raises(InputError, match="slack is a folder, or a ZIP archive of it; got another file"):
        read_at(DATA / "people.csv", format="slack")
    with pytest.raises(UsageError, match="page-text, xlsx, slack, convokit; got 'word'"):
        read_at(place, format="word")
    with pytest.raises(
        InputError, match=r"a folder of the format slack holds channels\.json or .*; got no such folder"
    ):
        read_at(place, format="slack")
    found, report = read_at(
        folder_of(tmp_path / "g", {"a.csv": CSV, **{f"c/{n}": v for n, v in DUMPED.items()}}), format="convokit"
    )
    assert (len(found), rows(report)) == (2, [("skipped", OTHER_FILE)])


def test_a_column_that_was_named_and_is_in_one_file_only(tmp_path: Path) -> None:
    place = folder_of(tmp_path / "f", {"a.csv": "what\nSlow.\n", "b.csv": CSV})
    found, report = read_at(place, ReadOptions(columns={"text": "what"}), format="csv")
    assert [comment.text for comment in found] == ["Slow."]
    (row,) = report.rows()
    assert (row.reason, Path(row.path).name) == ("the columns that were named are not there", "b.csv")
    assert "there is no column 'what' for 'text'; the columns are 'id', 'text'" in row.detail


def test_every_format_of_folders_has_a_test_here() -> None:
    assert {reader.name for reader in FOLDER_READERS} == {"slack", "convokit"}
    for reader, files in zip(FOLDER_READERS, (EXPORT, DUMPED), strict=True):
        assert reader.signs & files.keys()


# --- what is not -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", "..\\a.csv", "C:\\a.csv", "C:/a.csv", "\\\\host\\a.csv"]
)
def test_names_that_lead_out_are_left_out(tmp_path: Path, name: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    found, report = imported(zip_of(place / "a.zip", {name: CSV, "b.jsonl": JSONL}))
    assert [comment.text for comment in found] == ["Fast."]
    assert [(row.action, row.reason) for row in report.rows()] == [("skipped", LED_OUT)]
    assert [path.name for path in tmp_path.rglob("*")] == ["place", "a.zip"]


def test_names_are_shown_in_one_line(tmp_path: Path) -> None:
    _, report = read_at(zip_of(tmp_path / "a.zip", {"x\n\x1b[31m.txt": "nothing"}))
    (row,) = report.rows()
    assert row.path.endswith("a.zip/x\\n\\x1b[31m.txt")


@pytest.mark.parametrize("first", [b"\0", b"\0/"])
def test_a_member_without_a_name_is_a_row(tmp_path: Path, first: bytes) -> None:
    path = zip_of(tmp_path / "a.zip", {"known.csv": CSV, "name!.csv": "id,text\nz,Lost.\n"})
    # a name ends at a NUL
    path.write_bytes(path.read_bytes().replace(b"name!.csv", first.ljust(9, b"x")))
    found, report = read_at(path)
    assert [comment.text for comment in found] == ["Slow."]
    assert [(row.action, row.reason, row.path) for row in report.rows()] == [
        ("skipped", "a member without a name", f"{path}/")
    ]


def test_of_two_files_of_one_name_the_later_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id,text\n1,Old.\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", CSV)
        archive.writestr("./a.csv", "id,text\n1,New.\n")
    found, report = imported(path)
    assert [comment.text for comment in found] == ["New."]
    assert rows(report) == [("skipped", "another file of this name comes later in the archive")] * 2


def encrypted(path: Path) -> Path:
    """The archive with its members marked as encrypted."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    path.write_bytes(bytes(content))
    return path


def test_encrypted_files_are_left_out_and_said_so(tmp_path: Path) -> None:
    path = encrypted(zip_of(tmp_path / "a.zip", {"a.csv": CSV}))
    with pytest.raises(InputError, match="encrypted: unpack it with its password and give the folder"):
        import_sources([str(path)], tmp_path / "out.jsonl")
    with pytest.raises(InputError, match="encrypted"):
        import_sources([str(encrypted(zip_of(tmp_path / "s.zip", EXPORT)))], tmp_path / "out.jsonl")


def test_links_and_special_files_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(CSV)
    place = folder_of(tmp_path / "f", {"b.jsonl": JSONL})
    (place / "link.csv").symlink_to(secret)
    (place / "up").symlink_to(tmp_path)
    os.mkfifo(place / "pipe.csv")
    found, report = imported(place)
    assert [comment.text for comment in found] == ["Fast."]
    assert sorted((Path(row.path).name, row.reason) for row in report.rows()) == [
        ("link.csv", "a link is not followed"),
        ("pipe.csv", "neither a file nor a folder"),
        ("up", "a link is not followed"),
    ]
    info = zipfile.ZipInfo("link.csv")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert rows(read_at(tmp_path / "l.zip")[1]) == [("skipped", "a link is not followed")]


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("a.zip", {}, "a ZIP archive that is read has files in it; got none"),
        ("a.docx", {"[Content_Types].xml": "", "word/document.xml": "<a/>"}, "got an Office document or an e-book"),
        ("a.odt", {"mimetype": "application/vnd.oasis", "content.xml": "<a/>"}, "got an Office document or an e-book"),
    ],
)
def test_archives_without_anything_to_read(tmp_path: Path, name: str, files: Files, message: str) -> None:
    path = zip_of(tmp_path / name, files)
    with pytest.raises(InputError, match=message) as caught:
        read_at(path)
    assert str(path) in str(caught.value)


def test_folders_without_anything_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder that is read has files in it; got none"):
        read_at(tmp_path)
    with pytest.raises(InputError, match=r"at least one comment; got .*of no format that is recognised"):
        import_sources([str(folder_of(tmp_path / "f", {"a.txt": "nothing"}))], tmp_path / "out.jsonl")


def test_the_output_lies_outside_the_folder_that_is_read(tmp_path: Path) -> None:
    place = folder_of(tmp_path / "f", {"a.csv": CSV})
    with pytest.raises(UsageError, match="the output lies outside the folder that is read"):
        import_sources([str(place)], place / "sub" / "out.jsonl")
    import_sources([str(place)], tmp_path / "out.jsonl")


# --- damage ----------------------------------------------------------------------------------------------------------


def test_a_truncated_archive_is_said_in_one_line(tmp_path: Path) -> None:
    content = zip_of(tmp_path / "a.zip", EXPORT).read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError) as caught:
        read_at(tmp_path / "cut.zip")
    expected = "cut.zip: a ZIP archive is whole; got File is not a zip file. Download or copy it again"
    assert str(caught.value).endswith(expected)


def test_a_damaged_file_costs_only_itself(tmp_path: Path) -> None:
    long = "id,text\n" + "".join(f"{index},{'slow ' * (index % 7)}.\n" for index in range(30_000))
    path = zip_of(tmp_path / "a.zip", {"a.csv": long, "b.jsonl": JSONL})
    content = bytearray(path.read_bytes())
    content[2000:2100] = bytes(100)
    path.write_bytes(bytes(content))
    found, report = imported(path)
    assert [comment.text for comment in found] == ["Fast."]
    assert [(row.reason, Path(row.path).name) for row in report.rows()] == [(UNREADABLE, "a.csv")]


def test_damage_within_an_export_costs_a_day_or_the_rest(tmp_path: Path) -> None:
    broken = {"c/2024-01-23.json": [{"type": "message", "user": "U1", "ts": "1706000100.1", "text": "x " * 5000}]}
    path = zip_of(tmp_path / "s.zip", {"users.json": [], **broken, **{k: v for k, v in EXPORT.items() if k[0] == "g"}})
    content = bytearray(path.read_bytes())
    at = content.find(b"c/2024-01-23.json") + 40
    content[at : at + 10] = bytes(10)
    path.write_bytes(bytes(content))
    found, report = imported(path)
    assert {comment.source for comment in found} == {"general"}
    assert (UNREADABLE, "2024-01-23.json") in [(row.reason, Path(row.path).name) for row in report.rows()]


def test_a_truncated_gzip_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    content = gzip.compress(("id,text\n" + "".join(f"{n},Slow.\n" for n in range(100_000))).encode())
    (tmp_path / "a.csv.gz").write_bytes(content[: len(content) // 2])
    found, report = read_at(tmp_path / "a.csv.gz")
    assert 1000 < len(found) < 100_000
    assert {comment.text for comment in found[:-1]} == {"Slow."}
    *_, last = report.rows()
    assert (last.action, last.reason) == ("skipped", "compressed data damaged here, what came before is kept")
    assert report.read == len(found) + report.count("skipped")


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "ALWAYS_ALLOWED", 1000)


@pytest.mark.usefixtures("small_bounds")
def test_an_archive_that_swells_is_stopped_while_it_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "bomb.zip", {"a.csv": b"text\n" + b"a" * 50_000_000})
    tracemalloc.start()
    with pytest.raises(InputError, match=SWOLLEN):
        import_sources([str(path)], tmp_path / "out.jsonl")
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.usefixtures("small_bounds")
def test_sizes_that_are_not_so_deceive_nobody(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "bomb.zip", {"a.csv": b"text\n" + b"a" * 50_000_000})
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match=f"{SWOLLEN}|{UNREADABLE}"):
        import_sources([str(path)], tmp_path / "out.jsonl")


@pytest.mark.usefixtures("small_bounds")
def test_the_bound_is_the_archives_not_each_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_EXPANSION", 1)
    lines = "text\n" + "Slow.\n" * 65
    found, report = read_at(zip_of(tmp_path / "a.zip", {f"{name}.csv": lines for name in "abcd"}))
    assert len(found) == 2 * 65
    assert [(row.reason, Path(row.path).name) for row in report.rows()] == [
        ("compressed data unpacks to at most 1 times its size", "c.csv"),
        ("compressed data unpacks to at most 1 times its size", "d.csv"),
    ]


@pytest.mark.usefixtures("small_bounds")
@pytest.mark.parametrize("name", ["convokit", "slack", "xlsx", "gz"])
def test_every_reader_is_stopped(tmp_path: Path, name: str) -> None:
    blank = b" " * 5_000_000
    if name == "convokit":
        path = zip_of(tmp_path / "a.zip", {"utterances.jsonl": blank, "corpus.json": {}})
    elif name == "slack":
        path = zip_of(tmp_path / "a.zip", {"users.json": [], "c/2024-01-24.json": blank})
    elif name == "xlsx":
        with zipfile.ZipFile(DATA / "people.xlsx") as archive:
            files = {part: archive.read(part) for part in archive.namelist()}
        path = zip_of(tmp_path / "a.xlsx", files | {"xl/sharedStrings.xml": files["xl/sharedStrings.xml"] + blank})
    else:
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress(b"text\n" + blank))
    with pytest.raises(InputError, match=SWOLLEN):
        import_sources([str(path)], tmp_path / "out.jsonl")


def test_what_comes_out_is_counted() -> None:
    allowance = Allowance(10_000_000)
    for _ in range(200):
        allowance.spend(10_000_000, "a.zip")
    with pytest.raises(InputError, match=r"a\.zip: compressed data .* got more than 1907 MiB out of 9766 KiB"):
        allowance.spend(1, "a.zip")


SEEDS = ("slack", "convokit", "several")


def seed(name: str) -> Files:
    if name == "several":
        return {"a.csv": CSV, "b.jsonl": JSONL, "x/people.xlsx": (DATA / "people.xlsx").read_bytes()}
    return EXPORT if name == "slack" else DUMPED


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(SEEDS), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA]))
def test_broken_archives_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str, method: int
) -> None:
    path = zip_of(tmp_path_factory.mktemp("archive") / "a.zip", seed(name), compression=method)
    content = bytearray(path.read_bytes())
    directory = content.find(b"PK\x01\x02")
    for _ in range(data.draw(st.integers(1, 8))):
        first = data.draw(st.sampled_from([4, directory]))
        content[data.draw(st.integers(first, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(content), data.draw(st.integers(0, len(content)))]))
    path.write_bytes(bytes(content[:cut]))
    with suppress(InputError):
        _, report = imported(path)
        assert report.read == report.kept + report.count("skipped")


# the archive's writer ends a name at a NUL and refuses an empty one
NAMES = st.text(min_size=1, max_size=12).filter(lambda name: not name.startswith("\0"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, st.binary(max_size=40)), max_size=6))
def test_any_names_and_bytes_are_read_or_rows(
    tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes]]
) -> None:
    path = tmp_path_factory.mktemp("archive") / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("known.csv", CSV)
        for name, content in dict(members).items():
            with suppress(UnicodeEncodeError):  # lone surrogates, which no archive holds
                archive.writestr(name, content)
    found, report = imported(path)
    assert "Slow." in [comment.text for comment in found]
    assert report.read == report.kept + report.count("skipped")


def test_containers_by_themselves(tmp_path: Path) -> None:
    place = folder_of(tmp_path / "f", {"b/c/d.csv": CSV, "a.csv": CSV, "bc/e.csv": CSV})
    container = folder(place)
    assert list(container.files) == ["a.csv", "b/c/d.csv", "bc/e.csv"]
    below = container.below("b")
    assert (below.name, below.stem, list(below.files)) == (f"{place}/b", "b", ["c/d.csv"])
    with unzipped(Source(zip_of(tmp_path / "Export 2.zip", {"x/y.csv": CSV}))) as packed:
        assert (packed.stem, list(packed.files)) == ("Export 2", ["x/y.csv"])
        with packed.files["x/y.csv"].open() as stream, packed.files["x/y.csv"].local() as local:
            assert stream.read() == local.read_bytes() == CSV.encode()
        assert not local.exists()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="slack is a folder"):
        reader_for(Source(DATA / "people.csv"), format="slack")
    with pytest.raises(InputError, match="the file is not there"):
        list(parts(str(tmp_path / "none"), Report(), ReadOptions()))
