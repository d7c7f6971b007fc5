"""Matrix-based Renyi measures against closed forms and inequalities."""

import numpy as np
import pytest

from skmi.information import _gram, renyi_entropy, renyi_mutual_information

ORDERS = pytest.mark.parametrize("alpha", [0.5, 1, 1.01, 2, 3.5])


def pair(n=80, seed=0):
    """Return x (n, 2) and y (n,) that depend on each other."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2))
    return x, x[:, 0] ** 2 + 0.3 * rng.standard_normal(n)


def kernel(x, width):
    x = np.reshape(x, (len(x), -1))
    return np.exp(-((x[:, None] - x) ** 2).sum(-1) / (2 * width**2))


def entropy_of(matrix, alpha):
    """Return the textbook formula, from all eigenvalues."""
    values = np.clip(np.linalg.eigvalsh(matrix / np.trace(matrix)), 1e-300, None)
    if alpha == 1:
        return -np.sum(values * np.log(values))
    return np.log(np.sum(values**alpha)) / (1 - alpha)


@pytest.mark.parametrize("alpha", [0.9, 1, 1.01, 2, 3.5])
def test_values_are_those_of_the_eigenvalues(alpha):
    x, y = pair()
    k, m = kernel(x, 0.5), kernel(y, 0.8)
    expected = entropy_of(k, alpha) + entropy_of(m, alpha) - entropy_of(k * m, alpha)
    assert renyi_entropy(x, alpha=alpha, bandwidth=0.5) == pytest.approx(
        entropy_of(k, alpha), abs=1e-10
    )
    assert renyi_mutual_information(
        x, y, alpha=alpha, bandwidth=(0.5, 0.8)
    ) == pytest.approx(expected, abs=1e-10)


@ORDERS
def test_far_groups_of_equal_size_have_log_of_their_number(alpha):
    x = np.repeat(np.arange(7) * 1e3, 6)
    value = renyi_entropy(x, alpha=alpha, bandwidth=1.0)
    assert value == pytest.approx(np.log(7), abs=1e-12)
    shared = renyi_mutual_information(x, x, alpha=alpha, bandwidth=1.0)
    assert shared == pytest.approx(np.log(7), abs=1e-12)


@pytest.mark.parametrize("alpha", [3, 8, 10, 20, 100])
def test_high_orders_keep_the_logarithm_of_the_number_of_groups(alpha):
    x = np.repeat(np.eye(100), 3, axis=0) * 1e3
    found = renyi_entropy(x, alpha=alpha, bandwidth=1.0)
    assert found == pytest.approx(np.log(100), abs=1e-9)


@pytest.mark.parametrize("alpha", [0.3, 1.4, 1.6, 4.0])
def test_both_forms_of_the_entropy_agree(alpha):
    x = np.random.default_rng(0).normal(size=(40, 2))
    values = np.linalg.eigvalsh(_gram.gram(x, 0.5)) / 40
    exact = np.log(np.sum(values[values > 1e-14] ** alpha)) / (1 - alpha)
    assert renyi_entropy(x, alpha=alpha, bandwidth=0.5) == pytest.approx(exact)


def test_order_two_is_the_mean_of_squared_kernels():
    s, n = 1.5, 2000
    x = np.random.default_rng(1).standard_normal(n)
    # E exp(-(x - x')^2 / s^2), and the pairs of rows with themselves.
    mean = 1 / n + (1 - 1 / n) / np.sqrt(1 + 4 / s**2)
    value = renyi_entropy(x, alpha=2, bandwidth=s)
    # The standard error of a mean over pairs is at most 2 sd / sqrt(n), sd < 1 / 2.
    assert value == pytest.approx(-np.log(mean), abs=4 / np.sqrt(n) / mean)


def test_orders_join_smoothly_at_one():
    x, y = pair()
    for measure, arrays in ((renyi_entropy, (x,)), (renyi_mutual_information, (x, y))):
        middle = measure(*arrays, alpha=1)
        for step in (1e-10, -1e-10):
            near = measure(*arrays, alpha=1 + step)
            assert near == pytest.approx(middle, abs=1e-8)


def test_entropy_falls_with_the_order_and_the_width():
    x = pair()[0]
    by_order = [renyi_entropy(x, alpha=a) for a in (0.5, 1, 1.01, 2, 3.5)]
    by_width = [renyi_entropy(x, bandwidth=s) for s in (1e-3, 0.1, 1.0, 10.0)]
    assert by_order == sorted(by_order, reverse=True)
    assert by_width == sorted(by_width, reverse=True)
    assert by_width[0] == pytest.approx(np.log(80), abs=1e-9)


@ORDERS
def test_information_is_at_most_the_smaller_entropy(alpha):
    x, y = pair()
    smaller = min(renyi_entropy(x, alpha=alpha), renyi_entropy(y, alpha=alpha))
    assert renyi_mutual_information(x, y, alpha=alpha) <= smaller + 1e-12


def test_information_of_order_one_is_never_negative():
    rng = np.random.default_rng(2)
    values = [
        renyi_mutual_information(*rng.standard_normal((2, 30)), alpha=1)
        for _ in range(100)
    ]
    assert min(values) >= 0


@ORDERS
def test_dependence_shows_against_permuted_rows(alpha):
    x, y = pair()
    rng = np.random.default_rng(3)
    null = [
        renyi_mutual_information(x, rng.permutation(y), alpha=alpha) for _ in range(19)
    ]
    assert renyi_mutual_information(x, y, alpha=alpha) > max(null)


@ORDERS
def test_rigid_maps_symmetry_and_the_order_of_rows(alpha):
    x, y = pair()
    rng = np.random.default_rng(4)
    turned = x @ np.linalg.qr(rng.standard_normal((2, 2)))[0] + 3
    order = rng.permutation(80)
    value = renyi_mutual_information(x, y, alpha=alpha)
    # Order .5 weighs eigenvalues up that are hardly more than rounding.
    close = pytest.approx(value, abs=1e-5 if alpha < 1 else 1e-11)
    assert renyi_mutual_information(turned, 5 - y, alpha=alpha) == close
    assert renyi_mutual_information(7 * x, 7 * y, alpha=alpha) == close
    assert renyi_mutual_information(y, x, alpha=alpha) == close
    assert renyi_mutual_information(x[order], y[order], alpha=alpha) == close


def test_blocks_change_nothing(monkeypatch):
    x, y = pair()
    value = renyi_mutual_information(x, y, alpha=2)
    monkeypatch.setattr(_gram, "_BLOCK_BYTES", 2000)
    other = renyi_mutual_information(x, y, alpha=2)
    assert other == pytest.approx(value, abs=1e-13)


@ORDERS
def test_constants_are_exactly_zero(alpha):
    x = pair()[0]
    level = np.full(80, 0.1)
    for value in (
        renyi_entropy(level, alpha=alpha),
        renyi_mutual_information(x, level, alpha=alpha),
        renyi_mutual_information(level, x, alpha=alpha),
    ):
        assert value == 0
        assert not np.signbit(value)


def test_base_two_gives_bits():
    x, y = pair()
    assert renyi_entropy(x, base=2) == renyi_entropy(x) / np.log(2)
    bits = renyi_mutual_information(x, y, base=2, alpha=2)
    assert bits == renyi_mutual_information(x, y, alpha=2) / np.log(2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0}, "alpha must be a positive finite number, found 0"),
        ({"alpha": -1.0}, "alpha must be"),
        ({"alpha": np.inf}, "alpha must be"),
        ({"alpha": "2"}, "alpha must be"),
        ({"bandwidth": 0.0}, "bandwidth must be"),
        ({"bandwidth": (1.0, 2.0, 3.0)}, "bandwidth must be .* found 3 values"),
        ({"base": 1}, "base must be"),
        ({"x": [1.0, np.nan, 2.0]}, "x must hold finite .* NaN"),
        ({"y": [1.0, np.inf, 2.0]}, "y must hold finite .* infinity"),
        ({"y": [1.0, 2.0]}, "y must have 3 rows, as x has, found 2"),
        ({"x": [1.0], "y": [1.0]}, "x must have at least 2 rows, found 1"),
    ],
)
def test_bad_input_is_named(options, message):
    arguments = {"x": [1.0, 2.0, 4.0], "y": [3.0, 1.0, 2.0], **options}
    with pytest.raises(ValueError, match=message):
        renyi_mutual_information(**arguments)
    if "y" not in options and not isinstance(options.get("bandwidth"), tuple):
        del arguments["y"]
        with pytest.raises(ValueError, match=message):
            renyi_entropy(**arguments)
