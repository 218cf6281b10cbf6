"""The run manifest: of which files, model, thresholds and choices figures are made, so that the same come out again.

A manifest holds the figures themselves too: :func:`check` asks a study for them anew and tells every one that differs.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from rsenlp import __version__
from rsenlp.codebook import codebook
from rsenlp.errors import InputError
from rsenlp.installation import library_version
from rsenlp.results.counts import EVERYTHING, label_totals, overview, size
from rsenlp.results.prevalence import prevalence
from rsenlp.results.selection import UNDECIDED, UNIT_COLUMNS, Selection, Unit, label_columns, labels_of
from rsenlp.results.themes import theme_counts

if TYPE_CHECKING:
    import duckdb

    from rsenlp.results.store import Study

FORMAT = "rsenlp run manifest 1"
NAME = "rsenlp-manifest.json"
# those on which the figures rest
LIBRARIES = ("duckdb", "numpy", "pyarrow", "scikit-learn", "scipy")
_DIGITS = 6  # a share is the same up to this decimal on every machine


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a written manifest says: which comments, what is counted, the figures, and all of it as it stands."""

    selection: Selection
    unit: Unit
    figures: Mapping[str, Any]
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Something that a manifest says and that was looked up again; ``found`` is ``None`` where it is not there."""

    what: str
    said: Any
    found: Any

    @property
    def same(self) -> bool:
        if isinstance(self.said, float) and isinstance(self.found, float):
            return math.isclose(self.said, self.found, abs_tol=2 * 10**-_DIGITS)
        return bool(self.said == self.found)


def run_manifest(study: Study, selection: Selection = EVERYTHING, unit: Unit = "comments") -> dict[str, Any]:
    """The manifest of a view of a study; its keys are described in ``docs/formats.md``."""
    with study.connect() as connection:
        found = figures(connection, study.priors(), selection, unit)
    classified = study.manifest()
    return {
        "format": FORMAT,
        "rsenlp": __version__,
        "python": platform.python_version(),
        "libraries": {name: library_version(name) for name in LIBRARIES},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "codebook": codebook().version,
        "files": study.hashes(),
        "classification": None if classified is None else classified | {"inputs": _named(classified["inputs"])},
        "selection": plain(selection),
        "unit": unit,
        "figures": found,
        "again": commands(classified),
    }


def commands(classified: Mapping[str, Any] | None, study: str = "STUDY", manifest: str = NAME) -> list[str]:
    """The command lines that give the figures of a manifest again, from the predictions or from the comments on."""
    lines = [f"rsenlp reproduce {manifest} --study {study}", f"rsenlp report {study} --manifest {manifest} -o r.html"]
    if classified is None:
        return lines
    model = classified["model"]["name"]
    again = f"rsenlp classify {study}/comments.parquet --model {model} -o {study}/predictions.parquet"
    return [again, *lines]


def figures(
    connection: duckdb.DuckDBPyConnection,
    priors: Mapping[str, list[float]],
    selection: Selection = EVERYTHING,
    unit: Unit = "comments",
) -> dict[str, Any]:
    """The figures of a selection, plain: how much there is, labels counted, corrected shares, themes."""
    labels: dict[str, dict[str, int]] = {column: {} for column in label_columns(codebook())}
    totals = label_totals(connection, selection, unit)
    for column, counted in labels.items():
        counted |= {label: totals.get((column, label), 0) for label in (*labels_of(column), UNDECIDED)}
    shares: dict[str, dict[str, dict[str, float | None]]] = {}
    for item in prevalence(connection, priors, selection, unit):
        said = {"corrected": item.corrected, "low": item.low, "high": item.high}
        shares.setdefault(item.column, {})[item.label] = {
            name: None if value is None else round(value, _DIGITS) for name, value in said.items()
        }
    return {
        **asdict(overview(connection, selection)),
        "counted": size(connection, selection, unit),
        "labels": labels,
        "shares": shares,
        "themes": [asdict(item) for item in theme_counts(connection, selection, unit)],
    }


def plain(selection: Selection) -> dict[str, Any]:
    """A selection as JSON holds it: the conditions that it makes, and no others."""
    made = {key: value for key, value in asdict(selection).items() if value not in ((), {}, None, False, "")}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in made.items()}


def read_manifest(path: Path) -> Manifest:
    """What a written manifest says.

    Raises:
        InputError: the file is no manifest, or asks for what the codebook does not have.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("the file is not there", where=path) from error
    except ValueError as error:
        raise _no_manifest(path, str(error)) from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise _no_manifest(path, "another format" if isinstance(record, dict) else type(record).__name__)
    if record.get("unit") not in UNIT_COLUMNS:
        raise _no_manifest(path, f"the unit {record.get('unit')!r}")
    if not isinstance(record.get("figures"), dict):
        raise _no_manifest(path, "no figures")
    return Manifest(_selection(record.get("selection"), path), record["unit"], record["figures"], record)


def check(manifest: Manifest, study: Study) -> list[Verdict]:
    """Look up everything that a manifest says in a study: its files, the model that read it, and every figure.

    The files may differ where the figures do not: predictions that are made anew lie in a file of another time.
    """
    record = manifest.record
    found = [Verdict(name, record.get("files", {}).get(name), digest) for name, digest in study.hashes().items()]
    was, now = (((made or {}).get("model") or {}) for made in (record.get("classification"), study.manifest()))
    found += [Verdict(f"model {key}", was.get(key), now.get(key)) for key in ("name", "version", "hash", "thresholds")]
    with study.connect() as connection:
        again = figures(connection, study.priors(), manifest.selection, manifest.unit)
    said, anew = dict(_flat(manifest.figures)), dict(_flat(again))
    return found + [
        Verdict(f"figures {name}", said.get(name), anew.get(name)) for name in dict.fromkeys([*said, *anew])
    ]


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The figures one by one, each under the way that leads to it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name} {key}".strip())
    elif isinstance(value, list):  # themes, whose order says which are the commonest
        for item in value:
            numbers = {key: said for key, said in item.items() if isinstance(said, int)}
            names = " ".join(str(said) for key, said in item.items() if key not in numbers)
            yield from _flat(numbers, f"{name} {names}")
    else:
        yield name, value


def _named(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Inputs by their file names: where they lay is no one's business to whom the manifest is handed on."""
    return [item | {"path": PurePath(item["path"]).name} for item in inputs]


def _selection(record: Any, path: Path) -> Selection:
    known = {field.name for field in fields(Selection)}
    if not isinstance(record, dict) or not set(record) <= known:
        raise _no_manifest(path, f"the selection {record!r}")
    try:
        selection = msgspec.convert(record, Selection)
        selection.where()
    except (msgspec.ValidationError, KeyError) as error:
        raise _no_manifest(path, f"a selection that cannot be: {error}") from error
    for column, label in selection.labels.items():
        if label not in (*labels_of(column), UNDECIDED):
            raise _no_manifest(path, f"{column} {label!r}")
    columns = {name: said if isinstance(said, str) else tuple(said) for name, said in selection.columns.items()}
    return replace(selection, columns=columns)


def _no_manifest(path: Path, got: str) -> InputError:
    return InputError(
        "a run manifest is as the app and `rsenlp figures -o` write it", where=path, got=got,
        fix="Take it from the page Export of the app again",
    )  # fmt: skip
