"""The demo over several seeds: held-out bits/char and time. Writes benchmarks/results/demo.md.

Run it on an idle machine: .venv/bin/python benchmarks/demo_seeds.py
"""

import statistics
import tempfile
import time
from pathlib import Path

import torch

import undertow
from undertow.training.config import Config
from undertow.training.session import begin

SEEDS = (0, 1, 2)
TEXT = Path(undertow.__file__).parent / "data" / "shakespeare_plays.txt"
RESULT = Path(__file__).parent / "results" / "demo.md"


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            start = time.perf_counter()
            session = begin(Config().replaced({"data": str(TEXT), "seed": seed}), Path(folder) / str(seed))
            session.train(listen=lambda event: None)
            seconds = time.perf_counter() - start
            bits = [e["bits"] for e in session.run.events() if e["event"] == "evaluate"][-1]
            rows.append((seed, bits, seconds))
            print(rows[-1], flush=True)
    figures = [bits for _, bits, _ in rows]
    cpu = torch.backends.cpu.get_cpu_capability()
    lines = [
        "# The demo over seeds",
        "",
        f"`benchmarks/demo_seeds.py`, default config of `undertow train text`, torch {torch.__version__}, {cpu}, "
        f"{torch.get_num_threads()} threads, backend vendor. Seconds include evaluations and samples.",
        "",
        "| seed | held-out bits/char | seconds |",
        "|---|---|---|",
        *(f"| {seed} | {bits:.4f} | {seconds:.0f} |" for seed, bits, seconds in rows),
        "",
        f"Mean {statistics.mean(figures):.4f}, standard deviation {statistics.stdev(figures):.4f}.",
    ]
    RESULT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
