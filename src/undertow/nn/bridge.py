"""From tensors to the kernels and back: one layer as an operation that autograd knows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from undertow.kernels.sequence import tape_numbers
from undertow.nn.call import Call
from undertow.nn.layer import Layer, Weights, by_gate
from undertow.nn.memory import direction_of, empty
from undertow.nn.observe import Observer, Record
from undertow.nn.passes import Goal
from undertow.nn.sweep import PROGRAMS, KernelSweep, Records

__all__ = ["Run", "gradients_of", "keep", "train"]

#: The state before the first step, (B, H) by component, a mapping a direction.
State = tuple[Mapping[str, Tensor], ...]


@dataclass
class Run:
    """What the forward half of a training step leaves for the backward half, one entry a direction: the tape, and
    every step (T, B, H) of the components that are not outputs."""

    tapes: list[Tensor]
    hidden: list[dict[str, Tensor]]
    used: bool = False


def keep(call: Call, x: Tensor, state: State) -> tuple[dict[str, Tensor], list[Tensor], Run]:
    """The forward half: outputs by component (T, B, D H), the final state (B, H) by direction and component, and what
    backward needs."""
    (steps, batch, _, hidden), outputs = call.sizes, call.outputs()
    run, finals = Run([], []), list[Tensor]()
    for direction, weights in enumerate(call.layer.directions):
        start = {name: tensor.contiguous() for name, tensor in state[direction].items()}
        inner = {n: empty((steps, batch, hidden), call.dtype) for n in call.layer.cell.state if n not in outputs}
        tape = empty((sum(tape_numbers(call.steps, call.sizes)),), call.dtype)
        final, one, weights = call.finals().values(), call.over(direction, inner=True), weights.contiguous
        given = one.given(weights, x, start, outputs | inner, tape, call.lengths)
        one.forward(keeping=True).run(*given, *(t.data_ptr() for t in final))
        run.tapes.append(tape)
        run.hidden.append(inner)
        finals += final
    return outputs, finals, run


class _Recur(torch.autograd.Function):
    """A layer, differentiably: (call and state, x, and for autograd what they hold: state tensors by direction, weight
    tensors by direction)."""

    @staticmethod
    def forward(ctx: Any, given: tuple[Call, State], x: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        call, state = given
        outputs, finals, run = keep(call, x, state)
        ctx.call, ctx.run = call, run
        ctx.save_for_backward(x, *tensors, *outputs.values())
        ctx.set_materialize_grads(False)
        return (*outputs.values(), *finals)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        call: Call = ctx.call
        x, *rest = ctx.saved_tensors
        tensors = rest[: len(rest) - len(call.every)]
        if torch.is_grad_enabled():
            return (None, *_again(call, x, tensors, gradients, ctx.needs_input_grad[1:]))
        outputs = dict(zip(call.every, rest[len(tensors) :], strict=True))
        keep = torch._C._autograd._get_current_graph_task_keep_graph()
        run: Run = ctx.run
        return (None, *_back(call, run, x, tensors, outputs, gradients, ctx.needs_input_grad[1:], overwrite=not keep))


def _sorted(call: Call, tensors: tuple[Tensor, ...] | list[Tensor]) -> tuple[tuple[dict[str, Tensor], ...], Layer]:
    """States by direction and component, and the layer with these tensors in place of its own."""
    names, count = list(call.layer.cell.state), call.directions
    state = tuple(dict(zip(names, tensors[d * len(names) :], strict=False)) for d in range(count))
    given = tensors[count * len(names) :]
    if all(map(operator.is_, given, call.layer.tensors)):  # not so where hooks of saved tensors put others in place
        return state, call.layer
    rest = iter(given)
    directions = tuple(weights.replaced(lambda _: next(rest)) for weights in call.layer.directions)
    layer = replace(call.layer, directions=directions)
    return state, layer


def train(call: Call, x: Tensor, state: State) -> tuple[dict[str, Tensor], list[dict[str, Tensor]]]:
    """As :func:`infer`, for a result that gradients will be asked of."""
    names = list(call.layer.cell.state)
    tensors = [s[name] for s in state for name in names]
    results = _Recur.apply((call, state), x, *tensors, *call.layer.tensors)  # type: ignore[no-untyped-call]
    outputs = dict(zip(call.every, results, strict=False))
    finals = results[len(outputs) :]
    return outputs, [dict(zip(names, finals[d * len(names) :], strict=False)) for d in range(call.directions)]


def _back(
    call: Call,
    run: Run,
    x: Tensor,
    tensors: list[Tensor],
    outputs: Mapping[str, Tensor],
    gradients: tuple[Tensor | None, ...],
    wanted: tuple[bool, ...],
    *,
    overwrite: bool,
) -> list[Tensor | None]:
    """Gradients of x, of the states and of the weights, in the order of the arguments."""
    if run.used:
        raise RuntimeError(
            "the backward pass of this layer ran before and wrote its gradients over what it had kept; "
            "ask for retain_graph=True in every backward pass but the last"
        )
    run.used = overwrite
    state, layer = _sorted(call, tensors)
    call = call if layer is call.layer else replace(call, layer=layer)
    names, count = list(layer.cell.state), len(layer.directions[0].tensors)
    direct = {n: g.contiguous() for n, g in zip(call.every, gradients, strict=False) if g is not None}
    finals, of_states = gradients[len(call.every) :], wanted[1 : 1 + len(names) * call.directions]
    of_weights = wanted[1 + len(of_states) :]
    total_x: Tensor | None = None
    found_states: list[Tensor | None] = []
    found_weights: list[Tensor | None] = []
    for direction, start in enumerate(state):
        own = slice(direction * len(names), (direction + 1) * len(names))
        final = {n: g.contiguous() for n, g in zip(names, finals[own], strict=True) if g is not None}
        asked = tuple(n for n, want in zip(names, of_states[own], strict=True) if want)
        some = any(of_weights[direction * count : (direction + 1) * count])
        goal = Goal(tuple(direct), tuple(final), wanted[0], asked, some)
        of_x, of_start, of_own = _through_time(call, run, direction, x, start, outputs, direct, final, goal, overwrite)
        total_x = of_x if total_x is None or of_x is None else total_x.add_(of_x)
        found_states += [of_start.get(n) for n in names]
        found_weights += of_own.tensors if of_own is not None else [None] * count
    if overwrite:
        # Whoever keeps the loss keeps this node: not the memory as well.
        run.tapes.clear()
        run.hidden.clear()
    return [total_x, *found_states, *found_weights]


def _through_time(
    call: Call,
    run: Run,
    direction: int,
    x: Tensor,
    start: Mapping[str, Tensor],
    outputs: Mapping[str, Tensor],
    direct: Mapping[str, Tensor],
    final: Mapping[str, Tensor],
    goal: Goal,
    overwrite: bool,
) -> tuple[Tensor | None, dict[str, Tensor], Weights | None]:
    """BPTT of one direction: gradients of x, of the state before the first step and of the weights, as asked."""
    layer, inner, one = call.layer, run.hidden[direction], call.over(direction, inner=True)
    weights, start = one.weights.contiguous, {n: t.contiguous() for n, t in start.items()}
    of_x = empty(tuple(x.shape), call.dtype) if goal.x else None
    of_start = {n: torch.empty_like(start[n]) for n in goal.state}
    own = one.weights.replaced(_alike) if goal.weights else None
    given = one.given(weights, x, start, {**outputs, **inner}, run.tapes[direction], call.lengths)
    places = [*direct.values(), *final.values(), *([] if of_x is None else [of_x]), *of_start.values()]
    addresses = [t.data_ptr() for t in (*places, *([] if own is None else own.tensors))]

    def go(program: str, records: int) -> None:
        one.backward(program, goal, overwrite=overwrite).run(*given, records, *addresses)

    if call.observer is None:
        go(PROGRAMS[Record.NOTHING], 0)
    else:
        hidden = call.sizes.hidden
        seen = {n: inner[n] if n in inner else direction_of(outputs[n], direction, hidden) for n in start}
        columns = {n: direction_of(g, direction, hidden) for n, g in direct.items()}
        sweep = KernelSweep(layer, direction, call.lengths, x, start, seen, columns, final, one, given)
        _observed(call.observer, sweep, go)
    if own is not None:
        _share_bias(layer, own)
    return of_x, of_start, own


def _alike(tensor: Tensor) -> Tensor:
    return torch.empty_like(tensor, memory_format=torch.contiguous_format)


def _observed(observer: Observer, sweep: KernelSweep, go: Callable[[str, int], None]) -> None:
    """One direction's BPTT, before and after which an observer is told."""
    kind = observer.before(sweep)
    if kind is Record.NOTHING:
        go(PROGRAMS[kind], 0)
        observer.after(sweep, None)
    else:
        steps, batch, _ = sweep.x.shape
        records = Records(kind, steps, batch, len(sweep.states), sweep.x.dtype)
        go(PROGRAMS[kind], records.address)
        observer.after(sweep, records.processed(sweep.direction))


