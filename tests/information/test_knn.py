"""Kozachenko-Leonenko entropy against closed forms."""

import numpy as np
import pytest
from scipy.special import polygamma

from skmi.information import kozachenko_leonenko_entropy

N = 4000


def tolerance(variance_of_log_density, n=N, k=3):
    """Return four standard errors; neighbours share points, hence the factor 2."""
    return 4 * np.sqrt((variance_of_log_density + 2 * polygamma(1, k)) / n)


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_gaussian_entropy_is_half_log_two_pi_e_variance(scale):
    x = scale * np.random.default_rng(0).standard_normal(N)
    expected = 0.5 * np.log(2 * np.pi * np.e * scale**2)
    assert kozachenko_leonenko_entropy(x) == pytest.approx(expected, abs=tolerance(0.5))


@pytest.mark.parametrize("width", [0.1, 1.0, 8.0])
def test_uniform_entropy_is_log_of_its_width(width):
    x = np.random.default_rng(1).uniform(3, 3 + width, size=N)
    value = kozachenko_leonenko_entropy(x)
    assert value == pytest.approx(np.log(width), abs=tolerance(0))


@pytest.mark.parametrize("rate", [0.5, 4.0])
def test_exponential_entropy_is_one_minus_log_rate(rate):
    x = np.random.default_rng(2).exponential(1 / rate, size=N)
    value = kozachenko_leonenko_entropy(x)
    assert value == pytest.approx(1 - np.log(rate), abs=tolerance(1))


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.9])
def test_plane_gaussian_entropy_is_the_log_determinant(correlation):
    covariance = np.array([[1, correlation], [correlation, 1]])
    rng = np.random.default_rng(3)
    x = rng.multivariate_normal([0, 0], covariance, size=N)
    expected = np.log(2 * np.pi * np.e) + 0.5 * np.log(1 - correlation**2)
    value = kozachenko_leonenko_entropy(x)
    assert value == pytest.approx(expected, abs=tolerance(1))


@pytest.mark.parametrize("n_neighbors", [1, 3, 10])
def test_every_neighbour_count_estimates_the_same_entropy(n_neighbors):
    x = np.random.default_rng(4).standard_normal(N)
    expected = 0.5 * np.log(2 * np.pi * np.e)
    value = kozachenko_leonenko_entropy(x, n_neighbors=n_neighbors)
    assert value == pytest.approx(expected, abs=tolerance(0.5, k=n_neighbors))


@pytest.mark.parametrize("round_to", [None, 1])
def test_scaling_adds_its_logarithm(round_to):
    x = np.random.default_rng(5).standard_normal((500, 2))
    if round_to is not None:
        x = np.round(x, round_to)
    scaled = kozachenko_leonenko_entropy(8 * x)
    expected = kozachenko_leonenko_entropy(x) + 2 * np.log(8)
    assert scaled == pytest.approx(expected, abs=1e-9)


def test_shifting_changes_nothing():
    x = np.random.default_rng(6).integers(0, 1000, size=300) / 8
    shifted = kozachenko_leonenko_entropy(x + 1024)
    assert shifted == pytest.approx(kozachenko_leonenko_entropy(x), abs=1e-9)


def test_base_two_gives_bits():
    x = np.random.default_rng(7).standard_normal(200)
    bits = kozachenko_leonenko_entropy(x, base=2)
    assert bits == pytest.approx(kozachenko_leonenko_entropy(x) / np.log(2))


@pytest.mark.parametrize("step", [1.0, 0.1])
def test_rounding_at_a_fine_step_keeps_the_entropy(step):
    x = 10 * np.random.default_rng(8).standard_normal(N)
    expected = 0.5 * np.log(2 * np.pi * np.e * 100)
    rounded = np.round(x / step) * step
    value = kozachenko_leonenko_entropy(rounded)
    assert value == pytest.approx(expected, abs=tolerance(0.5))


def test_rounding_in_single_precision_keeps_the_entropy():
    x = 10 * np.random.default_rng(9).standard_normal(N)
    rounded = (np.round(x / 0.1) * 0.1).astype(np.float32)
    expected = 0.5 * np.log(2 * np.pi * np.e * 100)
    value = kozachenko_leonenko_entropy(rounded)
    assert value == pytest.approx(expected, abs=tolerance(0.5))


def test_integers_have_about_the_entropy_of_their_counts():
    x = np.random.default_rng(10).integers(0, 16, size=N)
    value = kozachenko_leonenko_entropy(x)
    assert value == pytest.approx(np.log(16), abs=tolerance(0))


def test_the_same_data_give_the_same_bits():
    x = np.round(np.random.default_rng(11).standard_normal(300), 1)
    assert kozachenko_leonenko_entropy(x) == kozachenko_leonenko_entropy(x)


def test_a_constant_column_has_entropy_minus_infinity():
    assert kozachenko_leonenko_entropy(np.ones(20)) == -np.inf
    plane = np.column_stack([np.arange(20.0), np.full(20, 0.3)])
    assert kozachenko_leonenko_entropy(plane) == -np.inf


@pytest.mark.parametrize(
    ("x", "found"),
    [
        ([1.0, np.nan, 2.0, 4.0], "NaN"),
        (["a", "b", "c", "d"], "dtype"),
        (np.zeros((4, 2, 2)), r"\(4, 2, 2\)"),
        (np.zeros((4, 0)), r"\(4, 0\)"),
    ],
)
def test_bad_samples_are_named(x, found):
    with pytest.raises(ValueError, match=f"x .*{found}"):
        kozachenko_leonenko_entropy(x)


@pytest.mark.parametrize("n_neighbors", [0, -1, 4, 2.5, True])
def test_a_bad_number_of_neighbours_is_named(n_neighbors):
    with pytest.raises(ValueError, match="n_neighbors must be"):
        kozachenko_leonenko_entropy([1.0, 2.0, 4.0, 8.0], n_neighbors=n_neighbors)
