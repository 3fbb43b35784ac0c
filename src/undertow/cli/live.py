"""Training as it happens: a bar with speed, loss and time left; plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from undertow.cli.console import notes, print_json, styled
from undertow.runs import headline, place

if TYPE_CHECKING:
    from undertow.training.journal import Listener

__all__ = ["counting", "following"]

_PLAIN_EVERY = 10.0


@contextmanager
def following(steps: int, unit: str, *, as_json: bool) -> Iterator[Listener]:
    """A listener that shows training; with ``as_json`` each event is a line of JSON on standard output."""
    if as_json:
        yield _json_line
    elif notes.is_terminal:
        with _Bar(steps, unit) as bar:
            yield bar.listen
    else:
        yield _Lines(steps, unit).listen


@contextmanager
def counting(total: int, what: str) -> Iterator[Callable[[str, int], None]]:
    """A bar, with time left, over ``total`` steps; it is told a name to show and how many more steps are done."""
    if not notes.is_terminal:
        yield _Counter(total, what).advance
        return
    with _progress(_field("description"), BarColumn(), MofNCompleteColumn(), _field("fields[now]")) as progress:
        task = progress.add_task(what, total=total, now="")
        yield lambda name, steps: progress.update(task, advance=steps, now=name)


def _field(name: str, style: str = "none") -> TextColumn:
    """A column with something of a bar's task, as text and no markup."""
    return TextColumn(f"{{task.{name}}}", style=style, markup=False)


def _progress(*columns: ProgressColumn) -> Progress:
    """A bar on the error stream, with the time it took and the time left. What others write there meanwhile is not
    rich's to read: it would take sequences in it for styles."""
    left = TextColumn("left", style="dim", markup=False)
    ending = (TimeElapsedColumn(), left, TimeRemainingColumn())
    return Progress(*columns, *ending, console=notes, redirect_stdout=False, redirect_stderr=False)


class _Counter:
    """The same in plain lines, where there is no terminal."""

    def __init__(self, total: int, what: str) -> None:
        self._total, self._what, self._done = total, what, 0
        self._begun = self._last = time.monotonic()

    def advance(self, name: str, steps: int) -> None:
        self._done += steps
        now = time.monotonic()
        if now - self._last >= _PLAIN_EVERY or self._done == self._total:
            self._last = now
            left = (now - self._begun) / self._done * (self._total - self._done)
            notes.print(f"{self._what} {self._done}/{self._total}  {name}  {left:.0f} s left")


def _json_line(event: dict[str, Any]) -> None:
    if event["event"] != "step":
        print_json(event)


def _figures(event: dict[str, Any]) -> str:
    """The figure that people read, and the loss beside it where that is another."""
    key, words = headline(event)
    told = f"{event[key]:.3f} {words}"
    return told if key in ("bits", "loss") or "loss" not in event else f"{told}, loss {event['loss']:.3f}"


def _verdict(event: dict[str, Any]) -> list[str]:
    """What was found out about one direction of a layer, a line a finding."""
    where = place(event["layer"], event["direction"])
    return [f"{where}: {finding['text']}" for finding in event["findings"]]


class _Bar:
    def __init__(self, steps: int, unit: str) -> None:
        self._unit = unit
        self._progress = _progress(
            _field("description"), BarColumn(), MofNCompleteColumn(), _field("fields[loss]"),
            _field("fields[speed]", "cyan"),
        )  # fmt: skip
        self._task = self._progress.add_task("training", total=steps, loss="", speed="")

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def listen(self, event: dict[str, Any]) -> None:
        unit = self._unit
        match event["event"]:
            case "step":
                self._progress.update(self._task, completed=event["step"])
            case "train":
                speed = f"{event['symbols_per_second']:,.0f} {unit}/s"
                self._progress.update(self._task, loss=_figures(event), speed=speed)
            case "evaluate":
                part = event["part"].replace("_", "-")
                self._progress.print(styled("[bold]step {}[/]: {} {}", event["step"], part, _figures(event)))
            case "examine":
                for text in event["lines"]:
                    self._progress.print(text)
            case "sample":
                self._progress.print(styled("[bold]step {}[/] writes:", event["step"]), style="dim")
                self._progress.print(event["text"].strip(), style="italic")
            case "verdict":
                for text in _verdict(event):
                    self._progress.print(text)
            case "warning":
                self._progress.print(styled("[yellow]warning:[/] {}", event["text"]))


class _Lines:
    def __init__(self, steps: int, unit: str) -> None:
        self._steps, self._unit, self._last = steps, unit, 0.0
        self._begun: tuple[float, int] | None = None

    def listen(self, event: dict[str, Any]) -> None:
        now = time.monotonic()
        match event["event"]:
            case "step" if self._begun is None:
                self._begun = now, event["step"]
            case "train" if now - self._last >= _PLAIN_EVERY or event["step"] == self._steps:
                self._last = now
                speed = f"{event['symbols_per_second']:,.0f} {self._unit}/s"
                left = self._left(now, event["step"])
                self._print(f"step {event['step']}/{self._steps}  {_figures(event)}  {speed}  {left}")
            case "evaluate":
                part = event["part"].replace("_", "-")
                self._print(f"step {event['step']}/{self._steps}  {part} {_figures(event)}")
            case "examine":
                for text in event["lines"]:
                    self._print(text)
            case "sample":
                self._print(f"step {event['step']} writes:\n{event['text'].strip()}\n")
            case "verdict":
                for text in _verdict(event):
                    self._print(text)
            case "warning":
                self._print(f"warning: {event['text']}")

    def _left(self, now: float, step: int) -> str:
        if self._begun is None or step == self._begun[1]:
            return ""
        start, first = self._begun
        return f"{(now - start) / (step - first) * (self._steps - step):.0f} s left"

    def _print(self, text: str) -> None:
        notes.print(text, soft_wrap=True)
