"""Ill networks and healthy ones: does the verdict know them apart?

Delayed recall over T = 50 steps: one lag, and known. What was planted is no label. A network is labelled by a slow twin
(its profile of gradients by autograd through an unrolled loop in float64) and by whether it learns: held-out loss
below half of what a network without memory can reach. The limits of the verdict were chosen on the first ten seeds and
are judged on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch

from ill_tables import CHOSEN, draw
from planting import Cut, Spoil, plant
from problems import Recall
from publishing import Arguments, collect, record
from training import Model, Network, Plan, train
from twin import profile

__all__ = ["CASES", "Case", "main", "one", "run_all"]

T = 50
PLAN = Plan(
    steps=1000, learning_rate=3e-3, examine=(0, 100, 200, 300, 500), at_end=True, solved=0.1 * Recall.memoryless
)


@dataclass(frozen=True)
class Case:
    """A network, what was done to it before training, and how training differs from :data:`PLAN`.

    ``window``: backpropagation stops so many steps before the end; 0: not at all.
    """

    network: Network
    spoil: tuple[Spoil, ...] = ()
    optimizer: str = "adam"
    learning_rate: float = PLAN.learning_rate
    clip: float = PLAN.clip
    window: int = 0


def _network(cell: str, init: str = "default", forget_bias: float | None = None, *, relu: bool = False) -> Network:
    return Network(cell, 32, init, forget_bias, T if init == "chrono" else None, relu)


_LSTM, _GRU, _RNN = _network("lstm"), _network("gru"), _network("rnn")
_RELU, _IRNN = _network("rnn", relu=True), _network("rnn", "identity", relu=True)

#: Nothing was done to these.
HEALTHY = {
    "lstm": Case(_LSTM),
    "lstm, forget bias 1": Case(_network("lstm", forget_bias=1.0)),
    "lstm, forget bias 4": Case(_network("lstm", forget_bias=4.0)),
    "lstm, chrono": Case(_network("lstm", "chrono")),
    "gru": Case(_GRU),
    "gru, chrono": Case(_network("gru", "chrono")),
    "mgu": Case(_network("mgu")),
    "ugrnn": Case(_network("ugrnn")),
    "janet, chrono": Case(_network("janet", "chrono")),
    "irnn": Case(_IRNN),
    "rnn": Case(_RNN),
    "rnn, orthogonal": Case(_network("rnn", "orthogonal")),
    "gru, chrono, sgd": Case(_network("gru", "chrono"), optimizer="sgd", learning_rate=0.1),
}
#: Something was.
PLANTED = {
    "lstm, forget gate -10": Case(_LSTM, (Spoil("bias", "f", -10.0),)),
    "lstm, forget gate +10": Case(_LSTM, (Spoil("bias", "f", 10.0),)),
    "lstm, input gate -10": Case(_LSTM, (Spoil("bias", "i", -10.0),)),
    "lstm, output gate -10": Case(_LSTM, (Spoil("bias", "o", -10.0),)),
    "gru, update gate -10": Case(_GRU, (Spoil("bias", "z", -10.0),)),
    "gru, update gate +10": Case(_GRU, (Spoil("bias", "z", 10.0),)),
    "rnn, weights x 3": Case(_RNN, (Spoil("scale", "", 3.0),)),
    "rnn, weights x 0.3": Case(_RNN, (Spoil("scale", "", 0.3),)),
    "lstm, weights x 3": Case(_LSTM, (Spoil("scale", "", 3.0),)),
    "lstm, weights x 0.3": Case(_LSTM, (Spoil("scale", "", 0.3),)),
    "gru, weights x 3": Case(_GRU, (Spoil("scale", "", 3.0),)),
    "irnn, weights x 1.3": Case(_IRNN, (Spoil("scale", "", 1.3),)),
    "relu rnn, dead": Case(_RELU, (Spoil("bias", "a", -10.0),)),
    "gru, chrono, window 25": Case(_network("gru", "chrono"), window=25),
    "irnn, window 25": Case(_IRNN, window=25),
    "gru, chrono, sgd, clip 0.0001": Case(_network("gru", "chrono"), (), "sgd", 0.1, 1e-4),
}
CASES = HEALTHY | PLANTED


def one(case: Case, seed: int, plan: Plan, steps: int) -> dict[str, Any]:
    """Train one network; ``seed`` draws its weights and its samples."""
    torch.manual_seed(seed)
    problem = Recall(steps)
    model = Cut(case.network, problem, case.window) if case.window else Model(case.network, problem)
    for spoil in case.spoil:
        plant(model.recurrent, spoil)
    twins: list[dict[str, Any]] = []
    plan = replace(plan, optimizer=case.optimizer, learning_rate=case.learning_rate, clip=case.clip)
    run = train(
        model, problem, plan, seed,
        beside=lambda update, x: twins.append({"update": update, **profile(model, x, problem.reach, case.window)}),
    )  # fmt: skip
    return record(run) | {"twins": twins, "memoryless": problem.memoryless}


def run_all(name: str, steps: int, seeds: int, arguments: Arguments) -> dict[str, Any]:
    """Every case with so many seeds, over ``steps`` steps; windows are cut in proportion. Keeps ``NAME.json``."""
    cases = {key: replace(case, window=case.window * steps // T) for key, case in CASES.items()}
    plan = PLAN
    if arguments.tiny:
        cases = {n: replace(c, network=replace(c.network, hidden=4), window=c.window // 5) for n, c in CASES.items()}
        plan, seeds, steps = Plan(2, batch=4, examine=(0, 1), at_end=True, evaluate_every=2, held_out=8), 1, 10
    jobs: dict[str, tuple[Any, ...]] = {
        f"{key}/{seed}": (case, seed, plan, steps) for seed in range(seeds) for key, case in cases.items()
    }
    settings = {"T": steps, "plan": asdict(plan), "cases": {key: asdict(case) for key, case in cases.items()}}
    return collect(name, settings, jobs, one, arguments)


def main(given: Sequence[str] | None = None) -> None:
    """Run what is missing, then write the tables and the figure."""
    arguments = Arguments.read(__doc__, given)
    draw(run_all("ill", T, 2 * CHOSEN, arguments), arguments.folder)


if __name__ == "__main__":
    main()
