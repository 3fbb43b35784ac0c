"""The language model: figures against a slow twin, sampling against its distribution, files against tampering."""

import itertools
import json
import math

import pytest
import safetensors.torch
import torch

from undertow.errors import DataError, DivergedError, OptionError, RunError
from undertow.storage import read_metadata, seal, unseal
from undertow.tasks.base import Setup
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.text import examining, load, prepare
from undertow.tasks.text.examining import evaluate
from undertow.tasks.text.model import LanguageModel
from undertow.tasks.text.options import SamplingOptions, TextOptions
from undertow.tasks.text.reading import load_corpus
from undertow.tasks.text.sampling import draw, generate, write
from undertow.tasks.text.task import LanguageModelTask, TextWindow


@pytest.fixture
def task(text):
    torch.manual_seed(1)
    options = ModelOptions(hidden=9, embedding=4)
    return LanguageModelTask(load_corpus(text, as_bytes=False), TextOptions(data=str(text)), options, batch=4)


def bits_one_by_one(model, ids):
    """The slow twin: one stream, one symbol after the other."""
    total, state = 0.0, None
    for now, after in itertools.pairwise(ids):
        logits, state = model(now.view(1, 1), state)
        total -= float(logits[0, 0].double().log_softmax(-1)[after])
    return total / (len(ids) - 1) / math.log(2)


@torch.no_grad()
def test_bits_equal_the_slow_twin_in_one_stream(task):
    ids = task.parts["held_out"]
    assert evaluate(task.model, ids)["bits"] == pytest.approx(bits_one_by_one(task.model, ids), rel=1e-6)


@torch.no_grad()
def test_many_streams_score_every_symbol_once(task, monkeypatch):
    """With warmed-up streams the figure is that of one stream, but for the little that lies before the warm-up."""
    monkeypatch.setattr(examining, "_EVALUATION_WINDOW", 32)
    ids = task.parts["train"][:2003]
    assert (len(ids) - 1) // (8 * 32) > 3
    scored = []
    real = torch.nn.functional.cross_entropy

    def spy(logits, targets, **keywords):
        losses = real(logits, targets, **keywords)
        scored.append(losses)
        return losses

    monkeypatch.setattr(examining.F, "cross_entropy", spy)
    assert evaluate(task.model, ids)["bits"] == pytest.approx(bits_one_by_one(task.model, ids), rel=2e-3)


@torch.no_grad()
@pytest.mark.parametrize("length", [2, 3, 33, 256, 257, 258, 4097, 4600])
def test_a_uniform_model_needs_log2_of_the_alphabet(length, monkeypatch):
    """Every symbol counts once, whatever the length: a model that knows nothing needs exactly log2 V bits."""
    model = LanguageModel(8, ModelOptions(hidden=3, embedding=2))
    torch.nn.init.zeros_(model.readout.weight)
    torch.nn.init.zeros_(model.readout.bias)
    assert evaluate(model, torch.randint(8, (length,)))["bits"] == pytest.approx(3.0, rel=1e-6)


def test_too_short_to_measure(task):
    with pytest.raises(DataError, match="at least 2 symbols"):
        evaluate(task.model, torch.tensor([1]))


def test_streams_are_contiguous_and_targets_one_ahead(task):
    train = task.parts["train"]
    steps = task.length
    assert steps == (len(train) - 1) // 4
    for stream in range(4):
        assert torch.equal(task._inputs[:, stream], train[stream * steps : (stream + 1) * steps])
        assert torch.equal(task._targets[:, stream], train[stream * steps + 1 : (stream + 1) * steps + 1])


def test_too_short_a_text(tmp_path):
    file = tmp_path / "short.txt"
    file.write_text("short")
    with pytest.raises(DataError, match=r"too short: its training part has 4 symbols, too few for 32 streams"):
        LanguageModelTask(load_corpus(file, as_bytes=False), TextOptions(), ModelOptions(), batch=32)


LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0, -2.0])


def shares(options, draws=4000):
    generator = torch.Generator().manual_seed(0)
    counts = torch.zeros(5)
    for _ in range(draws):
        counts[draw(LOGITS, options, generator)] += 1
    return counts / draws


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_follow_the_tempered_distribution(temperature):
    expected = (LOGITS / temperature).softmax(-1)
    assert (shares(SamplingOptions(temperature=temperature)) - expected).abs().max() < 0.03


def test_temperature_zero_is_the_likeliest():
    assert shares(SamplingOptions(temperature=0.0), 5).tolist() == [1, 0, 0, 0, 0]


def test_top_k_draws_among_k():
    got = shares(SamplingOptions(temperature=1.0, top_k=2))
    expected = torch.cat([LOGITS[:2].softmax(-1), torch.zeros(3)])
    assert (got - expected).abs().max() < 0.03


