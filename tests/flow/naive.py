"""Every quantity from the twin's walks, by its definition: plain loops over samples, steps and units."""

from __future__ import annotations

import math
import statistics
import zlib

import numpy as np
import torch

from flow.twin import GATES, STATE, Walk


def _size(vector) -> float:
    return math.sqrt(sum(v * v for v in vector.tolist()))


def _joint(vectors) -> float:
    return math.sqrt(sum(_size(v) ** 2 for v in vectors))


def mean_square(walks: list[Walk], which: str, name: str, order: str) -> list[float]:
    """By lag or by age: the mean over samples and units of the squares of ``carried`` or ``total`` gradients."""
    found = []
    for k in range(max(map(len, walks))):
        squares = []
        for walk in walks:
            if k < len(walk):
                t = len(walk) - 1 - k if order == "lag" else k
                squares += [v * v for v in getattr(walk, which)(t, name).tolist()]
        found.append(sum(squares) / len(squares))
    return found


def omega(walks: list[Walk]) -> list[float]:
    """By lag k = 1, 2, ...: of the step from lag k - 1 to lag k."""
    found = []
    for k in range(1, max(map(len, walks))):
        values = []
        for walk in walks:
            t = len(walk) - 1 - k
            if t < 0:
                continue
            after = _joint([walk.total(t + 1, n) for n in STATE[walk.kind]])
            if after > 0:
                values.append((_joint([walk.carried(t, n) for n in STATE[walk.kind]]) / after - 1) ** 2)
        found.append(sum(values) / len(values) if values else math.nan)
    return found


