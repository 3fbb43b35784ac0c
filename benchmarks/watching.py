"""What ``undertow.watch`` costs: training steps with Adam, without it, recording only, and looking closely.

Rivals are models of their own that take turns in random order in one process; on one thread processor time is measured,
which others on the machine disturb less. Results in benchmarks/results/watching.md.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict

import numpy as np
import torch
from measure import interleaved, machine, ratio, table
from torch import nn

import undertow
from kernels import RESULTS, shown3
from undertow.flow import schedule
from undertow.flow.quantities import QUANTITIES
from undertow.flow.window import Window
from undertow.kernels.host import host
from undertow.nn import Recurrent

T, B, H = 128, 32, 256
CELLS = ("lstm", "gru")
#: The default schedule looks closely at one window in so many.
EACH = 100


class Model(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.recurrent, self.head = Recurrent(cell, H, H), nn.Linear(H, H)

    def forward(self, x):
        return self.head(self.recurrent(x)[0])


def training(cell, examine=None):
    """A training step; watched by the schedule ``examine``, if there is one."""
    torch.manual_seed(0)
    model = Model(cell)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.randn(T, B, H), torch.randn(T, B, H)
    if examine:
        undertow.watch(model, examine=examine).start()

    def step():
        optimizer.zero_grad()
        (model(x) - y).square().mean().backward()
        optimizer.step()

    return step


def clock():
    """Processor time where there is one thread, else time on the wall."""
    return time.process_time if torch.get_num_threads() == 1 else time.perf_counter


def costs(cell, seconds):
    """Ratios to a step that is not watched."""
    rivals = {
        "plain": training(cell),
        "recording": training(cell, schedule.never),
        "examined": training(cell, schedule.every(1)),
    }
    times = interleaved(rivals, seconds, clock())
    found = {name: ratio(times, name, "plain") for name in ("recording", "examined")}
    turns = zip(*(times[name] for name in ("plain", "recording", "examined")), strict=True)
    default = {"default": [r + (e - r) / EACH for _, r, e in turns], "plain": times["plain"]}
    found["default"] = ratio(default, "default", "plain")
    found["ms"] = {name: float(np.median(values)) * 1e3 for name, values in times.items()}
    print(cell, {k: shown3(v) for k, v in found.items() if k != "ms"}, found["ms"], flush=True)
    return {"cell": cell, **found}


def shares(cell, rounds=7):
    """Milliseconds by part of an examined window: medians."""
    step, spent, now = training(cell, schedule.every(1)), defaultdict(list), clock()
    for _ in range(3):
        step()

    def timed(owner, method, name):
        original = getattr(owner, method)

        def run(*arguments):
            begin = now()
            result = original(*arguments)
            spent[name].append(now() - begin)
            return result

        setattr(owner, method, run)
        return owner, method, original

    values = Window.__dict__["values"]
    undo = [timed(Window, "probe", "a probe"), timed(values, "func", "values of all gates")]
    undo += [timed(quantity, "add", quantity.name) for quantity in QUANTITIES]
    for _ in range(rounds):
        step()
    for owner, method, original in undo:
        setattr(owner, method, original)
    found = {name: float(np.median(times)) * 1e3 for name, times in spent.items()}
    print(cell, {k: round(v, 2) for k, v in found.items()}, flush=True)
    return found


def written(rows, parts):
    heads = ["cell", "ms a step", "recording", "default schedule", "an examined window", "ms examined"]
    lines = [
        [r["cell"], f"{r['ms']['plain']:.1f}", shown3(r["recording"]), shown3(r["default"]), shown3(r["examined"]),
         f"{r['ms']['examined']:.1f}"]
        for r in rows
    ]  # fmt: skip
    names = list(next(iter(parts.values())))
    return "\n\n".join([
        "# Watching",
        "Made by `benchmarks/watching.py`. Time of a training step over that of one that is not watched, from turns in "
        "random order in one process: median (quartiles). "
        f"`Recurrent` and a linear head, Adam, T{T} B{B} I{H} H{H}.",
        f"{machine()}; threads: {torch.get_num_threads()} ({clock().__name__}); vectors: {host().name}; "
        f"torch {torch.__version__}.",
        "Recording is what every window costs. The default schedule looks closely at the first window and at each "
        f"{EACH}th after it (two probes, gates, paths, matrices): its extra cost is spread over {EACH} steps.",
        table(heads, lines),
        "## Where an examined window's time goes, ms",
        "`gates` has the first look at the values, whose computing is in it.",
        table(["cell", *names], [[c, *(f"{own[n]:.2f}" for n in names)] for c, own in parts.items()]),
    ]) + "\n"  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0, help="for each comparison")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    rows = [costs(cell, chosen.seconds) for cell in CELLS]
    parts = {cell: shares(cell) for cell in CELLS}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "watching.md").write_text(written(rows, parts))


if __name__ == "__main__":
    main()
