"""Torch parts: bounds, critics, encoders, stochastic layers, views, objectives.

Pure torch: nothing here knows scikit-learn. Every draw takes an explicit
:class:`Noise`, every new layer an explicit ``torch.Generator``.
"""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "ACTIVATIONS": "encoders",
        "MLPEncoder": "encoders",
        "Standardize": "encoders",
        "UserModule": "encoders",
        "reverse_gradient": "adversarial",
        "scale_gradient": "adversarial",
        "BOUNDS": "bounds",
        "Bound": "bounds",
        "as_bound": "bounds",
        "split_scores": "bounds",
        "COMPRESSIONS": "compressions",
        "Compression": "compressions",
        "CompressionContext": "compressions",
        "CompressionInput": "compressions",
        "as_compression": "compressions",
        "CRITICS": "critics",
        "BilinearCritic": "critics",
        "ConcatenatedCritic": "critics",
        "CosineCritic": "critics",
        "DistanceCritic": "critics",
        "SeparableCritic": "critics",
        "cauchy_schwarz_divergence": "dependence",
        "cauchy_schwarz_mutual_information": "dependence",
        "conditional_cauchy_schwarz_divergence": "dependence",
        "gaussian_gram": "dependence",
        "hsic": "dependence",
        "median_distance": "dependence",
        "renyi_mutual_information": "dependence",
        "OBJECTIVES": "objectives",
        "BoundObjective": "objectives",
        "CategoricalLikelihood": "objectives",
        "GaussianLikelihood": "objectives",
        "Objective": "objectives",
        "ObjectiveContext": "objectives",
        "VariationalBottleneck": "objectives",
        "as_objective": "objectives",
        "Noise": "noise",
        "GaussianCode": "stochastic",
        "GaussianLayer": "stochastic",
        "AugmentedPair": "views",
        "GivenPair": "views",
        "corrupt": "views",
        "gaussian_noise": "views",
        "mask": "views",
        "shift": "views",
    },
)
