"""Information of numbers and labels against its special cases and closed forms."""

import numpy as np
import pytest
from scipy.special import digamma

from skmi.information import (
    knn_conditional_mutual_information,
    ksg_mutual_information,
    mixed_conditional_mutual_information,
    mixed_mutual_information,
    univariate_mutual_information,
)


@pytest.fixture
def xyz():
    return np.random.default_rng(0).standard_normal((3, 400))


def brute_force(x, y, z, labels, k):
    """Return I(X;labels|Z) by all distances: one radius, that of the own class."""

    def distances(*columns):
        return np.max([np.abs(c[:, None] - c) for c in columns], axis=0)

    joint, of_z = distances(x, z), distances(z)
    same = labels[:, None] == labels
    inside = np.where(same, joint, np.inf)
    radius = np.sort(inside, axis=1)[:, k][:, None]
    counts = [
        (same & (of_z < radius)).sum(axis=1),
        (joint < radius).sum(axis=1),
        (of_z < radius).sum(axis=1),
    ]
    psi_yz, psi_xz, psi_z = (digamma(c).mean() for c in counts)
    return digamma(k) - psi_yz - psi_xz + psi_z


def test_numbers_are_estimated_as_by_kraskov_and_by_frenzel_and_pompe(xyz):
    x, y, z = xyz
    y = y + x
    assert mixed_conditional_mutual_information(x, y) == pytest.approx(
        ksg_mutual_information(x, y), abs=1e-12
    )
    assert mixed_conditional_mutual_information(x, y, z) == pytest.approx(
        knn_conditional_mutual_information(x, y, z), abs=1e-12
    )


def test_a_number_and_a_label_are_estimated_as_by_ross(xyz):
    x, y, _ = xyz
    label = np.digitize(x + y, [-1, 1.5])
    expected = univariate_mutual_information(x[:, None], label, discrete_target=True)
    value = mixed_conditional_mutual_information(x, None, y_labels=label)
    assert value == pytest.approx(expected[0], abs=1e-12)
    turned = mixed_conditional_mutual_information(None, x, x_labels=label)
    assert turned == pytest.approx(value, abs=1e-12)


def test_repeated_numbers_are_estimated_as_by_gao(xyz):
    x, y, _ = xyz
    clipped, rounded = np.maximum(x, 0), np.round(x + y)
    value = mixed_conditional_mutual_information(clipped, rounded)
    assert value == pytest.approx(mixed_mutual_information(clipped, rounded), abs=1e-12)


def test_a_label_given_a_number_equals_brute_force(xyz):
    x, y, z = xyz
    label = (x + y + z > 0).astype(int)
    value = mixed_conditional_mutual_information(x, None, z, y_labels=label)
    assert value == pytest.approx(brute_force(x, y, z, label, 3), abs=1e-12)


def test_a_copy_of_the_condition_tells_exactly_nothing(xyz):
    x, y, z = xyz
    label = x + z > 0
    assert mixed_conditional_mutual_information(z, y + z, z) == 0
    assert mixed_conditional_mutual_information(z, None, z, y_labels=label) == 0
    assert (
        mixed_conditional_mutual_information(
            None, None, x_labels=label, y_labels=x > 1, z_labels=label
        )
        == 0
    )


def test_labels_in_the_condition_average_over_their_levels(xyz):
    x, y, _ = xyz
    level = np.repeat([0, 1, 2], [250, 147, 3])
    y = y + x * (level == 1)
    parts = [
        (level == c).mean()
        * mixed_conditional_mutual_information(x[level == c], y[level == c])
        for c in (0, 1)  # The third has no more rows than neighbours.
    ]
    value = mixed_conditional_mutual_information(x, y, z_labels=level)
    assert value == pytest.approx(sum(parts), abs=1e-12)


def test_labels_alone_are_counted_without_first_order_bias():
    rng = np.random.default_rng(0)
    values = [
        mixed_conditional_mutual_information(
            None,
            None,
            x_labels=rng.integers(0, 4, 200),
            y_labels=rng.integers(0, 4, 200),
        )
        for _ in range(200)
    ]
    # 2 n I is chi-square with 9 degrees of freedom: sd sqrt(18) / 400 a value.
    assert abs(np.mean(values)) < 4 * np.sqrt(18) / 400 / np.sqrt(200)


def test_exclusive_or_is_seen_given_the_other_part():
    # Signs decide: I(X;Y|Z) = log 2 for numbers and for labels.
    x, z = np.random.default_rng(0).uniform(-1, 1, size=(2, 2000))
    label = x * z > 0
    value = mixed_conditional_mutual_information(x, None, z, y_labels=label)
    # Rows near an axis have neighbours beyond it: some of log 2 is lost.
    assert np.log(2) - 0.08 < value < np.log(2) + 0.02
    counted = mixed_conditional_mutual_information(
        None, None, x_labels=x > 0, y_labels=label, z_labels=z > 0
    )
    assert counted == pytest.approx(np.log(2), abs=0.01)


def test_a_number_and_a_label_that_say_nothing_scatter_around_nothing():
    values = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x, noise, z = rng.standard_normal((3, 500))
        label = z + noise > 0
        values.append(mixed_conditional_mutual_information(x, None, z, y_labels=label))
    # One value scatters by about 0.02.
    assert abs(np.mean(values)) < 0.015


def test_constants_share_nothing(xyz):
    x, y, _ = xyz
    one = np.ones(400)
    assert mixed_conditional_mutual_information(one, y, x) == 0
    assert mixed_conditional_mutual_information(x, None, y_labels=one) == 0
    # Labels that all differ leave no class to look into.
    assert mixed_conditional_mutual_information(x, None, y_labels=np.arange(400)) == 0


def test_base_and_threads(xyz):
    x, y, z = xyz
    value = mixed_conditional_mutual_information(x, y + x, z)
    bits = mixed_conditional_mutual_information(x, y + x, z, base=2, n_jobs=2)
    assert bits == pytest.approx(value / np.log(2), rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": None, "y": [1.0, 2.0]}, "x and x_labels are both None"),
        ({"x": [1.0, 2.0], "y": None}, "y and y_labels are both None"),
        ({"x": [1.0, 2.0], "y": [1.0]}, "same number of rows"),
        ({"x": [1.0], "y": [1.0]}, "at least 2"),
        ({"x": [1.0, np.nan], "y": [1.0, 2.0]}, "x must hold finite real numbers"),
        ({"x": np.ones((2, 2, 2)), "y": [1.0, 2.0]}, "x must be of shape"),
        (
            {"x": [1.0, 2.0], "y": None, "y_labels": [0.5, 1.0]},
            "y_labels must hold labels",
        ),
        (
            {"x": [1.0, 2.0], "y": None, "y_labels": np.ones((2, 1), int)},
            "y_labels must be of shape",
        ),
        ({"x": [1.0, 2.0], "y": [1.0, 2.0], "n_neighbors": 2}, "n_neighbors"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        mixed_conditional_mutual_information(**arguments)
