"""Ways of using a layer: torch.func, forward mode, and who records operations or fakes tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from layer_cases import Case
from layer_gradients import differentiate, pooled, weights_of
from layer_inputs import Given, give, named
from layer_modes import MODES, Results, forward, mode
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.func import functional_call, functionalize, grad, hessian, jacfwd, jacrev, jvp, vmap


def _function(given: Given, layer: Any) -> Callable[[Tensor], tuple[Tensor, ...]]:
    """Of x, all results."""
    return lambda x: tuple(forward(given, layer, x).values())


def _numbered(tree: Any, name: str = "") -> Results:
    if isinstance(tree, dict):
        return {k: v for key, part in tree.items() for k, v in _numbered(part, f"{name}.{key}").items()}
    if isinstance(tree, Tensor) or tree is None:
        return {name: tree}
    return {k: v for n, part in enumerate(tree) for k, v in _numbered(part, f"{name}.{n}").items()}


def _several(given: Given) -> Tensor:
    return torch.stack([given.x.detach().clone(), given.x.detach() * 0.5, given.x.detach().flip(0)])


@mode
def _vmap(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    xs = _several(given).requires_grad_()
    results = vmap(_function(given, layer), randomness="same")(xs)
    leaves = {"x": xs, **weights_of(layer)}
    found = torch.autograd.grad(sum(r.square().sum() for r in results), list(leaves.values()), allow_unused=True)
    return _numbered(results) | dict(zip(leaves, found, strict=True))


@mode
def vmap_no_grad(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    with torch.no_grad():
        return _numbered(vmap(_function(given, layer), randomness="same")(_several(given)))


def _loss_of(case: Case, given: Given, layer: Any) -> Callable[..., Tensor]:
    """Of parameters and x."""
    return lambda own, x: pooled(case, forward(given, lambda *a, **k: functional_call(layer, own, a, k), x))


def _own(layer: Any) -> dict[str, Tensor]:
    return {name: p.detach() for name, p in layer.named_parameters()}


@mode
def vmap_grad(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    of_each = vmap(grad(_loss_of(case, given, layer)), in_dims=(None, 0), randomness="same")
    return _numbered(of_each(_own(layer), _several(given)))


@mode
def ensemble(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    stacked = {name: torch.stack([p, p * 0.5]) for name, p in _own(layer).items()}
    call = lambda own: tuple(  # noqa: E731
        forward(given, lambda *a, **k: functional_call(layer, own, a, k)).values()
    )
    return _numbered(vmap(call, randomness="same")(stacked))


@mode
def func_grad(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    return _numbered(grad(_loss_of(case, given, layer), argnums=(0, 1))(_own(layer), given.x.detach()))


def _narrow(given: Given, layer: Any) -> Callable[[Tensor], Tensor]:
    return lambda x: torch.cat([t.flatten()[:2] for t in forward(given, layer, x).values()])


@mode
def _jacrev(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    return _numbered(jacrev(_narrow(given, layer))(given.x.detach()))


@mode
def _jacfwd(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    return _numbered(jacfwd(_narrow(given, layer))(given.x.detach()))


@mode
def jacobian(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    return _numbered(torch.autograd.functional.jacobian(_narrow(given, layer), given.x.detach(), vectorize=True))


@mode
def _hessian(case: Case, layer: Any, which: str) -> Results:
    given = give({**case, "T": min(case["T"], 2), "B": min(case["B"], 2), "I": case["I"]}, layer, which)
    return _numbered(hessian(lambda x: pooled(case, forward(given, layer, x)))(given.x.detach()))


@mode
def _jvp(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    x = given.x.detach()
    return _numbered(jvp(_function(given, layer), (x,), (x.cos(),)))


@mode
def _functionalize(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    return _numbered(functionalize(_function(given, layer))(given.x.detach()))


def _dual(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    with forward_ad.dual_level():
        x, hx, call = given.x, given.hx, layer
        if case["wrt"] in ("weights", "some", "all"):
            own = {n: forward_ad.make_dual(p.detach(), p.detach().cos()) for n, p in layer.named_parameters()}
            call = lambda *a, **k: functional_call(layer, own, a, k)  # noqa: E731
        if case["wrt"] in ("x", "x_state", "all"):
            x = forward_ad.make_dual(x.detach().clone(), x.detach().cos())
        if case["wrt"] == "state" and isinstance(hx, Tensor):
            hx = forward_ad.make_dual(hx.detach().clone(), hx.detach().cos())
        results = {n: forward_ad.unpack_dual(t) for n, t in forward(given, call, x, hx).items()}
        return _numbered({n: (d.primal.detach(), d.tangent) for n, d in results.items()})


MODES["dual"] = _dual


@mode
def dual_no_grad(case: Case, layer: Any, which: str) -> Results:
    with torch.no_grad():
        return _dual(case, layer, which)


@mode
def dual_back(case: Case, layer: Any, which: str) -> Results:
    """Tangents on the gradients that come in."""
    given = give(case, layer, which)
    results = forward(given, layer)
    leaves = {**given.leaves, **weights_of(layer)}
    with forward_ad.dual_level():
        incoming = [forward_ad.make_dual(t.detach().clone(), t.detach().cos()) for t in results.values()]
        found = torch.autograd.grad(list(results.values()), list(leaves.values()), incoming, allow_unused=True)
        duals = [(None, None) if g is None else forward_ad.unpack_dual(g) for g in found]
        return _numbered([tuple(d) for d in duals])


# ---- who records or fakes


@mode
def make_fx(case: Case, layer: Any, which: str) -> Results:
    from torch.fx.experimental.proxy_tensor import make_fx as trace

    given = give(case, layer, which)
    if which != "ours":
        return _numbered(_function(given, layer)(given.x))
    made = trace(_function(given, layer), tracing_mode="fake" if case["seed"] % 2 else "real",
                 _allow_non_fake_inputs=True)(given.x)  # fmt: skip
    torch.manual_seed(case["seed"])
    return _numbered(made(given.x))


class _Fixed(nn.Module):
    """A layer with all its arguments but x."""

    def __init__(self, layer: Any, given: Given) -> None:
        super().__init__()
        self.layer, self.given = layer, given

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(forward(self.given, self.layer, x).values())


@mode
def jit_trace(case: Case, layer: Any, which: str) -> Results:
    given = give({**case, "state": "none" if case["state"] == "makes_x" else case["state"]}, layer, which)
    given.hx = _constant(given.hx)
    given.leaves = {n: t for n, t in given.leaves.items() if n == "x"}
    names = list(forward(given, layer))
    traced = _Fixed(layer, given)
    if which == "ours":
        traced = torch.jit.trace(traced, (given.x.detach(),), check_trace=False)
    torch.manual_seed(case["seed"])
    return differentiate(case, None, given, layer, results=lambda: dict(zip(names, traced(given.x), strict=True)))


def _constant(tree: Any) -> Any:
    return tree if tree is None else tree.detach() if isinstance(tree, Tensor) else tuple(map(_constant, tree))


@mode
def export(case: Case, layer: Any, which: str) -> Results:
    given = give({**case, "x_grad": False}, layer, which)
    args, keywords = given.arguments()
    if which != "ours":
        return dict(named(layer(*args, **keywords)))
    program = torch.export.export(layer, args, keywords, strict=bool(case["seed"] % 2))
    torch.manual_seed(case["seed"])
    return dict(named(program.module()(*args, **keywords)))


@mode
def fake(case: Case, layer: Any, which: str) -> Results:
    from torch._subclasses import FakeTensorMode

    given = give({**case, "x_grad": False}, layer, which)
    if which != "ours":
        return {n: torch.tensor(t.shape) for n, t in forward(given, layer).items()}
    with FakeTensorMode(allow_non_fake_inputs=True) as faking:
        shapes = {n: tuple(t.shape) for n, t in forward(given, layer, faking.from_tensor(given.x)).items()}
    return {n: torch.tensor(shape) for n, shape in shapes.items()}


class _Plain(Tensor):
    pass


@mode
def subclass(case: Case, layer: Any, which: str) -> Results:
    given = give(case, layer, which)
    given.x = given.x.detach().as_subclass(_Plain).requires_grad_()
    given.leaves = {"x": given.x}
    found = differentiate(case, layer, given)
    return {n: None if t is None else t.as_subclass(Tensor) for n, t in found.items()}


@mode
def two_tensor(case: Case, layer: Any, which: str) -> Results:
    from torch.testing._internal.two_tensor import TwoTensor

    given = give({**case, "x_grad": False}, layer, which)
    if which == "reference":
        return dict(forward(given, layer))
    results = forward(given, layer, TwoTensor(given.x.clone(), given.x.clone()))
    return {n: t.a if isinstance(t, TwoTensor) else t for n, t in results.items()}
