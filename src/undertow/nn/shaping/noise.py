"""Noise that a layer adds to its cell while it is trained: zoneout and the recurrent dropouts."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping

from undertow.errors import OptionError, nearest
from undertow.lang import Cell
from undertow.lang.noise import drop_candidate, drop_operands, zone_out
from undertow.nn.shaping.options import Shaping

__all__ = ["NO_NOISE", "Noise"]


@dataclasses.dataclass(frozen=True)
class Noise:
    """Probabilities: of zoneout by component, of dropout of recurrent operands, of dropout of the candidate."""

    kept: tuple[tuple[str, float], ...] = ()
    operands: float = 0.0
    candidate: float = 0.0

    @classmethod
    def of(cls, cell: Cell, shaping: Shaping) -> Noise:
        """What a layer's options say.

        Raises:
            OptionError: a probability out of range, a component or a candidate that the cell has not.
        """
        zoneout, operands, candidate = shaping.zoneout, shaping.recurrent_dropout, shaping.candidate_dropout
        rates = dict(zoneout) if isinstance(zoneout, Mapping) else dict.fromkeys(cell.state, zoneout)
        for name in rates:
            if name not in cell.state:
                raise OptionError(
                    f"zoneout: cell {cell.name!r} has no state component {name!r}{nearest(name, cell.state)}"
                )
            if rates[name] and math.isinf(cell.state[name]):
                raise OptionError(
                    f"zoneout: component {name!r} of cell {cell.name!r} begins at {cell.state[name]}, which has no "
                    "mean with another value; name the components that it is for, as zoneout=dict(h=0.1)"
                )
        named = {f"zoneout of {n}": r for n, r in rates.items()}
        named |= {"recurrent_dropout": operands, "candidate_dropout": candidate}
        for name, rate in named.items():
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < 1:
                raise OptionError(f"{name} must be a probability, 0 or more and below 1; got {rate!r}")
        if operands and not cell.recurrent_gates:
            raise OptionError(f"recurrent_dropout: cell {cell.name!r} has no recurrent matrix")
        if candidate and "candidate" not in cell.roles:
            raise OptionError(
                f"candidate_dropout: cell {cell.name!r} does not say which gate is its candidate (roles=)"
            )
        wanted = tuple((n, float(r)) for n, r in rates.items() if r)
        return cls(wanted, float(operands), float(candidate))

    @property
    def is_some(self) -> bool:
        """Whether there is any."""
        return bool(self.kept or self.operands or self.candidate)

    def dropped(self, cell: Cell, *, training: bool) -> Cell:
        """``cell`` with the dropouts alone."""
        return _dropped(cell, self) if training and (self.candidate or self.operands) else cell

    def zoned(self, cell: Cell, *, training: bool) -> Cell:
        """``cell`` with zoneout alone; after training, with what it amounts to on average."""
        return _zoned(cell, self, training) if self.kept else cell

    def __str__(self) -> str:
        parts = [f"zoneout of {n} {r:g}" for n, r in self.kept]
        dropouts = {"recurrent_dropout": self.operands, "candidate_dropout": self.candidate}
        parts += [f"{k} {v:g}" for k, v in dropouts.items() if v]
        return ", ".join(parts)

    __repr__ = __str__


NO_NOISE = Noise()


@functools.lru_cache(maxsize=256)
def _dropped(cell: Cell, noise: Noise) -> Cell:
    graph = cell.graph
    if noise.candidate:
        graph = drop_candidate(graph, cell.roles["candidate"], noise.candidate)
    if noise.operands:
        graph = drop_operands(graph, noise.operands)
    return dataclasses.replace(cell, graph=graph)


@functools.lru_cache(maxsize=256)
def _zoned(cell: Cell, noise: Noise, training: bool) -> Cell:
    return dataclasses.replace(cell, graph=zone_out(cell.graph, dict(noise.kept), training=training))
