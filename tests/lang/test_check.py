"""Every mistake in a cell is told when it is defined: the fact, the line that breaks it, and what to write."""

import inspect
import math
import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
import torch

from undertow.cells import lstm_1997, rnn
from undertow.errors import LanguageError, OptionError, Place, UndertowError
from undertow.lang import cell, mean, sigmoid, stack, tanh, where


@dataclass(frozen=True)
class Mistake:
    """A function that defines a wrong cell. ``# here`` stands in the line at fault (no such line: no place to tell),
    ``under`` is the text that carets must stand under, ``says`` and ``fix`` are in the message."""

    define: object
    under: str
    says: str
    fix: str


MISTAKES: dict[str, Mistake] = {}


def mistake(under: str, says: str, fix: str = ""):
    def register(define):
        MISTAKES[define.__name__] = Mistake(define, under, says, fix)
        return define

    return register


# ---- names that are not there


@mistake("x.forgte", "cell 'k' has no gate 'forgte'; did you mean 'forget'?")
def unknown_gate():
    @cell(gates="forget", state=dict(h=0))
    def k(x, s):
        kept = s.h + 1
        return s.next(h=sigmoid(x.forgte) * kept)  # here


@mistake("x.q", "cell 'k' has no gate 'q'; known: first, second, raw", "@cell(gates='... q', ...)")
def unknown_gate_unlike_any_other():
    @cell(gates="first second", state=dict(h=0))
    def k(x, s):
        return s.next(h=tanh(x.first) + x.q * x.second)  # here


@mistake("s.memry", "cell 'k' has no state component 'memry'; did you mean 'memory'?")
def unknown_state():
    @cell(gates="a", state=dict(h=0, memory=0))
    def k(x, s):
        h = tanh(x.a + s.memry)  # here
        return s.next(h=h, memory=h)


@mistake("U.b", "cell 'k' has no gate 'b'; known: a")
def unknown_product():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, U):
        return s.next(h=x.a + U.b(s.h))  # here


@mistake("p.gian", "cell 'k' has no weight per unit 'gian'; did you mean 'gain'?")
def unknown_weight():
    @cell(gates="a", state=dict(h=0), weights=dict(gain=1))
    def k(x, s, p):
        return s.next(h=p.gian * x.a)  # here


@mistake("x.a.inptu", "a symbolic value has no attribute 'inptu'", "x.gate.input and x.gate.recurrent")
def unknown_half():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=tanh(x.a.inptu))  # here


@mistake("a.input", "a symbolic value has no attribute 'input'", "Only gates have parts")
def half_of_what_is_no_gate():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        a = tanh(x.a)
        return s.next(h=a.input)  # here


# ---- what is no value


@mistake("U.a * s.h", "expected a symbolic value or a number, got the matrix U.a", "U.a(value)")
def matrix_times_state():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, U):
        return s.next(h=tanh(x.a.input + U.a * s.h))  # here


@mistake("U.a @ s.h", "expected a symbolic value or a number, got the matrix U.a", "U.a(value)")
def matrix_at_state():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, U):
        return s.next(h=tanh(x.a.input + U.a @ s.h))  # here


@mistake("sigmoid(x)", "got all gates", "x.f; x.raw is the input itself")
def function_of_all_gates():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=sigmoid(x))  # here


@mistake("s + x.a", "got all components of the state", "s.h")
def sum_with_all_of_the_state():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=tanh(s + x.a))  # here


# ---- the next state


@mistake("s.next(h=h)", "state component 'c' is not given its next value", "c=s.c keeps it as it was")
def missing_next():
    @cell(gates="a", state=dict(h=0, c=0))
    def k(x, s):
        h = tanh(x.a) + s.c
        return s.next(h=h)  # here


@mistake("s.next(h=x.a, cc=s.c)", "cell 'k' has no state component 'cc'; did you mean 'c'?")
def next_of_unknown():
    @cell(gates="a", state=dict(h=0, c=0))
    def k(x, s):
        return s.next(h=x.a, cc=s.c)  # here


@mistake('@cell(gates="a", state=dict(h=0))  # here', "cell 'k' returns NoneType, not the next state", "return s.next(")
def returns_nothing():
    @cell(gates="a", state=dict(h=0))  # here
    def k(x, s):
        s.next(h=tanh(x.a))


