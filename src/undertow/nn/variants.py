"""A layer's cell as it is trained and as it is tested: with noise, and with normalisation in its equations."""

from __future__ import annotations

import dataclasses
from typing import Any

from undertow.lang import Cell
from undertow.nn.noise import Noise
from undertow.nn.normalise import Normalisation

__all__ = ["Variants"]


@dataclasses.dataclass(frozen=True)
class Variants:
    """``cell`` with ``normalisation`` alone (``plain``), and as it is ``trained`` with noise and ``tested`` afterwards.

    Dropouts thin out what is normalised then, and zoneout acts on the states that come out.
    """

    cell: Cell
    noise: Noise
    normalisation: Normalisation
    bias: bool
    plain: Cell = dataclasses.field(init=False, compare=False)
    trained: Cell = dataclasses.field(init=False, compare=False)
    tested: Cell = dataclasses.field(init=False, compare=False)

    def __post_init__(self) -> None:
        made = {"plain": self.normalisation.applied(self.cell, bias=self.bias)}
        for name, training in (("trained", True), ("tested", False)):
            dropped = self.noise.dropped(self.cell, training=training)
            normalised = self.normalisation.applied(dropped, bias=self.bias)
            made[name] = self.noise.zoned(normalised, training=training)
        for name, cell in made.items():
            object.__setattr__(self, name, cell)

    def __reduce__(self) -> tuple[Any, ...]:
        return Variants, (self.cell, self.noise, self.normalisation, self.bias)
