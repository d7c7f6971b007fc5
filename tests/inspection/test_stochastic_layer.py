"""What Gaussian noise lets through is bracketed, and given classes it is less."""

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import norm, spearmanr
from sklearn.metrics import log_loss

from skmi.bottleneck import IBClassifier
from skmi.exceptions import EstimationWarning
from skmi.inspection import stochastic_layer_information
from skmi.training import Optimizer

BOUNDS = ("monte_carlo", "leave_one_out", "jensen")


def normal_rows(n):
    """Return n quantiles of a standard normal: rows without an error of sampling."""
    return norm.ppf((np.arange(n) + 0.5) / n)


@pytest.mark.parametrize("s", [0.5, 1.0, 2.0])
def test_noise_on_a_gaussian_leaves_the_capacity_of_the_channel(s):
    truth = 0.5 * np.log1p(1 / s**2)
    mu = normal_rows(2000)
    # Of one draw a row the standard error is at most sqrt(.5 / 2000), of ten .005.
    options = {"n_draws": 10, "random_state": 0}
    low = stochastic_layer_information(mu, s, **options)
    high = stochastic_layer_information(mu, s, bound="leave_one_out", **options)
    assert low == pytest.approx(truth, abs=0.02)
    assert high == pytest.approx(truth, abs=0.02)


@pytest.mark.filterwarnings("ignore::skmi.exceptions.EstimationWarning")
@pytest.mark.parametrize("s", [0.2, 0.5, 1.0])
def test_the_bounds_bracket_the_information_in_expectation(s):
    truth = 2 * np.log1p(1 / s**2)
    samples = np.random.default_rng(0).standard_normal((20, 100, 4))
    mean, error = {}, {}
    for bound in BOUNDS:
        values = [
            stochastic_layer_information(mu, s, bound=bound, random_state=seed)
            for seed, mu in enumerate(samples)
        ]
        mean[bound], error[bound] = np.mean(values), np.std(values) / np.sqrt(20)
    assert mean["monte_carlo"] < truth + 2 * error["monte_carlo"]
    assert mean["leave_one_out"] > truth - 2 * error["leave_one_out"]
    assert mean["jensen"] > mean["leave_one_out"]
    # Not met by being far away where the noise is strong.
    if s == 1.0:
        assert mean["monte_carlo"] > 0.75 * truth
        assert mean["leave_one_out"] < 1.25 * truth


def test_the_monte_carlo_bound_stops_at_log_m_and_says_so():
    mu = np.arange(50.0)
    with pytest.warns(EstimationWarning, match=r"3\.91 nats of the 3\.91"):
        mi = stochastic_layer_information(mu, 0.01, random_state=0)
    assert mi == pytest.approx(np.log(50), abs=1e-12)


def test_jensen_is_the_mean_divergence_of_two_rows():
    rng = np.random.default_rng(0)
    mu, sigma = rng.standard_normal((30, 3)), rng.uniform(0.5, 2, (30, 3))
    total = 0.0
    for m, s in zip(mu, sigma, strict=True):
        terms = np.log(sigma / s) + (s**2 + (m - mu) ** 2) / (2 * sigma**2) - 0.5
        total += terms.sum()
    value = stochastic_layer_information(mu, sigma, bound="jensen")
    assert value == pytest.approx(total / (30 * 29), rel=1e-12)


def test_given_the_class_only_what_exceeds_the_class_is_left():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=1500)
    # Classes far apart, a row differing within its class by a standard normal.
    mu = 100.0 * y + rng.standard_normal(1500)
    inside = stochastic_layer_information(mu, 1.0, y, n_draws=5, random_state=0)
    both = stochastic_layer_information(mu, 1.0, n_draws=5, random_state=0)
    share = np.bincount(y) / y.size
    assert inside == pytest.approx(0.5 * np.log(2), abs=0.03)
    # The chain rule holds draw by draw: classes are told apart without error.
    assert both - inside == pytest.approx(-(share * np.log(share)).sum(), abs=1e-9)


@pytest.mark.parametrize("bound", BOUNDS)
def test_classes_weigh_by_their_frequency(bound):
    rng = np.random.default_rng(1)
    mu, y = rng.standard_normal((60, 2)), np.repeat(["a", "b"], [20, 40])
    # 2000 draws leave an error of at most sqrt(.2 / 60 / 2000) = .0013.
    options = {"bound": bound, "n_draws": 2000, "random_state": 0}
    whole = stochastic_layer_information(mu, 3.0, y, **options)
    a, b = (stochastic_layer_information(mu[y == c], 3.0, **options) for c in "ab")
    assert a != pytest.approx(b, abs=0.01)
    tolerance = 1e-12 if bound == "jensen" else 0.004
    assert whole == pytest.approx(a / 3 + 2 * b / 3, abs=tolerance)


@pytest.mark.parametrize("bound", BOUNDS)
def test_rows_that_are_all_alike_tell_exactly_nothing(bound):
    mi = stochastic_layer_information(
        np.full((40, 3), 7.0), 0.1, bound=bound, random_state=0
    )
    assert mi == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("bound", ["leave_one_out", "jensen"])
def test_a_class_of_one_row_adds_nothing(bound):
    mu = np.array([0.0, 1.0, 50.0])
    y = [0, 0, 1]
    alone = stochastic_layer_information(mu, 1.0, y, bound=bound, random_state=0)
    rest = stochastic_layer_information(mu[:2], 1.0, bound=bound, random_state=0)
    assert alone == pytest.approx(2 / 3 * rest, rel=1e-12)


