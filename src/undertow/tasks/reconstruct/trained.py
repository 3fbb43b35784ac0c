"""A trained autoencoder in use: rows scored, flagged and rebuilt, vectors of sequences, figures on other data."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from undertow.documents import fact
from undertow.errors import DataError
from undertow.forms import MisfitError
from undertow.tables.columns import texts
from undertow.tables.table import Table, table_of
from undertow.tasks.base import Evaluation
from undertow.tasks.files import opened, own_options, rebuilt, written
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.reconstruct.examined import Examined
from undertow.tasks.reconstruct.examining import examined
from undertow.tasks.reconstruct.model import AutoencoderNetwork, NetworkShape
from undertow.tasks.reconstruct.normal import Normal, step_errors, step_outputs
from undertow.tasks.reconstruct.options import ReconstructOptions
from undertow.tasks.reconstruct.reading import read
from undertow.tasks.reconstruct.rebuilding import Rebuilt, rebuild
from undertow.tasks.reconstruct.scaling import Scaling
from undertow.tasks.reconstruct.stretch import RECALIBRATED
from undertow.tasks.reconstruct.symbols import Symbols
from undertow.tasks.reconstruct.windows import Excerpt, Sequences, cut, whole

__all__ = ["TrainedAutoencoder"]

_FORMAT = "undertow-reconstruction/1"
#: What the file's metadata say in JSON.
_SAID = {"own": dict, "shape": NetworkShape, "scaling": dict, "names": list[str], "normal": (dict, None)}
Values = NDArray[Any]


@dataclass
class TrainedAutoencoder:
    """An autoencoder with what it takes to read data as it was trained to (see :class:`undertow.tasks.base.Trained`).

    ``symbols`` for text, ``scaling`` and ``names`` of the channels for numbers. What is ``normal`` training learned;
    what has been since may have been learned anew (``recalibrated``).
    """

    own: ReconstructOptions
    options: ModelOptions
    model: AutoencoderNetwork
    symbols: Symbols | None
    scaling: Scaling | None
    names: list[str]
    normal: Normal | None = None
    recalibrated: Normal | None = None

    @property
    def in_force(self) -> Normal:
        """What is normal now: scores and flags go by it."""
        found = self.recalibrated or self.normal
        assert found is not None
        return found

    # ---- its file

    def serialise(self) -> bytes:
        """The sealed safetensors file, as training leaves it: a recalibration is written into it afterwards.

        The options that say which file and which parts it was are not in it.
        """
        facts = {
            "own": json.dumps(asdict(self.own) | {"data": ""}),
            "shape": json.dumps(asdict(self.model.shape)),
            "bidirectional": json.dumps(self.model.shape.bidirectional),
            "scaling": json.dumps(self.scaling.plain if self.scaling else {}),
            "names": json.dumps(self.names),
            "normal": json.dumps(self.normal.plain if self.normal else None),
        }
        if self.symbols:
            facts["vocabulary"] = json.dumps(self.symbols.plain)
        return written(_FORMAT, self.model, self.options, facts)

    @classmethod
    def load(cls, data: bytes) -> TrainedAutoencoder:
        """From the bytes that :meth:`serialise` made. Runs no code from them.

        Raises:
            RunError: it is another kind of model.
        """
        metadata, options, weights = opened(data, _FORMAT)
        said = {key: fact(metadata, key, form) for key, form in _SAID.items()}
        own = own_options(ReconstructOptions(), _known(said["own"]), "reconstruct.")
        symbols = Symbols.from_plain(fact(metadata, "vocabulary", list[str])) if "vocabulary" in metadata else None
        shape, channels = said["shape"], 0 if symbols else len(said["names"])
        if shape.symbols != (len(symbols) if symbols else 0) or bool(shape.features) != (symbols is None):
            raise MisfitError("does not say the same of its vocabulary as of its shape")
        if symbols is None and (shape.features != channels or not said["scaling"]):
            raise MisfitError("does not name each channel, and how it is scaled")
        model = rebuilt(lambda: AutoencoderNetwork(shape, options), weights)
        scaling = Scaling.from_plain(said["scaling"], channels) if said["scaling"] else None
        later = fact(metadata, RECALIBRATED, dict) if RECALIBRATED in metadata else None
        normal, recalibrated = (p and Normal.from_plain(p, channels) for p in (said["normal"], later))
        return cls(own, options, model, symbols, scaling, said["names"], normal, recalibrated)

    # ---- reading

    def sequences(self, table: Table) -> Sequences:
        """The sequences of a table, its channels in the order of training.

        Raises:
            DataError: a column is missing, or the numbers a step are not those of training.
        """
        found = read(table, self.own, self.symbols, known=False)
        if len(found.names) != len(self.names):
            raise DataError(
                f"{table.name} has {len(found.names)} numbers a step ({', '.join(found.names)}), and this model was "
                f"trained on {len(self.names)} ({', '.join(self.names)})"
            )
        return found

    def pieces(self, sequences: Sequences) -> list[Excerpt]:
        """All windows of sequences, or each sequence whole.

        Raises:
            DataError: there is none.
        """
        if not sequences.cut:
            return whole(sequences)
        found = [
            piece
            for number, item in enumerate(sequences.items)
            for piece in cut(number, 0, len(item), self.own.window, self.own.step, item.breaks)
        ]
        if not found:
            raise DataError("no series has two steps or more without a gap, so there is no window to rebuild")
        return found

    def scaled(self, sequences: Sequences, piece: Excerpt) -> Values:
        """The values of a window as the model reads them."""
        values = sequences.slice(piece)
        return self.scaling(sequences.items[piece.item].name, values) if self.scaling else values

    def rebuilt(self, sequences: Sequences, pieces: list[Excerpt]) -> list[Rebuilt]:
        """What becomes of windows."""
        return rebuild(self.model, [self.scaled(sequences, piece) for piece in pieces])

    # ---- use

    def examined(self, sequences: Sequences, pieces: list[Excerpt]) -> Evaluation:
        """Figures, pictures and worst examples of windows."""
        return examined(self.seen(sequences, pieces))

    def seen(self, sequences: Sequences, pieces: list[Excerpt]) -> Examined:
        """Windows with what becomes of them, and with what is normal now."""
        rebuilt = self.rebuilt(sequences, pieces)
        return Examined(sequences, pieces, rebuilt, self.in_force, self.scaling, self.symbols)

    def evaluate(self, data: Any) -> Evaluation:
        """How well it rebuilds a table, and how well what it flags is what is known, where that is in the table."""
        sequences = self.sequences(table_of(data))
        return self.examined(sequences, self.pieces(sequences))

    def predict(self, data: Any) -> pl.DataFrame:
        """A row for each of the table's: ``row`` (counting from 0), its ``text`` if it is one, ``score``, ``anomaly``
        and what was rebuilt.

        Where rows are steps, ``window_score`` is the largest of the windows that hold the step. Scores are about 1 on
        normal numbers; of text they are nats a symbol. Rows in no window have none.
        """
        table = table_of(data)
        sequences = self.sequences(table)
        pieces = self.pieces(sequences)
        rebuilt = self.rebuilt(sequences, pieces)
        if sequences.layout == "steps":
            return self._by_step(len(table), sequences, pieces, rebuilt)
        scores = [self.in_force.of_window(r.errors) for r in rebuilt]
        made = self._rows(table, sequences)
        made |= {"score": scores, "anomaly": [s > self.in_force.window for s in scores]}
        if self.symbols:
            made["rebuilt"] = [self.symbols.text(r.output) for r in rebuilt]
        else:
            made["rebuilt"] = [self._back(sequences, p, r).tolist() for p, r in zip(pieces, rebuilt, strict=True)]
        return pl.DataFrame(made, nan_to_null=True)

    def _rows(self, table: Table, sequences: Sequences) -> dict[str, Any]:
        """The row of each sequence that is one, and the text as it is written."""
        rows: dict[str, Any] = {"row": [int(item.rows[0]) for item in sequences.items]}
        return rows | {"text": texts(table, sequences.columns[0])} if sequences.text else rows

    def _back(self, sequences: Sequences, piece: Excerpt, rebuilt: Rebuilt) -> Values:
        assert self.scaling is not None
        back = self.scaling.back(sequences.items[piece.item].name, rebuilt.output.astype(np.float64))
        return back[:, 0] if back.shape[1] == 1 else back

    def _by_step(self, rows: int, sequences: Sequences, pieces: list[Excerpt], rebuilt: list[Rebuilt]) -> pl.DataFrame:
        assert self.scaling is not None
        normal = self.in_force
        scores, windows = np.full(rows, math.nan), np.full(rows, -math.inf)
        made = np.full((rows, len(self.names)), math.nan)
        lengths = [len(item) for item in sequences.items]
        for number, found in step_errors(lengths, pieces, rebuilt).items():
            item = sequences.items[number]
            scores[item.rows] = normal.steps(found)
        for number, found in step_outputs(lengths, pieces, rebuilt).items():
            item = sequences.items[number]
            made[item.rows] = self.scaling.back(item.name, found)
        for piece, one in zip(pieces, rebuilt, strict=True):
            within = sequences.items[piece.item].rows[piece.start : piece.stop]
            windows[within] = np.fmax(windows[within], normal.of_window(one.errors))
        windows[np.isneginf(windows)] = math.nan
        flags = np.nan_to_num(scores, nan=-math.inf) > normal.step
        columns = {f"{name} rebuilt": made[:, at] for at, name in enumerate(self.names)}
        scored = {"row": range(rows), "score": scores, "anomaly": flags, "window_score": windows}
        return pl.DataFrame(scored | columns, nan_to_null=True)

    def embed(self, data: Any) -> pl.DataFrame:
        """The vectors: a row for each sequence, with its ``row`` and ``text`` or its id, or for each window, with its
        series, first and last row.

        Columns ``v1`` to ``vZ``; rows count from 0.
        """
        table = table_of(data)
        sequences = self.sequences(table)
        pieces = self.pieces(sequences)
        codes = np.stack([r.code for r in self.rebuilt(sequences, pieces)])
        items = [sequences.items[piece.item] for piece in pieces]
        front = {} if sequences.layout == "steps" else self._rows(table, sequences)
        name = self.own.id or self.own.series
        if name:
            front[name] = [item.name for item in items]
        if sequences.cut:
            front["first_row"] = [int(i.rows[p.start]) for i, p in zip(items, pieces, strict=True)]
            front["last_row"] = [int(i.rows[p.stop - 1]) for i, p in zip(items, pieces, strict=True)]
        if any(item.label is not None for item in items):
            front[self.own.label] = [item.label for item in items]
        return pl.DataFrame(front | {f"v{n + 1}": codes[:, n] for n in range(codes.shape[1])})


def _known(own: dict[str, Any]) -> dict[str, Any]:
    """Options that there are, of a file that another version may have written."""
    return {key: value for key, value in own.items() if key in {f.name for f in fields(ReconstructOptions)}}
