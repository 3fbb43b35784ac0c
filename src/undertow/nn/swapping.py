"""``swap``: put Undertow's layers in the place of torch's, in anybody's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from torch import nn

from undertow.errors import OptionError
from undertow.nn.backends import check_backend
from undertow.nn.drop_in import GRU, LSTM, RNN
from undertow.nn.recurrent import Recurrent

__all__ = ["Swap", "swap"]

_REPLACEMENTS: Mapping[type[nn.Module], type[RNN | LSTM | GRU]] = {nn.RNN: RNN, nn.LSTM: LSTM, nn.GRU: GRU}

_HOOKS = (
    "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks",
    "_state_dict_pre_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
    "_forward_hooks_with_kwargs", "_forward_hooks_always_called", "_forward_pre_hooks_with_kwargs",
)  # fmt: skip


@dataclass
class Swap:
    """What :func:`swap` did, by the layers' dotted names: ``swapped``, and ``skipped`` with the reason.

    ``undo()`` puts torch's own modules back; as a context manager it does so at the end.
    """

    swapped: dict[str, Recurrent] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    _places: list[tuple[nn.Module, str, nn.Module]] = field(default_factory=list, repr=False)

    def undo(self) -> None:
        """Put the torch layers back. What was trained stays trained: the parameters are the same objects."""
        for parent, name, original in reversed(self._places):
            replacement = parent._modules[name]
            if replacement is not None:
                original.train(replacement.training)
                for key, parameter in replacement._parameters.items():
                    setattr(original, key, parameter)
            parent._modules[name] = original
        self._places.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.undo()


def swap(model: nn.Module, *, backend: str = "auto") -> Swap:
    """Replace the ``torch.nn.RNN``, ``LSTM`` and ``GRU`` layers inside ``model`` by Undertow's, in place.

    Parameters are shared, not copied: optimizers that hold them, and ``state_dict``, go on as before. Hooks move
    along. Subclasses and parametrised layers are left as they are and named in ``skipped``.

    Raises:
        OptionError: ``model`` is itself a recurrent layer, so that there is no place to put another into.
    """
    check_backend(backend)
    if isinstance(model, nn.RNNBase):
        name = type(model).__name__
        raise OptionError(
            f"swap() replaces layers inside a model; this is a bare {name}. Use undertow.{name}.from_torch(layer)."
        )
    result, replacements = Swap(), dict[nn.Module, Recurrent]()
    for path, parent in list(model.named_modules()):
        for name, child in list(parent.named_children()):
            dotted = f"{path}.{name}" if path else name
            if type(child) in _REPLACEMENTS:
                assert isinstance(child, nn.RNNBase)
                if child not in replacements:
                    replacements[child] = _replacement(child, backend)
                parent._modules[name] = result.swapped[dotted] = replacements[child]
                result._places.append((parent, name, child))
            elif isinstance(child, nn.RNNBase):
                result.skipped[dotted] = f"{type(child).__name__} is a subclass of a torch layer"
    return result


def _replacement(module: nn.RNNBase, backend: str) -> Recurrent:
    replacement = _REPLACEMENTS[type(module)].from_torch(module, backend=backend)
    for hooks in _HOOKS:
        setattr(replacement, hooks, getattr(module, hooks))
    return replacement
