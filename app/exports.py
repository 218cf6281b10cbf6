"""Charts and their numbers as files."""

from __future__ import annotations

import csv as csv_module
import io
import json
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal

from plots import Plot

_WIDTH = 640
# a cell that begins so would be taken for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(titles: Sequence[str], rows: Iterable[Sequence[Any]], *, french: bool) -> bytes:
    """Rows as CSV in UTF-8 that spreadsheets open by a double click: in French with ``;`` and decimal commas."""
    stream = io.StringIO()
    writer = csv_module.writer(stream, delimiter=";" if french else ",")
    writer.writerow(titles)
    writer.writerows([_cell(value, french) for value in row] for row in rows)
    return ("\ufeff" + stream.getvalue()).encode("utf-8")


def picture(plot: Plot, title: str, choices: Sequence[str], kind: Literal["svg", "png"]) -> bytes:
    """A chart as a picture of its own, with a title and what it is limited to, on white."""
    import vl_convert

    heading = {"text": textwrap.wrap(title, 70), "subtitle": textwrap.wrap(" · ".join(choices), 90)}
    spec = plot.spec() | {
        "datasets": {"rows": json.loads(plot.rows.to_json(orient="records", date_format="epoch", date_unit="ms"))},
        "width": _WIDTH,
        "background": "white",
        "padding": 12,
        "title": heading | {"anchor": "start", "frame": "bounds", "offset": 12},
    }
    # nothing is fetched: a chart brings its data
    if kind == "svg":
        svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        return svg.encode("utf-8")
    png: bytes = vl_convert.vegalite_to_png(spec, scale=2, allowed_base_urls=[])
    return png


def _cell(value: Any, french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        said = f"{value:.6g}"
        return said.replace(".", ",") if french else said
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
