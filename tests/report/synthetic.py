"""Run folders as training leaves them, made up: what a report is tested on."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import tomlkit

from undertow.runs import RunFolder

GATES = {"i": ("sigmoid", 0.45), "f": ("sigmoid", 0.82), "g": ("tanh", 0.05), "o": ("sigmoid", 0.5)}


def make(path: Path, *, layers: int = 1, directions: int = 1, measurements: int = 40, steps: int = 100) -> RunFolder:
    """A finished run of an LSTM with everything in its folder."""
    document = tomlkit.parse(
        'task = "text"\n\n[text]\ndata = "texts/plays.txt"\n\n'
        f'[model]\ncell = "lstm"\nhidden = 128\nlayers = {layers}\n\n[training]\nsteps = 2000\nclip_norm = 1.0\n'
    )
    run = RunFolder.create(path, document, {})
    _metrics(run)
    _samples(run)
    write_flow(run, flow_lines(layers=layers, directions=directions, measurements=measurements, steps=steps))
    run.remedy_file.write_text(json.dumps(REMEDY), encoding="utf-8")
    return run


def write_flow(run: RunFolder, lines: list[dict]) -> None:
    run.flow_file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _metrics(run: RunFolder) -> None:
    rng = random.Random(0)
    for step in range(10, 2001, 10):
        loss = 1.35 + 2.9 * math.exp(-step / 260) + rng.gauss(0, 0.02)
        run.record(
            {
                "event": "train", "step": step, "epoch": step // 500, "loss": loss, "bits": loss / math.log(2),
                "gradient_norm": 0.35 + abs(rng.gauss(0, 0.12)) + (2.2 if step == 640 else 0), "unit": "char",
                "clipped": min(1.0, max(0.0, rng.gauss(0.05, 0.08))), "learning_rate": 0.004, "symbols": step * 1600,
                "seconds": step * 0.03, "symbols_per_second": 53000.0,
            }
        )  # fmt: skip
        if step % 200 == 0:
            held = 1.42 + 2.7 * math.exp(-step / 260)
            run.record({"event": "evaluate", "step": step, "part": "held_out", "unit": "char", "loss": held,
                        "bits": held / math.log(2)})  # fmt: skip
    run.record({"event": "end", "step": 2000, "reason": "finished", "symbols": 3200000, "seconds": 60.0})


def _samples(run: RunFolder) -> None:
    for step in range(200, 2001, 200):
        run.keep_sample(
            f"step {step}", "BRUTUS:\nSir, I pring thy truth? this is a fool.\n\nANTONY:\nO, and his countrymen."
        )


def flow_lines(*, layers: int = 1, directions: int = 1, measurements: int = 40, steps: int = 100) -> list[dict]:
    """Lines of flow.jsonl: measurements as training goes on, a verdict after each tenth."""
    lines = []
    for n in range(measurements):
        step = 2000 * (n + 1) // measurements
        for layer in range(layers):
            for direction in ("forward", "reverse")[:directions]:
                lines.append(measurement(step, n / max(1, measurements - 1), f"recurrent.{layer}", direction, steps))
                if n % 10 == 9 or n == measurements - 1:
                    lines.append(verdict(lines[-1]))
    return lines


def measurement(step: int, age: float, layer: str, direction: str, steps: int) -> dict:
    """One measurement; with ``age`` from 0 to 1 memory grows longer."""
    rng = random.Random(f"{step} {layer} {direction}")
    fall = 0.62 - 0.45 * age + 0.05 * rng.random() + (0.1 if layer.endswith("1") else 0)

    def fading(size: float, rate: float) -> list[float]:
        return [size * math.exp(-rate * k) * (1 + 0.06 * rng.gauss(0, 1)) for k in range(steps)]

    joint = [1.0, *fading(1.0, fall)[1:]]
    horizon = max((k for k, r in enumerate(joint) if r >= 0.01), default=0)
    quantities = {
        "gradient": {
            "carried": {"h": [0.0, *fading(2e-4, fall * 1.2)[1:]], "c": [0.0, *fading(4e-4, fall)[1:]]},
            "total": {"h": fading(3e-4, fall * 1.2), "c": fading(5e-4, fall)},
        },
        "lag_profile": {"joint": joint, "h": fading(0.7, fall * 1.2), "c": fading(0.9, fall), "probes": 4},
        "horizon": {"steps": horizon, "open": horizon == steps - 1, "growth": -fall},
        "gates": {name: _gate(kind, mean, age, rng) for name, (kind, mean) in GATES.items()},
        "half_life": {"gate": "f", "units": _half_lives(rng, age)},
        "dead_units": {"count": 1, "share": 1 / 128},
        "matrices": {
            name: {"spectral_radius": 0.6 + 0.2 * k + 0.2 * age, "largest_singular_value": 0.9 + 0.35 * k + 0.3 * age}
            for k, name in enumerate(GATES)
        },
        "omega": {"mean": 0.18, "by_lag": [0.18 + 0.08 * math.sin(k / 5) + 0.02 * rng.random() for k in range(steps)]},
        "paths": {
            "highway": fading(4e-4, fall),
            "gated": fading(2.5e-4, fall * 1.15),
            "by_gate": {name: fading(1.5e-4 / (k + 1), fall * (1.1 + 0.1 * k)) for k, name in enumerate(GATES)},
        },
    }
    return {
        "event": "flow", "step": step, "layer": layer, "direction": direction, "cell": "lstm", "backend": "fused",
        "roles": {"forget": "f", "input": "i", "candidate": "g"},
        "steps": steps, "batch": 32, "hidden": 128, "windows": 10, "reach": 50,
        "quantities": quantities, "unavailable": {},
    }  # fmt: skip


def _gate(kind: str, mean: float, age: float, rng: random.Random) -> dict:
    low, high = (0.0, 1.0) if kind == "sigmoid" else (-1.0, 1.0)
    width = (high - low) * (0.16 + 0.1 * age)
    middles = [low + (n + 0.5) * (high - low) / 20 for n in range(20)]
    weights = [math.exp(-(((m - mean) / width) ** 2)) + 0.02 for m in middles]
    shares = [w / sum(weights) for w in weights]
    share = 0.01 + 0.06 * age * abs(mean) + 0.004 * rng.random()
    return {
        "activation": kind, "low": sum(shares[:2]), "high": sum(shares[-2:]), "outside": share, "mean": mean,
        "histogram": shares, "range": [low, high], "saturated_units": round(10 * share),
        "preactivation": {"min": -6.1, "q05": -2.2, "q50": 0.4, "q95": 3.1, "max": 7.4},
    }  # fmt: skip


def _half_lives(rng: random.Random, age: float) -> list[float | None]:
    finite = sorted(rng.lognormvariate(1.2 + 1.6 * age, 0.9) for _ in range(126))
    return [*finite, None, None]


def verdict(measured: dict) -> dict:
    """The verdict on a measurement: vanishing, with two remedies, something in order and something not judged."""
    horizon = measured["quantities"]["horizon"]
    factor = math.exp(horizon["growth"])
    return {
        "event": "verdict", "step": measured["step"], "layer": measured["layer"], "direction": measured["direction"],
        "reach": measured["reach"],
        "findings": [
            {
                "kind": "vanishing", "level": "alarm",
                "text": f"reaches {horizon['steps']} of 50 steps; the gradient falls by a factor {factor:.2g} a step",
                "figures": {"horizon": horizon["steps"], "growth": horizon["growth"]},
                "remedies": [
                    {
                        "name": "chrono initialisation",
                        "why": "sets forget biases so that half lives spread up to the reach (Tallec, Ollivier 2018)",
                        "config": {"model.init": "chrono", "model.memory": 50},
                        "code": "undertow.LSTM(64, 128, init='chrono', memory=50)",
                    },
                    {
                        "name": "forget bias",
                        "why": "opens the forget gate at the start (Jozefowicz et al. 2015)",
                        "config": {"model.forget_bias": 2.0},
                        "code": "undertow.LSTM(64, 128, forget_bias=2.0)",
                    },
                ],
            },
            {"kind": "saturated", "level": "fine",
             "text": "at most 6% of any gate's pre-activations lie outside [-4, 4]",
             "figures": {"largest share": 0.058}, "remedies": []},
            {"kind": "not available", "level": "open", "text": "clipping cannot be judged: no update was recorded",
             "figures": {}, "remedies": []},
        ],
    }  # fmt: skip


REMEDY = {
    "steps": 300,
    "seeds": [0, 1, 2],
    "rows": [
        {"name": "as it is", "config": {}, "loss": [1.52, 1.55, 1.53], "horizon": [22, 24, 23],
         "growth": [-0.21, -0.2, -0.22], "seconds_per_step": [0.031, 0.03, 0.031], "failed": [None, None, None]},
        {"name": "chrono initialisation", "config": {"model.init": "chrono", "model.memory": 50},
         "loss": [1.44, 1.46, 1.45], "horizon": [61, 58, 66], "growth": [-0.07, -0.08, -0.07],
         "seconds_per_step": [0.031, 0.031, 0.032], "failed": [None, None, None]},
        {"name": "forget bias", "config": {"model.forget_bias": 2.0}, "loss": [1.49, None, 1.5],
         "horizon": [41, None, 39], "growth": [-0.11, None, -0.12], "seconds_per_step": [0.031, None, 0.03],
         "failed": [None, "the loss became infinite at step 112", None]},
    ],
    "winner": "chrono initialisation",
    "text": "Chrono initialisation helps: its loss is lower on every seed, and its horizon goes beyond the reach.",
    "config_file": "remedy.toml",
}  # fmt: skip