def test_one_scale_for_all_equals_a_scale_for_each_entry():
    mu = np.random.default_rng(0).standard_normal((80, 3))
    scales = (0.7, np.full(3, 0.7), np.full((80, 3), 0.7))
    values = [stochastic_layer_information(mu, s, random_state=0) for s in scales]
    np.testing.assert_allclose(values, values[0], rtol=1e-12)


def test_blocks_and_far_rows_change_nothing(monkeypatch):
    mu = np.random.default_rng(0).standard_normal((90, 3))
    expected = stochastic_layer_information(mu, 1.0, random_state=0)
    monkeypatch.setattr("skmi.inspection._mixture._BLOCK_BYTES", 8 * 90 * 7)
    assert stochastic_layer_information(mu, 1.0, random_state=0) == pytest.approx(
        expected, rel=1e-12
    )
    # Distances by differences, not by squares.
    monkeypatch.setattr("skmi.inspection._mixture._MAX_RATIO", 0.0)
    assert stochastic_layer_information(mu, 1.0, random_state=0) == pytest.approx(
        expected, rel=1e-10
    )


def test_digits_survive_means_that_are_far_from_their_noise():
    # Two rows a standard deviation apart, and one very far away.
    mu = np.array([0.0, 1.0, 1e9])
    near = stochastic_layer_information(mu[:2], 1.0, n_draws=400, random_state=0)
    all_of_them = stochastic_layer_information(mu, 1.0, n_draws=400, random_state=0)
    # H(far or near) + share of near * information of near, to the error of draws.
    expected = np.log(3) - 2 / 3 * np.log(2) + 2 / 3 * near
    assert all_of_them == pytest.approx(expected, abs=0.03)


@pytest.mark.filterwarnings("ignore:the information comes:UserWarning")
def test_hardly_any_noise_leaves_log_m_below_and_no_limit_above():
    # The same mean twice, and two others that no draw ever comes near.
    mu = np.array([[0.0], [0.0], [1.0], [2.0]])
    low = stochastic_layer_information(mu, 1e-200, random_state=0)
    high = stochastic_layer_information(
        mu, 1e-200, bound="leave_one_out", random_state=0
    )
    assert low == pytest.approx(1.5 * np.log(2))
    assert high == np.inf


def test_a_seed_decides_and_global_generators_are_left_alone():
    mu = np.random.default_rng(0).standard_normal((50, 2))
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    a, b = (stochastic_layer_information(mu, 1.0, random_state=3) for _ in range(2))
    assert a == b
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def small_classifiers():
    """Yield 24 classifiers of 50 rows in 5 classes, with new rows for each."""
    sizes, decays, seeds = (8, 32, 128, 256), (1e-4, 1e-2, 1.0), (0, 1)
    for width, decay, seed in itertools.product(sizes, decays, seeds):
        rng = np.random.default_rng(seed)
        centres = rng.uniform(-2, 2, (5, 2))
        y, new_y = np.repeat(np.arange(5), 10), np.repeat(np.arange(5), 400)
        X = centres[y] + 0.8 * rng.standard_normal((50, 2))
        new_X = centres[new_y] + 0.8 * rng.standard_normal((2000, 2))
        clf = IBClassifier(
            8,
            beta=0,
            hidden_layer_sizes=(width, width),
            optimizer=Optimizer("adamw", weight_decay=decay),
            lr=3e-3,
            max_epochs=150,
            batch_size=50,
            random_state=seed,
        )
        yield clf.fit(X, y), (X, y), (new_X, new_y)


@pytest.mark.slow
# Codes without a price keep rows apart, some of them as far as 2000 rows can tell.
@pytest.mark.filterwarnings("ignore::skmi.exceptions.EstimationWarning")
def test_networks_that_know_more_than_the_class_generalise_worse():
    gaps, informations = [], []
    for clf, (X, y), (new_X, new_y) in small_classifiers():
        losses = [
            log_loss(b, clf.predict_proba(a)) for a, b in ((X, y), (new_X, new_y))
        ]
        gaps.append(losses[1] - losses[0])
        with torch.no_grad():
            rows = clf.net_.prepare(new_X)
            mean, log_std, _ = clf.net_.module_.encode(rows)
        informations.append(
            stochastic_layer_information(
                mean.numpy(), log_std.exp().numpy(), new_y, random_state=0
            )
        )
    # .98 where it was first measured; the standard error of chance is .2.
    assert spearmanr(gaps, informations).statistic > 0.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mu": [[np.nan]]}, "mu must hold finite real numbers, found NaN"),
        ({"mu": ["a"]}, "mu must hold finite real numbers, found dtype"),
        ({"mu": []}, r"mu must be of shape \(n,\) or \(n, d\), not empty"),
        ({"sigma": 0.0}, "sigma must be finite and above 0, found a minimum of 0"),
        ({"sigma": [1.0, 2.0]}, r"sigma must be a number or an array of shape \(3,\)"),
        ({"y": [0, 1]}, r"y must be of shape \(4,\), one class for each row"),
        ({"y": [0, 1, np.nan, 1]}, "y must have a value in every row"),
        ({"bound": "club"}, "bound must be one of"),
        ({"n_draws": 0}, "n_draws must be an integer of at least 1, found 0"),
        ({"random_state": -1}, "random_state must be None, an integer"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    arguments = {"mu": np.zeros((4, 3)), "sigma": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        stochastic_layer_information(**arguments)
