"""The model: each step of the recurrent layers adds its share to the number."""

import torch
from torch import Tensor, nn

from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent

__all__ = ["CountModel"]


class CountModel(nn.Module):
    """Texts of bytes to numbers."""

    def __init__(self, options: ModelOptions) -> None:
        super().__init__()
        self.embedding = nn.Embedding(256, options.embedding)
        self.layers = recurrent(options, options.embedding)
        self.readout = nn.Linear(options.top, 1)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Numbers (B,) of texts ``x`` (T, B)."""
        outputs, _ = self.layers(self.embedding(x), lengths=lengths)
        there = torch.arange(len(x))[:, None] < lengths
        return (self.readout(outputs)[..., 0] * there).sum(0)