def gradients_of(
    call: Call,
    run: Run,
    x: Tensor,
    tensors: list[Tensor],
    outputs: Mapping[str, Tensor],
    gradients: list[Tensor | None],
    wanted: list[bool],
) -> list[Tensor | None]:
    """The backward half after :func:`keep`, which it leaves as it was: gradients of x and ``tensors`` where wanted,
    from those of outputs and final states."""
    return _back(call, run, x, tensors, outputs, tuple(gradients), tuple(wanted), overwrite=False)


def _share_bias(layer: Layer, own: Weights) -> None:
    """A second bias that only adds to the first has the first one's gradient."""
    if own.bias_hh is None or len(layer.cell.recurrent_bias_gates) == len(layer.bias_hh_gates):
        return
    first = by_gate(own.bias_ih, layer.cell.input_gates)
    for gate, gradient in by_gate(own.bias_hh, layer.bias_hh_gates).items():
        if gate not in layer.cell.recurrent_bias_gates:
            gradient.copy_(first[gate])


def _again(
    call: Call, x: Tensor, tensors: list[Tensor], gradients: tuple[Tensor | None, ...], wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """Gradients that can be differentiated again: the reference's, whose steps autograd sees."""
    from undertow.nn.reference import Reference

    state, layer = _sorted(call, tensors)
    if call.observer:
        call.observer.refused("gradients that are differentiated again (create_graph=True) go past the kernels")
    outcome = Reference().run(layer, x, state, call.lengths, states=True)
    assert outcome.states is not None
    results = [outcome.states[n] for n in call.every] + [f[n] for f in outcome.final for n in layer.cell.state]
    pairs = [(r, g) for r, g in zip(results, gradients, strict=True) if g is not None and r.requires_grad]
    inputs = [t for t, want in zip([x, *tensors], wanted, strict=True) if want]
    found = iter(
        torch.autograd.grad([r for r, _ in pairs], inputs, [g for _, g in pairs], create_graph=True, allow_unused=True)
    )
    return [next(found) if want else None for want in wanted]
