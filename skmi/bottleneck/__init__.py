"""Classifiers and regressors that trade rate for relevance."""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "DiscreteIB": "_discrete_ib",
        "GaussianIB": "_gaussian_ib",
        "IBClassifier": "_torch_classifier",
        "IBRegressor": "_torch_regressor",
    },
)
