"""A layer's options are one value: spelled in one place, written out in every signature, refused in Python's words."""

import ast
import dataclasses
import inspect
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest
import torch
from torch import nn

import undertow
from typed import errors_of
from undertow.nn.shaping import options as module
from undertow.nn.shaping.options import AS_IT_IS, Shaping
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.recurrent import recurrent

SOURCE = Path(undertow.__file__).parent
FIELDS = {f.name: f for f in dataclasses.fields(Shaping)}
#: What has the name and the kind of an option, and is none: how wide the memory is that is attended to; data in memory.
OTHER_THINGS = [("memory", "nn/attention.py"), ("memory", "tasks/given.py")]
OF_STEPS = {"normalisation", "normalisation_gain", "init", "forget_bias", "memory"}
SEQUENCES = [undertow.Recurrent, undertow.RNN, undertow.LSTM, undertow.GRU]
STEPS = [undertow.RecurrentCell, undertow.RNNCell, undertow.LSTMCell, undertow.GRUCell]
SHARED = [undertow.swap, *(layer.from_torch for layer in (*SEQUENCES[1:], *STEPS[1:]))]


def spelled(path):
    """(name, where) of what is declared under an option's name with a value of its kind: arguments, fields."""
    for node in ast.walk(ast.parse(path.read_text())):
        name = node.arg if isinstance(node, ast.arg) else None
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        if name in FIELDS and node.annotation is not None:
            kind = ast.unparse(node.annotation).replace(" | None", "")
            if kind in (FIELDS[name].type.replace(" | None", ""), "Any", FIELDS[name].type.partition(" ")[0]):
                yield name, str(path.relative_to(SOURCE))


def test_each_is_spelled_in_one_place():
    """Once as a field, once for type checkers, in one file; and as what a config calls it."""
    found = sorted(place for path in SOURCE.rglob("*.py") for place in spelled(path) if place not in OTHER_THINGS)
    own = [(name, "nn/shaping/options.py") for name in FIELDS]
    assert found == sorted([*own, *own, *((name, "tasks/model_options.py") for name in FIELDS)])


def test_the_search_sees_one_that_is_typed_out_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SOURCE", tmp_path)
    (tmp_path / "one.py").write_text("def layer(a: int, *, zoneout: float = 0.0) -> None: ...\nmemory: int | None\n")
    assert list(spelled(tmp_path / "one.py")) == [("memory", "one.py"), ("zoneout", "one.py")]


def written(function):
    return {name: p for name, p in inspect.signature(function).parameters.items() if name in FIELDS}


@pytest.mark.parametrize("layer", [*SEQUENCES, *STEPS], ids=lambda layer: layer.__name__)
def test_signatures_write_them_out(layer):
    expected = set(FIELDS) if layer in SEQUENCES else OF_STEPS
    if "RNN" in layer.__name__:
        expected = expected - {"forget_bias"}
    found = written(layer)
    assert list(found) == [name for name in FIELDS if name in expected]
    for name, parameter in found.items():
        assert (parameter.default, parameter.annotation) == (FIELDS[name].default, FIELDS[name].type)
        assert parameter.kind is parameter.KEYWORD_ONLY
    assert list(inspect.signature(layer).parameters)[-1] == "backend"
    assert not any(p.kind is p.VAR_KEYWORD for p in inspect.signature(layer).parameters.values())


@pytest.mark.parametrize("function", SHARED, ids=lambda function: function.__qualname__)
def test_signatures_of_what_takes_torchs_layers(function):
    found = written(function)
    assert list(found) == list(FIELDS)
    assert found["init"].default is AS_IT_IS
    assert all(p.default == FIELDS[name].default for name, p in found.items() if name != "init")


def test_the_default_of_such_a_signature_leaves_weights_as_they_are():
    theirs = nn.LSTM(3, 4)
    before = theirs.weight_hh_l0.detach().clone()
    undertow.LSTM.from_torch(theirs, **{name: p.default for name, p in written(undertow.LSTM.from_torch).items()})
    assert torch.equal(theirs.weight_hh_l0, before)
    undertow.LSTM.from_torch(theirs, init="default")
    assert not torch.equal(theirs.weight_hh_l0, before)


