"""Cauchy-Schwarz divergences against closed forms and brute force."""

import numpy as np
import pytest

from skmi.information import (
    _gram,
    cauchy_schwarz_conditional_divergence,
    cauchy_schwarz_divergence,
    cauchy_schwarz_mutual_information,
)


def pair(n=80, seed=0):
    """Return x (n, 2) and y (n,) that depend on each other."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2))
    return x, x[:, 0] ** 2 + 0.3 * rng.standard_normal(n)


def kernel(x, y, width):
    x, y = (np.reshape(a, (len(a), -1)) for a in (x, y))
    return np.exp(-((x[:, None] - y) ** 2).sum(-1) / (2 * width**2))


def gaussian_information(correlation, s):
    """Return the information of standard normal variables under widths s."""
    joint = ((1 + 2 / s**2) ** 2 - (2 * correlation / s**2) ** 2) ** -0.5
    c = 1 / (s**2 + 1)
    mixed = s**2 * c * ((1 + c) ** 2 - (correlation * c) ** 2) ** -0.5
    return np.log(joint) - np.log(1 + 2 / s**2) - 2 * np.log(mixed)


# ----------------------------------------------------------------------- divergence


@pytest.mark.parametrize("s", [0.5, 1.0, 2.0])
def test_divergence_of_shifted_gaussians_is_the_closed_form(s):
    rng = np.random.default_rng(1)
    shift, n = 1.0, 1000
    values = []
    for _ in range(10):
        x, y = rng.standard_normal((2, n))
        values.append(cauchy_schwarz_divergence(x, y + shift, bandwidth=s))
    # Pairs of a row with itself add 1 / n to means of 1 / sqrt(1 + 2 / s^2).
    bias = 2 / n * np.sqrt(1 + 2 / s**2)
    error = np.std(values, ddof=1) / np.sqrt(10)
    assert np.mean(values) == pytest.approx(shift**2 / (2 + s**2), abs=bias + 4 * error)


def test_divergence_of_two_points_is_their_squared_distance():
    x, y = np.zeros((5, 2)), np.full((3, 2), 3.0)
    value = cauchy_schwarz_divergence(x, y, bandwidth=2.0)
    assert value == pytest.approx(18 / 4, abs=1e-14)


def test_divergence_of_far_samples_is_large_and_finite():
    x, y = np.random.default_rng(2).standard_normal((2, 50))
    near = cauchy_schwarz_divergence(x, y + 1000, bandwidth=1.0)
    assert 0.9e6 < near < 1.1e6


def test_divergence_equals_brute_force():
    x, y = pair(30)[0], pair(50, seed=1)[0] + 1
    k_xx, k_yy, k_xy = (kernel(a, b, 0.7) for a, b in ((x, x), (y, y), (x, y)))
    expected = -np.log(k_xy.mean() ** 2 / (k_xx.mean() * k_yy.mean()))
    value = cauchy_schwarz_divergence(x, y, bandwidth=0.7)
    assert value == pytest.approx(expected, abs=1e-13)


def test_divergence_is_never_negative_and_zero_for_equal_samples():
    rng = np.random.default_rng(3)
    for _ in range(50):
        x, y = rng.standard_normal((2, 20))
        assert cauchy_schwarz_divergence(x, y) >= 0
        assert cauchy_schwarz_divergence(x, x) == 0


def test_divergence_is_symmetric_and_keeps_under_rigid_maps_and_orders():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((30, 3)), rng.standard_normal((40, 3)) + 1
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    close = pytest.approx(cauchy_schwarz_divergence(x, y), abs=1e-12)
    assert cauchy_schwarz_divergence(y, x) == close
    assert cauchy_schwarz_divergence(4 * x @ turn + 1, 4 * y @ turn + 1) == close
    assert cauchy_schwarz_divergence(x[::-1], y[rng.permutation(40)]) == close


# ---------------------------------------------------------------------- conditional


def test_conditional_equals_brute_force():
    x, y = pair(40)
    y_hat = y[::-1] + 0.3
    k, squared = kernel(x, x, 0.9), kernel(x, x, 0.9).sum(axis=1) ** 2
    parts = [
        np.log(((k * kernel(a, b, 0.6)).sum(axis=1) / squared).sum())
        for a, b in ((y, y), (y_hat, y_hat), (y_hat, y))
    ]
    value = cauchy_schwarz_conditional_divergence(x, y, y_hat, bandwidth=(0.9, 0.6))
    assert value == pytest.approx(parts[0] + parts[1] - 2 * parts[2], abs=1e-12)


def test_conditional_given_a_constant_is_the_divergence():
    _, y = pair(60)
    y_hat = 0.5 * y + 1
    value = cauchy_schwarz_conditional_divergence(np.ones(60), y, y_hat, bandwidth=0.8)
    expected = cauchy_schwarz_divergence(y, y_hat, bandwidth=0.8)
    assert value == pytest.approx(expected, abs=1e-12)


def test_conditional_is_zero_for_a_perfect_prediction():
    x, y = pair()
    assert cauchy_schwarz_conditional_divergence(x, y, y) == 0
    constant = np.full(80, 0.1)
    assert cauchy_schwarz_conditional_divergence(x, constant, constant) == 0


def test_conditional_grows_with_the_error_and_stays_finite():
    x, y = pair()
    values = [
        cauchy_schwarz_conditional_divergence(x, y, y + shift)
        for shift in (0, 0.1, 1, 10, 1e4)
    ]
    assert values == sorted(values)
    assert np.isfinite(values).all()


def test_conditional_tells_a_prediction_from_permuted_targets():
    rng = np.random.default_rng(5)
    x = rng.standard_normal(300)
    y = np.sin(2 * x) + 0.1 * rng.standard_normal(300)
    divergence = cauchy_schwarz_conditional_divergence
    # The margins are right in both; only the dependence on x is lost.
    assert divergence(x, y, rng.permutation(y)) > 10 * divergence(x, y, np.sin(2 * x))


def test_conditional_keeps_under_the_order_of_rows_and_scaling():
    x, y = pair()
    y_hat, order = y + 0.5, np.random.default_rng(6).permutation(80)
    divergence = cauchy_schwarz_conditional_divergence
    close = pytest.approx(divergence(x, y, y_hat), abs=1e-12)
    assert divergence(x[order], y[order], y_hat[order]) == close
    assert divergence(5 * x + 1, 3 * y, 3 * y_hat) == close


# ---------------------------------------------------------------------- information


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_information_of_gaussians_is_the_closed_form(correlation):
    rng = np.random.default_rng(7)
    values = []
    for _ in range(10):
        x, noise = rng.standard_normal((2, 1000))
        y = correlation * x + np.sqrt(1 - correlation**2) * noise
        values.append(cauchy_schwarz_mutual_information(x, y, bandwidth=1.0))
    # Pairs of a row with itself add about 1 / n to a mean of 1 / 3.
    tolerance = 3 / 1000 + 4 * np.std(values, ddof=1) / np.sqrt(10)
    truth = gaussian_information(correlation, 1.0)
    assert np.mean(values) == pytest.approx(truth, abs=tolerance)


def test_information_equals_brute_force():
    x, y = pair(40)
    k, m = kernel(x, x, 0.5), kernel(y, y, 0.8)
    expected = (
        np.log((k * m).mean())
        + np.log(k.mean() * m.mean())
        - 2 * np.log((k.mean(axis=1) * m.mean(axis=1)).mean())
    )
    value = cauchy_schwarz_mutual_information(x, y, bandwidth=(0.5, 0.8))
    assert value == pytest.approx(expected, abs=1e-13)


def test_information_is_never_negative_and_small_for_independent_variables():
    rng = np.random.default_rng(8)
    values = [
        cauchy_schwarz_mutual_information(*rng.standard_normal((2, 200)))
        for _ in range(50)
    ]
    assert min(values) >= 0
    assert max(values) < cauchy_schwarz_mutual_information(*pair(200))


def test_normalised_information_of_a_variable_with_itself_is_one():
    x, y = pair()
    information = cauchy_schwarz_mutual_information
    assert information(x, x, normalized=True) == pytest.approx(1, abs=1e-12)
    expected = information(x, y) / np.sqrt(information(x, x) * information(y, y))
    assert information(x, y, normalized=True) == pytest.approx(expected, abs=1e-12)
    assert information(x, y, normalized=True, base=2) == pytest.approx(expected)


def test_information_keeps_under_rigid_maps_symmetry_and_orders():
    x, y = pair()
    rng = np.random.default_rng(9)
    turned = x @ np.linalg.qr(rng.standard_normal((2, 2)))[0] + 3
    order = rng.permutation(80)
    information = cauchy_schwarz_mutual_information
    close = pytest.approx(information(x, y), abs=1e-12)
    assert information(turned, 5 - y) == close
    assert information(y, x) == close
    assert information(x[order], y[order]) == close


@pytest.mark.parametrize("normalized", [True, False])
def test_information_with_a_constant_is_exactly_zero(normalized):
    x, level = pair()[0], np.full(80, 0.1)
    for arrays in ((x, level), (level, x), (level, level)):
        value = cauchy_schwarz_mutual_information(*arrays, normalized=normalized)
        assert value == 0


# ------------------------------------------------------------------------- all three


def test_blocks_change_nothing(monkeypatch):
    x, y = pair()
    calls = [
        lambda: cauchy_schwarz_divergence(x, x + 1),
        lambda: cauchy_schwarz_conditional_divergence(x, y, y + 1),
        lambda: cauchy_schwarz_mutual_information(x, y),
    ]
    whole = [call() for call in calls]
    monkeypatch.setattr(_gram, "_BLOCK_BYTES", 2000)
    np.testing.assert_allclose([call() for call in calls], whole, rtol=1e-12)


def test_base_two_gives_bits():
    x, y = pair()
    for measure, arrays in (
        (cauchy_schwarz_divergence, (x, x + 1)),
        (cauchy_schwarz_conditional_divergence, (x, y, y + 1)),
        (cauchy_schwarz_mutual_information, (x, y)),
    ):
        assert measure(*arrays, base=2) == measure(*arrays) / np.log(2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bandwidth": 0}, "bandwidth must be"),
        ({"base": 0}, "base must be"),
        ({"x": [1.0, np.nan, 2.0]}, "x must hold finite .* NaN"),
        ({"y": [1.0, 2.0]}, "y must have 3 rows, as x has, found 2"),
        ({"y_hat": [1.0, 2.0]}, "y_hat must have 3 rows, as x has, found 2"),
        ({"y_hat": np.ones((3, 2))}, "y_hat must have 1 columns, as y has, found 2"),
        ({"x": [1.0]}, "x must have at least 2 rows, found 1"),
    ],
)
def test_bad_input_is_named(options, message):
    base = {"x": [1.0, 2.0, 4.0], "y": [3.0, 1.0, 2.0], "y_hat": [3.0, 1.0, 1.0]}
    with pytest.raises(ValueError, match=message):
        cauchy_schwarz_conditional_divergence(**(base | options))
    if "y_hat" not in options:
        del base["y_hat"]
        with pytest.raises(ValueError, match=message):
            cauchy_schwarz_mutual_information(**(base | options))


def test_samples_of_other_variables_are_named():
    with pytest.raises(ValueError, match="y must have 2 columns, as x has, found 3"):
        cauchy_schwarz_divergence(np.ones((4, 2)), np.ones((4, 3)))
    with pytest.raises(ValueError, match="y must hold finite"):
        cauchy_schwarz_divergence([1.0, 2.0], [1.0, np.nan])
