"""The data that a run was recalibrated on. Needs no torch: the report says it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from undertow.documents import fact

__all__ = ["RECALIBRATED", "TRAINED_ON", "Stretch", "recalibrated_on"]

#: What training learns a threshold from.
TRAINED_ON = "the validation part"
#: The name in a model's metadata under which it is written what was learned anew, if it was.
RECALIBRATED = "recalibrated"


@dataclass(frozen=True)
class Stretch:
    """``file`` is its name (empty for data in memory), ``sha256`` of its content; ``date`` when, ISO 8601 in UTC."""

    file: str
    rows: int
    sha256: str
    date: str

    def __str__(self) -> str:
        rows = f"{self.rows:,} row" + "s" * (self.rows != 1)
        return f"{self.file or 'data in memory'} ({rows}, {self.date[:10]})"


def recalibrated_on(metadata: Mapping[str, str]) -> Stretch | None:
    """The stretch that a model was recalibrated on, by the metadata of its file; None if training's threshold holds.

    Raises:
        MisfitError: they do not say it as they should.
    """
    if RECALIBRATED not in metadata:
        return None
    said: Stretch = fact(metadata, RECALIBRATED, {"stretch": Stretch})["stretch"]
    return said
