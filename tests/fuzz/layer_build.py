"""Layers and what they are called with, from a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from layer_cases import TORCH, Case
from safetensors.torch import load, save
from torch import Tensor, nn
from torch.nn.utils import parametrize, prune

import undertow

#: Choices under which the oracle must have the very dtype of the layer: with another one the question is another.
_SAME_DTYPE = {
    "state": {"wrong_dtype", "half", "integers"}, "weights": {"data_dtype"},
    "numbers": {"nan", "inf", "denormal", "large"}, "mode": {"fake", "inference_then_grad", "moved"},
}  # fmt: skip


def dtype_of(case: Case, which: str) -> torch.dtype:
    """Ours and torch's have the case's, the oracle float64."""
    own: torch.dtype = getattr(torch, case["dtype"])
    if which != "reference" or (case["dropout"] and case["training"]):
        return own
    return own if any(case[name] in odd for name, odd in _SAME_DTYPE.items()) else torch.float64


def has_torch(case: Case) -> bool:
    """Whether torch has such a layer, and keeps to its memory: a packed LSTM does not look at its state's shape."""
    if case["state"] == "wrong_shape" and case["form"].startswith("packed"):
        return False
    return case["layer"] in TORCH and not (
        case["widths"] or case["residual"] or case["zoneout"] or case["recurrent_dropout"] or case["candidate_dropout"]
        or case["normalisation"] != "none" or case["states"] or case["form"] == "lengths" or case["mode"] == "stream"
    )  # fmt: skip


_REMEDIES = ("residual", "zoneout", "recurrent_dropout", "candidate_dropout")


# ---- layers


def make(case: Case, which: str) -> nn.Module:
    """The layer: ``ours``, ``reference`` or ``torch``."""
    torch.manual_seed(case["seed"])
    stepped = case["made"].startswith("cell")
    backend = case["backend"] if which == "ours" else "reference"
    layer = _cell(case, backend) if stepped else _ours(case, backend)
    odd = _WEIGHTS.get(case["weights"], lambda layer, case: None)
    if which == "torch" or (which == "ours" and case["made"].endswith(("from_torch", "swap"))):
        theirs = getattr(nn, f"{TORCH[case['layer']]}Cell")(*_step_arguments(case)) if stepped else _torch(case)
        theirs.load_state_dict(layer.state_dict())
        theirs = theirs.to(dtype_of(case, which)).train(case["training"])
        if case["made"].endswith("swap") and which == "ours":
            odd(theirs, case)
            layer = _swapped(theirs)
            return Stepped(layer, case) if stepped else layer
        if which == "ours":
            remedies = {n: case[n] for n in _REMEDIES if case[n]}
            layer = type(layer).from_torch(theirs, backend=backend, **remedies)
        else:
            layer = theirs
    layer = layer.to(dtype_of(case, which)).train(case["training"])
    odd(layer, case)
    return Stepped(layer, case) if stepped else layer


def _swapped(theirs: nn.Module) -> Any:
    model = nn.ModuleList([theirs])
    undertow.swap(model)
    return model[0]


def _cell(case: Case, backend: str) -> Any:
    options = {"backend": backend, "normalisation": case["normalisation"]}
    if case["layer"] in TORCH:
        return getattr(undertow, f"{TORCH[case['layer']]}Cell")(*_step_arguments(case), **options)
    return undertow.RecurrentCell(case["layer"], *_step_arguments(case), **options)


def _step_arguments(case: Case) -> tuple[Any, ...]:
    return (case["I"], case["H"], case["bias"], *(["relu"] if case["layer"] == "relu" else []))


