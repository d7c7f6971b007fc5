"""Measures of many variables against closed forms and identities."""

import numpy as np
import pytest

from skmi.information import (
    CORRECTIONS,
    contingency_table,
    dual_total_correlation,
    interaction_information,
    kozachenko_leonenko_entropy,
    mutual_information,
    o_information,
    s_information,
    total_correlation,
)

MEASURES = [total_correlation, dual_total_correlation, o_information, s_information]
PARITY = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
COPIES = np.array([[0, 0, 0], [1, 1, 1]])
LOG_2 = np.log(2)


def equicorrelated(rho, n_variables=3):
    return np.full((n_variables, n_variables), rho) + (1 - rho) * np.eye(n_variables)


def synergy(rho):
    """Return the covariance of two causes, one hidden by noise, and their effect."""
    matrix = np.eye(3)
    matrix[0, 1] = matrix[1, 0] = 1 / np.sqrt(2)
    matrix[1, 2] = matrix[2, 1] = rho / np.sqrt(2)
    return matrix


def samples_of(covariance, n_rows, seed=0):
    """Return Gaussian rows."""
    normal = np.random.default_rng(seed).standard_normal((n_rows, len(covariance)))
    return normal @ np.linalg.cholesky(covariance).T


def exact_samples_of(covariance, n_rows=50):
    """Return rows whose sample covariance is the given one."""
    normal = np.random.default_rng(0).standard_normal((n_rows, len(covariance)))
    normal -= normal.mean(axis=0)
    q = np.linalg.qr(normal)[0] * np.sqrt(n_rows)
    return q @ np.linalg.cholesky(covariance).T


