"""Reconstruction: the model against its slow twin, parts without leaks, figures, and files that come back."""

import json

import numpy as np
import polars as pl
import pytest
import safetensors.torch
import torch

from undertow import cells
from undertow.errors import DataError, OptionError, RunError
from undertow.storage import read_metadata, seal
from undertow.tasks import reconstruct
from undertow.tasks.base import Setup
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.reconstruct.model import AutoencoderNetwork, NetworkShape, reversed_by_length
from undertow.tasks.reconstruct.options import ReconstructOptions
from undertow.tasks.reconstruct.rebuilding import corrupted, losses, rebuild
from undertow.tasks.reconstruct.trained import TrainedAutoencoder

NAMES = ["Anna", "Bob", "Hannah", "Otto", "Eve", "Nan", "Ava", "Elle", "Abba", "Noon", "Toot", "Beth", "Ann", "Neva"]


def waves(steps=240, seed=0, bad=()):
    """Two channels that go together, and the steps in which they don't."""
    t = np.arange(steps)
    rng = np.random.default_rng(seed)
    x = np.sin(t / 3) + 0.05 * rng.normal(size=steps)
    y = 2 * x + 1 + 0.05 * rng.normal(size=steps)
    y[list(bad)] = 3 - y[list(bad)]
    return pl.DataFrame({"x": x, "y": y, "bad": [int(s in set(bad)) for s in t]})


def task_of(frame, own, model=None, batch=8, seed=0):
    torch.manual_seed(seed)
    options = ModelOptions(**({"hidden": 8, "embedding": 5} | (model or {})))
    return reconstruct.prepare(Setup(ReconstructOptions(**own), options, batch, seed=seed, given=Given(memory=frame)))


def trained(task, epochs=30, rate=0.02):
    optimizer = torch.optim.Adam(task.model.parameters(), rate)
    for epoch in range(epochs):
        for piece in task.plan(epoch):
            task.loss(piece, None).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    return task


# ---- the model


SHAPES = {
    "numbers": NetworkShape(features=2, code=3),
    "numbers, taught": NetworkShape(features=2, teacher_forcing=True, reverse=False),
    "masked": NetworkShape(features=2, masked=True, bidirectional=True),
    "text": NetworkShape(symbols=7, code=4),
    "text, taught": NetworkShape(symbols=7, teacher_forcing=True, bidirectional=True),
}


def sample(shape, lengths=(5, 3, 1)):
    generator = torch.Generator().manual_seed(0)
    steps = max(lengths)
    if shape.symbols:
        return torch.randint(2, 7, (steps, len(lengths)), generator=generator), torch.tensor(lengths)
    return torch.randn(steps, len(lengths), 2, generator=generator), torch.tensor(lengths)


