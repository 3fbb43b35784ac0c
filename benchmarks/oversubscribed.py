"""Four trainings of two threads each on two cores, beside one alone: ours and torch's, in random order.

Each training is a process: a small model of an LSTM layer, trained on the same random numbers for the seconds of its
turn. It prints its speed and its first losses; those of ours must be the same bits however busy the machine is. Ours
runs twice: as the command line starts it, where waiting threads soon sleep, and as it is in a script of one's own.
Results in benchmarks/results/oversubscribed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time

from measure import machine, spread

from kernels import RESULTS
from undertow.cli.waiting import sleep_when_idle

T, B, I, H = 50, 32, 32, 128
PROCESSES, THREADS, KEPT = 4, 2, 20
#: What trains, and whether the variables are set that the command line sets.
RIVALS = {
    "ours, by the command line": ("undertow", True),
    "ours, in a script": ("undertow", False),
    "torch.nn": ("torch.nn", False),
}


def train(library: str, seconds: float) -> None:
    """Train for ``seconds`` after a warm-up, and print steps a second and the first losses, exactly."""
    import importlib

    import torch

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    layer = importlib.import_module(library).LSTM(I, H)
    head = torch.nn.Linear(H, I)
    x, target = torch.randn(T, B, I), torch.randn(T, B, I)
    parameters = [*layer.parameters(), *head.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.01)
    losses: list[str] = []

    def step() -> None:
        loss = torch.nn.functional.mse_loss(head(layer(x)[0]), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item().hex())

    for _ in range(KEPT):
        step()
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        step()
        steps += 1
    print(json.dumps({"speed": steps / (time.perf_counter() - begin), "losses": losses[:KEPT]}))


def turn(rival: str, processes: int, seconds: float) -> list[dict[str, object]]:
    """What each of ``processes`` trainings printed that ran at once."""
    library, soon_asleep = RIVALS[rival]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    }
    if soon_asleep:
        sleep_when_idle(environment)
    command = [sys.executable, __file__, "--train", library, "--seconds", str(seconds)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(processes)]
    printed = [process.communicate(timeout=seconds * 20 + 120)[0] for process in running]
    assert all(process.returncode == 0 for process in running)
    return [json.loads(line) for line in printed]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=30.0, help="of a turn of four; one alone gets a quarter of it")
    parser.add_argument("--train", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train(options.train, options.seconds)
        return
    turns = [(rival, processes) for rival in RIVALS for processes in (1, PROCESSES)]
    speeds: dict[tuple[str, int], list[float]] = {one: [] for one in turns}
    losses: dict[str, set[tuple[str, ...]]] = {library: set() for library, _ in RIVALS.values()}
    busy = os.getloadavg()[0]
    for number in range(options.rounds):
        for rival, processes in random.sample(turns, len(turns)):
            found = turn(rival, processes, options.seconds if processes > 1 else options.seconds / 4)
            speeds[rival, processes].append(sum(one["speed"] for one in found) / processes)
            losses[RIVALS[rival][0]] |= {tuple(one["losses"]) for one in found}
            print(number + 1, rival, processes, round(speeds[rival, processes][-1], 1), flush=True)
    write(options.rounds, options.seconds, busy, speeds, {library: len(kinds) for library, kinds in losses.items()})


def write(
    rounds: int, seconds: float, busy: float, speeds: dict[tuple[str, int], list[float]], kinds: dict[str, int]
) -> None:
    """The table, with how many times as slow a training was that ran beside three others."""
    rows = []
    for rival in RIVALS:
        alone, four = speeds[rival, 1], speeds[rival, PROCESSES]
        slower = spread([a / b for a, b in zip(alone, four, strict=True)])
        cells = ["{:.1f} ({:.1f} to {:.1f})".format(*spread(values)) for values in (alone, four)]
        rows.append(f"| {rival} | {cells[0]} | {cells[1]} | " + "{:.2f} ({:.2f} to {:.2f}) |".format(*slower))
    trainings = rounds * 2 * (PROCESSES + 1)
    same = "are the same bits in all" if kinds["undertow"] == 1 else f"are of {kinds['undertow']} kinds"
    RESULTS.joinpath("oversubscribed.md").write_text(
        "# Four trainings on the cores of one\n\n"
        f"Made by `benchmarks/oversubscribed.py --rounds {rounds} --seconds {seconds:g}`. An LSTM layer, "
        f"T{T} B{B} H{H}, float32, {THREADS} threads a process. {PROCESSES} processes at once on two cores, "
        f"{len(RIVALS) * rounds * seconds / 60:.0f} minutes of them in all, and one alone in turn, in random order.\n\n"
        f"{machine()}. Load before the first turn: {busy:.1f}. Training steps a second of one process, median and "
        "quartiles over the turns. Fairly shared cores would make one of four 4 times as slow.\n\n"
        "| | alone | beside three others | times as slow |\n|---|---|---|---|\n" + "\n".join(rows) + "\n\n"
        f"The first {KEPT} losses of the {trainings} trainings of ours {same}. None crashed or hung.\n"
    )


if __name__ == "__main__":
    main()
