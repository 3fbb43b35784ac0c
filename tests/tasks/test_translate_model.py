"""Encoder, bridge, attention and decoder: against one sample and one step at a time, and on every cell."""

import pytest
import torch

from translating import pairs, task
from undertow import watch
from undertow.cells import CELLS
from undertow.errors import OptionError
from undertow.tasks.base import Setup
from undertow.tasks.given import Given
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.tokens import END, START
from undertow.tasks.translate import prepare
from undertow.tasks.translate.model import Bridge
from undertow.tasks.translate.options import ATTENTIONS, TranslateOptions
from undertow.tasks.translate.searching import alignment, forced, logits_of, translations


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(5)


@torch.no_grad()
def alone(model, source, written):
    """The slow twin: one sample without padding, the decoder called for each step. Log probabilities (T, V)."""
    at = model.encode(source[:, None], torch.tensor([len(source)]))
    found = []
    for token in [START, *written[:-1]]:
        logits, at, _ = model(torch.tensor([[token]]), at)
        found.append(logits[0, 0].double().log_softmax(-1))
    return torch.stack(found)


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize(("bidirectional", "layers"), [(True, 2), (False, 1)])
def test_a_batch_is_its_samples_one_by_one(attention, bidirectional, layers):
    made = task(attention=attention, bidirectional=bidirectional, layers=layers)
    model, data = made.model.eval(), made.system.encoded(*made.parts["validation"].sides)
    total = count = 0.0
    for source, target in zip(data.sources, data.targets, strict=True):
        written = [*target.tolist(), END]
        found = alone(model, source, written)
        total -= float(found[range(len(written)), written].sum())
        count += len(written)
    assert len({len(source) for source in data.sources}) > 2
    assert forced(model, data)["loss"] == pytest.approx(total / count, rel=1e-5)
    assert made.evaluate("validation")["loss"] == pytest.approx(total / count, rel=1e-5)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_the_search_writes_what_the_model_finds_likely(attention):
    made = task(attention=attention, longest=7, beam=3)
    model, data = made.model.eval(), made.system.encoded(*made.parts["validation"].sides)
    for source, hypotheses in zip(data.sources, translations(made.system, data.sources), strict=True):
        assert len(hypotheses) == 3
        for hypothesis in hypotheses:
            by_step = alone(model, source, hypothesis.tokens)[range(len(hypothesis.tokens)), hypothesis.tokens]
            assert hypothesis.log_probability == pytest.approx(float(by_step.sum()), rel=1e-4)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_scheduled_sampling_reads_the_truth_or_what_was_likeliest(attention):
    made = task(attention=attention)
    data = made.system.encoded(*made.parts["train"].sides)
    model, batch = made.model.eval(), data.batch(range(6))
    at = model.encode(batch.source, batch.source_lengths)
    every = model.sampled(batch.read, at, 1.0)
    own = batch.written != 0
    torch.testing.assert_close(every[own], logits_of(model, batch)[own])
    never = model.sampled(batch.read, at, 0.0)
    read = torch.cat([batch.read[:1], never.argmax(-1)[:-1]])
    torch.testing.assert_close(never, model(read, at)[0])
    assert not torch.equal(read, batch.read)
    torch.manual_seed(1)
    some = model.sampled(batch.read, at, 0.5)
    torch.manual_seed(1)
    assert torch.equal(some, model.sampled(batch.read, at, 0.5))


def test_the_bridge_begins_with_the_mean_of_both_directions():
    bridge = Bridge(CELLS["lstm"], (4, 4))
    h, c = bridge((torch.randn(4, 3, 4), torch.ones(4, 3, 4)))
    assert h.shape == (2, 3, 4)
    torch.testing.assert_close(c, torch.ones(2, 3, 4))
    state = torch.randn(4, 3, 4)
    mean = Bridge(CELLS["gru"], (4, 4))(state)
    torch.testing.assert_close(mean, torch.stack([(state[0] + state[1]) / 2, (state[2] + state[3]) / 2]))


