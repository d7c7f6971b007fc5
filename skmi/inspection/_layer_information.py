"""What one record of a layer knows about its inputs and about the target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.special import xlogy
from sklearn.base import clone
from sklearn.decomposition import PCA

from skmi.information import (
    ksg_mutual_information,
    mixed_mutual_information,
    quantile_edges,
)
from skmi.inspection._layer_options import LayerOptions
from skmi.inspection._mixture import LogRatios, mixture_log_ratios


class LayerInformation(NamedTuple):
    """I(X;T) and I(T;Y) of a record in nats, and what compression has lost of it."""

    of_x: float
    of_y: float
    lost: float = 0.0


def as_information(values: Any) -> LayerInformation:
    """Return what a function of the user's gives: two numbers, or three."""
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in (2, 3):
        msg = (
            "estimator must return two numbers, I(X;T) and I(T;Y) in nats, found "
            f"{values!r}."
        )
        raise TypeError(msg)
    return LayerInformation(*numbers)


LayerEstimator = Callable[[np.ndarray, np.ndarray, LayerOptions], LayerInformation]


# Bins


def binning(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Bins of equal width; what is beyond a given range falls into the outer bins."""
    low, high = options.bin_range or (activity.min(), activity.max())
    edges = np.linspace(low, high, options.n_bins + 1)[1:-1]
    return _of_symbols(activity, edges, classes)


def adaptive_binning(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Bins of about equal shares of the distinct values of all units together."""
    values = np.unique(activity)
    edges = quantile_edges(values, options.n_bins)
    return _of_symbols(activity, edges, classes)


def _of_symbols(
    activity: np.ndarray, edges: np.ndarray, classes: np.ndarray
) -> LayerInformation:
    """Return the informations of a layer whose rows are words of codes."""
    kind = np.uint8 if len(edges) < 256 else np.int32
    words = np.searchsorted(edges, activity, side="left").astype(kind)
    symbols = _numbered(words)
    entropy = _entropy(symbols)
    joint = _entropy(symbols * (classes.max() + 1) + classes)
    return LayerInformation(entropy, entropy + _entropy(classes) - joint)


def _numbered(words: np.ndarray) -> np.ndarray:
    """Return a number for each different row of codes, by sorting their bytes."""
    rows = np.ascontiguousarray(words)
    as_bytes = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]
    return np.unique(as_bytes, return_inverse=True)[1].reshape(-1)


def _entropy(codes: np.ndarray) -> float:
    """Return the entropy of the frequencies of codes in nats."""
    counts = np.unique(codes, return_counts=True)[1]
    return float(np.log(counts.sum()) - xlogy(counts, counts).sum() / counts.sum())


# Gaussians around the activities


def kde(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Bounds of a mixture of Gaussians by the distances of its centres."""
    # Of two Gaussians with variance s^2 at a distance d, exp(-KL) is
    # exp(-d^2 / 2 s^2); the Bhattacharyya coefficient, exp(-d^2 / 8 s^2), is the same
    # at twice the scale.
    scales = {"upper": [1.0], "lower": [2.0], "middle": [1.0, 2.0]}[options.bound]
    parts = []
    for scale in scales:
        sigma = np.full(activity.shape[1], scale * options.noise)
        parts.append(
            [
                mixture_log_ratios(activity, activity, sigma, groups).leave_in.mean()
                for groups in (None, classes)
            ]
        )
    whole, inside = np.mean(parts, axis=0)
    return LayerInformation(float(whole), float(whole - inside))


def adaptive_kde(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Bounds of a mixture whose noise is a share of the largest activity."""
    largest = float(np.abs(activity).max())
    noise = options.noise * (largest if largest > 0 else 1.0)
    return kde(activity, classes, options._replace(noise=noise))


def gaussian_noise(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Draws of the layer with Gaussian noise added, compressed where asked."""
    if options.compression is None:
        return _of_noisy(activity, classes, options)
    if options.compression == "pca":
        return _of_components(activity, classes, options)
    return _of_compressed(activity, classes, options)


def _of_noisy(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Return the informations of activities with noise, from their mixture."""
    z = activity + options.noise * options.rng.standard_normal(activity.shape)
    sigma = np.full(activity.shape[1], options.noise)
    whole, inside = (
        _bounded(mixture_log_ratios(z, activity, sigma, groups), options.bound)
        for groups in (None, classes)
    )
    return LayerInformation(whole, whole - inside)


def _bounded(ratios: LogRatios, bound: str) -> float:
    """Return the mean log-ratio that is a bound, or lies between the two."""
    means = {"lower": ratios.leave_in.mean(), "upper": ratios.leave_out.mean()}
    means["middle"] = (means["lower"] + means["upper"]) / 2
    return float(means[bound])


def _of_components(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Return the informations of principal components of activities with noise.

    A rotation leaves the noise what it is, so that their mixture is known.
    """
    n_components = min(options.n_components, *activity.shape)
    pca = PCA(n_components, svd_solver="full").fit(activity)
    total = activity.var(axis=0, ddof=1).sum() if len(activity) > 1 else 0.0
    kept = pca.explained_variance_.sum() / total if total > 0 else 1.0
    found = _of_noisy(pca.transform(activity), classes, options)
    return found._replace(lost=max(0.0, float(1 - kept)))


def _of_compressed(
    activity: np.ndarray, classes: np.ndarray, options: LayerOptions
) -> LayerInformation:
    """Return the informations of codes by a transformer, by nearest neighbours.

    It is fitted on one half of the rows, and the estimate is that of the other.
    """
    noisy = activity + options.noise * options.rng.standard_normal(activity.shape)
    order = options.rng.permutation(len(activity))
    first, second = np.array_split(order, 2)
    transformer = clone(options.compression).fit(noisy[first])
    codes, clean = (transformer.transform(part[second]) for part in (noisy, activity))
    lost = np.nan
    if hasattr(transformer, "inverse_transform"):
        total = activity[second].var(axis=0).sum()
        errors = transformer.inverse_transform(clean) - activity[second]
        lost = float((errors**2).mean(axis=0).sum() / total) if total > 0 else 0.0
    return LayerInformation(
        float(ksg_mutual_information(clean, codes)),
        float(mixed_mutual_information(codes, classes[second])),
        lost,
    )


LAYER_ESTIMATORS: Mapping[str, LayerEstimator] = {
    "binning": binning,
    "adaptive_binning": adaptive_binning,
    "kde": kde,
    "adaptive_kde": adaptive_kde,
    "gaussian_noise": gaussian_noise,
}
"""Name -> function of activities (n, units), classes (n,) and options to nats."""
