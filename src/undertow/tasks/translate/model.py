"""Encoder and decoder, with attention or without.

The encoder reads the source (Sutskever, Vinyals and Le 2014, arXiv:1409.3215; Cho et al. 2014, arXiv:1406.1078); its
final state, through a bridge, is the decoder's first one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from undertow.lang import Cell
from undertow.nn import Recurrent
from undertow.nn.arguments import State
from undertow.nn.attention import Additive, General, Memory
from undertow.nn.states import joined, select, split, top_output
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent
from undertow.tasks.tokens import PAD
from undertow.tasks.translate.options import TranslateOptions

__all__ = ["Bridge", "DecoderState", "TranslationModel"]


@dataclass(frozen=True)
class DecoderState:
    """Where the decoder stands: its ``state``, and what it attends to (None without attention)."""

    state: State
    memory: Memory | None

    def select(self, samples: Tensor) -> DecoderState:
        """Where it stands for ``samples`` (N,), by number."""
        memory = None if self.memory is None else self.memory.select(samples)
        return DecoderState(select(self.state, samples), memory)


class Bridge(nn.Module):
    """From the final state of an encoder of two directions (2 L, B, H) to a decoder's first (L, B, H); where layers
    are of different widths, H is each layer's own.

    A linear layer for each layer and component, that begins with the mean of both directions. Of a cell that declares
    a component infinite (sLSTM's scale of exponentials) the components mean something together only: there the state
    of the reverse direction is taken as it is, the one that has just read the source's beginning.
    """

    def __init__(self, cell: Cell, sizes: Sequence[int]) -> None:
        super().__init__()
        self.cell = cell
        free = all(math.isfinite(value) for value in cell.state.values())
        self.linear = nn.ModuleList(
            nn.ModuleList(nn.Linear(2 * hidden, hidden) for hidden in sizes) for _ in (cell.state if free else ())
        )
        for layer in (m for m in self.modules() if isinstance(m, nn.Linear)):
            nn.init.zeros_(layer.bias)
            with torch.no_grad():
                layer.weight.copy_(torch.eye(layer.out_features).repeat(1, 2) / 2)

    def forward(self, state: State) -> State:
        """A state (2 L, B, H) a component to (L, B, H)."""
        layers = split(self.cell, state, directions=2)
        return joined([self._bridged(number, both) for number, both in enumerate(layers)])

    def _bridged(self, number: int, both: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """One layer's components (2, B, H), of both directions, as one (1, B, H)."""
        if not self.linear:
            return {name: part[1:] for name, part in both.items()}
        linear: Any = self.linear
        pairs = zip(both.items(), linear, strict=True)
        return {name: layers[number](torch.cat(torch.split(part, 1), dim=-1)) for (name, part), layers in pairs}


class TranslationModel(nn.Module):
    """Sources of numbers (S, B) to logits of targets.

    ``luong`` attention works on all of the decoder's outputs at once, after it, and the decoder runs a whole target in
    one call. ``bahdanau`` attention reads the decoder's state before each step and gives the context to the cell as an
    input, so that training takes one call a step. After either, context and output make an attentional vector
    (Luong et al. 2015, arXiv:1508.04025, eq. 5), which is read out.

    Args:
        sources, targets: sizes of the vocabularies.
        own: the task's options: attention and directions.
        model: the recurrent layers' options, the same for encoder and decoder.
    """

    def __init__(self, sources: int, targets: int, own: TranslateOptions, model: ModelOptions) -> None:
        super().__init__()
        wide, hidden = 2 if own.bidirectional else 1, model.top
        self.kind = own.attention
        self.source = nn.Embedding(sources, model.embedding, padding_idx=PAD)
        self.target = nn.Embedding(targets, model.embedding, padding_idx=PAD)
        self.enter, width = _entrance(model, model.embedding)
        self.encoder: Recurrent = recurrent(model, width, bidirectional=own.bidirectional)
        self.bridge = Bridge(self.encoder.cell, model.sizes) if own.bidirectional else nn.Identity()
        context = wide * hidden if own.attention == "bahdanau" else 0
        self.begin, width = _entrance(model, model.embedding + context)
        self.decoder: Recurrent = recurrent(model, width)
        self.attention: General | Additive | None = None
        if own.attention == "luong":
            self.attention = General(hidden, wide * hidden)
        elif own.attention == "bahdanau":
            self.attention = Additive(hidden, wide * hidden, hidden)
        self.attentional = nn.Linear((wide + 1) * hidden, hidden, bias=False) if self.attention else None
        if self.attentional is not None:
            nn.init.xavier_uniform_(self.attentional.weight)
        self.dropout = nn.Dropout(model.dropout)
        self.readout = nn.Linear(hidden, targets)

    def encode(self, source: Tensor, lengths: Tensor) -> DecoderState:
        """Sources (S, B), ``lengths`` (B,), to where the decoder begins."""
        output, state = self.encoder(self.enter(self.dropout(self.source(source))), lengths=lengths)
        memory = self.attention.remember(self.dropout(output), lengths) if self.attention else None
        return DecoderState(self.bridge(state), memory)

    def forward(
        self, tokens: Tensor, at: DecoderState, lengths: Tensor | None = None
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """Go on from ``at`` with the tokens (T, B) read.

        ``lengths`` (B,) are those of padded targets. Returns the logits (T, B, V) of the token after each, where the
        decoder stands then, and the weights of attention (T, B, S).
        """
        embedded = self.dropout(self.target(tokens))
        if self.kind == "bahdanau":
            return self._by_step(embedded, at)
        output, state = self.decoder(self.begin(embedded), at.state, lengths=lengths)
        context, weights = self.attention(output, at.memory) if self.attention else (None, None)
        return self._read_out(output, context), DecoderState(state, at.memory), weights

    def _by_step(self, embedded: Tensor, at: DecoderState) -> tuple[Tensor, DecoderState, Tensor]:
        assert self.attention is not None
        state, outputs, contexts, every = at.state, [], [], []
        for now in embedded:
            context, weights = self.attention(top_output(self.decoder.cell, state), at.memory)
            output, state = self.decoder(self.begin(torch.cat([now[None], context], dim=-1)), state)
            outputs.append(output)
            contexts.append(context)
            every.append(weights)
        logits = self._read_out(torch.cat(outputs), torch.cat(contexts))
        return logits, DecoderState(state, at.memory), torch.cat(every)

    def _read_out(self, output: Tensor, context: Tensor | None) -> Tensor:
        if self.attentional is not None:
            assert context is not None
            output = self.attentional(torch.cat([context, output], dim=-1)).tanh()
        logits: Tensor = self.readout(self.dropout(output))
        return logits

    def sampled(self, tokens: Tensor, at: DecoderState, share: float) -> Tensor:
        """Logits (T, B, V) where only a ``share`` of the tokens (T, B) is read, and else what seemed likeliest.

        Source: Bengio et al. 2015, "Scheduled sampling for sequence prediction with recurrent neural networks",
        arXiv:1506.03099. The first token is always read. Draws come from torch's generator.
        """
        read, found = tokens[0], []
        for step in range(len(tokens)):
            logits, at, _ = self(read[None], at)
            found.append(logits[0])
            if step + 1 < len(tokens):
                true = torch.rand(read.shape) < share
                read = torch.where(true, tokens[step + 1], logits[0].detach().argmax(-1))
        return torch.stack(found)


def _entrance(model: ModelOptions, width: int) -> tuple[nn.Module, int]:
    """What an input of ``width`` goes through before the first layer, and its width then: a cell that reads its input
    directly (SRU) needs one as wide as its state."""
    hidden = model.sizes[0]
    if model.bound_cell().reads_raw and width != hidden:
        return nn.Linear(width, hidden, bias=False), hidden
    return nn.Identity(), width
