"""Diffusion spectral entropy and information against closed forms."""

import numpy as np
import pytest

from skmi.information import (
    diffusion_spectral_entropy,
    diffusion_spectral_mutual_information,
)


def sphere(d, n=500, noise=0.0):
    """Return points of a d-sphere in 20 dimensions."""
    rng = np.random.default_rng(d)
    points = np.zeros((n, 20))
    points[:, : d + 1] = rng.standard_normal((n, d + 1))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points + noise * rng.standard_normal(points.shape)


def groups(n_groups=4, size=20):
    """Return points that are equal within groups and far apart between them."""
    labels = np.repeat(np.arange(n_groups), size)
    return 1e3 * labels.astype(float), labels


# -------------------------------------------------------------------------- entropy


@pytest.mark.parametrize("t", [0.5, 1, 7])
@pytest.mark.parametrize("n_groups", [2, 4, 9])
def test_far_groups_have_log_of_their_number(n_groups, t):
    x, _ = groups(n_groups)
    value = diffusion_spectral_entropy(x, bandwidth=1.0, t=t)
    assert value == pytest.approx(np.log(n_groups), abs=1e-10)


@pytest.mark.parametrize("t", [1, 3])
def test_the_spectrum_is_that_of_the_diffusion_matrix(t):
    x = np.random.default_rng(0).standard_normal((60, 3))
    g = np.exp(-((x[:, None] - x) ** 2).sum(-1) / (2 * 0.8**2))
    k = g / np.sqrt(np.outer(g.sum(axis=1), g.sum(axis=1)))
    p = k / k.sum(axis=1, keepdims=True)
    shares = np.abs(np.linalg.eigvals(p)) ** t
    shares /= shares.sum()
    expected = -np.sum(shares * np.log(shares))
    value = diffusion_spectral_entropy(x, bandwidth=0.8, t=t)
    assert value == pytest.approx(expected, abs=1e-10)


def test_spheres_of_more_dimensions_have_more_entropy():
    values = [
        diffusion_spectral_entropy(sphere(d), bandwidth=0.5, base=2)
        for d in (1, 2, 3, 5, 8)
    ]
    # Figures of an independent implementation, on other draws of 500 points.
    np.testing.assert_allclose(values, [3.04, 4.48, 5.56, 7.01, 7.98], atol=0.05)


@pytest.mark.parametrize("t", [30, 100, 1e4])
def test_many_steps_end_in_one_state_and_stay_a_number(t):
    x = np.random.default_rng(0).normal(size=(200, 2))
    found = diffusion_spectral_entropy(x, t=t)
    assert 0 <= found < 1e-9


def test_more_steps_fade_noise():
    clean, noisy = sphere(2), sphere(2, noise=0.1)
    excess = [
        diffusion_spectral_entropy(noisy, bandwidth=0.5, t=t)
        / diffusion_spectral_entropy(clean, bandwidth=0.5, t=t)
        for t in (1, 2, 4)
    ]
    assert excess == sorted(excess, reverse=True)
    assert excess[0] > 1.5
    assert excess[-1] < 1.1


def test_entropy_keeps_under_rigid_maps_scaling_and_the_order_of_rows():
    x = np.random.default_rng(1).standard_normal((60, 3))
    rng = np.random.default_rng(2)
    turned = 4 * x @ np.linalg.qr(rng.standard_normal((3, 3)))[0] + 1
    close = pytest.approx(diffusion_spectral_entropy(x), abs=1e-9)
    assert diffusion_spectral_entropy(turned) == close
    assert diffusion_spectral_entropy(x[rng.permutation(60)]) == close


def test_entropy_lies_between_zero_and_log_n():
    x = np.random.default_rng(3).standard_normal((50, 2))
    wide = diffusion_spectral_entropy(x, bandwidth=1e4)
    narrow = diffusion_spectral_entropy(x, bandwidth=1e-4)
    assert wide == pytest.approx(0, abs=1e-6)
    assert narrow == pytest.approx(np.log(50), abs=1e-9)


def test_equal_rows_have_exactly_zero():
    value = diffusion_spectral_entropy(np.full((30, 2), 0.1))
    assert value == 0
    assert not np.signbit(value)


def test_a_seed_decides_which_rows_are_drawn():
    x = np.random.default_rng(4).standard_normal((100, 2))

    def entropy(seed):
        return diffusion_spectral_entropy(x, max_samples=40, random_state=seed)

    assert entropy(0) == entropy(0)
    assert entropy(0) != entropy(1)
    assert entropy(np.random.default_rng(0)) == entropy(0)
    legacy = [entropy(np.random.RandomState(0)) for _ in range(2)]
    assert legacy[0] == legacy[1]
    assert 0 < entropy(None) <= np.log(40)


def test_the_global_generator_is_left_alone():
    x = np.random.default_rng(5).standard_normal((100, 2))
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    diffusion_spectral_entropy(x, max_samples=40)
    diffusion_spectral_mutual_information(x, x, max_samples=40)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# ---------------------------------------------------------------------- information


