"""Reconstruction as a task: sequences of a table, their parts, an autoencoder, its loss and figures."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from undertow.errors import DataError, OptionError
from undertow.tables.splits import by_key, by_time, duplicates
from undertow.tables.table import Table
from undertow.tasks.base import Carried, Evaluation, Measured, Setup
from undertow.tasks.batches import batches, padded
from undertow.tasks.files import restored
from undertow.tasks.reconstruct.model import AutoencoderNetwork, NetworkShape
from undertow.tasks.reconstruct.normal import Normal
from undertow.tasks.reconstruct.options import ReconstructOptions
from undertow.tasks.reconstruct.reading import chosen_text, read
from undertow.tasks.reconstruct.rebuilding import corrupted, evaluated_loss, mean_loss, tensor
from undertow.tasks.reconstruct.scaling import Scaling
from undertow.tasks.reconstruct.symbols import Symbols
from undertow.tasks.reconstruct.trained import TrainedAutoencoder
from undertow.tasks.reconstruct.windows import Excerpt, Sequences, cut, whole
from undertow.words import Warned

__all__ = ["ReconstructTask"]

_PARTS = ("train", "validation", "test")


class ReconstructTask:
    """An autoencoder and the sequences it is trained on (see :class:`undertow.tasks.base.Task`)."""

    def __init__(self, setup: Setup) -> None:
        own: ReconstructOptions = setup.own
        table = setup.data.table(own.header)
        self.digest, self._header, self._setup = table.digest, table.header, setup
        text = bool(chosen_text(table, own))
        if text and own.noise:
            raise OptionError(
                "reconstruct.noise is for numbers; for text take reconstruct.denoising, which hides symbols"
            )
        # the vocabulary is that of the training part; to know it the texts are read twice
        self.sequences = read(table, own, Symbols.of([]) if text else None)
        self._notes = [*table.notes, *self.sequences.notes]
        written = _written(table, own) if text else None
        self.parts = self._split(written)
        symbols = None
        if written is not None:
            symbols = Symbols.of(written[piece.item] for piece in self.parts["train"])
            self.sequences = read(table, own, symbols)
        elif own.scaling == "series" and not self.sequences.cut:
            raise OptionError("reconstruct.scaling series is for long series; whole sequences are scaled together")
        self._leave_out_known()
        scaling = None if text else self._scaling()
        shape = self._shape(symbols)
        model = AutoencoderNetwork(shape, setup.model)
        self._using = TrainedAutoencoder(
            _inferred(own, self.sequences), setup.model, model, symbols, scaling, list(self.sequences.names)
        )
        self._train = [tensor(self._using.scaled(self.sequences, piece)) for piece in self.parts["train"]]

    @property
    def model(self) -> AutoencoderNetwork:
        """The model to train."""
        return self._using.model

    @property
    def unit(self) -> str:
        """What speed is counted in."""
        return "window" if self.sequences.cut else "sequence"

    @property
    def figure(self) -> str:
        """What people read: the share of symbols that come back wrong, or the error in standard deviations."""
        return "wrong" if self.sequences.text else "error"

    # ---- parts

    def _split(self, written: Sequence[str] | None) -> dict[str, list[Excerpt]]:
        """Windows of each part: by time within each long series, else by content or group."""
        own: ReconstructOptions = self._setup.own
        items = self.sequences.items
        if self.sequences.cut:
            found: dict[str, list[Excerpt]] = {name: [] for name in _PARTS}
            for number, item in enumerate(items):
                for name, steps in by_time(len(item), own.validation, own.test).items():
                    if len(steps):
                        ends = int(steps[0]), int(steps[-1]) + 1
                        found[name] += cut(number, *ends, own.window, own.step, item.breaks)
            self._notes.append("parts by time: each series' first steps to train on, its last for the test")
            return found
        contents: list[Hashable] = [item.values.tobytes() for item in items]
        if written:
            contents = [text.casefold() for text in written]
        keys = [item.group if own.group else content for item, content in zip(items, contents, strict=True)]
        parts = by_key(keys, own.validation, own.test, own.seed_of_parts(self._setup.seed))
        self._notes.append(f"parts by {f'group `{own.group}`' if own.group else 'content'}: none is in two parts")
        for (later, earlier), count in duplicates(contents, parts).items():
            if count:
                self._notes.append(Warned(f"{count} sequences of the {later} part are in the {earlier} part too"))
        pieces = whole(self.sequences)
        return {name: [pieces[i] for i in indices] for name, indices in parts.items()}

    def _leave_out_known(self) -> None:
        """Known anomalies are nothing to learn what is normal from.

        Raises:
            DataError: too little is left to train on, or to learn what is normal from.
        """
        items = self.sequences.items
        normal = {name: [p for p in pieces if not items[p.item].known(p)] for name, pieces in self.parts.items()}
        for name in ("train", "validation"):
            left = len(self.parts[name]) - len(normal[name])
            if left:
                self._notes.append(
                    f"{left} {self.unit}s of the {name} part hold known anomalies and are left out of it"
                )
        self._normal, self._whole = normal["validation"], self.parts
        self.parts = self.parts | {"train": normal["train"], "validation": self._normal}
        for name in ("train", "validation"):
            if not self.parts[name]:
                raise DataError(
                    f"the {name} part has no normal {self.unit}: there is too little data for these shares"
                    + (f" and windows of {self._setup.own.window} steps" if self.sequences.cut else "")
                )
        channels, steps = len(self.sequences.names), sum(len(piece) for piece in self._normal)
        if steps <= channels:
            raise DataError(
                f"the validation part has {steps} steps, too few to learn how errors in {channels} channels lie on "
                "normal data; a larger --validation helps"
            )

    def _scaling(self) -> Scaling:
        apart = self._setup.own.scaling == "series"
        stretches: dict[str, list[NDArray[np.float64]]] = {}
        for piece in self.parts["train"]:
            name = self.sequences.items[piece.item].name if apart else ""
            stretches.setdefault(name, []).append(self.sequences.slice(piece))
        return Scaling.of(stretches)

    def _shape(self, symbols: Symbols | None) -> NetworkShape:
        own: ReconstructOptions = self._setup.own
        missing = not symbols and any(not np.isfinite(self.sequences.slice(p)).all() for p in self.parts["train"])
        return NetworkShape(
            symbols=len(symbols) if symbols else 0,
            features=len(self.sequences.names),
            code=own.code,
            bidirectional=own.bidirectional,
            reverse=own.reverse,
            teacher_forcing=own.teacher_forcing,
            masked=bool(missing or (own.denoising and not symbols)),
        )

    # ---- training

    def plan(self, epoch: int) -> Sequence[Any]:
        """Batches of training windows, by number, those of similar length together."""
        return batches([len(t) for t in self._train], self._setup.batch, epoch, self._setup.seed)

    def loss(self, piece: Any, carried: Carried) -> Measured:
        """Mean nats a symbol, or mean squared error of numbers in standard deviations."""
        own: ReconstructOptions = self._setup.own
        truth, lengths = padded(self._train, piece)
        output, _ = self.model(corrupted(truth, own.denoising, own.noise), lengths, truth)
        loss, counted = mean_loss(output, truth, lengths)
        return Measured(loss, len(lengths), weight=counted)

    def evaluate(self, part: str) -> dict[str, float]:
        """The loss, nothing hidden, and what is rebuilt from the vector alone: ``wrong`` symbols or the ``error``."""
        pieces = self.parts[part]
        windows = [self._using.scaled(self.sequences, piece) for piece in pieces]
        loss = evaluated_loss(self.model, windows)
        if not self.model.shape.teacher_forcing and not self.sequences.text:
            return {"loss": loss, "error": loss**0.5}
        rebuilt = self._using.rebuilt(self.sequences, pieces)
        if self.sequences.text:
            wrong = np.concatenate([r.output != w for r, w in zip(rebuilt, windows, strict=True)])
            return {"loss": loss, "wrong": float(wrong.mean())}
        errors = np.concatenate([r.errors for r in rebuilt])
        return {"loss": loss, "error": float(np.sqrt(np.nanmean(errors**2)))}

    # ---- afterwards

    def _learned(self) -> TrainedAutoencoder:
        """With what is normal for the model as it is now."""
        lengths = [len(item) for item in self.sequences.items]
        rebuilt = self._using.rebuilt(self.sequences, self._normal)
        self._using.normal = Normal.of(lengths, self._normal, rebuilt, self._setup.own.false_alarms)
        return self._using

    def examine(self, part: str) -> Evaluation:
        """Figures, pictures and worst examples of a part, windows with known anomalies among them."""
        if not self._whole[part]:
            raise DataError(f"this run has no {part} part: reconstruct.{part} is {getattr(self._setup.own, part):g}")
        return self._learned().examined(self.sequences, self._whole[part])

    def sample(self, length: int, seed: int) -> str | None:
        """Nothing: an autoencoder rebuilds, it does not write."""
        return None

    def serialise(self) -> bytes:
        """The model's file, with what is normal for it."""
        return self._learned().serialise()

    def restore(self, data: bytes) -> None:
        """Make the model what it is in its file, and what is normal what it is there, if it was learned anew."""
        restored(self.model, data)
        self._using.recalibrated = TrainedAutoencoder.load(data).recalibrated

    def describe(self) -> list[str]:
        """What was read, how it is split and what was left out."""
        sizes = ", ".join(f"{name} {len(pieces):,}" for name, pieces in self.parts.items() if pieces)
        return [*self._notes, f"{self.unit}s: {sizes}"]

    def facts(self) -> dict[str, Any]:
        """Sizes and names for the config."""
        symbols = self._using.symbols
        return {
            "header": self._header,
            **{f"{name}_{self.unit}s": len(pieces) for name, pieces in self.parts.items()},
            "channels": list(self.sequences.names),
            "symbols": len(symbols) if symbols else 0,
        }


def _inferred(own: ReconstructOptions, found: Sequences) -> ReconstructOptions:
    """The options with what was inferred, so that other tables are read as this one was."""
    layout = found.layout if found.layout in ("rows", "steps") else "auto"
    listed = ",".join(found.columns)
    return replace(own, layout=layout, text=listed if found.text else "", columns="" if found.text else listed)


def _written(table: Table, own: ReconstructOptions) -> list[str]:
    """The texts as they are written."""
    from undertow.tables.columns import texts

    return texts(table, chosen_text(table, own))
