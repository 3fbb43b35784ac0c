"""What the notes that train have in common: any layer with a readout, on the experiments' problems, seed by seed."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

import undertow
from notebook import HERE, spread

sys.path.insert(0, str(HERE.parent / "experiments"))
from problems import Adding, Digits, Problem, Recall
from training import Plan, Run, train

__all__ = ["Adding", "Digits", "Network", "Plan", "Problem", "Recall", "Trial", "losses", "solved", "trial"]


class Network(nn.Module):
    """A recurrent layer, and a linear readout of its last step; ``truncate`` the gradient to so many steps (0: all)."""

    def __init__(self, layer: undertow.Recurrent, outputs: int, truncate: int = 0) -> None:
        super().__init__()
        width = layer.hidden_size if isinstance(layer.hidden_size, int) else layer.hidden_size[-1]
        self.recurrent, self.readout, self.truncate = layer, nn.Linear(width, outputs), truncate

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, I) to (B, O)."""
        self.train(torch.is_grad_enabled())  # evaluation is without gradients; batch normalisation is told here
        state = None
        if self.truncate:
            with torch.no_grad():
                _, state = self.recurrent(x[: -self.truncate])
        output, _ = self.recurrent(x[-self.truncate :], state)
        answer: Tensor = self.readout(output[-1])
        return answer


@dataclass(frozen=True)
class Trial:
    """What one seed gave.

    Attributes:
        run: the whole of it.
        before, after: quantities of the first and of the last update's backward pass.
    """

    run: Run
    problem: Problem
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def loss(self) -> float:
        """Held-out loss at the end; infinite if it is no number."""
        return self.run.loss if math.isfinite(self.run.loss) else math.inf

    @property
    def solved(self) -> bool:
        """Whether a tenth of the loss without memory is reached."""
        return self.loss < self.problem.memoryless / 10

    @property
    def diverged(self) -> bool:
        """Whether the loss is no number, or ten times what it is without memory."""
        return not self.loss < 10 * self.problem.memoryless

    def horizon(self, when: str) -> int | None:
        """In steps, ``before`` or ``after``; None if the gradient is not finite."""
        found = getattr(self, when).get("horizon")
        return None if found is None else int(found["steps"])


def trial(
    make: Callable[[], undertow.Recurrent],
    problem: Problem,
    plan: Plan,
    seed: int,
    *,
    truncate: int = 0,
    clip_value: float = math.inf,
) -> Trial:
    """Train what ``make`` makes on ``problem``; layer 0 is looked at before the first update and at the last one.

    Every entry of a gradient is cut to ``clip_value``, before the plan's own clipping.
    """
    torch.manual_seed(seed)
    model = Network(make(), problem.outputs, truncate)
    for parameter in model.parameters() if clip_value < math.inf else ():
        parameter.register_hook(lambda gradient: gradient.clamp(-clip_value, clip_value))
    run = train(model, problem, plan, seed)  # type: ignore[arg-type]
    own = [g for g in run.glances if g.layer.endswith(".0")]
    before = own[0].quantities
    after = own[-1].quantities if own[-1].step > 1 else before
    return Trial(run, problem, dict(before), dict(after))


def losses(trials: Sequence[Trial]) -> str:
    """Median and range of the loss at the end."""
    return spread(t.loss for t in trials)


def solved(trials: Sequence[Trial]) -> str:
    """``3 of 5``"""
    return f"{sum(t.solved for t in trials)} of {len(trials)}"
