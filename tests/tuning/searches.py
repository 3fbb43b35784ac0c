"""Searches without trainings: what a genome is worth is a formula of its genes."""

import json
import math

from undertow.training.config import Config
from undertow.tuning.folder import SearchFolder
from undertow.tuning.options import SearchOptions
from undertow.tuning.space import space_from
from undertow.tuning.trial import RESULT
from undertow.tuning.workers import LostError

GENES = {
    "model": {
        "cell": ["lstm", "gru", "rnn"],
        "layers": {"low": 1, "high": 3},
        "hidden": {"low": 4, "high": 64, "log": True},
        "residual": {"choices": [False, True], "when": {"layers": [2, 3]}},
        "dropout": {"low": 0.0, "high": 0.6},
    },
    "training": {
        "optimizer": ["adam", "adamw", "sgd"],
        "momentum": {"low": 0.0, "high": 0.9, "when": {"optimizer": ["sgd"]}},
        "learning_rate": {"low": 0.0003, "high": 0.03, "log": True},
    },
}
BASE = Config.of("classify").replaced({"data": "nowhere.csv", "steps": 100, "evaluate_every": 25, "hidden": 16})


def space(tables=GENES, task="classify"):
    return space_from(tables, task, "the space")


def folder(path, *, base=BASE, genes=GENES, **options):
    """A search's folder, whose data are never read."""
    return SearchFolder.create(path, SearchOptions(**options), base, space(genes, base.task))


def worth(config):
    """The loss of a config: least at a learning rate of 0.004, two layers, and little dropout."""
    rate = abs(math.log(config.training.learning_rate / 0.004))
    model = config.model
    return 1 + rate + 0.3 * abs(len(model.sizes) - 2) + model.dropout + 2 / max(model.sizes) + (model.cell == "rnn")


def result(config, **facts):
    """What a training would write of a config: a loss that falls to its worth."""
    steps, loss = config.training.steps, worth(config)
    evaluations = [[at, loss * (1 + (steps - at) / steps)] for at in range(25, steps + 1, 25)]
    whole = {"loss": loss, "seconds": 0.01, "parameters": max(config.model.sizes), "horizon": 5, "steps": steps}
    return {**whole, "evaluations": evaluations, **facts}


class Formula:
    """Workers that compute what a genome is worth; ``trained`` has the folder's name of every job, in order.

    ``of`` gives what a job comes to: facts of its result, or an error.
    """

    def __init__(self, count=1, of=lambda job: result(job.config)):
        self.count, self._of, self._waiting, self.trained, self.limits = count, of, [], [], []

    def submit(self, job):
        self._waiting.append(job)

    def wait(self, seconds):
        if not self._waiting:
            return []
        job = self._waiting.pop(0)
        self.trained.append(job.folder.name)
        self.limits.append(dict(job.limits))
        found = self._of(job)
        if isinstance(found, BaseException):
            return [(job, found)]
        job.folder.mkdir(parents=True, exist_ok=True)
        (job.folder / RESULT).write_text(json.dumps(found))
        return [(job, None)]

    def stop(self):
        self._waiting.clear()

    def close(self):
        pass


def stopped_early(job):
    """As a training that minds its limits."""
    facts = result(job.config)
    for step, limit in job.limits.items():
        reached = min(loss for at, loss in facts["evaluations"] if at <= step)
        if reached > limit:
            short = [e for e in facts["evaluations"] if e[0] <= step]
            return {**facts, "steps": step, "stopped": True, "loss": reached, "evaluations": short}
    return facts


__all__ = ["BASE", "GENES", "Formula", "LostError", "folder", "result", "space", "stopped_early", "worth"]
