"""Shared by the tests of layers: every cell, and every backend that can run it."""

import pytest

from undertow.cells import CELLS
from undertow.nn import Recurrent
from undertow.nn.engines.backends import BACKENDS

#: SRU reads its input directly and wants I = H: it has tests of its own.
EVERY_CELL = {
    **{name: cell for name, cell in CELLS.items() if not cell.reads_raw},
    "rnn-relu": CELLS["rnn"].bind(nonlinearity="relu"),
    "lstm_1997-truncate": CELLS["lstm_1997"].bind(truncate=True),
}


def _pairs():
    for name, cell in EVERY_CELL.items():
        layer = Recurrent(cell, 2, 2).layer(0)
        for backend, engine in BACKENDS.items():
            if engine.refusal(layer, states=False) is None:
                yield pytest.param(cell, backend, id=f"{name}-{backend}")


PAIRS = list(_pairs())


def pytest_generate_tests(metafunc):
    """``cell`` alone runs over every cell; ``cell`` with ``backend`` over every pair that fits."""
    if {"cell", "backend"} <= set(metafunc.fixturenames):
        metafunc.parametrize(("cell", "backend"), PAIRS)
    elif "cell" in metafunc.fixturenames:
        metafunc.parametrize("cell", EVERY_CELL.values(), ids=EVERY_CELL.keys())
