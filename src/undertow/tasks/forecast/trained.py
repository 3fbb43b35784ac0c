"""A trained forecaster in use: from its file, on tables that it was not trained on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from undertow.documents import fact
from undertow.errors import DataError
from undertow.forms import COUNT, MEASURED, POSITIVE, Each, Listed, MisfitError, Number, fitted
from undertow.tables.spacing import UNITS, Spacing
from undertow.tables.table import Table, column
from undertow.tasks.base import Evaluation
from undertow.tasks.files import opened, rebuilt, written
from undertow.tasks.forecast import backtest, scores
from undertow.tasks.forecast.examining import examined
from undertow.tasks.forecast.model import ForecastNetwork
from undertow.tasks.forecast.reading import Columns, Panel, Series, read_panel, words_of
from undertow.tasks.forecast.scaling import forward, learn
from undertow.tasks.forecast.windows import Origins, WindowLayout
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.scale import Scale

__all__ = ["FORMAT", "Blueprint", "TrainedForecaster", "load"]

FORMAT = "undertow-forecast/1"
_ORIGINS = 2000


@dataclass(frozen=True)
class Blueprint:
    """What a network's weights alone don't say."""

    layout: WindowLayout
    levels: tuple[float, ...]
    decoder: str
    scaling: str
    time: tuple[str, ...]
    series: str | None
    step: Spacing | None
    scales: dict[str, Scale]  #: of the series seen in training
    sizes: dict[str, list[float]]  #: by which MASE divides

    @property
    def columns(self) -> Columns:
        """The columns that a table must have."""
        return Columns(self.time, self.series, self.layout.targets, self.layout.inputs, self.layout.known)

    def seal(self, network: ForecastNetwork, model: ModelOptions) -> bytes:
        """The whole forecaster as a file."""
        plain = {
            **vars(self),
            "layout": self.layout.plain(),
            "step": asdict(replace(self.step, gaps=())) if self.step else None,
            "scales": {name: scale.plain() for name, scale in self.scales.items()},
        }
        return written(FORMAT, network, model, {"forecast": json.dumps(plain)})

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Blueprint:
        """From what stands in a file.

        Raises:
            MisfitError: it is something else.
        """
        made = fitted(plain, _PLAIN)
        layout, levels, step = WindowLayout.of(made["layout"]), made["levels"], made["step"]
        if 0.5 not in levels or sorted(set(levels)) != list(levels) or not layout.targets:
            raise MisfitError("does not say which quantiles of which targets are forecast")
        if made["scaling"] == "shared" and not made["scales"]:
            raise MisfitError("does not say how series are scaled")
        width = len(layout.targets)
        made |= {
            "layout": layout,
            "step": Spacing(step["count"], step["unit"], (), step["off"], step["at_month_end"]) if step else None,
            "scales": {name: Scale.of(scale, width) for name, scale in made["scales"].items()},
        }
        if any(len(sizes) != width for sizes in made["sizes"].values()):
            raise MisfitError("does not say of each target by what its errors are divided")
        return cls(**{field.name: made[field.name] for field in fields(cls)})


_STEP = {"count": POSITIVE, "unit": Literal[*UNITS], "off": COUNT, "at_month_end": bool}
_PLAIN = {
    "layout": dict, "levels": Listed(Number(1e-6, 1 - 1e-6)), "decoder": Literal["recurrent", "direct"],
    "scaling": Literal["standard", "mean", "shared", "none"], "time": tuple[str, ...], "series": (str, None),
    "step": (_STEP, None), "scales": Each(dict), "sizes": Each(Listed(MEASURED)),
}  # fmt: skip


def load(data: bytes) -> TrainedForecaster:
    """A forecaster from the bytes of its file. Runs no code from it.

    Raises:
        RunError: it is another kind of model.
    """
    metadata, options, weights = opened(data, FORMAT)
    blueprint = Blueprint.of(fact(metadata, "forecast", dict))
    network = rebuilt(lambda: ForecastNetwork(blueprint.layout, blueprint.levels, options, blueprint.decoder), weights)
    return TrainedForecaster(blueprint, network)


class TrainedForecaster:
    """Forecasts what comes after a table, and measures itself on tables that hold the answers."""

    def __init__(self, blueprint: Blueprint, network: ForecastNetwork) -> None:
        self.blueprint, self.network = blueprint, network

    def predict(self, table: Table) -> pl.DataFrame:
        """Quantiles of the steps after each series' last observed target.

        Columns are the time (``step``, counted from the table's first row, where there are no times), the series if
        there are several, ``target``, ``forecast`` (the median), and every quantile: ``q10``, ``q50`` ...

        Raises:
            DataError: a column is missing, or what must be known in advance is not there for the steps ahead.
        """
        panel = self._read(table)
        horizon = self.blueprint.layout.horizon
        extended = [_extended(series, panel.step, horizon) for series in panel.series]
        for series in extended:
            self._check_known(table, series)
        origins = Origins.together([np.array([series.observed]) for series in panel.series])
        bench = self._bench(replace(panel, series=tuple(extended)))
        return self._written(extended, bench.in_unit(bench.scaled(origins), origins))

    def evaluate(self, table: Table) -> Evaluation:
        """A rolling-origin backtest over the whole table, wherever enough stands before an origin.

        Raises:
            DataError: a column is missing, or no series is long enough.
        """
        panel = self._read(table)
        layout = self.blueprint.layout
        least = min(layout.context, layout.season + 1)
        each = [np.arange(_first(s) + least, s.observed - layout.horizon + 1) for s in panel.series]
        origins = Origins.together(each).evenly(_ORIGINS)
        if not len(origins):
            raise DataError(
                f"{table.name}: no series has the {least + layout.horizon} steps that a forecast of {layout.horizon} "
                "and what it reads at least take; give more of it"
            )
        bench = self._bench(panel)
        own = self.blueprint.sizes
        sizes = np.array([own.get(s.name) or scores.scale_of(s.targets, layout.season).tolist() for s in panel.series])
        return examined(bench, backtest.run(bench, origins, sizes), str(table.path or "the table"))

    def _read(self, table: Table) -> Panel:
        for name, role in ((n, "time") for n in self.blueprint.time):
            column(table, name, role)
        return read_panel(table, self.blueprint.columns, self.blueprint.step)

    def _bench(self, panel: Panel) -> backtest.Bench:
        scales = [self._scale(series) for series in panel.series]
        return backtest.Bench(self.network, self.blueprint.layout, panel.series, scales, panel.step)

    def _scale(self, series: Series) -> Scale:
        """The scale of a series; of one that training did not see, that of all, or of what the table has of it."""
        own, layout, how = self.blueprint.scales, self.blueprint.layout, self.blueprint.scaling
        if series.name in own:
            return own[series.name]
        if how == "shared":
            return next(iter(own.values()))
        return learn(forward(series.targets, layout.transform, f"series {series.name!r}"), how)

    def _check_known(self, table: Table, series: Series) -> None:
        start = series.observed
        ahead = series.known[start : start + self.blueprint.layout.horizon]
        for name, empty in zip(self.blueprint.layout.known, np.isnan(ahead).T, strict=True):
            if empty.any():
                step = start + int(empty.argmax())
                when = f"step {step}" if series.times is None else words_of(series.times[step])
                of = f" of series {series.name!r}" if series.name else ""
                raise DataError(
                    f"{table.name}: `{name}` is not given for {when}{of}, and the forecast needs it "
                    f"{self.blueprint.layout.horizon} steps ahead: add rows with `{name}` and an empty "
                    f"`{self.blueprint.layout.targets[0]}`"
                )

    def _written(self, series: list[Series], made: backtest.Values) -> pl.DataFrame:
        """Quantiles (S, H, D, Q) as rows: by series, step ahead, target."""
        _, horizon, targets, _ = made.shape
        name = (self.blueprint.time[0] if len(self.blueprint.time) == 1 else "time") if self.blueprint.time else "step"
        frame: dict[str, Any] = {name: _stamps(series, horizon).repeat(targets)}
        if self.blueprint.series is not None:
            frame[self.blueprint.series] = [s.name for s in series for _ in range(horizon * targets)]
        frame["target"] = list(self.blueprint.layout.targets) * (len(series) * horizon)
        flat = made.reshape(-1, made.shape[-1])
        frame["forecast"] = flat[:, self.network.middle]
        frame |= {f"q{100 * level:g}": flat[:, q] for q, level in enumerate(self.blueprint.levels)}
        return pl.DataFrame(frame)


def _first(series: Series) -> int:
    return int((~np.isnan(series.targets).all(axis=1)).argmax())


def _stamps(series: list[Series], horizon: int) -> Any:
    """Times (or numbers) of the steps ahead, (S H,); dates where no time of day is told."""
    each = [
        np.arange(s.observed, s.observed + horizon) if s.times is None else s.times[s.observed : s.observed + horizon]
        for s in series
    ]
    stamps = np.concatenate(each)
    if stamps.dtype.kind == "M" and bool((stamps == stamps.astype("datetime64[D]")).all()):
        return stamps.astype("datetime64[D]")
    return stamps


def _extended(series: Series, step: Spacing | None, horizon: int) -> Series:
    """A series that goes on for ``horizon`` steps after its last observed target."""
    length = series.observed + horizon
    more = max(length - len(series), 0)
    times = series.times
    if times is not None and step is not None:
        times = np.concatenate([times, step.after(times[-1], more)])[:length]

    def grown(values: backtest.Values) -> backtest.Values:
        return np.concatenate([values, np.full((more, values.shape[1]), np.nan)])[:length]

    rows = np.concatenate([series.rows, np.full(more, -1)])[:length]
    return Series(series.name, grown(series.targets), grown(series.inputs), grown(series.known), rows, times)
