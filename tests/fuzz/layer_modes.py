"""The ways in which a layer is used: each gives what it computed, by names."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from layer_build import dtype_of, make
from layer_cases import Case
from layer_gradients import differentiate, pooled, weights_of
from layer_inputs import Given, give, leaves_of, named
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils.checkpoint import checkpoint

import undertow

Results = dict[str, Tensor | None]
MODES: dict[str, Callable[[Case, Any, str], Results]] = {}


class CrashedError(Exception):
    """A process of the case's own came to an end."""


def mode(function: Callable[[Case, Any, str], Results]) -> Callable[[Case, Any, str], Results]:
    MODES[function.__name__.strip("_")] = function
    return function


def run(case: Case, which: str) -> Results:
    """What the layer ``which`` of a case computes."""
    torch.set_num_threads(case["threads"])
    layer = make(case, which)
    torch.manual_seed(case["seed"])
    return MODES[case["mode"]](case, layer, which)


def forward(given: Given, layer: Any, x: Tensor | None = None, hx: Any = None) -> dict[str, Tensor]:
    args, keywords = given.arguments(x, hx)
    return named(layer(*args, **keywords))


# ---- by autograd


@mode
def plain(case: Case, layer: Any, which: str) -> Results:
    return differentiate(case, layer, give(case, layer, which))


@mode
def no_grad(case: Case, layer: Any, which: str) -> Results:
    with torch.no_grad():
        return dict(forward(give(case, layer, which), layer))


@mode
def inference(case: Case, layer: Any, which: str) -> Results:
    with torch.inference_mode():
        return dict(forward(give(case, layer, which), layer))


@mode
def inference_then_grad(case: Case, layer: Any, which: str) -> Results:
    with torch.inference_mode():
        given = give({**case, "x_grad": False}, layer, which)
    return differentiate(case, layer, given)


@mode
def autocast(case: Case, layer: Any, which: str) -> Results:
    if which == "reference" and dtype_of(case, which) == torch.float64:
        return plain(case, layer, which)
    with torch.autocast("cpu"):
        return plain(case, layer, which)


def _compiled(backend: str) -> Callable[[Case, Any, str], Results]:
    def run(case: Case, layer: Any, which: str) -> Results:
        if which != "ours":
            return plain(case, layer, which)
        torch._dynamo.reset()
        return differentiate(case, torch.compile(layer, backend=backend), give(case, layer, which), layer)

    return run


MODES["compile_eager"], MODES["compile_aot"] = _compiled("eager"), _compiled("aot_eager")


@mode
def _checkpoint(case: Case, layer: Any, which: str) -> Results:
    def through(*args: Any, **keywords: Any) -> Any:
        return checkpoint(layer, *args, use_reentrant=False, **keywords)

    return differentiate(case, through, give(case, layer, which), layer)


@mode
def reentrant(case: Case, layer: Any, which: str) -> Results:
    def through(*args: Any, **keywords: Any) -> Any:
        return checkpoint(lambda *a: layer(*a, **keywords), *args, use_reentrant=True)

    return differentiate(case, through, give(case, layer, which), layer)


