"""Temperature in Greensboro, 1 to 24 hours ahead, from all other columns too: ``python benchmarks/tasks/weather.py``.

The file is a typical year: its months are of different years, so each month is a series of its own, and the first 70%
of every month is trained on, the next 10% chosen by, the last 20% is the test. No window looks across a month's end.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from forecasting import Case, main

from undertow import examples


def frame() -> pl.DataFrame:
    """The year with times of one nominal year: the row number in hours after 1 January; months by name."""
    table = examples.frame("greensboro")
    times = np.datetime64("2001-01-01T01", "us") + np.arange(len(table)) * np.timedelta64(1, "h")
    month = table["date"].str.slice(0, 2)
    return table.drop("date", "time").with_columns(pl.Series("time", times), month.alias("month"))


OPTIONS = {"time": "time", "target": "temp_c", "horizon": 24, "context": 48, "cell": "gru", "hidden": 64, "steps": 800,
           "learning_rate": 0.001, "weight_decay": 0.1, "dropout": 0.5}  # fmt: skip

CASE = Case(
    "greensboro",
    "Temperature (C) in Greensboro by the hour",
    frame,
    {**OPTIONS, "series": "month", "inputs": "all"},
    " Each month, of a year of its own, is a series: its first 70% trained on, its last 20% the test.",
)
YEAR = Case(
    "greensboro_year",
    "The same as one series",
    lambda: frame().drop("month"),
    {**OPTIONS, "inputs": "all"},
    " Trained on January to mid-September, tested on late October to December: a season that the first nine months "
    "do not have, from another year.",
)

if __name__ == "__main__":
    main([CASE, YEAR], "weather")
