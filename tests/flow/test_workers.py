"""Sums from several workers, and sums that are saved and taken up again."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, load_file, save

import undertow
from flow.test_cells import alike
from processes import ENVIRONMENT
from undertow.errors import DamagedError
from undertow.flow.quantities.lag_profile import LagProfile
from undertow.flow.schedule import at, every
from undertow.flow.watching import Watch
from undertow.nn import Recurrent

WORKER = Path(__file__).with_name("worker.py")
JOINT = LagProfile.kept[0].of("joint")
#: What is a sum over samples; gradients of probes are each worker's own.
ADDED = ("gradient", "gates", "half_life", "dead_units", "matrices", "omega", "paths", "inputs")


def model_of(backend="fused") -> Recurrent:
    torch.manual_seed(0)
    return Recurrent("lstm", 3, 5, 2, bidirectional=True, dtype=torch.float64, backend=backend)


def batches(windows=2):
    """Padded windows of 6 samples."""
    torch.manual_seed(1)
    for _ in range(windows):
        yield torch.randn(12, 6, 3, dtype=torch.float64), torch.tensor([12, 3, 9, 5, 11, 1])


def see(model, watch, windows, samples=slice(None)):
    for x, lengths in windows:
        output, _ = model(x[:, samples], lengths=lengths[samples])
        output.square().sum().backward()
    return watch


def begun(backend="fused", **options) -> tuple[Recurrent, Watch]:
    model = model_of(backend)
    return model, undertow.watch(model, examine=at([0, 1]), **options).start()


def whole_and_halves(backend):
    """Watches of the first window: of the whole batch, and of its halves."""
    watches = []
    for samples in (slice(None), slice(0, 3), slice(3, 6)):
        model, watch = begun(backend)
        watches.append(see(model, watch, batches(1), samples))
    return watches


def same(watch, expected, names):
    assert len(watch.history) == len(expected.history) > 0
    for a, b in zip(watch.history, expected.history, strict=True):
        assert (a.layer, a.direction) == (b.layer, b.direction)
        for name in names:
            alike(a.quantities[name], b.quantities[name], name)


def test_why_nothing_can_be_told_survives_a_checkpoint_and_a_merge():
    """One worker's batch has a NaN in it: that is the cause, and not an explosion."""
    batch = [(torch.randn(12, 6, 3, dtype=torch.float64), None) for _ in range(2)]
    batch[1][0][4, 2, 1] = torch.nan
    watches = []
    for x, _ in batch:
        model, watch = begun(reach=5)
        model(x)[0].square().sum().backward()
        watches.append(watch)
    healthy, ill = watches
    _, restored = begun(reach=5)
    restored.restore(load(save(ill.state())))
    healthy.take_in(load(save(ill.state())))
    for watch in (ill, restored, healthy):
        kinds = {finding.kind for finding in watch.verdict.findings}
        assert kinds == {"input not finite"}
        assert "at step 4 of sample 2" in str(watch.verdict)


@pytest.mark.parametrize("backend", ["fused", "reference"])
def test_halves_of_a_batch_merged_are_the_batch(backend):
    whole, one, other = whole_and_halves(backend)
    one.merge(other)
    for watch in (whole, one):
        watch.stop()
    same(one, whole, ADDED)
    assert [glance.windows for glance in one.history] == [2] * 4
    for a, b in zip(one.history, whole.history, strict=True):
        assert a.quantities["lag_profile"]["probes"] == 2 * b.quantities["lag_profile"]["probes"]


def test_merged_lag_profiles_are_medians_over_all_workers_samples():
    _, one, other = whole_and_halves("fused")
    apart = [w._eyes["recurrent.0", 0].quantities["lag_profile"].sums[JOINT] for w in (one, other)]
    expected = torch.cat([torch.from_numpy(a) for a in apart], 1)
    one.merge(other)
    one.stop()
    profile = one.history[0].quantities["lag_profile"]["joint"]
    torch.testing.assert_close(torch.tensor(profile), expected.nanquantile(0.5, 1).float(), rtol=1e-4, atol=1e-9)


