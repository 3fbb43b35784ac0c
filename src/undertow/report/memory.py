"""Charts of what keeps memory: forget half lives, recurrent matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

from undertow.report.charts import Chart, ChartTable, axis, cartesian, colour, mark, marks
from undertow.report.numbers import counted, figure, percent
from undertow.report.read import Absent, LayerRecord
from undertow.report.tolerant import tolerant

__all__ = ["half_lives", "matrices"]


@tolerant
def half_lives(layer: LayerRecord) -> Chart | Absent:
    """How many units forget how fast: bins that double, and the units that never forget."""
    found = layer.latest("half_life")
    if isinstance(found, Absent):
        return found
    units, gate = found.value["units"], found.value.get("gate", "forget")
    if not units:
        return Absent("the measurement has no units")
    bins = _doubling(units)
    reach = layer.reach
    series = {
        "type": "bar",
        "name": "units",
        "encode": {"x": 0, "y": 1},
        "barCategoryGap": "14%",
        "itemStyle": {"color": colour(0), "borderRadius": [3, 3, 0, 0]},
        "label": {"show": True, "position": "top", "color": "var(--soft)", "fontSize": 11.5},
    }
    category = axis("half life from (steps)", "category", axisTick={"show": False})
    category["axisLabel"] = {"interval": 0, "formatter": "@from"}
    return Chart(
        title=f"Forget half lives (gate {gate})",
        summary=f"Bar chart of {counted(len(units), 'unit')} by half life; the middle one is {figure(_middle(units))}.",
        reading=(
            "After one half life a unit has forgotten half of what it held. Units on the left follow the last few "
            "steps; those on the right carry what happened long ago."
        ),
        note=_reaching(units, reach),
        option=cartesian(category, axis("units", minInterval=1), [series]),
        table=ChartTable(["half life (steps)", "units"], bins),
        kind="bars",
    )


def _doubling(units: Sequence[float | None]) -> list[tuple[str, int]]:
    """How many half lives lie in under 1, 1-2, 2-4, ... steps, without empty ends; infinite ones last."""
    places = [0 if u < 1 else math.floor(math.log2(u)) + 1 for u in units if u is not None]
    bins = []
    for place in range(min(places), max(places) + 1) if places else []:
        label = "<1" if place == 0 else f"{2 ** (place - 1):,}\N{EN DASH}{2**place:,}"
        bins.append((label, places.count(place)))
    endless = sum(u is None for u in units)
    return [*bins, ("\N{INFINITY}", endless)] if endless else bins


def _middle(units: Sequence[float | None]) -> float | None:
    return sorted(units, key=lambda u: math.inf if u is None else u)[len(units) // 2]


def _reaching(units: Sequence[float | None], reach: float | None) -> str:
    if reach is None:
        return ""
    far = sum(u is None or u >= reach for u in units)
    whole = f"{far:,} of {counted(len(units), 'unit')} ({percent(far / len(units))})"
    return f"{whole} keep half for the reach of {figure(reach)} steps or longer."


@tolerant
def matrices(layer: LayerRecord) -> Chart | Absent:
    """Spectral radius and largest singular value of the recurrent matrix, by gate."""
    found = layer.latest("matrices")
    if isinstance(found, Absent):
        return found
    measures = {"spectral radius": "spectral_radius", "largest singular value": "largest_singular_value"}
    rows = [[gate, *(values.get(key) for key in measures.values())] for gate, values in found.value.items()]
    series = [
        {
            "type": "bar",
            "name": name,
            "encode": {"x": 0, "y": n + 1},
            "barGap": "8%",
            "barMaxWidth": 44,
            "itemStyle": {"color": colour(n), "borderRadius": [3, 3, 0, 0]},
        }
        for n, name in enumerate(measures)
    ]
    category = axis("gate", "category", axisTick={"show": False})
    category["axisLabel"] = {"color": "var(--ink)", "fontSize": 12.5, "interval": 0}
    return Chart(
        title="Recurrent matrices",
        summary="Bar chart by gate: "
        + "; ".join(f"{gate}: radius {figure(r)}, singular value {figure(s)}" for gate, r, s in rows)
        + ".",
        reading=(
            "What each gate's matrix does to the state it is multiplied with at every step. A largest singular value "
            "under 1 shrinks whatever passes; a spectral radius over 1 lets something grow from step to step, unless "
            "the gates hold it."
        ),
        option=cartesian(category, axis("value", min=0), [*series, marks([mark({"yAxis": 1}, "")])]),
        table=ChartTable(["gate", *measures], rows),
        kind="bars",
    )
