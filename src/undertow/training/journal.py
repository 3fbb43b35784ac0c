"""What training says: one line of metrics.jsonl an event, samples, and the same events to whoever listens."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from undertow.flow import Verdict, Watch
from undertow.runs import RunFolder
from undertow.storage import write_atomically
from undertow.tasks.base import Task
from undertow.training.checkpoint import Progress
from undertow.training.parallel import ALONE, Ranks

__all__ = ["Journal", "Listener"]

#: Told every event as it happens: the mapping that becomes a line of metrics.jsonl, and ``{"event": "step"}`` for
#: every update, which is not written.
Listener = Callable[[dict[str, Any]], None]


class Journal:
    """Counts, averages and records. Losses are in nats a symbol, ``bits`` in bits a symbol, times in seconds.

    Of several ``ranks`` each counts, and the first one measures and records: the others wait, and are told the figures.
    """

    def __init__(self, run: RunFolder, progress: Progress, task: Task, listen: Listener, ranks: Ranks = ALONE) -> None:
        self._run, self._progress, self._task, self._listen, self._ranks = run, progress, task, listen, ranks
        self._since = time.perf_counter()
        self._symbols_since = progress.symbols

    def count_loss(self, loss: float, symbols: int) -> None:
        """Add a window's mean loss over ``symbols`` symbols."""
        self._progress.loss_sum += loss * symbols
        self._progress.loss_count += symbols
        self._progress.symbols += symbols

    def count_update(self, norm: float, clipped: bool) -> None:
        """Add an update of the weights, with the gradient's norm before clipping."""
        p = self._progress
        p.step += 1
        p.updates += 1
        p.norm_sum += norm
        p.clipped += clipped
        self._listen({"event": "step", "step": p.step, "symbols": p.symbols})

    def log(self, learning_rate: float) -> None:
        """Record the averages since the last line."""
        p, now = self._progress, time.perf_counter()
        p.seconds += now - self._since
        loss = p.loss_sum / p.loss_count
        self._write(
            "train",
            epoch=p.epoch,
            loss=loss,
            **({"bits": loss / math.log(2)} if self._task.figure == "bits" else {}),
            gradient_norm=p.norm_sum / p.updates,
            clipped=p.clipped / p.updates,
            learning_rate=learning_rate,
            unit=self._task.unit,
            symbols=p.symbols,
            seconds=round(p.seconds, 3),
            symbols_per_second=round((p.symbols - self._symbols_since) / (now - self._since), 1),
        )
        self._since, self._symbols_since = now, p.symbols
        p.loss_sum, p.loss_count, p.norm_sum, p.clipped, p.updates = 0.0, 0, 0.0, 0, 0

    def evaluate(self, part: str) -> bool:
        """Record figures on a part. Returns whether they are the best so far."""
        with self._apart():
            figures = self._ranks.told(lambda: self._task.evaluate(part))
        self._write("evaluate", part=part, unit=self._task.unit, figure=self._task.figure, **figures)
        p = self._progress
        improved = p.best is None or figures["loss"] < p.best
        if improved:
            p.best, p.evaluations_since_best = figures["loss"], 0
        else:
            p.evaluations_since_best += 1
        return improved

    def examine(self, part: str) -> None:
        """Record a closer look at a part, in place of an earlier one."""
        with self._apart():
            evaluation = self._ranks.told(lambda: self._task.examine(part))
        facts = {"step": self._progress.step, "part": part, **asdict(evaluation)}
        self._ranks.told(lambda: self._run.keep_evaluation(facts))
        self._listen({"event": "examine", "step": self._progress.step, "part": part, "lines": evaluation.lines})

    def sample(self, length: int, seed: int) -> None:
        """Record something the model writes, if it writes."""
        with self._apart():
            text = self._ranks.told(lambda: self._task.sample(length, seed))
        if text is None:
            return
        self._ranks.told(lambda: self._run.keep_sample(f"step {self._progress.step}", text))
        self._write("sample", text=text)

    def keep_model(self) -> None:
        """Write the model as it is now, in place of an earlier one."""
        self._ranks.told(lambda: write_atomically(self._run.model_file, self._task.serialise()))

    def return_to_kept(self) -> None:
        """Make the model the one that was kept."""
        self._task.restore(self._ranks.told(self._run.model))

    def gather(self, watch: Watch | None) -> None:
        """After a backward pass that was looked at closely, take in what the other ranks have seen."""
        if watch and watch.due and self._ranks.size > 1:
            for state in self._ranks.gathered(watch.state())[1:]:
                watch.take_in(state)

    def flow(self, watch: Watch | None) -> None:
        """Record what was seen of the gradient since the last time, if something was looked at closely."""
        glances = watch.take() if watch else []
        self._record_flow([glance.line() | {"step": self._progress.step} for glance in glances])
        for glance in glances:
            horizon = glance.quantities.get("horizon")
            facts = {"layer": glance.layer, "direction": glance.direction, "reach": glance.reach, "horizon": horizon}
            self._listen({"event": "flow", "step": self._progress.step, **facts})

    def unseen(self, watch: Watch | None) -> None:
        """Record of which layers nothing was seen, and why."""
        found = watch.unseen() if watch else {}
        self._record_flow(
            [
                {
                    "event": "unseen",
                    "step": self._progress.step,
                    "layer": layer,
                    "reason": str(reason),
                    "why": reason.plain(),
                }
                for layer, reason in found.items()
            ]
        )

    def verdict(self, judge: Callable[[], Verdict]) -> None:
        """Record what all that was seen of the gradient means."""
        lines = self._ranks.told(lambda: list(judge().lines()))
        self._record_flow(lines)
        for line in lines:
            self._listen(line)

    def diverged(self, reason: str) -> None:
        """Record why training had to stop."""
        self._write("end", reason="diverged", text=reason)

    def end(self, reason: str) -> None:
        """Record that training ended."""
        self._write("end", reason=reason, symbols=self._progress.symbols, seconds=round(self._progress.seconds, 3))

    def warn_of(self, changes: Sequence[str]) -> None:
        """Tell listeners what is not as it was at the last checkpoint; it is not recorded."""
        for change in changes:
            text = f"{change}; the same bits as without a break cannot be promised"
            self._listen({"event": "warning", "text": text})

    def _apart(self) -> _Apart:
        return _Apart(self)

    def skip(self, seconds: float) -> None:
        """Leave ``seconds`` out of the time that training took."""
        self._since += seconds

    def _write(self, event: str, **facts: Any) -> None:
        line = {"event": event, "step": self._progress.step, **facts}
        self._ranks.told(lambda: self._run.record(line))
        self._listen(line)

    def _record_flow(self, lines: Sequence[Mapping[str, Any]]) -> None:
        def record() -> None:
            for line in lines:
                self._run.record_flow(line)

        if lines:
            self._ranks.told(record)


class _Apart:
    """Time that is not training's: evaluation and samples."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._journal.skip(time.perf_counter() - self._start)
