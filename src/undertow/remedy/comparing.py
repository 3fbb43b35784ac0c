"""Train the remedies that a verdict names, side by side, and say whether one of them helps.

Each is trained from the same seeds on the same data for the same number of steps, in a run folder of its own under
``remedies/`` in the run that it is to help. A winner is named only if the worst of its losses is lower than the best
that the run as it is reached. With five seeds each, that happens by chance once in 252 times for one remedy; the more
remedies are tried, the more seeds are asked for.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from undertow.errors import DataError, OptionError, RunError, UndertowError, nearest
from undertow.flow.remedies import Remedy
from undertow.remedy.trainers import Retraining, Trainer, ended, trainer_of
from undertow.runs import RunFolder
from undertow.storage import write_atomically
from undertow.training.observation import shortest_horizon

__all__ = ["AS_IT_IS", "Comparison", "Row", "candidates", "compare"]

#: How probable it may be that a winner is named by chance.
CHANCE = 0.05
#: The run without a remedy.
AS_IT_IS = Remedy("as it is", "what the others are measured against", {}, "")


@dataclass
class Row:
    """How one remedy (a change in a ``config``, or in ``code``) did, by seed: None where a training failed, with the
    reason in ``failed``.

    ``loss`` is on data that is not trained on where there is some, else of the last tenth of training; ``horizon``
    (steps) and ``growth`` (a step) are those of the layer and direction that reaches least far.
    """

    name: str
    config: dict[str, Any]
    code: str = ""
    loss: list[float | None] = field(default_factory=list)
    horizon: list[int | None] = field(default_factory=list)
    growth: list[float | None] = field(default_factory=list)
    seconds_per_step: list[float | None] = field(default_factory=list)
    failed: list[str | None] = field(default_factory=list)

    @property
    def losses(self) -> list[float]:
        """Those of trainings that did not fail."""
        return [loss for loss in self.loss if loss is not None]


@dataclass
class Comparison:
    """Remedies side by side, written to ``remedy.json``; ``winner`` is a remedy's name, or None."""

    steps: int
    seeds: list[int]
    rows: list[Row]
    winner: str | None = None
    text: str = ""
    config_file: str | None = None

    def plain(self) -> dict[str, Any]:
        """As in ``remedy.json``."""
        return {**vars(self), "rows": [vars(row) for row in self.rows]}


def candidates(run: RunFolder, names: Sequence[str] = (), reach: int | None = None) -> list[Remedy]:
    """The remedies that the verdict on a run names (or those of them called ``names``) and that can be tried, best
    first.

    Raises:
        OptionError: a name that is not among them.
        RunError: it is a model of one's own, and not known where it is from; or watched with another reach.
    """
    trainer = trainer_of(run)
    offered = trainer.remedies(reach)
    known = {remedy.name: remedy for remedy in offered if trainer.can(remedy)}
    for name in names:
        if name in {remedy.name for remedy in offered} and name not in known:
            raise OptionError(f"{name!r} is a change of your own code, and cannot be tried here")
        if name not in known:
            raise OptionError(f"the verdict on {run.path} names no remedy {name!r}{nearest(name, known)}")
    return [known[name] for name in names] if names else list(known.values())


