"""Noise that a layer adds to its cell while it is trained: zoneout and the recurrent dropouts."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from undertow.errors import OptionError, nearest
from undertow.lang import Cell
from undertow.lang.noise import drop_candidate, drop_operands, zone_out

__all__ = ["Noise", "draw_seed"]

#: Probabilities by component.
Rates = tuple[tuple[str, float], ...]


@dataclasses.dataclass(frozen=True)
class Noise:
    """Probabilities: zoneout by component, dropout of recurrent operands, dropout of the candidate; and ``cell`` with
    them, as it is ``trained``, and as it is ``tested`` afterwards, with what they amount to on average."""

    cell: Cell
    zoneout: Rates = ()
    recurrent_dropout: float = 0.0
    candidate_dropout: float = 0.0
    trained: Cell = dataclasses.field(init=False, compare=False)
    tested: Cell = dataclasses.field(init=False, compare=False)
    is_some: bool = dataclasses.field(init=False, compare=False)

    def __post_init__(self) -> None:
        some = bool(self.zoneout or self.recurrent_dropout or self.candidate_dropout)
        rates = self.cell, self.zoneout, self.recurrent_dropout, self.candidate_dropout
        made = {"trained": _noisy(*rates, True), "tested": _noisy(*rates, False), "is_some": some}
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return Noise, (self.cell, self.zoneout, self.recurrent_dropout, self.candidate_dropout)

    @classmethod
    def of(
        cls, cell: Cell, zoneout: float | Mapping[str, float], recurrent_dropout: float, candidate_dropout: float
    ) -> Noise:
        """What the layer's arguments say.

        Raises:
            OptionError: a probability out of range, a component or a candidate that the cell has not.
        """
        rates = dict(zoneout) if isinstance(zoneout, Mapping) else dict.fromkeys(cell.state, zoneout)
        for name in rates:
            if name not in cell.state:
                raise OptionError(
                    f"zoneout: cell {cell.name!r} has no state component {name!r}{nearest(name, cell.state)}"
                )
        named = {f"zoneout of {n}": r for n, r in rates.items()}
        named |= {"recurrent_dropout": recurrent_dropout, "candidate_dropout": candidate_dropout}
        for name, rate in named.items():
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < 1:
                raise OptionError(f"{name} must be a probability, 0 or more and below 1; got {rate!r}")
        if recurrent_dropout and not cell.recurrent_gates:
            raise OptionError(f"recurrent_dropout: cell {cell.name!r} has no recurrent matrix")
        if candidate_dropout and "candidate" not in cell.roles:
            raise OptionError(
                f"candidate_dropout: cell {cell.name!r} does not say which gate is its candidate (roles=)"
            )
        wanted = tuple((n, float(r)) for n, r in rates.items() if r)
        return cls(cell, wanted, float(recurrent_dropout), float(candidate_dropout))

    def __str__(self) -> str:
        parts = [f"zoneout of {n} {r:g}" for n, r in self.zoneout]
        parts += [f"{k} {v:g}" for k in ("recurrent_dropout", "candidate_dropout") if (v := getattr(self, k))]
        return ", ".join(parts)

    __repr__ = __str__


@functools.lru_cache(maxsize=256)
def _noisy(cell: Cell, zoneout: Rates, recurrent_dropout: float, candidate_dropout: float, training: bool) -> Cell:
    graph = cell.graph
    if training and candidate_dropout:
        graph = drop_candidate(graph, cell.roles["candidate"], candidate_dropout)
    if training and recurrent_dropout:
        graph = drop_operands(graph, recurrent_dropout)
    if zoneout:
        graph = zone_out(graph, dict(zoneout), training=training)
    return cell if graph is cell.graph else dataclasses.replace(cell, graph=graph)


def draw_seed() -> int | Tensor:
    """The seed of one layer's masks in one run, from torch's own generator; a tensor in a model being compiled."""
    seed = torch.randint(2**31 - 1, ())
    return seed if torch.compiler.is_compiling() else int(seed)
