"""The trainings that took longest in the searches, again, alone on an idle machine: ``benchmarks/search/longest.py``.

Run where ``names.py`` and ``temperature.py`` have left their folders (``runs/search-*``); the losses must be the same.
"""

import json
import tempfile
import time
from pathlib import Path

import torch

from undertow.tuning.folder import SearchFolder
from undertow.tuning.trial import Job, read_trial, train_job, trial_config

RESULTS = Path(__file__).parents[1] / "results" / "search"


def again(name: str) -> float:
    """Seconds of a search's longest training, data and evaluations included."""
    search = SearchFolder.open(Path("runs") / f"search-{name}")
    trials = [t for one in search.outcome()["searches"] for t in one["trials"]]
    slowest = max(trials, key=lambda t: t["seconds"] * t["steps"])
    config = search.space.config(slowest["genes"], trial_config(search.config, watch=False))
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        train_job(Job(Path(folder) / "trial", config))
        seconds = time.perf_counter() - begin
        trial = read_trial(Path(folder) / "trial")
    assert trial is not None
    assert trial.loss == slowest["loss"], (trial.loss, slowest["loss"])
    return round(seconds, 1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    (RESULTS / "longest.json").write_text(json.dumps({name: again(name) for name in ("names", "temperature")}) + "\n")
