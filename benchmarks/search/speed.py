"""Genomes a minute, fused kernels beside torch.nn, one worker and two: ``python benchmarks/search/speed.py``.

The same random genomes of what both can run (names to gender, 150 steps each), the four settings in random order, turn
after turn; the time is a search's from when its workers have loaded torch.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from names import CONFIG

from undertow.tuning.methods import first_genomes
from undertow.tuning.options import SearchOptions
from undertow.tuning.space import space_from
from undertow.tuning.trial import Job, read_trial, trial_config
from undertow.tuning.workers import LocalWorkers

RESULTS = Path(__file__).parents[1] / "results" / "search" / "speed.json"
GENES = {
    "model": {
        "cell": ["lstm", "gru", "rnn"],
        "layers": {"low": 1, "high": 3},
        "hidden": {"low": 16, "high": 128, "log": True},
        "dropout": {"low": 0.0, "high": 0.6},
    },
    "training": {"batch": [16, 32, 64], "learning_rate": {"low": 0.0003, "high": 0.03, "log": True}},
}
GENOMES, STEPS, TURNS = 10, 150, 3


def minute(backend: str, count: int) -> float:
    """Genomes a minute."""
    base = trial_config(CONFIG.replaced({"steps": STEPS, "backend": backend}), watch=False)
    space = space_from(GENES, "classify", "genes")
    genomes = first_genomes(space, {}, SearchOptions(population=GENOMES), seed=0)
    with tempfile.TemporaryDirectory() as folder:
        configs = [space.config(genome, base) for genome in genomes]
        jobs = [Job(Path(folder) / str(n), config) for n, config in enumerate(configs)]
        short = configs[0].replaced({"steps": 1, "evaluate_every": 0})
        workers = LocalWorkers(count)
        work(workers, [replace(jobs[0], folder=Path(folder) / f"warm{n}", config=short) for n in range(2 * count)])
        begin = time.perf_counter()
        work(workers, jobs)
        seconds = time.perf_counter() - begin
        workers.close()
        failed = [trial.failed for job in jobs if (trial := read_trial(job.folder)) and trial.failed]
        assert not failed, failed
    return 60 * GENOMES / seconds


def work(workers: LocalWorkers, jobs: list[Job]) -> None:
    """Have all of them done."""
    for job in jobs:
        workers.submit(job)
    left = len(jobs)
    while left:
        left -= len(workers.wait(1.0))


def main() -> None:
    """Measure and write the results."""
    settings = [(backend, count) for backend in ("auto", "vendor") for count in (1, 2)]
    found: dict[str, list[float]] = {f"{b} {c}": [] for b, c in settings}
    for _ in range(TURNS):
        random.shuffle(settings)
        for backend, count in settings:
            found[f"{backend} {count}"].append(minute(backend, count))
            print(backend, count, round(found[f"{backend} {count}"][-1], 1), flush=True, file=sys.stderr)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print({name: round(statistics.median(values), 1) for name, values in found.items()})


if __name__ == "__main__":
    main()
