"""A small search as a process of its own, what is left of it, and every step that was trained for it.

``python searching.py FOLDER local|HOST:PORT``: begins the search in FOLDER, or goes on with it, until it is over.
"""

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
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


def made(folder):
    """The search: six trainings of the same size."""
    values = {
        "data": str(resources.files("undertow") / "data" / "names_gender.csv"), "text": "name", "label": "gender",
        "hidden": 24, "batch": 32, "steps": STEPS, "evaluate_every": 100, "checkpoint_every": CHECKPOINT_EVERY,
        "threads": 1,
    }  # fmt: skip
    space = folder.with_name(f"{folder.name}-space.toml")
    space.write_text(SPACE)
    return begin(folder, OPTIONS, Config.of("classify").replaced(values), read_space(space, "classify"))


def environment(steps):
    """Of processes whose steps are noted in the folder ``steps``."""
    steps.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(HERE / "counting"), str(HERE.parent), *filter(None, sys.path)])
    return {**ENVIRONMENT, "PYTHONPATH": path, "UNDERTOW_STEPS": str(steps), "RAY_USAGE_STATS_ENABLED": "0"}


def start(folder, workers, steps, before=""):
    """The search's process, leader of a group of its own; ``before`` is Python that it runs first."""
    code = f"{before}\nimport runpy; runpy.run_path({str(HERE / 'searching.py')!r}, run_name='__main__')"
    command = [sys.executable, *(["-c", code] if before else [str(HERE / "searching.py")]), str(folder), workers]
    return subprocess.Popen(
        command, env=environment(steps), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def main():
    asked = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: asked.append(number))
    folder = Path(sys.argv[1])
    workers = None
    try:
        workers = LocalWorkers(2) if sys.argv[2] == "local" else RayWorkers(sys.argv[2])
        search = SearchFolder.open(folder) if folder.exists() else made(folder)
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


def noted(steps):
    """The steps that each process trained, in order: ``{run: [[step, ...] of one process, ...]}``."""
    found = defaultdict(list)
    for file in steps.iterdir():
        for line in file.read_text().splitlines():
            name, step = line.split()
            segment = found[name, file.name]
            segment.append(int(step))
    runs = defaultdict(list)
    for (name, _), segment in found.items():
        cut = [0, *(i for i in range(1, len(segment)) if segment[i] != segment[i - 1] + 1), len(segment)]
        runs[name] += [segment[a:b] for a, b in pairwise(cut)]
    return runs


def furthest(steps):
    """How far each training has come."""
    return {name: max(max(s) for s in segments) for name, segments in noted(steps).items()}


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
        reached = 0
        for segment in sorted(segments, key=lambda s: s[-1]):
            # What is kept is at most a checkpoint's distance behind; a training that has ended is kept whole.
            kept = reached if reached == STEPS else max(0, reached - CHECKPOINT_EVERY)
            repeated += segment[0] <= kept
            reached = max(reached, segment[-1])
    assert set(runs) == set(results)
    return Left(
        lost=BUDGET - len(good) + len(unfinished),
        repeated=repeated,
        needed=sum(results[key].steps for key in good),
        trained=sum(len(s) for segments in runs.values() for s in segments),
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
