"""Floor 3, the layers: cells on torch tensors. The first floor that imports torch.

``stack`` (options and weights), ``recurrent`` (:class:`Recurrent`), ``step`` (:class:`RecurrentCell`), ``stream`` (one
step at a time) · ``drop_in`` (RNN, LSTM, GRU), ``step_drop_in`` (their cells), ``sharing``, ``torch_surface``,
``swapping`` · ``arguments``, ``sizes``, ``states`` (what users pass) · ``attention``.

Two wings: ``shaping`` (noise, normalisation, initialisation); ``engines`` (what runs a layer: reference, vendor,
fused).
"""

from undertow.nn.drop_in import GRU, LSTM, RNN
from undertow.nn.engines.backends import BACKENDS, Backend
from undertow.nn.recurrent import Recurrent
from undertow.nn.step import RecurrentCell
from undertow.nn.step_drop_in import GRUCell, LSTMCell, RNNCell
from undertow.nn.swapping import Swap, swap

__all__ = [
    "BACKENDS",
    "GRU",
    "LSTM",
    "RNN",
    "Backend",
    "GRUCell",
    "LSTMCell",
    "RNNCell",
    "Recurrent",
    "RecurrentCell",
    "Swap",
    "swap",
]
