"""Words to phonemes: a table of 12,000 words of the CMU dictionary, split by stem.

Writes benchmarks/results/tasks/phonemes.json and .md. Goes on where it stopped.

Run it on an idle machine: .venv/bin/python benchmarks/tasks/phonemes.py
"""

import sys
from pathlib import Path

import polars as pl

from undertow import examples

sys.path.insert(0, str(Path(__file__).parent))
from translating import SEEDS, by_seed, measure, paired, spread, values, write

#: The longest of these at a word's end is taken off, if three letters are left.
ENDINGS = ("INGS", "ING", "EDLY", "ED", "ERS", "ER", "ES", "S", "LY", "NESS", "MENT", "MENTS")
OPTIONS = {
    "source": "word",
    "target": "phonemes",
    "group": "stem",
    "source_tokens": "characters",
    "target_tokens": "symbols",
    "ignore": "012",
    "longest": 40,
    "steps": 1800,
}
VARIANTS = {"attention": OPTIONS, "none": OPTIONS | {"attention": "none"}}


def stem(word: str) -> str:
    """What words of one root have in common, roughly: without genitive, ending, final e, y as i, and a doubled letter.

    Rather too many words get the same stem than too few: a word of the test has no relative in training.
    """
    word = word.removesuffix("'S").removesuffix("S'").removesuffix("'")
    ending = next(
        (e for e in sorted(ENDINGS, key=len, reverse=True) if word.endswith(e) and len(word) >= len(e) + 3), ""
    )
    word = word.removesuffix(ending)
    if len(word) > 3 and word[-1] == "E":
        word = word[:-1]
    if len(word) > 3 and word[-1] == "Y":
        word = word[:-1] + "I"
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def table() -> pl.DataFrame:
    words, phonemes = examples.frame("cmudict_12k").get_columns()
    stems = pl.Series("stem", [stem(word) for word in words])
    return pl.DataFrame([words.alias("word"), phonemes.alias("phonemes"), stems])


def main() -> None:
    rows = measure("phonemes", VARIANTS, table)
    of = {
        "phoneme error rate, %": "error_rate_ignoring",
        "with stress, %": "error_rate",
        "words wholly right, %": "exact",
    }
    lines = [
        "| | " + " | ".join(of) + " | seconds (processor) |",
        "|---" * (len(of) + 2) + "|",
    ]
    for variant, words in (("attention", "attention (Luong)"), ("none", "no attention")):
        cells = [spread(values(rows, variant, figure), 100) for figure in of.values()]
        spent = [row["cpu"] for row in rows if row["variant"] == variant]
        lines.append(f"| {words} | " + " | ".join(cells) + f" | {sum(spent) / len(spent):.0f} |")
    nearest = [spread(values(rows, "attention", f"nearest_{figure}"), 100) for figure in of.values()]
    lines.append("| copying the nearest training word | " + " | ".join(nearest) + " | |")
    rate = {v: values(rows, v, "error_rate_ignoring") for v in VARIANTS}
    stems, words = table()["stem"].n_unique(), len(table())
    lines += [
        "",
        f"- {words:,} words of {stems:,} stems, no stem in two parts (80/10/10), {len(SEEDS)} seeds; mean and standard "
        "deviation.",
        f"- Phoneme error rate, attention minus none, paired by seed: {paired(rate['attention'], rate['none'], 100)} "
        f"points; by seed {by_seed(rate['attention'], 100)} against {by_seed(rate['none'], 100)}.",
        "- The first rate drops the digits of stress; the second counts a phoneme with other stress as an error.",
    ]
    write("phonemes", lines)


if __name__ == "__main__":
    main()
