"""IBRegressor against Gaussians, whose information plane is known in closed form."""

import math

import numpy as np
import pytest

from skmi.bottleneck import GaussianIB, IBRegressor
from skmi.exceptions import EstimationWarning


def small(**params):
    """Return a small, quick regressor with a linear encoder."""
    base = {
        "n_components": 1,
        "hidden_layer_sizes": (),
        "max_epochs": 20,
        "batch_size": 256,
        "lr": 0.01,
        "random_state": 0,
        "device": "cpu",
    }
    return IBRegressor(**{**base, **params})


def gaussian_pair(n=4000, rho=0.9, seed=0):
    """Return jointly Gaussian x (n, 1) and y (n,), of unit variance."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return x[:, None], rho * x + math.sqrt(1 - rho**2) * rng.normal(size=n)


def curve(rate, rho):
    """Return the largest I(Z;Y) at a rate for jointly Gaussian scalars."""
    return -0.5 * np.log(1 - rho**2 + rho**2 * np.exp(-2 * rate))


def optimal_rate(beta, rho):
    """Return where the slope of that curve is beta."""
    share = beta * (1 - rho**2) / (rho**2 * (1 - beta))
    return max(0.0, -0.5 * math.log(share))


def noisy_line(n=2000, scale=0.5, seed=0):
    """Return y = 2 x0 - x1 + noise of a known deviation."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, 2 * X[:, 0] - X[:, 1] + scale * rng.normal(size=n)


# The information plane


# Standard error of the entropy and of the likelihood from 4,000 rows: .011 each, of
# opposite signs in relevance; three times their difference at most.
SAMPLING = 0.04


@pytest.mark.parametrize(
    ("rho", "beta"), [(0.9, 0.1), (0.9, 0.3), (0.9, 0.6), (0.7, 0.1), (0.7, 0.3)]
)
def test_linear_gaussian_bottleneck_lies_on_its_curve_where_beta_says(rho, beta):
    reg = small(beta=beta, max_epochs=25).fit(*gaussian_pair(rho=rho))
    assert reg.relevance_ <= curve(reg.rate_, rho) + SAMPLING
    assert reg.relevance_ >= curve(reg.rate_, rho) - SAMPLING - 0.01
    assert reg.rate_ == pytest.approx(optimal_rate(beta, rho), abs=0.12)


@pytest.mark.parametrize("beta", [0.0, 1e-3, 0.2, 0.9])
def test_new_rows_lie_at_or_below_the_curve(beta):
    reg = small(beta=beta).fit(*gaussian_pair())
    rate, relevance = reg.rate_and_relevance(*gaussian_pair(seed=1))
    assert relevance <= curve(rate, 0.9) + SAMPLING


def test_nonlinear_encoder_does_not_rise_above_the_curve():
    params = {"n_components": 4, "hidden_layer_sizes": (32,), "max_epochs": 10}
    for beta in (0.05, 0.3):
        reg = small(beta=beta, **params).fit(*gaussian_pair())
        rate, relevance = reg.rate_and_relevance(*gaussian_pair(seed=1))
        assert relevance <= curve(rate, 0.9) + SAMPLING


@pytest.mark.filterwarnings("ignore:The code has collapsed")
def test_beyond_the_critical_beta_the_code_collapses():
    X, y = gaussian_pair(rho=0.7)
    reg = small(beta=3.0, max_epochs=40).fit(X, 5 + 2 * y)
    assert reg.rate_ < 1e-2
    assert abs(reg.relevance_) < SAMPLING
    # Standard error of the mean of y: 2 / sqrt(4000) = .03.
    np.testing.assert_allclose(reg.predict(X), 5.0, atol=0.3)
    assert reg.noise_scale_[0] == pytest.approx(2.0, rel=0.05)


@pytest.mark.filterwarnings("ignore:The code has collapsed")
def test_rate_and_relevance_fall_as_beta_grows():
    X, y = noisy_line()
    fits = [small(beta=b).fit(X, y) for b in (0.02, 0.1, 0.4, 2.0)]
    rates = [reg.rate_ for reg in fits]
    relevances = [reg.relevance_ for reg in fits]
    assert rates == sorted(rates, reverse=True)
    assert relevances == sorted(relevances, reverse=True)


@pytest.mark.parametrize("rho", [0.5, 0.8, 0.95])
def test_relevance_with_little_compression_is_the_true_information(rho):
    reg = small(beta=1e-3, max_epochs=40).fit(*gaussian_pair(rho=rho))
    truth = -0.5 * math.log(1 - rho**2)
    _, relevance = reg.rate_and_relevance(*gaussian_pair(seed=1, rho=rho))
    assert relevance == pytest.approx(truth, abs=SAMPLING)
    assert reg.relevance_ == pytest.approx(truth, abs=SAMPLING)


