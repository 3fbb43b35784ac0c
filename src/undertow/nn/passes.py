"""The passes of a layer over a batch, forward and back through time, as routines of the kernels.

A routine is prepared once for a shape, and done in every call with the addresses of that call: of tensors as they stand
then, weights too, which an edit through ``.data`` can move without leaving a trace. What is remembered is bounded, and
each thread of Python has routines of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from undertow.kernels import bptt, sequence
from undertow.kernels.bptt import Gradients
from undertow.kernels.calls import Rows, Sequence, Sizes
from undertow.kernels.packing import Parameters
from undertow.kernels.routine import Address, Place, Routine
from undertow.kernels.sequence import Past, Tape, tape_at
from undertow.kernels.steps import Steps
from undertow.nn.layer import Layer, Weights

__all__ = ["Goal", "Pass", "parameters_at"]

#: How many routines one layer remembers.
_MOST = 128


class Goal(NamedTuple):
    """What a backward pass is given and asked for: gradients of every step of these components, of their final states;
    dL/dx, dL/d(initial state) of these, dL/d(weights)."""

    direct: tuple[str, ...]
    final: tuple[str, ...]
    x: bool
    state: tuple[str, ...]
    weights: bool


class Pass:
    """One direction of a layer over a batch, ``sizes`` large. Of the components in ``every``, every step lies side by
    side with the other direction's; with ``inner`` every step of the others is there as well."""

    def __init__(
        self,
        layer: Layer,
        steps: Steps,
        sizes: Sizes,
        direction: int,
        every: tuple[str, ...],
        *,
        padded: bool,
        inner: bool,
    ) -> None:
        self.layer, self.steps, self.sizes, self.direction = layer, steps, sizes, direction
        self._every, self._padded, self._inner = every, padded, inner
        self._parts = torch.get_num_threads()
        self._key = (
            steps, sizes, direction, len(layer.directions), tuple(self.weights.named), every, padded, inner,
            self._parts, threading.get_ident(),
        )  # fmt: skip

    @property
    def weights(self) -> Weights:
        """The tensors of this direction."""
        return self.layer.directions[self.direction]

    def given(
        self, weights: Weights, x: Tensor, start: Mapping[str, Tensor], states: Mapping[str, Tensor],
        tape: Tensor | None, lengths: Tensor | None,
    ) -> list[int]:  # fmt: skip
        """The addresses that every routine begins with: x (T, B, I), the state before the first step (B, H), what is
        there of every step by component, and what is kept. All contiguous."""
        names = self.layer.cell.state
        seed = int(self.layer.seed) + self.direction
        return [
            x.data_ptr(), 0 if lengths is None else lengths.data_ptr(), seed, 0 if tape is None else tape.data_ptr(),
            *(start[n].data_ptr() for n in names), *(states[n].data_ptr() if n in states else 0 for n in names),
            *(t.data_ptr() for t in weights.tensors),
        ]  # fmt: skip

    def _bases(self) -> list[str]:
        names = self.layer.cell.state
        steps = [*(f"before.{n}" for n in names), *(f"state.{n}" for n in names)]
        return ["x", "lengths", "seed", "tape", *steps, *self.weights.named]

    # ---- forward

    def forward(self, *, keeping: bool) -> Routine:
        """To be run with what was given, and the final state of every component (B, H)."""
        return self._routine(("forward", keeping), lambda: self._forward(keeping))

    def _forward(self, keeping: bool) -> Routine:
        names = self.layer.cell.state
        routine = Routine([*self._bases(), *(f"final.{n}" for n in names)], self._parts)
        sequence.forward(
            routine, self.steps, self.sizes, self._parameters(), self._x("x"), self._before(), self._states(),
            {n: self._rows(f"final.{n}") for n in names}, tape=self._tape() if keeping else None,
            lengths=self._lengths(), reverse=self.direction == 1, seed=Place("seed"),
        )  # fmt: skip
        return routine

    # ---- back through time

    def backward(self, program: str, goal: Goal, *, overwrite: bool) -> Routine:
        """To be run with what was given, where records are written (or 0), and then, as ``goal`` says: gradients that
        arrive (T, B, D H) and (B, H), where dL/dx goes, dL/d(state), and dL/d(weights) in the order of the tensors."""
        return self._routine((program, goal, overwrite), lambda: self._backward(program, goal, overwrite))

    def _backward(self, program: str, goal: Goal, overwrite: bool) -> Routine:
        bases = [*(f"direct.{n}" for n in goal.direct), *(f"final.{n}" for n in goal.final)]
        bases += ["d.x"] if goal.x else []
        bases += [f"d.{n}" for n in goal.state]
        bases += [f"d.{n}" for n in self.weights.named] if goal.weights else []
        routine = Routine([*self._bases(), "records", *bases], self._parts)
        gradients = Gradients(
            self._x("d.x") if goal.x else None,
            {n: self._rows(f"d.{n}") for n in goal.state},
            self._parameters("d.") if goal.weights else None,
        )
        bptt.backward(
            routine, self.steps, program, self._past(), self._parameters(),
            {n: self._side_by_side(f"direct.{n}") for n in goal.direct},
            {n: self._rows(f"final.{n}") for n in goal.final}, gradients,
            records=None if program == "backward" else self._records(program), overwrite=overwrite,
        )  # fmt: skip
        return routine

    def probe(self, program: str, step: int) -> Routine:
        """To be run with what was given, where records are written, and the gradient of the output after ``step``."""
        return self._routine((program, step), lambda: self._probe(program, step))

    def _probe(self, program: str, step: int) -> Routine:
        routine = Routine([*self._bases(), "records", "cotangent"], self._parts)
        start = {self.layer.cell.output: self._rows("cotangent")}
        bptt.probe(
            routine, self.steps, program, self._past(), self._parameters(), step, start, self._records(program)
        )  # fmt: skip
        return routine

    # ---- where things are

    def _routine(self, kind: Hashable, make: Callable[[], Routine]) -> Routine:
        """The routine of this kind for these sizes: the known one, or what ``make`` makes."""
        known: dict[Hashable, Routine] = self.layer.routines
        key = (kind, self._key)
        found = known.get(key)
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[key] = make()
        return found

    def _past(self) -> Past:
        return Past(
            self.sizes, self._x("x"), self._before(), self._states(), self._tape(), self._lengths(),
            self.direction == 1, Place("seed"),
        )  # fmt: skip

    def _before(self) -> dict[str, Rows]:
        return {n: self._rows(f"before.{n}") for n in self.layer.cell.state}

    def _states(self) -> dict[str, Sequence]:
        names = self.layer.cell.state
        inner = [n for n in names if n not in self._every] if self._inner else []
        states = {n: self._side_by_side(f"state.{n}") for n in names if n in self._every}
        return states | {n: self._sequence(f"state.{n}", self.sizes.hidden) for n in inner}

    def _tape(self) -> Tape:
        return tape_at(Place("tape"), self.steps, self.sizes)

    def _lengths(self) -> Address:
        return Place("lengths") if self._padded else 0

    def _parameters(self, prefix: str = "") -> Parameters:
        return parameters_at(self.layer, self.weights, lambda name, _: Place(prefix + name))

    def _sequence(self, base: str, row: int) -> Sequence:
        return Sequence(Place(base), self.sizes.batch * row, row)

    def _x(self, base: str) -> Sequence:
        return self._sequence(base, self.sizes.inputs)

    def _side_by_side(self, base: str) -> Sequence:
        """One direction's columns of a (T, B, D H) tensor."""
        hidden = self.sizes.hidden
        whole = self._sequence(base, hidden * len(self.layer.directions))
        return whole._replace(address=whole.address + self.direction * hidden * self.steps.lanes.size)

    def _rows(self, base: str) -> Rows:
        return Rows(Place(base), self.sizes.hidden)

    def _records(self, program: str) -> Sequence:
        return self._sequence("records", len(self.steps.program(program).samples))


def parameters_at(layer: Layer, weights: Weights, of: Callable[[str, Tensor], Address]) -> Parameters:
    """One direction's weights by gate, where ``of`` says that each tensor, known by its name, begins."""
    cell = layer.cell
    begins = {name: of(name, tensor) for name, tensor in weights.named.items()}

    def by_gate(name: str, gates: tuple[str, ...]) -> dict[str, Address]:
        if name not in begins or not gates:
            return {}
        rows = weights.named[name]
        step = rows.numel() // len(gates) * rows.element_size()
        return {gate: begins[name] + number * step for number, gate in enumerate(gates)}

    second = by_gate("bias_hh", layer.bias_hh_gates)
    alone = {gate: second.pop(gate) for gate in cell.recurrent_bias_gates if gate in second}
    return Parameters(
        W=by_gate("weight_ih", cell.input_gates),
        b=by_gate("bias_ih", cell.input_gates),
        U=by_gate("weight_hh", cell.recurrent_gates),
        d=alone,
        p={name: begins[f"p.{name}"] for name in weights.p},
        second=second,
    )
