"""Parameters of estimators are fields, each spelled once; signatures, scikit-learn's tools and mypy see them."""

import ast
import inspect
import pickle
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import undertow
from typed import errors_of
from undertow.estimators.base import Estimator, in_order
from undertow.training.config import Config

SOURCE = Path(undertow.__file__).parent
ESTIMATORS = [undertow.Autoencoder, undertow.Classifier, undertow.Forecaster, undertow.Translator]
#: What all take, in the order of their signatures: after what is their task's own.
LAST = ["cell", "hidden", "layers", "widths", "embedding", "dropout", "steps", "batch", "learning_rate", "seed",
        "options", "run"]  # fmt: skip

by_name = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.__name__)


@by_name
def test_signatures_name_every_parameter(estimator):
    parameters = inspect.signature(estimator).parameters
    last = [name for name in LAST if estimator is not undertow.Forecaster or name != "embedding"]
    assert next(iter(parameters)) == "header"
    assert list(parameters)[-len(last) :] == last
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values())
    assert {name: p.default for name, p in parameters.items() if p.default is not None} == (
        {"test": 0.0} | ({"split_seed": -1} if "split_seed" in parameters else {})
    )
    assert list(estimator().get_params()) == list(parameters)
    assert not set(parameters) & set(vars(estimator)), "parameters are of instances"
    assert not any(hasattr(estimator, name) for name in parameters)


@by_name
def test_each_is_an_option_of_its_task_with_such_values(estimator):
    config = Config.of(estimator.task)
    for name, parameter in inspect.signature(estimator).parameters.items():
        if name in ("options", "run"):
            continue
        section, key = config.locate(name)
        usual = config.plain()[section][key]
        assert parameter.annotation.split(" | ")[0] == type(usual).__name__, name
        assert f"{name}" in estimator.__doc__


def test_each_is_spelled_once():
    """In an estimator, or in what they share, and nowhere in both."""
    spelled = {}
    for path in (SOURCE / "estimators").glob("*.py"):
        for made in ast.parse(path.read_text()).body:
            if isinstance(made, ast.ClassDef):
                names = [n.target.id for n in made.body if isinstance(n, ast.AnnAssign)]
                names += [a.arg for n in ast.walk(made) if isinstance(n, ast.FunctionDef) and n.name == "__init__"
                          for a in n.args.kwonlyargs]  # fmt: skip
                spelled[made.name] = names
    for estimator in ESTIMATORS:
        bases = [base.__name__ for base in estimator.__mro__ if base.__name__ in spelled]
        found = Counter(name for base in bases for name in spelled[base])
        assert {name: found[name] for name in inspect.signature(estimator).parameters} == dict.fromkeys(
            inspect.signature(estimator).parameters, 1
        )


@by_name
def test_unknown_and_positional_ones_are_refused(estimator):
    with pytest.raises(TypeError, match=rf"^{estimator.__name__}.__init__\(\) got an unexpected keyword .* 'hiden'"):
        estimator(hiden=3)
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        estimator(3)


@by_name
def test_scikit_learns_tools_see_them(estimator):
    made = estimator(hidden=5, seed=2, header="no", options={"training.clip_norm": 0.5})
    twin = clone(made)
    assert twin is not made
    assert twin.get_params() == made.get_params()
    assert repr(made) == f"{estimator.__name__}(header='no', hidden=5, seed=2, options={{'training.clip_norm': 0.5}})"
    assert pickle.loads(pickle.dumps(made)).get_params() == made.get_params()
    assert made.set_params(hidden=6).hidden == 6
    assert made != estimator(**made.get_params())
    assert hash(made) != hash(twin)
    for name in made.get_params():
        assert name in vars(made)


def test_a_search_goes_over_them():
    names = ["anna", "otto", "lena", "udo"] * 6
    search = GridSearchCV(
        undertow.Classifier(steps=1, hidden=3, validation=0.0), {"hidden": [2, 3], "widths": [None]}, cv=2
    )
    search.fit(names, ["f", "m", "f", "m"] * 6)
    assert search.best_params_["hidden"] in (2, 3)


def test_a_parameter_more_is_a_line_more():
    @in_order
    @dataclass(kw_only=True, eq=False, repr=False)
    class Own(undertow.Classifier):
        made_up: int | None = 3

    assert set(inspect.signature(Own).parameters) == {*inspect.signature(undertow.Classifier).parameters, "made_up"}
    assert clone(Own(made_up=4)).get_params()["made_up"] == 4
    assert repr(Own(made_up=4, hidden=2)) == "Own(made_up=4, hidden=2)"
    assert not hasattr(Own, "made_up")
    assert Own().set_params(made_up=5).made_up == 5


def test_a_subclass_with_a_constructor_of_its_own_has_its_parameters():
    class Own(undertow.Classifier):
        def __init__(self, *, hidden=7):
            super().__init__(hidden=hidden)

    assert Own().get_params() == {"hidden": 7}
    assert issubclass(Own, Estimator)


@pytest.mark.slow
def test_mypy_knows_each_parameter(tmp_path):
    lines = {
        "undertow.Classifier(hidden=3, widths=[1, 2], test=None, seed=1)": None,
        "undertow.Classifier(hiden=3)": 'Unexpected keyword argument "hiden" for "Classifier"',
        "undertow.Forecaster(hidden='x')": 'incompatible type "str"; expected "int | None"',
        "undertow.Forecaster(embedding=3)": 'Unexpected keyword argument "embedding" for "Forecaster"',
        "undertow.Translator(3)": 'Too many positional arguments for "Translator"',
        "undertow.Autoencoder().hidden.real": '"None" of "int | None" has no attribute "real"',
    }
    for (line, told), error in zip(lines.items(), errors_of(lines, tmp_path), strict=True):
        assert told in error if told else error == "", line
