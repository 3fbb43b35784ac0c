"""Forecasting as a task: windows of the training part, in another order every pass, and the figures of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from undertow.errors import DataError
from undertow.tables.splits import by_time
from undertow.tasks.base import Carried, Evaluation, Measured, Setup
from undertow.tasks.files import restored
from undertow.tasks.forecast import backtest, scores
from undertow.tasks.forecast.calendar import cycles, season_of
from undertow.tasks.forecast.examining import examined
from undertow.tasks.forecast.model import ForecastNetwork, choose_start, pinball_loss
from undertow.tasks.forecast.options import ForecastOptions
from undertow.tasks.forecast.reading import Panel, Series, choose_columns, read_panel, unread_times, words_of
from undertow.tasks.forecast.scaling import forward, learn
from undertow.tasks.forecast.trained import Blueprint
from undertow.tasks.forecast.windows import Origins, WindowLayout
from undertow.tasks.scale import Scale, Values
from undertow.words import Warned

__all__ = ["ForecastTask", "TargetPart"]

_ALONG_THE_WAY = 400  # origins of an evaluation while training goes on
_MOST_NAMED = 5
_CLOSELY = 2000  # of an examination


@dataclass(frozen=True)
class TargetPart:
    """Where the targets of a part lie in each series: steps ``start`` up to ``stop``, (S,) each."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]


class ForecastTask:
    """Series, their parts by time, and the network (see :class:`undertow.tasks.base.Task`)."""

    unit = "step"
    figure = "mase"

    def __init__(self, setup: Setup) -> None:
        own: ForecastOptions = setup.own
        table = setup.data.table(own.header)
        self._own, self._setup, self.digest, self._header = own, setup, table.digest, table.header
        columns = choose_columns(table, own)
        self._notes = [*table.notes, *unread_times(table, own, columns)]
        self.panel = read_panel(table, columns)
        self.parts, self._short = _cut(self.panel, own, table.name)
        training = [s.targets[: self.parts["train"].stop[n]] for n, s in enumerate(self.panel.series)]
        layout = _layout(self.panel, self.parts["train"], own)
        scales = _scales(self.panel, training, own)
        self.sizes = np.stack([scores.scale_of(t, layout.season) for t in training])
        self.model = ForecastNetwork(layout, own.levels, setup.model, own.decoder)
        self.bench = backtest.Bench(self.model, layout, self.panel.series, scales, self.panel.step)
        self.origins = {part: self._origins(part) for part in self.parts}
        self._check(table.name)
        some = self.bench.windows.at(self.origins["train"].evenly(_CLOSELY))
        self.model.start, self.model.spread = choose_start(some.starts, some.truth, own.start)
        self._levels = torch.tensor(own.levels)

    def _origins(self, part: str) -> Origins:
        """First steps of forecasts whose targets lie in a part; what they read may lie before it."""
        layout, bounds = self.bench.layout, self.parts[part]
        each = []
        for number, series in enumerate(self.panel.series):
            seen = ~np.isnan(series.targets).all(axis=1)
            first = int(seen.argmax()) + min(layout.context, layout.season + 1)
            steps = np.arange(max(bounds.start[number], first), bounds.stop[number] - layout.horizon + 1)
            counted = np.concatenate([[0], np.cumsum(seen)])
            each.append(steps[counted[steps + layout.horizon] > counted[steps]] if len(steps) else steps)
        return Origins.together(each)

    def _check(self, name: str) -> None:
        for part, origins in self.origins.items():
            steps = int((self.parts[part].stop - self.parts[part].start).max())
            if not len(origins) and not (part == "test" and not self._own.test):
                what, remedy = ("", f"a larger share for {part}")
                if part == "train":
                    what, remedy = " and what it reads", "a shorter context"
                raise DataError(
                    f"{name}: the {part} part has {steps} steps, too few for a forecast of {self.bench.layout.horizon}"
                    f"{what}; give more data, {remedy} or a shorter horizon"
                )

    # ---- training

    def plan(self, epoch: int) -> Sequence[Origins]:
        """Every window of the training part once, B at a time, shuffled."""
        origins, batch = self.origins["train"], self._setup.batch
        order = np.random.default_rng([self._setup.seed, epoch]).permutation(len(origins))
        return [origins[order[start : start + batch]] for start in range(0, len(order), batch)]

    def loss(self, piece: Origins, carried: Carried) -> Measured:
        """Mean pinball loss of a batch of windows, in the scale of the series."""
        window = self.bench.windows.at(piece)
        loss, count = pinball_loss(self.model(window), window.truth, self._levels)
        return Measured(loss, count)

    @torch.no_grad()
    def evaluate(self, part: str) -> dict[str, float]:
        """Pinball loss in the scale of the series, MASE, and how much of the truth the interval covers."""
        origins = self.origins[part].evenly(_ALONG_THE_WAY)
        test = backtest.run(self.bench, origins, self.sizes)
        loss, _ = pinball_loss(test.scaled, self.bench.windows.at(origins).truth, self._levels)
        figures = {"loss": float(loss), "mase": test.mase(test.forecast[..., self.model.middle])}
        if len(self._own.levels) > 1:
            low, high = test.forecast[..., 0], test.forecast[..., -1]
            figures["coverage"] = float(scores.coverage(low, high, test.truth))
        return figures

    def examine(self, part: str) -> Evaluation:
        """A rolling-origin backtest of a part, against simple forecasts."""
        origins = self.origins[part].evenly(_CLOSELY)
        if not len(origins):
            raise DataError(
                f"the {part} part has no steps to forecast: forecast.{part} was {getattr(self._own, part):g}"
            )
        return examined(self.bench, backtest.run(self.bench, origins, self.sizes), f"{part} part")

    def sample(self, length: int, seed: int) -> str | None:
        """Nothing: a forecast is read as numbers."""
        return None

    # ---- what it is

    def describe(self) -> list[str]:
        """Columns, steps, gaps and parts, for people."""
        columns, layout, series = self.panel.columns, self.bench.layout, self.panel.series
        roles = {
            "time": columns.time, "series": (columns.series,) if columns.series else (), "target": columns.targets,
            "input": columns.inputs, "known in advance": columns.known,
        }  # fmt: skip
        read = [f"{', '.join(f'`{n}`' for n in names)} as {role}" for role, names in roles.items() if names]
        lines = [*self._notes, "reading " + ", ".join(read)]
        steps = sum(map(len, series))
        each = f"{len(series):,} series, " if len(series) > 1 else ""
        first = series[0].times
        when = f", from {words_of(first[0])}" if first is not None and len(series) == 1 else ""
        season = f"season {layout.season} steps" if layout.season > 1 else "no season"
        lines.append(f"{each}{steps:,} steps of {self.panel.step or 'equal length'}{when}; {season}")
        if columns.time and self._own.calendar == "auto":
            lines.append("calendar: " + (f"place in the {', '.join(layout.cycles)}" if layout.cycles else "none"))
        lines += self.panel.notes
        longest = int(self.parts["train"].stop.max())
        if layout.context > longest:
            lines.append(
                Warned(
                    f"forecast.context is {layout.context:,}, and the training part has {longest:,} steps: what "
                    "would stand before them is never there"
                )
            )
        if self._short:
            names = ", ".join(map(repr, self._short[:_MOST_NAMED])) + (" ..." if len(self._short) > _MOST_NAMED else "")
            lines.append(f"too short to be cut, and all trained on: series {names}")
        sizes = [f"{part} {int((b.stop - b.start).sum()):,}" for part, b in self.parts.items()]
        windows = [f"{len(origins):,}" for origins in self.origins.values()]
        lines.append(f"parts in order of time: {', '.join(sizes)} steps; windows {' + '.join(windows)}")
        return lines

    def facts(self) -> dict[str, Any]:
        """What was found in the data, for config.toml."""
        layout, columns = self.bench.layout, self.panel.columns
        return {
            "header": self._header,
            "time": list(columns.time), "targets": list(columns.targets), "inputs": list(columns.inputs),
            "known": list(columns.known), "series": len(self.panel.series), "step": str(self.panel.step or ""),
            "season": layout.season, "context": layout.context, "calendar": list(layout.cycles),
        }  # fmt: skip

    def serialise(self) -> bytes:
        """The network with what takes its forecasts to the unit of the data, as a sealed safetensors file."""
        blueprint = Blueprint(
            layout=self.bench.layout,
            levels=self._own.levels,
            decoder=self._own.decoder,
            scaling=self._own.scaling,
            time=self.panel.columns.time,
            series=self.panel.columns.series,
            step=self.panel.step,
            scales={s.name: c for s, c in zip(self.panel.series, self.bench.scales, strict=True)},
            sizes={s.name: c for s, c in zip(self.panel.series, self.sizes.tolist(), strict=True)},
        )
        return blueprint.seal(self.model, self._setup.model)

    def restore(self, data: bytes) -> None:
        """Make the model what it is in its file."""
        restored(self.model, data)