def test_the_bridge_of_a_state_with_a_scale_is_the_reverse_direction():
    bridge = Bridge(CELLS["slstm"], (4, 4))
    state = tuple(torch.randn(4, 3, 4) for _ in range(4))
    assert list(bridge.parameters()) == []
    for part, bridged in zip(state, bridge(state), strict=True):
        assert torch.equal(bridged, part[[1, 3]])


def test_a_source_read_from_its_end_is_shown_in_its_own_order():
    plain, turned = task(bidirectional=False), task(bidirectional=False, reverse=True)
    turned.model.load_state_dict(plain.model.state_dict())
    source = plain.system.encoded(["abc"], []).sources[0]
    assert turned.system.encoded(["abc"], []).sources[0].tolist() == source.tolist()[::-1]
    written = (5, 6, END)
    straight = alignment(plain.system, source, written)
    assert straight.shape == (3, 3)
    torch.testing.assert_close(straight.sum(1), torch.ones(3))
    torch.testing.assert_close(alignment(turned.system, source, written), straight.flip(1))
    assert alignment(task(attention="none").system, source, written) is None


def losses(made, steps=12, rate=0.02):
    optimizer = torch.optim.Adam(made.model.parameters(), lr=rate)
    made.model.train()
    found = []
    for epoch in range(steps):
        for piece in made.plan(epoch)[:2]:
            loss = made.loss(piece, None).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(made.model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            found.append(loss.item())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_translates_with_telemetry_through_encoder_and_decoder(cell):
    made = task(cell=cell, hidden=12, batch=24)
    with watch(made.model) as seen:
        found = losses(made, steps=15)
    assert sum(found[-4:]) < 0.93 * sum(found[:4])
    places = {(glance.layer, glance.direction) for glance in seen.history}
    assert places == {("encoder.0", "forward"), ("encoder.0", "reverse"), ("decoder.0", "forward")}
    for glance in seen.history:
        assert "gradient" in glance.quantities, glance.unavailable
        assert max(v or 0 for v in glance.quantities["gradient"]["total"]["h"]) > 0
    made.model.eval()
    data = made.system.encoded(*made.parts["validation"].sides)
    assert len(translations(made.system, data.sources)) == len(data.sources)


def test_the_decoder_is_one_window_in_one_call_with_luong_and_step_by_step_with_bahdanau():
    for attention in ("luong", "bahdanau"):
        made = task(pairs(longest=6), attention=attention, batch=60)
        with watch(made.model) as seen:
            made.loss(made.plan(0)[0], None).loss.backward()
        windows = {glance.layer: (glance.steps, glance.windows) for glance in seen.history}
        assert windows["decoder.0"] == (7, 1)
        assert windows["encoder.0"][1] == 1


@pytest.mark.slow
@pytest.mark.parametrize("attention", ["luong", "bahdanau"])
def test_words_are_turned_round_after_some_training(attention):
    made = task(pairs(300, longest=7), hidden=48, batch=32, attention=attention, bidirectional=False)
    losses(made, steps=200, rate=0.01)
    assert made.examine("validation").figures["exact"] > 0.8


def test_label_smoothing_and_dropout_are_of_training_alone():
    plain, smooth = task(), task(label_smoothing=0.3, dropout=0.5)
    smooth.model.load_state_dict(plain.model.state_dict())
    assert smooth.evaluate("validation") == plain.evaluate("validation")
    piece = plain.plan(0)[0]
    smooth.model.eval()
    assert smooth.loss(piece, None).loss > plain.loss(piece, None).loss
    assert (
        smooth.loss(piece, None).count
        == plain.loss(piece, None).count
        == 8 * 1 + sum(len(plain.parts["train"].targets[row].split()) for row in piece)
    )


def test_statistics_by_step_are_refused():
    own = TranslateOptions(source_tokens="characters", target_tokens="symbols")
    with pytest.raises(OptionError, match="recurrent batch"):
        prepare(Setup(own, ModelOptions(normalisation="recurrent batch"), 8, given=Given(memory=pairs())))
