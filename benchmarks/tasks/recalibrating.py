"""Does it help to recalibrate? The sensors and the weather, whose later normal steps a threshold from training flags.

The models, and what they are trained on, are those of sensors.py and faults.py.

- Sensors: what comes after training (55% of each series) is halved. On a first part of the first half what is normal is
  learned anew; the second half is measured, always the same. And as one would use it: tenth after tenth of it all, each
  measured with what is normal on the tenth before it, on the three tenths, or on all since training and the
  validation part. Windows with labelled anomalies are left out of what is learned from, as somebody who believes a
  stretch to be normal would.
- Weather: of each of the four months that were held out the first ten days, clean, are learned from, and the other days
  are measured: clean, and with the four kinds of faults planted.

Stretches of which most is flagged are learned from all the same (``--force``), and counted.

Writes benchmarks/results/tasks/recalibrating.json and .md. Goes on where it stopped.

Run it on an idle machine: .venv/bin/python benchmarks/tasks/recalibrating.py
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from undertow import examples
from undertow.errors import DataError
from undertow.tables.table import table_of
from undertow.tasks.reconstruct.recalibrating import recalibrated
from undertow.tasks.reconstruct.trained import TrainedAutoencoder
from undertow.words import Warned

sys.path.insert(0, str(Path(__file__).parent))
import faults
import sensors
from detecting import SEEDS, by_seed, day_windows, fitted, spread, write

TENTHS = (1, 2, 3, 5)
SINCE = "the validation part too"
#: What each tenth is measured by, and in words; the tenths begin where the longest of these fits.
BEFORE = {
    "1 before each": "the 10% before it",
    "3 before each": "the 30% before it",
    "all before each": f"all before it, {SINCE}",
}
FIRST = 3
DAYS = 10


def anew(data: bytes, frame: pl.DataFrame) -> tuple[Any, dict[str, bool]]:
    """The model with what is normal in ``frame``; whether that would have been refused, and was warned of."""
    table = table_of(frame)
    try:
        changed, made = recalibrated(data, table)
        refused = False
    except DataError:
        (changed, made), refused = recalibrated(data, table, force=True), True
    warned = any(isinstance(line, Warned) for line in made.lines)
    return TrainedAutoencoder.load(changed), {"refused": refused, "warned": warned}


def told(pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """False alarms and recall over pairs of (known, flagged)."""
    known, flagged = (np.concatenate(part) for part in zip(*pairs, strict=True))
    recall = {"recall": float(flagged[known].mean())} if known.any() else {}
    return {"false_alarms": float(flagged[~known].mean()), **recall}


def of_sensors(seed: int) -> dict[str, Any]:
    frame = examples.frame("sensor_singlehop_labelled")
    model, spent = fitted(frame, sensors.OPTIONS, seed)
    data = model.serialise()
    whole = [series for _, series in frame.group_by("mote_id", maintain_order=True)]

    def tenths(start: int | None, stop: int) -> pl.DataFrame:
        """From a tenth of what is later to another, of every sensor; from the validation part on if there is none."""
        parts = []
        for one in whole:
            end = sensors.seen(len(one))
            later = len(one) - end
            first = end - round(len(one) * sensors.VALIDATION) if start is None else end + start * later // 10
            parts.append(one[first : end + stop * later // 10])
        return pl.concat(parts)

    def steps(using: Any, part: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        return part["label"].to_numpy() == 1, using.predict(part)["anomaly"].to_numpy()

    half = tenths(5, 10)
    found: dict[str, Any] = {"never": told([steps(model, half)])}
    for name, start, stop in [*((f"{n} tenths", 0, n) for n in TENTHS), ("since training", None, 5)]:
        using, said = anew(data, tenths(start, stop))
        found[name] = {**told([steps(using, half)]), **said}
    found["never, tenth by tenth"] = told([steps(model, tenths(at, at + 1)) for at in range(FIRST, 10)])
    for name in BEFORE:
        pairs, all_said = [], []
        for at in range(FIRST, 10):
            start = None if name.startswith("all") else at - int(name[0])
            using, said = anew(data, tenths(start, at))
            pairs.append(steps(using, tenths(at, at + 1)))
            all_said.append(said)
        found[name] = {**told(pairs), **{what: sum(one[what] for one in all_said) for what in all_said[0]}}
    return {**spent, **found}


def of_weather(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    frame = examples.frame("greensboro").with_columns(month=pl.col("date").str.head(2))
    looked_at = {f"{quarter * 3 + rng.integers(3) + 1:02d}" for quarter in range(4)}  # as in faults.py
    clean = frame.filter(~pl.col("month").is_in(looked_at)).select(*faults.CHANNELS, "month")
    model, spent = fitted(clean, faults.OPTIONS, seed)
    held = frame.filter(pl.col("month").is_in(looked_at)).select(*faults.CHANNELS, "month")
    months = [month for _, month in held.group_by("month", maintain_order=True)]
    early = pl.concat([month[: DAYS * faults.DAY] for month in months])
    using, said = anew(model.serialise(), early)
    later = [month[DAYS * faults.DAY :].select(faults.CHANNELS).to_numpy().astype(float) for month in months]
    days = np.concatenate([day_windows(month, faults.DAY) for month in later])
    spreads = clean.select(faults.CHANNELS).to_numpy().astype(float).std(0)
    planted = {kind: faults.plant(days, kind, spreads, rng) for kind in faults.KINDS}
    found: dict[str, Any] = {"days": len(days), **said}
    for name, one in (("never", model), ("recalibrated", using)):

        def flagged(days: np.ndarray, one: Any = one) -> np.ndarray:
            scores = one.predict(faults.as_frame(days))["window_score"].to_numpy()[:: faults.DAY]
            return scores > one.in_force.window

        found[name] = told([(np.zeros(len(days), dtype=bool), flagged(days))])
        found[name] |= {k: told([(faulty, flagged(bad))])["recall"] for k, (bad, faulty) in planted.items()}
    return {**spent, **found}


def measure(seed: int) -> dict[str, Any]:
    return {"sensors": of_sensors(seed), "weather": of_weather(seed)}


def row(words: str, rows: list[dict[str, Any]], name: str, figures: Sequence[str]) -> str:
    """A line of a table: shares over seeds, in percent."""
    cells = [spread([100 * one[name][figure] for one in rows], 1) + "%" for figure in figures]
    return f"| {words} | " + " | ".join(cells) + " |"


def main() -> None:
    rows = by_seed("recalibrating", measure)
    room, weather = [one["sensors"] for one in rows], [one["weather"] for one in rows]
    kinds, alarms = ["false_alarms", *faults.KINDS], ["false_alarms"]
    once = {f"{n} tenths": f"the first {10 * n}% of what is later" for n in TENTHS}
    once["since training"] = f"the first {10 * max(TENTHS)}%, {SINCE}"
    tries = len(rows) * (len(once) + len(BEFORE) * (10 - FIRST))
    refused, warned = (
        sum(one[name][what] for one in room for name in (*once, *BEFORE)) for what in ("refused", "warned")
    )
    write(
        "recalibrating",
        [
            "| sensors: normal steps flagged, of 0.5% asked for | |",
            "|---|---|",
            row("second half, threshold of training", room, "never", alarms),
            *(row(f"second half, learned anew on {words}", room, name, alarms) for name, words in once.items()),
            row(f"from {10 * FIRST}% on, threshold of training", room, "never, tenth by tenth", alarms),
            *(
                row(f"from {10 * FIRST}% on, learned anew for each tenth on {words}", room, name, alarms)
                for name, words in BEFORE.items()
            ),
            "",
            "| weather: days flagged, of 0.5% asked for | clean | " + " | ".join(faults.KINDS) + " |",
            "|---|" + "---|" * len(kinds),
            row("threshold of training", weather, "never", kinds),
            row(f"learned anew on the first {DAYS} days of each month", weather, "recalibrated", kinds),
            "",
            f"- {len(SEEDS)} seeds. Models and options are those of sensors.py and faults.py. The rows with the "
            "validation part were added after those without it had been seen (on seed 0); else nothing was chosen.",
            "- The sensors' normal does not move once and stay: two of them swing, two keep cooling. A calm stretch "
            "makes a tight threshold, worse than the old one; a stretch that grows, with the old normal in it, knows "
            "more of what there is. On the weather fewer clean days are flagged, and fewer of the faulty ones.",
            f"- Of {tries} recalibrations of the sensors {refused} would have been refused, most of the stretch being "
            f"flagged, and {warned} were warned of, what is normal in the first two thirds of the stretch not being so "
            f"in its last; of {len(weather)} of the weather {sum(one['refused'] for one in weather)} and "
            f"{sum(one['warned'] for one in weather)}. All were made.",
        ],
    )


if __name__ == "__main__":
    main()
