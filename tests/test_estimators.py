"""Estimators: scikit-learn's conventions by its own checks, forms of data, what is kept."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.base import clone, is_classifier
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator

import undertow
from undertow.cells import CELLS
from undertow.errors import DataError, OptionError, RunError
from undertow.estimators import Classifier
from undertow.estimators.samples import frame_of

QUICK = {"steps": 30, "hidden": 8, "embedding": 4, "batch": 8, "options": {"flow.watch": False, "training.warmup": 5}}
WORDS = ["anna", "otto", "lena", "udo", "mia", "bert"] * 5
SEXES = ["f", "m", "f", "m", "f", "m"] * 5


@pytest.fixture(scope="module")
def fitted():
    return Classifier(**{**QUICK, "steps": 60}, learning_rate=0.02, validation=0.0, dropout=0.0).fit(WORDS, SEXES)


#: scikit-learn's checks that do not fit, and why.
UNFIT = {
    "check_estimators_unfitted": "asks for scikit-learn's own NotFittedError, and Undertow does not need scikit-learn",
    "check_supervised_y_2d": "asks for scikit-learn's own DataConversionWarning; a column (N, 1) is read silently",
    "check_array_api_input": "skipped by scikit-learn, unless SCIPY_ARRAY_API is set",
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks():
    estimator = Classifier(
        steps=60, hidden=16, batch=16, validation=0.0, dropout=0.0, learning_rate=0.01,
        options={"flow.watch": False, "training.warmup": 5},
    )  # fmt: skip
    results = check_estimator(estimator, on_fail=None)
    failed = {r["check_name"]: repr(r["exception"]) for r in results if r["status"] != "passed"}
    assert failed.keys() <= UNFIT.keys(), failed
    assert len(results) > 45


def test_it_is_cloned_set_and_shown_as_scikit_learn_does():
    made = Classifier(hidden=8, options={"training.clip_norm": 0.5})
    assert repr(made) == "Classifier(hidden=8, options={'training.clip_norm': 0.5})"
    twin = clone(made)
    assert twin.get_params() == made.get_params()
    assert twin.set_params(hidden=9) is twin
    assert (twin.hidden, made.hidden) == (9, 8)
    assert is_classifier(made)
    with pytest.raises(OptionError, match="no parameter 'hiden'; did you mean 'hidden'"):
        made.set_params(hiden=3)


def test_nothing_is_checked_before_fit():
    made = Classifier(pooling="median", cell="nothing")
    with pytest.raises(OptionError, match="cannot be 'median'"):
        made.fit(WORDS, SEXES)


@pytest.mark.parametrize(
    ("cell", "told"),
    [(CELLS["gru"], "Recurrent(gru, ...)"), ("mine:gru", "Recurrent(CELL, ...)")],
    ids=["cell", "place"],
)
def test_a_cell_of_ones_own_is_for_a_model_of_ones_own(cell, told):
    with pytest.raises(OptionError, match=r"a cell that ships.*without running code.*your-own-cell\.md") as error:
        Classifier(cell=cell).fit(WORDS, SEXES)
    assert told in str(error.value)


def test_parameters_and_options_make_the_config():
    made = Classifier(hidden=7, pooling="last", options={"training.clip_norm": 0.25, "hidden": 9})
    config = made.config()
    assert (config.model.hidden, config.own.pooling, config.training.clip_norm, config.own.test) == (9, "last", 0.25, 0)
    with pytest.raises(OptionError, match=r"no option 'training\.clip_nrom'"):
        Classifier(options={"training.clip_nrom": 1}).config()


def test_it_learns_and_scores(fitted):
    assert fitted.score(WORDS, SEXES) == 1.0
    assert fitted.classes_.tolist() == ["f", "m"]
    probabilities = fitted.predict_proba(["anna", "otto"])
    assert probabilities.argmax(1).tolist() == [0, 1]
    assert np.allclose(probabilities.sum(1), 1)
    assert fitted.predict(["lena"]).tolist() == ["f"]
    assert fitted.embed(["a", "bc"]).shape == (2, 16)
    assert fitted.described_[0].startswith("reading `text` as text")


def test_the_same_seed_gives_the_same_and_torchs_random_state_stays():
    before = torch.get_rng_state()
    one, two = (Classifier(**QUICK, seed=4).fit(WORDS, SEXES).predict_proba(WORDS) for _ in range(2))
    assert np.array_equal(one, two)
    assert torch.equal(torch.get_rng_state(), before)
    assert not np.array_equal(one, Classifier(**QUICK, seed=5).fit(WORDS, SEXES).predict_proba(WORDS))


SERIES = np.random.default_rng(0).normal(size=(24, 6))
SERIES[::2] += 2.0
FORMS = {
    "array (N, F)": SERIES,
    "array (N, T, I)": SERIES.reshape(24, 3, 2),
    "list of lists": SERIES.tolist(),
    "series of unequal length": [s[: 3 + n % 4] for n, s in enumerate(SERIES)],
    "frame": pl.DataFrame({f"c{n}": SERIES[:, n] for n in range(6)}),
    "mapping": {f"c{n}": SERIES[:, n] for n in range(6)},
}


@pytest.mark.parametrize("labels", [[0, 1], ["x", "y"], [True, False], [1.0, 2.0]], ids=str)
def test_labels_come_back_as_they_were_given(labels):
    y = np.array(labels * 12)
    made = Classifier(**QUICK).fit(SERIES, y)
    assert made.classes_.dtype == y.dtype
    assert made.classes_.tolist() == sorted(labels)
    assert made.predict(SERIES).dtype == y.dtype


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_data(form):
    data, y = FORMS[form], [1, 0] * 12
    made = Classifier(**QUICK, learning_rate=0.02).fit(data, y)
    assert made.predict(data).shape == (24,)
    assert made.score(data, y) > 0.7
    hidden = made.predict_proba(data)
    assert hidden.shape == (24, 2)


def test_classes_beyond_nine_keep_their_order():
    """Names sort 0, 1, 10, 2; numbers don't, and probabilities follow the numbers."""
    y = np.arange(44) % 11
    X = np.repeat(y[:, None] * 1.0, 3, 1)
    made = Classifier(**{**QUICK, "steps": 150}, learning_rate=0.02, validation=0.0, dropout=0.0).fit(X, y)
    assert made.classes_.tolist() == list(range(11))
    assert made.score(X, y) > 0.8
    assert np.array_equal(made.classes_[made.predict_proba(X).argmax(1)], made.predict(X))


