"""Charts of how far the gradient flows back: heat map, lag profile, horizon, paths, Omega."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from undertow.report.charts import (
    Chart,
    ChartTable,
    Option,
    axis,
    cartesian,
    even_axis,
    heat_map,
    line,
    log_axis,
    mark,
    marks,
    shades,
)
from undertow.report.numbers import evenly, figure
from undertow.report.read import Absent, Event, Found, LayerRecord
from undertow.report.tolerant import tolerant

__all__ = ["GONE", "READING", "heat", "horizon", "lag_profile", "omega", "paths"]

#: The relative gradient under which the horizon ends.
GONE = 0.01

_MOST_LINES = 160
#: How to read :func:`heat`.
READING = (
    "Each column is one moment of training, each row a number of steps back from the end of a window. Pale: the "
    "learning signal is as strong there as at the last step. Blue: it has faded on its way back; orange: it has grown. "
    "Empty: no gradient at all, or no such step."
)

_LAG = "steps back (lag)"

#: A row by lag, a number for each lag.
ByLag = Sequence[float | None]


@tolerant
def heat(layer: LayerRecord, component: str, cells: int) -> Chart | Absent:
    """The total gradient of a state component by lag (up) and training step (across), in at most ``cells`` cells."""
    history = [
        (f.step, f.value["total"][component], _at_the_end(f.value["total"]))
        for f in layer.history("gradient")
        if component in f.value["total"]
    ]
    if not history:
        return _reason(layer.latest("gradient"))
    shown = evenly(history, max(2, cells // 50))
    longest = max(len(values) for _, values, _ in shown)
    lags = range(0, longest, math.ceil(longest * len(shown) / cells))
    rows = [[step, *(_relative(values, lag, end) for lag in lags)] for step, values, end in shown]
    found = [v for row in rows for v in row[1:] if v is not None]
    if not found:
        return Absent("the gradient at the last step is zero or unknown in every measurement")
    bound = min(4, max(1, math.ceil(max(abs(v) for v in found))))
    thinned = len(shown) < len(history) or len(lags) < longest
    measured = f"{len(history)} measurements of {longest} steps"
    return Chart(
        title=component,
        summary=f"Heat map of the gradient of {component} by lag over training, relative to the last step, {measured}.",
        reading="",
        note=f"{len(shown)} of {len(history)} measurements, {len(lags)} of {longest} lags" if thinned else "",
        option=_heat_option([step for step, _, _ in shown], lags, bound),
        table=ChartTable(["step", *(f"lag {lag}" for lag in lags)], rows),
        kind="heat",
    )


def _at_the_end(total: Mapping[str, ByLag]) -> float:
    """The gradient at the last step, of all components together: to some the loss puts nothing there itself."""
    return math.hypot(*(values[0] or 0.0 for values in total.values() if values))


def _relative(values: ByLag, lag: int, end: float) -> float | None:
    """log10 of the gradient at ``lag`` over ``end``; None where either is zero, unknown or not there."""
    value = values[lag] if lag < len(values) else None
    return round(math.log10(value / end), 2) if value and end else None


def _heat_option(steps: list[int], lags: range, bound: int) -> Option:
    ticks = {"interval": next(n for n in (1, 2, 5, 10, 20, 25, 50, 100, len(lags)) if len(lags) <= 8 * n) - 1}
    across = axis("training step", "category", data=[f"{s:,}" for s in steps])
    back = axis(_LAG, "category", data=[str(lag) for lag in lags], axisLabel=ticks, splitLine={"show": False})
    scale = {
        "type": "continuous",
        "min": -bound,
        "max": bound,
        "precision": 1,
        "calculable": False,
        "hoverLink": False,
        "orient": "horizontal",
        "left": 42,
        "top": 0,
        "itemWidth": 10,
        "itemHeight": 110,
        "text": [f"\N{MULTIPLICATION SIGN}10{_superscript(bound)}", f"\N{MULTIPLICATION SIGN}10{_superscript(-bound)}"],
        "textStyle": {"color": "var(--soft)", "fontSize": 11.5},
        "inRange": shades(1, 9),
    }
    return heat_map(across, back, scale, "@heat", grid={"top": 56})


@tolerant
def lag_profile(layer: LayerRecord, most: int) -> Chart | Absent:
    """R_k by lag (at most ``most`` of them), of the whole state and by component, with horizon and reach."""
    found = layer.latest("lag_profile")
    if isinstance(found, Absent):
        return found
    profile = found.value
    curves = {"joint": profile["joint"]}
    curves |= {name: values for name, values in profile.items() if name not in ("joint", "probes")}
    table = _by_lag(curves, most)
    reach, horizon = layer.reach, layer.latest("horizon")
    lines = [mark({"yAxis": GONE}, f"{GONE:g}", "insideEndTop", "var(--soft)")]
    if isinstance(horizon, Found):
        lines.append(mark({"xAxis": horizon.value["steps"]}, f"horizon {_horizon(horizon.value)}", "insideStartTop"))
    if reach is not None:
        lines.append(mark({"xAxis": reach}, f"reach {figure(reach)}", "insideEndBottom"))
    back = log_axis("relative to lag 0", [v for row in table.rows for v in row[1:]] + [GONE / 2])
    series = [line(name, n + 1, n) for n, name in enumerate(curves)]
    reached = f" The horizon is {_horizon(horizon.value)} steps." if isinstance(horizon, Found) else ""
    return Chart(
        title="Lag profile",
        summary=f"Line chart of how much gradient is left after how many steps back.{reached}",
        reading=(
            "A signal is put in at one step and followed back through time: how much of it is left so many steps "
            f"earlier? The horizon is the last step at which at least {GONE:.0%} arrives; the reach is how far back "
            "the task needs to learn. A horizon left of the reach means that what lies beyond can hardly be learned."
        ),
        note=_as_of(layer, found),
        option=cartesian(even_axis(_LAG, [len(profile["joint"]) - 1, reach]), back, [*series, marks(lines)]),
        table=table,
    )


@tolerant
def horizon(layer: LayerRecord) -> Chart | Absent:
    """The horizon over training, and the reach."""
    history = evenly(layer.history("horizon"), _MOST_LINES)
    if len(history) < 2:
        return Absent("it takes two measurements, and there are fewer") if history else _reason(layer.latest("horizon"))
    growths = [f.value.get("growth") for f in history]
    factors = [None if growth is None else math.exp(growth) for growth in growths]
    rows = [
        [f.step, f.value["steps"], "yes" if f.value.get("open") else "no", factor]
        for f, factor in zip(history, factors, strict=True)
    ]
    lines = [mark({"yAxis": layer.reach}, f"reach {figure(layer.reach)}", "insideStartTop")] if layer.reach else []
    return Chart(
        title="Horizon over training",
        summary=f"Line chart of the horizon: {rows[0][1]} steps at first, {_horizon(history[-1].value)} at the end.",
        reading=(
            "How many steps back the gradient could be felt at each moment of training. Networks often start "
            "short-sighted and learn to look back; a line that stays far under the reach doesn't."
        ),
        option=cartesian(
            axis("training step"),
            even_axis("horizon (steps)", [*(1.04 * row[1] for row in rows), 1.04 * (layer.reach or 0)]),
            [line("horizon", 1, 0), marks(lines)],
        ),
        table=ChartTable(["step", "horizon (steps)", "at least (window ended)", "factor a step"], rows),
    )


@tolerant
def paths(layer: LayerRecord, most: int) -> Chart | Absent:
    """The carried gradient in its parts: along the highway, and through gates, by name."""
    found = layer.latest("paths")
    if isinstance(found, Absent):
        return found
    gates = {f"through {name}": values for name, values in found.value.get("by_gate", {}).items()}
    curves = {"highway": found.value["highway"], "gated, all": found.value["gated"], **gates}
    table = _by_lag(curves, most)
    series = [line(name, n + 1, n, lineStyle=_weight(n)) for n, name in enumerate(curves)]
    return Chart(
        title="Paths of the gradient",
        summary=f"Line chart of the gradient's parts by lag: {', '.join(curves)}.",
        reading=(
            "The gradient goes back on two kinds of paths: along the highway, where the state is handed on with the "
            "gates held still, and through the gates. Where the highway's line lies on top, memory is kept by the "
            "cell's own design; where it falls away, only the gates carry what is left."
        ),
        note=_as_of(layer, found),
        option=cartesian(
            axis(_LAG, min=0), log_axis("RMS per unit", [v for row in table.rows for v in row[1:]]), series
        ),
        table=table,
    )


def _weight(number: int) -> Option:
    """The highway and the gated whole are drawn heavier than the gated parts."""
    style: Option = line("", 0, number)["lineStyle"]
    return style | {"width": 2.5 if number < 2 else 1.5}


@tolerant
def omega(layer: LayerRecord, most: int) -> Chart | Absent:
    """Pascanu's Omega by lag."""
    found = layer.latest("omega")
    if isinstance(found, Absent):
        return found
    mean = found.value.get("mean")
    table = _by_lag({"Omega": found.value["by_lag"]}, most)
    return Chart(
        title="Pascanu's \N{GREEK CAPITAL LETTER OMEGA}",
        summary=f"Line chart of Omega by lag; its mean is {figure(mean)}.",
        reading=(
            "How much a single step back changes the gradient's size: 0 means that it keeps it, 1 that it takes all of "
            "it away, more that it blows it up (Pascanu, Mikolov and Bengio 2013). Long memory wants values near 0."
        ),
        note=f"Mean {figure(mean)}. {_as_of(layer, found)}".strip() if mean is not None else _as_of(layer, found),
        option=cartesian(
            axis(_LAG, min=0),
            axis("\N{GREEK CAPITAL LETTER OMEGA}", min=0),
            [line("Omega", 1, 0)],
        ),
        table=table,
    )


def _by_lag(curves: dict[str, ByLag], most: int) -> ChartTable:
    longest = max(len(values) for values in curves.values())
    lags = range(0, longest, math.ceil(longest / most) or 1)
    rows = [[lag, *(values[lag] if lag < len(values) else None for values in curves.values())] for lag in lags]
    return ChartTable(["lag (steps back)", *curves], rows)


def _horizon(value: Event) -> str:
    """``23``, or ``at least 23``."""
    return f"at least {value['steps']}" if value.get("open") else str(value["steps"])


def _as_of(layer: LayerRecord, found: Found) -> str:
    """That a figure is older than the last measurement, if it is."""
    last = layer.last.get("step")
    return "" if found.step == last else f"As of step {found.step:,}: later measurements don't have it."


def _reason(found: Found | Absent) -> Absent:
    return found if isinstance(found, Absent) else Absent("the measurement has no such part")


def _superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
