"""One small training loop for all experiments: a recurrent layer, a linear readout, Adam, clipping, and a watch."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

import undertow
from problems import Problem
from undertow import cells
from undertow.flow import Facts, Glance, Verdict, judge
from undertow.flow.schedule import at

__all__ = ["Model", "Network", "Plan", "Point", "Run", "train"]


@dataclass(frozen=True)
class Network:
    """A recurrent layer: a cell, H units, and how its weights begin (see ``undertow.Recurrent``).

    ``relu`` is for the cell ``rnn``; with ``init="identity"`` it is the IRNN. ``memory`` belongs to ``init="chrono"``.
    """

    cell: str = "lstm"
    hidden: int = 64
    init: str = "default"
    forget_bias: float | None = None
    memory: int | None = None
    relu: bool = False

    def layer(self, inputs: int) -> undertow.Recurrent:
        """The layer, with weights drawn from torch's generator."""
        cell = cells.rnn.bind(nonlinearity="relu") if self.relu else self.cell
        return undertow.Recurrent(
            cell, inputs, self.hidden, init=self.init, forget_bias=self.forget_bias, memory=self.memory
        )


class Model(nn.Module):
    """A layer and a linear readout of every step, or of the last one."""

    def __init__(self, network: Network, problem: Problem) -> None:
        super().__init__()
        self.recurrent = network.layer(problem.inputs)
        self.readout = nn.Linear(network.hidden, problem.outputs)
        self.every_step = problem.every_step

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, I) to (T, B, O), or to (B, O)."""
        output, _ = self.recurrent(x)
        answer: Tensor = self.readout(output if self.every_step else output[-1])
        return answer


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    Attributes:
        steps: updates at most.
        batch: B.
        learning_rate: of the optimizer.
        clip: longest gradient (norm over all parameters).
        optimizer: ``adam``, ``rmsprop`` or ``sgd``.
        examine: updates whose backward pass is looked at closely, counted from 0.
        at_end: whether one more backward pass is looked at, when training is over.
        evaluate_every: updates between points of the curve.
        held_out: samples that a point is measured on.
        solved: training ends when the held-out loss is below this at two points in a row; 0 for never.
    """

    steps: int
    batch: int = 32
    learning_rate: float = 1e-3
    clip: float = 1.0
    optimizer: str = "adam"
    examine: tuple[int, ...] = (0,)
    at_end: bool = False
    evaluate_every: int = 100
    held_out: int = 256
    solved: float = 0.0


@dataclass(frozen=True)
class Point:
    """After ``step`` updates: mean training loss since the point before (at most 100 batches), held-out loss and
    score."""

    step: int
    train: float
    loss: float
    score: float


@dataclass
class Run:
    """What training left.

    Attributes:
        curve: points, the first one before training.
        glances: of every update examined, and of the time between; with ``at_end``, of one more batch, which counts
            as the update that would have come next.
        norms: length of each update's gradient before clipping.
        seconds: of CPU in training, evaluation left out.
    """

    plan: Plan
    curve: list[Point] = field(default_factory=list)
    glances: list[Glance] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def loss(self) -> float:
        """Held-out loss at the end."""
        return self.curve[-1].loss

    @property
    def score(self) -> float:
        """Held-out score at the end."""
        return self.curve[-1].score

    def first_below(self, loss: float) -> int | None:
        """Updates until the held-out loss was below ``loss`` for the first time."""
        return next((p.step for p in self.curve if p.loss < loss), None)

    def examined(self, update: int) -> Glance:
        """The glance at the backward pass of an update that was examined."""
        return next(g for g in self.glances if g.step == update + 1)

    @property
    def clipped(self) -> float:
        """Share of updates that were clipped."""
        return _clipped(self.norms, self.plan.clip)

    @property
    def gradient_norm(self) -> float:
        """Mean length of gradients before clipping, of those that were finite."""
        return _mean(self.norms)

    def facts(self, update: int) -> Facts:
        """What a verdict should know of the training until then, clipping over the hundred updates before."""
        lately = self.norms[max(0, update - 99) : update + 1] or self.norms[-100:]
        config = {
            "training.optimizer": self.plan.optimizer, "training.learning_rate": self.plan.learning_rate,
            "training.clip_norm": self.plan.clip, "clipping.gradient_norm": _mean(lately),
        }  # fmt: skip
        return Facts(_clipped(lately, self.plan.clip), config)

    def verdict(self, update: int | None = None) -> Verdict:
        """As it was at an update that was examined; by default at the end."""
        seen = [g for g in self.glances if update is None or g.step <= update + 1]
        return judge(seen, self.facts(len(self.norms) - 1 if update is None else update))


_OPTIMIZERS = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD}


def train(
    model: Model,
    problem: Problem,
    plan: Plan,
    seed: int,
    *,
    reach: int | None = None,
    beside: Callable[[int, Tensor], None] | None = None,
) -> Run:
    """Train ``model``; ``seed`` draws the samples. ``reach`` is the problem's own unless it is given.

    ``beside`` is called with the number and the input of every update that is examined, before it.

    ::

        torch.manual_seed(seed)
        run = train(Model(Network("gru"), Adding(200)), Adding(200), Plan(steps=1000), seed)
    """
    samples = torch.Generator().manual_seed(seed)
    held_out = problem.held_out(plan.held_out, torch.Generator().manual_seed(1_000_000 + seed))
    optimizer = _OPTIMIZERS[plan.optimizer](model.parameters(), lr=plan.learning_rate)
    run = Run(plan, [_point(model, problem, held_out, 0, ())])
    losses: deque[float] = deque(maxlen=100)
    over, asked = False, at(plan.examine)
    seen = undertow.watch(model, reach or problem.reach, examine=lambda window: over or asked(window), seed=seed)
    last = max(plan.examine, default=-1)
    with seen:
        for step in range(1, plan.steps + 1):
            if step == last + 2 and not plan.at_end:
                seen.stop()  # what comes now is not asked for, and small networks are trained faster unwatched
            begin = time.process_time()
            x, target = problem.draw(plan.batch, samples)
            if beside is not None and step - 1 in plan.examine:
                beside(step - 1, x)
            loss = problem.loss(model(x), target)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            run.norms.append(float(nn.utils.clip_grad_norm_(model.parameters(), plan.clip)))
            optimizer.step()
            losses.append(loss.item())
            run.seconds += time.process_time() - begin
            if step % plan.evaluate_every == 0 or step == plan.steps:
                run.curve.append(_point(model, problem, held_out, step, losses))
                losses.clear()
                if _over(run.curve, plan.solved):
                    break
        if plan.at_end:
            over = True
            x, target = problem.draw(plan.batch, samples)
            torch.autograd.backward(problem.loss(model(x), target))
    run.glances = list(seen.history)
    return run


def _clipped(norms: Sequence[float], limit: float) -> float:
    return sum(not n <= limit for n in norms) / max(len(norms), 1)


def _mean(norms: Sequence[float]) -> float:
    finite = [n for n in norms if math.isfinite(n)]
    return sum(finite) / max(len(finite), 1)


@torch.no_grad()
def _point(
    model: Model, problem: Problem, held_out: tuple[Tensor, Tensor], step: int, losses: Sequence[float]
) -> Point:
    answer, target = model(held_out[0]), held_out[1]
    mean = sum(losses) / len(losses) if losses else math.nan
    return Point(step, mean, float(problem.loss(answer, target)), problem.score(answer, target))


def _over(curve: list[Point], solved: float) -> bool:
    """Solved at two points in a row, or no number any more."""
    return all(p.loss < solved for p in curve[-2:]) or not math.isfinite(curve[-1].loss)
