"""Measures and draws note 9: GRU and LSTM with equal parameters on three tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, SEEDS, Page, band, figure, number, run, spread
from trials import Adding, Digits, Plan, Problem, Recall, Trial, trial
from undertow.lang.diagram import cell_svg

H = 32
EVERY = 50
RATE = 5e-3


def parameters(layer):
    return sum(weight.numel() for weight in layer.parameters())


def gru_as_large_as(lstm):
    sizes = range(lstm.hidden_size, 2 * lstm.hidden_size)
    layers = [undertow.GRU(lstm.input_size, hidden) for hidden in sizes]
    return min(layers, key=lambda layer: abs(parameters(layer) - parameters(lstm)))


SHOW = """lstm = undertow.LSTM(2, 32)
gru = gru_as_large_as(lstm)
print(lstm.hidden_size, "units,", parameters(lstm), "parameters:", lstm)
print(gru.hidden_size, "units,", parameters(gru), "parameters:", gru)"""

CONTENDERS: dict[str, Callable[[Problem], undertow.Recurrent]] = {
    "GRU": lambda task: undertow.GRU(task.inputs, gru_as_large_as(undertow.LSTM(task.inputs, H)).hidden_size),
    "LSTM": lambda task: undertow.LSTM(task.inputs, H),
    "LSTM, chrono": lambda task: undertow.LSTM(task.inputs, H, init="chrono", memory=task.steps),
}


def plan(updates: int) -> Plan:
    """So many updates."""
    return Plan(updates, learning_rate=RATE, examine=(0, updates - 1), evaluate_every=EVERY, held_out=500)


TASKS: dict[str, tuple[Problem, Plan]] = {
    "Adding": (Adding(40), plan(1000)),
    "Recall": (Recall(40), plan(1000)),
    "Digits": (Digits(), plan(800)),
}

Trials = Mapping[str, Mapping[str, list[Trial]]]


def draw(trials: Trials) -> Figure:
    """Held-out loss by update."""
    drawn, panels = figure(3, width=11, height=4)
    for axes, (task, contenders) in zip(panels, trials.items(), strict=True):
        problem, _ = TASKS[task]
        for which, (name, found) in enumerate(contenders.items()):
            updates = [p.step for p in found[0].run.curve]
            band(axes, updates, [[p.loss for p in t.run.curve] for t in found], name, which)
        axes.axhline(problem.memoryless, color=COLOURS[5], linewidth=1, linestyle="--")
        axes.set(yscale="log", xlabel="updates")
        axes.set_title(task)
    panels[0].set_ylabel("held-out loss (mean square)")
    panels[1].set_ylabel("held-out loss (mean square)")
    panels[2].set_ylabel("held-out loss (nats)")
    panels[0].annotate("without memory", (1000, Adding.memoryless), (0, 4), textcoords="offset points", ha="right")
    drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return drawn


def score(found: list[Trial], task: str) -> str:
    """What the task is judged by: accuracy for digits, else the loss."""
    times, unit = (100, "%") if task == "Digits" else (1, "")
    return spread((times * t.run.score for t in found), unit)


def table(trials: Trials) -> str:
    """A row for each task and contender."""
    rows = ["| | | parameters | units | horizon before | after | result |", "|---|---|---|---|---|---|---|"]
    for task, contenders in trials.items():
        problem, _ = TASKS[task]
        for name, found in contenders.items():
            layer = CONTENDERS[name](problem)
            size = f"{number(parameters(layer))} | {number(layer.hidden_size)}"
            before, after = (spread(t.horizon(when) or 0 for t in found) for when in ("before", "after"))
            result = f"{score(found, task)}{' right' if task == 'Digits' else ''}"
            rows.append(f"| {task} | {name} | {size} | {before} | {after} | {result} |")
    return "\n".join(rows)


def updates(found: list[Trial]) -> str:
    """Until a tenth of the loss without memory, all of them where that was not reached."""
    return spread(t.run.first_below(t.problem.memoryless / 10) or t.run.plan.steps for t in found)


def build(page: Page) -> None:
    """Measure, draw, write."""
    trials = {
        task: {
            name: [trial(partial(make, problem), problem, how, seed) for seed in SEEDS]
            for name, make in CONTENDERS.items()
        }
        for task, (problem, how) in TASKS.items()
    }
    page.figure("gru", cell_svg(undertow.cells.gru), "one step of the GRU: h runs along the top, past z and 1 - z")
    page.figure("curves", draw(trials), "held-out loss by update for GRU and LSTM on three tasks; the GRU falls first")
    page.code("code", "parameters", "gru_as_large_as", imports="import undertow", then=SHOW)
    short = {"gru": "GRU", "lstm": "LSTM", "chrono": "LSTM, chrono"}
    before = {f"h_{k}": spread(t.horizon("before") or 0 for t in trials["Adding"][n]) for k, n in short.items()}
    needed = {
        f"{task.lower()}_{k}": updates(trials[task][n]) for task in ("Adding", "Recall") for k, n in short.items()
    }
    right = {f"digits_{k}": score(trials["Digits"][n], "Digits") for k, n in short.items()}
    page.write(
        before
        | needed
        | right
        | {
            "adding": TASKS["Adding"][0].steps, "recall": TASKS["Recall"][0].steps, "rate": RATE, "every": EVERY,
            "batch": TASKS["Adding"][1].batch, "seeds": len(SEEDS), "digits_updates": TASKS["Digits"][1].steps,
            "table": table(trials),
        }
    )  # fmt: skip


if __name__ == "__main__":
    run(build)
