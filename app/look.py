"""How the charts look: colours, axes and legends that they share.

No label is told by its colour alone: what is cited or for is filled, what is rejected or against is pale, and what is
not decided is an empty dashed box.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import texts

# told apart by people who see colours differently (Okabe and Ito 2008): edge, filling, dashes of the edge
STYLES: dict[str, tuple[str, str, list[int]]] = {
    "favor": ("#009E73", "#009E73", [1, 0]),
    "against": ("#D55E00", "rgba(213, 94, 0, 0.35)", [1, 0]),
    "none": ("#8C8C8C", "rgba(140, 140, 140, 0.85)", [1, 0]),
    "cited": ("#0072B2", "#0072B2", [1, 0]),
    "rejected": ("#E69F00", "rgba(230, 159, 0, 0.35)", [1, 0]),
    "undecided": ("#8C8C8C", "rgba(0, 0, 0, 0)", [3, 2]),
    "stable": ("#0072B2", "#0072B2", [1, 0]),
    "unstable": ("#8C8C8C", "rgba(140, 140, 140, 0.35)", [3, 2]),
}
SIDES = (("#0072B2", "#0072B2"), ("#D55E00", "rgba(213, 94, 0, 0.35)"))
SIGNS = {"cited": "✓", "rejected": "✗"}
GREY = "#808080"  # read on white and on black
BLUE = "#5B7FA6"  # likewise

ROWS = alt.Scale(paddingInner=0.3)
BARS = alt.Scale(paddingInner=0.1)
ROOM = alt.Scale(domainMin=0, nice=False)  # up to the largest value, which is one beyond the longest bar
LINES = "split(datum.label, '\\n')"


def wrapped(name: str, width: int = 22) -> str:
    """A name cut into lines, so that it is whole on a narrow screen."""
    return "\n".join(textwrap.wrap(name, width, break_long_words=False)) or name


def in_order(names: Iterable[str]) -> list[str]:
    """Each name once, in the order of their first appearance."""
    return list(dict.fromkeys(names))


def labelled(labels: Mapping[str, str], field: str = "label") -> dict[str, Any]:
    """Encodings by which labels are told apart, with one legend for all of them."""
    edges, fills, dashes = zip(*(STYLES[code] for code in labels), strict=True)
    return told_apart(list(labels.values()), field, edges, fills) | {
        "strokeDash": _ordinal(alt.StrokeDash, field, list(labels.values()), dashes)
    }


def told_apart(names: Sequence[str], field: str, edges: Sequence[str], fills: Sequence[str]) -> dict[str, Any]:
    """Encodings of edge and filling."""
    return {"stroke": _ordinal(alt.Stroke, field, names, edges), "fill": _ordinal(alt.Fill, field, names, fills)}


def legend(columns: int = 2) -> alt.Legend:
    """A legend above the chart that fits a phone."""
    return alt.Legend(
        orient="top", direction="horizontal", columns=columns, labelLimit=0, symbolType="square", symbolSize=120
    )


def name_axis(bold: str = "false", expression: str = LINES, *, rising: bool = False) -> alt.Axis:
    """The axis of rows with names, whole and in lines; ``bold`` is a Vega test, and what is bold may stand higher."""
    return alt.Axis(
        labelExpr=expression, labelLimit=0, labelOverlap=False, labelPadding=6, labelBaseline="middle",
        ticks=False, domain=False,
        labelFontWeight={"condition": {"test": bold, "value": "bold"}, "value": "normal"},
        labelOffset={"condition": {"test": bold, "value": -4}, "value": 0} if rising else 0,
    )  # fmt: skip


def head_axis(names: Iterable[str]) -> alt.Axis:
    """The axis of columns with names in lines, above them."""
    most = max((name.count("\n") for name in names), default=0)
    return alt.Axis(
        labelExpr=LINES, labelAngle=0, labelLimit=0, labelOverlap=False, labelFontSize=11, labelLineHeight=13,
        labelPadding=5 + 13 * most, orient="top", ticks=False, domain=False,
    )  # fmt: skip


def count_axis() -> alt.Axis:
    """Whole numbers, their digits grouped."""
    space = "\u202f" if texts.language() == "fr" else ","
    grouped = f"replace(format(datum.value, ',d'), regexp(',', 'g'), '{space}')"
    return alt.Axis(tickMinStep=1, tickCount=5, labelExpr=grouped)


def share_axis() -> alt.Axis:
    """Shares of one as percentages."""
    return alt.Axis(
        tickCount=5, tickMinStep=0.01, labelExpr=f"format(datum.value * 100, 'd') + '{texts.percent_sign()}'"
    )


def signed_axis() -> alt.Axis:
    """Differences with their sign."""
    point = "," if texts.language() == "fr" else "."
    signed = f"replace(format(datum.value, '+.1~f'), '.', '{point}')"
    return alt.Axis(tickCount=5, labelExpr=f"datum.value === 0 ? '0' : {signed}")


def time_axis(period: str) -> alt.Axis:
    """Moments in UTC as years, months or days."""
    names = json.dumps(texts.months(), ensure_ascii=False)
    month = f"{names}[utcmonth(datum.value)] + ' ' + utcyear(datum.value)"
    said = {"year": "'' + utcyear(datum.value)", "month": month, "week": f"utcdate(datum.value) + ' ' + {month}"}
    return alt.Axis(labelExpr=said[period], labelOverlap=True, tickCount=6, labelAngle=0)


def _ordinal(channel: Any, field: str, names: Sequence[str], values: Sequence[Any]) -> Any:
    scale = alt.Scale(type="ordinal", domain=list(names), range=list(values))
    return channel(f"{field}:N", title=None, scale=scale, legend=legend())
