"""``make bench``: the kernels against torch.nn, against a Python loop, and step by step. Results in benchmarks/results.

Every figure is a ratio of medians from turns in random order in one process. The first table is with the stock
allocator, as users run; ``--allocator tuned`` keeps torch from giving memory back to the system between steps.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from measure import interleaved, machine, peak, ratio, table
from torch import nn
from torch.nn import functional

import undertow
from undertow.nn import Recurrent

RESULTS = Path(__file__).parent / "results"
GRID = [
    (50, 50, 128, 128, 2),
    (50, 1, 128, 128, 1),
    (35, 20, 650, 650, 2),
    (64, 64, 512, 512, 1),
    (128, 32, 256, 256, 2),
    (784, 32, 1, 128, 1),
]
TUNED = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)}
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def inference(layer, x):
    def run():
        with torch.no_grad():
            layer(x)

    return run


def training(layer, x, gradient):
    parameters = list(layer.parameters())

    def run():
        for parameter in parameters:
            parameter.grad = None
        layer(x)[0].backward(gradient)

    return run


def shown(found):
    return f"{found[0]:.2f} ({found[1]:.2f}-{found[2]:.2f})"


def shown3(found):
    return f"{found[0]:.3f} ({found[1]:.3f}-{found[2]:.3f})"


def mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def against_torch(kinds, threads, seconds):
    """Rows of the first table, and geometric means. The machine's peak is the best of a look before every row: others
    are at work on it too."""
    most, rows, means = 0.0, [], {}
    for kind in kinds:
        found = {"training": [], "inference": []}
        for T, B, I, H, L in GRID:
            torch.manual_seed(0)
            theirs = getattr(nn, kind)(I, H, L)
            ours = getattr(undertow, kind)(I, H, L)
            ours.load_state_dict(theirs.state_dict())
            x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
            products = [2 * T * B * GATES[kind] * H * width / 1e9 for width in (H, I, *[H] * (2 * L - 2))]
            # Forward, gradients of weights, gradients of states and of inputs: but for those of x itself.
            work = {"inference": sum(products), "training": 3 * sum(products) - products[1]}
            row = {"cell": kind, "T, B, I, H, L": f"{T}, {B}, {I}, {H}, {L}"}
            most = max(most, peak(threads))
            for what, rivals in (
                ("training", {"torch": training(theirs, x, gradient), "ours": training(ours, x, gradient)}),
                ("inference", {"torch": inference(theirs, x), "ours": inference(ours, x)}),
            ):
                times = interleaved(rivals, seconds)
                here = ratio(times, "torch", "ours")
                found[what].append(here[0])
                own = float(np.median(times["ours"]))
                row[what] = here
                row[f"ms {what}"] = own * 1e3
                row[f"peak {what}"] = work[what] / own
            rows.append(row)
            print(kind, row["T, B, I, H, L"], *(f"{w} {shown(row[w])}" for w in found), flush=True)
        means[kind] = {what: mean(values) for what, values in found.items()}
        print(kind, means[kind], flush=True)
    for row in rows:
        for what in ("training", "inference"):
            row[f"peak {what}"] /= most
    return {"peak": most, "rows": rows, "means": means}


# ---- cells torch does not ship, against their Python loops


class PeepholeLoop(nn.Module):
    """What one writes with torch's operations: the input part at once, then a loop over time."""

    def __init__(self, layer):
        super().__init__()
        self.W, self.b, self.U = layer.weight_ih_l0, layer.bias_ih_l0, layer.weight_hh_l0
        self.pi, self.pf, self.po = layer.p_i_l0, layer.p_f_l0, layer.p_o_l0

    def forward(self, x):
        inputs = functional.linear(x, self.W, self.b)
        h = c = x.new_zeros(x.shape[1], self.U.shape[1])
        outputs = []
        for part in inputs:
            i, f, g, o = (part + functional.linear(h, self.U)).chunk(4, -1)
            c_new = torch.sigmoid(f + self.pf * c) * c + torch.sigmoid(i + self.pi * c) * torch.tanh(g)
            h = torch.sigmoid(o + self.po * c_new) * torch.tanh(c_new)
            c = c_new
            outputs.append(h)
        return torch.stack(outputs), (h, c)


