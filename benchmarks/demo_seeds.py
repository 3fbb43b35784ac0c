"""The demo over several seeds, on the fused kernels and on torch's: held-out bits/char and time.

Writes benchmarks/results/demo.md.

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
BACKENDS = ("fused", "vendor")
TEXT = Path(undertow.__file__).parent / "data" / "shakespeare_plays.txt"
RESULT = Path(__file__).parent / "results" / "demo.md"


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            for backend in BACKENDS:
                start = time.perf_counter()
                config = Config().replaced({"data": str(TEXT), "seed": seed, "backend": backend})
                session = begin(config, Path(folder) / f"{backend}-{seed}")
                session.train(listen=lambda event: None)
                seconds = time.perf_counter() - start
                bits = [e["bits"] for e in session.run.events() if e["event"] == "evaluate"][-1]
                rows.append((backend, seed, bits, seconds))
                print(rows[-1], flush=True)
    cpu = torch.backends.cpu.get_cpu_capability()
    lines = [
        "# The demo over seeds",
        "",
        f"`benchmarks/demo_seeds.py`, default config of `undertow train text`, torch {torch.__version__}, {cpu}, "
        f"{torch.get_num_threads()} threads; the backends took turns. Seconds include evaluations and samples.",
        "",
        "| backend | seed | held-out bits/char | seconds |",
        "|---|---|---|---|",
        *(f"| {backend} | {seed} | {bits:.4f} | {seconds:.0f} |" for backend, seed, bits, seconds in rows),
        "",
    ]
    for backend in BACKENDS:
        bits, seconds = zip(*(row[2:] for row in rows if row[0] == backend), strict=True)
        lines.append(
            f"- {backend}: mean {statistics.mean(bits):.4f}, standard deviation {statistics.stdev(bits):.4f}; "
            f"{statistics.mean(seconds):.0f} s."
        )
    RESULT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
