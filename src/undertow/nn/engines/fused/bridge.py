"""From tensors to the kernels and back: one layer as an operation that autograd knows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from undertow.nn.engines import gate
from undertow.nn.engines.fused.call import Call
from undertow.nn.engines.fused.memory import direction_of, empty
from undertow.nn.engines.fused.passes import Addressed, Goal, Pass
from undertow.nn.engines.fused.sweep import PROGRAMS, KernelSweep, Records
from undertow.nn.engines.layer import Layer, by_gate
from undertow.nn.engines.observe import Observer, Record
from undertow.nn.engines.torch_versions import hooks_of_saved_tensors
from undertow.reasons import Reason, Why

__all__ = ["Saved", "again", "gradients_of", "keep", "train"]

_ROWS = torch.contiguous_format
#: A state by component, (D, B, H) each.
State = Mapping[str, Tensor]


@dataclass
class Saved:
    """What the forward half of a training step leaves for the backward half, one entry a direction: the tape, and
    every step (T, B, H) of the components that are not outputs."""

    tapes: list[Tensor]
    hidden: list[dict[str, Tensor]]

    @property
    def tensors(self) -> list[Tensor]:
        """All of it, direction by direction."""
        return [t for tape, hidden in zip(self.tapes, self.hidden, strict=True) for t in (tape, *hidden.values())]

    @classmethod
    def of(cls, call: Call, tensors: Sequence[Tensor]) -> Saved:
        """What :attr:`tensors` says of the run of ``call``."""
        inner = [n for n in call.layer.cell.state if n not in call.every]
        each, run = 1 + len(inner), cls([], [])
        for at in range(0, len(tensors), each):
            run.tapes.append(tensors[at])
            run.hidden.append(dict(zip(inner, tensors[at + 1 : at + each], strict=True)))
        return run


def keep(call: Call, x: Tensor, state: State) -> tuple[dict[str, Tensor], dict[str, Tensor], Saved]:
    """The forward half: outputs (T, B, D H) and the final state (D, B, H) by component, and what backward needs."""
    (steps, batch, _, hidden), outputs, finals = call.sizes, call.outputs(), call.finals(state)
    run = Saved([], [])
    for direction, weights in enumerate(call.layer.directions):
        inner = {n: empty((steps, batch, hidden), call.dtype) for n in call.layer.cell.state if n not in outputs}
        one = call.over(direction, inner=True)
        tape = empty((one.tape_numbers,), call.dtype)
        given = one.given(weights, x, state, outputs | inner, tape, call.lengths, call.seed, fresh=True)
        one.forward(given, finals, keeping=True)
        run.tapes.append(tape)
        run.hidden.append(inner)
    return outputs, finals, run


class _Recur(torch.autograd.Function):
    """A layer, differentiably: (call, x, and for autograd what it holds: the state's tensors, and weight tensors by
    direction)."""

    @staticmethod
    def forward(ctx: Any, call: Call, x: Tensor, *tensors: Tensor) -> tuple[Tensor, ...]:
        outputs, finals, run = keep(call, x, _state(call, tensors))
        ctx.call = call
        # Whoever hooks saved tensors may hold on to what it gives back, and nothing may be written over it.
        ctx.hooked = hooks_of_saved_tensors(False) is not None
        # Outputs may be edited in place, as torch's may: autograd is given other tensors over their memory, and a
        # witness tells whether there was an edit.
        ctx.witnesses = [_Witness(output) for output in outputs.values()]
        ctx.save_for_backward(x, *tensors, *(output.data for output in outputs.values()), *run.tensors)
        ctx.set_materialize_grads(False)
        return (*outputs.values(), *finals.values())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        call: Call = ctx.call
        x, *saved = ctx.saved_tensors
        count = len(call.layer.cell.state) + len(call.layer.tensors)
        tensors, kept = saved[:count], saved[count:]
        wanted = ctx.needs_input_grad[1:]
        there = [g for g in gradients if g is not None]
        if not (torch.is_grad_enabled() or gate.differentiated(there)) and (not call.observer or gate.is_plain(there)):
            with suppress(gate.NotPlain):  # hooks may have handed back anything
                outputs = dict(zip(call.every, kept, strict=False))
                run = Saved.of(call, kept[len(outputs) :])
                if any(witness.saw_an_edit for witness in ctx.witnesses):
                    outputs, _, run = keep(_over(call, tensors), x, _state(call, tensors))
                overwrite = not (ctx.hooked or torch._C._autograd._get_current_graph_task_keep_graph())
                return (None, *_back(call, run, x, tensors, outputs, gradients, wanted, overwrite=overwrite))
        return (None, *again(call, x, tensors, gradients, wanted))


#: ``_Recur.apply`` without its search for tensors of ``torch.func`` that outlived it: the gate finds them as well.
_recur: Callable[..., tuple[Tensor, ...]] = super(torch.autograd.Function, _Recur).apply

_NO_NUMBERS = {dtype: torch.empty(0, dtype=dtype, device="cpu") for dtype in (torch.float32, torch.float64)}


class _Witness:
    """Sees edits in place of a tensor, without its memory: a tensor of no numbers that has the same version counter."""

    __slots__ = ("_shadow", "_version")

    def __init__(self, tensor: Tensor) -> None:
        self._shadow = tensor.detach()
        self._shadow.data = _NO_NUMBERS[tensor.dtype]
        self._version = self._shadow._version

    @property
    def saw_an_edit(self) -> bool:
        return self._shadow._version != self._version


def _state(call: Call, tensors: Sequence[Tensor]) -> State:
    """The state before the first step, from the head of what autograd holds."""
    return dict(zip(call.layer.cell.state, tensors, strict=False))


def _over(call: Call, tensors: Sequence[Tensor]) -> Call:
    """The call with the weights at the tail of these tensors in place of its own: hooks may have put others there."""
    given = tensors[len(call.layer.cell.state) :]
    if all(map(operator.is_, given, call.layer.tensors)):
        return call
    rest = iter(given)
    directions = tuple(weights.replaced(lambda _: next(rest)) for weights in call.layer.directions)
    return replace(call, layer=replace(call.layer, directions=directions))


def train(call: Call, x: Tensor, state: State) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """As :func:`infer`, for a result that gradients will be asked of."""
    names = call.layer.cell.state
    results = _recur(call, x, *[state[n] for n in names], *call.layer.tensors)
    count = len(call.every)
    return dict(zip(call.every, results[:count], strict=True)), dict(zip(names, results[count:], strict=True))


def _back(
    call: Call,
    run: Saved,
    x: Tensor,
    tensors: Sequence[Tensor],
    outputs: Mapping[str, Tensor],
    gradients: Sequence[Tensor | None],
    wanted: Sequence[bool],
    *,
    overwrite: bool,
) -> list[Tensor | None]:
    """Gradients of x, of the states and of the weights, in the order of the arguments."""
    start, call = _state(call, tensors), _over(call, tensors)
    names, count = list(call.layer.cell.state), len(call.layer.directions[0].tensors)
    direct = {n: g.contiguous() for n, g in zip(call.every, gradients, strict=False) if g is not None}
    ends = zip(names, gradients[len(call.every) :], strict=False)
    final = {n: g.contiguous() for n, g in ends if g is not None}
    asked = tuple(n for n, want in zip(names, wanted[1 : 1 + len(names)], strict=True) if want)
    of_weights = wanted[1 + len(names) :]
    of_start = {n: torch.empty(start[n].shape, dtype=call.dtype, device="cpu") for n in asked}
    total_x: Tensor | None = None
    found_weights: list[Tensor | None] = []
    for direction in range(call.directions):
        some = any(of_weights[direction * count : (direction + 1) * count])
        goal = Goal(tuple(direct), tuple(final), wanted[0], asked, some)
        one = call.over(direction, inner=True)
        half = _Half(call, direction, x, start, outputs, run, direct, final, goal, overwrite, one)
        of_x, own = half.through_time(of_start)
        total_x = of_x if total_x is None or of_x is None else total_x.add_(of_x)
        found_weights += own or [None] * count
    return [total_x, *(of_start.get(n) for n in names), *found_weights]


@dataclass(eq=False)
class _Half:
    """BPTT of one direction."""

    call: Call
    direction: int
    x: Tensor
    start: State
    outputs: Mapping[str, Tensor]
    run: Saved
    direct: Mapping[str, Tensor]
    final: Mapping[str, Tensor]
    goal: Goal
    overwrite: bool
    one: Pass

    def through_time(self, of_start: Mapping[str, Tensor]) -> tuple[Tensor | None, list[Tensor]]:
        """Gradients of x and of the weights, as asked; that of the state is written into its rows of ``of_start``."""
        call, goal = self.call, self.goal
        weights, one = call.layer.directions[self.direction], self.one
        states = {**self.outputs, **self.run.hidden[self.direction]}
        tape = self.run.tapes[self.direction]
        given = one.given(weights, self.x, self.start, states, tape, call.lengths, call.seed)
        of_x = empty(tuple(self.x.shape), call.dtype) if goal.x else None
        own = (
            {name: torch.empty_like(t, memory_format=_ROWS) for name, t in weights.named.items()}
            if goal.weights
            else {}
        )
        places = [*([] if of_x is None else [of_x]), *of_start.values(), *own.values()]

        def go(program: str, records: int) -> None:
            arriving = list(self.direct.values()), list(self.final.values())
            one.backward(program, goal, given, *arriving, records, places, overwrite=self.overwrite)

        if call.observer is None:
            go(PROGRAMS[Record.NOTHING], 0)
        else:
            _observed(call.observer, self._sweep(given), go)
        if "bias_hh" in own and "bias_ih" in own:
            _share_bias(call.layer, own["bias_ih"], own["bias_hh"])
        return of_x, list(own.values())

    def _sweep(self, given: Addressed) -> KernelSweep:
        call, direction, hidden = self.call, self.direction, self.call.sizes.hidden
        inner = self.run.hidden[direction]
        seen = {n: inner[n] if n in inner else direction_of(self.outputs[n], direction, hidden) for n in self.start}
        columns = {n: direction_of(g, direction, hidden) for n, g in self.direct.items()}
        start, final = ({n: t[direction] for n, t in each.items()} for each in (self.start, self.final))
        return KernelSweep(call.layer, direction, call.lengths, self.x, start, seen, columns, final, self.one, given)


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
    run: Saved,
    x: Tensor,
    tensors: Sequence[Tensor],
    outputs: Mapping[str, Tensor],
    gradients: Sequence[Tensor | None],
    wanted: Sequence[bool],
) -> list[Tensor | None]:
    """The backward half after :func:`keep`, which it leaves as it was: gradients of x and ``tensors`` where wanted,
    from those of outputs and final states."""
    return _back(call, run, x, tensors, outputs, gradients, wanted, overwrite=False)


def _share_bias(layer: Layer, first: Tensor, second: Tensor) -> None:
    """A second bias that only adds to the first has the first one's gradient."""
    alone, gates, inputs = layer.cell.recurrent_bias_gates, layer.bias_hh_gates, layer.cell.input_gates
    shared = len(gates) - len(alone)
    if gates[:shared] == inputs[:shared] and gates[shared:] == alone:  # in one piece
        numbers = shared * layer.sizes.hidden
        second[:numbers].copy_(first[:numbers])
        return
    rows = by_gate(first, inputs)
    for name, gradient in by_gate(second, gates).items():
        if name not in alone:
            gradient.copy_(rows[name])


