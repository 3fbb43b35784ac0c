"""Why recurrent batch normalisation begins with a gain of 0.1: the gradient, step by step, for gains from 0.1 to 1.

A tanh network before any training reads digits pixel by pixel; the norm of the gradient at each step, relative to that
at the last one. After Cooijmans, Ballas, Laurent, Gülçehre and Courville 2017, arXiv:1603.09025, fig. 1a: nearly
constant for a gain of 0.1, vanishing fast for 1. Measured in three ways, since it matters what is normalised:

``whole``      W h + U x normalised as one, identity matrix W, digits enlarged to 20 x 20 (T = 400); a plain loop
``halves``     the same, W h and U x normalised apart (the paper's eq. 6)
``layer``      ``normalisation="recurrent batch"`` (halves), orthogonal matrix, permuted digits (T = 64), watched
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

import undertow
from problems import Digits
from publishing import Arguments, about, collect, figure, save, spread, table, write
from undertow.flow.schedule import at

__all__ = ["draw", "loop", "main", "one"]

GAINS = tuple(round(0.1 * tenth, 1) for tenth in range(1, 11))
WAYS = ("whole", "halves", "layer")
_EPSILON = 1e-5


def _normalised(values: Tensor, gain: float) -> Tensor:
    """(B, H) over the batch."""
    return gain * (values - values.mean(0)) / (values.var(0, unbiased=False) + _EPSILON).sqrt()


def loop(x: Tensor, recurrent: Tensor, inputs: Tensor, start: Tensor, gain: float, *, whole: bool) -> list[Tensor]:
    """h after each step of a tanh network with batch normalisation, by hand.

    Args:
        x: (T, B, I).
        recurrent, inputs: (H, H) and (H, I).
        start: (B, H).
        gain: of the normalisation.
        whole: the sum is normalised, not its two halves.
    """
    h, states = start, []
    for step in x:
        halves = h @ recurrent.T, step @ inputs.T
        total = _normalised(sum(halves, torch.zeros(())), gain) if whole else sum(_normalised(a, gain) for a in halves)
        h = torch.tanh(torch.as_tensor(total))
        states.append(h)
    return states


def _by_hand(x: Tensor, target: Tensor, side: int, hidden: int, gain: float, *, whole: bool) -> list[float]:
    """The gradient's norm by step, of digits enlarged to ``side`` x ``side``. h begins as noise of 0.1, since the first
    pixels are the same in all digits, and have no variance."""
    batch = x.shape[1]
    pictures = x[..., 0].T.reshape(batch, 1, 8, 8)
    x = F.interpolate(pictures, size=(side, side)).reshape(batch, -1).T[..., None]
    start = (0.1 * torch.randn(batch, hidden)).requires_grad_()
    states = loop(x, torch.eye(hidden), torch.randn(hidden, 1), start, gain, whole=whole)
    for state in states:
        state.retain_grad()
    torch.autograd.backward(F.cross_entropy(nn.Linear(hidden, 10)(states[-1]), target))
    return [float(state.grad.norm()) for state in states if state.grad is not None]


def _watched(problem: Digits, x: Tensor, target: Tensor, hidden: int, gain: float, seed: int) -> list[float]:
    """The same of a layer, as the watch sees it."""
    layer = undertow.Recurrent(
        "rnn", problem.inputs, hidden, init="orthogonal", normalisation="recurrent batch", normalisation_gain=gain
    )
    readout = nn.Linear(hidden, problem.outputs)
    with undertow.watch(layer, problem.reach, examine=at({0}), seed=seed) as seen:
        output, _ = layer(x)
        torch.autograd.backward(problem.loss(readout(output[-1]), target))
    return list(seen.history[0].quantities["gradient"]["total_by_age"]["h"])


def one(way: str, gain: float, hidden: int, batch: int, side: int, seed: int) -> dict[str, Any]:
    """One backward pass; ``seed`` draws weights and digits. ``total``: relative gradient by step, from the first."""
    torch.manual_seed(seed)
    problem = Digits(permuted=way == "layer")
    x, target = problem.draw(batch, torch.Generator().manual_seed(seed))
    if way == "layer":
        norms = _watched(problem, x, target, hidden, gain, seed)
    else:
        norms = _by_hand(x, target, side, hidden, gain, whole=way == "whole")
    return {"total": [float(f"{v:.3g}") for v in np.array(norms) / norms[-1]]}


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the table and the figure."""
    arguments = Arguments.read(__doc__, given)
    hidden, batch, side, seeds, gains = (8, 8, 9, 1, (0.1, 1.0)) if arguments.tiny else (100, 100, 20, 5, GAINS)
    jobs: dict[str, tuple[Any, ...]] = {
        f"{way}/{gain:g}/{seed}": (way, gain, hidden, batch, side, seed)
        for way in WAYS
        for gain in (gains if way != "layer" else gains[::3])
        for seed in range(seeds)
    }
    settings = {"gains": gains, "hidden": hidden, "batch": batch, "side": side}
    draw(collect("batch_norm_gain", settings, jobs, one, arguments), arguments.folder)


_Groups = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``batch_norm_gain.md`` and ``batch_norm_gain.svg``."""
    groups: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for key, run in content["runs"].items():
        way, gain, _ = key.split("/")
        groups.setdefault(way, {}).setdefault(gain, []).append(run)
    first = {
        (way, gain): spread([run["total"][0] for run in runs], 2)
        for way, gains in groups.items()
        for gain, runs in gains.items()
    }
    rows = [[gain, *(first.get((way, gain), "") for way in groups)] for gain in next(iter(groups.values()))]
    settings = content["settings"]
    write(
        folder / "batch_norm_gain.md",
        "# The gain of recurrent batch normalisation",
        f"{about(content)} A tanh network of {settings['hidden']} units before training, batches of "
        f"{settings['batch']} digits. The gradient at the first step over that at the last, median (least to most) "
        "over seeds:",
        table(["gain", *groups], rows),
        f"`whole`: W h + U x normalised as one, identity matrix, T = {settings['side'] ** 2}. `halves`: W h and U x "
        "apart. `layer`: the layer's `recurrent batch` (halves), orthogonal matrix, T = 64.",
        "![gradient by step and gain](batch_norm_gain.svg)",
    )
    _figure(groups, folder / "batch_norm_gain.svg")


def _figure(groups: _Groups, file: Path) -> None:
    import matplotlib as mpl

    drawn, axes = figure(len(groups), width=10)
    gains = list(next(iter(groups.values())))
    colours = dict(zip(gains, mpl.colormaps["viridis"](np.linspace(0.15, 0.9, len(gains))), strict=True))
    for axis, (way, runs_by_gain) in zip(axes, groups.items(), strict=True):
        for gain, runs in runs_by_gain.items():
            middle = [max(median(values), 1e-12) for values in zip(*(r["total"] for r in runs), strict=True)]
            axis.plot(range(1, len(middle) + 1), middle, color=colours[gain], label=gain)
        axis.set(xlabel="step t", yscale="log", title=way)
    axes[0].set_ylabel("gradient at t / at the last step")
    axes[0].legend(fontsize=7, ncols=2, title="gain", title_fontsize=7)
    save(drawn, file)


if __name__ == "__main__":
    main()
