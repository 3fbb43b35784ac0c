"""The plan of every cell in plain words, and its IR as a module that LLVM takes."""

import re
from pathlib import Path

import llvmlite.binding as llvm
import pytest

from kernels.graphs import random_cell
from kernels.runs import compiled
from lang.cells_for_tests import ALL
from undertow.cells import CELLS
from undertow.kernels import host, shown

DOCS = Path(__file__).parents[2] / "docs" / "kernels.md"


def text_of(name, target=host.AVX512, dtype="float32"):
    return "\n".join(shown.as_text(compiled(ALL[name], dtype, target)))


def test_the_plan_of_the_lstm():
    text = text_of("lstm")
    assert "For avx512, in float32: 32 registers of 512 bits, 16 numbers a vector." in text
    assert "h, c, o, f, i, g (6 numbers" in text, "as docs/kernels.md says"
    assert "forward_keeping): 1 pass over" in text
    assert "backward): 2 passes over" in text
    assert "tile: 16 units of up to 6 samples, 4 vectors of sums each" in text
    assert "gradients of pre-activations: i, f, g, o" in text
    assert "U.i' d_U.i + U.f' d_U.f + U.g' d_U.g + U.o' d_U.o" in text


def test_the_plan_in_the_docs():
    shown_there = re.search(r"cells lstm --kernel\n(.*?)```", DOCS.read_text(), re.DOTALL)[1].splitlines()
    lines = text_of("lstm").splitlines()
    assert len(shown_there) > 10
    assert [line for line in shown_there if line not in ("...", *lines)] == []


def test_tiles_are_those_of_the_target_and_the_format():
    assert "8 numbers a vector" in text_of("lstm", host.AVX2)
    assert "tile: 8 units of up to 6 samples" in text_of("lstm", host.AVX2)
    assert "tile: 8 units of up to 6 samples" in text_of("lstm", dtype="float64")
    assert "tile: 32 units of up to 6 samples" in text_of("gru_reset_before")


def test_what_lies_between_passes():
    assert "product: U.n (r * h[t-1])" in text_of("gru_reset_before")
    assert "backward): 3 passes over" in text_of("gru_reset_before")
    assert "sums over units: 4" in text_of("layer_norm_gru")
    assert "adds to gradients of weights: p.p" in re.sub(r"p\.\w", "p.p", text_of("peephole_lstm"))


def test_parts_of_a_gate_whose_gradients_are_not_the_same():
    assert "input part of r" in text_of("layer_norm_gru")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("target", [host.AVX512, host.AVX2], ids=lambda t: t.name)
def test_every_cell_has_a_plan_and_ir_that_llvm_takes(name, target):
    steps = compiled(ALL[name], "float32", target)
    text = shown.as_ir(steps)
    for program in shown.PROGRAMS:
        assert f'define void @"{program}"' in text
        assert len(shown.as_data(steps)["programs"][program]) == len(steps.program(program).stages)
    plan = [line.removeprefix(";").removeprefix(" ") for line in text.splitlines() if line.startswith(";")]
    assert "\n".join(plan).startswith("\n".join(shown.as_text(steps)))
    llvm.parse_assembly(text).verify()


@pytest.mark.parametrize("seed", range(20))
def test_graphs_that_nobody_would_write(seed):
    steps = compiled(random_cell(seed), "float32")
    text = "\n".join(shown.as_text(steps))
    assert all(f"({name})" in text for name in shown.PROGRAMS)


def test_no_gate_is_left_out():
    """Each gate's matrices and gradients are in the plan of its cell."""
    for name, cell in CELLS.items():
        text = text_of(name)
        assert all(f"W.{gate} x" in text for gate in cell.input_gates), name
        assert all(f"U.{gate} " in text for gate in cell.recurrent_gates), name
        of_weights = re.findall(r"gradients of pre-activations: (.*)", text)
        assert all(re.search(rf"\b{gate}\b", " ".join(of_weights)) for gate in cell.input_gates), name
