"""A cell: its declaration, its equations as a graph, and what follows from them.

::

    @cell(gates="i f g o", state=dict(h=0, c=0), roles=dict(forget="f", input="i", candidate="g"))
    def lstm(x, s):
        i, f, o = sigmoid(x.i), sigmoid(x.f), sigmoid(x.o)
        g = tanh(x.g)
        c = f * s.c + i * g
        return s.next(h=o * tanh(c), c=c)
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pickle import PicklingError
from types import MappingProxyType
from typing import Any

from undertow.errors import LanguageError, OptionError, nearest
from undertow.lang import adjoint
from undertow.lang.check import check_declaration, check_graph, check_single_assignment, check_uses, check_variables
from undertow.lang.expr import Graph, Node
from undertow.lang.lazily import lazily
from undertow.lang.trace import GateInputs, RecurrentProducts, State, UnitWeights, trace
from undertow.lang.values import Value, place_of_line

__all__ = ["Cell", "cell"]


@dataclass(frozen=True, eq=False)
class Cell:
    """A recurrent cell, defined by its equations.

    ``gates`` name the rows of W and U, in order. ``state`` maps each component to its value
    before the first step; the first component is the cell's output. ``weights`` maps each weight
    per unit to its initial value. ``heads`` splits U into that many diagonal blocks. ``roles`` say which
    gate keeps the state when open (``forget``), which writes to it (``input``) and
    which is the ``candidate``; initialisation and dropout by name go by them.
    """

    name: str
    gates: tuple[str, ...]
    state: Mapping[str, float]
    weights: Mapping[str, float]
    heads: int
    roles: Mapping[str, str]
    function: Callable[..., Any] = field(repr=False)
    arguments: Mapping[str, Any]
    graph: Graph = field(repr=False)

    @property
    def output(self) -> str:
        """The state component that is the cell's output: the first one declared."""
        return next(iter(self.state))

    @property
    def constants(self) -> dict[str, float]:
        """The named numbers of the equations, with their values."""
        return {k: v for k, v in self.arguments.items() if _is_number(v)}

    @lazily
    def input_gates(self) -> tuple[str, ...]:
        """Gates with an input part, in declared order: the row blocks of W and b."""
        used = self.graph.leaves("input")
        return tuple(g for g in self.gates if g in used)

    @lazily
    def recurrent_gates(self) -> tuple[str, ...]:
        """Gates with a recurrent product, in declared order: the row blocks of U."""
        used = {p.name for p in self.graph.products()}
        return tuple(g for g in self.gates if g in used)

    @lazily
    def recurrent_bias_gates(self) -> tuple[str, ...]:
        """Gates whose recurrent part stands alone and so has a bias ``d`` of its own."""
        used = self.graph.leaves("recurrent_bias")
        return tuple(g for g in self.gates if g in used)

    @property
    def reads_raw(self) -> bool:
        """Whether the equations read the input itself (``x.raw``), so that I must equal H."""
        return bool(self.graph.leaves("raw"))

    @lazily
    def adjoint(self) -> adjoint.Adjoint:
        """The derived BPTT step."""
        return adjoint.derive(self.graph)

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").split("\n")[0]

    @property
    def source(self) -> str:
        """The paper and equations: the docstring's paragraph that starts with ``Source:``."""
        paragraphs = (inspect.getdoc(self.function) or "").split("\n\n")
        found = (p for p in paragraphs if p.startswith("Source:"))
        return " ".join(next(found, "").removeprefix("Source:").split())

    def bind(self, **arguments: Any) -> Cell:
        """The same cell with other values of its constants or options (``lstm_1997.bind(truncate=True)``).

        ``heads`` splits the recurrent matrices into so many diagonal blocks.
        """
        heads = self.heads if "heads" in self.arguments else arguments.pop("heads", self.heads)
        for name, value in arguments.items():
            if name not in self.arguments:
                raise OptionError(
                    f"cell {self.name!r} has no constant or option {name!r}{nearest(name, self.arguments)}"
                )
            _check_argument(self, name, value)
        merged = dict(self.arguments) | arguments
        if merged == dict(self.arguments) and heads == self.heads:
            return self
        if isinstance(heads, bool) or not isinstance(heads, int) or heads < 1:
            raise OptionError(f"cell {self.name!r}: heads must be a whole number, 1 or more, got {heads!r}")
        return _define(self.function, self.name, self.gates, self.state, self.weights, heads, self.roles, merged)

    def __deepcopy__(self, memo: dict[int, Any]) -> Cell:
        return self

    def __copy__(self) -> Cell:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        if "<locals>" in self.function.__qualname__:
            raise PicklingError(
                f"cell {self.name!r} is defined inside a function and could not be found again; define it in a module"
            )
        arguments = dict(self.arguments) if "heads" in self.arguments else dict(self.arguments) | {"heads": self.heads}
        return _restore, (self.function.__module__, self.function.__qualname__, arguments)