def codes(n_rows=200, n_columns=4, n_levels=3, seed=0):
    """Return dependent columns of codes."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, n_levels, size=(n_rows, n_columns))
    X[:, 1] = np.where(rng.random(n_rows) < 0.5, X[:, 0], X[:, 1])
    X[:, -1] = (X[:, 0] + X[:, 1] + (rng.random(n_rows) < 0.2)) % n_levels
    return X


# ---------------------------------------------------------------- closed forms


def test_parity_and_copies_have_their_textbook_values():
    expected = {
        total_correlation: (LOG_2, 2 * LOG_2),
        dual_total_correlation: (2 * LOG_2, LOG_2),
        o_information: (-LOG_2, LOG_2),
        s_information: (3 * LOG_2, 3 * LOG_2),
    }
    for measure, (parity, copies) in expected.items():
        assert measure(PARITY) == pytest.approx(parity, abs=1e-14)
        assert measure(COPIES) == pytest.approx(copies, abs=1e-14)


@pytest.mark.parametrize("n_variables", [4, 10, 20])
def test_o_information_of_parity_and_copies_reaches_its_bounds(n_variables):
    extreme = (n_variables - 2) * LOG_2
    copies = np.repeat([[0], [1]], n_variables, axis=1)
    assert o_information(copies) == pytest.approx(extreme, abs=1e-11)
    if n_variables <= 10:
        bits = np.arange(2 ** (n_variables - 1))[:, None] >> np.arange(n_variables - 1)
        parity = np.column_stack([bits & 1, (bits & 1).sum(axis=1) % 2])
        assert o_information(parity) == pytest.approx(-extreme, abs=1e-11)


@pytest.mark.parametrize(
    ("covariance", "total", "dual", "omega"),
    [
        (equicorrelated(0.6), 0.5221, 0.3747, 0.1474),
        (synergy(0.8), 0.8574, 1.1754, -0.3180),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 1e6])
def test_gaussian_triples_have_their_closed_forms(
    covariance, total, dual, omega, scale
):
    X = exact_samples_of(covariance) * [1, scale, 1 / scale] + 3
    options = {"estimator": "gaussian", "bias_correction": False}
    assert total_correlation(X, **options) == pytest.approx(total, abs=5e-5)
    assert dual_total_correlation(X, **options) == pytest.approx(dual, abs=5e-5)
    assert o_information(X, **options) == pytest.approx(omega, abs=1e-4)
    log_det = np.linalg.slogdet(covariance)[1]
    assert total_correlation(X, **options) == pytest.approx(-log_det / 2, abs=1e-9)


@pytest.mark.parametrize(("rho", "omega"), [(0.6, -0.1239), (0.8, -0.3180)])
@pytest.mark.parametrize("estimator", ["gaussian", "copula"])
def test_synergy_is_found_from_two_thousand_rows(rho, omega, estimator):
    X = samples_of(synergy(rho), 2000)
    assert o_information(X, estimator=estimator) == pytest.approx(omega, abs=0.04)


@pytest.mark.parametrize(
    "measure", [total_correlation, dual_total_correlation, o_information]
)
def test_the_corrected_gaussian_estimate_is_unbiased_at_ten_rows(measure):
    covariance = equicorrelated(0.5, 4)
    exact = measure(
        exact_samples_of(covariance), estimator="gaussian", bias_correction=False
    )
    found = {
        correct: np.array(
            [
                measure(
                    samples_of(covariance, 10, seed),
                    estimator="gaussian",
                    bias_correction=correct,
                )
                for seed in range(600)
            ]
        )
        for correct in (True, False)
    }
    standard_error = found[True].std() / np.sqrt(600)
    assert abs(found[True].mean() - exact) < 4 * standard_error
    if measure is not o_information:
        assert abs(found[False].mean() - exact) > 6 * standard_error


# ------------------------------------------------------------------ identities


@pytest.mark.parametrize("estimator", ["discrete", "gaussian", "copula"])
def test_two_variables_have_their_mutual_information(estimator):
    if estimator == "discrete":
        X = codes(n_columns=2)
        expected = mutual_information(contingency_table(X[:, 0], X[:, 1]))
    else:
        X = exact_samples_of(equicorrelated(0.5, 2))
        expected = -np.log(1 - 0.25) / 2
    options = {"estimator": estimator, "bias_correction": False}
    total = total_correlation(X, **options)
    assert dual_total_correlation(X, **options) == pytest.approx(total, abs=1e-14)
    assert o_information(X, **options) == pytest.approx(0, abs=1e-14)
    if estimator != "copula":
        assert total == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_o_information_of_three_is_the_interaction_information(correction):
    X = codes(n_columns=3)
    table = np.zeros((3, 3, 3))
    np.add.at(table, tuple(X.T), 1)
    expected = interaction_information(table, correction=correction)
    value = o_information(X, correction=correction)
    assert value == pytest.approx(expected, abs=1e-12)


def test_s_information_is_the_information_of_each_about_all_others():
    X = codes()
    expected = 0.0
    for i in range(4):
        _, others = np.unique(np.delete(X, i, axis=1), axis=0, return_inverse=True)
        expected += mutual_information(contingency_table(X[:, i], others.ravel()))
    assert s_information(X) == pytest.approx(expected, abs=1e-12)


def test_total_correlation_obeys_its_chain_rule():
    X = codes()
    parts = total_correlation(X[:, :2]) + total_correlation(
        X, groups=[[0, 1], [2], [3]]
    )
    assert total_correlation(X) == pytest.approx(parts, abs=1e-12)


@pytest.mark.parametrize("estimator", ["discrete", "gaussian"])
def test_columns_in_no_group_are_not_looked_at(estimator):
    X = codes()
    groups = [[3, 0], [1]]
    options = {"estimator": estimator, "correction": "james_stein"}
    for measure in MEASURES:
        value = measure(X, groups=groups, **options)
        alone = measure(X[:, [0, 1, 3]], groups=[[0, 2], [1]], **options)
        assert value == pytest.approx(alone, abs=1e-13)


@pytest.mark.parametrize("measure", MEASURES)
def test_copula_values_do_not_change_under_rising_maps(measure):
    X = samples_of(synergy(0.8), 500)
    bent = np.column_stack([np.exp(X[:, 0]), X[:, 1] ** 3, np.arctan(X[:, 2])])
    assert measure(bent, estimator="copula") == measure(X, estimator="copula")


def test_gaussian_values_do_change_under_bending_maps():
    X = samples_of(synergy(0.8), 2000)
    bent = np.sign(X) * np.abs(X) ** 3
    straight, curved = (o_information(x, estimator="gaussian") for x in (X, bent))
    assert abs(straight - curved) > 0.1


def test_plugin_total_correlation_is_biased_as_documented():
    rng = np.random.default_rng(1)
    values = np.array(
        [total_correlation(rng.integers(0, 3, size=(3000, 3))) for _ in range(100)]
    )
    expected = (27 - 9 + 3 - 1) / (2 * 3000)
    standard_error = values.std() / 10
    assert values.mean() == pytest.approx(expected, abs=4 * standard_error)
    corrected = total_correlation(
        rng.integers(0, 3, size=(3000, 3)), correction="miller_madow"
    )
    # 2 n TC is about chi-square with 20 degrees: its standard deviation is 6.3.
    assert abs(corrected) < 4 * 6.3 / 6000


@pytest.mark.parametrize("measure", MEASURES)
def test_weights_equal_repetition(measure):
    X = codes(60)
    weight = np.random.default_rng(2).integers(0, 3, size=60)
    repeated = np.repeat(X, weight, axis=0)
    assert measure(X, sample_weight=weight) == measure(repeated)
    for estimator in ("gaussian", "copula"):
        value = measure(X, sample_weight=weight, estimator=estimator)
        expected = measure(repeated, estimator=estimator)
        assert value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    "estimator", ["discrete", "gaussian", "copula", kozachenko_leonenko_entropy]
)
def test_one_variable_among_constants_shares_exactly_nothing(measure, estimator):
    X = np.ones((30, 4), dtype=int)
    X[:, 2] = np.random.default_rng(3).permutation(30) // 4
    assert measure(X, estimator=estimator) == 0.0
    assert measure(X[:, 2:3], estimator=estimator) == 0.0


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
@pytest.mark.parametrize("measure", MEASURES)
def test_a_constant_changes_nothing(measure, correction):
    X = codes(n_columns=3)
    wider = np.insert(X, 1, 7, axis=1)
    value = measure(X, correction=correction)
    assert measure(wider, correction=correction) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_callable_estimates_each_entropy(measure):
    def gaussian(samples):
        return (
            np.linalg.slogdet(
                np.cov(samples.T, ddof=0).reshape(samples.shape[1], samples.shape[1])
            )[1]
            / 2
        )

    X = samples_of(synergy(0.8), 100)
    expected = measure(X, estimator="gaussian", bias_correction=False)
    assert measure(X, estimator=gaussian) == pytest.approx(expected, abs=1e-12)


def test_nearest_neighbours_find_the_redundant_triple():
    X = samples_of(equicorrelated(0.6), 2000)
    value = total_correlation(X, estimator=kozachenko_leonenko_entropy)
    # The neighbours' entropies have standard errors of about .02 each.
    assert value == pytest.approx(0.5221, abs=0.1)


def test_measures_come_in_bits_on_request():
    for measure in MEASURES:
        assert measure(PARITY, base=2) == pytest.approx(measure(PARITY) / LOG_2)


# --------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("X", "found"),
    [
        (np.zeros(3, dtype=int), r"2-D .*\(3,\)"),
        (np.zeros((0, 2), dtype=int), "0 rows"),
        (np.zeros((3, 2)), "integer codes .*float64.*discretize"),
        (np.array([[None, 1]]), "integer codes .*object"),
    ],
)
def test_bad_codes_are_named(X, found):
    with pytest.raises(ValueError, match=f"^X must .*{found}"):
        total_correlation(X)


@pytest.mark.parametrize("estimator", ["gaussian", "copula"])
@pytest.mark.parametrize(
    ("X", "found"),
    [
        ([[0.0, np.nan], [1.0, 2.0]], "NaN"),
        ([["a", "b"], ["c", "d"]], "dtype"),
        ([[0.0, 1.0], [1.0, 2.5]], "more rows .* 2 rows and 2 columns"),
        (np.arange(10.0)[:, None] * [1, 2], "follow from others .* found 1"),
    ],
)
def test_bad_numbers_are_named(estimator, X, found):
    with pytest.raises(ValueError, match=f"^X must .*{found}"):
        o_information(X, estimator=estimator)


def test_an_unknown_estimator_is_named():
    with pytest.raises(ValueError, match=r"estimator must be .*copula.*'knn'"):
        total_correlation(PARITY, estimator="knn")


def test_an_unknown_correction_is_named():
    with pytest.raises(ValueError, match=r"correction must be .*plugin.*'none'"):
        total_correlation(PARITY, correction="none")


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ([[0, 3]], "at most 2, found 3"),
        ([[0], [0, 1]], "different numbers"),
        ([[0, 0]], "different numbers"),
        ([[0], []], "different numbers"),
        ([], "at least 1 list"),
        ([[0.0]], "int of at least 0"),
    ],
)
def test_bad_groups_are_named(groups, found):
    with pytest.raises(ValueError, match=f"^groups must .*{found}"):
        total_correlation(PARITY, groups=groups)


def test_weights_do_not_fit_a_callable():
    with pytest.raises(ValueError, match=r"sample_weight must be None .*callable"):
        total_correlation(PARITY, estimator=np.var, sample_weight=[1, 1, 1, 1])


def test_bad_weights_are_named():
    with pytest.raises(ValueError, match=r"sample_weight must .*\(4,\).*\(3,\)"):
        total_correlation(PARITY, sample_weight=[1, 1, 1])
