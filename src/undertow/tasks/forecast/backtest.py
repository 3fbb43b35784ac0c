"""Rolling-origin backtests: forecasts from many origins against the truth and against simple forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from undertow.tables.spacing import Spacing
from undertow.tasks.forecast.baselines import BASELINES
from undertow.tasks.forecast.model import ForecastNetwork
from undertow.tasks.forecast.reading import Series, words_of
from undertow.tasks.forecast.scaling import backward, fill_forward
from undertow.tasks.forecast.windows import Origins, WindowLayout, Windows, make_ready
from undertow.tasks.rest import at_rest
from undertow.tasks.scale import Scale

__all__ = ["Backtest", "Bench", "run"]

Values = NDArray[np.float64]
_AT_ONCE = 256


class Bench:
    """A network, series, and what takes its forecasts back to their unit."""

    def __init__(
        self,
        network: ForecastNetwork,
        layout: WindowLayout,
        series: Sequence[Series],
        scales: Sequence[Scale],
        step: Spacing | None,
    ) -> None:
        self.network, self.layout, self.series, self.scales, self.step = network, layout, series, scales, step
        self.windows = Windows(layout, [make_ready(s, layout, c) for s, c in zip(series, scales, strict=True)])
        self._filled = [fill_forward(s.targets) for s in series]

    @torch.no_grad()
    def scaled(self, origins: Origins) -> Tensor:
        """Quantiles (H, N, D, Q) in the scale of the windows; the network is afterwards in the mode it was in."""
        with at_rest(self.network):
            parts = range(0, len(origins), _AT_ONCE)
            return torch.cat([self.network(self.windows.at(origins[i : i + _AT_ONCE])) for i in parts], dim=1)

    def in_unit(self, scaled: Tensor, origins: Origins) -> Values:
        """The same as (N, H, D, Q) in the unit of the data."""
        shift, factor = (np.stack([getattr(s, part) for s in self.scales]) for part in ("shift", "factor"))
        shift, factor = (values[origins.series][:, None, :, None] for values in (shift, factor))
        return backward(scaled.double().numpy().swapaxes(0, 1) * factor + shift, self.layout.transform)

    def truth(self, origins: Origins) -> Values:
        """(N, H, D), NaN where nothing was observed."""
        return self._each(
            origins, lambda number, steps: self.series[number].targets[_ahead(steps, self.layout.horizon)]
        )

    def baseline(self, name: str, origins: Origins) -> Values:
        """(N, H, D) of a simple forecast (``BASELINES``)."""
        make, layout = BASELINES[name], self.layout
        return self._each(
            origins, lambda number, steps: make(self._filled[number], steps, layout.horizon, layout.season)
        )

    def _each(self, origins: Origins, make: Any) -> Values:
        made = np.empty((len(origins), self.layout.horizon, len(self.layout.targets)))
        for number in np.unique(origins.series):
            mine = origins.series == number
            made[mine] = make(int(number), origins.steps[mine])
        return made

    def history(self, number: int, step: int) -> Values:
        """(T, D): what was observed before an origin, as long as a picture shows it."""
        length = min(self.layout.context, 3 * self.layout.horizon)
        return self.series[number].targets[max(step - length, 0) : step]

    def place(self, number: int, step: int) -> str:
        """When an origin is, in words."""
        one = self.series[number]
        return f"step {step}" if one.times is None else words_of(one.times[step])


def _ahead(steps: NDArray[np.int64], horizon: int) -> NDArray[np.int64]:
    return np.asarray(steps[:, None] + np.arange(horizon))


@dataclass(frozen=True)
class Backtest:
    """Forecasts (N, H, D, Q) from N origins, the truth (N, H, D), and the simple forecasts by name."""

    origins: Origins
    scaled: Tensor  #: (H, N, D, Q), in the scale of the windows
    forecast: Values
    truth: Values
    simple: dict[str, Values]
    sizes: Values  #: (N, D): by what an error is divided for MASE

    def column(self, d: int) -> Backtest:
        """Of one target alone."""
        one = slice(d, d + 1)
        simple = {name: made[:, :, one] for name, made in self.simple.items()}
        return replace(
            self,
            forecast=self.forecast[:, :, one],
            truth=self.truth[:, :, one],
            simple=simple,
            sizes=self.sizes[:, one],
        )

    def mase(self, made: Values) -> float:
        """The mean scaled error of forecasts (N, H, D)."""
        scaled = np.abs(made - self.truth) / self.sizes[:, None]
        return float(np.nanmean(scaled)) if np.isfinite(scaled).any() else float("nan")


def run(bench: Bench, origins: Origins, sizes: Values) -> Backtest:
    """Forecast from every origin; ``sizes`` (S, D) are the series' errors by which MASE divides."""
    scaled = bench.scaled(origins)
    return Backtest(
        origins,
        scaled,
        bench.in_unit(scaled, origins),
        bench.truth(origins),
        {name: bench.baseline(name, origins) for name in BASELINES},
        sizes[origins.series],
    )