@mistake('@cell(gates="a", state=dict(h=0))  # here', "cell 'k' returns Value, not the next state", "return s.next(")
def returns_a_value():
    @cell(gates="a", state=dict(h=0))  # here
    def k(x, s):
        return tanh(x.a)


@mistake("tanh(mean(x.a))", "the next value of 'h' has one number a sample, not one a unit")
def next_is_a_mean():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=tanh(mean(x.a)))  # here


@mistake("dt * 2", "the next value of 'c' has one number for the cell, not one a unit")
def next_is_a_constant():
    @cell(gates="a", state=dict(h=0, c=0))
    def k(x, s, *, dt=0.1):
        c = dt * 2  # here
        return s.next(h=x.a, c=c)


@mistake("x.a > 0", "'h' is a comparison, not a number", "Use where(...)")
def next_is_a_comparison():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a > 0)  # here


# ---- Python that cannot be recorded


@mistake("a > 0", "a symbolic value has no truth", "where(condition, if_true, if_false)")
def if_on_a_value():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        a = tanh(x.a)
        if a > 0:  # here
            return s.next(h=a)
        return s.next(h=-a)


@mistake("max(s.h, x.a)", "a symbolic value has no truth", "maximum(a, b)")
def pythons_max():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=max(s.h, x.a))  # here


@mistake("0 < s.h < 1", "a symbolic value has no truth", "where(")
def chained_comparison():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=where(0 < s.h < 1, x.a, 0.0))  # here


@mistake("math.tanh(x.a)", "functions of math cannot take it", "from undertow import sigmoid, tanh")
def function_of_math():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=math.tanh(x.a))  # here


@mistake("np.tanh(x.a)", "numpy.tanh cannot take a symbolic value", "from undertow import sigmoid, tanh")
def function_of_numpy():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=np.tanh(x.a))  # here


@mistake("np.ones(3) * x.a", "numpy.multiply cannot take a symbolic value")
def numpy_array():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=np.ones(3) * x.a)  # here


@mistake("torch.tanh(x.a)", "torch's tanh cannot take a symbolic value", "from undertow import sigmoid, tanh")
def function_of_torch():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=torch.tanh(x.a))  # here


@mistake("x.a * torch.ones(3)", "expected a symbolic value or a number, got Tensor")
def tensor():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a * torch.ones(3))  # here


@mistake("s.h != 0", "!= is not in the language", "where(a == b, otherwise, value)")
def unequal():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=where(s.h != 0, x.a, 0.0))  # here


@mistake("x.a ** 9", "a power must be a whole number from 1 to 8, or 0.5; got 9", "exp(power * log(a))")
def power_too_large():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a ** 9)  # here  # fmt: skip


@mistake("x.a**-1", "a power must be a whole number from 1 to 8, or 0.5; got -1", "exp(power * log(a))")
def negative_power():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a**-1)  # here


@mistake("x.a**1.5", "a power must be a whole number from 1 to 8, or 0.5; got 1.5", "exp(power * log(a))")
def broken_power():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a**1.5)  # here


@mistake("a, b", "a symbolic value has no parts to unpack")
def unpacking():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        a, b = x.a  # here
        return s.next(h=a + b)


@mistake("mean([x.a, s.h])", "expected a symbolic value or a number, got list")
def list_for_a_stack():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a - mean([x.a, s.h]))  # here


# ---- values of the wrong kind


@mistake("s.h + (s.h > 0)", "a comparison is not a number; add cannot take it", "where(a > b, 1.0, 0.0)")
def comparison_as_a_number():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a * (s.h + (s.h > 0)))  # here


@mistake("where(s.h, x.a, 0.0)", "where() needs a comparison as its condition", "where(a > 0")
def number_as_a_condition():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=where(s.h, x.a, 0.0))  # here


@mistake("where(s.h > 0, True, x.a)", "expected a symbolic value or a number, got bool")
def truth_value_as_a_number():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=where(s.h > 0, True, x.a))  # here


@mistake("mean(gamma)", "a mean over units needs a value per unit")
def mean_of_a_constant():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, *, gamma=0.5):
        return s.next(h=x.a * mean(gamma))  # here


@mistake("U.a(average)", "a recurrent product needs a value per unit")
def product_on_a_mean():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, U):
        average = mean(s.h)
        return s.next(h=x.a.input + U.a(average))  # here