def test_windows_of_other_lengths_are_merged_by_lag():
    """Workers' windows need not be equally long."""
    model, one = begun()
    _, other = begun()
    ((x, lengths),) = batches(1)
    see(model, one, [(x[:5], lengths.clamp(max=5))])
    see(next(iter(other._layers.values())), other, [(x, lengths)])
    both, expected = begun()
    see(both, expected, [(x[:5], lengths.clamp(max=5)), (x, lengths)])
    # Two windows of one worker are looked at apart: their sums are put together here.
    one.merge(other)
    one.stop()
    expected.stop()
    found = one.history[0].quantities["gradient"]["carried"]["h"]
    first, second = (g.quantities["gradient"]["carried"]["h"] for g in (expected.history[0], expected.history[4]))
    counts = [[int((n >= k + 1).sum()) for k in range(12)] for n in (lengths.clamp(max=5), lengths)]
    for lag, value in enumerate(found):
        parts = [(first[lag] if lag < 5 else 0, counts[0][lag]), (second[lag], counts[1][lag])]
        mean = sum((v or 0) ** 2 * c for v, c in parts) / sum(c for _, c in parts)
        assert value == pytest.approx(mean**0.5, rel=2e-4)


# ---- saved and restored


@pytest.mark.parametrize("windows", [1, 3], ids=["examined", "in between"])
def test_what_is_saved_in_the_middle_goes_on_as_if_nothing_had_been(windows):
    """Three of five windows before, two after, through a file's bytes; the fourth is examined."""
    model = model_of()
    straight = undertow.watch(model, examine=at([0, 3])).start()
    see(model, straight, batches(5)).stop()
    first = undertow.watch(model, examine=at([0, 3])).start()
    five = list(batches(5))
    see(model, first, five[:windows])
    saved = save({name: tensor.contiguous() for name, tensor in first.state().items()})
    taken = first.take() if windows == 3 else []
    first.stop()
    second = undertow.watch(model, examine=at([0, 3]))
    second.restore(load(saved))
    with second:
        see(model, second, five[windows:])
    assert second.step == straight.step == 5
    assert [*taken, *second.history] == straight.history
    # In files too: the order of names is that of one who was never interrupted.
    lines = [
        "\n".join(json.dumps(glance.line()) for glance in history)
        for history in ([*taken, *second.history], straight.history)
    ]
    assert lines[0] == lines[1]


def test_restored_sums_alone_tell_the_same():
    model, watch = begun()
    see(model, watch, batches(1))
    again = undertow.watch(model)
    again.restore(watch.state())
    watch.stop()
    again._look()
    assert again.history == watch.history
    assert not again.history[0].unavailable


def test_sums_of_a_shape_that_no_record_has_are_damaged():
    """As a forger writes them: what they amount to is looked at before it stands in a file that nobody can read."""
    model, watch = begun()
    see(model, watch, batches(1))
    state = watch.state()
    name = next(name for name in state if "/gradient/" in name)
    again = undertow.watch(model)
    forged = {**state, name: state[name][..., None].expand(*state[name].shape, 2).contiguous()}
    with pytest.raises(DamagedError, match="what the checkpoint has of the gradient"):
        again.restore(forged)
    watch.stop()


# ---- real processes


@pytest.mark.slow
def test_two_processes_with_half_the_batch_each(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {**ENVIRONMENT, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    common["PYTHONPATH"] = os.pathsep.join([str(WORKER.parents[1]), *sys.path])
    workers = [
        subprocess.Popen([sys.executable, str(WORKER), str(tmp_path / "sums")], env={**common, "RANK": str(rank)})
        for rank in (0, 1)
    ]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    model = model_of()
    merged = undertow.watch(model)
    merged.restore(load_file(tmp_path / "sums"))
    merged._look()
    expected = undertow.watch(model, examine=every(1)).start()
    see(model, expected, batches(1)).stop()
    same(merged, expected, ADDED)
    assert merged.history[0].windows == 2
