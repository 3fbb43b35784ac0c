"""The record of an operation of the language, of which all else that has to do with it is made.

Made from the record are the grammar, the functions that equations call, the adjoint's rules, the NumPy oracle, text,
LaTeX and diagrams, what counts as a gate's activation, and what kernels keep rather than compute again. Only two things
stand elsewhere, keyed by the name: the operation on torch's tensors (``undertow.nn.engines.reference``) and on vectors
(``undertow.kernels.mathlib``).

The records are in :mod:`.functions` (operations that equations call by name) and :mod:`.operations` (the others).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from undertow.lang.values import Value

__all__ = [
    "ADD",
    "ATOM",
    "MUL",
    "RECORDS",
    "UNARY",
    "Array",
    "Operation",
    "Rule",
    "Template",
    "called",
    "operation",
    "record",
]

Array = NDArray[np.float64]
#: A derivative, in the equation language: one rule serves the adjoint, its display and its machine code. It takes the
#: cotangent ``g`` that arrives at the result ``y``, ``y`` itself and the arguments, and gives the cotangent of each
#: argument, or None where nothing flows. Rules use ``y`` where they can: then the forward step keeps the activation.
Rule = Callable[..., tuple[Value | None, ...]]
Equations = TypeVar("Equations", bound=Callable[..., Value])

#: How tightly an expression binds.
ADD, MUL, UNARY, ATOM = 1, 2, 3, 4


@dataclass(frozen=True)
class Template:
    """How an operation is written: a template, how tightly it binds, and how tightly each argument must."""

    template: str
    binds: int = ATOM
    needs: tuple[int, ...] = (0, 0, 0)


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        name: what nodes call it, and equations, where they call it by name.
        arity: the number of its arguments.
        meaning: what it computes in NumPy, in float64; None if that takes more than its arguments.
        rule: its derivative; None for a comparison.
        text: how it is written.
        latex: how LaTeX writes it.
        sign: what a diagram writes into its box.
        inline: how a diagram writes it in a line of words.
        pointwise: whether a number of the result comes from one number of each argument.
        infix: whether it stands between its arguments.
        commutes: whether its arguments may change places.
        activation: whether a gate is what it makes of the gate's summed input.
        between: the values that an activation approaches on both sides, if it is flat there.
        costly: whether computing it takes longer than reading a number back from memory.
        function: what equations call.
    """

    name: str
    arity: int
    meaning: Callable[..., Array] | None
    rule: Rule | None
    text: Template
    latex: Template
    sign: str
    inline: Template
    pointwise: bool = True
    infix: bool = False
    commutes: bool = False
    activation: bool = False
    between: tuple[float, float] | None = None
    costly: bool = False
    function: Callable[..., Value] | None = None

    @property
    def compares(self) -> bool:
        """Whether it gives a truth value, which only ``where`` takes."""
        return self.pointwise and self.rule is None


#: Every operation by name, as soon as it is recorded; :data:`undertow.lang.operations.OPERATIONS` has all of them.
RECORDS: dict[str, Operation] = {}


def record(
    name: str,
    arity: int,
    meaning: Callable[..., Any] | None,
    rule: Rule | None,
    text: Template,
    *,
    latex: Template | None = None,
    sign: str = "",
    inline: Template | None = None,
    **options: Any,
) -> None:
    """Record an operation; what is left out follows from the rest, as :class:`Operation` tells it."""
    RECORDS[name] = Operation(
        name, arity, meaning, rule, text, latex or text, sign or name, inline or text, **options
    )  # fmt: skip


def called(name: str, arity: int = 1, opens: str = "(", closes: str = ")") -> Template:
    """``name(a, b)``"""
    return Template(f"{name}{opens}{', '.join(['{}'] * arity)}{closes}")


def operation(
    meaning: Callable[..., Any],
    rule: Rule,
    *,
    latex: str | Template = "",
    **options: Any,
) -> Callable[[Equations], Equations]:
    r"""Record the function below as an operation; its name, arguments and docstring are the operation's.

    Args:
        meaning: of :class:`Operation`, as are all others.
        rule: its derivative.
        latex: its name there (``\exp``), if it has one, or all of its form.
    """

    def recorded(function: Equations) -> Equations:
        name, arity = function.__name__, len(inspect.signature(function).parameters)
        form = latex
        if isinstance(form, str):
            form = called(form or rf"\mathrm{{{{{name}}}}}", arity, r"\left(", r"\right)")
        record(name, arity, meaning, rule, called(name, arity), latex=form, function=function, **options)
        return function

    return recorded
