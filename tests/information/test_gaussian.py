"""Gaussian entropies and informations against closed forms and identities."""

import numpy as np
import pytest

from skmi.information import (
    gaussian_conditional_mutual_information,
    gaussian_entropy,
    gaussian_information_bias,
    gaussian_mutual_information,
)

BIAS = pytest.mark.parametrize("bias_correction", [True, False])


def linked(n=200, seed=0):
    """Return x (n, 3), y (n, 2) and z (n, 2) that all depend on one another."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 2))
    x = rng.standard_normal((n, 3)) + z[:, :1]
    y = rng.standard_normal((n, 2)) + x[:, :2] - 2 * z
    return x, y, z


def log_det(*columns):
    return np.linalg.slogdet(np.atleast_2d(np.cov(np.column_stack(columns).T)))[1]


def conditioned(d, condition_number, rng):
    """Return a (d, d) matrix with singular values from 1 to 1 / condition_number."""
    left, right = (np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(2))
    return left @ np.diag(np.geomspace(1, 1 / condition_number, d)) @ right


def standard_errors_off(estimates, truth):
    error = np.std(estimates, ddof=1) / np.sqrt(len(estimates))
    return abs(np.mean(estimates) - truth) / error


# -------------------------------------------------------------------- closed forms


def test_entropy_without_correction_is_that_of_the_covariance():
    x = linked()[0]
    covariance = np.cov(x.T, bias=True)
    expected = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * covariance)[1]
    value = gaussian_entropy(x, bias_correction=False)
    assert value == pytest.approx(expected, abs=1e-12)


def test_information_without_correction_is_that_of_the_log_determinants():
    x, y, _ = linked()
    expected = (log_det(x) + log_det(y) - log_det(x, y)) / 2
    value = gaussian_mutual_information(x, y, bias_correction=False)
    assert value == pytest.approx(expected, abs=1e-12)


def test_conditional_information_is_that_of_the_log_determinants():
    x, y, z = linked()
    expected = (log_det(x, z) + log_det(y, z) - log_det(x, y, z) - log_det(z)) / 2
    value = gaussian_conditional_mutual_information(x, y, z, bias_correction=False)
    assert value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.9, 0.999])
def test_two_columns_share_minus_half_log_of_one_minus_rho_squared(correlation):
    x, noise = np.random.default_rng(1).standard_normal((2, 5000))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    expected = -0.5 * np.log(1 - correlation**2)
    # The standard error of the information is |rho| / sqrt(n), and 1 / n at rho = 0.
    tolerance = 4 * (abs(correlation) / np.sqrt(5000) + 1 / 5000)
    value = gaussian_mutual_information(x, y)
    assert value == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("noise", [1e-3, 1e-6, 1e-9, 1e-12])
def test_information_stays_exact_when_the_noise_is_tiny(noise):
    basis = np.linalg.qr(
        np.column_stack([np.ones(64), np.random.default_rng(2).normal(size=(64, 2))])
    )[0]
    x, orthogonal = basis[:, 1], basis[:, 2]
    expected = 0.5 * np.log1p(1 / noise**2)
    value = gaussian_mutual_information(
        x, x + noise * orthogonal, bias_correction=False
    )
    assert value == pytest.approx(expected, abs=1e-15 / noise + 1e-12)


def test_fifty_columns_a_side_are_no_trouble():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((3000, 50))
    y = 0.5 * x + np.sqrt(0.75) * rng.standard_normal((3000, 50))
    # 50 pairs of correlation .5, each with a standard error of .5 / sqrt(n).
    tolerance = 4 * 0.5 * np.sqrt(50 / 3000)
    value = gaussian_mutual_information(x, y)
    assert value == pytest.approx(-25 * np.log(0.75), abs=tolerance)


# ------------------------------------------------------------------------- the bias


def test_corrected_entropy_is_unbiased_and_the_plain_one_is_not():
    rng = np.random.default_rng(4)
    scale = conditioned(5, 10, rng)
    truth = 2.5 * np.log(2 * np.pi * np.e) + np.linalg.slogdet(scale)[1]
    draws = [rng.standard_normal((30, 5)) @ scale for _ in range(2000)]
    corrected = [gaussian_entropy(x) for x in draws]
    plain = [gaussian_entropy(x, bias_correction=False) for x in draws]
    assert standard_errors_off(corrected, truth) < 4
    assert standard_errors_off(plain, truth) > 20


def test_corrected_information_is_unbiased_and_the_plain_one_is_not():
    rng = np.random.default_rng(5)
    corrected, plain = [], []
    for _ in range(2000):
        x = rng.standard_normal((30, 3))
        y = x[:, :2] + rng.standard_normal((30, 2))
        corrected.append(gaussian_mutual_information(x, y))
        plain.append(gaussian_mutual_information(x, y, bias_correction=False))
    assert standard_errors_off(corrected, np.log(2)) < 4
    assert standard_errors_off(plain, np.log(2)) > 20


def test_corrected_conditional_information_is_unbiased_and_the_plain_one_is_not():
    rng = np.random.default_rng(6)
    corrected, plain = [], []
    for _ in range(2000):
        z = rng.standard_normal((30, 2))
        x = z[:, 0] + rng.standard_normal(30)
        y = np.column_stack([x, z[:, 1]]) + rng.standard_normal((30, 2))
        corrected.append(gaussian_conditional_mutual_information(x, y, z))
        plain.append(
            gaussian_conditional_mutual_information(x, y, z, bias_correction=False)
        )
    assert standard_errors_off(corrected, np.log(2) / 2) < 4
    assert standard_errors_off(plain, np.log(2) / 2) > 10


# ----------------------------------------------------------------------- identities


@BIAS
def test_information_is_the_sum_of_entropies(bias_correction):
    x, y, _ = linked(30)
    parts = [
        gaussian_entropy(part, bias_correction=bias_correction)
        for part in (x, y, np.column_stack([x, y]))
    ]
    value = gaussian_mutual_information(x, y, bias_correction=bias_correction)
    assert value == pytest.approx(parts[0] + parts[1] - parts[2], abs=1e-12)


@BIAS
def test_chain_rule(bias_correction):
    x, y, z = linked(30)
    options = {"bias_correction": bias_correction}
    whole = gaussian_mutual_information(x, np.column_stack([y, z]), **options)
    first = gaussian_mutual_information(x, z, **options)
    rest = gaussian_conditional_mutual_information(x, y, z, **options)
    assert whole == pytest.approx(first + rest, abs=1e-12)


@BIAS
@pytest.mark.parametrize("weighted", [False, True])
def test_pointwise_values_have_the_information_as_their_mean(bias_correction, weighted):
    x, y, z = linked(40)
    weight = np.random.default_rng(7).uniform(0.5, 3, 40) if weighted else None
    options = {"bias_correction": bias_correction, "sample_weight": weight}
    for measure, arrays in (
        (gaussian_mutual_information, (x, y)),
        (gaussian_conditional_mutual_information, (x, y, z)),
    ):
        rows = measure(*arrays, pointwise=True, **options)
        assert rows.shape == (40,)
        mean = np.average(rows, weights=weight)
        assert mean == pytest.approx(measure(*arrays, **options), abs=1e-12)


def test_pointwise_values_are_log_ratios_of_the_fitted_densities():
    from scipy.stats import multivariate_normal

    x, y, _ = linked(40)

    def log_density(a):
        return multivariate_normal(a.mean(0), np.cov(a.T, bias=True)).logpdf(a)

    both = np.column_stack([x, y])
    expected = log_density(both) - log_density(x) - log_density(y)
    rows = gaussian_mutual_information(x, y, pointwise=True, bias_correction=False)
    np.testing.assert_allclose(rows, expected, atol=1e-10)


@pytest.mark.parametrize("measure", ["entropy", "information", "conditional"])
def test_weights_equal_repeated_rows(measure):
    x, y, z = linked(60)
    weight = np.random.default_rng(8).integers(0, 4, size=60)
    function, arrays = {
        "entropy": (gaussian_entropy, (x,)),
        "information": (gaussian_mutual_information, (x, y)),
        "conditional": (gaussian_conditional_mutual_information, (x, y, z)),
    }[measure]
    repeated = function(*(np.repeat(a, weight, axis=0) for a in arrays))
    assert function(*arrays, sample_weight=weight) == pytest.approx(repeated, abs=1e-12)


# ---------------------------------------------------------------------- invariances


@pytest.mark.parametrize("condition_number", [1, 1e3, 1e6])
def test_affine_maps_change_nothing(condition_number):
    x, y, z = linked()
    rng = np.random.default_rng(9)
    moved = x @ conditioned(3, condition_number, rng) + 100
    tolerance = 1e-13 * condition_number
    value = gaussian_mutual_information(x, y)
    assert gaussian_mutual_information(moved, y) == pytest.approx(value, abs=tolerance)
    value = gaussian_conditional_mutual_information(x, y, z)
    other = gaussian_conditional_mutual_information(moved, y, 5 * z - 1)
    assert other == pytest.approx(value, abs=tolerance)


def test_affine_maps_add_their_log_determinant_to_entropy():
    x = linked()[0]
    matrix = conditioned(3, 100, np.random.default_rng(10))
    expected = gaussian_entropy(x) + np.linalg.slogdet(matrix)[1]
    assert gaussian_entropy(x @ matrix + 7) == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("scale", [1e-250, 1e250])
def test_the_size_of_units_does_not_matter(scale):
    x, y, z = linked()
    assert gaussian_mutual_information(scale * x, y) == pytest.approx(
        gaussian_mutual_information(x, y), abs=1e-12
    )
    assert gaussian_conditional_mutual_information(
        x, scale * y, scale * z
    ) == pytest.approx(gaussian_conditional_mutual_information(x, y, z), abs=1e-12)
    expected = gaussian_entropy(x) + 3 * np.log(scale)
    assert gaussian_entropy(scale * x) == pytest.approx(expected, abs=1e-10)


def test_x_and_y_are_alike():
    x, y, z = linked()
    assert gaussian_mutual_information(y, x) == pytest.approx(
        gaussian_mutual_information(x, y), abs=1e-12
    )
    assert gaussian_conditional_mutual_information(y, x, z) == pytest.approx(
        gaussian_conditional_mutual_information(x, y, z), abs=1e-12
    )


def test_the_order_of_rows_does_not_matter():
    x, y, z = linked()
    order = np.random.default_rng(11).permutation(200)
    for measure, arrays in (
        (gaussian_entropy, (x,)),
        (gaussian_mutual_information, (x, y)),
        (gaussian_conditional_mutual_information, (x, y, z)),
    ):
        value = measure(*(a[order] for a in arrays))
        assert value == pytest.approx(measure(*arrays), abs=1e-12)


def test_projections_never_gain_information():
    x, y, _ = linked()
    whole = gaussian_mutual_information(x, y, bias_correction=False)
    for direction in np.random.default_rng(12).standard_normal((20, 3, 2)):
        part = gaussian_mutual_information(x @ direction, y, bias_correction=False)
        assert part <= whole + 1e-12


def test_independent_variables_share_nothing_on_average():
    rng = np.random.default_rng(13)
    values = [
        gaussian_mutual_information(*rng.standard_normal((2, 50, 4)))
        for _ in range(400)
    ]
    assert standard_errors_off(values, 0) < 4
    assert min(values) < 0


def test_base_two_gives_bits():
    x, y, z = linked()
    assert gaussian_entropy(x, base=2) == gaussian_entropy(x) / np.log(2)
    assert gaussian_mutual_information(x, y, base=2) == gaussian_mutual_information(
        x, y
    ) / np.log(2)
    bits = gaussian_conditional_mutual_information(x, y, z, base=2, pointwise=True)
    nats = gaussian_conditional_mutual_information(x, y, z, pointwise=True)
    np.testing.assert_array_equal(bits, nats / np.log(2))


# ----------------------------------------------------------------------- degenerate


def test_dependent_columns_within_x_change_nothing():
    x, y, z = linked()
    mixed = x @ np.random.default_rng(14).standard_normal((3, 9))
    wide = np.column_stack([x, x, mixed, np.full(200, 0.3)])
    value = gaussian_mutual_information(x, y)
    assert gaussian_mutual_information(wide, y) == pytest.approx(value, abs=1e-12)
    assert gaussian_mutual_information(y, wide) == pytest.approx(value, abs=1e-12)
    value = gaussian_conditional_mutual_information(x, y, z)
    other = gaussian_conditional_mutual_information(wide, y, np.column_stack([z, z]))
    assert other == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("condition_number", [1, 1e3])
def test_a_linear_function_shares_infinitely_much(dtype, condition_number):
    x, y, z = linked()
    matrix = conditioned(3, condition_number, np.random.default_rng(15))
    x, image = x.astype(dtype), (x @ matrix + 3).astype(dtype)
    assert gaussian_mutual_information(x, x) == np.inf
    assert gaussian_mutual_information(x, image) == np.inf
    assert gaussian_mutual_information(x, image[:, 0]) == np.inf
    assert gaussian_conditional_mutual_information(x, image, z) == np.inf
    rows = gaussian_mutual_information(np.column_stack([x, y]), image, pointwise=True)
    np.testing.assert_array_equal(rows, np.inf)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1 / 3, 1e9])
def test_constants_share_exactly_nothing(constant):
    x = linked()[0]
    level = np.full(200, constant)
    for value in (
        gaussian_mutual_information(x, level),
        gaussian_mutual_information(level, x),
        gaussian_mutual_information(level, level),
        gaussian_conditional_mutual_information(x, level, x[:, 0]),
    ):
        assert value == 0
        assert not np.signbit(value)
    rows = gaussian_mutual_information(x, level, pointwise=True)
    np.testing.assert_array_equal(rows, 0)


@pytest.mark.parametrize("condition_number", [1, 1e3, 1e6])
def test_a_function_of_the_condition_shares_exactly_nothing(condition_number):
    x, y, z = linked()
    image = z @ [2.0, -1.0] + 5
    z = z @ conditioned(2, condition_number, np.random.default_rng(16))
    assert gaussian_conditional_mutual_information(image, y, z) == 0
    assert gaussian_conditional_mutual_information(x, image, z) == 0


def test_a_constant_condition_changes_nothing():
    x, y, _ = linked()
    value = gaussian_conditional_mutual_information(x, y, np.full(200, 0.1))
    assert value == pytest.approx(gaussian_mutual_information(x, y), abs=1e-14)


def test_entropy_of_dependent_columns_is_minus_infinity():
    x = linked()[0]
    assert gaussian_entropy(np.column_stack([x, x @ [1.0, 2.0, 3.0]])) == -np.inf
    assert gaussian_entropy(np.full(20, 0.1)) == -np.inf


# ------------------------------------------------------------------------ bad input


def test_too_few_rows_are_named_with_the_columns():
    x, y, z = linked(7)
    with pytest.raises(ValueError, match=r"x must have more rows.*n=3 for d=3"):
        gaussian_entropy(x[:3])
    with pytest.raises(ValueError, match=r"x and y must .*n=5 for d=5"):
        gaussian_mutual_information(x[:5], y[:5])
    with pytest.raises(ValueError, match=r"x and y and z must .*n=7 for d=7"):
        gaussian_conditional_mutual_information(x, y, z)
    with pytest.raises(ValueError, match=r"n=3.5 for d=5"):
        gaussian_mutual_information(x, y, sample_weight=np.full(7, 0.5))
    with pytest.raises(ValueError, match=r"at least 2, found n=1"):
        gaussian_mutual_information([1.0], [2.0])


@pytest.mark.parametrize("name", ["x", "y", "z"])
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([1.0, np.nan, 2.0, 4.0, 3.0], "NaN"),
        ([1.0, np.inf, 2.0, 4.0, 3.0], "infinity"),
        (["a", "b", "c", "d", "e"], "dtype"),
        (np.zeros((5, 2, 2)), r"\(5, 2, 2\)"),
        (np.zeros((5, 0)), r"\(5, 0\)"),
    ],
)
def test_bad_samples_are_named(name, value, found):
    arrays = {key: np.arange(5.0) ** k for k, key in enumerate("xyz", start=1)}
    arrays[name] = value
    with pytest.raises(ValueError, match=f"{name} must .*{found}"):
        gaussian_conditional_mutual_information(**arrays)


def test_arrays_of_other_lengths_are_named():
    x, y, z = linked(20)
    with pytest.raises(ValueError, match="y must have 20 rows, as x has, found 19"):
        gaussian_mutual_information(x, y[1:])
    with pytest.raises(ValueError, match="z must have 20 rows, as x has, found 19"):
        gaussian_conditional_mutual_information(x, y, z[1:])


@pytest.mark.parametrize("weight", [np.ones(3), -np.ones(20), np.zeros(20)])
def test_bad_weights_are_named(weight):
    x, y, _ = linked(20)
    with pytest.raises(ValueError, match="sample_weight must be"):
        gaussian_mutual_information(x, y, sample_weight=weight)


def test_pointwise_values_need_positive_weights():
    x, y, _ = linked(20)
    weight = np.arange(20)
    with pytest.raises(ValueError, match=r"sample_weight must be positive .* 1 of 20"):
        gaussian_mutual_information(x, y, sample_weight=weight, pointwise=True)


def test_a_bad_base_is_named():
    x, y, _ = linked(20)
    with pytest.raises(ValueError, match="base must be"):
        gaussian_mutual_information(x, y, base=-2)


def test_the_bias_taken_off_is_the_one_that_is_named():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    raw, corrected = (
        gaussian_mutual_information(x, y, bias_correction=by) for by in (False, True)
    )
    bias = gaussian_information_bias(40, 3, 2)
    assert raw - corrected == pytest.approx(bias, abs=1e-12)
    assert bias == pytest.approx(3 * 2 / (2 * 40), rel=0.15)
