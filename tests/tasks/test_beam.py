"""Beam search: against every sequence there is, against greedy search, and one sample among others."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings, strategies as st

from undertow.errors import DivergedError
from undertow.tasks.beam import beam_search, length_penalty
from undertow.tasks.model_options import ModelOptions
from undertow.tasks.text.model import LanguageModel
from undertow.tasks.text.reading import Vocabulary
from undertow.tasks.text.sampling import likeliest

END = 1


class Table:
    """A model of a few symbols that knows its whole prefix: logits for each, drawn once. Its state is the prefix."""

    def __init__(self, symbols, samples, length, seed):
        generator = torch.Generator().manual_seed(seed)
        self.samples, self.symbols, self.length = samples, symbols, length
        prefixes = [p for n in range(length) for p in itertools.product(range(symbols), repeat=n)]
        self.logits = {(b, p): 2 * torch.randn(symbols, generator=generator) for b in range(samples) for p in prefixes}

    def start(self):
        return [(b, None) for b in range(self.samples)]

    def step(self, tokens, state):
        state = [(b, () if p is None else (*p, int(t))) for (b, p), t in zip(state, tokens, strict=True)]
        return torch.stack([self.logits[place] for place in state]), state

    @staticmethod
    def select(state, numbers):
        return [state[n] for n in numbers.tolist()]

    def search(self, size, penalty=0.0, length=None):
        first = torch.zeros(self.samples, dtype=torch.long)
        return beam_search(
            self.step, self.select, self.start(), first,
            end=END, size=size, length=length or self.length, penalty=penalty,
        )  # fmt: skip

    def log_probability(self, sample, tokens):
        steps = enumerate(tokens)
        return sum(float(self.logits[sample, tokens[:t]].double().log_softmax(-1)[token]) for t, token in steps)

    def every(self, sample, penalty):
        """All sequences that end, or are as long as can be, by score."""
        found = []
        for n in range(1, self.length + 1):
            for tokens in itertools.product(range(self.symbols), repeat=n):
                if END not in tokens[:-1] and (tokens[-1] == END or n == self.length):
                    total = self.log_probability(sample, tokens)
                    found.append((total / length_penalty(n, penalty), tokens, total))
        return sorted(found, reverse=True)


def test_the_length_penalty_is_that_of_the_paper():
    """Wu et al. 2016, eq. 14: ((5 + |Y|)^alpha) / ((5 + 1)^alpha)."""
    assert length_penalty(13, 0.6) == pytest.approx((5 + 13) ** 0.6 / (5 + 1) ** 0.6)
    assert length_penalty(1, 0.7) == 1
    assert length_penalty(50, 0) == 1


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 3), st.integers(1, 4), st.sampled_from([0.0, 0.6, 1.0]), st.integers(0, 10_000))
def test_a_beam_as_wide_as_all_sequences_finds_the_best_in_order(symbols, length, penalty, seed):
    model = Table(symbols, 2, length, seed)
    width = symbols**length
    for sample, found in enumerate(model.search(width, penalty)):
        every = model.every(sample, penalty)
        assert len(found) == len(every)
        for hypothesis, (score, tokens, total) in zip(found, every, strict=True):
            assert hypothesis.tokens == tokens
            assert hypothesis.score == pytest.approx(score, rel=1e-6)
            assert hypothesis.log_probability == pytest.approx(total, rel=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 5), st.sampled_from([0.0, 1.0]), st.integers(0, 10_000))
def test_a_beam_of_one_is_greedy(symbols, penalty, seed):
    model = Table(symbols, 3, 4, seed)
    for sample, [found] in enumerate(model.search(1, penalty)):
        tokens = ()
        while len(tokens) < 4 and END not in tokens:
            tokens += (int(model.logits[sample, tokens].argmax()),)
        assert found.tokens == tokens


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 4), st.integers(1, 6), st.integers(0, 10_000))
def test_the_best_are_sorted_distinct_and_as_likely_as_they_say(symbols, size, seed):
    model = Table(symbols, 3, 5, seed)
    for sample, found in enumerate(model.search(size, 0.8)):
        assert 1 <= len(found) <= size
        assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
        assert len({h.tokens for h in found}) == len(found)
        for h in found:
            assert END not in h.tokens[:-1]
            assert h.tokens[-1] == END or len(h.tokens) == 5
            assert h.log_probability == pytest.approx(model.log_probability(sample, h.tokens), rel=1e-6)


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 4), st.integers(0, 10_000))
def test_samples_side_by_side_are_found_as_each_alone(size, seed):
    model = Table(3, 3, 4, seed)
    together = model.search(size, 0.5)
    for sample in range(3):
        alone = beam_search(
            model.step, model.select, [(sample, None)], torch.zeros(1, dtype=torch.long),
            end=END, size=size, length=4, penalty=0.5,
        )  # fmt: skip
        assert [h.tokens for h in alone[0]] == [h.tokens for h in together[sample]]


def test_without_an_end_every_sequence_is_as_long_as_asked():
    model = Table(3, 2, 4, 0)
    first = torch.zeros(2, dtype=torch.long)
    for found in beam_search(model.step, model.select, model.start(), first, end=None, size=3, length=4):
        assert [len(h.tokens) for h in found] == [4, 4, 4]


def test_symbols_that_are_impossible_are_never_written():
    def step(tokens, state):
        return torch.tensor([[-math.inf, 0.0, 1.0]]).expand(len(tokens), 3), state

    [found] = beam_search(step, lambda s, n: s, None, torch.zeros(1, dtype=torch.long), end=None, size=9, length=3)
    assert len(found) == 8
    assert all(0 not in h.tokens for h in found)


def test_a_diverged_model_is_told():
    def step(tokens, state):
        return torch.full((len(tokens), 3), math.nan), state

    with pytest.raises(DivergedError, match="diverged"):
        beam_search(step, lambda s, n: s, None, torch.zeros(1, dtype=torch.long), end=None, size=2, length=3)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("prompt", ["a", "ab", "abba"])
def test_the_likeliest_text_is_the_best_of_all_there_are(cell, prompt):
    """A language model of three letters: every text of four, scored whole, against a beam as wide as them."""
    torch.manual_seed(2)
    model = LanguageModel(3, ModelOptions(cell=cell, hidden=5, embedding=3, layers=2)).eval()
    torch.nn.init.normal_(model.readout.weight, std=2.0)
    vocabulary = Vocabulary("abc")

    @torch.no_grad()
    def whole(text):
        ids = vocabulary.encode(prompt + text, "here")
        logits, _ = model(ids[:-1, None])
        chosen = logits[:, 0].double().log_softmax(-1)[range(len(ids) - 1), ids[1:]]
        return float(chosen[len(prompt) - 1 :].sum())

    every = sorted((("".join(t), whole("".join(t))) for t in itertools.product("abc", repeat=4)), key=lambda p: -p[1])
    found = likeliest(model, vocabulary, prompt, 4, 81)
    assert [text for text, _ in found] == [text for text, _ in every]
    assert [value for _, value in found] == pytest.approx([value for _, value in every], rel=1e-5)
