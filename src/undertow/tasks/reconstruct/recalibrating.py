"""What is normal, learned anew on a later stretch: how errors lie and the thresholds. No weight of the model moves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from undertow.errors import DataError, RunError
from undertow.storage import restated
from undertow.tables.table import Table
from undertow.tasks.reconstruct.anomaly import FEW
from undertow.tasks.reconstruct.examining import finding
from undertow.tasks.reconstruct.normal import Normal
from undertow.tasks.reconstruct.stretch import RECALIBRATED, Stretch
from undertow.tasks.reconstruct.trained import TrainedAutoencoder

__all__ = ["Recalibration", "recalibrated"]

#: The fewest windows to learn from: the tail of a threshold is their highest tenth, and two make a tail.
_FEWEST = 20
#: A stretch of which more than this share is flagged is not taken for normal on somebody's word alone.
_MOST = 0.5


@dataclass(frozen=True)
class Recalibration:
    """What is normal ``now`` and was ``before``, the shares of the stretch that were ``flagged`` then (none if it was
    undone), and in words."""

    now: Normal
    before: Normal
    flagged: dict[str, float]
    lines: list[str]

    @property
    def said(self) -> dict[str, Any]:
        """For machines."""
        return {"calibration": self.now.said, "before": self.before.said, **self.flagged}


def recalibrated(data: bytes, table: Table | None, *, force: bool = False) -> tuple[bytes, Recalibration]:
    """The bytes of a model's file with what is normal by a ``table``, believed to be so; the training's stays in it.

    Windows with known anomalies, if the table says which they are, are left out. Without a table, as training left it.

    Raises:
        DataError: a column is missing, there is too little, or most of it is flagged and nothing is to ``force`` it.
        RunError: there is no table, and nothing to go back from.
    """
    using = TrainedAutoencoder.load(data)
    made = _undone(using) if table is None else _learned(using, table, force)
    later = json.dumps(made.now.plain) if made.now.stretch else None
    return restated(data, {RECALIBRATED: later}), made


def _undone(using: TrainedAutoencoder) -> Recalibration:
    before, now = using.recalibrated, using.normal
    if before is None or now is None:
        raise RunError("the run was not recalibrated, so there is nothing to undo: its threshold is the training's")
    line = f"what is normal is learned on {now.learned_on} again, no longer on {before.learned_on}"
    return Recalibration(now, before, {}, [line])


def _learned(using: TrainedAutoencoder, table: Table, force: bool) -> Recalibration:
    sequences = using.sequences(table)
    every, thing = using.pieces(sequences), "window" if sequences.cut else "sequence"
    pieces = [piece for piece in every if not sequences.items[piece.item].known(piece)]
    left = len(every) - len(pieces)
    without = f" ({left:,} with known anomalies left out)" if left else ""
    if len(pieces) < _FEWEST:
        raise DataError(
            f"{table.name} has {len(pieces)} {thing}{'s' * (len(pieces) != 1)}{without}, too few to learn a threshold "
            f"from, which takes {_FEWEST}; give a longer stretch"
        )
    seen = using.seen(sequences, pieces)
    before, figures = seen.normal, finding(seen)
    flagged = {name: value for name, value in figures.items() if name in ("windows_flagged", "steps_flagged")}
    if flagged["windows_flagged"] > _MOST and not force:
        raise DataError(
            f"{flagged['windows_flagged']:.1%} of the {len(pieces):,} {thing}s of {table.name} are flagged by the "
            f"threshold in force (learned on {before.learned_on}): as a whole it is not what is normal, or normal has "
            "changed altogether; if it has, --force (from Python force=True) learns from it all the same"
        )
    name = table.path.name if table.path else ""
    stretch = Stretch(name, len(table), table.digest, datetime.now(UTC).isoformat(timespec="seconds"))
    lengths = [len(item) for item in sequences.items]
    now = Normal.of(lengths, pieces, seen.rebuilt, before.rate, stretch)
    steps = sequences.layout == "steps"
    were = f"{flagged['windows_flagged']:.1%} of them" + (f" and {flagged['steps_flagged']:.1%} of steps" * steps)
    lines = [
        f"{table.name}: {len(pieces):,} {thing}s{without}; {were} were flagged until now",
        f"{thing}s are flagged above {now.window:.3g}, which {now.rate:.2%} of these exceed"
        + f"; steps above {now.step:.3g}" * steps,
    ]
    if now.rate * len(pieces) < FEW:
        lines.append(
            f"{now.rate:.2%} of {len(pieces):,} {thing}s is {now.rate * len(pieces):.1f}: that threshold is from the "
            "tail fitted to the highest of them; a longer stretch makes it surer"
        )
    return Recalibration(now, before, flagged, lines)
