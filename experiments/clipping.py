"""How tight may clipping be?

Plain SGD on digits read pixel by pixel, gradients clipped to a norm from none to a thousandth, at two learning rates.
Clipping that acts on every update says little by itself: what trains depends on the length of a step, which is the
learning rate times the limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from problems import Digits
from publishing import (
    COLOURS,
    GREY,
    Arguments,
    about,
    collect,
    counted,
    figure,
    record,
    save,
    spread,
    table,
    worst,
    write,
)
from training import Model, Network, Plan, train

__all__ = ["draw", "main", "one"]

NETWORK = Network("rnn", init="orthogonal")
PLAN = Plan(steps=1000, optimizer="sgd", examine=(0,), at_end=True, evaluate_every=250, held_out=500)
LEARNING_RATES = (0.1, 1.0)
#: Longest gradients; infinity: not clipped.
LIMITS = (math.inf, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
SEEDS = 5


def one(network: Network, learning_rate: float, limit: float, seed: int, plan: Plan) -> dict[str, Any]:
    """Train one network; ``seed`` draws its weights and its batches."""
    torch.manual_seed(seed)
    problem = Digits()
    plan = replace(plan, learning_rate=learning_rate, clip=limit)
    return record(train(Model(network, problem), problem, plan, seed))


def draw(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``clipping.md`` and ``clipping.svg``."""
    groups: dict[tuple[float, float], list[Mapping[str, Any]]] = {}
    for key, run in content["runs"].items():
        rate, limit, _ = key.split("/")
        groups.setdefault((float(rate), float(limit)), []).append(run)
    rows = [
        [
            f"{rate:g}", "none" if math.isinf(limit) else f"{limit:g}",
            spread([r["curve"][-1][3] for r in runs], 2), spread([r["clipped"] for r in runs], 2),
            "-" if math.isinf(limit) else spread([r["gradient_norm"] / limit for r in runs], 2),
            "-" if math.isinf(limit) else f"{rate * limit:g}",
            counted([worst(r["glances"][-1]) for r in runs]),
        ]
        for (rate, limit), runs in groups.items()
    ]  # fmt: skip
    head = ["learning rate", "limit", "accuracy", "updates clipped", "mean gradient / limit", "longest step", "verdict"]
    plan = content["settings"]["plan"]
    write(
        folder / "clipping.md",
        "# How tight may clipping be?",
        f"{about(content)} An orthogonal tanh network, digits pixel by pixel, {plan['steps']} updates of plain SGD; "
        "median (least to most) over seeds.",
        table(head, rows),
        "Verdict: the worst level of its findings at the end, in how many seeds.",
        "![accuracy by length of a step](clipping.svg)",
    )
    drawn, (axes,) = figure()
    for colour, rate in zip(COLOURS[1::2], sorted({rate for rate, _ in groups}), strict=False):
        points = [
            (rate * limit, mean(r["curve"][-1][3] for r in runs))
            for (other, limit), runs in groups.items()
            if other == rate and math.isfinite(limit)
        ]
        axes.plot(*zip(*sorted(points), strict=True), "o-", ms=4, color=colour, label=f"learning rate {rate:g}")
    axes.set(xscale="log", xlabel="longest step: learning rate times limit", ylabel="accuracy on held-out digits")
    axes.axhline(0.1, ls=":", lw=1, color=GREY)
    axes.legend()
    save(drawn, folder / "clipping.svg")


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the table and the figure."""
    arguments = Arguments.read(__doc__, given)
    network, plan, seeds = NETWORK, PLAN, SEEDS
    if arguments.tiny:
        network, seeds = replace(NETWORK, hidden=8), 1
        plan = replace(PLAN, steps=4, batch=4, evaluate_every=2, held_out=20)
    jobs: dict[str, tuple[Any, ...]] = {
        f"{rate:g}/{limit:g}/{seed}": (network, rate, limit, seed, plan)
        for rate in LEARNING_RATES
        for limit in LIMITS
        for seed in range(seeds)
    }
    settings = {"plan": asdict(plan), "network": asdict(network), "limits": [f"{v:g}" for v in LIMITS]}
    draw(collect("clipping", settings, jobs, one, arguments), arguments.folder)


if __name__ == "__main__":
    main()
