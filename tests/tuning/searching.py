"""A small search as a process of its own, what is left of it, and every step that was trained for it.

``python searching.py FOLDER WORKERS|HOST:PORT [STORAGE]``: begins the search in FOLDER, or goes on with it, until it is
over.
"""

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from optuna.trial import TrialState

from processes import ENVIRONMENT
from undertow.errors import UndertowError
from undertow.training.config import Config
from undertow.tuning.cluster import RayWorkers
from undertow.tuning.folder import SearchFolder
from undertow.tuning.options import SearchOptions
from undertow.tuning.search import run, tracks_of
from undertow.tuning.session import begin
from undertow.tuning.space import read_space
from undertow.tuning.trial import read_trial
from undertow.tuning.workers import LocalWorkers

HERE = Path(__file__).parent
STEPS, CHECKPOINT_EVERY, BUDGET = 300, 10, 6
SPACE = "[training]\nlearning_rate = { low = 0.001, high = 0.03, log = true }\n"
OPTIONS = SearchOptions(budget=BUDGET, population=3, controls=False, retrain=0)


def made(folder, storage=""):
    """The search: six trainings of the same size."""
    values = {
        "data": str(resources.files("undertow") / "data" / "names_gender.csv"), "text": "name", "label": "gender",
        "hidden": 24, "batch": 32, "steps": STEPS, "evaluate_every": 100, "checkpoint_every": CHECKPOINT_EVERY,
        "threads": 1,
    }  # fmt: skip
    space = folder.with_name(f"{folder.name}-space.toml")
    space.write_text(SPACE)
    return begin(
        folder, replace(OPTIONS, storage=storage), Config.of("classify").replaced(values), read_space(space, "classify")
    )


def environment(steps, dies_at=None):
    """Of processes whose steps are noted in the folder ``steps``; the first to make the step ``dies_at`` is killed."""
    steps.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(HERE / "counting"), str(HERE.parent), *filter(None, sys.path)])
    noting = {"UNDERTOW_STEPS": str(steps)} | ({"UNDERTOW_DIES_AT": str(dies_at)} if dies_at else {})
    return {**ENVIRONMENT, "PYTHONPATH": path, "RAY_USAGE_STATS_ENABLED": "0", **noting}


def start(folder, workers, steps, dies_at=None, storage=""):
    """The search's process, leader of a group of its own."""
    return subprocess.Popen(
        [sys.executable, str(HERE / "searching.py"), str(folder), workers, storage], env=environment(steps, dies_at),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def main():
    asked = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked.append(number))
    folder = Path(sys.argv[1])
    workers = None
    try:
        workers = LocalWorkers(int(sys.argv[2])) if sys.argv[2].isdecimal() else RayWorkers(sys.argv[2])
        search = SearchFolder.open(folder) if folder.exists() else made(folder, *sys.argv[3:])
        with search.held():
            over = run(search, workers, listen=told, interrupted=lambda: bool(asked))
    except UndertowError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    finally:
        if workers:
            workers.close()
    return 0 if over else 130


def told(event):
    if event["event"] != "waiting":
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


# ---- what is left


@dataclass
class Segment:
    """What a process trained of a run at a stretch: since when, its steps, the last of them that a checkpoint kept."""

    begun: int
    steps: list[int]
    kept: int = 0


def noted(steps):
    """What the processes trained: ``{run: [segment, ...]}``, in the order of time."""
    runs = defaultdict(list)
    for file in steps.iterdir():
        latest = {}
        for line in file.read_text().splitlines():
            now, run, what, step = line.split()
            if what == "kept":
                latest[run].kept = int(step)
            elif run in latest and latest[run].steps[-1] + 1 == int(step):
                latest[run].steps.append(int(step))
            else:
                latest[run] = Segment(int(now), [int(step)])
                runs[run].append(latest[run])
    return {run: sorted(segments, key=lambda segment: segment.begun) for run, segments in runs.items()}


def trained(steps):
    """How many steps all processes made together."""
    return sum(len(segment.steps) for segments in noted(steps).values() for segment in segments)


@dataclass(frozen=True)
class Left:
    """What is left of a search.

    ``lost``: budget that brought nothing. ``repeated``: trainings that did again what a checkpoint or a result had
    kept. ``needed``: steps of all results; ``trained``: steps that all processes did.
    """

    lost: int
    repeated: int
    needed: int
    trained: int


def left(folder, steps):
    """Count what was lost and what was done twice."""
    (track,) = tracks_of(SearchFolder.open(folder))
    told = track.told()
    results = {t.user_attrs["key"]: read_trial(folder / "trials" / t.user_attrs["key"]) for t in told}
    good = [key for key, result in results.items() if result and result.failed is None]
    unfinished = track.trials(TrialState.RUNNING, TrialState.WAITING)
    repeated = 0
    runs = noted(steps)
    for segments in runs.values():
        kept = 0
        for segment in segments:
            repeated += segment.steps[0] <= kept
            kept = max(kept, segment.kept)
    assert set(runs) == set(results)
    return Left(
        lost=BUDGET - len(good) + len(unfinished),
        repeated=repeated,
        needed=sum(results[key].steps for key in good),
        trained=trained(steps),
    )


def store(folder):
    """Every trial as the store has it."""
    (track,) = tracks_of(SearchFolder.open(folder))
    return [(t.number, t.state.name, t.params, t.values, dict(t.user_attrs)) for t in track.trials()]


def losses(folder):
    """What every training recorded, apart from times and interruptions."""
    found = {}
    for file in sorted(folder.glob("trials/*/metrics.jsonl")):
        events = [json.loads(line) for line in file.read_text().splitlines()]
        kept = [e for e in events if e.get("reason") != "interrupted"]
        found[file.parent.name] = [
            {k: v for k, v in e.items() if k not in ("seconds", "symbols_per_second")} for e in kept
        ]
    return found


if __name__ == "__main__":
    sys.exit(main())
