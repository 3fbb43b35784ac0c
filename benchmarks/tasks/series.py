"""Sunspots by the month, carbon dioxide by the week, births by the day: ``python benchmarks/tasks/series.py``."""

from __future__ import annotations

import polars as pl
from forecasting import Case, main

from undertow import examples


def sunspots() -> pl.DataFrame:
    """Monthly means from January 1749."""
    times = pl.datetime_range(pl.datetime(1749, 1, 1), pl.datetime(1983, 12, 1), "1mo", eager=True)
    return examples.frame("sunspots_monthly").rename({"value": "sunspots"}).with_columns(times.alias("month"))


CASES = [
    Case(
        "sunspots",
        "Sunspots by the month, 12 ahead",
        sunspots,
        {"time": "month", "target": "sunspots", "horizon": 12, "context": 132, "transform": "sqrt", "hidden": 64,
         "decoder": "direct", "steps": 1500, "learning_rate": 0.001, "weight_decay": 0.1, "dropout": 0.2},
    ),
    Case(
        "co2",
        "Carbon dioxide (ppm) on Mauna Loa by the week, 52 ahead",
        lambda: examples.frame("co2_weekly"),
        {"time": "date", "target": "co2", "horizon": 52, "context": 104, "decoder": "direct", "hidden": 64,
         "steps": 1500, "learning_rate": 0.003},
        " Exponential smoothing has a season of 52 weeks, against which the year slips: it errs most half a year on.",
    ),
    Case(
        "births",
        "Births a day in the United States, 28 ahead",
        lambda: examples.frame("us_births"),
        {"time": "year,month,date_of_month", "target": "births", "horizon": 28, "context": 56, "hidden": 96,
         "steps": 2500, "learning_rate": 0.003, "dropout": 0.1},
    ),
]  # fmt: skip

if __name__ == "__main__":
    main(CASES, "series")
