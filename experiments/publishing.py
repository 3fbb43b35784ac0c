"""What experiments share besides training: runs kept in JSON as they end, tables in Markdown, figures in SVG."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import undertow
from training import Run
from undertow.flow import Glance
from undertow.flow.finding import LEVELS, Level

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS", "Arguments", "at", "brief", "collect", "counted", "figure", "record", "save", "spread", "table", "worst",
    "write",
]  # fmt: skip

RESULTS = Path(__file__).parent / "results"
#: Okabe and Ito's colours, told apart by all eyes; black left out, so that they show on dark pages too.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#D55E00", "#CC79A7", "#0072B2", "#8C8C8C", "#B0A020")
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
        content = {"experiment": name, "settings": plain, "machine": _machine(), "seconds": 0.0, "runs": {}}
    missing = {key: job for key, job in jobs.items() if key not in content["runs"]}
    for key, result in _done(missing, run, arguments.processes):
        content["runs"][key] = result
        content["runs"] = {k: content["runs"][k] for k in jobs if k in content["runs"]}
        content["seconds"] = round(sum(r["seconds"] for r in content["runs"].values()), 1)
        _write_json(file, content)
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


def _write_json(file: Path, content: dict[str, Any]) -> None:
    """One line a run, so that a change of one shows as such."""
    file.parent.mkdir(parents=True, exist_ok=True)
    head = {key: value for key, value in content.items() if key != "runs"}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    runs = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content["runs"].items()]
    text = "\n".join(["{", *lines, '"runs": {', ",\n".join(runs), "}}"]) + "\n"
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    os.replace(draft, file)


def _machine() -> dict[str, Any]:
    return {
        "processor": platform.machine(), "vectors": torch.backends.cpu.get_cpu_capability(), "cores": os.cpu_count(),
        "threads": 1, "python": platform.python_version(), "torch": torch.__version__,
        "undertow": undertow.__version__,
    }  # fmt: skip


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


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def spread(values: Sequence[float | None], digits: int = 3, none: str = "never") -> str:
    """``median (least to most)``; None, what never happened, is shown as ``none`` and counts as most."""
    ordered = sorted(np.inf if v is None else v for v in values)
    shown = [none if np.isinf(v) else f"{v:.0f}" if v >= 10 else f"{v:.{digits}g}" for v in ordered]
    middle = shown[(len(shown) - 1) // 2]
    return middle if shown[0] == shown[-1] else f"{middle} ({shown[0]} to {shown[-1]})"


def write(file: Path, *parts: str) -> None:
    """Paragraphs into a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n\n".join(parts) + "\n")


def about(content: Mapping[str, Any]) -> str:
    """The line under a table: on what, how long."""
    machine = content["machine"]
    return (
        f"{len(content['runs'])} runs, {content['seconds'] / 60:.0f} minutes of one core ({machine['processor']}, "
        f"{machine['vectors']}), torch {machine['torch']}. Settings, seeds and every curve: "
        f"[{content['experiment']}.json]({content['experiment']}.json)."
    )


# ---- figures


def figure(columns: int = 1, rows: int = 1, *, width: float = 8.0, height: float = 3.6) -> tuple[Figure, list[Axes]]:
    """An empty figure for light and dark pages: no background, grey text."""
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.figure import Figure

    grey = "#808080"
    style: Any = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), grey)
    style |= {"axes.prop_cycle": cycler(color=COLOURS), "svg.fonttype": "none", "svg.hashsalt": "undertow"}
    style |= {"font.size": 9, "grid.color": grey, "grid.alpha": 0.25, "axes.grid": True}
    style |= {"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
    mpl.rcParams.update(style)
    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, list(drawn.subplots(rows, columns, squeeze=False).flat)


def save(drawn: Figure, file: Path) -> None:
    """As SVG, the same bytes for the same figure."""
    drawn.savefig(file, transparent=True, metadata={"Date": None})
