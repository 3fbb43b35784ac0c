"""``RecurrentCell``: any cell, called once for each step, as decoders and agents do.

Steps that follow each other are one backpropagation through time all the same, and whoever watches sees them so
(:mod:`undertow.nn.engines.steps_watched`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import torch
from torch import Tensor

from undertow.errors import check_known
from undertow.lang import Cell
from undertow.nn.arguments import check_step
from undertow.nn.engines.backends import choose
from undertow.nn.engines.layer import Layer
from undertow.nn.engines.observe import observer_of
from undertow.nn.engines.steps_watched import WatchedStep
from undertow.nn.engines.vendor import Vendor
from undertow.nn.shaping.options import GatedStepOptions, Shaping, Takes
from undertow.nn.sizes import Plan
from undertow.nn.stack import Stack

__all__ = ["RecurrentCell"]

#: With fewer numbers (samples times units) than this, torch's own step is quicker where there is one: packing the
#: weights for a single step costs more than their product (measured with 16 to 512 units, 1 to 64 samples).
_WORTH_PACKING = 4096

_vendor = Vendor()


class RecurrentCell(Stack):
    """One step of any cell; ``undertow.LSTMCell``, ``GRUCell`` and ``RNNCell`` are thin names for it.

    >>> import torch, undertow
    >>> cell = undertow.RecurrentCell("peephole_lstm", 3, 8)
    >>> state = None
    >>> for x in torch.randn(5, 4, 3):     # five steps of four samples
    ...     state = cell(x, state)
    >>> state[0].shape                     # h; state[1] is c
    torch.Size([4, 8])

    Args:
        cell: a :class:`undertow.Cell` or the name of one.
        input_size: I, features of the input.
        hidden_size: H, hidden units.
        bias: whether there are biases.
        normalisation: ``none`` or ``layer``, as in :class:`undertow.Recurrent`.
        normalisation_gain: what its gains are at first.
        init: ``default``, ``orthogonal``, ``identity`` or ``chrono``.
        forget_bias: the forget gate's whole bias, at the start.
        memory: for ``chrono``, the longest dependency in steps.
        backend: ``auto``, ``fused``, ``vendor`` or ``reference``.

    Raises:
        OptionError: an unknown name, or options that do not go together.
        BackendError: the backend asked for by name cannot run this cell.
        ValueError, TypeError: sizes, as ``torch.nn`` words them.
    """

    options_code = "RecurrentCell(..., {})"

    _takes = Takes(Shaping.names(steps=True))

    @_takes
    def __init__(
        self,
        cell: str | Cell,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
        *,
        backend: str = "auto",
        **options: Unpack[GatedStepOptions],
    ) -> None:
        shaping = RecurrentCell._takes.asked(options)
        self._make(cell, Plan(input_size, hidden_size, 1, bool(bias)), shaping, backend, device, dtype)

    def _make(
        self, cell: str | Cell, plan: Plan, shaping: Shaping, backend: str, device: Any, dtype: torch.dtype | None
    ) -> None:
        check_known("normalisation of single steps", shaping.normalisation, ("none", "layer"))
        super()._make(cell, plan, shaping, backend, device, dtype)

    @staticmethod
    def _name(name: str, index: int, suffix: str) -> str:
        return name

    def forward(self, input: Tensor, hx: Tensor | tuple[Tensor, ...] | None = None) -> Any:
        """Take one step.

        Args:
            input: (B, I), or (I,) for a lone sample.
            hx: the state before it, (B, H) a component, or (H,); a tuple in the order of ``cell.state`` if there is
                more than one. None: the cell's declared one.

        Returns:
            the state after the step, in the shape of ``hx``.

        Raises:
            RuntimeError, ValueError: shapes, formats and devices that do not fit.
            BackendError: the chosen backend cannot do what is asked.
        """
        x, state = check_step(
            type(self).__name__, input, hx, initial=self.cell.state, sizes=self._sizes[0], like=self._some
        )
        layer = self.layer(0)
        observer = None if torch.compiler.is_compiling() else observer_of(self, 0)
        if observer is None:
            new = self._after(layer, x, state)
        else:
            step = WatchedStep(observer, layer, self.backend, x, state)
            new = step.left(self._after(layer, x, step.given(state)))
        if input.dim() == 1:
            new = {name: part.squeeze(0) for name, part in new.items()}
        return new[self.cell.output] if len(new) == 1 else tuple(new.values())

    def _after(self, layer: Layer, x: Tensor, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The state after the step, by component (B, H)."""
        whole = {name: part.unsqueeze(0) for name, part in state.items()}
        given = (x, *whole.values())
        backend = choose(self.backend, layer, states=False, given=given)
        small = self.backend == "auto" and x.shape[0] * self._sizes[0].hidden < _WORTH_PACKING
        if backend.name == "vendor" or (small and _vendor.refusal(layer, states=False, given=given) is None):
            return _vendor.step(layer, x, state)
        outcome = backend.run(layer, x.unsqueeze(0), whole, None, states=False)
        # In place, so that what users get is no view, which could not be detached in place.
        return {name: outcome.final[name].squeeze_(0) for name in self.cell.state}
