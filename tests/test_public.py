"""The public surface: what ``import undertow`` offers, and that every module says what it exports."""

import ast
import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import undertow
from sources import files
from undertow.lang.operations import FUNCTIONS

SOURCE = Path(undertow.__file__).parent

SURFACE = [
    "Autoencoder", "Cell", "Classifier", "Forecaster", "GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNCell",
    "Recurrent", "RecurrentCell", "Translator", "UndertowError", "__version__",
    "cell", "cells", "layer_norm", "load", "mean", "stack", "swap", "watch", *FUNCTIONS,
]  # fmt: skip


def test_surface():
    assert sorted(undertow.__all__) == sorted(SURFACE)
    for name in SURFACE:
        assert getattr(undertow, name) is not None
    assert set(SURFACE) <= set(dir(undertow))


def test_type_checkers_see_the_same_names():
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    block = next(n for n in tree.body if isinstance(n, ast.If))
    seen = {alias.asname for node in block.body for alias in node.names} - {None}
    assert seen == set(SURFACE) - {"__version__", *FUNCTIONS}
    (star,) = (node for node in block.body if node.names[0].name == "*")
    functions = ast.parse((SOURCE / "lang" / "functions.py").read_text())
    assert star.module == "undertow.lang.functions"
    assert {n.name for n in functions.body if isinstance(n, ast.FunctionDef) and n.name[0] != "_"} == set(FUNCTIONS)


def test_unknown_attribute():
    with pytest.raises(AttributeError, match="no attribute 'LTSM'"):
        undertow.LTSM  # noqa: B018


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("undertow.cli.app", ["torch", "polars", "sklearn", "optuna"]),
        (
            "undertow.tasks.kinds, undertow.nn, undertow.flow",
            ["torch._dynamo", "polars", "pandas", "sklearn"],
        ),
    ],
)
def test_nothing_is_imported_before_it_is_needed(module, heavy):
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


MODULES = [
    ".".join(("undertow", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    for path in files(SOURCE)
    if path.name != "__main__.py"
]


def undocumented(name):
    """What a module offers that is not there or says nothing of itself, and the module itself."""
    module = importlib.import_module(name)
    found = [] if module.__doc__ else [f"{name} has no docstring"]
    for public in getattr(module, "__all__", []):
        value = getattr(module, public, None)
        if not hasattr(module, public):
            found.append(f"{name}.{public} is not there")
        elif (inspect.isclass(value) or inspect.isroutine(value)) and not value.__doc__:
            found.append(f"{name}.{public} has no docstring")
    return found


def test_all_names_exist_and_everything_public_is_documented():
    wrong = [place for name in MODULES for place in undocumented(name)]
    assert not wrong, "\n".join(wrong)


def test_the_checker_sees_what_is_undocumented(tmp_path, monkeypatch):
    (tmp_path / "bare_module.py").write_text("__all__ = ['f', 'g']\n\n\ndef f():\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    told = ["bare_module has no docstring", "bare_module.f has no docstring", "bare_module.g is not there"]
    assert undocumented("bare_module") == told


def test_examples_in_docstrings():
    results = doctest.testmod(undertow)
    assert results.attempted > 0
    assert results.failed == 0


def test_import_and_help_need_no_torch():
    code = "import sys, undertow.cli.app as app; print('torch' in sys.modules, app.app.info.name)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "undertow"]
