"""Handwritten digits of 8 x 8 pixels, read one pixel at a time: which cells can, and how far back do they see?

In order of reading (T = 64) and in a fixed random order, in which near pixels are far apart and the early ones count
as much as the late ones. Accuracy on held-out digits by cell, over seeds, and the horizon before and after training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import torch

from digits_tables import draw
from problems import Digits
from publishing import Arguments, collect, record
from training import Model, Network, Plan, train
from undertow import cells

__all__ = ["NETWORKS", "main", "one"]

#: Every cell that ships as it starts by default, and some of them as they are started against vanishing; but for the
#: SRU, whose input has to be as wide as its state.
NETWORKS = {name: Network(name) for name in cells.CELLS if name != "sru"} | {
    "rnn, orthogonal": Network("rnn", init="orthogonal"),
    "irnn": Network("rnn", init="identity", relu=True),
    "lstm, chrono": Network("lstm", init="chrono", memory=64),
    "gru, chrono": Network("gru", init="chrono", memory=64),
    "janet, chrono": Network("janet", init="chrono", memory=64),
}
ORDERS = ("as read", "permuted")
PLAN = Plan(steps=1000, learning_rate=3e-3, examine=(0, 200, 300, 500, 999), evaluate_every=250, held_out=500)


def one(network: Network, order: str, seed: int, plan: Plan) -> dict[str, Any]:
    """Train one network; ``seed`` draws its weights and its batches."""
    torch.manual_seed(seed)
    problem = Digits(permuted=order == "permuted")
    return record(train(Model(network, problem), problem, plan, seed))


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the table and the figure."""
    arguments = Arguments.read(__doc__, given)
    networks, plan, seeds = NETWORKS, PLAN, 3
    if arguments.tiny:
        networks = {name: replace(network, hidden=8) for name, network in NETWORKS.items()}
        plan, seeds = Plan(4, batch=4, examine=(0, 3), evaluate_every=2, held_out=20), 1
    jobs: dict[str, tuple[Any, ...]] = {
        f"{order}/{name}/{seed}": (network, order, seed, plan)
        for seed in range(seeds)
        for order in ORDERS
        for name, network in networks.items()
    }
    settings = {"plan": asdict(plan), "networks": {name: asdict(network) for name, network in networks.items()}}
    draw(collect("digits", settings, jobs, one, arguments), arguments.folder)


if __name__ == "__main__":
    main()
