"""What a search found, as plain data: ``search.json``, which the report draws and ``--json`` prints.

``searches``: one a method and seed, with its trials in order; ``spent`` is what had been spent when a trial was over,
in steps. ``generation`` and ``parents`` are those of the genetic search. ``importance`` of each gene: the share of what
makes good trials good, over the trials of all methods (PED-ANOVA: Watanabe et al. 2023, arXiv:2304.10255); genes that
do not count in a trial have no value there.
"""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from undertow.training.config import Config, sections
from undertow.tuning.final import AS_IT_WAS, WINNER, final_trials
from undertow.tuning.folder import SearchFolder
from undertow.tuning.methods import Genetic
from undertow.tuning.options import OBJECTIVES
from undertow.tuning.search import tracks_of
from undertow.tuning.store import quiet
from undertow.tuning.track import Track, succeeded
from undertow.tuning.trial import Trial, read_trial

__all__ = ["compared", "outcome", "winner_of"]

#: So many finished trials, and what a gene is worth can be told from chance at all.
_ENOUGH = 20
#: In so many trials a gene must count.
_OFTEN = 5


@quiet()
def outcome(search: SearchFolder) -> dict[str, Any]:
    """Everything that a search has found by now.

    Raises:
        RunError: the store refuses.
    """
    tracks = tracks_of(search)
    searches = [_searched(search, track) for track in tracks]
    best = _best_of_all(search, tracks)
    config = _config_of(search, best)
    return {
        "name": search.path.resolve().name,
        "task": search.config.task,
        "data": search.config.own.data,
        "options": asdict(search.options),
        "steps": search.config.training.steps,
        "sought": {name: "most" if OBJECTIVES[name] else "least" for name in search.options.sought},
        "finished": all(track.done and not track.trials(TrialState.RUNNING) for track in tracks),
        "genes": list(search.space.distributions),
        "searches": searches,
        "importance": _importance(search, tracks),
        "comparison": _comparison(search, tracks),
        "winner": _winner(search, *best, config) if best and config else None,
        "final": _final(search, config) if config else None,
    }


def _searched(search: SearchFolder, track: Track) -> dict[str, Any]:
    spent, rows = 0, []
    for trial in track.told():
        spent += trial.user_attrs.get("steps", 0)
        rows.append(_row(search, track, trial) | {"spent": spent})
    repeated = [t for t in track.trials(TrialState.FAIL) if t.user_attrs.get("same_as") is not None]
    front = [t.number for t in track.study.front() if succeeded(t)]
    return {
        "method": track.method,
        "seed": track.seed,
        "budget": search.options.budget * track.steps_a_training,
        "spent": spent,
        "repeated": len(repeated),
        "exhausted": track.exhausted,
        "front": front,
        "best": best.number if (best := track.best()) else None,
        "trials": rows,
    }


def _row(search: SearchFolder, track: Track, trial: FrozenTrial) -> dict[str, Any]:
    key = trial.user_attrs["key"]
    result = read_trial(search.trials / key) or Trial(failed="its folder is gone")
    return {
        "number": trial.number,
        "key": key,
        "generation": trial.system_attrs.get(f"{Genetic.__name__}:generation"),
        "parents": trial.user_attrs.get("parents", []),
        "values": trial.values if succeeded(trial) else None,
        **{name: getattr(result, name) for name in (*OBJECTIVES, "steps", "stopped", "failed")},
        "genes": trial.params,
        "counts": list(search.space.active(trial.params, search.config)),
    }


def winner_of(search: SearchFolder) -> Config | None:
    """The config that the genetic search found best, over all its seeds; None as long as there is none."""
    return _config_of(search, _best_of_all(search, tracks_of(search)))


def _config_of(search: SearchFolder, best: tuple[Track, FrozenTrial] | None) -> Config | None:
    return search.space.config(best[1].params, search.config) if best else None


def _best_of_all(search: SearchFolder, tracks: Sequence[Track]) -> tuple[Track, FrozenTrial] | None:
    found = [(track, best) for track in tracks if track.method == "genetic" and (best := track.best())]
    return min(found, key=lambda pair: search.options.sign * pair[1].values[0], default=None)


def _winner(search: SearchFolder, track: Track, trial: FrozenTrial, config: Config) -> dict[str, Any]:
    return {
        "method": track.method,
        "seed": track.seed,
        "number": trial.number,
        "values": trial.values,
        "changes": _changes(search.config, config),
    }