@pytest.mark.parametrize("as_type", [int, str, bool])
def test_labels_of_far_groups_share_all_the_entropy(as_type):
    x, labels = groups(2, 100)
    # Every draw of 100 rows meets both groups: the value is exact.
    value = diffusion_spectral_mutual_information(
        x, labels.astype(as_type), bandwidth=1.0, random_state=0
    )
    assert value == pytest.approx(np.log(2), abs=1e-10)


def test_a_continuous_target_is_binned():
    x, labels = groups(2, 100)
    y = labels + 0.1 * np.random.default_rng(6).uniform(size=200)
    value = diffusion_spectral_mutual_information(
        x, y, bandwidth=1.0, n_clusters=2, random_state=0
    )
    assert value == pytest.approx(np.log(2), abs=1e-10)


def test_several_target_columns_are_clustered():
    x, labels = groups(3, 60)
    rng = np.random.default_rng(7)
    y = np.eye(3)[labels] * 10 + 0.1 * rng.standard_normal((180, 3))
    value = diffusion_spectral_mutual_information(
        x, y, bandwidth=1.0, n_clusters=3, random_state=0
    )
    assert value == pytest.approx(np.log(3), abs=1e-10)


def test_independent_labels_share_about_nothing():
    rng = np.random.default_rng(8)
    x = rng.standard_normal((200, 3))
    values = [
        diffusion_spectral_mutual_information(
            x, rng.integers(0, 4, size=200), random_state=seed
        )
        for seed in range(20)
    ]
    own = diffusion_spectral_entropy(x)
    assert abs(np.mean(values)) < 0.02 * own


def test_digits_share_much_with_their_labels_and_nothing_with_others():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    options = {"bandwidth": 20.0, "random_state": 0, "base": 2}
    shared = diffusion_spectral_mutual_information(X, y, **options)
    shuffled = np.random.default_rng(0).permutation(y)
    nothing = diffusion_spectral_mutual_information(X, shuffled, **options)
    # 1.231 and .011 bits with an independent implementation and its own draws.
    assert shared == pytest.approx(1.231, abs=0.03)
    assert abs(nothing) < 0.03


def test_information_with_a_constant_is_exactly_zero():
    x = np.random.default_rng(9).standard_normal((50, 2))
    information = diffusion_spectral_mutual_information
    assert information(x, np.full(50, 3), random_state=0) == 0
    assert information(x, np.full(50, 0.1), random_state=0) == 0
    assert information(x, np.full((50, 2), 0.1), random_state=0) == 0
    assert information(np.full(50, 0.1), np.arange(50) % 3, random_state=0) == 0


def test_a_seed_decides_the_information():
    x = np.random.default_rng(10).standard_normal((100, 2))
    for y in (np.arange(100) % 3, x[:, 0], x):
        values = [
            diffusion_spectral_mutual_information(x, y, max_samples=60, random_state=s)
            for s in (0, 0, 1)
        ]
        assert values[0] == values[1] != values[2]


def test_one_column_is_the_same_as_none():
    x, labels = groups(3, 20)
    options = {"bandwidth": 1.0, "random_state": 0}
    flat = diffusion_spectral_mutual_information(x, labels, **options)
    column = diffusion_spectral_mutual_information(x, labels[:, None], **options)
    assert flat == column


def test_base_two_gives_bits():
    x = np.random.default_rng(11).standard_normal((50, 2))
    assert diffusion_spectral_entropy(x, base=2) == diffusion_spectral_entropy(
        x
    ) / np.log(2)
    options = {"y": np.arange(50) % 2, "random_state": 0}
    bits = diffusion_spectral_mutual_information(x, base=2, **options)
    nats = diffusion_spectral_mutual_information(x, **options)
    assert bits == nats / np.log(2)


# ------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bandwidth": 0}, "bandwidth must be"),
        ({"t": 0}, "t must be a positive finite number, found 0"),
        ({"max_samples": 1}, "max_samples must be an int of at least 2, found 1"),
        ({"random_state": "x"}, "random_state must be"),
        ({"random_state": -1}, "random_state must be"),
        ({"base": 1}, "base must be"),
        ({"n_clusters": 1}, "n_clusters must be"),
        ({"n_repeats": 0}, "n_repeats must be"),
        ({"x": [1.0, np.nan, 2.0]}, "x must hold finite .* NaN"),
        ({"y": [1.0, np.nan, 2.0]}, "y must hold finite .* NaN"),
        ({"y": [1, 2]}, "y must have 3 rows, as x has, found 2"),
        ({"y": [1.5, 2.5]}, "y must have 3 rows, as x has, found 2"),
        ({"x": [1.0], "y": [1]}, "x must have at least 2 rows, found 1"),
    ],
)
def test_bad_input_is_named(options, message):
    arguments = {"x": [1.0, 2.0, 4.0], "y": [0, 1, 1], **options}
    with pytest.raises(ValueError, match=message):
        diffusion_spectral_mutual_information(**arguments)
    if not options.keys() & {"n_clusters", "n_repeats", "y"}:
        del arguments["y"]
        with pytest.raises(ValueError, match=message):
            diffusion_spectral_entropy(**arguments)
