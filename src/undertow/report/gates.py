"""Charts of the gates: what they are set to, and how often they are stuck."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from undertow.report.charts import Chart, ChartTable, Option, axis, cartesian, colour, line
from undertow.report.numbers import evenly, figure, percent
from undertow.report.read import Absent, LayerRecord
from undertow.report.tolerant import tolerant

__all__ = ["FIGURES", "figures", "histograms", "saturation"]

_MOST_LINES = 160

#: The columns of :func:`figures`.
FIGURES = (
    "gate", "activation", "mean", "low", "high", "outside", "saturated units", "pre-activation: 5%", "middle", "95%",
)  # fmt: skip


@tolerant
def histograms(layer: LayerRecord) -> list[Chart] | Absent:
    """One small chart a gate: shares of its activations over their range."""
    found = layer.latest("gates")
    if isinstance(found, Absent):
        return found
    charts = [_histogram(layer.gate(gate), facts, number) for number, (gate, facts) in enumerate(found.value.items())]
    return charts or Absent("the cell has no gates")


def _histogram(gate: str, facts: dict[str, Any], number: int) -> Chart:
    shares: Sequence[float] = facts["histogram"]
    low, high = facts["range"]
    width = (high - low) / len(shares)
    middles = [low + (n + 0.5) * width for n in range(len(shares))]
    bars = {
        "type": "bar",
        "name": "share",
        "encode": {"x": 0, "y": 1},
        "barCategoryGap": "8%",
        "itemStyle": {"color": colour(number), "borderRadius": [2, 2, 0, 0]},
    }
    category = axis(facts["activation"], "category", axisTick={"show": False}, nameGap=22)
    category["axisLabel"] = _ends(low, high, len(shares))
    up = axis("", min=0, axisLabel={"show": False}, splitLine={"show": False})
    option = cartesian(category, up, [bars])
    option["grid"] = {"left": 12, "right": 12, "top": 6, "bottom": 42}
    option["tooltip"] = {"valueFormatter": "@percent"}
    stuck = facts.get("saturated_units")
    return Chart(
        title=gate,
        summary=f"Histogram of gate {gate} from {figure(low)} to {figure(high)}; mean {figure(facts.get('mean'))}.",
        reading="",
        option=option,
        table=ChartTable([f"{gate} (middle of bin)", "share of activations"], list(zip(middles, shares, strict=True))),
        kind="small",
        note=(
            f"low {percent(facts.get('low'))}, high {percent(facts.get('high'))}"
            + (f", {figure(stuck)} saturated" if stuck is not None else "")
        ),
    )


def _ends(low: float, high: float, bins: int) -> Option:
    """Labels under the first and the last bar alone: the ends of the range."""
    return {"interval": 0, "formatter": f"@ends:{low:g}:{high:g}:{bins}"}


@tolerant
def figures(layer: LayerRecord) -> list[list[str]] | Absent:
    """The gates' figures as a table, a row a gate."""
    found = layer.latest("gates")
    if isinstance(found, Absent):
        return found
    rows = []
    for gate, facts in found.value.items():
        before = facts.get("preactivation") or {}
        rows.append(
            [
                layer.gate(gate),
                str(facts.get("activation", "")),
                figure(facts.get("mean")),
                *(percent(facts.get(key)) for key in ("low", "high", "outside")),
                figure(facts.get("saturated_units")),
                *(figure(before.get(key)) for key in ("q05", "q50", "q95")),
            ]
        )
    return rows


@tolerant
def saturation(layer: LayerRecord) -> Chart | Absent:
    """The share of pre-activations outside [-4, 4] over training, by gate."""
    history = evenly(layer.history("gates"), _MOST_LINES)
    if len(history) < 2:
        found = layer.latest("gates")
        return found if isinstance(found, Absent) else Absent("it takes two measurements, and there is one")
    gates = [g for g in history[-1].value if any(f.value.get(g, {}).get("outside") is not None for f in history)]
    if not gates:
        return Absent("no gate's pre-activations can be told from its activations")
    rows = [[f.step, *(f.value.get(gate, {}).get("outside") for gate in gates)] for f in history]
    names = [layer.gate(gate) for gate in gates]
    series = [line(name, n + 1, n) for n, name in enumerate(names)]
    option = cartesian(axis("training step"), axis("share outside [\N{MINUS SIGN}4, 4]", min=0), series)
    option["tooltip"] = {"valueFormatter": "@percent"}
    option["yAxis"]["axisLabel"] = {"formatter": "@percent"}
    return Chart(
        title="Saturation over training",
        summary=f"Line chart of the share of saturated pre-activations of the gates {', '.join(names)}.",
        reading=(
            "How often a gate is pushed so far to one side that it hardly reacts any more, and learns hardly anything. "
            "Some saturation is how a network decides; a line that climbs towards 100% is a gate that is stuck."
        ),
        option=option,
        table=ChartTable(["step", *names], rows),
    )
