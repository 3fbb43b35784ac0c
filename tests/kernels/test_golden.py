"""The IR of three cells as text: readable, with the equations' names in it. UNDERTOW_UPDATE_GOLDEN=1 writes it anew."""

import os
from pathlib import Path

import pytest
from llvmlite import ir

from kernels.runs import compiled
from undertow.cells import CELLS
from undertow.kernels import emit, host
from undertow.kernels.lanes import Lanes

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_the_ir_of_a_step(name):
    """For 256 bits, whatever this machine has."""
    steps = compiled(CELLS[name], "float32", host.AVX2)
    module = ir.Module(name)
    emit.emit(module, steps.program("forward"), Lanes("float32", 8, host.AVX2))
    text = str(module)
    path = GOLDEN / f"{name}-forward.ll"
    if os.environ.get("UNDERTOW_UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize(("name", "names"), [("lstm", "i f g o c"), ("gru", "r z n"), ("rnn", "h")])
def test_names_of_the_equations_are_in_it(name, names):
    text = (GOLDEN / f"{name}-forward.ll").read_text()
    for one in names.split():
        assert f'%"{one}' in text or f"state.{one}" in text
    assert '%"tile"' in text
    assert '%"block"' in text
