"""How many times fewer updates does chrono initialisation need?

An LSTM with chrono gate biases against one with forget bias 1, on copy memory and on the adding problem: updates until
it is solved, and until it is better than any network without memory. After Tallec and Ollivier 2018, arXiv:1804.11188,
sec. 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import torch

from copying_tables import draw
from problems import Adding, Copying, Problem
from publishing import Arguments, collect, record
from training import Model, Network, Plan, train

__all__ = ["BIAS", "main", "memory", "one"]

#: Problem, T, updates at most, seeds.
CASES: tuple[tuple[str, int, int, int], ...] = (
    ("copying", 50, 20_000, 3),
    ("copying", 100, 30_000, 3),
    ("copying", 200, 30_000, 3),
    ("copying", 500, 20_000, 2),
    ("adding", 200, 12_000, 3),
    ("adding", 750, 8000, 3),
)
#: Adam's, chosen on a pilot (seed 100): at 0.003 copying had learned nothing after 2,500 updates.
LEARNING_RATES = {"copying": 1e-2, "adding": 3e-3}
BIAS = {"chrono": None, "forget bias 1": 1.0}
PLAN = Plan(steps=0, batch=20, examine=(0, 300), evaluate_every=200, held_out=128)
#: Where a problem counts as solved, as a share of the loss of a network without memory.
SOLVED = 0.06


def memory(kind: str, steps: int) -> int:
    """The longest time scale, as in the paper: 3 T / 2 to copy, T to add."""
    return 3 * steps // 2 if kind == "copying" else steps


def one(kind: str, steps: int, name: str, hidden: int, seed: int, plan: Plan) -> dict[str, Any]:
    """Train one LSTM; ``seed`` draws its weights and its samples."""
    torch.manual_seed(seed)
    problem: Problem = Copying(steps) if kind == "copying" else Adding(steps)
    chrono = name == "chrono"
    network = Network(
        "lstm", hidden, "chrono" if chrono else "default", BIAS[name], memory(kind, steps) if chrono else None
    )
    plan = replace(plan, solved=SOLVED * problem.memoryless)
    run = record(train(Model(network, problem), problem, plan, seed))
    return run | {"memoryless": problem.memoryless}


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the table and the figure."""
    arguments = Arguments.read(__doc__, given)
    plan, hidden, cases = PLAN, 64, CASES
    if arguments.tiny:
        plan, hidden = Plan(4, batch=4, examine=(0,), evaluate_every=2, held_out=8), 8
        cases = (("copying", 5, 4, 1), ("adding", 12, 4, 1))
    jobs: dict[str, tuple[Any, ...]] = {
        f"{kind} {steps}/{name}/{seed}": (
            kind, steps, name, hidden, seed, replace(plan, steps=updates, learning_rate=LEARNING_RATES[kind])
        )
        for kind, steps, updates, seeds in cases
        for seed in range(seeds)
        for name in BIAS
    }  # fmt: skip
    settings: dict[str, Any] = {
        "cases": cases,
        "hidden": hidden,
        "plan": asdict(plan),
        "learning rates": LEARNING_RATES,
    }
    settings |= {"solved": SOLVED}
    draw(collect("copying", settings, jobs, one, arguments), arguments.folder)


if __name__ == "__main__":
    main()