@mistake("stack(x.a, x.b) + stack(s.h, s.h, s.h)", "stacks of 2 and 3 values do not match")
def stacks_of_two_sizes():
    @cell(gates="a b", state=dict(h=0))
    def k(x, s):
        a, b = stack(x.a, x.b) + stack(s.h, s.h, s.h)  # here
        return s.next(h=a * b)


@mistake("tanh(stack(x.a, s.h))", "expected a symbolic value or a number, got a stack", "Take it apart first")
def function_of_a_stack():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        a, b = tanh(stack(x.a, s.h))  # here
        return s.next(h=a * b)


@mistake("stack()", "stack() needs at least one value")
def empty_stack():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=x.a - mean(stack()))  # here


# ---- names that mean two things, or nothing


@mistake("a = tanh(a)  # here", "'a' is assigned twice (first in line", "call the second value a2")
def double_assignment():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        a = x.a + s.h
        a = tanh(a)  # here
        return s.next(h=a)


@mistake("total += s.h  # here", "'total' is assigned twice (first in line", "call the second value total2")
def assignment_that_adds():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        total = tanh(x.a)
        total += s.h  # here
        return s.next(h=total)


@mistake("a, b = b, x.a  # here", "'b' is assigned twice (first in line")
def double_assignment_in_a_tuple():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        b = tanh(x.a)
        a, b = b, x.a  # here
        return s.next(h=a + b)


@mistake('@cell(gates="a spare", state=dict(h=0))  # here', "gate 'spare' of cell 'k' is declared but never", "x.spare")
def unused_gate():
    @cell(gates="a spare", state=dict(h=0))  # here
    def k(x, s):
        unused = tanh(x.spare)  # noqa: F841
        return s.next(h=tanh(x.a))


@mistake('@cell(gates="a", state=dict(h=0), weights=dict(w=1))  # here', "weight 'w' of cell 'k' is declared but never")
def unused_weight():
    @cell(gates="a", state=dict(h=0), weights=dict(w=1))  # here
    def k(x, s):
        return s.next(h=tanh(x.a))


@mistake(
    '@cell(gates="a", state=dict(h=0))  # here', "cell 'k' asks for 'V', which equations are not given", "Take x, s"
)
def unknown_argument():
    @cell(gates="a", state=dict(h=0))  # here
    def k(x, s, V):
        return s.next(h=V.a(x.a))


@mistake('@cell(gates="a", state=dict(h=0))  # here', "'dt' of cell 'k' needs a default")
def constant_without_default():
    @cell(gates="a", state=dict(h=0))  # here
    def k(x, s, *, dt):
        return s.next(h=x.a * dt)


@mistake('@cell(gates="a", state=dict(h=0))  # here', "'dt' of cell 'k' needs a default")
def constant_with_a_default_of_no_kind():
    @cell(gates="a", state=dict(h=0))  # here
    def k(x, s, *, dt=None):
        return s.next(h=x.a)


# ---- the place


def _told(one: Mistake) -> LanguageError:
    with pytest.raises(LanguageError) as caught:
        one.define()
    return caught.value


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_told_where_it_stands(name):
    one = MISTAKES[name]
    error = _told(one)
    lines, first = inspect.getsourcelines(one.define)
    marked = [n for n, line in enumerate(lines) if "# here" in line and "mistake(" not in line and "'@cell" not in line]
    assert len(marked) == 1
    line = lines[marked[0]].rstrip("\n")
    place = error.place
    assert (place.file, place.line, place.text) == (__file__, first + marked[0], line)
    assert line[place.column - 1 : place.column - 1 + place.width] == one.under


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_told_with_its_fact_its_line_and_the_way_out(name):
    one = MISTAKES[name]
    error = _told(one)
    assert one.says in error.fact
    assert one.fix in error.fix
    message = str(error).split("\n")
    assert message[0] == error.fact
    assert message[1] == f"  at {__file__}:{error.place.line}:{error.place.column}"
    assert message[2].strip() == error.place.text.strip()
    carets = message[3]
    start = carets.index("^")
    assert message[2][start : len(carets)] == one.under
    assert set(carets[start:]) == {"^"}
    assert message[4:] == ([f"  {error.fix}"] if error.fix else [])


