"""Measures and draws note 1: how much of the gradient each step gets."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, SEEDS, Page, band, figure, run, spread
from undertow.lang.diagram import unrolled_svg

T, B, I, H = 30, 16, 8, 32


def unrolled(rnn, x):
    h, copies = x.new_zeros(x.shape[1], rnn.hidden_size), []
    for step in x:  # x is (T, B, I)
        copy = rnn.weight_hh_l0.clone()  # the same numbers, a gradient of its own
        copy.retain_grad()
        copies.append(copy)
        h = torch.tanh(step @ rnn.weight_ih_l0.T + rnn.bias_ih_l0 + h @ copy.T + rnn.bias_hh_l0)
    return h, copies


def gradient_by_lag(seed):
    torch.manual_seed(seed)
    rnn, x = undertow.RNN(I, H), torch.randn(T, B, I)
    with undertow.watch(rnn) as seen:
        rnn(x)[0][-1].square().sum().backward()
    return seen.history[-1].quantities


COMPARE = """torch.manual_seed(0)
rnn, x = undertow.RNN(I, H), torch.randn(T, B, I)
h, copies = unrolled(rnn, x)
(by_copies,) = torch.autograd.grad(h.square().sum(), rnn.weight_hh_l0, retain_graph=True)
(by_layer,) = torch.autograd.grad(rnn(x)[0][-1].square().sum(), rnn.weight_hh_l0)
print(f"largest entry {by_layer.abs().max():.1f}")
print("the same to 0.0001:", torch.allclose(by_copies, by_layer, atol=1e-4))"""

SHOW = """found = gradient_by_lag(seed=0)
print("at lags 0 to 5:", found["gradient"]["total"]["h"][:6])
print("horizon:", found["horizon"]["steps"])"""


def shares(seed: int) -> np.ndarray:
    """What each step's copy has of the weight's gradient, by lag: lengths over their sum (T,)."""
    torch.manual_seed(seed)
    rnn, x = undertow.RNN(I, H), torch.randn(T, B, I)
    h, copies = unrolled(rnn, x)
    h.square().sum().backward()
    lengths = np.array([float(copy.grad.norm()) for copy in reversed(copies)])
    return lengths / lengths.sum()


def draw(left: list[np.ndarray], share: list[np.ndarray]) -> Figure:
    """Both as they fall with the lag."""
    drawn, (falls, parts) = figure(2)
    lags = np.arange(T)
    band(falls, lags, left, "", 0)
    falls.axhline(0.01, color=COLOURS[1], linestyle="--", linewidth=1.4)
    falls.annotate("a hundredth", (T - 1, 0.01), (0, 4), textcoords="offset points", color=COLOURS[1], ha="right")
    falls.set(yscale="log", ylim=(1e-10, 2), xlabel="lag (steps before the last)", ylabel="gradient, of that at lag 0")
    falls.set_title("The gradient at each step")
    middle = 100 * np.median(share, 0)
    parts.bar(lags, middle, color=COLOURS[0])
    low, high = 100 * np.min(share, 0), 100 * np.max(share, 0)
    parts.vlines(lags, low, high, color=COLOURS[1], linewidth=2)
    parts.set(xlabel="lag (steps before the last)", ylabel="share (%)")
    parts.set_title("Share of the weight's gradient")
    return drawn


def build(page: Page) -> None:
    """Measure, draw, write."""
    found = [gradient_by_lag(seed) for seed in SEEDS]
    totals = [np.array(f["gradient"]["total"]["h"]) for f in found]
    left = [total / total[0] for total in totals]
    share = [shares(seed) for seed in SEEDS]
    page.figure("chain", unrolled_svg(undertow.cells.rnn, 4), "an RNN unrolled over four steps, gradients going back")
    alt = "gradient by lag on a logarithmic axis, a straight fall; share of the weight's gradient by lag"
    page.figure("memory", draw(left, share), alt)
    page.code("listing", "T, B, I, H", "unrolled", imports="import torch\n\nimport undertow", then=COMPARE)
    page.code("look", "gradient_by_lag", then=SHOW)
    page.write(
        {
            "T": T, "H": H, "seeds": len(SEEDS), "one": spread((100 * r[1] for r in left), "%"),
            "five": spread((100 * r[5] for r in left), "%"),
            "twenty": spread((100 * r[20] for r in left), "%"), "horizon": spread(f["horizon"]["steps"] for f in found),
            "recent": spread((100 * s[:5].sum() for s in share), "%"),
        },
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