@pytest.mark.parametrize(
    "function", [*(c.__init__ for c in (*SEQUENCES, *STEPS)), *SHARED], ids=lambda f: f.__qualname__
)
def test_type_checkers_know_the_same(function):
    """What a signature unpacks has the names and types that are written out."""
    unpacked = typing.get_type_hints(inspect.unwrap(function))["options"]
    (table,) = typing.get_args(unpacked)
    types = typing.get_type_hints(Shaping)
    hints = typing.get_type_hints(table, vars(module))
    assert hints == {name: types[name] for name in written(function)}


def plain(layer):
    """A class of the same name whose constructor has the arguments for real."""
    code = f"class {layer.__init__.__qualname__.split('.')[0]}:\n    def __init__(self, *, "
    code += ", ".join(f"{name}=None" for name in inspect.signature(layer).parameters) + "): ...\nmade = "
    space = {}
    exec(code + layer.__init__.__qualname__.split(".")[0], space)
    return space["made"]


@pytest.mark.parametrize("layer", [*SEQUENCES, *STEPS], ids=lambda layer: layer.__name__)
@pytest.mark.parametrize("name", ["zonout", "hidden_siz", "banana", "batch_frst", "shaping", "plan", "options"])
def test_unknown_ones_are_refused_in_pythons_words(layer, name):
    given = ("lstm", 3, 4) if layer in (undertow.Recurrent, undertow.RecurrentCell) else (3, 4)
    with pytest.raises(TypeError) as raised:
        layer(*given, **{name: 1})
    with pytest.raises(TypeError) as expected:
        plain(layer)(**{name: 1})
    assert str(raised.value) == str(expected.value)


@pytest.mark.parametrize("layer", STEPS)
@pytest.mark.parametrize("name", ["residual", "zoneout", "num_layers", "batch_first", "proj_size", "dropout"])
def test_what_sequences_alone_have_is_refused_for_steps(layer, name):
    given = ("lstm", 3, 4) if layer is undertow.RecurrentCell else (3, 4)
    with pytest.raises(TypeError, match=f"{layer.__name__}.__init__.. got an unexpected keyword argument '{name}'"):
        layer(*given, **{name: 1})


def test_a_subclass_is_refused_by_the_name_of_ours():
    class Own(undertow.LSTM):
        def __init__(self, **options):
            super().__init__(3, 4, **options)

    with pytest.raises(TypeError, match=r"^LSTM.__init__\(\) got an unexpected keyword argument 'zonout'"):
        Own(zonout=0.1)
    assert Own(zoneout=0.1).shaping.zoneout == 0.1


MADE_UP = """
import inspect, torch, undertow
functions = [undertow.Recurrent, undertow.RNN, undertow.LSTM, undertow.GRU, undertow.swap, undertow.GRU.from_torch,
             undertow.LSTMCell.from_torch]
assert all(inspect.signature(f).parameters["made_up"].default == 0.5 for f in functions)
for f in (undertow.RecurrentCell, undertow.LSTMCell, undertow.GRUCell, undertow.RNNCell):
    assert "made_up" not in inspect.signature(f).parameters
layer = undertow.LSTM(3, 4, made_up=0.75)
model = torch.nn.Sequential(torch.nn.GRU(3, 4))
undertow.swap(model, made_up=0.25)
print(layer.shaping.made_up, undertow.LSTM(3, 4).shaping.made_up, model[0].shaping.made_up)
print(layer)
print(undertow.RNN.from_torch(torch.nn.RNN(3, 4), made_up=0.125))
try:
    undertow.LSTMCell(3, 4, made_up=0.75)
except TypeError as error:
    print(error)
try:
    undertow.LSTMCell.from_torch(torch.nn.LSTMCell(3, 4), made_up=0.75)
except undertow.UndertowError as error:
    print(error)
"""


def test_an_option_more_is_a_line_more(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "undertow", ignore=shutil.ignore_patterns("__pycache__"))
    place = tmp_path / "undertow" / "nn" / "shaping" / "options.py"
    text = place.read_text()
    first = "    residual: bool = "
    assert text.count(first) == 1
    place.write_text(text.replace(first, f"    made_up: float = _option(0.5)\n{first}"))
    command = [sys.executable, "-c", MADE_UP]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
    assert done.stdout.splitlines() == [
        "0.75 0.5 0.25",
        "LSTM(3, 4, made_up=0.75, backend=auto: fused)",
        "RNN(3, 4, made_up=0.125, backend=auto: fused)",
        "LSTMCell.__init__() got an unexpected keyword argument 'made_up'",
        "made_up: LSTMCell takes one step at a time; undertow.Recurrent has that",
    ], done.stderr


