"""Write ``benchmarks/search.md`` from the results: ``python benchmarks/search/assemble.py``."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
from laboratory.spreads import extremes as spread
from laboratory.tables import write

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "search"

HEAD = """# What the search finds

Written by `benchmarks/search/assemble.py` from `benchmarks/results/search/`; made by `names.py`, `temperature.py`,
`pruning.py` and `speed.py` beside it. Each search: population 10, budget 60 trainings (six generations), three seeds;
genetic (NSGA-II), TPE and random search at equal budget, all beginning with the same ten genomes, the task's default
config among them. Fitness is the loss on the validation part of one split with one training seed, on one thread. The
winner (the best genome of the genetic searches) and the config as it was are then trained with three seeds that no
genome was chosen by, on the same split, and measured once on the part for tests.
"""


def section(name: str, title: str, figures: dict[str, str]) -> list[str]:
    """One search."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    times = sorted(t["seconds"] * t["steps"] for s in found["searches"] for t in s["trials"])
    alone = json.loads((RESULTS / "longest.json").read_text())[name]
    took = (
        f"which took {times[len(times) // 2]:.0f} s (median; the longest {times[-1]:.0f} s while the machine was busy, "
        f"and {alone} s alone)"
    )
    lines = [f"\n## {title}\n", f"{found['steps']} steps a training, {took}; `benchmarks/search/{name}.toml`.\n"]
    lines += ["| method | best validation loss, mean (least to most) | seeds |", "|---|---|---|"]
    best = found["comparison"]["best"]
    for method, losses in best.items():
        lines.append(f"| {method} | {spread(losses)} | {', '.join(f'{value:.4f}' for value in losses)} |")
    repeated = [s["repeated"] for s in found["searches"] if s["method"] == "genetic"]
    lines.append(
        f"\n{found['comparison']['text'][0].upper()}{found['comparison']['text'][1:]}. Against TPE: "
        f"{apart(best['genetic'], best['tpe'])}. "
        f"Children that were there already and were not trained again: {', '.join(map(str, repeated))}.\n"
    )
    lines += [f"| trained with three further seeds | validation loss | {' | '.join(figures.values())} |"]
    lines += ["|---|---|" + "---|" * len(figures)]
    rows = {row["name"]: (row["loss"], row["test"]) for row in found["final"]["rows"]}
    for contestant, trials in found["contestants"].items():
        rows[f"published {contestant}"] = ([t["loss"] for t in trials], [t["test"] for t in trials])
    for row, (losses, tests) in rows.items():
        told = [spread([test[figure] for test in tests], 3) for figure in figures]
        lines.append(f"| {row} | {spread(losses)} | {' | '.join(told)} |")
    changes = ", ".join(
        f"`{key} = {short(new)}` (was {short(old)})" for key, (old, new) in found["winner"]["changes"].items()
    )
    genes = ", ".join(f"{key} {value:.2f}" for key, value in list(found["importance"].items())[:5])
    lines += [f"\nThe winner: {changes}.\n", f"Importance (PED-ANOVA, trials of all methods): {genes}."]
    return lines


def apart(one: list[float], other: list[float]) -> str:
    """Whether two methods can be told apart, in words."""
    if max(one) < min(other) or max(other) < min(one):
        return "the results do not overlap"
    return "the results overlap, neither is better that three seeds could tell"


def pruning() -> list[str]:
    """The genetic search without and with ``--prune``."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = json.loads((RESULTS / "pruning.json").read_text())
    lines = [
        "\n## Trainings that are stopped early\n",
        "Names to gender again, the genetic search alone: without and with",
    ]
    lines += ["`--prune`, with the same seeds, first generation and budget in steps.\n"]
    lines += ["| `--prune` | best validation loss, mean (least to most) | seeds | trainings | of these, stopped |"]
    lines += ["|---|---|---|---|---|"]
    best = {
        name: [min(t["loss"] for t in of if t["loss"]) for of in by_seed.values()] for name, by_seed in found.items()
    }
    for name, by_seed in found.items():
        told = [", ".join(f"{loss:.4f}" for loss in best[name]), ", ".join(str(len(of)) for of in by_seed.values())]
        told.append(", ".join(str(sum(t["stopped"] for t in of)) for of in by_seed.values()))
        lines.append(f"| {name} | {spread(best[name])} | {' | '.join(told)} |")
    places: list[int] = []  # that the stopped ones had without it, trained to their end, of the trainings of their seed
    for seed, trials in found["with"].items():
        order = [t["key"] for t in sorted(found["without"][seed], key=lambda t: t["loss"] or float("inf"))]
        places += [order.index(t["key"]) + 1 for t in trials if t["stopped"]]
    numbers = ", ".join(map(str, sorted(places)))
    whole = (
        f"Trained to their end without it, those that were stopped are number {numbers} of their seed, from the best."
    )
    differences = ", ".join(f"{a - b:+.4f}" for a, b in zip(best["with"], best["without"], strict=True))
    return [
        *lines,
        f"\nWith less without, seed by seed: {differences}; {apart(best['with'], best['without'])}. {whole}",
    ]


def short(value: Any) -> str:
    """A value of an option."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def speed() -> list[str]:
    """Genomes a minute."""
    found: dict[str, list[float]] = json.loads((RESULTS / "speed.json").read_text())
    lines = ["\n## Genomes a minute\n", "Ten random genomes of names to gender (layers 1 to 3, 16 to 128 units, 150"]
    lines += ["steps) that torch.nn can run too; medians of three turns in random order (least to most).\n"]
    lines += ["| workers | fused kernels | torch.nn | ratio of medians |", "|---|---|---|---|"]
    for count in (1, 2):
        fused, vendor = found[f"auto {count}"], found[f"vendor {count}"]
        ratio = statistics.median(fused) / statistics.median(vendor)
        told = [f"{statistics.median(v):.1f} ({min(v):.1f} to {max(v):.1f})" for v in (fused, vendor)]
        lines.append(f"| {count} | {told[0]} | {told[1]} | {ratio:.2f} |")
    gain = statistics.median(found["auto 2"]) / statistics.median(found["auto 1"])
    return [*lines, f"\nA second worker on two cores: {gain:.2f} times the genomes.\n"]


def main() -> None:
    """Write the page."""
    names = section("names", "Names to gender", {"accuracy": "test accuracy"})
    weather = section(
        "temperature", "Temperature, 1 to 24 hours ahead",
        {"mae": "test MAE, all hours (C)", "mae_1_ahead": "1 h", "mae_24_ahead": "24 h", "coverage": "coverage (80%)"},
    )  # fmt: skip
    faults = [
        "Faults: [results/search_faults.md](results/search_faults.md); on other databases than SQLite: "
        "[results/search_storages.md](results/search_storages.md)."
    ]
    write(HERE.parent / "search.md", HEAD.rstrip(), *names, *weather, *pruning(), *speed(), *faults, apart="\n")


if __name__ == "__main__":
    main()
