import numpy as np
import pytest

from skmi.estimation import (
    GaussianMIEstimator,
    HistogramMIEstimator,
    KSGEstimator,
    bipartite_information_curve,
    fit_scaling_exponent,
    two_point_information,
)


def chain(n=4000, n_steps=64, phi=0.8, seed=0):
    """Stationary autoregressive sequences of order 1."""
    X = np.random.default_rng(seed).standard_normal((n, n_steps))
    for step in range(1, n_steps):
        X[:, step] = phi * X[:, step - 1] + np.sqrt(1 - phi**2) * X[:, step]
    return X


def shared(length, exponent, n=4000, rho=0.8, seed=0):
    """Two halves that share about (length / 2) ** exponent canonical pairs."""
    rng = np.random.default_rng(seed)
    half = length // 2
    n_pairs = round(half**exponent)
    x, y = rng.standard_normal((2, n, half))
    y[:, :n_pairs] = rho * x[:, :n_pairs] + np.sqrt(1 - rho**2) * y[:, :n_pairs]
    turned = (
        part @ np.linalg.qr(rng.standard_normal((half, half)))[0] for part in (x, y)
    )
    return np.hstack(list(turned)), -n_pairs / 2 * np.log1p(-(rho**2))


@pytest.mark.parametrize("exponent", [0.5, 0.75])
def test_exponent_of_growing_information_is_found(exponent):
    lengths = [16, 32, 64, 128]
    samples = [shared(length, exponent) for length in lengths]
    found = [
        bipartite_information_curve(X, [length])[0]
        for (X, _), length in zip(samples, lengths, strict=True)
    ]
    exact = fit_scaling_exponent(lengths, [mi for _, mi in samples]).slope
    assert abs(fit_scaling_exponent(lengths, found).slope - exact) < 0.06


def test_bias_feigns_a_power_law_where_nothing_corrects_it():
    lengths = [16, 32, 64, 128]
    samples = [shared(length, 0.25) for length in lengths]
    exact = fit_scaling_exponent(lengths, [mi for _, mi in samples]).slope
    slopes = {}
    for corrected in (True, False):
        estimator = GaussianMIEstimator(bias_correction=corrected)
        values = [
            bipartite_information_curve(X, [length], estimator=estimator)[0]
            for (X, _), length in zip(samples, lengths, strict=True)
        ]
        slopes[corrected] = fit_scaling_exponent(lengths, values).slope
    assert abs(slopes[True] - exact) < 0.06
    assert slopes[False] > exact + 0.1


def test_past_and_future_of_a_markov_chain_share_as_much_at_any_length():
    X = chain()
    lengths = [8, 16, 32, 64]
    curve = bipartite_information_curve(X, lengths)
    # The standard error is 0.013 at the least length and rises by the noise of
    # 32 x 32 correlations, 0.006.
    assert np.allclose(curve, -np.log1p(-0.64) / 2, atol=0.05)
    assert abs(fit_scaling_exponent(lengths, curve, random_state=0).slope) < 0.05


def test_two_steps_of_a_markov_chain():
    lags = np.array([1, 2, 4, 8])
    exact = -np.log1p(-(0.64**lags)) / 2
    assert np.allclose(two_point_information(chain(), lags), exact, atol=0.02)


def test_split_sets_the_parts():
    X = chain(300, 8)
    for split, first in ((0.5, 4), (0.25, 2), (0.01, 1), (0.99, 7)):
        expected = GaussianMIEstimator().fit(X[:, :first], X[:, first:]).mi_
        assert bipartite_information_curve(X, [8], split=split)[0] == expected


def test_steps_may_have_several_columns():
    X = np.random.default_rng(0).standard_normal((200, 6, 3))
    found = bipartite_information_curve(X, [4])[0]
    halves = X[:, :2].reshape(200, 6), X[:, 2:4].reshape(200, 6)
    assert found == GaussianMIEstimator().fit(*halves).mi_
    pooled = X[:, :-2].reshape(-1, 3), X[:, 2:].reshape(-1, 3)
    assert two_point_information(X, [2])[0] == GaussianMIEstimator().fit(*pooled).mi_