def lag_profile(
    walks: list[Walk], place: str, direction: int, steps: int, probes: int = 2, number: int = 0, seed: int = 0
) -> dict[str, list[float]]:
    """R_k by component and jointly, from the very gradients that ``watch`` sends back."""
    generator = torch.Generator()
    generator.manual_seed(zlib.crc32(f"{seed} {number} {place} {direction}".encode()))
    kind, hidden = walks[0].kind, walks[0].start["h"].shape[0]
    lists: dict[str, list[list[float]]] = {n: [[] for _ in range(steps)] for n in ("joint", *STATE[kind])}
    for count in range(probes):
        last = steps - 1
        step = last if count == 0 else max(1, int(torch.randint(last // 2, last, (), generator=generator)))
        cotangents = torch.randn(len(walks), hidden, generator=generator, dtype=torch.float64)
        for walk, cotangent in zip(walks, cotangents / cotangents.norm(dim=-1, keepdim=True), strict=True):
            # The direction that reads backwards comes to a short sample late, the other one has left it early.
            own = step - (steps - len(walk)) if direction else min(step, len(walk) - 1)
            if own < 0:
                continue
            for k, gradients in enumerate(walk.probe(own, cotangent)):
                lists["joint"][k].append(_joint(gradients.values()))
                for name, gradient in gradients.items():
                    lists[name][k].append(_size(gradient))
    return {n: [statistics.median(v) if v else math.nan for v in by_lag] for n, by_lag in lists.items()}


def horizon(profile: list[float]) -> tuple[int, bool, float]:
    """The last lag with a hundredth left, whether it is the last there is, and the slope of ln R from lag 1 on."""
    there = [k for k, r in enumerate(profile) if not math.isnan(r)]
    reached = [k for k in there if profile[k] >= 0.01]
    fitted: list[float] = []
    for r in profile[1:]:
        if not r > 1e-6:
            break
        fitted.append(math.log(r))
    middle, mean = (len(fitted) - 1) / 2, sum(fitted) / len(fitted)
    slope = sum((k - middle) * (y - mean) for k, y in enumerate(fitted)) / sum(
        (k - middle) ** 2 for k in range(len(fitted))
    )
    return reached[-1], reached[-1] == there[-1], slope


def gate(walks: list[Walk], name: str) -> dict:
    """Activations and pre-activations of a gate over all steps of all samples."""
    function = {"g": "tanh", "n": "tanh", "a": "relu" if walks[0].kind == "relu" else "tanh"}.get(name, "sigmoid")
    pairs = [gates[name] for walk in walks for gates in walk.gates]
    pre, act = ([pair[i].tolist() for pair in pairs] for i in (0, 1))
    flat_pre, flat = [v for row in pre for v in row], [v for row in act for v in row]
    units = range(len(pre[0]))
    outside = [sum(abs(row[u]) > 4 for row in pre) / len(pre) for u in units]
    found = {
        "activation": function,
        "mean": sum(flat) / len(flat),
        "outside": sum(outside) / len(outside),
        "saturated_units": sum(share >= 0.9 for share in outside) if function != "relu" else None,
        "min": min(flat_pre),
        "max": max(flat_pre),
    }
    ordered = sorted(flat_pre)
    for q in (5, 25, 50, 75, 95):
        found[f"q{q:02d}"] = ordered[math.ceil(q / 100 * len(ordered)) - 1]
    if function == "relu":
        return found | {"low": sum(v == 0 for v in flat) / len(flat)}
    low, width = (0, 1) if function == "sigmoid" else (-1, 2)
    histogram = [0] * 20
    for v in flat:
        histogram[min(19, int((v - low) / width * 20))] += 1
    return found | {
        "low": sum(v < low + width / 10 for v in flat) / len(flat),
        "high": sum(v > low + width * 0.9 for v in flat) / len(flat),
        "histogram": [count / len(flat) for count in histogram],
    }


def half_lives(walks: list[Walk], name: str) -> list[float]:
    """Of each unit, ascending: the steps after which half is left, at the mean of ln f."""
    units = walks[0].start["h"].shape[0]
    values = [gates[name][1].tolist() for walk in walks for gates in walk.gates]
    means = [sum(math.log(row[u]) for row in values) / len(values) for u in range(units)]
    return sorted(math.log(2) / -m for m in means)


def dead(walks: list[Walk]) -> int:
    """Units whose output moves by less than a thousandth."""
    rows = [s["h"].tolist() for walk in walks for s in walk.seen]
    return sum(max(column) - min(column) < 1e-3 for column in zip(*rows, strict=True))


def inputs(walks: list[Walk]) -> tuple[float, list[tuple[float, float, float]]]:
    """Of x: the root of the mean square length; of each entry the root of the mean square, mean and deviation."""
    rows = [x.tolist() for walk in walks for x in walk.x]
    length = math.sqrt(sum(v * v for row in rows for v in row) / len(rows))
    entries = [
        (math.sqrt(statistics.fmean(v * v for v in column)), statistics.fmean(column), statistics.pstdev(column))
        for column in zip(*rows, strict=True)
    ]
    return length, entries


def matrices(walks: list[Walk]) -> dict[str, tuple[float, float]]:
    """Spectral radius and largest singular value of each gate's matrix."""
    found = {}
    for name, matrix in walks[0].weights.U.items():
        plain = matrix.detach().numpy()
        found[name] = (
            float(np.abs(np.linalg.eigvals(plain)).max()), float(np.linalg.svd(plain, compute_uv=False).max()),
        )  # fmt: skip
    return found


def paths(walk: Walk) -> dict[str, list[dict]]:
    """The carried gradient of one sample as vectors, by way (``""``: the highway), step and component.

    Along the highway comes what entered at later steps and only ever met fixed gates. A gate's part is what the whole
    gradient sends through it, and then along the highway.
    """
    names, length = STATE[walk.kind], len(walk)
    ways = ["", *GATES[walk.kind]]
    zero = {n: torch.zeros_like(walk.start[n]) for n in names}
    parts = {way: [zero] * length for way in ways}
    # What the loss puts on the final state arrives there, and has met no gate.
    parts[""][-1] = {n: walk.carried(length - 1, n) for n in names}
    for t in reversed(range(1, length)):
        total = {n: walk.total(t, n) for n in names}
        entered = {n: total[n] - walk.carried(t, n) for n in names}
        for way in ways:
            leading = {n: parts[way][t][n] + (entered[n] if way == "" else 0) for n in names}
            along = walk.back(t, leading, "")
            through = walk.back(t, total, way) if way else zero
            parts[way][t - 1] = {n: along[n] + through[n] for n in names}
    return parts
