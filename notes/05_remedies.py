"""Measures and draws note 5: every remedy on one task, and four of them closely."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, SEEDS, Page, dots, figure, run, spread
from trials import Adding, Network, Plan, Trial, losses, solved, trial

H = 32
STEPS = 20
PLAN = Plan(steps=1200, learning_rate=3e-3, examine=(0, 1199))
TRUNCATED = 5

REMEDIES = {
    "RNN": lambda: undertow.RNN(2, H),
    "RNN, orthogonal": lambda: undertow.RNN(2, H, init="orthogonal"),
    "RNN, relu and identity": lambda: undertow.RNN(2, H, nonlinearity="relu", init="identity"),
    "RNN, layer normalisation": lambda: undertow.RNN(2, H, normalisation="layer"),
    "RNN, batch normalisation": lambda: undertow.RNN(2, H, normalisation="batch"),
    "RNN, three layers": lambda: undertow.RNN(2, H, num_layers=3),
    "RNN, three layers, residual": lambda: undertow.RNN(2, H, num_layers=3, residual=True),
    "LSTM": lambda: undertow.LSTM(2, H),
    "LSTM, chrono": lambda: undertow.LSTM(2, H, init="chrono", memory=STEPS),
    "GRU": lambda: undertow.GRU(2, H),
}

CLIP_VALUE = 0.1
IRNN, UNCLIPPED = "RNN, relu and identity", "the same, not clipped"
BY_VALUE = f"the same, every entry clipped to {CLIP_VALUE}"
CUT = f"GRU, truncated to {TRUNCATED} steps"

# ---- on the task


def trials() -> dict[str, list[Trial]]:
    """Every remedy by every seed; what is a matter of training stands next to what it is compared with."""
    problem = Adding(STEPS)
    found: dict[str, list[Trial]] = {}
    for name, make in REMEDIES.items():
        found[name] = [trial(make, problem, PLAN, seed) for seed in SEEDS]
        if name == IRNN:
            free = replace(PLAN, clip=math.inf)
            found[UNCLIPPED] = [trial(make, problem, free, seed) for seed in SEEDS]
            found[BY_VALUE] = [trial(make, problem, free, seed, clip_value=CLIP_VALUE) for seed in SEEDS]
    found[CUT] = [trial(REMEDIES["GRU"], problem, PLAN, seed, truncate=TRUNCATED) for seed in SEEDS]
    return found


def draw_effects(found: Mapping[str, list[Trial]]) -> Figure:
    """Error, and the horizon before and after."""
    drawn, (loss, before, after) = figure(3, width=11, height=5, sharey=True)
    colours = [COLOURS[1] if "LSTM" in n else COLOURS[2] if "GRU" in n else COLOURS[0] for n in found]
    loss.set(xscale="log", xlim=(3e-5, 1), xlabel="mean square error")
    dots(loss, {name: [t.loss for t in runs] for name, runs in found.items()}, colours)
    loss.axvline(Adding.memoryless, color=COLOURS[5], linewidth=1, linestyle="--")
    loss.set_title("Error after training")
    for axes, when in ((before, "before"), (after, "after")):
        axes.set(xlim=(0, STEPS), xlabel="steps")
        dots(axes, {n: [_or_nan(t.horizon(when)) for t in runs] for n, runs in found.items()}, colours)
        axes.set_title(f"Horizon {when} training")
    return drawn


def _or_nan(value: int | None) -> float:
    return math.nan if value is None else float(value)


def table(found: Mapping[str, list[Trial]]) -> str:
    """A row each."""
    rows = ["| | error | solved | horizon before | after | updates clipped |", "|---|---|---|---|---|---|"]
    for name, runs in found.items():
        before, after = (spread(_or_nan(t.horizon(when)) for t in runs) for when in ("before", "after"))
        clipped = "" if name in (UNCLIPPED, BY_VALUE) else f"{100 * np.median([t.run.clipped for t in runs]):.0f}%"
        rows.append(f"| {name} | {losses(runs)} | {solved(runs)} | {before} | {after} | {clipped} |")
    return "\n".join(rows)


# ---- closely

LOUD = 16.0
DEEP = 8
WINDOW = 15
BATCHES = 200
NORMALISATIONS = ("none", "layer", "batch")


def look(layer: undertow.Recurrent, x: torch.Tensor, seed: int = 0) -> list[Mapping[str, Any]]:
    """Quantities of each layer, for a loss on the last step."""
    with undertow.watch(layer, seed=seed) as seen:
        layer(x)[0][-1].sum().backward()
    return [glance.quantities for glance in sorted(seen.history, key=lambda g: int(g.layer.rsplit(".")[-1]))]


def normalised(kind: str, seed: int) -> Mapping[str, Any]:
    """Pre-activations of an RNN that reads loud inputs."""
    torch.manual_seed(seed)
    found = look(undertow.RNN(8, H, normalisation=kind), LOUD * torch.randn(50, 32, 8))
    gates: Mapping[str, Any] = found[0]["gates"]["a"]
    return gates


def stacked(residual: bool, seed: int) -> np.ndarray:
    """The gradient at each layer's output over all steps, against the top one's, from the lowest up."""
    torch.manual_seed(seed)
    found = look(undertow.RNN(8, H, num_layers=DEEP, residual=residual), torch.randn(30, 16, 8))
    sizes = np.array([np.sqrt(np.mean(np.square(q["gradient"]["total"]["h"]))) for q in found])
    return sizes / sizes[-1]


def truncated(window: int, seed: int) -> np.ndarray:
    """The total gradient of h by lag, an LSTM's with open forget gates, if the state is cut off so many steps back."""
    torch.manual_seed(seed)
    layer, x = undertow.LSTM(8, H, forget_bias=3.0), torch.randn(30, 16, 8)
    with torch.no_grad():
        _, state = layer(x[:-window]) if window < len(x) else (None, None)
    with undertow.watch(layer) as seen:
        layer(x[-window:], state)[0][-1].sum().backward()
    sizes = np.array(seen.history[-1].quantities["gradient"]["total"]["h"])
    return np.pad(sizes / sizes[0], (0, len(x) - window))


