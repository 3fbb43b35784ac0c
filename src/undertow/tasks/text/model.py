"""The language model: an embedding, recurrent layers, a readout."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from undertow.nn.states import state_after
from undertow.tasks.base import Carried
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent
from undertow.tasks.rest import at_rest

__all__ = ["LanguageModel"]


class LanguageModel(nn.Module):
    """Embedding, recurrent layers, dropout, readout: the logits of the symbol that follows."""

    def __init__(self, symbols: int, options: ModelOptions) -> None:
        super().__init__()
        self.embedding = nn.Embedding(symbols, options.embedding)
        self.recurrent = recurrent(options, options.embedding)
        self.dropout = nn.Dropout(options.dropout)
        self.readout = nn.Linear(options.top, symbols)

    def forward(self, ids: Tensor, state: Carried = None) -> tuple[Tensor, Carried]:
        """``ids`` (T, B) and a state to logits (T, B, V) and the state after."""
        output, state = self.recurrent(self.embedding(ids), state)
        return self.readout(self.dropout(output)), state

    @torch.no_grad()
    def check_state(self, state: Carried, streams: int) -> None:
        """Whether a step of so many streams can begin with a state; raises what the layers do."""
        with at_rest(self):
            self(torch.zeros(1, streams, dtype=torch.long), state)

    def window(self, ids: Tensor, state: Carried, carry: int) -> tuple[Tensor, Carried]:
        """Logits of a window ``ids`` (T, B), and the state after its first ``carry`` steps."""
        if carry in (0, len(ids)):
            logits, after = self(ids, state)
            return logits, after if carry else state
        if self.recurrent.backend == "vendor":  # does not tell its states on the way
            early, state = self(ids[:carry], state)
            return torch.cat([early, self(ids[carry:], state)[0]]), state
        output, _, states = self.recurrent(self.embedding(ids), state, states=True)
        return self.readout(self.dropout(output)), state_after(states, carry)
