"""Forecasts measured: one training a seed, on the same parts as the baselines; results as JSON lines, resumable.

An error is that of the median; differences are paired: the same origin, the same steps ahead. Origins that follow each
other are not independent, so a difference's interval comes from blocks: means over as many origins as a forecast has
steps, of the errors averaged over the seeds. A second interval is over the seeds alone. Both are Student's, 95%.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from seeds import RESULTS, SEEDS, add, interval, known

from undertow.tasks.forecast import backtest, scores
from undertow.tasks.forecast.task import ForecastTask
from undertow.tasks.given import Given
from undertow.training.config import Config
from undertow.training.session import begin


@dataclass(frozen=True)
class Case:
    """A data set, and how it is forecast: options of the command line, chosen on the validation part alone."""

    name: str
    title: str
    frame: Callable[[], pl.DataFrame]
    options: Mapping[str, Any]
    note: str = ""


def trained(case: Case, seed: int, **changed: Any) -> ForecastTask:
    """The task of a case, its network trained; the model is the one that did best on the validation part."""
    config = Config.of("forecast").replaced({**case.options, "seed": seed, "flow.watch": False, **changed})
    with tempfile.TemporaryDirectory() as folder:
        session = begin(config, Path(folder) / "run", Given(memory=case.frame()))
        session.train(listen=lambda event: None)
    assert isinstance(session.task, ForecastTask)
    return session.task


def measured(case: Case, seed: int) -> dict[str, Any]:
    """One training, and its errors (in the data's unit) on the test part, origin by origin and step by step."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    task = trained(case, seed)
    seconds = time.perf_counter() - began
    test = backtest.run(task.bench, task.origins["test"], task.sizes)
    errors = scores.mae(test.forecast[..., task.model.middle], test.truth, 2)
    figures = task.examine("test").figures
    along = {f"validation_{k}": v for k, v in task.evaluate("validation").items()}
    return {
        "case": case.name,
        "seed": seed,
        "seconds": round(seconds, 1),
        "figures": {name: round(value, 5) for name, value in {**figures, **along}.items()},
        "by_origin": _short(np.nanmean(errors, axis=1)),
        "first": _short(errors[:, 0]),
        "last": _short(errors[:, -1]),
    }


def baselines(case: Case) -> dict[str, dict[str, list[float]]]:
    """The errors of simple forecasts on the same origins, by name: over all steps, at the first and at the last."""
    config = Config.of("forecast").replaced(dict(case.options))
    with tempfile.TemporaryDirectory() as folder:
        task = begin(config, Path(folder) / "run", Given(memory=case.frame())).task
    assert isinstance(task, ForecastTask)
    origins = task.origins["test"]
    truth = task.bench.truth(origins)
    made = {name: task.bench.baseline(name, origins) for name in backtest.BASELINES}
    made["exponential smoothing"] = smoothed(task)
    errors = {name: scores.mae(values, truth, 2) for name, values in made.items()}
    return {
        name: {"by_origin": _short(np.nanmean(e, axis=1)), "first": _short(e[:, 0]), "last": _short(e[:, -1])}
        for name, e in errors.items()
    }


def smoothed(task: ForecastTask) -> np.ndarray:
    """Exponential smoothing (statsmodels), (N, H, 1): form chosen by AIC and parameters fitted on all before the test
    part, then run on with these through the test part, and a forecast made at every origin."""
    origins, layout = task.origins["test"], task.bench.layout
    made = np.empty((len(origins), layout.horizon, 1))
    for number, series in enumerate(task.panel.series):
        mine = origins.series == number
        values = backtest.fill_forward(series.targets)[: series.observed, 0]
        start = int(task.parts["test"].start[number])
        made[mine, :, 0] = _smoothed(values, start, origins.steps[mine], layout.horizon, layout.season)
    return made


def _smoothed(values: np.ndarray, start: int, steps: np.ndarray, horizon: int, season: int) -> np.ndarray:
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    best = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for trend, damped in ((None, False), ("add", False), ("add", True)):
            for cycle in (None, "add") if season > 1 else (None,):
                form = {"trend": trend, "damped_trend": damped, "seasonal": cycle,
                        "seasonal_periods": season if cycle else None}  # fmt: skip
                fit = ExponentialSmoothing(values[:start], initialization_method="estimated", **form).fit()
                if best is None or fit.aic < best[0]:
                    best = (fit.aic, form, fit.params)
        assert best is not None
        _, form, found = best
        known = {"initial_level": found["initial_level"]}
        known |= {"initial_trend": found["initial_trend"]} if form["trend"] else {}
        known |= {"initial_seasonal": found["initial_seasons"]} if form["seasonal"] else {}
        names = {"smoothing_level": "smoothing_level"}
        names |= {"smoothing_trend": "smoothing_trend"} if form["trend"] else {}
        names |= {"smoothing_seasonal": "smoothing_seasonal"} if form["seasonal"] else {}
        names |= {"damping_trend": "damping_trend"} if form["damped_trend"] else {}
        model = ExponentialSmoothing(values, initialization_method="known", **form, **known)
        run = model.fit(optimized=False, **{ours: found[theirs] for ours, theirs in names.items()})
    ahead = np.arange(1, horizon + 1)
    made = np.repeat(run.level[steps - 1][:, None], horizon, axis=1)
    if form["trend"]:
        damping = found["damping_trend"] if form["damped_trend"] else 1.0
        made += run.trend[steps - 1][:, None] * np.cumsum(damping**ahead)
    if form["seasonal"]:
        made += run.season[steps[:, None] + (ahead - 1) % season - season]
    return made


def blocks(values: np.ndarray, length: int) -> np.ndarray:
    """Means over blocks of ``length`` origins; what is left over at the end goes with the last."""
    count = max(len(values) // length, 1)
    return np.array([part.mean() for part in np.array_split(values, count)])


def main(cases: Sequence[Case], file: str) -> None:
    """Measure what is not measured yet, then print the table."""
    path = RESULTS / f"{file}.json"
    done = known(path)
    for case in cases:
        if not any(d["case"] == case.name and "baselines" in d for d in done):
            done.append({"case": case.name, "baselines": baselines(case)})
            add(path, done[-1])
        for seed in SEEDS:
            if not any(d["case"] == case.name and d.get("seed") == seed for d in done):
                done.append(measured(case, seed))
                add(path, done[-1])
                print(case.name, seed, f"{done[-1]['seconds']} s", done[-1]["figures"], flush=True)
    text = "\n\n".join(told(case, [d for d in done if d["case"] == case.name]) for case in cases)
    (RESULTS / f"{file}.md").write_text(text + "\n")
    print(text)


def told(case: Case, done: Sequence[dict[str, Any]]) -> str:
    """The results of a case as Markdown."""
    simple = next(d["baselines"] for d in done if "baselines" in d)
    runs = [d for d in done if "seed" in d]
    horizon = Config.of("forecast").replaced(dict(case.options)).own.horizon
    coverage = [d["figures"]["coverage"] for d in runs]
    seconds = [d["seconds"] for d in runs]
    rows = ["| steps ahead | forecast | against | its MAE | difference, 95% over blocks | over seeds | verdict |",
            "|---|---|---|---|---|---|---|"]  # fmt: skip
    for key, words in (("first", "1"), ("last", f"{horizon}"), ("by_origin", f"1 to {horizon}")):
        made = np.array([d[key] for d in runs])
        mean = f"{made.mean():.4g} ± {made.mean(axis=1).std(ddof=1):.2g}"
        for name, errors in simple.items():
            apart = made - np.array(errors[key])
            block = interval(blocks(apart.mean(axis=0), horizon))
            seed = interval(apart.mean(axis=1))
            sure = all(abs(m) > half for m, half in (block, seed))
            verdict = ("beats" if block[0] < 0 else "loses") if sure else "no difference"
            rows.append(
                f"| {words} | {mean} | {name} | {np.mean(errors[key]):.4g} | {block[0]:+.3g} ± {block[1]:.2g} "
                f"| {seed[0]:+.3g} ± {seed[1]:.2g} | {verdict} |"
            )
    return (
        f"**{case.title}** ({len(made[0]):,} test origins, {len(runs)} seeds; {np.mean(seconds):.0f} s of training "
        f"each on one thread). The 80% interval covers {np.mean(coverage):.1%} "
        f"(by seed {', '.join(f'{c:.1%}' for c in coverage)}).{case.note}\n\n" + "\n".join(rows)
    )


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{v:.5g}") for v in values]
