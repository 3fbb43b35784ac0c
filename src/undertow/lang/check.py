"""What must hold of a cell's equations, told at definition time with the line that breaks it."""

from __future__ import annotations

import dis
import keyword
import sys
from collections.abc import Callable, Mapping
from typing import Any

from undertow.errors import LanguageError, Place, nearest
from undertow.lang.expr import Graph, Node, Rank
from undertow.lang.operations import COMPARISONS, OPERATIONS
from undertow.lang.values import place_of_line

__all__ = ["check_declaration", "check_graph", "check_single_assignment", "check_uses"]

ROLES = ("forget", "input", "candidate")

_ARITY = {
    **{name: one.arity for name, one in OPERATIONS.items()},
    "product": 1,
    "transposed_product": 1,
    "batch_norm": 1,
}


def check_declaration(
    cell: str,
    gates: tuple[str, ...],
    state: Mapping[str, float],
    weights: Mapping[str, float],
    roles: Mapping[str, str],
    heads: int,
    place: Place,
) -> None:
    """The names of a declaration: legal, distinct, and roles of declared gates."""
    if not state:
        raise LanguageError(f"cell {cell!r} has no state", place, "Declare it: @cell(..., state=dict(h=0)).")
    for kind, names in (("gate", gates), ("state component", state), ("weight per unit", weights)):
        for name in names:
            legal = name.isidentifier() and not keyword.iskeyword(name)
            if not legal or name.startswith(("_", "d_")) or name in ("raw", "next"):
                raise LanguageError(
                    f"cell {cell!r}: {name!r} cannot be the name of a {kind}",
                    place,
                    "Use letters, digits and _, not _ or d_ in front (d_ marks gradients), not raw or next nor a word "
                    "of Python (if, in, lambda ...); between two names in one string stands a space.",
                )
    for kind, values in (("state component", state), ("weight per unit", weights)):
        for name, value in values.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise LanguageError(
                    f"cell {cell!r}: {kind} {name!r} begins with {value!r}, which is no number", place,
                    f"Write {name}=0, or another number.",
                )  # fmt: skip
    doubled = [g for n, g in enumerate(gates) if g in gates[:n]] + [g for g in gates if g in state]
    if doubled:
        raise LanguageError(
            f"cell {cell!r}: {doubled[0]!r} names two things; gates and state share one list of names",
            place,
            f"Call the gate {doubled[0]}2, and what is made of it x.{doubled[0]}2.",
        )
    for role, gate in roles.items():
        if role not in ROLES:
            raise LanguageError(f"cell {cell!r} has no role {role!r}{nearest(role, ROLES)}", place)
        if gate not in gates:
            raise LanguageError(f"cell {cell!r}: role {role!r} names no gate: {gate!r}{nearest(gate, gates)}", place)
    if heads < 1:
        raise LanguageError(f"cell {cell!r}: heads must be 1 or more, got {heads}", place)


def check_variables(graph: Graph, cell: str) -> None:
    """A variable called like a component is that component's next value, and none is called like a gradient."""
    for name, node in graph.names.items():
        if name.startswith("d_") or (name in graph.outputs and graph.outputs[name] is not node):
            what = "a gradient" if name.startswith("d_") else "the next value of a component, but is another"
            raise LanguageError(
                f"variable {name!r} of cell {cell!r} is called like {what}", node.place, f"Call it {name}2."
            )


def check_single_assignment(function: Callable[..., Any]) -> None:
    """Each name stands for one value: no way through the function assigns a variable twice."""
    code = function.__code__
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    instructions = list(dis.get_instructions(code))
    within = [(one.argval, *_span(one)) for one in instructions if one.opname == "LOAD_FAST_AND_CLEAR"]
    # For each instruction, what is assigned on some way to it, with the line of that.
    before: dict[int, dict[str, int]] = {0: dict.fromkeys(arguments, code.co_firstlineno)}
    line = code.co_firstlineno
    for instruction, following in zip(instructions, [*instructions[1:], None], strict=True):
        if instruction.positions and instruction.positions.lineno:
            line = instruction.positions.lineno
        assigned = dict(before.get(instruction.offset, {}))
        for name in _stored(instruction):
            if _is_inner(name, instruction, within):
                continue
            if name in assigned:
                raise LanguageError(
                    f"{name!r} is assigned twice (first in line {assigned[name]})",
                    place_of_line(code, line),
                    f"An equation's name has one meaning: call the second value {name}2, or put both in one line.",
                )
            assigned[name] = line
        if instruction.opcode in _JUMPS and instruction.argval > instruction.offset:
            before.setdefault(instruction.argval, {}).update(assigned)
        if following is not None and instruction.opname not in _NEVER_FALLS_THROUGH:
            before.setdefault(following.offset, {}).update(assigned)


