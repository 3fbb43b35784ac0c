"""A search that is disturbed: workers, the search, a cluster's node killed, the disk full. What is lost, what repeated?

Real processes, really killed at moments drawn from a seed; the disk is a tmpfs of its own (so this needs root), filled
up to its last page, and freed when the search has given up. Every search is compared with one that nothing happened to.
Writes benchmarks/results/search_faults.md and .json.

    .venv/bin/python benchmarks/search_faults.py            seeds 0, 1 and 2; some ten quiet minutes
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import ray
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from tuning import searching  # noqa: E402
from tuning.nodes import descendants, two_nodes  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "search_faults.md"
WHOLE = searching.BUDGET * searching.STEPS


class Search:
    """A search that is started as often as needed, and watched by the steps that its processes note."""

    def __init__(self, place: Path, workers: str = "2", disk: Path | None = None, storage: str = "") -> None:
        self.folder, self.steps, self.workers = (disk or place) / "search", place / "steps", workers
        self.statuses: list[int] = []
        self._storage = storage
        self.start()

    def start(self) -> None:
        """Begin it, or go on with it."""
        self.process = searching.start(self.folder, self.workers, self.steps, storage=self._storage)

    def reach(self, count: int) -> bool:
        """Wait until so many steps are trained; whether the search still runs then."""
        while self.process.poll() is None and searching.trained(self.steps) < count:
            time.sleep(0.03)
        return self.process.poll() is None

    def ended(self) -> int:
        """Wait for the end; its status."""
        _, errors = self.process.communicate(timeout=300)
        self.statuses.append(self.process.returncode)
        if self.process.returncode not in (0, 2, -signal.SIGKILL):
            raise RuntimeError(errors)
        return self.process.returncode

    def finish(self) -> None:
        """Have it finished."""
        if self.ended():
            self.start()
            if self.ended():
                raise RuntimeError(f"the search does not finish: {self.statuses}")


def moments(rng: random.Random, count: int) -> list[int]:
    """So many moments, counted in steps trained: one at random in each part of the search."""
    return [int(WHOLE * (i + rng.uniform(0.05, 0.9)) / count) for i in range(count)]


def workers_killed(place: Path, rng: random.Random) -> tuple[Search, int]:
    """A worker that trains just now is killed, five times."""
    search, kills = Search(place), 0
    for moment in moments(rng, 5):
        if search.reach(moment):
            noting = {int(file.name) for file in search.steps.iterdir()}
            os.kill(rng.choice(sorted(noting & set(descendants(search.process.pid)))), signal.SIGKILL)
            kills += 1
    search.finish()
    return search, kills


def search_killed(place: Path, rng: random.Random) -> tuple[Search, int]:
    """The search and its workers are killed at once, and it is gone on with, three times."""
    return killed(Search(place), rng, os.killpg)


def search_alone_killed(place: Path, rng: random.Random) -> tuple[Search, int]:
    """The search's own process is killed; while its workers save themselves, it is gone on with; three times."""
    return killed(Search(place), rng, os.kill)


def killed(search: Search, rng: random.Random, kill: Callable[[int, int], None]) -> tuple[Search, int]:
    """The search is killed and gone on with, three times."""
    kills = 0
    for moment in moments(rng, 3):
        if search.reach(moment):
            kill(search.process.pid, signal.SIGKILL)
            kills += 1
            search.process.wait()
            search.start()
    search.finish()
    return search, kills


def disk_full(place: Path, rng: random.Random) -> tuple[Search, int]:
    """Nothing more can be written, until the search has given up; two times."""
    disk = place / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=True)
    search, full, ballast = Search(place, disk=disk), 0, disk / "ballast"
    for moment in moments(rng, 2):
        if search.reach(moment):
            fill(ballast)
            full += search.ended() == 2
            ballast.unlink()
            search.start()
    search.finish()
    return search, full


def fill(file: Path) -> None:
    """Take what is free."""
    with open(file, "wb", buffering=0) as sink:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    sink.write(bytes(size))
            except OSError:
                continue


