"""What a verdict is made of, as plain data: findings, and what is known besides of how the model is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from undertow.flow.eye import Glance
from undertow.flow.remedies import Built, Remedy
from undertow.runs import place

__all__ = ["LEVELS", "Facts", "Finding", "Level", "Verdict", "found"]

Level = Literal["alarm", "open", "fine"]
#: From worst to best.
LEVELS: tuple[Level, ...] = ("alarm", "open", "fine")


@dataclass(frozen=True)
class Facts:
    """How the model is trained, as far as it is known.

    Attributes:
        clipped: share of updates whose gradient was clipped; None: not known.
        config: options by section and name (``model.cell``, ``training.clip_norm``); ``clipping.gradient_norm`` is
            the mean length of gradients before clipping, ``layers.widths`` the layers' hidden units.
        layers: how each layer was made, by its name, where the config does not say it.
        diverged: why training had to stop, if it did not end as it should have.
    """

    clipped: float | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, Built] = field(default_factory=dict)
    diverged: str | None = None

    @property
    def scale_matters(self) -> bool:
        """Whether the optimizer's steps are as long as gradients are: Adam's and RMSprop's are not."""
        return bool(self.config.get("training.optimizer", "sgd") == "sgd")


@dataclass(frozen=True)
class Finding:
    """One thing found out about one direction of a layer.

    ``kind``: ``reaches``, ``vanishing``, ``reaches further``, ``exploding``, ``diverged``, ``saturated``,
    ``dead units``, ``clipped away``, ``window too short``, ``samples too short``, ``step by step``,
    ``input not finite``, ``gradient not finite``, ``input out of scale``, ``too little data`` or ``not available``.

    ``level``: ``alarm``, where something has to change; ``open``, where it may have to, and what was seen cannot tell;
    ``fine``.
    """

    layer: str
    direction: str
    kind: str
    level: Level
    text: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()

    @property
    def place(self) -> str:
        """The layer, and the direction where it is the reverse one."""
        return place(self.layer, self.direction)

    def plain(self) -> dict[str, Any]:
        """As in ``flow.jsonl``."""
        remedies = [vars(remedy) for remedy in self.remedies]
        return {
            "kind": self.kind,
            "level": self.level,
            "text": self.text,
            "figures": dict(self.figures),
            "remedies": remedies,
        }


def found(glance: Glance, kind: str, text: str, figures: Mapping[str, Any], level: Level = "alarm") -> Finding:
    """A finding about the layer and direction of a glance."""
    return Finding(glance.layer, glance.direction, kind, level, text, figures)


@dataclass(frozen=True)
class Verdict:
    """All findings, layer by layer."""

    findings: tuple[Finding, ...]
    step: int = 0
    reach: int | None = None

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that are cause for alarm."""
        return self._of("alarm")

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that may become one, or that could not be judged."""
        return self._of("open")

    def _of(self, level: Level) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.level == level)

    @property
    def level(self) -> Level:
        """The worst of the findings'; ``open`` if there are none."""
        return min((f.level for f in self.findings), key=LEVELS.index, default="open")

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What can be done about all of it, each once, alarms' first, best first."""
        by_name: dict[str, Remedy] = {}
        for finding in self.alarms + self.open:
            for remedy in finding.remedies:
                by_name.setdefault(remedy.name, remedy)
        return tuple(by_name.values())

    def lines(self) -> Iterator[dict[str, Any]]:
        """As written to ``flow.jsonl``: a line for each layer and direction."""
        for layer, direction in dict.fromkeys((f.layer, f.direction) for f in self.findings):
            own = [f.plain() for f in self.findings if (f.layer, f.direction) == (layer, direction)]
            where = {"layer": layer, "direction": direction, "reach": self.reach}
            yield {"event": "verdict", "step": self.step, **where, "findings": own}

    def __str__(self) -> str:
        written = [f"{finding.place}: {finding.text}" for finding in self.findings]
        if self.remedies:
            written.append("What can be done:")
            written += [f"  {r.name}: {r.code}\n      {r.why}" for r in self.remedies]
        return "\n".join(written)
