"""The temperature of the next 24 hours: the genetic search beside TPE and chance: ``benchmarks/search/temperature.py``.

The series are as in ``benchmarks/tasks/weather.py``: each month, of a year of its own, is one.
"""

import sys
from pathlib import Path

from searching import Case, main

from undertow.training.config import Config

sys.path.append(str(Path(__file__).parents[1] / "tasks"))
from weather import frame

DATA = Path("runs") / "greensboro.parquet"
OPTIONS = {"time": "time", "target": "temp_c", "horizon": 24, "context": 48, "series": "month", "inputs": "all",
           "steps": 200, "evaluate_every": 50}  # fmt: skip

if __name__ == "__main__":
    DATA.parent.mkdir(exist_ok=True)
    if not DATA.exists():
        frame().write_parquet(DATA)
    main(Case("temperature", Config.of("forecast").replaced({"data": str(DATA), **OPTIONS})))
