"""Each correction of entropy against exact values, and against the bias it removes."""

from functools import cache, partial
from pathlib import Path

import mpmath
import numpy as np
import pytest

from skmi.information import (
    CORRECTIONS,
    conditional_mutual_information,
    correction_arguments,
    entropy,
    interaction_information,
    joint_entropies,
    mutual_information,
)

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "user_guide" / "information.md"


def plugin(p):
    """Return -sum p log p of probabilities, zeros left out."""
    p = np.asarray(p, dtype=float).ravel()
    return float(-np.sum(p[p > 0] * np.log(p[p > 0])))


def zipf(n_levels):
    p = 1 / np.arange(1, n_levels + 1)
    return p / p.sum()


CASES = {
    "$H$, uniform": (np.full(50, 1 / 50), 50),
    "$H$, Zipf": (zipf(50), 50),
    "$I$, independent": (np.full((10, 10), 0.01), 100),
    "$I$, dependent": (np.full((10, 10), 0.005) + np.eye(10) / 20, 100),
}


def errors(p, n_rows, corrections, n_samples=300):
    """Return the errors of each correction over samples of the same seed."""
    rng = np.random.default_rng(0)
    samples = rng.multinomial(n_rows, np.ravel(p), size=n_samples)
    samples = samples.reshape(n_samples, *np.shape(p))
    if np.ndim(p) == 1:
        estimate, truth = entropy, plugin(p)
    else:
        estimate = mutual_information
        truth = plugin(p.sum(axis=0)) + plugin(p.sum(axis=1)) - plugin(p)
    return {
        name: np.array([estimate(s, correction=name) - truth for s in samples])
        for name in corrections
    }


@cache
def errors_of_case(case):
    return errors(*CASES[case], CORRECTIONS)


# ---------------------------------------------------------------- exact values


def test_grassberger_equals_the_recursion_of_its_g():
    g = {1: -np.euler_gamma - np.log(2), 2: 2 - np.euler_gamma - np.log(2)}
    for n in range(3, 40):
        g[n] = g[n - 1] if n % 2 else g[n - 2] + 2 / (n - 1)
    counts = [1, 2, 3, 8, 39]
    expected = np.log(53) - sum(n * g[n] for n in counts) / 53
    assert entropy(counts, correction="grassberger") == pytest.approx(
        expected, abs=1e-13
    )


def test_chao_shen_equals_its_sum_cell_by_cell():
    counts = [1, 1, 2, 6]
    coverage = mpmath.mpf(8) / 10
    expected = mpmath.mpf(0)
    for n in counts:
        q = coverage * n / 10
        expected -= q * mpmath.log(q) / (1 - (1 - q) ** 10)
    value = entropy(counts, correction="chao_shen")
    assert value == pytest.approx(float(expected), abs=1e-13)


def test_chao_shen_of_singletons_takes_the_coverage_for_that_of_one_row_less():
    # Five rows of five levels: C = 1/5, so q = 1/25 and H = 5 q log 25 / (...).
    expected = 5 / 25 * np.log(25) / (1 - (24 / 25) ** 5)
    value = entropy(np.ones(5), correction="chao_shen")
    assert value == pytest.approx(expected, abs=1e-13)


def test_james_stein_equals_the_entropy_of_shrunk_frequencies():
    counts = np.array([4, 3, 2, 1, 0])
    p = counts / 10
    weight = (1 - np.sum(p**2)) / (9 * np.sum((0.2 - p) ** 2))
    assert 0.5 < weight < 1
    expected = plugin(weight / 5 + (1 - weight) * p)
    value = entropy(counts, correction="james_stein")
    assert value == pytest.approx(expected, abs=1e-13)