class LayerNormLoop(nn.Module):
    """LayerNorm LSTM with torch's operations."""

    def __init__(self, layer):
        super().__init__()
        self.W, self.b = layer.weight_ih_l0, layer.bias_ih_l0
        self.U, self.d = layer.weight_hh_l0, layer.bias_hh_l0
        self.gains = [nn.Parameter(torch.cat([getattr(layer, f"p_{k}{g}_l0") for g in "ifgo"]).detach()) for k in "wub"]
        self.cgain, self.cbias = layer.p_cgain_l0, layer.p_cbias_l0
        self.extra = nn.ParameterList(self.gains)

    def forward(self, x):
        w, u, b = self.gains
        width = (self.W.shape[0],)
        inputs = functional.layer_norm(functional.linear(x, self.W, self.b), width, w, b)
        h = c = x.new_zeros(x.shape[1], self.U.shape[1])
        outputs = []
        for part in inputs:
            past = functional.layer_norm(functional.linear(h, self.U, self.d), width, u)
            i, f, g, o = (part + past).chunk(4, -1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(functional.layer_norm(c, c.shape[-1:], self.cgain, self.cbias))
            outputs.append(h)
        return torch.stack(outputs), (h, c)


def against_loops(seconds):
    rows = []
    for name, loop in (("peephole_lstm", PeepholeLoop), ("layer_norm_lstm", LayerNormLoop)):
        for T, B, I, H in ((128, 32, 256, 256), (784, 32, 1, 128), (50, 1, 128, 128)):
            torch.manual_seed(0)
            ours = Recurrent(name, I, H)
            theirs = loop(ours)
            x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
            # The same cell; over many steps of a random network small differences grow.
            torch.testing.assert_close(ours(x[:9])[0], theirs(x[:9])[0], rtol=1e-3, atol=1e-4)
            rivals = {"loop": training(theirs, x, gradient), "ours": training(ours, x, gradient)}
            found = ratio(interleaved(rivals, seconds), "loop", "ours")
            rows.append({"cell": name, "T, B, I, H": f"{T}, {B}, {I}, {H}", "training": found})
            print(name, (T, B, I, H), shown(found), flush=True)
    return rows


# ---- one step at a time


def streaming(threads, seconds):
    """Equal threads on all sides."""
    before, rows = torch.get_num_threads(), []
    torch.set_num_threads(threads)
    for hidden in (128, 256, 512):
        torch.manual_seed(0)
        layer, cell = undertow.LSTM(hidden, hidden), nn.LSTMCell(hidden, hidden)
        whole = nn.LSTM(hidden, hidden)
        stream = layer.stream(threads=threads)
        x = np.random.default_rng(0).normal(size=hidden).astype(np.float32)
        out, tensor = np.empty(hidden, np.float32), torch.randn(1, hidden)
        state = [torch.zeros(1, hidden), torch.zeros(1, hidden)]
        again = [torch.zeros(1, 1, hidden), torch.zeros(1, 1, hidden)]

        def many(step, count=100):
            def run():
                with torch.no_grad():
                    for _ in range(count):
                        step()

            return run

        def by_cell(state=state, cell=cell, tensor=tensor):
            state[:] = cell(tensor, tuple(state))

        def by_layer(again=again, whole=whole, tensor=tensor):
            again[:] = whole(tensor[None], tuple(again))[1]

        weights = torch.randn(8 * hidden * hidden)
        rivals = {
            "stream": many(lambda stream=stream, x=x, out=out: stream.step(x, out)),
            "LSTMCell": many(by_cell),
            "LSTM": many(by_layer),
            "reading": many(lambda weights=weights: weights.sum()),
        }
        times = interleaved(rivals, seconds)
        row = {
            "hidden": hidden,
            "threads": threads,
            "us": float(np.median(times["stream"])) * 1e4,
            "LSTMCell": ratio(times, "LSTMCell", "stream"),
            "LSTM": ratio(times, "LSTM", "stream"),
            "reading": ratio(times, "reading", "stream"),
        }
        rows.append(row)
        print(f"stream H={hidden} threads={threads} {row['us']:.1f} us", shown(row["LSTMCell"]), shown(row["LSTM"]))
    torch.set_num_threads(before)
    return rows


# ---- what is left of a small call


def small(name, turns=1000):
    """Milliseconds of a training step, and how many of them are spent in kernels; medians."""
    from undertow.kernels.routine import Routine

    torch.manual_seed(0)
    layer, x, gradient = Recurrent(name, 128, 128), torch.randn(50, 1, 128), torch.randn(50, 1, 128)
    step, inside, run = training(layer, x, gradient), [], Routine.run

    def timed(*given):
        begin = time.perf_counter()
        run(*given)
        inside[-1] += time.perf_counter() - begin

    before, whole = torch.get_num_threads(), []
    torch.set_num_threads(1)
    Routine.run = timed
    try:
        for _ in range(turns):
            inside.append(0.0)
            begin = time.perf_counter()
            step()
            whole.append(time.perf_counter() - begin)
    finally:
        Routine.run = run
        torch.set_num_threads(before)
    found = {"cell": name, "ms": 1e3 * float(np.median(whole)), "kernels": 1e3 * float(np.median(inside))}
    print(*found.values(), flush=True)
    return found


# ---- what recording and probing cost


def recording(name, threads, seconds):
    """The backward kernels with and without records, and a probe, as shares of a training step; T128 B32 H256."""
    from undertow.kernels.bptt import Cotangents, GradientTargets, Recording, backward, probe
    from undertow.kernels.calls import Extents, Rows, Sequence
    from undertow.kernels.packing import ParameterAddresses
    from undertow.kernels.routine import Routine
    from undertow.kernels.sequence import Trajectory, forward, tape_at, tape_numbers
    from undertow.nn.engines.fused.compiled import steps_of

    cell, (T, B, H) = undertow.cells.get(name), (128, 32, 256)
    rng, steps, sizes = np.random.default_rng(0), steps_of(cell, torch.float32, padded=False), Extents(T, B, H, H)

    def numbers(*shape, scale=1.0, rng=rng):
        return (scale * rng.normal(size=shape)).astype(np.float32)

    def addresses(arrays):
        return {k: v.ctypes.data for k, v in arrays.items()}

    def rows_of(array):
        return Rows(array.ctypes.data, array.shape[1])

    def sequence(array):
        return Sequence(array.ctypes.data, array.shape[1] * array.shape[2], array.shape[2])

    def parameters(cell=cell, H=H, numbers=numbers):
        W = {g: numbers(H, H, scale=0.05) for g in cell.input_gates}
        U = {g: numbers(H, H, scale=0.05) for g in cell.recurrent_gates}
        b, d = ({g: numbers(H, scale=0.05) for g in gates} for gates in (cell.gates, cell.recurrent_bias_gates))
        return W, b, U, d, {}

    weights, goals = parameters(), parameters()
    x, dx, direct = numbers(T, B, H), numbers(T, B, H), numbers(T, B, H)
    start = {n: np.zeros((B, H), np.float32) for n in cell.state}
    states = {n: np.zeros((T, B, H), np.float32) for n in cell.state}
    records = np.zeros((T, B, 2 * len(cell.state)), np.float32)
    before, places = {n: rows_of(v) for n, v in start.items()}, {n: sequence(v) for n, v in states.items()}
    own, goal = (
        ParameterAddresses(*map(addresses, weights)),
        GradientTargets(sequence(dx), {}, ParameterAddresses(*map(addresses, goals))),
    )
    kept = numbers(sum(tape_numbers(steps, sizes)))
    past = Trajectory(sizes, own, sequence(x), before, places, tape_at(kept.ctypes.data, steps, sizes))

    def routine(add, *given, **more):
        made = Routine(parts=threads)
        add(made, steps, *given, **more)
        return made.prepare()

    ahead = routine(forward, past, {})
    arriving = Cotangents({cell.output: sequence(direct)}, {})
    recording = Recording("backward_recording", sequence(records))
    back = routine(backward, past, arriving, goal)
    recording_back = routine(backward, past, arriving, goal, recording)
    cotangent = {cell.output: rows_of(direct[0])}
    look = routine(probe, past, T - 1, cotangent, recording)

    def plain():
        ahead.run()
        back.run()

    def recorded():
        ahead.run()
        recording_back.run()

    def probed():
        ahead.run()
        look.run()
        back.run()

    times = interleaved({"plain": plain, "recorded": recorded, "probed": probed}, seconds * 3)
    found = {k: ratio(times, k, "plain") for k in ("recorded", "probed")}
    print("recording", name, {k: shown3(v) for k, v in found.items()}, flush=True)
    return {"cell": name, **found}


# ---- memory, first use, growth


def kept_for_backward():
    """Bytes held between forward and backward, without input and weights, ours over torch's."""
    rows = []
    for kind in ("LSTM", "GRU", "RNN"):
        for T, B, I, H, L in GRID:
            x = torch.randn(T, B, I)
            theirs, ours = getattr(nn, kind)(I, H, L), getattr(undertow, kind)(I, H, L)
            numbers = []
            for layer in (theirs, ours):
                own = {p.untyped_storage().data_ptr() for p in layer.parameters()} | {x.untyped_storage().data_ptr()}
                seen: dict[int, int] = {}
                tapes: list[int] = []

                def pack(t, own=own, seen=seen):
                    storage = t.untyped_storage()
                    if storage.data_ptr() not in own:
                        seen[storage.data_ptr()] = storage.nbytes()
                    return t

                with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
                    output, _ = layer(x)
                    node, stack = output.grad_fn, [output.grad_fn]
                    visited = set()
                    while stack:
                        node = stack.pop()
                        if node is None or node in visited:
                            continue
                        visited.add(node)
                        run = getattr(node, "run", None)
                        if run is not None:
                            tapes += [t.untyped_storage().nbytes() for t in run.tapes]
                            tapes += [s.untyped_storage().nbytes() for h in run.hidden for s in h.values()]
                        stack += [n for n, _ in node.next_functions]
                numbers.append(sum(seen.values()) + sum(tapes))
            rows.append({"cell": kind, "T, B, I, H, L": f"{T}, {B}, {I}, {H}, {L}", "share": numbers[1] / numbers[0]})
            print("kept", kind, (T, B, I, H, L), f"{rows[-1]['share']:.2f}")
    return rows


FIRST = """
import time, torch, undertow, undertow.nn
x = torch.randn(3, 2, 4)
(x.clone().requires_grad_() * 2).sum().backward()
torch.nn.LSTM(4, 4)(x)[0].sum().backward()
begin = time.perf_counter()
undertow.Recurrent({cell!r}, 4, 4)(x)[0].sum().backward()
print(time.perf_counter() - begin)
"""


def first_use():
    rows = []
    for cell in ("lstm", "peephole_lstm", "layer_norm_lstm"):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "UNDERTOW_CACHE": str(Path(folder) / "kernels")}
            seconds = [
                float(subprocess.run([sys.executable, "-c", FIRST.format(cell=cell)], env=environment,
                                     capture_output=True, text=True, check=True).stdout)
                for _ in range(6)
            ]  # fmt: skip
        rows.append({"cell": cell, "first": seconds[0], "later": float(np.median(seconds[1:]))})
        print("first use", rows[-1], flush=True)
    return rows


