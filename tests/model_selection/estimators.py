"""Small estimators that keep the contract of estimators of information."""

import numpy as np
from scipy.special import digamma
from sklearn.base import BaseEstimator
from sklearn.feature_selection import mutual_info_regression


def column(values):
    return np.asarray(values, dtype=float).reshape(len(values), -1)[:, 0]


class GaussianMI(BaseEstimator):
    """From the correlation of the first columns."""

    def fit(self, X, y):
        self.mi_ = float(gaussian_mi(column(X), column(y)[None])[0])
        return self


class ManyGaussianMI(GaussianMI):
    """The same, for many targets at once."""

    def fit_many(self, X, ys):
        return gaussian_mi(column(X), np.asarray(ys, dtype=float))


def gaussian_mi(x, ys):
    """Return -log(1 - r^2) / 2 for each row of ys; 0 for constants."""
    x = x - x.mean()
    ys = ys - ys.mean(axis=1, keepdims=True)
    scale = np.sum(ys**2, axis=1) * (x @ x)
    r2 = np.divide((ys @ x) ** 2, scale, out=np.zeros(len(ys)), where=scale > 0)
    return -0.5 * np.log1p(-r2)


class KSG(BaseEstimator):
    """Through scikit-learn; like it, never negative."""

    def __init__(self, n_neighbors=3, random_state=None):
        self.n_neighbors = n_neighbors
        self.random_state = random_state

    def fit(self, X, y):
        self.mi_ = mutual_info_regression(
            column(X)[:, None],
            column(y),
            n_neighbors=self.n_neighbors,
            random_state=self.random_state,
        )[0]
        return self


class ManyKSG(BaseEstimator):
    """KSG for pairs of columns by all distances, many targets at once."""

    def __init__(self, n_neighbors=3):
        self.n_neighbors = n_neighbors

    def fit(self, X, y):
        self.mi_ = float(self.fit_many(X, column(y)[None])[0])
        return self

    def fit_many(self, X, ys):
        x, k = column(X), self.n_neighbors
        n = len(x)
        d_x = np.abs(x[:, None] - x)
        values = []
        for y in np.asarray(ys, dtype=float):
            d_y = np.abs(y[:, None] - y)
            joint = np.maximum(d_x, d_y)
            np.fill_diagonal(joint, np.inf)
            radius = np.partition(joint, k - 1, axis=1)[:, k - 1, None]
            counts = [np.sum(d < radius, axis=1) for d in (d_x, d_y)]
            values.append(digamma(k) + digamma(n) - digamma(counts).sum() / n)
        return np.array(values)


class PartialMI(BaseEstimator):
    """From the partial correlation given the first column of Z."""

    def fit(self, X, y, Z=None):
        x, y = column(X), column(y)
        if Z is not None:
            z = np.column_stack([np.ones(len(x)), column(Z)])
            x, y = (v - z @ np.linalg.lstsq(z, v, rcond=None)[0] for v in (x, y))
        self.mi_ = float(gaussian_mi(x, y[None])[0])
        return self
