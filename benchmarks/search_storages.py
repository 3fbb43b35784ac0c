"""A search whose trials are kept in another database: killed in the middle, gone on with, its connections cut.

Every search is compared with one on SQLite that nothing happened to. The databases are yours: make an empty one for
this, and give passwords by its own means. Writes benchmarks/results/search_storages.md and .json, a row a database,
fault and seed.

    PGPASSWORD=.. .venv/bin/python benchmarks/search_storages.py postgresql+psycopg2://me@127.0.0.1/search
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from pathlib import Path

import optuna
import sqlalchemy
import torch
from search_faults import ROOT, WHOLE, Search, killed, left, moments

from tuning import searching

RESULT = ROOT / "benchmarks" / "results" / "search_storages.md"
KILLED, CUT = "the search and its workers killed (SIGKILL of the process group), gone on with", "every connection cut"

#: How a server is asked to cut the connections of all others to a database.
CUTTING = {
    "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
}


def cut(search: Search, rng: random.Random, engine: sqlalchemy.Engine) -> tuple[Search, int]:
    """The server cuts every connection, three times; the search goes on, or is gone on with."""
    cuts = 0
    for moment in moments(rng, 3):
        if search.reach(moment):
            with engine.connect() as connection:
                cuts += len(connection.execute(sqlalchemy.text(CUTTING[engine.dialect.name])).all()) > 0
    search.finish()
    return search, cuts


def measure(url: str, fault: str, seed: int, undisturbed: Path) -> dict[str, object]:
    """One search on one database with one fault."""
    engine, rng = sqlalchemy.create_engine(url), random.Random(seed)
    with engine.connect():
        version = ".".join(map(str, engine.dialect.server_version_info or ()))
    with tempfile.TemporaryDirectory(prefix="us-") as place:
        search = Search(Path(place), "1", storage=url)
        search, times = killed(search, rng, os.killpg) if fault == KILLED else cut(search, rng, engine)
        again = sum(status != 0 for status in search.statuses)
        where = {"storage": f"{engine.dialect.name} {version}", "driver": engine.driver, "fault": fault, "seed": seed}
        return {**where, "faults": times, "again": again, **left(search, undisturbed)}


def page(rows: list[dict[str, object]]) -> str:
    """The table."""
    lines = [
        "# A search on other databases",
        "",
        f"Made by `benchmarks/search_storages.py`: the search of [search_faults.md](search_faults.md) ({WHOLE} steps "
        f"in {searching.BUDGET} trainings) with one worker, its trials in another database. *Lost*, *repeated*, *since "
        "checkpoints* and *same* as there: the store, and every loss of every training, equal bit for bit those of a "
        "search on SQLite that nothing happened to. *Gave up*: how often the search ended with an error (status 2) and "
        "had to be gone on with by hand; a search that is killed is always gone on with.",
        "",
        f"torch {torch.__version__}, optuna {optuna.__version__}, SQLAlchemy {sqlalchemy.__version__}, Linux, 2 cores "
        "shared with others, the servers on the same machine.",
        "",
        "| database | driver | fault | seed | times | gave up | trials lost | trials repeated | steps since "
        "checkpoints | same |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['storage']} | {r['driver']} | {r['fault']} | {r['seed']} | {r['faults']} | {r['again']} | {r['lost']} | "
        f"{r['repeated']} | {int(str(r['trained'])) - int(str(r['needed']))} | {'yes' if r['same'] else 'no'} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs="+", metavar="URL", help="as --storage of undertow tune has it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    file, rows = RESULT.with_suffix(".json"), []
    with tempfile.TemporaryDirectory(prefix="us-") as place:
        undisturbed = Search(Path(place), "1")
        undisturbed.finish()
        for url in options.urls:
            dialect = sqlalchemy.make_url(url).get_backend_name()
            for fault in (KILLED, CUT) if dialect in CUTTING else (KILLED,):
                for seed in options.seeds:
                    rows.append(measure(url, fault, seed, undisturbed.folder))
                    print(rows[-1], flush=True)
                    file.write_text(json.dumps(rows, indent=1) + "\n")
    RESULT.write_text(page(rows))


if __name__ == "__main__":
    main()
