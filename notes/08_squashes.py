"""Measures and draws note 8: the LSTM's functions, swapped one kind at a time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

import numpy as np
import torch
from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, SEEDS, Page, dots, figure, number, run, spread
from trials import Adding, Plan, Trial, losses, solved, trial
from undertow import cell, relu, sigmoid, tanh

H = 32
STEPS, LONG = 30, 300
PLAN = Plan(steps=800, learning_rate=1e-2, examine=(0, 799))

Function = Literal["tanh", "sigmoid", "relu", "identity"]
FUNCTIONS = {"tanh": tanh, "sigmoid": sigmoid, "relu": relu, "identity": lambda a: a}


@cell(gates="i f g o", state=dict(h=0, c=0), roles=dict(forget="f", input="i", candidate="g"))
def lstm(x, s, *, gate: Function = "sigmoid", candidate: Function = "tanh", out: Function = "tanh"):
    i, f, o = FUNCTIONS[gate](x.i), FUNCTIONS[gate](x.f), FUNCTIONS[gate](x.o)
    g = FUNCTIONS[candidate](x.g)
    c = f * s.c + i * g
    return s.next(h=o * FUNCTIONS[out](c), c=c)


SHOW = """layer = undertow.Recurrent(lstm.bind(gate="relu"), 2, 32, forget_bias=1.0)
print(layer)"""

IMPORTS = """from typing import Literal

import undertow
from undertow import cell, relu, sigmoid, tanh"""

USUAL = {"gate": "sigmoid", "candidate": "tanh", "out": "tanh"}
NAMES = {"candidate": "candidate", "gate": "gates", "out": "way out"}
#: The usual LSTM, then each function in the place of each usual one.
VARIANTS: dict[str, dict[str, str]] = {"as usual": {}} | {
    f"{NAMES[place]} {function}": {place: function}
    for place in NAMES
    for function in FUNCTIONS
    if function != USUAL[place]
}


def make(options: Mapping[str, str]) -> undertow.Recurrent:
    """A fresh layer."""
    return undertow.Recurrent(lstm.bind(**options), 2, H, forget_bias=1.0)


def cell_state(options: Mapping[str, str], seed: int) -> tuple[float, float]:
    """Mean and mean size of c after LONG steps, before training."""
    torch.manual_seed(seed)
    x, _ = Adding(LONG).draw(PLAN.batch, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        _, (_, c) = make(options)(x)
    return c.mean().item(), c.abs().mean().item()


def draw(trials: Mapping[str, list[Trial]], states: Mapping[str, list[tuple[float, float]]]) -> Figure:
    """Loss, horizon at the start, size of c."""
    drawn, (loss, horizon, size) = figure(3, width=11, height=4.6, sharey=True)
    place = {"a": 5, "c": 0, "g": 1, "w": 2}
    colours = [COLOURS[place[name[0]]] for name in trials]
    loss.set(xscale="log", xlim=(3e-5, 1), xlabel="mean square error")
    dots(loss, {name: [t.loss for t in found] for name, found in trials.items()}, colours)
    loss.axvline(Adding.memoryless, color=COLOURS[5], linewidth=1, linestyle="--")
    loss.set_title("Error after training")
    horizon.set(xlim=(0, STEPS), xlabel="steps")
    dots(horizon, {name: [t.horizon("before") or 0 for t in found] for name, found in trials.items()}, colours)
    horizon.set_title("Horizon before training")
    size.set(xscale="log", xlim=(1e-2, 1e18), xlabel=f"mean size of c after {LONG} steps")
    dots(size, {name: [s[1] for s in found] for name, found in states.items()}, colours)
    size.set_title("Size of c before training")
    return drawn


def table(trials: Mapping[str, list[Trial]], states: Mapping[str, list[tuple[float, float]]]) -> str:
    """A row each."""
    rows = ["| | error | solved | diverged | horizon before | size of c |", "|---|---|---|---|---|---|"]
    for name, found in trials.items():
        diverged = number(sum(t.diverged for t in found))
        horizon = spread(t.horizon("before") or 0 for t in found)
        size = spread(s[1] for s in states[name])
        rows.append(f"| {name} | {losses(found)} | {solved(found)} | {diverged} | {horizon} | {size} |")
    return "\n".join(rows)


def build(page: Page) -> None:
    """Measure, draw, write."""
    problem = Adding(STEPS)
    trials = {
        name: [trial(partial(make, options), problem, PLAN, seed) for seed in SEEDS]
        for name, options in VARIANTS.items()
    }
    states = {name: [cell_state(options, seed) for seed in SEEDS] for name, options in VARIANTS.items()}
    alt = "error, horizon and size of c for ten LSTMs that differ in one function; unbounded gates let c explode"
    page.figure("swapped", draw(trials, states), alt)
    page.code("code", "FUNCTIONS", "Function", "lstm", imports=IMPORTS, then=SHOW)
    usual, identity_gates = "as usual", "gates identity"
    page.write(
        {
            "H": H, "steps": STEPS, "LONG": LONG, "rate": PLAN.learning_rate, "updates": PLAN.steps,
            "batch": PLAN.batch,
            "seeds": len(SEEDS), "memoryless": problem.memoryless, "table": table(trials, states),
            "tanh": solved(trials[usual]), "identity": solved(trials["candidate identity"]),
            "relu": solved(trials["candidate relu"]), "sigmoid": solved(trials["candidate sigmoid"]),
            "drift": spread(s[0] for s in states["candidate sigmoid"]),
            "centred": f"{np.median([s[0] for s in states[usual]]):.2f}".replace("-0.00", "0.00"),
            "c_sigmoid": spread(s[1] for s in states[usual]), "c_relu": spread(s[1] for s in states["gates relu"]),
            "c_identity": spread(s[1] for s in states[identity_gates]),
            "diverged": number(sum(t.diverged for t in trials[identity_gates])),
            "tanh_gates": solved(trials["gates tanh"]), "out_identity": solved(trials["way out identity"]),
            "relu_gates": solved(trials["gates relu"]), "identity_gates": solved(trials[identity_gates]),
            "tanh_error": losses(trials["gates tanh"]), "usual_error": losses(trials[usual]),
            "out_error": losses(trials["way out sigmoid"]),
            "out_horizon": spread(t.horizon("before") or 0 for t in trials["way out sigmoid"]),
            "usual_horizon": spread(t.horizon("before") or 0 for t in trials[usual]),
            "out_sigmoid": solved(trials["way out sigmoid"]),
        }
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
