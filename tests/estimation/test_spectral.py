import numpy as np
import pytest
from sklearn.datasets import load_digits

from skmi.estimation import SpectralMIEstimator
from skmi.information import diffusion_spectral_mutual_information


def groups(n=120, seed=0):
    rng = np.random.default_rng(seed)
    y = np.repeat(["a", "b", "c"], n // 3)
    X = rng.standard_normal((n, 2))
    X[:, 0] += 50 * np.repeat([0, 1, 2], n // 3)
    return X, y


def test_estimate_is_the_function():
    X, _ = groups()
    rng = np.random.default_rng(0)
    for y in (
        rng.integers(3, size=120),
        rng.normal(size=120),
        rng.normal(size=(120, 2)),
    ):
        options = {"t": 2, "n_repeats": 3, "max_samples": 60}
        estimator = SpectralMIEstimator(**options, n_bins=4, random_state=5).fit(X, y)
        expected = diffusion_spectral_mutual_information(
            X, y, **options, n_clusters=4, random_state=5
        )
        assert estimator.mi_ == expected


def test_classes_of_groups_far_apart_share_their_entropy():
    X, y = groups()
    mi = SpectralMIEstimator(bandwidth=5.0, random_state=0).fit(X, y).mi_
    assert mi == pytest.approx(np.log(3), abs=0.1)


def test_digits_share_information_with_their_labels_and_not_with_shuffled_ones():
    X, y = load_digits(return_X_y=True)
    X, y = X[:600], y[:600]
    estimator = SpectralMIEstimator(bandwidth=20.0, random_state=0)
    shared = estimator.fit(X, y).mi_
    shuffled = estimator.fit(X, np.random.default_rng(0).permutation(y)).mi_
    # The value of all 1,797 rows is 1.23 bits, and 0.01 for shuffled labels.
    assert shared / np.log(2) > 0.9
    assert abs(shuffled) / np.log(2) < 0.05
