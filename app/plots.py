"""What the charts draw: one function per chart, over numbers that were made elsewhere.

How a chart is drawn does not depend on its numbers, so that it is said once for all numbers with the same names:
Altair takes a hundred times as long for it as the numbers take. Each function prepares the rows; the one below it of
the same name says how they are drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import look
import pandas as pd

Pairs = tuple[tuple[Any, str], ...]

_ROWS = alt.NamedData("rows")
_kept = lru_cache(maxsize=256)


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart: its rows, and how they are drawn (Vega-Lite as JSON, with the data ``rows``)."""

    rows: pd.DataFrame
    drawn: str

    def spec(self) -> dict[str, Any]:
        """How the rows are drawn, without them."""
        found: dict[str, Any] = json.loads(self.drawn)
        return found


def stacked(rows: pd.DataFrame, labels: Mapping[str, str], *, axis: str, group: str, label: str, part: str) -> Plot:
    """Bars of counts, cut by label, one for each part of a group.

    Args:
        rows: columns ``group``, ``code`` (of the part), ``part``, ``label`` (in words), ``units``, ``order`` (of the
            labels).
        labels: the labels in words by their codes, in order.
        axis: title of the counts.
        group: title of the groups in the tooltip.
        label: that of the labels.
        part: that of the parts.
    """
    most = max(1, int(rows.groupby(["group", "code"])["units"].sum().max()))
    data = rows.assign(line=[look.wrapped(name) for name in rows["group"]], most=most * 1.25)
    lines, codes = look.in_order(data["line"]), look.in_order(data["code"])
    return Plot(data, _stacked(tuple(labels.items()), tuple(lines), tuple(codes), axis, group, label, part))


@_kept
def _stacked(
    labels: Pairs, lines: Sequence[str], codes: Sequence[str], axis: str, group: str, label: str, part: str
) -> str:
    base = alt.Chart(_ROWS).encode(
        y=alt.Y("line:N", title=None, sort=lines, axis=look.name_axis(), scale=look.ROWS),
        yOffset=alt.YOffset("code:N", sort=codes, scale=look.BARS),
        x=alt.X("sum(units):Q", title=axis, axis=look.count_axis(), scale=look.ROOM),
    )
    bars = base.mark_bar(strokeWidth=1.2, cornerRadius=1).encode(
        order=alt.Order("order:Q"),
        tooltip=[
            *_tooltip({"group": group, "part": part, "label": label}),
            alt.Tooltip("sum(units):Q", title=axis),
        ],
        **look.labelled(dict(labels)),
    )
    names = base.mark_text(align="left", dx=5, fontSize=12, color=look.GREY).encode(text="code:N")
    # unseen: it leaves room to the right of the longest bar
    room = alt.Chart(_ROWS).mark_rule(opacity=0, aria=False).encode(x=alt.X("max(most):Q", title=axis))
    return _json(alt.layer(room, bars, names).properties(height=alt.Step(24)))


def signed_bars(
    rows: pd.DataFrame, statuses: Mapping[str, str], *, axis: str, row: str, status: str, chosen: tuple[str, str]
) -> Plot:
    """A bar for each status of each row, named and numbered; a click chooses row and status (selection ``bar``).

    Args:
        rows: columns ``key``, ``name``, ``code`` (of the status), ``status`` (in words), ``units``, ``said``.
        statuses: the statuses in words by their codes, in order.
        axis: title of the counts.
        row: title of the rows in the tooltip.
        status: that of the statuses.
        chosen: key and status that are shown as chosen.
    """
    most = max(1, int(rows["units"].max()))
    data = rows.assign(
        line=[look.wrapped(name) for name in rows["name"]],
        end=[f"{name} {said}" for name, said in zip(rows["status"], rows["said"], strict=True)],
        chosen=[(key, code) == chosen for key, code in zip(rows["key"], rows["code"], strict=True)],
        begin=0,
        most=most * 1.6,
    )
    here = [line for line, key in zip(data["line"], data["key"], strict=True) if key == chosen[0]]
    lines = tuple(look.in_order(data["line"]))
    return Plot(data, _signed_bars(tuple(statuses.items()), lines, here[0] if here else "", axis, row, status))


