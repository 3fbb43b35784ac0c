"""From tensors to the kernels and back: one layer as an operation that autograd knows."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from undertow.kernels.bptt import Gradients, backward
from undertow.kernels.sequence import Past, Tape, forward
from undertow.nn.call import Call, last
from undertow.nn.layer import Layer, Weights, by_gate
from undertow.nn.memory import direction_of, empty, part, rows
from undertow.nn.observe import Observer, Record
from undertow.nn.packs import addresses_of, replaced
from undertow.nn.sweep import PROGRAMS, KernelSweep, Records

__all__ = ["Run", "gradients_of", "keep", "train"]

#: The state before the first step, (B, H) by component, a mapping a direction.
State = tuple[Mapping[str, Tensor], ...]


@dataclass
class Run:
    """What the forward half of a training step leaves for the backward half, one entry a direction: the tape, and
    every step (T, B, H) of the components that are not outputs."""

    tapes: list[Tape]
    hidden: list[dict[str, Tensor]]
    used: bool = False


def keep(call: Call, x: Tensor, state: State) -> tuple[dict[str, Tensor], list[Tensor], Run]:
    """The forward half: outputs by component (T, B, D H), the final state (B, H) by direction and component, and what
    backward needs."""
    sizes, layer, cell = call.sizes, call.layer, call.layer.cell
    outputs = {n: empty((sizes.steps, sizes.batch, call.directions * sizes.hidden), call.dtype) for n in call.every}
    run, finals = Run([], []), []
    for direction, weights in enumerate(layer.directions):
        start = {name: state[direction][name].detach().contiguous() for name in cell.state}
        shape = (sizes.steps, sizes.batch, sizes.hidden)
        inner = {name: empty(shape, call.dtype) for name in cell.state if name not in outputs}
        places = {n: (part(outputs[n], direction, sizes.hidden), True) for n in outputs}
        places |= {n: (part(t, 0, sizes.hidden), True) for n, t in inner.items()}
        before = {name: rows(t) for name, t in start.items()}
        packed = call.pack("forward_keeping", weights)
        tape = forward(call.steps, sizes, packed, part(x, 0, 0), before, places, **call.options(direction))
        assert tape is not None
        run.tapes.append(tape)
        run.hidden.append(inner)
        end = -1 if direction == 0 else 0
        finals += [inner[n][end].clone() if n in inner else last(call, outputs[n], direction) for n in cell.state]
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
    directions = tuple(replaced(weights, lambda _: next(rest)) for weights in call.layer.directions)
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
    sizes, names = call.sizes, list(layer.cell.state)
    direct = {n: g.contiguous() for n, g in zip(call.every, gradients, strict=False) if g is not None}
    finals = gradients[len(call.every) :]
    total_x: Tensor | None = None
    of_states: list[Tensor | None] = []
    of_weights: list[Tensor | None] = []
    first_weight = 1 + len(names) * call.directions
    for direction, weights in enumerate(layer.directions):
        final = {
            n: g.contiguous() for n, g in zip(names, finals[direction * len(names) :], strict=False) if g is not None
        }
        start = {n: state[direction][n].detach().contiguous() for n in names}
        inner = run.hidden[direction]
        after = {
            n: part(inner[n], 0, sizes.hidden) if n in inner else part(outputs[n], direction, sizes.hidden)
            for n in names
        }
        count = len(weights.tensors)
        needed = any(wanted[first_weight : first_weight + count])
        first_weight += count
        own = (
            replaced(weights, lambda t: torch.empty_like(t, memory_format=torch.contiguous_format)) if needed else None
        )
        of_x = empty(tuple(x.shape), call.dtype) if wanted[0] else None
        asked = dict(zip(names, wanted[1 + direction * len(names) :], strict=False))
        of_start = {n: torch.empty_like(start[n]) for n in names if asked[n]}
        goal = Gradients(
            part(of_x, 0, 0) if of_x is not None else None,
            {n: rows(t) for n, t in of_start.items()},
            None if own is None else addresses_of(layer, own),
        )
        options = call.options(direction)
        past = Past(
            sizes, part(x, 0, 0), {n: rows(t) for n, t in start.items()}, after, run.tapes[direction],
            options["lengths"], options["reverse"], options["seed"],
        )  # fmt: skip
        run_back = partial(
            backward, call.steps, past=past, final={n: rows(g) for n, g in final.items()}, gradients=goal,
            direct={n: part(g, direction, sizes.hidden) for n, g in direct.items()},
            threads=options["threads"], overwrite=overwrite,
        )  # fmt: skip
        pack = partial(call.pack, weights=weights)
        if layer.observer is None:
            run_back(packed=pack(PROGRAMS[Record.NOTHING]))
        else:
            seen = {n: inner[n] if n in inner else direction_of(outputs[n], direction, sizes.hidden) for n in names}
            columns = {n: direction_of(g, direction, sizes.hidden) for n, g in direct.items()}
            sweep = KernelSweep(
                layer, direction, call.lengths, x, start, seen, columns, final, call.steps, pack, past,
                options["threads"],
            )  # fmt: skip
            _observed(layer.observer, sweep, run_back)
        if own is not None:
            _share_bias(layer, own)
        total_x = of_x if total_x is None or of_x is None else total_x.add_(of_x)
        of_states += [of_start.get(n) for n in names]
        of_weights += own.tensors if own is not None else [None] * count
    if overwrite:
        # Whoever keeps the loss keeps this node: not the memory as well.
        run.tapes.clear()
        run.hidden.clear()
    return [total_x, *of_states, *of_weights]


def _observed(observer: Observer, sweep: KernelSweep, run_back: Callable[..., None]) -> None:
    """One direction's BPTT, before and after which an observer is told."""
    kind = observer.before(sweep)
    packed = sweep.pack(PROGRAMS[kind])
    if kind is Record.NOTHING:
        run_back(packed=packed)
        observer.after(sweep, None)
    else:
        records = Records(kind, *sweep.past.sizes[:2], len(sweep.states), sweep.x.dtype)
        run_back(packed=packed, records=records.place)
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
    if layer.observer:
        layer.observer.refused("gradients that are differentiated again (create_graph=True) go past the kernels")
        layer = replace(layer, observer=None)
    outcome = Reference().run(layer, x, state, call.lengths, states=True)
    assert outcome.states is not None
    results = [outcome.states[n] for n in call.every] + [f[n] for f in outcome.final for n in layer.cell.state]
    pairs = [(r, g) for r, g in zip(results, gradients, strict=True) if g is not None and r.requires_grad]
    inputs = [t for t, want in zip([x, *tensors], wanted, strict=True) if want]
    found = iter(
        torch.autograd.grad([r for r, _ in pairs], inputs, [g for _, g in pairs], create_graph=True, allow_unused=True)
    )
    return [next(found) if want else None for want in wanted]
