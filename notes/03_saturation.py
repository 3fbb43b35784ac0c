"""Measures and draws note 3: factors a step, by squash, scale and input."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, MID, SEEDS, Page, band, figure, number, run, spread
from undertow import cell, relu, sigmoid, tanh

T, B, I, H = 60, 16, 8, 64


@cell(gates="a", state=dict(h=0))
def simple(x, s, *, squash: Literal["identity", "relu", "tanh", "sigmoid"] = "tanh"):
    functions = {"identity": lambda a: a, "relu": relu, "tanh": tanh, "sigmoid": sigmoid}
    return s.next(h=functions[squash](x.a))


def look(squash, scale, loudness, seed):
    torch.manual_seed(seed)
    rnn = undertow.Recurrent(simple.bind(squash=squash), I, H, init="orthogonal", dtype=torch.float64)
    with torch.no_grad():
        rnn.weight_hh_l0.mul_(scale)
    x = loudness * torch.randn(T, B, I, dtype=torch.float64)
    with undertow.watch(rnn) as seen:
        output, _ = rnn(x)
        output[-1].sum().backward()
    return seen.history[-1].quantities, output.detach()


SHOW = """found, output = look("tanh", scale=1.0, loudness=1.0, seed=0)
print(found["horizon"])  # growth: of the gradient's logarithm, a step
print("outside of -4 to 4:", found["gates"]["a"]["outside"])"""

IMPORTS = """from typing import Literal

import torch

