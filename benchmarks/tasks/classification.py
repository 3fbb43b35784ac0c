"""Classifiers measured: one training a seed, beside logistic regression on the very same split; resumable.

A seed says the split as well as the weights at the start. Both learn from the training part alone; validation chooses
the network's model and the regression's strength (and n-grams), and the test part is looked at once. Differences are
paired by seed; their interval is Student's, 95%.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from seeds import RESULTS, SEEDS, add, interval, known
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from undertow import examples
from undertow.tasks.classify.task import ClassifyTask
from undertow.training.config import Config
from undertow.training.session import begin

#: Under a network that reads n-grams.
N_GRAMS = (
    "The n-grams (up to three symbols, dropout 0.3) were chosen among four settings on validation parts, of seeds 0 "
    "and 1. The seconds were taken next to busy processes, those of characters alone were not: they do not compare."
)

#: Accuracy on the test part by the baseline's name.
Baselines = Callable[[ClassifyTask], dict[str, float]]


@dataclass(frozen=True)
class Case:
    """A data set, how it is classified, and what that is measured against.

    ``beside`` is the name of another case with the same splits, in the same file: its network is compared with too,
    and so are its baselines, which need not be measured again. ``note`` stands under the table.
    """

    name: str
    title: str
    example: str
    options: Mapping[str, Any]
    baselines: Baselines = lambda task: {}
    seeds: Sequence[int] = SEEDS
    beside: str = ""
    note: str = ""


def trained(example: str, options: Mapping[str, Any], seed: int) -> ClassifyTask:
    """The task, its network trained on one thread; the model is the one that did best on validation."""
    torch.set_num_threads(1)
    config = Config.of("classify").replaced(
        {"data": str(examples.path(example)), "flow.watch": False, "seed": seed, **options}
    )
    with tempfile.TemporaryDirectory() as folder:
        session = begin(config, Path(folder) / "run")
        session.train(listen=lambda event: None)
    assert isinstance(session.task, ClassifyTask)
    return session.task


def measured(case: Case, seed: int) -> dict[str, Any]:
    """One training, and the accuracy of the network and the baselines on its test part."""
    began = time.process_time()
    task = trained(case.example, case.options, seed)
    seconds = time.process_time() - began
    found = {part: task.examine(part).figures for part in ("validation", "test")}
    return {
        "case": case.name,
        "seed": seed,
        "seconds": round(seconds, 1),
        "samples": {part: len(rows) for part, rows in task.parts.items()},
        "network": found["test"]["accuracy"],
        "validation": found["validation"]["accuracy"],
        "macro_f1": found["test"]["macro_f1"],
        "baselines": {name: round(value, 6) for name, value in case.baselines(task).items()},
    }


def _accuracies(task: ClassifyTask, model: Any, contents: Sequence[Any]) -> tuple[float, float]:
    """Of a model fitted on the training part, on validation and on the test part."""
    labels = np.array(task.samples.labels)

    def of(rows: np.ndarray) -> list[Any]:
        return [contents[i] for i in rows]

    model.fit(of(task.parts.train), labels[task.parts.train])
    parts = (task.parts.validation, task.parts.test)
    valid, test = (float((model.predict(of(rows)) == labels[rows]).mean()) for rows in parts)
    return valid, test


def n_grams(task: ClassifyTask) -> dict[str, float]:
    """Logistic regression on n-grams of characters: as it comes, and with what does best on validation."""

    def model(longest: int, strength: float, *, sublinear: bool) -> Any:
        read = TfidfVectorizer(analyzer="char", ngram_range=(1, longest), lowercase=False, sublinear_tf=sublinear)
        return make_pipeline(read, LogisticRegression(C=strength, max_iter=1000))

    texts = [f"^{text}$" for text in task.samples.contents]
    forms = {"as written": texts, "small letters": [text.casefold() for text in texts]}
    _, plain = _accuracies(task, model(4, 1.0, sublinear=False), texts)
    tried = [
        _accuracies(task, model(longest, strength, sublinear=True), contents)
        for contents in forms.values()
        for longest in (4, 5)
        for strength in (3.0, 10.0, 30.0, 100.0)
    ]
    majority = task.examine("test").figures["majority"]
    return {"n-gram regression, chosen": max(tried)[1], "n-gram regression, plain": plain, "commonest class": majority}


def pixels(task: ClassifyTask) -> dict[str, float]:
    """Logistic regression on all values of a sample at once: as it comes, and with what does best on validation."""
    flat = [content.ravel() for content in task.samples.contents]

    def model(strength: float) -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=5000))

    tried = [_accuracies(task, model(strength), flat) for strength in (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)]
    _, plain = _accuracies(task, model(1.0), flat)
    majority = task.examine("test").figures["majority"]
    return {"regression on pixels, chosen": max(tried)[1], "regression on pixels, plain": plain,
            "commonest class": majority}  # fmt: skip


def main(cases: Sequence[Case], name: str) -> None:
    """Measure what is not measured yet, and write the table of all."""
    record(cases, name, measured)


def record(cases: Sequence[Case], name: str, measure: Callable[[Case, int], dict[str, Any]]) -> None:
    """As :func:`main`, with what ``measure`` says of a case and a seed."""
    file = RESULTS / f"{name}.json"
    RESULTS.mkdir(parents=True, exist_ok=True)
    for case in cases:
        done = {line["seed"] for line in known(file) if line["case"] == case.name}
        for seed in (s for s in case.seeds if s not in done):
            line = measure(case, seed)
            add(file, line)
            print(json.dumps(line), flush=True)
    (RESULTS / f"{name}.md").write_text("\n".join(table(case, known(file)) for case in cases))


def compared(case: Case, seed: int, lines: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The accuracies that the network of a seed is compared with, by name."""
    found: dict[str, float] = {}
    for line in (line for line in lines if line["seed"] == seed):
        if line["case"] == case.beside:
            found |= {"network on characters alone": line["network"]} | line["baselines"]
        elif line["case"] == case.name:
            found |= line["baselines"]
    return found


def table(case: Case, lines: Sequence[Mapping[str, Any]]) -> str:
    """The case's results in Markdown: mean and spread, and the paired differences from the network."""
    mine = sorted((line for line in lines if line["case"] == case.name), key=lambda line: line["seed"])
    ours = np.array([line["network"] for line in mine])
    sizes, seconds = mine[0]["samples"], [line["seconds"] for line in mine if line["seconds"]]
    said = [
        f"### {case.title}",
        "",
        f"{sizes['train']:,} samples to train on, {sizes['validation']:,} for validation, {sizes['test']:,} for the "
        f"test; {len(mine)} seeds, each with a split of its own; {min(seconds):.0f} to {max(seconds):.0f} s a training "
        "on one thread.",
        "",
        "| | accuracy | spread | network minus it, 95% interval | by seed | |",
        "|---|---|---|---|---|---|",
        f"| **network** | {ours.mean():.4f} | {ours.std(ddof=1):.4f} | | | |",
    ]
    others = [compared(case, line["seed"], lines) for line in mine]
    for name in others[0]:
        theirs = np.array([other[name] for other in others])
        mean, half = interval(list(ours - theirs))
        verdict = "beats it" if mean > half else "loses" if mean < -half else "cannot be told apart"
        by_seed = ", ".join(f"{d:+.4f}" for d in ours - theirs)
        said.append(
            f"| {name} | {theirs.mean():.4f} | {theirs.std(ddof=1):.4f} | {mean:+.4f} ± {half:.4f} "
            f"| {by_seed} | {verdict} |"
        )
    return "\n".join([*said, *(["", case.note] if case.note else []), ""])
