"""What experiments share besides training: runs kept in JSON as they end, tables in Markdown, figures in SVG."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training import Run
from undertow.flow import Glance
from undertow.flow.finding import LEVELS, Level

sys.path.insert(0, str(Path(__file__).parents[1]))
from laboratory import figures, keeping, machine, tables
from laboratory.figures import save
from laboratory.spreads import reached as spread
from laboratory.tables import write

__all__ = [
    "COLOURS", "GREY", "Arguments", "about", "at", "brief", "collect", "counted", "figure", "record", "save", "spread",
    "table", "worst", "write",
]  # fmt: skip

RESULTS = Path(__file__).parent / "results"
COLOURS, GREY = figures.RESULTS.colours, figures.RESULTS.grey
table = partial(tables.table, airy=True)
figure = partial(figures.figure, figures.RESULTS, width=8.0, height=3.6)
#: Shares of a gradient at which records say how far it reaches; the horizon is at 0.01.
SHARES = (0.1, 0.01, 1e-3, 1e-4, 1e-6)


@dataclass(frozen=True)
class Arguments:
    """How a script is called."""

    folder: Path = RESULTS
    processes: int = 1
    draw: bool = False
    tiny: bool = False

    @classmethod
    def read(cls, description: str | None, given: Sequence[str] | None = None) -> Arguments:
        """From the command line."""
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
        parser.add_argument("--folder", type=Path, default=RESULTS, help="where results go")
        parser.add_argument("--processes", type=int, default=1, help="runs side by side; 0: in this process")
        parser.add_argument("--draw", action="store_true", help="tables and figures of the results there are, no runs")
        parser.add_argument("--tiny", action="store_true", help="a few updates of tiny networks, to try the script")
        return cls(**vars(parser.parse_args(given)))


# ---- runs


def collect(
    name: str,
    settings: Mapping[str, Any],
    jobs: Mapping[str, tuple[Any, ...]],
    run: Callable[..., dict[str, Any]],
    arguments: Arguments,
) -> dict[str, Any]:
    """Run what is not there yet, ``run(*job)`` for each, and keep every result in ``NAME.json`` as it comes.

    A file of other settings is begun anew. Returns the file's content: ``settings``, ``machine``, ``seconds`` (of CPU,
    all runs together), ``runs`` by the names of ``jobs``.
    """
    file = arguments.folder / f"{name}.json"
    plain = json.loads(json.dumps(settings))
    content = json.loads(file.read_text()) if file.exists() else {}
    if arguments.draw:
        return dict(content)
    if content.get("settings") != plain:
        content = {"experiment": name, "settings": plain, "machine": machine.versions(), "seconds": 0.0, "runs": {}}
    missing = {key: job for key, job in jobs.items() if key not in content["runs"]}
    for key, result in _done(missing, run, arguments.processes):
        content["runs"][key] = result
        content["runs"] = {k: content["runs"][k] for k in jobs if k in content["runs"]}
        content["seconds"] = round(sum(r["seconds"] for r in content["runs"].values()), 1)
        keeping.write_runs(file, content)
        print(f"{name}: {key}, {result['seconds']:.0f} s", flush=True)
    return dict(content)


def _done(jobs: Mapping[str, tuple[Any, ...]], run: Callable[..., dict[str, Any]], processes: int) -> Any:
    """Pairs of a job's name and its result, as they end."""
    if not processes:
        yield from ((key, _timed(run, job)) for key, job in jobs.items())
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        names = {pool.submit(_timed, run, job): key for key, job in jobs.items()}
        for future in as_completed(names):
            yield names[future], future.result()


def _timed(run: Callable[..., dict[str, Any]], job: tuple[Any, ...]) -> dict[str, Any]:
    begin = time.process_time()
    result = run(*job)
    return result | {"seconds": round(time.process_time() - begin, 2)}


def record(run: Run) -> dict[str, Any]:
    """A run as plain data: its curve, and of each examined update how far the gradient reached."""
    return {
        "curve": [[p.step, _short(p.train), _short(p.loss), _short(p.score)] for p in run.curve],
        "glances": [brief(g, run) for g in run.glances if _close(g, run)],
        "clipped": _short(run.clipped),
        "gradient_norm": _short(run.gradient_norm),
    }


def _close(glance: Glance, run: Run) -> bool:
    """Whether it was asked for."""
    return glance.step - 1 in run.plan.examine or "horizon" in glance.quantities


def brief(glance: Glance, run: Run) -> dict[str, Any]:
    """What a glance at one update amounts to: horizons at several :data:`SHARES`, growth, and the verdict's findings,
    each with its level."""
    update = glance.step - 1
    findings = {f.kind: f.level for f in run.verdict(update).findings}
    horizon = glance.quantities.get("horizon")
    if horizon is None:
        return {"update": update, "horizon": None, "findings": findings}
    profile = np.array([np.nan if v is None else v for v in glance.quantities["lag_profile"]["joint"]])
    reaches = {str(share): int(np.flatnonzero(profile >= share)[-1]) for share in SHARES}
    return {
        "update": update, "horizon": horizon["steps"], "growth": horizon["growth"], "reaches": reaches,
        "left": _short(profile[-1]), "largest": _short(profile[1:].max()), "findings": findings,
    }  # fmt: skip


def at(run: Mapping[str, Any], update: int) -> Mapping[str, Any] | None:
    """The glance at an update of a run, from its record; None: it had ended, or nothing was looked at."""
    return next((g for g in run["glances"] if g["update"] == update), None)


def worst(glance: Mapping[str, Any]) -> Level:
    """The worst level of a glance's findings, from its record."""
    return min(glance["findings"].values(), key=LEVELS.index, default="open")


def counted(levels: Sequence[str]) -> str:
    """``alarm 5, open 3``; ``-`` if there are none."""
    return ", ".join(f"{level} {levels.count(level)}" for level in LEVELS if level in levels) or "-"


def _short(number: float) -> float | None:
    """Four digits; None for what is not a number (JSON has no NaN)."""
    return float(f"{number:.4g}") if np.isfinite(number) else None


# ---- tables


def about(content: Mapping[str, Any]) -> str:
    """The line under a table: on what, how long."""
    machine = content["machine"]
    return (
        f"{len(content['runs'])} runs, {content['seconds'] / 60:.0f} minutes of one core ({machine['processor']}, "
        f"{machine['vectors']}), torch {machine['torch']}. Settings, seeds and every curve: "
        f"[{content['experiment']}.json]({content['experiment']}.json)."
    )