def test_files_and_tables_hold_their_own_labels(tmp_path):
    file = tmp_path / "names.csv"
    pl.DataFrame({"name": WORDS, "sex": SEXES}).write_csv(file)
    made = Classifier(**QUICK, text="name", label="sex").fit(file)
    assert made.score(file) == made.score(pl.read_csv(file)) == made.score(WORDS_TABLE, SEXES)
    assert made.predict(WORDS).tolist() == made.predict(file).tolist()
    assert made.embed(WORDS).shape == (30, 16)
    with pytest.raises(OptionError, match="labels of a file stand in the file"):
        made.fit(file, SEXES)
    with pytest.raises(DataError, match="no column 'age'"):
        Classifier(**QUICK, label="age").fit(file)


WORDS_TABLE = {"name": WORDS}


@pytest.mark.parametrize(
    ("X", "y", "told"),
    [
        (WORDS, None, "requires y to be passed"),
        (WORDS, SEXES[:-1], "y has shape"),
        (WORDS, [0.5] * 30, "Unknown label type"),
        (WORDS, ["f"] * 30, "one class only"),
        (WORDS, ["f", "m", None] * 10, r"y\[2\] is None; leave out samples"),
        (WORDS, np.array(["f", np.nan, "m"] * 10, dtype=object), r"y\[1\] is nan; leave out samples"),
        (np.zeros((4, 0)), [0, 1] * 2, "0 feature"),
        (np.zeros(4), [0, 1] * 2, "Reshape your data"),
        ([[1.0, 2], [[1.0], [2]]] * 2, [0, 1] * 2, r"\(T,\) and \(T, I\)"),
        ([[1.0, "x"]] * 4, [0, 1] * 2, "sample 0 of X is no series of numbers"),
        ({"text": WORDS, "label": SEXES}, SEXES, "has a column `label` already"),
    ],
)
def test_arguments_that_cannot_be_used(X, y, told):
    with pytest.raises(OptionError, match=told):
        Classifier(**QUICK).fit(X, y)


GRID = np.arange(6.0).reshape(3, 2)
#: Rows of two values, read as such whatever holds them.
SAME = {
    "masked": np.ma.masked_array(GRID, GRID == -1),
    "Fortran": np.asfortranarray(GRID),
    "big-endian": GRID.astype(">f4"),
    "half": GRID.astype(np.float16),
    "backwards": GRID[::-1][::-1],
    "grad": torch.tensor(GRID, requires_grad=True),
    "bfloat16": torch.tensor(GRID, dtype=torch.bfloat16),
}


@pytest.mark.parametrize("form", SAME)
def test_arrays_of_any_make_are_the_same_samples(form):
    expected = {"x1": [0, 2, 4], "x2": [1, 3, 5]}
    assert frame_of(SAME[form]).to_dict(as_series=False) == expected
    assert frame_of(list(SAME[form]))["series"].to_list() == GRID.tolist()


def test_what_is_masked_is_missing():
    masked = np.ma.masked_equal(GRID.astype(int), 2)
    np.testing.assert_array_equal(frame_of(masked), [[0, 1], [np.nan, 3], [4, 5]])
    np.testing.assert_array_equal(frame_of(list(masked))["series"][1], [np.nan, 3])
    np.testing.assert_array_equal(frame_of(np.ma.array([masked, masked]))["series"][0][1], [np.nan, 3])


NESTED = pd.DataFrame({"dim_0": [pd.Series([1.0, 2.0])] * 4})