def test_double_assignment_tells_the_first_line_too():
    one = MISTAKES["double_assignment"]
    lines, first = inspect.getsourcelines(one.define)
    wanted = first + next(n for n, line in enumerate(lines) if "a = x.a + s.h" in line)
    assert _told(one).fact == f"'a' is assigned twice (first in line {wanted})"


def test_expression_over_several_lines_is_quoted_from_its_first():
    def define():
        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            return s.next(
                h=where(
                    s.h,
                    x.a,
                    0.0,
                )
            )

    with pytest.raises(LanguageError) as caught:
        define()
    place = caught.value.place
    assert place.text.strip() == "h=where("
    assert place.text[place.column - 1 : place.column - 1 + place.width] == "where("


def _helper(value):
    return value.nothing


def test_mistake_in_a_function_that_a_cell_calls_is_told_there():
    with pytest.raises(LanguageError) as caught:

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            return s.next(h=_helper(x.a))

    lines, first = inspect.getsourcelines(_helper)
    assert (caught.value.place.line, caught.value.place.text) == (first + 1, lines[1].rstrip("\n"))


def test_source_that_cannot_be_read_still_has_a_line_number():
    source = "@cell(gates='a', state=dict(h=0))\ndef k(x, s):\n    return s.next(h=x.b)\n"
    with pytest.raises(LanguageError) as caught:
        exec(compile(source, "<no such file>", "exec"), {"cell": cell})
    assert (caught.value.place.file, caught.value.place.line) == ("<no such file>", 3)
    assert "<no such file>:3" in str(caught.value)


def test_carets_stand_right_after_letters_beyond_ascii():
    with pytest.raises(LanguageError) as caught:

        @cell(gates="é", state=dict(h=0))
        def k(x, s):
            été = tanh(x.é) + s.wrong
            return s.next(h=été)

    place = caught.value.place
    assert place.text[place.column - 1 : place.column - 1 + place.width] == "s.wrong"


def test_quote_draws_carets_under_the_place():
    place = Place("cell.py", 7, 9, 3, "    h = abc + d")
    assert place.quote() == "cell.py:7:9\n    h = abc + d\n        ^^^"
    assert Place("cell.py", 7, 9, 99, "    h = abc + d").quote().endswith("\n        ^^^^^^^")


# ---- declarations


def _declared(**declaration):
    def k(x, s):
        return s.next(**{name: x.a if n == 0 else s.h for n, name in enumerate(s._known)})

    return cell(**({"gates": "a", "state": dict(h=0)} | declaration))(k)


def test_no_declaration():
    with pytest.raises(
        LanguageError, match=r"(?s)@cell says nothing of gates and state.*test_check\.py:\d+.*@cell\(gates="
    ):

        @cell
        def k(x, s):
            return s.next(h=tanh(x.a))


