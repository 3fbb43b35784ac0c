"""A layer as an operation of ``torch.library``: what torch's dispatcher sees of it.

It is one node in the graph of a compiled, exported or traced model, and what tensors that are not plain go through:
those with a negative bit, of zeros without memory, fake, of ``vmap``, or of a class that says itself what operations
mean.

Such a graph holds tensors, numbers and strings alone. So a cell goes by its *kind*
(:mod:`undertow.nn.engines.fused.kinds`); the seed of masks is a tensor, for the graph draws it; and what the backward
pass needs is among the results.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from undertow.kernels.calls import Extents
from undertow.kernels.sequence import tape_numbers
from undertow.nn.engines.fused import kinds
from undertow.nn.engines.fused.bridge import Saved, again, gradients_of, keep
from undertow.nn.engines.fused.call import Call, infer
from undertow.nn.engines.gate import is_batched
from undertow.nn.engines.layer import Layer, Sizes, Weights, check_lengths

__all__ = ["run"]


#: What was prepared for layers, by their kind: those of a graph come as tensors, one by one.
_passes: dict[str, dict[Any, Any]] = {}


def run(
    layer: Layer, x: Tensor, state: Mapping[str, Tensor], lengths: Tensor | None, *, states: bool
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Outputs (T, B, D H) and the final state (D, B, H) by component, for ``x`` (T, B, I)."""
    cell, names = layer.cell, list(layer.cell.state)
    starts = [state[name] for name in names]
    weights = [t for one in layer.directions for t in _tensors(one)]
    needed = torch.is_grad_enabled() and (
        # a tensor of vmap does not tell of a gradient that what it wraps needs
        (not torch.compiler.is_compiling() and torch._C._are_functorch_transforms_active())
        or any(t.requires_grad for t in (x, *starts, *weights))
    )
    seed = layer.seed if isinstance(layer.seed, Tensor) else None
    if seed is None and layer.seed:
        seed = torch.tensor(layer.seed, device="cpu")
    results = torch.ops.undertow.layer(
        layer.kind, x, starts, weights, lengths, seed, len(layer.directions), states, needed
    )  # fmt: skip
    every = names if states else [cell.output]
    # zip() of equal lengths alone: the compiler of torch 2.6 knows no other
    outputs, finals = results[: len(every)], results[len(every) : len(every) + len(names)]
    return dict(zip(every, outputs, strict=True)), dict(zip(names, finals, strict=True))


def _tensors(weights: Weights) -> list[Tensor]:
    """Its ``tensors``, in words that a compiler of Python can follow."""
    matrices = (weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh)
    return [t for t in matrices if t is not None] + list(weights.p.values())


# ---- the operation and its gradient

#: What both operations take first; torch before 2.7 cannot read it from ``list[Tensor]``.
_FIRST = (
    "str kind, Tensor x, Tensor[] state, Tensor[] weights, Tensor? lengths, Tensor? seed, SymInt directions, "
    "bool states"
)


@torch.library.custom_op("undertow::layer", mutates_args=(), schema=f"({_FIRST}, bool kept) -> Tensor[]")
def _layer(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    directions: int,
    states: bool,
    kept: bool,
) -> list[Tensor]:
    """Outputs, final states, and if ``kept`` for each direction the tape and the components that are not outputs."""
    if lengths is not None:
        check_lengths(lengths, x.shape[0])
    call = _call(kind, x, state, weights, lengths, seed, directions, states)
    start = dict(zip(call.layer.cell.state, state, strict=True))
    if not kept:
        outputs, finals = infer(call, x, start)
        return [*outputs.values(), *finals.values()]
    outputs, finals, left = keep(call, x, start)
    return [*outputs.values(), *finals.values(), *left.tensors]


@_layer.register_fake
def _(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    directions: int,
    states: bool,
    kept: bool,
) -> list[Tensor]:
    """Shapes of the results."""
    call = _call(kind, x, state, weights, lengths, seed, directions, states)
    steps, batch, _, hidden = call.sizes
    components = len(call.layer.cell.state)
    results = [x.new_empty(steps, batch, call.directions * hidden) for _ in call.every]
    results += [x.new_empty(call.directions, batch, hidden) for _ in state]
    if kept:
        for _ in range(call.directions):
            results.append(x.new_empty(sum(tape_numbers(call.steps, call.sizes))))
            results += [x.new_empty(steps, batch, hidden) for _ in range(components - len(call.every))]
    return results


