"""Equations to a graph: a cell's function is called once, with readers in place of numbers.

``x`` gives gates and the raw input, ``s`` the state, ``U`` recurrent products, ``p`` weights per unit; what the
function does with them makes nodes (see :mod:`.values`), and its local variables name them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from undertow.errors import LanguageError, nearest
from undertow.lang.expr import Node
from undertow.lang.values import Gate, Operand, Value, lift, place_here, place_of_line, tracing

__all__ = ["GateInputs", "Next", "RecurrentProducts", "State", "UnitWeights", "trace"]


class _Reader:
    """Attributes by declared name; anything else is an error that lists what there is."""

    _kind = ""
    _undeclared = ""

    def __init__(self, cell: str, known: Mapping[str, Callable[[], Any]]) -> None:
        self.__dict__.update(_cell=cell, _known=known)

    def __setattr__(self, name: str, value: Any) -> None:
        raise LanguageError(
            f"{self._kind} {name!r} of cell {self._cell!r} cannot be assigned to",
            place_here(),
            f"Give the value a name of its own; the state gets its next value at the end: return s.next({name}=...).",
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._known:
            raise LanguageError(
                f"cell {self._cell!r} has no {self._kind} {name!r}{nearest(name, self._known)}",
                place_here(),
                self._undeclared.format(name),
            )
        return self._known[name]()

    def __getitem__(self, key: Any) -> Any:
        raise LanguageError(
            f"the {self._kind} of cell {self._cell!r} has no [{key!r}]",
            place_here(),
            "Names follow a dot: x.f, s.h, U.f(value), p.f.",
        )


class GateInputs(_Reader):
    """``x``: ``x.gate`` for every declared gate, and ``x.raw``, the input itself."""

    _kind = "gate"
    _undeclared = "Gates are declared, all in one string: @cell(gates='... {}', ...)."

    no_value = "all gates", "Name one after a dot, as x.f; x.raw is the input itself."

    def __init__(self, cell: str, gates: tuple[str, ...], output: str) -> None:
        known: dict[str, Callable[[], Value]] = {g: (lambda g=g: Gate(g, output)) for g in gates}  # type: ignore[misc]
        super().__init__(cell, known | {"raw": lambda: Value(Node("raw", place=place_here()))})


class UnitWeights(_Reader):
    """``p``: ``p.name`` for every declared weight per unit."""

    _kind = "weight per unit"
    no_value = "all weights per unit", "Name one after a dot, as p.f."
    _undeclared = "Declare it with its first value: @cell(..., weights=dict({}=0.0))."

    def __init__(self, cell: str, weights: tuple[str, ...]) -> None:
        super().__init__(
            cell,
            {w: (lambda w=w: Value(Node("weight", name=w, place=place_here()))) for w in weights},  # type: ignore[misc]
        )


class RecurrentProducts(_Reader):
    """``U``: ``U.gate(value)``, the recurrent matrix of a gate times any value per unit."""

    _kind = "gate"
    _undeclared = GateInputs._undeclared
    no_value = "all recurrent matrices", "Name one and give it a value: U.f(s.h)."

    def __init__(self, cell: str, gates: tuple[str, ...]) -> None:
        super().__init__(cell, {g: (lambda g=g: _Product(g)) for g in gates})  # type: ignore[misc]


class _Product:
    """``U.gate``: to be called with a value."""

    def __init__(self, gate: str) -> None:
        self._gate = gate
        self.no_value = f"the matrix U.{gate}", f"Its product with a value per unit is U.{gate}(value)."

    def __call__(self, value: Operand) -> Value:
        return Value(Node("product", (lift(value).node,), self._gate, place=place_here()))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise LanguageError(
            f"a recurrent matrix has no attribute {name!r}",
            place_here(),
            f"Write U.{self._gate}(value), its product with a value per unit; there is no other.",
        )


@dataclass(frozen=True)
class Next:
    """What a step returns: the next value of every component of the state."""

    values: Mapping[str, Value]


class State(_Reader):
    """``s``: ``s.name``, the state after the step before; ``s.next(...)`` gives it its next value."""

    _kind = "state component"
    _undeclared = "Declare it with its first value: @cell(..., state=dict({}=0))."
    no_value = "all components of the state", "Name one after a dot, as s.h."

    def __init__(self, cell: str, components: tuple[str, ...]) -> None:
        super().__init__(
            cell,
            {c: (lambda c=c: Value(Node("state", name=c, place=place_here()))) for c in components},  # type: ignore[misc]
        )

    def next(self, *positional: Any, **values: Operand) -> Next:
        """The state after this step, one keyword a component."""
        if positional:
            raise LanguageError(
                "s.next() takes the next values by name",
                place_here(),
                f"Write s.next({', '.join(f'{name}=...' for name in self._known)}).",
            )
        for name in values:
            if name not in self._known:
                raise LanguageError(
                    f"cell {self._cell!r} has no state component {name!r}{nearest(name, self._known)}",
                    place_here(),
                )
        for name in self._known:
            if name not in values:
                raise LanguageError(
                    f"state component {name!r} is not given its next value",
                    place_here(),
                    f"Write s.next(..., {name}=...); {name}=s.{name} keeps it as it was.",
                )
        return Next({name: lift(values[name]) for name in self._known})


def _profile_again(before: Any) -> None:
    """Hand back to whoever was profiling: a function, or an object as cProfile's, which starts itself."""
    if before is None or callable(before):
        sys.setprofile(before)
    else:
        sys.setprofile(None)
        before.enable()


def trace(function: Callable[..., Any], arguments: Mapping[str, Any]) -> tuple[Next, Mapping[str, Node]]:
    """Call ``function`` with readers; return the next state and its local variables that name nodes."""
    variables: dict[str, Any] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is function.__code__:
            variables.update(frame.f_locals)

    before, token = sys.getprofile(), tracing.set(True)
    sys.setprofile(watch)
    try:
        result = function(**arguments)
    finally:
        _profile_again(before)
        tracing.reset(token)
    if not isinstance(result, Next):
        raise LanguageError(
            f"cell {function.__name__!r} returns {type(result).__name__}, not the next state",
            place_of_line(function.__code__, function.__code__.co_firstlineno),
            "End it with: return s.next(h=..., ...)",
        )
    names = {k: v.node for k, v in variables.items() if isinstance(v, Value) and k not in arguments}
    return result, names
