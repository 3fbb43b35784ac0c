"""A search as it happens: a bar a method, the trainings at work, time left; plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from undertow.cli.console import notes, print_json, styled
from undertow.documents import json_from
from undertow.files import opened
from undertow.forms import COUNT
from undertow.report.numbers import counted

if TYPE_CHECKING:
    from undertow.tuning.folder import SearchFolder
    from undertow.tuning.search import Listener

__all__ = ["watching"]

_PLAIN_EVERY = 10.0


@contextmanager
def watching(search: SearchFolder, workers: int, *, as_json: bool) -> Iterator[Listener]:
    """A listener that shows a search; with ``as_json`` each event is a line of JSON on standard output."""
    state = _State(search, workers)
    if as_json:
        yield lambda event: None if event["event"] == "waiting" else print_json(event)
    elif notes.is_terminal:
        with Live(
            state.drawn(), console=notes, refresh_per_second=4, redirect_stdout=False, redirect_stderr=False
        ) as live:

            def listen(event: dict[str, Any]) -> None:
                for line in state.listen(event):
                    live.console.print(line, soft_wrap=True)
                live.update(state.drawn())

            yield listen
    else:
        yield _plain(state)


def _plain(state: _State) -> Listener:
    last = 0.0

    def listen(event: dict[str, Any]) -> None:
        nonlocal last
        for line in state.listen(event):
            notes.print(line, soft_wrap=True)
        if time.monotonic() - last >= _PLAIN_EVERY:
            last = time.monotonic()
            notes.print(state.line(), soft_wrap=True)

    return listen


class _Line:
    """What is known of one method's search."""

    def __init__(self) -> None:
        self.trainings, self.steps = 0, 0
        self.best: float | None = None


class _State:
    """What the events of a search add up to."""

    def __init__(self, search: SearchFolder, workers: int) -> None:
        self._search, self._workers = search, workers
        self._objective = search.options.sought[0]
        self._steps = search.config.training.steps
        self._lines = {(m, s): _Line() for s in search.options.seeds for m in search.options.methods}
        self._running: dict[str, str] = {}
        self._begun = time.monotonic()
        self._trained = 0
        self._final = ""

    def listen(self, event: dict[str, Any]) -> list[str]:
        """Take in an event; what it gives to say, in words."""
        match event["event"]:
            case "before":
                line = self._lines[event["method"], event["seed"]]
                line.trainings, line.steps, line.best = event["trainings"], event["steps"], event["best"]
            case "asked":
                self._running.setdefault(event["key"], f"{event['method']} {event['trial']}")
            case "trained":
                return self._told(event)
            case "lost":
                return [f"a process died in trial {event['trial']} of {event['method']}; it is gone on with"]
            case "measured":
                self._running.clear()
                left = counted(event["left"], "training")
                self._final = f"the winner and the config as it was, with fresh seeds: {left} left"
        return []

    def _told(self, event: dict[str, Any]) -> list[str]:
        line = self._lines[event["method"], event["seed"]]
        self._running.pop(event["key"], None)
        line.trainings += 1
        line.steps += event["steps"] if not event["failed"] else self._steps
        if not event["cached"]:
            self._trained += event["steps"]
        value = event[self._objective]
        where = f"{event['method']}, seed {event['seed']}, trial {event['trial']}"
        if event["failed"]:
            return [f"{where} failed: {event['failed']}"]
        sign = self._search.options.sign
        if value is None or (line.best is not None and sign * value >= sign * line.best):
            return []
        line.best = value
        return [f"{where}: {self._objective} {value:.4g}, the best so far"]

    @property
    def _total(self) -> int:
        return self._search.options.budget * self._steps * len(self._lines)

    def _left(self) -> str:
        """Time left, as far as the trainings of this call tell: those at work count by their lines of the log."""
        done = self._trained + sum(_step(self._search.trials / key) for key in self._running)
        elapsed = time.monotonic() - self._begun
        left = self._total - sum(min(line.steps, self._total) for line in self._lines.values())
        left -= done - self._trained
        if done <= 0 or elapsed < 1:
            return ""
        seconds = max(0.0, elapsed / done * left)
        return f"{seconds / 3600:.1f} h left" if seconds > 5400 else f"{max(1, round(seconds / 60))} min left"

    def line(self) -> str:
        """Everything in one line."""
        if self._final:
            return self._final
        told = [
            f"{method} {seed}: {line.trainings}/{self._search.options.budget}"
            + ("" if line.best is None else f", best {line.best:.4g}")
            for (method, seed), line in self._lines.items()
        ]
        return "  ".join([*told, self._left()]).rstrip()

    def drawn(self) -> Group:
        """Everything as a table."""
        table = Table.grid(padding=(0, 2))
        budget = self._search.options.budget * self._steps
        for (method, seed), line in self._lines.items():
            best = "" if line.best is None else f"best {self._objective} {line.best:.4g}"
            table.add_row(
                method,
                f"seed {seed}",
                ProgressBar(budget, min(line.steps, budget), width=24),
                f"{line.trainings} of {self._search.options.budget}",
                styled("[bold]{}[/]", best),
            )
        now = [
            styled("[dim]  {}: step {} of {}[/]", who, _step(self._search.trials / key), self._steps)
            for key, who in [*self._running.items()][: self._workers]
        ]
        return Group(table, *now, styled("[cyan]{}[/]", self._final or self._left()))


def _step(folder: Path) -> int:
    """The step that a training has come to, by the last whole line of its log."""
    try:
        with opened(folder / "metrics.jsonl") as file:
            file.seek(max(0, file.seek(0, 2) - 4096))
            lines = file.read().split(b"\n")[:-1]
        step: int = json_from(lines[-1].decode(), {"step": COUNT})["step"] if lines else 0
        return step
    except (OSError, ValueError):
        return 0
