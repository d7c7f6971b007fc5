"""Normal scores, and the information of Gaussian copulas."""

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from skmi.information import (
    gaussian_copula_conditional_mutual_information,
    gaussian_copula_mutual_information,
    gaussian_mutual_information,
    normal_scores,
)


def linked(n=300, seed=0):
    """Return x (n, 2), y (n,) and z (n,) that all depend on one another."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(n)
    x = rng.standard_normal((n, 2)) + z[:, None]
    return x, x[:, 0] - z + rng.standard_normal(n), z


def stretched(x):
    """Return columns under rising maps that keep all values apart."""
    return np.exp(3 * x) + x


# -------------------------------------------------------------------- normal scores


def test_scores_are_quantiles_of_average_ranks():
    x = np.random.default_rng(0).integers(0, 9, size=(50, 3)).astype(float)
    expected = norm.ppf(rankdata(x, axis=0) / 51)
    np.testing.assert_allclose(normal_scores(x), expected, atol=1e-14)


def test_scores_keep_the_shape_of_x():
    assert normal_scores(np.arange(5)).shape == (5,)
    assert normal_scores(np.arange(5)[:, None]).shape == (5, 1)


def test_falling_maps_change_only_the_sign_of_scores():
    x = np.random.default_rng(1).integers(0, 20, size=101)
    np.testing.assert_array_equal(normal_scores(-x), -normal_scores(x))


def test_scores_of_a_constant_are_zero():
    np.testing.assert_array_equal(normal_scores(np.full(7, 0.1)), 0)


def test_weighted_scores_are_those_of_repeated_rows():
    rng = np.random.default_rng(2)
    x, weight = rng.integers(0, 9, size=(40, 2)), rng.integers(0, 4, size=40)
    repeated = normal_scores(np.repeat(x, weight, axis=0))
    scores = np.repeat(normal_scores(x, sample_weight=weight), weight, axis=0)
    np.testing.assert_array_equal(scores, repeated)


def test_bad_samples_and_weights_of_scores_are_named():
    with pytest.raises(ValueError, match="x must hold finite real numbers, found NaN"):
        normal_scores([1.0, np.nan])
    with pytest.raises(ValueError, match="sample_weight must be of shape"):
        normal_scores([1.0, 2.0], sample_weight=[1.0])


# -------------------------------------------------------------------------- closed


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.9])
def test_any_margins_leave_the_information_of_the_copula(correlation):
    x, noise = np.random.default_rng(3).standard_normal((2, 5000))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    expected = -0.5 * np.log(1 - correlation**2)
    # The standard error is that of Gaussian information, |rho| / sqrt(n).
    tolerance = 4 * (abs(correlation) / np.sqrt(5000) + 1 / 5000)
    value = gaussian_copula_mutual_information(np.exp(x), y**3)
    assert value == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("width", [0.2, 0.5, 1.0])
def test_uniform_noise_is_estimated_below_the_truth(width):
    x, noise = np.random.default_rng(4).uniform(size=(2, 4000))
    # h(Y) - h(Y|X) of a sum of uniform variables of widths 1 and w <= 1.
    truth = width / 2 - np.log(width)
    value = gaussian_copula_mutual_information(x, x + width * noise)
    assert 0.6 * truth < value < truth


def test_a_cut_at_the_median_keeps_two_over_pi_of_a_weak_information():
    x, noise = np.random.default_rng(5).standard_normal((2, 20000))
    y = 0.3 * x + np.sqrt(0.91) * noise
    expected = -0.5 * np.log(1 - 0.09 * 2 / np.pi)
    value = gaussian_copula_mutual_information(x > np.median(x), y)
    assert value == pytest.approx(expected, abs=4 * 0.3 / np.sqrt(20000))


@pytest.mark.parametrize("correlation", [0.3, 0.9])
def test_ties_in_one_column_leave_a_lower_bound(correlation):
    x, noise = np.random.default_rng(9).standard_normal((2, 20000))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    # I(sign X; Y) is log 2 minus the mean entropy of the sign given Y.
    p = norm.cdf(correlation * y / np.sqrt(1 - correlation**2))
    truth = np.log(2) + np.mean(p * np.log(p) + (1 - p) * np.log1p(-p))
    error = 4 * correlation / np.sqrt(20000)
    assert gaussian_copula_mutual_information(x > 0, y) < truth + error


def test_ties_in_both_columns_can_exceed_the_truth():
    x = np.random.default_rng(10).integers(0, 2, size=1000)
    assert gaussian_copula_mutual_information(x, x) == np.inf > np.log(2)


# ---------------------------------------------------------------------- invariances


@pytest.mark.parametrize("pointwise", [False, True])
def test_rising_maps_change_no_bit(pointwise):
    x, y, z = linked()
    np.testing.assert_array_equal(
        gaussian_copula_mutual_information(stretched(x), y**3, pointwise=pointwise),
        gaussian_copula_mutual_information(x, y, pointwise=pointwise),
    )
    np.testing.assert_array_equal(
        gaussian_copula_conditional_mutual_information(
            stretched(x), y**3, np.exp(z), pointwise=pointwise
        ),
        gaussian_copula_conditional_mutual_information(x, y, z, pointwise=pointwise),
    )


def test_falling_maps_change_nothing():
    x, y, _ = linked()
    value = gaussian_copula_mutual_information(x, y)
    other = gaussian_copula_mutual_information(-x, np.exp(-y))
    assert other == pytest.approx(value, abs=1e-12)


def test_the_value_is_the_gaussian_one_of_scores():
    x, y, _ = linked()
    expected = gaussian_mutual_information(normal_scores(x), normal_scores(y))
    assert gaussian_copula_mutual_information(x, y) == expected


def test_x_and_y_are_alike():
    x, y, z = linked()
    assert gaussian_copula_mutual_information(y, x) == pytest.approx(
        gaussian_copula_mutual_information(x, y), abs=1e-12
    )
    assert gaussian_copula_conditional_mutual_information(y, x, z) == pytest.approx(
        gaussian_copula_conditional_mutual_information(x, y, z), abs=1e-12
    )


def test_the_order_of_rows_does_not_matter():
    x, y, z = linked()
    order = np.random.default_rng(6).permutation(300)
    value = gaussian_copula_conditional_mutual_information(x[order], y[order], z[order])
    assert value == pytest.approx(
        gaussian_copula_conditional_mutual_information(x, y, z), abs=1e-12
    )


def test_chain_rule():
    x, y, z = linked()
    whole = gaussian_copula_mutual_information(x, np.column_stack([y, z]))
    first = gaussian_copula_mutual_information(x, z)
    rest = gaussian_copula_conditional_mutual_information(x, y, z)
    assert whole == pytest.approx(first + rest, abs=1e-12)


def test_weights_equal_repeated_rows():
    x, y, z = linked(60)
    weight = np.random.default_rng(7).integers(0, 4, size=60)
    repeated = [np.repeat(a, weight, axis=0) for a in (x, y, z)]
    assert gaussian_copula_mutual_information(
        x, y, sample_weight=weight
    ) == pytest.approx(gaussian_copula_mutual_information(*repeated[:2]), abs=1e-12)
    assert gaussian_copula_conditional_mutual_information(
        x, y, z, sample_weight=weight
    ) == pytest.approx(
        gaussian_copula_conditional_mutual_information(*repeated), abs=1e-12
    )


def test_independent_variables_share_nothing_on_average():
    rng = np.random.default_rng(8)
    values = [
        gaussian_copula_mutual_information(*rng.exponential(size=(2, 50, 2)))
        for _ in range(400)
    ]
    # Scores have a little less than unit variance, which moves no correlation.
    assert abs(np.mean(values)) < 4 * np.std(values) / 20
    assert min(values) < 0


def test_equal_ranks_share_infinitely_much_and_constants_nothing():
    x, y, z = linked()
    assert gaussian_copula_mutual_information(x, np.exp(x[:, 1])) == np.inf
    assert gaussian_copula_mutual_information(x, np.full(300, 0.1)) == 0
    assert gaussian_copula_conditional_mutual_information(np.exp(z), y, z) == 0


# ------------------------------------------------------------------------ bad input


def test_bad_input_is_named():
    x, y, z = linked(20)
    information = gaussian_copula_mutual_information
    conditional = gaussian_copula_conditional_mutual_information
    with pytest.raises(ValueError, match=r"y must hold finite .* NaN"):
        information(x, np.where(y > 0, y, np.nan))
    with pytest.raises(ValueError, match="y must have 20 rows, as x has, found 19"):
        information(x, y[1:])
    with pytest.raises(ValueError, match="z must have 20 rows, as x has, found 19"):
        conditional(x, y, z[1:])
    with pytest.raises(ValueError, match="n=3 for d=3"):
        information(x[:3], y[:3])
    with pytest.raises(ValueError, match="sample_weight must be positive"):
        information(x, y, sample_weight=np.arange(20), pointwise=True)
    with pytest.raises(ValueError, match="base must be"):
        conditional(x, y, z, base=1)
