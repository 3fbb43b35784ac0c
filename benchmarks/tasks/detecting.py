"""What the benchmarks of reconstruction share: seeds that are kept as they are done, and figures as tables."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from undertow.tasks.given import Given
from undertow.training.config import Config
from undertow.training.session import begin, trained

RESULTS = Path(__file__).parent.parent / "results" / "tasks"
SEEDS = range(5)


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
    done = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    for seed in SEEDS:
        if all(row["seed"] != seed for row in done):
            row = {"seed": seed, **measure(seed)}
            print(json.dumps(row), flush=True)
            with file.open("a") as out:
                out.write(json.dumps(row) + "\n")
            done.append(row)
    return sorted(done, key=lambda row: row["seed"])


def spread(values: list[float], digits: int = 3) -> str:
    """Mean and standard deviation over seeds."""
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def paired(a: list[float], b: list[float]) -> str:
    """The mean difference of ``a`` and ``b`` by seed, with its 95% confidence interval by Student's t."""
    differences = [x - y for x, y in zip(a, b, strict=True)]
    mean, n = statistics.mean(differences), len(differences)
    half = stats.t.ppf(0.975, n - 1) * statistics.stdev(differences) / n**0.5
    return f"{mean:+.3f} ({mean - half:+.3f} to {mean + half:+.3f})"


def listed(values: list[float]) -> str:
    """Every seed's value."""
    return ", ".join(f"{value:.3f}" for value in values)


def write(name: str, lines: list[str]) -> None:
    """The fragment of a page."""
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")


def day_windows(values: np.ndarray, length: int) -> np.ndarray:
    """``values`` (N, I) as windows (N // length, length, I) that do not overlap."""
    return values[: len(values) // length * length].reshape(-1, length, values.shape[1])
