"""What two processes of one thread give, that train one model, beside one process of two threads, and of one.

Rivals take turns, in random order; each turn is a training of its own, of a language model on the plays. Speeds are
those of its log, without the first and the last line (compiling, a close look at the gradient). Results in
benchmarks/results/parallel.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

from measure import machine, spread

from kernels import RESULTS

H, B, T = 384, 64, 50
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
RIVALS = {
    "one process, one thread": ([], 1),
    "one process, two threads": ([], 2),
    "two processes, one thread each": (TORCHRUN, 1),
}


def speeds(launcher: list[str], threads: int, text: Path, steps: int) -> list[float]:
    """Characters a second, line by line of the log."""
    options = dict(hidden=H, batch=B, window=T, steps=steps, log_every=5, threads=threads)
    options |= dict(held_out=0.0, evaluate_every=0, sample_every=0, checkpoint_every=steps)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [sys.executable, *launcher, "-m", "undertow", "train", "text", text, "--out", run]
        command += [f"--set={key}={value}" for key, value in options.items()]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        subprocess.run([*map(str, command)], env=environment, check=True, capture_output=True)
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["symbols_per_second"] for line in lines if line["event"] == "train"][1:-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    found: dict[str, list[list[float]]] = {name: [] for name in RIVALS}
    busy: dict[str, list[float]] = {name: [] for name in RIVALS}
    with resources.as_file(resources.files("undertow").joinpath("data/shakespeare_plays.txt")) as text:
        for _ in range(options.turns):
            for name in random.sample(list(RIVALS), len(RIVALS)):
                busy[name].append(os.getloadavg()[0])
                found[name].append(speeds(*RIVALS[name], text, options.steps))
                print(name, round(statistics.median(found[name][-1])), f"load {busy[name][-1]:.1f}", flush=True)
    middles = {name: [statistics.median(turn) for turn in turns] for name, turns in found.items()}
    rows = [
        f"| {turn + 1} | " + " | ".join(f"{middles[n][turn]:,.0f} (load {busy[n][turn]:.1f})" for n in RIVALS) + " |"
        for turn in range(options.turns)
    ]
    overall = [spread([speed for turn in found[name] for speed in turn]) for name in RIVALS]
    rows.append(
        "| all | " + " | ".join(f"{middle:,.0f} ({low:,.0f}-{high:,.0f})" for middle, low, high in overall) + " |"
    )
    RESULTS.joinpath("parallel.md").write_text(
        "# One model on two processes\n\n"
        f"Made by `benchmarks/parallel.py`. Language model on the plays, LSTM, H{H} B{B} T{T}, float32, DDP over gloo "
        f"on the loopback. {options.turns} turns of {options.steps} steps, rivals in random order.\n\n"
        f"{machine()}. Characters a second: the median of each turn's log, with the machine's load just before it; at "
        "the end median (quartiles) over all lines. What others do on the machine counts: compare where the load is "
        "low.\n\n"
        f"| turn | {' | '.join(RIVALS)} |\n|{'---|' * (len(RIVALS) + 1)}\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    main()
