"""What can be done about a finding: every remedy, as the change of one option in a config or in code.

A remedy is offered where the finding calls for it, the cell has what it acts on, and it is not in force already.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from undertow import cells
from undertow.lang import Cell
from undertow.nn import Recurrent

__all__ = ["Built", "Case", "Remedy", "remedies_for"]


@dataclass(frozen=True)
class Remedy:
    """A change that may help: ``config`` by option, ``code`` for a model of one's own; ``by_swap`` if that is a swap
    with these options, which can be made without touching the model."""

    name: str
    why: str
    config: Mapping[str, Any]
    code: str
    by_swap: bool = False

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """From plain data, as in ``flow.jsonl``. Older files say in the code alone whether it is a swap."""
        known = {f.name: plain[f.name] for f in fields(cls) if f.name in plain}
        return cls(**{"by_swap": known["code"].startswith("undertow.swap(model, ")} | known)


@dataclass(frozen=True)
class Built:
    """How a layer that is at hand was made: its cell, which may be anybody's, its options, named as in a config, and
    the code that gives it more of them, with ``{}`` in their place; ``swapped`` if it stands in the place of one of
    torch's, so that this code is a swap."""

    cell: Cell
    options: Mapping[str, Any] = field(default_factory=dict)
    code: str = Recurrent.options_code
    swapped: bool = False


@dataclass(frozen=True)
class Case:
    """What a remedy is chosen by: the finding's kind, the cell, how far back memory is needed, the window's steps, and
    the config the model is trained with (``model.init`` ...), as far as it is known; ``code`` and ``swapped`` as in
    :class:`Built`."""

    kind: str
    cell: Cell | None
    reach: int
    steps: int = 0
    config: Mapping[str, Any] = field(default_factory=dict)
    code: str = Recurrent.options_code
    swapped: bool = False

    def option(self, name: str, default: Any) -> Any:
        """An option of the config."""
        return self.config.get(name, default)

    @property
    def no_bias(self) -> bool:
        """Whether the layer has no biases, and gets none by options of a swap."""
        return self.swapped and not self.option("layer.bias", True)

    def by_options(self, name: str, why: str, config: Mapping[str, Any], options: str) -> Remedy:
        """The remedy that is had by giving the layer further ``options``."""
        return Remedy(name, why, config, self.code.format(options), by_swap=self.swapped)

    def by_biases(self, name: str, why: str, config: Mapping[str, Any], options: str) -> Remedy:
        """The same with options which set biases: the layer must have some."""
        return self.by_options(
            name, why, config, options if self.option("layer.bias", True) else f"bias=True, {options}"
        )

    @property
    def roles(self) -> Mapping[str, str]:
        """Which gate is the cell's forget gate, its input gate, its candidate."""
        return self.cell.roles if self.cell else {}


def _gates(case: Case) -> Remedy | None:
    if case.cell is None or {"forget", "input"} & set(case.roles):
        return None
    why = "gates give the gradient a highway: a path along which it is multiplied by a gate, not by a matrix"
    code = "undertow.GRU(...) or undertow.LSTM(...)"
    if case.swapped:
        code = "torch.nn.GRU(...) or torch.nn.LSTM(...) in the model, then undertow.swap(model)"
    return Remedy("gates", why, {"model.cell": "gru"}, code)


def _chrono(case: Case) -> Remedy | None:
    if not {"forget", "input"} & set(case.roles) or case.option("model.init", "default") == "chrono" or case.no_bias:
        return None
    memory = max(3, case.reach)
    why = f"gates with time scales from 1 to {memory} steps carry gradients that far (Tallec and Ollivier 2018)"
    config = {"model.init": "chrono", "model.memory": memory, "model.forget_bias": 0.0}
    return case.by_biases("chrono initialisation", why, config, f"init='chrono', memory={memory}")


def _forget_bias(case: Case) -> Remedy | None:
    if "forget" not in case.roles or case.option("model.init", "default") == "chrono" or case.no_bias:
        return None
    bias = round(max(1.0, math.log(max(case.reach - 1, 2))), 2)
    if case.option("model.forget_bias", 0.0) >= bias:
        return None
    share = 1 / (1 + math.exp(-bias))
    why = f"a forget gate that starts at {share:.3g} keeps what is there for longer (Gers et al. 2000)"
    return case.by_biases("forget bias", why, {"model.forget_bias": bias}, f"forget_bias={bias}")


def _orthogonal(case: Case) -> Remedy | None:
    if case.cell is None or not case.cell.recurrent_gates or case.option("model.init", "default") == "orthogonal":
        return None
    why = "an orthogonal matrix keeps the length of what it multiplies (Saxe et al. 2014)"
    return case.by_options("orthogonal initialisation", why, {"model.init": "orthogonal"}, "init='orthogonal'")


def _identity(case: Case) -> Remedy | None:
    if case.cell is None or case.cell.name != "rnn" or case.option("model.init", "default") == "identity":
        return None
    why = "relu passes gradients on at full size, and starts as the identity here (Le, Jaitly and Hinton 2015)"
    config = {"model.nonlinearity": "relu", "model.init": "identity"}
    code = "undertow.RNN(..., nonlinearity='relu', init='identity')"
    if case.swapped:
        code = "torch.nn.RNN(..., nonlinearity='relu') in the model, then undertow.swap(model, init='identity')"
    return Remedy("relu and identity", why, config, code)


def _forget_gate(case: Case) -> Remedy | None:
    if case.cell is None or case.cell.name != "lstm_1997":
        return None
    why = "without a forget gate c only grows, until tanh(c) is flat (Gers et al. 2000)"
    return Remedy("a forget gate", why, {"model.cell": "lstm"}, "undertow.LSTM(...)")


