"""Problems that need memory, drawn from a generator: the same generator gives the same samples.

Each says how far back it needs memory (``reach``) and what is the best that can be had without (``memoryless``), so
that "solved" and "reaches far enough" mean something. Inputs are (T, B, I), as layers take them.
"""

from __future__ import annotations

import csv
import gzip
import math
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

__all__ = ["Adding", "Copying", "Digits", "Problem", "Recall"]

DIGITS = Path(__file__).parent / "data" / "digits_8x8.csv.gz"


class Problem(ABC):
    """A source of samples.

    Attributes:
        steps: T.
        inputs: I.
        outputs: how many numbers are read out at a step.
        reach: steps of memory that it needs; at most T - 1.
        memoryless: the loss of the best prediction that remembers nothing.
        every_step: whether an answer is asked for at every step; otherwise after the last one alone.
    """

    steps: int
    inputs: int
    outputs: int
    reach: int
    memoryless: float
    every_step = False

    @abstractmethod
    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Input (T, B, I) and target of new samples (of the training set, where there is one)."""

    def held_out(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Samples that are never trained on; where every sample is new, any."""
        return self.draw(batch, generator)

    @abstractmethod
    def loss(self, answer: Tensor, target: Tensor) -> Tensor:
        """Of ``answer`` (B, O), or (T, B, O) with ``every_step``: a mean, to be minimised."""

    def score(self, answer: Tensor, target: Tensor) -> float:
        """What people look at: the loss itself, or an accuracy."""
        return float(self.loss(answer, target))


class Adding(Problem):
    """The adding problem: T numbers, two of them marked; say their sum.

    Numbers are uniform in [0, 1]; one mark falls into the first half, one into the second. Always saying 1 errs by
    1/6 in the mean square.

    Source: Hochreiter and Schmidhuber 1997, Neural Computation 9(8), sec. 5.4; in this form Arjovsky, Shah and Bengio
    2016, arXiv:1511.06464, sec. 5.2; the error without memory also in Le, Jaitly and Hinton 2015, arXiv:1504.00941.
    """

    inputs, outputs, memoryless = 2, 1, 1 / 6

    def __init__(self, steps: int) -> None:
        self.steps, self.reach = steps, steps - 1

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Input (T, B, 2): number and mark; target (B, 1)."""
        half = self.steps // 2
        numbers = torch.rand(self.steps, batch, generator=generator)
        first = torch.randint(0, half, (1, batch), generator=generator)
        second = torch.randint(half, self.steps, (1, batch), generator=generator)
        marks = torch.zeros(self.steps, batch).scatter_(0, torch.cat([first, second]), 1.0)
        return torch.stack([numbers, marks], -1), (numbers * marks).sum(0)[:, None]

    def loss(self, answer: Tensor, target: Tensor) -> Tensor:
        """Mean square."""
        return F.mse_loss(answer, target)


class Recall(Problem):
    """Delayed recall: the first number, after T - 1 steps of other numbers. Its lag is one, and known: T - 1.

    Numbers are uniform in [0, 1], the first is marked. Always saying 1/2 errs by 1/12 in the mean square.
    """

    inputs, outputs, memoryless = 2, 1, 1 / 12

    def __init__(self, steps: int) -> None:
        self.steps, self.reach = steps, steps - 1

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Input (T, B, 2): number and mark; target (B, 1)."""
        numbers = torch.rand(self.steps, batch, generator=generator)
        marks = torch.zeros(self.steps, batch)
        marks[0] = 1.0
        return torch.stack([numbers, marks], -1), numbers[0][:, None]

    def loss(self, answer: Tensor, target: Tensor) -> Tensor:
        """Mean square."""
        return F.mse_loss(answer, target)


class Copying(Problem):
    """Copy memory: ten symbols of eight, ``delay`` - 1 blanks, a sign to begin, and then the ten are to be said.

    T = delay + 20 steps; the answer to every step before is blank. Who remembers nothing answers blank, then guesses:
    10 ln 8 / (delay + 20) nats a step.

    Source: Hochreiter and Schmidhuber 1997; in this form Arjovsky, Shah and Bengio 2016, arXiv:1511.06464, sec. 5.1, as
    in Tallec and Ollivier 2018, arXiv:1804.11188, sec. 3.
    """

    symbols, length = 8, 10
    inputs, outputs, every_step = 10, 9, True

    def __init__(self, delay: int) -> None:
        self.delay, self.steps, self.reach = delay, delay + 2 * self.length, delay + self.length
        self.memoryless = self.length * math.log(self.symbols) / self.steps

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Input (T, B, 10): symbols 0 to 7, blank (8) and the sign (9), one-hot; target (T, B) of symbols and blank."""
        blank, sign = self.symbols, self.symbols + 1
        said = torch.randint(self.symbols, (self.length, batch), generator=generator)
        read, target = torch.full((2, self.steps, batch), blank)
        read[: self.length], target[-self.length :] = said, said
        read[-self.length - 1] = sign
        return F.one_hot(read, self.inputs).float(), target

    def loss(self, answer: Tensor, target: Tensor) -> Tensor:
        """Cross entropy in nats a step."""
        return F.cross_entropy(answer.flatten(0, 1), target.flatten())

    def score(self, answer: Tensor, target: Tensor) -> float:
        """The share of the ten symbols that is right."""
        return float((answer[-self.length :].argmax(-1) == target[-self.length :]).float().mean())


class Digits(Problem):
    """Handwritten digits of 8 x 8 pixels, read pixel by pixel (T = 64), in a fixed random order with ``permuted``.

    1,297 digits to train on and 500 held out, the same ones every time. The small sibling of pixel-by-pixel MNIST (Le,
    Jaitly and Hinton 2015, arXiv:1504.00941, sec. 4.2).
    """

    steps, inputs, outputs, reach, memoryless = 64, 1, 10, 63, math.log(10)
    HELD_OUT = 500

    def __init__(self, *, permuted: bool = False) -> None:
        self.permuted = permuted

    @cached_property
    def _sets(self) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Pixels (N, 64) in [0, 1] and digits (N,), held out and to train on."""
        with gzip.open(DIGITS, "rt") as file:
            table = torch.tensor([[float(v) for v in row] for row in csv.reader(file)])
        table = table[torch.randperm(len(table), generator=torch.Generator().manual_seed(0))]
        pixels, digits = table[:, :-1] / 16, table[:, -1].long()
        if self.permuted:
            pixels = pixels[:, torch.randperm(self.steps, generator=torch.Generator().manual_seed(1))]
        cut = self.HELD_OUT
        return (pixels[:cut], digits[:cut]), (pixels[cut:], digits[cut:])

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Input (64, B, 1), target (B,): drawn from the training set."""
        pixels, digits = self._sets[1]
        chosen = torch.randint(len(pixels), (batch,), generator=generator)
        return pixels[chosen].T[..., None], digits[chosen]

    def held_out(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The first ``batch`` of the digits held out."""
        pixels, digits = self._sets[0]
        return pixels[:batch].T[..., None], digits[:batch]

    def loss(self, answer: Tensor, target: Tensor) -> Tensor:
        """Cross entropy in nats."""
        return F.cross_entropy(answer, target)

    def score(self, answer: Tensor, target: Tensor) -> float:
        """Accuracy."""
        return float((answer.argmax(-1) == target).float().mean())
