"""A tiny run of each kind, made once, and the commands that read each of its files.

A run is made in ``case/run``, on the data beside it, and kept apart; each case is a copy in the same place, since a run
knows where its data is.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.boxed import boxed
from undertow.tuning.trial import train_job

__all__ = ["COMMANDS", "KINDS", "OTHERS", "Home", "Inline", "Kind", "expanded", "files_of", "flags_of", "make_run"]

PEOPLE = "name,gender\n" + "".join(
    f"{a}{b}{c},{'FM'[(i + j + k) % 2]}\n"
    for i, a in enumerate("ABCDE") for j, b in enumerate("aeiou") for k, c in enumerate("nmr")
)  # fmt: skip
HOURS = "time,a,b\n" + "".join(
    f"2024-01-{1 + hour // 24:02d} {hour % 24:02d}:00,{hour % 7},{hour % 5}\n" for hour in range(300)
)
WIDE = "s1,s2,s3,s4,label\n" + "".join(f"{i % 5},{i % 3},{i % 7},{i},{'xy'[i % 2]}\n" for i in range(60))
PAIRS = "en\tfr\n" + "".join(
    f"{a} {b}\t{b.upper()} {a.upper()}\n" for a in ("one", "two", "three", "four", "five") for b in "abcdefgh"
)
SMALL = {
    "model.hidden": 4, "model.embedding": 4, "training.steps": 8, "training.batch": 4, "training.warmup": 1,
    "training.log_every": 2, "training.evaluate_every": 4, "training.checkpoint_every": 2, "training.threads": 1,
    "flow.examine_every": 2, "flow.probes": 1,
}  # fmt: skip
WINDOWS = {"training.window": 8, "training.sample_every": 4, "training.sample_length": 8}


@dataclass(frozen=True)
class Kind:
    """A kind of run: its task, its data and its options."""

    task: str
    file: str
    content: str
    own: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)


KINDS = {
    "classify": Kind("classify", "people.csv", PEOPLE, {"text": "name", "label": "gender"}),
    "series": Kind("classify", "wide.csv", WIDE, {"label": "label"}),
    "forecast": Kind("forecast", "hours.csv", HOURS, {"target": "a", "time": "time", "horizon": 3, "context": 6}),
    "translate": Kind(
        "translate", "pairs.tsv", PAIRS, {"source_tokens": "words", "target_tokens": "bpe", "pieces": 270}
    ),
    "reconstruct": Kind(
        "reconstruct", "hours.csv", HOURS, {"columns": "a,b", "time": "time", "window": 8, "validation": 0.3}
    ),
    "texts": Kind("reconstruct", "people.csv", PEOPLE, {"text": "name"}),
    "text": Kind("text", "poem.txt", PEOPLE * 4, {"validation": 0.1}, WINDOWS),
    "pieces": Kind("text", "poem.txt", PEOPLE * 4, {"pieces": 270}, WINDOWS),
}

#: Kinds of folders that are no run of a task: a search that is over, and one that was stopped; a run with remedies; a
#: config and a space.
OTHERS = ("search", "stopped", "remedies", "config")

_READ = [["report", "run"], ["runs", "."], ["runs", ".", "--json"]]
_REMEDIES = [["remedy", "run", "--reach", "20", "--steps", "2", "--seeds", "1", "--only", "forget bias"]]
_OF_SEARCH = ("search.toml", "search/config.toml", "space.toml", "trials.db", "trial.json", "search/metrics.jsonl",
              "trial/config.toml")  # fmt: skip
_SEARCH = [["resume", "run"], ["tune", "run"], ["tune", "run", "--show-space"], ["report", "run"], ["runs", "."]]

#: The commands that read a file, by its name in the run; ``DATA`` is the table.
COMMANDS = {
    "model.safetensors": [["evaluate", "run"], ["use"], ["load"], ["other"], ["report", "run"]],
    "checkpoint/state.safetensors": [["resume", "run"]],
    "config.toml": [["resume", "run"], ["evaluate", "run"], ["use"], ["diagnose", "run"],
                    ["tune", "run", "--show-space"], *_READ],
    "metrics.jsonl": [["resume", "run"], ["evaluate", "run"], ["diagnose", "run"], *_READ],
    "flow.jsonl": [["resume", "run"], ["diagnose", "run"], ["diagnose", "run", "--reach", "3"], ["report", "run"]],
    "evaluation.json": [["report", "run"]],
    "remedy.json": [["report", "run"]],
    "samples.txt": [["report", "run"], ["resume", "run"]],
    "DATA": [["train"], ["evaluate", "run"], ["evaluate", "run", "DATA"], ["use"], ["resume", "run"]],
    **dict.fromkeys(_OF_SEARCH, _SEARCH),
    "search.json": [["report", "run"], ["runs", "."], ["resume", "run"]],
    "trial/state.safetensors": [["resume", "run"]],
    "remedies/config.toml": _REMEDIES, "remedies/metrics.jsonl": _REMEDIES, "remedies/flow.jsonl": _REMEDIES,
    "remedies/remedy.json": [["report", "run"], *_REMEDIES],
    "mine.toml": [["train", "classify", "--config", "mine.toml", "--out", "new"], ["tune", "mine.toml", "--show-space"],
                  ["train", "classify", "people.csv", "--config", "mine.toml", "--out", "new"]],
    "mine/space.toml": [["tune", "mine.toml", "--space", "space.toml", "--show-space"],
                        ["tune", "mine.toml", "--space", "space.toml", "--out", "new", "--budget", "2",
                         "--population", "2", "--no-controls", "--retrain", "0"]],
}  # fmt: skip


def expanded(command: list[str], kind: str, data: str) -> list[str] | None:
    """A command as ``kind`` of run has it; None where it has none."""
    task = KINDS[kind].task if kind in KINDS else "classify"
    match command[0]:
        case "use":
            if task == "text":
                return ["sample", "run", "--length", "20"]
            return ["predict", "run", data, "--out", "told.csv"]
        case "other":
            if kind in ("texts", "classify"):
                return ["train", "classify", "people.csv", "--encoder", "run", "--out", "new", *flags_of("classify")]
            return ["recalibrate", "run", data] if kind == "reconstruct" else None
        case "load":
            return None if task == "text" else ["load", "run", data]
        case "train" if len(command) == 1:
            return ["train", task, data, "--out", "new", *flags_of(kind)]
    return [data if part == "DATA" else part for part in command]


def flags_of(kind: str) -> list[str]:
    """The options of a kind of run, as flags of ``undertow train``."""
    made = KINDS[kind]
    values = {**SMALL, **made.options, "training.steps": 2} | {f"{made.task}.{k}": v for k, v in made.own.items()}
    return [f"--set={key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in values.items()]


class Home:
    """The folder of a campaign: ``case`` is the case at hand, ``kept`` has the undamaged ones."""

    def __init__(self, path: Path) -> None:
        self.path, self.case, self.kept = path, path / "case", path / "kept"
        self.kept.mkdir(parents=True)

    def make(self, kind: str, way: Callable[[str], None] | None = None) -> None:
        """Make the run of a kind, or the search; another ``way`` than :func:`make_run`, if one is given."""
        self.clear()
        ended = boxed(lambda: (way or make_run)(kind), self.case, seconds=300, memory=0)
        if ended.status:
            raise RuntimeError(f"cannot make {kind}: {ended.err}")
        shutil.copytree(self.case, self.kept / kind)

    def clear(self) -> None:
        """Begin a case anew."""
        shutil.rmtree(self.case, ignore_errors=True)
        self.case.mkdir()

    def take(self, kind: str) -> Path:
        """A fresh copy."""
        shutil.rmtree(self.case, ignore_errors=True)
        shutil.copytree(self.kept / kind, self.case)
        return self.case


def files_of(case: Path, kind: str) -> dict[str, Path]:
    """The files of a case, by what :data:`COMMANDS` calls them."""
    run = case / "run"
    if kind in ("search", "stopped"):
        return _of_search(run)
    if kind == "config":
        return {"mine.toml": case / "mine.toml", "mine/space.toml": case / "space.toml"}
    if kind == "remedies":
        trained = sorted((run / "remedies").glob("*/config.toml"))[0].parent
        found = {f"remedies/{name}": trained / name for name in ("config.toml", "metrics.jsonl", "flow.jsonl")}
        return found | {"remedies/remedy.json": run / "remedy.json"}
    others = ("DATA", "search/", "trial", "remedies", "mine")
    inside = [name for name in COMMANDS if not name.startswith(others)]
    return {"DATA": case / KINDS[kind].file} | {n: run / n for n in inside if (run / n).is_file()}


def _of_search(run: Path) -> dict[str, Path]:
    """Of a search that was stopped, the trial that was at work."""
    trials = {file.parent: (file.parent / "trial.json").is_file() for file in (run / "trials").glob("*/config.toml")}
    trial = min(trials, key=lambda folder: (trials[folder], folder))
    found = {name: run / name for name in ("search.toml", "space.toml", "trials.db", "search.json")}
    found |= {"search/config.toml": run / "config.toml", "trial.json": trial / "trial.json"}
    found |= {"search/metrics.jsonl": trial / "metrics.jsonl", "trial/config.toml": trial / "config.toml"}
    found |= {"trial/state.safetensors": trial / "checkpoint/state.safetensors"}
    return {name: file for name, file in found.items() if file.is_file()}


def make_run(kind: str, of: Kind | None = None) -> None:
    """Make the run of a kind in this folder; with data and options ``of`` another one, if that is given."""
    import polars

    from undertow.training.config import Config
    from undertow.training.session import begin, evaluate

    if kind in OTHERS:
        {"search": _search, "stopped": lambda: _search(stopped=12), "remedies": _remedies, "config": _config}[kind]()
        return
    made, run = of or KINDS[kind], Path("run").absolute()
    file = Path(made.file)
    file.write_text(made.content)
    own = {f"{made.task}.data": str(file.absolute())} | {f"{made.task}.{k}": v for k, v in made.own.items()}
    asked = iter(range(10_000))
    session = begin(Config.of(made.task).replaced({**SMALL, **made.options, **own}), run)
    if session.train(listen=lambda e: None, interrupted=lambda: next(asked) == 5) != "interrupted":
        raise RuntimeError("the run was to be interrupted")
    evaluate(run)  # which leaves evaluation.json
    row = {"name": "as it is", "config": {}, "code": "", "loss": [1.0], "horizon": [3], "growth": [0.1],
           "seconds_per_step": [0.1], "failed": [None]}  # fmt: skip
    remedy = {"steps": 1, "seeds": [0], "rows": [row, {**row, "name": "lstm", "config": {"model.cell": "lstm"}}],
              "winner": None, "text": "too few", "config_file": None}  # fmt: skip
    (run / "remedy.json").write_text(json.dumps(remedy))
    if made.task == "reconstruct" and kind == "reconstruct":
        from undertow.tables.table import read_table
        from undertow.training.session import recalibrate

        recalibrate(run, read_table(file), force=True)
    if made.task != "text":
        frame = polars.read_csv(file, separator="\t" if file.suffix == ".tsv" else ",")
        frame.write_ndjson("other.jsonl")
        frame.write_parquet("other.parquet")
        frame.write_csv("other.tsv", separator="\t")
        import gzip

        Path("other.csv.gz").write_bytes(gzip.compress(Path("other.tsv").read_bytes().replace(b"\t", b",")))


def _search(stopped: int = 0) -> None:
    """A search, ``stopped`` when its trainings have done so many steps."""
    from undertow.tuning.options import SearchOptions
    from undertow.tuning.session import begin, finish
    from undertow.tuning.space import read_space

    config = _config()
    options = SearchOptions(budget=3, population=3, controls=False, retrain=1)
    search = begin(Path("run").absolute(), options, config, read_space(Path("space.toml"), config.task))
    workers = Inline(1, stopped)
    if finish(search, workers, interrupted=lambda: workers.stopped) == bool(stopped):
        raise RuntimeError("the search did not end as it was to")


def _config():
    """A config and a space, as files, and what the first one says."""
    import tomlkit

    from undertow.training.config import Config

    kind = KINDS["classify"]
    file = Path(kind.file)
    file.write_text(kind.content)
    Path("space.toml").write_text(
        "[training]\nlearning_rate = { low = 0.001, high = 0.03, log = true }\n"
        "[model]\nlayers = { low = 1, high = 2 }\n"
        "hidden = [3, 4]\nresidual = { choices = [false, true], when = { layers = [2] } }\n"
    )
    own = {f"{kind.task}.{k}": v for k, v in kind.own.items()} | {f"{kind.task}.data": str(file.absolute())}
    config = Config.of(kind.task).replaced({**SMALL, **own, f"{kind.task}.validation": 0.2})
    Path("mine.toml").write_text(tomlkit.dumps(config.document()))
    return config


def _remedies() -> None:
    """A run whose remedies were tried."""
    from undertow.remedy import candidates, compare
    from undertow.runs import RunFolder
    from undertow.training.config import Config
    from undertow.training.session import begin

    run = Path("run").absolute()
    kind = KINDS["text"]
    file = Path(kind.file)
    file.write_text(kind.content)
    own = {"text.data": str(file.absolute()), "text.validation": 0.1}
    begin(Config.of("text").replaced({**SMALL, **WINDOWS, **own}), run).train(listen=lambda event: None)
    folder = RunFolder.open(run)
    compare(folder, candidates(folder, ("forget bias",), 20), steps=2, seeds=[0])


class Inline:
    """Trainings of a search in its own process, one after the other: no process has to be begun for them."""

    def __init__(self, count: int, most: int = 0) -> None:
        self.count, self._most, self._jobs, self._asked = count, most, [], 0

    @property
    def stopped(self) -> bool:
        """Whether all steps are done that were to be."""
        return bool(self._most) and self._asked >= self._most

    def _interrupted(self) -> bool:
        self._asked += 1
        return self.stopped

    def submit(self, job) -> None:
        """Have a job done, when it is asked for."""
        self._jobs.append(job)

    def wait(self, seconds: float) -> list:
        """The next job, done."""
        if not self._jobs or self.stopped:
            return []
        job = self._jobs.pop(0)
        try:
            return [(job, None)] if train_job(job, self._interrupted) else []
        except Exception as error:
            return [(job, error)]

    def stop(self) -> None:
        """There is nothing at work."""

    def close(self) -> None:
        """There are no processes."""