@_kept
def _signed_bars(statuses: Pairs, lines: Sequence[str], here: str, axis: str, row: str, status: str) -> str:
    base = alt.Chart(_ROWS).encode(
        y=alt.Y("line:N", title=None, sort=lines, axis=look.name_axis(_is_one_of([here])), scale=look.ROWS),
        yOffset=alt.YOffset("status:N", sort=[name for _, name in statuses], scale=look.BARS),
        tooltip=_tooltip({"name": row, "status": status, "said": axis}),
    )
    counts = alt.X("units:Q", title=axis, axis=look.count_axis(), scale=look.ROOM)
    unnamed = {channel: encoding.legend(None) for channel, encoding in look.labelled(dict(statuses), "status").items()}
    bars = base.mark_bar(strokeWidth=1.2, cornerRadius=1).encode(x=counts, **unnamed)
    ends = base.mark_text(align="left", dx=5, fontSize=12, color=look.GREY).encode(x=counts, text="end:N")
    # a frame around what is chosen, and over all of it what takes the click, however short the bar
    span = {"x": alt.X("begin:Q"), "x2": "most:Q"}
    frame = (
        base.transform_filter("datum.chosen")
        .mark_bar(filled=False, stroke=look.GREY, strokeWidth=1.5, aria=False)
        .encode(**span)
    )
    click = alt.selection_point(name="bar", fields=["key", "code"], on="click", empty=False)
    hit = base.mark_bar(opacity=0.001, cursor="pointer").encode(**span).add_params(click)
    return _json(alt.layer(bars, ends, frame, hit).properties(height=alt.Step(18)))


def found(
    rows: pd.DataFrame, verdicts: Mapping[bool, str], *, axis: str, titles: Mapping[str, str], chosen: str
) -> Plot:
    """A bar for each group that was found, the unstable ones grey and said to be so; a click chooses one (``bar``).

    Args:
        rows: columns ``key``, ``name``, ``code`` (``stable`` or ``unstable``), ``units``, ``said``, ``verdict``,
            ``coverage``, ``stability`` (in words).
        verdicts: what a stable (true) and an unstable one are called.
        axis: title of the counts.
        titles: those of ``theme``, ``verdict``, ``coverage`` and ``stability`` in the tooltip.
        chosen: the key that is shown as chosen.
    """
    most = max(1, int(rows["units"].max()))
    ends = zip(rows["said"], rows["coverage"], rows["code"], rows["verdict"], strict=True)
    data = rows.assign(
        line=[look.wrapped(name) for name in rows["name"]],
        end=[" · ".join([said, share, *([verdict] * (code == "unstable"))]) for said, share, code, verdict in ends],
        chosen=rows["key"] == chosen,
        begin=0,
        most=most * 1.6,
    )
    here = tuple(line for line, own in zip(data["line"], data["chosen"], strict=True) if own)
    shown = {"name": titles["theme"], "said": axis}
    shown |= {key: titles[key] for key in ("coverage", "stability", "verdict")}
    lines = tuple(look.in_order(data["line"]))
    return Plot(data, _found(tuple(verdicts.items()), lines, here, axis, tuple(shown.items())))


@_kept
def _found(named: Pairs, lines: Sequence[str], here: Sequence[str], axis: str, titles: Pairs) -> str:
    verdicts = dict(named)
    base = alt.Chart(_ROWS).encode(
        y=alt.Y("line:N", title=None, sort=lines, axis=look.name_axis(_is_one_of(here)), scale=look.ROWS),
        tooltip=_tooltip(dict(titles)),
    )
    counts = alt.X("units:Q", title=axis, axis=look.count_axis(), scale=look.ROOM)
    styles = look.labelled({code: verdicts[code == "stable"] for code in ("stable", "unstable")}, "verdict")
    bars = base.mark_bar(strokeWidth=1.2, cornerRadius=1).encode(
        x=counts, **{channel: encoding.legend(None) for channel, encoding in styles.items()}
    )
    texts = base.mark_text(align="left", dx=5, fontSize=12, color=look.GREY).encode(x=counts, text="end:N")
    span = {"x": alt.X("begin:Q"), "x2": "most:Q"}
    frame = (
        base.transform_filter("datum.chosen").mark_bar(filled=False, stroke=look.GREY, strokeWidth=1.5).encode(**span)
    )
    click = alt.selection_point(name="bar", fields=["key"], on="click", empty=False)
    hit = base.mark_bar(opacity=0.001, cursor="pointer").encode(**span).add_params(click)
    return _json(alt.layer(bars, texts, frame, hit).properties(height=alt.Step(44)))


