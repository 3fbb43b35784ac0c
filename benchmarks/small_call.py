"""What one small call costs (T50 B1 H128), with the sources of two versions in turn: whether a change made it slower.

    python benchmarks/small_call.py --before PATH/TO/OTHER/src

Each version runs in processes of its own, in turn and in random order; a process gives the median of its calls after a
warm-up. The table has medians over processes, with their range, and the ratio of this version to the other one.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[1] / "src"

MEASURED = """
import json, sys, time, statistics
import torch, undertow
torch.set_num_threads(int(sys.argv[1]))
x = torch.randn(50, 1, 128)
found = {}
for name in ("LSTM", "GRU"):
    layer = getattr(undertow, name)(128, 128)

    def infer():
        with torch.no_grad():
            layer(x)

    def train():
        output, _ = layer(x)
        output.sum().backward()
        layer.zero_grad(set_to_none=True)

    for what, run in (("inference", infer), ("training", train)):
        times = []
        for _ in range(500):
            begin = time.perf_counter()
            run()
            times.append(time.perf_counter() - begin)
        found[f"{name} {what}"] = statistics.median(times[100:]) * 1e6
print(json.dumps(found))
"""


def measured(source: Path, threads: int) -> dict[str, float]:
    command = [sys.executable, "-c", MEASURED, str(threads)]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="the src folder of another version")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    order = random.Random(options.seed)
    found: dict[str, list[dict[str, float]]] = {"before": [], "after": []}
    sources = {"before": options.before, "after": HERE}
    for number in range(options.rounds):
        for name in order.sample(list(sources), 2):
            found[name].append(measured(sources[name], options.threads))
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    print(f"{platform.machine()}, {options.threads} thread(s), {options.rounds} processes of each, in turn\n")
    print("| us a call | before | after | after / before, median (range) |")
    print("|---|---|---|---|")
    for what in found["after"][0]:
        before, after = ([run[what] for run in found[name]] for name in ("before", "after"))
        ratios = sorted(b / a for a, b in zip(before, after, strict=True))
        print(
            f"| {what} | {statistics.median(before):.1f} | {statistics.median(after):.1f} | "
            f"{statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f}) |"
        )


if __name__ == "__main__":
    main()
