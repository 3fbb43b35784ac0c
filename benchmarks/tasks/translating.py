"""What the benchmarks of translation share: variants by seed, kept as they are done, and their figures as a table."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
from scipy import stats

from undertow.tasks.given import Given
from undertow.training.config import Config
from undertow.training.session import begin, evaluate

RESULTS = Path(__file__).parent.parent / "results" / "tasks"
SEEDS = range(5)
#: The model is chosen by validation alone; figures are those of the test part.


def measure(name: str, variants: Mapping[str, dict], frame: Callable[[], pl.DataFrame]) -> list[dict]:
    """Train every variant with every seed, if that is not done yet; a line each in ``results/tasks/name.json``.

    A seed is that of the split, of the initialisation and of the order of pairs: in one seed all variants have the
    same parts.
    """
    file = RESULTS / f"{name}.json"
    done = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
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
            with file.open("a") as out:
                out.write(json.dumps(row) + "\n")
            done.append(row)
    return done


def values(rows: list[dict], variant: str, figure: str) -> list[float]:
    """A figure by seed."""
    return [row["figures"][figure] for row in sorted(rows, key=lambda r: r["seed"]) if row["variant"] == variant]


def spread(found: list[float], scale: float = 1.0) -> str:
    """Mean and standard deviation over seeds."""
    return f"{scale * statistics.mean(found):.1f} ± {scale * statistics.stdev(found):.1f}"


def interval(differences: list[float], scale: float = 1.0) -> tuple[float, float]:
    """The 95% confidence interval of the mean of paired differences, by Student's t."""
    mean, n = statistics.mean(differences), len(differences)
    half = stats.t.ppf(0.975, n - 1) * statistics.stdev(differences) / n**0.5
    return scale * (mean - half), scale * (mean + half)


def paired(a: list[float], b: list[float], scale: float = 1.0) -> str:
    """The mean difference of ``a`` and ``b`` by seed, with its interval."""
    differences = [x - y for x, y in zip(a, b, strict=True)]
    low, high = interval(differences, scale)
    return f"{scale * statistics.mean(differences):+.1f} ({low:+.1f} to {high:+.1f})"


def by_seed(found: list[float], scale: float = 1.0) -> str:
    """Every seed's value."""
    return ", ".join(f"{scale * value:.1f}" for value in found)


def write(name: str, lines: list[str]) -> None:
    """The fragment of a page."""
    (RESULTS / f"{name}.md").write_text("\n".join(lines) + "\n")
