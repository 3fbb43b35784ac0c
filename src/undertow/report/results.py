"""What the task came to, from evaluation.json: its figures, and the pictures that it has of its own."""

from __future__ import annotations

from typing import Any

from undertow.report.figures import Pictures, absent, or_absence, table
from undertow.report.markup import Html, join, tag
from undertow.report.numbers import figure
from undertow.report.read import Absent, RunRecord
from undertow.tasks.kind import named
from undertow.tasks.kinds import KINDS

__all__ = ["section"]

_PARTS = {
    "validation": "the validation part, which chose the model too: new data will do a little worse",
    "test": "the part for tests, which training never touched",
    "held_out": "the held-out part, which was never trained on",
}


def section(run: RunRecord, pictures: Pictures) -> Html:
    """Figures, and under them the task's own pictures (see :mod:`undertow.report.tasks`)."""
    if isinstance(run.evaluation, Absent):
        return absent(run.evaluation)
    evaluation = run.evaluation
    part = str(evaluation.get("part", "?"))
    kind = KINDS.get(str(run.document.get("task", "")))
    remark, own = (named(path) if path else None for path in ((kind.remark, kind.section) if kind else ("", "")))
    return join(
        [
            tag("p.lead", f"Measured on {_PARTS.get(part, part)}."),
            _figures(evaluation),
            remark(run) if remark else None,
            or_absence(lambda: own(evaluation, pictures)) if own else None,
        ]
    )


def _figures(evaluation: dict[str, Any]) -> Html:
    found = evaluation.get("figures")
    rows = [[name.replace("_", " "), figure(value)] for name, value in found.items()] if isinstance(found, dict) else []
    return table(("figure", "value"), rows, "figures")
