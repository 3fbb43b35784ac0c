"""Folders of searches as ``undertow tune`` leaves them, made up: what a search's report is tested on."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

STEPS = 1000
MOST = {"loss": False, "seconds": False, "parameters": False, "horizon": True}
CHOICES: dict[str, list[Any]] = {
    "classify.bidirectional": [False, True],
    "classify.pooling": ["last", "mean", "max", "attention"],
    "model.cell": ["gru", "lstm", "rnn"],
    "model.layers": [1, 2, 3],
    "model.residual": [False, True],
    "model.normalisation": ["none", "layer"],
    "model.zoneout": [0.0, 0.05, 0.1, 0.2],
    "model.init": ["default", "orthogonal"],
    "model.forget_bias": [0.0, 1.0, 2.0],
    "training.batch": [16, 32, 64, 128],
    "training.optimizer": ["adam", "adamw", "rmsprop", "sgd"],
    "training.schedule": ["constant", "cosine", "linear"],
    "training.clip_norm": [0.0, 0.3, 1.0, 3.0],
}
RANGES = {
    "model.embedding": (8, 64),
    "model.hidden.1": (16, 256),
    "model.hidden.2": (16, 256),
    "model.hidden.3": (16, 256),
    "model.dropout": (0.0, 0.6),
    "training.momentum": (0.0, 0.95),
    "training.learning_rate": (3e-4, 3e-2),
}
GENES = [*CHOICES, *RANGES]


def _value(name: str, rng: random.Random) -> Any:
    if name in CHOICES:
        return rng.choice(CHOICES[name])
    low, high = RANGES[name]
    if isinstance(high, int):
        return rng.randint(int(low), high)
    return math.exp(rng.uniform(math.log(low), math.log(high))) if low > 0 else rng.uniform(low, high)


def _counts(genes: dict[str, Any]) -> list[str]:
    def counts(name: str) -> bool:
        if name.startswith("model.hidden."):
            return int(name[-1]) <= genes["model.layers"]
        if name == "model.forget_bias":
            return genes["model.cell"] == "lstm"
        if name == "training.momentum":
            return genes["training.optimizer"] in ("rmsprop", "sgd")
        return name != "model.residual" or genes["model.layers"] > 1

    return [name for name in GENES if counts(name)]


def _loss(genes: dict[str, Any], rng: random.Random) -> float:
    """A landscape with a valley: gru, attention, a learning rate near 0.005."""
    loss = 0.42 + {"gru": 0, "lstm": 0.03, "rnn": 0.12}[genes["model.cell"]]
    loss += {"attention": 0, "mean": 0.02, "max": 0.02, "last": 0.07}[genes["classify.pooling"]]
    loss += 0.03 * abs(math.log(genes["training.learning_rate"] / 5e-3)) + 0.25 * (genes["model.dropout"] - 0.15) ** 2
    return loss + 0.006 * rng.random()


def _row(number: int, genes: dict[str, Any], sought: list[str], rng: random.Random, fails: float) -> dict[str, Any]:
    width, layers = genes["model.hidden.1"], genes["model.layers"]
    failed = (
        rng.choice(["the loss became nan at step 40", "its process died 3 times"]) if rng.random() < fails else None
    )
    stopped = not failed and rng.random() < 0.1
    measured = {
        "loss": None if failed else _loss(genes, rng),
        "seconds": (0.002 + 4e-7 * width * width * layers) * (1 + 0.1 * rng.random()),
        "parameters": layers * (3 * width * width + 70 * width),
        "horizon": round(8 + 90 * rng.random() * (genes["model.cell"] != "rnn")),
    }
    return {
        "number": number, "key": f"{number:016x}", "generation": None, "parents": [],
        "values": None if failed else [float(measured[name]) for name in sought],
        **measured, "steps": STEPS // 2 if stopped else STEPS, "stopped": stopped, "failed": failed,
        "genes": genes, "counts": _counts(genes), "spent": 0,
    }  # fmt: skip


def _searched(method: str, seed: int, trials: int, population: int, sought: list[str], fails: float) -> dict[str, Any]:
    rng = random.Random(f"{method} {seed}")
    rows: list[dict[str, Any]] = []
    number = spent = 0
    for at in range(trials):
        genes = {name: _value(name, rng) for name in GENES}
        parents: list[int] = []
        before = rows[: at - at % population]
        good = sorted((r for r in before if r["values"]), key=lambda r: r["loss"])[: max(2, population // 2)]
        if method == "genetic" and at >= population and good:
            chosen = [rng.choice(good), rng.choice(good)]
            parents = list(dict.fromkeys(p["number"] for p in chosen))
            inherited = {name: rng.choice(chosen)["genes"][name] for name in GENES}
            mutated = rng.choice(GENES)
            genes = inherited | {mutated: genes[mutated]}
        row = _row(number, genes, sought, rng, fails)
        spent += row["steps"]
        row |= {"spent": spent, "parents": parents}
        row["generation"] = at // population if method == "genetic" else None
        rows.append(row)
        number += rng.choice((1, 1, 1, 2))  # a repeated genome takes a number
    best = min((r for r in rows if r["values"]), key=lambda r: _cost(r, sought), default=None)
    return {
        "method": method, "seed": seed, "budget": trials * STEPS, "spent": spent, "repeated": number - len(rows),
        "exhausted": False, "front": _front(rows, sought), "best": best and best["number"], "trials": rows,
    }  # fmt: skip


def _cost(row: dict[str, Any], sought: list[str]) -> float:
    return -row["values"][0] if MOST[sought[0]] else row["values"][0]


def _front(rows: list[dict[str, Any]], sought: list[str]) -> list[int]:
    costs = {r["number"]: [-v if MOST[n] else v for n, v in zip(sought, r["values"], strict=True)]
             for r in rows if r["values"]}  # fmt: skip
    return [
        n
        for n, mine in costs.items()
        if not any(o != mine and all(a <= b for a, b in zip(o, mine, strict=True)) for o in costs.values())
    ]


def _final(sought: str) -> dict[str, Any]:
    rng = random.Random(sought)
    rows = [
        {
            "name": name, "loss": [base + 0.02 * rng.random() for _ in range(3)],
            "test": [{"loss": base, "accuracy": 1.2 - base + 0.03 * rng.random()} for _ in range(3)],
            "failed": [None] * 3, "seconds": [0.01, 0.011, 0.012], "parameters": 40467,
        }
        for name, base in (("winner", 0.43), ("as it was", 0.55))
    ]  # fmt: skip
    text = "on the part for tests, accuracy: winner 0.7831, config as it was 0.6643 (difference by seed +0.1 to +0.13)"
    return {"figure": "accuracy", "rows": rows, "text": text}


def outcome(
    *, seeds: int = 3, trials: int = 60, population: int = 10, methods: str = "genetic tpe random",
    sought: str = "loss", finished: bool = True, fails: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """What search.json says."""
    names = sought.split(",")
    searches = [
        _searched(method, seed, trials, population, names, fails) for seed in range(seeds) for method in methods.split()
    ]
    best = min(
        ((one, r) for one in searches if one["method"] == "genetic" for r in one["trials"] if r["values"]),
        key=lambda pair: _cost(pair[1], names),
        default=None,
    )
    changes = {"model.cell": ["lstm", "gru"], "model.widths": ["", "17,34,22"], "model.dropout": [0.5, 0.03848849]}
    winner = best and {"method": "genetic", "seed": best[0]["seed"], "number": best[1]["number"],
                       "values": best[1]["values"], "changes": changes}  # fmt: skip
    rng = random.Random(0)
    enough = sum(bool(r["values"]) for one in searches for r in one["trials"]) >= 20
    weights = {name: rng.random() ** 5 for name in GENES} | {"model.cell": 1.6, "training.learning_rate": 1.1}
    return {
        "name": "names-search", "task": "classify", "data": "/data/names_gender.csv",
        "options": {"budget": trials, "population": population, "objectives": sought, "repeats": seeds, "retrain": 3},
        "steps": STEPS, "sought": {name: "most" if MOST[name] else "least" for name in names}, "finished": finished,
        "genes": GENES, "searches": searches,
        "importance": {k: v / sum(weights.values()) for k, v in weights.items()} if enough else {},
        "comparison": {
            "best": {}, "text": "the genetic search beat random search: each of its 3 results is better than all of "
            "those at random (mean of the best 0.43, at random 0.45; by chance 0.05)",
        },
        "winner": winner, "final": _final(sought) if winner and finished else None,
    }  # fmt: skip


def make_search(path: Path, data: Any) -> Path:
    """A search's folder in which ``data`` is what was found."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "search.toml").write_text("[search]\n", encoding="utf-8")
    (path / "search.json").write_text(json.dumps(data), encoding="utf-8")
    return path
