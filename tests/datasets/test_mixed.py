"""Mixed samples: information against quadrature, sums and log ratios."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import entr
from scipy.stats import norm, poisson

from skmi.datasets import MIXED_LAWS, make_mixed_discrete_continuous

N = 100_000


def draw(law, n=N, **options):
    return make_mixed_discrete_continuous(
        n, law=law, random_state=0, return_mi=True, **options
    )


def check_mean(ratio, mi):
    """Assert that a mean log ratio is ``mi`` within 4 standard errors."""
    assert ratio.mean() == pytest.approx(mi, abs=4 * ratio.std() / np.sqrt(ratio.size))


@pytest.mark.parametrize(
    ("n_classes", "separation"), [(1, 2.0), (2, 0.3), (3, 2.0), (5, 9.0)]
)
def test_information_of_gaussian_classes_equals_quadrature(n_classes, separation):
    means = separation * np.arange(n_classes)
    # h(X) - h(X | Y), another form than the one in the package.
    entropy = sum(
        quad(
            lambda x: entr(norm.pdf(x - means).mean()), a, a + 1, epsabs=1e-13, limit=99
        )[0]
        for a in np.arange(-10, means[-1] + 10)
    )
    *_, mi = draw("gaussian_classes", 10, n_classes=n_classes, separation=separation)
    expected = entropy - 0.5 * np.log(2 * np.pi * np.e)
    assert mi == pytest.approx(expected, abs=1e-9)


def test_gaussian_classes_follow_their_law():
    X, y, mi = draw("gaussian_classes", n_classes=3, separation=2.0)
    density = norm.pdf(X - 2.0 * np.arange(3))
    check_mean(np.log(density[np.arange(N), y] / density.mean(axis=1)), mi)


def test_classes_far_apart_are_known_and_equal_ones_are_not():
    *_, far = draw("gaussian_classes", 10, n_classes=4, separation=100.0)
    assert far == pytest.approx(np.log(4), abs=1e-12)
    *_, none = draw("gaussian_classes", 10, n_classes=4, separation=0.0)
    assert none == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("m", [1, 2, 5])
def test_information_of_uniform_steps_is_their_sum(m):
    # On (k, k + 1) y comes from the steps k and k - 1, where those exist.
    covering = [1, *[2] * (m - 1), 1]
    entropy = -sum(c / (2 * m) * np.log(c / (2 * m)) for c in covering)
    *_, mi = draw("uniform_steps", 10, n_classes=m)
    assert mi == pytest.approx(entropy - np.log(2), abs=1e-14)


def test_uniform_steps_follow_their_law():
    X, y, mi = draw("uniform_steps", n_classes=4)
    offset = y - X[:, 0]
    assert offset.min() >= 0
    assert offset.max() <= 2
    assert np.mean(offset) == pytest.approx(1, abs=4 * np.sqrt(1 / 3 / N))
    covering = np.where((y < 1) | (y >= 4), 1, 2)
    check_mean(np.log(0.5 / (covering / 8)), mi)


@pytest.mark.parametrize("p", [0.0, 0.15, 0.9, 1.0])
def test_information_of_counts_equals_quadrature(p):
    k = np.arange(80)

    def given(x):
        return p * (k == 0) + (1 - p) * poisson.pmf(k, x)

    marginal = p * (k == 0) + (1 - p) * 0.5 ** (k + 1)
    conditional = quad(
        lambda x: np.exp(-x) * entr(given(x)).sum(), 0, 40, epsabs=1e-12
    )[0]
    *_, mi = draw("zero_inflated_counts", 10, p_zero=p)
    assert mi == pytest.approx(entr(marginal).sum() - conditional, abs=1e-9)


def test_counts_follow_their_law():
    p = 0.3
    X, y, mi = draw("zero_inflated_counts", p_zero=p)
    given = p * (y == 0) + (1 - p) * poisson.pmf(y, X[:, 0])
    marginal = p * (y == 0) + (1 - p) * 0.5 ** (y + 1.0)
    check_mean(np.log(given / marginal), mi)


def test_unmarked_extra_zeros_leave_less_than_the_share_of_the_others():
    *_, all_counts = draw("zero_inflated_counts", 10, p_zero=0.0)
    *_, inflated = draw("zero_inflated_counts", 10, p_zero=0.15)
    assert inflated < 0.85 * all_counts


def test_zero_inflated_gaussians_follow_their_law():
    p, rho = 0.3, 0.8
    X, y, mi = draw("zero_inflated_gaussians", p_zero=p, rho=rho)
    x = X[:, 0]
    assert np.mean(x == 0) == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / N))
    both = np.mean((x == 0) & (y == 0))
    assert both == pytest.approx(p**2, abs=4 * np.sqrt(p**2 / N))
    log_joint = -0.5 * np.log(1 - rho**2) + 0.5 * (x**2 + y**2)
    log_joint -= (x**2 - 2 * rho * x * y + y**2) / (2 * (1 - rho**2))
    check_mean(np.where((x == 0) | (y == 0), 0.0, log_joint), mi)


def test_nothing_is_left_where_all_is_zero():
    for law in ("zero_inflated_counts", "zero_inflated_gaussians"):
        _, y, mi = draw(law, 100, p_zero=1)
        assert mi == 0
        assert not y.any()


# Errors


def test_an_unknown_law_is_named():
    with pytest.raises(ValueError, match=r"law must be one of .*'poisson'"):
        make_mixed_discrete_continuous(10, law="poisson")


@pytest.mark.parametrize("law", sorted(MIXED_LAWS))
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("n_classes", 0),
        ("n_classes", 2.0),
        ("separation", -1.0),
        ("rho", 1.0),
        ("p_zero", 1.1),
        ("p_zero", None),
    ],
)
def test_bad_options_are_named_whatever_the_law(law, argument, value):
    with pytest.raises(ValueError, match=f"{argument} must be"):
        make_mixed_discrete_continuous(10, law=law, **{argument: value})
