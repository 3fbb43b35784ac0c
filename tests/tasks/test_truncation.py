"""Truncated BPTT: which steps windows cover, and how far the gradient really flows."""

import itertools

import pytest
import torch
from hypothesis import given, settings, strategies as st

from undertow.tasks.model_options import ModelOptions
from undertow.tasks.text.options import TextOptions
from undertow.tasks.text.reading import load_corpus
from undertow.tasks.text.task import LanguageModelTask, TextWindow
from undertow.tasks.text.truncation import spans


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 60), st.integers(0, 70), st.integers(0, 70))
def test_every_step_is_scored_once_and_windows_hand_on_their_state(length, k1, more):
    plan = list(spans(length, k1, k1 + more if more else 0))
    scored = [t for s in plan for t in range(s.start + s.scored, s.stop)]
    assert scored == list(range(length))
    assert plan[0].fresh
    assert all(s.fresh == (s.start == 0) for s in plan)
    for before, after in itertools.pairwise(plan):
        assert after.start == before.start + before.carry
    real_k1 = min(k1 or length, length)
    real_k2 = max(k1 + more if more else 0, real_k1)
    for s in plan:
        assert s.stop - s.start <= real_k2
        reach = s.stop - s.start if s.stop == length else min(real_k2, s.stop)
        assert s.stop - s.start == reach or s.stop == length


def test_the_thesis_s_example():
    assert [(s.start, s.stop, s.scored) for s in spans(12, 3, 6)] == [(0, 3, 0), (0, 6, 3), (3, 9, 3), (6, 12, 3)]


def test_full_bptt_is_one_window():
    assert [(s.start, s.stop, s.fresh) for s in spans(40, 0, 0)] == [(0, 40, True)]


@pytest.mark.parametrize(("k1", "k2"), [(4, 4), (4, 9), (3, 12), (5, 0), (0, 0)])
def test_gradients_equal_a_hand_unrolled_twin(text, k1, k2):
    """The slow twin: for every window, run the whole stream from its start step by step and cut the state's graph
    where the window begins."""
    torch.manual_seed(0)
    options = ModelOptions(hidden=7, embedding=5)
    task = LanguageModelTask(load_corpus(text, as_bytes=False), TextOptions(data=str(text)), options, batch=3)
    task.model.double()
    length, carried = 23, None
    for span in spans(length, k1, k2):
        measured = task.loss(TextWindow(**vars(span), streams=range(3)), carried)
        carried = measured.carried
        assert measured.count == 3 * (span.stop - span.start - span.scored)
        got = torch.autograd.grad(measured.loss, list(task.model.parameters()))
        state, losses = None, []
        for t in range(span.stop):
            if t == span.start and state is not None:
                state = tuple(s.detach() for s in state)
            logits, state = task.model(task._inputs[t : t + 1], state)
            if t >= span.start + span.scored:
                losses.append(torch.nn.functional.cross_entropy(logits[0], task._targets[t]))
        expected = torch.autograd.grad(torch.stack(losses).mean(), list(task.model.parameters()))
        for a, b in zip(got, expected, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)
