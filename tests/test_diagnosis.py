"""Watching a model of somebody's own."""

import json
import shutil
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn

from undertow.diagnosis import diagnose, find, origin
from undertow.errors import OptionError, RunError
from undertow.runs import RunFolder, summarise
from undertow.training.config import OWN_TRAINING


class Tagger(nn.Module):
    def __init__(self, layer=nn.LSTM):
        super().__init__()
        self.layer, self.head = layer(3, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.layer(x)[0][-1])


def updates(steps, **options):
    return replace(OWN_TRAINING, steps=steps, **options)


def batches(count=5, steps=30, targets=lambda: torch.randint(2, (4,))):
    generator = torch.Generator().manual_seed(0)
    return [(torch.randn(steps, 4, 3, generator=generator), targets()) for _ in range(count)]


def test_torchs_own_layers_are_watched_and_come_back(tmp_path):
    model = Tagger()
    before = [p.clone() for p in model.parameters()]
    verdict = diagnose(model, batches(), tmp_path / "d", training=updates(8), reach=20, made="mine:make")
    assert type(model.layer) is nn.LSTM
    assert not any(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert [f.kind for f in verdict.findings] == ["vanishing"]
    run = RunFolder.open(tmp_path / "d")
    assert len([e for e in run.events() if e["event"] == "train"]) == 8
    assert [e["step"] for e in run.flow_events() if e["event"] == "flow"] == [1, 3, 5, 7, 8]
    lines = [e for e in run.flow_events() if e["event"] == "verdict"]
    assert lines == json.loads(json.dumps(list(verdict.lines())))
    assert run.document()["model"] == {"from": "mine:make", "cell": "lstm", "widths": "8"}
    assert summarise(run).cell == "lstm"


def test_updates_are_those_of_the_optimizer_asked_for(tmp_path):
    torch.manual_seed(0)
    model, twin, data = Tagger(), Tagger(), batches(3)
    twin.load_state_dict(model.state_dict())
    asked = updates(3, optimizer="sgd", learning_rate=0.5, momentum=0.9, clip_norm=0.01)
    verdict = diagnose(model, data, tmp_path / "d", training=asked, reach=5)
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.5, momentum=0.9)
    for x, target in data:
        optimizer.zero_grad()
        nn.functional.cross_entropy(twin(x), target).backward()
        nn.utils.clip_grad_norm_(twin.parameters(), 0.01)
        optimizer.step()
    torch.testing.assert_close(list(model.parameters()), list(twin.parameters()))
    run = RunFolder.open(tmp_path / "d")
    assert run.document()["training"]["optimizer"] == "sgd"
    assert [e["clipped"] for e in run.events() if e["event"] == "train"] == [1, 1, 1]
    clipped = next(f for f in verdict.open if f.kind == "clipped away")
    assert "acts on 100% of the updates" in clipped.text
    assert clipped.remedies


def test_stopped_early_the_verdict_is_on_what_was_seen(tmp_path):
    done = []
    stopped = {"listen": lambda: done.append(1), "interrupted": lambda: len(done) == 5}
    verdict = diagnose(Tagger(), batches(), tmp_path / "d", training=updates(8), reach=20, **stopped)
    run = RunFolder.open(tmp_path / "d")
    assert [e["step"] for e in run.events() if e["event"] == "train"] == [1, 2, 3, 4, 5]
    assert run.events()[-1] == run.events()[-1] | {"event": "end", "step": 5, "reason": "interrupted"}
    assert [f.figures["updates"] for f in verdict.findings] == [5]


def test_squared_error_for_real_targets_and_a_loss_of_ones_own(tmp_path):
    seen = []

    def loss(model, batch):
        seen.append(batch)
        return model(batch[0]).square().mean()

    diagnose(Tagger(), batches(targets=lambda: torch.randn(4, 2)), tmp_path / "a", training=updates(3))
    diagnose(Tagger(), batches(2), tmp_path / "b", training=updates(3), loss=loss)
    assert [id(b) for b in seen[:1]] == [id(seen[2])]


def test_batches_of_an_iterator_are_gone_through_again(tmp_path):
    seen = []
    given = batches(2)
    diagnose(
        Tagger(), iter(given), tmp_path / "d", training=updates(5), loss=lambda m, b: seen.append(b) or m(b[0]).sum()
    )
    assert [id(b) for b in seen] == [id(given[n % 2]) for n in range(5)]


def test_what_stands_before_the_target_is_what_the_model_is_called_with(tmp_path):
    class Padded(Tagger):
        def forward(self, x, lengths):
            assert lengths.tolist() == [30, 20, 10, 5]
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths)
            return self.head(self.layer(packed)[1][0][0])

    data = [(x, torch.tensor([30, 20, 10, 5]), target) for x, target in batches(2)]
    verdict = diagnose(Padded(), data, tmp_path / "d", training=updates(2), reach=20)
    assert [f.kind for f in verdict.findings] == ["vanishing"]