def test_james_stein_shrinks_the_joint_table_and_its_marginals_with_it():
    table = np.array([[9, 1, 0], [2, 7, 4]])
    p = table / 23
    weight = (1 - np.sum(p**2)) / (22 * np.sum((1 / 6 - p) ** 2))
    shrunk = weight / 6 + (1 - weight) * p
    expected = plugin(shrunk.sum(axis=0)) + plugin(shrunk.sum(axis=1)) - plugin(shrunk)
    value = mutual_information(table, correction="james_stein")
    assert value == pytest.approx(expected, abs=1e-13)
    cube = np.random.default_rng(0).integers(0, 5, size=(2, 3, 4))
    p = cube / cube.sum()
    weight = (1 - np.sum(p**2)) / ((cube.sum() - 1) * np.sum((1 / 24 - p) ** 2))
    shrunk = weight / 24 + (1 - weight) * p
    expected = mutual_information(shrunk.sum(axis=2)) - (
        conditional_mutual_information(shrunk)
    )
    value = interaction_information(cube, correction="james_stein")
    assert value == pytest.approx(expected, abs=1e-13)


def nsb_by_quadrature(counts, n_cells):
    """Return the NSB entropy by quadrature of a higher order."""
    counts, n, k = [int(c) for c in counts if c > 0], int(sum(counts)), n_cells

    def likelihood(beta):
        value = mpmath.loggamma(k * beta) - mpmath.loggamma(n + k * beta)
        for c in counts:
            value += mpmath.loggamma(c + beta) - mpmath.loggamma(beta)
        return mpmath.exp(value) * (
            k * mpmath.psi(1, k * beta + 1) - mpmath.psi(1, beta + 1)
        )

    def mean(beta):
        value = mpmath.psi(0, n + k * beta + 1)
        for c in [*counts, *[0] * (k - len(counts))]:
            share = (c + beta) / (n + k * beta)
            value -= share * mpmath.psi(0, c + beta + 1)
        return value

    nodes = [-40, -20, *range(-12, 13, 4), 20, 40]
    with mpmath.workdps(15):
        evidence = mpmath.quad(
            lambda u: likelihood(mpmath.exp(u)) * mpmath.exp(u), nodes
        )
        moment = mpmath.quad(
            lambda u: likelihood(mpmath.exp(u)) * mean(mpmath.exp(u)) * mpmath.exp(u),
            nodes,
        )
        return float(moment / evidence)


@pytest.mark.parametrize("counts", [[6, 3, 1, 0, 0, 0], [1, 1, 1, 0, 0]])
def test_nsb_equals_slow_quadrature(counts):
    expected = nsb_by_quadrature(counts, len(counts))
    assert entropy(counts, correction="nsb") == pytest.approx(expected, abs=1e-11)


def test_nsb_finds_a_narrow_posterior_and_bears_many_cells():
    # 10,000 cells of 100 rows each pin the entropy down to about K / 2N.
    value = entropy(np.full(10_000, 100), correction="nsb")
    assert value == pytest.approx(np.log(10_000), abs=1e-4)
    # Without a coincidence the estimate rises with the number of cells, boundedly.
    one, two = (CORRECTIONS["nsb"](np.ones(50), n_cells=10**k) for k in (6, 40))
    assert np.log(50) < one < two < np.log(10) * 40


def test_nsb_of_a_single_cell_is_exactly_zero():
    assert CORRECTIONS["nsb"](np.array([7.0])) == 0.0


# ------------------------------------------------------------- the contract


@pytest.mark.parametrize("correction", ["plugin", "miller_madow", "grassberger"])
def test_empty_cells_do_not_matter_to_most_corrections(correction):
    value = entropy([6, 3, 1], correction=correction)
    assert entropy([6, 3, 1, 0, 0], correction=correction) == value


@pytest.mark.parametrize("correction", ["james_stein", "nsb"])
def test_possible_levels_raise_the_entropy_where_they_are_counted(correction):
    value = entropy([6, 3, 1], correction=correction)
    assert entropy([6, 3, 1, 0, 0], correction=correction) > value + 0.05
    assert CORRECTIONS[correction](np.array([1.0, 3.0, 6.0])) == value


def test_a_callable_gets_the_parameters_that_it_names():
    table = np.array([[2, 1, 0], [0, 4, 1]])
    seen = []

    def with_all(counts, n_cells, joint):
        seen.append((counts.tolist(), n_cells, joint[0].tolist(), joint[1]))
        return 0.0

    mutual_information(table, correction=with_all)
    joint = ([1, 1, 2, 4], 6)
    assert ([3, 5], 2, *joint) in seen
    assert ([1, 2, 5], 3, *joint) in seen
    assert (*joint, *joint) in seen


