"""Scores against sacrebleu, statsmodels, a slow twin and figures by hand; the nearest pair against scikit-learn."""

import functools

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings, strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from statsmodels.stats.proportion import proportion_confint

from undertow.errors import OptionError
from undertow.tasks.translate.examining import unscored
from undertow.tasks.translate.nearest import nearest_sources
from undertow.tasks.translate.scoring import check_sacrebleu, distance, error_rate, exact, overlap

WRITTEN = ["Dieu créa le ciel et la terre.", "Cela était bon.", "Il dit: va!", "le roi de Juda"]
TRUE = ["Dieu créa les cieux et la terre.", "Dieu vit que cela était bon.", "Il dit: va!", "les rois de Juda"]

words = st.lists(st.sampled_from("abc"), max_size=7)


def slow_distance(a, b):
    """Levenshtein's recursion as it is defined."""

    @functools.cache
    def left(i, j):
        if not i or not j:
            return i + j
        return min(left(i - 1, j) + 1, left(i, j - 1) + 1, left(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return left(len(a), len(b))


@settings(deadline=None)
@given(words, words)
def test_the_distance_is_levenshteins(a, b):
    assert distance(a, b) == slow_distance(a, b)


def test_the_distance_by_hand():
    assert distance("kitten", "sitting") == 3
    assert distance([], ["AH0"]) == 1


def test_error_rate_counts_all_tokens_alike():
    found = error_rate([["a", "b"], ["c"]], [["a", "x", "y"], ["c"]], "rate")
    assert found["rate"] == 2 / 4
    assert 0 == found["rate_low"] <= found["rate"] <= found["rate_high"] == pytest.approx(2 / 3)


def test_the_interval_of_the_error_rate_holds_the_true_rate_as_often_as_it_says():
    """Samples with a known rate of errors: 95% of intervals are to hold it."""
    draw = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        true = [["a"] * n for n in draw.integers(1, 9, size=80)]
        written = [["b" if draw.random() < 0.3 else "a" for _ in sample] for sample in true]
        found = error_rate(written, true, "rate")
        held += found["rate_low"] <= 0.3 <= found["rate_high"]
    assert 88 <= held <= 100


@pytest.mark.parametrize("right", [0, 1, 17, 40])
def test_the_share_of_whole_sentences_has_wilsons_interval(right):
    found = exact(["a"] * right + ["b"] * (40 - right), ["a"] * 40)
    low, high = proportion_confint(right, 40, method="wilson")
    assert (found["exact"], found["exact_low"], found["exact_high"]) == pytest.approx((right / 40, low, high))


def test_bleu_and_chrf_are_sacrebleus():
    found, how = overlap(WRITTEN, TRUE)
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(WRITTEN, [TRUE]).score, abs=1e-3)
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(WRITTEN, [TRUE]).score, abs=1e-3)
    assert 0 < found["bleu"] < 100
    assert found["bleu_low"] < found["bleu_high"]
    assert found["chrf_low"] < found["chrf_high"]
    assert "tok:13a" in how[0]
    assert how[1].startswith("chrF2")


def test_a_score_whose_resamples_are_sometimes_zero_has_no_interval():
    """sacrebleu fails there: one sentence is right, the other shares nothing with its reference."""
    found, _ = overlap(["a b c d e", "x"], ["a b c d e", "y"])
    assert found["chrf"] == pytest.approx(sacrebleu.corpus_chrf(["a b c d e", "x"], [["a b c d e", "y"]]).score)
    assert "chrf_low" not in found


def test_what_is_ignored():
    assert unscored(["AH0", "N", "IY1", "2"], "012") == ["AH", "N", "IY"]


def test_the_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sacrebleu", None)
    with pytest.raises(OptionError, match=r"undertow\[translate\]"):
        check_sacrebleu()


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.text("abc d", min_size=1, max_size=9), min_size=1, max_size=8),
    st.lists(st.text("abcde ", min_size=1, max_size=9), min_size=1, max_size=4),
)
def test_the_nearest_is_scikit_learns(known, queries):
    def grams(text):
        padded = f" {' '.join(text.split())} "
        return [padded[at : at + 3] for at in range(max(1, len(padded) - 2))]

    vectors = TfidfVectorizer(analyzer=grams).fit(known)
    likeness = (vectors.transform(queries) @ vectors.transform(known).T).toarray()
    for row, found in enumerate(nearest_sources(known, queries)):
        assert likeness[row, found] == pytest.approx(likeness[row].max(), abs=1e-9)


def test_of_equals_the_first_is_nearest():
    assert nearest_sources(["the king", "The King", "a queen"], ["the king", "zzz"]).tolist() == [0, 0]
