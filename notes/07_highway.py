"""Measures and draws note 7: the highway against powers of f, and the gradient by the gate that it went through."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, SEEDS, Page, band, figure, run, spread

T, B, I, H = 60, 16, 8, 32
BIAS = 2.0


def with_forget_gate(f, seed):
    torch.manual_seed(seed)
    layer = undertow.LSTM(I, H)
    forget = slice(H, 2 * H)  # gates are in the order i f g o
    with torch.no_grad():
        for weight in layer.parameters():
            weight[forget] = 0.0
        layer.bias_ih_l0[forget] = math.log(f / (1 - f)) if f < 1 else 40.0
    with undertow.watch(layer) as seen:
        layer(torch.randn(T, B, I))[0][-1].sum().backward()
    return seen.history[-1].quantities


SHOW = """for f in (0.5, 0.9):
    paths = with_forget_gate(f, seed=0)["paths"]
    print(f, "highway at lags 1 to 5:", paths["highway"][1:6])"""

FORGET = (0.5, 0.9, 0.99, 1.0)
#: What is below is rounding.
FLOOR = 1e-30


def free(seed: int) -> Mapping[str, Any]:
    """The quantities of an LSTM whose forget gate is as it starts."""
    torch.manual_seed(seed)
    layer = undertow.LSTM(I, H, forget_bias=BIAS)
    with undertow.watch(layer) as seen:
        layer(torch.randn(T, B, I))[0][-1].sum().backward()
    return seen.history[-1].quantities


def highway(found: Mapping[str, Any]) -> np.ndarray:
    """What is on the highway at lags 1 to T - 1, against lag 1."""
    values = np.array(found["paths"]["highway"][1:])
    return values / values[0]


def on_highway(found: Mapping[str, Any]) -> np.ndarray:
    """The highway's length by lag, of that of the whole gradient of c."""
    # Sizes are over h and c together, and the highway is in c alone: over c's units it is larger by the root of 2.
    ways, whole = (np.array(v) for v in (found["paths"]["highway"], found["gradient"]["carried"]["c"]))
    return math.sqrt(2) * ways / np.where(whole > 0, whole, np.inf)


def draw_power(found: Mapping[float, list[Mapping[str, Any]]]) -> Figure:
    """The highway against powers of f, and the whole gradient."""
    drawn, (alone, whole) = figure(2, height=4.2)
    lags = np.arange(1, T)
    for which, (f, runs) in enumerate(found.items()):
        alone.plot(lags, f ** (lags - 1.0), color=COLOURS[which], linewidth=1.4)
        middle = np.median([highway(r) for r in runs], 0)
        alone.plot(lags[::3], middle[::3], "osD^"[which], color=COLOURS[which], label=f"f = {f:g}")
        carried = [np.array(r["gradient"]["carried"]["c"][1:]) for r in runs]
        band(whole, lags, [c / c[0] for c in carried], f"f = {f:g}", which)
    for axes in (alone, whole):
        axes.set(yscale="log", xlabel="lag (steps before the last)", ylim=(1e-8, 3e2))
        axes.legend(loc="lower right" if axes is alone else "lower left")
    alone.set_ylabel("gradient of c, of that at lag 1")
    alone.set_title("The highway (lines: f^(k−1))")
    whole.set_title("The whole gradient of c")
    return drawn


def draw_gates(runs: list[Mapping[str, Any]]) -> Figure:
    """By way."""
    drawn, (axes,) = figure(width=7.5, height=4.2)
    lags = np.arange(1, T)
    band(axes, lags, [r["paths"]["highway"][1:] for r in runs], "highway", 0)
    for which, gate in enumerate("gifo", start=1):
        band(axes, lags, [r["paths"]["by_gate"][gate][1:] for r in runs], f"through {gate}", which)
    axes.set(yscale="log", xlabel="lag (steps before the last)", ylabel="gradient (root mean square)")
    axes.set_title(f"The gradient by its way (forget bias {BIAS:g})")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return drawn


def off(found: Mapping[float, list[Mapping[str, Any]]]) -> float:
    """The largest relative difference between the highway and powers of f."""
    worst = 0.0
    for f, runs in found.items():
        power = f ** np.arange(T - 1.0)
        worst = max(worst, *(abs(highway(r) / power - 1)[power > FLOOR].max() for r in runs))
    return worst


def needs(f: float) -> int:
    """Steps until a power of f is a hundredth."""
    return math.ceil(math.log(0.01) / math.log(f))


def build(page: Page) -> None:
    """Measure, draw, write."""
    found = {f: [with_forget_gate(f, seed) for seed in SEEDS] for f in FORGET}
    runs = [free(seed) for seed in SEEDS]
    page.figure(
        "power", draw_power(found), "points of the highway lie on the lines of powers of f, for four values of f"
    )
    page.figure("gates", draw_gates(runs), "the gradient by its way, on a logarithmic axis: highway, g, i, f, o")
    page.code(
        "code", "T, B, I, H", "with_forget_gate", imports="import math\n\nimport torch\n\nimport undertow", then=SHOW
    )
    shares = np.array([[on_highway(r)[k] for k in (1, 10, T - 1)] for r in runs])
    middle = {g: np.median([r["paths"]["by_gate"][g][1:21] for r in runs], 0).mean() for g in "ifgo"}
    most, second = sorted(middle, key=lambda g: -middle[g])[:2]

    def below(f: float) -> str:
        return spread(int(np.argmax(highway(r) < 0.01)) for r in found[f])

    def half_life(f: float) -> str:
        return spread(r["half_life"]["units"][0] for r in found[f])

    page.write(
        {
            "T": T, "bias": f"{BIAS:g}", "seeds": len(SEEDS), "off": f"{100 * off(found):.2g}%",
            "steps_half": below(0.5), "steps_ninety": below(0.9),
            "left_nn": spread((100 * highway(r)[-1] for r in found[0.99]), "%"),
            "left_one": spread((100 * highway(r)[-1] for r in found[1.0]), "%"),
            "half": half_life(0.5), "ninety": half_life(0.9), "nn": half_life(0.99),
            "share_one": spread(100 * shares[:, 0], "%"), "share_ten": spread(100 * shares[:, 1], "%"),
            "share_last": spread(100 * shares[:, 2], "%"),
            "need_half": needs(0.5), "need_ninety": needs(0.9), "need_nn": needs(0.99),
            "most": most, "most_share": f"{middle[most] / middle[second]:.1f}", "last": T - 1,
            "grows": spread(c[-1] / c[1] for c in (r["gradient"]["carried"]["c"] for r in found[1.0])),
        }
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