def _what(series: Series, own: ForecastOptions) -> str:
    return f"series {series.name!r}" if series.name else f"target {own.target}"


def _scales(panel: Panel, training: Sequence[Values], own: ForecastOptions) -> list[Scale]:
    """The scale of each series; where they share one it is that of all training parts together."""
    made = [forward(t, own.transform, _what(s, own)) for s, t in zip(panel.series, training, strict=True)]
    if own.scaling == "shared":
        return [learn(np.concatenate(made), own.scaling)] * len(made)
    return [learn(values, own.scaling) for values in made]


def _cut(panel: Panel, own: ForecastOptions, name: str) -> tuple[dict[str, TargetPart], list[str]]:
    """The parts of each series, up to its last observed target, and which of several were too short to be cut."""
    bounds, short = [], []
    for series in panel.series:
        try:
            parts = by_time(series.observed, own.validation, own.test)
        except DataError as error:
            if len(panel.series) == 1:
                raise DataError(f"{name}: {error}") from None
            short.append(series.name)
            bounds.append([0, *3 * [series.observed]])
            continue
        bounds.append([0, *np.cumsum([len(rows) for _, rows in parts.items()])])
    edges = np.array(bounds).T
    return {part: TargetPart(edges[n], edges[n + 1]) for n, part in enumerate(("train", "validation", "test"))}, short


def _layout(panel: Panel, train: TargetPart, own: ForecastOptions) -> WindowLayout:
    """What stands in a window, from the training part alone."""
    season = own.season or season_of(panel.step)
    context = own.context or 2 * max(season, own.horizon)
    longest = int(train.stop.max())
    inputs, known = (
        np.concatenate([getattr(s, part)[:stop] for s, stop in zip(panel.series, train.stop, strict=True)])
        for part in ("inputs", "known")
    )
    return WindowLayout(
        horizon=own.horizon, context=context, season=season, level=own.level, transform=own.transform,
        targets=panel.columns.targets, inputs=panel.columns.inputs, known=panel.columns.known,
        patchy=tuple(np.flatnonzero(np.isnan(inputs).any(axis=0)).tolist()),
        cycles=cycles(panel.step, longest) if own.calendar == "auto" else (),
        scales={"inputs": learn(inputs, "standard"), "known": learn(known, "standard")},
    )  # fmt: skip
