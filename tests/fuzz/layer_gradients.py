"""A call and its backward pass, with hooks on and edits in between, as a case says."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from layer_cases import Case
from layer_inputs import Given, named
from torch import Tensor
from torch.autograd.graph import save_on_cpu, saved_tensors_hooks

Results = dict[str, Tensor | None]


def weights_of(layer: Any) -> dict[str, Tensor]:
    """Parameters that ask for gradients, by name."""
    return {name: p for name, p in layer.named_parameters() if p.requires_grad}


def pooled(case: Case, results: dict[str, Tensor]) -> Tensor:
    """A loss on some of the results."""
    names = list(results)
    chosen = {
        "output": names[:1], "final": names[1:], "first": names[1:2], "last": names[-1:], "end": names[:1],
    }.get(case["loss"], names)  # fmt: skip
    loss: Any = 0.0
    for name in chosen:
        t = results[name][-1:] if case["loss"] == "end" else results[name]
        ramp = torch.arange(1, t.numel() + 1, dtype=t.dtype).view(t.shape) / max(t.numel(), 1)
        loss = loss + (t * ramp).sum() + t.square().sum() * 0.5
    return loss  # type: ignore[no-any-return]


def differentiate(
    case: Case,
    call: Any,
    given: Given,
    layer: Any = None,
    results: Callable[[], dict[str, Tensor]] | None = None,
) -> Results:
    """Results of ``call``, and gradients of the tensors that the case asks for. ``layer`` has the weights, if ``call``
    is something around it."""
    layer = call if layer is None else layer
    with contextlib.ExitStack() as stack:
        for context in _hooked(case, layer, given):
            stack.enter_context(context)
        if results is None:
            args, keywords = given.arguments()
            found = named(call(*args, **keywords))
        else:
            found = results()
        kept: Results = {name: t.detach().clone() for name, t in found.items()}
        found = _edited(case, layer, given, found)
        loss = pooled(case, found)
        leaves = _wanted(case, layer, given)
        if not leaves or not loss.requires_grad:
            return kept
        return kept | _gradients(case, loss, leaves, found)


def _wanted(case: Case, layer: Any, given: Given) -> dict[str, Tensor]:
    weights = weights_of(layer)
    state = {n: t for n, t in given.leaves.items() if n.startswith("hx")}
    x = {n: t for n, t in given.leaves.items() if n == "x"}
    match case["wrt"]:
        case "x":
            return x
        case "weights":
            return weights
        case "some":
            return dict(list(weights.items())[case["seed"] % 3 :][:1])
        case "state":
            return state
        case "x_state":
            return x | state
    return given.leaves | weights


def _gradients(case: Case, loss: Tensor, leaves: dict[str, Tensor], found: dict[str, Tensor]) -> Results:
    tensors = list(leaves.values())
    again = case["again"]

    def of(loss: Tensor, **options: Any) -> Results:
        gradients = torch.autograd.grad(loss, tensors, allow_unused=True, **options)
        return dict(zip((f"d.{n}" for n in leaves), gradients, strict=True))

    match again:
        case "twice_retained":
            first = of(loss, retain_graph=True)
            return {f"first.{n}": g for n, g in first.items()} | of(loss)
        case "twice":
            first = of(loss)
            return first | {f"second.{n}": g for n, g in of(loss).items()}
        case "create_graph":
            first = of(loss, create_graph=True)
            penalty = sum(g.square().sum() for g in first.values() if g is not None and g.requires_grad)
            if not isinstance(penalty, Tensor):
                return first
            return first | {f"second.{n}": g for n, g in of(penalty).items()}
        case "batched":
            some = [t for t in found.values() if t.requires_grad]
            many = [torch.stack([t.detach().cos(), t.detach().sin(), t.detach()]) for t in some]
            gradients = torch.autograd.grad(some, tensors, many, is_grads_batched=True, allow_unused=True)
            return dict(zip((f"d.{n}" for n in leaves), gradients, strict=True))
        case "backward":
            for t in tensors:
                t.grad = None
                t.retain_grad() if not t.is_leaf else None
            loss.backward(retain_graph=True)
            loss.backward()
            return {f"grad.{n}": None if t.grad is None else t.grad.clone() for n, t in leaves.items()}
    return of(loss)


def _hooked(case: Case, layer: Any, given: Given) -> Iterator[contextlib.AbstractContextManager[Any]]:
    turned = lambda t: t.transpose(0, -1).contiguous() if t.dim() else t  # noqa: E731
    back = lambda t: t.transpose(0, -1) if t.dim() else t  # noqa: E731
    match case["hooks"]:
        case "transpose":
            yield saved_tensors_hooks(turned, back)
        case "clone":
            yield saved_tensors_hooks(torch.clone, torch.clone)
        case "save_on_cpu":
            yield save_on_cpu()
        case "forward":
            yield _removed(layer.register_forward_hook(lambda m, a, r: (r[0], *r[1:])))
        case "pre":
            yield _removed(layer.register_forward_pre_hook(lambda m, a: None))
        case "full_backward":
            yield _removed(layer.register_full_backward_hook(lambda m, a, b: None))
        case "tensor":
            for t in [*given.leaves.values(), *weights_of(layer).values()]:
                yield _removed(t.register_hook(lambda g: g * 2))


@contextlib.contextmanager
def _removed(handle: Any) -> Iterator[None]:
    try:
        yield
    finally:
        handle.remove()


def _edited(case: Case, layer: Any, given: Given, results: dict[str, Tensor]) -> dict[str, Tensor]:
    """Edit something in place between the passes."""
    names = list(results)
    weight = next(iter(layer.parameters()), None)
    match case["edit"]:
        case "output":
            results[names[0]].mul_(1.5)
        case "output_part":
            results[names[0]][:1] = 0
        case "output_detach":
            results[names[0]].detach().mul_(1.5)
        case "final":
            results[names[1]].mul_(1.5)
        case "final_part":
            results[names[-1]][:1] = 0
        case "x":
            given.x.detach().mul_(1.5)
        case "weight" if weight is not None:
            weight.detach().mul_(1.5)
        case "state" if given.hx is not None:
            (given.hx if isinstance(given.hx, Tensor) else given.leaves.get("hx.0", given.x)).detach().mul_(1.5)
    return results