DECLARATIONS = {
    "no state": (dict(state={}), "cell 'k' has no state", "state=dict(h=0)"),
    "gate with underscore": (dict(gates="_a"), "'_a' cannot be the name of a gate", "letters, digits and _"),
    "gate with a sign": (dict(gates="a-b"), "'a-b' cannot be the name of a gate", "letters, digits and _"),
    "gate with a digit": (dict(gates="1a"), "'1a' cannot be the name of a gate", "letters, digits and _"),
    "gate raw": (dict(gates="a raw"), "'raw' cannot be the name of a gate", "not raw or next"),
    "state next": (dict(state={"next": 0}), "'next' cannot be the name of a state component", "not raw or next"),
    "state d_h": (dict(state={"d_h": 0}), "'d_h' cannot be the name of a state component", "d_ marks gradients"),
    "weight": (dict(weights={"w!": 0}), "'w!' cannot be the name of a weight per unit", "letters, digits and _"),
    "gate with a comma": (dict(gates="a, b"), "'a,' cannot be the name of a gate", "stands a space"),
    "gate and state": (dict(gates="a h"), "'h' names two things", "Call the gate h2"),
    "gate of Python": (dict(gates="a if"), "'if' cannot be the name of a gate", "a word of Python"),
    "state of no number": (dict(state=dict(h="zero")), "state component 'h' begins with 'zero'", "Write h=0"),
    "weight of no number": (dict(weights=dict(w=None)), "weight per unit 'w' begins with None", "Write w=0"),
    "state in a tuple": (dict(state=("h", "c")), "state= takes a mapping, as state=dict(h=0); got ('h', 'c')", ""),
    "weights in a string": (dict(weights="f"), "weights= takes a mapping, as weights=dict(f=0.0); got 'f'", ""),
    "gate twice": (dict(gates="a b a"), "'a' names two things", ""),
    "role": (dict(roles=dict(forgte="a")), "cell 'k' has no role 'forgte'; did you mean 'forget'?", ""),
    "role of no gate": (dict(roles=dict(forget="q")), "role 'forget' names no gate: 'q'; known: a", ""),
    "heads": (dict(heads=0), "heads must be 1 or more, got 0", ""),
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_wrong_declaration_is_told(name):
    declaration, says, fix = DECLARATIONS[name]
    with pytest.raises(LanguageError) as caught:
        _declared(**declaration)
    assert says in caught.value.fact
    assert fix in caught.value.fix


def test_the_declaration_that_the_others_change_is_right():
    assert _declared().gates == ("a",)
    assert _declared(gates="a", state=dict(h=0, c=0), roles=dict(forget="a")).roles == {"forget": "a"}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_wrong_declaration_is_told_where_it_stands(name):
    with pytest.raises(LanguageError) as caught:
        _declared(**DECLARATIONS[name][0])
    first = inspect.getsourcelines(_declared)[1]
    assert (caught.value.place.file, caught.value.place.line) == (__file__, first + 1)


# ---- what is not told yet, or not well


def test_symbolic_power_is_told_as_a_power():
    with pytest.raises(LanguageError, match="a power must be"):

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            return s.next(h=x.a**s.h)


@pytest.mark.parametrize(
    "broken",
    [
        lambda x, s: 2**x.a,
        lambda x, s: x.a // 2,
        lambda x, s: x.a % 2,
        lambda x, s: x.a @ s.h,
        lambda x, s: x.a & (s.h > 0),
        lambda x, s: x.a[0],
        lambda x, s: len(x.a),
        lambda x, s: round(x.a),
    ],
    ids=["2**a", "//", "%", "@", "&", "[0]", "len", "round"],
)
def test_operators_that_the_language_lacks_are_told(broken):
    with pytest.raises(LanguageError):

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            return s.next(h=broken(x, s))


@pytest.mark.parametrize("change", [lambda a: -a, lambda a: 1 / a, lambda a: a**2], ids=["-a", "1/a", "a**2"])
def test_stacks_have_the_operators_of_values(change):
    @cell(gates="a", state=dict(h=0))
    def by_stack(x, s):
        a, b = change(stack(x.a, s.h))
        return s.next(h=a + b)

    @cell(gates="a", state=dict(h=0))
    def by_part(x, s):
        return s.next(h=change(x.a) + change(s.h))

    assert by_stack.graph.key == by_part.graph.key


def _new_constant():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, *, dt=0.1):
        dt = dt * 2
        return s.next(h=x.a * dt)


def _new_reader():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        x = x.a
        return s.next(h=x)


@pytest.mark.parametrize("define", [_new_constant, _new_reader])
def test_new_value_for_an_argument_is_a_double_assignment(define):
    with pytest.raises(LanguageError, match=r"assigned|argument"):
        define()


def test_assigning_to_the_state_is_told():
    with pytest.raises(LanguageError):

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            s.h = tanh(x.a)
            return s.next(h=s.h)


def _rest():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, *rest):
        return s.next(h=x.a)


def _keywords():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, **rest):
        return s.next(h=x.a)


@pytest.mark.parametrize("define", [_rest, _keywords])
def test_arguments_that_collect_the_rest_are_refused(define):
    with pytest.raises(LanguageError):
        define()


def test_keyword_of_python_is_no_name():
    with pytest.raises(LanguageError, match="cannot be the name"):
        _declared(gates="a if")


# ---- constants and options


BINDINGS = {
    "unknown": (dict(truncat=True), "cell 'lstm_1997' has no constant or option 'truncat'; did you mean 'truncate'?"),
    "number for a truth value": (dict(truncate=1), "'truncate' of cell 'lstm_1997' is False by default; 1 is of"),
    "text for a truth value": (dict(truncate="yes"), "'yes' is of another kind"),
}


@pytest.mark.parametrize("name", BINDINGS)
def test_wrong_option_is_told(name):
    arguments, says = BINDINGS[name]
    with pytest.raises(OptionError) as caught:
        lstm_1997.bind(**arguments)
    assert says in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, UndertowError)