def node_killed(place: Path, rng: random.Random) -> tuple[Search, int]:
    """The raylet of one of two nodes is killed."""
    with two_nodes(place / "steps") as nodes:
        search, kills = Search(place, nodes.address), 0
        if search.reach(moments(rng, 1)[0]):
            nodes.kill(nodes.other)
            kills += 1
        search.finish()
    return search, kills


FAULTS = {
    "a worker killed (SIGKILL)": workers_killed,
    "the search and its workers killed (SIGKILL of the process group), gone on with": search_killed,
    "the search's own process killed, gone on with at once": search_alone_killed,
    "disk full (ENOSPC), search gives up, disk freed, gone on with": disk_full,
    "Ray node killed (SIGKILL of its raylet), one of two": node_killed,
}


def measure(name: str, seed: int, undisturbed: Path) -> dict[str, object]:
    """One search with one fault."""
    with tempfile.TemporaryDirectory(prefix="uf-") as place, ExitStack() as afterwards:
        disk = Path(place) / "disk"
        # The store that is read below stays open: hence lazily.
        afterwards.callback(lambda: disk.is_mount() and subprocess.run(["umount", "--lazy", str(disk)], check=True))
        search, faults = FAULTS[name](Path(place), random.Random(seed))
        return {"fault": name, "seed": seed, "faults": faults, **left(search, undisturbed)}


def left(search: Search, undisturbed: Path) -> dict[str, object]:
    """What is left of a search, and whether it is the same as that of one that nothing happened to."""
    same = searching.store(search.folder) == searching.store(undisturbed)
    same &= searching.losses(search.folder) == searching.losses(undisturbed)
    return {"same": same, **asdict(searching.left(search.folder, search.steps))}


def page(rows: list[dict[str, object]]) -> str:
    """The table."""
    every = searching.CHECKPOINT_EVERY
    lines = [
        "# A search that is disturbed",
        "",
        f"Made by `benchmarks/search_faults.py`: a genetic search of {searching.BUDGET} trainings of "
        f"{searching.STEPS} steps each, a checkpoint every {every} steps, two workers (the Ray cluster: two nodes of "
        "one processor). Real processes, killed at moments drawn from the seed; the full disk is a tmpfs that is "
        "really full.",
        "",
        "*Lost*: trials that brought no result, or whose budget is taken and that were never told. *Repeated*: "
        "trainings that did again what a checkpoint or a result had kept. *Since checkpoints*: steps done again as "
        f"they were younger than the last checkpoint, by a count of every step of every process ({WHOLE} are needed). "
        "*Same*: the store, and every loss of every training, equal bit for bit those of the search that nothing "
        "happened to.",
        "",
        f"torch {torch.__version__}, ray {ray.__version__}, Linux, 2 cores shared with others.",
        "",
        "| fault | seed | times | trials lost | trials repeated | steps since checkpoints | same |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['fault']} | {r['seed']} | {r['faults']} | {r['lost']} | {r['repeated']} | "
        f"{r['trained'] - r['needed']} | {'yes' if r['same'] else 'no'} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--again", action="store_true", help="measure anew what the .json has")
    options = parser.parse_args()
    file = RESULT.with_suffix(".json")
    rows = json.loads(file.read_text()) if file.exists() and not options.again else []
    there = {(row["fault"], row["seed"]) for row in rows}
    wanted = [(name, seed) for name in FAULTS for seed in options.seeds if (name, seed) not in there]
    with tempfile.TemporaryDirectory(prefix="uf-") as place:
        if wanted:
            undisturbed = Search(Path(place))
            undisturbed.finish()
        for name, seed in wanted:
            rows.append(measure(name, seed, undisturbed.folder))
            print(rows[-1], flush=True)
            file.write_text(json.dumps(rows, indent=1) + "\n")
    RESULT.write_text(page(rows))


if __name__ == "__main__":
    main()
