"""What the remedies did, side by side, and the changes that a remedy asks for, to be copied."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

import tomlkit

from undertow.report.charts import Chart, ChartTable, strip
from undertow.report.numbers import aligned, figure, telling
from undertow.report.read import Absent
from undertow.report.tolerant import tolerant

__all__ = ["COLUMNS", "as_flags", "as_toml", "change", "losses", "rows"]

#: The columns of :func:`rows`.
COLUMNS = ("remedy", "loss: mean", "best to worst", "horizon", "factor a step", "time a step", "failed")


@tolerant
def rows(remedy: Mapping[str, Any]) -> list[list[str]] | Absent:
    """A row a remedy: figures over the seeds that did not fail, time relative to the first row."""
    first = remedy["rows"][0]
    digits = telling([loss for row in remedy["rows"] for loss in _known(row.get("loss"))])
    return [_row(row, _known(first.get("seconds_per_step")), digits) for row in remedy["rows"]]


def _row(row: Mapping[str, Any], first_times: Sequence[float], digits: int) -> list[str]:
    loss, times = _known(row.get("loss")), _known(row.get("seconds_per_step"))
    horizons, growth = _known(row.get("horizon")), _known(row.get("growth"))
    reasons = dict.fromkeys(str(r) for r in row.get("failed") or [] if r)
    failures = sum(bool(r) for r in row.get("failed") or [])
    return [
        str(row.get("name", "?")),
        aligned(fmean(loss), digits) if loss else figure(None),
        f"{aligned(min(loss), digits)} to {aligned(max(loss), digits)}" if loss else figure(None),
        figure(median(horizons)) if horizons else figure(None),
        figure(fmean(map(math.exp, growth))) if growth else figure(None),
        f"\N{MULTIPLICATION SIGN}{fmean(times) / fmean(first_times):.2f}" if times and first_times else figure(None),
        f"{failures} of {len(row.get('failed') or [])}: {'; '.join(reasons)}" if failures else "none",
    ]


@tolerant
def losses(remedy: Mapping[str, Any]) -> Chart | Absent:
    """The loss of every seed, a line a remedy."""
    names = [str(row.get("name", "?")) for row in remedy["rows"]]
    found = [
        [value, name] for name, row in zip(names, remedy["rows"], strict=True) for value in _known(row.get("loss"))
    ]
    return Chart(
        title="Loss by remedy",
        summary=f"One point a seed for {len(names)} variants of the run.",
        reading=(
            "Each point is one whole training with another seed; further left is better. A remedy helps when its "
            "points lie left of those of the run as it is, and not only their mean."
        ),
        option=strip("loss at the end", names),
        table=ChartTable(["loss", "remedy"], found),
        kind="bars",
    )


def as_toml(config: Mapping[str, Any]) -> str:
    """Changed options as sections of a config file: ``{"model.init": "chrono"}``."""
    document = tomlkit.document()
    for key, value in config.items():
        section, _, name = key.rpartition(".")
        if not section:
            document.add(name, value)
            continue
        if section not in document:
            document.add(section, tomlkit.table())
        document[section].add(name, value)
    return tomlkit.dumps(document).strip()


def change(row: Mapping[str, Any], *, in_code: bool) -> str:
    """What a remedy changes, in one line: in the code of a model of one's own, or in a config."""
    return str(row.get("code") or "") if in_code else as_flags(row.get("config") or {})


def as_flags(config: Mapping[str, Any]) -> str:
    """Changed options as ``key = value`` in one line."""
    return ", ".join(f"{key} = {tomlkit.item(value).as_string()}" for key, value in config.items())


def _known(values: Sequence[float | None] | None) -> list[float]:
    return [v for v in values or [] if v is not None]
