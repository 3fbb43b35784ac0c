"""The search itself, on a formula: budgets, the cache, breaks, and that it is genetic."""

import json
import math
import random

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState

from tuning.searches import BASE, GENES, Formula, LostError, folder, result, space, stopped_early, worth
from undertow.errors import BusyError, DataError, RunError
from undertow.tuning.final import measure
from undertow.tuning.methods import first_genomes
from undertow.tuning.options import SearchOptions
from undertow.tuning.outcome import outcome, winner_of
from undertow.tuning.search import run, tracks_of
from undertow.tuning.session import finish
from undertow.tuning.store import open_storage
from undertow.tuning.trial import read_trial


@pytest.fixture(autouse=True)
def store(request, monkeypatch):
    """In memory, which does as SQLite does but faster; ``on_disk`` asks for the real one."""
    if "on_disk" not in request.fixturenames:
        stores = {}
        monkeypatch.setattr(
            "undertow.tuning.search.open_storage", lambda url, path: stores.setdefault(path, InMemoryStorage())
        )


@pytest.fixture
def on_disk():
    """As users have it."""


def genomes(search):
    """The genes of every trial that is over, by search."""
    return {track.name: [(t.number, t.params) for t in track.told()] for track in tracks_of(search)}


def test_every_method_spends_the_same_budget(tmp_path, on_disk):
    search = folder(tmp_path / "s", budget=12, population=4)
    assert run(search, Formula())
    for track in tracks_of(search):
        assert len(track.told()) == 12
        assert track.spent == 12 * 100
        assert track.done


def test_no_genome_is_trained_twice(tmp_path):
    search = folder(tmp_path / "s", budget=12, population=4, repeats=2)
    workers = Formula()
    run(search, workers)
    assert len(workers.trained) == len(set(workers.trained))
    for track in tracks_of(search):
        keys = [t.user_attrs["key"] for t in track.told()]
        assert len(keys) == len(set(keys))
    asked = {t.user_attrs["key"] for track in tracks_of(search) for t in track.told()}
    assert asked == set(workers.trained)


def test_a_repeated_genome_costs_nothing_and_is_put_aside(tmp_path):
    few = {"model": {"cell": ["lstm", "gru", "rnn"], "dropout": [0.0, 0.5]}}
    search = folder(tmp_path / "s", genes=few, budget=20, population=3)
    workers = Formula()
    assert run(search, workers)
    assert len(workers.trained) == 6, "all there are, each once"
    for track in tracks_of(search):
        assert len(track.told()) <= 6
        for trial in track.trials(TrialState.FAIL):
            first = track.trials()[trial.user_attrs["same_as"]]
            assert first.user_attrs["key"] == trial.user_attrs["key"]
            assert first.state == TrialState.COMPLETE


def test_all_methods_begin_with_the_config_and_the_same_genomes(tmp_path):
    search = folder(tmp_path / "s", budget=8, population=4)
    run(search, Formula())
    found = genomes(search)
    firsts = [[params for _, params in trials[:4]] for trials in found.values()]
    assert firsts[0] == firsts[1] == firsts[2]
    assert search.space.config(firsts[0][0], search.config) == search.config
    assert firsts[0] == [dict(g) for g in first_genomes(space(), space().genome_of(BASE), search.options, 0)]
    assert found["genetic-0"][4:] != found["random-0"][4:]


def test_children_have_the_genes_of_their_parents(tmp_path):
    search = folder(tmp_path / "s", budget=20, population=5, mutation_rate=1e-9, controls=False)
    run(search, Formula())
    (track,) = tracks_of(search)
    trials = {t.number: t for t in track.told()}
    children = [t for t in trials.values() if t.number >= 5]
    assert len(children) == 15
    for child in children:
        parents = child.user_attrs["parents"]
        assert 1 <= len(parents) <= 2
        for name, value in child.params.items():
            assert any(trials[p].params[name] == pytest.approx(value) for p in parents), name
    assert any(len(t.user_attrs["parents"]) == 2 for t in children)


def test_mutation_brings_new_genes_and_polynomial_ones_are_near(tmp_path):
    search = folder(tmp_path / "s", budget=20, population=4, mutation="polynomial", mutation_rate=0.5, controls=False)
    run(search, Formula())
    (track,) = tracks_of(search)
    trials = {t.number: t for t in track.told()}
    new = [
        (t, name)
        for t in trials.values()
        if t.number >= 4
        for name, value in t.params.items()
        if not any(trials[p].params[name] == pytest.approx(value) for p in t.user_attrs["parents"])
    ]
    assert len(new) > 10