class Stepped(nn.Module):
    """A cell called step by step, in the place of a layer."""

    def __init__(self, cell: Any, case: Case) -> None:
        super().__init__()
        self.cell, self.steps_at = cell, 1 if case["batch_first"] and case["form"] == "3D" else 0

    def forward(self, x: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        alone = isinstance(hx, Tensor)
        state = None if hx is None else hx.squeeze(0) if alone else tuple(part.squeeze(0) for part in hx)
        outputs = []
        for row in x.unbind(self.steps_at):
            state = self.cell(row, state)
            outputs.append(state if isinstance(state, Tensor) else state[0])
        final = state.unsqueeze(0) if isinstance(state, Tensor) else tuple(part.unsqueeze(0) for part in state)
        return torch.stack(outputs, self.steps_at), final


def _options(case: Case) -> dict[str, Any]:
    names = {"batch_first", "bidirectional", "bias", "dropout"}
    options = {name: case[name] for name in names}
    return options | ({"proj_size": case["proj"]} if case["proj"] else {})


def _ours(case: Case, backend: str) -> Any:
    options = _options(case) | {"backend": backend}
    options |= {n: case[n] for n in (*_REMEDIES, "normalisation")}
    sizes = (case["I"], case["widths"]) if case["widths"] else (case["I"], case["H"], case["L"])
    if case["layer"] not in TORCH:
        return undertow.Recurrent(case["layer"], *sizes, **options)
    if case["layer"] == "relu":
        options["nonlinearity"] = "relu"
    cls = getattr(undertow, TORCH[case["layer"]])
    if case["widths"]:
        return cls(*sizes, len(case["widths"]), **options)
    return cls(*sizes, **options)


def _torch(case: Case) -> Any:
    options = _options(case) | ({"nonlinearity": "relu"} if case["layer"] == "relu" else {})
    return getattr(nn, TORCH[case["layer"]])(case["I"], case["H"], case["L"], **options)


class _Half(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight * 0.5


def _name(layer: nn.Module) -> str:
    names = [name for name, _ in layer.named_parameters() if "." not in name]
    return next((n for n in names if n.startswith("weight_hh")), names[0])


def _drop(layer: nn.Module, case: Case) -> None:
    name = _name(layer)
    weight = layer._parameters.pop(name)
    layer.register_parameter(name + "_raw", weight)
    setattr(layer, name, weight * 0.5)


def _buffer(layer: nn.Module, case: Case) -> None:
    name = _name(layer)
    weight = layer._parameters.pop(name)
    layer.register_buffer(name, weight.detach().clone())


def _data(change: Callable[[Tensor], Tensor]) -> Callable[[nn.Module, Case], None]:
    def edit(layer: nn.Module, case: Case) -> None:
        weight = getattr(layer, _name(layer))
        weight.data = change(weight.data)

    return edit


def other(weight: Tensor) -> Tensor:
    """The same numbers, about, in the other format."""
    return weight.to(torch.float32 if weight.dtype == torch.float64 else torch.float64)


def _tie(layer: nn.Module, case: Case) -> None:
    names = [n for n, _ in layer.named_parameters()]
    for name in names[1:]:
        for first in names[: names.index(name)]:
            if getattr(layer, first).shape == getattr(layer, name).shape and type(getattr(layer, name)) is nn.Parameter:
                setattr(layer, name, getattr(layer, first))
                return


def _freeze(layer: nn.Module, case: Case) -> None:
    getattr(layer, _name(layer)).requires_grad_(False)


def _replace(layer: nn.Module, case: Case) -> None:
    setattr(layer, _name(layer), nn.Parameter(getattr(layer, _name(layer)).detach() * 0.5))


def _assign(layer: nn.Module, case: Case) -> None:
    state = load(save({name: t.clone().contiguous() for name, t in layer.state_dict().items()}))
    layer.load_state_dict(state, assign=True)


def _resize(layer: nn.Module, case: Case) -> None:
    getattr(layer, _name(layer)).untyped_storage().resize_(2)


_WEIGHTS: dict[str, Callable[[nn.Module, Case], Any]] = {
    "parametrized": lambda layer, case: parametrize.register_parametrization(layer, _name(layer), _Half()),
    "dropped": _drop,
    "buffer_weight": _buffer,
    "data_dtype": _data(other),
    "data_shape": _data(lambda w: w.t().contiguous() if w.dim() == 2 else w[:-1]),
    "data_layout": _data(lambda w: w.t().contiguous().t() if w.dim() == 2 else w.repeat_interleave(2)[::2]),
    "data_offset": _data(lambda w: torch.cat([w.new_zeros(3), w.flatten()])[3:].view(w.shape)),
    "tied": _tie,
    "frozen": _freeze,
    "no_grad": lambda layer, case: layer.requires_grad_(False),
    "pruned": lambda layer, case: prune.l1_unstructured(layer, _name(layer), 0.3),
    "replaced": _replace,
    "resized": _resize,
    "shared_memory": lambda layer, case: layer.share_memory(),
    "assigned": _assign,
}
