"""Floor 2, the cells: one file each with equations, citation and names, and nothing else.

``CELLS`` maps each name to its :class:`undertow.lang.Cell`; :func:`get` finds one by name.
"""

from collections.abc import Mapping

from undertow.cells.coupled_lstm import coupled_lstm
from undertow.cells.gru import gru
from undertow.cells.gru_reset_before import gru_reset_before
from undertow.cells.lstm import lstm
from undertow.cells.lstm_1997 import lstm_1997
from undertow.cells.min_gru import min_gru
from undertow.cells.peephole_lstm import peephole_lstm
from undertow.cells.rnn import rnn
from undertow.errors import OptionError, nearest
from undertow.lang import Cell

__all__ = [
    "CELLS",
    "coupled_lstm",
    "get",
    "gru",
    "gru_reset_before",
    "lstm",
    "lstm_1997",
    "min_gru",
    "peephole_lstm",
    "rnn",
]

CELLS: Mapping[str, Cell] = {
    c.name: c for c in (rnn, lstm, lstm_1997, peephole_lstm, coupled_lstm, gru, gru_reset_before, min_gru)
}


def get(cell: str | Cell) -> Cell:
    """The cell called ``cell`` (a :class:`Cell` is returned as it is).

    Raises:
        OptionError: there is no such cell; the nearest name is suggested.
    """
    if isinstance(cell, Cell):
        return cell
    if cell not in CELLS:
        raise OptionError(f"there is no cell {cell!r}{nearest(cell, CELLS)}")
    return CELLS[cell]