def test_what_partial_has_fixed_stays_fixed():
    with_ten = partial(CORRECTIONS["nsb"], n_cells=10)
    padded = [6, 3, 1] + [0] * 7
    assert entropy([6, 3, 1], correction=with_ten) == entropy(padded, correction="nsb")


def test_joint_entropies_count_the_levels_of_each_column_alone():
    rng = np.random.default_rng(1)
    codes = np.column_stack([rng.integers(0, k, size=60) for k in (2, 9)])
    other = rng.integers(0, 3, size=60)
    values = joint_entropies(codes, other, correction="nsb")
    for j, k in enumerate((2, 9)):
        table = np.zeros((k, 3))
        np.add.at(table, (codes[:, j], other), 1)
        assert values[j] == pytest.approx(entropy(table, correction="nsb"), abs=1e-13)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_weights_of_whole_numbers_equal_counts(correction):
    counts = np.array([7, 4, 2, 1, 1])
    assert entropy(counts.astype(float), correction=correction) == pytest.approx(
        entropy(counts, correction=correction), abs=1e-14
    )


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_corrections_vanish_as_the_sample_grows(correction):
    # What they add is of order K / N.
    counts = np.array([5, 3, 2, 1]) * 10**6
    value = entropy(counts, correction=correction)
    assert value == pytest.approx(plugin([5 / 11, 3 / 11, 2 / 11, 1 / 11]), abs=1e-5)


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_fractions_of_rows_give_finite_entropies(correction):
    value = entropy([0.2, 0.3, 0.1], correction=correction)
    assert np.isfinite(value)


# ----------------------------------------------------------------------- bias


def test_every_correction_is_nearer_than_plugin_at_one_row_a_level():
    found = errors_of_case("$H$, uniform")
    mean_errors = {name: np.abs(e).mean() for name, e in found.items()}
    plugin_error = mean_errors.pop("plugin")
    # The plug-in value is too low by more than half a nat; the others' spreads are
    # at most .17, so that their mean errors are known to .01.
    assert plugin_error > 0.5
    assert mean_errors["miller_madow"] < 0.5 * plugin_error
    del mean_errors["miller_madow"]
    assert max(mean_errors.values()) < 0.3 * plugin_error


def test_every_correction_is_nearer_than_plugin_under_zipf():
    found = errors_of_case("$H$, Zipf")
    mean_errors = {name: np.abs(e).mean() for name, e in found.items()}
    plugin_error = mean_errors.pop("plugin")
    assert plugin_error > 0.4
    assert max(mean_errors.values()) < 0.6 * plugin_error
    assert abs(found["grassberger"].mean()) < 0.1
    assert abs(found["chao_shen"].mean()) < 0.1


def test_grassberger_leaves_no_bias_of_information_at_five_rows_a_cell():
    found = errors(np.full((10, 10), 0.01), 500, ["plugin", "grassberger"])
    standard_error = found["grassberger"].std() / np.sqrt(300)
    assert abs(found["grassberger"].mean()) < 4 * standard_error
    assert found["plugin"].mean() > 0.08


def table_of_the_guide():
    """Return the bias that the user guide prints: case -> correction -> nats."""
    lines = GUIDE.read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("| correction"))
    cases = [cell.strip() for cell in lines[first].strip("|").split("|")][1:]
    found = {case: {} for case in cases}
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        name, *values = (cell.strip() for cell in line.strip("|").split("|"))
        for case, value in zip(cases, values, strict=True):
            found[case][name.strip("`")] = float(value)
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_guide_prints_the_bias_that_is_measured(case):
    printed = table_of_the_guide()[case]
    measured = {name: e.mean() for name, e in errors_of_case(case).items()}
    assert printed == pytest.approx(measured, abs=0.006)


def test_arguments_of_a_correction_are_read_off_its_signature():
    def own(counts, joint=None, n_cells=None, other=1):
        return 0.0

    assert correction_arguments("nsb") == ("n_cells",)
    assert correction_arguments("plugin") == ()
    assert correction_arguments(own) == ("n_cells", "joint")
    assert correction_arguments(partial(own, n_cells=9)) == ("joint",)
    with pytest.raises(ValueError, match="correction must be one of"):
        correction_arguments("unknown")
