"""GaussianIB against closed forms, numerical optima and laws of information."""

import numpy as np
import pytest
from scipy.optimize import minimize

from skmi.bottleneck import GaussianIB
from skmi.exceptions import EstimationWarning
from skmi.information import gaussian_mutual_information


def sample(n=400, d=3, m=2, seed=0, noise=2.0):
    """Return rows of X and y that are jointly Gaussian, correlated within X."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)
    return X, X @ rng.normal(size=(d, m)) + noise * rng.normal(size=(n, m))


def covariances(X, y):
    """Return the sample's covariance of X, and of X given y."""
    n_x = X.shape[1]
    joint = np.cov(np.column_stack([X, y]).T, bias=True)
    cross = joint[:n_x, n_x:]
    inner = joint[:n_x, :n_x]
    return inner, inner - cross @ np.linalg.solve(joint[n_x:, n_x:], cross.T)


def informations(A, inner, given):
    """Return I(X;T) and I(T;Y) of T = A x + noise of variance 1."""
    rate, rest = (
        np.linalg.slogdet(A @ s @ A.T + np.eye(len(A)))[1] / 2 for s in (inner, given)
    )
    return rate, rate - rest


# Closed forms


def test_critical_betas_are_one_less_the_eigenvalues_of_the_method():
    X, y = sample()
    inner, given = covariances(X, y)
    eigenvalues = np.linalg.eigvals(given @ np.linalg.inv(inner)).real
    expected = np.sort(1 - eigenvalues)[::-1][:2]
    np.testing.assert_allclose(GaussianIB().fit(X, y).critical_betas_, expected)


@pytest.mark.parametrize("beta", [0.01, 0.1, 0.3])
def test_one_column_and_one_target_have_the_scalar_closed_form(beta):
    X, y = sample(d=1, m=1, noise=0.3)
    square = np.corrcoef(X[:, 0], y[:, 0])[0, 1] ** 2
    ib = GaussianIB(beta).fit(X, y[:, 0])
    # Stationary point of the two logarithms of 1 + s and 1 + s (1 - square).
    s = (square - beta) / ((1 - square) * beta)
    assert ib.rate_ == pytest.approx(np.log1p(s) / 2)
    expected = (np.log1p(s) - np.log1p(s * (1 - square))) / 2
    assert ib.relevance_ == pytest.approx(expected)
    assert ib.projection_[0, 0] ** 2 * X.var() == pytest.approx(s)


@pytest.mark.parametrize("beta", [0.02, 0.1, 0.4])
def test_rate_and_relevance_are_those_of_the_projection(beta):
    X, y = sample()
    ib = GaussianIB(beta).fit(X, y)
    rate, relevance = informations(ib.projection_, *covariances(X, y))
    assert (ib.rate_, ib.relevance_) == pytest.approx((rate, relevance))


@pytest.mark.parametrize("beta", [0.05, 0.2, 0.43])
def test_no_linear_map_reaches_a_smaller_lagrangian(beta):
    X, y = sample(d=3, m=2)
    inner, given = covariances(X, y)

    def lagrangian(flat):
        rate, relevance = informations(flat.reshape(3, 3), inner, given)
        return beta * rate - relevance

    starts = np.random.default_rng(0).normal(size=(5, 9))
    best = min(minimize(lagrangian, start, tol=1e-12).fun for start in starts)
    ib = GaussianIB(beta).fit(X, y)
    # BFGS with numerical derivatives stops a little above the optimum.
    assert beta * ib.rate_ - ib.relevance_ == pytest.approx(best, abs=1e-6)
    assert beta * ib.rate_ - ib.relevance_ <= best + 1e-9


def test_mi_is_that_of_gaussians_without_correction():
    X, y = sample(d=5, m=3)
    expected = gaussian_mutual_information(X, y, bias_correction=False)
    assert GaussianIB().fit(X, y).mi_ == pytest.approx(expected, rel=1e-10)


def test_mi_keeps_its_digits_near_a_linear_function():
    X, y = sample(noise=1e-4)
    expected = gaussian_mutual_information(X, y, bias_correction=False)
    assert GaussianIB().fit(X, y).mi_ == pytest.approx(expected, rel=1e-8)


# The curve


def test_curve_rises_from_nothing_with_slope_beta_and_is_concave():
    ib = GaussianIB().fit(*sample())
    beta, rate, relevance = ib.information_curve_.values()
    assert (rate[0], relevance[0]) == (0, 0)
    assert (np.diff(beta) < 0).all()
    assert (np.diff(rate) > 0).all()
    slope = np.diff(relevance) / np.diff(rate)
    # A chord's slope lies between the slopes at its ends.
    assert (slope <= beta[:-1] + 1e-9).all()
    assert (slope >= beta[1:] - 1e-9).all()