def test_top_p_draws_among_the_fewest_that_reach_p():
    # softmax: .636 .234 .086 .032 .012; 0.8 needs the first two, 0.9 the first three
    assert (shares(SamplingOptions(temperature=1.0, top_p=0.8)) > 0).tolist() == [True, True, False, False, False]
    assert (shares(SamplingOptions(temperature=1.0, top_p=0.9)) > 0).tolist() == [True, True, True, False, False]
    assert shares(SamplingOptions(temperature=1.0, top_p=0.01), 50).tolist() == [1, 0, 0, 0, 0]


def test_writing_equals_drawing_from_the_model_step_by_step(task):
    """Carried state and prompt: each symbol is drawn from what the whole text so far gives, run from its start."""
    options = SamplingOptions(temperature=1.3, seed=5)
    prompt = "Full fathom"
    text = "".join(generate(task.model, task.vocabulary, prompt, 12, options))
    generator = torch.Generator().manual_seed(5)
    ids = task.vocabulary.encode(prompt, "prompt").tolist()
    with torch.no_grad():
        for _ in range(12):
            logits, _ = task.model(torch.tensor(ids)[:, None])
            ids.append(draw(logits[-1, 0], options, generator))
    assert task.vocabulary.decode(ids[-12:]) == text


def test_sampling_repeats_by_seed_and_leaves_global_randomness_alone(task):
    before = torch.get_rng_state()
    a, b, c = (task.sample(30, seed) for seed in (3, 3, 4))
    assert a == b != c
    assert torch.equal(torch.get_rng_state(), before)
    task.evaluate("held_out")
    assert torch.equal(torch.get_rng_state(), before)


def test_sampling_keeps_the_training_mode(task):
    task.model.train()
    task.sample(3, 0)
    assert task.model.training
    next(generate(task.model, task.vocabulary, "O", 5, SamplingOptions()))
    assert task.model.training


def test_a_broken_model_says_so(task):
    with torch.no_grad():
        task.model.readout.bias[0] = float("nan")
    with pytest.raises(DivergedError, match="not finite"):
        list(write(task.model, torch.tensor([0]), 3, SamplingOptions()))


def test_bytes_write_text(text):
    corpus = load_corpus(text, as_bytes=True)
    task = LanguageModelTask(corpus, TextOptions(), ModelOptions(hidden=4, embedding=3), batch=4)
    assert isinstance(task.sample(40, 0), str)
    assert task.unit == "byte"