def _changes(before: Config, after: Config) -> dict[str, list[Any]]:
    """The options that differ, each with what it was and what it is."""
    old, new = before.plain(), after.plain()
    return {
        f"{section}.{key}": [old[section][key], value]
        for section in sections(after.task)
        for key, value in new[section].items()
        if old[section][key] != value
    }


def _importance(search: SearchFolder, tracks: Sequence[Track]) -> dict[str, float]:
    most = OBJECTIVES[search.options.sought[0]]
    pooled = optuna.create_study(direction="maximize" if most else "minimize")
    for track in tracks:
        for trial in track.told():
            if succeeded(trial):
                counts = search.space.active(trial.params, search.config)
                kinds = {name: search.space.distributions[name] for name in counts}
                pooled.add_trial(create_trial(params=counts, distributions=kinds, value=trial.values[0]))
    if len(pooled.trials) < _ENOUGH:
        return {}
    often = [name for name in search.space.distributions if sum(name in t.params for t in pooled.trials) >= _OFTEN]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of genes that are seldom seen among the best: a hint it is
        found: Mapping[str, float] = optuna.importance.get_param_importances(pooled, params=often)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _comparison(search: SearchFolder, tracks: Sequence[Track]) -> dict[str, Any]:
    """The best of each method, by seed, and whether the genetic search was worth it."""
    best = {
        method: [b.values[0] if (b := t.best()) else None for t in tracks if t.method == method]
        for method in search.options.methods
    }
    return {"best": best, "text": compared(best, most=OBJECTIVES[search.options.sought[0]])}


def compared(best: Mapping[str, Sequence[float | None]], *, most: bool) -> str:
    """In words whether the genetic search beat chance: all its results better than all of chance's."""
    genetic, chance = ([v for v in best.get(m, []) if v is not None] for m in ("genetic", "random"))
    if "random" not in best:
        return "no control was searched beside it, so it cannot be said whether the genetic search was worth it"
    if not genetic or not chance:
        return "too little has been measured to compare the methods"
    means = f"mean of the best {statistics.fmean(genetic):.4g}, at random {statistics.fmean(chance):.4g}"
    count = len(genetic)
    sign = -1 if most else 1
    apart = max(sign * v for v in genetic) < min(sign * v for v in chance)
    if count < 3:
        ahead = "was ahead of" if apart else "did not beat"
        return f"the genetic search {ahead} random search ({means}); {_seeds(count)} too few to tell that from luck"
    if apart:
        return (
            f"the genetic search beat random search: each of its {count} results is better than all of those at random "
            f"({means}; by chance {1 / math.comb(2 * count, count):.2g})"
        )
    return f"the genetic search did not beat random search at equal budget ({means}; the results overlap)"


def _seeds(count: int) -> str:
    return "1 seed is" if count == 1 else f"{count} seeds are"


def _final(search: SearchFolder, winner: Config) -> dict[str, Any] | None:
    found = final_trials(search, winner)
    if not found:
        return None
    rows = [
        {
            "name": name,
            "loss": [t.loss for t in trials],
            "test": [t.test for t in trials],
            "failed": [t.failed for t in trials],
            "seconds": [t.seconds for t in trials],
            "parameters": trials[0].parameters,
        }
        for name, trials in found.items()
    ]
    figure = next((t.figure for t in found[WINNER] if not t.failed), "loss")
    return {"figure": figure, "rows": rows, "text": _measured(found, figure)}


def _measured(found: Mapping[str, Sequence[Trial]], figure: str) -> str:
    """In words how the winner does on the part for tests."""
    pairs = [
        (a.test[figure], b.test[figure])
        for a, b in zip(found[WINNER], found[AS_IT_WAS], strict=True)
        if a.test and b.test and figure in a.test and figure in b.test
    ]
    if not pairs:
        return "the final trainings failed"
    first, second = (statistics.fmean(column) for column in zip(*pairs, strict=True))
    differences = [a - b for a, b in pairs]
    between = f"{min(differences):+.3g} to {max(differences):+.3g}"
    seeds = "1 seed" if len(pairs) == 1 else f"{len(pairs)} seeds"
    words = figure.replace("_", " ")
    same = "" if min(differences) * max(differences) > 0 else ": cannot be told apart"
    return (
        f"on the part for tests, {words}: winner {first:.4g}, config as it was {second:.4g} "
        f"(difference by seed {between}, {seeds}){same}"
    )
