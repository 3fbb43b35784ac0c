"""Seeds of a layer's masks: drawn from torch's own generator, and as numbers for those who draw masks in Python."""

from __future__ import annotations

import torch
from torch import Tensor

from undertow.errors import BackendError
from undertow.nn.engines.gate import is_followed

__all__ = ["draw_seed", "number_of"]


def draw_seed() -> int | Tensor:
    """The seed of one layer's masks in one run, from torch's own generator; a tensor where a graph will draw it, or
    where each call of a batch has its own."""
    seed = torch.randint(2**31 - 1, (), device="cpu")
    return seed if torch.compiler.is_compiling() or is_followed((seed,)) else int(seed)


def number_of(seed: int | Tensor) -> int:
    """A seed as a number.

    Raises:
        BackendError: there is none: it has one for each call of a batch, or is fake.
    """
    try:
        return int(seed)
    except RuntimeError as error:
        raise BackendError(
            "the reference backend draws masks from one number, and here is none, or one for each call: "
            "vmap(..., randomness='same') draws one for all, eval() does without noise"
        ) from error