@mode
def _functional_call(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    own = {name: (p.detach() * 0.7).requires_grad_() for name, p in layer.named_parameters()}
    given.leaves |= own
    return differentiate(case, lambda *a, **k: functional_call(layer, own, a, k), given, layer)


@mode
def deepcopy(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    with torch.no_grad():
        forward(given, layer)
    torch.manual_seed(case["seed"])
    return differentiate(case, copy.deepcopy(layer), given)


@mode
def safetensors(case: Case, layer: Any, which: str) -> Results:
    state = load(save({name: t.clone().contiguous() for name, t in layer.state_dict().items()}))
    fresh = make({**case, "seed": case["seed"] + 1}, which)
    fresh.load_state_dict(state)
    torch.manual_seed(case["seed"])
    return differentiate(case, fresh, give(case, fresh, which))


@mode
def watch(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    if which == "torch":
        return differentiate(case, layer, given)
    from undertow.flow.schedule import every

    with undertow.watch(layer, 2, examine=every(1)):
        return differentiate(case, layer, given)


@mode
def moved(case: Case, layer: Any, which: str) -> Results:
    """The layer is used, brought to another format, used, and brought back."""
    given = give(case, layer, which)
    with torch.no_grad():
        forward(given, layer)
    own = dtype_of(case, which)
    other = torch.float32 if own == torch.float64 else torch.float64
    layer.to(other)
    changed = {**case, "dtype": str(other).removeprefix("torch.")}
    torch.manual_seed(case["seed"])
    between = differentiate(changed, layer, give(changed, layer, which))
    layer.to(own)
    torch.manual_seed(case["seed"])
    return {f"between.{n}": v for n, v in between.items()} | differentiate(case, layer, given)


# ---- one layer used more than once


@mode
def reuse(case: Case, layer: Any, which: str) -> Results:
    """Results of many shapes that all live, and keep their numbers."""
    found, kept = {}, []
    for number, (steps, batch) in enumerate([(0, 0), (1, 2), (2, 0), (0, 1), (0, 0)]):
        changed = {**case, "T": case["T"] + steps, "B": case["B"] + batch, "seed": case["seed"]}
        torch.manual_seed(case["seed"] + number)
        if number % 2:
            results: Results = differentiate(changed, layer, give(changed, layer, which))
        else:
            with torch.no_grad():
                results = dict(forward(give(changed, layer, which), layer))
        kept.append({n: None if t is None else t.detach().clone() for n, t in results.items()})
        found |= {f"{number}.{n}": t for n, t in results.items()}
    for number, results in enumerate(kept):
        for name, tensor in results.items():
            now = found[f"{number}.{name}"]
            if now is not None and tensor is not None and not torch.equal(now.nan_to_num(), tensor.nan_to_num()):
                raise CrashedError(f"{number}.{name} changed while other results were made")
    return found


@mode
def steps(case: Case, layer: Any, which: str) -> Results:
    """Three steps of training."""
    given = give(case, layer, which)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.05, momentum=0.5)
    found: Results = {}
    for number in range(3):
        optimizer.zero_grad(set_to_none=number != 1)
        loss = pooled(case, forward(given, layer))
        found[f"loss.{number}"] = loss.detach()
        loss.backward(retain_graph=case["state"] != "none")
        optimizer.step()
    return found | {name: p.detach() for name, p in layer.named_parameters()}


@mode
def handing_on(case: Case, layer: Any, which: str) -> Results:
    """Windows that hand their state on, with one backward pass through all of them."""
    given = give(case, layer, which)
    hx, loss = given.hx, torch.zeros((), dtype=dtype_of(case, which))
    args, keywords = given.arguments()
    found: Results = {}
    for number in range(3):
        results = layer(*(args[:1] if hx is None else (args[0], hx)), **keywords)
        hx = results[1]
        loss = loss + pooled(case, named(results))
        found |= {f"{number}.{n}": t for n, t in named(results).items()}
        if case["again"] == "twice":
            hx = _detached(hx)
    leaves = {**given.leaves, **weights_of(layer)}
    gradients = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return found | {f"d.{n}": g for n, g in zip(leaves, gradients, strict=True)}


def _detached(tree: Any) -> Any:
    return tree.detach() if isinstance(tree, Tensor) else tuple(map(_detached, tree))


@mode
def stream(case: Case, layer: Any, which: str) -> Results:
    """Step by step, with an edit of a weight between."""
    with torch.no_grad():
        given = give({**case, "form": "3D", "batch_first": False, "x_grad": False}, layer, which)
        flow = layer.stream(max(case["B"], 1), threads=case["threads"])
        if given.hx is not None:
            flow.reset(given.hx)
        found: Results = {}
        for t, row in enumerate(given.x):
            if t == case["T"] // 2:
                _edit_a_weight(case, layer, flow)
            found[f"step.{t}"] = _step(flow, row, (case["seed"] + t) % 3, layer.state_widths[-1][layer.cell.output])
        return found | {f"state.{n}": s for n, s in enumerate(leaves_of(flow.state))}


def _step(flow: Any, row: Tensor, way: int, width: int) -> Any:
    """A step of a stream: of a tensor, of an array, or into a tensor that is there."""
    if way == 1 and not row._is_zerotensor():
        return torch.from_numpy(flow.step(row.detach().resolve_neg().numpy()))
    return flow.step(row, torch.empty(len(row), width, dtype=row.dtype) if way == 2 else None)


def _edit_a_weight(case: Case, layer: Any, flow: Any) -> None:
    name = next(n for n, _ in layer.named_parameters())
    weight, home = layer.get_parameter(name), layer
    for part in name.split(".")[:-1]:
        home = getattr(home, part)
    match case["again"]:
        case "once":
            weight.mul_(0.5)
        case "twice":
            setattr(home, name.split(".")[-1], nn.Parameter(weight * 0.5))
        case "batched":
            weight.data = weight.data * 0.5
            flow.refresh()
        case "backward":
            layer.load_state_dict({n: t * 0.5 for n, t in layer.state_dict().items()})
        case "twice_retained":
            weight.data.mul_(0.5)
            flow.refresh()
