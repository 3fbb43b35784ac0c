"""What if the input is of another size than a network expects?

Digits read pixel by pixel, standardised, then multiplied by 0.0001 to 1000, or with a mean of 3 to 300: as data come
that nobody has scaled. Accuracy by cell, and what the verdict says of it after 300 updates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from torch import Tensor

from problems import Digits
from publishing import COLOURS, Arguments, about, at, collect, figure, record, save, spread, table, write
from training import Model, Network, Plan, train

__all__ = ["Scaled", "draw", "main", "one"]

NETWORKS = {"lstm": Network("lstm"), "gru": Network("gru"), "rnn, orthogonal": Network("rnn", init="orthogonal")}
PLAN = Plan(steps=1000, learning_rate=3e-3, examine=(0, 300), evaluate_every=250, held_out=500)
#: Deviation and mean of what the network reads.
SCALES = (
    *((deviation, 0.0) for deviation in (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0)),
    *((1.0, offset) for offset in (3.0, 10.0, 30.0, 100.0, 300.0)),
)
SEEDS = 3
#: Of the training set's pixels, as :class:`Digits` gives them.
_MEAN, _DEVIATION = 0.305, 0.376


class Scaled(Digits):
    """Digits whose pixels have another mean and deviation."""

    def __init__(self, deviation: float, offset: float) -> None:
        super().__init__()
        self._deviation, self._offset = deviation, offset

    def _scaled(self, sample: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        x, target = sample
        return (x - _MEAN) / _DEVIATION * self._deviation + self._offset, target

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Input (64, B, 1), target (B,)."""
        return self._scaled(super().draw(batch, generator))

    def held_out(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The same of those held out."""
        return self._scaled(super().held_out(batch, generator))


def one(network: Network, deviation: float, offset: float, seed: int, plan: Plan) -> dict[str, Any]:
    """Train one network; ``seed`` draws its weights and its batches."""
    torch.manual_seed(seed)
    problem = Scaled(deviation, offset)
    return record(train(Model(network, problem), problem, plan, seed))


def _name(scale: tuple[float, float]) -> str:
    return f"deviation {scale[0]:g}" + (f", mean {scale[1]:g}" if scale[1] else "")


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``input_scale.md`` and ``input_scale.svg``."""
    groups: dict[str, dict[tuple[float, float], list[Mapping[str, Any]]]] = {}
    for key, run in content["runs"].items():
        name, deviation, offset, _ = key.split("/")
        groups.setdefault(name, {}).setdefault((float(deviation), float(offset)), []).append(run)
    plan = content["settings"]["plan"]
    last = plan["examine"][-1]
    scales = list(dict.fromkeys(scale for runs in groups.values() for scale in runs))
    rows = []
    for scale in scales:
        accuracies = [spread([r["curve"][-1][3] for r in runs[scale]], 2) for runs in groups.values()]
        seen = [g for runs in groups.values() for r in runs[scale] if (g := at(r, last))]
        told = [sum(kind in g["findings"] for g in seen) for kind in ("input out of scale", "saturated", "dead units")]
        rows.append([_name(scale), *accuracies, *(f"{n} of {len(seen)}" for n in told)])
    head = ["input", *groups, "said: out of scale", "saturated", "dead units"]
    write(
        folder / "input_scale.md",
        "# Inputs of another size",
        f"{about(content)} Digits pixel by pixel; accuracy on {plan['held_out']} held out after {plan['steps']} "
        f"updates of Adam, median (least to most) over seeds; findings of the verdict after {last} updates, of "
        "whatever level, over all networks and seeds.",
        table(head, rows),
        "![accuracy by size of the input](input_scale.svg)",
    )
    drawn, axes = figure(2, width=9.5)
    for axis, which, label in zip(axes, (0, 1), ("deviation (mean 0)", "mean (deviation 1)"), strict=True):
        chosen = [s for s in scales if (s[1] == 0.0 if which == 0 else s[0] == 1.0 and s[1])]
        for colour, (name, runs) in zip(COLOURS, groups.items(), strict=False):
            points = [(s[which], mean(r["curve"][-1][3] for r in runs[s])) for s in chosen]
            axis.plot(*zip(*points, strict=True), "o-", ms=4, color=colour, label=name)
        axis.set(xscale="log", xlabel=f"the input's {label}", ylim=(0, 1))
    axes[0].set_ylabel("accuracy on held-out digits")
    axes[0].legend(fontsize=8)
    save(drawn, folder / "input_scale.svg")


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the table and the figure."""
    arguments = Arguments.read(__doc__, given)
    networks, plan, seeds = NETWORKS, PLAN, SEEDS
    if arguments.tiny:
        networks, seeds = {name: replace(network, hidden=8) for name, network in NETWORKS.items()}, 1
        plan = Plan(4, batch=4, examine=(0, 3), evaluate_every=2, held_out=20)
    jobs: dict[str, tuple[Any, ...]] = {
        f"{name}/{deviation:g}/{offset:g}/{seed}": (network, deviation, offset, seed, plan)
        for name, network in networks.items()
        for deviation, offset in SCALES
        for seed in range(seeds)
    }
    settings = {"plan": asdict(plan), "networks": {name: asdict(v) for name, v in networks.items()}, "scales": SCALES}
    draw(collect("input_scale", settings, jobs, one, arguments), arguments.folder)


if __name__ == "__main__":
    main()
