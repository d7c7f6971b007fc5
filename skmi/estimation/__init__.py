"""Estimators of mutual information: ``fit(X, y)`` leaves nats in ``mi_``.

Everything here is classical: counts, neighbours, kernels and Gaussians.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "SELF_CONSISTENCY_TESTS": "_self_consistency",
        "CompressedMIEstimator": "_compressed",
        "GaussianMIEstimator": "_gaussian",
        "HistogramMIEstimator": "_histogram",
        "KDEMIEstimator": "_kde",
        "KSGEstimator": "_ksg",
        "KernelMIEstimator": "_kernel",
        "ScalingExponent": "_scaling",
        "SpectralMIEstimator": "_spectral",
        "bipartite_information_curve": "_scaling",
        "fit_scaling_exponent": "_scaling",
        "self_consistency": "_self_consistency",
        "two_point_information": "_scaling",
    },
)