def side_by_side(rows: pd.DataFrame, sides: Sequence[str], *, axis: str, row: str, side: str) -> Plot:
    """The shares of labels in two selections.

    Args:
        rows: columns ``key`` (of the row, ``group/label``), ``group``, ``label``, ``side`` (in words), ``share``,
            ``said`` (in words).
        sides: the two selections in words.
        axis: title of the shares.
        row: title of the rows in the tooltip.
        side: that of the selections.
    """
    return Plot(rows, _side_by_side(_names(rows), tuple(sides), axis, row, side))


@_kept
def _side_by_side(names: Pairs, sides: Sequence[str], axis: str, row: str, side: str) -> str:
    edges, fills = zip(*look.SIDES, strict=True)
    bars = alt.Chart(_ROWS).mark_bar(strokeWidth=1.2, cornerRadius=1).encode(
        y=_grouped(names),
        yOffset=alt.YOffset("side:N", sort=list(sides), scale=look.BARS),
        x=alt.X("share:Q", title=axis, axis=look.share_axis()),
        tooltip=_tooltip({"group": row, "label": " ", "side": side, "said": axis}),
        **look.told_apart(sides, "side", edges, fills),
    )  # fmt: skip
    return _json(alt.layer(bars).properties(height=alt.Step(13)))


def differences(rows: pd.DataFrame, *, axis: str, row: str, interval: str, verdicts: Mapping[bool, str]) -> Plot:
    """Differences of shares with their intervals, filled where they are more than chance.

    Args:
        rows: columns ``key`` (of the row, ``group/label``), ``group``, ``label``, ``difference``, ``low``, ``high`` (in
            percentage points), ``sure``, ``said``, ``between`` (difference and interval in words).
        axis: title of the differences.
        row: title of the rows in the tooltip.
        interval: that of the intervals.
        verdicts: what a filled (true) and an empty point (false) say.
    """
    data = rows.assign(verdict=[verdicts[sure] for sure in rows["sure"]], zero=0)
    return Plot(data, _differences(_names(rows), (verdicts[True], verdicts[False]), axis, row, interval))


@_kept
def _differences(names: Pairs, verdicts: Sequence[str], axis: str, row: str, interval: str) -> str:
    tooltip = _tooltip({"group": row, "label": " ", "said": axis, "between": interval, "verdict": "  "})
    base = alt.Chart(_ROWS).encode(y=_grouped(names), tooltip=tooltip)
    title = look.wrapped(axis, 32).split("\n")
    at_zero = alt.X("min(zero):Q", title=title)
    zero = alt.Chart(_ROWS).mark_rule(color=look.GREY, strokeDash=[4, 3], aria=False).encode(x=at_zero)
    spread = base.mark_rule(strokeWidth=2, color=look.BLUE).encode(
        x=alt.X("low:Q", title=title, axis=look.signed_axis()), x2="high:Q"
    )
    fill = alt.Fill(
        "verdict:N", title=None, legend=look.legend(columns=1),
        scale=alt.Scale(domain=list(verdicts), range=[look.BLUE, "#FFFFFF"]),
    )  # fmt: skip
    points = base.mark_point(size=80, strokeWidth=2, opacity=1).encode(
        x="difference:Q", stroke=alt.value(look.BLUE), fill=fill
    )
    return _json(alt.layer(zero, spread, points).properties(height=alt.Step(28)))


def shares(rows: pd.DataFrame, kinds: tuple[str, str], *, axis: str, row: str, interval: str) -> Plot:
    """Shares as counted (empty diamonds) and as corrected (filled points with their interval).

    Args:
        rows: columns ``key`` (of the row, ``group/label``), ``group``, ``label``, ``counted``, ``corrected``, ``low``,
            ``high`` (of one), ``said_counted``, ``said``, ``between`` (in words).
        kinds: what the two shares are called.
        axis: title of the shares.
        row: title of the rows in the tooltip.
        interval: that of the intervals.
    """
    return Plot(rows, _shares(_names(rows), kinds, axis, row, interval, bool(rows["low"].notna().any())))


