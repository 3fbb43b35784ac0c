"""Floor 3, the layers: cells on torch tensors. The first floor that imports torch.

``recurrent`` (:class:`Recurrent`) · ``drop_in`` (RNN, LSTM, GRU) · ``swapping`` · ``arguments`` (what users pass) ·
``initialise`` · ``layer`` (one layer as backends see it), ``remembered`` · ``backends`` (choosing), ``reference``,
``vendor``, ``fused`` · ``call``, ``passes``, ``bridge`` (tensors to kernels, autograd) · ``operation``, ``kinds``
(compiled models).
"""

from undertow.nn.backends import BACKENDS, Backend
from undertow.nn.drop_in import GRU, LSTM, RNN
from undertow.nn.recurrent import Recurrent
from undertow.nn.swapping import Swap, swap

__all__ = ["BACKENDS", "GRU", "LSTM", "RNN", "Backend", "Recurrent", "Swap", "swap"]
