"""The passes of a layer over a batch, forward and back through time, as routines of the kernels.

A routine is prepared once for a shape, and done in every call with the addresses of that call: of tensors as they stand
then, weights too, which an edit through ``.data`` can move without leaving a trace. What is remembered is bounded, and
each thread of Python has routines of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence as Listed
from typing import NamedTuple

import torch
from torch import Tensor

from undertow.kernels import bptt, sequence
from undertow.kernels.arguments import Address, Symbolic
from undertow.kernels.bptt import Cotangents, GradientTargets, Recording
from undertow.kernels.calls import Extents, Rows, Sequence
from undertow.kernels.packing import ParameterAddresses
from undertow.kernels.routine import Routine
from undertow.kernels.sequence import Tape, Trajectory, tape_at, tape_numbers
from undertow.kernels.steps import Steps
from undertow.nn.engines import gate
from undertow.nn.engines.fused.compiled import steps_of
from undertow.nn.engines.layer import Layer, Weights

__all__ = ["Addressed", "Goal", "Pass", "parameters_at"]

#: How many passes one layer remembers, and how many routines a pass.
_MOST = 128


class Addressed(NamedTuple):
    """What every routine of a pass begins with, as addresses; and the tensors, which live as long as these are used."""

    addresses: list[int]
    tensors: list[Tensor]


class Goal(NamedTuple):
    """What a backward pass is given and asked for: gradients of every step of these components, of their final states;
    dL/dx, dL/d(initial state) of these, dL/d(weights)."""

    direct: tuple[str, ...]
    final: tuple[str, ...]
    x: bool
    state: tuple[str, ...]
    weights: bool


class Pass:
    """One direction of a layer over a batch, ``sizes`` large: what is the same in all calls, so without a tensor.

    Of the components in ``every``, every step lies side by side with the other direction's; with ``inner`` every step
    of the others is there as well, and the tape.
    """

    def __init__(
        self,
        layer: Layer,
        steps: Steps,
        sizes: Extents,
        direction: int,
        every: tuple[str, ...],
        *,
        padded: bool,
        inner: bool,
    ) -> None:
        cell, directions = layer.cell, len(layer.directions)
        self.steps, self.sizes, self.direction = steps, sizes, direction
        self._output, self._components = cell.output, tuple(cell.state)
        self.hidden = [n for n in self._components if n not in every]  # components that are not outputs
        self._every, self._padded, self._inner, self._directions = every, padded, inner, directions
        self._at = parameters_at(layer, direction, steps.lanes.size)
        self._parts = torch.get_num_threads()
        self._routines: dict[Hashable, Routine] = {}
        length, batch, _, hidden = sizes
        self._dtype = getattr(torch, steps.dtype)
        self._carried = torch.Size((directions, batch, hidden))
        self._side = torch.Size((length, batch, directions * hidden))
        self._weights = [(name, layer.shapes[name]) for name in layer.directions[direction].named]
        self.tape_numbers = sum(tape_numbers(steps, sizes)) if inner else 0
        expected = [("x", torch.Size(sizes[:3])), *((f"before.{n}", self._carried) for n in self._components)]
        expected += self._weights
        made = [(f"state.{n}", self._side) for n in every]
        if inner:
            made += [(f"state.{n}", torch.Size((length, batch, hidden))) for n in self.hidden]
            made.append(("tape", torch.Size((self.tape_numbers,))))
        self._expected, self._made = gate.Expected(expected, self._dtype), gate.Expected(made, self._dtype)
        self._lengths_expected = gate.Expected([("lengths", torch.Size((batch,)))], torch.int64)
        self._arriving: dict[Goal, gate.Expected] = {}

    @classmethod
    def of(
        cls,
        layer: Layer,
        sizes: Extents,
        direction: int,
        every: tuple[str, ...],
        dtype: torch.dtype,
        *,
        padded: bool,
        inner: bool,
    ) -> Pass:
        """The pass that ``layer`` remembers, or a new one."""
        known: dict[Hashable, Pass] = layer.passes
        parts, directions = torch.get_num_threads(), len(layer.directions)
        key = (layer.kind, sizes, direction, directions, every, dtype, padded, inner, parts, threading.get_ident())
        found = known.get(key)
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            steps = steps_of(layer.cell, dtype, padded=padded)
            found = known[key] = cls(layer, steps, sizes, direction, every, padded=padded, inner=inner)
        return found

    def given(
        self,
        weights: Weights,
        x: Tensor,
        start: Mapping[str, Tensor],
        states: Mapping[str, Tensor],
        tape: Tensor | None,
        lengths: Tensor | None,
        seed: int,
        *,
        fresh: bool = False,
    ) -> Addressed:
        """What every routine begins with: x (T, B, I), the state before the first step (D, B, H), what is there of
        every step by component, and what is kept. The latter two are ``fresh`` where the caller has just made them.

        Raises:
            RuntimeError: a tensor is not what the kernels read (:mod:`undertow.nn.engines.gate`).
        """
        tensors = gate.side_by_side([x, *[start[n] for n in self._components], *weights.tensors])
        made = [states[n] for n in self._every]
        if tape is not None:
            made += [states[n] for n in self.hidden]
            made.append(tape)
        found = [seed + self.direction, *gate.addresses(tensors, self._expected)]
        if fresh:
            found += map(gate.address, made)
        else:
            made = gate.side_by_side(made)
            found += gate.addresses(made, self._made)
        if lengths is not None:
            made.append(lengths.contiguous())
            found += gate.addresses(made[-1:], self._lengths_expected)
        return Addressed(found, tensors + made)

    def _bases(self) -> list[str]:
        return ["seed", *self._expected.names, *self._made.names, *(["lengths"] if self._padded else [])]

    # ---- forward

    def forward(self, given: Addressed, finals: Mapping[str, Tensor], *, keeping: bool) -> None:
        """All steps, to the final state of every component (D, B, H), of which this direction writes its rows."""
        places = [gate.address(finals[n]) for n in self._components]
        self._do(("forward", keeping), lambda: self._forward(keeping), *given.addresses, *places)

    def _forward(self, keeping: bool) -> Routine:
        names = self._components
        routine = Routine([*self._bases(), *(f"final.{n}" for n in names)], self._parts)
        final = {n: self._own_rows(f"final.{n}") for n in names}
        sequence.forward(routine, self.steps, self._trajectory(self._tape() if keeping else None), final)
        return routine

    # ---- back through time

    def backward(
        self,
        program: str,
        goal: Goal,
        given: Addressed,
        direct: Listed[Tensor],
        final: Listed[Tensor],
        records: int,
        places: Listed[Tensor],
        *,
        overwrite: bool,
    ) -> None:
        """BPTT from gradients that arrive, (T, B, D H) and (D, B, H), as ``goal`` says.

        Args:
            records: the address where records are written, or 0.
            places: where go dL/dx, dL/d(state) (D, B, H), of which this direction writes its rows, and dL/d(weights).
        """
        arriving = self._arriving.get(goal)
        if arriving is None:
            shapes = [(f"dL/d{n}", self._side) for n in goal.direct] + [(f"dL/d{n}", self._carried) for n in goal.final]
            arriving = self._arriving[goal] = gate.Expected(shapes, self._dtype)
        found = gate.addresses([*direct, *final], arriving)
        own = [gate.address(place) for place in places]
        make = lambda: self._backward(program, goal, overwrite)  # noqa: E731
        self._do((program, goal, overwrite), make, *given.addresses, records, *found, *own)

    def _backward(self, program: str, goal: Goal, overwrite: bool) -> Routine:
        bases = [*(f"direct.{n}" for n in goal.direct), *(f"final.{n}" for n in goal.final)]
        bases += ["d.x"] if goal.x else []
        bases += [f"d.{n}" for n in goal.state]
        bases += [f"d.{n}" for n, _ in self._weights] if goal.weights else []
        routine = Routine([*self._bases(), "records", *bases], self._parts)
        gradients = GradientTargets(
            self._x("d.x") if goal.x else None,
            {n: self._own_rows(f"d.{n}") for n in goal.state},
            self._parameters("d.") if goal.weights else None,
            overwrite,
        )
        arriving = Cotangents(
            {n: self._side_by_side(f"direct.{n}") for n in goal.direct},
            {n: self._own_rows(f"final.{n}") for n in goal.final},
        )
        recording = Recording(program, None if program == "backward" else self._records(program))
        bptt.backward(routine, self.steps, self._trajectory(self._tape()), arriving, gradients, recording)
        return routine

    def probe(self, program: str, step: int, given: Addressed, records: int, cotangent: Tensor) -> None:
        """BPTT of ``cotangent`` (B, H) on the output after ``step``; ``records`` as in :meth:`backward`."""
        shape = torch.Size((self.sizes.batch, self.sizes.hidden))
        found = gate.addresses([cotangent], gate.Expected([("the cotangent", shape)], self._dtype))
        self._do((program, step), lambda: self._probe(program, step), *given.addresses, records, *found)

    def _probe(self, program: str, step: int) -> Routine:
        routine = Routine([*self._bases(), "records", "cotangent"], self._parts)
        start = {self._output: Rows(Symbolic("cotangent"), self.sizes.hidden)}
        recording = Recording(program, self._records(program))
        bptt.probe(routine, self.steps, self._trajectory(self._tape()), step, start, recording)
        return routine

    def _do(self, kind: Hashable, make: Callable[[], Routine], *addresses: int) -> None:
        """Run the routine of this kind: the known one, or what ``make`` makes.

        While it runs nobody else can find it: a handler of a signal, or a finalizer, may call this very pass meanwhile.
        """
        routine = self._routines.pop(kind, None) or make()
        try:
            routine.run(*addresses)
        finally:
            if len(self._routines) >= _MOST:
                self._routines.clear()
            self._routines[kind] = routine

    # ---- where things are

    def _trajectory(self, tape: Tape | None) -> Trajectory:
        return Trajectory(
            self.sizes, self._parameters(), self._x("x"), self._before(), self._states(), tape, self._lengths(),
            self.direction == 1, Symbolic("seed"),
        )  # fmt: skip

    def _before(self) -> dict[str, Rows]:
        return {n: self._own_rows(f"before.{n}") for n in self._components}

    def _states(self) -> dict[str, Sequence]:
        states = {n: self._side_by_side(f"state.{n}") for n in self._every}
        inner = self.hidden if self._inner else []
        return states | {n: self._sequence(f"state.{n}", self.sizes.hidden) for n in inner}

    def _tape(self) -> Tape:
        return tape_at(Symbolic("tape"), self.steps, self.sizes)

    def _lengths(self) -> Address:
        return Symbolic("lengths") if self._padded else 0

    def _parameters(self, prefix: str = "") -> ParameterAddresses:
        return self._at(lambda name: Symbolic(prefix + name))

    def _sequence(self, base: str, row: int) -> Sequence:
        return Sequence(Symbolic(base), self.sizes.batch * row, row)

    def _x(self, base: str) -> Sequence:
        return self._sequence(base, self.sizes.inputs)

    def _side_by_side(self, base: str) -> Sequence:
        """One direction's columns of a (T, B, D H) tensor."""
        hidden = self.sizes.hidden
        whole = self._sequence(base, hidden * self._directions)
        return whole._replace(address=whole.address + self.direction * hidden * self.steps.lanes.size)

    def _own_rows(self, base: str) -> Rows:
        """One direction's rows of a (D, B, H) tensor."""
        _, batch, _, hidden = self.sizes
        return Rows(Symbolic(base, self.direction * batch * hidden * self.steps.lanes.size), hidden)

    def _records(self, program: str) -> Sequence:
        return self._sequence("records", len(self.steps.program(program).samples))