@_kept
def _shares(names: Pairs, kinds: tuple[str, str], axis: str, row: str, interval: str, known: bool) -> str:
    titles = {"group": row, "label": " ", "said_counted": kinds[0], "said": kinds[1], "between": interval}
    base = alt.Chart(_ROWS).encode(y=_grouped(names), tooltip=_tooltip(titles))
    spread = base.mark_rule(strokeWidth=2.5, color=look.BLUE, aria=known).encode(  # no name for what is empty
        x=alt.X("low:Q", title=axis, axis=look.share_axis(), scale=alt.Scale(domainMin=0)), x2="high:Q"
    )
    shapes = alt.Scale(domain=list(kinds), range=["diamond", "circle"])
    fills = alt.Scale(domain=list(kinds), range=["rgba(0, 0, 0, 0)", look.BLUE])
    marks = [
        base.transform_calculate(kind=f"'{kind}'")
        .mark_point(size=size, strokeWidth=1.8, opacity=1, stroke=colour)
        .encode(
            x=f"{field}:Q",
            shape=alt.Shape("kind:N", title=None, scale=shapes, legend=_shape_legend()),
            fill=alt.Fill("kind:N", title=None, scale=fills, legend=_shape_legend()),
        )
        for kind, field, size, colour in (
            (kinds[0], "counted", 75, look.GREY),
            (kinds[1], "corrected", 60, look.BLUE),
        )
    ]  # fmt: skip
    return _json(alt.layer(spread, *marks).properties(height=alt.Step(24)))


def heat(
    rows: pd.DataFrame, *, down: str, across: str, axis: str, chosen: tuple[str, str], columns: Sequence[str]
) -> Plot:
    """A table of counts, the more the darker; a click chooses a cell (selection ``cell``).

    Args:
        rows: columns ``row``, ``column`` (codes), ``down``, ``across`` (in words), ``units``, ``said`` (in words).
        down: title of the rows in the tooltip.
        across: title of the columns.
        axis: title of the counts.
        chosen: row and column that are shown as chosen.
        columns: the columns in words, in order.
    """
    most = max(1, int(rows["units"].max()))
    data = rows.assign(
        line=[look.wrapped(name) for name in rows["down"]],
        head=[look.wrapped(name, 11) for name in rows["across"]],
        chosen=[pair == chosen for pair in zip(rows["row"], rows["column"], strict=True)],
        shade=rows["units"] / most,
    )
    heads = tuple(look.wrapped(name, 11) for name in columns)
    return Plot(data, _heat(tuple(look.in_order(data["line"])), heads, down, across, axis))


