"""English to French: short verses of the Bible, split so that no source sentence is in both parts.

Writes benchmarks/results/tasks/bible.json and .md. Goes on where it stopped.

Run it on an idle machine: .venv/bin/python benchmarks/tasks/bible.py
"""

import sys
from pathlib import Path

import polars as pl

from undertow import examples

sys.path.insert(0, str(Path(__file__).parent))
from translating import SEEDS, by_seed, measure, paired, spread, values, write

OPTIONS = {
    "source": "english",
    "target": "french",
    "batch": 32,
    "learning_rate": 0.003,
    "steps": 2400,
    "evaluate_every": 400,
}
VARIANTS = {"attention": OPTIONS, "none": OPTIONS | {"attention": "none"}}


def table() -> pl.DataFrame:
    english, french = examples.frame("en_fr_bible_short").get_columns()
    return pl.DataFrame([english.alias("english"), french.alias("french")])


def main() -> None:
    rows = measure("bible", VARIANTS, table)
    lines = ["| | BLEU | chrF | word error rate, % | seconds (processor) |", "|---|---|---|---|---|"]
    for variant, words in (("attention", "attention (Luong)"), ("none", "no attention")):
        spent = [row["cpu"] for row in rows if row["variant"] == variant]
        bleu, chrf = (spread(values(rows, variant, figure)) for figure in ("bleu", "chrf"))
        wrong = spread(values(rows, variant, "error_rate"), 100)
        lines.append(f"| {words} | {bleu} | {chrf} | {wrong} | {sum(spent) / len(spent):.0f} |")
    bleu, chrf = (spread(values(rows, "attention", f"nearest_{figure}")) for figure in ("bleu", "chrf"))
    wrong = spread(values(rows, "attention", "nearest_error_rate"), 100)
    lines += [f"| copying the nearest training pair | {bleu} | {chrf} | {wrong} | |", ""]
    lines.append(
        f"- {len(table()):,} pairs, no source in two parts (80/10/10), {len(SEEDS)} seeds; mean and standard deviation."
    )
    for figure, name in (("bleu", "BLEU"), ("chrf", "chrF")):
        mine, none = values(rows, "attention", figure), values(rows, "none", figure)
        copied = values(rows, "attention", f"nearest_{figure}")
        lines += [
            f"- {name}, attention minus none, paired by seed: {paired(mine, none)}; by seed {by_seed(mine)} against "
            f"{by_seed(none)}.",
            f"- {name}, attention minus the nearest pair: {paired(mine, copied)}; by seed {by_seed(mine)} against "
            f"{by_seed(copied)}.",
        ]
        ends = [
            f"{low:.1f} to {high:.1f}"
            for low, high in zip(
                values(rows, "attention", f"{figure}_low"), values(rows, "attention", f"{figure}_high"), strict=True
            )
        ]
        lines.append(
            f"- {name} with attention, sacrebleu's 95% interval within each seed's test part: {', '.join(ends)}."
        )
    write("bible", lines)


if __name__ == "__main__":
    main()
