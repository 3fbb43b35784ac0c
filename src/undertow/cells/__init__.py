"""Floor 2, the cells: one file each with equations, citation and names, and nothing else.

``CELLS`` maps each name to its :class:`undertow.lang.Cell`; :func:`get` finds one by name.
"""

from collections.abc import Mapping

from undertow.cells.cornn import cornn
from undertow.cells.coupled_lstm import coupled_lstm
from undertow.cells.gru import gru
from undertow.cells.gru_reset_before import gru_reset_before
from undertow.cells.indrnn import indrnn
from undertow.cells.janet import janet
from undertow.cells.layer_norm_gru import layer_norm_gru
from undertow.cells.layer_norm_lstm import layer_norm_lstm
from undertow.cells.lstm import lstm
from undertow.cells.lstm_1997 import lstm_1997
from undertow.cells.lstm_no_input_gate import lstm_no_input_gate
from undertow.cells.lstm_no_output_gate import lstm_no_output_gate
from undertow.cells.mgu import mgu
from undertow.cells.min_gru import min_gru
from undertow.cells.min_lstm import min_lstm
from undertow.cells.peephole_lstm import peephole_lstm
from undertow.cells.rnn import rnn
from undertow.cells.slstm import slstm
from undertow.cells.sru import sru
from undertow.cells.star import star
from undertow.cells.ugrnn import ugrnn
from undertow.errors import check_known
from undertow.lang import Cell

__all__ = [
    "CELLS",
    "cornn",
    "coupled_lstm",
    "get",
    "gru",
    "gru_reset_before",
    "indrnn",
    "janet",
    "layer_norm_gru",
    "layer_norm_lstm",
    "lstm",
    "lstm_1997",
    "lstm_no_input_gate",
    "lstm_no_output_gate",
    "mgu",
    "min_gru",
    "min_lstm",
    "peephole_lstm",
    "rnn",
    "slstm",
    "sru",
    "star",
    "ugrnn",
]

CELLS: Mapping[str, Cell] = {
    c.name: c
    for c in (
        rnn, lstm, lstm_1997, peephole_lstm, coupled_lstm, lstm_no_input_gate, lstm_no_output_gate, layer_norm_lstm,
        gru, gru_reset_before, layer_norm_gru, mgu, ugrnn, janet, star, slstm,
        min_gru, min_lstm, indrnn, sru, cornn,
    )
}  # fmt: skip


def get(cell: str | Cell) -> Cell:
    """The cell called ``cell`` (a :class:`Cell` is returned as it is).

    Raises:
        OptionError: there is no such cell; the nearest name is suggested.
    """
    if isinstance(cell, Cell):
        return cell
    return CELLS[check_known("cell", cell, CELLS)]
