"""The sequence autoencoder: an encoder folds a sequence into a vector, a decoder rebuilds it from that alone.

Three papers are behind it:

- Srivastava et al. 2015 (arXiv:1502.04681) rebuild in reversed order, so that what was read last is asked for first.
- Malhotra et al. 2016 (arXiv:1607.00148) do so for sensors, to find what cannot be rebuilt.
- Vincent et al. 2008 corrupt the input and ask for what it was.

The papers copy the encoder's whole state into the decoder, which ties their sizes and kinds. Here the code sets the
decoder's first output and is read again at every step (Cho et al. 2014, arXiv:1406.1078). So any cell and any width of
code will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from undertow.nn import Recurrent
from undertow.nn.states import joined, top_output
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent

__all__ = ["AutoencoderNetwork", "NetworkShape", "reversed_by_length", "valid_steps"]


@dataclass(frozen=True)
class NetworkShape:
    """What an autoencoder is made of beside its recurrent layers.

    ``symbols`` is V for text and 0 for numbers, ``features`` I for numbers and 0 for text. ``code`` is Z, the width of
    the vector; 0 takes the encoder's final output as it is. ``masked``: the encoder is told which numbers are missing.
    """

    symbols: int = 0
    features: int = 0
    code: int = 0
    bidirectional: bool = False
    reverse: bool = True
    teacher_forcing: bool = False
    masked: bool = False


class AutoencoderNetwork(nn.Module):
    """Encoder, code, decoder, readout. Text is (T, B) numbers of symbols, numbers are (T, B, I), NaN where missing."""

    def __init__(self, shape: NetworkShape, options: ModelOptions) -> None:
        super().__init__()
        self.shape = shape
        text = shape.symbols > 0
        width = options.embedding if text else shape.features
        outputs = shape.symbols if text else shape.features
        self.embedding = nn.Embedding(shape.symbols, width, padding_idx=0) if text else None
        read = width * (2 if shape.masked and not text else 1)
        self.entrance = _entrance(read, options)
        self.encoder: Recurrent = recurrent(options, _width(read, options), bidirectional=shape.bidirectional)
        folded = options.top * (2 if shape.bidirectional else 1)
        self.fold = nn.Linear(folded, shape.code) if shape.code else nn.Identity()
        self.code_size = shape.code or folded
        self.start = nn.Linear(self.code_size, sum(options.sizes))
        given = self.code_size + (width if shape.teacher_forcing else 0)
        self.decoder_entrance = _entrance(given, options)
        self.decoder: Recurrent = recurrent(options, _width(given, options))
        self.dropout = nn.Dropout(options.dropout)
        self.readout = nn.Linear(options.top, outputs)

    def encode(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The codes (B, Z) of padded sequences, (T, B) symbols or (T, B, I) numbers, of ``lengths`` (B,)."""
        final = self.encoder(self.entrance(self._read(x, marked=True)), lengths=lengths)[1]
        last = top_output(self.encoder.cell, final, 2 if self.shape.bidirectional else 1)
        folded: Tensor = self.fold(last.transpose(0, 1).flatten(1))
        return folded

    def decode(self, code: Tensor, lengths: Tensor, truth: Tensor | None = None) -> Tensor:
        """What the decoder makes of ``code`` (B, Z): (T, B, V) logits or (T, B, I) numbers, in the order of the data.

        With teacher forcing it reads ``truth``, as :meth:`encode` has it, one step late; without ``truth`` it reads
        what it has written itself.
        """
        if self.shape.teacher_forcing and truth is None:
            return self._ordered(self._write(code, lengths), lengths)
        steps = int(lengths.max())
        parts = [code.expand(steps, *code.shape)]
        if truth is not None and self.shape.teacher_forcing:
            before = self._read(self._ordered(truth, lengths))
            parts.append(torch.cat([torch.zeros_like(before[:1]), before[:-1]]))
        given = self.decoder_entrance(torch.cat(parts, -1))
        output = self.decoder(given, self._first(code), lengths=lengths)[0]
        return self._ordered(self.readout(self.dropout(output)), lengths)

    def forward(self, x: Tensor, lengths: Tensor, truth: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The reconstruction of ``x`` and its codes; ``truth`` as in :meth:`decode`."""
        code = self.encode(x, lengths)
        return self.decode(code, lengths, truth), code

    def _read(self, x: Tensor, *, marked: bool = False) -> Tensor:
        """Symbols or numbers as layers read them: embedded, or with 0 (the mean) for what is missing, ``marked`` so."""
        if self.embedding is not None:
            embedded: Tensor = self.embedding(x)
            return embedded
        filled = torch.nan_to_num(x, nan=0.0)
        return torch.cat([filled, x.isfinite().to(filled.dtype)], -1) if marked and self.shape.masked else filled

    def _first(self, code: Tensor) -> Any:
        """The decoder's first state: the output of each layer from the code, other components as the cell declares."""
        cell = self.decoder.cell
        sizes = [width[cell.output] for width in self.decoder.state_widths]
        outputs = torch.split(torch.tanh(self.start(code))[None], sizes, dim=-1)
        declared = [{name: torch.full_like(o, float(value)) for name, value in cell.state.items()} for o in outputs]
        return joined([parts | {cell.output: o} for parts, o in zip(declared, outputs, strict=True)])

    def _write(self, code: Tensor, lengths: Tensor) -> Tensor:
        """Step by step, each reading what the one before wrote: (T, B, V or I) in the decoder's own order."""
        state, written = self._first(code), []
        width = self.embedding.embedding_dim if self.embedding is not None else self.shape.features
        before = code.new_zeros(len(code), width)
        for _ in range(int(lengths.max())):
            output, state = self.decoder(self.decoder_entrance(torch.cat([code, before], -1))[None], state)
            made = self.readout(output[0])
            before = made if self.embedding is None else self.embedding(made.argmax(-1))
            written.append(made)
        return torch.stack(written)

    def _ordered(self, sequence: Tensor, lengths: Tensor) -> Tensor:
        """The order of the data as the decoder's, or back."""
        return reversed_by_length(sequence, lengths) if self.shape.reverse else sequence


def _width(inputs: int, options: ModelOptions) -> int:
    """The inputs of the layers: what there is, or the hidden units, for a cell that adds its input to its own (SRU)."""
    return options.sizes[0] if options.bound_cell().reads_raw else inputs


def _entrance(inputs: int, options: ModelOptions) -> nn.Module:
    """What brings ``inputs`` to the width that the layers take."""
    width = _width(inputs, options)
    return nn.Identity() if width == inputs else nn.Linear(inputs, width)


def valid_steps(lengths: Tensor, steps: int) -> Tensor:
    """(T, B) whether a step lies within its sequence, for ``lengths`` (B,)."""
    return torch.arange(steps)[:, None] < lengths


def reversed_by_length(sequence: Tensor, lengths: Tensor) -> Tensor:
    """Each sequence of ``sequence`` (T, B, ...) with its ``lengths`` (B,) valid steps turned round; padding stays."""
    t = torch.arange(len(sequence))[:, None]
    source = torch.where(t < lengths, lengths - 1 - t, t)
    return sequence[source, torch.arange(sequence.shape[1])]
