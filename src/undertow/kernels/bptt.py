"""Backpropagation through time with compiled steps: gradients, what they looked like on the way, and probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from undertow.kernels.arguments import Address
from undertow.kernels.calls import Rows, Sequence
from undertow.kernels.gradients import Operand, OuterProducts, gradient_of_x, gradients_of_weights, weights_per_unit
from undertow.kernels.packing import Packed, ParameterAddresses
from undertow.kernels.program import Memory
from undertow.kernels.routine import Routine
from undertow.kernels.sequence import RING, Launch, Tape, Trajectory
from undertow.kernels.steps import Steps

__all__ = ["Cotangents", "GradientTargets", "Recording", "backward", "probe"]


@dataclass(frozen=True)
class Cotangents:
    """What the loss puts on components: at every step, and on the state after the last."""

    direct: Mapping[str, Sequence]
    final: Mapping[str, Rows]


@dataclass(frozen=True)
class GradientTargets:
    """Where gradients go: dL/dx (T, B, I), dL/d(initial state) of components asked for, those of the parameters.

    None where one is not wanted. With ``overwrite`` those of the pre-activations take the place of what was kept, so
    that this can be done once.
    """

    x: Sequence | None
    state: Mapping[str, Rows]
    parameters: ParameterAddresses | None
    overwrite: bool = True


@dataclass(frozen=True)
class Recording:
    """Which program runs (see :class:`.Steps`), and where go its records: sums of squares of every step and sample."""

    program: str = "backward"
    records: Sequence | None = None


_NO_RECORDS = Recording()


def backward(
    routine: Routine,
    steps: Steps,
    past: Trajectory,
    arriving: Cotangents,
    gradients: GradientTargets,
    recording: Recording = _NO_RECORDS,
) -> None:
    """Let ``routine`` run BPTT through ``past``."""
    sizes, tape = past.sizes, _tape(past)
    launch = _launch(routine, steps, past, recording.program)
    planes = launch.program.planes
    # With more gradients than was kept, rows of the two are not of one length.
    if gradients.overwrite and tape.planes == planes:
        deltas = launch.planes(tape.kept, planes)
    else:
        deltas = launch.planes(launch.engine.take(sizes.steps * sizes.batch * planes * launch.width), planes)
    launch.sequence("delta", deltas)
    launch.words["delta.ring"] = -1
    carried, weights = _prepare(launch, past, arriving, recording.records)
    raw = _raw(launch)
    launch.go()
    _give_state(launch, carried, gradients.state)
    if gradients.x is not None:
        gradient_of_x(launch.engine, sizes, launch.packed, deltas, gradients.x, raw)
    if gradients.parameters is not None:
        products = OuterProducts(launch.engine, sizes, deltas, reverse=past.reverse)
        gradients_of_weights(products, launch.program, past.x, _operands(launch, past), gradients.parameters)
        weights_per_unit(launch.engine, sizes, launch.program, weights, gradients.parameters)


def probe(
    routine: Routine, steps: Steps, past: Trajectory, step: int, cotangent: Mapping[str, Rows], recording: Recording
) -> None:
    """Let ``routine`` run BPTT from ``cotangent`` on the state after ``step`` (in the order of processing) alone.

    What the forward run left is read and not written, no gradients of weights are made: it can be done any number of
    times before :func:`backward`. The records are of ``step + 1`` steps and every sample, in the order of the sequence.
    """
    whole = past.sizes
    start = whole.steps - 1 - step if past.reverse else 0
    size = steps.lanes.size

    def part(sequence: Sequence) -> Sequence:
        return sequence._replace(address=sequence.address + start * sequence.step * size)

    shorter = replace(
        past, sizes=whole._replace(steps=step + 1), x=part(past.x), states={n: part(s) for n, s in past.states.items()}
    )
    launch = _launch(routine, steps, shorter, recording.program, start)
    planes = launch.program.planes
    # Nobody asks for gradients of weights: those of the pre-activations are read by the same step alone.
    ring = launch.planes(launch.engine.take(RING * whole.batch * planes * launch.width), planes)
    launch.words.enter(ring.words("delta"))
    launch.words["delta.ring"] = RING - 1
    _prepare(launch, shorter, Cotangents({}, cotangent), recording.records, start)
    if _reads_raw(launch):
        numbers = whole.batch * whole.hidden
        launch.words.enter(Sequence(launch.engine.take(numbers), 0, whole.hidden).words("raw"))
    launch.go()


def _tape(past: Trajectory) -> Tape:
    assert past.tape is not None, "BPTT goes through what was kept"
    return past.tape


def _launch(routine: Routine, steps: Steps, past: Trajectory, program: str, start: int = 0) -> Launch:
    """A run back through ``past``, after the weights have been packed for it."""
    packed = Packed(steps, program, past.sizes, past.parameters, routine.scratch)
    packed.pack(routine)
    return Launch(
        routine, packed, lengths=past.lengths, reverse=past.reverse, start=start, seed=past.seed
    )  # fmt: skip


def _prepare(
    launch: Launch,
    past: Trajectory,
    arriving: Cotangents,
    records: Sequence | None,
    start: int = 0,
) -> tuple[Address, Address]:
    """Enter what BPTT reads; the places of the carried gradient and of the gradients of weights per unit."""
    launch.sequence("x", past.x)
    # A component that the loss does not touch has one row of zeros for all steps and samples: no program of its own.
    zeros = Sequence(launch.engine.take(launch.width), 0, 0)
    launch.engine.clear(zeros.address, launch.width)
    for name in launch.program.components:
        launch.words.enter(past.before[name].words(f"before.{name}"))
        launch.words[f"state.{name}.ring"] = -1
        launch.sequence(f"state.{name}", past.states[name])
        launch.sequence(f"direct.{name}", arriving.direct.get(name, zeros))
    tape = _tape(past)
    for name, whole in (("kept", launch.planes(tape.kept, tape.planes)), ("kept_sum", launch.sums(tape))):
        later = whole.address + start * whole.step * launch.engine.size
        launch.sequence(name, Sequence(later, whole.step, whole.row))
    if records is not None:
        launch.sequence("sample", records)
    return _carried(launch, arriving.final), _weights(launch)


def _operands(launch: Launch, past: Trajectory) -> dict[Memory, Operand]:
    """Where the operands of recurrent products stand."""
    tape = _tape(past)
    kept = launch.planes(tape.kept, tape.planes)
    operands: dict[Memory, Operand] = {("raw", 0): (past.x, None)}
    operands |= {("before", name): (past.states[name], past.before[name]) for name in past.states}
    operands |= {("after", name): (past.states[name], None) for name in past.states}
    for plane in range(tape.planes):
        address = kept.address + plane * launch.width * launch.engine.size
        operands["kept", plane] = Sequence(address, kept.step, kept.row), None
    return operands


def _carried(launch: Launch, final: Mapping[str, Rows]) -> Address:
    """The carried gradient before the last step: what the loss puts on the final state."""
    batch, hidden, row = launch.sizes.batch, launch.sizes.hidden, launch.program.carried * launch.width
    address = launch.engine.take(batch * row)
    launch.engine.clear(address, batch * row)
    names = launch.program.components
    for index in range(launch.program.carried):
        name = names[index % len(names)]
        if name in final:
            launch.engine.copy(batch, hidden, final[name], _carried_rows(launch, address, index))
    launch.words["carried"] = address
    return address


def _carried_rows(launch: Launch, address: Address, index: int) -> Rows:
    return Rows(address + index * launch.width * launch.engine.size, launch.program.carried * launch.width)


def _give_state(launch: Launch, carried: Address, wanted: Mapping[str, Rows]) -> None:
    """dL/d(initial state): what is carried out of the first step."""
    for name, place in wanted.items():
        index = launch.program.components.index(name)
        launch.engine.copy(launch.sizes.batch, launch.sizes.hidden, _carried_rows(launch, carried, index), place)


def _weights(launch: Launch) -> Address:
    """Where gradients of weights per unit are added up, for every sample apart."""
    assert launch.program.gradients is not None
    numbers = launch.sizes.batch * len(launch.program.gradients.weights) * launch.width
    address = launch.engine.take(numbers)
    launch.engine.clear(address, numbers)
    launch.words["weight"] = address
    return address


def _reads_raw(launch: Launch) -> bool:
    return any(write.kind == "raw" for stage in launch.program.stages for write in stage.writes)


def _raw(launch: Launch) -> Sequence | None:
    """Where dL/dx through ``x.raw`` goes, if the cell reads it."""
    if not _reads_raw(launch):
        return None
    row = launch.sizes.hidden
    raw = Sequence(launch.engine.take(launch.sizes.steps * launch.sizes.batch * row), launch.sizes.batch * row, row)
    launch.sequence("raw", raw)
    return raw
