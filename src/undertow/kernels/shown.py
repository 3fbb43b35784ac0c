"""Kernels as people read them: the plan of a cell's steps in plain words, and the LLVM IR that is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from llvmlite import ir

from undertow.kernels import emit
from undertow.kernels.program import Contraction, Program, Stage
from undertow.kernels.steps import Steps
from undertow.lang.expr import Node
from undertow.lang.show import expression

__all__ = ["PROGRAMS", "as_data", "as_ir", "as_text"]

#: What is shown: what is run without gradients, and both halves of a training step.
PROGRAMS = ("forward", "forward_keeping", "backward")

_TITLES = {
    "forward": "A step without gradients",
    "forward_keeping": "A step that is trained",
    "backward": "Its BPTT step",
}


@dataclass(frozen=True)
class _Pass:
    """One stage: a pass over the units, in which everything is fused.

    ``units`` and ``samples`` are the size of a tile at most, ``vectors`` how many of sums each sample has in it. Of the
    values that are computed, ``computes`` has the names that equations give, and ``unnamed`` is the number of others.
    """

    products: list[str]
    units: int
    samples: int
    vectors: int
    computes: list[str]
    unnamed: int
    writes: dict[str, list[str]]


def as_data(steps: Steps) -> dict[str, object]:
    """The plan as JSON takes it."""
    target, lanes = steps.target, steps.lanes
    return {
        "target": {"name": target.name, "bits": target.bits, "registers": target.registers},
        "format": lanes.dtype,
        "numbers a vector": lanes.count,
        "kept": _kept(steps),
        "programs": {name: [asdict(one) for one in _passes(steps, name)] for name in PROGRAMS},
    }


def as_text(steps: Steps) -> list[str]:
    """The plan in plain words, line by line."""
    target, lanes, kept = steps.target, steps.lanes, _kept(steps)
    lines = [
        f"For {target.name}, in {lanes.dtype}: {target.registers} registers of {target.bits} bits, "
        f"{lanes.count} numbers a vector.",
        f"Kept for BPTT, a unit and step: {', '.join([*steps.equations.components, *kept['values']])} "
        f"({len(steps.equations.components) + len(kept['values'])} numbers, the state among them).",
    ]
    if steps.equations.heads > 1:
        lines.append(f"Each U is {steps.equations.heads} diagonal blocks: a tile reads what its units' blocks do.")
    if kept["sums"]:
        lines.append(f"Kept for BPTT, a sample and step: {len(kept['sums'])} sums over units.")
    for name in PROGRAMS:
        passes = _passes(steps, name)
        lines += ["", f"{_TITLES[name]} ({name}): {len(passes)} {'pass' if len(passes) == 1 else 'passes'} over units"]
        for number, one in enumerate(passes, 1):
            lines += [f"  pass {number}", *(f"    {line}" for line in _lines(one))]
    return lines


def as_ir(steps: Steps) -> str:
    """The functions of all programs as one module of LLVM IR, with the plan as comments before them."""
    module = ir.Module("undertow")
    for name in PROGRAMS:
        emit.emit(module, steps.program(name), steps.lanes)
    plan = "\n".join(f"; {line}".rstrip() for line in as_text(steps))
    return f"{plan}\n\n{module}"


def _lines(one: _Pass) -> list[str]:
    lines = [f"product: {product}" for product in one.products]
    if one.products:
        across = f"{one.vectors} {'vector' if one.vectors == 1 else 'vectors'} of sums each"
        lines.append(f"tile: {one.units} units of up to {one.samples} samples, {across}")
    else:
        lines.append("no product, so sample by sample")
    names = [*one.computes, *([f"{one.unnamed} without a name"] if one.unnamed else [])]
    if names:
        lines.append(f"computes: {', '.join(names)}")
    return lines + [f"{what}: {', '.join(values)}" for what, values in one.writes.items()]


def _kept(steps: Steps) -> dict[str, list[str]]:
    """What the forward step leaves besides states, in the order of its planes."""
    names = {node: name for name, node in steps.equations.graph.names.items()}
    kept = steps.kept
    return {
        "values": [expression(node, names) for node in sorted(kept.planes, key=kept.planes.__getitem__)],
        "sums": [expression(node, names) for node in kept.sums],
    }


def _passes(steps: Steps, name: str) -> list[_Pass]:
    program = steps.program(name)
    return [_pass(steps, program, stage) for stage in program.stages]


def _pass(steps: Steps, program: Program, stage: Stage) -> _Pass:
    across = emit.blocks(stage, steps.target)
    made = [node for node, memory in stage.nodes.items() if memory is None and not node.is_leaf]
    slots = {slot for contraction in stage.contractions for slot in contraction.slots}
    named = [program.names[node] for node in made if node in program.names]
    return _Pass(
        [_product(contraction, program) for contraction in stage.contractions],
        across * steps.lanes.count,
        emit.rows(stage, steps.target),
        across * max((len(c.slots) for c in stage.contractions), default=0),
        named,
        len([node for node in made if node not in slots]) - len(named),
        _writes(program, stage),
    )


def _product(contraction: Contraction, program: Program) -> str:
    gates = contraction.gates
    match contraction.kind:
        case "input":
            return ", ".join(f"W.{gate} x + b.{gate}" for (gate,) in gates)
        case "product":
            (operand,) = contraction.operands
            assert operand is not None
            value = _text(operand, program.names)
            return ", ".join(f"U.{gate} {value}" for (gate,) in gates)
        case _:
            return ", ".join(" + ".join(f"U.{gate}' d_U.{gate}" for gate in row) for row in gates)


def _text(node: Node, names: Mapping[Node, str]) -> str:
    text = expression(node, names)
    return f"({text})" if " " in text else text


def _writes(program: Program, stage: Stage) -> dict[str, list[str]]:
    """What leaves a pass, by where it goes."""
    writes: dict[str, list[str]] = {}

    def add(what: str, value: str) -> None:
        writes.setdefault(what, []).append(value)

    spilled = summed = 0
    for write in stage.writes:
        match write.kind:
            case "next":
                add("state after the step", write.name)
            case "kept":
                add("keeps", expression(write.node, program.names))
            case "delta":
                add("gradients of pre-activations", _gates(program, write.index))
            case "carried":
                add("carries to the step before", f"d_{write.name}")
            case "weight":
                add("adds to gradients of weights", f"p.{write.name}")
            case "raw":
                add("gradient of", "x itself")
            case "spill":
                spilled += 1
            case _:
                summed += 1
    if spilled:
        add("hands on to later passes", f"{spilled} {'value' if spilled == 1 else 'values'}")
    if summed:
        add("sums over units", str(summed))
    return writes


def _gates(program: Program, plane: int) -> str:
    """The gates whose parts of a pre-activation have the gradient in this plane."""
    assert program.gradients is not None
    inputs = [gate for gate, own in program.gradients.inputs.items() if own == plane]
    recurrent = [gate for gate, own, _ in program.gradients.products if own == plane]
    recurrent += [gate for gate, own in program.gradients.recurrent_bias.items() if own == plane]
    both = dict.fromkeys(gate for gate in inputs if gate in recurrent)
    parts = [*both, *(f"input part of {g}" for g in inputs if g not in both)]
    parts += [f"recurrent part of {g}" for g in dict.fromkeys(recurrent) if g not in both]
    return " = ".join(parts)
