"""What is normal, learned anew on a later stretch: how errors lie and the thresholds. No weight of the model moves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from undertow.errors import DataError, RunError
from undertow.storage import restated
from undertow.tables.table import Table
from undertow.tasks.reconstruct.anomaly import FEW, Flagged
from undertow.tasks.reconstruct.examined import Examined
from undertow.tasks.reconstruct.examining import finding, many_more
from undertow.tasks.reconstruct.normal import Normal
from undertow.tasks.reconstruct.stretch import RECALIBRATED, Stretch
from undertow.tasks.reconstruct.trained import TrainedAutoencoder
from undertow.words import Warned

__all__ = ["ThresholdRecalibration", "recalibrated"]

#: The fewest windows to learn from: the tail of a threshold is their highest tenth, and two make a tail.
_FEWEST = 20
#: A stretch of which more than this share is flagged is refused as normal unless ``force`` is given.
_MOST = 0.5


@dataclass(frozen=True)
class ThresholdRecalibration:
    """What is normal ``now`` and was ``before``, and in words.

    ``flagged``, of a stretch: ``windows_flagged`` and ``steps_flagged``, the shares by what was normal before, and
    ``last_third_flagged``, the share of windows in its last third by what is normal in the rest of it.
    """

    now: Normal
    before: Normal
    flagged: dict[str, float]
    lines: list[str]

    @property
    def said(self) -> dict[str, Any]:
        """For machines."""
        return {"calibration": self.now.said, "before": self.before.said, **self.flagged}


def recalibrated(data: bytes, table: Table | None, *, force: bool = False) -> tuple[bytes, ThresholdRecalibration]:
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


def _undone(using: TrainedAutoencoder) -> ThresholdRecalibration:
    before, now = using.recalibrated, using.normal
    if before is None or now is None:
        raise RunError("the run was not recalibrated, so there is nothing to undo: its threshold is the training's")
    line = f"what is normal is learned on {now.learned_on} again, no longer on {before.learned_on}"
    return ThresholdRecalibration(now, before, {}, [line])


def _learned(using: TrainedAutoencoder, table: Table, force: bool) -> ThresholdRecalibration:
    sequences = using.sequences(table)
    every = using.pieces(sequences)
    pieces = [piece for piece in every if not sequences.items[piece.item].known(piece)]
    thing = "window" if sequences.cut else "sequence"
    counted = f"{len(pieces):,} {thing}" + "s" * (len(pieces) != 1)
    if len(pieces) < len(every):
        counted += f" ({len(every) - len(pieces):,} with known anomalies left out)"
    if len(pieces) < _FEWEST:
        raise DataError(
            f"{table.name} has {counted}, too few to learn a threshold from, which takes {_FEWEST}; give a longer "
            "stretch"
        )
    seen = using.seen(sequences, pieces)
    flagged = {k: value for k, value in finding(seen).items() if k in ("windows_flagged", "steps_flagged")}
    what = "steps" if sequences.layout == "steps" else "windows"  # of which predict says whether they are anomalies
    if flagged[f"{what}_flagged"] > _MOST and not force:
        raise DataError(
            f"{flagged[f'{what}_flagged']:.1%} of the {what if what == 'steps' else thing + 's'} of {table.name} are "
            f"flagged by the threshold in force (learned on {seen.normal.learned_on}): as a whole it is not what is "
            "normal, or normal has changed altogether; if it has, --force (from Python force=True) learns from it all "
            "the same"
        )
    name = table.path.name if table.path else ""
    stretch = Stretch(name, len(table), table.digest, datetime.now(UTC).isoformat(timespec="seconds"))
    now = Normal.of([len(item) for item in sequences.items], pieces, seen.rebuilt, seen.normal.rate, stretch)
    lines = [f"{table.name}: {counted}", *_compared(seen, now, flagged, thing), *_moving(seen, flagged, thing)]
    return ThresholdRecalibration(now, seen.normal, flagged, lines)


def _compared(seen: Examined, now: Normal, flagged: dict[str, float], thing: str) -> list[str]:
    """What was flagged until now, what is from now on, and how sure that is."""
    were, above = f"{flagged['windows_flagged']:.1%} of {thing}s", f"{thing}s are flagged above {now.window:.3g}"
    if "steps_flagged" in flagged:
        were += f" and {flagged['steps_flagged']:.1%} of steps"
        above += f" and steps above {now.step:.3g}"
    lines = [f"until now {were} were flagged; from now on {above}, as {now.rate:.2%} of normal ones are expected to be"]
    count, before = len(seen.pieces), seen.normal
    if now.rate * count < FEW:
        lines.append(
            f"{now.rate:.2%} of {count:,} {thing}s is {now.rate * count:.1f}: that threshold is from the tail fitted "
            "to the highest of them; a longer stretch makes it surer"
        )
    if not many_more(flagged["windows_flagged"], count, before.rate):
        lines.append(
            f"no more were flagged than is usual: what is normal has not changed since {before.learned_on}, and a "
            "threshold from a calm stretch may flag more later; --undo goes back"
        )
    return lines


def _moving(seen: Examined, flagged: dict[str, float], thing: str) -> list[str]:
    """A warning if what is normal in the first two thirds of a stretch is not so in its last; its share in ``flagged``.

    Nothing is said of what is too short to tell.
    """
    items, pieces, rate = seen.sequences.items, seen.pieces, seen.normal.rate
    if seen.sequences.cut:
        edges = [2 * len(item) // 3 for item in items]
        early = [at for at, piece in enumerate(pieces) if piece.stop <= edges[piece.item]]
        late = [at for at, piece in enumerate(pieces) if piece.start >= edges[piece.item]]
    else:
        early, late = list(range(2 * len(pieces) // 3)), list(range(2 * len(pieces) // 3, len(pieces)))
    if len(early) < _FEWEST or not late:
        return []
    rebuilt = [seen.rebuilt[at] for at in early]
    try:
        learned = Normal.of([len(item) for item in items], [pieces[at] for at in early], rebuilt, rate)
    except DataError:  # too little is there in all channels
        return []
    scores = np.array([learned.of_window(seen.rebuilt[at].errors) for at in late])
    share = flagged["last_third_flagged"] = float(Flagged(scores, learned.window).flags.mean())
    if not many_more(share, len(late), rate):
        return []
    return [
        Warned(
            f"learned on the first two thirds of it alone, {share:.1%} of the {thing}s in its last third would be "
            f"flagged, where {rate:.2%} is asked for: normal is still moving, or a longer stretch is needed to know it"
        )
    ]