def cell(
    function: Callable[..., Any] | None = None,
    /,
    *,
    gates: str = "",
    state: Mapping[str, float] = MappingProxyType({}),
    weights: Mapping[str, float] | None = None,
    heads: int = 1,
    roles: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Cell]:
    """Define a cell by its equations. See the module's docstring for an example.

    The function may take, by name, ``x`` (gates), ``s`` (state), ``U`` (recurrent products on any
    value) and ``p`` (weights per unit). A keyword-only argument whose default is a number is a named
    constant of the equations. One whose default is a truth value or a string is an option that chooses between
    equations.

    Raises:
        LanguageError: an equation cannot be understood, with its line and what to write instead.
    """
    if function is not None:
        raise LanguageError(
            "@cell says nothing of gates and state",
            place_of_line(function.__code__, function.__code__.co_firstlineno),
            "Write @cell(gates='f g', state=dict(h=0)) above the function.",
        )

    def decorate(function: Callable[..., Any]) -> Cell:
        if not isinstance(gates, str):
            raise LanguageError(f"gates= takes the names in one string, as gates='i f g o'; got {gates!r}")
        place = place_of_line(function.__code__, function.__code__.co_firstlineno)
        for option, value, example in (
            ("state", state, "h=0"),
            ("weights", weights or {}, "f=0.0"),
            ("roles", roles or {}, "forget='f'"),
        ):
            if not isinstance(value, Mapping):
                raise LanguageError(f"{option}= takes a mapping, as {option}=dict({example}); got {value!r}", place)
        names = tuple(gates.split())
        declared, given = dict(weights or {}), dict(roles or {})
        check_declaration(function.__name__, names, state, declared, given, heads, place)
        check_single_assignment(function)
        return _define(function, function.__name__, names, dict(state), declared, heads, given, _defaults(function))

    return decorate


def _define(
    function: Callable[..., Any],
    name: str,
    gates: tuple[str, ...],
    state: Mapping[str, float],
    weights: Mapping[str, float],
    heads: int,
    roles: Mapping[str, str],
    arguments: Mapping[str, Any],
) -> Cell:
    """Trace the equations with ``arguments`` and check what comes out."""
    readers = {
        "x": GateInputs(name, gates, next(iter(state))),
        "s": State(name, tuple(state)),
        "U": RecurrentProducts(name, gates),
        "p": UnitWeights(name, tuple(weights)),
    }
    wanted = {k: readers[k] for k in _positional(function)}
    passed = {k: Value(Node("constant", name=k, value=float(v))) if _is_number(v) else v for k, v in arguments.items()}
    result, names = trace(function, wanted | passed)
    outputs = {k: v.node for k, v in result.values.items()}
    graph = Graph(outputs, {k: v for k, v in names.items() if not v.is_leaf}).merged()
    place = place_of_line(function.__code__, function.__code__.co_firstlineno)
    check_graph(graph)
    check_variables(graph, name)
    check_uses(graph, name, gates, weights, place)
    return Cell(name, gates, state, weights, heads, roles, function, arguments, graph)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _positional(function: Callable[..., Any]) -> list[str]:
    code = function.__code__
    if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        raise LanguageError(
            f"cell {function.__name__!r} collects arguments with * or **, which equations are not given",
            place_of_line(code, code.co_firstlineno),
            "Name them: x, s, U, p, and constants after a *: def mycell(x, s, *, dt=0.1).",
        )
    names = list(code.co_varnames[: code.co_argcount])
    for name in names:
        if name not in ("x", "s", "U", "p"):
            raise LanguageError(
                f"cell {function.__name__!r} asks for {name!r}, which equations are not given{nearest(name, 'xsUp')}",
                place_of_line(code, code.co_firstlineno),
                "Take x, s, U or p; write constants after a *: def mycell(x, s, *, dt=0.1).",
            )
    return names


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    keyword = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    for parameter in keyword:
        if not isinstance(parameter.default, bool | int | float | str):
            raise LanguageError(
                f"{parameter.name!r} of cell {function.__name__!r} needs a default: "
                "a number, a truth value or a string",
                place_of_line(function.__code__, function.__code__.co_firstlineno),
            )
    return {p.name: p.default for p in keyword}


def _check_argument(cell: Cell, name: str, value: Any) -> None:
    default = cell.arguments[name]
    same_kind = _is_number(value) if _is_number(default) else type(value) is type(default)
    if not same_kind:
        raise OptionError(f"{name!r} of cell {cell.name!r} is {default!r} by default; {value!r} is of another kind")
    hint = typing.get_type_hints(cell.function).get(name)
    choices = typing.get_args(hint) if typing.get_origin(hint) is typing.Literal else ()
    if choices and value not in choices:
        raise OptionError(f"{name!r} of cell {cell.name!r} cannot be {value!r}{nearest(str(value), choices)}")


def _restore(module: str, qualname: str, arguments: Mapping[str, Any]) -> Cell:
    """Find a pickled cell again by the module and name it was defined under."""
    import importlib

    found: Any = sys.modules.get(module) or importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    return typing.cast(Cell, found.bind(**arguments))
