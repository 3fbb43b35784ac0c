"""A layer as an operation of ``torch.library``: one node in the graph of a compiled or exported model.

Such a graph holds tensors, numbers and strings alone. So a cell goes by its *kind* (:mod:`undertow.nn.kinds`); the seed
of masks is a tensor, for the graph draws it; and what the backward pass needs is among the results.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from undertow.kernels.calls import Sizes as CallSizes
from undertow.kernels.sequence import tape_numbers
from undertow.nn import kinds
from undertow.nn.arguments import check_lengths
from undertow.nn.bridge import Run, gradients_of, keep
from undertow.nn.call import Call, infer
from undertow.nn.layer import Layer, Sizes, Weights, parameter_shapes

__all__ = ["run"]


#: What was prepared for layers, by the first of their tensors: those of a graph are there one by one.
_routines: WeakTensorKeyDictionary = WeakTensorKeyDictionary()


def run(
    layer: Layer, x: Tensor, state: tuple[Mapping[str, Tensor], ...], lengths: Tensor | None, *, states: bool
) -> tuple[dict[str, Tensor], list[dict[str, Tensor]]]:
    """Outputs (T, B, D H) by component, and the final state by direction, for ``x`` (T, B, I)."""
    cell, names = layer.cell, list(layer.cell.state)
    starts = [s[name] for s in state for name in names]
    weights = [t for one in layer.directions for t in _tensors(one)]
    needed = torch.is_grad_enabled() and any(t.requires_grad for t in (x, *starts, *weights))
    seed = layer.seed if isinstance(layer.seed, Tensor) else None
    results = torch.ops.undertow.layer(layer.kind, x, starts, weights, lengths, seed, states, needed)
    every = names if states else [cell.output]
    finals = results[len(every) :]
    return dict(zip(every, results, strict=False)), [
        dict(zip(names, finals[d * len(names) :], strict=False)) for d in range(len(layer.directions))
    ]


def _tensors(weights: Weights) -> list[Tensor]:
    """Its ``tensors``, in words that a compiler of Python can follow."""
    matrices = (weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh)
    return [t for t in matrices if t is not None] + list(weights.p.values())


# ---- the operation and its gradient


@torch.library.custom_op("undertow::layer", mutates_args=())
def _layer(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    states: bool,
    kept: bool,
) -> list[Tensor]:
    """Outputs, final states, and if ``kept`` for each direction the tape and the components that are not outputs."""
    if lengths is not None:
        check_lengths(lengths, x.shape[0])
    call = _call(kind, x, state, weights, lengths, seed, states)
    names = list(call.layer.cell.state)
    starts = tuple(dict(zip(names, part, strict=True)) for part in _split(state, len(names)))
    if not kept:
        outputs, finals = infer(call, x.contiguous(), starts)
        return [*outputs.values(), *(final[n] for final in finals for n in names)]
    outputs, ends, left = keep(call, x.contiguous(), starts)
    results = [*outputs.values(), *ends]
    for tape, hidden in zip(left.tapes, left.hidden, strict=True):
        results += [tape, *hidden.values()]
    return results


@_layer.register_fake
def _(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    states: bool,
    kept: bool,
) -> list[Tensor]:
    """Shapes of the results."""
    call = _call(kind, x, state, weights, lengths, seed, states)
    steps, batch, _, hidden = call.sizes
    components = len(call.layer.cell.state)
    results = [x.new_empty(steps, batch, call.directions * hidden) for _ in call.every]
    results += [x.new_empty(batch, hidden) for _ in state]
    if kept:
        for _ in range(call.directions):
            results.append(x.new_empty(sum(tape_numbers(call.steps, call.sizes))))
            results += [x.new_empty(steps, batch, hidden) for _ in range(components - len(call.every))]
    return results


@torch.library.custom_op("undertow::layer_backward", mutates_args=())
def _layer_backward(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    states: bool,
    results: list[Tensor],
    gradients: list[Tensor | None],
    wanted: list[bool],
) -> list[Tensor]:
    """Gradients of those of x, the states and the weights that are wanted, from ``results`` of the operation, and
    from gradients of its outputs and final states."""
    call = _call(kind, x, state, weights, lengths, seed, states)
    outputs = dict(zip(call.every, results, strict=False))
    inner = [n for n in call.layer.cell.state if n not in outputs]
    left = Run([], [])
    for kept, *hidden in _split(results[len(outputs) + len(state) :], 1 + len(inner)):
        left.tapes.append(kept)
        left.hidden.append(dict(zip(inner, hidden, strict=True)))
    found = gradients_of(call, left, x.contiguous(), [*state, *weights], outputs, gradients, wanted)
    return [g for g, want in zip(found, wanted, strict=True) if want and g is not None]


@_layer_backward.register_fake
def _(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    states: bool,
    results: list[Tensor],
    gradients: list[Tensor | None],
    wanted: list[bool],
) -> list[Tensor]:
    """Shapes of the gradients."""
    return [t.new_empty(t.shape) for t, want in zip([x, *state, *weights], wanted, strict=True) if want]


def _remember(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    kind, x, state, weights, lengths, seed, states, _ = inputs
    ctx.kind, ctx.states, ctx.counts = kind, states, (len(state), len(weights))
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(x, lengths, seed, *state, *weights, *output)


def _differentiate(ctx: Any, gradients: list[Tensor | None]) -> tuple[Any, ...]:
    x, lengths, seed, *rest = ctx.saved_tensors
    ends = list(itertools.accumulate(ctx.counts))
    state, weights, results = rest[: ends[0]], rest[ends[0] : ends[1]], rest[ends[1] :]
    needs = ctx.needs_input_grad
    wanted = [needs[1], *needs[2], *needs[3]]
    found = iter(
        torch.ops.undertow.layer_backward(
            ctx.kind, x, state, weights, lengths, seed, ctx.states, results, gradients, wanted
        )
    )
    of_x, *of_rest = [next(found) if want else None for want in wanted]
    return None, of_x, of_rest[: ends[0]], of_rest[ends[0] :], None, None, None, None


_layer.register_autograd(_differentiate, setup_context=_remember)


# ---- plain arguments as a call, and back


def _call(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    states: bool,
) -> Call:
    known = kinds.find(kind)
    count = len(known.cell.state)
    sizes = Sizes(x.shape[2], state[0].shape[1])
    names = parameter_shapes(known.cell, sizes, known.bias, known.bias_hh_gates)
    directions = []
    for part in _split(weights, len(weights) * count // len(state)):
        by_name = dict(zip(names, part, strict=True))
        w, u, b, d = (by_name.pop(n, None) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        directions.append(Weights(w, u, b, d, None, {n.removeprefix("p_"): t for n, t in by_name.items()}))
    routines = _routines.setdefault(weights[0], {}) if weights else {}  # type: ignore[no-untyped-call]
    layer = Layer(
        known.cell, sizes, known.bias_hh_gates, tuple(directions), 0 if seed is None else seed, routines=routines
    )
    steps, batch, inputs = x.shape
    return Call(layer, CallSizes(steps, batch, inputs, sizes.hidden), x.dtype, lengths, states)


def _split(tensors: Sequence[Tensor], count: int) -> Iterator[Sequence[Tensor]]:
    """``tensors`` in groups of ``count``, one a direction."""
    return (tensors[i : i + count] for i in range(0, len(tensors), count))
