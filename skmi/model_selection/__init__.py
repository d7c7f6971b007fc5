"""Tests and intervals for any estimator of mutual information.

They take an estimator as an object: something that can be cloned, whose ``fit(X, y)``
leaves an estimate in nats in ``mi_``.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "INTERVALS": "_confidence_interval",
        "PERMUTATIONS": "_permutations",
        "ConfidenceInterval": "_confidence_interval",
        "PermutationTestResult": "_permutation_test",
        "StabilitySelectionResult": "_stability_selection",
        "mi_confidence_interval": "_confidence_interval",
        "mi_permutation_test": "_permutation_test",
        "stability_selection": "_stability_selection",
    },
)
