"""Watching a model while it is trained, and the verdict on a run from its folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from undertow.errors import OptionError
from undertow.flow import Facts, Finding, Glance, Verdict, Watch, judge, schedule, watch
from undertow.flow.remedies import Remedy
from undertow.reasons import read
from undertow.runs import RunFolder
from undertow.training.config import Config

__all__ = ["facts", "observe", "recorded", "shortest_horizon", "verdict_of", "with_events"]

#: So many of the last lines of metrics.jsonl say how often clipping acts.
_LATELY = 20


def observe(model: nn.Module, config: Config) -> Watch | None:
    """A watch on ``model`` as the config has it, not yet begun; None if nothing is to be watched, or can be."""
    options = config.flow
    if not options.watch:
        return None
    often = schedule.every(options.examine_every * config.training.accumulate)
    last = config.training.steps * config.training.accumulate - 1
    try:
        return watch(
            model,
            options.reach or None,
            examine=lambda number: often(number) or number == last,
            probes=options.probes,
            seed=config.training.seed,
        )
    except OptionError:
        return None


def facts(config: Config, events: Sequence[Mapping[str, Any]]) -> Facts:
    """How a run was trained, for the verdict: its options, and how clipping acted lately."""
    options = {
        f"{section}.{name}": value
        for section, values in config.plain().items()
        if isinstance(values, Mapping)
        for name, value in values.items()
    }
    options["layers.widths"] = config.model.sizes
    return with_events(options, events)


def with_events(options: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Facts:
    """Options, how clipping acted on the last lines of training that have a finite gradient, and why training had to
    stop, if it did."""
    ends = [e for e in events if e.get("event") == "end"]
    diverged = ends[-1]["text"] if ends and ends[-1]["reason"] == "diverged" else None
    lines = [e for e in events if e.get("event") == "train" and e["gradient_norm"] is not None][-_LATELY:]
    if not lines or not (options.get("training.clip_norm") or options.get("training.clip_value")):
        return Facts(None, options, diverged=diverged)
    norm = sum(line["gradient_norm"] for line in lines) / len(lines)
    clipped = sum(line["clipped"] for line in lines) / len(lines)
    return Facts(clipped, {**options, "clipping.gradient_norm": norm}, diverged=diverged)


def verdict_of(run: RunFolder, config: Config, reach: int | None = None) -> Verdict:
    """The verdict on what a run's ``flow.jsonl`` holds; ``reach`` in place of the one it was watched with."""
    lines = run.flow_events(whole=True)
    unseen = {line["layer"]: read(line.get("why"), line["reason"]) for line in lines if line.get("event") == "unseen"}
    history = [Glance.of(line) for line in lines if line.get("event") == "flow"]
    if reach is not None:
        history = [dataclasses.replace(glance, reach=reach, declared=True) for glance in history]
    return judge(history, facts(config, run.events(whole=True)), unseen)


def recorded(run: RunFolder) -> Verdict:
    """The last verdict that was written down."""
    latest = {(e["layer"], e["direction"]): e for e in run.flow_events(whole=True) if e["event"] == "verdict"}
    findings = [
        Finding(layer, direction, **{**plain, "remedies": tuple(Remedy.of(r) for r in plain["remedies"])})
        for (layer, direction), line in latest.items()
        for plain in line["findings"]
    ]
    last = next(reversed(latest.values()), {})
    return Verdict(tuple(findings), last.get("step", 0), last.get("reach"))


def shortest_horizon(run: RunFolder) -> dict[str, Any] | None:
    """The last horizon of the layer and direction of a run that reaches least far; None if none was recorded."""
    latest = {
        (e["layer"], e["direction"]): e["quantities"]["horizon"]
        for e in run.flow_events(whole=True)
        if e["event"] == "flow" and "horizon" in e["quantities"]
    }
    return min(latest.values(), key=lambda horizon: horizon["steps"], default=None)
