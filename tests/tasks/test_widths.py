"""Layers of different widths, in every task: trained, resumed, used, watched; equal widths are hidden and layers."""

import json

import numpy as np
import polars as pl
import pytest
import safetensors.torch
import torch

import undertow
from translating import pairs
from undertow.report import read, write
from undertow.storage import read_metadata, seal, unseal
from undertow.tables.table import table_of
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.text.model import LanguageModel
from undertow.tasks.text.options import SamplingOptions
from undertow.tasks.text.sampling import generate, likeliest
from undertow.tasks.tokens import START
from undertow.tasks.translate.searching import translations
from undertow.training.config import Config
from undertow.training.observation import verdict_of
from undertow.training.session import begin, evaluate, resume, trained

WORDS = pl.DataFrame({"text": [f"{'ab'[n % 2]}{n}" for n in range(60)], "label": ["a", "b"] * 30})
T = np.arange(300)
WAVES = pl.DataFrame({"x": np.sin(T / 3), "y": np.cos(T / 3)})
HOURS = pl.DataFrame({"time": np.datetime64("2024-01-01T00:00", "us") + T * np.timedelta64(1, "h"), "y": np.sin(T / 4)})
AHEAD = {"horizon": 6, "context": 24, "season": 24, "target": "y"}
SIGNS = {"source_tokens": "characters", "target_tokens": "symbols", "longest": 12}

#: Every way in which a task hands states of its layers on: task, its options, data.
#: A state of two components and one of one; the latter, which is the easier, with the slow tests.
CELLS = ["lstm", pytest.param("gru", marks=pytest.mark.slow)]
WAYS = {
    "text": ("text", {"window": 8, "sample_every": 4, "sample_length": 5}, None),
    "text, overlapping windows": ("text", {"window": 8, "bptt": 20, "sample_every": 0}, None),
    "classify, last": ("classify", {"pooling": "last"}, WORDS),
    "classify, attention": ("classify", {"pooling": "attention", "bidirectional": False}, WORDS),
    "forecast, recurrent": ("forecast", {**AHEAD, "decoder": "recurrent"}, HOURS),
    "forecast, direct": ("forecast", {**AHEAD, "decoder": "direct"}, HOURS),
    "translate, both ways": ("translate", {**SIGNS, "attention": "none"}, pairs()),
    "translate, one way": ("translate", {**SIGNS, "attention": "none", "bidirectional": False}, pairs()),
    "translate, luong": ("translate", {**SIGNS, "attention": "luong", "teacher_forcing": 0.5}, pairs()),
    "translate, bahdanau": ("translate", {**SIGNS, "attention": "bahdanau"}, pairs()),
    "reconstruct numbers": ("reconstruct", {"code": 3}, WAVES),
    "reconstruct numbers, both ways": ("reconstruct", {"bidirectional": True}, WAVES),
    "reconstruct text, taught": ("reconstruct", {"teacher_forcing": True}, WORDS.select("text")),
}
QUICK = {
    "steps": 8, "batch": 4, "warmup": 2, "evaluate_every": 4, "checkpoint_every": 3, "dropout": 0.2, "examine_every": 4,
    "learning_rate": 0.01,
}  # fmt: skip


@pytest.fixture
def begun(text, tmp_path):
    """Begin a run in one of the ways."""

    def begin_run(way, name="run", **values):
        task, own, data = WAYS[way]
        settings = {**QUICK, **own, **({"embedding": 5} if task != "forecast" else {}), **values}
        if task == "text":
            settings["data"] = str(text)
        return begin(Config.of(task).replaced(settings), tmp_path / name, None if data is None else Given(memory=data))

    return begin_run


@pytest.fixture
def run(begun):
    def whole(*arguments, **values):
        session = begun(*arguments, **values)
        assert session.train(listen=lambda event: None) == "finished"
        return session

    return whole


def weights(session):
    return safetensors.torch.load(unseal(session.run.model_file))


def same(first, second):
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("way", WAYS)
def test_a_broken_off_run_goes_on_to_the_same_bits(run, begun, way, cell):
    """Interrupted after a state was carried: the widths are in the checkpoint, the config and the model's file."""
    whole = run(way, "whole", cell=cell, widths="6,4")
    cut = begun(way, "cut", cell=cell, widths="6,4")
    asked = iter([False] * 4)
    assert cut.train(listen=lambda event: None, interrupted=lambda: next(asked, True)) == "interrupted"
    assert resume(cut.run.path).train(listen=lambda event: None) == "finished"
    same(weights(whole), weights(cut))
    start = {name: w.shape for name, w in weights(whole).items() if "weight_hh_l" in name and "reverse" not in name}
    assert {shape[1] for name, shape in start.items() if "_l0" in name} == {6}
    assert {shape[1] for name, shape in start.items() if "_l1" in name} == {4}
    assert not any("_l2" in name for name in start)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("way", WAYS)
