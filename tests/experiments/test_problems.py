"""The problems are what they say they are: their answers, their lags, and their errors without memory."""

import math

import pytest
import torch

from problems import Adding, Copying, Digits, Recall


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_adding_asks_for_the_sum_of_the_two_marked_numbers():
    x, target = Adding(31).draw(500, generator())
    numbers, marks = x.unbind(-1)
    assert set(marks.unique().tolist()) == {0.0, 1.0}
    assert (marks[:15].sum(0) == 1).all()  # one in the first half,
    assert (marks[15:].sum(0) == 1).all()  # one in the second
    for sample in range(500):
        assert numbers[marks[:, sample] == 1, sample].sum() == pytest.approx(target[sample].item())
    assert Adding(31).reach == 30
    assert marks[0].any()  # some samples need all of that reach


@pytest.mark.parametrize("problem", [Adding(20), Recall(20)])
def test_the_memoryless_error_is_that_of_the_mean(problem):
    _, target = problem.draw(200_000, generator())
    mean = target.mean().expand_as(target)
    assert problem.loss(mean, target).item() == pytest.approx(problem.memoryless, rel=0.01)


def test_recall_asks_for_the_first_number():
    x, target = Recall(9).draw(50, generator())
    assert torch.equal(x[0, :, 0], target[:, 0])
    assert (x[0, :, 1] == 1).all()
    assert (x[1:, :, 1] == 0).all()


def test_copying_asks_for_ten_symbols_after_the_sign():
    problem = Copying(30)
    x, target = problem.draw(40, generator())
    read = x.argmax(-1)
    assert x.shape == (50, 40, 10)
    assert (x.sum(-1) == 1).all()
    assert torch.equal(read[:10], target[-10:])
    assert (read[:10] < 8).all()
    assert (read[10:39] == 8).all()
    assert (read[39] == 9).all()
    assert (read[40:] == 8).all()
    assert (target[:-10] == 8).all()
    assert problem.reach == 40  # the symbol at step i is due at step i + 40


def test_copying_memoryless_loss_is_that_of_guessing_among_eight():
    problem = Copying(30)
    _, target = problem.draw(40, generator())
    certain = torch.full((50, 40, 9), -100.0)
    certain[..., 8] = 100.0
    certain[-10:, :, :8], certain[-10:, :, 8] = 0.0, -100.0
    assert problem.loss(certain, target).item() == pytest.approx(problem.memoryless, rel=1e-5)
    assert problem.memoryless == pytest.approx(10 * math.log(8) / 50)
    right = 100 * torch.nn.functional.one_hot(target, 9).float()
    assert problem.score(right, target) == 1.0


def test_digits_are_held_out_and_permuted_alike():
    plain, permuted = Digits(), Digits(permuted=True)
    x, target = plain.held_out(500, generator())
    y, same = permuted.held_out(500, generator())
    assert x.shape == (64, 500, 1)
    assert torch.equal(target, same)
    assert torch.equal(x.sort(0).values, y.sort(0).values)
    assert not torch.equal(x, y)
    assert sorted(target.unique().tolist()) == list(range(10))
    (held_out, _), (trained, _) = plain._sets
    assert len(held_out) + len(trained) == 1797


def test_the_same_generator_gives_the_same_samples():
    for problem in (Adding(10), Recall(10), Copying(5), Digits()):
        for first, second in zip(problem.draw(4, generator(3)), problem.draw(4, generator(3)), strict=True):
            assert torch.equal(first, second)
