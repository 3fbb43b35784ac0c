"""What the benchmarks of reconstruction share: seeds that are kept as they are done, and figures as tables."""

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from seeds import RESULTS, SEEDS, add, deviation as spread, known, listed, paired, write

from undertow.tasks.given import Given
from undertow.training.config import Config
from undertow.training.session import begin, trained

__all__ = ["RESULTS", "SEEDS", "by_seed", "day_windows", "fitted", "listed", "paired", "spread", "write"]


def fitted(frame: pl.DataFrame, options: Mapping[str, Any], seed: int) -> tuple[Any, dict[str, Any]]:
    """A trained autoencoder, and what its training took."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        session = begin(
            Config.of("reconstruct").replaced({**options, "seed": seed, "threads": 1}), run, Given(memory=frame)
        )
        start, spent = time.perf_counter(), time.process_time()
        session.train(listen=lambda event: None)
        seconds = {"seconds": round(time.perf_counter() - start), "cpu": round(time.process_time() - spent)}
        return trained(run)[0], seconds


def by_seed(name: str, measure: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    """``measure`` of every seed that is not done yet; a line each in ``results/tasks/name.json``."""
    file = RESULTS / f"{name}.json"
    done = known(file)
    for seed in SEEDS:
        if all(row["seed"] != seed for row in done):
            row = {"seed": seed, **measure(seed)}
            print(json.dumps(row), flush=True)
            add(file, row)
            done.append(row)
    return sorted(done, key=lambda row: row["seed"])


def day_windows(values: np.ndarray, length: int) -> np.ndarray:
    """``values`` (N, I) as windows (N // length, length, I) that do not overlap."""
    return values[: len(values) // length * length].reshape(-1, length, values.shape[1])
