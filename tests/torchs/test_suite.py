"""The script that runs PyTorch's own tests on Undertow's layers, on a folder of tests made up here."""

import json
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import undertow
from torchs import child, suite

FILE = """
import os, signal, unittest
import torch
from torch.nn.modules.rnn import LSTM
from torch.nn.utils.rnn import no_such_decorator, no_such_function
from torch.no_such_module import NO_SUCH_TYPES, no_such_factory

TYPES = [1] + NO_SUCH_TYPES
OURS = torch.nn.LSTM.__module__.startswith("undertow")

def unnamed(function):
    return lambda self: function(self)

class TestLayers(unittest.TestCase):
    @no_such_decorator
    @no_such_factory("why", now=True)
    def test_lstm_runs(self):
        self.assertEqual(torch.nn.LSTM(3, 4)(torch.zeros(5, 2, 3))[0].shape, (5, 2, 4))

    def test_lstm_is_one_everywhere(self):
        self.assertTrue(LSTM is torch.nn.LSTM is torch.nn.modules.LSTM)

    def test_lstm_dies(self):
        if OURS:
            os.kill(os.getpid(), signal.SIGSEGV)

    def test_lstm_of_torch(self):
        torch.nn.LSTM(3, 4)
        self.assertEqual(torch.nn.LSTM.__module__, "torch.nn.modules.rnn")

    def test_lstm_that_torch_fails(self):
        self.assertEqual(no_such_function(2), 3)

    def test_lstm_that_torch_skips(self):
        self.skipTest("no")

    @unnamed
    def test_source(self):
        torch.nn.GRU(3, 4)
        with self.subTest(1):
            self.assertFalse(OURS, "a part of it")

    def test_zzz(self):
        pass
"""
HANGS = """
import signal, unittest, torch

class Test(unittest.TestCase):
    def test_lstm(self):
        if torch.nn.LSTM.__module__.startswith("undertow"):
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
            signal.sigwait([signal.SIGUSR1])
"""
TEST = "test_layers.py::TestLayers::test_"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("torch")
    (folder / "test_layers.py").write_text(FILE, encoding="utf-8")
    (folder / "test_hangs.py").write_text(HANGS, encoding="utf-8")
    (folder / "test_broken.py").write_text("import torch\ntorch.no_such_attribute\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def found(folder) -> suite.Compared:
    return suite.compare(folder, "test_layers.py", suite.PATTERN, False, 100)


def test_what_torch_passes_runs_on_our_layers(found, folder):
    names = ("lstm_dies", "lstm_is_one_everywhere", "lstm_of_torch", "lstm_runs", "source")
    assert sorted(found.tests) == [TEST + name for name in names]
    assert found.layers == 3
    assert found.broken == ""
    assert [path.name for path in sorted(folder.iterdir())] == ["test_broken.py", "test_hangs.py", "test_layers.py"]


def test_what_torch_lacks_is_stubbed(found):
    assert found.stubs == [
        "torch.nn.utils.rnn.no_such_decorator", "torch.nn.utils.rnn.no_such_function", "torch.no_such_module",
    ]  # fmt: skip


def test_what_ours_fail_has_its_error(found):
    errors = {failure.test.removeprefix(TEST): failure.error for failure in found.failures}
    assert sorted(errors) == ["lstm_dies", "lstm_of_torch", "source"]
    assert errors["lstm_dies"] == "the process ended with status -11: Fatal Python error: Segmentation fault"
    assert errors["lstm_of_torch"] == "AssertionError: 'undertow.nn.drop_in' != 'torch.nn.modules.rnn'"
    assert errors["source"] == "AssertionError: True is not false : a part of it"


@pytest.mark.slow
def test_one_that_hangs_is_ended(folder):
    (failure,) = suite.compare(folder, "test_hangs.py", suite.PATTERN, False, 2).failures
    assert failure.error == "the process ended with status 1: Timeout (0:00:02)!"


@pytest.mark.slow
def test_a_file_that_cannot_be_imported(folder):
    found = suite.compare(folder, "test_broken.py", suite.PATTERN, False, 100)
    assert found.tests == []
    assert found.broken == "AttributeError: module 'torch' has no attribute 'no_such_attribute'"
    assert f"test_broken.py cannot be imported here: {found.broken}" in suite.table([found])


def compared(**failed: str) -> suite.Compared:
    tests = [TEST + name for name in ("one", "two", "three")]
    failures = [suite.Failure(TEST + name, error, suite.meant(TEST + name)) for name, error in failed.items()]
    return suite.Compared("test_layers.py", tests, 2, failures, "", [])


@pytest.fixture
def told(folder, capsys, monkeypatch):
    """What the script prints and its status, where ``failed`` gives the errors of ours by the test."""

    def run(*arguments: str, **failed: str) -> tuple[int, str]:
        monkeypatch.setattr(suite, "compare", lambda *_: compared(**failed))
        status = suite.main([str(folder), "--files", "test_layers.py", *arguments])
        return status, capsys.readouterr().out

    monkeypatch.setattr(suite, "DIFFERENCES", {"*::test_two": "as meant"})
    return run


def test_a_difference_that_is_meant_is_no_failure(told):
    status, out = told(two="Error: 2")
    assert status == 0
    assert out.splitlines() == [
        "                torch passes  make a layer  ours pass  ours fail  as meant",
        "test_layers.py             3             2          2          1         1",
        "all                        3             2          2          1         1",
        "MEANT as meant",
        f"      {TEST}two",
        "          Error: 2",
    ]


def test_any_other_is(told):
    status, out = told(two="Error: 2", three="Error: 3")
    assert status == 1
    assert out.splitlines()[3:5] == [f"FAILS {TEST}three", "      Error: 3"]


def test_a_difference_that_is_none_any_more_is_told(told):
    assert told()[1].splitlines()[-1] == "PASSES, so it differs no longer: *::test_two"


def test_json(told):
    status, out = told("--json", three="Error: 3")
    assert status == 1
    (one,) = json.loads(out)
    assert one["failures"] == [{"test": TEST + "three", "error": "Error: 3", "meant": ""}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere has no test_nn.py"),
        ([".", "--files", "test_no.py"], "has no test_no.py"),
        (["{folder}", "--files", "test_layers.py", "--select", "("], "--select (: missing )"),
    ],
)
def test_mistakes(arguments, message, folder, capsys):
    with pytest.raises(SystemExit) as ended:
        suite.main([argument.format(folder=folder) for argument in arguments])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_steps_of_ours_take_the_place_of_torchs_where_there_are_any(monkeypatch):
    pairs = child.replacements()
    assert pairs[nn.LSTM] is undertow.LSTM
    mine = type("LSTMCell", (), {})
    monkeypatch.setattr(undertow, "LSTMCell", mine, raising=False)
    assert child.replacements()[nn.LSTMCell] is mine


def test_a_class_is_replaced_wherever_a_module_has_it(monkeypatch):
    class Old: ...

    class New: ...

    module = type(sys)("some_module")
    module.Name, module.other = Old, torch
    monkeypatch.setitem(sys.modules, "some_module", module)
    child.replace({Old: New})
    assert module.Name is New
    assert module.other is torch
