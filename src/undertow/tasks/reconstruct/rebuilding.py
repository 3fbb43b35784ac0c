"""Windows through an autoencoder and back: batches for training, errors and codes for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from undertow.tasks.batches import in_order, padded
from undertow.tasks.reconstruct.model import AutoencoderNetwork, valid_steps
from undertow.tasks.reconstruct.symbols import UNKNOWN
from undertow.tasks.rest import at_rest

__all__ = ["Rebuilt", "corrupted", "evaluated_loss", "losses", "mean_loss", "rebuild", "tensor"]

_BATCH = 256


@dataclass(frozen=True)
class Rebuilt:
    """What became of one window.

    ``output`` is (T, I) scaled numbers or (T,) symbols, ``errors`` (T, I) what is missed in each channel (NaN where the
    truth is missing) or (T, 1) nats of each symbol, ``code`` (Z,) the vector.
    """

    output: NDArray[Any]
    errors: NDArray[np.float64]
    code: NDArray[np.float32]


def tensor(values: NDArray[Any]) -> Tensor:
    """A window as the model reads it: symbols (T,) or numbers (T, I)."""
    return torch.from_numpy(values) if values.ndim == 1 else torch.tensor(values, dtype=torch.get_default_dtype())


def losses(output: Tensor, truth: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of each symbol (T, B) in nats, or squared error of each number (T, B, I); and which of them count.

    What is padding or missing in ``truth`` has 0 and does not count.
    """
    valid = valid_steps(lengths, len(truth))
    if truth.dim() == 2:
        nats = F.cross_entropy(output.flatten(0, 1), truth.flatten(), reduction="none").view_as(truth)
        return nats * valid, valid
    there = truth.isfinite() & valid[..., None]
    return torch.where(there, (output - torch.nan_to_num(truth)) ** 2, 0.0), there


def mean_loss(output: Tensor, truth: Tensor, lengths: Tensor) -> tuple[Tensor, int]:
    """The mean of :func:`losses` over what counts, and of how much that is."""
    each, counted = losses(output, truth, lengths)
    count = counted.sum()
    return each.sum() / count.clamp(min=1), int(count)


def corrupted(x: Tensor, hidden: float, noise: float) -> Tensor:
    """``x`` (T, B) or (T, B, I) with a share of it ``hidden`` and noise on numbers (Vincent et al. 2008)."""
    if noise and x.dim() == 3:
        x = x + noise * torch.randn_like(x)
    if hidden:
        x = x.masked_fill(torch.rand(x.shape) < hidden, UNKNOWN if x.dim() == 2 else torch.nan)
    return x


@torch.no_grad()
def rebuild(model: AutoencoderNetwork, windows: Sequence[NDArray[Any]]) -> list[Rebuilt]:
    """Each of ``windows``, (T,) symbols or (T, I) scaled numbers, folded and rebuilt from its code alone.

    Symbols cost what the decoder gives them where it may read the ones before, if it was taught so; what it writes for
    itself is ``output``. Numbers are always written alone.
    """
    tensors = [tensor(window) for window in windows]
    made: list[Rebuilt | None] = [None] * len(windows)
    with at_rest(model):
        for indices in in_order([len(window) for window in windows], _BATCH):
            x, lengths = padded(tensors, indices)
            code = model.encode(x, lengths)
            output = model.decode(code, lengths)
            taught = model.shape.teacher_forcing and x.dim() == 2
            guided = model.decode(code, lengths, x) if taught else output
            for at, index in enumerate(indices):
                made[index] = _one(output[:, at], guided[:, at], tensors[index], code[at])
    return [one for one in made if one is not None]


def _one(output: Tensor, guided: Tensor, truth: Tensor, code: Tensor) -> Rebuilt:
    steps = len(truth)
    if truth.dim() == 1:
        nats = F.cross_entropy(guided[:steps], truth, reduction="none")[:, None]
        return Rebuilt(output[:steps].argmax(-1).numpy(), nats.double().numpy(), code.numpy())
    errors = (truth - output[:steps]).double()
    return Rebuilt(output[:steps].numpy(), errors.numpy(), code.numpy())


@torch.no_grad()
def evaluated_loss(model: AutoencoderNetwork, windows: Sequence[NDArray[Any]]) -> float:
    """The loss that training minimises, over ``windows``, nothing hidden from the encoder."""
    tensors = [tensor(window) for window in windows]
    total = count = 0.0
    with at_rest(model):
        for indices in in_order([len(window) for window in windows], _BATCH):
            x, lengths = padded(tensors, indices)
            output, _ = model(x, lengths, x)
            each, counted = losses(output, x, lengths)
            total += float(each.double().sum())
            count += float(counted.sum())
    return total / max(count, 1.0)
