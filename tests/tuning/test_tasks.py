"""Every task is searched, in its own space: data, genomes, trainings, the winner on the part for tests, the report."""

import json

import pytest
import torch

from undertow.report import write
from undertow.tasks.kinds import KINDS
from undertow.training.config import Config
from undertow.tuning.options import SearchOptions
from undertow.tuning.session import begin, finish
from undertow.tuning.space import default_space
from undertow.tuning.trial import train_job

pytestmark = pytest.mark.slow

LETTERS = [a + b + c for a in "ABCDEFGH" for b in "aeiou" for c in "nmrk"]
HOURS = [f"2024-01-{1 + hour // 24:02d} {hour % 24:02d}:00" for hour in range(480)]
DATA = {
    "text": ("t.txt", "the cat sat on the mat and the dog sat on the log. " * 200, {"batch": 8}),
    "classify": ("t.csv", "name,gender\n" + "".join(f"{w},{'FM'[w[1] in 'ae']}\n" for w in LETTERS), {}),
    "forecast": ("t.csv", "time,load\n" + "".join(f"{t},{i % 24 + i % 7}\n" for i, t in enumerate(HOURS)),
                 {"horizon": 4}),
    "translate": ("t.tsv", "source\ttarget\n" + "".join(f"{w}\t{w[::-1].upper()}\n" for w in LETTERS),
                  {"source_tokens": "characters", "target_tokens": "characters"}),
    "reconstruct": ("t.csv", "x,y\n" + "".join(f"{i % 9},{i % 7}\n" for i in range(600)), {"window": 16}),
}  # fmt: skip


class Here:
    """A worker in this process."""

    count = 1

    def __init__(self):
        self._waiting = []

    def submit(self, job):
        self._waiting.append(job)

    def wait(self, seconds):
        job = self._waiting.pop(0)
        assert train_job(job)
        return [(job, None)]

    def stop(self):
        self._waiting.clear()

    def close(self):
        pass


@pytest.mark.parametrize("task", KINDS)
def test_a_search(tmp_path, task):
    name, content, own = DATA[task]
    (tmp_path / name).write_text(content)
    base = Config.of(task).replaced(
        {"data": str(tmp_path / name), "hidden": 16, "steps": 6, "evaluate_every": 3, **own}
    )
    objectives = "loss,seconds,parameters,horizon"
    options = SearchOptions(budget=6, population=3, retrain=1, controls=False, objectives=objectives)
    threads = torch.get_num_threads()
    try:
        search = begin(tmp_path / "s", options, base, default_space(task))
        assert finish(search, Here())
    finally:
        torch.set_num_threads(threads)
    found = search.outcome()
    (one,) = found["searches"]
    assert len(one["trials"]) == 6
    assert len([t for t in one["trials"] if not t["failed"]]) >= 4, {t["failed"] for t in one["trials"]}
    for trial in one["trials"]:
        assert trial["failed"] or all(v is not None for v in trial["values"])
    assert one["front"]
    assert found["final"]["figure"]
    assert all(row["test"][0] for row in found["final"]["rows"])
    assert write(search.path).stat().st_size > 100_000
    json.dumps(found, allow_nan=False)
