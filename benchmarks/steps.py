"""One step of a cell: ours against ``torch.nn``'s, and a cell of one's own against its equations in Python.

    python benchmarks/steps.py

Times are interleaved, a call of each in turn in random order; medians of microseconds, forward alone and with backward.
Other's time over ours: above 1 ours is faster.
"""

import random
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

import undertow

SIZES = [(1, 32), (1, 128), (16, 128), (64, 128), (1, 256), (16, 256), (64, 256), (1, 512), (64, 512)]


def timed(runs: dict[str, Callable[[], object]], count: int) -> dict[str, float]:
    """Median microseconds of each, in turn."""
    order, times = random.Random(0), {name: [] for name in runs}
    for number in range(count + 20):
        for name in order.sample(list(runs), len(runs)):
            begin = time.perf_counter()
            runs[name]()
            if number >= 20:
                times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values) * 1e6 for name, values in times.items()}


def once(cell: nn.Module, x: torch.Tensor, state: object, *, backward: bool) -> Callable[[], None]:
    def run() -> None:
        with torch.set_grad_enabled(backward):
            after = cell(x, state)
            if backward:
                (after[0] if isinstance(after, tuple) else after).sum().backward()

    return run


def main() -> None:
    torch.manual_seed(0)
    print("| cell | B, H | torch, forward | ratio | torch, with backward | ratio |\n|---|---|---|---|---|---|")
    for name in ("LSTM", "GRU"):
        theirs, ours = getattr(nn, f"{name}Cell"), getattr(undertow, f"{name}Cell")
        for batch, hidden in SIZES:
            cells = {"torch": theirs(hidden, hidden), "ours": ours(hidden, hidden)}
            x, h = torch.randn(batch, hidden), torch.randn(batch, hidden)
            state = (h, h) if name == "LSTM" else h
            row = []
            for backward, count in ((False, 200), (True, 80)):
                found = timed({k: once(c, x, state, backward=backward) for k, c in cells.items()}, count)
                row += [f"{found['torch']:.0f} us", f"{found['torch'] / found['ours']:.2f}"]
            print(f"| {name} | {batch}, {hidden} | {' | '.join(row)} |")
    print("\n| peephole LSTM, against its equations on tensors | forward | with backward |\n|---|---|---|")
    for batch, hidden in SIZES:
        cells = {b: undertow.RecurrentCell("peephole_lstm", hidden, hidden, backend=b) for b in ("fused", "reference")}
        x, h = torch.randn(batch, hidden), torch.randn(batch, hidden)
        row = []
        for backward, count in ((False, 200), (True, 80)):
            found = timed({k: once(c, x, (h, h), backward=backward) for k, c in cells.items()}, count)
            row.append(f"{found['reference'] / found['fused']:.2f}")
        print(f"| {batch}, {hidden} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