def test_every_generation_is_whole_and_the_best_are_kept(tmp_path):
    search = folder(tmp_path / "s", budget=24, population=4, controls=False)
    run(search, Formula())
    rows = outcome(search)["searches"][0]["trials"]
    by_generation = {}
    for row in rows:
        by_generation.setdefault(row["generation"], []).append(row)
    assert {g: len(of) for g, of in by_generation.items()} == dict.fromkeys(range(6), 4)
    for generation in range(1, 6):
        before = sorted((r["loss"], r["number"]) for r in rows if r["generation"] < generation)
        elite = {number for _, number in before[:4]}
        assert {p for r in by_generation[generation] for p in r["parents"]} <= elite


@pytest.mark.slow
def test_the_search_gets_better_than_chance_on_an_easy_formula(tmp_path):
    search = folder(tmp_path / "s", budget=60, population=10, repeats=5)
    run(search, Formula())
    best = outcome(search)["comparison"]["best"]
    assert sum(best["genetic"]) < sum(best["random"])


@pytest.mark.parametrize("crossover", ["uniform", "blxalpha", "sbx", "vsbx", "spx", "undx"])
def test_kinds_of_crossover(tmp_path, crossover):
    search = folder(tmp_path / "s", budget=12, population=4, crossover=crossover, controls=False)
    assert run(search, Formula())
    (track,) = tracks_of(search)
    parents = [len(t.user_attrs["parents"]) for t in track.told() if t.number >= 4]
    assert max(parents) == (3 if crossover in ("spx", "undx") else 2)


def test_workers_do_not_change_what_is_asked(tmp_path):
    one, many = folder(tmp_path / "one", budget=12, population=4), folder(tmp_path / "many", budget=12, population=4)
    run(one, Formula(1))

    class Shuffled(Formula):
        def wait(self, seconds):
            random.Random(len(self.trained)).shuffle(self._waiting)
            return super().wait(seconds)

    run(many, Shuffled(3))
    assert genomes(one) == {name: sorted(trials) for name, trials in genomes(many).items()}


class Killed(BaseException):
    """The search is gone, at some moment."""


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 12))])
def test_a_search_that_is_killed_again_and_again_tries_the_same_genomes(tmp_path, seed):
    """Killed at events in the middle of anything; nothing is lost, nothing is done twice, nothing comes out other."""
    whole, broken = (
        folder(tmp_path / "whole", budget=8, population=3),
        folder(tmp_path / "broken", budget=8, population=3),
    )
    first = Formula()
    run(whole, first)
    luck, trained, breaks = random.Random(seed), [], 0
    while True:
        workers = Formula()
        left = luck.randrange(1, 12)

        def listen(event):
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        try:
            run(broken, workers, listen=listen)
            trained += workers.trained
            break
        except Killed:
            trained += workers.trained
            breaks += 1
    assert breaks >= 3
    assert {n: sorted(t) for n, t in genomes(broken).items()} == genomes(whole)
    assert sorted(trained) == sorted(first.trained), "each trained once, as in the search that was not killed"
    assert not [t for track in tracks_of(broken) for t in track.trials(TrialState.RUNNING)]


def test_killed_in_the_middle_of_asking(tmp_path, monkeypatch, on_disk):
    """Between the trial's being made in the store and its last gene."""
    from optuna.trial import Trial

    search, whole = folder(tmp_path / "s", budget=8, population=3), folder(tmp_path / "whole", budget=8, population=3)
    run(whole, Formula())
    real, calls = Trial._suggest, iter(range(10_000))

    def dies(self, name, distribution):
        if next(calls) == 30:
            raise Killed
        return real(self, name, distribution)

    monkeypatch.setattr(Trial, "_suggest", dies)
    with pytest.raises(Killed):
        run(search, Formula())
    monkeypatch.undo()
    assert run(search, Formula())
    tried = [{name: [params for _, params in of] for name, of in genomes(one).items()} for one in (search, whole)]
    assert tried[0] == tried[1]


def test_an_interrupted_search_says_so_and_goes_on(tmp_path):
    search = folder(tmp_path / "s", budget=8, population=3)
    workers = Formula()
    assert not run(search, workers, interrupted=lambda: len(workers.trained) >= 5)
    assert run(search, Formula())
    assert all(len(t.told()) == 8 for t in tracks_of(search))