@torch.library.custom_op(
    "undertow::layer_backward",
    mutates_args=(),
    schema=f"({_FIRST}, Tensor[] results, Tensor?[] gradients, bool[] wanted) -> Tensor[]",
)
def _layer_backward(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    directions: int,
    states: bool,
    results: list[Tensor],
    gradients: list[Tensor | None],
    wanted: list[bool],
) -> list[Tensor]:
    """Gradients of those of x, the states and the weights that are wanted, from ``results`` of the operation, and
    from gradients of its outputs and final states."""
    call = _call(kind, x, state, weights, lengths, seed, directions, states)
    outputs = dict(zip(call.every, results, strict=False))
    left = Saved.of(call, results[len(outputs) + len(state) :])
    found = gradients_of(call, left, x, [*state, *weights], outputs, gradients, wanted)
    return [g for g, want in zip(found, wanted, strict=True) if want and g is not None]


@_layer_backward.register_fake
def _(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    directions: int,
    states: bool,
    results: list[Tensor],
    gradients: list[Tensor | None],
    wanted: list[bool],
) -> list[Tensor]:
    """Shapes of the gradients."""
    return [t.new_empty(t.shape) for t, want in zip([x, *state, *weights], wanted, strict=True) if want]


def _remember(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    kind, x, state, weights, lengths, seed, directions, states, _ = inputs
    ctx.kind, ctx.directions, ctx.states, ctx.counts = kind, directions, states, (len(state), len(weights))
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(x, lengths, seed, *state, *weights, *output)


def _differentiate(ctx: Any, gradients: list[Tensor | None]) -> tuple[Any, ...]:
    x, lengths, seed, *rest = ctx.saved_tensors
    ends = list(itertools.accumulate(ctx.counts))
    state, weights, results = rest[: ends[0]], rest[ends[0] : ends[1]], rest[ends[1] :]
    needs = ctx.needs_input_grad
    wanted = [needs[1], *needs[2], *needs[3]]
    told = (ctx.kind, x, state, weights, lengths, seed, ctx.directions, ctx.states)
    if torch.is_grad_enabled() or is_batched([g for g in gradients if g is not None]):
        call = _call(*told)
        of_results = gradients[: len(call.every) + len(state)]
        of_x, *of_rest = again(call, x, [*state, *weights], of_results, wanted)
    else:
        found = iter(torch.ops.undertow.layer_backward(*told, results, gradients, wanted))
        of_x, *of_rest = [next(found) if want else None for want in wanted]
    return None, of_x, of_rest[: ends[0]], of_rest[ends[0] :], None, None, None, None, None


_layer.register_autograd(_differentiate, setup_context=_remember)


# ---- samples of vmap


def _one_by_one(operation: Any) -> Any:
    """What an operation is on a batch of its own calls: one call after the other, with the results side by side.

    Gradients of weights of each sample alone ask for passes of each sample alone.
    """

    def rule(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[list[Tensor], list[int]]:
        calls = [operation(*map(_sample, args, in_dims, itertools.repeat(i))) for i in range(info.batch_size)]
        results = [torch.stack(same) for same in zip(*calls, strict=True)]
        return results, [0] * len(results)

    return rule


def _sample(argument: Any, dims: Any, number: int) -> Any:
    if isinstance(argument, list | tuple):
        return [_sample(part, dim, number) for part, dim in zip(argument, dims, strict=True)]
    return argument.select(dims, number) if isinstance(argument, Tensor) and dims is not None else argument


_layer.register_vmap(_one_by_one(torch.ops.undertow.layer))
_layer_backward.register_vmap(_one_by_one(torch.ops.undertow.layer_backward))


# ---- plain arguments as a call


def _call(
    kind: str,
    x: Tensor,
    state: list[Tensor],
    weights: list[Tensor],
    lengths: Tensor | None,
    seed: Tensor | None,
    directions: int,
    states: bool,
) -> Call:
    known = kinds.find(kind)
    sizes = Sizes(x.shape[2], state[0].shape[2])
    count, found = len(weights) // directions, []
    for direction in range(directions):
        by_name = dict(zip(known.tensors, weights[direction * count : (direction + 1) * count], strict=True))
        w, u, b, d = (by_name.pop(n, None) for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        found.append(Weights(w, u, b, d, None, {n.removeprefix("p_"): t for n, t in by_name.items()}))
    layer = Layer(
        known.cell,
        sizes,
        known.bias_hh_gates,
        tuple(found),
        0 if seed is None else seed,
        passes=_passes.setdefault(kind, {}),
    )
    steps, batch, inputs = x.shape
    return Call(layer, Extents(steps, batch, inputs, sizes.hidden), x.dtype, lengths, states)
