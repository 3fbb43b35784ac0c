"""What the network reads of a window: series made ready, and windows of them gathered into tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from undertow.forms import MisfitError, Number, fitted
from undertow.tasks.forecast.calendar import calendar
from undertow.tasks.forecast.reading import Series
from undertow.tasks.forecast.scaling import fill_forward, forward
from undertow.tasks.scale import Scale

__all__ = ["ForecastWindow", "Origins", "Ready", "WindowLayout", "Windows", "make_ready"]

Values = NDArray[np.float64]
_STARTS = 3  #: naive, seasonal, trend


@dataclass(frozen=True)
class WindowLayout:
    """What stands where in a window, as it was when the model was trained."""

    horizon: int  #: H steps ahead
    context: int  #: T steps read
    season: int
    level: str  #: what is subtracted from a window: last, mean or none
    transform: str
    targets: tuple[str, ...]  #: D
    inputs: tuple[str, ...]  #: P
    known: tuple[str, ...]  #: K
    patchy: tuple[int, ...]  #: the inputs that had missing values in training: each has a column that says where
    cycles: tuple[str, ...]  #: of the calendar
    scales: dict[str, Scale] = field(default_factory=dict, repr=False)  #: of ``inputs`` and ``known``

    @property
    def waves(self) -> int:
        """Columns of the calendar."""
        return int(calendar(np.zeros(1, dtype="datetime64[us]"), self.cycles, 1).shape[1])

    @property
    def read(self) -> int:
        """I, what the encoder reads at a step."""
        return 2 * len(self.targets) + len(self.inputs) + len(self.patchy) + len(self.known) + self.waves

    @property
    def ahead(self) -> int:
        """F, what is known of a step ahead."""
        return _STARTS * len(self.targets) + len(self.known) + self.waves

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "scales": {name: scale.plain() for name, scale in self.scales.items()}}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> WindowLayout:
        """From what :meth:`plain` gave."""
        made: dict[str, Any] = fitted(plain, _LAYOUT)
        widths = {"inputs": len(made["inputs"]), "known": len(made["known"])}
        made["scales"] = {name: Scale.of(made["scales"][name], width) for name, width in widths.items()}
        if not set(made["patchy"]) <= set(range(widths["inputs"])):
            raise MisfitError("names inputs that there are not")
        return cls(**{field: made[field] for field in cls.__dataclass_fields__})


#: The most steps of a window: no table has more.
_STEPS = Number(1, 10**6, whole=True)
_LAYOUT = {
    "horizon": _STEPS, "context": _STEPS, "season": _STEPS, "level": Literal["last", "mean", "none"],
    "transform": Literal["none", "sqrt", "log"], "targets": tuple[str, ...], "inputs": tuple[str, ...],
    "known": tuple[str, ...], "patchy": tuple[int, ...], "cycles": tuple[Literal["day", "week", "year"], ...],
    "scales": {"inputs": dict, "known": dict},
}  # fmt: skip


@dataclass(frozen=True)
class Ready:
    """A series as the network reads it, all (T, ...): filled where something is missing, and scaled."""

    values: Values  #: (T, D)
    seen: Values  #: (T, D): 1 where the target was observed
    truth: Values  #: (T, D): as ``values``, NaN where nothing was observed
    inputs: Values  #: (T, P and the patchy ones' columns)
    future: Values  #: (T, K + F of the calendar)
    scale: Scale


def make_ready(series: Series, layout: WindowLayout, scale: Scale) -> Ready:
    """Scale a series and fill its gaps by the last value before them."""
    what = f"series {series.name!r}" if series.name else f"column {' or '.join(map(repr, layout.targets))}"
    truth = scale.apply(forward(series.targets, layout.transform, what))
    missing = np.isnan(series.inputs)[:, list(layout.patchy)]
    inputs = layout.scales["inputs"].apply(fill_forward(series.inputs))
    known = layout.scales["known"].apply(fill_forward(series.known))
    waves = calendar(series.times, layout.cycles, len(series))
    return Ready(
        values=fill_forward(truth),
        seen=(~np.isnan(truth)).astype(np.float64),
        truth=truth,
        inputs=np.concatenate([inputs, missing.astype(np.float64)], axis=1),
        future=np.concatenate([known, waves], axis=1),
        scale=scale,
    )


@dataclass(frozen=True)
class Origins:
    """First steps of forecasts: number of the series (N,), step in it (N,)."""

    series: NDArray[np.int64]
    steps: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: Any) -> Origins:
        return Origins(self.series[index], self.steps[index])

    @classmethod
    def together(cls, each: Sequence[NDArray[np.int64]]) -> Origins:
        """Those of every series by its number, one after the other."""
        numbers = [np.full(len(steps), number) for number, steps in enumerate(each)]
        return cls(np.concatenate([*numbers, np.zeros(0, np.int64)]).astype(np.int64),
                   np.concatenate([*each, np.zeros(0, np.int64)]).astype(np.int64))  # fmt: skip

    def evenly(self, most: int) -> Origins:
        """At most ``most`` of them, evenly spread."""
        if len(self) <= most:
            return self
        return self[np.round(np.linspace(0, len(self) - 1, most)).astype(np.int64)]


@dataclass(frozen=True)
class ForecastWindow:
    """B windows side by side."""

    read: Tensor  #: (T, B, I)
    ahead: Tensor  #: (H, B, F)
    starts: Tensor  #: (3, H, B, D): naive, seasonal and trend
    truth: Tensor  #: (H, B, D), NaN where there is none


class Windows:
    """Windows of series that are ready. Before a series begins stand its first value and the mark of nothing seen."""

    def __init__(self, layout: WindowLayout, series: Sequence[Ready]) -> None:
        self.layout, self.series = layout, series
        self._pad = max(layout.context, layout.season + 1)
        lengths = [len(one.values) for one in series]
        self._first = np.cumsum([0, *(self._pad + length for length in lengths)])[:-1] + self._pad
        self._values = self._joined("values")
        self._truth = self._joined("truth")
        self._rest = torch.cat([self._joined("seen", zero=True), self._joined("inputs"), self._joined("future")], dim=1)
        self._future = self._joined("future")

    def _joined(self, name: str, *, zero: bool = False) -> Tensor:
        parts = []
        for one in self.series:
            values: Values = getattr(one, name)
            before = np.repeat(values[:1] * (0 if zero else 1), self._pad, axis=0)
            parts += [before, values]
        return torch.from_numpy(np.concatenate(parts)).to(torch.get_default_dtype())

    def at(self, origins: Origins) -> ForecastWindow:
        """The windows at (B,) origins. Steps ahead that a series doesn't have must not be asked for."""
        layout = self.layout
        place = torch.from_numpy(self._first[origins.series] + origins.steps)
        before = place + torch.arange(-layout.context, 0)[:, None]
        after = place + torch.arange(layout.horizon)[:, None]
        values = self._values[before]
        level = self._level(values)
        starts = self._starts(place)
        relative = (starts - level).permute(1, 2, 0, 3).flatten(2)
        return ForecastWindow(
            read=torch.cat([values - level, self._rest[before]], dim=2),
            ahead=torch.cat([relative, self._future[after]], dim=2),
            starts=starts,
            truth=self._truth[after],
        )

    def _level(self, values: Tensor) -> Tensor:
        """(B, D) to subtract from windows (T, B, D)."""
        if self.layout.level == "last":
            return values[-1]
        return values.mean(dim=0) if self.layout.level == "mean" else torch.zeros_like(values[0])

    def _starts(self, place: Tensor) -> Tensor:
        """(3, H, B, D), as :mod:`undertow.tasks.forecast.baselines` has them."""
        values, horizon, season = self._values, self.layout.horizon, self.layout.season
        ahead = torch.arange(horizon)[:, None]
        last = values[place - 1].expand(horizon, -1, -1)
        same = values[place + ahead % season - season]
        rise = values[place - 1] - values[place - 1 - season]
        return torch.stack([last, same, same + rise * (ahead // season + 1)[..., None]])
