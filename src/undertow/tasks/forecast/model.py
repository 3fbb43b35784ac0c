"""The network: layers that read the window, layers (or none) for the steps ahead, quantiles that never cross."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from undertow.tasks.forecast.windows import ForecastWindow, WindowLayout
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent

__all__ = ["ForecastNetwork", "choose_start", "pinball_loss"]

_POSITION = 8
#: Deviation of a normal distribution over its mean absolute error.
_NORMAL = (torch.pi / 2) ** 0.5


class ForecastNetwork(nn.Module):
    """Reads a window and corrects a simple forecast of what follows, from which it starts.

    ``start`` (3, D) says which: the last value, the season before, or that with its trend. Corrections count in its
    mean absolute error at each step ahead, ``spread`` (H, D). Both come from the training part (:func:`choose_start`).
    """

    start: Tensor
    spread: Tensor
    gaps: Tensor

    def __init__(self, layout: WindowLayout, levels: Sequence[float], model: ModelOptions, decoder: str) -> None:
        super().__init__()
        targets = len(layout.targets)
        self.targets, self.levels, self.middle = targets, tuple(levels), list(levels).index(0.5)
        self.entrance, width = _entrance(layout.read, model)
        self.encoder = recurrent(model, width)
        self.position = nn.Embedding(layout.horizon, _POSITION)
        nn.init.normal_(self.position.weight, std=0.1)
        if decoder == "recurrent":
            self.decoder_entrance, width = _entrance(layout.ahead + _POSITION, model)
            self.decoder: nn.Module | None = recurrent(model, width)
        else:
            self.decoder = None
            self.of_state = nn.Linear(model.top, model.top)
            self.of_step = nn.Linear(layout.ahead + _POSITION, model.top)
        self.dropout = nn.Dropout(model.dropout)
        self.readout = nn.Linear(model.top, targets * len(levels))
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)
        self.register_buffer("start", torch.zeros(3, targets))
        self.register_buffer("spread", torch.ones(layout.horizon, targets))
        self.register_buffer("gaps", _normal_gaps(levels), persistent=False)

    def forward(self, window: ForecastWindow) -> Tensor:
        """Quantiles (H, B, D, Q) of the steps ahead, upwards, in the scale of the windows."""
        output, state = self.encoder(self.entrance(window.read))
        position = self.position.weight[:, None].expand(-1, window.read.shape[1], -1)
        ahead = torch.cat([window.ahead, position], dim=2)
        if self.decoder is None:
            steps = F.gelu(self.of_state(self.dropout(output[-1])) + self.of_step(ahead))
        else:
            steps, _ = self.decoder(self.decoder_entrance(ahead), state)
        raw = self.readout(self.dropout(steps)).unflatten(-1, (self.targets, len(self.levels)))
        start = (self.start[:, None, None] * window.starts).sum(dim=0)
        return start[..., None] + self.spread[:, None, :, None] * self._ordered(raw)

    def _ordered(self, raw: Tensor) -> Tensor:
        """The middle as it is, the others by steps of positive size up and down from it."""
        middle = raw[..., self.middle, None]
        steps = F.softplus(raw + self.gaps)
        up = middle + steps[..., self.middle + 1 :].cumsum(-1)
        down = middle - steps[..., : self.middle].flip(-1).cumsum(-1).flip(-1)
        return torch.cat([down, middle, up], dim=-1)


def _entrance(inputs: int, model: ModelOptions) -> tuple[nn.Module, int]:
    """What brings ``inputs`` to the width that the layers take, for a cell that adds its input to its state (SRU)."""
    width = model.sizes[0]
    if model.bound_cell().reads_raw and inputs != width:
        return nn.Linear(inputs, width), width
    return nn.Identity(), inputs


def _normal_gaps(levels: Sequence[float]) -> Tensor:
    """(Q,) of which softplus makes the distances between quantiles of a normal distribution with mean error 1."""
    at = torch.tensor([NormalDist().inv_cdf(level) for level in levels], dtype=torch.float64) * _NORMAL
    middle = list(levels).index(0.5)
    distance = torch.cat([at.diff()[:middle], at.new_ones(1), at.diff()[middle:]])
    return torch.log(torch.expm1(distance)).to(torch.get_default_dtype())


def pinball_loss(quantiles: Tensor, truth: Tensor, levels: Tensor) -> tuple[Tensor, int]:
    """The mean pinball loss of (H, B, D, Q) against (H, B, D) where there is a truth, and of how many that is."""
    seen = ~truth.isnan()
    error = truth.nan_to_num()[..., None] - quantiles
    losses = torch.maximum(levels * error, (levels - 1) * error).mean(dim=-1)
    count = int(seen.sum())
    return (losses * seen).sum() / max(count, 1), count


def choose_start(starts: Tensor, truth: Tensor, start: str) -> tuple[Tensor, Tensor]:
    """Which of the simple forecasts (3, H, N, D) a network corrects, (3, D), and its mean absolute error (H, D).

    ``auto`` is the last value, which moves least when the series does something new, unless another errs less than half
    as much.
    """
    seen = ~truth.isnan()
    count = seen.sum(dim=1).clamp(min=1)
    errors = ((starts - truth).abs().nan_to_num() * seen).sum(dim=2) / count  # (3, H, D)
    if start == "auto":
        mean = errors.mean(dim=1)
        best = mean.argmin(dim=0)
        number = torch.where(2 * mean.gather(0, best[None])[0] < mean[0], best, 0)
    else:
        number = torch.full((truth.shape[-1],), ("last", "season", "trend").index(start))
    chosen = F.one_hot(number, 3).T.contiguous().to(errors.dtype)
    spread = (chosen[:, None] * errors).sum(dim=0)
    return chosen, torch.where(spread > 0, spread, torch.ones_like(spread))
