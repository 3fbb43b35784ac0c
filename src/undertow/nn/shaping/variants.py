"""A layer's cell as it is trained and as it is tested: with noise, and with normalisation in its equations."""

from __future__ import annotations

import dataclasses
from typing import Any

from undertow.lang import Cell
from undertow.nn.engines.fused.kinds import introduce
from undertow.nn.shaping.noise import Noise
from undertow.nn.shaping.normalise import Normalisation

__all__ = ["Variants"]


@dataclasses.dataclass(frozen=True)
class Variants:
    """``cell`` with ``normalisation`` alone (``plain``), and as it is ``trained`` with noise and ``tested`` afterwards.

    ``kinds`` are the names of the last two in compiled graphs: introduced here, and again where a layer is unpickled.
    Dropouts thin out what is normalised then, and zoneout acts on the states that come out.
    """

    cell: Cell
    noise: Noise
    normalisation: Normalisation
    bias: bool
    bias_hh_gates: tuple[str, ...]
    plain: Cell = dataclasses.field(init=False, compare=False)
    trained: Cell = dataclasses.field(init=False, compare=False)
    tested: Cell = dataclasses.field(init=False, compare=False)
    kinds: dict[str, str] = dataclasses.field(init=False, compare=False)

    def __post_init__(self) -> None:
        made = {"plain": self.normalisation.applied(self.cell, bias=self.bias)}
        for name, training in (("trained", True), ("tested", False)):
            dropped = self.noise.dropped(self.cell, training=training)
            normalised = self.normalisation.applied(dropped, bias=self.bias)
            made[name] = self.noise.zoned(normalised, training=training)
        gates = self.bias_hh_gates
        for name, cell in made.items():
            object.__setattr__(self, name, cell)
        kinds = {
            name: introduce(made[name], self.normalisation.tensors(made[name], self.bias, gates), gates)
            for name in ("trained", "tested")
        }
        object.__setattr__(self, "kinds", kinds)

    def of(self, *, training: bool) -> tuple[Cell, str]:
        """The cell of a layer, and its kind."""
        name = "trained" if training else "tested"
        return getattr(self, name), self.kinds[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return Variants, (self.cell, self.noise, self.normalisation, self.bias, self.bias_hh_gates)