def test_symbols_take_an_estimator_of_tables():
    rng = np.random.default_rng(0)
    X = np.zeros((2000, 6), dtype=int)
    X[:, 0] = rng.integers(2, size=2000)
    for step in range(1, 6):
        X[:, step] = X[:, step - 1] ^ (rng.random(2000) < 0.1)
    exact = np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9)
    found = two_point_information(X, [1], estimator=HistogramMIEstimator())[0]
    assert found == pytest.approx(exact, abs=0.02)


def test_estimator_is_not_changed():
    estimator = KSGEstimator()
    bipartite_information_curve(chain(100, 4), [2, 4], estimator=estimator)
    assert not hasattr(estimator, "mi_")


# --------------------------------------------------------------------- exponent


def test_exact_power_law():
    x = np.array([2.0, 4.0, 8.0, 16.0])
    fit = fit_scaling_exponent(x, 3 * x**-0.7, random_state=0)
    assert fit.slope == pytest.approx(-0.7)
    assert fit.log_factor == pytest.approx(np.log(3))
    assert fit.low == pytest.approx(-0.7)
    assert fit.high == pytest.approx(-0.7)


def test_interval_covers_about_as_often_as_it_says():
    x = np.geomspace(1, 1000, 30)
    hits = 0
    for seed in range(200):
        noise = np.random.default_rng(seed).normal(0, 0.3, size=30)
        fit = fit_scaling_exponent(x, x**0.5 * np.exp(noise), random_state=seed)
        hits += fit.low <= 0.5 <= fit.high
    # 95 % wanted; pairs of 30 points give a little less. Standard error 2 %.
    assert 0.86 < hits / 200 < 0.995


def test_seed_decides_the_interval():
    x, y = [1, 2, 3, 4], [1.0, 1.5, 1.4, 2.0]
    assert fit_scaling_exponent(x, y, random_state=0) == fit_scaling_exponent(
        x, y, random_state=0
    )


# -------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "bad",
    [np.zeros(5), np.zeros((5, 1)), np.full((5, 3), np.nan), np.full((5, 3), "a")],
)
def test_sequences_are_refused_by_name(bad):
    for call in (bipartite_information_curve, two_point_information):
        with pytest.raises(ValueError, match="X must"):
            call(bad, [2])


@pytest.mark.parametrize("bad", [[1], [9], [2.5], [], [[2]], "ab", [True]])
def test_lengths_and_lags_are_refused_by_name(bad):
    X = chain(50, 8)
    with pytest.raises(ValueError, match="lengths must"):
        bipartite_information_curve(X, bad)
    if bad != [1]:
        with pytest.raises(ValueError, match="lags must"):
            two_point_information(X, bad)


@pytest.mark.parametrize("split", [0.0, 1.0, "half"])
def test_split_is_refused_by_name(split):
    with pytest.raises(ValueError, match="split must"):
        bipartite_information_curve(chain(50, 8), [4], split=split)


@pytest.mark.parametrize(
    ("arguments", "options", "name"),
    [
        (([1, 2], [1.0, 0.0]), {}, "y must hold"),
        (([-1, 2], [1.0, 1.0]), {}, "x must hold"),
        (([1, 2], [1.0, np.inf]), {}, "y must hold"),
        (([1, 2], [1.0]), {}, "y must have"),
        (([2, 2], [1.0, 2.0]), {}, "x must hold two"),
        ((["a", "b"], [1.0, 2.0]), {}, "x must be"),
        (([1, 2], [1.0, 2.0]), {"n_bootstrap": 0}, "n_bootstrap"),
        (([1, 2], [1.0, 2.0]), {"level": 1.0}, "level"),
        (([1, 2], [1.0, 2.0]), {"random_state": "a"}, "random_state"),
    ],
)
def test_arguments_of_the_fit_are_refused_by_name(arguments, options, name):
    with pytest.raises(ValueError, match=name):
        fit_scaling_exponent(*arguments, **options)