def growth(seconds):
    """Training time of an LSTM as each size doubles, the others at T64 B32 H128."""
    rows = []
    for what, sizes in (("T", (16, 32, 64, 128, 256)), ("B", (8, 16, 32, 64, 128)), ("H", (64, 128, 256, 512, 1024))):
        for size in sizes:
            T, B, H = (size if what == n else d for n, d in (("T", 64), ("B", 32), ("H", 128)))
            layer = undertow.LSTM(H, H)
            run = training(layer, torch.randn(T, B, H), torch.randn(T, B, H))
            times = interleaved({"ours": run}, seconds / 2)["ours"]
            rows.append({"what": what, "size": size, "ms": float(np.median(times)) * 1e3})
        print("growth", what, [round(r["ms"], 2) for r in rows if r["what"] == what], flush=True)
    return rows


def plotted(rows):
    """Growth as a picture: time over size, both on logarithmic scales, with the slopes 1 and 2 to compare with."""
    width, height, left, top = 520, 340, 60, 20
    xs, ys = [r["size"] for r in rows], [r["ms"] for r in rows]
    x0, x1, y0, y1 = (math.log2(v) for v in (min(xs) / 1.2, max(xs) * 1.2, min(ys) / 1.5, max(ys) * 1.5))

    def at(size, ms):
        x = left + (math.log2(size) - x0) / (x1 - x0) * (width - left - 20)
        y = top + (y1 - math.log2(ms)) / (y1 - y0) * (height - top - 40)
        return f"{x:.1f},{y:.1f}"

    parts = []
    for what, color, slope in (("T", "#2a78d6", 1), ("B", "#b35c00", 1), ("H", "#008300", 2)):
        own = [r for r in rows if r["what"] == what]
        last = own[-1]
        first = last["ms"] * (own[0]["size"] / last["size"]) ** slope
        straight = f"{at(own[0]['size'], max(first, min(ys) / 1.5))} {at(last['size'], last['ms'])}"
        line = " ".join(at(r["size"], r["ms"]) for r in own)
        parts.append(
            f'<polyline points="{straight}" stroke="{color}" stroke-dasharray="3 4" fill="none" opacity="0.6"/>'
        )
        parts.append(f'<polyline points="{line}" stroke="{color}" stroke-width="2" fill="none"/>')
        parts += [f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3" fill="{color}"/>' for p in line.split()]
        x, y = at(last["size"], last["ms"]).split(",")
        parts.append(f'<text x="{float(x) - 6}" y="{float(y) - 8}" fill="{color}" text-anchor="end">{what}</text>')
    for size in (16, 64, 256, 1024):
        x = at(size, ys[0]).split(",")[0]
        parts.append(f'<text x="{x}" y="{height - 20}" fill="#808080" text-anchor="middle">{size}</text>')
    for ms in (2, 8, 32, 128):
        y = at(xs[0], ms).split(",")[1]
        parts.append(f'<text x="{left - 10}" y="{y}" fill="#808080" text-anchor="end">{ms} ms</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="Time of a training step over T, B and H">\n{body}\n</svg>\n'
    )


# ---- tables


def written(found):
    grid, allocator = found["torch"], found["allocator"]
    parts = [
        f"# Kernels, {allocator} allocator",
        "Made by `benchmarks/kernels.py`. Ratios are the other's time over ours, from turns in random order in one "
        "process: median (quartiles). Above 1 ours is faster.",
        f"{found['machine']}; {found['threads']} threads; vectors: {found['target']}; torch {torch.__version__}; "
        f"multiply-add peak measured in the first cache: {grid['peak']:.0f} GFLOP/s.",
        "## Against torch.nn, through the public layer, autograd included",
        table(
            ["cell", "T, B, I, H, L", "training", "inference", "ms training", "ms inference", "peak training",
             "peak inference"],
            [[r["cell"], r["T, B, I, H, L"], shown(r["training"]), shown(r["inference"]), f"{r['ms training']:.2f}",
              f"{r['ms inference']:.2f}", f"{r['peak training']:.0%}", f"{r['peak inference']:.0%}"]
             for r in grid["rows"]],
        ),
        table(
            ["geometric mean", "training", "inference"],
            [[k, f"{m['training']:.2f}", f"{m['inference']:.2f}"] for k, m in grid["means"].items()],
        ),
    ]  # fmt: skip
    if "loops" in found:
        rows = [[r["cell"], r["T, B, I, H"], shown(r["training"])] for r in found["loops"]]
        parts += [
            "## A cell torch does not ship, against its Python loop over torch's operations",
            table(["cell", "T, B, I, H", "training"], rows),
            "## One streaming step of an LSTM, B = 1",
            table(
                ["H", "threads", "ours, us", "nn.LSTMCell / ours", "nn.LSTM at T=1 / ours",
                 "torch.sum of as many numbers as there are weights / ours"],
                [[r["hidden"], r["threads"], f"{r['us']:.1f}", shown(r["LSTMCell"]), shown(r["LSTM"]),
                  shown(r["reading"])] for r in found["streaming"]],
            ),
            "## Where a small training step spends its time (T50 B1 I128 H128, one thread)",
            "In kernels: packing weights, input parts, steps, BPTT, gradients of weights. The rest is Python and "
            "autograd.",
            table(["cell", "ms", "in kernels, ms", "in kernels"],
                  [[r["cell"], f"{r['ms']:.2f}", f"{r['kernels']:.2f}", f"{r['kernels'] / r['ms']:.0%}"]
                   for r in found["small"]]),
            "## A training step that records gradients, or probes once, over one that does not (T128 B32 I256 H256)",
            table(["cell", "recording", "with a probe from the last step"],
                  [[r["cell"], shown3(r["recorded"]), shown3(r["probed"])] for r in found["recording"]]),
            "## Memory kept for backward, ours / torch's",
            table(["cell", "T, B, I, H, L", "share"],
                  [[r["cell"], r["T, B, I, H, L"], f"{r['share']:.2f}"] for r in found["kept"]]),
            "## First use of a cell (compile), and in later processes (cache); imports excluded",
            table(["cell", "first, s", "later, ms"],
                  [[r["cell"], f"{r['first']:.2f}", f"{r['later'] * 1e3:.0f}"] for r in found["first"]]),
            "## Growth: a training step of an LSTM at T64 B32 H128, one size changed",
            "![time over size](growth.svg)",
            "Dashed: linear in T and B, quadratic in H.",
            table(["size", "", "ms"], [[r["what"], r["size"], f"{r['ms']:.2f}"] for r in found["growth"]]),
        ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--allocator", choices=["stock", "tuned"], default="stock")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each comparison")
    parser.add_argument("--cells", default="LSTM,GRU,RNN")
    chosen = parser.parse_args()
    if chosen.allocator == "tuned" and any(os.environ.get(k) != v for k, v in TUNED.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **TUNED})
    from undertow.kernels.host import host

    found = {
        "allocator": chosen.allocator,
        "machine": machine(),
        "threads": torch.get_num_threads(),
        "target": host().name,
        "date": time.strftime("%Y-%m-%d"),
        "torch": against_torch(chosen.cells.split(","), torch.get_num_threads(), chosen.seconds),
    }
    if chosen.allocator == "stock":
        found["loops"] = against_loops(chosen.seconds)
        found["streaming"] = streaming(1, chosen.seconds) + streaming(2, chosen.seconds)
        found["small"] = [small(cell) for cell in ("lstm", "gru", "rnn", "peephole_lstm", "layer_norm_lstm")]
        threads = torch.get_num_threads()
        found["recording"] = [recording(cell, threads, chosen.seconds) for cell in ("lstm", "gru")]
        found["kept"] = kept_for_backward()
        found["first"] = first_use()
        found["growth"] = growth(chosen.seconds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"kernels-{chosen.allocator}.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / f"kernels-{chosen.allocator}.md").write_text(written(found))
    if "growth" in found:
        (RESULTS / "growth.svg").write_text(plotted(found["growth"]))


if __name__ == "__main__":
    main()