def test_one_process_at_a_time(tmp_path):
    search = folder(tmp_path / "s", budget=4, population=2)
    workers = Formula()
    with search.held(), pytest.raises(BusyError, match="another process is searching in"):
        finish(search, workers)
    assert not workers.trained


def test_nobody_else_is_let_in_before_the_last_final_training(tmp_path):
    """Nor while the winner is measured; a process that comes later finds everything done."""
    search = folder(tmp_path / "s", budget=2, population=2, controls=False, retrain=1)
    others, refused = Formula(), []

    def of(job):
        with pytest.raises(BusyError, match="another process is searching in"):
            finish(search, others)
        refused.append(job.folder.name)
        return result(job.config)

    assert finish(search, Formula(of=of))
    assert refused[-2:] == ["winner-1", "as-it-was-1"]
    assert finish(search, others)
    assert not others.trained


def test_failed_trainings_are_worst_and_leave_no_generation_short(tmp_path):
    search = folder(tmp_path / "s", budget=12, population=4, controls=False)

    def of(job):
        return result(job.config) | ({"failed": "diverged", "loss": None} if job.config.model.cell == "rnn" else {})

    run(search, Formula(of=of))
    (track,) = tracks_of(search)
    assert len(track.told()) == 12
    failed = [t for t in track.told() if math.isinf(t.values[0])]
    assert failed
    assert {t.params["model.cell"] for t in failed} == {"rnn"}
    assert track.best().params["model.cell"] != "rnn"
    rows = outcome(search)["searches"][0]["trials"]
    assert {r["failed"] for r in rows if r["values"] is None} == {"diverged"}
    json.dumps(outcome(search), allow_nan=False)


def test_a_process_that_dies_is_tried_again_and_given_up_in_the_end(tmp_path):
    search = folder(tmp_path / "s", budget=6, population=3, controls=False)
    deaths = {}

    def of(job):
        name = job.folder.name
        deaths[name] = deaths.get(name, 0) + 1
        hopeless = job.config.model.cell == "rnn"
        return LostError("killed") if hopeless or deaths[name] == 1 else result(job.config)

    assert run(search, Formula(of=of))
    (track,) = tracks_of(search)
    for trial in track.told():
        rnn = trial.params["model.cell"] == "rnn"
        assert deaths[trial.user_attrs["key"]] == (5 if rnn else 2)
        assert math.isinf(trial.values[0]) == rnn


def test_a_process_that_dies_with_the_winner_is_tried_again_too(tmp_path):
    search = folder(tmp_path / "s", budget=4, population=2, controls=False, retrain=2)
    run(search, Formula())
    died = set()

    def of(job):
        first = job.folder.name not in died
        died.add(job.folder.name)
        return LostError("killed") if first else result(job.config)

    assert measure(search, winner_of(search), Formula(of=of))
    assert sorted(died) == ["as-it-was-1", "as-it-was-2", "winner-1", "winner-2"]
    assert not [name for name in died if read_trial(search.final / name).failed]


def test_lost_data_stops_the_search_and_loses_nothing(tmp_path):
    search = folder(tmp_path / "s", budget=6, population=3, controls=False)
    told = []

    def of(job):
        return DataError("there is no file nowhere.csv") if len(told) == 2 else told.append(job) or result(job.config)

    with pytest.raises(DataError, match=r"nowhere\.csv"):
        run(search, Formula(of=of))
    assert run(search, Formula())
    assert len(tracks_of(search)[0].told()) == 6


def test_pruning_costs_less_and_starves_no_generation(tmp_path):
    """Those that were stopped are told as complete: every generation is whole, and so is the winner's training."""
    search = folder(tmp_path / "s", budget=20, population=5, prune=True)
    workers = Formula(of=stopped_early)
    run(search, workers)
    for track in tracks_of(search):
        trials = [(t, read_trial(search.trials / t.user_attrs["key"])) for t in track.told()]
        stopped = [t for t, r in trials if r.stopped]
        assert stopped, track.name
        assert len(trials) > 20, "what was saved is spent on more genomes"
        cost = sum(r.steps for _, r in trials)
        assert cost == track.spent <= 20 * 100
        assert not {t.number: r for t, r in trials}[track.best().number].stopped
        assert all(t.user_attrs["steps"] == r.steps for t, r in trials)
    rows = outcome(search)["searches"][0]["trials"]
    counts = {}
    for row in rows:
        counts[row["generation"]] = counts.get(row["generation"], 0) + 1
    whole = [counts[g] for g in sorted(counts)][:-1]
    assert whole == [5] * len(whole)


