"""What the task came to, from evaluation.json: its figures, and the pictures that it has of its own."""

from __future__ import annotations

import importlib
from importlib import util
from pathlib import Path
from typing import Any

from undertow.report.figures import Pictures, absent, or_absence, table
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import figure
from undertow.report.read import Absent, Record
from undertow.tasks.reconstruct.stretch import TRAINED_ON, recalibrated_on
from undertow.words import command

__all__ = ["section"]

_PARTS = {
    "validation": "the validation part, which chose the model too: new data will do a little worse",
    "test": "the part for tests, which training never touched",
    "held_out": "the held-out part, which was never trained on",
}


def section(run: Record, pictures: Pictures) -> Html:
    """Figures, and under them the task's own pictures (see :mod:`undertow.report.tasks`)."""
    if isinstance(run.evaluation, Absent):
        return absent(run.evaluation)
    evaluation = run.evaluation
    part = str(evaluation.get("part", "?"))
    own = _own(str(run.document.get("task", "")))
    return join(
        [
            tag("p.lead", f"Measured on {_PARTS.get(part, part)}."),
            _figures(evaluation),
            _recalibrated(run),
            or_absence(lambda: own.section(evaluation, pictures)) if own else None,
        ]
    )


def _recalibrated(run: Record) -> Html | None:
    """That a run was recalibrated, or went back to its training's threshold, after it was measured."""
    measured = run.evaluation.get("pictures") if not isinstance(run.evaluation, Absent) else None
    learned_on = measured.get("learned_on") if isinstance(measured, dict) else None
    now = str(recalibrated_on(run.metadata) or TRAINED_ON)
    if learned_on is None or learned_on == now:
        return None
    lead = f"In force now is what is normal on {now}; to measure with that: "
    return tag("p", lead, tag("code", command("evaluate", Path(run.name))))


def _own(task: str) -> Any:
    """The module with a task's own pictures, if there is one."""
    name = f"undertow.report.tasks.{task}"
    return importlib.import_module(name) if task.isidentifier() and util.find_spec(name) else None


def _figures(evaluation: dict[str, Any]) -> Html:
    found = evaluation.get("figures")
    rows = [[name.replace("_", " "), figure(value)] for name, value in found.items()] if isinstance(found, dict) else []
    return table(("figure", "value"), rows, "figures")
