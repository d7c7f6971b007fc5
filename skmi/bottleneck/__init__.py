"""Classifiers and regressors that trade rate for relevance."""

from skmi._lazy import lazy_table

__getattr__, __dir__, __all__ = lazy_table(
    __name__,
    {
        "DiscreteIB": "_discrete_ib",
        "GaussianIB": "_gaussian_ib",
        "HierarchicalIB": "_torch_hierarchical",
        "HierarchicalIBClassifier": "_torch_hierarchical_classifier",
        "HierarchicalIBRegressor": "_torch_hierarchical_regressor",
        "IBClassifier": "_torch_classifier",
        "IBClassifierCV": "_torch_classifier_cv",
        "IBRegressor": "_torch_regressor",
        "IBRegressorCV": "_torch_regressor_cv",
    },
)