def again(
    call: Call,
    x: Tensor,
    tensors: Sequence[Tensor],
    gradients: Sequence[Tensor | None],
    wanted: Sequence[bool],
) -> list[Tensor | None]:
    """Gradients that can be differentiated again, or that have more dimensions than they show: the reference's, whose
    steps autograd sees."""
    from undertow.nn.engines.reference import Reference

    if call.observer:
        call.observer.refused(Reason(Why.PAST_THE_KERNELS))
    with torch.enable_grad():
        # Each is seen through a view of its own: if one was made from another, as x from the state before it,
        # its gradient is not that one's as well.
        x, *tensors = (t.view_as(t) if want else t for t, want in zip([x, *tensors], wanted, strict=True))
        viewed = _over(call, tensors)
        outcome = Reference().run(viewed.layer, x, _state(call, tensors), call.lengths, states=True)
        assert outcome.states is not None
        results = [outcome.states[n] for n in call.every] + [outcome.final[n] for n in call.layer.cell.state]
    pairs = [(r, g) for r, g in zip(results, gradients, strict=True) if g is not None and r.requires_grad]
    inputs = [t for t, want in zip([x, *tensors], wanted, strict=True) if want]
    found = iter(
        torch.autograd.grad(
            [r for r, _ in pairs], inputs, [g for _, g in pairs], create_graph=torch.is_grad_enabled(),
            allow_unused=True,
        )
        if pairs
        else [None] * len(inputs)
    )  # fmt: skip
    return [next(found) if want else None for want in wanted]