def test_limits_are_medians_of_what_was_reached_at_half_the_steps(tmp_path):
    search = folder(tmp_path / "s", budget=10, population=4, prune=True, controls=False)
    workers = Formula()
    run(search, workers)
    assert workers.limits[:4] == [{}] * 4, "until a generation has come so far, nothing is stopped"
    (track,) = tracks_of(search)
    first = [read_trial(search.trials / t.user_attrs["key"]) for t in track.told()[:4]]
    reached = sorted(trial.best_at(50) for trial in first)
    assert workers.limits[4] == {50: pytest.approx((reached[1] + reached[2]) / 2)}


def test_several_objectives_have_a_front(tmp_path):
    search = folder(tmp_path / "s", budget=20, population=5, objectives="loss,parameters,horizon")
    run(search, Formula(of=lambda job: result(job.config, horizon=len(job.config.model.sizes))))
    found = outcome(search)
    assert found["sought"] == {"loss": "least", "parameters": "least", "horizon": "most"}
    for one in found["searches"]:
        rows = {r["number"]: r for r in one["trials"]}
        front = [rows[n] for n in one["front"]]
        assert front
        signed = lambda r: (r["loss"], r["parameters"], -r["horizon"])  # noqa: E731
        for row in rows.values():
            beaten = any(
                all(a <= b for a, b in zip(signed(f), signed(row), strict=True)) and signed(f) != signed(row)
                for f in front
            )
            assert beaten != (row["number"] in one["front"])


def test_the_winner_is_the_best_of_the_genetic_searches(tmp_path):
    search = folder(tmp_path / "s", budget=12, population=4, repeats=2)
    run(search, Formula())
    found = outcome(search)
    rows = [
        (r["loss"], s["seed"], r["number"]) for s in found["searches"] if s["method"] == "genetic" for r in s["trials"]
    ]
    loss, seed, number = min(rows)
    assert found["winner"]["values"] == [loss]
    assert (found["winner"]["seed"], found["winner"]["number"]) == (seed, number)
    winner = winner_of(search)
    assert worth(winner) == pytest.approx(loss)
    for name, (before, after) in found["winner"]["changes"].items():
        section, _, key = name.partition(".")
        assert getattr(BASE.section(section), key) == before
        assert getattr(winner.section(section), key) == after


def test_importance_finds_the_gene_that_matters(tmp_path):
    search = folder(tmp_path / "s", budget=30, population=6)
    run(
        search,
        Formula(of=lambda job: result(job.config, loss=abs(math.log(job.config.training.learning_rate / 0.004)))),
    )
    importance = outcome(search)["importance"]
    assert next(iter(importance)) == "training.learning_rate"
    assert sum(importance.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("genetic", "chance", "said"),
    [
        ([1.0, 1.1, 1.2], [1.3, 1.4, 1.5], "beat random search: each of its 3 results is better"),
        ([1.0, 1.1, 1.4], [1.3, 1.4, 1.5], "did not beat random search at equal budget"),
        ([1.0], [1.3], "was ahead of random search .*1 seeds? (is|are) too few"),
        ([1.3], [1.0], "did not beat random search .*too few"),
        ([None], [1.0], "too little has been measured"),
    ],
)
def test_whether_it_was_worth_it_is_said(genetic, chance, said):
    import re

    from undertow.tuning.outcome import compared

    assert re.search(said, compared({"genetic": genetic, "tpe": [1.0], "random": chance}, most=False))


def test_a_store_of_another_version(tmp_path, on_disk):
    search = folder(tmp_path / "s", budget=4, population=2)
    run(search, Formula())
    for track in tracks_of(search):
        study = optuna.load_study(study_name=track.study.name, storage=open_storage("", search.path))
        study.set_user_attr("undertow", {"format": 99, "version": "9.9"})
    with pytest.raises(RunError, match=r"of another version: Undertow 9\.9, format 99; this is"):
        run(search, Formula())


def test_options_are_checked():
    with pytest.raises(ValueError, match="nothing is measured as 'los'; did you mean 'loss'"):
        SearchOptions(objectives="los")
    with pytest.raises(ValueError, match=r"search\.budget must be at least 1, got 0"):
        SearchOptions(budget=0)
    assert SearchOptions(objectives="loss, horizon").sought == ("loss", "horizon")
    assert GENES["model"]["cell"]