import undertow
from undertow import cell, relu, sigmoid, tanh"""

SQUASHES = ("identity", "relu", "tanh", "sigmoid")
SCALES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
LOUDNESS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
SCALE = 1.5

SLOPES = {
    "identity": lambda h: torch.ones_like(h),
    "relu": lambda h: (h > 0).double(),
    "tanh": lambda h: 1 - h**2,
    "sigmoid": lambda h: h * (1 - h),
}


def measure(squash: str, scale: float, loudness: float, seed: int) -> dict[str, float]:
    """Factor a step, horizon, share outside of -4 to 4, and the factor that slopes and scale lead to expect."""
    found, output = look(squash, scale, loudness, seed)
    horizon: dict[str, Any] = found["horizon"]
    slope = SLOPES[squash](output).square().mean().sqrt().item()
    return {
        "factor": math.exp(horizon["growth"]) if horizon["growth"] is not None else math.nan,
        "horizon": horizon["steps"], "open": horizon["open"], "expected": scale * slope,
        "outside": found["gates"]["a"]["outside"] if squash != "identity" else 0.0,
    }  # fmt: skip


Runs = dict[tuple[str, float], list[dict[str, float]]]


def median(runs: list[dict[str, float]], name: str) -> float:
    """Over seeds."""
    return float(np.median([r[name] for r in runs]))


def draw_map(runs: Runs) -> Figure:
    """Squash by scale, coloured by factor, labelled with the horizon."""
    drawn, (axes,) = figure(height=3.3)
    factors = np.array([[median(runs[q, g], "factor") for g in SCALES] for q in SQUASHES])
    colours = LinearSegmentedColormap.from_list("flow", ["#0b4f82", "#5fa6d8", "#ececec", "#f0955a", "#a83c00"])
    image = axes.pcolormesh(np.log2(factors), cmap=colours, norm=TwoSlopeNorm(0, -3, 3), edgecolors="none")
    for row, squash in enumerate(SQUASHES):
        for column, scale in enumerate(SCALES):
            found = runs[squash, scale]
            text = f"{median(found, 'horizon'):.0f}" + ("+" if median(found, "open") else "")
            dark = abs(np.log2(factors[row, column])) > 1.6
            where = (column + 0.5, row + 0.5)
            axes.annotate(text, where, color="white" if dark else "#1f2933", ha="center", va="center")
    axes.set(xticks=np.arange(len(SCALES)) + 0.5, yticks=np.arange(len(SQUASHES)) + 0.5, xlabel="scale of U")
    axes.set_xticklabels([f"{g:g}" for g in SCALES])
    axes.set_yticklabels(SQUASHES)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_title("Horizon (steps) by squash and scale of the recurrent matrix")
    bar = drawn.colorbar(image, ax=axes, pad=0.02, ticks=[-3, -2, -1, 0, 1, 2, 3], extend="both")
    bar.set_ticklabels(["1/8", "1/4", "1/2", "1", "2", "4", "8"])
    bar.set_label("factor a step")
    bar.outline.set_edgecolor(MID)
    return drawn


def draw_input(runs: Runs) -> Figure:
    """Factor and saturation as the input grows."""
    drawn, (factors, outside) = figure(2)
    for which, squash in enumerate(("tanh", "sigmoid", "relu")):
        for axes, name, times in ((factors, "factor", 1.0), (outside, "outside", 100.0)):
            values = [[times * runs[squash, x][seed][name] for x in LOUDNESS] for seed in SEEDS]
            if squash != "relu" or axes is factors:  # a relu has no flat side but 0
                band(axes, LOUDNESS, values, squash, which)
    for axes in (factors, outside):
        axes.set_xscale("log", base=2)
        axes.set_xticks(LOUDNESS, [f"{x:g}" for x in LOUDNESS])
        axes.set_xlabel("input (standard deviation)")
    _levels(factors)
    outside.set(ylabel="share (%)", ylim=(0, 100))
    outside.set_title("Pre-activations outside of −4 to 4")
    return drawn


def _levels(axes: Axes) -> None:
    axes.axhline(1, color=COLOURS[5], linewidth=1)
    axes.set(ylabel="factor a step", ylim=(0, None))
    axes.set_title(f"The gradient's factor a step (scale {SCALE:g})")
    axes.legend()


def needs(runs: Runs, squash: str) -> str:
    """The first scale on the map that reaches a third of the window."""
    return number(next(g for g in SCALES if median(runs[squash, g], "horizon") >= T / 3))


def build(page: Page) -> None:
    """Measure, draw, write."""
    runs: Runs = {(q, g): [measure(q, g, 1.0, seed) for seed in SEEDS] for q in SQUASHES for g in SCALES}
    inputs: Runs = {(q, x): [measure(q, SCALE, x, s) for s in SEEDS] for q in SQUASHES[1:] for x in LOUDNESS}
    page.figure("map", draw_map(runs), "map of factors by squash and scale: from vanishing on the left to exploding")
    page.figure("input", draw_input(inputs), "factor a step falls with the input for tanh and sigmoid, not for relu")
    page.code("code", "T, B, I, H", "simple", "look", imports=IMPORTS, then=SHOW)
    identity = [r for (q, _), found in runs.items() if q == "identity" for r in found]
    rest = [r for (q, _), found in runs.items() if q != "identity" for r in found if r["expected"]]
    off = [abs(r["factor"] / r["expected"] - 1) for r in rest]

    def of(squash: str, scale: float, name: str, times: float = 1.0, unit: str = "") -> str:
        return spread((times * r[name] for r in runs[squash, scale]), unit)

    page.write(
        {
            "T": T, "H": H, "seeds": len(SEEDS), "scale": SCALE,
            "exact": f"{max(abs(r['factor'] / r['expected'] - 1) for r in identity):.1g}",
            "off": f"{100 * np.median(off):.0f}% in the median, {100 * np.max(off):.0f}% at most",
            "tanh1": of("tanh", 1.0, "horizon"), "sigmoid1": of("sigmoid", 1.0, "horizon"),
            "sigmoid_needs": needs(runs, "sigmoid"), "tanh_needs": needs(runs, "tanh"),
            "tanh2": of("tanh", 2.0, "factor"), "tanh8": of("tanh", 8.0, "factor"),
            "out8": of("tanh", 8.0, "outside", 100, "%"),
            "small": spread(r["factor"] for r in inputs["tanh", 1.0]),
            "large": spread(r["factor"] for r in inputs["tanh", 32.0]),
            "outside": spread((100 * r["outside"] for r in inputs["tanh", 32.0]), "%"),
        },
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
