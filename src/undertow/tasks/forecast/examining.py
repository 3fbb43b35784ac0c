"""A closer look at a backtest: figures, lines for a terminal, and the forecasts that the report draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from undertow.tasks.base import Evaluation
from undertow.tasks.forecast import scores
from undertow.tasks.forecast.backtest import Backtest, Bench
from undertow.tasks.scale import Values
from undertow.words import in_column, shown_width

__all__ = ["examined"]

_SHOWN = 4


def examined(bench: Bench, test: Backtest, part: str) -> Evaluation:
    """Figures, lines for a terminal and what the report draws. ``part`` names the data in words."""
    layout, levels = bench.layout, bench.network.levels
    middle = bench.network.middle
    apart = f", {bench.step} apart" if bench.step else ""
    lines = [f"{part}: {len(test.origins):,} origins, {layout.horizon} steps ahead from each{apart}"]
    figures: dict[str, float] = {}
    by_step: dict[str, Any] = {}
    for d, name in enumerate(layout.targets):
        one, suffix = test.column(d), "" if len(layout.targets) == 1 else f" ({name})"
        made = {"forecast": one.forecast[:, :, :, middle], **one.simple}
        rows = {method: _row(one, values) for method, values in made.items()}
        figures |= {f"{key}{suffix}": value for key, value in rows["forecast"].items()}
        figures |= {f"{method.replace(' ', '_')}_mae{suffix}": rows[method]["mae"] for method in one.simple}
        low, high = one.forecast[..., 0], one.forecast[..., -1]
        covered = scores.coverage(low, high, one.truth)
        figures[f"pinball{suffix}"] = float(scores.pinball(one.forecast, one.truth, levels))
        figures[f"coverage{suffix}"] = float(covered)
        lines += ["", *_table(name, rows, layout.horizon)]
        if len(levels) > 1:
            width = float(np.mean(high - low))
            share, nominal = float(covered), levels[-1] - levels[0]
            width = float(np.nanmean(high - low))
            lines.append(f"{nominal:.0%} interval: {share:.1%} of the truth in it, mean width {width:.4g}")
        by_step[name] = {
            "errors": {method: _plain(row) for method, row in rows.items()},
            "mae": {method: _rounded(scores.mae(values, one.truth, (0, 2))) for method, values in made.items()},
            "coverage": _rounded(scores.coverage(low, high, one.truth, (0, 2))),
        }
    pictures = {
        "targets": list(layout.targets), "step": str(bench.step or "1 step"), "levels": list(levels), "part": part,
        "origins": len(test.origins), "season": layout.season, "by_step": by_step, **_examples(bench, test),
    }  # fmt: skip
    if len(layout.targets) > 1:
        figures["mase"] = test.mase(test.forecast[..., middle])
    return Evaluation({name: value for name, value in figures.items() if np.isfinite(value)}, lines, pictures)


def _row(test: Backtest, made: Values) -> dict[str, float]:
    horizon = made.shape[1]
    by_step = scores.mae(made, test.truth, (0, 2))
    return {
        "mae": float(scores.mae(made, test.truth)),
        "rmse": float(scores.rmse(made, test.truth)),
        "mase": test.mase(made),
        "mae_1_ahead": float(by_step[0]),
        f"mae_{horizon}_ahead": float(by_step[-1]),
    }


def _table(name: str, rows: dict[str, dict[str, float]], horizon: int) -> list[str]:
    heads = ["MAE", "RMSE", "MASE", "MAE 1 ahead", f"{horizon} ahead"]
    first = max(map(shown_width, [name, *rows])) + 2
    lines = [in_column(name, first) + "".join(h.rjust(max(10, len(h) + 2)) for h in heads)]
    for method, row in rows.items():
        cells = [f"{value:.4g}".rjust(max(10, len(h) + 2)) for h, value in zip(heads, row.values(), strict=True)]
        lines.append(in_column(method, first) + "".join(cells))
    return lines


def _examples(bench: Bench, test: Backtest) -> dict[str, Any]:
    """Some forecasts, evenly spread, and those that went most wrong, which do not overlap."""
    scaled = np.abs(test.forecast[..., bench.network.middle] - test.truth) / test.sizes[:, None]
    errors = np.nan_to_num(scores.mae(scaled, np.where(np.isnan(scaled), np.nan, 0.0), 1), nan=-1.0)  # (N, D)
    number = len(test.origins)
    spread = np.unique(np.round(np.linspace(0, number - 1, _SHOWN + 2)[1:-1]).astype(int)) if number > 1 else [0]
    targets = errors.shape[1]
    worst: list[tuple[int, int]] = []
    for flat in np.argsort(-errors, axis=None, kind="stable"):
        n, d = divmod(int(flat), targets)
        near = any(
            test.origins.series[n] == test.origins.series[m]
            and abs(int(test.origins.steps[n] - test.origins.steps[m])) < bench.layout.horizon
            for m, _ in worst
        )
        if not near and errors[n, d] >= 0:
            worst.append((n, d))
        if len(worst) == _SHOWN:
            break
    shown = [(int(n), k % targets) for k, n in enumerate(spread)]
    return {
        "examples": [_example(bench, test, n, d, errors[n, d]) for n, d in shown],
        "worst": [_example(bench, test, n, d, errors[n, d]) for n, d in worst],
    }


def _example(bench: Bench, test: Backtest, n: int, d: int, error: float) -> dict[str, Any]:
    number, step = int(test.origins.series[n]), int(test.origins.steps[n])
    return {
        "series": bench.series[number].name,
        "target": bench.layout.targets[d],
        "origin": bench.place(number, step),
        "history": _rounded(bench.history(number, step)[:, d]),
        "truth": _rounded(test.truth[n, :, d]),
        "quantiles": [_rounded(values) for values in test.forecast[n, :, d].T],
        "seasonal": _rounded(test.simple["seasonal naive"][n, :, d]),
        "mase": float(f"{error:.4g}") if error >= 0 else None,
    }


def _plain(row: dict[str, float]) -> dict[str, float | None]:
    return dict(zip(row, _rounded(np.array(list(row.values()))), strict=True))


def _rounded(values: Values) -> list[float | None]:
    """Five significant digits; None where there is nothing, as JSON has no NaN."""
    return [float(f"{value:.5g}") if np.isfinite(value) else None for value in values]
