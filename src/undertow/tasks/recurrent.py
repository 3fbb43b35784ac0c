"""The recurrent layers that a task's model is made of, as the options of ``[model]`` ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from undertow.errors import check_known
from undertow.nn import Recurrent
from undertow.nn.backends import check_backend
from undertow.nn.initialise import INITIALISATIONS
from undertow.nn.normalise import NORMALISATIONS
from undertow.tasks.options import ModelOptions

__all__ = ["NAMES", "recurrent"]

#: Options whose values are names that layers know, each with what refuses an unknown one.
NAMES: Mapping[str, Callable[[str], str]] = {
    "model.normalisation": lambda name: check_known("normalisation", name, NORMALISATIONS),
    "model.init": lambda name: check_known("initialisation", name, INITIALISATIONS),
    "model.backend": check_backend,
}


def recurrent(options: ModelOptions, input_size: int, *, bidirectional: bool = False) -> Recurrent:
    """Layers over (T, B, I) with I = ``input_size``, giving (T, B, D H)."""
    return Recurrent(
        options.bound_cell(),
        input_size,
        options.sizes[0] if options.is_even else options.sizes,
        len(options.sizes),
        dropout=options.dropout if len(options.sizes) > 1 else 0.0,
        bidirectional=bidirectional,
        residual=options.residual,
        zoneout=options.zoneout,
        recurrent_dropout=options.recurrent_dropout,
        candidate_dropout=options.candidate_dropout,
        normalisation=options.normalisation,
        normalisation_gain=options.normalisation_gain or None,
        normalisation_steps=options.normalisation_steps or None,
        init=options.init,
        forget_bias=options.forget_bias or None,
        memory=options.memory or None,
        backend=options.backend,
    )
