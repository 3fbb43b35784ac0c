"""Floor 3, the layers: cells on torch tensors. The first floor that imports torch.

``stack`` (options and weights), ``recurrent`` (:class:`Recurrent`), ``step`` (:class:`RecurrentCell`) · ``drop_in``
(RNN, LSTM, GRU), ``step_drop_in`` (their cells), ``sharing``, ``torch_surface``, ``swapping`` · ``arguments`` (what
users pass) ·
``initialise`` · ``layer`` (one layer as backends see it), ``remembered`` · ``backends`` (choosing), ``reference``,
``vendor``, ``fused`` · ``gate`` (tensors to addresses), ``call``, ``passes``, ``bridge`` (to the kernels and back,
autograd) · ``operation``, ``kinds`` (what torch's dispatcher sees) · ``observe``, ``steps_watched``.
"""

from undertow.nn.backends import BACKENDS, Backend
from undertow.nn.drop_in import GRU, LSTM, RNN
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
