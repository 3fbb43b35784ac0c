"""Backpropagation through time with compiled steps: gradients, what they looked like on the way, and probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from undertow.kernels.calls import Rows, Sequence
from undertow.kernels.gradients import Operand, gradient_of_x, gradients_of_weights, weights_per_unit
from undertow.kernels.packing import Packed, Parameters
from undertow.kernels.program import Memory
from undertow.kernels.routine import Address, Routine
from undertow.kernels.sequence import RING, Past, Run
from undertow.kernels.steps import Steps

__all__ = ["Gradients", "backward", "probe"]


@dataclass(frozen=True)
class Gradients:
    """Where gradients go: dL/dx (T, B, I), dL/d(initial state) of components asked for, those of the parameters.

    None where one is not wanted.
    """

    x: Sequence | None
    state: Mapping[str, Rows]
    parameters: Parameters | None


def backward(
    routine: Routine,
    steps: Steps,
    program: str,
    past: Past,
    parameters: Parameters,
    direct: Mapping[str, Sequence],
    final: Mapping[str, Rows],
    gradients: Gradients,
    *,
    records: Sequence | None = None,
    overwrite: bool = True,
) -> None:
    """Let ``routine`` run BPTT. ``direct`` is what the loss puts on each component at every step, ``final`` on the
    state after the last.

    With ``overwrite`` gradients take the place of what was kept, so that this can be done once. ``records`` takes the
    sums of squares of every step and sample, if ``program`` is one that records (see :class:`.Steps`).
    """
    run, packed = _run(routine, steps, program, past, parameters)
    planes = run.program.planes
    if overwrite and past.tape.planes == planes:
        deltas = run.planes(past.tape.kept, planes)
    else:
        deltas = run.planes(run.engine.take(past.sizes.steps * past.sizes.batch * planes * run.width), planes)
    run.sequence("delta", deltas)
    run.words["delta.ring"] = -1
    carried, weights = _prepare(run, past, direct, final, records)
    raw = _raw(run)
    run.go()
    _give_state(run, carried, gradients.state)
    if gradients.x is not None:
        gradient_of_x(run.engine, past.sizes, packed, deltas, gradients.x, raw)
    if gradients.parameters is not None:
        operands = _operands(run, past)
        places = gradients.parameters
        gradients_of_weights(
            run.engine, past.sizes, run.program, past.x, operands, deltas, places, reverse=past.reverse
        )
        weights_per_unit(run.engine, past.sizes, run.program, weights, places)


def probe(
    routine: Routine,
    steps: Steps,
    program: str,
    past: Past,
    parameters: Parameters,
    step: int,
    cotangent: Mapping[str, Rows],
    records: Sequence,
) -> None:
    """Let ``routine`` run BPTT from ``cotangent`` on the state after ``step`` (in the order of processing) alone.

    What the forward run left is read and not written, no gradients of weights are made: it can be done any number of
    times before :func:`backward`. ``records`` takes the sums of squares of ``step + 1`` steps and every sample, in
    the order of the sequence.
    """
    whole = past.sizes
    start = whole.steps - 1 - step if past.reverse else 0
    size = steps.lanes.size

    def part(sequence: Sequence) -> Sequence:
        return sequence._replace(address=sequence.address + start * sequence.step * size)

    shorter = replace(
        past, sizes=whole._replace(steps=step + 1), x=part(past.x), states={n: part(s) for n, s in past.states.items()}
    )
    run, _ = _run(routine, steps, program, shorter, parameters, start)
    planes = run.program.planes
    ring = run.planes(run.engine.take(RING * whole.batch * planes * run.width), planes)
    run.words.sequence("delta", ring)
    run.words["delta.ring"] = RING - 1
    _prepare(run, shorter, {}, cotangent, records, start)
    if _reads_raw(run):
        numbers = whole.batch * whole.hidden
        run.words.sequence("raw", Sequence(run.engine.take(numbers), 0, whole.hidden))
    run.go()


def _run(
    routine: Routine, steps: Steps, program: str, past: Past, parameters: Parameters, start: int = 0
) -> tuple[Run, Packed]:
    """A run back through ``past``, after the weights have been packed for it."""
    packed = Packed(steps, program, past.sizes, parameters, routine.scratch)
    packed.pack(routine)
    run = Run(
        routine, steps, past.sizes, packed, lengths=past.lengths, reverse=past.reverse, start=start, seed=past.seed
    )
    return run, packed


def _prepare(
    run: Run,
    past: Past,
    direct: Mapping[str, Sequence],
    final: Mapping[str, Rows],
    records: Sequence | None,
    start: int = 0,
) -> tuple[Address, Address]:
    """Enter what BPTT reads; the places of the carried gradient and of the gradients of weights per unit."""
    run.sequence("x", past.x)
    zeros = Sequence(run.engine.take(run.width), 0, 0)
    run.engine.clear(zeros.address, run.width)
    for name in run.program.components:
        run.words.rows(f"before.{name}", past.before[name])
        run.words[f"state.{name}.ring"] = -1
        run.sequence(f"state.{name}", past.states[name])
        run.sequence(f"direct.{name}", direct.get(name, zeros))
    kept, sums = run.planes(past.tape.kept, past.tape.planes), run.sums(past.tape)
    for name, whole in (("kept", kept), ("kept_sum", sums)):
        later = whole.address + start * whole.step * run.engine.size
        run.sequence(name, Sequence(later, whole.step, whole.row))
    if records is not None:
        run.sequence("sample", records)
    return _carried(run, final), _weights(run)


def _operands(run: Run, past: Past) -> dict[Memory, Operand]:
    """Where the operands of recurrent products stand."""
    kept = run.planes(past.tape.kept, past.tape.planes)
    operands: dict[Memory, Operand] = {("raw", 0): (past.x, None)}
    operands |= {("before", name): (past.states[name], past.before[name]) for name in past.states}
    operands |= {("after", name): (past.states[name], None) for name in past.states}
    for plane in range(past.tape.planes):
        address = kept.address + plane * run.width * run.engine.size
        operands["kept", plane] = Sequence(address, kept.step, kept.row), None
    return operands


def _carried(run: Run, final: Mapping[str, Rows]) -> Address:
    """The carried gradient before the last step: what the loss puts on the final state."""
    batch, hidden, row = run.sizes.batch, run.sizes.hidden, run.program.carried * run.width
    address = run.engine.take(batch * row)
    run.engine.clear(address, batch * row)
    names = run.program.components
    for index in range(run.program.carried):
        name = names[index % len(names)]
        if name in final:
            run.engine.copy(batch, hidden, final[name], _carried_rows(run, address, index))
    run.words["carried"] = address
    return address


def _carried_rows(run: Run, address: Address, index: int) -> Rows:
    return Rows(address + index * run.width * run.engine.size, run.program.carried * run.width)


def _give_state(run: Run, carried: Address, wanted: Mapping[str, Rows]) -> None:
    """dL/d(initial state): what is carried out of the first step."""
    for name, place in wanted.items():
        index = run.program.components.index(name)
        run.engine.copy(run.sizes.batch, run.sizes.hidden, _carried_rows(run, carried, index), place)


def _weights(run: Run) -> Address:
    """Where gradients of weights per unit are added up, for every sample apart."""
    assert run.program.gradients is not None
    numbers = run.sizes.batch * len(run.program.gradients.weights) * run.width
    address = run.engine.take(numbers)
    run.engine.clear(address, numbers)
    run.words["weight"] = address
    return address


def _reads_raw(run: Run) -> bool:
    return any(write.kind == "raw" for stage in run.program.stages for write in stage.writes)


def _raw(run: Run) -> Sequence | None:
    """Where dL/dx through ``x.raw`` goes, if the cell reads it."""
    if not _reads_raw(run):
        return None
    row = run.sizes.hidden
    raw = Sequence(run.engine.take(run.sizes.steps * run.sizes.batch * row), run.sizes.batch * row, row)
    run.sequence("raw", raw)
    return raw
