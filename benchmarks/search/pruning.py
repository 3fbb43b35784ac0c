"""Names to gender with ``--prune``, beside the genetic search without: ``benchmarks/search/pruning.py``.

The one without is that of ``names.py``, from its results: the same genomes to begin with, seeds and budget in steps.
The first generation is trained in both, whole, and its losses must be the same, else the two cannot be compared.
"""

import json
from dataclasses import replace

from names import CONFIG
from searching import OPTIONS, RESULTS, Case, searched

KEPT = ("key", "number", "generation", "loss", "steps", "stopped", "failed", "spent")


def main() -> None:
    """Search and write ``results/search/pruning.json``: by seed, the trials of both searches."""
    search = searched("search-pruning", Case("names", CONFIG), replace(OPTIONS, controls=False, retrain=0, prune=True))
    without = json.loads((RESULTS / "names.json").read_text())["searches"]
    found = {}
    for name, searches in (("without", without), ("with", search.outcome()["searches"])):
        genetic = [one for one in searches if one["method"] == "genetic"]
        found[name] = {one["seed"]: [{key: t[key] for key in KEPT} for t in one["trials"]] for one in genetic}
    for seed, trials in found["with"].items():
        firsts = [[t["loss"] for t in of[: OPTIONS.population]] for of in (trials, found["without"][seed])]
        assert firsts[0] == firsts[1], f"seed {seed}: names.py was run elsewhere or with another version; run it again"
    (RESULTS / "pruning.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