def test_relevance_has_no_units_and_the_entropy_has_those_of_y():
    X, y = gaussian_pair(1000)
    plain, scaled = small().fit(X, y), small().fit(X, 1000 * y - 7)
    assert scaled.relevance_ == pytest.approx(plain.relevance_, abs=1e-3)
    assert scaled.target_entropy_ == pytest.approx(
        plain.target_entropy_ + math.log(1000), abs=1e-6
    )
    assert scaled.noise_scale_[0] == pytest.approx(
        1000 * plain.noise_scale_[0], rel=1e-3
    )
    np.testing.assert_allclose(
        scaled.predict(X), 1000 * plain.predict(X) - 7, rtol=1e-3, atol=5.0
    )


def test_entropy_of_a_normal_target_is_that_of_the_normal():
    reg = small(max_epochs=1).fit(*gaussian_pair())
    truth = 0.5 * math.log(2 * math.pi * math.e)
    # The standard error of the Kozachenko-Leonenko estimate is about sqrt(2 / n).
    assert reg.target_entropy_ == pytest.approx(truth, abs=3 * (2 / 4000) ** 0.5)


def test_training_rows_lie_where_they_are_said_to_lie():
    X, y = noisy_line()
    reg = small().fit(X, y)
    rate, relevance = reg.rate_and_relevance(X, y)
    assert rate == pytest.approx(reg.rate_)
    assert relevance == pytest.approx(reg.relevance_)


# Predictions


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_noise_scale_is_the_deviation_of_the_noise(scale):
    reg = small(beta=1e-4, max_epochs=60).fit(*noisy_line(4000, scale=scale))
    # Standard error: scale / sqrt(2 n) = 1.1%; the code's own noise adds a little.
    assert reg.noise_scale_[0] == pytest.approx(scale, rel=0.06)


def test_linear_target_is_learnt_as_least_squares_does():
    reg = small(beta=1e-3, max_epochs=40).fit(*noisy_line())
    X, y = noisy_line(seed=1)
    # The noise leaves .05 of the variance of 5.25 unexplained.
    assert reg.score(X, y) > 1 - 0.25 / 5.25 - 0.02


def test_several_outputs_are_learnt_each_in_its_units():
    X, y = noisy_line()
    other = 100 * X[:, 2] + 10 * np.random.default_rng(5).normal(size=len(X))
    Y = np.stack([y, other], axis=1)
    reg = small(n_components=2, beta=1e-3, max_epochs=60).fit(X, Y)
    assert reg.predict(X).shape == Y.shape
    assert reg.n_outputs_ == 2
    np.testing.assert_allclose(reg.noise_scale_, [0.5, 10.0], rtol=0.15)
    residual = Y - reg.predict(X)
    assert (residual.var(0) / Y.var(0) < 0.1).all()


def test_form_of_the_target_is_that_of_the_prediction():
    X, y = noisy_line(100)
    flat = small(max_epochs=2).fit(X, y)
    column = small(max_epochs=2).fit(X, y[:, None])
    assert flat.predict(X).shape == (100,)
    assert column.predict(X).shape == (100, 1)
    assert np.array_equal(flat.predict(X), column.predict(X)[:, 0])


def test_prediction_at_the_mean_and_over_draws_agree_for_a_linear_decoder():
    X, y = noisy_line()
    mixture = small(max_epochs=10, n_draws=256).fit(X, y)
    mean = small(max_epochs=10, prediction="mean").fit(X, y)
    gap = np.abs(mixture.predict(X) - mean.predict(X)).max()
    assert 0 < gap < 0.01 * y.std()


def test_prediction_of_a_row_does_not_depend_on_the_others():
    X, y = noisy_line()
    reg = small(max_epochs=2).fit(X, y)
    np.testing.assert_allclose(
        reg.predict(X[37:41]), reg.predict(X)[37:41], rtol=1e-12, atol=1e-14
    )


def test_constant_target_is_predicted():
    X, _ = noisy_line(100)
    reg = small(max_epochs=30).fit(X, np.full(100, 7.0))
    np.testing.assert_allclose(reg.predict(X), 7.0, atol=1e-6)