def explosive(seed: int) -> tuple[Network, torch.Generator]:
    """An RNN whose gradient explodes over 60 steps, and a source of samples."""
    torch.manual_seed(seed)
    layer = undertow.RNN(2, H, init="orthogonal")
    with torch.no_grad():
        layer.weight_hh_l0.mul_(2.0)
    return Network(layer, 1), torch.Generator().manual_seed(seed)


def lengths(seed: int) -> np.ndarray:
    """Lengths of its gradients on many small batches."""
    network, samples = explosive(seed)
    problem, found = Adding(60), []
    for _ in range(BATCHES):
        x, target = problem.draw(4, samples)
        network.zero_grad()
        torch.autograd.backward(problem.loss(network(x), target))
        found.append(float(torch.nn.utils.clip_grad_norm_(network.parameters(), math.inf)))
    return np.array(found)


def draw_closely(found: Mapping[str, Any]) -> Figure:
    """Normalisation, residual connections, truncation, clipping."""
    drawn, (norm, stack, cut, clip) = figure(4, width=12, height=3.6)
    for place, kind in enumerate(NORMALISATIONS):
        quantiles = [g["preactivation"] for g in found["normalised"][kind]]
        low, middle, high = (np.median([q[k] for q in quantiles]) for k in ("q05", "q50", "q95"))
        norm.plot([place, place], [low, high], color=COLOURS[place], linewidth=9, solid_capstyle="butt", alpha=0.75)
        norm.plot(place, middle, "_", color=COLOURS[place], markersize=22, markeredgewidth=3)
    norm.axhspan(-4, 4, color=COLOURS[5], alpha=0.12, linewidth=0)
    norm.set(xlim=(-0.6, 2.6), ylim=(-12, 12), ylabel="pre-activation")
    norm.set_xticks(range(3), NORMALISATIONS)
    norm.set_title("Normalisation", fontsize=12)
    _pair(stack, range(1, DEEP + 1), found["stacked"], ("plain", "residual"))
    stack.set(yscale="log", xlabel="layer (1: lowest)", ylabel="gradient, of the top layer's")
    stack.set_title("Residual connections", fontsize=12)
    _pair(cut, range(30), found["truncated"], ("all steps", f"{WINDOW} steps"))
    cut.set(yscale="log", ylim=(1e-3, 2), xlabel="lag (steps)", ylabel="gradient, of that at lag 0")
    cut.set_title("Truncation", fontsize=12)
    values = np.sort(found["lengths"][0])
    share = 100 * (np.arange(len(values)) + 1) / len(values)
    clip.plot(values, share, color=COLOURS[0], label="as it is")
    clip.plot(np.minimum(values, 1.0), share, color=COLOURS[1], linestyle="--", label="clipped to 1")
    clip.set(xscale="log", xlabel="length of the gradient", ylabel="batches with at most that (%)")
    clip.set_title("Clipping", fontsize=12)
    for axes in (stack, cut, clip):
        axes.legend(fontsize=10)
    return drawn


