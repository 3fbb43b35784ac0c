"""Backpropagation through time with compiled steps: gradients, what they looked like on the way, and probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.kernels.calls import Rows, Sequence, clear, view
from undertow.kernels.gradients import Operand, gradient_of_x, gradients_of_weights, weights_per_unit
from undertow.kernels.packing import Packed, Parameters
from undertow.kernels.program import Memory
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
    steps: Steps,
    packed: Packed,
    past: Past,
    direct: Mapping[str, Sequence],
    final: Mapping[str, Rows],
    gradients: Gradients,
    *,
    records: Sequence | None = None,
    threads: int = 1,
    overwrite: bool = True,
) -> None:
    """BPTT. ``direct`` is what the loss puts on each component at every step, ``final`` on the state after the last.

    With ``overwrite`` gradients take the place of what was kept, so that this can be done once. ``records`` takes the
    sums of squares of every step and sample, if ``packed`` is for a program that records (see :class:`.Steps`).
    """
    run = Run(steps, past.sizes, packed, lengths=past.lengths, reverse=past.reverse, parts=threads, seed=past.seed)
    planes = run.program.planes
    if overwrite and past.tape.planes == planes:
        deltas = run.planes(past.tape.kept, planes)
    else:
        deltas = run.planes(run.scratch.take(past.sizes.steps * past.sizes.batch * planes * run.width), planes)
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
    steps: Steps,
    packed: Packed,
    past: Past,
    step: int,
    cotangent: Mapping[str, Rows],
    records: Sequence,
    *,
    threads: int = 1,
) -> None:
    """BPTT from ``cotangent`` on the state after ``step`` (in the order of processing) alone.

    What the forward run left is read and not written, no gradients of weights are made: it can be done any number of
    times before :func:`backward`. ``records`` takes the sums of squares of ``step + 1`` steps and every sample, in
    the order of the sequence.
    """
    whole = past.sizes
    start = whole.steps - 1 - step if past.reverse else 0
    size = steps.lanes.size

    def part(sequence: Sequence) -> Sequence:
        return sequence._replace(address=sequence.address + start * sequence.step * size)

    sizes = whole._replace(steps=step + 1)
    run = Run(
        steps, sizes, packed, lengths=past.lengths, reverse=past.reverse, parts=threads, start=start, seed=past.seed
    )
    shorter = Past(
        sizes, part(past.x), past.before, {n: part(s) for n, s in past.states.items()}, past.tape, past.lengths,
        past.reverse, past.seed,
    )  # fmt: skip
    planes = run.program.planes
    ring = run.planes(run.scratch.take(RING * whole.batch * planes * run.width), planes)
    run.words.sequence("delta", ring)
    run.words["delta.ring"] = RING - 1
    _prepare(run, shorter, {}, cotangent, records, start)
    if _reads_raw(run):
        numbers = whole.batch * whole.hidden
        run.words.sequence("raw", Sequence(run.scratch.take(numbers), 0, whole.hidden))
    run.go()


def _prepare(
    run: Run,
    past: Past,
    direct: Mapping[str, Sequence],
    final: Mapping[str, Rows],
    records: Sequence | None,
    start: int = 0,
) -> tuple[int, int]:
    """Enter what BPTT reads; the places of the carried gradient and of the gradients of weights per unit."""
    run.sequence("x", past.x)
    zeros = Sequence(run.scratch.take(run.width), 0, 0)
    clear(zeros.address, run.width * run.engine.size)
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


def _carried(run: Run, final: Mapping[str, Rows]) -> int:
    """The carried gradient before the last step: what the loss puts on the final state."""
    parts, batch, hidden = run.program.carried, run.sizes.batch, run.sizes.hidden
    address = run.scratch.take(batch * parts * run.width)
    clear(address, batch * parts * run.width * run.engine.size)
    names = run.program.components
    for index in range(parts):
        name = names[index % len(names)]
        if name in final:
            carried = view(address, (batch, parts, run.width), run.engine.dtype)
            given = view(final[name].address, (batch, final[name].row), run.engine.dtype)
            carried[:, index, :hidden] = given[:, :hidden]
    run.words["carried"] = address
    return address


def _give_state(run: Run, carried: int, wanted: Mapping[str, Rows]) -> None:
    """dL/d(initial state): what is carried out of the first step."""
    batch, hidden = run.sizes.batch, run.sizes.hidden
    for name, place in wanted.items():
        index = run.program.components.index(name)
        parts = view(carried, (batch, run.program.carried, run.width), run.engine.dtype)
        view(place.address, (batch, place.row), run.engine.dtype)[:, :hidden] = parts[:, index, :hidden]


def _weights(run: Run) -> int:
    """Where gradients of weights per unit are added up, for every sample apart."""
    assert run.program.gradients is not None
    numbers = run.sizes.batch * len(run.program.gradients.weights) * run.width
    address = run.scratch.take(numbers)
    clear(address, numbers * run.engine.size)
    run.words["weight"] = address
    return address


def _reads_raw(run: Run) -> bool:
    return any(write.kind == "raw" for stage in run.program.stages for write in stage.writes)


def _raw(run: Run) -> Sequence | None:
    """Where dL/dx through ``x.raw`` goes, if the cell reads it."""
    if not _reads_raw(run):
        return None
    row = run.sizes.hidden
    raw = Sequence(run.scratch.take(run.sizes.steps * run.sizes.batch * row), run.sizes.batch * row, row)
    run.sequence("raw", raw)
    return raw