def test_wrong_choice_is_told_with_the_nearest():
    with pytest.raises(OptionError, match="'nonlinearity' of cell 'rnn' cannot be 'relo'; did you mean 'relu'"):
        rnn.bind(nonlinearity="relo")
    with pytest.raises(OptionError, match="known: tanh, relu"):
        rnn.bind(nonlinearity="xyz")


@cell(gates="a", state=dict(h=0))
def with_constants(x, s, *, dt=0.5, mode: Literal["up", "down"] = "up", half: bool = False):
    step = dt if mode == "up" else -dt
    return s.next(h=s.h + step * tanh(x.a.input if half else x.a))


@pytest.mark.parametrize("value", [True, "fast", None])
def test_constant_takes_numbers_only(value):
    with pytest.raises(OptionError, match="is of another kind"):
        with_constants.bind(dt=value)
    assert with_constants.bind(dt=2).constants == {"dt": 2}


def test_profile_function_is_restored_even_after_a_mistake():
    def mine(frame, event, argument):
        pass

    before = sys.getprofile()
    sys.setprofile(mine)
    try:
        with pytest.raises(LanguageError):
            unknown_gate()
        after = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert after is mine


def test_branches_of_an_option_may_give_one_name_its_value():
    @cell(gates="a", state=dict(h=0))
    def k(x, s, *, squash: bool = True):
        if squash:  # noqa: SIM108
            a = tanh(x.a)
        else:
            a = x.a
        return s.next(h=a)

    assert "a" in k.graph.names
    assert k.bind(squash=False).graph.key != k.graph.key


def test_a_value_after_a_branch_is_still_a_second_one():
    with pytest.raises(LanguageError, match="'a' is assigned twice"):

        @cell(gates="a", state=dict(h=0))
        def k(x, s, *, squash: bool = True):
            if squash:
                a = tanh(x.a)
            a = x.a
            return s.next(h=a)


def test_names_within_a_comprehension_are_its_own():
    @cell(gates="a b", state=dict(h=0))
    def k(x, s):
        once, again = ([one for one in (x.a, x.b)] for _ in range(2))  # noqa: C416
        first = [one for one in once]  # noqa: C416
        second = [tanh(one) for one in again for x in (1, 2)]
        return s.next(h=first[0] + second[-1] + sum([one for one in first if one is not x.a]) + x.a)

    assert set(k.graph.names) == set()


def test_a_comprehension_between_two_values_hides_neither():
    with pytest.raises(LanguageError, match=r"'one' is assigned twice(?s:.*)one = x\.a"):

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            one = tanh(x.a)
            both = [one for one in (one, one)]  # noqa: C416
            one = x.a
            return s.next(h=one + both[0])


def test_a_value_that_is_read_as_soon_as_it_is_made_is_made_once():
    @cell(gates="a", state=dict(h=0))
    def k(x, s):
        return s.next(h=(made := tanh(x.a)) + made)

    assert set(k.graph.names) == {"made"}


def test_next_values_go_by_name():
    with pytest.raises(LanguageError, match=r"by name(?s:.*)Write s\.next\(h=\.\.\.\)"):

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            return s.next(tanh(x.a))


def test_gates_are_one_string():
    with pytest.raises(LanguageError, match="gates= takes the names in one string"):
        cell(gates=["a"], state=dict(h=0))(lambda x, s: s)


def test_names_follow_a_dot():
    with pytest.raises(LanguageError, match=r"gate of cell 'k' has no \['a'\](?s:.*)Names follow a dot"):

        @cell(gates="a", state=dict(h=0))
        def k(x, s):
            return s.next(h=x["a"])


def test_a_recurrent_matrix_has_no_transpose():
    with pytest.raises(LanguageError, match=r"no attribute 'T'(?s:.*)Write U\.a\(value\)"):

        @cell(gates="a", state=dict(h=0))
        def k(x, s, U):
            return s.next(h=x.a - U.a.T(s.h))


def test_a_weight_that_was_not_declared_says_how():
    with pytest.raises(LanguageError, match=r"no weight per unit 'a'(?s:.*)weights=dict\(a=0\.0\)"):

        @cell(gates="a", state=dict(h=0))
        def k(x, s, p):
            return s.next(h=x.a * p.a)
