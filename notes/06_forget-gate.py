"""Measures and draws note 6: h and c apart, and the LSTM with and without forget gate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from matplotlib.figure import Figure

import undertow
from notebook import SEEDS, Page, band, figure, run, spread
from undertow import cell, sigmoid, stop_gradient, tanh
from undertow.lang.diagram import cell_svg

T, B, I, H = 100, 16, 8, 32
BIAS = 3.0
LONG = 1000
WINDOWS = (10, 30, 100, 300, LONG)


@cell(gates="i f g o", state=dict(h=0, c=0), roles=dict(forget="f", input="i", candidate="g"))
def lstm(x, s, U, *, way: Literal["both", "through h", "through c"] = "both"):
    h0 = stop_gradient(s.h) if way == "through c" else s.h
    c0 = stop_gradient(s.c) if way == "through h" else s.c
    i, f, o = sigmoid(x.i.input + U.i(h0)), sigmoid(x.f.input + U.f(h0)), sigmoid(x.o.input + U.o(h0))
    g = tanh(x.g.input + U.g(h0))
    c = f * c0 + i * g
    return s.next(h=o * tanh(c), c=c)


def lag_profile(way, seed):
    torch.manual_seed(seed)
    layer = undertow.Recurrent(lstm.bind(way=way), I, H, forget_bias=BIAS)
    with undertow.watch(layer, probes=1) as seen:  # one probe, from the last step
        layer(torch.randn(T, B, I))[0][-1].sum().backward()
    return seen.history[-1].quantities


SHOW = """for way in ("both", "through h", "through c"):
    print(way, lag_profile(way, seed=0)["horizon"])"""

IMPORTS = """from typing import Literal

import torch

import undertow
from undertow import cell, sigmoid, stop_gradient, tanh"""

WAYS = ("both", "through c", "through h")
LAYERS = {"forget gate, bias 1": ("lstm", 1.0), "forget gate, bias 3": ("lstm", BIAS), "none": ("lstm_1997", None)}


def grown(name: str, forget_bias: float | None, seed: int) -> dict[str, np.ndarray]:
    """The mean size of c after every step (LONG,), and what enters c of a gradient on h, by step (of WINDOWS)."""
    torch.manual_seed(seed)
    layer = undertow.Recurrent(name, I, H, forget_bias=forget_bias)
    x = torch.rand(LONG, B, I)
    with torch.no_grad():
        _, _, states = layer(x, states=True)
    enters = []
    for steps in WINDOWS:
        with undertow.watch(layer, probes=1) as seen:
            layer(x[:steps])[0][-1].sum().backward()
        enters.append(seen.history[-1].quantities["lag_profile"]["c"][1])
    return {"size": states["c"][0].abs().mean((1, 2)).numpy(), "enters": np.array(enters)}


def draw_apart(found: Mapping[str, list[dict[str, Any]]]) -> Figure:
    """By state, and by way."""
    drawn, (states, ways) = figure(2, sharey=True)
    lags = np.arange(T)
    for which, state in enumerate("hc"):
        band(states, lags[1:], [f["lag_profile"][state][1:] for f in found["both"]], f"in {state}", 1 - which)
    for which, way in enumerate(("through c", "through h")):
        band(ways, lags, [f["lag_profile"]["joint"] for f in found[way]], f"{way} alone", which)
    band(ways, lags, [f["lag_profile"]["joint"] for f in found["both"]], "both ways open", 2)
    for axes in (states, ways):
        axes.set(yscale="log", ylim=(1e-4, 1.5), xlabel="lag (steps before the last)")
        axes.legend(loc="lower center")
    states.set_ylabel("gradient left")
    states.set_title("Both ways open: where the gradient is")
    ways.set_title("By the way it goes")
    return drawn


def draw_grown(found: Mapping[str, list[dict[str, np.ndarray]]]) -> Figure:
    """The size of c, and what still enters it."""
    drawn, (size, enters) = figure(2)
    for which, (name, runs) in enumerate(found.items()):
        band(size, np.arange(1, LONG + 1), [r["size"] for r in runs], name, which)
        band(enters, WINDOWS, [100 * r["enters"] for r in runs], name, which)
    size.set(xscale="log", yscale="log", xlabel="step", ylabel="mean size of c")
    size.set_title("How large c becomes")
    size.legend()
    enters.set(
        xscale="log", xlabel="step at which the gradient enters", ylabel="in c, one step before (%)", ylim=(0, None)
    )
    enters.set_title("What gets into c of a gradient on h")
    return drawn


def ratio(profile: Mapping[str, list[float]]) -> float:
    """How many times as large as h's part c's is, from lag 5 to 20: the geometric mean."""
    logs = [math.log(profile["c"][lag] / profile["h"][lag]) for lag in range(5, 21)]
    return math.exp(sum(logs) / len(logs))


def build(page: Page) -> None:
    """Measure, draw, write."""
    found = {way: [lag_profile(way, seed) for seed in SEEDS] for way in WAYS}
    layers = {name: [grown(*layer, seed) for seed in SEEDS] for name, layer in LAYERS.items()}
    page.figure("cell", cell_svg(undertow.cells.lstm), "one step of the LSTM: c runs straight along the top")
    alt = "gradient by lag: c has more than h; through c alone it lasts, through h alone it is gone after a few steps"
    page.figure("apart", draw_apart(found), alt)
    page.figure(
        "grow", draw_grown(layers), "c grows without a forget gate, and less and less of a gradient gets into it"
    )
    page.code("code", "T, B, I, H", "BIAS", "lstm", "lag_profile", imports=IMPORTS, then=SHOW)
    gate, _, old = layers.values()
    horizons = {way: spread(f["horizon"]["steps"] for f in runs) for way, runs in found.items()}
    page.write(
        {
            "T": T, "LONG": LONG, "bias": f"{BIAS:g}", "f": f"{1 / (1 + math.exp(-BIAS)):.2f}", "seeds": len(SEEDS),
            "both": horizons["both"], "only_h": horizons["through h"], "only_c": horizons["through c"],
            "ratio": spread(ratio(f["lag_profile"]) for f in found["both"]),
            "size_old": spread(r["size"][-1] for r in old), "size_new": spread(r["size"][-1] for r in gate),
            "enters_old": spread((100 * r["enters"][-1] for r in old), "%"),
            "enters_old_10": spread((100 * r["enters"][0] for r in old), "%"),
            "enters_new": spread((100 * r["enters"][-1] for r in gate), "%"),
        }
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
