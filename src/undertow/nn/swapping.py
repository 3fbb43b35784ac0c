"""``swap``: put Undertow's layers in the place of torch's, in anybody's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, Unpack

from torch import nn
from torch.nn.utils import parametrize

from undertow.errors import BackendError, OptionError
from undertow.nn.drop_in import GRU, LSTM, RNN
from undertow.nn.engines.backends import check_backend
from undertow.nn.shaping.options import AS_IT_IS, Options, Shaping, Takes
from undertow.nn.sharing import Sharing, Theirs, given
from undertow.nn.stack import Stack
from undertow.nn.step_drop_in import GRUCell, LSTMCell, RNNCell

__all__ = ["Swap", "how_to_swap", "swap"]

_REPLACEMENTS: Mapping[type[nn.Module], type[Sharing]] = {
    nn.RNN: RNN, nn.LSTM: LSTM, nn.GRU: GRU, nn.RNNCell: RNNCell, nn.LSTMCell: LSTMCell, nn.GRUCell: GRUCell,
}  # fmt: skip

_HOOKS = (
    "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks",
    "_state_dict_pre_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
    "_forward_hooks_with_kwargs", "_forward_hooks_always_called", "_forward_pre_hooks_with_kwargs",
)  # fmt: skip


@dataclass
class Swap:
    """What :func:`swap` did, by the layers' dotted names: ``swapped``, and ``skipped`` with the reason (by "", if there
    is no recurrent layer at all).

    ``undo()`` puts torch's own modules back; as a context manager it does so at the end.
    """

    swapped: dict[str, Stack] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    _places: list[tuple[nn.Module, str, Theirs]] = field(default_factory=list, repr=False)

    def undo(self) -> None:
        """Put the torch layers back. What was trained stays trained: the parameters that they share are the same
        objects. What torch's layers do not have goes: gains and biases of a normalisation, noise, residual connections.
        """
        for parent, name, original in reversed(self._places):
            replacement = parent._modules[name]
            if replacement is not None:
                original.train(replacement.training)
                for key, theirs in list(original._parameters.items()):
                    parameter = replacement._parameters.get(key)
                    if parameter is not None and theirs is not None and parameter.shape == theirs.shape:
                        setattr(original, key, parameter)
                some = next(replacement.parameters())
                original.to(device=some.device, dtype=some.dtype)  # biases that a normalisation had taken over
            parent._modules[name] = original
        self._places.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.undo()


_WHEN_SWAPPED = (
    "its layers have been swapped in already, and take these options there: in place of that swap, before the "
    "optimizer is made; or undo() it first"
)


def _swapped(model: nn.Module) -> bool:
    """Whether a layer of ours in the model was swapped in."""
    return any(isinstance(m, Stack) and m.swapped for m in model.modules())


@Takes(Shaping.names(), init=AS_IT_IS)
def swap(model: nn.Module, *, backend: str = "auto", **options: Unpack[Options]) -> Swap:
    """Replace the ``torch.nn.RNN``, ``LSTM`` and ``GRU`` layers inside ``model``, and ``RNNCell``, ``LSTMCell`` and
    ``GRUCell``, by Undertow's, in place.

    Parameters are shared, not copied: optimizers that hold them, and ``state_dict``, go on as before. Hooks move
    along, and so does what computes a weight: parametrizations, pruning, weight drop. Subclasses are left as they are
    and named in ``skipped``.

    >>> import torch, undertow
    >>> model = torch.nn.Sequential(torch.nn.LSTM(3, 8))
    >>> print(undertow.swap(model, init="chrono", memory=50).swapped["0"])
    LSTM(3, 8, init='chrono', memory=50, backend=auto: fused)

    Args:
        model: any model.
        backend: of all these layers, as in :class:`Recurrent`.
        options: further options of :class:`Recurrent`, for all these layers. Numbers stay as they are, except that
            ``init="chrono"`` and ``forget_bias`` set the biases of the gates that they are about, and any other
            ``init`` draws all parameters anew: in place, so that ``undo()`` does not bring back what was there. A
            ``normalisation`` adds parameters, so the optimizer is to be made afterwards; ``layer`` and ``recurrent
            batch`` read biases of their own, which begin as torch's. ``undo()`` takes these out again.

    Raises:
        OptionError: ``model`` is itself a recurrent layer, so that there is no place to put another into; or options
            that there are not, that a layer cannot have, or that no layer is there for. The model is as it was.
        BackendError: the backend asked for by name cannot run a layer. The model is as it was.
    """
    check_backend(backend)
    options = given(options)
    if isinstance(model, Theirs):
        name = type(model).__name__
        raise OptionError(
            f"swap() replaces layers inside a model; this is a bare {name}. Use undertow.{name}.from_torch(layer)."
        )
    result, replacements = Swap(), dict[Theirs, Sharing]()
    for path, parent in model.named_modules():
        for name, child in parent.named_children():
            dotted = f"{path}.{name}" if path else name
            if not isinstance(child, Theirs):
                continue
            if parametrize.type_before_parametrizations(child) not in _REPLACEMENTS:
                result.skipped[dotted] = f"{type(child).__name__} is a subclass of a torch layer"
                continue
            if child not in replacements:
                replacements[child] = _outline(dotted, child, backend, options)
            result.swapped[dotted] = replacements[child]
            result._places.append((parent, name, child))
    if options and not replacements:
        left = "".join(f"; {place} is left as it is: {reason}" for place, reason in result.skipped.items())
        raise OptionError(
            f"{', '.join(options)}: {type(model).__name__} has no layer or cell of torch's for this to go to{left}; "
            f"{_WHEN_SWAPPED if _swapped(model) else 'layers of ours take these options when they are made'}"
        )
    if not result.swapped and not result.skipped:
        result.skipped[""] = _nothing(model)
    for module, replacement in replacements.items():
        replacement._adopt(module, drawn=replacement._draws(options))
        replacement.options_code, replacement.swapped = "undertow.swap(model, {})", True
        for hooks in _HOOKS:
            setattr(replacement, hooks, getattr(module, hooks))
    for parent, name, module in result._places:
        parent._modules[name] = replacements[module]
    return result


def how_to_swap(name: str, module: Theirs) -> str:
    """What puts a layer of ours in the place of ``module``, called so in its model ("" if it is the model)."""
    kind = parametrize.type_before_parametrizations(module)
    if kind not in _REPLACEMENTS:
        return (
            f"{kind.__name__} is a subclass of a torch layer, which swap() leaves as it is; let it use a layer of ours"
        )
    return "undertow.swap(model)" if name else f"undertow.{kind.__name__}.from_torch(layer)"


def _nothing(model: nn.Module) -> str:
    """Why there is nothing in ``model`` to replace."""
    ours = any(isinstance(module, Stack) for module in model.modules())
    return f"{type(model).__name__} has no recurrent layer" + (" but ours" if ours else "")


def _outline(place: str, module: Theirs, backend: str, options: Options) -> Sharing:
    """A layer to take the place of ``module``, without numbers yet.

    Raises:
        OptionError, BackendError: it cannot be made; the message begins with its place.
    """
    ours = _REPLACEMENTS[parametrize.type_before_parametrizations(module)]
    try:
        return ours._outline(module, backend, options)
    except (OptionError, BackendError) as error:
        alone = f"; swap() gives these to every layer, undertow.{ours.__name__}.from_torch() to one" if options else ""
        raise type(error)(f"{place}: {error}{alone}") from error