def parameters_at(layer: Layer, direction: int, size: int) -> Callable[[Callable[[str], Address]], ParameterAddresses]:
    """One direction's weights by gate, numbers of ``size`` bytes, to be asked where each tensor begins, by its name."""
    cell, bias_hh_gates = layer.cell, layer.bias_hh_gates
    weights = layer.directions[direction]
    numbers = {name: layer.shapes[name].numel() for name in weights.named}
    per_unit = tuple(weights.p)

    def found(begin: Callable[[str], Address]) -> ParameterAddresses:
        begins = {name: begin(name) for name in numbers}

        def by_gate(name: str, gates: tuple[str, ...]) -> dict[str, Address]:
            if name not in begins or not gates:
                return {}
            step = numbers[name] // len(gates) * size
            return {gate: begins[name] + number * step for number, gate in enumerate(gates)}

        second = by_gate("bias_hh", bias_hh_gates)
        alone = {gate: second.pop(gate) for gate in cell.recurrent_bias_gates if gate in second}
        return ParameterAddresses(
            W=by_gate("weight_ih", cell.input_gates),
            b=by_gate("bias_ih", cell.input_gates),
            U=by_gate("weight_hh", cell.recurrent_gates),
            d=alone,
            p={name: begins[f"p.{name}"] for name in per_unit},
            second=second,
        )

    return found
