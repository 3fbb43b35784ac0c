"""Words of tables are given by their names: a slip is told before any address is used."""

import re

import pytest

from kernels.runs import compiled
from undertow.cells import CELLS
from undertow.kernels import matmul, panels, table, threads, tiles
from undertow.kernels.arguments import Signature, Symbolic, Words
from undertow.kernels.calls import Engine
from undertow.kernels.host import host
from undertow.kernels.routine import Routine
from undertow.kernels.steps import Blas

TASKS = {**matmul.FIELDS, **{f"pack {kind}": job for kind, job in panels.JOBS.items()}}
TASKS["tile"] = tiles.ARGUMENTS
TASKS |= {"list": threads.HEADER, "record": threads.RECORD, "move": threads.MOVE}
TASKS |= {
    f"{name} {program}": table.signature(compiled(CELLS[name]).program(program))
    for name in ("lstm", "layer_norm_lstm", "gru_reset_before")
    for program in ("forward", "forward_keeping", "backward", "backward_highway")
}


def given(signature):
    return {name: 100 + place for place, name in enumerate(signature.names) if name != "_"}


@pytest.mark.parametrize("task", TASKS)
def test_words_stand_where_their_names_do(task):
    signature = TASKS[task]
    backwards = dict(reversed(given(signature).items()))
    words = signature.arguments(backwards).words
    assert words == tuple(0 if name == "_" else 100 + place for place, name in enumerate(signature.names))


@pytest.mark.parametrize("task", TASKS)
def test_a_missing_word_is_named(task):
    signature = TASKS[task]
    for name in given(signature).keys() - signature.optional:
        words = given(signature)
        del words[name]
        with pytest.raises(TypeError, match=f"{signature.task}: missing: {re.escape(name)}$"):
            signature.arguments(words)


def test_of_buffers_those_are_needed_that_the_step_uses():
    buffers = {"kept", "delta", "carried", "weight", "sample", "kept_sum", "raw"}

    def needed(name, program):
        signature = TASKS[f"{name} {program}"]
        return {n for n in buffers if n not in signature.optional}

    assert needed("lstm", "forward") == set()
    assert needed("lstm", "forward_keeping") == {"kept"}
    assert needed("layer_norm_lstm", "forward_keeping") == {"kept", "sample"}
    assert needed("lstm", "backward") == {"kept", "delta", "carried", "weight"}
    assert needed("layer_norm_lstm", "backward") == {"kept", "delta", "carried", "weight", "kept_sum"}
    assert needed("lstm", "backward_highway") == {"kept", "delta", "carried", "weight", "sample"}


@pytest.mark.parametrize("task", TASKS)
def test_a_word_that_is_given_twice_is_named(task):
    signature = TASKS[task]
    if signature.names:
        first = signature.names[0]
        with pytest.raises(TypeError, match=f"{signature.task}: the word '{first}' is given twice"):
            signature.arguments(given(signature), {first: 1})


def test_an_unknown_word_is_named_and_the_nearest_one_said():
    with pytest.raises(TypeError, match="multiply: there is no word 'a_rows'; did you mean 'a_row'"):
        matmul.FIELDS["multiply"].arguments({"a_rows": 1})
    with pytest.raises(TypeError, match="copy: there is no word ''"):
        matmul.FIELDS["copy"].arguments({"": 1})
    with pytest.raises(TypeError, match="no word '_'"):
        threads.HEADER.arguments({"_": 1})


def test_what_is_optional_is_zero():
    words = Words(Signature("some", "a:p b:i c:i", ["b"]))
    words["c"], words["a"] = 3, Symbolic("x", 8)
    assert words.arguments().words == (Symbolic("x", 8), 0, 3)


def test_no_two_words_have_one_name():
    with pytest.raises(AssertionError, match="stands for two words"):
        Signature("some", "a:p b:i a:i")


def test_no_call_is_noted_whose_words_are_not_right():
    """Nor is memory touched: the address would be that of no number."""
    products, routine = Blas.of("float32", host()), Routine(["here"])
    for words in ({}, {"target": Symbolic("here"), "more": 1}):
        with pytest.raises(TypeError, match="clear: "):
            Engine(products, routine).call("clear", 0, 1 << 40, words)
    routine.run(8)