def test_equal_widths_are_hidden_and_layers(run, way, cell):
    """Names, shapes, bits of the weights, and what was seen of the gradient."""
    listed, plain = run(way, "a", cell=cell, widths="5,5"), run(way, "b", cell=cell, hidden=5, layers=2)
    same(weights(listed), weights(plain))
    assert listed.run.flow_events() == plain.run.flow_events()
    assert repr(listed.task.model) == repr(plain.task.model)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("way", [way for way in WAYS if not way.startswith("text")])
def test_a_model_is_used_from_its_file(run, way, cell):
    """What the file's model says of the data is what the trained one says, by the figures of its own test part."""
    session = run(way, cell=cell, widths="6,4", choose="last")
    data = table_of(WAYS[way][2])
    model, _ = trained(session.run.path)
    assert len(model.predict(data)) > 0
    assert model.evaluate(data).figures
    figures = evaluate(session.run.path).figures
    assert figures == pytest.approx(session.task.examine("test").figures, nan_ok=True)
    if way.startswith(("classify", "reconstruct")):
        directions = 2 if "both" in way or "last" in way else 1
        width = len([name for name in model.embed(data).columns if name[1:].isdecimal()])
        assert width == (3 if way == "reconstruct numbers" else 4 * directions)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_text_is_written_as_the_model_says_step_by_step(run, cell):
    """Sampling by the stream, and beam search, against the model run over the whole text from its start."""
    session = run("text", cell=cell, widths="6,4")
    model, _ = trained(session.run.path)
    written = "".join(generate(model.model, model.vocabulary, "Full", 9, SamplingOptions(temperature=0.0)))
    ids = model.vocabulary.encode("Full", "prompt").tolist()
    with torch.no_grad():
        for _ in range(9):
            ids.append(int(model.model(torch.tensor(ids)[:, None])[0][-1, 0].argmax()))
        assert model.vocabulary.decode(ids[4:]) == written
        for found, log_probability in likeliest(model.model, model.vocabulary, "Full", 5, 3):
            ids = model.vocabulary.encode("Full" + found, "found")
            logs = model.model(ids[:-1, None])[0][:, 0].double().log_softmax(-1)
            total = float(logs[range(3, 8), ids[4:]].sum())
            assert log_probability == pytest.approx(total, rel=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("way", [way for way in WAYS if way.startswith("translate")])
def test_the_search_writes_what_the_model_finds_likely(begun, way, cell):
    """States that the search reordered, against one reading of the whole translation."""
    task = begun(way, cell=cell, widths="6,4", beam=3, longest=6).task
    for parameter in task.model.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    model = task.model.eval()
    sources = task.system.encoded(["abc", "edcba"], []).sources
    for source, hypotheses in zip(sources, translations(task.system, sources), strict=True):
        for hypothesis in hypotheses:
            read = torch.tensor([START, *hypothesis.tokens[:-1]])[:, None]
            logits = model(read, model.encode(source[:, None], torch.tensor([len(source)])))[0][:, 0]
            each = logits.double().log_softmax(-1)[range(len(read)), list(hypothesis.tokens)]
            assert hypothesis.log_probability == pytest.approx(float(each.sum()), rel=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("backend", ["auto", "reference", "vendor"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_state_carried_from_within_a_window_is_that_of_its_first_steps(cell, backend):
    torch.manual_seed(0)
    model = LanguageModel(7, ModelOptions(cell=cell, widths="6,4", embedding=3, backend=backend)).eval()
    ids = torch.randint(7, (9, 2))
    before = model(torch.randint(7, (3, 2)))[1]
    logits, carried = model.window(ids, before, 4)
    torch.testing.assert_close(logits, model(ids, before)[0])
    torch.testing.assert_close(carried, model(ids[:4], before)[1])
    torch.testing.assert_close(model(ids[4:], carried)[0], logits[4:])


def test_gradients_reach_every_weight_of_encoder_and_decoder(begun):
    """Each layer's state is handed to the decoder's layer of its width: none is left out, none stands for another."""
    for way in ("translate, both ways", "translate, one way", "forecast, recurrent", "reconstruct numbers"):
        for cell in ("lstm", "gru"):
            session = begun(way, f"{way} {cell}", cell=cell, widths="6,4", dropout=0.0)
            task = session.task
            for parameter in task.model.parameters():
                torch.nn.init.normal_(parameter, std=0.3)
            task.loss(task.plan(0)[0], None).loss.backward()
            still = [n for n, p in task.model.named_parameters() if p.grad is None or not p.grad.abs().sum()]
            assert [n for n in still if "embedding" not in n] == [], (way, cell)


def test_the_bridge_joins_the_directions_of_each_layer():
    from undertow.cells import CELLS
    from undertow.tasks.translate.model import Bridge

    generator = torch.Generator().manual_seed(0)
    lower, upper = (torch.randn(2, 3, width, generator=generator) for width in (6, 4))
    found = Bridge(CELLS["gru"], (6, 4))((lower, upper))
    torch.testing.assert_close(found, (lower.mean(0, keepdim=True), upper.mean(0, keepdim=True)))
    state = tuple((lower + n, upper - n) for n in range(4))
    assert all(
        torch.equal(mine[layer], theirs[layer][1:])
        for mine, theirs in zip(Bridge(CELLS["slstm"], (8, 4))(state), state, strict=True)
        for layer in range(2)
    )


@pytest.mark.parametrize("way", ["text", "classify, last", "translate, bahdanau", "forecast, recurrent"])
def test_gradient_flow_is_seen_in_every_layer_and_reported(run, way):
    session = run(way, widths="6,4")
    seen = [e for e in session.run.flow_events() if e["event"] == "flow"]
    widths = {(e["layer"].rpartition(".")[2], e["hidden"]) for e in seen}
    assert widths == {("0", 6), ("1", 4)}
    assert any("horizon" in e["quantities"] for e in seen)
    assert verdict_of(session.run, session.config).findings
    page = write(session.run.path).read_text()
    assert "layers of 6, 4 units" in page
    assert not isinstance(read.read(session.run.path).layers, read.Absent)


def test_residual_connections_are_offered_where_layers_are_equal():
    from undertow.flow.remedies import Case, remedies_for
    from undertow.training.observation import facts

    def offered(**values):
        known = facts(Config().replaced(values), []).config
        return "residual connections" in {r.name for r in remedies_for(Case("vanishing", None, 30, 20, known))}

    assert offered(layers=2)
    assert offered(widths="5,5")
    assert not offered(widths="6,4")
    assert not offered(widths="6")
    assert not offered(layers=2, residual=True)


@pytest.mark.parametrize(
    "way", ["text", "classify, last", "forecast, direct", "translate, luong", "reconstruct numbers"]
)
def test_a_file_of_before_is_read(run, text, way):
    """A model's file that knows nothing of widths says what it said."""

    def said(folder):
        model, _ = trained(folder)
        data = WAYS[way][2]
        return model.evaluate(text).figures if data is None else model.predict(table_of(data)).to_dicts()

    session = run(way, hidden=5, layers=2)
    now = said(session.run.path)
    data = unseal(session.run.model_file)
    metadata = read_metadata(data)
    options = json.loads(metadata["model"])
    assert options.pop("widths") == ""
    older = safetensors.torch.save(safetensors.torch.load(data), metadata | {"model": json.dumps(options)})
    session.run.model_file.write_bytes(seal(older))
    assert said(session.run.path) == now


def test_a_run_of_before_goes_on(run, begun):
    whole, cut = run("text", "whole", hidden=5, layers=2), begun("text", "cut", hidden=5, layers=2)
    asked = iter([False] * 4)
    cut.train(listen=lambda event: None, interrupted=lambda: next(asked, True))
    lines = cut.run.config_file.read_text().splitlines(keepends=True)
    cut.run.config_file.write_text("".join(line for line in lines if not line.startswith("widths = ")))
    checkpoint = unseal(cut.run.checkpoint_file)
    metadata = read_metadata(checkpoint)
    known = json.loads(metadata["facts"])
    del known["config"]["model"]["widths"]
    tensors = safetensors.torch.load(checkpoint)
    cut.run.checkpoint_file.write_bytes(seal(safetensors.torch.save(tensors, metadata | {"facts": json.dumps(known)})))
    resume(cut.run.path).train(listen=lambda event: None)
    same(weights(whole), weights(cut))


def test_a_classifier_starts_from_an_encoder_of_such_layers(run):
    first = run("reconstruct text, taught", "first", widths="6,4", bidirectional=True)
    second = run("classify, last", "second", encoder=str(first.run.path), hidden=9, steps=1, learning_rate=1e-9)
    assert any("lstm, 6 + 4 units" in line for line in second.task.describe())
    mine, theirs = weights(second), weights(first)
    shared = [name for name in theirs if name.startswith("encoder.")]
    assert len(shared) == 2 * 2 * 3
    assert all(torch.allclose(mine[name], theirs[name], atol=1e-6) for name in shared)


def test_an_estimator_takes_them():
    made = undertow.Classifier(widths="6,4", validation=0.0, steps=3, embedding=4)
    made.fit(["anna", "otto", "lena", "udo"] * 5, ["f", "m", "f", "m"] * 5)
    assert made.config().model.sizes == (6, 4)
    assert made.embed(["nina"]).shape == (1, 8)
    assert undertow.load(made.run_).widths == "6,4"
    for estimator in (undertow.Autoencoder, undertow.Forecaster, undertow.Translator):
        assert estimator(widths="7,3").config().model.sizes == (7, 3)


@pytest.mark.parametrize("way", ["forecast, recurrent", "translate, luong", "reconstruct numbers"])
def test_sru_of_equal_widths_trains(run, way):
    options = {"bidirectional": False} if "translate" in way else {}
    session = run(way, cell="sru", widths="6,6", **options)
    assert session.config.model.sizes == (6, 6)
