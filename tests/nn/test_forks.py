"""Layers in processes that were forked after they ran: each in a process of its own, which a hang costs its time."""

import ast
import os
from pathlib import Path

import pytest

import undertow
from processes import alone

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

both = pytest.mark.parametrize("threads", [1, 2])


def scene(name, threads, **environment):
    alone(f"import forks; forks.{name}({threads})", **environment)


@both
def test_parent_and_children_call_one_layer(threads):
    scene("all_call_one_layer", threads)


@both
def test_a_child_that_lets_go_of_an_output_leaves_the_parents_alone(threads):
    scene("a_child_lets_go_of_an_output", threads)


@both
def test_the_parent_trains_while_a_child_infers(threads):
    scene("the_parent_trains_while_a_child_infers", threads)


@both
def test_a_child_trains(threads):
    scene("a_child_trains", threads)


@both
def test_a_graph_from_before_the_fork_is_there_for_both(threads):
    scene("a_graph_from_before_the_fork", threads)


def test_a_child_may_ask_for_threads():
    scene("a_child_asks_for_threads", 2)


def test_a_grandchild_trains():
    scene("a_grandchild", 2)


@both
def test_a_data_loader_whose_dataset_runs_a_layer(threads):
    scene("a_data_loader_whose_dataset_runs_a_layer", threads)


@both
def test_a_stream_goes_on_in_parent_and_children(threads):
    scene("a_stream_goes_on_in_both", threads)


def test_masks_of_a_child_are_those_of_torchs_generator():
    scene("masks_are_those_of_torchs_generator", 1)


@both
def test_a_fork_while_another_thread_runs_the_layer(threads):
    scene("another_thread_runs_the_layer", threads)


def test_a_fork_while_another_thread_compiles(tmp_path):
    scene("another_thread_compiles", 1, UNDERTOW_CACHE=str(tmp_path))


def test_a_fork_waits_for_what_is_being_made():
    scene("a_fork_waits_for_what_is_being_made", 1)


@pytest.mark.parametrize("room", ["lang", "kernels", "nn"])
def test_what_a_layer_runs_through_holds_no_lock_of_pythons(room):
    """``functools.cached_property`` of Python 3.11 has one for all instances, which a child may find held for ever."""
    for path in (Path(undertow.__file__).parent / room).glob("*.py"):
        used = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
        words = {ast.unparse(decorator) for function in used for decorator in function.decorator_list}
        assert not words & {"cached_property", "functools.cached_property"}, path
