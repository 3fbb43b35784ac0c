"""The options of forecasts. Needs no torch, so that help is quick."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from undertow.errors import OptionError
from undertow.options import check, option
from undertow.tasks.samples import SampleOptions, header_option

__all__ = ["ForecastOptions", "names_of"]


@dataclass(frozen=True)
class ForecastOptions(SampleOptions):
    """Which columns a forecast reads, how far it looks, and how it is made."""

    data: str = option("", "the table")
    header: str = header_option()
    time: str = option("", "column of the time, several with commas: year,month; empty finds it, none: equal steps")
    series: str = option("", "column that tells several series apart")
    target: str = option("", "columns to forecast; empty takes the only number column that is left")
    inputs: str = option("", "columns known up to the present alone; all takes every number column that is left")
    known: str = option("", "columns known in advance, such as holidays or prices")
    calendar: str = option(
        "auto", "time of day, week and year, as far as training covers them", choices=("auto", "none")
    )
    horizon: int = option(24, "steps ahead", at_least=1)
    context: int = option(0, "steps read before the forecast; 0 takes two seasons or two horizons", at_least=0)
    season: int = option(0, "steps of a season; 0 takes it from the times' spacing, 1: none", at_least=0)
    quantiles: str = option("0.1,0.5,0.9", "what is forecast; 0.5 among them")
    start: str = option(
        "auto",
        "what the network corrects: the last value, the season before, or that with its trend; auto: the last value, "
        "unless another errs less than half as much in training",
        choices=("auto", "last", "season", "trend"),
    )
    decoder: str = option(
        "recurrent",
        "of the steps ahead: layers like the encoder's, or each step directly",
        choices=("recurrent", "direct"),
    )
    level: str = option("last", "subtracted from a window: its last value, its mean, or nothing",
                        choices=("last", "mean", "none"))  # fmt: skip
    scaling: str = option("standard", "of each series, learned on its training part; shared: one for all",
                          choices=("standard", "mean", "shared", "none"))  # fmt: skip
    transform: str = option("none", "of the targets, before anything else", choices=("none", "sqrt", "log"))
    validation: float = option(0.1, "share of each series after the training part", above=0.0, at_most=0.5)
    test: float = option(0.2, "share of each series at its end, touched by evaluate alone", at_least=0.0, at_most=0.5)

    def __post_init__(self) -> None:
        check(self, "forecast.")
        if not self.levels:
            raise OptionError("forecast.quantiles names none; 0.1,0.5,0.9 gives a forecast and its 80% interval")
        twice = [name for name in set(self.names) if self.names.count(name) > 1]
        if twice:
            raise OptionError(f"forecast: column {min(twice)!r} is named for two things")

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantiles, upwards.

        Raises:
            OptionError: one is no number between 0 and 1, or the median is not among them.
        """
        levels = []
        for word in names_of(self.quantiles):
            try:
                levels.append(float(word))
            except ValueError:
                raise OptionError(f"forecast.quantiles has {word!r}, which is not a number") from None
        wrong = [level for level in levels if not 0 < level < 1]
        if wrong:
            raise OptionError(f"forecast.quantiles must lie between 0 and 1, got {wrong[0]:g}")
        if len(set(levels)) < len(levels):
            raise OptionError("forecast.quantiles names one twice")
        if levels and 0.5 not in levels:
            raise OptionError("forecast.quantiles must have 0.5 among them: the median is the forecast")
        return tuple(sorted(levels))

    @property
    def names(self) -> list[str]:
        """Every column that is named, in order."""
        words = (self.time, self.series, self.target, self.inputs, self.known)
        return [n for n in itertools.chain.from_iterable(map(names_of, words)) if n not in ("all", "none")]


def names_of(text: str) -> list[str]:
    """The names in ``text``, which stand between commas."""
    return [name for word in text.split(",") if (name := word.strip())]
