"""Samples whose true mutual information is known, for tests and benchmarks.

Every maker returns ``X, y``, and with ``return_mi=True`` the information in nats as
well. It is that of the distribution: exact, and the same for every seed.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "MIXED_LAWS": "_mixed",
        "STRUCTURES": "_gaussian",
        "TRANSFORMS": "_transforms",
        "asinh": "_transforms",
        "half_cube": "_transforms",
        "make_bimodal_mixture": "_univariate",
        "make_correlated_gaussians": "_gaussian",
        "make_discrete_table": "_discrete",
        "make_mixed_discrete_continuous": "_mixed",
        "make_multivariate_gaussians": "_gaussian",
        "make_parity": "_discrete",
        "make_student_t": "_student",
        "make_uniform_additive_noise": "_univariate",
        "make_xor": "_discrete",
        "normal_cdf": "_transforms",
        "spiral": "_transforms",
        "swiss_roll": "_transforms",
        "wiggly": "_transforms",
    },
)
