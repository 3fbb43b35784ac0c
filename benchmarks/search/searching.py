"""What the benchmarks of the search share: a search with its controls, its contestants, and what is kept of them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from undertow.training.config import Config
from undertow.tuning.folder import SearchFolder
from undertow.tuning.options import SearchOptions
from undertow.tuning.session import begin, finish
from undertow.tuning.space import read_space
from undertow.tuning.trial import Job, Trial, read_trial, train_job, trial_config
from undertow.tuning.workers import LocalWorkers

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "search"
OPTIONS = SearchOptions(budget=60, population=10, repeats=3, retrain=3)


@dataclass(frozen=True)
class Case:
    """A search: its name, the task's config with the data, and configs that are measured beside the winner."""

    name: str
    config: Config
    contestants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def main(case: Case) -> None:
    """Search, or go on with it, and write ``results/search/NAME.json``."""
    search = searched(f"search-{case.name}", case, OPTIONS)
    found = search.outcome()
    seeds = range(search.config.training.seed + 1, search.config.training.seed + 1 + OPTIONS.retrain)
    found["contestants"] = {
        name: [asdict(_contest(search, name, changes, seed)) for seed in seeds]
        for name, changes in case.contestants.items()
    }
    found["data"] = Path(found["data"]).name
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{case.name}.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


def searched(name: str, case: Case, options: SearchOptions) -> SearchFolder:
    """The search in a folder ``name``, begun or gone on with to its end, as the command line asks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, default=Path("runs"), help="where the search's folder is")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    folder = asked.work / name
    search = SearchFolder.open(folder) if folder.exists() else _begin(folder, case, options)
    workers = LocalWorkers(asked.workers)
    try:
        finish(search, workers, listen=_tell)
    finally:
        workers.close()
    return search


def _begin(folder: Path, case: Case, options: SearchOptions) -> SearchFolder:
    space = read_space(HERE / f"{case.name}.toml", case.config.task)
    return begin(folder, options, case.config, space)


def _contest(search: SearchFolder, name: str, changes: Mapping[str, Any], seed: int) -> Trial:
    config = trial_config(search.config.replaced({**changes, "training.seed": seed}), watch=False)
    folder = search.final / f"{name}-{seed}"
    train_job(Job(folder, config, final=True))
    trial = read_trial(folder)
    assert trial is not None
    return trial


def _tell(event: dict[str, Any]) -> None:
    if event["event"] == "trained":
        print(event["method"], event["seed"], event["trial"], event["loss"], event["failed"] or "", flush=True)