def test_models_come_back_from_their_file(task, tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(task.serialise())
    model, vocabulary, options = opened(file)
    assert (vocabulary, options) == (task.vocabulary, task.options)
    ids = task.parts["held_out"]
    assert evaluate(model, ids) == evaluate(task.model.eval(), ids)
    assert not model.training


def test_a_checkpoint_is_not_a_model(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(seal(safetensors.torch.save({"a": torch.ones(1)}, {"format": "something/2"})))
    with pytest.raises(RunError, match=r"something/2, not undertow-language-model/1"):
        load(unseal(file))


@pytest.mark.parametrize("cell", ["rnn", "gru", "peephole_lstm", "min_gru"])
def test_every_kind_of_cell_makes_a_language_model(cell):
    model = LanguageModel(5, ModelOptions(cell=cell, hidden=6, layers=2, embedding=3, residual=True, dropout=0.1))
    logits, state = model(torch.zeros(4, 2, dtype=torch.long))
    assert logits.shape == (4, 2, 5)
    assert model(torch.zeros(1, 2, dtype=torch.long), state)[0].shape == (1, 2, 5)


REMEDIES = {
    "irnn": (dict(cell="rnn", nonlinearity="relu", init="identity"), dict(init="identity")),
    "zoneout": (dict(zoneout=0.1), {}),
    "dropouts": (dict(recurrent_dropout=0.2, candidate_dropout=0.3), {}),
    "residual": (dict(residual=True), dict(residual=True)),
    "chrono": (dict(init="chrono", memory=40), dict(init="chrono", memory=40)),
    "forget bias": (dict(forget_bias=1.0), dict(forget_bias=1.0)),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_remedies_reach_the_layer(name):
    options, attributes = REMEDIES[name]
    layer = LanguageModel(5, ModelOptions(hidden=6, layers=2, embedding=3, **options)).recurrent
    for attribute, value in attributes.items():
        assert getattr(layer, attribute) == value
    dropouts = options.get("recurrent_dropout", 0.0), options.get("candidate_dropout", 0.0)
    assert (layer.noise.operands, layer.noise.candidate) == dropouts
    assert dict(layer.noise.kept) == (dict(h=0.1, c=0.1) if name == "zoneout" else {})
    assert layer.cell.arguments == (dict(nonlinearity="relu") if name == "irnn" else {})


@pytest.mark.parametrize("normalisation", ["layer", "batch", "recurrent batch"])
def test_normalised_models_write_and_come_back(text, tmp_path, normalisation):
    options = ModelOptions(hidden=9, embedding=4, normalisation=normalisation, normalisation_gain=0.5)
    task = LanguageModelTask(load_corpus(text, as_bytes=False), TextOptions(data=str(text)), options, batch=4)
    task.loss(TextWindow(0, 16, 16, 0, fresh=True, streams=range(4)), None).loss.backward()
    file = tmp_path / "model.safetensors"
    file.write_bytes(task.serialise())
    model, _, loaded = opened(file)
    assert loaded == options
    assert model.recurrent.normalisation.gain == 0.5
    ids = task.parts["held_out"]
    assert evaluate(model, ids) == evaluate(task.model, ids)
    assert "".join(generate(model, task.vocabulary, "O", 20, SamplingOptions(seed=1))) == "".join(
        generate(task.model, task.vocabulary, "O", 20, SamplingOptions(seed=1))
    )


def test_a_remedy_without_a_place_is_told():
    with pytest.raises(OptionError, match="nonlinearity belongs to the cell rnn; cell 'gru' has none"):
        ModelOptions(cell="gru", nonlinearity="relu")
    with pytest.raises(OptionError, match=r"model\.zoneout must be below 1, got 1\.0"):
        ModelOptions(zoneout=1.0)


def test_a_model_saved_before_an_option_was_there_has_its_default(task, tmp_path):
    data = task.serialise()
    metadata = read_metadata(unsealed(data, tmp_path))
    old = json.loads(metadata["model"])
    for name in ("nonlinearity", "zoneout", "recurrent_dropout", "candidate_dropout", "normalisation"):
        del old[name]
    tensors = safetensors.torch.load(unsealed(data, tmp_path))
    file = tmp_path / "old.safetensors"
    file.write_bytes(seal(safetensors.torch.save(tensors, metadata | {"model": json.dumps(old)})))
    model, _, options = opened(file)
    assert options == task.options
    ids = task.parts["held_out"]
    assert evaluate(model, ids) == evaluate(task.model.eval(), ids)


def opened(file):
    """Model, vocabulary and options of a file."""
    trained = load(unseal(file))
    return trained.model, trained.vocabulary, trained.options


def unsealed(data, folder):
    file = folder / "sealed"
    file.write_bytes(data)
    return unseal(file)


# ---- pieces


@pytest.fixture
def in_pieces(text):
    torch.manual_seed(1)
    own = TextOptions(data=str(text), pieces=300)
    return prepare(Setup(own, ModelOptions(hidden=9, embedding=4), 4, window=16))


@torch.no_grad()
def test_bits_of_pieces_are_by_the_character(in_pieces):
    """The slow twin's bits a piece, shared out among the text's characters."""
    ids = in_pieces.parts["held_out"]
    letters = in_pieces.vocabulary.decode(ids[1:].tolist())
    by_hand = bits_one_by_one(in_pieces.model, ids) * (len(ids) - 1) / len(letters)
    assert in_pieces.evaluate("held_out")["bits"] == pytest.approx(by_hand, rel=1e-6)
    assert len(letters) > 1.5 * len(ids)
    assert in_pieces.unit == "char"


def test_the_loss_of_pieces_is_by_the_character_too(in_pieces):
    piece = in_pieces.plan(0)[1]
    found = in_pieces.loss(piece, None)
    right = in_pieces._targets[piece.start : piece.stop].t()
    letters = sum(len(in_pieces.vocabulary.decode(stream.tolist())) for stream in right)
    logits, _ = in_pieces.model(in_pieces._inputs[piece.start : piece.stop])
    nats = torch.nn.functional.cross_entropy(logits.flatten(0, 1), right.t().flatten(), reduction="sum")
    assert found.count == letters
    assert found.loss.item() == pytest.approx(nats.item() / letters, rel=1e-5)


def test_pieces_are_kept_with_the_model(in_pieces, tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(in_pieces.serialise())
    again = load(unseal(file))
    assert again.vocabulary == in_pieces.vocabulary
    options = SamplingOptions(seed=3)
    written = ["".join(generate(m, again.vocabulary, "O ", 30, options)) for m in (again.model, in_pieces.model)]
    assert written[0] == written[1]
    with pytest.raises(OptionError, match="choose one"):
        TextOptions(bytes=True, pieces=300)
