"""A backward pass through an unrolled loop of tensors, as whoever watches it sees it.

Between every two steps each component of the state passes through an identity of its own. The gradient before it
is the total one, the gradient behind it the carried one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from undertow.nn.engines.gate import is_batched
from undertow.nn.engines.layer import Layer
from undertow.nn.engines.observe import Observer, Record, Sweep
from undertow.reasons import Reason, Why

__all__ = ["Unrolled"]

State = dict[str, Tensor]


class Unrolled:
    """One direction's run, watched. Steps are given and counted in the order of processing."""

    def __init__(self, observer: Observer, layer: Layer, direction: int, lengths: Tensor | None, x: Tensor) -> None:
        self.observer, self.layer, self.direction, self.lengths, self.x = observer, layer, direction, lengths, x
        self.onward: list[State] = []
        self.carried: dict[tuple[int, str], Tensor] = {}
        self.total: dict[tuple[int, str], Tensor] = {}

    def step(self, state: State) -> tuple[State, State]:
        """The state after a step, as the outside is to read it and as the next step is."""
        number, seen, onward = len(self.onward), {}, {}
        for name, value in state.items():
            seen[name] = value.view_as(value)
            onward[name] = seen[name].view_as(value)
            if value.requires_grad:
                seen[name].register_hook(partial(self.total.__setitem__, (number, name)))  # type: ignore[no-untyped-call]
                onward[name].register_hook(partial(self.carried.__setitem__, (number, name)))  # type: ignore[no-untyped-call]
        self.onward.append(onward)
        return seen, onward

    def finish(self, start: Mapping[str, Tensor], sequence: State, final: State) -> tuple[State, State]:
        """Every component after every step (T, B, H) and the state after the last, such that backward is noticed."""
        states = {name: tensor.detach() for name, tensor in sequence.items()}
        sweep = _UnrolledSweep(
            self.layer, self.direction, self.lengths, self.x.detach(), dict(start), states, {}, {}, self
        )
        passed = iter(_Notice.apply(sweep, *sequence.values(), *final.values()))  # type: ignore[no-untyped-call]
        return {n: next(passed) for n in sequence}, {n: next(passed) for n in final}

    def records(self, carried: Mapping[tuple[int, str], Tensor], total: Mapping[tuple[int, str], Tensor]) -> Tensor:
        """(T, B, C, 2) sums of squares of gradients by step and component; where none flowed they are 0."""
        rows = []
        for number, state in enumerate(self.onward):
            pairs = [(carried.get((number, n)), total.get((number, n)), t) for n, t in state.items()]
            rows.append(torch.stack([torch.stack([_squares(g, t) for g in gs], -1) for *gs, t in pairs], -2))
        return torch.stack(rows)


def _squares(gradient: Tensor | None, like: Tensor) -> Tensor:
    return like.new_zeros(like.shape[0]) if gradient is None else gradient.detach().square().sum(-1)


@dataclass(frozen=True, eq=False)
class _UnrolledSweep(Sweep):
    engine = "reference"

    run: Unrolled

    def probe(self, step: int, cotangent: Tensor) -> Tensor:
        """See :meth:`undertow.nn.engines.observe.Sweep.probe`. Costs as much as a backward pass of its own."""
        output, onward = self.layer.cell.output, self.run.onward
        places = [(p, n) for p in range(step) for n in onward[p] if onward[p][n].requires_grad]
        inputs = [onward[p][n] for p, n in places]
        gradients: tuple[Tensor | None, ...] = ()
        if inputs:
            gradients = torch.autograd.grad(
                onward[step][output], inputs, cotangent, retain_graph=True, allow_unused=True
            )
        found = {place: g for place, g in zip(places, gradients, strict=False) if g is not None}
        found[step, output] = cotangent
        return self.run.records(found, found)[: step + 1]


class _Notice(torch.autograd.Function):
    """An identity whose backward pass tells the observer that the sweep begins, and later that it has ended."""

    @staticmethod
    def forward(ctx: Any, sweep: _UnrolledSweep, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.sweep = sweep
        ctx.set_materialize_grads(False)
        return tuple(t.view_as(t) for t in tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        known: _UnrolledSweep = ctx.sweep
        if is_batched([g for g in gradients if g is not None]):
            known.run.observer.refused(Reason(Why.BATCHED))
            return (None, *gradients)
        names = list(known.states)
        given = [None if g is None else g.detach() for g in gradients]
        direct = {n: g for n, g in zip(names, given, strict=False) if g is not None}
        final = {n: g for n, g in zip(names, given[len(names) :], strict=True) if g is not None}
        sweep, run = replace(known, direct=direct, final=final), known.run
        kind = run.observer.before(sweep)
        run.carried.clear()
        run.total.clear()

        def ended() -> None:
            records = None if kind is Record.NOTHING else run.records(run.carried, run.total)
            run.observer.after(sweep, records)

        torch.autograd.Variable._execution_engine.queue_callback(ended)
        return (None, *gradients)
