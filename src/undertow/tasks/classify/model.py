"""The model of classification: recurrent layers read a sample, pooling makes one vector of it, a readout the logits.

``last`` takes what each direction gives when it has read everything; ``mean`` and ``max`` go over all steps (max as in
Conneau et al. 2017, arXiv:1705.02364); ``attention`` weighs the steps by a softmax over v . tanh(W h_t + b) (the
self-attention of Lin et al. 2017, arXiv:1703.03130, eq. 5, with one row; the score of Bahdanau et al. 2015 without a
query). None of them sees padding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from undertow.tasks.classify.ngrams import NGrams
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent

__all__ = ["Pooling", "SequenceClassifier"]


class Pooling(nn.Module):
    """Outputs (T, B, V) and lengths (B,) to one vector a sample (B, V); V = 2 H if there are two directions."""

    def __init__(self, kind: str, width: int, *, bidirectional: bool) -> None:
        super().__init__()
        self.kind, self.forward_units = kind, width // 2 if bidirectional else width
        if kind == "attention":
            self.hidden, self.score = nn.Linear(width, width), nn.Linear(width, 1, bias=False)

    def forward(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """The vectors (B, V)."""
        if self.kind == "last":
            at_end = outputs[lengths - 1, torch.arange(outputs.shape[1])]
            return torch.cat([at_end[:, : self.forward_units], outputs[0, :, self.forward_units :]], -1)
        if self.kind == "attention":
            return (self.weights(outputs, lengths)[..., None] * outputs).sum(0)
        outside = _beyond(outputs, lengths)
        if self.kind == "max":
            return outputs.masked_fill(outside, -torch.inf).amax(0)
        return outputs.masked_fill(outside, 0.0).sum(0) / lengths[:, None]

    def weights(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Attention: the weight of each step (T, B); 0 in padding, and 1 in all for a sample."""
        scores = self.score(self.hidden(outputs).tanh()).masked_fill(_beyond(outputs, lengths), -torch.inf)
        weights: Tensor = scores[..., 0].softmax(0)
        return weights


def _beyond(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Where there is padding, (T, B, 1)."""
    return (torch.arange(len(outputs))[:, None] >= lengths)[..., None]


class SequenceClassifier(nn.Module):
    """Samples of unequal length to the logits of their classes.

    Args:
        options: the recurrent layers.
        inputs: how many symbols there are, if ``symbols``; else I, the values of a step.
        symbols: whether a sample is a text, (T, B) numbers of symbols, or a series (T, B, I).
        classes: C.
        pooling: one of :data:`undertow.tasks.classify.options.POOLINGS`.
        bidirectional: whether a second direction reads the sample from its end.
        ngrams: symbols of the longest n-grams that are read beside the symbols; 1: symbols alone.
        ngram_dropout: probability with which each n-gram is not read in training.
    """

    def __init__(
        self,
        options: ModelOptions,
        inputs: int,
        classes: int,
        *,
        symbols: bool,
        pooling: str,
        bidirectional: bool,
        ngrams: int = 1,
        ngram_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if symbols:
            self.embedding = nn.Embedding(inputs, options.embedding, padding_idx=0)
        self.ngrams = NGrams(ngrams, options.embedding, ngram_dropout) if ngrams > 1 else None
        self.symbols, self.frozen = symbols, False
        width = options.top * (2 if bidirectional else 1)
        self.encoder = recurrent(options, options.embedding if symbols else inputs, bidirectional=bidirectional)
        self.pooling = Pooling(pooling, width, bidirectional=bidirectional)
        self.dropout = nn.Dropout(options.dropout)
        self.readout = nn.Linear(width, classes)

    def freeze(self) -> None:
        """Leave what reads the samples as it is: no weight of it is trained, and it reads in training as in use."""
        self.frozen = True
        for part in self._readers():
            part.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> SequenceClassifier:
        """As every module's; what is frozen stays in evaluation mode: no noise, no statistics learned."""
        super().train(mode)
        if self.frozen:
            for part in self._readers():
                part.eval()
        return self

    def _readers(self) -> list[nn.Module]:
        embeddings = [self.embedding, self.ngrams] if self.symbols else []
        return [part for part in (*embeddings, self.encoder) if part is not None]

    def steps(self, x: Tensor) -> Tensor:
        """What the recurrent layers read (T, B, I): of symbols ``x`` (T, B) their embedding, of a series itself.

        To a symbol's embedding those of the n-grams that end with it are added, if they are read.
        """
        read: Tensor = self.embedding(x) if self.symbols else x
        return read if self.ngrams is None else read + self.ngrams(x)

    def vectors(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """What the readout sees of each sample (B, V): ``steps`` is (T, B, I), ``lengths`` (B,)."""
        outputs, _ = self.encoder(steps, lengths=lengths)
        vectors: Tensor = self.pooling(outputs, lengths)
        return vectors

    def logits(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, C) from what :meth:`steps` gave."""
        logits: Tensor = self.readout(self.dropout(self.vectors(steps, lengths)))
        return logits

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Logits (B, C) of ``x`` (T, B) or (T, B, I)."""
        return self.logits(self.steps(x), lengths)
