"""Who solves the adding problem, and does the verdict tell early?

T = 200 (40 runs, one seed each) and T = 600. Over the runs of T = 200 the verdict after the first few hundred updates,
with a reach of the whole sequence, is held against the end: a network that solves it and had an alarm is a false
alarm, one that fails and had none is a miss. The pilot's seeds are those from 100 on; those from 200 on were looked at
when verdict and rules were fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import torch

from adding_tables import draw
from problems import Adding
from publishing import Arguments, collect, record
from training import Model, Network, Plan, train

__all__ = ["NETWORKS", "main", "one"]

T = 200
NETWORKS = {
    "gru": Network("gru"),
    "ugrnn": Network("ugrnn"),
    "lstm": Network("lstm"),
    "lstm, forget bias 1": Network("lstm", forget_bias=1.0),
    "lstm, forget bias 3": Network("lstm", forget_bias=3.0),
    "lstm, chrono": Network("lstm", init="chrono", memory=T),
    "rnn": Network("rnn"),
    "irnn": Network("rnn", init="identity", relu=True),
}
LONG = ("gru", "lstm, chrono", "lstm", "rnn", "irnn")
PLAN = Plan(steps=2000, learning_rate=3e-3, examine=(0, 100, 200, 300, 500, 1000), solved=0.01)
TINY = replace(PLAN, steps=4, batch=4, examine=(0, 2), evaluate_every=2, held_out=8)


def one(network: Network, steps: int, seed: int, plan: Plan) -> dict[str, Any]:
    """Train one network; ``seed`` draws its weights and its samples."""
    torch.manual_seed(seed)
    problem = Adding(steps)
    if network.init == "chrono":
        network = replace(network, memory=steps)
    return record(train(Model(network, problem), problem, plan, seed))


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the tables and the figure."""
    arguments = Arguments.read(__doc__, given)
    plan, short, long, seeds = (TINY, 12, 16, 1) if arguments.tiny else (PLAN, T, 600, 5)
    networks = {n: replace(network, hidden=8) if arguments.tiny else network for n, network in NETWORKS.items()}
    jobs: dict[str, tuple[Any, ...]] = {}
    for place, (name, network) in enumerate(networks.items()):
        for turn in range(min(seeds, 2)):
            seed = 100 + len(networks) * turn + place
            jobs[f"pilot/{name}/{seed}"] = network, short, seed, plan
    for turn in range(seeds):
        for place, (name, network) in enumerate(networks.items()):
            seed = 200 + len(networks) * turn + place
            jobs[f"{short}/{name}/{seed}"] = network, short, seed, plan
    for seed in range(min(seeds, 3)):
        for name in LONG:
            jobs[f"{long}/{name}/{seed}"] = networks[name], long, seed, plan
    settings = {
        "T": [short, long], "plan": asdict(plan), "networks": {n: asdict(v) for n, v in networks.items()}, "pilot": 100,
    }  # fmt: skip
    draw(collect("adding", settings, jobs, one, arguments), arguments.folder)


if __name__ == "__main__":
    main()
