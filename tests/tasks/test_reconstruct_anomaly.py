"""Anomalies: scores against Mahalanobis' distance, thresholds against their promised rate, figures against sklearn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats
from scipy.spatial.distance import mahalanobis
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from undertow.errors import DataError
from undertow.tasks.reconstruct.anomaly import (
    Flagged,
    Spread,
    average_precision,
    flagged_figures,
    runs_of,
    tail_threshold,
    threshold_of,
    window_score,
)
from undertow.tasks.reconstruct.embedding import two_dimensions
from undertow.tasks.reconstruct.pictures import histogram, thinned

few_scores = st.sampled_from([-math.inf, 0.0, 0.5, 1.0, 2.0])  # equal scores are common


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), few_scores), min_size=1, max_size=40))
def test_average_precision_is_scikit_learns(pairs):
    truth, scores = (np.array(part) for part in zip(*pairs, strict=True))
    if truth.any():
        finite = np.maximum(scores, -99)  # which scikit-learn asks for
        assert average_precision(truth, scores) == pytest.approx(average_precision_score(truth, finite), abs=1e-12)
    else:
        assert math.isnan(average_precision(truth, scores))


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_what_is_true_without_a_break(flags):
    flags = np.array(flags, dtype=bool)
    runs = runs_of(flags)
    rebuilt = np.zeros(len(flags), dtype=bool)
    for start, stop in runs:
        assert flags[start:stop].all()
        assert start == 0 or not flags[start - 1]
        assert stop == len(flags) or not flags[stop]
        rebuilt[start:stop] = True
    assert (rebuilt == flags).all()


@pytest.fixture
def errors():
    """Errors in three channels that go together."""
    mixed = np.random.default_rng(0).normal(size=(500, 3)) @ np.array([[1, 0.9, 0], [0, 0.2, 0], [0, 0, 5]])
    return mixed + np.array([0.5, 0, -1])


def test_scores_are_mahalanobis_distances_over_the_root_of_the_channels(errors):
    inverse = np.linalg.inv(np.cov(errors.T))
    expected = [mahalanobis(e, errors.mean(0), inverse) / math.sqrt(3) for e in errors]
    assert Spread.of(errors).score(errors) == pytest.approx(np.array(expected), rel=1e-3)


def test_a_missing_channel_leaves_the_distance_of_the_others(errors):
    """As if it had never been there: channels that go with it don't alarm for its sake."""
    lacking = errors.copy()
    lacking[::2, 1] = np.nan
    lacking[7] = np.nan
    got = Spread.of(errors).score(lacking)
    without = Spread.of(errors[:, [0, 2]]).score(errors[:, [0, 2]])
    assert got[::2] == pytest.approx(without[::2], rel=1e-3)
    assert math.isnan(got[7])
    assert np.isfinite(np.delete(got, 7)).all()


def test_channels_that_break_what_binds_them_alarm_though_each_is_ordinary(errors):
    spread = Spread.of(errors)
    together, apart = np.array([[1.5, 1.0, -1.0]]), np.array([[1.5, -1.0, -1.0]])
    assert spread.score(apart)[0] > 4 * spread.score(together)[0]


def test_a_channel_that_never_errs_is_no_division_by_zero():
    errors = np.random.default_rng(0).normal(size=(50, 2)) * [1, 0]
    assert np.isfinite(Spread.of(errors).score(errors + np.array([0, 1]))).all()


def test_too_few_steps_are_told():
    with pytest.raises(
        DataError, match="2 steps in which nothing is missing, too few to learn how errors in 3 channels"
    ):
        Spread.of(np.array([[1, 2, 3], [2, 1, 3], [1, np.nan, 2.0]]))


def test_a_window_scores_the_root_mean_square_of_what_is_known():
    assert window_score(np.array([3.0, np.nan, 4.0])) == pytest.approx(math.sqrt(12.5))
    assert math.isnan(window_score(np.array([np.nan])))


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_with_enough_data_the_threshold_is_the_quantile(rate):
    scores = np.random.default_rng(1).exponential(size=5000)
    assert (scores > threshold_of(scores, rate)).mean() == pytest.approx(rate, abs=3e-4)


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.15])
def test_rarer_than_the_data_the_tail_tells(shape):
    """500 normal scores and a rate of 1 in 1,000: within a factor of two of where the distribution has it."""
    law = stats.genpareto(shape)
    found = [tail_threshold(law.rvs(500, random_state=seed), 0.001) for seed in range(40)]
    assert 0.0005 < np.median(law.sf(found)) < 0.002


