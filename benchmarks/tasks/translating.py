"""What the benchmarks of translation share: variants by seed, kept as they are done, and their figures as a table."""

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
from seeds import RESULTS, SEEDS, add, deviation, known, listed, paired as difference, write

from undertow.tasks.given import Given
from undertow.training.config import Config
from undertow.training.session import begin, evaluate

__all__ = ["SEEDS", "by_seed", "measure", "paired", "spread", "values", "write"]

#: The model is chosen by validation alone; figures are those of the test part.


def measure(name: str, variants: Mapping[str, dict], frame: Callable[[], pl.DataFrame]) -> list[dict]:
    """Train every variant with every seed, if that is not done yet; a line each in ``results/tasks/name.json``.

    A seed is that of the split, of the initialisation and of the order of pairs: in one seed all variants have the
    same parts.
    """
    file = RESULTS / f"{name}.json"
    done = known(file)
    for seed in SEEDS:
        for variant, options in variants.items():
            if any(row["variant"] == variant and row["seed"] == seed for row in done):
                continue
            with tempfile.TemporaryDirectory() as folder:
                config = Config.of("translate").replaced({**options, "seed": seed, "threads": 1})
                session = begin(config, Path(folder) / "run", Given(memory=frame()))
                start, spent = time.perf_counter(), time.process_time()
                session.train(listen=lambda event: None)
                seconds, spent = time.perf_counter() - start, time.process_time() - spent
                figures = evaluate(Path(folder) / "run").figures
            row = {"variant": variant, "seed": seed, "seconds": round(seconds), "cpu": round(spent), "figures": figures}
            print(json.dumps(row), flush=True)
            add(file, row)
            done.append(row)
    return done


def values(rows: list[dict], variant: str, figure: str) -> list[float]:
    """A figure by seed."""
    return [row["figures"][figure] for row in sorted(rows, key=lambda r: r["seed"]) if row["variant"] == variant]


def spread(found: list[float], scale: float = 1.0) -> str:
    """Mean and standard deviation over seeds."""
    return deviation(found, 1, scale)


def paired(a: list[float], b: list[float], scale: float = 1.0) -> str:
    """The mean difference of ``a`` and ``b`` by seed, with its interval."""
    return difference(a, b, 1, scale)


def by_seed(found: list[float], scale: float = 1.0) -> str:
    """Every seed's value."""
    return listed(found, 1, scale)
