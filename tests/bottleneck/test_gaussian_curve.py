"""Where the exact curve is known, the trained bottleneck lies on it."""

import numpy as np
import pytest

from skmi.bottleneck import GaussianIB, IBRegressorCV

# Squared canonical correlations of four targets with ten columns: the critical betas.
SQUARES = np.array([0.9, 0.7, 0.5, 0.3])


def canonical(n, seed=0):
    """Return rows, turned about at random, and four targets of known correlation."""
    rng = np.random.default_rng(seed)
    U = rng.normal(size=(n, 10))
    turn = np.linalg.qr(rng.normal(size=(10, 10)))[0]
    noise = rng.normal(size=(n, 4))
    return U @ turn, np.sqrt(SQUARES) * U[:, :4] + np.sqrt(1 - SQUARES) * noise


def on_the_curve(n, betas, **options):
    """Return what a path found on n further rows, and the exact curve there."""
    X, y = canonical(2 * n)
    path = IBRegressorCV(
        n_components=4,
        betas=betas,
        cv=[(np.arange(n), np.arange(n, 2 * n))],
        prior="learned",
        hidden_layer_sizes=(),
        refit=False,
        random_state=0,
        device="cpu",
        **options,
    ).fit(X, y)
    assert path.stacked_
    exact = GaussianIB().fit(X, y)
    np.testing.assert_allclose(exact.critical_betas_, SQUARES, atol=4 / n**0.5)
    return path.path_, exact.information_curve(betas), exact


def check(path, curve, exact, n, atol):
    """Check that both agree within atol and 3%, and none lies above the curve."""
    for name in ("rate", "relevance"):
        np.testing.assert_allclose(
            path[name], curve[name], atol=atol, rtol=0.03, err_msg=name
        )
    # Standard error: log densities of four normal targets have a variance of 4 / 2
    # on the rows held out, and so have those that their entropy is a mean of.
    se = (2 * 2 / n) ** 0.5
    fine = exact.information_curve(np.geomspace(0.899, 1e-3, 2000))
    best = np.interp(path["rate"], *(fine[name] for name in ("rate", "relevance")))
    assert (path["relevance"] <= best + 2 * se).all()


def test_trained_regressor_reaches_the_curve_of_gaussian_variables():
    n = 5000
    betas = [0.15, 0.38, 0.6]
    found = on_the_curve(n, betas, max_epochs=40, lr=3e-3, batch_size=128)
    # Two standard errors, as below.
    check(*found, n, atol=2 * (4 / n) ** 0.5)


@pytest.mark.slow
def test_eight_betas_of_a_large_sample_lie_on_the_curve():
    n = 20_000
    betas = [0.05, 0.1, 0.18, 0.25, 0.4, 0.6, 0.62, 0.8]
    found = on_the_curve(n, betas, max_epochs=80, lr=1e-3, batch_size=128)
    check(*found, n, atol=0.03)
