import numpy as np
import pytest

from skmi.datasets import make_correlated_gaussians
from skmi.estimation import KernelMIEstimator
from skmi.information import (
    cauchy_schwarz_mutual_information,
    hsic,
    renyi_mutual_information,
)

MEASURES = ("renyi", "cauchy_schwarz", "hsic")


@pytest.mark.parametrize("bandwidth", ["median", "scott", 0.7])
def test_values_are_the_functions(bandwidth):
    X, y = make_correlated_gaussians(100, n_features=2, random_state=0)
    options = {"bandwidth": bandwidth}
    for measure, expected in (
        ("renyi", renyi_mutual_information(X, y, alpha=1.5, **options)),
        ("cauchy_schwarz", cauchy_schwarz_mutual_information(X, y, **options)),
        ("hsic", hsic(X, y, **options)),
    ):
        estimator = KernelMIEstimator(measure, alpha=1.5, **options).fit(X, y)
        assert estimator.mi_ == expected


def test_units_are_named():
    X, y = make_correlated_gaussians(50, random_state=0)
    found = {m: KernelMIEstimator(m).fit(X, y).unit_ for m in MEASURES}
    assert found == {"renyi": "nats", "cauchy_schwarz": "nats", "hsic": "none"}


@pytest.mark.parametrize("measure", MEASURES)
def test_dependence_without_correlation_is_seen(measure):
    x = np.random.default_rng(0).uniform(-1, 1, size=200)
    order = np.random.default_rng(1).permutation(200)
    estimator = KernelMIEstimator(measure, alpha=2)
    seen = estimator.fit(x[:, None], x**2).mi_
    assert seen > 3 * estimator.fit(x[:, None], x[order] ** 2).mi_


@pytest.mark.parametrize("measure", MEASURES)
def test_stronger_dependence_has_a_larger_value(measure):
    values = [
        KernelMIEstimator(measure, alpha=2)
        .fit(*make_correlated_gaussians(300, rho=rho, random_state=0))
        .mi_
        for rho in (0.0, 0.5, 0.9)
    ]
    assert values[0] < values[1] < values[2]


def test_classes_that_say_everything_have_their_own_entropy():
    # Two groups far apart, which the classes name: all three entropies are log 2.
    y = np.repeat(["a", "b"], 20)
    X = np.where(y == "a", 0.0, 1e6)[:, None]
    mi = KernelMIEstimator(alpha=2, bandwidth=1.0).fit(X, y).mi_
    assert mi == pytest.approx(np.log(2))


@pytest.mark.parametrize("measure", MEASURES)
def test_classes_have_no_order(measure):
    X, _ = make_correlated_gaussians(90, random_state=0)
    codes = np.digitize(X[:, 0], [-0.5, 0.5])
    estimator = KernelMIEstimator(measure)
    values = [
        estimator.fit(X, np.array(list(names))[codes]).mi_ for names in ("abc", "bca")
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-12)
