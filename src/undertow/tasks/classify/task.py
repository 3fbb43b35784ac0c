"""Classification in training: the data and its parts, the model, the loss (see :class:`undertow.tasks.base.Task`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from undertow.errors import DataError, OptionError
from undertow.tables.splits import Parts, by_key, duplicates
from undertow.tasks.base import Carried, Evaluation, Measured, Setup
from undertow.tasks.batches import batches, padded
from undertow.tasks.classify.coding import Coding
from undertow.tasks.classify.encoder import Encoder, read_encoder
from undertow.tasks.classify.examining import examined
from undertow.tasks.classify.layout import SampleLayout, lay_out
from undertow.tasks.classify.model import SequenceClassifier
from undertow.tasks.classify.options import ClassifyOptions
from undertow.tasks.classify.reading import Samples, numbered, read_samples
from undertow.tasks.classify.scoring import figures
from undertow.tasks.classify.trained import TrainedClassifier, all_logits
from undertow.tasks.files import restored
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.tokens import PAD, UNKNOWN
from undertow.words import Warned

__all__ = ["ClassifyTask"]

#: How many slips of one kind are told one by one.
_MOST_SLIPS = 4


class ClassifyTask:
    """A classifier and the samples it is trained on.

    Raises:
        DataError: the table cannot be used, has one class only, or a class of which no sample is in training.
        OptionError: n-grams are asked for of series, or of an encoder that reads others.
        RunError: the run of ``own.encoder`` cannot be used.
    """

    unit, figure = "sample", "accuracy"

    def __init__(self, setup: Setup) -> None:
        own: ClassifyOptions = setup.own
        self._own, self._batch, self._seed = own, setup.batch, setup.seed
        table = setup.data.table(own.header)
        self.digest, self._notes, self._header = table.digest, table.notes, table.header
        layout = lay_out(table, own)
        self.samples = read_samples(table, layout, labelled=True)
        self.classes = _classes(self.samples)
        self._truth = numbered(self.samples, self.classes)
        self.parts = _split(self.samples, own, own.seed_of_parts(setup.seed))
        _check_seen(self.samples, self.parts)
        encoder = read_encoder(Path(own.encoder), fold_case=own.fold_case) if own.encoder else None
        ngrams = _ngrams(own, layout, encoder)
        coding = encoder.coding if encoder else self._learned()
        self._sequences = coding.encode(self.samples)
        self._lengths = np.array([len(s) for s in self._sequences])
        self._encoder = encoder
        options = encoder.built_into(setup.model) if encoder else setup.model
        self.model = _model(own, coding, encoder, options, len(self.classes), ngrams)
        self._trained = TrainedClassifier(self.model, options, layout, coding, self.classes)
        self._weights = self._class_weights()

    def _learned(self) -> Coding:
        contents = [self.samples.contents[int(i)] for i in self.parts.train]
        return Coding.learn(contents, self._own.tokens, fold_case=self._own.fold_case)

    def _class_weights(self) -> Tensor | None:
        """Weights (C,) with which every class has the same share of the loss, its mean over samples left as it is."""
        if self._own.class_weights == "none":
            return None
        counts = np.bincount(self._truth[self.parts.train], minlength=len(self.classes))
        return torch.from_numpy(counts.sum() / (len(counts) * counts)).to(torch.get_default_dtype())

    def describe(self) -> list[str]:
        """What was found: columns, classes, lengths, parts, and samples that stand in more than one part."""
        counts = Counter(self.samples.labels)
        shown = [f"{name} {counts[name]:,}" for name, _ in counts.most_common(8)]
        more = f" and {len(counts) - 8} classes more" if len(counts) > 8 else ""
        low, middle, high = (int(v) for v in np.quantile(self._lengths, (0, 0.5, 1)))
        sizes = f"all of {low:,} steps" if low == high else f"of {low:,} to {high:,} steps, half up to {middle:,}"
        split = f"by `{self._own.group}`" if self._own.group else f"by {self._own.split}"
        lines = [
            *self._notes,
            self._trained.layout.words(self.samples.table),
            f"{len(self.samples):,} samples, {sizes}; {', '.join(shown)}{more}",
            f"split {split}: " + ", ".join(f"{len(rows):,} {name}" for name, rows in self.parts.items() if len(rows)),
        ]
        lines += self._trained.coding.missing(self.samples.contents)
        lines += _slips(self.samples, counts)
        if self._encoder:
            given = self._encoder.options
            sizes = f"{len(given.sizes)} x {given.top}" if given.is_even else " + ".join(map(str, given.sizes))
            kept = ", kept as it is" if self._own.freeze else ""
            lines.append(f"encoder from {self._encoder.folder}: {given.cell}, {sizes} units{kept}")
        twice = duplicates(self.samples.keys(), self.parts)
        lines += [
            Warned(
                f"{count:,} samples of the {later} part stand in the {earlier} part too; "
                "figures on them are too good (classify.split = 'key' keeps equal samples together)"
            )
            for (later, earlier), count in twice.items()
            if count
        ]
        return lines

    def facts(self) -> dict[str, Any]:
        """The number of samples, the classes."""
        return {"header": self._header, "samples": len(self.samples), "classes": list(self.classes)}

    def plan(self, epoch: int) -> Sequence[NDArray[np.int64]]:
        """Batches of samples to train on, in an order that the epoch and the seed say."""
        rows = self.parts.train
        return [rows[b] for b in batches(self._lengths[rows].tolist(), self._batch, epoch, self._seed)]

    def loss(self, piece: NDArray[np.int64], carried: Carried) -> Measured:
        """The mean cross entropy of a batch, in nats, by the weights and the smoothing that the options ask for."""
        x, lengths = padded(self._sequences, piece)
        if self.model.symbols and self._own.symbol_dropout:
            hidden = (torch.rand(x.shape) < self._own.symbol_dropout) & (x != PAD)
            x = x.masked_fill(hidden, UNKNOWN)
        truth = torch.from_numpy(self._truth[piece])
        steps = self.model.steps(x)
        if not self._own.adversarial:
            return self._measured(self._cross_entropy(steps, lengths, truth), truth)
        steps = steps if steps.requires_grad else steps.requires_grad_()
        loss = self._cross_entropy(steps, lengths, truth)
        worse = steps + self._harm(loss, steps, lengths)
        return self._measured((loss + self._cross_entropy(worse, lengths, truth)) / 2, truth)

    def _measured(self, loss: Tensor, truth: Tensor) -> Measured:
        weight = None if self._weights is None else float(self._weights[truth].sum())
        return Measured(loss, len(truth), weight=weight)

    def _cross_entropy(self, steps: Tensor, lengths: Tensor, truth: Tensor) -> Tensor:
        logits = self.model.logits(steps, lengths)
        return F.cross_entropy(logits, truth, weight=self._weights, label_smoothing=self._own.label_smoothing)

    def _harm(self, loss: Tensor, steps: Tensor, lengths: Tensor) -> Tensor:
        """A change of ``steps`` (T, B, I) along each sample's gradient (Miyato et al. 2017, arXiv:1605.07725, eq. 5).

        Its length is in units of the root mean square of what the steps hold, so that embeddings cannot outgrow it.
        """
        (gradient,) = torch.autograd.grad(loss, steps, retain_graph=True)
        size = (steps.detach().square().sum() / (lengths.sum() * steps.shape[-1])).sqrt()
        length = gradient.square().sum((0, 2), keepdim=True).sqrt().clamp_min(torch.finfo(gradient.dtype).tiny)
        return self._own.adversarial * size * gradient / length

    def _probabilities(self, part: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        which: NDArray[np.int64] = getattr(self.parts, part)
        if not len(which):
            raise DataError(f"there is no {part} part: classify.{part} is 0")
        return which, all_logits(self.model, self._sequences, which).double().softmax(-1).numpy()

    def evaluate(self, part: str) -> dict[str, float]:
        """Loss (nats a sample, unweighted), accuracy and macro F1 on a part."""
        which, probabilities = self._probabilities(part)
        found = figures(probabilities, self._truth[which])
        return {key: found[key] for key in ("loss", "accuracy", "macro_f1")}

    def examine(self, part: str) -> Evaluation:
        """Figures of each class, confusion, calibration and the worst mistakes on a part."""
        which, probabilities = self._probabilities(part)
        return examined(probabilities, self._truth[which], self.samples, which, self.classes)

    def sample(self, length: int, seed: int) -> None:
        """None: a classifier writes nothing."""

    def serialise(self) -> bytes:
        """The model as a sealed safetensors file, with all that is needed to use it."""
        return self._trained.written()

    def restore(self, data: bytes) -> None:
        """Make the model what it is in its file."""
        restored(self.model, data)


def _classes(samples: Samples) -> tuple[str, ...]:
    """The classes in order: numbers by size, words by letter."""
    found = set(samples.labels)
    name = samples.layout.label
    if len(found) < 2:
        raise DataError(
            f"{samples.table.name}: column `{name}` has one class only, {samples.labels[0]!r}; "
            "there is nothing to tell apart"
        )
    if 2 * len(found) > len(samples):
        raise DataError(
            f"{samples.table.name}: column `{name}` has {len(found):,} different values in {len(samples):,} samples; "
            "these are no classes (is it another column? --label)"
        )
    if all(label.lstrip("-").isdecimal() for label in found):
        return tuple(sorted(found, key=lambda label: (int(label), label)))
    return tuple(sorted(found))


def _slips(samples: Samples, counts: Counter[str]) -> list[str]:
    """A warning for labels that look like slips of the pen: written otherwise in capitals or blanks, or once alone."""
    alike: dict[str, list[str]] = {}
    for label in counts:
        alike.setdefault("".join(label.casefold().split()), []).append(label)
    written = [labels for labels in alike.values() if len(labels) > 1]
    lines: list[str] = [
        Warned(f"{' and '.join(map(repr, labels))} are classes of their own, and differ by capitals or blanks alone")
        for labels in written[:_MOST_SLIPS]
    ]
    alone = [label for label, count in counts.items() if count == 1]
    if alone:
        place = samples.table.where(int(samples.rows[samples.labels.index(alone[0])]), samples.layout.label)
        named = ", ".join(map(repr, alone[:_MOST_SLIPS])) + (" ..." if len(alone) > _MOST_SLIPS else "")
        lines.append(Warned(f"labels that one sample has alone: {named} (the first: {place})"))
    return lines


def _split(samples: Samples, own: ClassifyOptions, seed: int) -> Parts:
    """By group, by key or by row; each class has its share of every part, as far as that goes."""
    if own.group:
        groups = samples.column(own.group)
        missing = [n for n, group in enumerate(groups) if group is None]
        if missing:
            place = samples.table.where(int(samples.rows[missing[0]]), own.group)
            raise DataError(f"{place}: the group is missing; leave the row out")
        return by_key(groups, own.validation, own.test, seed)
    keys = samples.keys() if own.split == "key" else list(range(len(samples)))
    return by_key(keys, own.validation, own.test, seed, stratify=samples.labels)


def _check_seen(samples: Samples, parts: Parts) -> None:
    seen = {samples.labels[int(i)] for i in parts.train}
    for part, rows in parts.items():
        for row in rows:
            if samples.labels[int(row)] not in seen:
                label, layout = samples.labels[int(row)], samples.layout
                raise DataError(
                    f"{samples.table.where(int(samples.rows[row]), layout.label)}: {label!r} is in the {part} "
                    "part alone, none to train on; give more samples of it, leave it out, or take a smaller share"
                )


def _ngrams(own: ClassifyOptions, layout: SampleLayout, encoder: Encoder | None) -> int:
    """Symbols of the longest n-grams that are read: as the options say, or as the encoder has learned to read them."""
    if own.ngrams > 1 and layout.kind != "text":
        raise OptionError(f"classify.ngrams ({own.ngrams}) are of texts, and these samples are series: leave it at 1")
    if encoder and own.ngrams not in (1, encoder.ngrams):
        raise OptionError(
            f"classify.ngrams is {own.ngrams}, and the encoder of {encoder.folder}, which brings its own, was trained "
            f"with {encoder.ngrams}: leave classify.ngrams out"
        )
    return encoder.ngrams if encoder else own.ngrams


def _model(
    own: ClassifyOptions, coding: Coding, encoder: Encoder | None, options: ModelOptions, classes: int, ngrams: int
) -> SequenceClassifier:
    model = SequenceClassifier(
        options,
        coding.inputs,
        classes,
        symbols=coding.tokens is not None,
        pooling=own.pooling,
        bidirectional=encoder.bidirectional if encoder else own.bidirectional,
        ngrams=ngrams,
        ngram_dropout=own.ngram_dropout,
    )
    if encoder:
        encoder.put_into(model)
    if own.freeze:
        model.freeze()
    return model
