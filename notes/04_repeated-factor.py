"""Measures and draws note 4: one weight many times against many weights once."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, DASHES, Page, figure, number, run, spread
from undertow import cell, tanh

K, B, H = 40, 16, 8
SEEDS = range(20)


@cell(gates="a", state=dict(h=0))
def plain(x, s):
    return s.next(h=tanh(x.a))


def in_time(seed):
    torch.manual_seed(seed)
    network = undertow.Recurrent(plain, H, H, bias=False)
    with torch.no_grad():
        network.weight_hh_l0.normal_(0, H**-0.5)
    start = 0.5 * torch.randn(1, B, H)
    with undertow.watch(network) as seen:
        network(torch.zeros(K + 1, B, H), start)[0][-1].sum().backward()
    return seen.history[-1].quantities


def in_layers(seed):
    torch.manual_seed(seed)
    network = undertow.Recurrent(plain, H, [H] * (K + 1), bias=False)
    with torch.no_grad():
        for index in range(K + 1):
            network.get_parameter(f"weight_ih_l{index}").normal_(0, H**-0.5)
    with undertow.watch(network) as seen:
        network(0.5 * torch.randn(1, B, H))[0][-1].sum().backward()
    by_layer = {glance.layer: glance.quantities["gradient"]["total"]["h"][0] for glance in seen.history}
    return [by_layer[f"recurrent.{index}"] for index in reversed(range(K + 1))]


SHOW = """print("in time, from the end:  ", in_time(seed=0)["gradient"]["total"]["h"][:5])
print("in layers, from the top:", in_layers(seed=0)[:5])"""


def draw(falls: dict[str, np.ndarray]) -> Figure:
    """Every seed by depth, both ways, and how far they lie apart."""
    drawn, panels = figure(3, width=11)
    for which, (axes, (name, values)) in enumerate(zip(panels, falls.items(), strict=False)):
        axes.plot(values.T, color=COLOURS[which], linewidth=1, alpha=0.7)
        axes.plot(np.median(values, 0), color=COLOURS[which], linewidth=3)
        axes.set(yscale="log", ylim=(1e-7, 1e2), xlabel=f"{'steps' if not which else 'layers'} back")
        axes.set_title(name)
        panels[2].plot(apart(values), color=COLOURS[which], linestyle=DASHES[which], label=name.lower())
    panels[0].set_ylabel("gradient, of that at the end")
    panels[2].set(xlabel="steps or layers back", ylabel="deviation (powers of ten)", ylim=(0, None))
    panels[2].set_title("How far seeds lie apart")
    panels[2].legend()
    return drawn


def apart(values: np.ndarray) -> np.ndarray:
    """The standard deviation over seeds of the power of ten, by depth."""
    return np.log10(values).std(0)


def build(page: Page) -> None:
    """Measure, draw, write."""
    found = [in_time(seed) for seed in SEEDS]
    time = np.array([f["gradient"]["total"]["h"] for f in found])
    layers = np.array([in_layers(seed) for seed in SEEDS])
    same, different = (values / values[:, :1] for values in (time, layers))
    alt = "gradients by depth: with the same weight twenty lines fan out, with different weights they stay close"
    page.figure("depth", draw({"The same weight": same, "Different weights": different}), alt)
    page.code("code", "K, B, H", "plain", "in_time", "in_layers", then=SHOW,
              imports="import torch\n\nimport undertow\nfrom undertow import cell, tanh")  # fmt: skip
    radius = np.array([f["matrices"]["a"]["spectral_radius"] for f in found])
    below = radius < 0.95
    correlation = np.corrcoef(np.log(radius[below]), np.log(same[below, K]))[0, 1]
    page.write(
        {
            "K": K, "H": H, "seeds": len(SEEDS), "same": spread(same[:, K]), "different": spread(different[:, K]),
            "powers": "\n".join(f"| {w} | {number(w**K)} |" for w in (0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2)),
            "apart_same": apart(same)[K], "apart_different": apart(different)[K],
            "grows_same": apart(same)[K] / apart(same)[10], "linear": K / 10,
            "grows_different": apart(different)[K] / apart(different)[10], "root": (K / 10) ** 0.5,
            "below": int(below.sum()), "correlated": float(correlation),
        },
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
