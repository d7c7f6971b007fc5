"""Von Neumann entropy and effective rank against closed forms."""

import numpy as np
import pytest

from skmi.information import effective_rank, von_neumann_entropy


def rows(n=50, d=6, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("normalize", ["rows", None])
@pytest.mark.parametrize("center", [True, False])
def test_value_is_that_of_the_eigenvalues(normalize, center):
    x = rows() * [1, 2, 3, 4, 5, 6] + 1
    z = x - x.mean(axis=0) if center else x
    if normalize:
        z = z / np.linalg.norm(z, axis=1, keepdims=True)
    shares = np.linalg.eigvalsh(z.T @ z)
    shares /= shares.sum()
    expected = -np.sum(shares * np.log(shares))
    value = von_neumann_entropy(x, normalize=normalize, center=center)
    assert value == pytest.approx(expected, abs=1e-12)
    rank = effective_rank(x, normalize=normalize, center=center)
    assert rank == pytest.approx(np.exp(expected), abs=1e-11)


@pytest.mark.parametrize("d", [1, 2, 16])
def test_equally_strong_directions_count_in_full(d):
    assert von_neumann_entropy(np.eye(d)) == pytest.approx(np.log(d), abs=1e-14)
    assert effective_rank(3 * np.eye(d)) == pytest.approx(d, abs=1e-12)


def test_isotropic_rows_fill_all_directions():
    # The bias of the entropy is about d / 2n, and log d is 2.77.
    assert von_neumann_entropy(rows(2000, 16)) > 0.99 * np.log(16)


def test_four_directions_in_sixteen_dimensions_have_rank_four():
    directions = np.linalg.qr(rows(16, 4))[0].T
    x = directions[np.random.default_rng(1).integers(0, 4, size=2000)]
    assert effective_rank(x) == pytest.approx(4, rel=0.02)


def test_few_rows_cap_the_rank():
    # A value of .79 times the cap of 32: squared singular values are spread.
    assert 24 < effective_rank(rows(32, 64)) < 27


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_one_direction_has_no_entropy(scale):
    x = scale * np.outer(rows(30, 1), rows(1, 5))
    value = von_neumann_entropy(x)
    assert value == pytest.approx(0, abs=1e-12)
    assert effective_rank(x) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("normalize", ["rows", None])
def test_rotations_scaling_and_the_order_of_rows_change_nothing(normalize):
    x = rows() * [1, 2, 3, 4, 5, 6]
    rng = np.random.default_rng(2)
    turned = 1e-9 * x @ np.linalg.qr(rng.standard_normal((6, 6)))[0]
    close = pytest.approx(von_neumann_entropy(x, normalize=normalize), abs=1e-12)
    assert von_neumann_entropy(turned, normalize=normalize) == close
    order = rng.permutation(50)
    assert von_neumann_entropy(x[order], normalize=normalize) == close


def test_lengths_of_rows_do_not_matter_once_normalised():
    x = rows()
    lengths = np.random.default_rng(3).exponential(size=(50, 1)) + 0.1
    close = pytest.approx(von_neumann_entropy(x), abs=1e-12)
    assert von_neumann_entropy(lengths * x) == close
    assert von_neumann_entropy(lengths * x, normalize=None) != close


def test_a_large_mean_hides_the_rest_until_it_is_taken_off():
    x = rows(500) + 100
    assert effective_rank(x) < 1.05
    assert effective_rank(x, center=True) > 5.8


def test_zeros_and_constants_have_no_entropy():
    level = np.full((20, 3), 0.1)
    assert von_neumann_entropy(np.zeros((20, 3))) == 0
    assert von_neumann_entropy(level, center=True) == 0
    assert von_neumann_entropy(level) == pytest.approx(0, abs=1e-12)
    assert effective_rank(np.zeros((20, 3))) == 1


def test_rows_of_zeros_change_nothing():
    x = rows()
    padded = np.concatenate([x, np.zeros((7, 6))])
    value = von_neumann_entropy(padded)
    assert value == pytest.approx(von_neumann_entropy(x), abs=1e-12)


def test_base_two_gives_bits():
    x = rows()
    assert von_neumann_entropy(x, base=2) == von_neumann_entropy(x) / np.log(2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": [[1.0, np.nan]]}, "x must hold finite .* NaN"),
        ({"x": np.zeros((0, 3))}, r"x must be of shape .* \(0, 3\)"),
        ({"normalize": "columns"}, "normalize must be 'rows' or None"),
        ({"base": -1}, "base must be"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        von_neumann_entropy(**({"x": rows()} | options))
    if "base" not in options:
        with pytest.raises(ValueError, match=message):
            effective_rank(**({"x": rows()} | options))
