"""Symbolic values: arithmetic on them records nodes, each with its place in the source."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn

from undertow.errors import LanguageError, Place
from undertow.lang.expr import Node

__all__ = [
    "Gate",
    "Operand",
    "StackOperand",
    "Stacked",
    "Value",
    "apply",
    "lift",
    "place_here",
    "place_of_line",
    "tracing",
]

_LANG = str(Path(__file__).parent)

#: Whether a cell's equations are being traced: only then do nodes have a place.
tracing: ContextVar[bool] = ContextVar("tracing", default=False)


def place_here() -> Place | None:
    """The expression outside this package that is being evaluated now."""
    frame: FrameType | None = sys._getframe(1) if tracing.get() else None
    while frame is not None and frame.f_code.co_filename.startswith(_LANG):
        frame = frame.f_back
    if frame is None:
        return None
    positions = list(frame.f_code.co_positions())
    line, end_line, column, end_column = positions[frame.f_lasti // 2]
    return _place(frame.f_code, line or frame.f_lineno, column, end_column if line == end_line else None)


def place_of_line(code: CodeType, line: int) -> Place:
    """A whole line of a function as a place."""
    return _place(code, line, None, None)


def _place(code: CodeType, line: int, column: int | None, end_column: int | None) -> Place:
    text = linecache.getline(code.co_filename, line).rstrip("\n")
    column, end_column = (
        c if c is None else len(text.encode()[:c].decode(errors="ignore")) for c in (column, end_column)
    )
    if column is None:
        column = len(text) - len(text.lstrip())
    width = (end_column or len(text)) - column
    return Place(code.co_filename, line, column + 1, max(width, 1), text)


def _missing(*_: Any) -> NoReturn:
    raise LanguageError(
        "this operator is not in the language",
        place_here(),
        "There are + - * / and ** by a whole number, comparisons, and the functions of undertow: exp, log, where ...",
    )


class Value:
    """A symbolic number a unit (or a sample, or the cell). Arithmetic on it records nodes."""

    __slots__ = ("node",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, node: Node) -> None:
        self.node = node

    def __add__(self, other: Operand) -> Value:
        return apply("add", self, other)

    def __radd__(self, other: Operand) -> Value:
        return apply("add", other, self)

    def __sub__(self, other: Operand) -> Value:
        return apply("sub", self, other)

    def __rsub__(self, other: Operand) -> Value:
        return apply("sub", other, self)

    def __mul__(self, other: Operand) -> Value:
        return apply("mul", self, other)

    def __rmul__(self, other: Operand) -> Value:
        return apply("mul", other, self)

    def __truediv__(self, other: Operand) -> Value:
        return apply("div", self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return apply("div", other, self)

    def __neg__(self) -> Value:
        return apply("neg", self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return apply("abs", self)

    def __pow__(self, power: Any) -> Value:
        if isinstance(power, float) and power == 0.5:
            return apply("sqrt", self)
        if not isinstance(power, int) or not 1 <= power <= 8:
            raise LanguageError(
                f"a power must be a whole number from 1 to 8, or 0.5; got {power!r}",
                place_here(),
                "Write exp(power * log(a)) for any other power of a positive value.",
            )
        result = self
        for _ in range(power - 1):
            result = result * self
        return result

    def __lt__(self, other: Operand) -> Value:
        return apply("less", self, other)

    def __le__(self, other: Operand) -> Value:
        return apply("less_equal", self, other)

    def __gt__(self, other: Operand) -> Value:
        return apply("greater", self, other)

    def __ge__(self, other: Operand) -> Value:
        return apply("greater_equal", self, other)

    def __eq__(self, other: Operand) -> Value:  # type: ignore[override]
        return apply("equal", self, other)

    def __ne__(self, other: Operand) -> Value:  # type: ignore[override]
        raise LanguageError("!= is not in the language", place_here(), "Write where(a == b, otherwise, value) instead.")

    def __bool__(self) -> bool:
        raise LanguageError(
            "a symbolic value has no truth: Python's if, and, or, not, min and max cannot choose by it",
            place_here(),
            "Write where(condition, if_true, if_false), minimum(a, b) or maximum(a, b).",
        )

    def __float__(self) -> float:
        raise LanguageError(
            "a symbolic value is not a number yet: functions of math cannot take it",
            place_here(),
            "Use the language's own functions: from undertow import sigmoid, tanh, exp, log, sqrt ...",
        )

    def __rmatmul__(self, other: Any) -> NoReturn:
        lift(other)  # of a matrix U.gate this knows more to say
        _missing()

    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __matmul__ = __rpow__ = _missing
    __and__ = __rand__ = __or__ = __ror__ = __invert__ = __getitem__ = __len__ = __round__ = _missing

    __int__ = __index__ = __float__

    def __iter__(self) -> Iterator[Value]:
        raise LanguageError("a symbolic value has no parts to unpack", place_here())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise LanguageError(
            f"a symbolic value has no attribute {name!r}",
            place_here(),
            "Only gates have parts: x.gate.input and x.gate.recurrent.",
        )

    def __array_ufunc__(self, ufunc: Any, *_: Any, **__: Any) -> Any:
        raise LanguageError(
            f"numpy.{ufunc.__name__} cannot take a symbolic value",
            place_here(),
            "Use the language's own functions: from undertow import sigmoid, tanh, exp, log, sqrt ...",
        )

    @classmethod
    def __torch_function__(cls, func: Any, *_: Any, **__: Any) -> Any:
        raise LanguageError(
            f"torch's {getattr(func, '__name__', func)} cannot take a symbolic value",
            place_here(),
            "Use the language's own functions: from undertow import sigmoid, tanh, exp, log, sqrt ...",
        )


class Gate(Value):
    """``x.gate``: a gate's summed input, with its two halves ``.input`` and ``.recurrent``."""

    __slots__ = ("gate", "output")

    def __init__(self, gate: str, output: str) -> None:
        self.gate, self.output = gate, output
        super().__init__(Node("add", (self.input.node, self._product()), place=place_here()))

    def _product(self) -> Node:
        place = place_here()
        return Node("product", (Node("state", name=self.output, place=place),), self.gate, place=place)

    @property
    def input(self) -> Value:
        """``W.gate x_t + b.gate``"""
        return Value(Node("input", name=self.gate, place=place_here()))

    @property
    def recurrent(self) -> Value:
        """``U.gate h + d.gate``, with a bias of its own because it stands apart from the input's."""
        place = place_here()
        bias = Node("recurrent_bias", name=self.gate, place=place)
        return Value(Node("add", (self._product(), bias), place=place))