def test_relevance_tends_to_mi_as_beta_falls():
    ib = GaussianIB().fit(*sample())
    curve = ib.information_curve([1e-9, 0.0])
    assert curve["relevance"] == pytest.approx([ib.mi_, ib.mi_], abs=1e-8)
    assert curve["rate"][1] == np.inf


def test_components_appear_below_their_critical_betas():
    X, y = sample()
    first, second = GaussianIB().fit(X, y).critical_betas_
    for beta, expected in [(first * 0.999, 1), (second * 1.001, 1), (second * 0.99, 2)]:
        assert GaussianIB(beta).fit(X, y).n_components_ == expected


@pytest.mark.parametrize("beta", [0.99, 1.0, 50.0])
def test_a_high_beta_gives_a_constant_code_and_says_so(beta):
    X, y = sample()
    with pytest.warns(EstimationWarning, match="the code is constant"):
        ib = GaussianIB(beta).fit(X, y)
    assert (ib.rate_, ib.relevance_, ib.n_components_) == (0, 0, 0)
    assert (ib.transform(X) == 0).all()
    np.testing.assert_allclose(ib.predict(X), np.tile(y.mean(axis=0), (len(X), 1)))


# Invariance


def test_one_to_one_maps_of_both_sides_change_nothing():
    X, y = sample()
    rng = np.random.default_rng(1)
    ib = GaussianIB(0.1).fit(X, y)
    other = GaussianIB(0.1).fit(
        X @ rng.normal(size=(3, 3)) * 1e6 + 5, y @ rng.normal(size=(2, 2)) - 3
    )
    np.testing.assert_allclose(other.critical_betas_, ib.critical_betas_)
    assert other.rate_ == pytest.approx(ib.rate_)


def test_constant_and_repeated_columns_change_nothing():
    X, y = sample()
    wide = np.column_stack([np.full(len(X), 7.3), X, X[:, 0], X[:, 1] - X[:, 2]])
    ib, other = GaussianIB(0.1).fit(X, y), GaussianIB(0.1).fit(wide, y)
    np.testing.assert_allclose(other.critical_betas_, ib.critical_betas_)
    np.testing.assert_allclose(
        np.abs(other.transform(wide)), np.abs(ib.transform(X)), rtol=1e-6, atol=1e-9
    )
    assert (other.projection_[:, 0] == 0).all()


def test_weights_equal_repetition():
    X, y = sample(n=60)
    weight = np.random.default_rng(0).integers(0, 4, 60)
    ib = GaussianIB(0.1).fit(X, y, sample_weight=weight)
    other = GaussianIB(0.1).fit(X.repeat(weight, axis=0), y.repeat(weight, axis=0))
    np.testing.assert_allclose(ib.projection_, other.projection_, rtol=1e-9)
    assert ib.mi_ == pytest.approx(other.mi_, rel=1e-12)


@pytest.mark.parametrize("constant", ["X", "y"])
def test_a_constant_side_has_exactly_no_information(constant):
    X, y = sample()
    if constant == "X":
        X = np.full_like(X, 0.1)
    else:
        y = np.full_like(y, 0.1)
    with pytest.warns(EstimationWarning, match="the code is constant"):
        ib = GaussianIB().fit(X, y)
    assert (ib.mi_, ib.rate_, ib.relevance_) == (0, 0, 0)
    assert ib.information_curve_["relevance"].tolist() == [0]


@pytest.mark.parametrize("scale", [1e160, 1e-200])
def test_extreme_scales_change_nothing(scale):
    X, y = sample()
    ib = GaussianIB(0.1).fit(X, y)
    for factors in [(scale, 1), (1, scale), ([1, scale, 1], [1, 1 / scale])]:
        own, other = (np.array(factor) for factor in factors)
        scaled = GaussianIB(0.1).fit(X * own, y * other)
        assert scaled.mi_ == pytest.approx(ib.mi_, rel=1e-12)
        assert scaled.rate_ == pytest.approx(ib.rate_, rel=1e-12)
        np.testing.assert_allclose(scaled.transform(X * own), ib.transform(X), 1e-9)
        np.testing.assert_allclose(scaled.predict(X * own) / other, ib.predict(X), 1e-9)


# Prediction


@pytest.mark.parametrize("shape", [(400,), (400, 1), (400, 2)])
def test_predictions_have_the_shape_of_the_target(shape):
    X, y = sample()
    y = y[:, : np.prod(shape[1:], dtype=int)].reshape(shape)
    assert GaussianIB().fit(X, y).predict(X).shape == shape


def test_score_is_the_mean_r2_of_the_targets():
    X, y = sample()
    ib = GaussianIB(0.1).fit(X, y)
    rest = ((y - ib.predict(X)) ** 2).sum(axis=0)
    r2 = 1 - rest / ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    assert ib.score(X, y) == pytest.approx(r2.mean())
    # A column for itself is told by its own code, which is louder the lower beta is.
    scores = [GaussianIB(beta).fit(X, y).score(X, y) for beta in (0.4, 0.1, 0.01)]
    assert 0 < scores[0] < scores[1] < scores[2]