def _pair(axes: Axes, x: Any, runs: tuple[Any, Any], names: tuple[str, str]) -> None:
    for which, (values, name) in enumerate(zip(runs, names, strict=True)):
        middle = np.median(np.array(values), 0)
        there, mark = np.where(middle > 0, middle, np.nan), "s--" if which == 0 else "o-"
        axes.plot(x, there, mark, color=COLOURS[which], label=name, markersize=4)


SHOW = """for name, make in REMEDIES.items():
    print(f"{name}: {make()}")"""


def build(page: Page) -> None:
    """Measure, draw, write."""
    found = trials()
    closely: dict[str, Any] = {
        "normalised": {kind: [normalised(kind, seed) for seed in SEEDS] for kind in NORMALISATIONS},
        "stacked": tuple([stacked(residual, seed) for seed in SEEDS] for residual in (False, True)),
        "truncated": tuple([truncated(window, seed) for seed in SEEDS] for window in (30, WINDOW)),
        "lengths": [lengths(seed) for seed in SEEDS],
    }
    page.figure("effects", draw_effects(found), "error and horizon before and after training for thirteen networks")
    page.figure(
        "closely", draw_closely(closely), "what normalisation, residual connections, truncation and clipping do"
    )
    page.code("code", "H", "STEPS", "REMEDIES", imports="import undertow", then=SHOW)
    names = {
        "rnn": "RNN", "orthogonal": "RNN, orthogonal", "layer": "RNN, layer normalisation", "irnn": IRNN,
        "batch": "RNN, batch normalisation", "unclipped": UNCLIPPED, "by_value": BY_VALUE, "gru": "GRU",
        "deep": "RNN, three layers",
        "residual": "RNN, three layers, residual", "lstm": "LSTM", "chrono": "LSTM, chrono", "truncated": CUT,
    }  # fmt: skip
    outside = {
        f"out_{kind}": spread((100 * g["outside"] for g in closely["normalised"][kind]), "%") for kind in NORMALISATIONS
    }
    plain, residual = closely["stacked"]
    page.write(
        {f"solved_{key}": solved(found[name]) for key, name in names.items()}
        | {f"error_{key}": losses(found[name]) for key, name in names.items()}
        | outside
        | {
            "H": H, "steps": STEPS, "rate": PLAN.learning_rate, "updates": PLAN.steps, "batch": PLAN.batch,
            "seeds": len(SEEDS), "memoryless": Adding.memoryless, "table": table(found), "truncated": TRUNCATED,
            "clip_value": CLIP_VALUE,
            "h_rnn": spread(t.horizon("before") or 0 for t in found["RNN"]), "loud": f"{LOUD:g}", "deep": DEEP,
            "window": WINDOW, "lowest_plain": spread((100 * v[0] for v in plain), "%"), "batches": BATCHES,
            "lowest_residual": spread((100 * v[0] for v in residual), "%"),
            "longest": spread(v.max() / np.median(v) for v in closely["lengths"]),
            "moved": spread(0.01 * np.median(v) for v in closely["lengths"]),
            "own": float(torch.nn.utils.get_total_norm(list(explosive(0)[0].parameters()))),
        }
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