def test_constant_output_among_others_has_no_part_in_the_information():
    X, y = noisy_line(200)
    alone = small(max_epochs=150).fit(X, y)
    both = small(max_epochs=150).fit(X, np.column_stack([y, np.full(200, 7.0)]))
    assert both.target_entropy_ == pytest.approx(alone.target_entropy_)
    assert alone.relevance_ > 0.2
    assert both.relevance_ == pytest.approx(alone.relevance_, abs=0.1)
    assert both.noise_scale_[1] == 0
    np.testing.assert_allclose(both.predict(X)[:, 1], 7.0, atol=1e-6)


@pytest.mark.filterwarnings("default:y repeats its values")
def test_noise_narrower_than_the_steps_of_the_target_warns_that_it_bounds_nothing():
    X = np.repeat([[0.0], [1.0]], 100, axis=0)
    reg = small(max_epochs=300, lr=0.05)
    with pytest.warns(EstimationWarning, match="no lower bound"):
        reg.fit(X, X[:, 0])
    assert reg.noise_scale_[0] < 1


def test_entropy_is_that_of_the_first_portion_of_a_stream():
    X, y = noisy_line()
    reg = small().partial_fit(X, y)
    before = reg.target_entropy_
    for portion in (2 * y, np.full(len(y), y.mean())):
        reg.partial_fit(X, portion)
        assert reg.target_entropy_ == before
    assert np.isfinite(reg.rate_and_relevance(X, y)).all()
    assert np.isfinite(reg.history_["relevance"]).all()


def test_entropy_of_a_warm_start_is_that_of_its_own_target():
    X, y = noisy_line()
    reg = small(warm_start=True).fit(X, y)
    before = reg.target_entropy_
    assert reg.fit(X, 2 * y).target_entropy_ == pytest.approx(before + np.log(2))


def test_first_portion_must_vary_since_it_sets_the_units():
    X, _ = noisy_line(100)
    reg = small()
    with pytest.raises(ValueError, match="y of the first portion must vary"):
        reg.partial_fit(X, np.full(100, 7.0))
    assert not hasattr(reg, "target_mean_")


def test_target_too_large_to_be_squared_is_refused_by_name():
    X, y = noisy_line(100)
    with pytest.raises(ValueError, match="y holds values too large"):
        small().fit(X, 1e200 * y)


def test_integer_targets_are_continuous_ones():
    X, y = noisy_line(100)
    whole = np.round(10 * y)
    first = small(max_epochs=2).fit(X, whole)
    again = small(max_epochs=2).fit(X, whole.astype(int))
    assert np.array_equal(first.predict(X), again.predict(X))


def test_partial_fit_keeps_the_units_of_the_first_rows():
    X, y = noisy_line()
    reg = small().partial_fit(X, y)
    mean = reg.target_mean_.copy()
    for _ in range(40):
        reg.partial_fit(X, y + 5)
    assert np.array_equal(reg.target_mean_, mean)
    assert reg.predict(X).mean() == pytest.approx(5, abs=0.5)


def test_code_has_the_columns_that_were_asked_for():
    X, y = noisy_line(100)
    reg = small(n_components=5, max_epochs=1).fit(X, y)
    assert reg.transform(X).shape == (100, 5)
    assert list(reg.get_feature_names_out()) == [f"ibregressor{i}" for i in range(5)]


def two_targets(scale, n=2000, seed=0):
    """Return rows, and two targets that share most of their noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    shared = 0.5 * rng.normal(size=n)
    other = x[:, 0] + x[:, 1] + shared + scale * rng.normal(size=n)
    return x, np.c_[x[:, 0] + shared, other]


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_relevance_of_targets_with_common_noise_is_their_information(scale):
    X, Y = two_targets(scale)
    truth = GaussianIB().fit(*two_targets(scale, 20_000, seed=1)).mi_
    reg = small(n_components=2, beta=1e-3, max_epochs=60).fit(X, Y)
    _, relevance = reg.rate_and_relevance(*two_targets(scale, seed=2))
    # Standard error of two log densities on 2,000 rows and their entropy, .04.
    assert truth - 0.2 < relevance < truth + 0.08
    noise = np.array([0.25, 0.25 + scale**2]) ** 0.5
    np.testing.assert_allclose(reg.noise_scale_, noise, rtol=0.1)


@pytest.mark.filterwarnings("default:columns of y")
@pytest.mark.filterwarnings("ignore:relevance_ is")
def test_targets_that_follow_from_each_other_are_said():
    X, y = noisy_line(200)
    with pytest.warns(EstimationWarning, match="linearly dependent"):
        small(max_epochs=2).fit(X, np.c_[y, 2 * y])


def test_target_too_small_to_be_squared_is_an_error():
    X, y = noisy_line(50)
    with pytest.raises(ValueError, match="y varies too little"):
        small(max_epochs=2).fit(X, y * 1e-200)
