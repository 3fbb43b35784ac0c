"""Samples as the model reads them: numbers of symbols, or scaled values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from undertow.documents import fact
from undertow.errors import DataError
from undertow.forms import MisfitError
from undertow.tasks.classify.reading import Content, Samples
from undertow.tasks.scale import standard
from undertow.tasks.tokens import END, START, Tokens

__all__ = ["Coding"]


@dataclass(frozen=True)
class Coding:
    """How texts become numbers of symbols, or values are scaled; learned on the training part.

    ``tokens`` for texts (``fold_case``: of their small letters; ``ends``: between a sign for the start and one for the
    end, which pooling over steps would not know otherwise); for series ``mean`` and ``scale`` (I,), with which
    each value is standardised; a missing one becomes 0, the mean. Of values that were missing in training, the
    ``patchy`` ones of a step, the model is told too whether they are there (1) or not (0), each in a channel after the
    values: of others it has not learned what that would mean.
    """

    tokens: Tokens | None = None
    fold_case: bool = False
    ends: bool = False
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    patchy: tuple[int, ...] = ()

    @classmethod
    def learn(cls, contents: Sequence[Content], tokens: str, *, fold_case: bool) -> Coding:
        """From the contents of the training part; ``tokens`` is a kind of :class:`undertow.tasks.tokens.Tokens`."""
        texts = [_folded(c, fold_case) for c in contents if isinstance(c, str)]
        if texts:
            return cls(Tokens.learn(tokens, texts), fold_case, ends=True)
        steps = np.concatenate([c for c in contents if not isinstance(c, str)])
        learned, patchy = standard(steps), np.flatnonzero(np.isnan(steps).any(0))
        mean, scale = tuple(learned.shift.tolist()), tuple(learned.factor.tolist())
        return cls(mean=mean, scale=scale, patchy=tuple(patchy.tolist()))

    @property
    def inputs(self) -> int:
        """How many symbols there are, or I, with the channels that tell of missing values."""
        return len(self.tokens) if self.tokens else len(self.mean) + len(self.patchy)

    def missing(self, contents: Sequence[Content]) -> list[str]:
        """What is missing in series, and how the model reads it: a line each, none if nothing is missing."""
        steps = [np.isnan(c) for c in contents if not isinstance(c, str)]
        by_channel = np.sum([s.sum(0) for s in steps], 0) if steps else np.zeros(0)
        marked, total = int(by_channel[list(self.patchy)].sum()), sum(s.size for s in steps)
        rest, channels = int(by_channel.sum()) - marked, len(self.patchy)
        lines = []
        if marked:
            of_its_own = "a channel of its own" if channels == 1 else f"{channels} channels of their own"
            lines.append(f"missing: {marked:,} of {total:,} values; the model is told where, in {of_its_own}")
        if rest:
            lines.append(
                f"missing: {rest:,} of {total:,} values, read as the mean: of their channel none was in training"
            )
        return lines

    def encode(self, samples: Samples) -> list[Tensor]:
        """What the model reads: (T_i,) whole numbers or (T_i, I) floating-point ones.

        Raises:
            DataError: a text without a token, a step with another number of values, an infinite value.
        """
        if (samples.layout.kind == "text") != (self.tokens is not None):
            ours, theirs = ("texts", "series") if self.tokens else ("series", "texts")
            raise DataError(f"the encoder reads {ours}, and these samples are {theirs}: {samples.table.name}")
        return [self._encoded(content, samples, n) for n, content in enumerate(samples.contents)]

    def _encoded(self, content: Content, samples: Samples, n: int) -> Tensor:
        if isinstance(content, str):
            assert self.tokens
            ids = self.tokens.encode(_folded(content, self.fold_case))
            if not ids:
                raise DataError(f"{samples.where(n)}: the text {content[:40]!r} has no {self.tokens.kind}")
            return torch.tensor([START, *ids, END] if self.ends else ids)
        if content.shape[1] != len(self.mean):
            raise DataError(
                f"{samples.where(n)}: a step has {content.shape[1]} values, but the model reads {len(self.mean)}"
            )
        if np.isinf(content).any():
            raise DataError(f"{samples.where(n)}: a value is infinite")
        scaled = (content - np.array(self.mean)) / np.array(self.scale)
        there = ~np.isnan(scaled[:, list(self.patchy)])
        whole = np.concatenate([np.nan_to_num(scaled, nan=0.0), there], 1)
        return torch.from_numpy(whole).to(torch.get_default_dtype())

    @classmethod
    def from_plain(cls, metadata: Mapping[str, str]) -> Coding:
        """What :meth:`plain` wrote.

        Raises:
            MisfitError, RunError: it is something else.
        """
        if "vocabulary" not in metadata:
            mean, scale = (fact(metadata, key, tuple[float, ...]) for key in ("mean", "scale"))
            patchy = fact({"patchy": "[]", **metadata}, "patchy", tuple[int, ...])
            return cls(mean=mean, scale=scale, patchy=patchy).checked()
        cut = fact(metadata, "tokens", {"kind": str, "merges?": str})
        tokens = Tokens.with_any_specials({**cut, "symbols": fact(metadata, "vocabulary", list[str])})
        return cls(tokens, fact(metadata, "fold_case", bool), fact(metadata, "ends", bool))

    def checked(self) -> Coding:
        """This, of series, if its parts go together.

        Raises:
            MisfitError: they do not.
        """
        channels = range(len(self.mean))
        whole = len(self.scale) == len(self.mean) and all(self.scale)
        if not whole or len(set(self.patchy)) < len(self.patchy) or not set(self.patchy) <= set(channels):
            raise MisfitError("does not say of each value of a step how it is scaled")
        return self

    def plain(self) -> dict[str, str]:
        """As metadata of a model's file."""
        if not self.tokens:
            return {key: json.dumps(getattr(self, key)) for key in ("mean", "scale", "patchy")}
        cut = {key: value for key, value in self.tokens.plain().items() if key != "symbols"}
        return {
            "tokens": json.dumps(cut),
            "vocabulary": json.dumps(self.tokens.symbols),
            "fold_case": json.dumps(self.fold_case),
            "ends": json.dumps(self.ends),
        }


def _folded(text: str, fold_case: bool) -> str:
    return text.casefold() if fold_case else text
