"""Student's t: the information against densities, quadrature and limits."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_t
from scipy.stats import t as student

from skmi.datasets import make_multivariate_gaussians, make_student_t


def information(**options):
    return make_student_t(10, random_state=0, return_mi=True, **options)[2]


@pytest.mark.parametrize(
    ("dof", "n_x", "n_y", "rho"), [(1, 1, 1, 0.0), (2.5, 2, 1, 0.7), (5, 3, 3, -0.4)]
)
def test_information_is_the_mean_log_density_ratio(dof, n_x, n_y, rho):
    X, y, mi = make_student_t(
        100_000,
        dof=dof,
        n_features=n_x,
        n_targets=n_y,
        rho=rho,
        random_state=0,
        return_mi=True,
    )
    rows = np.column_stack([X, y])
    shape = np.eye(n_x + n_y)
    shape[0, n_x] = shape[n_x, 0] = rho
    ratio = multivariate_t(shape=shape, df=dof).logpdf(rows)
    for columns, size in ((rows[:, :n_x], n_x), (rows[:, n_x:], n_y)):
        ratio -= multivariate_t(shape=np.eye(size), df=dof).logpdf(columns)
    # The log ratio of heavy tails has a light-tailed, finite variance.
    assert ratio.mean() == pytest.approx(mi, abs=4 * ratio.std() / np.sqrt(len(X)))


@pytest.mark.parametrize("dof", [1.0, 4.0])
def test_information_of_a_pair_equals_quadrature(dof):
    # Given x, y is a scaled t with one more degree of freedom, of entropy
    # h(t) + log(scale): one integral over x is left.
    entropy = student(dof).entropy()
    conditional = student(dof + 1).entropy() + 0.5 * np.log(dof / (dof + 1))
    conditional += quad(
        lambda x: student(dof).pdf(x) * 0.5 * np.log1p(x**2 / dof),
        -np.inf,
        np.inf,
        epsabs=1e-10,
    )[0]
    assert information(dof=dof) == pytest.approx(entropy - conditional, abs=1e-7)


@pytest.mark.parametrize(
    ("dof", "n", "expected"),
    [
        (1, 1, 0.224171),
        (2, 2, 0.193147),
        (2, 3, 0.290922),
        (3, 5, 0.298544),
        (1, 2, 0.431946),
        (2, 5, 0.448151),
    ],
)
def test_information_equals_published_values(dof, n, expected):
    mi = information(dof=dof, n_features=n, n_targets=n)
    assert mi == pytest.approx(expected, abs=1e-6)


def test_many_degrees_of_freedom_give_the_gaussian_information():
    options = {"structure": "dense", "rho": 0.4, "n_features": 3, "n_targets": 2}
    *_, gaussian = make_multivariate_gaussians(10, **options, return_mi=True)
    assert information(dof=1e6, **options) == pytest.approx(gaussian, abs=1e-8)
    assert information(dof=10, **options) > gaussian


def test_correlation_and_scale_add_up():
    alone = information(dof=2, n_features=2, n_targets=2)
    both = information(dof=2, n_features=2, n_targets=2, rho=0.6)
    assert both - alone == pytest.approx(-0.5 * np.log(1 - 0.36), abs=1e-12)


@pytest.mark.parametrize("dof", [0, -1.0, np.inf, np.nan, 2e6, "many"])
def test_bad_degrees_of_freedom_are_named(dof):
    with pytest.raises(ValueError, match="dof must be"):
        make_student_t(10, dof=dof)


def test_a_bad_dispersion_is_named():
    with pytest.raises(ValueError, match=r"structure must be .*\(2, 2\)"):
        make_student_t(10, structure=np.eye(3))
