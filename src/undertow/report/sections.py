"""The parts of a report, from the top down: head, training, remedies, gradient flow by layer, samples, config."""

from __future__ import annotations

import math
from collections.abc import Sequence

from undertow.report import gates, gradient, memory, remedies, training
from undertow.report.figures import Pictures, absent, copyable, table, tabs
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import counted, evenly, figure
from undertow.report.read import Absent, Found, LayerRecord, RunRecord, Sample
from undertow.runs import OWN_MODEL
from undertow.tasks.kinds import KINDS

__all__ = ["config", "flow", "remedy", "samples", "tiles", "trained"]

#: Over all heat maps of a page, so that many layers make no heavy page.
_CELLS = 12_000
_MOST_CELLS = 4_000
#: Over all layers: the lags that a curve is drawn from.
_LAGS = 400
_MOST_LAGS = 200
_MOST_SAMPLES = 12
_MOST_LETTERS = 2_000


def tiles(run: RunRecord) -> Html:
    """The figures that one looks for first."""
    found = [_held_out(run), *_nearest_horizon(run), _steps(run)]
    return tag("dl.tiles", *(tag("div", tag("dt", name), tag("dd", *value)) for name, value in filter(None, found)))


def _held_out(run: RunRecord) -> tuple[str, list[str | Html]] | None:
    found = training.watched(run)
    if not found:
        return None
    part, measure, values = found
    rising = any(measure.replace(" ", "_") in kind.rising for kind in KINDS.values())
    best = max(values) if rising else min(values)
    beside = tag("small", f" best {figure(best)}") if best != values[-1] else ""
    return f"{part}, {measure}", [figure(values[-1]), beside]


def _nearest_horizon(run: RunRecord) -> list[tuple[str, list[str | Html]]]:
    """The horizon of the layer that sees least far, and its growth a step as a factor."""
    layers = [] if isinstance(run.layers, Absent) else run.layers
    measured = [(layer.latest("horizon"), layer) for layer in layers]
    seen = [(h.value, layer) for h, layer in measured if isinstance(h, Found) and "steps" in h.value]
    if not seen:
        return []
    value, layer = min(seen, key=lambda pair: pair[0]["steps"])
    reach = f" of {figure(layer.reach)}" if layer.reach is not None else ""
    steps = f"{value['steps']}+" if value.get("open") else f"{value['steps']}"
    where = f", {layer.title}" if len(layers) > 1 else ""
    found: list[tuple[str, list[str | Html]]] = [(f"horizon, steps{where}", [steps, tag("small", reach)])]
    if value.get("growth") is not None:
        found.append(("gradient a step back", ["\N{MULTIPLICATION SIGN}", figure(math.exp(value["growth"]))]))
    return found


def _steps(run: RunRecord) -> tuple[str, list[str | Html]]:
    row = run.summary
    return "training steps", [f"{row.step:,}", tag("small", f" of {row.steps:,}, {row.state}")]


def trained(run: RunRecord, pictures: Pictures) -> Html:
    """Loss, the gradient's norm, clipped updates."""
    return tag(
        "div.cards",
        pictures.place("Loss over training", training.loss(run), wide=True),
        pictures.place("Size of the gradient", training.norm(run)),
        pictures.place("Clipped updates", training.clipping(run)),
    )


def remedy(run: RunRecord, pictures: Pictures) -> Html:
    """The remedies that were tried, side by side."""
    data = run.remedy
    if isinstance(data, Absent):
        return absent(data)
    seeds = counted(len(data.get("seeds") or []), "seed")
    lead = f"Each variant was trained for {figure(data.get('steps'))} steps with {seeds}."
    changes = [remedies.change(row, in_code=run.document.get("task") == OWN_MODEL) for row in data["rows"]]
    rows, ready = remedies.rows(data), data.get("config_file")
    return join(
        [
            tag("p.lead", str(data["text"])) if data.get("text") else None,
            tag("p.lead", lead, f" The config with the best remedy is {ready}, beside this page." if ready else None),
            absent(rows)
            if isinstance(rows, Absent)
            else table(remedies.COLUMNS, rows, "the remedies side by side", data.get("winner"), changes),
            tag("div.cards", pictures.place("Loss by remedy", remedies.losses(data), wide=True)),
        ]
    )


