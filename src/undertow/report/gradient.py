"""Charts of how far the gradient flows back: heat map, lag profile, horizon, paths, Omega."""

from __future__ import annotations

import math
from collections.abc import Sequence

from undertow.report.charts import Chart, Option, Table, axis, base, cartesian, line, log_axis, mark, marks
from undertow.report.numbers import evenly, figure
from undertow.report.read import Absent, Event, Found, Layer

__all__ = ["GONE", "heat", "horizon", "lag_profile", "omega", "paths"]

#: The relative gradient under which the horizon ends.
GONE = 0.01

_MOST_LAGS = 200
_MOST_LINES = 300
_LAG = "steps back (lag)"

#: A row by lag, a number for each lag.
ByLag = Sequence[float | None]


def heat(layer: Layer, component: str, cells: int) -> Chart | Absent:
    """The total gradient of a state component by lag (up) and training step (across), in at most ``cells`` cells."""
    history = [(f.step, f.value["total"][component]) for f in layer.history("gradient") if component in f.value["total"]]
    if not history:
        return _reason(layer.latest("gradient"))
    shown = evenly(history, max(2, min(len(history), cells // 50)))
    longest = max(len(values) for _, values in shown)
    lags = evenly(range(longest), max(2, cells // len(shown)))
    rows = [[step, *(_relative(values, lag) for lag in lags)] for step, values in shown]
    found = [v for row in rows for v in row[1:] if v is not None]
    if not found:
        return Absent("the gradient at the last step is zero or unknown in every measurement")
    bound = min(6, max(1, math.ceil(max(abs(v) for v in found))))
    thinned = len(shown) < len(history) or len(lags) < longest
    measured = f"{len(history)} measurements of {longest} steps"
    return Chart(
        title=f"Gradient by step over training: {component}",
        summary=f"Heat map of the gradient of {component} by lag over training, relative to the last step, {measured}.",
        reading=(
            "Each column is one moment of training, each row a number of steps back from the end of a window. White: the "
            "learning signal is as strong there as at the last step. Blue: it has faded on its way back; orange: it has grown. "
            "Empty: no gradient at all, or no such step."
        ),
        note=f"{len(shown)} of {len(history)} measurements and {len(lags)} of {longest} lags are shown." if thinned else "",
        option=_heat_option([step for step, _ in shown], list(lags), bound),
        table=Table(["step", *(f"lag {lag}" for lag in lags)], rows),
        kind="heat",
    )


def _relative(values: ByLag, lag: int) -> float | None:
    """log10 of the gradient at ``lag`` relative to the last step; None where either is zero, unknown or not there."""
    if lag >= len(values) or not values[0] or not values[lag]:
        return None
    return round(math.log10(values[lag] / values[0]), 2)  # type: ignore[operator]  # neither is None here


def _heat_option(steps: list[int], lags: list[int], bound: int) -> Option:
    labels = {"color": "var(--soft)", "fontSize": 11.5, "hideOverlap": True}
    across = axis("training step", "category", data=[f"{s:,}" for s in steps], axisLabel=labels, splitLine={"show": False})
    back = axis(
        _LAG, "category", across=False, data=[str(lag) for lag in lags], axisLabel=labels, splitLine={"show": False}
    )
    scale = {
        "type": "continuous",
        "min": -bound,
        "max": bound,
        "precision": 1,
        "calculable": False,
        "orient": "horizontal",
        "right": 10,
        "top": 0,
        "itemWidth": 10,
        "itemHeight": 110,
        "text": [f"10{_superscript(bound)}", f"10{_superscript(-bound)}"],
        "textStyle": {"color": "var(--soft)", "fontSize": 11.5},
        "inRange": {"color": [f"var(--heat-{n})" for n in range(1, 10)]},
    }
    option = base(visualMap=scale, xAxis=across, yAxis=back)
    option["legend"]["show"] = False
    option["grid"] = {"left": 46, "right": 18, "top": 40, "bottom": 46}
    option["tooltip"] |= {"trigger": "item", "formatter": "@heat"}
    return option | {"series": [{"type": "heatmap", "matrix": True, "progressive": 0, "emphasis": {"disabled": True}}]}


def lag_profile(layer: Layer) -> Chart | Absent:
    """R_k by lag, of the whole state and by component, with horizon and reach."""
    found = layer.latest("lag_profile")
    if isinstance(found, Absent):
        return found
    profile = found.value
    curves = {"joint": profile["joint"]}
    curves |= {name: values for name, values in profile.items() if name not in ("joint", "probes")}
    table = _by_lag(curves)
    reach, horizon = layer.reach, layer.latest("horizon")
    far = max(len(profile["joint"]) - 1, reach or 0)
    lines = [mark({"yAxis": GONE}, f"{GONE:g}", "insideStartTop", "var(--soft)")]
    if isinstance(horizon, Found):
        lines.append(mark({"xAxis": horizon.value["steps"]}, f"horizon {_horizon(horizon.value)}", ink="var(--accent)"))
    if reach is not None:
        lines.append(mark({"xAxis": reach}, f"reach {figure(reach)}", "insideEndBottom"))
    back = log_axis("relative to lag 0", [v for row in table.rows for v in row[1:]] + [GONE / 2])
    series = [line(name, n + 1, n) for n, name in enumerate(curves)]
    told = f" The horizon is {_horizon(horizon.value)} steps." if isinstance(horizon, Found) else ""
    return Chart(
        title="Lag profile",
        summary=f"Line chart of how much gradient is left after how many steps back.{told}",
        reading=(
            "A signal is put in at one step and followed back through time: how much of it is left so many steps earlier? The "
            f"horizon is the last step at which at least {GONE:.0%} arrives; the reach is how far back the task needs to learn. "
            "A horizon left of the reach means that what lies beyond can hardly be learned."
        ),
        note=_as_of(layer, found),
        option=cartesian(axis(_LAG, min=0, max=far), back, [*series, marks(lines)]),
        table=table,
    )


def horizon(layer: Layer) -> Chart | Absent:
    """The horizon over training, and the reach."""
    history = evenly(layer.history("horizon"), _MOST_LINES)
    if len(history) < 2:
        return Absent("it takes two measurements, and there are fewer") if history else _reason(layer.latest("horizon"))
    rows = [[f.step, f.value["steps"], "yes" if f.value.get("open") else "no", f.value.get("growth")] for f in history]
    lines = [mark({"yAxis": layer.reach}, f"reach {figure(layer.reach)}", "insideStartTop")] if layer.reach else []
    high = max([row[1] for row in rows] + [layer.reach or 0])
    return Chart(
        title="Horizon over training",
        summary=f"Line chart of the horizon: {rows[0][1]} steps at first, {_horizon(history[-1].value)} at the end.",
        reading=(
            "How many steps back the gradient could be felt at each moment of training. Networks often start short-sighted and "
            "learn to look back; a line that stays far under the reach doesn't."
        ),
        option=cartesian(
            axis("training step"),
            axis("horizon (steps)", across=False, min=0, max=math.ceil(high * 1.08)),
            [line("horizon", 1, 0, showSymbol=len(rows) < 40), marks(lines)],
            legend=False,
        ),
        table=Table(["step", "horizon (steps)", "at least (window ended)", "growth (ln per step)"], rows),
    )


def paths(layer: Layer) -> Chart | Absent:
    """The carried gradient in its parts: along the highway, and through gates, by name."""
    found = layer.latest("paths")
    if isinstance(found, Absent):
        return found
    gates = {f"through {name}": values for name, values in found.value.get("by_gate", {}).items()}
    curves = {"highway": found.value["highway"], "gated, all": found.value["gated"], **gates}
    table = _by_lag(curves)
    series = [line(name, n + 1, n, lineStyle=_weight(n)) for n, name in enumerate(curves)]
    return Chart(
        title="Paths of the gradient",
        summary=f"Line chart of the gradient's parts by lag: {', '.join(curves)}.",
        reading=(
            "The gradient goes back on two kinds of paths: along the highway, where the state is handed on with the gates held "
            "still, and through the gates. Where the highway's line lies on top, memory is kept by the cell's own design; where it "
            "falls away, only the gates carry what is left."
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


def omega(layer: Layer) -> Chart | Absent:
    """Pascanu's Omega by lag."""
    found = layer.latest("omega")
    if isinstance(found, Absent):
        return found
    mean = found.value.get("mean")
    table = _by_lag({"Omega": found.value["by_lag"]})
    return Chart(
        title="Pascanu's \N{GREEK CAPITAL LETTER OMEGA}",
        summary=f"Line chart of Omega by lag; its mean is {figure(mean)}.",
        reading=(
            "How much a single step back changes the gradient's size: 0 means that it keeps it, 1 that it takes all of it away, "
            "more that it blows it up (Pascanu, Mikolov and Bengio 2013). Long memory wants values near 0."
        ),
        note=f"Mean {figure(mean)}. {_as_of(layer, found)}".strip() if mean is not None else _as_of(layer, found),
        option=cartesian(
            axis(_LAG, min=0),
            axis("\N{GREEK CAPITAL LETTER OMEGA}", across=False, min=0),
            [line("Omega", 1, 0)],
            legend=False,
        ),
        table=table,
    )


def _by_lag(curves: dict[str, ByLag]) -> Table:
    lags = evenly(range(max(len(values) for values in curves.values())), _MOST_LAGS)
    rows = [[lag, *(values[lag] if lag < len(values) else None for values in curves.values())] for lag in lags]
    return Table(["lag (steps back)", *curves], rows)


def _horizon(value: Event) -> str:
    """``23``, or ``at least 23``."""
    return f"at least {value['steps']}" if value.get("open") else str(value["steps"])


def _as_of(layer: Layer, found: Found) -> str:
    """That a figure is older than the last measurement, if it is."""
    last = layer.last.get("step")
    return "" if found.step == last else f"As of step {found.step:,}: later measurements don't have it."


def _reason(found: Found | Absent) -> Absent:
    return found if isinstance(found, Absent) else Absent("the measurement has no such part")


def _superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