def _layer_norm(case: Case) -> Remedy | None:
    normalised = case.option("model.normalisation", "none") != "none"
    if normalised or case.cell is None or not case.cell.recurrent_gates or "layer_norm" in case.cell.name:
        return None
    why = "normalised pre-activations stay where activations are not flat (Ba et al. 2016)"
    config = {"model.normalisation": "layer"}
    return case.by_options("layer normalisation", why, config, "normalisation='layer'")


def _batch_norm(case: Case) -> Remedy | None:
    if case.option("model.normalisation", "none") != "none" or case.cell is None or not case.cell.input_gates:
        return None
    why = "normalised input parts keep gates from being driven into saturation by the input (Laurent et al. 2015)"
    config = {"model.normalisation": "batch"}
    return case.by_options("batch normalisation", why, config, "normalisation='batch'")


def _residual(case: Case) -> Remedy | None:
    widths = case.option("layers.widths", ())
    if len(widths) < 2 or len(set(widths)) > 1 or case.option("model.residual", False):
        return None
    why = "a connection past each layer lets gradients reach lower layers at full size"
    return case.by_options("residual connections", why, {"model.residual": True}, "residual=True")


def _clip(case: Case) -> Remedy | None:
    if case.option("training.clip_norm", 0.0):
        return None
    why = "a gradient longer than 1 is scaled down, so that one step cannot ruin the weights (Pascanu et al. 2013)"
    code = "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)"
    return Remedy("clipping by norm", why, {"training.clip_norm": 1.0}, code)


def _clip_value(case: Case) -> Remedy | None:
    if case.option("training.clip_value", 0.0):
        return None
    why = "every entry of the gradient is cut to a size (Mikolov 2012)"
    code = "torch.nn.utils.clip_grad_value_(model.parameters(), 0.1)"
    return Remedy("clipping by value", why, {"training.clip_value": 0.1}, code)


def _looser_clip(case: Case) -> Remedy | None:
    norm = case.option("clipping.gradient_norm", 0.0)
    if not norm:
        return None
    limit = float(f"{2 * norm:.2g}")
    value = {"training.clip_value": 0.0} if case.option("training.clip_value", 0.0) else {}
    why = f"gradients are {norm:.3g} long on average; a limit of {limit:g} cuts the rare long ones alone"
    code = f"torch.nn.utils.clip_grad_norm_(model.parameters(), {limit:g})"
    return Remedy("a wider limit", why, {"training.clip_norm": limit, **value}, code)


def _slower(case: Case) -> Remedy | None:
    rate = case.option("training.learning_rate", 0.0)
    config = {"training.learning_rate": rate / 3} if rate else {}
    why = "smaller steps keep weights from growing until gradients explode or activations are flat"
    return Remedy("a lower learning rate", why, config, "optimizer with lr / 3")


def _longer_window(case: Case) -> Remedy | None:
    why = f"a gradient cannot go back further than its window, which has {case.steps} steps"
    wanted = case.reach if case.reach > case.steps else 2 * case.steps
    config = {"training.window": wanted, "training.bptt": 0}
    return Remedy("a longer window", why, config, f"backpropagate through {wanted} steps")


def _shorter_window(case: Case) -> Remedy | None:
    if not 0 < case.reach < case.option("training.window", 0) or case.option("training.bptt", 0):
        return None
    why = f"a gradient that goes back {case.reach} steps, where no more are needed, grows no longer than that"
    code = f"backpropagate through {case.reach} steps at a time"
    return Remedy("truncated BPTT", why, {"training.bptt": case.reach}, code)


def _one_call(case: Case) -> Remedy | None:
    why = "a layer's gradient is followed back through the steps that it is given in one call"
    return Remedy("one call", why, {}, "output, state = layer(torch.stack(steps), state)")


def _scaled(case: Case) -> Remedy | None:
    why = "inputs of mean 0 and deviation 1 leave gates room to move, and weights need not change their size first"
    return Remedy(
        "scaled inputs",
        why,
        {},
        "x = (x - mean) / deviation  # of each entry of what comes in, over all data that is trained on",
    )


_Offer = Callable[[Case], Remedy | None]

_AGAINST_VANISHING: tuple[_Offer, ...] = (
    _gates, _chrono, _forget_bias, _identity, _orthogonal, _layer_norm, _batch_norm, _residual,
)  # fmt: skip
_AGAINST_EXPLODING: tuple[_Offer, ...] = (
    _clip, _gates, _forget_gate, _orthogonal, _layer_norm, _slower, _clip_value, _shorter_window,
)  # fmt: skip
#: Remedies by the kind of finding, best first.
REMEDIES: Mapping[str, tuple[_Offer, ...]] = {
    "vanishing": _AGAINST_VANISHING,
    "reaches further": _AGAINST_VANISHING,
    "exploding": _AGAINST_EXPLODING,
    "diverged": _AGAINST_EXPLODING,
    "saturated": (_forget_gate, _layer_norm, _batch_norm, _orthogonal, _slower),
    "dead units": (_layer_norm, _batch_norm, _slower, _orthogonal),
    "clipped away": (_looser_clip,),
    "window too short": (_longer_window,),
    "step by step": (_one_call,),
    "input out of scale": (_scaled,),
}  # fmt: skip


def remedies_for(case: Case) -> tuple[Remedy, ...]:
    """The remedies that apply, best first."""
    offers = (offer(case) for offer in REMEDIES.get(case.kind, ()))
    return tuple(remedy for remedy in offers if remedy is not None)


def cell_named(name: str) -> Cell | None:
    """The cell of that name, if it is one of ours."""
    return cells.CELLS.get(name)