def test_every_option_is_explained():
    for name in FIELDS:
        assert f"\n        {name}: " in inspect.cleandoc(Shaping.__doc__).replace("\n    ", "\n        ")
        assert f"\n        {name}: " in undertow.Recurrent.__doc__
        assert (f"\n        {name}: " in undertow.RecurrentCell.__doc__) == (name in OF_STEPS)


def test_a_config_has_every_option_and_its_zero_is_not_given():
    options = ModelOptions(hidden=4)
    assert recurrent(options, 3).shaping == Shaping()
    assert {name for name in FIELDS if hasattr(options, name)} == set(FIELDS)
    asked = ModelOptions(hidden=4, layers=2, residual=True, init="chrono", memory=9, zoneout=0.5)
    assert recurrent(asked, 3).shaping == Shaping(residual=True, init="chrono", memory=9, zoneout=0.5)
    written = asdict = {name: getattr(options, name) for name in FIELDS}
    assert Shaping().in_config == written
    assert Shaping(**Shaping.from_config(asdict)) == Shaping()
    assert Shaping.from_config({"memory": 0, "residual": False, "nobody": 0}) == {"residual": False, "nobody": 0}


def test_a_mapping_stays_the_users_own():
    rates = {"h": 0.1}
    layer = undertow.LSTM(3, 4, zoneout=rates)
    rates["c"] = 0.9
    assert layer.shaping.zoneout == {"h": 0.1}


def test_what_a_layer_tells_can_be_set():
    layer = undertow.LSTM(3, 4)
    layer.forget_bias = 2.0
    assert layer.shaping == Shaping(forget_bias=2.0)
    layer.reset_parameters()
    assert torch.equal((layer.bias_ih_l0 + layer.bias_hh_l0)[4:8], torch.full((4,), 2.0))
    assert str(layer) == "LSTM(3, 4, forget_bias=2.0, backend=auto: fused)"


def test_a_subclass_may_have_tensors_of_these_names():
    class Own(undertow.GRU):
        def __init__(self):
            super().__init__(3, 4)
            self.memory = nn.Parameter(torch.ones(2))

    layer = Own()
    assert torch.equal(layer.memory, torch.ones(2))
    layer.reset_parameters()
    assert layer.shaping == Shaping()


def test_a_warning_about_dropout_names_the_line_that_asks_for_it():
    for make in (lambda: undertow.LSTM(3, 4, dropout=0.5), lambda: undertow.Recurrent("lstm", 3, 4, dropout=0.5)):
        with pytest.warns(UserWarning, match="dropout option adds dropout") as told:
            make()
        assert told[0].filename == __file__


@pytest.mark.slow
def test_mypy_knows_each_keyword(tmp_path):
    lines = {
        "undertow.LSTM(3, 4, zoneout={'h': 0.1}, forget_bias=1.0, init='chrono', memory=9)": None,
        "undertow.LSTM(3, 4, zonout=0.1)": 'Unexpected keyword argument "zonout" for "LSTM"',
        "undertow.GRU(3, 4, residual='yes')": 'incompatible type "str"; expected "bool"',
        "undertow.RNN(3, 4, forget_bias=1.0)": 'Unexpected keyword argument "forget_bias" for "RNN"',
        "undertow.GRUCell(3, 4, forget_bias=1.0, normalisation='layer')": None,
        "undertow.LSTMCell(3, 4, residual=True)": 'Unexpected keyword argument "residual" for "LSTMCell"',
        "undertow.swap(torch.nn.Linear(3, 4), memroy=3)": 'Unexpected keyword argument "memroy" for "swap"',
        "undertow.LSTM.from_torch(torch.nn.LSTM(3, 4), memory='x')": 'incompatible type "str"; expected "int | None"',
        "undertow.Recurrent('lstm', 3, 4, normalisation_steps=1.5)": 'incompatible type "float"; expected "int | None"',
    }
    for (line, told), error in zip(lines.items(), errors_of(lines, tmp_path), strict=True):
        assert told in error if told else error == "", line
