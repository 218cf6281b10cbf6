"""Charts over counts that were made elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import texts

PALETTE = {"favor": "#009E73", "against": "#D55E00", "none": "#8C8C8C", "cited": "#0072B2", "rejected": "#E69F00"}
UNDECIDED_COLOUR = "#C9C9C9"


def counts_chart(
    rows: pd.DataFrame, *, group: str, label: str, labels: Sequence[str], colours: Sequence[str]
) -> alt.Chart:
    """Bars of counts: for each group a bar per language, cut by label.

    Args:
        rows: columns ``group``, ``label``, ``language``, ``comments``, ``bar`` (the name of the bar, in the order of
            the bars), ``order`` (of the labels).
        group: title of the groups.
        label: title of the labels.
        labels: the labels in order.
        colours: theirs.
    """
    bars = list(dict.fromkeys(rows["bar"]))
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_bar(cornerRadius=1)
        .encode(
            y=alt.Y("bar:N", title=None, sort=bars, axis=alt.Axis(labelLimit=260, ticks=False, domain=False)),
            x=alt.X(
                "sum(comments):Q",
                title=texts.text("overview.number"),
                axis=alt.Axis(tickMinStep=1, format="d", tickCount=6),
            ),
            color=alt.Color(
                "label:N",
                title=None,
                scale=alt.Scale(domain=list(labels), range=list(colours)),
                legend=alt.Legend(orient="top", columns=4, labelLimit=200),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("group:N", title=group),
                alt.Tooltip("label:N", title=label),
                alt.Tooltip("language:N", title=texts.text("overview.lang")),
                alt.Tooltip("sum(comments):Q", title=texts.text("overview.number")),
            ],
        )
        .properties(height=alt.Step(28))
    )
    return chart
