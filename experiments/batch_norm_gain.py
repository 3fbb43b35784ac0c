"""Why recurrent batch normalisation begins with a gain of 0.1: the gradient, step by step, for gains from 0.1 to 1.

A tanh network with recurrent batch normalisation before any training reads digits pixel by pixel; the norm of the
gradient at each step, relative to that at the last one. After Cooijmans, Ballas, Laurent, Gülçehre and Courville 2017,
arXiv:1603.09025, fig. 1a: nearly constant for a gain of 0.1, vanishing fast for 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import nn

import undertow
from problems import Digits
from publishing import Arguments, about, collect, figure, save, spread, table, write
from undertow.flow.schedule import at

__all__ = ["draw", "main", "one"]

GAINS = tuple(round(0.1 * tenth, 1) for tenth in range(1, 11))


def one(gain: float, hidden: int, batch: int, seed: int) -> dict[str, Any]:
    """One backward pass; ``seed`` draws weights and digits. ``total``: relative gradient by step, from the first."""
    torch.manual_seed(seed)
    problem = Digits(permuted=True)
    layer = undertow.Recurrent(
        "rnn", problem.inputs, hidden, init="orthogonal", normalisation="recurrent batch", normalisation_gain=gain
    )
    readout = nn.Linear(hidden, problem.outputs)
    x, target = problem.draw(batch, torch.Generator().manual_seed(seed))
    with undertow.watch(layer, problem.reach, examine=at({0}), seed=seed) as seen:
        output, _ = layer(x)
        torch.autograd.backward(problem.loss(readout(output[-1]), target))
    quantities = seen.history[0].quantities
    total = np.array(quantities["gradient"]["total_by_age"]["h"])
    relative = [float(f"{v:.4g}") for v in total / total[-1]]
    return {"total": relative, "horizon": quantities["horizon"]["steps"], "growth": quantities["horizon"]["growth"]}


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the table and the figure."""
    arguments = Arguments.read(__doc__, given)
    hidden, batch, seeds, gains = (8, 8, 1, (0.1, 1.0)) if arguments.tiny else (100, 100, 5, GAINS)
    jobs: dict[str, tuple[Any, ...]] = {
        f"{gain:g}/{seed}": (gain, hidden, batch, seed) for gain in gains for seed in range(seeds)
    }
    settings = {"gains": gains, "hidden": hidden, "batch": batch, "steps": Digits.steps}
    draw(collect("batch_norm_gain", settings, jobs, one, arguments), arguments.folder)


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``batch_norm_gain.md`` and ``batch_norm_gain.svg``."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for key, run in content["runs"].items():
        groups.setdefault(key.partition("/")[0], []).append(run)
    rows = [
        [
            gain, spread([run["total"][0] for run in runs], 2),
            spread([float(np.exp(run["growth"])) for run in runs]), spread([run["horizon"] for run in runs]),
        ]
        for gain, runs in groups.items()
    ]  # fmt: skip
    steps = content["settings"]["steps"]
    write(
        folder / "batch_norm_gain.md",
        "# The gain of recurrent batch normalisation",
        f"{about(content)} A tanh network of {content['settings']['hidden']} units before training, batches of "
        f"{content['settings']['batch']} permuted digits, T = {steps}.",
        table(["gain", "gradient at the first step / at the last", "factor a step", "horizon"], rows),
        "Median (least to most) over seeds.",
        "![gradient by step and gain](batch_norm_gain.svg)",
    )
    _figure(groups, folder / "batch_norm_gain.svg")


def _figure(groups: Mapping[str, Sequence[Mapping[str, Any]]], file: Path) -> None:
    import matplotlib as mpl

    drawn, (axes,) = figure(width=6.5)
    colours = mpl.colormaps["viridis"](np.linspace(0.15, 0.9, len(groups)))
    for colour, (gain, runs) in zip(colours, groups.items(), strict=True):
        middle = [median(values) for values in zip(*(run["total"] for run in runs), strict=True)]
        axes.plot(range(1, len(middle) + 1), middle, color=colour, label=gain)
    axes.set(
        xlabel="step t", ylabel="gradient at t / at the last step", yscale="log", title="Median over seeds, by gain"
    )
    axes.legend(fontsize=7, ncols=2, title="gain", title_fontsize=7)
    save(drawn, file)


if __name__ == "__main__":
    main()