_JUMPS = frozenset([*dis.hasjrel, *dis.hasjabs])
_NEVER_FALLS_THROUGH = frozenset(
    [
        "JUMP_FORWARD",
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
        "RETURN_VALUE",
        "RETURN_CONST",
        "RAISE_VARARGS",
        "RERAISE",
    ]
)


def _stored(instruction: dis.Instruction) -> tuple[str, ...]:
    """The variables that one instruction assigns."""
    if not instruction.opname.startswith("STORE_FAST") and instruction.opname != "STORE_DEREF":
        return ()
    names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
    return names[:1] if instruction.opname == "STORE_FAST_LOAD_FAST" else names  # the second name is read


def _is_inner(name: str, instruction: dis.Instruction, within: list[tuple[str, _Point, _Point]]) -> bool:
    """Whether a name is a comprehension's own. From Python 3.12 on its loop stands in the function's own code: it sets
    the function's variable of that name aside (``within``: which, and from where to where) and puts it back."""
    begin, end = _span(instruction)
    return any(name == own and first <= begin and end <= last for own, first, last in within)


_Point = tuple[int, int]  # line, column


def _span(instruction: dis.Instruction) -> tuple[_Point, _Point]:
    """From where to where an instruction's source goes; whole lines where Python was told to keep no columns."""
    line, end_line, column, end_column = instruction.positions or (None,) * 4
    return (line or 0, column or 0), (end_line or line or 0, sys.maxsize if end_column is None else end_column)


def check_graph(graph: Graph) -> None:
    """Arity, truth values and ranks of every node. Holds after tracing and after every pass."""
    for node in graph.nodes:
        _check_node(node, graph.ranks)
    for name, node in graph.outputs.items():
        if node.op in COMPARISONS:
            raise LanguageError(f"{name!r} is a comparison, not a number", node.place, "Use where(...).")


def _check_node(node: Node, ranks: Mapping[Node, Rank]) -> None:
    if node.is_leaf:
        arity = 0
    elif node.op in _ARITY:
        arity = _ARITY[node.op]
    else:
        raise LanguageError(f"there is no operation {node.op!r}{nearest(node.op, _ARITY)}", node.place)
    if len(node.args) != arity:
        raise LanguageError(f"{node.op} takes {arity} values, got {len(node.args)}", node.place)
    for position, argument in enumerate(node.args):
        is_truth, wants_truth = argument.op in COMPARISONS, node.op == "where" and position == 0
        if wants_truth and not is_truth:
            raise LanguageError(
                "where() needs a comparison as its condition", node.place, "Write where(a > 0, ..., ...)."
            )
        if is_truth and not wants_truth:
            raise LanguageError(
                f"a comparison is not a number; {node.op} cannot take it",
                node.place,
                "Write where(a > b, 1.0, 0.0) for a step function.",
            )
    if node.op in ("product", "sum") and ranks[node.args[0]] != Rank.UNIT:
        what = "a recurrent product" if node.op == "product" else "a mean over units"
        raise LanguageError(f"{what} needs a value per unit", node.place)


def check_uses(graph: Graph, cell: str, gates: tuple[str, ...], weights: Mapping[str, float], place: Any) -> None:
    """Everything declared is used, and every next value has a number per unit."""
    used = {*graph.leaves("input"), *graph.leaves("recurrent_bias"), *(p.name for p in graph.products())}
    for gate in gates:
        if gate not in used:
            raise LanguageError(
                f"gate {gate!r} of cell {cell!r} is declared but never used",
                place,
                f"Use x.{gate} in an equation or take {gate!r} out of gates=.",
            )
    for weight in weights:
        if weight not in graph.leaves("weight"):
            raise LanguageError(f"weight {weight!r} of cell {cell!r} is declared but never used", place)
    for name, node in graph.outputs.items():
        if graph.ranks[node] != Rank.UNIT:
            raise LanguageError(
                f"the next value of {name!r} has one number {'a sample' if graph.ranks[node] else 'for the cell'}, "
                "not one a unit",
                node.place,
            )
