"""Small trainings of every kind of task, for tests of several processes; started by ``torchrun``, it does them all.

What is shared out unevenly is among them: batches that ranks do not divide, last batches with fewer samples than
ranks, samples of unequal length, missing values, classes of unequal weight, windows that overlap.
"""

import random
import sys
from pathlib import Path

import polars as pl
import torch

from translating import pairs
from undertow.training.config import Config
from undertow.training.parallel import joined
from undertow.training.session import begin

__all__ = ["configs"]

SMALL = {
    "steps": 20, "hidden": 6, "batch": 7, "dropout": 0.0, "warmup": 3, "learning_rate": 0.01, "log_every": 1,
    "evaluate_every": 8, "checkpoint_every": 50, "examine_every": 5, "choose": "last",
}  # fmt: skip
POEM = "Full fathom five thy father lies;\nOf his bones are coral made;\nThose are pearls that were his eyes:\n"


def _names(draw: random.Random) -> pl.DataFrame:
    words: dict[str, str] = {}
    while len(words) < 71:
        word = "".join(draw.choice("abcde") for _ in range(draw.randint(2, 9)))
        words[word] = "few" if word.startswith("a") else "many"
    return pl.DataFrame({"name": list(words), "kind": list(words.values())})


def _waves(draw: random.Random) -> pl.DataFrame:
    rows = [{"kind": "up" if n % 3 else "down"} | {f"x{t}": draw.gauss(t * (n % 3), 1) for t in range(5)}
            for n in range(73)]  # fmt: skip
    return pl.DataFrame(rows)


def _readings(draw: random.Random, *, gaps: float) -> pl.DataFrame:
    values = [[draw.gauss(step % 5, 0.5) for step in range(150)] for _ in range(2)]
    frame = pl.DataFrame({"a": values[0], "b": values[1]})
    missing = [[draw.random() < gaps for _ in range(150)] for _ in range(2)]
    return frame.with_columns(
        pl.when(pl.Series(gone)).then(None).otherwise(pl.col(name)).alias(name)
        for name, gone in zip("ab", missing, strict=True)
    )


def configs(folder: Path) -> dict[str, Config]:
    """By name; their data is written into ``folder``."""
    draw = random.Random(3)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "poem.txt").write_text("".join(f"{n}. {POEM}" for n in range(12)))
    _names(draw).write_csv(folder / "names.csv")
    _readings(draw, gaps=0.1).write_csv(folder / "readings.csv")
    _waves(draw).write_csv(folder / "waves.csv")
    pairs(63).write_csv(folder / "pairs.csv")
    text, names, readings = "poem.txt", "names.csv", "readings.csv"
    made = {
        "text": ("text", text, dict(window=10, bptt=14, accumulate=2, sample_every=10, sample_length=20)),
        "pieces": ("text", text, dict(window=5, pieces=300, layers=2, sample_every=0)),
        "classify": ("classify", names, dict(class_weights="balanced", label_smoothing=0.1, bidirectional=True)),
        "series": ("classify", "waves.csv", dict(pooling="attention", optimizer="sgd", clip_value=0.01)),
        "forecast": ("forecast", readings, dict(target="a,b", horizon=4, context=6, season=1, accumulate=2)),
        "translate": ("translate", "pairs.csv", dict(source_tokens="characters", target_tokens="symbols")),
        "reconstruct": ("reconstruct", readings, dict(window=6, stride=3, denoising=0.0)),
        "rebuilt": ("reconstruct", names, dict(text="name", code=4, teacher_forcing=True)),
    }
    return {
        name: Config.of(task).replaced({"data": str(folder / file)} | SMALL | more)
        for name, (task, file, more) in made.items()
    }


def main(folder: Path) -> None:
    """Train each in a run of its name, in float64."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    with joined() as ranks:
        for name, config in ranks.told(lambda: configs(folder / "data")).items():
            begin(config, folder / name, ranks=ranks).train(listen=lambda event: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
