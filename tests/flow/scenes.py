"""Layers watched for one backward pass, beside the slow twin that ran the same."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch

import undertow
from flow.twin import Walks, network
from undertow.flow.eye import Eye, Glance
from undertow.flow.schedule import every
from undertow.nn import Recurrent

#: steps, lengths, layers, bidirectional.
SHAPES = {
    "plain": (14, (14, 14, 14), 1, False),
    "padded, reverse, two layers": (13, (5, 13, 1, 9), 2, True),
}
KINDS = ("lstm", "gru", "rnn", "relu")
INPUTS, HIDDEN = 3, 6


@dataclass
class Scene:
    """What was seen of a layer, and the twin's walks; by layer and direction."""

    module: Recurrent
    kind: str
    steps: int
    output: torch.Tensor
    eyes: dict[tuple[int, int], Eye]
    glances: dict[tuple[int, int], Glance]
    walks: Walks

    @property
    def places(self) -> list[tuple[int, int]]:
        return list(self.walks)

    def sums(self, place: tuple[int, int], quantity: str):
        return self.eyes[place].quantities[quantity].sums

    def both(self):
        """Walks and what was seen, place by place."""
        for place, walks in self.walks.items():
            yield place, walks, self.glances[place].quantities


def module_of(kind: str, layers: int, bidirectional: bool, backend: str) -> Recurrent:
    """A layer whose first units are extreme: one is dead, one remembers for long and has its gates saturated."""
    torch.manual_seed(1)
    cell = undertow.cells.rnn.bind(nonlinearity="relu") if kind == "relu" else kind
    module = Recurrent(
        cell, INPUTS, HIDDEN, layers, bidirectional=bidirectional, dtype=torch.float64, backend=backend
    )  # fmt: skip
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.startswith("weight_hh"):
                parameter *= 1.5
            if name.startswith("bias_ih"):
                gates = dict(zip(module.cell.gates, parameter.chunk(len(module.cell.gates)), strict=True))
                forget, dead = {"lstm": ("f", "o"), "gru": ("z", "z")}.get(kind, ("a", "a"))
                gates[dead][0] = -30 if kind != "gru" else 30
                gates[forget][1] = 7
    return module


@functools.cache
def scene(kind: str, shape: str, backend: str) -> Scene:
    steps, lengths, layers, bidirectional = SHAPES[shape]
    module = module_of(kind, layers, bidirectional, backend)
    directions = 2 if bidirectional else 1
    x = torch.randn(steps, len(lengths), INPUTS, dtype=torch.float64)
    gradient = torch.randn(steps, len(lengths), directions * HIDDEN, dtype=torch.float64)
    components = len(module.cell.state)
    of_state = tuple(torch.randn(layers * directions, len(lengths), HIDDEN).double() for _ in range(components))
    with undertow.watch(module, examine=every(1)) as seen:
        given = {} if len(set(lengths)) == 1 else {"lengths": lengths}
        output, final = module(x, **given)
        final = final if isinstance(final, tuple) else (final,)
        sum((v * g).sum() for v, g in zip((output, *final), (gradient, *of_state), strict=True)).backward()
        eyes = {(int(layer.rpartition(".")[2]), d): eye for (layer, d), eye in seen._eyes.items()}
        # Leaving the block clears the eyes: what was summed up is kept here.
        kept = {place: Eye(eye.layer, place[1]) for place, eye in eyes.items()}
        for place, eye in eyes.items():
            kept[place].quantities = eye.quantities
    glances = {(int(g.layer.rpartition(".")[2]), int(g.direction == "reverse")): g for g in seen.history}
    assert {g.backend for g in seen.history} == {backend}
    return Scene(
        module, kind, steps, output.detach(), kept, glances, network(module, kind, x, lengths, gradient, of_state)
    )
