"""HSIC against its population value, brute force and inequalities."""

from itertools import permutations

import numpy as np
import pytest

from skmi.exceptions import EstimationWarning
from skmi.information import _gram, hsic

ESTIMATORS = pytest.mark.parametrize("estimator", ["biased", "unbiased"])


def pair(n=80, seed=0):
    """Return x (n, 2) and y (n,) that depend on each other."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2))
    return x, x[:, 0] ** 2 + 0.3 * rng.standard_normal(n)


def kernel(x, width):
    x = np.reshape(x, (len(x), -1))
    return np.exp(-((x[:, None] - x) ** 2).sum(-1) / (2 * width**2))


def gaussian_hsic(correlation, s):
    """Return HSIC of standard normal variables under kernels of width s."""
    joint = ((1 + 2 / s**2) ** 2 - (2 * correlation / s**2) ** 2) ** -0.5
    c = 1 / (s**2 + 1)
    mixed = s**2 * c * ((1 + c) ** 2 - (correlation * c) ** 2) ** -0.5
    return joint + 1 / (1 + 2 / s**2) - 2 * mixed


def test_biased_is_the_trace_of_centred_gram_matrices():
    x, y = pair()
    centre = np.eye(80) - 1 / 80
    k, m = kernel(x, 0.5), kernel(y, 0.8)
    expected = np.trace(k @ centre @ m @ centre) / 79**2
    value = hsic(x, y, bandwidth=(0.5, 0.8))
    assert value == pytest.approx(expected, abs=1e-14)


def test_unbiased_is_the_mean_over_quadruples_of_different_rows():
    x, y = pair(7)
    k, m = kernel(x, 0.5), kernel(y, 0.8)
    terms = [
        k[i, j] * (m[i, j] + m[q, r] - 2 * m[i, q])
        for i, j, q, r in permutations(range(7), 4)
    ]
    value = hsic(x, y, bandwidth=(0.5, 0.8), estimator="unbiased")
    assert value == pytest.approx(np.mean(terms), abs=1e-14)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_unbiased_is_right_on_average_and_biased_is_not(correlation):
    rng = np.random.default_rng(1)
    truth = gaussian_hsic(correlation, 1.0)
    values = {"biased": [], "unbiased": []}
    for _ in range(1000):
        x, noise = rng.standard_normal((2, 20))
        y = correlation * x + np.sqrt(1 - correlation**2) * noise
        for estimator, found in values.items():
            found.append(hsic(x, y, bandwidth=1.0, estimator=estimator))
    off = {
        name: (np.mean(v) - truth) / (np.std(v) / np.sqrt(len(v)))
        for name, v in values.items()
    }
    assert abs(off["unbiased"]) < 4
    assert off["biased"] > 8


def test_both_estimators_tend_to_the_population_value():
    rng = np.random.default_rng(2)
    x, noise = rng.standard_normal((2, 4000))
    y = 0.6 * x + 0.8 * noise
    truth = gaussian_hsic(0.6, 1.0)
    for estimator in ("biased", "unbiased"):
        value = hsic(x, y, bandwidth=1.0, estimator=estimator)
        # Four standard errors, sd of the projected kernel below 1 / 20.
        assert value == pytest.approx(truth, abs=4 * 4 * 0.05 / np.sqrt(4000))


@ESTIMATORS
def test_normalised_value_of_a_variable_with_itself_is_one(estimator):
    x = pair()[0]
    value = hsic(x, x, estimator=estimator, normalized=True)
    assert value == pytest.approx(1, abs=1e-14)


@ESTIMATORS
def test_normalised_values_never_exceed_one(estimator):
    rng = np.random.default_rng(3)
    for n in (4, 5, 10):
        for _ in range(50):
            x, y = rng.standard_normal((2, n))
            value = hsic(x, y, estimator=estimator, normalized=True)
            assert abs(value) <= 1 + 1e-12


def test_width_beyond_all_distances_warns_that_rounding_is_left():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 300, 2))
    with pytest.warns(EstimationWarning, match=r"bandwidth=10000\.0 is so far above"):
        hsic(x, y, bandwidth=1e4, normalized=True)


def test_normalised_value_is_the_ratio_of_criteria():
    x, y = pair()
    expected = hsic(x, y) / np.sqrt(hsic(x, x) * hsic(y, y))
    assert hsic(x, y, normalized=True) == pytest.approx(expected, abs=1e-14)


def test_biased_is_never_negative_and_unbiased_is_zero_on_average():
    rng = np.random.default_rng(4)
    draws = [rng.standard_normal((2, 30)) for _ in range(400)]
    unbiased = [hsic(x, y, estimator="unbiased") for x, y in draws]
    assert min(hsic(x, y) for x, y in draws) >= 0
    assert min(unbiased) < 0
    assert abs(np.mean(unbiased)) < 4 * np.std(unbiased) / np.sqrt(400)


@ESTIMATORS
def test_rigid_maps_symmetry_and_the_order_of_rows(estimator):
    x, y = pair()
    rng = np.random.default_rng(5)
    turned = x @ np.linalg.qr(rng.standard_normal((2, 2)))[0] + 3
    order = rng.permutation(80)
    close = pytest.approx(hsic(x, y, estimator=estimator), abs=1e-13)
    assert hsic(turned, 5 - y, estimator=estimator) == close
    assert hsic(7 * x, 0.1 * y, estimator=estimator) == close
    assert hsic(y, x, estimator=estimator) == close
    assert hsic(x[order], y[order], estimator=estimator) == close


@ESTIMATORS
def test_blocks_change_nothing(estimator, monkeypatch):
    x, y = pair()
    value = hsic(x, y, estimator=estimator, normalized=True)
    monkeypatch.setattr(_gram, "_BLOCK_BYTES", 2000)
    other = hsic(x, y, estimator=estimator, normalized=True)
    assert other == pytest.approx(value, abs=1e-13)


@ESTIMATORS
@pytest.mark.parametrize("normalized", [True, False])
def test_constants_are_exactly_zero(estimator, normalized):
    x, level = pair()[0], np.full(80, 0.1)
    options = {"estimator": estimator, "normalized": normalized}
    assert hsic(x, level, **options) == 0
    assert hsic(level, x, **options) == 0
    assert hsic(level, level, **options) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bandwidth": -1}, "bandwidth must be"),
        ({"estimator": "jackknife"}, "estimator must be one of"),
        ({"estimator": ["biased"]}, "estimator must be one of"),
        ({"estimator": "unbiased"}, "x must have at least 4 rows .* found 3"),
        ({"x": [1.0, np.nan, 2.0]}, "x must hold finite .* NaN"),
        ({"y": [1.0, 2.0]}, "y must have 3 rows, as x has, found 2"),
        ({"x": [1.0], "y": [1.0]}, "x must have at least 2 rows, found 1"),
    ],
)
def test_bad_input_is_named(options, message):
    arguments = {"x": [1.0, 2.0, 4.0], "y": [3.0, 1.0, 2.0], **options}
    with pytest.raises(ValueError, match=message):
        hsic(**arguments)