def test_few_scores_take_the_tail_and_none_are_an_error():
    scores = np.random.default_rng(1).exponential(size=200)
    assert threshold_of(scores, 0.001) == pytest.approx(tail_threshold(scores, 0.001))
    assert threshold_of(scores, 0.001) > np.quantile(scores, 0.99)
    with pytest.raises(DataError, match="no normal score"):
        threshold_of(np.array([np.nan]), 0.1)


def test_figures_are_scikit_learns_and_runs_are_counted():
    rng = np.random.default_rng(2)
    truth = [np.repeat([False, True, False, True], [40, 10, 45, 5]), np.repeat([True, False], [8, 92])]
    scores = [rng.normal(size=100) + 2 * t for t in truth]
    scores[0][45] = np.nan
    scores[1][:8] = -5
    got = flagged_figures([Flagged(s, 1.0, t) for s, t in zip(scores, truth, strict=True)], "steps_")
    every, all_scores = np.concatenate(truth), np.nan_to_num(np.concatenate(scores), nan=-99)
    flags = all_scores > 1
    precision, recall, f1, _ = precision_recall_fscore_support(every, flags, average="binary")
    assert got["steps_precision"] == pytest.approx(precision)
    assert got["steps_recall"] == pytest.approx(recall)
    assert got["steps_f1"] == pytest.approx(f1)
    assert got["steps_average_precision"] == pytest.approx(average_precision_score(every, all_scores))
    assert got["steps_false_alarms"] == pytest.approx(flags[~every].mean())
    assert (got["steps_runs"], got["steps_runs_found"]) == (3, 2)


def test_unknown_anomalies_have_no_figures_and_absent_ones_no_recall():
    assert flagged_figures([Flagged(np.ones(3), 0.5)]) == {}
    only = flagged_figures([Flagged(np.array([0.0, 1.0]), 0.5, np.zeros(2, dtype=bool))])
    assert only["false_alarms"] == 0.5
    assert "recall" not in only
    assert "average_precision" not in only


def test_two_dimensions_are_sklearns_principal_components():
    from sklearn.decomposition import PCA

    vectors = np.random.default_rng(3).normal(size=(60, 5)) @ np.diag([5, 3, 1, 1, 1]) + 4
    points, shares = two_dimensions(vectors)
    pca = PCA(2).fit(vectors)
    assert np.abs(points) == pytest.approx(np.abs(pca.transform(vectors)))
    assert shares == pytest.approx(pca.explained_variance_ratio_)
    assert two_dimensions(vectors[::-1])[0][::-1] == pytest.approx(points)


def test_two_dimensions_of_less():
    points, shares = two_dimensions(np.array([[1.0], [3.0]]))
    assert points.tolist() == [[-1, 0], [1, 0]]
    assert shares.tolist() == [1, 0]
    assert two_dimensions(np.ones((3, 4)))[1].tolist() == [0, 0]


def test_thinned_scores_keep_every_peak():
    scores = np.random.default_rng(4).normal(size=1003)
    scores[500] = 50.0
    scores[10:20] = np.nan
    points = thinned(scores, 100)
    assert len(points) <= 100
    assert (500, 50.0) in points
    assert all(score is None or score == pytest.approx(scores[at], rel=1e-3) for at, score in points)
    assert thinned(np.full(4, np.nan), 2) == [(0, None), (2, None)]


def test_a_histogram_counts_each_window_once():
    scores = np.array([0.5, 1.0, 1.0, 2.0, np.nan, 40.0])
    bins = histogram(scores, np.array([False, False, True, False, False, True]), 3.0)
    assert (sum(bins["normal"]), sum(bins["anomalous"])) == (3, 2)
    assert bins["anomalous"][-1] == 1
    assert bins["threshold"] == 3.0
    assert histogram(scores, None, 3.0)["anomalous"] is None
