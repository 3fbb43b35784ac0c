"""What code written for ``torch.nn``'s recurrent modules finds on them besides their arguments and results."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from undertow.errors import BackendError

__all__ = ["TorchSurface"]

_BACK = (
    "to_torch() gives torch's layer with the very parameters, where there is one, as undo() of a swap does in a model"
)


class TorchSurface(nn.Module):
    """The attributes of ``torch.nn.RNNBase`` that others read, and refusals where others would pass by in silence."""

    #: Names of the tensors, a list a layer, both directions in it.
    _names: list[list[str]]
    num_layers: int
    bidirectional: bool

    @property
    def _all_weights(self) -> list[list[str]]:
        """Names of the tensors, a list for each layer and direction, as ``torch.nn`` has it."""
        count = len(self._names[0]) // (2 if self.bidirectional else 1)
        flat = self._flat_weights_names
        return [flat[i : i + count] for i in range(0, len(flat), count)] if count else []

    @property
    def all_weights(self) -> list[list[nn.Parameter]]:
        """Parameters, a list for each layer and direction, as ``torch.nn`` has it."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._names for name in names]

    @property
    def _flat_weights(self) -> list[Tensor | None]:
        """The tensors as they are now; None for one that was taken away."""
        return [getattr(self, name, None) for name in self._flat_weights_names]

    @_flat_weights.setter
    def _flat_weights(self, tensors: Sequence[Tensor | None]) -> None:
        for name, tensor in zip(self._flat_weights_names, tensors, strict=True):
            if tensor is not getattr(self, name, None):
                if not isinstance(tensor, nn.Parameter):
                    self._parameters.pop(name, None)
                setattr(self, name, tensor)

    def flatten_parameters(self) -> None:
        """Do nothing: kept so that code written for ``torch.nn`` runs. (There it makes cuDNN's weights contiguous.)"""

    # ---- what torch does to modules that it knows by their class

    def __prepare_scriptable__(self) -> nn.Module:
        """Asked by ``torch.jit.script``, whose language has no word for a layer that is made from equations."""
        raise BackendError(
            f"torch.jit.script cannot read {type(self).__name__}; torch.export.export and torch.jit.trace take it, and "
            f"{_BACK}"
        )

    @property
    def qconfig(self) -> Any:
        """What torch's quantisation has been told of this layer: that it is left as it is."""
        return self.__dict__.get("qconfig")

    @qconfig.setter
    def qconfig(self, value: Any) -> None:
        warnings.warn(
            f"torch's quantisation knows torch's own classes alone and leaves {type(self).__name__} as it is; {_BACK}",
            stacklevel=2,
        )
        self.__dict__["qconfig"] = value

    @qconfig.deleter
    def qconfig(self) -> None:
        self.__dict__.pop("qconfig", None)
