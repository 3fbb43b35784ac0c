"""Steps that are called one by one, seen as the one backpropagation through time that they are.

Each step notes what goes in, what comes out, and in the backward pass the gradients that arrive: the total one at the
state that it left, the carried one at the state that it was given. Which step a state came from is found in autograd's
graph. When the backward pass is over, steps that handed their state on to each other are run once more as one sequence,
back from the gradients that were noted, and that run is shown to the observer: a window of so many steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from undertow.nn.engines.backends import choose
from undertow.nn.engines.gate import is_batched
from undertow.nn.engines.layer import Layer, Outcome
from undertow.nn.engines.observe import Observer, within
from undertow.reasons import Reason, Why

__all__ = ["WatchedStep"]

#: How far back a state is looked for: through so many operations that change how it is shown, and not what it is.
_SHOWN = 8


class WatchedStep:
    """One step that is watched, from ``x`` (B, I) and ``state`` (B, H). It holds numbers, and nothing of the graph that
    holds it.

    Attributes:
        previous: the step whose state this one was given, as far as its numbers went on unchanged.
        total: dL/d(state after the step), by component, once a backward pass has come by; absent ones are zero.
        carried: dL/d(state before the step), likewise.
    """

    def __init__(self, observer: Observer, layer: Layer, backend: str, x: Tensor, state: Mapping[str, Tensor]) -> None:
        self.observer, self.layer, self.backend, self.x = observer, layer, backend, x.detach()
        self.previous = _left_by(state)
        self.start = {name: part.detach() for name, part in state.items()}
        self.total: dict[str, Tensor] = {}
        self.carried: dict[str, Tensor] = {}

    def given(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The state before the step, as it is to be computed from."""
        return _seen(self, "carried", state)

    def left(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The state after the step, as users are to get it."""
        return _seen(self, "total", state)


def step_watched(
    observer: Observer, layer: Layer, backend: str, x: Tensor, state: Mapping[str, Tensor], run: Callable[..., Outcome]
) -> Outcome:
    """A layer's call of a single step: ``run`` on ``x`` (1, B, I) from ``state`` (1, B, H), watched as a step is."""
    before = {name: part.squeeze(0) for name, part in state.items()}
    step = WatchedStep(observer, layer, backend, x.squeeze(0), before)
    given = {name: part.unsqueeze(0) for name, part in step.given(before).items()}
    outcome = run(layer, x, given, None, states=False)
    left = step.left({name: part.squeeze(0) for name, part in outcome.final.items()})
    final = {name: part.unsqueeze(0) for name, part in left.items()}
    return Outcome(final[layer.cell.output], final)


class _Seen(torch.autograd.Function):
    """An identity that notes the gradients which pass."""

    @staticmethod
    def forward(ctx: Any, step: WatchedStep, when: str, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.step, ctx.when = step, when
        ctx.set_materialize_grads(False)
        return tuple(tensor.clone() for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        step: WatchedStep = ctx.step
        if is_batched([g for g in gradients if g is not None]):
            step.observer.refused(Reason(Why.BATCHED))
            return None, None, *gradients
        found = {n: g.detach() for n, g in zip(step.start, gradients, strict=True) if g is not None}
        if ctx.when == "total":
            step.total, step.carried = found, {}
            _passes.take(step)
        else:
            step.carried = found
        return None, None, *gradients


def _seen(step: WatchedStep, when: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return dict(zip(state, _Seen.apply(step, when, *state.values()), strict=True))  # type: ignore[no-untyped-call]


def _left_by(state: Mapping[str, Tensor]) -> WatchedStep | None:
    """The step that left all of ``state``, or None."""
    found = {_maker(part, number) for number, part in enumerate(state.values())}
    return found.pop() if len(found) == 1 else None


def _maker(part: Tensor, number: int) -> WatchedStep | None:
    """The step whose component ``number`` this is, shown otherwise at most."""
    node: Any = part.grad_fn
    place, layer = part.output_nr, 0
    for _ in range(_SHOWN):
        step = getattr(node, "step", None)
        if isinstance(step, WatchedStep):
            return step if node.when == "total" and place == number else None
        kind = "" if node is None else node.name().rstrip("0123456789")
        if kind == "SplitBackward":  # a state of several layers, taken apart ...
            layer = place
        elif kind not in _UNCHANGED:
            return None
        before = node.next_functions  # ... which the call before had put together of one part a layer
        node, place = before[layer if kind == "CatBackward" and layer < len(before) else 0]
    return None


#: Operations after which the numbers are the same.
_UNCHANGED = {f"{name}Backward" for name in ("Alias", "Cat", "Clone", "Squeeze", "Unsqueeze", "View", "UnsafeView")}


class _Passes:
    """Steps that gradients came to, by backward pass, until it is over."""

    def __init__(self) -> None:
        self._open: dict[int, list[WatchedStep]] = {}

    def take(self, step: WatchedStep) -> None:
        """``step`` was reached by the backward pass at hand."""
        task = torch._C._current_graph_task_id()
        if task not in self._open:
            self._open[task] = []
            torch.autograd.Variable._execution_engine.queue_callback(lambda: self._close(task))
        self._open[task].append(step)

    def _close(self, task: int) -> None:
        reached = self._open.pop(task)
        with within(task):
            for chain in _chains(reached):
                _show(chain)


_passes = _Passes()


def _chains(reached: list[WatchedStep]) -> Iterator[list[WatchedStep]]:
    """The steps, in groups that handed their state on to each other, each in the order of time; a backward pass comes
    to the last one first."""
    left = dict.fromkeys(reached)
    while left:
        chain = [next(iter(left))]
        left.pop(chain[0])
        while (before := chain[-1].previous) is not None and before in left and _alike(before, chain[-1]):
            chain.append(before)
            left.pop(before)
        yield chain[::-1]


def _alike(a: WatchedStep, b: WatchedStep) -> bool:
    return a.x.shape == b.x.shape and a.observer is b.observer


def _show(chain: list[WatchedStep]) -> None:
    """Run the steps of ``chain`` as one sequence, watched."""
    first, names = chain[0], list(chain[0].start)
    direct = []
    for step, after in zip(chain, [*chain[1:], None], strict=True):
        onward = {} if after is None else after.carried
        zero = torch.zeros_like(first.start[names[0]])
        direct.append({n: step.total.get(n, zero) - onward.get(n, zero) for n in names})
    x = torch.stack([step.x for step in chain]).requires_grad_()
    start = {name: part.unsqueeze(0) for name, part in first.start.items()}
    with torch.enable_grad():
        engine = choose(first.backend if first.backend != "vendor" else "auto", first.layer, states=True)
        outcome = engine.run(first.layer, x, start, None, states=True, observer=first.observer)
    assert outcome.states is not None
    torch.autograd.grad(
        [outcome.states[n] for n in names], x, [torch.stack([d[n] for d in direct]) for n in names], allow_unused=True
    )