def flow(run: RunRecord, pictures: Pictures) -> Html:
    """Everything by layer and direction: one alone, several as tabs."""
    if isinstance(run.layers, Absent):
        return absent(run.layers)
    components = [_components(layer) for layer in run.layers]
    cells = min(_MOST_CELLS, _CELLS // max(1, sum(map(len, components))))
    lags = min(_MOST_LAGS, max(40, _LAGS // len(run.layers)))
    panels = [_layer(layer, c, cells, lags, pictures) for layer, c in zip(run.layers, components, strict=True)]
    return (
        panels[0] if len(panels) == 1 else tabs([layer.title for layer in run.layers], panels, "layers and directions")
    )


def _components(layer: LayerRecord) -> list[str]:
    found = layer.latest("gradient")
    total = found.value.get("total") if isinstance(found, Found) else None
    return list(total) if isinstance(total, dict) else ["h"]


def _layer(layer: LayerRecord, components: Sequence[str], cells: int, lags: int, pictures: Pictures) -> Html:
    heats = [gradient.heat(layer, component, cells) for component in components]
    return join(
        [
            tag("p.facts", _facts(layer)),
            tag("h4.group", "How far the gradient flows"),
            tag(
                "div.cards",
                pictures.together("Gradient by step over training", heats, gradient.READING),
                pictures.place("Lag profile", gradient.lag_profile(layer, lags), wide=True),
                pictures.place("Horizon over training", gradient.horizon(layer)),
                pictures.place("Pascanu's \N{GREEK CAPITAL LETTER OMEGA}", gradient.omega(layer, lags)),
                pictures.place("Paths of the gradient", gradient.paths(layer, lags), wide=True),
            ),
            tag("h4.group", "What the gates do"),
            _gates(layer, pictures),
            tag("h4.group", "What keeps memory"),
            tag(
                "div.cards",
                pictures.place("Forget half lives", memory.half_lives(layer)),
                pictures.place("Recurrent matrices", memory.matrices(layer)),
            ),
        ]
    )


def _facts(layer: LayerRecord) -> str:
    last = layer.last
    sizes = [("cell", "cell"), ("hidden", "units"), ("steps", "steps a window"), ("batch", "samples at a time")]
    facts = [
        f"{name} {figure(last[key])}" if key == "cell" else f"{figure(last[key])} {name}"
        for key, name in sizes
        if key in last
    ]
    dead = layer.latest("dead_units")
    if isinstance(dead, Found) and isinstance(dead.value.get("count"), int):
        facts.append(counted(dead.value.get("count", 0), "dead unit"))
    if layer.flow:
        facts.append(f"{counted(len(layer.flow), 'measurement')}, the last at step {last.get('step', 0):,}")
    return " \N{MIDDLE DOT} ".join(facts)


def _gates(layer: LayerRecord, pictures: Pictures) -> Html:
    charts, rows = gates.histograms(layer), gates.figures(layer)
    figures = None if isinstance(rows, Absent) else table(gates.FIGURES, rows, "gates")
    shown = [charts] if isinstance(charts, Absent) else charts
    return tag(
        "div.cards",
        pictures.together("Activations of the gates", shown, _HOW_GATES, figures),
        pictures.place("Saturation over training", gates.saturation(layer), wide=True),
    )


_HOW_GATES = (
    "A gate is a tap: near its low end it is shut, near its high end open (a tanh has no tap to it: it writes, between "
    "\N{MINUS SIGN}1 and 1). Each bar is the share of all moments at which the gate stood there. Low and high are the "
    "shares at the ends, under 0.1 and over 0.9; outside is the share pushed so far that the gate hardly reacts; a "
    "saturated unit is stuck."
)


def samples(run: RunRecord) -> Html:
    """What the model wrote, the newest first."""
    if isinstance(run.samples, Absent):
        return absent(run.samples)
    shown = evenly(run.samples, _MOST_SAMPLES)[::-1]
    left = len(run.samples) - len(shown)
    return join(
        [
            _sample(shown[0]),
            tag("div.earlier", *(tag("details", tag("summary", s.heading), _sample(s)) for s in shown[1:])),
            tag("p.note", f"{left} more in samples.txt.") if left else None,
        ]
    )


def _sample(sample: Sample) -> Html:
    cut = sample.text if len(sample.text) <= _MOST_LETTERS else sample.text[:_MOST_LETTERS] + " \N{HORIZONTAL ELLIPSIS}"
    return tag("figure.sample", tag("figcaption", sample.heading), tag("blockquote", cut))


def config(run: RunRecord) -> Html:
    """config.toml as it stands, to be copied."""
    return tag(
        "details",
        tag("summary", "config.toml: everything needed to repeat the run"),
        copyable("config.toml", run.config),
    )