@pytest.mark.parametrize(
    ("X", "told"),
    [
        ([np.array([1j])], "sample 0 of X is no series of numbers"),
        ([np.array(["2024"], "M8[Y]")], "sample 0 of X is no series of numbers"),
        ([["1", "2"]], "sample 0 of X is no series of numbers"),
        ([np.array(["1"], object)], "sample 0 of X is no series of numbers"),
        (
            [np.zeros((3, 5)), np.zeros((3, 7))],
            r"sample 1 of X has shape \(3, 7\), sample 0 \(3, 5\).*\[x.T for x in X\]",
        ),
        ([np.zeros((5, 3)), np.zeros((7, 2))], r"the same I in all$"),
        (torch.eye(2, device="meta"), "X is a Tensor that cannot be read: Cannot copy out of meta"),
        (torch.eye(2).to_sparse(), "X is a Tensor that cannot be read: can't convert Sparse"),
        (NESTED, "column `dim_0` has a pandas Series, .*frame.map"),
    ],
)
def test_what_would_be_read_wrong_is_told(X, told):
    with pytest.raises(OptionError, match=told):
        frame_of(X)


def test_a_nested_frame_is_read_as_its_refusal_says():
    assert frame_of(NESTED.map(list))["dim_0"].to_list() == [[1, 2]] * 4


def test_masked_labels_are_told():
    with pytest.raises(OptionError, match=r"y\[1\] is masked; leave out samples"):
        Classifier(**QUICK).fit(SERIES, np.ma.masked_array([0, 1] * 12, [0, 1] * 12))


CHANNELS_FIRST = np.random.default_rng(0).normal(size=(64, 2, 40))


@pytest.mark.parametrize("form", ["array", "tensor", "list", "mapping", "of unequal length"])
@pytest.mark.parametrize("kind", [Classifier, undertow.Autoencoder])
def test_steps_that_seem_to_stand_last_are_warned_of(kind, form):
    forms = {
        "array": CHANNELS_FIRST,
        "tensor": torch.tensor(CHANNELS_FIRST),
        "list": CHANNELS_FIRST.tolist(),
        "mapping": {"X": CHANNELS_FIRST},
        "of unequal length": [x[: 1 + n % 2] for n, x in enumerate(CHANNELS_FIRST)],
    }
    settings = {**QUICK, "steps": 1, "validation": 0.5}
    y = [0, 1] * 32
    with pytest.warns(
        UserWarning, match=r"`?X`? has shape \(64, 2, 40\) and is read as 64 samples of 2 steps"
    ) as caught:
        made = kind(**settings).fit(forms[form], y)
    assert len(caught) == 1
    assert [line for line in made.described_ if line.startswith("warning: ")] == [f"warning: {caught[0].message}"]
    assert "np.swapaxes(X, 1, 2)" in str(caught[0].message)


def test_series_in_the_usual_order_are_not_warned_of():
    made = Classifier(**{**QUICK, "steps": 1}).fit(np.swapaxes(CHANNELS_FIRST, 1, 2), [0, 1] * 32)
    assert not [line for line in made.described_ if "has shape" in line]


def test_what_is_not_fitted_says_so():
    with pytest.raises(OptionError, match="not fitted yet; call fit first"):
        Classifier().predict(["a"])


def test_it_is_saved_loaded_copied_and_pickled(fitted, tmp_path):
    told = fitted.predict_proba(["mia", "xyz"])
    fitted.save(tmp_path / "kept")
    loaded = undertow.load(tmp_path / "kept")
    assert loaded.get_params()["learning_rate"] == 0.02
    assert loaded.classes_.tolist() == ["f", "m"]
    for other in (loaded, pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert np.array_equal(other.predict_proba(["mia", "xyz"]), told)
    with pytest.raises(RunError, match="exists already"):
        fitted.save(tmp_path / "kept")
    again = clone(loaded).fit(WORDS, SEXES)
    assert np.array_equal(again.predict_proba(["mia", "xyz"]), told)


def test_a_run_has_the_folder_that_is_asked_for(tmp_path):
    made = Classifier(**QUICK, run=tmp_path / "run").fit(WORDS, SEXES)
    assert made.run_ == tmp_path / "run"
    assert (tmp_path / "run" / "model.safetensors").is_file()
    with pytest.raises(RunError, match="exists already"):
        made.fit(WORDS, SEXES)


def test_a_temporary_run_goes_with_its_estimator():
    made = Classifier(**QUICK).fit(WORDS, SEXES)
    folder = made.run_
    assert folder.is_dir()
    del made
    assert not folder.exists()


@pytest.mark.slow
def test_it_goes_into_scikit_learns_tools():
    scores = cross_val_score(Classifier(**QUICK, learning_rate=0.02), SERIES, [1, 0] * 12, cv=2)
    assert scores.mean() > 0.7


def test_made_without_torch():
    code = (
        "import sys, undertow; undertow.Classifier(hidden=3); print('torch' in sys.modules, 'sklearn' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]