@torch.no_grad()
@pytest.mark.parametrize("name", SHAPES)
def test_padding_and_neighbours_change_nothing(name):
    """Each sequence in a batch of unequal lengths is folded and rebuilt as it is alone."""
    shape = SHAPES[name]
    model = AutoencoderNetwork(shape, ModelOptions(hidden=6, embedding=4, layers=2)).eval()
    x, lengths = sample(shape)
    output, code = model(x, lengths, x)
    written = model.decode(code, lengths)
    for at, length in enumerate(lengths):
        alone, alone_code = model(x[:length, at : at + 1], lengths[at : at + 1], x[:length, at : at + 1])
        assert torch.allclose(code[at], alone_code[0], atol=1e-6)
        assert torch.allclose(output[:length, at], alone[:, 0], atol=1e-5)
        alone = model.decode(alone_code, lengths[at : at + 1])
        assert torch.allclose(written[:length, at], alone[:, 0], atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("reverse", [True, False])
def test_a_taught_decoder_reads_the_step_before_and_no_other(reverse):
    model = AutoencoderNetwork(
        NetworkShape(features=2, teacher_forcing=True, reverse=reverse), ModelOptions(hidden=6)
    ).eval()
    x, lengths = sample(model.shape, (6,))
    code = model.encode(x, lengths)
    before = model.decode(code, lengths, x)
    changed = x.clone()
    changed[3] += 1
    moved = (model.decode(code, lengths, changed) - before).abs().amax((1, 2)) > 1e-7
    expected = [True, True, True, False, False, False] if reverse else [False] * 4 + [True, True]
    assert moved.tolist() == expected


@torch.no_grad()
def test_what_a_taught_decoder_writes_alone_is_what_it_says_to_its_own_words():
    """Greedy writing, step by step, equals one call in which the decoder reads what it wrote."""
    for shape in (NetworkShape(symbols=7, teacher_forcing=True), NetworkShape(features=2, teacher_forcing=True)):
        model = AutoencoderNetwork(shape, ModelOptions(hidden=6, embedding=4, cell="lstm")).eval()
        x, lengths = sample(shape)
        code = model.encode(x, lengths)
        alone = model.decode(code, lengths)
        own = alone.argmax(-1) if shape.symbols else alone
        told = model.decode(code, lengths, own)
        valid = torch.arange(5)[:, None] < lengths
        assert torch.allclose(alone[valid], told[valid], atol=1e-5)


def test_an_untaught_decoder_sees_the_code_alone():
    model = AutoencoderNetwork(NetworkShape(features=2), ModelOptions(hidden=6))
    x, lengths = sample(model.shape)
    code = model.encode(x, lengths)
    assert torch.equal(model.decode(code, lengths, x), model.decode(code, lengths, x + 1))


def test_reversing_turns_round_the_valid_steps():
    x = torch.tensor([[1, 4], [2, 5], [3, 0]])
    lengths = torch.tensor([3, 2])
    assert reversed_by_length(x, lengths).tolist() == [[3, 5], [2, 4], [1, 0]]
    assert torch.equal(reversed_by_length(reversed_by_length(x, lengths), lengths), x)


@pytest.mark.parametrize("cell", sorted(cells.CELLS))
def test_it_runs_and_learns_on_any_cell(cell):
    model = AutoencoderNetwork(NetworkShape(features=2, code=3, bidirectional=True), ModelOptions(cell=cell, hidden=4))
    x, lengths = sample(model.shape)
    output, code = model(x, lengths, x)
    assert (output.shape, code.shape) == ((5, 3, 2), (3, 3))
    losses(output, x, lengths)[0].sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_losses_count_what_is_there():
    x = torch.tensor([[[1.0, torch.nan]], [[2.0, 3.0]], [[9.0, 9.0]]])
    each, counted = losses(torch.zeros(3, 1, 2), x, torch.tensor([2]))
    assert each.flatten().tolist() == [1, 0, 4, 9, 0, 0]
    assert counted.sum() == 3
    nats, counted = losses(torch.zeros(3, 1, 4), torch.tensor([[2], [3], [0]]), torch.tensor([2]))
    assert nats.flatten().tolist() == pytest.approx([np.log(4), np.log(4), 0])
    assert counted.sum() == 2


def test_corruption_hides_its_share():
    torch.manual_seed(0)
    symbols = torch.full((100, 100), 5)
    assert (corrupted(symbols, 0.3, 0.0) == 1).float().mean().item() == pytest.approx(0.3, abs=0.02)
    numbers = torch.zeros(100, 100, 2)
    assert corrupted(numbers, 0.3, 0.0).isnan().float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert corrupted(numbers, 0.0, 0.5).std().item() == pytest.approx(0.5, abs=0.02)
    assert corrupted(numbers, 0.0, 0.0) is numbers


def test_rebuilding_leaves_mode_and_randomness_alone():
    model = AutoencoderNetwork(NetworkShape(features=2), ModelOptions(hidden=4, dropout=0.5)).train()
    before = torch.get_rng_state()
    rebuild(model, [np.ones((3, 2)), np.ones((2, 2))])
    assert model.training
    assert torch.equal(torch.get_rng_state(), before)


# ---- the task


def test_parts_of_a_series_share_no_step_and_follow_each_other():
    task = task_of(waves(), dict(columns="x,y", window=10, validation=0.2, test=0.3))
    held = {name: {s for p in pieces for s in range(p.start, p.stop)} for name, pieces in task.parts.items()}
    assert max(held["train"]) < min(held["validation"])
    assert max(held["validation"]) < min(held["test"])
    assert set.union(*held.values()) == set(range(240))


def test_no_text_is_in_two_parts_and_repeats_by_group_are_told():
    frame = pl.DataFrame({"name": NAMES + [n.upper() for n in NAMES], "list": ["a", "b", "c", "d"] * 7})
    task = task_of(frame, dict(text="name", validation=0.2, test=0.2))
    parts = {name: {frame["name"][p.item].lower() for p in pieces} for name, pieces in task.parts.items()}
    assert not parts["train"] & parts["validation"]
    assert not parts["train"] & parts["test"]
    assert sum(len(pieces) for pieces in task.parts.values()) == 28
    grouped = task_of(frame, dict(text="name", group="list", validation=0.25, test=0.25))
    assert any(line.startswith("warning: ") and "validation part are in the train part" in line
               for line in grouped.describe())  # fmt: skip


def test_the_vocabulary_and_the_scale_are_those_of_the_training_part():
    frame = pl.DataFrame({"name": [*NAMES, "Zyx"] * 2})
    tasks = [task_of(frame, dict(text="name", validation=0.2, test=0.2), seed=seed) for seed in range(8)]
    for task in tasks:
        trained_on = {frame["name"][p.item] for p in task.parts["train"]}
        assert ("z" in task._using.symbols.known or "Z" in task._using.symbols.known) == ("Zyx" in trained_on)
    steep = pl.DataFrame({"x": [0.0, 1.0] * 50 + [1000.0] * 100})
    task = task_of(steep, dict(window=4, stride=1, validation=0.2, test=0.3))
    assert task._using.scaling.by[""].shift == pytest.approx([0.5], abs=0.01)


def test_known_anomalies_are_not_trained_on_and_told():
    task = task_of(waves(bad=range(40, 50)), dict(anomaly="bad", window=10, stride=5))
    for piece in (*task.parts["train"], *task.parts["validation"]):
        assert not set(range(piece.start, piece.stop)) & set(range(40, 50))
    assert "3 windows of the train part hold known anomalies and are left out of it" in task.describe()
    found = task_of(waves(bad=[200, 201]), dict(anomaly="bad", window=10, validation=0.3)).examine("validation").figures
    assert (found["steps_runs"], found["windows_recall"] >= 0) == (1, True)  # but they are looked at
    with pytest.raises(DataError, match="the train part has no normal window"):
        task_of(waves(bad=range(192)), dict(anomaly="bad", window=10))


def test_a_pass_shows_every_window_once_in_an_order_of_its_own():
    task = task_of(waves(), dict(columns="x,y", window=10))
    for epoch in (0, 1):
        assert sorted(i for piece in task.plan(epoch) for i in piece) == list(range(len(task.parts["train"])))
    again = [piece.tolist() for piece in task.plan(1)]
    assert again == [piece.tolist() for piece in task.plan(1)] != [piece.tolist() for piece in task.plan(0)]


def test_what_breaks_the_bond_of_two_channels_is_found_though_each_is_ordinary():
    bad = [*range(200, 206), *range(225, 229)]
    own = dict(anomaly="bad", window=12, stride=3, code=3, validation=0.25, test=0.25, false_alarms=0.02)
    task = trained(task_of(waves(bad=bad), own))
    assert task.evaluate("validation")["error"] < 0.4
    evaluation = task.examine("test")
    figures = evaluation.figures
    assert figures["steps_average_precision"] > 0.9
    assert (figures["steps_runs"], figures["steps_runs_found"]) == (2, 2)
    assert figures["windows_average_precision"] > 0.95
    assert any("2 of 2 known runs found" in line for line in evaluation.lines)
    assert not any("warning" in line for line in evaluation.lines)  # what is flagged there is what is known
    json.dumps(evaluation.pictures, allow_nan=False)
    (series,) = evaluation.pictures["series"]
    assert series["known"] == [[200, 206], [225, 229]]
    worst = evaluation.pictures["worst"][0]
    assert set(worst["steps"]) & set(bad)
    y = next(c for c in worst["channels"] if c["name"] == "y")
    frame = waves(bad=bad)
    assert y["truth"] == pytest.approx([frame["y"][s] for s in worst["steps"]], rel=1e-3)


@pytest.mark.parametrize("known", [True, False])
def test_a_threshold_that_does_not_hold_any_more_is_warned_of(known):
    """The later half is noisier than what the threshold was learned on; no anomaly is in it."""
    calm, later = waves(480), waves(480, seed=1)
    noise = 0.4 * np.random.default_rng(2).normal(size=(480, 2)) * (np.arange(480) >= 300)[:, None]
    drifted = later.with_columns(x=later["x"] + noise[:, 0], y=later["y"] + noise[:, 1])
    own = dict(window=12, stride=3, code=3, validation=0.2, test=0.3, columns="x,y", false_alarms=0.02)
    own |= dict(anomaly="bad") if known else {}
    using = TrainedAutoencoder.load(trained(task_of(calm, own), 20).serialise())
    if not known:
        drifted, calm = drifted.drop("bad"), calm.drop("bad")
    (line,) = (line for line in using.evaluate(drifted).lines if line.startswith("warning"))
    figures = using.evaluate(drifted).figures
    share = figures["windows_false_alarms" if known else "windows_flagged"]
    assert 0.2 < share < 0.6
    assert f"{share:.1%} of windows and {figures['steps_flagged']:.1%} of steps" in line
    assert ("without a known anomaly" in line, "they are anomalies, or" in line) == (known, not known)
    assert not any("warning" in line for line in using.evaluate(calm).lines)


def test_texts_come_back_and_strange_ones_cost_more():
    frame = pl.DataFrame({"name": NAMES * 8})
    task = trained(task_of(frame, dict(text="name", validation=0.15, test=0.0), dict(hidden=24)), 60)
    task.parts["known"] = task.parts["train"]
    assert task.evaluate("known")["wrong"] < 0.05
    using = TrainedAutoencoder.load(task.serialise())
    told = using.predict(pl.DataFrame({"name": ["Anna", "xQz!"]}))
    assert told.columns == ["row", "text", "score", "anomaly", "rebuilt"]
    assert told.select("row", "text").rows() == [(0, "Anna"), (1, "xQz!")]
    assert told["rebuilt"][0] == "Anna"
    assert told["score"][1] > 3 * told["score"][0]
    with pytest.raises(DataError, match=r"no test part: reconstruct\.test is 0"):
        task.examine("test")


@pytest.mark.parametrize("teacher_forcing", [True, False])
def test_models_come_back_from_their_file(teacher_forcing):
    own = dict(columns="x,y", window=10, code=3, bidirectional=True, teacher_forcing=teacher_forcing, denoising=0.1)
    task = trained(task_of(waves(), own), 1)
    evaluation = task.examine("test")
    data = task.serialise()
    using = TrainedAutoencoder.load(data)
    sequences = using.sequences(reconstruct_table(waves()))
    assert using.examined(sequences, task.parts["test"]).figures == evaluation.figures
    assert read_metadata(data)["bidirectional"] == "true"
    noted = seal(safetensors.torch.save(safetensors.torch.load(data), read_metadata(data) | {"note": "fine"}))
    assert (
        TrainedAutoencoder.load(noted).normal.plain == using.normal.plain
    )  # what others write beside it is passed over
    with pytest.raises(RunError, match="something/2, not undertow-reconstruction/1"):
        TrainedAutoencoder.load(seal(safetensors.torch.save({"a": torch.ones(1)}, {"format": "something/2"})))


def reconstruct_table(frame):
    from undertow.tables.table import table_of

    return table_of(frame)


def test_a_file_tells_a_classifier_what_the_encoder_was():
    task = task_of(pl.DataFrame({"name": NAMES}), dict(text="name", bidirectional=True, validation=0.1))
    data = task.serialise()
    said = {key: json.loads(value) for key, value in read_metadata(data).items() if key in ("vocabulary", "model")}
    assert said["vocabulary"][2:] == task._using.symbols.known
    assert ModelOptions(**said["model"]).hidden == 8
    assert "vocabulary" not in read_metadata(task_of(waves(), dict(columns="x,y")).serialise())
    names = set(safetensors.torch.load(data))
    assert {"embedding.weight", "encoder.weight_ih_l0", "encoder.weight_ih_l0_reverse"} <= names


def test_rows_get_scores_in_the_order_of_the_data_and_missing_ones_are_filled():
    frame = pl.concat([waves(60).with_columns(mote=pl.lit(m)) for m in "ab"])
    shuffled = frame.with_row_index().sort((pl.col("index") % 60, pl.col("mote")))
    task = trained(task_of(shuffled.drop("index"), dict(columns="x,y", series="mote", window=8)), 3)
    using = TrainedAutoencoder.load(task.serialise())
    a, b = using.predict(frame), using.predict(shuffled)
    assert a.columns == ["row", "score", "anomaly", "window_score", "x rebuilt", "y rebuilt"]
    back = b.with_columns(index=shuffled["index"]).sort("index").drop("index")
    for name in ("score", "window_score", "y rebuilt"):
        assert back[name].to_list() == pytest.approx(a[name].to_list(), rel=1e-4)
    holes = frame.with_columns(x=pl.when(pl.int_range(pl.len()) == 5).then(None).otherwise("x"))
    filled = using.predict(holes)
    assert filled["x rebuilt"][5] is not None
    assert filled["score"][5] is not None
    lone = pl.concat([frame, waves(1).with_columns(mote=pl.lit("c"))])
    assert using.predict(lone)["score"][-1] is None
    assert using.predict(lone)["anomaly"][-1] is False


def test_vectors_name_their_windows():
    frame = pl.concat([waves(60).with_columns(mote=pl.lit(m)) for m in "ab"])
    task = task_of(frame, dict(columns="x,y", series="mote", window=8, stride=8, code=3))
    vectors = TrainedAutoencoder.load(task.serialise()).embed(frame)
    assert vectors.columns == ["mote", "first_row", "last_row", "v1", "v2", "v3"]
    assert vectors.filter(mote="b")["first_row"].to_list() == [60, 68, 76, 84, 92, 100, 108, 112]
    names = task_of(pl.DataFrame({"name": NAMES}), dict(text="name", code=2, validation=0.1))
    vectors = TrainedAutoencoder.load(names.serialise()).embed(pl.DataFrame({"name": NAMES}))
    assert vectors.columns == ["row", "text", "v1", "v2"]
    assert vectors["text"].to_list() == NAMES


def test_missing_numbers_are_learned_around():
    frame = waves().with_columns(x=pl.when(pl.int_range(pl.len()) % 7 == 0).then(None).otherwise("x"))
    task = trained(task_of(frame, dict(columns="x,y", window=12, code=3)), 20)
    assert task.model.shape.masked
    assert task.evaluate("validation")["error"] < 0.7


@pytest.mark.parametrize(
    ("own", "kind", "message"),
    [
        (dict(text="name", noise=0.5), OptionError, "noise is for numbers"),
        (dict(columns="x", scaling="series", id="name"), OptionError, "scaling series is for long series"),
    ],
)
def test_options_without_a_place_are_told(own, kind, message):
    frame = pl.DataFrame({"name": NAMES, "x": np.arange(float(len(NAMES)))})
    with pytest.raises(kind, match=message):
        task_of(frame, own)


def test_too_little_is_told():
    with pytest.raises(DataError, match="the validation part has"):
        task_of(waves(40), dict(columns="x,y", window=10, validation=0.05))


def test_another_number_of_channels_is_told():
    frame = pl.DataFrame({"v": [[1.0, 2, 3], [4.0, 5], [1.0, 1], [2.0, 1]] * 5})
    task = task_of(frame, dict(validation=0.3, test=0.0))
    using = TrainedAutoencoder.load(task.serialise())
    with pytest.raises(DataError, match=r"the table has 2 numbers a step .* trained on 1 \(v\)"):
        using.predict(pl.DataFrame({"v": [[[1.0, 2.0], [3.0, 1.0]]]}))


def test_a_broken_off_run_goes_on_to_the_same_bits(tmp_path):
    """With noise and hidden values in training, whose randomness goes on too."""
    from undertow.training import session
    from undertow.training.config import Config

    frame = waves(80).drop("bad")
    config = Config.of("reconstruct").replaced(
        {"window": 8, "hidden": 4, "batch": 8, "steps": 8, "denoising": 0.2, "noise": 0.1, "checkpoint_every": 4,
         "evaluate_every": 4, "warmup": 2}
    )  # fmt: skip
    session.begin(config, tmp_path / "whole", Given(memory=frame)).train(listen=lambda event: None)
    first = session.begin(config, tmp_path / "broken", Given(memory=frame))
    count = iter(range(100))
    assert first.train(listen=lambda event: None, interrupted=lambda: next(count) >= 3) == "interrupted"
    session.resume(tmp_path / "broken").train(listen=lambda event: None)
    models = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "broken")]
    assert models[0] == models[1]
    evaluation = json.loads((tmp_path / "whole" / "evaluation.json").read_text())
    assert evaluation["part"] == "validation"
    assert session.evaluate(tmp_path / "whole").figures["error"] > 0


@pytest.mark.parametrize("cell", ["gru", "indrnn"])
def test_gradient_flow_is_seen_through_encoder_and_decoder(tmp_path, cell):
    from undertow.training import session
    from undertow.training.config import Config

    options = {
        "window": 8,
        "hidden": 4,
        "batch": 8,
        "steps": 4,
        "cell": cell,
        "bidirectional": True,
        "flow.examine_every": 2,
    }
    session.begin(
        Config.of("reconstruct").replaced(options), tmp_path / "run", Given(memory=waves(80).drop("bad"))
    ).train(listen=lambda event: None)
    events = [json.loads(line) for line in (tmp_path / "run" / "flow.jsonl").read_text().splitlines()]
    seen = {(e["layer"], e["direction"]) for e in events if e["event"] == "flow"}
    assert seen == {("encoder.0", "forward"), ("encoder.0", "reverse"), ("decoder.0", "forward")}
