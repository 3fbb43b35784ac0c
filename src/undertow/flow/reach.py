"""Whether the gradient gets as far back as it should; and if not, whether training is on its way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from undertow.flow.eye import Glance
from undertow.flow.finding import Level

__all__ = ["SOON", "Seen", "lags", "reaches"]

#: A gradient that reaches so many times as far as when first seen, and so many steps further, is on its way: all GRUs
#: that learn to add over 200 steps reach 8 at first, 27 to 60 after 300 updates (experiments/results/adding.md).
GREW, MORE = 1.5, 5
#: Whether a horizon grows shows after so many updates. Before, nothing that training may still change is an alarm: of
#: networks that learn, some begin with as short a horizon as those that do not (experiments/results/ill.md), and after
#: 200 updates it had not yet grown in one of 15 that learned to add (experiments/results/adding.md).
SOON = 300
#: So little of a gradient left at the reach is nothing, unless the horizon is so many times as long as when first seen,
#: and so many steps longer. After 300 updates no network that learned had so little left and had not come further.
NOTHING = 1e-6
NUDGED, NUDGE = 1.25, 2


@dataclass(frozen=True)
class Seen:
    """What was seen of one direction of a layer.

    Attributes:
        first, last: looks whose windows were long enough to show the reach, or as long as there were: the first one and
            the last one.
        newest: the last glance, whether it looked closely or not.
        longest: steps of the longest sample.
    """

    first: Glance
    last: Glance
    newest: Glance
    longest: int

    @classmethod
    def of(cls, history: Sequence[Glance]) -> Self:
        """From all glances, which are in order."""
        newest, longest = history[-1], max(glance.steps for glance in history)
        close = [glance for glance in history if "horizon" in glance.quantities]
        if not close:
            return cls(newest, newest, newest, longest)
        wanted = min(newest.reach + 1, max(map(lags, close)))
        fit = [glance for glance in close if lags(glance) >= wanted]
        return cls(fit[0], fit[-1], newest, longest)

    @property
    def updates(self) -> int:
        """Windows from the first to the last, both counted."""
        return self.last.step - self.first.step + 1

    @property
    def early(self) -> bool:
        """Whether a horizon that grows would not show yet."""
        return self.updates < SOON

    @property
    def further(self) -> bool:
        """Whether the gradient reaches further and further, as in networks that are learning to look back: about half
        of those where it does after 300 updates come to learn (experiments/results/ill.md)."""
        return self._grew(GREW, MORE)

    def _grew(self, times: float, steps: int) -> bool:
        """Whether the horizon is so many times as long as at first, and so many steps longer."""
        before, now = (glance.quantities["horizon"]["steps"] for glance in (self.first, self.last))
        return bool(now >= max(times * before, before + steps))

    @property
    def left(self) -> float | None:
        """What is left of the gradient at the reach, or at the window's beginning."""
        profile = self.last.quantities.get("lag_profile", {}).get("joint", [])
        left: float | None = profile[min(self.last.reach, lags(self.last) - 1)] if profile else None
        return left

    @property
    def arrives(self) -> tuple[Level, str]:
        """Whether the gradient gets as far back as it should: the level of all that may keep it from there, and the
        reason. Where nobody said how far, nothing is an alarm."""
        if reaches(self.last):
            return "fine", ""
        left = self.left
        if "horizon" not in self.last.quantities or left is None or self.further or not self.last.declared:
            return "open", ""
        there = f"; {left:.2g} of it is left there"
        if self.early:
            return (
                "open",
                f"{there}, at update {self.last.step}; whether it comes to reach further shows after some {SOON}",
            )
        if self._grew(NUDGED, NUDGE):
            return "open", f"{there}, and it has begun to reach further"
        if left >= NOTHING:
            return "open", f"{there}, and networks have learned late from as little"
        return (
            "alarm",
            f"{there}, and it has not come to reach further from update {self.first.step} to {self.last.step}",
        )


def lags(glance: Glance) -> int:
    """How many lags the profile of a close look has: the steps of the longest sample there."""
    profile = glance.quantities.get("lag_profile", {}).get("joint", [])
    return max((lag + 1 for lag, left in enumerate(profile) if left is not None), default=0)


def reaches(glance: Glance) -> bool:
    """Whether the horizon is known, and is at least the reach, or all that there was."""
    if "horizon" not in glance.quantities:
        return False
    steps: int = glance.quantities["horizon"]["steps"]
    return steps >= min(glance.reach, lags(glance) - 1)