@_kept
def _heat(lines: Sequence[str], heads: Sequence[str], down: str, across: str, axis: str) -> str:
    base = alt.Chart(_ROWS).encode(
        y=alt.Y("line:N", title=None, sort=lines, axis=look.name_axis()),
        x=alt.X("head:N", title=across, sort=heads, axis=look.head_axis(heads)),
        tooltip=_tooltip({"down": down, "across": across, "said": axis}),
    )
    shades = alt.Color("shade:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=["#EEF4FA", "#08519C"]))
    cells = base.mark_rect(stroke=look.GREY, strokeWidth=0.5).encode(color=shades)
    frame = base.transform_filter("datum.chosen").mark_rect(filled=False, stroke="#D55E00", strokeWidth=3, aria=False)
    on_dark = alt.condition("datum.shade > 0.5", alt.value("#FFFFFF"), alt.value("#1A1A1A"))
    numbers = base.mark_text(fontSize=14).encode(text="said:N", color=on_dark)
    click = alt.selection_point(name="cell", fields=["row", "column"], on="click", empty=False)
    hit = base.mark_rect(opacity=0.001, cursor="pointer").add_params(click)
    return _json(alt.layer(cells, frame, numbers, hit).properties(height=alt.Step(48)))


def stacked_in_time(
    rows: pd.DataFrame, labels: Mapping[str, str], *, axis: str, time: str, label: str, period: str
) -> Plot:
    """Counts per period, cut by label.

    Args:
        rows: columns ``start``, ``end`` (moments), ``period`` (in words), ``label``, ``units``, ``said``, ``order``.
        labels: the labels in words by their codes, in order.
        axis: title of the counts.
        time: title of the periods.
        label: that of the labels.
        period: ``week``, ``month`` or ``year``.
    """
    edge = 1 if rows["start"].nunique() <= 40 else 0.3
    return Plot(rows[rows["units"] > 0], _stacked_in_time(tuple(labels.items()), edge, axis, time, label, period))


@_kept
def _stacked_in_time(labels: Pairs, edge: float, axis: str, time: str, label: str, period: str) -> str:
    bars = alt.Chart(_ROWS).mark_bar(strokeWidth=edge).encode(
        x=alt.X("start:T", bin="binned", title=time, axis=look.time_axis(period), scale=alt.Scale(type="utc")),
        x2="end:T",
        y=alt.Y("units:Q", title=axis, stack="zero", axis=look.count_axis()),
        order=alt.Order("order:Q"),
        tooltip=_tooltip({"period": time, "label": label, "said": axis}),
        **look.labelled(dict(labels)),
    )  # fmt: skip
    return _json(alt.layer(bars).properties(height=320))


def lines_in_time(
    rows: pd.DataFrame, labels: Mapping[str, str], *, axis: str, time: str, label: str, period: str
) -> Plot:
    """Shares per period with their intervals; a line is cut where a period has nothing, and points of few are empty.

    Args:
        rows: columns ``middle`` (a moment), ``period``, ``label``, ``share``, ``low``, ``high``, ``said``, ``stretch``
            (what a line joins), ``few``.
        labels: the labels in words by their codes, in order.
        axis: title of the shares.
        time: title of the periods.
        label: that of the labels.
        period: ``week``, ``month`` or ``year``.
    """
    return Plot(rows, _lines_in_time(tuple(labels.items()), axis, time, label, period))


@_kept
def _lines_in_time(labels: Pairs, axis: str, time: str, label: str, period: str) -> str:
    names = [name for _, name in labels]
    colours = alt.Scale(domain=names, range=[look.STYLES[code][0] for code, _ in labels])
    shapes = alt.Scale(domain=names, range=["circle", "square", "triangle-up", "diamond"][: len(names)])
    dashes = alt.Scale(domain=names, range=[[1, 0], [6, 3], [2, 2], [1, 4]][: len(names)])
    stroke = alt.Stroke("label:N", title=None, scale=colours, legend=_shape_legend())
    base = alt.Chart(_ROWS).encode(
        x=alt.X("middle:T", title=time, axis=look.time_axis(period), scale=alt.Scale(type="utc", padding=10)),
        stroke=stroke,
        tooltip=_tooltip({"period": time, "label": label, "said": axis}),
    )
    y = alt.Y("share:Q", title=axis, axis=look.share_axis(), scale=alt.Scale(domainMin=0))
    spread = base.mark_rule(opacity=0.35).encode(y=alt.Y("low:Q", title=axis), y2="high:Q")
    line = base.mark_line(strokeWidth=2).encode(
        y=y, detail="stretch:N", strokeDash=alt.StrokeDash("label:N", scale=dashes, legend=None)
    )
    points = base.mark_point(size=55, strokeWidth=1.8).encode(
        y=y,
        shape=alt.Shape("label:N", title=None, scale=shapes, legend=_shape_legend()),
        fill=alt.Fill("label:N", title=None, scale=colours, legend=_shape_legend()),
        fillOpacity=alt.condition("datum.few", alt.value(0), alt.value(1)),
    )
    return _json(alt.layer(spread, line, points).properties(height=320))


def _json(chart: alt.LayerChart) -> str:
    spec = chart.to_dict()
    spec.pop("config", None)  # sizes that a page and a picture have of their own
    return json.dumps(spec)


def _is_one_of(values: Sequence[str]) -> str:
    """A Vega test of the labels of an axis."""
    return f"indexof({json.dumps(values)}, datum.value) >= 0"


def _tooltip(titles: Mapping[str, str]) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]


def _shape_legend() -> alt.Legend:
    return alt.Legend(orient="top", direction="horizontal", columns=2, labelLimit=0, symbolSize=90, symbolOpacity=1)


def _names(rows: pd.DataFrame) -> Pairs:
    """What the rows are called by their keys, each group before its own and an empty row before all but the first."""
    said: dict[str, str] = {}
    for key, group, label in zip(rows["key"], rows["group"], rows["label"], strict=True):
        code = key.partition("/")[0]
        if said and code not in said:
            said[f"/{code}"] = ""
        said.setdefault(code, look.wrapped(group, 30))  # on one line, as a rule
        said.setdefault(key, label)
    return tuple(said.items())


def _grouped(named: Pairs) -> alt.Y:
    """Rows under the name of their group, which has a row of its own in bold."""
    said = dict(named)
    lookup = f"split({json.dumps(said, ensure_ascii=False)}[datum.value], '\\n')"
    names = look.name_axis("indexof(datum.value, '/') < 0", lookup, rising=True)
    return alt.Y("key:N", title=None, sort=list(said), axis=names, scale=alt.Scale(domain=list(said), paddingInner=0.2))