class Stacked:
    """Several values side by side; arithmetic goes part by part, ``mean`` over all of them together."""

    __slots__ = ("parts",)

    #: What this is called, and what to write, where a single value is wanted.
    no_value = "a stack", "Take it apart first: a, b = stack(a, b)."

    def __init__(self, parts: tuple[Value, ...]) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[Value]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __add__(self, other: StackOperand) -> Stacked:
        return self._apply("add", self, other)

    def __radd__(self, other: StackOperand) -> Stacked:
        return self._apply("add", other, self)

    def __sub__(self, other: StackOperand) -> Stacked:
        return self._apply("sub", self, other)

    def __rsub__(self, other: StackOperand) -> Stacked:
        return self._apply("sub", other, self)

    def __mul__(self, other: StackOperand) -> Stacked:
        return self._apply("mul", self, other)

    def __rmul__(self, other: StackOperand) -> Stacked:
        return self._apply("mul", other, self)

    def __truediv__(self, other: StackOperand) -> Stacked:
        return self._apply("div", self, other)

    def __rtruediv__(self, other: StackOperand) -> Stacked:
        return self._apply("div", other, self)

    def __neg__(self) -> Stacked:
        return Stacked(tuple(-part for part in self.parts))

    def __pow__(self, power: Any) -> Stacked:
        return Stacked(tuple(part**power for part in self.parts))

    def _apply(self, op: str, left: StackOperand, right: StackOperand) -> Stacked:
        def parts(operand: StackOperand) -> tuple[Operand, ...]:
            return operand.parts if isinstance(operand, Stacked) else (operand,) * len(self)

        lefts, rights = parts(left), parts(right)
        if len(lefts) != len(rights):
            raise LanguageError(f"stacks of {len(lefts)} and {len(rights)} values do not match", place_here())
        return Stacked(tuple(apply(op, a, b) for a, b in zip(lefts, rights, strict=True)))


Operand = Value | float | int
StackOperand = Stacked | Operand


def lift(operand: Any) -> Value:
    """A number or a symbolic value as a symbolic value."""
    if isinstance(operand, Value):
        return operand
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        kind, instead = getattr(operand, "no_value", (type(operand).__name__, ""))
        raise LanguageError(f"expected a symbolic value or a number, got {kind}", place_here(), instead)
    return Value(Node("literal", value=float(operand), place=place_here()))


def apply(op: str, *operands: Operand) -> Value:
    """Record one operation."""
    args = tuple(lift(o).node for o in operands)
    return Value(Node(op, args, place=place_here()))
