"""Places of files that a forger changed, with every checksum right: a refusal in words, or a page without that."""

import shutil
import sqlite3

import pytest
from optuna.distributions import FloatDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState

from fuzz.forged import forged
from undertow.errors import DamagedError
from undertow.tuning.methods import sampler
from undertow.tuning.options import SearchOptions
from undertow.tuning.store import open_storage
from undertow.tuning.study import KeptStudy

RESUME, REPORT = ("resume", "run"), ("report", "run")


@pytest.mark.parametrize(
    ("file", "place", "command", "fact"),
    [
        ("checkpoint/state.safetensors", "tensor carried.0 as halves", RESUME, "carried state that its model cannot"),
        ("checkpoint/state.safetensors", "tensor carried.0 shape []", RESUME, "not where its header says"),
        ("config.toml", "text = list of lists", REPORT, "text must be an object"),
        ("config.toml", "training/steps = text", REPORT, "training.steps must be a whole number"),
        ("config.toml", "training/seed = 2**63", RESUME, "a whole number of 18 digits at most"),
        ("config.toml", "model/cell = long", RESUME, "model.cell cannot be 'xxxx"),
        ("config.toml", "training/threads = huge number", RESUME, "training.threads must be at most 1024"),
        ("config.toml", "model/hidden = NaN", RESUME, "model.hidden must be a whole number, got nan"),
    ],
)
def test_is_refused(kept, tmp_path, undertow, file, place, command, fact):
    shutil.copytree(kept / "run", tmp_path / "run")
    shutil.copy(kept / "poem.txt", tmp_path)
    damages = {damage.name: damage for damage in forged(tmp_path / "run" / file)}
    damages[place].change(tmp_path / "run" / file)
    ran = undertow(*command, status=2)
    assert fact in ran.err
    assert len(ran.err) < 2000


def test_sums_of_the_gradient_in_another_shape_are_refused(kept, tmp_path, undertow):
    """Each whose first two sides were exchanged or which got another one, so that its bytes are as many."""
    file = tmp_path / "run/checkpoint/state.safetensors"
    refused = 0
    names = [d.name for d in forged(kept / "run/checkpoint/state.safetensors") if d.name.startswith("tensor flow.")]
    for name in [n for n in names if "shape [1, " in n]:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        shutil.copytree(kept / "run", tmp_path / "run")
        shutil.copy(kept / "poem.txt", tmp_path)
        next(damage for damage in forged(file) if damage.name == name).change(file)
        ran = undertow("resume", "run", status=None)
        assert ran.status in (0, 2), (name, ran.err)
        refused += ran.status == 2
    assert refused


@pytest.mark.parametrize("way", ["empty text", "list", "null", "huge", "out"])
def test_a_page_does_without(kept, tmp_path, undertow, way):
    """Every place of a line of the gradient's."""
    file = tmp_path / "run/flow.jsonl"
    shutil.copytree(kept / "run", tmp_path / "run")
    damages = [d for d in forged(file) if " quantities/horizon" in d.name and d.name.endswith(f" = {way}")]
    assert damages
    for damage in damages:
        damage.change(file)
        ran = undertow("report", "run", status=None)
        assert ran.status in (0, 2), (damage.name, ran.err)
        shutil.copy(kept / "run/flow.jsonl", file)


GENES = {"training.learning_rate": FloatDistribution(0.001, 0.1)}


@pytest.fixture
def study(tmp_path):
    """A study with a trial that is over and one that is running."""
    made = KeptStudy.open(open_storage("", tmp_path), "s", [StudyDirection.MINIMIZE], GENES)
    for number in range(2):
        made.ask(sampler("random", SearchOptions(), 0, number), GENES, None)
        made.note(number, {"key": f"{number:016x}"})
    made.tell(0, TrialState.COMPLETE, {"steps": 3}, [1.0])
    return tmp_path


def changed(folder, sql):
    with sqlite3.connect(folder / "trials.db") as store:
        store.execute(sql)
    store.close()
    return KeptStudy.open(open_storage("", folder), "s", [StudyDirection.MINIMIZE], GENES)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE trial_user_attributes SET value_json = '\"../../../victim\"' WHERE key = 'key'",
        "UPDATE trial_user_attributes SET value_json = '-1' WHERE key = 'steps'",
        "UPDATE trial_user_attributes SET value_json = '{' WHERE key = 'steps'",
        f"UPDATE trial_user_attributes SET value_json = '{'[' * 100_000}'",
        "DELETE FROM trial_user_attributes WHERE key = 'steps'",
        "DELETE FROM trial_values",
        "DELETE FROM trial_params",
        "UPDATE trial_params SET param_name = 'x'",
        "UPDATE trial_params SET param_value = 7",
        "UPDATE trial_params SET distribution_json = '\"x\"'",
        "UPDATE trial_params SET distribution_json = replace(distribution_json, '0.1', '0.2')",
        "UPDATE trials SET number = 5",
        "UPDATE trials SET state = 'NO'",
        "UPDATE trial_values SET value_type = 'NO'",
    ],
)
def test_rows_of_a_store_are_looked_at(study, sql):
    with pytest.raises(DamagedError, match=r"the store of the study s \(trials\.db\) is not what was written there"):
        changed(study, sql).trials()


def test_a_store_that_is_whole_is_read(study):
    over, running = changed(study, "SELECT 1").trials()
    assert (over.values, running.state) == ([1.0], TrialState.RUNNING)
