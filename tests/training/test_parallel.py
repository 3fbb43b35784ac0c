"""What processes share out among themselves, without processes: the shares together are the whole."""

import pytest
import torch
from hypothesis import given, settings, strategies as st

from sharing import configs
from undertow.errors import OptionError
from undertow.tasks.base import Setup
from undertow.training.config import Config
from undertow.training.launched import Launched, launched
from undertow.training.parallel import ALONE, Ranks, _joined

NAMES = ("classify", "forecast", "pieces", "rebuilt", "reconstruct", "series", "text", "translate")


@settings(deadline=None, derandomize=True)
@given(count=st.integers(0, 200), size=st.integers(1, 20))
def test_every_sample_is_one_ranks_and_shares_differ_by_one_at_most(count, size):
    samples = range(count)
    shares = [samples[Ranks(rank, size).share(count)] for rank in range(size)]
    assert [n for share in shares for n in share] == list(samples)
    lengths = [len(share) for share in shares]
    assert lengths == sorted(lengths, reverse=True)
    assert max(lengths) - min(lengths) <= 1
    assert not count or shares[0]


@settings(deadline=None, derandomize=True)
@given(batch=st.integers(1, 12), size=st.integers(1, 6), tuples=st.booleans())
def test_shares_of_a_state_side_by_side_are_the_state(batch, size, tuples):
    part = torch.arange(3.0 * batch * 2).view(3, batch, 2)
    state = (part, (part + 1, None)) if tuples else part
    joined = _joined([Ranks(rank, size).own(state) for rank in range(size)])
    if tuples:
        assert joined[1][1] is None
        assert torch.equal(joined[1][0], part + 1)
        joined = joined[0]
    assert torch.equal(joined, part)


@pytest.fixture(scope="module")
def doubles(tmp_path_factory):
    """Configs by name; what is made meanwhile is in float64."""
    torch.set_default_dtype(torch.float64)
    yield configs(tmp_path_factory.mktemp("data"))
    torch.set_default_dtype(torch.float32)


def gradients(task, piece, carried, factor=1.0):
    measured = task.loss(piece, carried)
    grads = torch.autograd.grad(measured.loss * factor, list(task.model.parameters()))
    return measured, torch.cat([g.flatten() for g in grads])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [2, 3])
def test_gradients_of_shares_weighed_add_up_to_that_of_the_whole(doubles, name, size):
    """Every piece of a pass, the small last ones too, by the weights that processes tell one another."""
    config = doubles[name]
    options = config.training
    torch.manual_seed(0)
    task = config.kind.prepare(Setup(config.own, config.model, options.batch, options.window, options.bptt, 1))
    for parameter in task.model.parameters():  # nothing is zero at the start
        torch.nn.init.normal_(parameter, std=0.3)
    carried, shares = None, [None] * size
    plan = sorted(task.plan(0), key=len)[:5] if carried is None and not config.kind.streams else task.plan(0)[:6]
    for piece in plan:
        whole, expected = gradients(task, piece, carried)
        parts = [piece[Ranks(rank, size).share(len(piece))] for rank in range(size)]
        assert sum(map(len, parts)) == len(piece)
        told = [task.loss(part, state) if len(part) else None for part, state in zip(parts, shares, strict=True)]
        total = sum(m.divisor for m in told if m)
        assert sum(m.count for m in told if m) == whole.count
        found, loss = torch.zeros_like(expected), 0.0
        for part, state, measured in zip(parts, shares, told, strict=True):
            if measured and measured.divisor:
                found += gradients(task, part, state, measured.divisor / total)[1]
                loss += measured.loss.item() * measured.divisor / total
        assert expected.abs().max() > 1e-3
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
        assert loss == pytest.approx(whole.loss.item(), rel=1e-12)
        carried, shares = whole.carried, [m.carried if m else None for m in told]


def test_small_last_batches_are_among_what_is_tested(doubles):
    for name in ("classify", "translate", "rebuilt"):
        config = doubles[name]
        task = config.kind.prepare(Setup(config.own, config.model, config.training.batch, seed=1))
        assert 0 < min(map(len, task.plan(0))) < 3


TOO_MUCH = {
    "batch": ({"batch": 1}, "training.batch is 1, and 2 processes share it"),
    "batch normalisation": ({"normalisation": "batch"}, "normalisation = 'batch' takes its statistics"),
    "recurrent": ({"normalisation": "recurrent batch"}, "normalisation = 'recurrent batch' takes its statistics"),
    "adversarial": ({"adversarial": 2.0}, "classify.adversarial is measured in units of a whole batch"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_a_share_cannot_tell_is_refused(name):
    changed, said = TOO_MUCH[name]
    config = Config.of("classify").replaced(changed)
    ALONE.check(config)
    with pytest.raises(OptionError, match=said):
        Ranks(1, 2).check(config)
    Ranks(1, 2).check(Config.of("classify").replaced({"normalisation": "layer", "batch": 2}))


def test_alone_everything_is_as_it_was():
    state = (torch.zeros(1, 2, 3), torch.ones(1, 2, 3))
    assert ALONE.own(state) is state
    assert ALONE.whole(state) is state
    assert ALONE.told(lambda: 3) == ALONE.each(lambda: 3) == 3
    assert ALONE.gathered("x") == ["x"]
    before = torch.get_rng_state()
    ALONE.scatter(1, 2)
    assert torch.equal(before, torch.get_rng_state())


def test_other_ranks_have_randomness_of_their_own():
    drawn = set()
    for seed, step, rank in [(0, 0, 1), (0, 0, 2), (0, 5, 1), (1, 0, 1)]:
        with torch.random.fork_rng(devices=[]):
            Ranks(rank, 3).scatter(seed, step)
            drawn.add(float(torch.rand(())))
    assert len(drawn) == 4


def test_what_torchrun_says():
    told = {"RANK": "3", "WORLD_SIZE": "8", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "LOCAL_WORLD_SIZE": "4"}
    assert launched(told) == Launched(3, 8, 4)
    assert launched({**told, "TORCHELASTIC_RESTART_COUNT": "2"}) == Launched(3, 8, 4, 2)
    assert launched({}) == launched({"RANK": "3"}) == Launched()