def test_prediction_without_compression_is_linear_regression():
    X, y = sample()
    design = np.column_stack([np.ones(len(X)), X])
    expected = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(GaussianIB(1e-9).fit(X, y).predict(X), expected, 1e-6)


def test_prediction_is_the_mean_of_y_given_the_code():
    X, y = sample(n=200_000)
    ib = GaussianIB(0.2).fit(X, y)
    rng = np.random.default_rng(1)
    code = ib.transform(X)
    noisy = code + rng.normal(size=code.shape)
    centred = y - y.mean(axis=0)
    # Regression of y on the noisy code; its slopes have an error of about 1 / sqrt(n).
    slope = np.linalg.lstsq(noisy, centred, rcond=None)[0]
    error = centred.std() / np.sqrt(len(X)) / noisy.std(axis=0).min()
    expected = y.mean(axis=0) + code @ slope
    gap = np.abs(ib.predict(X) - expected).max()
    assert gap < 5 * error * np.abs(code).max()


# Few rows


def test_too_few_rows_are_refused_by_name():
    X, y = sample(n=10, d=12)
    ib = GaussianIB()
    with pytest.raises(ValueError, match=r"found n=10 for 11 .*set shrinkage"):
        ib.fit(X, y)
    assert not hasattr(ib, "mi_")


@pytest.mark.parametrize("shrinkage", [0.1, "auto"])
def test_shrinkage_takes_more_columns_than_rows(shrinkage):
    X, y = sample(n=20, d=30)
    ib = GaussianIB(shrinkage=shrinkage).fit(X, y)
    assert 0 < ib.shrinkage_ < 1
    assert np.isfinite(ib.mi_)
    assert (ib.critical_betas_ < 1).all()


def test_shrinkage_gives_the_pairs_of_the_shrunk_correlations():
    X, y = sample()
    corr = np.corrcoef(np.column_stack([X, y]).T) * 0.7 + 0.3 * np.eye(5)
    cross = corr[:3, 3:]
    product = np.linalg.solve(corr[:3, :3], cross) @ np.linalg.solve(
        corr[3:, 3:], cross.T
    )
    expected = np.sort(np.linalg.eigvals(product).real)[::-1][:2]
    ib = GaussianIB(shrinkage=0.3).fit(X, y)
    np.testing.assert_allclose(ib.critical_betas_, expected)


def test_full_shrinkage_leaves_nothing():
    with pytest.warns(EstimationWarning, match="the code is constant"):
        ib = GaussianIB(shrinkage=1.0).fit(*sample())
    assert ib.mi_ == pytest.approx(0, abs=1e-12)


def test_a_linear_function_has_an_infinite_rate_and_says_so():
    X, _ = sample()
    with pytest.warns(EstimationWarning, match="a linear function of X"):
        ib = GaussianIB().fit(X, X[:, 0] - X[:, 1])
    assert (ib.mi_, ib.rate_) == (np.inf, np.inf)
    assert np.isfinite(ib.transform(X)).all()


# Bad input


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"beta": -1.0}, "beta"),
        ({"beta": 0.0}, "beta"),
        ({"shrinkage": 2}, "shrinkage"),
    ],
)
def test_bad_parameters_are_refused_by_name(params, error):
    with pytest.raises(ValueError, match=error):
        GaussianIB(**params).fit(*sample())


def test_bad_targets_are_refused_by_name():
    X, y = sample()
    for bad in (y[:-1], y.astype(str), np.full(len(X), np.nan)):
        with pytest.raises(ValueError, match="y"):
            GaussianIB().fit(X, bad)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_scales_at_the_ends_of_numbers_are_refused_by_name(scale):
    X, y = sample()
    match = r"column 1 has a standard deviation .* accepted: 0, or 1e-280 to 1e\+280"
    with pytest.raises(ValueError, match=f"X: {match}"):
        GaussianIB().fit(X * [1, scale, 1], y)
    with pytest.raises(ValueError, match=f"y: {match}"):
        GaussianIB().fit(X, y * [1, scale])


@pytest.mark.parametrize("betas", [[-0.1], 0.1, ["a"], [np.nan]])
def test_bad_betas_of_a_curve_are_refused_by_name(betas):
    ib = GaussianIB().fit(*sample())
    with pytest.raises(ValueError, match="betas"):
        ib.information_curve(betas)


def test_single_precision_stays():
    X, y = sample()
    ib = GaussianIB().fit(X.astype(np.float32), y)
    assert ib.transform(X.astype(np.float32)).dtype == np.float32