def compare(
    run: RunFolder,
    remedies: Sequence[Remedy],
    *,
    steps: int,
    seeds: Sequence[int],
    listen: Callable[[str, int], None] = lambda name, steps: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Train the run as it is and with each remedy, with each seed, for ``steps`` updates; write ``remedy.json``.

    Trainings that are there already, of an earlier call, are not done again. ``listen`` is told of every update: which
    remedy, and 1.

    Raises:
        DataError: the run's data is not there any more.
        KeyboardInterrupt: ``interrupted`` said so; what was trained stays and is gone on with next time.
    """
    trainer = trainer_of(run)
    rows = [Row(remedy.name, dict(remedy.config), remedy.code) for remedy in (AS_IT_IS, *remedies)]
    for seed in seeds:
        for row in rows:
            _train(trainer, run, row, seed, steps, partial(listen, row.name, 1), interrupted)
    comparison = Comparison(steps, list(seeds), rows)
    _judge(comparison)
    if comparison.winner:
        chosen = next(row for row in rows if row.name == comparison.winner)
        comparison.config_file = trainer.keep(chosen.config)
    write_atomically(run.remedy_file, json.dumps(comparison.plain(), indent=1, allow_nan=False).encode())
    return comparison


def _train(
    trainer: Trainer,
    run: RunFolder,
    row: Row,
    seed: int,
    steps: int,
    step: Callable[[], None],
    interrupted: Callable[[], bool],
) -> None:
    """Train one remedy with one seed, unless that is done, and add what came of it to ``row``."""
    slug = re.sub(r"\W+", "-", row.name)
    mark = zlib.crc32(json.dumps([row.config, trainer.stamp], sort_keys=True).encode())
    folder = run.path / "remedies" / f"{slug}-{mark:08x}-{steps}-{seed}"
    if ended(folder):
        for _ in range(steps):
            step()
    else:
        try:
            trainer.train(Retraining(row.config, seed, steps, folder, step, interrupted))
        except DataError:
            raise
        except UndertowError as error:
            _add(row, str(error))
            return
    _measure(RunFolder.open(folder), row)


def _measure(run: RunFolder, row: Row) -> None:
    events = run.events(whole=True)
    train = [e for e in events if e["event"] == "train"]
    measured = [e for e in events if e["event"] == "evaluate"]
    if not train:
        raise RunError(f"{run.path} has no line of training; remove it and call this again")
    last = train[-max(1, len(train) // 10) :]
    _add(row, None)
    row.loss[-1] = measured[-1]["loss"] if measured else statistics.fmean(e["loss"] for e in last)
    row.seconds_per_step[-1] = train[-1]["seconds"] / train[-1]["step"]
    worst = shortest_horizon(run)
    if worst:
        row.horizon[-1], row.growth[-1] = worst["steps"], worst["growth"]


def _add(row: Row, failed: str | None) -> None:
    for column in (row.loss, row.horizon, row.growth, row.seconds_per_step):
        column.append(None)
    row.failed.append(failed)


def _judge(comparison: Comparison) -> None:
    """Name a winner, if there is one that beats the noise. Were all alike, one would be named with a probability of
    :data:`CHANCE` or less: the more remedies, the more seeds are wanted."""
    baseline, *others = comparison.rows
    count = len(comparison.seeds)
    needed = next(n for n in range(3, 99) if len(others) / math.comb(2 * n, n) <= CHANCE)
    if count < needed:
        several = "a remedy" if len(others) == 1 else f"one of {len(others)} remedies"
        comparison.text = f"{count} seeds are too few to tell {several} from luck; {needed} or more are needed"
        return
    whole = [row for row in others if len(row.losses) == count]
    failed = count - len(baseline.losses)
    # What failed counts as worse than any number.
    limit = min(baseline.losses, default=math.inf)
    better = [row for row in whole if max(row.losses) < limit]
    if not better:
        comparison.text = (
            "no remedy beats the noise: none has all its losses below all of those of the run as it is, over "
            f"{count} seeds"
        )
        return
    best = min(better, key=lambda row: statistics.fmean(row.losses))
    comparison.winner = best.name
    before = f"as it is {statistics.fmean(baseline.losses):.4g}" if baseline.losses else "as it is none"
    before += f" ({failed} of {count} failed)" if failed else ""
    chance = len(others) / math.comb(2 * count, count)
    comparison.text = (
        f"{best.name}: mean loss {statistics.fmean(best.losses):.4g}, {before}; all {count} losses lie below all of "
        f"those of the run as it is (by chance {chance:.2g} or less, for {len(others)} tried)"
    )
