"""Put the results of all tasks together in ``benchmarks/tasks.md``: ``python benchmarks/tasks/assemble.py``."""

from __future__ import annotations

from pathlib import Path

import torch

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "tasks"

PAGES = {
    "names": "Classify: first names, F or M (`names_gender.csv`)",
    "languages": "Classify: sentences in five languages (`language_id.tsv`)",
    "digits": "Classify: handwritten digits, as 64 steps of one pixel and as 8 steps of 8 (`digits_8x8.csv.gz`)",
    "few_labels": "Classify: names with 200 labels, the encoder trained on all of them by reconstruction",
    "weather": "Forecast: temperature by the hour (`greensboro_tmy3_hourly.csv`)",
    "series": "Forecast: sunspots, carbon dioxide, births",
    "bible": "Translate: short sentences, English to French (`en_fr_bible_short.tsv`)",
    "phonemes": "Translate: words to phonemes (`cmudict_12k.tsv`)",
    "sensors": "Reconstruct: two sensors with labelled anomalies (`sensor_singlehop_labelled.csv`)",
    "faults": "Reconstruct: weather with planted faults (`greensboro_tmy3_hourly.csv`)",
    "recalibrating": "Reconstruct: thresholds learned anew on what came later, of the sensors and the weather",
    "ecg": "Reconstruct: a heart with ectopic beats (`ecg_mitdb208_360hz_5min.npz`)",
}

HEAD = f"""# Five tasks, measured

Real data that ship with Undertow (`undertow data`), two shared cores, torch {torch.__version__.partition("+")[0]}. Each
is a script in [benchmarks/tasks](tasks), `python benchmarks/tasks/NAME.py`, which goes on where it stopped;
`assemble.py` puts this page together. Five seeds unless it says otherwise: mean ± standard deviation; differences are
paired (the same parts of the data for both), with 95% intervals. What was chosen by looking, and on what, stands under
each table; the classifiers' options were tried out on the very splits of seeds 0 to 4.
"""


def main() -> None:
    """Write the page, with what has been measured so far."""
    parts = [HEAD]
    for name, title in PAGES.items():
        file = RESULTS / f"{name}.md"
        body = file.read_text().strip() if file.exists() else "Not measured yet."
        body = body.replace("](ecg.svg)", "](results/tasks/ecg.svg)")
        parts.append(f"## {title}\n\n{body}\n\n`benchmarks/tasks/{name}.py`\n")
    (HERE.parent / "tasks.md").write_text("\n".join(parts))


if __name__ == "__main__":
    main()