@pytest.mark.parametrize(
    ("model", "data", "options", "message"),
    [
        (nn.Linear(3, 2), batches(), {}, "no recurrent layer to watch"),
        (Tagger(), [], {}, "no batches"),
        (Tagger(), iter([]), {}, "no batches"),
        (Tagger(), None, {}, "'NoneType' object is not iterable"),
        (Tagger(), [torch.zeros(30, 4, 3)], {}, "input and target, as tensors"),
        (Tagger(), [(*b, torch.zeros(4)) for b in batches()], {}, r"the diagnosis failed: TypeError: .* arguments"),
        (
            Tagger(),
            batches(),
            {"loss": lambda m, b: b.nothing},
            r"'nothing'\n  at .*test_diagnosis.py:\d+: .*b.nothing",
        ),
        (Tagger(), batches(), {"loss": lambda m, b: m(b[0])}, r"one number, got \(4, 2\)"),
        (Tagger(), batches(), {"loss": lambda m, b: 3.0}, "one number, got float"),
    ],
)
def test_mistakes_are_told_and_leave_no_folder(tmp_path, model, data, options, message):
    with pytest.raises(OptionError, match=message):
        diagnose(model, data, tmp_path / "d", **options)
    assert not (tmp_path / "d").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "d").mkdir()
    with pytest.raises(RunError, match="exists already"):
        diagnose(Tagger(), batches(), tmp_path / "d")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nonsense", "must be module:function"),
        ("no_such_module_here:f", "cannot import 'no_such_module_here'"),
        ("mymodels.py:f", "names a file; name the module: mymodels:f"),
        ("json:dump_s", "no 'dump_s' in json; did you mean 'dumps'"),
        ("json:__name__", "cannot be called"),
    ],
)
def test_paths_to_functions_that_are_not_there(path, message):
    with pytest.raises(OptionError, match=message):
        find(path)


def test_a_function_by_its_path():
    assert find("json:dumps") is json.dumps


def test_a_loss_that_is_no_number_ends_it(tmp_path):
    given = iter([torch.zeros(()), torch.tensor(torch.nan), torch.zeros(())])
    broken = {"loss": lambda model, batch: model(batch[0]).sum() * 0 + next(given)}
    verdict = diagnose(Tagger(), batches(), tmp_path / "d", training=updates(8), reach=5, **broken)
    run = RunFolder.open(tmp_path / "d")
    assert run.events()[-1]["reason"] == "diverged"
    assert [e["loss"] for e in run.events() if e["event"] == "train"] == [0.0, None]
    assert "the loss was no number any more at update 2" in str(verdict)
    assert verdict.level == "alarm"


def test_what_is_wrong_with_batches_and_targets_is_said(tmp_path):
    x = torch.randn(30, 4, 3)
    for batch, message in (
        (x.numpy(), "got ndarray"),
        ((x, [1, 0]), "got tuple of Tensor, list"),
        ((x, torch.tensor([0, 1, 2, 1])), r"2 classes \(its last dimension\), and targets go up to 2"),
    ):
        with pytest.raises(OptionError, match=message):
            diagnose(Tagger(), [batch], tmp_path / "d", training=updates(3))
    assert not (tmp_path / "d").exists()
    diagnose(Tagger(), [(x, torch.tensor([0, 1, 1, 0], dtype=torch.int32))], tmp_path / "d", training=updates(3))


def test_a_loss_without_a_gradient(tmp_path):
    frozen = Tagger().requires_grad_(False)
    for model, loss in ((frozen, None), (Tagger(), lambda model, batch: model(batch[0]).sum().detach())):
        with pytest.raises(OptionError, match="the loss has no gradient: all parameters are frozen"):
            diagnose(model, batches(), tmp_path / "d", training=updates(3), loss=loss)
    assert not (tmp_path / "d").exists()


def test_a_layer_that_no_gradient_comes_to(tmp_path):
    model = Tagger()
    cut = {"loss": lambda model, batch: model.head(model.layer(batch[0])[0][-1].detach()).sum()}
    verdict = diagnose(model, batches(), tmp_path / "d", training=updates(3), **cut)
    assert "look for detach() or no_grad() on the way" in str(verdict)


# ---- where a module would be imported from


def test_where_code_is_from_is_found_without_running_it(tmp_path, monkeypatch):
    package, spread = tmp_path / "found_package", tmp_path / "found_spread" / "deep"
    for folder in (package, spread):
        folder.mkdir(parents=True)
        (folder / "inner.py").write_text("raise SystemExit('it ran')")
    (package / "__init__.py").write_text("raise SystemExit('it ran')")
    monkeypatch.chdir(tmp_path)
    before = [*sys.path]
    assert origin("found_package:x") == str(package / "__init__.py")
    assert origin("found_package.inner:x") == str(package / "inner.py")
    assert origin("found_spread.deep.inner:x") == str(spread / "inner.py")
    assert origin("found_spread:x") == str(tmp_path / "found_spread")
    assert origin("math.inner:x") == origin("found_package.inner.more:x") == origin("no_such_module:x") == ""
    assert origin("..:x") == origin(":x") == origin("a b:x") == ""
    (tmp_path / "shutil.py").write_text("")  # was imported, and is not looked for again
    assert origin("shutil:rmtree") == shutil.__file__
    assert origin("sys:exit") == "built-in"
    assert sys.path == before
