"""Estimators of mutual information: ``fit(X, y)`` leaves nats in ``mi_``.

Everything here is classical: counts, neighbours, kernels and Gaussians.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "GaussianMIEstimator": "_gaussian",
        "HistogramMIEstimator": "_histogram",
        "KDEMIEstimator": "_kde",
        "KSGEstimator": "_ksg",
        "KernelMIEstimator": "_kernel",
        "SpectralMIEstimator": "_spectral",
    },
)
